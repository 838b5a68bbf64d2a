//! Puts components that only name a list, a map or a scalar where they are used: typify would wrap
//! each in a type of its own.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::document::{Document, each_reference, join, schema_pointers};
use crate::error::{Errors, Result};
use crate::normalise::compositions::annotated_reference;
use crate::normalise::hoist::needs_name;
use crate::normalise::unions::is_string_or_integer;

/// Replaces references to such components by what they name, the notes of the reference kept.
pub fn run(document: &mut Document) -> Result<(), Errors> {
    refuse_circles(document)?;
    refuse_depth(document)?;
    // An alias may name a list of another alias, so go on until none is left.
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
            let (last, target) = source.resolve(reference, &pointer)?;
            if !is_alias(target) {
                // A component that only refers to another would be a type of its own too.
                if reference.strip_prefix('#') != Some(&last) {
                    let at = if schema.get("$ref").is_some() {
                        ""
                    } else {
                        "/allOf/0"
                    };
                    let place = document.root.pointer_mut(&format!("{pointer}{at}/$ref"));
                    if let Some(place) = place {
                        *place = format!("#{last}").into();
                        changed = true;
                    }
                }
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

/// How many lists and maps may stand one in the other, once all are in place.
const DEPTH: usize = 24;

/// How many components may only name one another.
const HOPS: usize = 64;

/// Whether a component is put in place rather than named.
fn is_alias(schema: &Value) -> bool {
    // After the compositions, an `allOf` that is left is a reference with notes.
    is_string_or_integer(schema)
        || annotated_reference(schema).is_some()
        || (!needs_name(schema) && schema.get("allOf").is_none() && schema.get("anyOf").is_none())
}

/// A list or map that holds itself without an object between would be put in place for ever.
fn refuse_circles(document: &Document) -> Result<()> {
    let schemas = document
        .root
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    for (name, schema) in schemas
        .into_iter()
        .flatten()
        .filter(|(_, schema)| is_alias(schema))
    {
        let at = join("/components/schemas", &[name]);
        let mut seen: Vec<String> = Vec::new();
        let mut waiting = vec![schema];
        while let Some(schema) = waiting.pop() {
            let mut found: Vec<String> = Vec::new();
            each_reference(schema, "", &mut |_, reference| {
                found.push(document.resolve(reference, &at)?.0);
                Ok(())
            })?;
            if found.contains(&at) {
                return Err(document.error(
                    at,
                    format!("`{name}` holds itself without an object with named fields between"),
                    "describe it as free-form JSON, without `items` and `additionalProperties`",
                ));
            }
            for pointer in found {
                if let Some(target) = document
                    .root
                    .pointer(&pointer)
                    .filter(|target| is_alias(target))
                    && !seen.contains(&pointer)
                {
                    seen.push(pointer);
                    waiting.push(target);
                }
            }
        }
    }
    Ok(())
}

/// Refuses what would be nested too deep once it is in place.
fn refuse_depth(document: &Document) -> Result<()> {
    let mut known = HashMap::new();
    let schemas = document.root.pointer("/components/schemas");
    for (name, schema) in schemas.and_then(Value::as_object).into_iter().flatten() {
        if is_alias(schema) && levels(document, schema, 0, &mut known)? > DEPTH {
            return Err(document.error(
                join("/components/schemas", &[name]),
                format!("lists and maps name one another more than {DEPTH} levels deep"),
                "put fewer of them one into another",
            ));
        }
    }
    Ok(())
}

/// How many lists and maps stand one in the other in a schema, behind so many components; there are no circles.
fn levels<'d>(
    document: &'d Document,
    schema: &'d Value,
    hops: usize,
    known: &mut HashMap<*const Value, usize>,
) -> Result<usize> {
    if hops > HOPS {
        return Ok(DEPTH + 1);
    }
    let place = std::ptr::from_ref(schema);
    if let Some(levels) = known.get(&place) {
        return Ok(*levels);
    }
    let mut most = 0;
    if let Some(reference) = reference_of(schema) {
        let (_, target) = document.resolve(reference, "/components/schemas")?;
        if is_alias(target) {
            most = levels(document, target, hops + 1, known)?;
        }
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get(key) {
            most = most.max(1 + levels(document, inner, hops, known)?);
        }
    }
    known.insert(place, most);
    Ok(most)
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
