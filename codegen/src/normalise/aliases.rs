//! Puts components that only name a list, a map or a scalar where they are used: typify would wrap
//! each in a type of its own.

use serde_json::{Map, Value};

use crate::document::{Document, schema_pointers};
use crate::error::Result;
use crate::normalise::compositions::annotated_reference;
use crate::normalise::hoist::needs_name;

/// Replaces references to such components by what they name, the notes of the reference kept.
pub fn run(document: &mut Document) -> Result<()> {
    // An alias may name a list of another alias, so go on until none is left; references that
    // lead only to themselves were refused when the document was read.
    loop {
        let source = document.clone();
        let mut changed = false;
        for pointer in schema_pointers(&source) {
            let Some(schema) = source.root.pointer(&pointer) else {
                continue;
            };
            let Some(reference) = reference_of(schema) else {
                continue;
            };
            let (_, target) = source.resolve(reference, &pointer)?;
            if needs_name(target) || target.get("allOf").is_some() || target.get("anyOf").is_some()
            {
                continue;
            }
            let mut inlined = target.as_object().cloned().unwrap_or_default();
            inlined.extend(notes(schema));
            inlined.shift_remove("x-snapline-name");
            if let Some(place) = document.root.pointer_mut(&pointer) {
                *place = Value::Object(inlined);
                changed = true;
            }
        }
        if !changed {
            return Ok(());
        }
    }
}

fn reference_of(schema: &Value) -> Option<&str> {
    schema
        .get("$ref")
        .and_then(Value::as_str)
        .or_else(|| annotated_reference(schema))
}

fn notes(schema: &Value) -> Map<String, Value> {
    schema
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| *key != "$ref" && *key != "allOf")
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}
