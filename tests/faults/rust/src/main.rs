//! Runs the fault scenarios through an agent: `snapline-fault-runner [--only PART] [--jobs N] --
//! COMMAND [ARGUMENT…]`. Its last line is `N passed, N failed`.

use std::process::ExitCode;
use std::time::Instant;

use snapline_faults::{SECRET, Scenario, Server, folders, run_all_through, table};

const USAGE: &str =
    "usage: snapline-fault-runner [--only PART] [--jobs N] -- COMMAND [ARGUMENT...]";

/// How many agents run at once. They mostly wait.
const JOBS: usize = 6;

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
    let mut words = std::env::args().skip(1);
    let (mut only, mut jobs) = (String::new(), JOBS);
    loop {
        let mut value = || words.next().ok_or(USAGE);
        match value()?.as_str() {
            "--only" => only = value()?,
            "--jobs" => jobs = value()?.parse().map_err(|_| USAGE)?,
            "--" => break,
            _ => return Err(USAGE.to_owned()),
        }
    }
    let command: Vec<String> = words.collect();
    let mut scenarios = Scenario::load(&folders())?;
    scenarios.retain(|scenario| scenario.name.contains(&only));
    if command.is_empty() || jobs == 0 {
        return Err(USAGE.to_owned());
    }
    if scenarios.is_empty() {
        return Err(format!("no scenario has `{only}` in its name"));
    }
    let server = Server::start().map_err(|error| error.to_string())?;
    let begun = Instant::now();
    let mut ran = run_all_through(server.control(), &scenarios, &command, jobs);
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
    let failed = ran.iter().filter(|ran| !ran.problems.is_empty()).count();
    println!("in {:.1} s", begun.elapsed().as_secs_f64());
    println!("{} passed, {failed} failed", ran.len() - failed);
    Ok(failed == 0)
}
