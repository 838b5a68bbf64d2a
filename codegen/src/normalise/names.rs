//! Decides every component's name in one place: the overlay's, else its own in Pascal case.

use std::collections::{BTreeMap, HashMap};

use heck::ToUpperCamelCase;
use serde_json::{Map, Value};

use crate::document::{Document, join, schema_name, schema_reference};
use crate::error::Result;
use crate::normalise::hoist::wanted_name;
use crate::select::prune;

/// Names that every generated file takes for granted: a type called so would hide what is meant.
pub(crate) const RESERVED: [&str; 10] = [
    "Box", "Default", "Err", "None", "Ok", "Option", "Result", "Some", "String", "Vec",
];

/// Renames the components and every reference to them.
pub fn run(document: &mut Document) -> Result<()> {
    // What the unions were made of is no longer reached and must not take a name.
    prune(document)?;
    let mut renamed: HashMap<String, String> = HashMap::new();
    let mut taken: HashMap<String, String> = HashMap::new();
    let mut components = Map::new();
    let mut origins = BTreeMap::new();
    for (old, schema) in document
        .root
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let new = wanted_name(schema).unwrap_or_else(|| old.to_upper_camel_case());
        let pointer = join("/components/schemas", &[old]);
        let fits = new.starts_with(|c: char| c.is_ascii_alphabetic())
            && new.chars().all(|c| c.is_ascii_alphanumeric())
            && !RESERVED.contains(&new.as_str());
        if new.to_upper_camel_case() != new || !fits {
            return Err(document.error(
                pointer,
                format!("`{new}` cannot name a type"),
                "give the schema an `x-snapline-name` in Pascal case in the overlay",
            ));
        }
        if let Some(first) = taken.insert(new.clone(), old.clone()) {
            // The generator's own schemas have keys that no document has.
            let ours = |name: &str| name.starts_with("snapline.");
            let (pointer, what) = if ours(&first) || ours(old) {
                let theirs = if ours(old) { &first } else { old };
                (
                    join("/components/schemas", &[theirs]),
                    format!("the generator has a schema of its own that is called `{new}`"),
                )
            } else {
                (
                    pointer,
                    format!("the schemas `{first}` and `{old}` are both called `{new}`"),
                )
            };
            return Err(document.error(
                pointer,
                what,
                "give one of them an `x-snapline-name` in the overlay",
            ));
        }
        renamed.insert(old.clone(), new.clone());
        let origin = document.origins.get(old).cloned();
        origins.insert(new.clone(), origin.unwrap_or(pointer));
        let mut schema = schema.clone();
        if let Some(schema) = schema.as_object_mut() {
            schema.shift_remove("x-snapline-name");
        }
        components.insert(new, schema);
    }
    components.sort_keys();
    document.origins = origins;
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
