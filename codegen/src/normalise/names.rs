//! Decides every component's name in one place: the overlay's, else its own in Pascal case.

use std::collections::{BTreeMap, HashMap};

use heck::ToUpperCamelCase;
use serde_json::{Map, Value};

use crate::document::{Document, join, schema_name, schema_reference};
use crate::error::{Collected, Errors, Result};
use crate::normalise::hoist::wanted_name;
use crate::select::prune;
use crate::spelling::pascal;

/// Names that generated files take for granted in some language: a type called so would hide what is meant.
pub(crate) const RESERVED: [&str; 10] = [
    "Box", "Default", "Err", "None", "Ok", "Option", "Result", "Some", "String", "Vec",
];

/// What stands in front of a name that begins with a digit.
const KIND: &str = "model";

/// Renames the components and every reference to them.
pub fn run(document: &mut Document) -> Result<(), Errors> {
    // What the unions were made of is no longer reached and must not take a name.
    prune(document)?;
    let mut renamed: HashMap<String, String> = HashMap::new();
    let mut components = Map::new();
    let mut origins = BTreeMap::new();
    let schemas = document
        .root
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    let schemas: Vec<(&String, &Value)> = schemas.into_iter().flatten().collect();
    let mut taken = given(document, &schemas)?;
    // What is a name as it stands keeps it, whatever else would like to have it.
    let mut order = schemas.clone();
    order.sort_by_key(|(old, _)| old.to_upper_camel_case() != **old);
    let mut made: HashMap<&String, String> = HashMap::new();
    for (old, schema) in order {
        let name = wanted_name(schema).unwrap_or_else(|| free(old, &mut taken));
        made.insert(old, name);
    }
    for (old, schema) in schemas {
        let pointer = join("/components/schemas", &[old]);
        let new = made.remove(old).unwrap_or_default();
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

/// The names that the overlay gives, each of which must be one.
fn given(
    document: &Document,
    schemas: &[(&String, &Value)],
) -> Result<BTreeMap<String, String>, Errors> {
    let mut faults = Collected::default();
    let mut taken = BTreeMap::new();
    for (old, schema) in schemas {
        let Some(new) = wanted_name(schema) else {
            continue;
        };
        let pointer = join("/components/schemas", &[old]);
        if pascal(&new, KIND) != new || is_reserved(&new) {
            faults.fault(document.error(
                pointer,
                format!("`{new}` cannot name a type"),
                "give the schema an `x-snapline-name` in Pascal case in the overlay",
            ));
            continue;
        }
        // The generator's own schemas have keys that no document has.
        let ours = |name: &str| name.starts_with("snapline.");
        if let Some(first) = taken.insert(new.clone(), (*old).clone()) {
            let (pointer, what) = if ours(&first) || ours(old) {
                let theirs = if ours(old) { &first } else { *old };
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
            faults.fault(document.error(
                pointer,
                what,
                "give one of them another `x-snapline-name` in the overlay",
            ));
        }
    }
    faults.done()?;
    Ok(taken)
}

fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// A name that nothing has yet, made of a component's own.
fn free(old: &str, taken: &mut BTreeMap<String, String>) -> String {
    let own = pascal(old, KIND);
    let base = if is_reserved(&own) {
        format!("{own}Info")
    } else {
        own
    };
    let numbered = (2_u32..).map(|number| format!("{base}{number}"));
    let mut all = std::iter::once(base.clone()).chain(numbered);
    // There is always one more.
    let name = all
        .find(|name| !taken.contains_key(name))
        .unwrap_or_default();
    taken.insert(name.clone(), old.to_owned());
    name
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
