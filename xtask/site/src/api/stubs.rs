//! Python's modules: what they give to who imports them, as the stubs have it, or the modules that have no stub.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, bail};
use tree_sitter::Node;

use super::docstring::{self, Told};
use super::{Item, Kind, Language, Source, added, children, files, outdented, parsed, text_of};

/// The one name that is for users though it begins with an underscore.
const VERSION: &str = "__version__";

/// A file of the package.
#[derive(Default)]
struct Module {
    path: String,
    intro: String,
    items: Vec<Item>,
    /// From which module which name comes; all that it gives where there is no name.
    imports: Vec<(String, Option<String>)>,
    /// What `__all__` lists, where there is one.
    all: Option<BTreeSet<String>>,
}

/// Every module that is for users.
pub(super) fn read(folder: &str) -> Result<Vec<Source>> {
    let mut modules: BTreeMap<String, Module> = BTreeMap::new();
    for path in files(folder)? {
        let Some((stem, end)) = path.rsplit_once('.') else {
            continue;
        };
        if end != "py" && end != "pyi" {
            continue;
        }
        let name = stem
            .trim_start_matches(folder)
            .trim_matches('/')
            .replace('/', ".");
        let package = name.strip_suffix(".__init__");
        let module = module(&path, package.unwrap_or(&name), package.is_some())?;
        let name = package.unwrap_or(&name).to_owned();
        // A stub comes after its module, and goes before it; what it is for only one of the two says.
        let before = modules.insert(name.clone(), module);
        if let (Some(before), Some(now)) = (before, modules.get_mut(&name))
            && now.intro.is_empty()
        {
            now.intro = before.intro;
        }
    }
    let public = modules.keys().filter(|name| is_public(name));
    let sources = public.map(|name| {
        let module = modules.get(name);
        let module = module.with_context(|| format!("{name} is lost"))?;
        let (items, elsewhere) = given(&modules, name);
        Ok(Source {
            language: Language::Python,
            path: module.path.clone(),
            title: name.clone(),
            scope: name.clone(),
            intro: module.intro.clone(),
            items,
            elsewhere,
        })
    });
    sources.collect()
}

fn is_public(module: &str) -> bool {
    !module.split('.').any(|part| part.starts_with('_'))
}

/// Where a name leads that a module gives.
enum Home<'a> {
    /// To what no public module but this one has.
    Here(&'a Item),
    /// To what a public module has, or to that module.
    In(String),
}

/// Everything that a public module gives, and what of it another page tells of.
fn given(modules: &BTreeMap<String, Module>, name: &str) -> (Vec<Item>, BTreeMap<String, String>) {
    let mut items = Vec::new();
    let mut elsewhere = BTreeMap::new();
    for wanted in names(modules, name, &mut BTreeSet::new()) {
        match home(modules, name, &wanted, &mut BTreeSet::new()) {
            Some(Home::Here(item)) => items.push(item.clone()),
            Some(Home::In(module)) => {
                elsewhere.insert(wanted, module);
            }
            None => {}
        }
    }
    (items, elsewhere)
}

/// The names that a module gives, in the order in which it has them.
fn names(modules: &BTreeMap<String, Module>, of: &str, seen: &mut BTreeSet<String>) -> Vec<String> {
    let Some(module) = modules.get(of).filter(|_| seen.insert(of.to_owned())) else {
        return Vec::new();
    };
    let mut all: Vec<String> = module.items.iter().map(|item| item.name.clone()).collect();
    for (from, wanted) in &module.imports {
        match wanted {
            Some(wanted) => all.push(wanted.clone()),
            None => all.extend(names(modules, from, seen)),
        }
    }
    all.retain(|name| match &module.all {
        Some(listed) => listed.contains(name),
        None => !name.starts_with('_') || name == VERSION,
    });
    all
}

/// Where a name is at home that a module gives.
fn home<'a>(
    modules: &'a BTreeMap<String, Module>,
    of: &str,
    name: &str,
    seen: &mut BTreeSet<String>,
) -> Option<Home<'a>> {
    let module = modules.get(of).filter(|_| seen.insert(of.to_owned()))?;
    if let Some(item) = module.items.iter().find(|item| item.name == name) {
        return Some(Home::Here(item));
    }
    module.imports.iter().find_map(|(from, wanted)| {
        if wanted.as_ref().is_some_and(|wanted| wanted != name) {
            return None;
        }
        let whole = format!("{from}.{name}");
        if modules.contains_key(&whole) {
            return is_public(&whole).then_some(Home::In(whole));
        }
        let found = home(modules, from, name, seen)?;
        match found {
            Home::Here(_) if is_public(from) => Some(Home::In(from.clone())),
            found => Some(found),
        }
    })
}

fn module(path: &str, name: &str, is_package: bool) -> Result<Module> {
    let text = fs::read_to_string(path).with_context(|| format!("{path} cannot be read"))?;
    let tree = parsed(&tree_sitter_python::LANGUAGE.into(), path, &text)?;
    let mut module = Module {
        path: path.to_owned(),
        ..Module::default()
    };
    let root = tree.root_node();
    module.intro = said(root, &text).map_or_else(String::new, |told| told.words);
    let reader = Reader {
        text: &text,
        name,
        is_package,
    };
    reader.statements(root, &mut module)?;
    for item in &mut module.items {
        item.path = Some(path.to_owned());
    }
    Ok(module)
}

/// The docstring of a block.
fn said(block: Node<'_>, text: &str) -> Option<Told> {
    let mut all = children(block).into_iter();
    let first = all.find(|node| node.kind() != "comment")?;
    string(first, text).map(docstring::read)
}

/// The text of a statement that is nothing but one.
fn string<'a>(statement: Node<'_>, text: &'a str) -> Option<&'a str> {
    let inside = *children(statement).first()?;
    let only = statement.kind() == "expression_statement" && inside.kind() == "string";
    only.then(|| literal(inside, text))
}

fn literal<'a>(string: Node<'_>, text: &'a str) -> &'a str {
    let mut parts = children(string).into_iter();
    let content = parts.find(|part| part.kind() == "string_content");
    content.map_or("", |content| text_of(content, text))
}

struct Reader<'a> {
    text: &'a str,
    name: &'a str,
    is_package: bool,
}

impl Reader<'_> {
    fn statements(&self, block: Node<'_>, module: &mut Module) -> Result<()> {
        let text = self.text;
        let all = children(block);
        for (at, node) in all.iter().enumerate() {
            match node.kind() {
                "import_from_statement" => self.import(*node, module)?,
                "if_statement" | "try_statement" => {
                    let blocks = children(*node);
                    for block in blocks.iter().filter(|block| block.kind() == "block") {
                        self.statements(*block, module)?;
                    }
                }
                "expression_statement" => {
                    let next = all.get(at + 1).and_then(|next| string(*next, text));
                    self.assignment(*node, next, module);
                }
                _ => {
                    if let Some(item) = self.declared(*node, "") {
                        added(&mut module.items, item);
                    }
                }
            }
        }
        Ok(())
    }

    /// What a statement imports of this package.
    fn import(&self, node: Node<'_>, module: &mut Module) -> Result<()> {
        let text = self.text;
        let Some(from) = node.child_by_field_name("module_name") else {
            return Ok(());
        };
        let from = text_of(from, text);
        let below = from.trim_start_matches('.');
        let dots = from.len() - below.len();
        let mut parts: Vec<&str> = self.name.split('.').collect();
        let up = dots.saturating_sub(usize::from(self.is_package));
        if up > parts.len() {
            let line = node.start_position().row + 1;
            bail!("{}:{line}: `{from}` leads out of the package", module.path);
        }
        parts.truncate(parts.len() - up);
        if dots == 0 {
            parts.clear();
        }
        parts.extend(below.split('.').filter(|part| !part.is_empty()));
        let from = parts.join(".");
        let wild = children(node)
            .iter()
            .any(|part| part.kind() == "wildcard_import");
        if wild {
            module.imports.push((from, None));
            return Ok(());
        }
        for name in node.children_by_field_name("name", &mut node.walk()) {
            let name = match name.kind() {
                "aliased_import" => {
                    let (name, alias) = (
                        name.child_by_field_name("name"),
                        name.child_by_field_name("alias"),
                    );
                    // By another name it is of no use to us: no module gives it on.
                    match name
                        .zip(alias)
                        .filter(|(name, alias)| text_of(*name, text) == text_of(*alias, text))
                    {
                        Some((name, _)) => text_of(name, text),
                        None => continue,
                    }
                }
                _ => text_of(name, text),
            };
            module.imports.push((from.clone(), Some(name.to_owned())));
        }
        Ok(())
    }

    fn assignment(&self, node: Node<'_>, next: Option<&str>, module: &mut Module) {
        let text = self.text;
        let Some(inside) = children(node).first().copied() else {
            return;
        };
        let name = inside
            .child_by_field_name("left")
            .map_or("", |left| text_of(left, text));
        if name == "__all__" {
            let list = inside
                .child_by_field_name("right")
                .map(children)
                .unwrap_or_default();
            let strings = list.iter().filter(|one| one.kind() == "string");
            let names = strings.map(|one| literal(*one, text).to_owned());
            module.all.get_or_insert_default().extend(names);
        } else if inside.kind() == "assignment" && (!name.starts_with('_') || name == VERSION) {
            module
                .items
                .push(self.assigned(Kind::Constant, inside, name, next));
        }
    }

    /// What an assignment declares, with the words of the string behind it.
    fn assigned(&self, kind: Kind, inside: Node<'_>, name: &str, next: Option<&str>) -> Item {
        Item {
            kind,
            name: name.to_owned(),
            signatures: vec![text_of(inside, self.text).to_owned()],
            doc: next.map_or_else(String::new, |next| docstring::read(next).words),
            members: Vec::new(),
            line: inside.start_position().row + 1,
            path: None,
        }
    }

    /// The class or function that a statement declares.
    fn declared(&self, node: Node<'_>, class: &str) -> Option<Item> {
        let text = self.text;
        let (decorators, inside) = match node.kind() {
            "decorated_definition" => {
                let all = children(node).into_iter();
                let marks = all.filter(|part| part.kind() == "decorator");
                let marks: Vec<&str> = marks.map(|mark| text_of(mark, text)).collect();
                (marks, node.child_by_field_name("definition")?)
            }
            _ => (Vec::new(), node),
        };
        let name = text_of(inside.child_by_field_name("name")?, text);
        let constructs = !class.is_empty() && (name == "__new__" || name == "__init__");
        if name.starts_with('_') && !constructs {
            return None;
        }
        let body = inside.child_by_field_name("body")?;
        let told = said(body, text).unwrap_or_default();
        let ends = ["return_type", "superclasses", "parameters", "name"];
        let end = ends
            .iter()
            .find_map(|field| inside.child_by_field_name(field))?;
        let head = text.get(inside.start_byte()..end.end_byte())?;
        let line = inside.start_position().row + 1;
        let marks = |hidden: &str| {
            let shown = decorators.iter().filter(|mark| **mark != hidden);
            shown.map(|mark| format!("{mark}\n")).collect::<String>()
        };
        match inside.kind() {
            "class_definition" => {
                let mut item = Item {
                    kind: Kind::Class,
                    name: name.to_owned(),
                    signatures: vec![format!("{}{}", marks(""), outdented(head))],
                    doc: told.words,
                    members: Vec::new(),
                    line,
                    path: None,
                };
                self.members(body, name, &mut item, &told.members);
                Some(item)
            }
            "function_definition" if decorators.contains(&"@property") => {
                let ty = inside.child_by_field_name("return_type");
                let ty = ty.map_or_else(String::new, |ty| format!(": {}", text_of(ty, text)));
                Some(Item {
                    kind: Kind::Field,
                    name: name.to_owned(),
                    signatures: vec![format!("{name}{ty}")],
                    doc: told.words,
                    members: Vec::new(),
                    line,
                    path: None,
                })
            }
            "function_definition" => Some(Item {
                kind: Kind::Function,
                name: name.to_owned(),
                signatures: vec![format!("{}{}", marks("@property"), outdented(head))],
                doc: told.words,
                members: Vec::new(),
                line,
                path: None,
            }),
            _ => None,
        }
    }

    fn members(&self, body: Node<'_>, class: &str, item: &mut Item, told: &[(String, String)]) {
        let text = self.text;
        let all = children(body);
        let mut types: BTreeMap<&str, String> = BTreeMap::new();
        for (at, node) in all.iter().enumerate() {
            if node.kind() == "expression_statement" {
                let Some(inside) = children(*node).first().copied() else {
                    continue;
                };
                let name = inside
                    .child_by_field_name("left")
                    .map_or("", |left| text_of(left, text));
                if inside.kind() != "assignment" || name.starts_with('_') {
                    continue;
                }
                let typed = inside.child_by_field_name("type");
                if let Some(ty) = typed {
                    types.insert(name, text_of(ty, text).to_owned());
                }
                let next = all.get(at + 1).and_then(|next| string(*next, text));
                let kind = if typed.is_some() {
                    Kind::Field
                } else {
                    Kind::Value
                };
                // What the class's own words tell of comes with those.
                if !told.iter().any(|(known, _)| known == name) {
                    item.members.push(self.assigned(kind, inside, name, next));
                }
                continue;
            }
            let Some(mut member) = self.declared(*node, class) else {
                continue;
            };
            if member.name.starts_with("__") {
                if member.doc.is_empty() {
                    item.signatures.append(&mut member.signatures);
                    continue;
                }
                class.clone_into(&mut member.name);
            }
            added(&mut item.members, member);
        }
        for (name, said) in told {
            let ty = types.get(name.as_str());
            let ty = ty.map_or_else(String::new, |ty| format!(": {ty}"));
            item.members.push(Item {
                kind: Kind::Field,
                name: name.clone(),
                signatures: vec![format!("{name}{ty}")],
                doc: said.clone(),
                members: Vec::new(),
                line: item.line,
                path: None,
            });
        }
    }
}
