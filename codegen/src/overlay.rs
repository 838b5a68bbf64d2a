//! OpenAPI Overlay 1.0: corrections and the behaviour model, laid over the document.

use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

use crate::document::{Document, join};
use crate::error::{Collected, Error, Errors, Result};
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
pub fn apply_overlay(document: &mut Document, file: &str, text: &str) -> Result<(), Errors> {
    refuse_stale(lay_overlay(document, file, text)?)?;
    check_document(document)
}

/// An error for each action that matches nothing: a correction must not be lost in silence.
pub fn refuse_stale(found: Vec<Finding>) -> Result<(), Errors> {
    let stale = found.into_iter();
    let stale = stale.filter(|finding| finding.kind == Kind::StaleAction);
    Errors::of(stale.map(|finding| finding.error).collect())
}

/// Applies an overlay's actions in order, and lists those that match nothing.
pub fn lay_overlay(
    document: &mut Document,
    file: &str,
    text: &str,
) -> Result<Vec<Finding>, Errors> {
    let mut stale = Vec::new();
    let mut faults = Collected::default();
    for (at, action) in Overlay::read(file, text)?.actions() {
        if faults.part(apply_action(document, file, &at, action)) == Some(false) {
            let error = Error::new(
                file,
                at,
                format!("`{}` matches nothing in {}", action.target, document.file),
                "the document has changed: correct the target, or drop the action if it is no longer needed",
            );
            stale.push(Finding::new(Kind::StaleAction, error));
        }
    }
    faults.done().map(|()| stale)
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
                let history = &mut document.history;
                if let Some(target) = document.root.pointer_mut(pointer) {
                    let from = join(at, &["update"]);
                    merge(target, update, pointer, &mut |to, below| {
                        history.lay(to, file, format!("{from}{below}"));
                    });
                }
            }
            None => remove(document, pointer),
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

/// Objects are merged key by key, arrays appended to, everything else replaced; `laid` is told of each place that
/// is new, and from where below the update it came.
fn merge(target: &mut Value, update: &Value, at: &str, laid: &mut dyn FnMut(String, &str)) {
    merge_below(target, update, at, "", laid);
}

fn merge_below(
    target: &mut Value,
    update: &Value,
    at: &str,
    from: &str,
    laid: &mut dyn FnMut(String, &str),
) {
    match (target, update) {
        (Value::Object(target), Value::Object(update)) => {
            for (key, value) in update {
                let (at, from) = (join(at, &[key]), join(from, &[key]));
                match target.get_mut(key) {
                    Some(existing) => merge_below(existing, value, &at, &from, laid),
                    None => {
                        target.insert(key.clone(), value.clone());
                        laid(at, &from);
                    }
                }
            }
        }
        (Value::Array(target), Value::Array(update)) => {
            for (index, item) in update.iter().enumerate() {
                let at = join(at, &[&target.len().to_string()]);
                laid(at, &join(from, &[&index.to_string()]));
                target.push(item.clone());
            }
        }
        (Value::Array(target), update) => {
            laid(join(at, &[&target.len().to_string()]), from);
            target.push(update.clone());
        }
        (target, update) => {
            *target = update.clone();
            laid(at.to_owned(), from);
        }
    }
}

fn remove(document: &mut Document, pointer: &str) {
    let Some((parent, token)) = pointer.rsplit_once('/') else {
        return;
    };
    let token = crate::document::unescape(token);
    match document.root.pointer_mut(parent) {
        Some(Value::Object(object)) => {
            object.shift_remove(&token);
        }
        Some(Value::Array(items)) => {
            if let Ok(index) = token.parse::<usize>()
                && index < items.len()
            {
                items.remove(index);
                document.history.remove(parent, index);
            }
        }
        _ => {}
    }
}
