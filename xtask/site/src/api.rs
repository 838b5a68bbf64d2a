//! Pages made of the headers of C and C++ and of Python's stubs: every name with its signature and with what its
//! source says of it, so that what a reader sees is what a compiler does.

mod conditionals;
mod docstring;
mod headers;
mod pages;
mod prose;
mod stubs;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use tree_sitter::{Node, Tree};

pub(crate) use pages::{Made, Pages, listed};

/// A language whose sources become pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    Python,
    C,
    Cpp,
}

impl Language {
    const ALL: [Self; 3] = [Self::Python, Self::C, Self::Cpp];

    /// What it is called in paths and on fences.
    fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::C => "c",
            Self::Cpp => "cpp",
        }
    }

    /// What its pages are called together.
    fn title(self) -> &'static str {
        match self {
            Self::Python => "Python classes",
            Self::C => "C header",
            Self::Cpp => "C++ header",
        }
    }

    /// What stands at the top of its list of pages.
    fn about(self) -> &'static str {
        match self {
            Self::Python => {
                "Every module with its classes and functions, as the stubs and the modules of the package have them."
            }
            Self::C => {
                "Every type, function and constant, by the header that declares it. `core.h` has the rules \
                        that hold for all of them."
            }
            Self::Cpp => {
                "Every class and function, by the header that has it. All of it needs C++17 and stands in \
                          the namespace `snapline`."
            }
        }
    }

    /// Where its sources are.
    fn folder(self) -> &'static str {
        match self {
            Self::Python => "bindings/python/python",
            Self::C => "bindings/c/include",
            Self::Cpp => "bindings/cpp/include",
        }
    }
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Macro,
    Constant,
    Enum,
    Value,
    Type,
    Class,
    Field,
    Function,
}

/// A name that a source declares.
#[derive(Clone, Debug)]
struct Item {
    kind: Kind,
    name: String,
    /// How it is written in code; several where it has overloads.
    signatures: Vec<String>,
    /// What its source says, in Markdown, or nothing.
    doc: String,
    members: Vec<Item>,
    line: usize,
    /// Its file, where that is not the one that gives it.
    path: Option<String>,
}

/// A header or a module.
#[derive(Clone, Debug)]
struct Source {
    language: Language,
    /// Its file in the repository.
    path: String,
    /// How it is included or imported.
    title: String,
    /// The namespace or module in which names are looked for first.
    scope: String,
    intro: String,
    items: Vec<Item>,
    /// Names that another page has: each with the module that does.
    elsewhere: BTreeMap<String, String>,
}

impl Source {
    /// What a reader would ask about and the source does not say.
    fn undocumented(&self) -> Vec<String> {
        fn look(path: &str, items: &[Item], of: &str, found: &mut Vec<String>) {
            for item in items {
                let path = item.path.as_deref().unwrap_or(path);
                let told = matches!(item.kind, Kind::Value | Kind::Field);
                if item.doc.is_empty() && !told {
                    let (name, line) = (&item.name, item.line);
                    found.push(format!("{path}:{line}: `{of}{name}` has no documentation"));
                }
                look(path, &item.members, &format!("{}.", item.name), found);
            }
        }
        let mut found = Vec::new();
        look(&self.path, &self.items, "", &mut found);
        if self.intro.is_empty() {
            found.push(format!("{}: nothing says what it is", self.path));
        }
        found
    }
}

/// All pages of all languages, and what in them has no documentation.
pub(crate) fn read() -> Result<Pages> {
    let mut sources = Vec::new();
    for language in Language::ALL {
        match language {
            Language::Python => sources.extend(stubs::read(language.folder())?),
            Language::C | Language::Cpp => sources.extend(headers::read(language)?),
        }
    }
    let undocumented = sources.iter().flat_map(Source::undocumented).collect();
    Ok(Pages::new(sources, undocumented))
}

/// The files below a folder, in order.
fn files(folder: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        let entries = fs::read_dir(&next).with_context(|| format!("{next} cannot be read"))?;
        for entry in entries {
            let path = format!("{next}/{}", entry?.file_name().to_string_lossy());
            match Path::new(&path).is_dir() {
                true => waiting.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A source as a tree; what cannot be read is an error that says where.
fn parsed(language: &tree_sitter::Language, path: &str, text: &str) -> Result<Tree> {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(language)?;
    let tree = parser
        .parse(text, None)
        .with_context(|| format!("{path} cannot be parsed"))?;
    let mut waiting = vec![tree.root_node()];
    while let Some(node) = waiting.pop() {
        // The grammar of C++ takes `= {}` for an object whose type was left out.
        let lost = node.is_missing() && node.kind() != "type_identifier";
        if node.is_error() || lost {
            let line = node.start_position().row + 1;
            anyhow::bail!(
                "{path}:{line}: this cannot be read: {}",
                first_line(node, text)
            );
        }
        if node.has_error() {
            waiting.extend(children(node));
        }
    }
    Ok(tree)
}

/// Adds what was declared; an overload without words of its own to the one before it.
fn added(all: &mut Vec<Item>, item: Item) {
    match all.last_mut() {
        Some(last)
            if item.kind == Kind::Function && item.doc.is_empty() && last.name == item.name =>
        {
            last.signatures.extend(item.signatures);
        }
        _ => all.push(item),
    }
}

fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.named_children(&mut node.walk()).collect()
}

/// The source's own text of a node.
fn text_of<'a>(node: Node<'_>, text: &'a str) -> &'a str {
    text.get(node.byte_range()).unwrap_or_default()
}

fn first_line<'a>(node: Node<'_>, text: &'a str) -> &'a str {
    text_of(node, text).lines().next().unwrap_or_default()
}

/// Code with its continued lines moved to the left.
fn outdented(code: &str) -> String {
    let mut lines = code.lines();
    let first = lines.next().unwrap_or_default().trim();
    let rest: Vec<&str> = lines.map(str::trim_end).collect();
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let written = rest.iter().filter(|line| !line.is_empty());
    let least = written.map(indent).min().unwrap_or_default();
    // What only closes what was opened stays where it closes.
    let closes = rest
        .iter()
        .any(|line| line.trim_start().starts_with([')', '}', ']']));
    let pad = if closes { "" } else { "    " };
    let mut out = first.to_owned();
    for line in rest {
        out.push('\n');
        if let Some(line) = line.get(least..) {
            out.push_str(pad);
            out.push_str(line);
        }
    }
    out
}
