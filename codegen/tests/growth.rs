//! Documents that are small and could make much: whatever holds whatever how many times, files are made of it in
//! seconds, or one error is told.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::time::{Duration, Instant};

use common::{source, with_schemas};
use serde_json::{Map, Value, json};
use snapline_codegen::generate;

/// How long a document may take on a busy machine, without optimisation.
const LIMIT: Duration = Duration::from_secs(60);

/// The bytes made of a document with these schemas, one operation of which answers with `A0`; or its errors.
fn made(schemas: &Map<String, Value>) -> Result<usize, String> {
    let document = with_schemas("200", "A0", &Value::Object(schemas.clone()));
    generated(&document.to_string())
}

fn generated(document: &str) -> Result<usize, String> {
    let started = Instant::now();
    let files = generate(&[source(document)]);
    let took = started.elapsed();
    assert!(took < LIMIT, "it took {took:?}");
    let files = files.map_err(|errors| errors.to_string())?;
    Ok(files.iter().map(|(_, text)| text.len()).sum())
}

/// Schemas `A0` to the last, each made of its number.
fn schemas(count: usize, one: impl Fn(usize) -> Value) -> Map<String, Value> {
    let named = |number| (format!("A{number}"), one(number));
    (0..count).map(named).collect()
}

fn reference(number: usize) -> Value {
    json!({"$ref": format!("#/components/schemas/A{number}")})
}

/// An object with fields that hold others.
fn object(holds: impl Iterator<Item = usize>) -> Value {
    let fields = holds.enumerate();
    let fields: Map<String, Value> = fields
        .map(|(index, number)| (format!("f{index}"), reference(number)))
        .collect();
    json!({"type": "object", "properties": fields})
}

#[test]
fn eight_levels_of_eight_references_each_do_not_multiply() {
    for width in [1, 4, 8] {
        let leveled = schemas(9, |level| match level {
            8 => json!({"type": "object", "properties": {"id": {"type": "string"}}}),
            level => object(std::iter::repeat_n(level + 1, width)),
        });
        let bytes = made(&leveled).unwrap();
        assert!(bytes < 1_000_000, "{width} wide: {bytes}");
    }
}

#[test]
fn objects_that_all_hold_one_another_in_lists_do_not_multiply() {
    let all = schemas(10, |_| {
        let fields: Map<String, Value> = (0..10)
            .map(|to| {
                (
                    format!("f{to}"),
                    json!({"type": "array", "items": reference(to)}),
                )
            })
            .collect();
        json!({"type": "object", "properties": fields})
    });
    let bytes = made(&all).unwrap();
    assert!(bytes < 8_000_000, "{bytes}");
}

#[test]
fn compositions_of_compositions_are_made_once() {
    // Two ways down at each of 40 levels.
    let both = schemas(41, |level| match level {
        40 => json!({"type": "object", "properties": {"id": {"type": "string"}}}),
        level => {
            json!({"allOf": [reference(level + 1), reference(level + 1), {"type": "object", "properties": {
                format!("p{level}"): {"type": "string"},
            }}]})
        }
    });
    let bytes = made(&both).unwrap();
    assert!(bytes < 1_000_000, "{bytes}");
}

#[test]
fn a_chain_is_told_from_a_circle() {
    let chain = |length: usize, last: Value| {
        made(&schemas(length, |level| match level + 1 {
            next if next < length => {
                json!({"allOf": [reference(next), {"type": "object", "properties": {
                    format!("p{level}"): {"type": "string"},
                }}]})
            }
            _ => last.clone(),
        }))
    };
    let end = json!({"type": "object", "properties": {"id": {"type": "string"}}});
    assert!(chain(60, end.clone()).is_ok());
    let told = chain(80, end).unwrap_err();
    assert!(
        told.contains("compositions are made of one another more than 64 levels deep"),
        "{told}"
    );
    let told = chain(5, json!({"allOf": [reference(0), {}, {"properties": {}}]})).unwrap_err();
    assert!(told.contains("this composition contains itself"), "{told}");
}

#[test]
fn lists_of_lists_end() {
    let lists = |length: usize| {
        made(&schemas(length, |level| match level + 1 {
            next if next < length => json!({"type": "array", "items": reference(next)}),
            _ => json!({"type": "string"}),
        }))
    };
    assert!(lists(6).is_ok());
    let told = lists(40).unwrap_err();
    assert!(
        told.contains("lists and maps name one another more than"),
        "{told}"
    );
}

#[test]
fn many_fields_and_many_operations_take_their_time_each() {
    let fields: Map<String, Value> = (0..400)
        .map(|number| (format!("field_{number}"), json!({"type": "string"})))
        .collect();
    made(&schemas(
        1,
        |_| json!({"type": "object", "properties": fields}),
    ))
    .unwrap();
    let paths: Map<String, Value> = (0..150)
        .map(|number| {
            let get = json!({"operationId": format!("things{number}_list"), "responses": {"204": {"description": "Done."}}});
            (format!("/things{number}"), json!({"get": get}))
        })
        .collect();
    let document =
        json!({"openapi": "3.0.3", "info": {"title": "Tiny", "version": "1"}, "paths": paths});
    generated(&document.to_string()).unwrap();
}

#[test]
fn aliases_of_aliases_are_refused() {
    let mut text =
        String::from("openapi: 3.0.3\ninfo: {title: Tiny, version: '1'}\nx-0: &a0 [x]\n");
    for level in 0..12 {
        let ten = vec![format!("*a{level}"); 10].join(", ");
        text += &format!("x-{}: &a{} [{ten}]\n", level + 1, level + 1);
    }
    let told = generated(&text).unwrap_err();
    assert!(
        told.starts_with(
            "openapi.yaml: anchors and their aliases make the document too large: line "
        ),
        "{told}"
    );
}

#[test]
fn a_text_that_is_too_long_is_not_read() {
    let long = format!("openapi: 3.0.3\n#{}", " ".repeat(65 << 20));
    let told = generated(&long).unwrap_err();
    assert!(
        told.starts_with("openapi.yaml: the document has 65 MiB, more than 64; "),
        "{told}"
    );
}
