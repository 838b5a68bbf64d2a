//! Reading an OpenAPI document held as JSON: pointers, references, walks.

use std::collections::BTreeMap;

pub use crate::pointer::{METHODS, join, unescape};
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::written::History;

/// The media type a body is sent as, on an operation whose body is no plain JSON.
pub const SENDS: &str = "x-snapline-sends";

/// Where an operation's body stands once its kind has JSON's name.
const JSON_BODY: &str = "/requestBody/content/application~1json";

/// A document and the file it came from, so that every error can name it.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file name used in errors.
    pub file: String,
    /// The document itself, in the order it was written.
    pub root: Value,
    /// Where each schema component stood before it was named, so that errors lead there.
    pub origins: BTreeMap<String, String>,
    /// What overlays did to it.
    pub(crate) history: History,
    /// What is wrong with it, and does not keep files from being made.
    pub passed_over: Vec<Error>,
}

impl Document {
    /// A document as it came from a file.
    pub fn new(file: impl Into<String>, root: Value) -> Self {
        Self {
            file: file.into(),
            root,
            origins: BTreeMap::new(),
            history: History::default(),
            passed_over: Vec::new(),
        }
    }

    /// The document as it is committed, with a field before all others that says who made it: JSON has no
    /// comments.
    pub fn marked(&self, banner: &str) -> String {
        // A `Value` cannot fail to serialise: its keys are strings and its numbers finite.
        serde_json::to_string_pretty(&self.with_mark(banner)).unwrap_or_default()
    }

    /// The same in one line, for a program that takes it in.
    pub fn compact(&self, banner: &str) -> String {
        serde_json::to_string(&self.with_mark(banner)).unwrap_or_default()
    }

    fn with_mark(&self, banner: &str) -> Map<String, Value> {
        let mut marked = Map::new();
        marked.insert("x-snapline-generated".to_owned(), banner.into());
        marked.extend(self.root.as_object().cloned().unwrap_or_default());
        marked
    }

    /// An error at a place of this document, with its operation named.
    pub fn error(
        &self,
        pointer: impl Into<String>,
        what: impl Into<String>,
        help: impl Into<String>,
    ) -> Error {
        let place = pointer.into();
        let mut error = Error::new(&self.file, self.origin(place.clone()), what, help);
        error.place.source = Some(self.history.source(&self.file, &error.pointer));
        error.place.lowered = place;
        error.in_document(&self.root)
    }

    /// The place in the file that a place in the lowered document came from.
    fn origin(&self, pointer: String) -> String {
        if let Some((operation, rest)) = pointer.split_once("/responses/2XX")
            && let Some(operation) = self.root.pointer(operation)
            && let Some(documented) = operation.get("x-snapline-success")
        {
            return pointer.replace(
                &format!("/responses/2XX{rest}"),
                &format!("/responses/{documented}{rest}"),
            );
        }
        if let Some((operation, rest)) = pointer.split_once(JSON_BODY)
            && let Some(holder) = self.root.pointer(operation)
            && let Some(media) = holder.get(SENDS).and_then(Value::as_str)
        {
            let content = format!("{operation}/requestBody/content");
            return format!("{}{rest}", join(&content, &[media]));
        }
        let Some(inside) = pointer.strip_prefix("/components/schemas/") else {
            return pointer;
        };
        let (name, rest) = inside.split_at(inside.find('/').unwrap_or(inside.len()));
        match self.origins.get(&unescape(name)) {
            Some(origin) => format!("{origin}{rest}"),
            None => pointer,
        }
    }

    /// Follows a local reference to its last target; returns the target's pointer and value.
    pub fn resolve<'a>(&'a self, reference: &str, from: &str) -> Result<(String, &'a Value)> {
        let mut seen: Vec<String> = Vec::new();
        let mut current = reference.to_owned();
        loop {
            let Some(pointer) = current.strip_prefix('#') else {
                return Err(self.error(
                    from,
                    format!("the reference `{current}` leads out of the document"),
                    "bundle the document into one file first",
                ));
            };
            if seen.iter().any(|earlier| earlier == pointer) {
                return Err(self.error(
                    from,
                    format!("the reference `{reference}` leads only to itself"),
                    "let one of the references in the circle hold the thing itself",
                ));
            }
            seen.push(pointer.to_owned());
            let Some(target) = self.root.pointer(pointer) else {
                return Err(self.error(
                    from,
                    format!("the reference `{current}` leads nowhere"),
                    "add what it names, or correct the reference",
                ));
            };
            match target.get("$ref").and_then(Value::as_str) {
                Some(next) => current = next.to_owned(),
                None => return Ok((pointer.to_owned(), target)),
            }
        }
    }

    /// The value itself, or what it refers to.
    pub fn follow<'a>(&'a self, value: &'a Value, at: &str) -> Result<&'a Value> {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => Ok(self.resolve(reference, at)?.1),
            None => Ok(value),
        }
    }

    /// The schemas of the document, made if there are none.
    pub fn schemas_mut(&mut self) -> Option<&mut Map<String, Value>> {
        let mut at = &mut self.root;
        for key in ["components", "schemas"] {
            let inner = at.as_object_mut()?.entry(key).or_insert(Value::Null);
            if !inner.is_object() {
                *inner = Value::Object(Map::new());
            }
            at = inner;
        }
        at.as_object_mut()
    }

    /// Every operation: pointer, path, method, and the operation object.
    pub fn operations(&self) -> Vec<(String, &str, &'static str, &Map<String, Value>)> {
        let mut found = Vec::new();
        let Some(paths) = self.root.get("paths").and_then(Value::as_object) else {
            return found;
        };
        for (path, item) in paths {
            for method in METHODS {
                if let Some(operation) = item.get(method).and_then(Value::as_object) {
                    found.push((
                        join("/paths", &[path, method]),
                        path.as_str(),
                        method,
                        operation,
                    ));
                }
            }
        }
        found
    }
}

/// The component name that a reference such as `#/components/schemas/error` ends in.
pub fn schema_name(reference: &str) -> Option<String> {
    reference
        .strip_prefix("#/components/schemas/")
        .map(unescape)
}

/// What a discriminator's mapping names, as a reference: it may give a schema's bare name.
pub fn mapping_reference(root: &Value, target: &str) -> String {
    let named = join("#/components/schemas", &[target]);
    let is_name = named
        .strip_prefix('#')
        .is_some_and(|named| root.pointer(named).is_some());
    // A name may hold a dot, and so may the name of a file.
    if !is_name && target.contains(['#', '/', '.']) {
        target.to_owned()
    } else {
        named
    }
}

/// A reference object to a schema component.
pub fn schema_reference(name: &str) -> Value {
    let mut object = Map::new();
    object.insert(
        "$ref".to_owned(),
        Value::String(join("#/components/schemas", &[name])),
    );
    Value::Object(object)
}

/// Calls `visit` for every `$ref` in a value, with the pointer it stands at.
pub fn each_reference(
    value: &Value,
    at: &str,
    visit: &mut dyn FnMut(&str, &str) -> Result<()>,
) -> Result<()> {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                match inner {
                    // A property may be called `$ref`; a reference is always a string.
                    Value::String(reference) if key == "$ref" => visit(at, reference)?,
                    // An example is data: whatever looks like a reference in it is none.
                    _ if key == "example" && !holds_names(at) => {}
                    _ => each_reference(inner, &join(at, &[key]), visit)?,
                }
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                each_reference(inner, &join(at, &[&index.to_string()]), visit)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Whether the keys at a place are names that the document chose, not keywords.
fn holds_names(at: &str) -> bool {
    at.ends_with("/properties")
        || at
            .strip_prefix("/components/")
            .is_some_and(|kind| !kind.contains('/'))
}

/// Every schema object in the document with its pointer, parents before children.
pub fn schema_pointers(document: &Document) -> Vec<String> {
    let mut found = Vec::new();
    for root in schema_roots(document) {
        if let Some(schema) = document.root.pointer(&root) {
            walk_schema(schema, root, &mut found);
        }
    }
    found
}

/// Every schema object that stands within a component of another kind, parents before children.
pub fn schemas_of_components(document: &Document) -> Vec<String> {
    let mut roots = Vec::new();
    for kind in ["parameters", "requestBodies", "responses"] {
        let at = join("/components", &[kind]);
        for name in keys(document.root.pointer(&at)) {
            let at = join(&at, &[name]);
            roots.push(join(&at, &["schema"]));
            let content = join(&at, &["content"]);
            let media = keys(document.root.pointer(&content));
            roots.extend(media.map(|media| join(&content, &[media, "schema"])));
        }
    }
    let mut found = Vec::new();
    for root in roots {
        if let Some(schema) = document.root.pointer(&root) {
            walk_schema(schema, root, &mut found);
        }
    }
    found
}

/// Where schemas begin: components, parameters, request bodies and responses.
pub fn schema_roots(document: &Document) -> Vec<String> {
    let mut found: Vec<String> = keys(document.root.pointer("/components/schemas"))
        .map(|name| join("/components/schemas", &[name]))
        .collect();
    for (pointer, _, _, operation) in document.operations() {
        let parameters = operation.get("parameters").and_then(Value::as_array);
        found.extend(
            (0..parameters.map_or(0, Vec::len))
                .map(|index| join(&pointer, &["parameters", &index.to_string(), "schema"])),
        );
        let body = std::iter::once(join(&pointer, &["requestBody"]));
        let responses =
            keys(operation.get("responses")).map(|status| join(&pointer, &["responses", status]));
        for at in body.chain(responses) {
            let content = document.root.pointer(&join(&at, &["content"]));
            found.extend(keys(content).map(|media| join(&at, &["content", media, "schema"])));
        }
    }
    found.retain(|pointer| document.root.pointer(pointer).is_some());
    found
}

/// The keys of a value that may be an object.
fn keys(value: Option<&Value>) -> impl Iterator<Item = &str> {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::keys)
        .map(String::as_str)
}

fn walk_schema(schema: &Value, at: String, found: &mut Vec<String>) {
    let Some(object) = schema.as_object() else {
        return;
    };
    found.push(at.clone());
    if object.contains_key("$ref") {
        return;
    }
    for (name, property) in object
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        walk_schema(property, join(&at, &["properties", name]), found);
    }
    for key in ["items", "additionalProperties", "not"] {
        if let Some(inner) = object.get(key) {
            walk_schema(inner, join(&at, &[key]), found);
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for (index, inner) in object
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            walk_schema(inner, join(&at, &[key, &index.to_string()]), found);
        }
    }
}
