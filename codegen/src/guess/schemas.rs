//! Schemas: fields that hold secrets, and objects that are more than their fields.

use serde_json::{Value, json};

use super::action::{Action, Section};
use super::view::{View, same};
use crate::document::join;

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
    let schemas = view.schemas().into_iter();
    schemas
        .flat_map(|(at, schema)| secrets(&at, schema))
        .collect()
}

/// Keeps an object that holds values of any name beside named fields as the JSON that it is, since no field would
/// hold the others.
pub(super) fn open(view: &View<'_>) -> Vec<Action> {
    let holds = |schema: &Value, key: &str| {
        let held = schema.get(key).and_then(Value::as_object);
        held.is_some_and(|held| !held.is_empty())
    };
    let schemas = view.schemas().into_iter();
    let open: Vec<(String, &Value)> = schemas
        .filter(|(_, schema)| holds(schema, "properties") && holds(schema, "additionalProperties"))
        .collect();
    // What is within one goes with its fields.
    let within = |at: &str| {
        let mut rests = open
            .iter()
            .filter_map(|(outer, _)| at.strip_prefix(outer.as_str()));
        rests.any(|rest| rest.starts_with('/'))
    };
    let outer = open.iter().filter(|(at, _)| !within(at));
    outer.flat_map(|(at, schema)| opened(at, schema)).collect()
}

fn opened(at: &str, schema: &Value) -> Vec<Action> {
    let reason = "It holds values of any name beside its fields, and is the JSON that it is.";
    let remove = |key: &str| Action::remove(Section::Corrections, join(at, &[key]), reason);
    let whole = remove("additionalProperties").look(
        "an object with more than its fields is free-form JSON",
        "keep its fields alone, if callers need no others",
    );
    let required = schema.get("required").map(|_| remove("required"));
    let fields = [whole, remove("properties")];
    fields.into_iter().chain(required).collect()
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
