//! Errors of documents as `regenerate` tells them: all in one run, each with its place underlined, and to tools as
//! JSON; a document in one long line is shown in part.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;
#[path = "../../codegen/tests/common/mod.rs"]
mod documents;

use std::fs;
use std::process::Output;

use common::{said, xtask};
use serde_json::Value;

/// What the overlay has beside the provider's name.
const MORE: &str = "  - target: $.components.schemas.thing.properties
    description: It was forgotten.
    update:
      more: {type: text}
";

const DOCUMENT: &str = "openapi: 3.0.3
info: {title: Tiny, version: '1'}
paths:
  /things:
    get:
      operationId: things_list
      responses:
        '200':
          description: All.
          content: {application/json: {schema: {$ref: '#/components/schemas/thing'}}}
        '700': {description: None.}
components:
  schemas:
    thing:
      type: object
      properties:
        name: {type: string}
";

/// What `regenerate` says of a document.
fn regenerate(document: &str, more: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let spec = folder.path().join("spec");
    fs::create_dir_all(spec.join("tiny")).unwrap();
    fs::write(spec.join("sources.toml"), "[tiny]\n").unwrap();
    fs::write(spec.join("tiny/upstream.json"), document).unwrap();
    let overlay = documents::source("").overlay.trim_start().to_owned() + MORE;
    fs::write(spec.join("tiny/overlay.yaml"), overlay).unwrap();
    let (spec, out) = (spec.display().to_string(), folder.path().join("out"));
    let out = out.display().to_string();
    let mut output = xtask(&[&["regenerate", "--spec", &spec, "--out", &out], more].concat());
    let text = String::from_utf8(output.stderr).unwrap();
    output.stderr = text.replace(&format!("{spec}/"), "").into_bytes();
    output
}

#[test]
fn all_are_told_with_their_places() {
    let output = regenerate(DOCUMENT, &[]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    let wanted = "\
error: tiny/upstream.json at /components/schemas/thing/properties/more/type: the type `text` is not supported; use \
string, integer, number, boolean, array or object
    ╭─[ tiny/overlay.yaml:12:14 ]
 12 │      more: {type: text}
    │                  ╰───── here
error: tiny/upstream.json at /paths/~1things/get/responses/700 (operation things_list): `700` is no status; use three \
digits, one digit and `XX`, or `default`
    ╭─[ tiny/upstream.json:11:9 ]
 11 │        '700': {description: None.}
    │          ╰─── here
2 errors in all: nothing was made
";
    assert_eq!(told, wanted);
}

#[test]
fn tools_are_told_all_of_it_too() {
    let output = regenerate(DOCUMENT, &["--json"]);
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_str(&said(&output)).unwrap();
    let findings = told["findings"].as_array().unwrap().iter();
    let errors: Vec<&Value> = findings.filter(|one| one["kind"] == "error").collect();
    assert_eq!(errors.len(), 2, "{told:#}");
    assert_eq!(
        errors[0]["pointer"],
        "/components/schemas/thing/properties/more/type"
    );
    let at = &errors[0]["at"];
    assert!(at["file"].as_str().unwrap().ends_with("tiny/overlay.yaml"));
    assert_eq!((&at["line"], &at["column"]), (&12.into(), &14.into()));
}

#[test]
fn of_one_long_line_a_part_is_shown() {
    let words = "many words ".repeat(100);
    let line = DOCUMENT.replace("None.", &words);
    let output = regenerate(&line, &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("'700': {description: many words "), "{told}");
    assert!(
        told.lines().all(|line| line.chars().count() < 260),
        "{told}"
    );
}
