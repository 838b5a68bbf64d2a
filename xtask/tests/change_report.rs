//! `cargo xtask spec-diff --report` as a person runs it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

const OLD: &str =
    "openapi: 3.0.3\npaths: {/a: {get: {responses: {'204': {description: Done.}}}}}\n";
const NEW: &str = r#"{"openapi": "3.0.3", "paths": {"/b": {"get": {"responses": {}}}}}"#;

/// A folder with two documents and a text that is none.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("old.yaml", OLD), ("new.json", NEW), ("bad.yaml", "a: [b")] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn report(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("spec-diff")
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_report_is_written_in_the_form_that_is_asked_for() {
    let folder = folder();
    let documents = ["--report", "old.yaml", "new.json"];
    let plain = report(&folder, &documents);
    assert_eq!(plain.status.code(), Some(0), "{plain:?}");
    let told = text(&plain.stdout);
    assert!(
        told.starts_with("2 changes: 1 breaking, 1 compatible, "),
        "{told}"
    );
    assert!(
        told.contains("\n  S002 BBBBB GET /a: an operation was removed\n"),
        "{told}"
    );
    let markdown = report(
        &folder,
        &[
            &documents[..],
            &["--format", "markdown", "--out", "report.md"],
        ]
        .concat(),
    );
    assert!(
        markdown.status.success() && markdown.stdout.is_empty(),
        "{markdown:?}"
    );
    let written = fs::read_to_string(folder.path().join("report.md")).unwrap();
    assert!(
        written.contains("\n- S002 `BBBBB` `GET /a`: an operation was removed\n"),
        "{written}"
    );
    let json = report(&folder, &[&documents[..], &["--format", "json"]].concat());
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(value["count"]["breaking"], 1);
}

#[test]
fn it_fails_only_when_asked_to() {
    let folder = folder();
    let strict = report(
        &folder,
        &["--report", "--fail-on", "breaking", "old.yaml", "new.json"],
    );
    assert_eq!(strict.status.code(), Some(1), "{strict:?}");
    assert!(text(&strict.stdout).contains("S002"));
    let told = text(&strict.stderr);
    assert!(
        told.starts_with("error: 1 of 2 changes from old.yaml to new.json breaks somebody; "),
        "{told}"
    );
    let same = report(
        &folder,
        &["--report", "--fail-on", "breaking", "old.yaml", "old.yaml"],
    );
    assert_eq!(same.status.code(), Some(0), "{same:?}");
}

#[test]
fn what_cannot_be_read_is_told_in_one_line() {
    let folder = folder();
    for (other, part) in [
        ("bad.yaml", "this is not YAML"),
        ("none.yaml", "cannot be read"),
    ] {
        let output = report(&folder, &["--report", "old.yaml", other]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let told = text(&output.stderr);
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(told.contains(other) && told.contains(part), "{told}");
    }
    // Without --report nothing else changed.
    let stray = report(&folder, &["--format", "json", "old.yaml", "new.json"]);
    assert_eq!(stray.status.code(), Some(2), "{stray:?}");
}
