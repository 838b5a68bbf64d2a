//! Merges `allOf` into one object, and an `anyOf` of objects into one with every field optional.

use serde_json::{Map, Value, json};

use crate::document::{Document, join, schema_roots};
use crate::error::Result;

/// Merges every composition in the document, innermost first.
pub fn run(document: &mut Document) -> Result<()> {
    let source = document.clone();
    for pointer in schema_roots(&source) {
        if let Some(target) = document.root.pointer_mut(&pointer) {
            lower(&source, target, &pointer)?;
        }
    }
    Ok(())
}

/// Merges a schema, then everything inside it.
fn lower(source: &Document, schema: &mut Value, at: &str) -> Result<()> {
    if let Some(merged) = merged(source, schema, at, 0)? {
        *schema = merged;
    }
    let Some(object) = schema.as_object_mut() else {
        return Ok(());
    };
    for (name, property) in object
        .get_mut("properties")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        lower(source, property, &join(at, &["properties", name]))?;
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(key) {
            lower(source, inner, &join(at, &[key]))?;
        }
    }
    for key in ["oneOf", "anyOf"] {
        for (index, inner) in object
            .get_mut(key)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .enumerate()
        {
            lower(source, inner, &join(at, &[key, &index.to_string()]))?;
        }
    }
    Ok(())
}

/// A reference that carries annotations: what is left of `allOf: [$ref, {}]`.
pub fn annotated_reference(schema: &Value) -> Option<&str> {
    match schema.get("allOf")?.as_array()?.as_slice() {
        [only] => only.get("$ref")?.as_str(),
        _ => None,
    }
}

/// Deeper than any sane schema; a circle of compositions ends here with an error.
const DEPTH: usize = 32;

fn merged(source: &Document, schema: &Value, at: &str, depth: usize) -> Result<Option<Value>> {
    let Some(object) = schema.as_object() else {
        return Ok(None);
    };
    if depth > DEPTH {
        return Err(source.error(
            at,
            "this composition contains itself",
            "let one of the schemas in the circle be a property instead of a part",
        ));
    }
    if let Some(parts) = object.get("allOf").and_then(Value::as_array) {
        return merge_parts(source, object, "allOf", parts, at, depth).map(Some);
    }
    if let Some(parts) = object.get("anyOf").and_then(Value::as_array)
        && !object.contains_key("discriminator")
    {
        let mut objects = true;
        for (index, part) in parts.iter().enumerate() {
            let part = source.follow(part, &join(at, &["anyOf", &index.to_string()]))?;
            objects &= is_annotation(part)
                || part.as_object().is_some_and(|part| {
                    part.get("type").and_then(Value::as_str) == Some("object")
                        || part.contains_key("properties")
                        || part.contains_key("allOf")
                });
        }
        if objects {
            let mut merged = merge_parts(source, object, "anyOf", parts, at, depth)?;
            if let Some(merged) = merged.as_object_mut() {
                // Which of the shapes came is not said, so no field can be counted on.
                merged.shift_remove("required");
            }
            return Ok(Some(merged));
        }
    }
    Ok(None)
}

fn merge_parts(
    source: &Document,
    whole: &Map<String, Value>,
    keyword: &str,
    parts: &[Value],
    at: &str,
    depth: usize,
) -> Result<Value> {
    let telling: Vec<&Value> = parts.iter().filter(|part| !is_annotation(part)).collect();
    if let [only] = telling.as_slice()
        && only.get("$ref").is_some()
        && keyword == "allOf"
        && !whole.contains_key("properties")
        && !whole.contains_key("required")
    {
        // A single part is no composition: the reference stays a reference, its notes beside it.
        let mut notes: Map<String, Value> = parts
            .iter()
            .filter(|part| is_annotation(part))
            .filter_map(Value::as_object)
            .flat_map(Map::clone)
            .collect();
        notes.extend(
            whole
                .iter()
                .filter(|(key, _)| *key != "allOf")
                .map(|(k, v)| (k.clone(), v.clone())),
        );
        if notes.is_empty() {
            return Ok((*only).clone());
        }
        notes.insert("allOf".to_owned(), json!([only]));
        return Ok(Value::Object(notes));
    }
    let mut result: Map<String, Value> = whole.clone();
    result.shift_remove(keyword);
    result.insert("type".to_owned(), json!("object"));
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    let own = Value::Object(result.clone());
    for (index, part) in parts.iter().chain(std::iter::once(&own)).enumerate() {
        let here = join(at, &[keyword, &index.to_string()]);
        let part = source.follow(part, &here)?;
        let part = merged(source, part, &here, depth + 1)?.unwrap_or_else(|| part.clone());
        if let Some(kind) = part.get("type").and_then(Value::as_str)
            && kind != "object"
        {
            return Err(source.error(
                here,
                format!("an {keyword} part of type `{kind}` is not supported"),
                "compose objects only, or describe the result in one schema",
            ));
        }
        for (name, property) in part
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            properties.insert(name.clone(), property.clone());
        }
        for name in part
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if !required.contains(name) {
                required.push(name.clone());
            }
        }
    }
    result.insert("properties".to_owned(), Value::Object(properties));
    if required.is_empty() {
        result.shift_remove("required");
    } else {
        result.insert("required".to_owned(), Value::Array(required));
    }
    Ok(Value::Object(result))
}

/// A part that says nothing about the shape.
fn is_annotation(part: &Value) -> bool {
    part.as_object().is_some_and(|part| {
        part.keys().all(|key| {
            matches!(
                key.as_str(),
                "description" | "title" | "example" | "nullable" | "deprecated"
            ) || key.starts_with("x-")
        })
    })
}
