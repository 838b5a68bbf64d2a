//! Runs the fault scenarios through one face. Its last line is `N passed, N failed`.

use std::process::ExitCode;
use std::time::Instant;

use snapline_conformance::{RunnerOptions, Tally};
use snapline_faults::{
    SECRET, Scenario, Server, folders, play_opened, run_all, run_all_through, table,
};

const USAGE: &str = "usage: snapline-fault-runner [--only PART] [--jobs N] [--face NAME] [--results FILE] \
                     [-- COMMAND [ARGUMENT...]]\nWithout a command the scenarios run in Rust, in this process.";

/// How many agents run at once. They mostly wait.
const JOBS: usize = 16;

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

fn work() -> Result<bool, String> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("--play", words)) = words
        .split_first()
        .map(|(first, rest)| (first.as_str(), rest))
    {
        let ran = play_opened(words)?;
        let line = serde_json::to_string(&ran).map_err(|error| error.to_string())?;
        println!("{line}");
        return Ok(true);
    }
    let options = RunnerOptions::parse(words.into_iter()).ok_or(USAGE)?;
    if options.server.is_some() {
        return Err(USAGE.to_owned());
    }
    let mut scenarios = Scenario::load(&folders())?;
    let mut tally = Tally::new(&options.face, scenarios.iter().map(|s| s.rule.clone()));
    scenarios.retain(|scenario| scenario.name.contains(&options.only));
    if scenarios.is_empty() {
        return Err(format!("no scenario has `{}` in its name", options.only));
    }
    let server = Server::start().map_err(|error| error.to_string())?;
    let begun = Instant::now();
    let mut ran = if options.command.is_empty() {
        let runner = std::env::current_exe().map_err(|error| error.to_string())?;
        run_all(server.control(), &scenarios, true, runner)
    } else {
        let jobs = options.jobs.unwrap_or(JOBS);
        run_all_through(server.control(), &scenarios, &options.command, jobs)
    };
    for ran in &mut ran {
        if ran.shown.contains(SECRET) {
            let at = ran.shown.find(SECRET).unwrap_or_default();
            let from = ran.shown.floor_char_boundary(at.saturating_sub(200));
            let to = ran.shown.ceil_char_boundary(at + 40);
            let part = ran.shown.get(from..to).unwrap_or_default().to_owned();
            ran.problems.push(format!("a secret is shown: …{part}…"));
        }
    }
    if let Some(table) = table(&scenarios, &ran) {
        println!("{table}");
    }
    for (scenario, ran) in scenarios.iter().zip(&ran) {
        tally.count(&scenario.rule, ran.problems.is_empty());
    }
    if let Some(path) = &options.results {
        tally.write(path)?;
    }
    let sum = tally.sum();
    println!("in {:.1} s", begun.elapsed().as_secs_f64());
    println!("{} passed, {} failed", sum.passed, sum.failed);
    Ok(sum.failed == 0)
}
