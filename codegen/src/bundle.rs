//! Many files that refer to each other become one document.
//!
//! What a reference leads to becomes a component, where OpenAPI has components of its kind, and is put in
//! place where it has none. A component is called as the place it came from: by the last part of the fragment,
//! else by its file. Of two that differ and are called the same, the one met later gets a number, in the order
//! in which the bundlers in use go through a document: so it has the name that the provider's own bundle gives it.
//! Pure: how a file is read is the caller's.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::keywords::{COMPONENTS, Node, Shape, shape};
use crate::parse::parse_value;
use crate::pointer::{fragment, join, unescape};

/// Where the files of a document come from.
pub trait Files {
    /// The text of a file; its path is relative to the folder of all, with `/` between its parts.
    fn read(&mut self, path: &str) -> Result<String, Unread>;
}

/// Why a file could not be read: what is wrong, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: String,
}

/// How deep references may lead into each other: all that walks a document does so by recursion.
const DEPTH: usize = 200;
/// How much a bundle may hold, in values. DigitalOcean has a twentieth of it.
const VALUES: usize = 1_000_000;

/// One document from an entry file and all that it refers to.
pub fn bundle(entry: &str, files: &mut dyn Files) -> Result<Value> {
    let mut bundler = Bundler {
        files,
        entry: entry.to_owned(),
        texts: HashMap::new(),
        components: BTreeMap::new(),
        names: HashMap::new(),
        open: HashSet::new(),
        depth: 0,
        values: 0,
    };
    let place = Place {
        file: entry.to_owned(),
        pointer: String::new(),
    };
    let whole = bundler.text(entry, &place)?;
    bundler.claim_own(&whole)?;
    let mut root = bundler.walk(Node::Document, &whole, &place)?;
    bundler.finish(&mut root);
    Ok(root)
}

/// A place in one of the files.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    file: String,
    pointer: String,
}

impl Place {
    fn at(&self, token: &str) -> Self {
        Self {
            file: self.file.clone(),
            pointer: join(&self.pointer, &[token]),
        }
    }

    fn error(&self, what: impl Into<String>, help: impl Into<String>) -> Error {
        Error::new(&self.file, &self.pointer, what, help)
    }

    /// What a component that stands here is called.
    fn name(&self) -> String {
        let last = self.pointer.rsplit('/').next().unwrap_or_default();
        let name = if last.is_empty() {
            let base = self.file.rsplit('/').next().unwrap_or_default();
            base.rsplit_once('.')
                .map_or(base, |(stem, _)| stem)
                .to_owned()
        } else {
            unescape(last)
        };
        // OpenAPI has no other letters in the names of components.
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        name.chars()
            .map(|c| if fits(c) { c } else { '_' })
            .collect()
    }
}

struct Bundler<'f> {
    files: &'f mut dyn Files,
    entry: String,
    texts: HashMap<String, Rc<Value>>,
    /// By kind and name; nothing is there yet for one that refers to itself and is still being walked.
    components: BTreeMap<&'static str, Map<String, Value>>,
    /// The names of the components that came from a place.
    names: HashMap<(&'static str, Place), String>,
    /// What is being walked, so that circles end.
    open: HashSet<(&'static str, Place)>,
    depth: usize,
    values: usize,
}

impl Bundler<'_> {
    fn text(&mut self, file: &str, from: &Place) -> Result<Rc<Value>> {
        if let Some(text) = self.texts.get(file) {
            return Ok(Rc::clone(text));
        }
        let text = self.files.read(file).map_err(|unread| {
            let what = if file == from.file {
                unread.what
            } else {
                format!("it refers to {file}: {}", unread.what)
            };
            from.error(what, unread.help)
        })?;
        let value = Rc::new(parse_value(file, &text)?);
        self.texts.insert(file.to_owned(), Rc::clone(&value));
        Ok(value)
    }

    /// The entry's own components keep their names, and so does what they merely refer to.
    fn claim_own(&mut self, whole: &Value) -> Result<()> {
        let Some(kinds) = whole.get("components").and_then(Value::as_object) else {
            return Ok(());
        };
        for (kind, members) in kinds {
            let Some((kind, _)) = COMPONENTS.iter().find(|(known, _)| known == kind) else {
                continue;
            };
            for name in members.as_object().into_iter().flat_map(Map::keys) {
                let place = Place {
                    file: self.entry.clone(),
                    pointer: join("/components", &[kind, name]),
                };
                let (target, _) = self.follow(&place)?;
                if target.file != self.entry {
                    self.names
                        .entry((kind, target))
                        .or_insert_with(|| name.clone());
                }
                // Whoever else is called so gets a number.
                self.components
                    .entry(kind)
                    .or_default()
                    .insert(name.clone(), Value::Null);
            }
        }
        Ok(())
    }

    /// Puts the components where they belong: first the entry's own, then those that came from other files.
    fn finish(&mut self, root: &mut Value) {
        let Some(root) = root.as_object_mut() else {
            return;
        };
        let mut components = std::mem::take(&mut self.components);
        for members in components.values_mut() {
            members.retain(|_, value| !value.is_null());
        }
        components.retain(|_, members| !members.is_empty());
        let own = root
            .entry("components")
            .or_insert_with(|| Value::Object(Map::new()));
        let Some(own) = own.as_object_mut() else {
            return;
        };
        for (kind, members) in components {
            let kind = own
                .entry(kind)
                .or_insert_with(|| Value::Object(Map::new()))
                .as_object_mut();
            if let Some(kind) = kind {
                kind.extend(members);
            }
        }
        if own.is_empty() {
            root.shift_remove("components");
        }
    }

    fn walk(&mut self, node: Node, value: &Value, place: &Place) -> Result<Value> {
        self.values += 1;
        if self.depth >= DEPTH {
            return Err(place.error(
                format!("references lead into each other more than {DEPTH} levels deep"),
                "let one of the files hold its parts itself",
            ));
        }
        if self.values > VALUES {
            return Err(place.error(
                format!(
                    "the document has more than {VALUES} values once its files are put together"
                ),
                "refer to components instead of files that are put in place again and again",
            ));
        }
        self.depth += 1;
        let walked = match value {
            Value::Object(object) if reference(value).is_some() => {
                self.reference(node, object, place)
            }
            Value::Object(object) => {
                let order = order(keywords(node), object);
                self.object(object, place, order, |key| shape(node, key))
            }
            _ => Ok(value.clone()),
        };
        self.depth -= 1;
        walked
    }

    /// Goes through the fields in the order given, and leaves them in their own.
    fn object(
        &mut self,
        object: &Map<String, Value>,
        place: &Place,
        order: Vec<&str>,
        shape: impl Fn(&str) -> Shape,
    ) -> Result<Value> {
        let mut walked = object.clone();
        for key in order {
            if let (Some(value), Some(slot)) = (object.get(key), walked.get_mut(key)) {
                *slot = self.field(shape(key), value, &place.at(key))?;
            }
        }
        Ok(Value::Object(walked))
    }

    fn field(&mut self, shape: Shape, value: &Value, place: &Place) -> Result<Value> {
        let node = match shape {
            Shape::One(node) => return self.walk(node, value, place),
            Shape::Names(node) | Shape::NamesAndExtensions(node) => Some(Inside::Names(node)),
            Shape::Examples => Some(Inside::Names(Node::Example)),
            Shape::Links => Some(Inside::Names(Node::Link)),
            Shape::List(node) => Some(Inside::List(node)),
            Shape::Parameters => Some(Inside::List(Node::Parameter)),
            Shape::Mapping => Some(Inside::Mapping),
            _ => None,
        };
        // Whatever is no component may still be kept in a file of its own; an example is data.
        if let Value::Object(object) = value
            && object.len() == 1
            && reference(value).is_some()
            && !matches!(shape, Shape::Words | Shape::Extension)
        {
            let (target, found) = self.follow(place)?;
            let key = ("", target.clone());
            if !self.open.insert(key.clone()) {
                return Err(circle(place));
            }
            let walked = self.field(shape, &found, &target);
            self.open.remove(&key);
            return walked;
        }
        match (node, value) {
            (Some(Inside::Names(node)), Value::Object(object)) => {
                let extensions = matches!(shape, Shape::NamesAndExtensions(_));
                let first: &[&str] = if node == Node::Response {
                    &["default"]
                } else {
                    &[]
                };
                self.object(object, place, order(first, object), |key| {
                    if extensions && key.starts_with("x-") {
                        Shape::Extension
                    } else {
                        Shape::One(node)
                    }
                })
            }
            (Some(Inside::List(node)), Value::Array(items)) => {
                let items = items.iter().enumerate();
                items
                    .map(|(index, item)| self.walk(node, item, &place.at(&index.to_string())))
                    .collect::<Result<_>>()
                    .map(Value::Array)
            }
            (Some(Inside::Mapping), Value::Object(object)) => {
                let mut walked = object.clone();
                for (name, slot) in &mut walked {
                    if let Some(to) = slot.as_str().filter(|to| leads_to_a_place(to)) {
                        let to = to.to_owned();
                        let place = place.at(name);
                        *slot = Value::String(self.component(Node::Schema, &to, &place)?);
                    }
                }
                Ok(Value::Object(walked))
            }
            _ => Ok(value.clone()),
        }
    }

    fn reference(
        &mut self,
        node: Node,
        object: &Map<String, Value>,
        place: &Place,
    ) -> Result<Value> {
        let to = object
            .get("$ref")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if let Some(kind) = node.components() {
            let name = self.component(node, to, place)?;
            if name == format!("#{}", place.pointer) && place.file == self.entry {
                // A component of the entry that is kept in a file of its own.
                let (target, found) = self.follow(place)?;
                self.open.insert((kind, target.clone()));
                return self.walk(node, &found, &target);
            }
            let mut walked = object.clone();
            walked.insert("$ref".to_owned(), Value::String(name));
            return Ok(Value::Object(walked));
        }
        let (target, found) = self.follow(place)?;
        let key = ("", target.clone());
        if !self.open.insert(key.clone()) {
            return Err(circle(place));
        }
        let mut walked = self.walk(node, &found, &target)?;
        self.open.remove(&key);
        // What stands beside the reference holds where the target says nothing.
        if let Value::Object(walked) = &mut walked {
            for (key, value) in object.iter().filter(|(key, _)| *key != "$ref") {
                if !walked.contains_key(key) {
                    let value = self.field(shape(node, key), value, &place.at(key))?;
                    walked.insert(key.clone(), value);
                }
            }
        }
        Ok(walked)
    }

    /// The reference to the component that a reference leads to, which is made if it is not there yet.
    fn component(&mut self, node: Node, to: &str, from: &Place) -> Result<String> {
        let kind = node.components().unwrap_or_default();
        let first = self.target(to, from)?;
        let named = |name: &str| format!("#{}", join("/components", &[kind, name]));
        if first.file == self.entry && first.pointer.starts_with(&join("/components", &[kind, ""]))
        {
            // It must be there, whatever it holds.
            self.found(&first, from)?;
            return Ok(format!("#{}", first.pointer));
        }
        let (target, found) = self.follow_to(first, from)?;
        let key = (kind, target.clone());
        if let Some(name) = self.names.get(&key) {
            return Ok(named(name));
        }
        if self.open.contains(&key) {
            // It refers to itself: its name is wanted before all of it is known.
            let name = self.claim(kind, &target.name(), None);
            self.names.insert(key, name.clone());
            return Ok(named(&name));
        }
        self.open.insert(key.clone());
        let walked = self.walk(node, &found, &target)?;
        self.open.remove(&key);
        let name = match self.names.get(&key) {
            Some(name) => name.clone(),
            None => self.claim(kind, &target.name(), Some(&walked)),
        };
        self.components
            .entry(kind)
            .or_default()
            .insert(name.clone(), walked);
        self.names.insert(key, name.clone());
        Ok(named(&name))
    }

    /// The first name that is free, or that something equal has.
    fn claim(&mut self, kind: &'static str, base: &str, walked: Option<&Value>) -> String {
        let members = self.components.entry(kind).or_default();
        let mut name = base.to_owned();
        let mut number = 2;
        while members
            .get(&name)
            .is_some_and(|other| walked != Some(other))
        {
            name = format!("{base}-{number}");
            number += 1;
        }
        members.entry(&name).or_insert(Value::Null);
        name
    }

    /// What the reference at a place leads to in the end, and where that stands.
    fn follow(&mut self, from: &Place) -> Result<(Place, Value)> {
        self.follow_to(from.clone(), from)
    }

    fn follow_to(&mut self, first: Place, from: &Place) -> Result<(Place, Value)> {
        let mut seen = HashSet::new();
        let mut target = first;
        loop {
            let found = self.found(&target, from)?;
            let Some(next) = reference(&found) else {
                return Ok((target, found));
            };
            if !seen.insert(target.clone()) {
                return Err(circle(from));
            }
            target = self.target(next, &target)?;
        }
    }

    fn found(&mut self, target: &Place, from: &Place) -> Result<Value> {
        let text = self.text(&target.file, from)?;
        text.pointer(&target.pointer).cloned().ok_or_else(|| {
            from.error(
                format!(
                    "it refers to {}#{}, and there is no such place in that file",
                    target.file, target.pointer
                ),
                "correct the fragment, or add what it names",
            )
        })
    }

    /// The place that a reference names, seen from the file it stands in.
    fn target(&self, to: &str, from: &Place) -> Result<Place> {
        let (file, inside) = to.split_once('#').unwrap_or((to, ""));
        if file.contains("://") {
            return Err(from.error(
                format!("it refers to {file}, an address of its own"),
                "only files beside the entry are read: fetch that one, and refer to it by its path",
            ));
        }
        let pointer = fragment(inside);
        if !(pointer.is_empty() || pointer.starts_with('/')) {
            return Err(from.error(
                format!("the fragment `#{inside}` is no JSON pointer"),
                "write it as `#/…`",
            ));
        }
        let file = if file.is_empty() {
            from.file.clone()
        } else {
            beside(&from.file, file).ok_or_else(|| {
                from.error(
                    format!("it refers to {file}, outside the folder of the document"),
                    "name the folder that holds all files by `--root`, if it is part of the document",
                )
            })?
        };
        Ok(Place { file, pointer })
    }
}

/// What is inside a value that is no object with keywords.
enum Inside {
    Names(Node),
    List(Node),
    Mapping,
}

fn circle(at: &Place) -> Error {
    at.error(
        "this reference leads back to itself, and what it names cannot be a component",
        "let one of the files in the circle hold the thing itself",
    )
}

fn reference(value: &Value) -> Option<&str> {
    value.get("$ref").and_then(Value::as_str)
}

/// A discriminator's mapping may name a schema alone.
fn leads_to_a_place(to: &str) -> bool {
    to.contains(['#', '/'])
        || to.ends_with(".yml")
        || to.ends_with(".yaml")
        || to.ends_with(".json")
}

/// A path seen from the file it stands in; none where it leads out of the folder of all.
fn beside(from: &str, to: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in to.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    if to.starts_with('/') || to.contains('\\') {
        return None;
    }
    Some(parts.join("/"))
}

/// The keywords that the bundlers in use take up before others.
fn keywords(node: Node) -> &'static [&'static str] {
    match node {
        Node::Document => &["servers", "security", "tags", "paths", "components"],
        Node::Components => &["parameters", "schemas", "responses", "examples"],
        Node::PathItem => &[
            "servers",
            "parameters",
            "get",
            "put",
            "post",
            "delete",
            "options",
            "head",
            "patch",
            "trace",
        ],
        Node::Operation => &[
            "parameters",
            "security",
            "servers",
            "requestBody",
            "responses",
            "callbacks",
        ],
        Node::Response => &["headers", "content", "links"],
        Node::Parameter | Node::Header => &["schema", "examples", "content"],
        Node::MediaType => &["schema", "examples", "encoding"],
        Node::Schema => &[
            "discriminator",
            "allOf",
            "anyOf",
            "oneOf",
            "not",
            "properties",
            "items",
            "additionalProperties",
        ],
        _ => &[],
    }
}

/// The keys of an object in the order in which the bundlers in use take them up: it decides which of two
/// components of one name gets a number.
fn order<'o>(first: &[&str], object: &'o Map<String, Value>) -> Vec<&'o str> {
    let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
    // They keep objects in JavaScript's order, in which numbers come before all names.
    keys.sort_by_key(|key| {
        let place = first.iter().position(|known| known == key);
        (
            place.unwrap_or(first.len()),
            key.parse().unwrap_or(u32::MAX),
        )
    });
    keys
}
