//! That a component may be null is said where it is used: a type is what is there when something is.

use serde_json::{Map, Value, json};

use crate::document::{Document, join, schema_name, schema_pointers};
use crate::error::{Errors, Result};
use crate::normalise::compositions::annotated_reference;

/// Moves `nullable` from named objects, enums and unions to each field that holds one.
pub fn run(document: &mut Document) -> Result<(), Errors> {
    let source = document.clone();
    let nullable = |name: &str| {
        let component = source.root.pointer(&join("/components/schemas", &[name]));
        component.is_some_and(|schema| schema.get("nullable") == Some(&json!(true)))
    };
    for pointer in schema_pointers(&source) {
        let Some(schema) = source.root.pointer(&pointer) else {
            continue;
        };
        let reference = schema.get("$ref").and_then(Value::as_str);
        let Some(reference) = reference.or_else(|| annotated_reference(schema)) else {
            continue;
        };
        if !is_field(&pointer) || !schema_name(reference).is_some_and(|name| nullable(&name)) {
            continue;
        }
        let mut noted = schema.as_object().cloned().unwrap_or_default();
        noted.shift_remove("$ref");
        noted.insert("allOf".to_owned(), json!([{"$ref": reference}]));
        noted.insert("nullable".to_owned(), json!(true));
        if let Some(place) = document.root.pointer_mut(&pointer) {
            *place = Value::Object(noted);
        }
    }
    for schema in document.schemas_mut().into_iter().flat_map(Map::values_mut) {
        if let Some(schema) = schema.as_object_mut() {
            schema.shift_remove("nullable");
        }
    }
    Ok(())
}

/// Whether a schema is that of a field: an answer or an item of a list is there, or is not.
fn is_field(pointer: &str) -> bool {
    let mut tokens = pointer.rsplit('/').skip(1);
    tokens.next() == Some("properties")
}
