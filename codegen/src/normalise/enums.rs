//! Enums that do not say of which type they are get the one of their values; what no language has an enum of, such as
//! numbers or values of several types, is left its type alone.

use serde_json::{Map, Value, json};

use crate::document::{Document, schema_pointers};
use crate::error::Errors;

/// Looks at every enum but those of texts and integers that say so.
pub fn run(document: &mut Document) -> Result<(), Errors> {
    for pointer in schema_pointers(document) {
        let schema = document.root.pointer_mut(&pointer);
        let Some(schema) = schema.and_then(Value::as_object_mut) else {
            continue;
        };
        if !matches!(kind(schema), Some("string" | "integer")) && schema.contains_key("enum") {
            say(schema);
        }
    }
    Ok(())
}

fn kind(schema: &Map<String, Value>) -> Option<&str> {
    schema.get("type").and_then(Value::as_str)
}

fn say(schema: &mut Map<String, Value>) {
    let values = schema.get("enum").and_then(Value::as_array);
    let values = values.cloned().unwrap_or_default();
    let listed = || values.iter().filter(|value| !value.is_null());
    if listed().count() < values.len() {
        schema.insert("nullable".to_owned(), json!(true));
    }
    if kind(schema).is_some() || listed().next().is_none() {
        schema.shift_remove("enum");
    } else if listed().all(Value::is_string) {
        schema.insert("type".to_owned(), json!("string"));
    } else if listed().all(Value::is_i64) {
        schema.insert("type".to_owned(), json!("integer"));
    } else {
        schema.shift_remove("enum");
        if listed().all(|value| value.is_string() || value.is_i64()) {
            let either = json!([{"type": "string"}, {"type": "integer"}]);
            schema.insert("oneOf".to_owned(), either);
        } else if listed().all(Value::is_number) {
            schema.insert("type".to_owned(), json!("number"));
        } else if listed().all(Value::is_boolean) {
            schema.insert("type".to_owned(), json!("boolean"));
        }
    }
}
