//! An example on each public item of Rust that users meet. Plain fields, setters and what only gives a handle have words
//! alone, which the lint `missing_docs` holds.
//!
//! Met is what a provider's crate has: its client and builder, handles, calls and their builders, models, enums and
//! unions; and what crates written by hand give on by `pub use`, as each provider's crate does with the runtime.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{
    Attribute, Expr, ImplItem, Item, ItemEnum, Lit, Meta, ReturnType, Type, UseTree, Visibility,
};

use common::{root, sources};

fn items(path: &Path) -> Vec<Item> {
    syn::parse_file(&fs::read_to_string(path).unwrap())
        .unwrap()
        .items
}

/// What a documentation says, with the files that it takes in.
fn words(attributes: &[Attribute], file: &Path) -> String {
    let mut said = String::new();
    for attribute in attributes.iter().filter(|one| one.path().is_ident("doc")) {
        let Meta::NameValue(pair) = &attribute.meta else {
            continue;
        };
        match &pair.value {
            Expr::Lit(line) => {
                if let Lit::Str(line) = &line.lit {
                    said.push_str(&line.value());
                }
            }
            Expr::Macro(taken) => {
                let name: syn::LitStr = taken.mac.parse_body().unwrap();
                let path = file.parent().unwrap().join(name.value());
                said.push_str(&fs::read_to_string(path).unwrap());
            }
            _ => {}
        }
        said.push('\n');
    }
    said
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    let mut lists = attributes
        .iter()
        .filter_map(|one| one.meta.require_list().ok());
    lists.any(|list| list.path.is_ident("doc") && list.tokens.to_string() == "hidden")
}

/// Public items by name, with what is said of each.
struct Public {
    name: String,
    words: String,
    place: String,
}

/// What a file declares for others, and the methods of its handles that begin a call.
fn public(file: &Path) -> Vec<Public> {
    let mut found = Vec::new();
    let mut handles = BTreeSet::new();
    let place = file.strip_prefix(root()).unwrap().display().to_string();
    let mut add = |name: String, visibility: &Visibility, attributes: &[Attribute]| {
        if matches!(visibility, Visibility::Public(_)) && !is_hidden(attributes) {
            let words = words(attributes, file);
            found.push(Public {
                name,
                words,
                place: place.clone(),
            });
        }
    };
    let all = items(file);
    for item in &all {
        match item {
            Item::Struct(it) => {
                if matches!(it.fields, syn::Fields::Unnamed(_)) {
                    handles.insert(it.ident.to_string());
                }
                add(it.ident.to_string(), &it.vis, &it.attrs);
            }
            Item::Enum(it) => add(it.ident.to_string(), &it.vis, &it.attrs),
            Item::Type(it) => add(it.ident.to_string(), &it.vis, &it.attrs),
            Item::Const(it) => add(it.ident.to_string(), &it.vis, &it.attrs),
            Item::Trait(it) => add(it.ident.to_string(), &it.vis, &it.attrs),
            Item::Fn(it) => add(it.sig.ident.to_string(), &it.vis, &it.attrs),
            Item::Macro(it) if it.mac.path.segments.last().unwrap().ident == "open_enum" => {
                let it: ItemEnum = it.mac.parse_body().unwrap();
                add(it.ident.to_string(), &it.vis, &it.attrs);
            }
            _ => {}
        }
    }
    if !file
        .components()
        .any(|part| part.as_os_str() == "resources")
    {
        return found;
    }
    let of = |ty: &Type| match ty {
        Type::Path(path) => path.path.segments.last().unwrap().ident.to_string(),
        _ => String::new(),
    };
    for item in &all {
        let Item::Impl(it) = item else { continue };
        let class = of(&it.self_ty);
        for member in it.items.iter().filter(|_| handles.contains(&class)) {
            let ImplItem::Fn(method) = member else {
                continue;
            };
            let ReturnType::Type(_, given) = &method.sig.output else {
                continue;
            };
            if !handles.contains(&of(given)) {
                add(
                    format!("{class}::{}", method.sig.ident),
                    &method.vis,
                    &method.attrs,
                );
            }
        }
    }
    found
}

/// The names that a file gives on, of one crate or of its own modules.
fn given_on(file: &Path, from: Option<&str>) -> BTreeSet<String> {
    fn names(tree: &UseTree, found: &mut BTreeSet<String>) {
        match tree {
            UseTree::Name(name) => {
                found.insert(name.ident.to_string());
            }
            UseTree::Path(path) => names(&path.tree, found),
            UseTree::Group(group) => group.items.iter().for_each(|tree| names(tree, found)),
            UseTree::Rename(_) | UseTree::Glob(_) => {}
        }
    }
    let mut found = BTreeSet::new();
    for item in items(file) {
        let Item::Use(it) = item else { continue };
        let UseTree::Path(first) = &it.tree else {
            continue;
        };
        let wanted = match from {
            Some(from) => first.ident == from,
            None => !first.ident.to_string().starts_with("snapline"),
        };
        if matches!(it.vis, Visibility::Public(_)) && wanted {
            names(&it.tree, &mut found);
        }
    }
    found
}

/// The providers' crates.
fn providers() -> Vec<PathBuf> {
    let all = fs::read_dir(root().join("crates")).unwrap();
    let all = all.map(|entry| entry.unwrap().path());
    all.filter(|path| path.join("src/generated/entry.rs").is_file())
        .collect()
}

fn assert_shown(all: &[Public]) {
    let bare = all.iter().filter(|item| !item.words.contains("```"));
    let bare: Vec<String> = bare
        .map(|item| format!("{}: {}", item.place, item.name))
        .collect();
    assert!(bare.is_empty(), "without an example:\n{}", bare.join("\n"));
}

#[test]
fn every_public_item_of_a_provider_has_an_example() {
    for provider in providers() {
        let generated = provider.join("src/generated");
        let mut all = Vec::new();
        for file in sources(&generated) {
            let name = file.strip_prefix(&generated).unwrap().display().to_string();
            let module = name.split(['/', '.']).next().unwrap();
            if ["entry", "enums", "resources", "types"].contains(&module) {
                all.extend(public(&file));
            }
        }
        println!("{}: {} items", provider.display(), all.len());
        assert!(all.len() > 50, "{} has few items", provider.display());
        assert_shown(&all);
    }
}

#[test]
fn what_crates_by_hand_give_on_has_an_example() {
    let crates = root().join("crates");
    let mut runtime = BTreeSet::new();
    for provider in providers() {
        runtime.extend(given_on(
            &provider.join("src/lib.rs"),
            Some("snapline_runtime"),
        ));
    }
    assert!(runtime.contains("Error"), "{runtime:?}");
    let own = |name: &str| {
        (
            name.to_owned(),
            given_on(&crates.join(name).join("src/lib.rs"), None),
        )
    };
    for (name, wanted) in [
        ("runtime".to_owned(), runtime),
        own("retention"),
        own("lifecycle"),
        own("snapline"),
    ] {
        let files = sources(&crates.join(&name).join("src"));
        let all = files.iter().flat_map(|file| public(file));
        let all: Vec<Public> = all.filter(|item| wanted.contains(&item.name)).collect();
        println!("{name}: {} items", all.len());
        assert!(!all.is_empty(), "{name} gives on nothing");
        assert_shown(&all);
    }
}
