//! Drops formats that the services do not keep to, and widens numbers.
//!
//! Ids that are called `uuid` are often none (B12), a 32-bit float would turn 2.34 into
//! 2.3399999, and every integer is carried as a signed 64-bit one: the upper half of a `uint64` is drift
//! where it is received, with the number in the raw body, and no argument can hold it.

use serde_json::{Value, json};

use crate::document::{Document, schema_pointers};
use crate::error::{Errors, Result};

/// The format of a text that must not be shown.
pub const SECRET: &str = "password";

/// Leaves `date-time` on strings outside of URLs, `password` on strings and `double` on numbers, and
/// nothing else.
pub fn run(document: &mut Document) -> Result<(), Errors> {
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

/// Whether a schema is a parameter's: by now no property's name stands in such a pointer.
fn in_url(pointer: &str) -> bool {
    pointer.starts_with("/paths/") && pointer.contains("/parameters/")
}
