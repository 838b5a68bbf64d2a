//! Runs the conformance cases through one face against a server of cases. Its last line is
//! `N passed, N failed`.

use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use snapline_conformance::{
    Agent, Case, Face, Mode, RunnerOptions, Rust, Schemas, Tally, generated, without_nulls,
};

/// So many instances of each model are read and written.
const INSTANCES: u64 = 50;

const USAGE: &str = "usage: snapline-case-runner --server URL [--only PART] [--first] [--raw] [--face NAME] [--results FILE] \
                     [-- COMMAND [ARGUMENT...]]\nWithout a command the cases run in Rust, in this process.";

fn main() -> ExitCode {
    match work() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

/// Random instances of every model there and back: what is read is written again as it was.
fn models(face: &mut dyn Face, only: &str, tally: &mut Tally) -> Result<(), String> {
    for (provider, model, _) in generated::models() {
        let row = format!("{provider} {model}");
        if !row.contains(only) {
            continue;
        }
        let schemas = Schemas::load(provider)?;
        for seed in 0..INSTANCES {
            let instance = schemas.instance(model, seed);
            let again = face.round_trip(provider, model, &instance);
            let same = again
                .as_ref()
                .is_ok_and(|again| without_nulls(again) == without_nulls(&instance));
            if !same {
                println!("{row} | {instance} became {again:?}");
            }
            tally.count(&row, same);
        }
    }
    Ok(())
}

fn work() -> Result<bool, String> {
    let options = RunnerOptions::parse(std::env::args().skip(1)).ok_or(USAGE)?;
    let server = options.server.as_deref().ok_or(USAGE)?;
    let mut cases = Case::load()?;
    cases.retain(|case| case.name.contains(&options.only));
    if cases.is_empty() {
        return Err(format!("no case has `{}` in its name", options.only));
    }
    let mut face: Box<dyn Face> = match options.command.as_slice() {
        [] => Box::new(Rust::new()?),
        command => Box::new(Agent::new(command)),
    };
    let models_named = generated::models().map(|(provider, name, _)| (provider, name));
    let rows = generated::calls().chain(models_named);
    let rows = rows.map(|(provider, name)| format!("{provider} {name}"));
    let mut tally = Tally::new(&options.face, rows);
    let begun = Instant::now();
    // The server keeps its place in a case for each run.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let run = format!("{}-{}", options.face, now.map_or(0, |now| now.as_micros()));
    let mode = if options.raw { Mode::Raw } else { Mode::Value };
    for case in &cases {
        let ran = case.run(face.as_mut(), server, &run, mode);
        if let Err(why) = &ran {
            println!("{} | {why}", case.name);
        }
        tally.count(&format!("{} {}", case.provider, case.call()), ran.is_ok());
        if options.first && ran.is_err() {
            return Ok(false);
        }
    }
    models(face.as_mut(), &options.only, &mut tally)?;
    if options.only.is_empty() {
        // A method that nothing tries is as bad as one that fails.
        for row in tally.empty() {
            println!("{row} | there is no case for it");
        }
    }
    if let Some(path) = &options.results {
        tally.write(path)?;
    }
    let sum = tally.sum();
    println!("in {:.1} s", begun.elapsed().as_secs_f64());
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(sum.failed == 0 && (!options.only.is_empty() || tally.empty().next().is_none()))
}
