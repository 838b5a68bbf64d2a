//! Cargo in a workspace that was generated, of which what the checkout has built of others' crates is not compiled again.
//! Tests of the generator use it as well.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The package that has no code, and asks for what the packages of the checkout ask for together: a crate is another
/// one to cargo where its features differ.
const AS_BUILT: &str = "as-built";

/// Where things are.
pub(crate) struct Places<'a> {
    /// The checkout.
    pub(crate) root: &'a Path,
    /// What was built of it, unoptimised.
    pub(crate) built: &'a Path,
    /// The workspace.
    pub(crate) workspace: &'a Path,
    /// Where cargo builds it.
    pub(crate) target: &'a Path,
}

/// Cargo with packages of the workspace, in which there is one more that has nothing but a program: what is built of them
/// has to be said, such as `--lib`.
pub(crate) fn cargo(places: &Places, packages: &[&str], arguments: &[&str]) -> Result<Command> {
    link_what_is_built(places)?;
    join(places)?;
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).arg("--quiet");
    for package in packages.iter().chain(&[AS_BUILT]) {
        command.args(["--package", package]);
    }
    command
        .current_dir(places.workspace)
        // What is compiled here is only run, if that: without what helps to find faults in it, it takes less.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_DEV_DEBUG_ASSERTIONS", "false")
        .env("CARGO_PROFILE_DEV_OVERFLOW_CHECKS", "false")
        // Nor is it read by clippy.
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .env("CARGO_TARGET_DIR", places.target);
    // Build scripts watch what cargo tells a program of its package, and would be run anew for another.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_MANIFEST_") || text.starts_with("CARGO_PKG_") {
            command.env_remove(&name);
        }
    }
    Ok(command)
}

/// Lets the workspace have that package, and what others wrote be built as the checkout builds it.
fn join(places: &Places) -> Result<()> {
    let file = places.workspace.join("Cargo.toml");
    let mut manifest = read(&file)?;
    let ours = read(&places.root.join("Cargo.toml"))?;
    let workspace = manifest
        .get_mut("workspace")
        .and_then(Item::as_table_like_mut)
        .ok_or_else(|| format!("{} is not of a workspace", file.display()))?;
    let members = workspace
        .entry("members")
        .or_insert(value(Array::new()))
        .as_array_mut()
        .ok_or_else(|| format!("the members of {} are no list", file.display()))?;
    if !members.iter().any(|it| it.as_str() == Some(AS_BUILT)) {
        members.push(AS_BUILT);
        if let Some(profile) = at(ours.as_item(), &["profile", "dev"]) {
            let profile = Table::from_iter([("dev", profile.clone())]);
            manifest.insert("profile", Item::Table(profile));
        }
        write(&file, &manifest.to_string())?;
    }
    let package = places.workspace.join(AS_BUILT);
    fs::create_dir_all(package.join("src"))?;
    write(&package.join("src/main.rs"), "fn main() {}\n")?;
    write(&package.join("Cargo.toml"), &as_built(places.root, &ours)?)
}

/// Its manifest, for the packages of the checkout whose manifest is given.
fn as_built(root: &Path, whole: &DocumentMut) -> Result<String> {
    let mut made = DocumentMut::new();
    made.insert(
        "package",
        Item::Table(Table::from_iter([
            ("name", AS_BUILT),
            ("version", "0.0.0"),
            ("edition", "2024"),
        ])),
    );
    let mut program = Table::from_iter([("name", AS_BUILT), ("path", "src/main.rs")]);
    // So that a run of tests does not build it.
    program.insert("test", value(false));
    made.insert(
        "bin",
        Item::ArrayOfTables(ArrayOfTables::from_iter([program])),
    );
    let members = at(whole.as_item(), &["workspace", "members"]).and_then(Item::as_array);
    for member in members.into_iter().flatten().filter_map(Value::as_str) {
        let member = read(&root.join(member).join("Cargo.toml"))?;
        let targets = member.get("target").and_then(Item::as_table);
        let targets = targets.into_iter().flatten().map(|(_, target)| target);
        for of in std::iter::once(member.as_item()).chain(targets) {
            for (theirs, ours) in [
                ("dependencies", "dependencies"),
                ("dev-dependencies", "dependencies"),
                ("build-dependencies", "build-dependencies"),
            ] {
                let list = of.get(theirs).and_then(Item::as_table_like);
                for (name, wanted) in list.into_iter().flat_map(|list| list.iter()) {
                    add(&mut made, ours, name, wanted);
                }
            }
        }
    }
    Ok(made.to_string())
}

/// Adds what one package asks of a dependency to what others ask.
fn add(made: &mut DocumentMut, table: &str, name: &str, wanted: &Item) {
    let is = |key: &str| wanted.get(key).and_then(Item::as_bool) == Some(true);
    if name.starts_with("snapline") || is("optional") {
        return;
    }
    let mut merged = InlineTable::new();
    match wanted.as_value() {
        Some(Value::InlineTable(wanted)) => merged = wanted.clone(),
        Some(version) => {
            merged.insert("version", version.clone());
        }
        // `name.workspace = true`
        None => {
            merged.insert("workspace", true.into());
        }
    }
    let list = made.entry(table).or_insert(Item::Table(Table::new()));
    let Some(list) = list.as_table_mut() else {
        return;
    };
    let known = list.get(name).and_then(Item::as_inline_table).cloned();
    let features = |of: &InlineTable| {
        let list = of.get("features").and_then(Value::as_array).cloned();
        list.unwrap_or_default()
    };
    if let Some(known) = known {
        let mut all = features(&known);
        all.extend(features(&merged));
        if merged.get("workspace").is_none() {
            merged = known;
        }
        merged.insert("features", all.into());
    }
    list.insert(name, value(merged));
}

fn at<'a>(item: &'a Item, path: &[&str]) -> Option<&'a Item> {
    path.iter().try_fold(item, |item, key| item.get(key))
}

fn read(manifest: &Path) -> Result<DocumentMut> {
    let text = fs::read_to_string(manifest).map_err(|error| said(manifest, &error))?;
    Ok(text.parse().map_err(|error| said(manifest, &error))?)
}

fn write(path: &Path, text: &str) -> Result<()> {
    Ok(fs::write(path, text).map_err(|error| said(path, &error))?)
}

fn said(path: &Path, error: &dyn Error) -> String {
    format!("{}: {error}", path.display())
}

/// Lays what the checkout has built of others' crates where cargo looks for it, so that it is not compiled again. One
/// folder for both would do, but for waiting for each other and for libraries of one name.
fn link_what_is_built(places: &Places) -> Result<()> {
    static LINKING: Mutex<()> = Mutex::new(());
    let _alone = LINKING.lock().unwrap_or_else(PoisonError::into_inner);
    let here = places.target.join("debug");
    if here.exists() {
        return Ok(());
    }
    // What a fingerprint tells of is complete, so that those come first: cargo may be at work there. It writes into those
    // of packages at the same paths, which would be the checkout's own.
    for (folder, wanted) in [
        (".fingerprint", is_of_others as fn(&Path) -> bool),
        ("build", is_of_others),
        ("deps", |path| is_of_others(path) && has_hash(path)),
    ] {
        link(&places.built.join(folder), &here.join(folder), wanted)?;
    }
    Ok(())
}

/// Whether a file or folder is not of a package of the workspace.
fn is_of_others(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_prefix("lib").unwrap_or(&name);
    !["snapline", "xtask"]
        .iter()
        .any(|ours| name.starts_with(ours))
}

/// Makes a folder with the same files; what goes away meanwhile is left out.
fn link(from: &Path, to: &Path, wanted: fn(&Path) -> bool) -> Result<()> {
    fs::create_dir_all(to).map_err(|error| said(to, &error))?;
    for entry in fs::read_dir(from).into_iter().flatten().flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if !wanted(&path) {
            continue;
        }
        if path.is_dir() {
            link(&path, &target, |_| true)?;
        } else {
            let _ = fs::hard_link(path, target);
        }
    }
    Ok(())
}

/// Whether cargo can keep a file beside others of the same name: those without a hash are the checkout's own.
fn has_hash(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    stem.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
