//! Schemas: names that can be none, and secrets.

use std::collections::BTreeSet;

use heck::ToUpperCamelCase;
use serde_json::{Value, json};

use super::action::{Action, Section, json_path};
use super::places::spelt;
use super::view::{View, same};
use crate::document::join;
use crate::normalise::names::RESERVED;
use crate::normalise::shape::word;

/// What a field that holds a secret is called, or ends in.
const SECRETS: [&str; 6] = [
    "password",
    "passphrase",
    "secret",
    "token",
    "private_key",
    "secret_key",
];
/// Tokens that only say where a list goes on.
const NO_SECRETS: [&str; 7] = [
    "page_token",
    "next_token",
    "cursor_token",
    "continuation_token",
    "sync_token",
    "pagination_token",
    "change_token",
];

/// Guesses for every schema.
pub(super) fn guess(view: &View<'_>) -> Vec<Action> {
    let mut actions = names(view);
    for (at, schema) in view.schemas() {
        actions.extend(values(&at, schema));
        actions.extend(fields(&at, schema));
        actions.extend(secrets(&at, schema));
    }
    actions
}

/// Names for components whose own can be none.
fn names(view: &View<'_>) -> Vec<Action> {
    let components = view
        .document
        .root
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut actions = Vec::new();
    for (old, _) in components.into_iter().flatten() {
        let own = old.to_upper_camel_case();
        let mut name = spelt(&own).to_upper_camel_case();
        if RESERVED.contains(&name.as_str()) {
            name.push_str("Info");
        }
        let base = name.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format!("{base}{number}");
            number += 1;
        }
        if name != own {
            let at = join("/components/schemas", &[old]);
            let reason = "Its own name is another's, or can be none.";
            let update = json!({"x-snapline-name": name});
            let action = Action::update(Section::Corrections, at, reason, update);
            actions.push(action.look(format!("it is called `{name}`"), "give it a better name"));
        }
    }
    actions
}

/// Values of an enum that no name can be made of: an unlisted value is kept as it came.
fn values(at: &str, schema: &Value) -> Vec<Action> {
    let listed = schema.get("enum").and_then(Value::as_array);
    let mut seen = BTreeSet::new();
    let mut actions = Vec::new();
    let is_text = schema.get("type").and_then(Value::as_str) == Some("string");
    for value in listed.into_iter().flatten().filter(|_| is_text) {
        let Some(text) = value.as_str() else {
            continue;
        };
        let name = text.to_upper_camel_case();
        let fits = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric());
        if fits && seen.insert(name) {
            continue;
        }
        let place = join(at, &["enum"]);
        let target = format!("{}[?@ == {value}]", json_path(&place));
        let reason = "No name of its own can be made of it; an unlisted value is kept as it came.";
        actions.push(Action::remove(Section::Corrections, place, reason).at(target));
    }
    actions
}

/// Fields that no name can be made of: an unlisted field is passed over.
fn fields(at: &str, schema: &Value) -> Vec<Action> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let mut seen = BTreeSet::new();
    let mut actions = Vec::new();
    for name in properties.into_iter().flatten().map(|(name, _)| name) {
        if word(name).is_some_and(|word| seen.insert(word)) {
            continue;
        }
        let place = join(at, &["properties", name]);
        let reason = "No name of its own can be made of it; an unlisted field is passed over.";
        let action = Action::remove(Section::Corrections, place, reason);
        actions.push(action.look(
            format!("the field `{name}` is left out"),
            "callers that need it read the raw answer",
        ));
    }
    actions
}

/// Texts that nothing may show.
fn secrets(at: &str, schema: &Value) -> Vec<Action> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let secrets = properties.into_iter().flatten().filter(|(name, field)| {
        let name = same(name);
        let ends = |end: &&str| name == **end || name.ends_with(&format!("_{end}"));
        SECRETS.iter().any(&ends)
            && !NO_SECRETS.iter().any(ends)
            && field.get("type").and_then(Value::as_str) == Some("string")
            && field.get("format").is_none()
            && field.get("enum").is_none()
    });
    secrets
        .map(|(name, _)| {
            let place = join(at, &["properties", name]);
            let reason = "It is a secret: nothing shows it.";
            let action = Action::update(
                Section::Secrets,
                place,
                reason,
                json!({"format": "password"}),
            );
            action.look(
                format!("`{name}` is taken for a secret"),
                "drop this if it is none",
            )
        })
        .collect()
}
