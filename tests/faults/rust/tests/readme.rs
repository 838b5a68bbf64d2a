//! Holds the table of tests/faults/README.md to the scenarios.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test may stop where it stands"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use snapline_faults::{Scenario, folders};

/// Set it to write the table anew.
const UPDATE: &str = "SNAPLINE_UPDATE";

const BEGIN: &str = "<!-- table: begin -->\n";
const END: &str = "<!-- table: end -->\n";

fn number(rule: &str) -> u32 {
    rule.trim_start_matches('B').parse().unwrap()
}

fn table() -> String {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    // How many are generated goes by the documents, and is no matter of the table.
    let mut rules: BTreeMap<u32, (Vec<Scenario>, bool)> = BTreeMap::new();
    for scenario in Scenario::load(&folders()).unwrap() {
        let place = rules.entry(number(&scenario.rule)).or_default();
        let by_hand = here.join(format!("../scenarios/{}.json", scenario.name));
        if by_hand.exists() {
            place.0.push(scenario);
        } else {
            place.1 = true;
        }
    }
    let by_hand: usize = rules.values().map(|(by_hand, _)| by_hand.len()).sum();
    let mut text = format!(
        "{by_hand} scenarios by hand, and the generated ones.\n\n| rule | scenario | what it shows |\n|---|---|---|\n"
    );
    for (rule, (by_hand, generated)) in rules {
        for scenario in &by_hand {
            let name = scenario.name.split_once('_').unwrap().1;
            writeln!(
                text,
                "| B{rule} | [{}](scenarios/{}.json) | {} |",
                name.replace('_', " "),
                scenario.name,
                scenario.about
            )
            .unwrap();
        }
        if generated {
            writeln!(
                text,
                "| B{rule} | [generated](generated) | every status class of every operation |"
            )
            .unwrap();
        }
    }
    text
}

#[test]
fn the_table_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (old, after) = rest.split_once(END).unwrap();
    let new = table();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{new}{END}{after}")).unwrap();
        return;
    }
    assert!(
        old == new,
        "the table is not up to date; run `{UPDATE}=1 cargo test -p snapline-faults --test readme`"
    );
}

#[test]
fn b08_every_line_about_outcomes_names_a_scenario_that_there_is() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = here.join("../../../docs/outcomes.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let scenarios = Scenario::load(&folders()).unwrap();
    let named = |line: &str| -> Vec<String> {
        line.split("/scenarios/")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once(".json")?.0.to_owned()))
            .collect()
    };
    let mut all = Vec::new();
    let rows = text
        .lines()
        .filter(|line| line.starts_with("| ") && !line.contains("held by"));
    for row in rows {
        let held = named(row);
        assert!(
            !held.is_empty() || row.contains("`b8_"),
            "nothing holds this line: {row}"
        );
        all.extend(held);
    }
    assert!(all.len() > 30);
    for name in &all {
        assert!(
            scenarios.iter().any(|scenario| scenario.name == *name),
            "docs/outcomes.md names {name}, which is no scenario"
        );
        assert!(
            text.contains(&format!("[{name}](")),
            "{name} has another text"
        );
    }
    // And the other way: one that is about outcomes stands in a line.
    for scenario in scenarios.iter().filter(|s| s.name.contains("_outcome_")) {
        assert!(
            all.contains(&scenario.name),
            "no line of docs/outcomes.md names {}",
            scenario.name
        );
    }
    // A test that holds a line is there, too.
    let tests = std::fs::read_to_string(here.join("../../../crates/runtime/src/transport.rs"));
    let tests = tests.unwrap();
    for name in text.split('`').filter(|part| part.starts_with("b8_")) {
        assert!(
            tests.contains(&format!("fn {name}()")),
            "there is no {name}"
        );
    }
}

#[test]
fn every_rule_a_server_can_show_has_a_scenario() {
    let scenarios = Scenario::load(&folders()).unwrap();
    for rule in (1..=20).chain(23..=25).chain([28]) {
        assert!(
            scenarios.iter().any(|s| number(&s.rule) == rule),
            "B{rule} has no scenario"
        );
    }
    for scenario in &scenarios {
        let rule = number(&scenario.rule);
        assert!(
            scenario.name.starts_with(&format!("B{rule:02}_")),
            "{} is not called after B{rule}",
            scenario.name
        );
    }
}
