//! Turns a union with a discriminator into a `oneOf` of inline objects, one for each value, and a
//! choice between a string and an integer into one shared component.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::document::{
    Document, each_reference, join, mapping_reference, schema_name, schema_pointers,
    schema_reference, unescape,
};
use crate::error::{Collected, Errors, Result};
use crate::normalise::compositions::annotated_reference;

/// The component for a value that is a string or an integer.
pub const STRING_OR_INTEGER: &str = "StringOrInteger";

/// Its key until the names are decided: no document's own, so that a clash is seen there.
const STRING_OR_INTEGER_KEY: &str = "snapline.StringOrInteger";

/// The keywords that give a choice of shapes.
const CHOICES: [&str; 2] = ["oneOf", "anyOf"];

/// Keeps as the JSON that it is what nothing tells apart, and what may come in a shape that is new.
pub fn open(document: &mut Document) -> Result<(), Errors> {
    place_scalars(document);
    let source = document.clone();
    let received = Received::of(&source);
    let mut faults = Collected::default();
    for pointer in schema_pointers(&source) {
        let schema = source.root.pointer(&pointer).filter(|schema| {
            CHOICES.iter().any(|key| schema.get(*key).is_some())
                && !is_string_or_integer(schema)
                && (schema.get("discriminator").is_none() || received.holds(&pointer))
        });
        let Some(schema) = schema else {
            continue;
        };
        if faults.part(mapped(&source, schema, &pointer)).is_none() {
            continue;
        }
        // A union within one is gone with it.
        if let Some(target) = document.root.pointer_mut(&pointer) {
            *target = any(schema);
        }
    }
    faults.done()
}

/// Puts components that are no more than a text or an integer in place, where they are one of two.
fn place_scalars(document: &mut Document) {
    let source = document.clone();
    for pointer in schema_pointers(&source) {
        for key in CHOICES {
            let at = join(&pointer, &[key]);
            let parts = source.root.pointer(&at).and_then(Value::as_array);
            let kinds: Vec<Value> = parts
                .into_iter()
                .flatten()
                .map(|part| {
                    let target = part.get("$ref").and_then(Value::as_str);
                    let target = target.and_then(|to| source.root.pointer(to.strip_prefix('#')?));
                    let kind = target.unwrap_or(part).get("type");
                    json!({"type": kind})
                })
                .collect();
            let kinds = Value::Array(kinds);
            if is_scalar_choice(Some(&kinds))
                && let Some(parts) = document.root.pointer_mut(&at)
            {
                *parts = kinds;
            }
        }
    }
}

/// Lowers every union that is sent, the choices between scalars first: they stand in others.
pub fn run(document: &mut Document) -> Result<(), Errors> {
    lower_scalars(document);
    let source = document.clone();
    let mut faults = Collected::default();
    for pointer in schema_pointers(&source) {
        let Some(schema) = source.root.pointer(&pointer) else {
            continue;
        };
        let Some(keyword) = CHOICES.into_iter().find(|key| schema.get(key).is_some()) else {
            continue;
        };
        if pointer == join("/components/schemas", &[STRING_OR_INTEGER_KEY]) {
            continue;
        }
        let lowered = faults.part(discriminated(&source, schema, keyword, &pointer));
        if let Some((target, lowered)) = document.root.pointer_mut(&pointer).zip(lowered) {
            *target = lowered;
        }
    }
    faults.done()
}

/// What answers hold.
struct Received {
    /// The components, and the responses themselves.
    pointers: BTreeSet<String>,
}

impl Received {
    fn of(document: &Document) -> Self {
        let mut pointers = BTreeSet::new();
        let operations = document.operations().into_iter();
        let mut waiting: Vec<String> = operations
            .map(|(at, ..)| join(&at, &["responses", "2XX"]))
            .collect();
        while let Some(pointer) = waiting.pop() {
            let Some(value) = document.root.pointer(&pointer) else {
                continue;
            };
            // Where a reference leads is asked of what is there alone.
            let _ = each_reference(value, "", &mut |_, to| {
                waiting.extend(to.strip_prefix('#').map(str::to_owned));
                Ok(())
            });
            if !pointers.insert(pointer) {
                continue;
            }
            waiting.retain(|pointer| !pointers.contains(pointer));
        }
        Self { pointers }
    }

    fn holds(&self, pointer: &str) -> bool {
        let mut above = self.pointers.iter();
        above.any(|above| {
            let rest = pointer.strip_prefix(above.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// Any JSON, with what is said of a union.
fn any(schema: &Value) -> Value {
    let said = |key: &str| {
        let extension = key.starts_with("x-") && key != "x-snapline-name";
        extension
            || [
                "description",
                "title",
                "nullable",
                "readOnly",
                "writeOnly",
                "example",
            ]
            .contains(&key)
    };
    let said = schema
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| said(key));
    Value::Object(
        said.map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

fn lower_scalars(document: &mut Document) {
    for pointer in schema_pointers(document) {
        let Some(schema) = document
            .root
            .pointer_mut(&pointer)
            .and_then(Value::as_object_mut)
        else {
            continue;
        };
        let Some(keyword) = CHOICES
            .into_iter()
            .find(|key| is_scalar_choice(schema.get(*key)))
        else {
            continue;
        };
        schema.shift_remove(keyword);
        schema.insert(
            "allOf".to_owned(),
            json!([schema_reference(STRING_OR_INTEGER_KEY)]),
        );
        add_string_or_integer(document);
    }
}

/// Whether a schema is a choice between a string and an integer.
pub fn is_string_or_integer(schema: &Value) -> bool {
    CHOICES
        .into_iter()
        .any(|key| is_scalar_choice(schema.get(key)))
}

fn is_scalar_choice(parts: Option<&Value>) -> bool {
    let Some(parts) = parts.and_then(Value::as_array) else {
        return false;
    };
    let kinds: Vec<_> = parts
        .iter()
        .filter_map(|part| part.get("type")?.as_str())
        .collect();
    parts.len() == 2 && kinds.contains(&"string") && kinds.contains(&"integer")
}

fn add_string_or_integer(document: &mut Document) {
    if let Some(schemas) = document.schemas_mut() {
        schemas.insert(
            STRING_OR_INTEGER_KEY.to_owned(),
            json!({
                "description": "A value that is either a string or an integer.",
                "oneOf": [{"type": "string"}, {"type": "integer"}],
                "x-snapline-name": STRING_OR_INTEGER,
            }),
        );
    }
}

/// One value of a discriminator.
struct Target {
    value: String,
    /// The schema of its shape.
    pointer: String,
    /// Where the document says so.
    at: String,
}

/// What the values of a discriminator are mapped to.
fn mapped(source: &Document, schema: &Value, at: &str) -> Result<Vec<Target>> {
    let mapping = schema
        .pointer("/discriminator/mapping")
        .and_then(Value::as_object);
    let mut targets = Vec::new();
    for (value, target) in mapping.into_iter().flatten() {
        let at = join(at, &["discriminator", "mapping", value]);
        let Some(target) = target.as_str() else {
            return Err(source.error(at, "this is not a reference", "name a schema"));
        };
        let (pointer, _) = source.resolve(&mapping_reference(&source.root, target), &at)?;
        targets.push(Target {
            value: value.clone(),
            pointer,
            at,
        });
    }
    Ok(targets)
}

/// The values of a discriminator: those it maps, and for each shape that none of them names the name of
/// its component, as OpenAPI has it.
fn targets(source: &Document, schema: &Value, keyword: &str, at: &str) -> Result<Vec<Target>> {
    let mut targets = mapped(source, schema, at)?;
    for target in &targets {
        object_at(source, &target.pointer, &target.at)?;
    }
    let parts = schema.get(keyword).and_then(Value::as_array);
    for (index, part) in parts.into_iter().flatten().enumerate() {
        let at = join(at, &[keyword, &index.to_string()]);
        let reference = part
            .get("$ref")
            .and_then(Value::as_str)
            .or_else(|| annotated_reference(part));
        let Some(reference) = reference else {
            return Err(source.error(
                at,
                "this shape has no name that the discriminator could tell it by",
                "make it a component, and map its value to it",
            ));
        };
        let (pointer, _) = source.resolve(reference, &at)?;
        let name = schema_name(reference).unwrap_or_default();
        if targets.iter().any(|target| target.pointer == pointer) {
            continue;
        }
        if targets.iter().any(|target| target.value == name) {
            return Err(source.error(
                at,
                format!("the value `{name}` stands for two shapes"),
                "map each value to its schema",
            ));
        }
        targets.push(Target {
            value: name,
            pointer,
            at,
        });
    }
    Ok(targets)
}

/// The shape that a pointer leads to, which must be an object with named fields.
fn object_at<'a>(source: &'a Document, pointer: &str, at: &str) -> Result<&'a Value> {
    let mut shape = source.root.pointer(pointer).unwrap_or(&Value::Null);
    while let Some(reference) = annotated_reference(shape) {
        shape = source.resolve(reference, at)?.1;
    }
    if shape.get("properties").is_some() {
        return Ok(shape);
    }
    let name = pointer.rsplit('/').next().map(unescape).unwrap_or_default();
    Err(source.error(
        at,
        format!("`{name}` is no object with named fields"),
        "map each value to an object, which may hold its tag alone",
    ))
}

fn discriminated(source: &Document, schema: &Value, keyword: &str, at: &str) -> Result<Value> {
    let discriminator = schema.get("discriminator");
    let property = discriminator
        .and_then(|discriminator| discriminator.get("propertyName"))
        .and_then(Value::as_str)
        .unwrap_or("type");
    let targets = targets(source, schema, keyword, at)?;
    if targets.is_empty() || schema.get("properties").is_some() {
        return Err(source.error(
            at,
            "a union without shapes, or with fields of its own, is not supported",
            "map each value to its schema, and put shared fields into each of them",
        ));
    }
    let mut variants = Vec::new();
    for Target {
        value,
        pointer,
        at: here,
    } in &targets
    {
        let shape = object_at(source, pointer, here)?;
        let mut variant = shape.as_object().cloned().unwrap_or_default();
        variant.shift_remove("example");
        variant.shift_remove("x-snapline-name");
        let described = shape
            .get("properties")
            .and_then(|properties| properties.get(property))
            .cloned();
        let mut properties = Map::new();
        let mut tag = json!({"type": "string", "enum": [value]});
        if let (Some(tag), Some(text)) = (
            tag.as_object_mut(),
            described.as_ref().and_then(|tag| tag.get("description")),
        ) {
            tag.insert("description".to_owned(), text.clone());
        }
        properties.insert(property.to_owned(), tag);
        for (name, field) in shape
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            if name != property {
                properties.insert(name.clone(), field.clone());
            }
        }
        let mut required = vec![json!(property)];
        required.extend(
            shape
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter(|name| name.as_str() != Some(property))
                .cloned(),
        );
        // What this value does is said where all values are described together.
        let meaning = described
            .as_ref()
            .and_then(|tag| tag.get("x-enum-descriptions")?.get(value))
            .cloned();
        if let Some(meaning) = meaning {
            variant.insert("description".to_owned(), meaning);
        }
        variant.insert("type".to_owned(), json!("object"));
        variant.insert("properties".to_owned(), Value::Object(properties));
        variant.insert("required".to_owned(), Value::Array(required));
        variants.push(Value::Object(variant));
    }
    let mut lowered: Map<String, Value> = schema
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| *key != keyword && *key != "discriminator" && *key != "type")
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    lowered.insert("x-snapline-tag".to_owned(), json!(property));
    lowered.insert("oneOf".to_owned(), Value::Array(variants));
    Ok(Value::Object(lowered))
}
