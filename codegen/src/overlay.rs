//! OpenAPI Overlay 1.0: corrections and the behaviour model, laid over the document.

use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::document::{Document, join};
use crate::error::{Error, Result};
use crate::finding::{Finding, Kind};
use crate::parse::{check_document, parse_value};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Overlay {
    overlay: String,
    #[serde(rename = "info")]
    _info: Value,
    #[serde(rename = "extends", default)]
    _extends: Option<String>,
    actions: Vec<Action>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Action {
    pub(crate) target: String,
    description: Option<String>,
    pub(crate) update: Option<Value>,
    #[serde(default)]
    pub(crate) remove: bool,
}

impl Overlay {
    /// Reads an overlay, in YAML or JSON.
    pub(crate) fn read(file: &str, text: &str) -> Result<Self> {
        let value = parse_value(file, text)?;
        let overlay: Self = serde_json::from_value(value).map_err(|error| {
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
        Ok(overlay)
    }

    /// The actions, each with its place in the overlay.
    pub(crate) fn actions(&self) -> impl Iterator<Item = (String, &Action)> {
        let place = |index: usize| join("/actions", &[&index.to_string()]);
        self.actions
            .iter()
            .enumerate()
            .map(move |(index, action)| (place(index), action))
    }
}

impl Action {
    /// The places that the action is about; later items of an array first, so that a removal does not move those
    /// still to come.
    pub(crate) fn places(&self, document: &Document, file: &str, at: &str) -> Result<Vec<String>> {
        let path = JsonPath::parse(&self.target).map_err(|error| {
            Error::new(
                file,
                at,
                format!("`{}` is not a JSONPath: {error}", self.target),
                "write the target as RFC 9535 has it",
            )
        })?;
        let found = path.query_located(&document.root);
        let mut pointers: Vec<String> = found
            .locations()
            .map(|location| location.to_json_pointer())
            .collect();
        pointers.sort_by_key(|pointer| std::cmp::Reverse(natural(pointer)));
        Ok(pointers)
    }
}

/// Applies an overlay's actions in order, and checks what comes out. An action without a reason, or one that
/// matches nothing, is an error: it says that the document has moved on.
pub fn apply_overlay(document: &mut Document, file: &str, text: &str) -> Result<()> {
    refuse_stale(lay_overlay(document, file, text)?)?;
    check_document(document)
}

/// One error for all actions that match nothing, if there are any: a correction must not be lost in silence.
pub fn refuse_stale(found: Vec<Finding>) -> Result<()> {
    let mut stale = found
        .into_iter()
        .filter(|finding| finding.kind == Kind::StaleAction)
        .map(|finding| finding.error);
    let Some(mut first) = stale.next() else {
        return Ok(());
    };
    let others: Vec<String> = stale.map(|other| other.pointer).collect();
    if !others.is_empty() {
        first.what = format!(
            "{}, as does the action at {}",
            first.what,
            others.join(", ")
        );
    }
    Err(first)
}

/// Applies an overlay's actions in order, and lists those that match nothing.
pub fn lay_overlay(document: &mut Document, file: &str, text: &str) -> Result<Vec<Finding>> {
    let mut stale = Vec::new();
    for (at, action) in Overlay::read(file, text)?.actions() {
        if !apply_action(document, file, &at, action)? {
            let error = Error::new(
                file,
                at,
                format!("`{}` matches nothing in {}", action.target, document.file),
                "the document has changed: correct the target, or drop the action if it is no longer needed",
            );
            stale.push(Finding::new(Kind::StaleAction, error));
        }
    }
    Ok(stale)
}

/// Whether it matched anything.
fn apply_action(document: &mut Document, file: &str, at: &str, action: &Action) -> Result<bool> {
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
    let pointers = action.places(document, file, at)?;
    if action.remove && pointers.iter().any(String::is_empty) {
        return Err(fault(
            format!("`{}` would remove the whole document", action.target),
            "name the part to remove",
        ));
    }
    for pointer in &pointers {
        match &action.update {
            Some(update) => {
                if let Some(target) = document.root.pointer_mut(pointer) {
                    merge(target, update);
                }
            }
            None => remove(&mut document.root, pointer),
        }
    }
    Ok(!pointers.is_empty())
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
