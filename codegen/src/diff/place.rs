//! What a place of a document holds, references followed, and how a value is shown.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value};

use crate::pointer::{METHODS, fragment, join};

/// The path item as the document holds it, its own reference followed.
pub(crate) fn path_item<'d>(document: &'d Value, path: &str) -> Option<&'d Value> {
    resolve(document, document.get("paths")?.get(path)?)
}

/// Follows references until something else than a reference; nothing when they lead nowhere or in a circle.
pub(crate) fn resolve<'d>(document: &'d Value, mut value: &'d Value) -> Option<&'d Value> {
    let mut seen = HashSet::new();
    while let Some(to) = reference(value) {
        if !seen.insert(to) {
            return None;
        }
        value = document.pointer(&target(to))?;
    }
    Some(value)
}

pub(crate) fn reference(value: &Value) -> Option<&str> {
    value.get("$ref").and_then(Value::as_str)
}

/// The JSON pointer of a reference within the document. Of one to another file it is the text itself,
/// which as a pointer finds nothing.
pub(crate) fn target(reference: &str) -> String {
    reference
        .strip_prefix('#')
        .map_or_else(|| reference.to_owned(), fragment)
}

/// A mapping may name a schema alone instead of a reference to it.
pub(crate) fn mapped(to: &str) -> String {
    if to.contains(['#', '/', '.']) {
        target(to)
    } else {
        join("/components/schemas", &[to])
    }
}

pub(crate) fn operation_place(document: &Value, id: &str) -> Option<String> {
    for path in sorted_keys(document.get("paths")) {
        let Some(item) = path_item(document, path) else {
            continue;
        };
        for method in METHODS {
            let found = item.get(method).and_then(|o| o.get("operationId"));
            if found.and_then(Value::as_str) == Some(id) {
                return Some(format!("{} {path}", method.to_uppercase()));
            }
        }
    }
    None
}

pub(crate) fn parameter_key(document: &Value, parameter: &Value) -> String {
    let found = resolve(document, parameter);
    let word = |key| found.and_then(|p| p.get(key)).and_then(Value::as_str);
    match (word("in"), word("name")) {
        (Some(place), Some(name)) => format!("{place} parameter {name:?}"),
        _ => format!("parameter {}", short(parameter)),
    }
}

pub(crate) fn requirement(value: &Value) -> String {
    let Some(map) = value.as_object() else {
        return canonical(value);
    };
    let mut schemes: Vec<String> = Vec::new();
    for (name, scopes) in map {
        let mut texts: Vec<String> = scopes.as_array().map_or_else(
            || vec![canonical(scopes)],
            |list| list.iter().map(canonical).collect(),
        );
        texts.sort();
        schemes.push(format!("{name:?}: {texts:?}"));
    }
    schemes.sort();
    schemes.join(", ")
}

pub(crate) fn sorted_keys(value: Option<&Value>) -> BTreeSet<&str> {
    let map = value.and_then(Value::as_object);
    map.into_iter()
        .flat_map(Map::keys)
        .map(String::as_str)
        .collect()
}

/// JSON with sorted keys, in which 1 and 1.0 are the same, as YAML and JSON writers differ there.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            let items: Vec<String> = sorted
                .into_iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", items.join(","))
        }
        Value::Number(number) => match number.as_f64() {
            // Display of a float without a fraction has no point, so it reads like the whole number.
            Some(float) if number.is_f64() => format!("{float}"),
            _ => number.to_string(),
        },
        _ => value.to_string(),
    }
}

pub(crate) fn short(value: &Value) -> String {
    const MOST: usize = 70;
    let text = value.to_string();
    if text.chars().count() <= MOST {
        return text;
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}
