//! Where the bodies of refusals keep what.

use serde_json::{Value, json};

use super::view::{View, same};

/// What a code, a message and a request's id are commonly called, the most telling first.
const CODES: [&str; 8] = [
    "code",
    "error_code",
    "id",
    "class",
    "type",
    "error",
    "status",
    "name",
];
const MESSAGES: [&str; 8] = [
    "message",
    "error_message",
    "detail",
    "error_description",
    "description",
    "msg",
    "text",
    "title",
];
const IDS: [&str; 2] = ["request_id", "trace_id"];

pub(super) struct Errors {
    /// As the overlay has it.
    pub(super) shape: Value,
    /// The same for people.
    pub(super) told: String,
}

/// Guesses by the names of the fields that bodies of refusals have.
pub(super) fn guess(view: &View<'_>) -> Errors {
    let mut fields: Vec<&str> = Vec::new();
    let mut headers: Vec<String> = Vec::new();
    for (_, _, _, operation) in view.document.operations() {
        for (status, response) in view.responses(operation) {
            let named = response.get("headers").and_then(Value::as_object);
            let named = named.into_iter().flat_map(|named| named.keys());
            headers.extend(named.map(|name| name.to_lowercase()));
            if status.starts_with(['4', '5']) || status == "default" {
                let schema = view.schema(response);
                let known = schema.map(|schema| view.fields(schema)).unwrap_or_default();
                let texts = known
                    .into_iter()
                    .filter(|(_, field)| matches!(view.kind(field), "string" | "integer" | ""));
                fields.extend(texts.map(|(name, _)| name));
            }
        }
    }
    let pick = |wanted: &[&str], most: usize| -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for name in wanted {
            let fits = fields.iter().find(|field| same(field) == *name);
            if let Some(field) = fits.filter(|field| !found.iter().any(|known| known == *field)) {
                found.push((*field).to_owned());
            }
        }
        found.truncate(most);
        found
    };
    let or = |found: Vec<String>, usual: &str| match found.is_empty() {
        true => vec![usual.to_owned()],
        false => found,
    };
    let (code, message) = (
        or(pick(&CODES, 2), "code"),
        or(pick(&MESSAGES, 2), "message"),
    );
    let told = format!("{} and {}", listed(&code), listed(&message));
    let mut shape = json!({"code": code, "message": message});
    headers.retain(|name| name.ends_with("request-id") || name.ends_with("trace-id"));
    headers.sort();
    headers.dedup();
    if let Some(shape) = shape.as_object_mut() {
        let ids = pick(&IDS, 1);
        if !ids.is_empty() {
            shape.insert("request_id".to_owned(), json!(ids));
        }
        if !headers.is_empty() {
            shape.insert("request_id_headers".to_owned(), json!(headers));
        }
    }
    Errors { shape, told }
}

fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(" or ")
}
