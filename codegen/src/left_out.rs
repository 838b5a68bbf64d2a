//! Fields that a document requires, and that its own examples of answers do not have: the service leaves them out.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::{Document, join};
use crate::finding::{Finding, Kind};

/// Lists each such field once, where it is required.
pub(crate) fn find(document: &Document) -> Vec<Finding> {
    let mut search = Search {
        document,
        found: BTreeSet::new(),
    };
    for (pointer, _, _, operation) in document.operations() {
        let responses = operation.get("responses").and_then(Value::as_object);
        for (status, response) in responses.into_iter().flatten() {
            if status.starts_with('2') {
                search.response(&join(&pointer, &["responses", status]), response);
            }
        }
    }
    let found = search.found.into_iter();
    found
        .map(|(pointer, field)| {
            let error = document.error(
                pointer,
                format!("`{field}` is required, and an example of an answer in the same document does not have it"),
                "if the service leaves it out, remove it from `required` in overlay.yaml",
            );
            Finding::new(Kind::LeftOut, error)
        })
        .collect()
}

struct Search<'d> {
    document: &'d Document,
    /// The place of the schema, and the field.
    found: BTreeSet<(String, String)>,
}

impl<'d> Search<'d> {
    /// The value at a place, and the place, once references are followed.
    fn follow(&self, at: &str, value: &'d Value) -> Option<(String, &'d Value)> {
        match value.get("$ref").and_then(Value::as_str) {
            Some(to) => self.document.resolve(to, at).ok(),
            None => Some((at.to_owned(), value)),
        }
    }

    fn response(&mut self, at: &str, response: &'d Value) {
        let Some((at, response)) = self.follow(at, response) else {
            return;
        };
        let content = response.get("content").and_then(Value::as_object);
        for (media, kind) in content.into_iter().flatten() {
            let Some(schema) = kind.get("schema") else {
                continue;
            };
            let named = kind.get("examples").and_then(Value::as_object);
            let named = named.into_iter().flat_map(|all| all.values());
            let named = named.filter_map(|one| self.follow(&at, one)?.1.get("value"));
            let examples: Vec<&Value> = kind.get("example").into_iter().chain(named).collect();
            let schema_at = join(&at, &["content", media, "schema"]);
            for example in examples {
                self.look(&schema_at, schema, example, 0);
            }
        }
    }

    fn look(&mut self, at: &str, schema: &'d Value, example: &Value, depth: usize) {
        // An example has an end, but a schema may compose itself of itself.
        let Some((at, schema)) = self.follow(at, schema).filter(|_| depth < 40) else {
            return;
        };
        let parts = schema.get("allOf").and_then(Value::as_array);
        for (index, part) in parts.into_iter().flatten().enumerate() {
            let at = join(&at, &["allOf", &index.to_string()]);
            self.look(&at, part, example, depth + 1);
        }
        match example {
            Value::Object(fields) => {
                let required = schema.get("required").and_then(Value::as_array);
                for name in required.into_iter().flatten().filter_map(Value::as_str) {
                    if !fields.contains_key(name) {
                        self.found.insert((at.clone(), name.to_owned()));
                    }
                }
                let properties = schema.get("properties").and_then(Value::as_object);
                for (name, property) in properties.into_iter().flatten() {
                    if let Some(value) = fields.get(name) {
                        self.look(
                            &join(&at, &["properties", name]),
                            property,
                            value,
                            depth + 1,
                        );
                    }
                }
            }
            Value::Array(items) => {
                if let Some(schema) = schema.get("items") {
                    for item in items {
                        self.look(&join(&at, &["items"]), schema, item, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }
}
