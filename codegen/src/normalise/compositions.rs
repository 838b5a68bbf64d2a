//! Merges `allOf` into one object, and an `anyOf` of objects into one with every field optional.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::document::{Document, join, schema_pointers, schema_roots};
use crate::error::{Collected, Error, Errors, Result};
use crate::normalise::scalars;

/// Merges every composition in the document, innermost first.
pub fn run(document: &mut Document) -> Result<(), Errors> {
    drop_choices_of_required(document);
    let source = document.clone();
    let mut faults = Collected::default();
    let mut trail = Trail::default();
    for pointer in schema_roots(&source) {
        trail.under_way.clear();
        if let Some(target) = document.root.pointer_mut(&pointer) {
            faults.part(lower(&source, target, &pointer, &mut trail));
        }
    }
    faults.done()?;
    required_fields(document);
    Ok(())
}

/// Which of some fields must be there is for the service to say: such a choice says nothing of the shape.
fn drop_choices_of_required(document: &mut Document) {
    for pointer in schema_pointers(document) {
        let Some(schema) = document.root.pointer_mut(&pointer) else {
            continue;
        };
        for key in ["anyOf", "oneOf"] {
            let parts = schema.get(key).and_then(Value::as_array);
            let only_requires = |part: &Value| {
                part.as_object().is_some_and(|part| {
                    part.contains_key("required")
                        && part.keys().all(|key| key == "required" || is_note(key))
                })
            };
            if parts.is_some_and(|parts| !parts.is_empty() && parts.iter().all(only_requires))
                && let Some(schema) = schema.as_object_mut()
            {
                schema.shift_remove(key);
            }
        }
    }
}

/// Now that each object has all its fields, what it requires is among them, or is passed over: that is common, and
/// such a field may always be missing.
fn required_fields(document: &mut Document) {
    for pointer in schema_pointers(document) {
        let Some(schema) = document.root.pointer(&pointer) else {
            continue;
        };
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            continue;
        };
        let required = schema.get("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        let stray: Vec<String> = required
            .filter(|name| !properties.contains_key(*name))
            .map(str::to_owned)
            .collect();
        for name in &stray {
            let error = document.error(
                &pointer,
                format!("the field `{name}` is required, but there is none of that name"),
                "describe the field, or correct `required`",
            );
            document.passed_over.push(error);
        }
        let schema = document.root.pointer_mut(&pointer);
        let Some(schema) = schema.filter(|_| !stray.is_empty()) else {
            continue;
        };
        if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| {
                name.as_str()
                    .is_none_or(|name| !stray.iter().any(|it| it == name))
            });
            if required.is_empty()
                && let Some(schema) = schema.as_object_mut()
            {
                schema.shift_remove("required");
            }
        }
    }
}

/// What the references of compositions led to.
#[derive(Default)]
struct Trail {
    /// Those that the merges under way came through, so that a circle is seen.
    under_way: Vec<String>,
    /// What a component comes to as a part: many may be composed of it.
    known: HashMap<String, Merge>,
}

/// Merges a schema, then everything inside it.
fn lower(source: &Document, schema: &mut Value, at: &str, trail: &mut Trail) -> Result<()> {
    if let Some(merged) = merged(source, schema, at, trail)? {
        *schema = merged;
        return Ok(());
    }
    keep_notes(schema);
    let Some(object) = schema.as_object_mut() else {
        return Ok(());
    };
    if has_values(object) {
        if object
            .get("properties")
            .and_then(Value::as_object)
            .is_some_and(|all| !all.is_empty())
        {
            return Err(lost_values(source, at));
        }
        // Without a field of its own it is a map, and nothing else.
        object.shift_remove("properties");
    }
    // An object of which no field is told is any object.
    if object
        .get("properties")
        .and_then(Value::as_object)
        .is_some_and(Map::is_empty)
    {
        object.shift_remove("properties");
    }
    for (name, property) in object
        .get_mut("properties")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        lower(source, property, &join(at, &["properties", name]), trail)?;
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = object.get_mut(key) {
            lower(source, inner, &join(at, &[key]), trail)?;
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
            lower(source, inner, &join(at, &[key, &index.to_string()]), trail)?;
        }
    }
    Ok(())
}

/// Whether an object says what values of any name it holds; that it holds some is said of every object.
fn has_values(object: &Map<String, Value>) -> bool {
    let values = object
        .get("additionalProperties")
        .and_then(Value::as_object);
    values.is_some_and(|values| !values.is_empty())
}

fn lost_values(source: &Document, at: &str) -> Error {
    source.error(
        join(at, &["additionalProperties"]),
        "values of any name beside named fields are not supported",
        "remove one of the two in the overlay; an unlisted field is passed over",
    )
}

/// OpenAPI 3.0 passes over what stands beside a reference, but who writes `nullable` there means it.
fn keep_notes(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    if object.get("nullable") == Some(&json!(true))
        && let Some(reference) = object.shift_remove("$ref")
    {
        object.insert("allOf".to_owned(), json!([{"$ref": reference}]));
    }
}

/// A reference that carries annotations: what is left of `allOf: [$ref, {}]`.
pub fn annotated_reference(schema: &Value) -> Option<&str> {
    match schema.get("allOf")?.as_array()?.as_slice() {
        [only] => only.get("$ref")?.as_str(),
        _ => None,
    }
}

/// What a composition comes to, its insides lowered too; nothing where a schema is none.
fn merged(source: &Document, schema: &Value, at: &str, trail: &mut Trail) -> Result<Option<Value>> {
    let Some(object) = schema.as_object() else {
        return Ok(None);
    };
    if let Some(parts) = object.get("allOf").and_then(Value::as_array) {
        if let Some(reference) = alone(object, parts) {
            return Ok(Some(reference));
        }
        if let Some(scalar) = scalars::merge(source, object, parts, at)? {
            return Ok(Some(scalar));
        }
        return merge_parts(source, object, "allOf", parts, at, trail).map(Some);
    }
    for key in ["oneOf", "anyOf"] {
        let only = object.get(key).and_then(Value::as_array);
        if only.is_some_and(|parts| parts.len() == 1) && !object.contains_key("discriminator") {
            // One shape of one is no choice.
            let mut whole = object.clone();
            let parts = whole.shift_remove(key).unwrap_or_default();
            whole.insert("allOf".to_owned(), parts);
            return merged(source, &Value::Object(whole), at, trail);
        }
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
            let mut merged = merge_parts(source, object, "anyOf", parts, at, trail)?;
            if let Some(merged) = merged.as_object_mut() {
                // Which of the shapes came is not said, so no field can be counted on.
                merged.shift_remove("required");
            }
            return Ok(Some(merged));
        }
    }
    Ok(None)
}

/// A single part is no composition: the reference stays a reference, its notes beside it.
fn alone(whole: &Map<String, Value>, parts: &[Value]) -> Option<Value> {
    let mut telling = parts.iter().filter(|part| !is_annotation(part));
    let only = telling.next().filter(|only| only.get("$ref").is_some())?;
    if telling.next().is_some()
        || whole.contains_key("properties")
        || whole.contains_key("required")
    {
        return None;
    }
    let mut notes: Map<String, Value> = parts
        .iter()
        .filter(|part| is_annotation(part))
        .filter_map(Value::as_object)
        .flat_map(Map::clone)
        .collect();
    notes.extend(
        whole
            .iter()
            .filter(|(key, _)| *key != "allOf" && *key != "type")
            .map(|(key, value)| (key.clone(), value.clone())),
    );
    if notes.is_empty() {
        return Some(only.clone());
    }
    notes.insert("allOf".to_owned(), json!([only]));
    Some(Value::Object(notes))
}

fn merge_parts(
    source: &Document,
    whole: &Map<String, Value>,
    keyword: &str,
    parts: &[Value],
    at: &str,
    trail: &mut Trail,
) -> Result<Value> {
    let mut own = whole.clone();
    own.shift_remove(keyword);
    let own = Value::Object(own);
    let mut merge = Merge::default();
    for (index, part) in parts.iter().enumerate() {
        merge.take(
            source,
            part,
            keyword,
            &join(at, &[keyword, &index.to_string()]),
            trail,
        )?;
    }
    merge.take(source, &own, keyword, at, trail)?;
    let mut result = match own {
        Value::Object(own) => own,
        _ => Map::new(),
    };
    result.shift_remove("anyOf");
    result.insert("type".to_owned(), json!("object"));
    result.insert("properties".to_owned(), Value::Object(merge.properties));
    if merge.required.is_empty() {
        result.shift_remove("required");
    } else {
        result.insert("required".to_owned(), Value::Array(merge.required));
    }
    Ok(Value::Object(result))
}

/// The longest chain of references that one composition may go through: each level takes some of the stack.
const DEPTH: usize = 64;

/// What the parts of a composition come to so far.
#[derive(Clone, Default)]
struct Merge {
    properties: Map<String, Value>,
    required: Vec<Value>,
}

/// Keywords that say something of a value which one object cannot carry.
const NO_OBJECT: [&str; 5] = ["oneOf", "anyOf", "enum", "items", "not"];

impl Merge {
    fn take(
        &mut self,
        source: &Document,
        part: &Value,
        keyword: &str,
        at: &str,
        trail: &mut Trail,
    ) -> Result<()> {
        let Some(reference) = part.get("$ref").and_then(Value::as_str) else {
            return self.take_here(source, part, keyword, at, trail);
        };
        let (pointer, part) = source.resolve(reference, at)?;
        if trail.under_way.contains(&pointer) {
            return Err(source.error(
                at,
                format!("this composition contains itself by way of `{reference}`"),
                "let one of the schemas in the circle be a property instead of a part",
            ));
        }
        if trail.under_way.len() > DEPTH {
            return Err(source.error(
                at,
                format!("compositions are made of one another more than {DEPTH} levels deep"),
                "write the fields of some of them out in the schema that is composed of them",
            ));
        }
        let key = format!("{keyword} {pointer}");
        let merge = match trail.known.get(&key) {
            Some(known) => known.clone(),
            None => {
                let mut merge = Self::default();
                trail.under_way.push(pointer.clone());
                merge.take_here(source, part, keyword, &pointer, trail)?;
                trail.under_way.pop();
                trail.known.insert(key, merge.clone());
                merge
            }
        };
        self.add(merge.properties, merge.required, keyword);
        Ok(())
    }

    fn take_here(
        &mut self,
        source: &Document,
        part: &Value,
        keyword: &str,
        at: &str,
        trail: &mut Trail,
    ) -> Result<()> {
        if part.as_object().is_some_and(has_values) {
            return Err(lost_values(source, at));
        }
        if let Some(merged) = merged(source, part, at, trail)? {
            // A single annotated reference is a part like any other here.
            match annotated_reference(&merged).or_else(|| merged.get("$ref")?.as_str()) {
                Some(reference) => {
                    self.take(source, &json!({"$ref": reference}), keyword, at, trail)?;
                }
                None => self.add_part(&merged, keyword),
            }
            return Ok(());
        }
        if let Some(kind) = part
            .get("type")
            .filter(|kind| kind.as_str() != Some("object"))
        {
            return Err(source.error(
                at,
                format!(
                    "an {keyword} part of type `{}` is not supported",
                    kind.as_str()
                        .map_or_else(|| kind.to_string(), str::to_owned)
                ),
                "compose objects only, or describe the result in one schema",
            ));
        }
        if let Some(other) = NO_OBJECT.into_iter().find(|key| part.get(key).is_some()) {
            return Err(source.error(
                at,
                format!("an {keyword} part with `{other}` is not supported"),
                "compose objects only, or describe the result in one schema",
            ));
        }
        let mut part = part.clone();
        lower(source, &mut part, at, trail)?;
        self.add_part(&part, keyword);
        Ok(())
    }

    /// Takes in a part that holds no composition any more.
    fn add_part(&mut self, part: &Value, keyword: &str) {
        let properties = part.get("properties").and_then(Value::as_object);
        let required = part.get("required").and_then(Value::as_array);
        self.add(
            properties.cloned().unwrap_or_default(),
            required.cloned().unwrap_or_default(),
            keyword,
        );
    }

    /// Takes in fields and what is required of them. Of two of a name a later one wins, since both hold; where one of
    /// several shapes holds it is what either says, so any JSON.
    fn add(&mut self, properties: Map<String, Value>, required: Vec<Value>, keyword: &str) {
        for (name, field) in properties {
            let other = self.properties.get(&name);
            let field = match other.filter(|_| keyword == "anyOf") {
                Some(other) if !same_shape(other, &field) => notes_of(&field),
                _ => field,
            };
            self.properties.insert(name, field);
        }
        for name in required {
            if !self.required.contains(&name) {
                self.required.push(name);
            }
        }
    }
}

/// Whether two schemas say the same of a value, whatever they tell a reader.
fn same_shape(one: &Value, other: &Value) -> bool {
    let shape = |schema: &Value| {
        let all = schema.as_object().into_iter().flatten();
        let all = all.filter(|(key, _)| !is_note(key));
        all.map(|(key, value)| (key.clone(), value.clone()))
            .collect::<Map<String, Value>>()
    };
    shape(one) == shape(other)
}

/// What a schema tells a reader.
fn notes_of(schema: &Value) -> Value {
    let all = schema.as_object().into_iter().flatten();
    let notes = all.filter(|(key, _)| matches!(key.as_str(), "description" | "title"));
    Value::Object(
        notes
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

/// A part that says nothing about the shape.
fn is_annotation(part: &Value) -> bool {
    part.as_object()
        .is_some_and(|part| part.keys().all(|key| is_note(key)))
}

fn is_note(key: &str) -> bool {
    matches!(
        key,
        "description" | "title" | "example" | "nullable" | "deprecated"
    ) || key.starts_with("x-")
}
