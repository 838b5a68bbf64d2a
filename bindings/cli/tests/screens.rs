//! What people see: tables and help at 80 and 200 columns, with and without colours, held to files.
//!
//! `SNAPSHOTS=overwrite cargo test -p snapline-cli --test screens` writes them anew; read the difference.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::path::Path;

use common::Home;
use snapbox::{Assert, Data};
use snapline_mock::Mock;

/// A screen and what the program was told.
fn shown(home: &Home, arguments: &[&str]) -> String {
    let ran = home.run(arguments);
    let mut text = format!("$ snapline {}\n{}", arguments.join(" "), ran.stdout);
    if !ran.stderr.is_empty() {
        text.push_str(&format!("--- stderr\n{}", ran.stderr));
    }
    if ran.code != 0 {
        text.push_str(&format!("--- ends with {}\n", ran.code));
    }
    text
}

/// Holds screens to a file, in which what is another each time has a name.
fn held(name: &str, screens: &[String], mock: Option<&Mock>) {
    let mut text = screens.join("\n");
    if let Some(mock) = mock {
        text = text.replace(&mock.url(), "[URL]");
    }
    while let Some((before, rest)) = text.split_once("(request ")
        && let Some((_, after)) = rest.split_once(", 1 attempt")
    {
        text = format!("{before}([REQUEST], 1 attempt{after}");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/screens/{name}.txt"));
    Assert::new()
        .action_env("SNAPSHOTS")
        .eq(Data::text(text), Data::read_from(&path, None).raw());
}

#[test]
fn tables_fit_the_terminal() {
    let mock = Mock::builder().snapshots(5).start_blocking().unwrap();
    for (name, width, color) in [
        ("tables-80", "80", "never"),
        ("tables-200", "200", "never"),
        ("tables-80-colour", "80", "always"),
    ] {
        let mut home = Home::at(&mock);
        home.set("COLUMNS", width);
        let screens: Vec<String> = [
            &["do", "snapshots", "list"][..],
            &[
                "do",
                "snapshots",
                "list",
                "--columns",
                "name,regions,tags",
                "--limit",
                "2",
            ],
            &["do", "regions", "list"],
            &["do", "regions", "list", "--per-page", "1"],
            &["do", "account", "get"],
            &["ovh", "netapp", "list"],
            &["do", "nfs", "list", "--columns", "nam"],
            &["do", "nfs", "get", "nobody"],
        ]
        .iter()
        .map(|arguments| shown(&home, &[arguments, &["--color", color][..]].concat()))
        .collect();
        held(name, &screens, Some(&mock));
    }
}

#[test]
fn every_way_to_print() {
    let mock = Mock::builder().snapshots(2).start_blocking().unwrap();
    let home = Home::at(&mock);
    let mut screens = Vec::new();
    for format in ["table", "json", "jsonl", "yaml", "csv"] {
        screens.push(shown(
            &home,
            &["do", "snapshots", "list", "--output", format],
        ));
        screens.push(shown(&home, &["do", "account", "get", "-o", format]));
        screens.push(shown(
            &home,
            &[
                "do",
                "snapshots",
                "list",
                "-o",
                format,
                "--columns",
                "name,size_gigabytes",
            ],
        ));
    }
    screens.push(shown(&home, &["do", "nfs", "delete", "x", "--dry-run"]));
    screens.push(shown(
        &home,
        &[
            "do",
            "nfs",
            "resize",
            "x",
            "--size-gib",
            "90",
            "--dry-run",
            "--json",
        ],
    ));
    held("formats", &screens, Some(&mock));
}

#[test]
fn help_says_what_there_is() {
    let mut home = Home::new();
    home.set("COLUMNS", "80");
    let screens: Vec<String> = [
        &["-h"][..],
        &["do", "-h"],
        &["do", "nfs", "-h"],
        &["do", "nfs", "create", "-h"],
        &["do", "nfs", "snapshots", "wait-until-active", "-h"],
        &["ovh", "netapp", "snapshots", "delete", "-h"],
        &["config", "-h"],
    ]
    .iter()
    .map(|arguments| shown(&home, arguments))
    .collect();
    held("help-80", &screens, None);
    home.set("COLUMNS", "200");
    held(
        "help-200",
        &[shown(&home, &["do", "nfs", "create", "--help"])],
        None,
    );
}

#[test]
fn every_command_has_help_a_page_and_completion() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = home.run(&["completion", shell]);
        assert_eq!(ran.code, 0, "{shell}: {}", ran.stderr);
        assert!(ran.stdout.contains("wait-until-active"), "{shell}");
    }
    let folder = home.path().to_str().unwrap();
    assert_eq!(home.run(&["man", folder]).code, 0);
    let pages = std::fs::read_dir(home.path()).unwrap().count();
    let calls = home.run(&["calls", "--json"]).json();
    let commands = calls
        .as_array()
        .unwrap()
        .iter()
        .filter(|call| !call["command"].as_str().unwrap().contains("--"));
    let mut seen = 0;
    for call in commands {
        let words: Vec<&str> = call["command"].as_str().unwrap().split(' ').collect();
        let page = home.path().join(format!("snapline-{}.1", words.join("-")));
        assert!(page.exists(), "{}", page.display());
        seen += 1;
    }
    assert!(seen > 150 && pages > seen, "{seen} {pages}");
    assert_eq!(home.run(&["man", "/nowhere/at/all"]).code, 2);
    let version = home.run(&["--version"]).stdout;
    assert!(
        version.starts_with(concat!(
            "snapline ",
            env!("CARGO_PKG_VERSION"),
            " (documents: "
        )),
        "{version}"
    );
}
