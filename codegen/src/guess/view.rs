//! What guesses ask of a document that nobody has mended yet: nothing here takes for granted that it is sound.

use heck::ToSnakeCase;
use serde_json::{Map, Value};

use crate::document::{Document, join};
use crate::keywords::{Node, Shape, shape};
use crate::normalise::media::{self, Raw, Way};

/// A document to guess by.
pub(super) struct View<'d> {
    pub(super) document: &'d Document,
}

/// How deep fields are looked for: a schema may compose itself of itself.
const DEEP: usize = 8;

/// A parameter of an operation, once references are followed.
pub(super) struct Parameter<'d> {
    /// The reference to it, where it is used by one.
    pub(super) reference: Option<&'d str>,
    /// The operation, or the path, that lists it.
    pub(super) holder: String,
    pub(super) value: &'d Value,
}

impl<'d> Parameter<'d> {
    pub(super) fn text(&self, key: &str) -> &'d str {
        self.value
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    pub(super) fn is_required(&self) -> bool {
        self.value.get("required") == Some(&Value::Bool(true))
    }
}

impl<'d> View<'d> {
    pub(super) fn operation(&self, path: &str, method: &str) -> Option<&'d Map<String, Value>> {
        let item = self.document.root.get("paths")?.get(path)?;
        item.get(method)?.as_object()
    }

    /// The value itself, or what it refers to.
    pub(super) fn follow(&self, value: &'d Value) -> Option<&'d Value> {
        self.document.follow(value, "").ok()
    }

    /// The parameters of an operation and of its path.
    pub(super) fn parameters(&self, path: &str, method: &str) -> Vec<Parameter<'d>> {
        let item = join("/paths", &[path]);
        let holders = [join(&item, &[method]), item];
        let lists = holders.into_iter().filter_map(|holder| {
            let list = self
                .document
                .root
                .pointer(&join(&holder, &["parameters"]))?;
            Some((holder, list.as_array()?))
        });
        lists
            .flat_map(|(holder, list)| {
                list.iter().filter_map(move |parameter| {
                    Some(Parameter {
                        reference: parameter.get("$ref").and_then(Value::as_str),
                        holder: holder.clone(),
                        value: self.follow(parameter)?,
                    })
                })
            })
            .collect()
    }

    /// The responses of an operation by status, once references are followed.
    pub(super) fn responses(&self, operation: &'d Map<String, Value>) -> Vec<(&'d str, &'d Value)> {
        let all = operation.get("responses").and_then(Value::as_object);
        let all = all.into_iter().flatten();
        let named = all.filter(|(status, _)| !status.starts_with("x-"));
        named
            .filter_map(|(status, response)| Some((status.as_str(), self.follow(response)?)))
            .collect()
    }

    /// The schema of a response's JSON.
    pub(super) fn schema(&self, response: &'d Value) -> Option<&'d Value> {
        let content = response.get("content")?.as_object()?;
        content.get(media::json_of(content)?)?.get("schema")
    }

    /// What a response holds: JSON of a schema, or text or bytes by themselves.
    pub(super) fn shape(&self, response: &'d Value) -> Option<(Option<&'d Value>, Option<Raw>)> {
        let mut raw = response.clone();
        if media::raw_only(&mut raw, Way::Answered).is_none() {
            return self.schema(response).map(|schema| (Some(schema), None));
        }
        let content = raw
            .get("content")
            .and_then(|content| content.get(media::JSON));
        Some((None, content.and_then(Raw::of)))
    }

    /// The schema of an operation's success.
    pub(super) fn success(&self, operation: &'d Map<String, Value>) -> Option<&'d Value> {
        let responses = self.responses(operation).into_iter();
        let mut successes = responses.filter(|(status, _)| status.starts_with('2'));
        successes.find_map(|(_, response)| self.schema(response))
    }

    /// The names of the headers that an operation's success has.
    pub(super) fn success_headers(
        &self,
        operation: &'d Map<String, Value>,
    ) -> impl Iterator<Item = &'d str> {
        let responses = self.responses(operation).into_iter();
        let success = responses.filter(|(status, _)| status.starts_with('2'));
        let headers = success.filter_map(|(_, response)| response.get("headers")?.as_object());
        headers.flat_map(|headers| headers.keys().map(String::as_str))
    }

    /// The object that a success is or wraps.
    pub(super) fn object(
        &self,
        operation: &'d Map<String, Value>,
    ) -> Option<Vec<(&'d str, &'d Value)>> {
        let fields = self.fields(self.success(operation)?);
        match fields.as_slice() {
            [(_, only)] if !self.fields(only).is_empty() => Some(self.fields(only)),
            [] => None,
            _ => Some(fields),
        }
    }

    /// The fields of an object, those that it is composed of among them.
    pub(super) fn fields(&self, schema: &'d Value) -> Vec<(&'d str, &'d Value)> {
        let mut found = Vec::new();
        self.gather(schema, 0, &mut found);
        found
    }

    fn gather(&self, schema: &'d Value, depth: usize, found: &mut Vec<(&'d str, &'d Value)>) {
        let Some(schema) = self.follow(schema).filter(|_| depth < DEEP) else {
            return;
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, field) in properties.into_iter().flatten() {
            if !found.iter().any(|(known, _)| known == name) {
                found.push((name, field));
            }
        }
        for part in schema
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            self.gather(part, depth + 1, found);
        }
    }

    /// What stands under a keyword of a schema, or of what it is composed of.
    pub(super) fn keyword(&self, schema: &'d Value, key: &str) -> Option<&'d Value> {
        self.keyword_at(schema, key, 0)
    }

    fn keyword_at(&self, schema: &'d Value, key: &str, depth: usize) -> Option<&'d Value> {
        let schema = self.follow(schema).filter(|_| depth < DEEP)?;
        schema.get(key).or_else(|| {
            let parts = schema.get("allOf")?.as_array()?;
            parts
                .iter()
                .find_map(|part| self.keyword_at(part, key, depth + 1))
        })
    }

    /// The type of a schema, as OpenAPI calls it.
    pub(super) fn kind(&self, schema: &'d Value) -> &'d str {
        let kind = self.keyword(schema, "type").and_then(Value::as_str);
        kind.unwrap_or_default()
    }

    /// The values that a text may have.
    pub(super) fn values(&self, schema: &'d Value) -> Vec<&'d str> {
        let values = self.keyword(schema, "enum").and_then(Value::as_array);
        values
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// Every schema with its place.
    pub(super) fn schemas(&self) -> Vec<(String, &'d Value)> {
        let mut found = Vec::new();
        walk(
            Shape::One(Node::Document),
            &self.document.root,
            String::new(),
            &mut found,
        );
        found
    }
}

fn walk<'d>(what: Shape, value: &'d Value, at: String, found: &mut Vec<(String, &'d Value)>) {
    match (what, value) {
        (Shape::One(node), Value::Object(object)) => {
            if node == Node::Schema {
                found.push((at.clone(), value));
            }
            for (key, inner) in object {
                walk(shape(node, key), inner, join(&at, &[key]), found);
            }
        }
        (Shape::Names(node) | Shape::NamesAndExtensions(node), Value::Object(object)) => {
            for (key, inner) in object {
                walk(Shape::One(node), inner, join(&at, &[key]), found);
            }
        }
        (Shape::List(node), Value::Array(items)) => {
            for (index, inner) in items.iter().enumerate() {
                walk(
                    Shape::One(node),
                    inner,
                    join(&at, &[&index.to_string()]),
                    found,
                );
            }
        }
        (Shape::Parameters, Value::Array(_)) => {
            walk(Shape::List(Node::Parameter), value, at, found)
        }
        _ => {}
    }
}

/// A name in the one form in which names of APIs are compared: `perPage` and `Per-Page` are `per_page`.
pub(super) fn same(name: &str) -> String {
    name.to_snake_case()
}
