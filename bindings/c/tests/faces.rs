//! Everything that the runtime lets a caller set can be set in C and in C++.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The text from a line that begins with `start` to the line that is `}` alone.
fn block(text: &str, start: &str) -> String {
    let lines = text.lines().skip_while(|line| !line.starts_with(start));
    let block: Vec<&str> = lines.take_while(|line| !line.starts_with('}')).collect();
    assert!(block.len() > 5, "there is no `{start}`");
    block.join("\n")
}

/// What can be set, with whether it is a time.
fn setters(kind: &str) -> BTreeSet<(String, bool)> {
    let text = read("crates/runtime/src/settings.rs");
    let found: BTreeSet<(String, bool)> = block(&text, &format!("impl {kind} {{"))
        .lines()
        .filter_map(|line| line.trim().strip_prefix("pub fn "))
        .filter_map(|line| {
            let (name, rest) = line.split_once("(mut self, ")?;
            Some((name.to_owned(), rest.contains(": Duration")))
        })
        .collect();
    assert!(found.len() > 8, "only {found:?}");
    found
}

/// The setters in C, and the members in C++, that a runtime's setter stands for.
fn in_c(handle: &str, name: &str, time: bool) -> String {
    match name {
        "header" | "query" => format!("snapline_{handle}_add_{name}("),
        _ if time => format!("snapline_{handle}_set_{name}_ms("),
        _ => format!("snapline_{handle}_set_{name}("),
    }
}

fn hold_together(kind: &str, handle: &str, of_c_alone: &[&str]) {
    let header = read("bindings/c/include/snapline.h");
    let cpp = read("bindings/cpp/include/snapline/core.hpp");
    let members = block(&cpp, &format!("struct {kind} {{"));
    let mut known = BTreeSet::new();
    for (name, time) in setters(kind) {
        let function = in_c(handle, &name, time);
        assert!(
            header.contains(&format!(" {function}")),
            "C has no {function}…)"
        );
        assert!(cpp.contains(&function), "C++ does not call {function}…)");
        known.insert(function);
        // What the C++ layer sets itself is no member.
        if name != "language" {
            let member = if name == "header" { "headers" } else { &name };
            let there = members.contains(&format!(" {member}{{}};"))
                || members.contains(&format!(" {member} = "));
            assert!(there, "{kind} in C++ has no member {member}");
        }
    }
    // And nothing is in C that the test above does not know of.
    let begins = format!("snapline_{handle}_");
    for word in header.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '(')) {
        let sets = word.starts_with(&format!("{begins}set_"))
            || word.starts_with(&format!("{begins}add_"));
        if sets && word.ends_with('(') && !known.contains(word) {
            let name = word
                .trim_start_matches(&format!("{begins}set_"))
                .trim_end_matches('(');
            assert!(
                of_c_alone.contains(&name),
                "the runtime does not know {word}"
            );
        }
    }
}

#[test]
fn every_setting_of_a_client_is_there() {
    hold_together("Settings", "settings", &["token"]);
}

#[test]
fn every_option_of_a_call_is_there() {
    hold_together("CallOptions", "options", &["cancel_token", "deadline_ms"]);
}
