//! What a schema is made of: the components it refers to, and what it says itself.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::facts::{Class, Way};
use crate::diff::place::{canonical, reference, target};

/// What a schema says in place, `allOf` laid together, and what it refers to.
#[derive(Debug, Default)]
pub(super) struct Parts<'d> {
    /// References, as they are written.
    pub(super) refs: Vec<&'d str>,
    /// The objects that say something.
    said: Vec<&'d Map<String, Value>>,
}

/// The type of a value, as far as faces and wire tell types apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Any,
    Text,
    Integer,
    Number,
    Boolean,
    List,
    Object,
    TextOrInteger,
    Choice,
}

impl Type {
    /// How the set of values changes from this type to another.
    pub(super) fn to(self, other: Self) -> Way {
        let within = |small: Self, large: Self| {
            large == Self::Any
                || matches!(
                    (small, large),
                    (Self::Integer, Self::Number)
                        | (Self::Text | Self::Integer, Self::TextOrInteger)
                )
        };
        if within(self, other) {
            Way::Wider
        } else if within(other, self) {
            Way::Narrower
        } else {
            Way::Other
        }
    }
}

/// What an object is to the faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Fields,
    Map,
    Json,
}

impl<'d> Parts<'d> {
    /// What a schema says, without following its references.
    pub(super) fn of(schema: &'d Value) -> Self {
        let mut parts = Self::default();
        parts.lay(schema);
        parts
    }

    fn lay(&mut self, schema: &'d Value) {
        // What stands beside a reference is to be ignored, says OpenAPI 3.0.
        if let Some(to) = reference(schema) {
            self.refs.push(to);
        } else if let Some(said) = schema.as_object() {
            self.said.push(said);
            for part in said
                .get("allOf")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                self.lay(part);
            }
        }
    }

    /// What a schema says with every reference followed.
    pub(super) fn whole(document: &'d Value, schema: &'d Value) -> Self {
        let mut parts = Self::of(schema);
        parts.follow(document, &mut BTreeSet::new());
        parts
    }

    fn follow(&mut self, document: &'d Value, seen: &mut BTreeSet<&'d str>) {
        for to in std::mem::take(&mut self.refs) {
            self.take_in(document, to, seen);
        }
    }

    fn take_in(&mut self, document: &'d Value, to: &'d str, seen: &mut BTreeSet<&'d str>) {
        if seen.insert(to)
            && let Some(schema) = document.pointer(&target(to))
        {
            let mut inner = Self::of(schema);
            inner.follow(document, seen);
            self.said.extend(inner.said);
        }
    }

    /// Takes what a component says as if it stood here.
    pub(super) fn absorb(&mut self, document: &'d Value, to: &'d str) {
        self.take_in(document, to, &mut BTreeSet::new());
    }

    /// What is said first under a keyword.
    pub(super) fn get(&self, key: &str) -> Option<&'d Value> {
        self.said.iter().find_map(|said| said.get(key))
    }

    pub(super) fn text(&self, key: &str) -> Option<&'d str> {
        self.get(key).and_then(Value::as_str)
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.said
            .iter()
            .any(|said| said.get(key) == Some(&Value::Bool(true)))
    }

    /// The fields in the document's order, each once.
    pub(super) fn fields(&self) -> Vec<(&'d str, &'d Value)> {
        let mut fields: Vec<(&str, &Value)> = Vec::new();
        let mut seen = BTreeSet::new();
        for said in &self.said {
            for (name, field) in said
                .get("properties")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                if seen.insert(name) {
                    fields.push((name, field));
                }
            }
        }
        fields
    }

    pub(super) fn required(&self) -> BTreeSet<&'d str> {
        let lists = self
            .said
            .iter()
            .filter_map(|said| said.get("required")?.as_array());
        lists.flatten().filter_map(Value::as_str).collect()
    }

    /// Whether nothing is said but sentences and what may stand beside a reference.
    pub(super) fn is_bare(&self) -> bool {
        const BESIDE: [&str; 9] = [
            "allOf",
            "nullable",
            "readOnly",
            "writeOnly",
            "deprecated",
            "description",
            "title",
            "example",
            "externalDocs",
        ];
        self.said.iter().all(|said| {
            said.keys()
                .all(|key| BESIDE.contains(&key.as_str()) || key.starts_with("x-"))
        })
    }

    /// The members of a union, or the choices without anything that tells them apart.
    pub(super) fn choices(&self) -> Option<&'d Vec<Value>> {
        ["oneOf", "anyOf"]
            .into_iter()
            .find_map(|key| self.get(key)?.as_array())
    }

    pub(super) fn kind(&self) -> Type {
        let choices = self.choices();
        if let Some(choices) = choices {
            let mut types: Vec<&str> = choices
                .iter()
                .filter_map(|choice| choice.get("type")?.as_str())
                .collect();
            types.sort_unstable();
            return if choices.len() == 2 && types == ["integer", "string"] {
                Type::TextOrInteger
            } else {
                Type::Choice
            };
        }
        match self.text("type") {
            Some("string") => Type::Text,
            Some("integer") => Type::Integer,
            Some("number") => Type::Number,
            Some("boolean") => Type::Boolean,
            Some("array") => Type::List,
            Some("object") => Type::Object,
            _ if !self.fields().is_empty() => Type::Object,
            _ if self.get("items").is_some() => Type::List,
            _ => Type::Any,
        }
    }

    pub(super) fn shape(&self) -> Shape {
        if !self.fields().is_empty() {
            Shape::Fields
        } else if self
            .get("additionalProperties")
            .is_some_and(Value::is_object)
        {
            Shape::Map
        } else {
            Shape::Json
        }
    }

    /// The listed values, null left out: it only says that a value may be null.
    pub(super) fn values(&self) -> Option<BTreeSet<String>> {
        let values = self.get("enum")?.as_array()?;
        let named = values.iter().filter(|value| !value.is_null());
        Some(
            named
                .map(|value| {
                    value
                        .as_str()
                        .map_or_else(|| canonical(value), str::to_owned)
                })
                .collect(),
        )
    }

    /// Whether faces make a type of it that has a name.
    pub(super) fn is_named(&self) -> bool {
        match self.kind() {
            Type::Choice => true,
            Type::Object => self.shape() == Shape::Fields,
            Type::Text => self.get("enum").is_some(),
            _ => false,
        }
    }

    pub(super) fn class(&self, document: &'d Value) -> Class {
        match self.kind() {
            Type::Integer | Type::Number | Type::Boolean => Class::Number,
            Type::Any | Type::Choice => Class::Json,
            Type::Object if self.shape() != Shape::Fields => Class::Json,
            Type::List => {
                let Some(items) = self.get("items") else {
                    return Class::Json;
                };
                let items = Self::whole(document, items);
                // A list may be an item of itself, so the items of a list are not asked.
                if items.kind() == Type::List || items.class(document) == Class::Json {
                    Class::Json
                } else {
                    Class::List
                }
            }
            Type::Text | Type::Object | Type::TextOrInteger => Class::Other,
        }
    }
}
