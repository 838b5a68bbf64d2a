//! Sentences and examples, apart from structure: what upstream says is taken off, and what we say laid on.
//!
//! Our words are an overlay that may add nothing else. What has none yet is described by its name.

use heck::ToSnakeCase;
use serde_json::{Map, Value};

use crate::document::{Document, join, schema_pointers};
use crate::error::{Collected, Error, Errors, Result};
use crate::finding::{Finding, Kind};
use crate::keywords::{self, Node, Shape, shape};
use crate::overlay::Overlay;

/// The structure of a document alone: no sentence, no example, no link, and of the extensions only those named.
pub fn strip(document: &Value, extensions: &[String]) -> Value {
    Strip { extensions }.one(Node::Document, document)
}

struct Strip<'e> {
    extensions: &'e [String],
}

impl Strip<'_> {
    fn one(&self, node: Node, value: &Value) -> Value {
        let Some(object) = value.as_object() else {
            return value.clone();
        };
        let mut kept = Map::new();
        for (key, value) in object {
            match shape(node, key) {
                // A document without these is none.
                Shape::Words if node == Node::Response && key == "description" => {
                    kept.insert(key.clone(), "".into());
                }
                Shape::Words if node == Node::Info && key == "title" => {
                    kept.insert(key.clone(), value.clone());
                }
                Shape::Extension if self.extensions.contains(key) => {
                    kept.insert(key.clone(), value.clone());
                }
                shape if !shape.is_structure() => {}
                shape => {
                    kept.insert(key.clone(), self.value(shape, value));
                }
            }
        }
        Value::Object(kept)
    }

    fn value(&self, shape: Shape, value: &Value) -> Value {
        let each = |node: Node, object: &Map<String, Value>| {
            let members = object.iter();
            members
                .map(|(name, inner)| (name.clone(), self.one(node, inner)))
                .collect()
        };
        match (shape, value) {
            (Shape::One(node), _) => self.one(node, value),
            (Shape::Names(node), Value::Object(object)) => Value::Object(each(node, object)),
            (Shape::NamesAndExtensions(node), Value::Object(object)) => {
                let mut members: Map<String, Value> = each(node, object);
                members.retain(|name, _| !name.starts_with("x-") || self.extensions.contains(name));
                Value::Object(members)
            }
            (Shape::List(node), Value::Array(items)) => {
                Value::Array(items.iter().map(|item| self.one(node, item)).collect())
            }
            (Shape::Parameters, Value::Array(_)) => self.value(Shape::List(Node::Parameter), value),
            (Shape::NamesOnly, Value::Object(object)) => {
                let names = object.keys();
                Value::Object(names.map(|name| (name.clone(), "".into())).collect())
            }
            _ => value.clone(),
        }
    }
}

/// Lays our words on a document, and lists those for places that it does not have.
///
/// The file is an overlay whose actions need no reason, since what they say is itself the reason, and may say
/// nothing of structure: that is a correction, and belongs in the other overlay with its reason.
pub fn lay_words(document: &mut Document, file: &str, text: &str) -> Result<Vec<Finding>, Errors> {
    let mut faults = Collected::default();
    let mut laid = Laid {
        file,
        stale: Vec::new(),
    };
    for (at, action) in Overlay::read(file, text)?.actions() {
        let Some(update) = action.update.as_ref().filter(|_| !action.remove) else {
            faults.fault(Error::new(
                file,
                at,
                format!("the words for `{}` are none", action.target),
                "give them in `update: …`; what is removed is removed in overlay.yaml",
            ));
            continue;
        };
        let Some(places) = faults.part(action.places(document, file, &at)) else {
            continue;
        };
        if places.is_empty() {
            laid.gone(at.clone(), format!("`{}`", action.target), &document.file);
        }
        for place in places {
            let whole = document.file.clone();
            if let Some(target) = document.root.pointer_mut(&place) {
                let at = join(&at, &["update"]);
                faults.part(laid.lay(keywords::at(&place), target, update, &at, &whole));
            }
        }
    }
    faults.done().map(|()| laid.stale)
}

struct Laid<'f> {
    file: &'f str,
    stale: Vec<Finding>,
}

impl Laid<'_> {
    fn gone(&mut self, at: String, what: String, document: &str) {
        let error = Error::new(
            self.file,
            at,
            format!("there are words for {what}, which {document} does not have"),
            "move them to where it is now, or drop them",
        );
        self.stale.push(Finding::new(Kind::StaleWords, error));
    }

    fn lay(
        &mut self,
        outer: Shape,
        target: &mut Value,
        update: &Value,
        at: &str,
        document: &str,
    ) -> Result<()> {
        if target == update {
            return Ok(());
        }
        let (Value::Object(target), Value::Object(update)) = (target, update) else {
            return Err(Error::new(
                self.file,
                at,
                "this is no sentence and no example",
                "a correction goes into overlay.yaml, with its reason",
            ));
        };
        for (key, value) in update {
            let at = join(at, &[key]);
            let inner = outer.inside(key);
            let is_words = matches!(inner, Shape::Words | Shape::Examples)
                || (inner == Shape::Extension && key == ENUM_DESCRIPTIONS);
            match target.get_mut(key) {
                None if is_words && outer != Shape::NamesOnly => {
                    target.insert(key.clone(), value.clone());
                }
                None => self.gone(at, format!("`{key}`"), document),
                Some(slot) if is_words => *slot = value.clone(),
                Some(slot) => self.lay(inner, slot, value, &at, document)?,
            }
        }
        Ok(())
    }
}

/// What each value of an enum means, beside the enum.
const ENUM_DESCRIPTIONS: &str = "x-enum-descriptions";

/// Describes by its name what has no words, and lists it: operations, parameters, fields and answers.
pub fn fill(document: &mut Document) -> Vec<Finding> {
    let mut missing: Vec<(String, &str, String)> = Vec::new();
    for (pointer, path, method, operation) in document.operations() {
        if blank(operation.get("summary")) {
            let id = operation.get("operationId").and_then(Value::as_str);
            let name = id.map_or_else(|| format!("{} {path}", method.to_uppercase()), plain);
            missing.push((pointer.clone(), "summary", name));
        }
        for (list, kind) in [
            ("parameters", Shape::Parameters),
            ("responses", Shape::Names(Node::Response)),
        ] {
            let at = join(&pointer, &[list]);
            members(document, &at, kind, &mut missing);
        }
    }
    for (kind, node) in [
        ("parameters", Node::Parameter),
        ("responses", Node::Response),
    ] {
        let at = join("/components", &[kind]);
        members(document, &at, Shape::Names(node), &mut missing);
    }
    for schema in schema_pointers(document) {
        let at = join(&schema, &["properties"]);
        members(document, &at, Shape::Names(Node::Schema), &mut missing);
    }
    let mut found = meanings(document);
    found.extend(missing.into_iter().map(|(pointer, key, text)| {
        let error = document.error(
            pointer.clone(),
            format!("there is no {key} yet, so it is described as “{text}”"),
            "write one in words.yaml",
        );
        if let Some(target) = document
            .root
            .pointer_mut(&pointer)
            .and_then(Value::as_object_mut)
        {
            target.insert(key.to_owned(), text.into());
        }
        Finding::new(Kind::NoWords, error)
    }));
    found
}

/// Values of described enums that have no meaning yet, and meanings of values that are gone.
fn meanings(document: &Document) -> Vec<Finding> {
    let mut found = Vec::new();
    for pointer in schema_pointers(document) {
        let schema = document.root.pointer(&pointer);
        let values = schema.and_then(|schema| schema.get("enum")?.as_array());
        let meanings = schema.and_then(|schema| schema.get(ENUM_DESCRIPTIONS)?.as_object());
        let Some((values, meanings)) = values.zip(meanings) else {
            continue;
        };
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let values: Vec<String> = values
            .iter()
            .filter(|value| !value.is_null())
            .map(text)
            .collect();
        let at = join(&pointer, &[ENUM_DESCRIPTIONS]);
        for value in values.iter().filter(|value| !meanings.contains_key(*value)) {
            let error = document.error(
                &at,
                format!("nothing says what the value `{value}` means"),
                "say it in words.yaml",
            );
            found.push(Finding::new(Kind::NoWords, error));
        }
        for value in meanings.keys().filter(|value| !values.contains(*value)) {
            let error = document.error(
                &at,
                format!("there is a meaning for `{value}`, which is no value of the enum"),
                "drop it from words.yaml",
            );
            found.push(Finding::new(Kind::StaleWords, error));
        }
    }
    found
}

/// Adds those of a map or list that say nothing of themselves.
fn members(
    document: &Document,
    at: &str,
    shape: Shape,
    missing: &mut Vec<(String, &'static str, String)>,
) {
    let mut look = |token: &str, member: &Value, name: &str| {
        let described = member.get("$ref").is_some() || !blank(member.get("description"));
        if !described && member.is_object() && !token.starts_with("x-") {
            missing.push((join(at, &[token]), "description", plain(name)));
        }
    };
    match (shape, document.root.pointer(at)) {
        (Shape::Parameters, Some(Value::Array(items))) => {
            for (index, item) in items.iter().enumerate() {
                let name = item.get("name").and_then(Value::as_str);
                look(&index.to_string(), item, name.unwrap_or_default());
            }
        }
        (_, Some(Value::Object(object))) => {
            for (token, member) in object {
                let wire = member.get("name").and_then(Value::as_str);
                let name = match wire.filter(|_| at.ends_with("/parameters")) {
                    Some(wire) => wire.to_owned(),
                    None if at.ends_with("/responses") && at.starts_with("/paths/") => {
                        format!("status {token}")
                    }
                    None => token.clone(),
                };
                look(token, member, &name);
            }
        }
        _ => {}
    }
}

fn blank(text: Option<&Value>) -> bool {
    text.and_then(Value::as_str)
        .is_none_or(|text| text.trim().is_empty())
}

/// A name as words: `nfs_list_accessPoints` is `Nfs list access points`.
pub(crate) fn plain(name: &str) -> String {
    let words = name.to_snake_case().replace('_', " ");
    let mut letters = words.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    let words = first.unwrap_or_default() + letters.as_str();
    if words.is_empty() {
        name.to_owned()
    } else {
        words
    }
}
