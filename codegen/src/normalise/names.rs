//! Decides every component's name in one place: the overlay's, else its own in Pascal case.

use std::collections::HashMap;

use heck::ToUpperCamelCase;
use serde_json::{Map, Value};

use crate::document::{Document, join, schema_name, schema_reference};
use crate::error::Result;
use crate::normalise::hoist::wanted_name;
use crate::select::prune;

/// Renames the components and every reference to them.
pub fn run(document: &mut Document) -> Result<()> {
    // What the unions were made of is no longer reached and must not take a name.
    prune(document)?;
    let mut renamed: HashMap<String, String> = HashMap::new();
    let mut taken: HashMap<String, String> = HashMap::new();
    let mut components = Map::new();
    for (old, schema) in document
        .root
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let new = wanted_name(schema).unwrap_or_else(|| old.to_upper_camel_case());
        let pointer = join("/components/schemas", &[old]);
        if new.to_upper_camel_case() != new || !new.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(document.error(
                pointer,
                format!("`{new}` cannot name a type"),
                "give the schema an `x-snapline-name` in Pascal case in the overlay",
            ));
        }
        if let Some(first) = taken.insert(new.clone(), old.clone()) {
            return Err(document.error(
                pointer,
                format!("the schemas `{first}` and `{old}` are both called `{new}`"),
                "give one of them an `x-snapline-name` in the overlay",
            ));
        }
        renamed.insert(old.clone(), new.clone());
        let mut schema = schema.clone();
        if let Some(schema) = schema.as_object_mut() {
            schema.shift_remove("x-snapline-name");
        }
        components.insert(new, schema);
    }
    components.sort_keys();
    if let Some(target) = document.root.pointer_mut("/components/schemas") {
        *target = Value::Object(components);
    }
    rename(&mut document.root, &renamed);
    Ok(())
}

fn rename(value: &mut Value, renamed: &HashMap<String, String>) {
    match value {
        Value::Object(object) => {
            let target = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(schema_name)
                .and_then(|old| renamed.get(&old));
            if let Some(new) = target {
                *value = schema_reference(new);
                return;
            }
            for inner in object.values_mut() {
                rename(inner, renamed);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| rename(inner, renamed)),
        _ => {}
    }
}
