//! Headers: what they declare, read by the grammar of C++.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};
use tree_sitter::Node;

use super::{
    Item, Kind, Language, Source, added, children, conditionals, files, outdented, parsed, prose,
    text_of,
};

/// The namespace whose names are for the headers alone, but for classes that others are made of.
const INNER: &str = "detail";

/// Every header of a language.
pub(super) fn read(language: Language) -> Result<Vec<Source>> {
    let grammar = tree_sitter_cpp::LANGUAGE.into();
    let folder = language.folder();
    let mut sources = Vec::new();
    let mut bases = BTreeSet::new();
    for path in files(folder)? {
        let title = path.trim_start_matches(folder).trim_start_matches('/');
        if !title.ends_with(".h") && !title.ends_with(".hpp") {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
        let text = conditionals::settled(language, &path, &text)?;
        let tree = parsed(&grammar, &path, &text)?;
        let mut reader = Reader {
            text: &text,
            scope: String::new(),
            items: Vec::new(),
            bases: BTreeSet::new(),
        };
        reader.namespace(tree.root_node(), &[]);
        bases.append(&mut reader.bases);
        sources.push(Source {
            language,
            title: title.to_owned(),
            scope: reader.scope,
            intro: intro(tree.root_node(), &text),
            items: reader.items,
            elsewhere: BTreeMap::new(),
            path,
        });
    }
    for source in &mut sources {
        let wanted = |item: &Item| !inner(&item.name) || bases.contains(plain(&item.name));
        source.items.retain(wanted);
        let named: BTreeSet<String> = (source.items.iter())
            .filter(|item| item.kind == Kind::Enum)
            .map(|item| item.name.clone())
            .collect();
        // C declares the integer beside an enum that it can be.
        let beside = |item: &Item| item.kind == Kind::Type && named.contains(&item.name);
        source.items.retain(|item| !beside(item));
    }
    Ok(sources)
}

fn inner(name: &str) -> bool {
    name.starts_with(&format!("{INNER}::"))
}

/// A class's name without what it is made for.
fn plain(name: &str) -> &str {
    name.split('<').next().unwrap_or(name)
}

/// What stands above the first line of code.
fn intro(root: Node<'_>, text: &str) -> String {
    let mut said: Vec<&str> = Vec::new();
    let mut last = 0;
    for node in children(root) {
        let here = text_of(node, text);
        let line = node.start_position().row;
        let follows = line == last + 1 && !said.is_empty();
        if node.kind() != "comment" {
            // What stands just above a declaration is about that.
            if follows {
                said.clear();
            }
            break;
        }
        let lines = |text: &str| text.starts_with("///");
        let goes_on = said.last().is_some_and(|before| lines(before)) && lines(here) && follows;
        match here.contains("do not edit") {
            true => {}
            false if said.is_empty() || goes_on => said.push(here),
            false => break,
        }
        last = node.end_position().row;
    }
    let words = comment(&said);
    let words = words.trim_start_matches("@file");
    // Its own name says nothing more.
    let words = match words.split_once('\n') {
        Some((first, rest)) if first.trim().ends_with(".h") => rest,
        _ => words,
    };
    prose::markdown(words.trim())
}

/// The words of a comment.
fn comment(lines: &[&str]) -> String {
    let mut out = Vec::new();
    for line in lines {
        if let Some(said) = line.strip_prefix("///") {
            let said = said.trim_start_matches('<');
            out.push(said.strip_prefix(' ').unwrap_or(said));
            continue;
        }
        let inside = line.trim_start_matches("/*").trim_start_matches('*');
        for part in inside.trim_end_matches("*/").lines() {
            let part = part.trim_start();
            let part = part.strip_prefix('*').unwrap_or(part);
            out.push(part.strip_prefix(' ').unwrap_or(part).trim_end());
        }
    }
    out.join("\n").trim().to_owned()
}

struct Reader<'a> {
    text: &'a str,
    /// The namespace that most of it is in.
    scope: String,
    items: Vec<Item>,
    /// Classes of the inner namespace that others are made of.
    bases: BTreeSet<String>,
}

/// What documents the declaration that comes next.
#[derive(Default)]
struct Pending<'a> {
    lines: Vec<&'a str>,
    end: usize,
}

impl<'a> Pending<'a> {
    fn add(&mut self, node: Node<'_>, said: &'a str) {
        let row = node.start_position().row;
        let documents =
            (said.starts_with("///") && !said.starts_with("///<")) || said.starts_with("/**");
        if !documents || row != self.end + 1 {
            self.lines.clear();
        }
        if documents {
            self.lines.push(said);
            self.end = node.end_position().row;
        }
    }

    fn take(&mut self, node: Node<'_>) -> String {
        let lines = std::mem::take(&mut self.lines);
        match node.start_position().row == self.end + 1 {
            true => prose::markdown(&comment(&lines)),
            false => String::new(),
        }
    }
}

impl Reader<'_> {
    fn namespace(&mut self, node: Node<'_>, path: &[&str]) {
        let text = self.text;
        let mut pending = Pending::default();
        for child in children(node) {
            match child.kind() {
                "comment" => pending.add(child, text_of(child, text)),
                "namespace_definition" => {
                    let name = child.child_by_field_name("name");
                    let name = name.map_or("", |name| text_of(name, text));
                    let path: Vec<&str> = path.iter().copied().chain(name.split("::")).collect();
                    if !path.contains(&INNER) {
                        self.scope = path.join("::");
                    }
                    if let Some(body) = child.child_by_field_name("body") {
                        self.namespace(body, &path);
                    }
                }
                _ => {
                    let doc = pending.take(child);
                    let Some(mut item) = self.item(child, doc, "") else {
                        continue;
                    };
                    if path.contains(&INNER) {
                        if item.kind != Kind::Class {
                            continue;
                        }
                        item.name = format!("{INNER}::{}", item.name);
                    }
                    added(&mut self.items, item);
                }
            }
        }
    }

    /// What a node declares for readers. `class` is the one that it is a member of.
    fn item(&mut self, node: Node<'_>, doc: String, class: &str) -> Option<Item> {
        let text = self.text;
        let line = node.start_position().row + 1;
        let (before, node) = match node.kind() {
            "template_declaration" => {
                let inside = *children(node).last()?;
                (text.get(node.start_byte()..inside.start_byte())?, inside)
            }
            _ => ("", node),
        };
        let until = |end: Option<Node<'_>>| {
            let end = end.map_or(node.end_byte(), |end| end.start_byte());
            let code = text.get(node.start_byte()..end).unwrap_or_default();
            let code = code.trim_end().trim_end_matches([';', ':']).trim_end();
            let before = before.split_whitespace().collect::<Vec<_>>().join(" ");
            match before.is_empty() {
                true => outdented(code),
                false => format!("{before}\n{}", outdented(code)),
            }
        };
        let body = node.child_by_field_name("body");
        let made = |kind, name: &str, signature: String, members| Item {
            kind,
            name: name.to_owned(),
            signatures: vec![signature],
            doc: doc.clone(),
            members,
            line,
            path: None,
        };
        match node.kind() {
            "class_specifier" | "struct_specifier" => {
                let name = text_of(node.child_by_field_name("name")?, text);
                let hidden = node.kind() == "class_specifier";
                let (members, constructors) = self.members(body?, plain(name), hidden);
                for clause in children(node) {
                    if clause.kind() == "base_class_clause" {
                        let all = children(clause).into_iter();
                        let names = all.map(|base| plain(text_of(base, text)).to_owned());
                        self.bases.extend(names.filter(|name| inner(name)));
                    }
                }
                let mut class = made(Kind::Class, name, until(body) + ";", members);
                class.signatures.extend(constructors);
                Some(class)
            }
            "enum_specifier" => {
                let name = text_of(node.child_by_field_name("name")?, text);
                let values = self.values(body?);
                let head = until(body).split_whitespace().collect::<Vec<_>>().join(" ");
                Some(made(Kind::Enum, name, head + ";", values))
            }
            "alias_declaration" => {
                let name = text_of(node.child_by_field_name("name")?, text);
                Some(made(Kind::Type, name, until(None) + ";", Vec::new()))
            }
            "type_definition" => {
                let name = name(node.child_by_field_name("declarator")?, text)?;
                Some(made(Kind::Type, name, until(None) + ";", Vec::new()))
            }
            "preproc_def" => {
                // One without a value guards a header.
                node.child_by_field_name("value")?;
                let name = text_of(node.child_by_field_name("name")?, text);
                let code = text_of(node, text).trim().to_owned();
                Some(made(Kind::Macro, name, code, Vec::new()))
            }
            "function_definition" | "declaration" | "field_declaration" => {
                let declarator = node.child_by_field_name("declarator")?;
                let name = name(declarator, text)?;
                let Some(function) = function(declarator) else {
                    let kind = if class.is_empty() {
                        Kind::Constant
                    } else {
                        Kind::Field
                    };
                    return Some(made(kind, name, until(None) + ";", Vec::new()));
                };
                let end = children(node).into_iter().find(|part| {
                    let ends = [
                        "field_initializer_list",
                        "default_method_clause",
                        "delete_method_clause",
                    ];
                    ends.contains(&part.kind()) || Some(*part) == body
                });
                let deleted = end.is_some_and(|end| end.kind().ends_with("method_clause"));
                let takes = function.child_by_field_name("parameters");
                let takes = takes.map_or("", |takes| text_of(takes, text));
                // Such a function is called by the headers alone.
                let for_headers = takes.contains(&format!("{INNER}::"));
                let of_language = !class.is_empty()
                    && (name.starts_with('~')
                        || name == "operator="
                        || takes.starts_with(&format!("({class}&&"))
                        || takes.starts_with(&format!("(const {class}&")));
                // What a class has declared is told there.
                let of = function.child_by_field_name("declarator");
                let declared = of.is_some_and(|of| of.kind() == "qualified_identifier");
                if doc.is_empty() && (deleted || for_headers || of_language || declared) {
                    return None;
                }
                Some(made(Kind::Function, name, until(end) + ";", Vec::new()))
            }
            _ => None,
        }
    }

    /// The public members of a class, and the constructors of which nothing is said: the class's own words tell of
    /// those. What is declared inside a class for its own use has no words either, and is left out.
    fn members(
        &mut self,
        body: Node<'_>,
        class: &str,
        mut hidden: bool,
    ) -> (Vec<Item>, Vec<String>) {
        let text = self.text;
        let mut constructors = Vec::new();
        let mut all: Vec<Item> = Vec::new();
        let mut pending = Pending::default();
        let mut row = 0;
        for child in children(body) {
            match child.kind() {
                "access_specifier" => hidden = text_of(child, text) != "public",
                "comment" => {
                    let said = text_of(child, text);
                    match all.last_mut() {
                        Some(last)
                            if said.starts_with("///<") && child.start_position().row == row =>
                        {
                            last.doc = prose::markdown(&comment(&[said]));
                        }
                        _ => pending.add(child, said),
                    }
                }
                _ => {
                    let doc = pending.take(child);
                    if hidden {
                        continue;
                    }
                    row = child.end_position().row;
                    match self.item(child, doc, class) {
                        Some(mut item) if item.doc.is_empty() && item.name == class => {
                            constructors.append(&mut item.signatures);
                        }
                        Some(item)
                            if item.doc.is_empty()
                                && matches!(item.kind, Kind::Type | Kind::Class) => {}
                        Some(item) => added(&mut all, item),
                        None => {}
                    }
                }
            }
        }
        (all, constructors)
    }

    fn values(&self, body: Node<'_>) -> Vec<Item> {
        let text = self.text;
        let mut all: Vec<Item> = Vec::new();
        let mut pending = Pending::default();
        let mut row = 0;
        for child in children(body) {
            let said = text_of(child, text);
            match (child.kind(), all.last_mut()) {
                ("comment", Some(last))
                    if said.starts_with("///<") && child.start_position().row == row =>
                {
                    last.doc = prose::markdown(&comment(&[said]));
                }
                ("comment", _) => pending.add(child, said),
                ("enumerator", _) => {
                    let doc = pending.take(child);
                    row = child.end_position().row;
                    let name = child.child_by_field_name("name");
                    all.push(Item {
                        kind: Kind::Value,
                        name: name.map_or("", |name| text_of(name, text)).to_owned(),
                        signatures: vec![said.to_owned()],
                        doc,
                        members: Vec::new(),
                        line: row + 1,
                        path: None,
                    });
                }
                _ => {}
            }
        }
        all
    }
}

/// The part of a declarator that makes a function of what it declares.
fn function(declarator: Node<'_>) -> Option<Node<'_>> {
    match declarator.kind() {
        "function_declarator" | "operator_cast" => Some(declarator),
        "pointer_declarator" | "reference_declarator" | "init_declarator" => {
            children(declarator).into_iter().find_map(function)
        }
        _ => None,
    }
}

/// The name that a declarator gives.
fn name<'a>(declarator: Node<'_>, text: &'a str) -> Option<&'a str> {
    match declarator.kind() {
        "identifier" | "field_identifier" | "type_identifier" | "destructor_name"
        | "operator_name" | "primitive_type" => Some(text_of(declarator, text)),
        "operator_cast" => text_of(declarator, text).split('(').next().map(str::trim),
        "parameter_list" | "field_initializer_list" => None,
        _ => children(declarator)
            .into_iter()
            .find_map(|part| name(part, text)),
    }
}
