//! Every scenario through the Rust face, over real sockets.

use std::time::{Duration, Instant};

use snapline_faults::{Scenario, Server, folders, run_all, table};

/// Runs those whose name has this in it, to work on a few: `SNAPLINE_SCENARIO=B08 cargo test …`.
const ONLY: &str = "SNAPLINE_SCENARIO";

#[test]
fn every_scenario() {
    let server = Server::start().unwrap();
    let mut scenarios = Scenario::load(&folders()).unwrap();
    if let Ok(part) = std::env::var(ONLY) {
        scenarios.retain(|scenario| scenario.name.contains(&part));
    }
    assert!(!scenarios.is_empty(), "there are no scenarios");
    let begun = Instant::now();
    let runner = env!("CARGO_BIN_EXE_snapline-fault-runner");
    let ran = run_all(server.control(), &scenarios, false, runner);
    let took = begun.elapsed();
    if let Some(table) = table(&scenarios, &ran) {
        panic!("{table}");
    }
    println!("{} scenarios in {:.1} s", ran.len(), took.as_secs_f64());
    assert!(took < Duration::from_secs(90), "it took {took:?}");
}
