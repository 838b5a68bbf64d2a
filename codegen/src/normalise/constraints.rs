//! Sets bounds aside: typify would make types of them that refuse an answer (B12), while a bound
//! is a promise about what is sent, and is checked there (B3).

use serde_json::{Map, Value, json};

use crate::document::{Document, schema_pointers};
use crate::error::{Errors, Result};

/// The keywords that bound a value, as JSON Schema has them.
const KEYWORDS: [&str; 11] = [
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
];

/// Where the bounds are kept: a JSON Schema fragment that can be laid back over the schema.
pub const CONSTRAINTS: &str = "x-snapline-constraints";

/// Moves the bounds of every schema, and the values of integer enums, to an extension.
pub fn run(document: &mut Document) -> Result<(), Errors> {
    for pointer in schema_pointers(document) {
        let Some(schema) = document
            .root
            .pointer_mut(&pointer)
            .and_then(Value::as_object_mut)
        else {
            continue;
        };
        let mut set_aside = Map::new();
        for keyword in KEYWORDS {
            if let Some(bound) = schema.shift_remove(keyword) {
                set_aside.insert(keyword.to_owned(), bound);
            }
        }
        if schema.get("type").and_then(Value::as_str) == Some("integer")
            && let Some(values) = schema.shift_remove("enum")
        {
            set_aside.insert("enum".to_owned(), values);
        }
        if !set_aside.is_empty() {
            schema.insert(CONSTRAINTS.to_owned(), json!(set_aside));
        }
        // A default is the server's business: sending it, or filling it in, would be a guess.
        if let Some(default) = schema.shift_remove("default") {
            schema.insert("x-snapline-default".to_owned(), default);
        }
    }
    Ok(())
}
