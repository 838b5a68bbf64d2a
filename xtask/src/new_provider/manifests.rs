//! The manifests that a new provider comes into, with their comments and their order kept.

use std::path::PathBuf;

use toml_edit::{DocumentMut, InlineTable, Item, Key, Table, value};

use super::New;
use crate::fault::{Fault, Result};

/// What all packages of providers begin with.
const PACKAGE: &str = "snapline-";

/// All of them, each with its path in the checkout.
pub(super) fn files(new: &New<'_>) -> Result<Vec<(PathBuf, String)>> {
    let client = &new.who.client;
    let is = format!("# The {client} client.\n");
    let mut files = vec![edited(new, "Cargo.toml", |document, new| {
        workspace(document, new)
    })?];
    for (path, list) in [
        ("crates/snapline/Cargo.toml", "default"),
        ("bindings/c/Cargo.toml", "all"),
        ("bindings/cli/Cargo.toml", "all"),
        ("bindings/python/Cargo.toml", "all"),
    ] {
        files.push(edited(new, path, |document, new| {
            feature(document, new, list, &is, true)?;
            let mut optional = InlineTable::new();
            optional.insert("workspace", true.into());
            optional.insert("optional", true.into());
            depend(
                document.get_mut("dependencies")?.as_table_mut()?,
                new,
                value(optional),
            );
            Some(())
        })?);
    }
    files.push(edited(new, "crates/mock/Cargo.toml", |document, new| {
        let stands = format!("# Stands in for {client}, without a state.\n");
        feature(document, new, "all", &stands, false)
    })?);
    files.push(edited(new, "tests/fuzz/Cargo.toml", |document, new| {
        let mut path = InlineTable::new();
        path.insert("path", format!("../../crates/{}", new.who.name).into());
        depend(
            document.get_mut("dependencies")?.as_table_mut()?,
            new,
            value(path),
        );
        Some(())
    })?);
    Ok(files)
}

/// A manifest once it is edited; nothing is what does not find its place.
fn edited(
    new: &New<'_>,
    path: &str,
    edit: impl Fn(&mut DocumentMut, &New<'_>) -> Option<()>,
) -> Result<(PathBuf, String)> {
    let mut document: DocumentMut = new
        .read(path)?
        .parse()
        .map_err(|error| Fault::new(format!("{path}: {error}")))?;
    edit(&mut document, new).ok_or_else(|| {
        Fault::new(format!(
            "{path} has another form than a new provider is written into; add it by hand as the others are there"
        ))
    })?;
    Ok((path.into(), document.to_string()))
}

/// The workspace: a member, a dependency, and that it is built to be quick.
fn workspace(document: &mut DocumentMut, new: &New<'_>) -> Option<()> {
    let name = &new.who.name;
    let workspace = document.get_mut("workspace")?.as_table_mut()?;
    let members = workspace.get_mut("members")?.as_array_mut()?;
    let known = |member: &toml_edit::Value| {
        member
            .as_str()
            .is_some_and(|path| path == "crates/snapline")
    };
    let place = members.iter().position(known)?;
    members.insert(place, format!("crates/{name}"));
    let mut own = InlineTable::new();
    own.insert("path", format!("crates/{name}").into());
    own.insert("version", "0.1.0".into());
    if let Some(version) = workspace
        .get("package")
        .and_then(|package| package.get("version")?.as_str())
    {
        own.insert("version", version.into());
    }
    depend(
        workspace.get_mut("dependencies")?.as_table_mut()?,
        new,
        value(own),
    );
    let packages = document
        .get_mut("profile")?
        .get_mut("release")?
        .get_mut("package")?;
    let mut quick = Table::new();
    quick.insert("opt-level", value(2));
    quick.decor_mut().set_prefix("\n");
    depend(packages.as_table_mut()?, new, Item::Table(quick));
    Some(())
}

/// A feature of the provider's name, in the list of all of them too.
fn feature(
    document: &mut DocumentMut,
    new: &New<'_>,
    list: &str,
    comment: &str,
    is_crate: bool,
) -> Option<()> {
    let name = &new.who.name;
    let features = document.get_mut("features")?.as_table_mut()?;
    features.get_mut(list)?.as_array_mut()?.push(name);
    let mut takes = toml_edit::Array::new();
    if is_crate {
        takes.push(format!("dep:{PACKAGE}{name}"));
    }
    features.insert(name, value(takes));
    features.key_mut(name)?.leaf_decor_mut().set_prefix(comment);
    Some(())
}

/// A dependency beside those on our other packages, in their order.
fn depend(table: &mut Table, new: &New<'_>, on: Item) {
    let name = format!("{PACKAGE}{}", new.who.name);
    let before = |key: &str| key.starts_with(PACKAGE) && key < name.as_str();
    let last = table.iter().filter(|(key, _)| before(key)).last();
    let last = last.map(|(key, _)| key.to_owned());
    let behind: Vec<String> = match &last {
        Some(last) => {
            let keys = table.iter().map(|(key, _)| key.to_owned());
            keys.skip_while(|key| key != last).skip(1).collect()
        }
        None => {
            let keys = table.iter().map(|(key, _)| key.to_owned());
            keys.skip_while(|key| !key.starts_with(PACKAGE)).collect()
        }
    };
    // A table takes up what is new at its end: what is to stand behind it is taken out and put back.
    let moved: Vec<(Key, Item)> = behind
        .iter()
        .filter_map(|key| table.remove_entry(key))
        .collect();
    table.insert(&name, on);
    for (key, item) in moved {
        table.insert_formatted(&key, item);
    }
}
