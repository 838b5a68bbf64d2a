//! OpenAPI Overlay 1.0: corrections and the behaviour model, laid over the document.

use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::document::{Document, join};
use crate::error::{Error, Result};
use crate::parse::{check_document, parse_value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Overlay {
    overlay: String,
    #[serde(rename = "info")]
    _info: Value,
    #[serde(rename = "extends", default)]
    _extends: Option<String>,
    actions: Vec<Action>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Action {
    target: String,
    description: Option<String>,
    update: Option<Value>,
    #[serde(default)]
    remove: bool,
}

/// Applies an overlay's actions in order. An action without a reason, or one that matches
/// nothing, is an error: it says that the document has moved on.
pub fn apply_overlay(document: &mut Document, file: &str, text: &str) -> Result<()> {
    let value = parse_value(file, text)?;
    let overlay: Overlay = serde_json::from_value(value).map_err(|error| {
        Error::new(
            file,
            "",
            format!("this is not an overlay: {error}"),
            "give `overlay: 1.0.0`, `info` and a list of `actions`, each with `target`, `description` and `update` or `remove: true`",
        )
    })?;
    if !overlay.overlay.starts_with("1.0.") {
        return Err(Error::new(
            file,
            "/overlay",
            format!("this is Overlay {}", overlay.overlay),
            "write it as Overlay 1.0.0",
        ));
    }
    for (index, action) in overlay.actions.iter().enumerate() {
        apply_action(
            document,
            file,
            &join("/actions", &[&index.to_string()]),
            action,
        )?;
    }
    check_document(document)
}

fn apply_action(document: &mut Document, file: &str, at: &str, action: &Action) -> Result<()> {
    let fault = |what: String, help: &str| Error::new(file, at, what, help);
    if action
        .description
        .as_deref()
        .unwrap_or("")
        .trim()
        .is_empty()
    {
        return Err(fault(
            format!("the action on `{}` gives no reason", action.target),
            "say in `description` why it is needed",
        ));
    }
    if action.remove == action.update.is_some() {
        return Err(fault(
            format!(
                "the action on `{}` must either update or remove",
                action.target
            ),
            "give `update: …` or `remove: true`",
        ));
    }
    let path = JsonPath::parse(&action.target).map_err(|error| {
        fault(
            format!("`{}` is not a JSONPath: {error}", action.target),
            "write the target as RFC 9535 has it",
        )
    })?;
    let mut pointers: Vec<String> = path
        .query_located(&document.root)
        .locations()
        .map(|location| location.to_json_pointer())
        .collect();
    if pointers.is_empty() {
        return Err(fault(
            format!("`{}` matches nothing in {}", action.target, document.file),
            "the document has changed: correct the target, or drop the action if it is no longer needed",
        ));
    }
    if action.remove && pointers.iter().any(String::is_empty) {
        return Err(fault(
            format!("`{}` would remove the whole document", action.target),
            "name the part to remove",
        ));
    }
    // Later items of an array go first, so that a removal does not move those still to come.
    pointers.sort_by_key(|pointer| std::cmp::Reverse(natural(pointer)));
    for pointer in pointers {
        match &action.update {
            Some(update) => {
                if let Some(target) = document.root.pointer_mut(&pointer) {
                    merge(target, update);
                }
            }
            None => remove(&mut document.root, &pointer),
        }
    }
    Ok(())
}

/// Orders pointers so that `/a/10` comes after `/a/9`.
fn natural(pointer: &str) -> Vec<(usize, String)> {
    pointer
        .split('/')
        .map(|token| {
            (
                token.parse::<usize>().unwrap_or(usize::MAX),
                token.to_owned(),
            )
        })
        .collect()
}

/// Objects are merged key by key, arrays appended to, everything else replaced.
fn merge(target: &mut Value, update: &Value) {
    match (target, update) {
        (Value::Object(target), Value::Object(update)) => {
            for (key, value) in update {
                match target.get_mut(key) {
                    Some(existing) => merge(existing, value),
                    None => {
                        target.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(target), Value::Array(update)) => target.extend(update.iter().cloned()),
        (Value::Array(target), update) => target.push(update.clone()),
        (target, update) => *target = update.clone(),
    }
}

fn remove(root: &mut Value, pointer: &str) {
    let Some((parent, token)) = pointer.rsplit_once('/') else {
        return;
    };
    let token = crate::document::unescape(token);
    match root.pointer_mut(parent) {
        Some(Value::Object(object)) => {
            object.shift_remove(&token);
        }
        Some(Value::Array(items)) => {
            if let Ok(index) = token.parse::<usize>()
                && index < items.len()
            {
                items.remove(index);
            }
        }
        _ => {}
    }
}
