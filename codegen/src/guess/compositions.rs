//! Compositions that the generator does not take as they are, and what comes nearest to them.

use serde_json::{Map, Value, json};

use super::action::{Action, Section, json_path};
use super::view::View;
use crate::document::join;

/// Guesses for every schema.
pub(super) fn guess(view: &View<'_>) -> Vec<Action> {
    let mut actions = Vec::new();
    for (at, schema) in view.schemas() {
        actions.extend(choice(view, &at, schema));
        actions.extend(demands(&at, schema));
        actions.extend(scalar(view, &at, schema));
        actions.extend(missing(view, &at, schema));
    }
    actions
}

/// The parts of a composition.
fn parts<'d>(schema: &'d Value, keyword: &str) -> &'d [Value] {
    let parts = schema.get(keyword).and_then(Value::as_array);
    parts.map(Vec::as_slice).unwrap_or_default()
}

/// One of several objects that nothing tells apart: an object with the fields of all of them comes nearest.
fn choice<'d>(view: &View<'d>, at: &str, schema: &'d Value) -> Vec<Action> {
    let shapes = parts(schema, "oneOf");
    let is_object = |part: &'d Value| !view.fields(part).is_empty();
    let told = schema.get("discriminator").is_some();
    if told || shapes.is_empty() {
        return Vec::new();
    }
    let kind = shapes.first().map_or("", |part| view.kind(part));
    if matches!(kind, "string" | "integer" | "number" | "boolean")
        && shapes.iter().all(|part| view.kind(part) == kind)
    {
        let reason = "All of its shapes are of one type, and a value that is not listed is fine.";
        return vec![
            Action::update(Section::Corrections, at, reason, json!({"type": kind})),
            Action::remove(Section::Corrections, join(at, &["oneOf"]), reason),
        ];
    }
    if !shapes.iter().all(is_object) {
        return Vec::new();
    }
    let reason = "Nothing says which of the shapes is meant: one object has the fields of all.";
    let all = Action::update(Section::Corrections, at, reason, json!({"anyOf": shapes}));
    let place = join(at, &["oneOf"]);
    vec![
        all.look(
            "of several shapes one is made, of which every field may be left out",
            "name a `discriminator` if a field tells them apart, or keep one of them",
        ),
        Action::remove(Section::Corrections, place, reason),
    ]
}

/// Choices that only say which fields go together: the service says so too.
fn demands(at: &str, schema: &Value) -> Vec<Action> {
    let demands = |schema: &Value, keyword: &str| {
        let all = parts(schema, keyword);
        let only = |part: &Value| {
            let keys = part.as_object().map(|part| part.keys().collect::<Vec<_>>());
            keys.is_some_and(|keys| {
                keys.iter()
                    .all(|key| matches!(key.as_str(), "required" | "not"))
            })
        };
        !all.is_empty() && all.iter().all(only)
    };
    let mut actions = Vec::new();
    for keyword in ["anyOf", "oneOf"] {
        if demands(schema, keyword) {
            let place = join(at, &[keyword]);
            let reason = "It says only which fields go together, which the service checks.";
            actions.push(Action::remove(Section::Corrections, place, reason));
        }
    }
    actions
}

/// Keywords that only say something about a value.
const NOTES: [&str; 9] = [
    "default",
    "deprecated",
    "description",
    "example",
    "examples",
    "nullable",
    "readOnly",
    "title",
    "writeOnly",
];

/// A text or number that is composed of several parts: one schema says the same.
fn scalar<'d>(view: &View<'d>, at: &str, schema: &'d Value) -> Vec<Action> {
    let all = parts(schema, "allOf");
    let followed: Vec<&Map<String, Value>> = all
        .iter()
        .filter_map(|part| view.follow(part)?.as_object())
        .collect();
    let composed = |part: &&Map<String, Value>| {
        let keys = ["properties", "allOf", "oneOf", "anyOf"];
        keys.iter().any(|key| part.contains_key(*key))
    };
    let telling = followed.iter().filter(|part| {
        part.keys()
            .any(|key| !NOTES.contains(&key.as_str()) && !key.starts_with("x-"))
    });
    let is_scalar = followed.iter().any(|part| {
        let kind = part.get("type").and_then(Value::as_str);
        matches!(kind, Some("string" | "integer" | "number" | "boolean"))
    });
    if !is_scalar || telling.count() < 2 || followed.iter().any(composed) {
        return Vec::new();
    }
    let merged: Map<String, Value> = followed.into_iter().flat_map(Map::clone).collect();
    let reason = "One schema says the same as its parts.";
    vec![
        Action::update(Section::Corrections, at, reason, Value::Object(merged)),
        Action::remove(Section::Corrections, join(at, &["allOf"]), reason),
    ]
}

/// Fields that are required and that nothing describes.
fn missing<'d>(view: &View<'d>, at: &str, schema: &'d Value) -> Vec<Action> {
    // A part of a whole is judged with it.
    let above = at.rsplit('/').nth(1);
    let known = view.fields(schema);
    if known.is_empty() || matches!(above, Some("allOf" | "anyOf" | "oneOf")) {
        return Vec::new();
    }
    let mut places = vec![(at.to_owned(), schema)];
    for (index, part) in parts(schema, "allOf").iter().enumerate() {
        places.push((join(at, &["allOf", &index.to_string()]), part));
    }
    let mut actions = Vec::new();
    for (at, place) in places {
        for name in parts(place, "required").iter().filter_map(Value::as_str) {
            if known.iter().any(|(field, _)| *field == name) {
                continue;
            }
            let list = join(&at, &["required"]);
            let target = format!("{}[?@ == {}]", json_path(&list), Value::from(name));
            let reason = "Upstream requires a field that it does not describe.";
            let action = Action::remove(Section::Corrections, list, reason).at(target);
            actions.push(action.look(
                format!("`{name}` is not described, and left out"),
                "describe it, if callers need it",
            ));
        }
    }
    actions
}
