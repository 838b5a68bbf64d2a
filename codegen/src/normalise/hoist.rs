//! Makes every nested object, enum and union a component of its own, so that it has a name.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use serde_json::{Map, Value, json};

use crate::document::{Document, join, schema_reference};
use crate::error::{Collected, Errors, Result};

/// Hoists bodies, responses, parameters and the insides of every component.
pub fn run(document: &mut Document) -> Result<(), Errors> {
    let mut hoist = Hoist {
        file: document.file.clone(),
        source: document.clone(),
        components: Map::new(),
        origins: BTreeMap::new(),
    };
    let components: Vec<(String, Value)> = document
        .root
        .pointer("/components/schemas")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect();
    let mut faults = Collected::default();
    for (name, mut schema) in components {
        let at = join("/components/schemas", &[&name]);
        let base = wanted_name(&schema).unwrap_or_else(|| name.clone());
        faults.part(hoist.inside(&mut schema, &base, &at));
        hoist.components.insert(name, schema);
    }
    let operations: Vec<(String, String)> = document
        .operations()
        .iter()
        .map(|(pointer, _, _, operation)| {
            let id = operation
                .get("operationId")
                .and_then(Value::as_str)
                .unwrap_or_default();
            (pointer.clone(), id.to_upper_camel_case())
        })
        .collect();
    for (pointer, id) in operations {
        if let Some(operation) = document.root.pointer_mut(&pointer) {
            faults.part(hoist.operation(operation, &id, &pointer));
        }
    }
    faults.done()?;
    document.origins = hoist.origins;
    if let Some(schemas) = document.schemas_mut() {
        *schemas = hoist.components;
    }
    Ok(())
}

/// The name that the overlay gives a schema.
pub fn wanted_name(schema: &Value) -> Option<String> {
    schema
        .get("x-snapline-name")
        .and_then(Value::as_str)
        .map(str::to_owned)
}

struct Hoist {
    file: String,
    source: Document,
    components: Map<String, Value>,
    origins: BTreeMap<String, String>,
}

impl Hoist {
    fn operation(&mut self, operation: &mut Value, id: &str, at: &str) -> Result<()> {
        for (index, parameter) in operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
            .enumerate()
        {
            let name = parameter
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned();
            let here = join(at, &["parameters", &index.to_string(), "schema"]);
            if let Some(schema) = parameter.get_mut("schema") {
                self.place(
                    schema,
                    &format!("{id}{}", name.to_upper_camel_case()),
                    &here,
                )?;
            }
        }
        if let Some(schema) = operation.pointer_mut("/requestBody/content/application~1json/schema")
        {
            let here = join(
                at,
                &["requestBody", "content", "application/json", "schema"],
            );
            self.place(schema, &format!("{id}Request"), &here)?;
        }
        if let Some(schema) =
            operation.pointer_mut("/responses/2XX/content/application~1json/schema")
        {
            let here = join(
                at,
                &["responses", "2XX", "content", "application/json", "schema"],
            );
            self.place(schema, &format!("{id}Response"), &here)?;
        }
        Ok(())
    }

    /// Hoists a schema that stands where a name could: itself if it needs one, else its insides.
    fn place(&mut self, schema: &mut Value, name: &str, at: &str) -> Result<()> {
        if schema.get("$ref").is_some() {
            return Ok(());
        }
        if !needs_name(schema) {
            return self.inside(schema, name, at);
        }
        let wanted = wanted_name(schema);
        let own = wanted.as_deref().unwrap_or(name);
        let mut component = schema.take();
        let nullable = component
            .as_object_mut()
            .and_then(|c| c.shift_remove("nullable"));
        self.inside(&mut component, own, at)?;
        if let Some(object) = component.as_object_mut() {
            object.insert("x-snapline-inline".to_owned(), json!(true));
        }
        let known = |name: &str| {
            let source = || {
                self.source
                    .root
                    .pointer(&join("/components/schemas", &[name]))
            };
            self.components.get(name).or_else(source)
        };
        // The same enum written out in two places is one enum; of two that are not the same the later gets a number.
        let is_free = |name: &String| known(name).is_none_or(|it| same_shape(it, &component));
        let numbered = (2_u32..).map(|number| format!("{own}{number}"));
        let mut names = std::iter::once(own.to_owned()).chain(numbered);
        // There is always one more.
        let name = names.find(is_free).unwrap_or_default();
        if wanted.is_some() && name != own {
            return Err(crate::error::Error::new(
                &self.file,
                at,
                format!("the name `{own}` is wanted by two different schemas"),
                "give one of them an `x-snapline-name` in the overlay",
            )
            .in_document(&self.source.root));
        }
        *schema = if nullable == Some(json!(true)) {
            json!({"nullable": true, "allOf": [schema_reference(&name)]})
        } else {
            schema_reference(&name)
        };
        if known(&name).is_none() {
            self.origins.insert(name.clone(), at.to_owned());
        }
        self.components.entry(name).or_insert(component);
        Ok(())
    }

    fn inside(&mut self, schema: &mut Value, base: &str, at: &str) -> Result<()> {
        for (name, property) in schema
            .get_mut("properties")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten()
        {
            self.place(
                property,
                &format!(
                    "{}{}",
                    base.to_upper_camel_case(),
                    name.to_upper_camel_case()
                ),
                &join(at, &["properties", name]),
            )?;
        }
        if let Some(items) = schema.get_mut("items") {
            self.place(
                items,
                &format!("{}Item", base.to_upper_camel_case()),
                &join(at, &["items"]),
            )?;
        }
        if let Some(values) = schema
            .get_mut("additionalProperties")
            .filter(|v| v.is_object())
        {
            self.place(
                values,
                &format!("{}Value", base.to_upper_camel_case()),
                &join(at, &["additionalProperties"]),
            )?;
        }
        let tag = schema
            .get("x-snapline-tag")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if let Some(tag) = tag {
            for (index, variant) in schema
                .get_mut("oneOf")
                .and_then(Value::as_array_mut)
                .into_iter()
                .flatten()
                .enumerate()
            {
                let value = variant
                    .pointer(&format!("/properties/{tag}/enum/0"))
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_upper_camel_case();
                let here = join(at, &["oneOf", &index.to_string(), "properties"]);
                for (name, property) in variant
                    .get_mut("properties")
                    .and_then(Value::as_object_mut)
                    .into_iter()
                    .flatten()
                    .filter(|(name, _)| **name != tag)
                {
                    self.place(
                        property,
                        &format!(
                            "{}{value}{}",
                            base.to_upper_camel_case(),
                            name.to_upper_camel_case()
                        ),
                        &join(&here, &[name]),
                    )?;
                }
            }
        }
        Ok(())
    }
}

/// Whether a schema has to be a component: objects with fields, string enums, unions.
pub fn needs_name(schema: &Value) -> bool {
    schema.get("properties").is_some()
        || schema.get("oneOf").is_some()
        || (schema.get("enum").is_some()
            && schema.get("type").and_then(Value::as_str) == Some("string"))
}

/// Enums are the same when they have the same values; objects when they are equal but for text.
fn same_shape(a: &Value, b: &Value) -> bool {
    match (a.get("enum"), b.get("enum")) {
        (Some(a), Some(b)) => a == b,
        (None, None) => strip_text(a) == strip_text(b),
        _ => false,
    }
}

fn strip_text(value: &Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(
            object
                .iter()
                .filter(|(key, _)| {
                    !matches!(key.as_str(), "description" | "example" | "title")
                        && !key.starts_with("x-")
                })
                .map(|(key, value)| (key.clone(), strip_text(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(strip_text).collect()),
        other => other.clone(),
    }
}
