//! Cargo in a workspace that was generated, of which what the checkout has built of others' crates is not compiled again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Once;

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, Value, value};

use super::write;

/// The package that has no code, and asks for what the packages of the checkout ask for together: a crate is another
/// one to cargo where its features differ.
const AS_BUILT: &str = "as-built";

/// Where cargo builds what is generated, for all tests.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("target")
}

/// Cargo with packages of a workspace, in which there is one more that has nothing but a program: what is built of them
/// has to be said, such as `--lib`.
pub(crate) fn cargo(root: &Path, folder: &Path, packages: &[&str], arguments: &[&str]) -> Command {
    static LINKED: Once = Once::new();
    LINKED.call_once(link_what_is_built);
    join(root, folder);
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).args(["--offline", "--quiet"]);
    for package in packages.iter().chain(&[AS_BUILT]) {
        command.args(["--package", package]);
    }
    command
        .current_dir(folder)
        // What is compiled here is only run, if that: without what helps to find faults in it, it takes less.
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .env("CARGO_PROFILE_DEV_DEBUG_ASSERTIONS", "false")
        .env("CARGO_PROFILE_DEV_OVERFLOW_CHECKS", "false")
        // Nor is it read by clippy.
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .env("CARGO_TARGET_DIR", target());
    // Build scripts watch what cargo tells a test of its package, and would be run anew for the tests of another.
    for (name, _) in std::env::vars() {
        if name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_") {
            command.env_remove(name);
        }
    }
    command
}

/// Lets the workspace have that package, and what others wrote be built as the checkout builds it.
fn join(root: &Path, folder: &Path) {
    let file = folder.join("Cargo.toml");
    let mut manifest = read(&file);
    let members = &mut manifest["workspace"]["members"];
    let members = members.or_insert(value(Array::new())).as_array_mut();
    let members = members.unwrap();
    if !members.iter().any(|it| it.as_str() == Some(AS_BUILT)) {
        members.push(AS_BUILT);
        let ours = &read(&root.join("Cargo.toml"))["profile"]["dev"];
        manifest["profile"] = Item::Table(Table::from_iter([("dev", ours.clone())]));
        write(&file, &manifest.to_string());
    }
    let package = folder.join(AS_BUILT);
    write(&package.join("src/main.rs"), "fn main() {}\n");
    write(&package.join("Cargo.toml"), &as_built(root));
}

/// Its manifest.
fn as_built(root: &Path) -> String {
    let mut made = DocumentMut::new();
    made["package"] = Item::Table(Table::from_iter([
        ("name", AS_BUILT),
        ("version", "0.0.0"),
        ("edition", "2024"),
    ]));
    let mut program = Table::from_iter([("name", AS_BUILT), ("path", "src/main.rs")]);
    // So that a run of tests does not build it.
    program.insert("test", value(false));
    made["bin"] = Item::ArrayOfTables(ArrayOfTables::from_iter([program]));
    let whole = read(&root.join("Cargo.toml"));
    for member in whole["workspace"]["members"].as_array().unwrap() {
        let member = root.join(member.as_str().unwrap()).join("Cargo.toml");
        let member = read(&member);
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
    made.to_string()
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
    let list = list.as_table_mut().unwrap();
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

fn read(manifest: &Path) -> DocumentMut {
    fs::read_to_string(manifest).unwrap().parse().unwrap()
}

/// Lays what the checkout has built of others' crates where cargo looks for it, so that it is not compiled again. One
/// folder for both would do, but for waiting for each other and for libraries of one name.
fn link_what_is_built() {
    let here = target().join("debug");
    // These tests lie in `deps`.
    let test = std::env::current_exe().unwrap();
    let built = test.parent().unwrap().parent().unwrap();
    if here.exists() {
        return;
    }
    // What a fingerprint tells of is complete, so that those come first: cargo may be at work there. It writes into those
    // of packages at the same paths, which would be the checkout's own.
    link(
        &built.join(".fingerprint"),
        &here.join(".fingerprint"),
        is_of_others,
    );
    link(&built.join("build"), &here.join("build"), is_of_others);
    link(&built.join("deps"), &here.join("deps"), |path| {
        is_of_others(path) && has_hash(path)
    });
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
fn link(from: &Path, to: &Path, wanted: fn(&Path) -> bool) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).into_iter().flatten().flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if !wanted(&path) {
            continue;
        }
        if path.is_dir() {
            link(&path, &target, |_| true);
        } else {
            let _ = fs::hard_link(path, target);
        }
    }
}

/// Whether cargo can keep a file beside others of the same name: those without a hash are the checkout's own.
fn has_hash(path: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    stem.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}
