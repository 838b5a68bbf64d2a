//! Where errors say that something is written: in YAML and JSON, in the overlay that laid it, behind a reference.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use common::source;
use snapline_codegen::{Source, generate};

const DOCUMENT: &str = "openapi: 3.0.3
info: {title: Tiny, version: '1'}
paths:
  /things:
    get:
      operationId: things_list
      parameters:
        - {name: one, in: query, schema: {type: string}}
        - {name: two, in: query, schema: {type: string}}
        - name: three
          in: query
          schema: {type: some}
      responses:
        '200': {$ref: '#/components/responses/things'}
components:
  responses:
    things:
      description: Ünïcödé first, then: {x: y}
      content: {application/json: {schema: {type: object, properties: {\"na/me\": {type: wrong}}}}}
";

/// File, line, column and text of every place that an error is about.
fn places(source: &Source) -> Vec<String> {
    let errors = generate(std::slice::from_ref(source)).unwrap_err();
    let place = |error: &snapline_codegen::Error| {
        let at = error.place.at.as_ref()?;
        let text = source.text(&at.file)?.get(at.span.clone())?;
        Some(format!("{}:{}:{} {text}", at.file, at.line, at.column))
    };
    let places = errors
        .iter()
        .map(|error| place(error).unwrap_or_else(|| panic!("{error}")));
    places.collect()
}

#[test]
fn in_yaml_and_in_json() {
    let document = DOCUMENT.replace("Ünïcödé first, then: {x: y}", "Ünïcödé first.");
    assert_eq!(
        places(&source(&document)),
        [
            "openapi.yaml:19:82 type: wrong",
            "openapi.yaml:12:20 type: some",
        ]
    );
    let value = snapline_codegen::parse::parse_value("openapi.json", &document).unwrap();
    let json = Source {
        document_file: "openapi.json".to_owned(),
        ..source(&value.to_string())
    };
    let told = places(&json);
    assert!(told[0].starts_with("openapi.json:1:"), "{told:?}");
    assert!(told[1].ends_with(" \"type\":\"some\""), "{told:?}");
    assert!(told[0].ends_with(" \"type\":\"wrong\""), "{told:?}");
}

#[test]
fn where_a_parser_stopped() {
    assert_eq!(places(&source(DOCUMENT)), ["openapi.yaml:18:39 :"]);
    let cut = "{\"openapi\": \"3.0.3\",\n \"ä\": oops}";
    assert_eq!(places(&source(cut)), ["openapi.yaml:2:8 o"]);
}

#[test]
fn in_the_overlay_that_laid_it_and_where_it_stood_before_that_took_something_away() {
    let document = DOCUMENT.replace(", then: {x: y}", ".");
    let tiny = source(&document);
    let more = "  - target: $.paths['/things'].get.parameters[0]
    description: It is not taken.
    remove: true
  - target: $.paths['/things'].get.parameters
    description: It is taken.
    update: [{name: four, in: query, schema: {type: other}}]
  - target: $.components.responses.things
    description: It has another name.
    update: {content: {application/json: {schema: {properties: {na/me: {type: third}}}}}}
";
    let laid = Source {
        overlay: format!("{}{more}", tiny.overlay.trim_start()),
        ..tiny
    };
    assert_eq!(
        places(&laid),
        [
            "overlay.yaml:17:73 type: third",
            "overlay.yaml:14:47 type: other",
            "openapi.yaml:12:20 type: some",
        ]
    );
}
