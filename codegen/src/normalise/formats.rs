//! Drops formats that the services do not keep to, and widens numbers.
//!
//! Ids that are called `uuid` are often none (B12), a 32-bit float would turn 2.34 into
//! 2.3399999, and every integer is carried as a signed 64-bit one, but for a `uint64`, whose upper half that lacks.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::document::{Document, join, schema_pointers};
use crate::error::{Errors, Result};

/// The format of a text that must not be shown.
pub const SECRET: &str = "password";

/// The format of a whole number that has no negative ones, and twice as many others.
pub const UNSIGNED: &str = "uint64";

/// Leaves `date-time` on strings outside of URLs, `password` on strings and `double` on numbers,
/// `uint64` or `int64` on integers, and nothing else.
pub fn run(document: &mut Document) -> Result<(), Errors> {
    let paging = paging(document);
    for pointer in schema_pointers(document) {
        let Some(schema) = document
            .root
            .pointer_mut(&pointer)
            .and_then(Value::as_object_mut)
        else {
            continue;
        };
        let format = schema
            .get("format")
            .and_then(Value::as_str)
            .map(str::to_owned);
        match (
            schema.get("type").and_then(Value::as_str),
            format.as_deref(),
        ) {
            // In a URL a time is text: progenitor would ask for a type of chrono's there.
            (Some("string"), Some("date-time")) if !in_url(&pointer) => {}
            // What must not be shown (B19).
            (Some("string"), Some(SECRET)) => {}
            (Some("number"), _) => {
                schema.insert("format".to_owned(), json!("double"));
            }
            // The places of pages are far below its upper half.
            (Some("integer"), Some(UNSIGNED)) if !paging.contains(&pointer) => {}
            (Some("integer"), _) => {
                schema.insert("format".to_owned(), json!("int64"));
            }
            (_, Some(_)) => {
                schema.shift_remove("format");
            }
            (_, None) => {}
        }
    }
    Ok(())
}

/// The places of schemas of parameters by which a list goes on.
fn paging(document: &Document) -> HashSet<String> {
    let mut found = HashSet::new();
    for (pointer, _, _, operation) in document.operations() {
        let Some(facts) = operation.get("x-snapline-pages").and_then(Value::as_object) else {
            continue;
        };
        let parameters = operation.get("parameters").and_then(Value::as_array);
        for (index, parameter) in parameters.into_iter().flatten().enumerate() {
            if facts
                .values()
                .any(|fact| parameter.get("name") == Some(fact))
            {
                found.insert(join(
                    &pointer,
                    &["parameters", &index.to_string(), "schema"],
                ));
            }
        }
    }
    found
}

/// Whether a schema is a parameter's: by now no property's name stands in such a pointer.
fn in_url(pointer: &str) -> bool {
    pointer.starts_with("/paths/") && pointer.contains("/parameters/")
}
