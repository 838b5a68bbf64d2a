//! What operations are called: ids where upstream gives none, and where each hangs.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use serde_json::{Map, Value, json};

use super::action::{Action, Section};
use super::view::View;
use crate::document::{Document, join};
use crate::ir::{custom_verb, placed};
use crate::spelling::word;

/// The ids that operations are given, by path and method.
pub type Ids = BTreeMap<(String, String), String>;

/// Ids for the operations whose own is missing, another's already, or can be none.
pub fn ids(document: &Document) -> Ids {
    let view = View { document };
    let operations = document.operations();
    let own = |operation: &Map<String, Value>| {
        word(operation.get("operationId").and_then(Value::as_str)?)
    };
    let mut taken = BTreeSet::new();
    let without: Vec<_> = operations
        .iter()
        .filter(|(.., operation)| !own(operation).is_some_and(|id| taken.insert(id)))
        .collect();
    let mut ids = Ids::new();
    for (_, path, method, operation) in without {
        let (resource, verb) = place(&view, path, method, operation);
        let base = word(&format!("{}_{verb}", resource.join("_")))
            .unwrap_or_else(|| format!("call_{verb}"));
        let id = free(&base, |id| taken.insert(id.to_owned()));
        ids.insert(((*path).to_owned(), (*method).to_owned()), id);
    }
    ids
}

/// The name, or with a number the first that is free.
fn free(base: &str, mut is_free: impl FnMut(&str) -> bool) -> String {
    let mut name = base.to_owned();
    let mut number = 2;
    while !is_free(&name) {
        name = format!("{base}_{number}");
        number += 1;
    }
    name
}

pub(super) fn id_action(((path, method), id): (&(String, String), &String)) -> Action {
    let at = join("/paths", &[path, method]);
    let reason = "Upstream gives the operation no id of its own.";
    Action::update(Section::Ids, at, reason, json!({"operationId": id}))
}

pub(super) struct Placed {
    pub(super) actions: Vec<Action>,
    /// What each resource is, by its dotted name.
    pub(super) resources: BTreeMap<String, String>,
}

/// Guesses where an operation hangs and what it is called, where path and method alone would not say it well.
pub(super) fn guess(view: &View<'_>, ids: &Ids) -> Placed {
    let mut taken = BTreeSet::new();
    let mut actions = Vec::new();
    let mut resources = BTreeMap::new();
    for (pointer, path, method, operation) in view.document.operations() {
        let (resource, verb) = place(view, path, method, operation);
        let mut verbs = vec![verb.clone()];
        verbs.extend(by_id(path, method, operation, ids, &resource));
        let mut is_free = |verb: &str| taken.insert((resource.clone(), verb.to_owned()));
        let found = verbs.iter().find(|verb| is_free(verb)).cloned();
        let verb = found.unwrap_or_else(|| free(&verb, is_free));
        for length in 1..=resource.len() {
            let names: Vec<&str> = resource.iter().take(length).map(String::as_str).collect();
            resources
                .entry(names.join("."))
                .or_insert_with(|| sentence(&names));
        }
        let (usual, usual_verb) = placed(path, method, operation);
        let mut update = Map::new();
        if usual != resource {
            update.insert("x-snapline-resource".to_owned(), json!(resource.join(".")));
        }
        if usual_verb != verb {
            update.insert("x-snapline-verb".to_owned(), json!(verb));
        }
        if !update.is_empty() {
            let what = format!("it is called `{}.{verb}`", resource.join("."));
            let reason = "Path and method alone would not say what it does.";
            let action = Action::update(Section::Names, pointer, reason, Value::Object(update));
            actions.push(action.look(what, "give it the name that users look for"));
        }
    }
    Placed { actions, resources }
}

/// A sentence on a resource.
fn sentence(names: &[&str]) -> String {
    let plain: Vec<String> = names.iter().map(|name| name.replace('_', " ")).collect();
    let told = match plain.as_slice() {
        [.., above, last] => format!("{last} of {above}"),
        [only] => only.clone(),
        [] => String::new(),
    };
    let mut letters = told.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// What the operation's id says beside the resource.
fn by_id(
    path: &str,
    method: &str,
    operation: &Map<String, Value>,
    ids: &Ids,
    resource: &[String],
) -> Option<String> {
    let given = ids
        .get(&(path.to_owned(), method.to_owned()))
        .map(String::as_str);
    let id = given.or_else(|| operation.get("operationId")?.as_str())?;
    let known: Vec<&str> = resource.iter().flat_map(|name| name.split('_')).collect();
    let words = word(id)?;
    let own: Vec<&str> = words
        .split('_')
        .filter(|word| !known.contains(word) && !known.contains(&format!("{word}s").as_str()))
        .collect();
    word(&own.join("_"))
}

/// Where an operation hangs, and its verb.
fn place<'d>(
    view: &View<'d>,
    path: &str,
    method: &str,
    operation: &'d Map<String, Value>,
) -> (Vec<String>, String) {
    let (usual, usual_verb) = placed(path, method, operation);
    let mut resource: Vec<String> = usual
        .iter()
        .map(|name| spelt(name))
        .filter(|name| !name.is_empty())
        .collect();
    if resource.is_empty() {
        let tag = operation.get("tags").and_then(|tags| tags.get(0)?.as_str());
        let named = tag.and_then(word).unwrap_or_else(|| "api".to_owned());
        resource.push(named);
    }
    let segments: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let is_part = |part: &&&str| part.contains('{');
    let on_one = segments.last().as_ref().is_some_and(is_part);
    let below_one = segments.iter().rev().nth(1).as_ref().is_some_and(is_part);
    let paths = view.document.root.get("paths").and_then(Value::as_object);
    let is_collection = paths.into_iter().flatten().any(|(other, _)| {
        let below = other
            .strip_prefix(path)
            .and_then(|rest| rest.strip_prefix('/'));
        below.is_some_and(|part| part.starts_with('{') && !part.contains('/'))
    }) || view.operation(path, "get").is_some();
    let last = resource.last().cloned().unwrap_or_default();
    let verb = match (method, on_one) {
        _ if custom_verb(path).1.is_some() => usual_verb,
        ("get", false) if !is_list(view, operation, &last) => "get".to_owned(),
        ("patch", _) if view.operation(path, "put").is_none() => "update".to_owned(),
        ("delete", false) if is_collection && last.ends_with('s') => "delete_all".to_owned(),
        // `/things/{id}/start` is something that is done with a thing.
        ("post", false)
            if below_one && !is_collection && !last.ends_with('s') && resource.len() > 1 =>
        {
            resource.pop();
            last
        }
        _ => usual_verb,
    };
    (resource, verb)
}

/// Whether an answer is a list, or holds one; without an answer the name of the resource tells.
fn is_list<'d>(view: &View<'d>, operation: &'d Map<String, Value>, name: &str) -> bool {
    let Some(schema) = view.success(operation) else {
        return name.ends_with('s');
    };
    view.kind(schema) == "array"
        || view
            .fields(schema)
            .iter()
            .any(|(_, field)| view.kind(field) == "array")
}

/// A name that begins with a letter: `1_clicks` is `one_clicks`.
pub(super) fn spelt(name: &str) -> String {
    const DIGITS: [&str; 10] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    let mut letters = name.chars();
    let first = letters.next().and_then(|first| first.to_digit(10));
    let word = first.and_then(|first| DIGITS.get(usize::try_from(first).ok()?));
    match word {
        Some(word) => format!("{word}_{}", letters.as_str()).to_snake_case(),
        None => name.to_owned(),
    }
}

/// What the last named part of a path is.
pub(super) fn noun(path: &str) -> String {
    let mut parts = path
        .rsplit('/')
        .filter(|part| !part.is_empty() && !part.starts_with('{'));
    parts
        .next()
        .unwrap_or("object")
        .to_snake_case()
        .replace('_', " ")
}

/// One of many: `policies` is `policy`.
pub(super) fn singular(noun: &str) -> String {
    match (noun.strip_suffix("ies"), noun.strip_suffix('s')) {
        (Some(stem), _) => format!("{stem}y"),
        (None, Some(stem)) if !stem.ends_with('s') => stem.to_owned(),
        _ => noun.to_owned(),
    }
}
