//! Cuts the document down to the wanted operations and what they reach.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use glob::{MatchOptions, Pattern};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::document::{Document, METHODS, each_reference, join, mapping_reference};
use crate::error::{Error, Result};

/// What is wanted of a document: one operation, or all of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Selector {
    /// The operation with this id.
    Id(String),
    /// All operations of which everything said here is true.
    All(Criteria),
}

/// What is said of the operations that are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criteria {
    /// They carry this tag.
    pub tag: Option<String>,
    /// Their path: `*` is any part of it, `/**` at the end is it and all below it.
    pub path: Option<String>,
    /// Their method, in small letters.
    pub method: Option<String>,
    /// Ids of operations that are not wanted all the same.
    #[serde(default)]
    pub except: Vec<String>,
}

impl From<&str> for Selector {
    fn from(id: &str) -> Self {
        Self::Id(id.to_owned())
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "the operation `{id}`"),
            Self::All(all) => {
                write!(f, "all operations")?;
                for (word, value) in [
                    ("of the tag", &all.tag),
                    ("below the path", &all.path),
                    ("of the method", &all.method),
                ] {
                    if let Some(value) = value {
                        write!(f, " {word} `{value}`")?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl Selector {
    fn matches(&self, path: &str, method: &str, operation: &Map<String, Value>) -> bool {
        let id = id(operation);
        match self {
            Self::Id(wanted) => id == Some(wanted),
            Self::All(all) => {
                let is = |wanted: &Option<String>, holds: &dyn Fn(&str) -> bool| {
                    wanted.as_deref().is_none_or(holds)
                };
                is(&all.tag, &|tag| tags(operation).any(|own| own == tag))
                    && is(&all.method, &|wanted| wanted.eq_ignore_ascii_case(method))
                    && is(&all.path, &|pattern| path_fits(pattern, path))
                    && id.is_none_or(|id| !all.except.iter().any(|except| except == id))
            }
        }
    }

    /// Why it could never select anything, if it could not.
    fn fault(&self) -> Option<String> {
        let Self::All(all) = self else {
            return None;
        };
        if all.tag.is_none() && all.path.is_none() && all.method.is_none() {
            return Some("a selection says neither tag nor path nor method".to_owned());
        }
        let pattern = all.path.as_deref()?;
        let error = Pattern::new(pattern).err()?;
        Some(format!("`{pattern}` is no pattern of paths: {error}"))
    }
}

fn path_fits(pattern: &str, path: &str) -> bool {
    let options = MatchOptions {
        require_literal_separator: true,
        ..MatchOptions::default()
    };
    let fits = |pattern: &str| {
        Pattern::new(pattern).is_ok_and(|pattern| pattern.matches_with(path, options))
    };
    fits(pattern) || pattern.strip_suffix("/**").is_some_and(fits)
}

fn id(operation: &Map<String, Value>) -> Option<&String> {
    match operation.get("operationId") {
        Some(Value::String(id)) => Some(id),
        _ => None,
    }
}

fn tags(operation: &Map<String, Value>) -> impl Iterator<Item = &str> {
    let tags = operation.get("tags").and_then(Value::as_array);
    tags.into_iter().flatten().filter_map(Value::as_str)
}

/// An operation that a document offers. In JSON it is one text, `id [tag, tag]`, since a list of hundreds is read
/// by people too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Offer {
    /// Its id, where it has one.
    pub id: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
}

impl From<Offer> for String {
    fn from(offer: Offer) -> Self {
        let id = offer.id.unwrap_or_default();
        format!("{id} [{}]", offer.tags.join(", "))
    }
}

impl From<String> for Offer {
    fn from(text: String) -> Self {
        let (id, tags) = text.split_once(" [").unwrap_or((&text, ""));
        let tags = tags.trim_end_matches(']').split(", ");
        Self {
            id: Some(id.to_owned()).filter(|id| !id.is_empty()),
            tags: tags
                .filter(|tag| !tag.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }
}

/// What is taken of a document, and what is not.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Path and method of every operation that is wanted.
    pub chosen: HashSet<(String, String)>,
    /// All others, by `METHOD path`.
    pub others: BTreeMap<String, Offer>,
}

/// Sorts the operations of a document into those that are wanted, all where nothing is selected, and others. A
/// selection that finds nothing is an error.
pub fn selection(document: &Document, wanted: &[Selector]) -> Result<Selection> {
    let mut chosen = HashSet::new();
    let mut others = BTreeMap::new();
    let mut found = vec![false; wanted.len()];
    for (_, path, method, operation) in document.operations() {
        let mut matches = wanted.is_empty();
        for (selector, found) in wanted.iter().zip(&mut found) {
            if selector.matches(path, method, operation) {
                (matches, *found) = (true, true);
            }
        }
        if matches {
            chosen.insert((path.to_owned(), method.to_owned()));
        } else {
            let offer = Offer {
                id: id(operation).cloned(),
                tags: tags(operation).map(str::to_owned).collect(),
            };
            others.insert(format!("{} {path}", method.to_uppercase()), offer);
        }
    }
    let fault = |what: String, help: &str| Error::new(&document.file, "/paths", what, help);
    for (selector, found) in wanted.iter().zip(found) {
        if let Some(what) = selector.fault() {
            return Err(fault(what, "correct `operations` in spec/sources.toml"));
        }
        if !found {
            return Err(fault(
                format!("{selector} is asked for, but not in the document"),
                "correct `operations` in spec/sources.toml, or take it in with `cargo xtask update-spec`",
            ));
        }
    }
    Ok(Selection { chosen, others })
}

/// Keeps the operations that are wanted, or all where nothing is selected, and the components they reach.
pub fn select(document: &mut Document, wanted: &[Selector]) -> Result<()> {
    if wanted.is_empty() {
        return prune(document);
    }
    let Selection { chosen, .. } = selection(document, wanted)?;
    keep(document, &chosen)
}

/// Keeps these operations, by path and method, and the components they reach.
pub fn keep(document: &mut Document, chosen: &HashSet<(String, String)>) -> Result<()> {
    let paths = document.root.get_mut("paths");
    if let Some(paths) = paths.and_then(Value::as_object_mut) {
        for (path, item) in paths.iter_mut() {
            if let Some(item) = item.as_object_mut() {
                item.retain(|method, _| {
                    !METHODS.contains(&method.as_str())
                        || chosen.contains(&(path.clone(), method.clone()))
                });
            }
        }
        paths.retain(|path, item| {
            path.starts_with("x-") || METHODS.iter().any(|method| item.get(method).is_some())
        });
    }
    prune(document)
}

/// Drops every component that no operation reaches.
pub fn prune(document: &mut Document) -> Result<()> {
    let mut reached: HashSet<String> = HashSet::new();
    let mut waiting: Vec<String> = Vec::new();
    if let Some(paths) = document.root.get("paths") {
        collect(&document.root, paths, &mut waiting)?;
    }
    while let Some(pointer) = waiting.pop() {
        if reached.insert(pointer.clone())
            && let Some(target) = document.root.pointer(&pointer)
        {
            collect(&document.root, target, &mut waiting)?;
        }
    }
    let Some(components) = document
        .root
        .get_mut("components")
        .and_then(Value::as_object_mut)
    else {
        return Ok(());
    };
    for (kind, members) in components.iter_mut() {
        // Security schemes are named by security requirements, not by reference.
        if kind == "securitySchemes" {
            continue;
        }
        if let Some(members) = members.as_object_mut() {
            members.retain(|name, _| reached.contains(&join("/components", &[kind, name])));
        }
    }
    components.retain(|_, members| {
        members
            .as_object()
            .is_none_or(|members| !members.is_empty())
    });
    Ok(())
}

fn collect(root: &Value, value: &Value, into: &mut Vec<String>) -> Result<()> {
    each_reference(value, "", &mut |_, reference| {
        if let Some(pointer) = reference.strip_prefix('#') {
            into.push(pointer.to_owned());
        }
        Ok(())
    })?;
    mapping_targets(root, value, into);
    Ok(())
}

/// A discriminator names its targets by plain strings.
fn mapping_targets(root: &Value, value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            if let Some(mapping) = object
                .get("discriminator")
                .and_then(|discriminator| discriminator.get("mapping"))
                .and_then(Value::as_object)
            {
                into.extend(
                    mapping
                        .values()
                        .filter_map(Value::as_str)
                        .filter_map(|target| {
                            mapping_reference(root, target)
                                .strip_prefix('#')
                                .map(str::to_owned)
                        }),
                );
            }
            for inner in object.values() {
                mapping_targets(root, inner, into);
            }
        }
        Value::Array(items) => {
            for inner in items {
                mapping_targets(root, inner, into);
            }
        }
        _ => {}
    }
}
