//! The runner believes no agent that says nothing, or the wrong thing.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::process::{Command, Output};

const FEW: [&str; 4] = [
    "--only",
    "B01_the_token_goes_with_every_attempt",
    "--jobs",
    "1",
];

fn run(words: &[&str]) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_snapline-fault-runner"))
        .args(words)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output, text)
}

#[test]
fn an_agent_that_ends_at_once_passes_nothing() {
    let (output, text) = run(&[&FEW[..], &["--", "true"]].concat());
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.ends_with("0 passed, 1 failed\n"), "{text}");
    assert!(text.contains("the agent"), "{text}");
}

#[test]
fn an_agent_that_only_repeats_passes_nothing() {
    let (output, text) = run(&[&FEW[..], &["--", "cat"]].concat());
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("the agent's answer cannot be read"), "{text}");
}

#[test]
fn a_wrong_call_says_how_it_is_called() {
    for words in [&["--only"][..], &["--"], &["--jobs", "0", "--", "true"]] {
        let (output, _) = run(words);
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.starts_with("usage: "), "{text}");
    }
    let (output, _) = run(&["--only", "no_scenario_has_this_name", "--", "true"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(
        text,
        "no scenario has `no_scenario_has_this_name` in its name\n"
    );
}
