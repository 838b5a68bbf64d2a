//! What no files can be made of is told and left out for the rest of a run, so that what follows can be looked at
//! too: a field, the component or operation that holds the place, and what cannot be without that.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::{Value, json};

use crate::document::{Document, METHODS, each_reference, join, mapping_reference, unescape};
use crate::error::{Error, Errors};
use crate::keywords::{self, Node, Shape};

/// What was refused of a document so far.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    errors: Vec<Error>,
    /// Whether the document lacks something of its own by now.
    cut: bool,
}

/// How many errors are told: by then something is wrong with all of the document.
const MOST: usize = 1000;

impl Refused {
    /// What was made, or nothing where it could not be: nothing that follows can be looked at.
    pub(crate) fn all<T>(&mut self, made: Result<T, impl Into<Errors>>) -> Option<T> {
        made.map_err(|errors| self.tell(errors.into())).ok()
    }

    /// Checks a document until it finds nothing new, and leaves out what it found.
    pub(crate) fn check(
        &mut self,
        document: &mut Document,
        check: impl Fn(&Document) -> Result<(), Errors>,
    ) -> Option<()> {
        while let Err(errors) = check(document) {
            let before = self.errors.len();
            let places = places(&errors);
            self.tell(errors);
            self.leave_out(document, &places);
            self.goes_on(document)?;
            if self.errors.len() == before {
                break;
            }
        }
        Some(())
    }

    /// Does a step anew, without what it refused, until it takes the rest.
    pub(crate) fn step<T>(
        &mut self,
        document: &mut Document,
        step: impl Fn(&mut Document) -> Result<T, Errors>,
    ) -> Option<T> {
        loop {
            let mut tried = document.clone();
            match step(&mut tried) {
                Ok(made) => {
                    *document = tried;
                    return Some(made);
                }
                Err(errors) => {
                    let places = places(&errors);
                    self.tell(errors);
                    if !self.leave_out(document, &places) {
                        return None;
                    }
                    self.goes_on(document)?;
                }
            }
        }
    }

    /// All that was refused, if anything was.
    pub(crate) fn done(self) -> Result<(), Errors> {
        Errors::of(self.errors)
    }

    /// Whether nothing was refused.
    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    fn tell(&mut self, errors: Errors) {
        let cut = self.cut;
        for error in errors {
            // What an extension of ours names may have been left out.
            let is_true = !cut || !error.place.lowered.contains("/x-snapline-");
            if is_true && !self.errors.contains(&error) {
                self.errors.push(error);
            }
        }
    }

    fn leave_out(&mut self, document: &mut Document, places: &[String]) -> bool {
        let mut any = false;
        for place in places {
            any |= leave_out(document, place);
        }
        self.cut |= any;
        any
    }

    fn goes_on(&self, document: &Document) -> Option<()> {
        let is_worth_it =
            self.is_empty() || (self.errors.len() < MOST && !document.operations().is_empty());
        is_worth_it.then_some(())
    }
}

fn places(errors: &Errors) -> Vec<String> {
    errors
        .iter()
        .map(|error| error.place.lowered.clone())
        .collect()
}

/// What goes with a place.
enum Holder {
    /// A member of the map at a place.
    Key(String, String),
    /// A field of the object at a place.
    Field(String, String),
    /// A component, and all that refers to it.
    Component(String, String),
    /// A parameter, which others are counted by.
    Parameter(String),
}

/// Takes a place out of a document; says whether anything was.
fn leave_out(document: &mut Document, place: &str) -> bool {
    let mut waiting = vec![place.to_owned()];
    let mut any = false;
    while let Some(place) = waiting.pop() {
        match holder(document, &place) {
            Some(Holder::Key(at, key)) => any |= remove(document, &at, &key),
            Some(Holder::Field(at, name)) => {
                any |= remove(document, &join(&at, &["properties"]), &name);
                let required = document.root.pointer_mut(&join(&at, &["required"]));
                if let Some(required) = required.and_then(Value::as_array_mut) {
                    required.retain(|one| *one != name);
                }
            }
            Some(Holder::Parameter(at)) => match replace(document, &at) {
                true => any = true,
                false => {
                    let operation = at.rsplitn(3, '/').last().unwrap_or_default();
                    waiting.push(operation.to_owned());
                }
            },
            Some(Holder::Component(kind, name)) => {
                any |= remove(document, &join("/components", &[&kind]), &name);
                waiting.extend(users(document, &kind, &name));
            }
            None => {}
        }
    }
    any
}

/// Makes a parameter one that nothing is wrong with; says whether it was another.
fn replace(document: &mut Document, at: &str) -> bool {
    let Some(parameter) = document.root.pointer_mut(at) else {
        return false;
    };
    let is_in_path = parameter.get("in").and_then(Value::as_str) == Some("path");
    let neutral = json!({
        "name": parameter.get("name").and_then(Value::as_str).unwrap_or("unnamed"),
        "in": if is_in_path { "path" } else { "query" },
        "required": is_in_path,
        "description": "It was refused.",
        "schema": {"type": "string"},
    });
    let differs = *parameter != neutral;
    *parameter = neutral;
    differs
}

fn remove(document: &mut Document, at: &str, key: &str) -> bool {
    let map = document.root.pointer_mut(at).and_then(Value::as_object_mut);
    map.is_some_and(|map| map.shift_remove(key).is_some())
}

/// The smallest part that a document can be without, of those around a place.
fn holder(document: &Document, place: &str) -> Option<Holder> {
    let tokens = existing(document, place);
    let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
    let head = *tokens.first()?;
    if !matches!(head, "paths" | "components") {
        return None;
    }
    let mut seen = tokens.iter();
    if let Some(index) = seen.position(|token| token.starts_with("x-snapline-")) {
        let key = tokens.get(index)?;
        return Some(Holder::Key(
            join("", tokens.get(..index)?),
            (*key).to_owned(),
        ));
    }
    let fields = tokens.windows(2).enumerate().rev();
    let mut fields = fields.filter(|(_, pair)| pair.first() == Some(&"properties"));
    if let Some((index, pair)) = fields.find(|(index, _)| {
        let at = join("", tokens.get(..*index).unwrap_or_default());
        keywords::at(&at) == Shape::One(Node::Schema)
    }) {
        let at = join("", tokens.get(..index)?);
        return Some(Holder::Field(at, pair.last()?.to_string()));
    }
    match *tokens.as_slice() {
        ["paths", path, method, "parameters", index, ..] if METHODS.contains(&method) => Some(
            Holder::Parameter(join("/paths", &[path, method, "parameters", index])),
        ),
        ["paths", path, method, ..] if METHODS.contains(&method) => {
            Some(Holder::Key(join("/paths", &[path]), method.to_owned()))
        }
        ["paths", path, ..] => Some(Holder::Key("/paths".to_owned(), path.to_owned())),
        ["components", kind, name, ..] if kind != "securitySchemes" => {
            Some(Holder::Component(kind.to_owned(), name.to_owned()))
        }
        _ => None,
    }
}

/// A place's tokens as far as it is there, through the references on the way.
fn existing(document: &Document, place: &str) -> Vec<String> {
    let mut tokens: Vec<String> = place.split('/').skip(1).map(unescape).collect();
    // A reference that leads back to itself ends here.
    for _ in 0..16 {
        let mut value = &document.root;
        let mut depth = 0;
        while let Some(inner) = tokens.get(depth).and_then(|token| child(value, token)) {
            value = inner;
            depth += 1;
        }
        let Some(rest) = tokens.get(depth..).filter(|rest| !rest.is_empty()) else {
            return tokens;
        };
        let target = value.get("$ref").and_then(Value::as_str);
        let Some(target) = target.and_then(|to| to.strip_prefix("#/")) else {
            tokens.truncate(depth);
            return tokens;
        };
        let rest = rest.to_vec();
        tokens = target.split('/').map(unescape).collect();
        tokens.extend(rest);
    }
    Vec::new()
}

fn child<'v>(value: &'v Value, token: &str) -> Option<&'v Value> {
    match value {
        Value::Array(items) => items.get(token.parse::<usize>().ok()?),
        _ => value.get(token),
    }
}

/// Where something refers to a component, or a discriminator maps to it.
fn users(document: &Document, kind: &str, name: &str) -> Vec<String> {
    let wanted = format!("#{}", join("/components", &[kind, name]));
    let mut found = Vec::new();
    // Nothing is asked of a reference but where it leads, so that none is an error.
    let _ = each_reference(&document.root, "", &mut |at, to| {
        if to == wanted {
            found.push(at.to_owned());
        }
        Ok(())
    });
    if kind == "schemas" {
        mappings(document, &document.root, "", &wanted, &mut found);
    }
    found
}

fn mappings(document: &Document, value: &Value, at: &str, wanted: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            let mapping = object
                .get("discriminator")
                .and_then(|one| one.get("mapping"));
            let targets = mapping.and_then(Value::as_object).into_iter().flatten();
            let mut targets = targets.filter_map(|(_, target)| target.as_str());
            if targets.any(|to| mapping_reference(&document.root, to) == wanted) {
                found.push(at.to_owned());
            }
            for (key, inner) in object {
                mappings(document, inner, &join(at, &[key]), wanted, found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                mappings(
                    document,
                    inner,
                    &join(at, &[&index.to_string()]),
                    wanted,
                    found,
                );
            }
        }
        _ => {}
    }
}

/// An operation that no files can be made of, and why.
#[derive(Debug, Clone, Serialize)]
pub struct Refusal {
    /// Its id.
    pub operation: String,
    /// What is wrong with it, or with what it takes or gives.
    pub what: String,
}

/// The operations that errors are about.
pub(crate) fn refusals(document: &Document, errors: &Errors) -> Vec<Refusal> {
    let mut reasons: HashMap<Place, &Error> = HashMap::new();
    for error in errors.iter() {
        for place in touched(document, &error.pointer) {
            reasons.entry(place).or_insert(error);
        }
    }
    let operations = document.operations().into_iter();
    let refused = operations.filter_map(|(_, path, method, operation)| {
        let error = reasons.get(&(path.to_owned(), method.to_owned()))?;
        Some(Refusal {
            operation: operation.get("operationId")?.as_str()?.to_owned(),
            what: error.what.clone(),
        })
    });
    refused.collect()
}

/// A path and a method.
pub(crate) type Place = (String, String);

/// The operations that a place is about: the one it lies in, else those that use what it lies in.
pub(crate) fn touched(document: &Document, pointer: &str) -> Vec<Place> {
    match operation_of(document, pointer) {
        Some((_, place)) => vec![place],
        None => using(document, pointer),
    }
}

/// The operation that a place lies in: its pointer, and its path and method.
pub(crate) fn operation_of(document: &Document, pointer: &str) -> Option<(String, Place)> {
    let operations = document.operations().into_iter();
    let mut operations = operations.map(|(at, path, method, _)| (at, (path, method)));
    let found = operations.find(|(at, _)| {
        let rest = pointer.strip_prefix(at);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    found.map(|(at, (path, method))| (at, (path.to_owned(), method.to_owned())))
}

/// The operations of the path that a place lies in, or those that use its component, at first or at second hand.
fn using(document: &Document, pointer: &str) -> Vec<Place> {
    let mut parts = pointer.split('/').skip(1);
    let (kind, name) = match (parts.next(), parts.next(), parts.next()) {
        (Some("components"), Some(kind), Some(name)) => (kind, name),
        (Some("paths"), Some(path), _) => {
            let path = unescape(path);
            let operations = document.operations().into_iter();
            let own = operations.filter(|(_, other, ..)| **other == *path);
            return own
                .map(|(_, path, method, _)| (path.to_owned(), method.to_owned()))
                .collect();
        }
        _ => return Vec::new(),
    };
    let mut known = HashSet::from([format!("#/components/{kind}/{name}")]);
    let uses = |value: &Value, known: &HashSet<String>| {
        let mut found = false;
        // Nothing is asked of a reference but where it leads, so that none is an error.
        let _ = each_reference(value, "", &mut |_, to| {
            found |= known.contains(to);
            Ok(())
        });
        found
    };
    let components = document.root.get("components").and_then(Value::as_object);
    loop {
        let before = known.len();
        for (kind, members) in components.into_iter().flatten() {
            for (name, member) in members.as_object().into_iter().flatten() {
                if uses(member, &known) {
                    known.insert(format!("#{}", join("/components", &[kind, name])));
                }
            }
        }
        if known.len() == before {
            break;
        }
    }
    let paths = document.root.get("paths");
    let operations = document.operations().into_iter();
    let using = operations.filter(|(_, path, _, operation)| {
        let shared = paths.and_then(|paths| paths.get(path)?.get("parameters"));
        let own = operation.values();
        own.chain(shared).any(|value| uses(value, &known))
    });
    using
        .map(|(_, path, method, _)| (path.to_owned(), method.to_owned()))
        .collect()
}
