//! What holds itself: no face has it where it is sent, nor where no list or map is between. The field that leads back
//! is kept as the JSON that it is.

use std::collections::BTreeSet;

use serde_json::Value;

use super::action::{Action, Section};
use super::view::View;
use crate::document::join;
use crate::pointer::unescape;

/// The fields that lead back to what holds them, each without what it is described by.
pub(super) fn guess(view: &View<'_>) -> Vec<Action> {
    let mut cuts = BTreeSet::new();
    for (is_sent, part) in [(true, "requestBody"), (false, "responses")] {
        let mut walk = Walk {
            view,
            is_sent,
            above: Vec::new(),
            done: BTreeSet::new(),
            cuts: &mut cuts,
        };
        for (pointer, ..) in view.document.operations() {
            walk.bodies(&join(&pointer, &[part]));
        }
    }
    let action = |place: String| {
        Action::remove(
            Section::Corrections,
            place,
            "It leads back to what holds it, and is the JSON that it is.",
        )
        .look(
            "a field that holds what it is in is free-form JSON",
            "describe as many levels as there are, where there are few",
        )
    };
    cuts.into_iter().map(action).collect()
}

/// A walk down what is sent, or what is answered.
struct Walk<'w, 'd> {
    view: &'w View<'d>,
    is_sent: bool,
    /// The components on the way down to here.
    above: Vec<String>,
    done: BTreeSet<String>,
    /// Where the description of a field is taken out.
    cuts: &'w mut BTreeSet<String>,
}

impl Walk<'_, '_> {
    /// Looks at every body at or below a place, which may be a reference.
    fn bodies(&mut self, at: &str) {
        let root = &self.view.document.root;
        let Some(value) = root.pointer(at) else {
            return;
        };
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            if let Ok((to, _)) = self.view.document.resolve(reference, at)
                && self.done.insert(to.clone())
            {
                self.bodies(&to);
            }
            return;
        }
        let Some(object) = value.as_object() else {
            return;
        };
        match object.get("content").and_then(Value::as_object) {
            Some(content) => {
                for media in content.keys() {
                    self.schema(&join(at, &["content", media, "schema"]), "");
                }
            }
            None => {
                for status in object.keys().filter(|key| !key.starts_with("x-")) {
                    self.bodies(&join(at, &[status]));
                }
            }
        }
    }

    /// Looks at a schema, in the field at a place where it is in one of the same component.
    fn schema(&mut self, at: &str, field: &str) {
        let Some(schema) = self.view.document.root.pointer(at) else {
            return;
        };
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let Ok((to, _)) = self.view.document.resolve(reference, at) else {
                return;
            };
            if self.above.contains(&to) {
                self.cut(at, field);
            } else if self.done.insert(to.clone()) {
                self.above.push(to.clone());
                self.schema(&to, "");
                self.above.pop();
            }
            return;
        }
        if let Some(fields) = schema.get("properties").and_then(Value::as_object) {
            for name in fields.keys() {
                let at = join(at, &["properties", name]);
                self.schema(&at, &at);
            }
        }
        // Where only answered, what a list or a map holds may be what it is in.
        let within: &[&str] = match self.is_sent {
            true => &["items", "additionalProperties"],
            false => &[],
        };
        for key in within {
            self.schema(&join(at, &[key]), field);
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            let parts = schema.get(key).and_then(Value::as_array);
            for index in 0..parts.map_or(0, Vec::len) {
                self.schema(&join(at, &[key, &index.to_string()]), field);
            }
        }
    }

    /// Takes out what describes the field, or what it lists; what composes itself is no field and stays.
    fn cut(&mut self, at: &str, field: &str) {
        let rest = at.strip_prefix(field).filter(|_| !field.is_empty());
        let Some(rest) = rest else {
            return;
        };
        let mut place = field.to_owned();
        for token in rest
            .split('/')
            .skip(1)
            .map(unescape)
            .chain(["$ref".to_owned()])
        {
            place = join(&place, &[&token]);
            if !matches!(token.as_str(), "items" | "additionalProperties") {
                break;
            }
        }
        self.cuts.insert(place);
    }
}
