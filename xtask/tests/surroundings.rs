//! Holds docs/surroundings.md to what the sources read of the environment.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{providers, root};
use serde_json::Value;

/// What is shipped beside the providers' crates: everything by hand and generated, without tests.
const SHIPPED: [&str; 9] = [
    "crates/lifecycle/src",
    "crates/retention/src",
    "crates/runtime/src",
    "crates/snapline/src",
    "bindings/c/src",
    "bindings/cli/src",
    "bindings/cpp/include",
    "bindings/python/src",
    "bindings/python/python",
];

/// The one place that reads variables and asks for the home directory.
const READERS: [&str; 1] = ["crates/runtime/src/environment.rs"];

/// Texts by hand that look like names of variables: error codes of a service.
const CODES: [&str; 2] = ["INVALID_TIMESTAMP", "QUERY_TIME_OUT"];

/// How a program reads its environment.
const READS: [&str; 7] = [
    "env::var",
    "var_os(",
    "vars_os(",
    "home_dir(",
    "getenv(",
    "os.environ",
    "temp_dir(",
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut waiting = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        let Ok(entries) = fs::read_dir(folder) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().is_none_or(|name| name != "tests") {
                    waiting.push(path);
                }
            } else if path
                .extension()
                .is_some_and(|end| ["rs", "py", "hpp", "h"].iter().any(|known| end == *known))
            {
                found.push(path);
            }
        }
    }
    found
}

/// The lines of a file that are neither comments nor tests.
fn code(path: &Path) -> Vec<String> {
    let text = fs::read(path).unwrap();
    let text = String::from_utf8_lossy(&text);
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(str::to_owned)
        .collect()
}

fn reads(line: &str) -> bool {
    // A declaration reads nothing.
    let declared = line.contains("fn ") && line.contains("getenv(");
    READS.iter().any(|read| line.contains(read)) && !declared
}

#[cfg(target_os = "linux")]
fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.unwrap().to_owned()
}

/// The rows of a table of the page, below its heading.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let page = fs::read_to_string(root().join("docs/surroundings.md")).unwrap();
    let (_, rest) = page.split_once(&format!("## {heading}\n")).unwrap();
    rest.lines()
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

fn quoted(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split('`').skip(1).step_by(2).map(str::to_owned)
}

/// Whether a text in the sources is a variable's name: words in upper case, or a proxy's.
fn is_name(text: &str) -> bool {
    let plain =
        |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
    let begins = text.starts_with(|first: char| first.is_ascii_uppercase());
    (begins && text.contains('_') && text.len() > 4 && text.chars().all(plain))
        || text == "COLUMNS"
        || (text.ends_with("_proxy") && text.chars().all(|l| l.is_ascii_lowercase() || l == '_'))
}

#[test]
fn b1_b5_the_environment_is_read_in_one_place() {
    let mut seen = 0;
    let own = providers().into_iter();
    let own = own.map(|name| format!("crates/{name}/src"));
    for folder in SHIPPED.map(str::to_owned).into_iter().chain(own) {
        for path in files(&root().join(folder)) {
            seen += 1;
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            for line in code(&path) {
                assert!(
                    !reads(&line) || READERS.contains(&name.as_str()),
                    "{name} reads the environment by itself: {line}"
                );
            }
        }
    }
    assert!(seen > 100, "{seen} files were looked at");
}

#[test]
fn b1_b5_every_variable_that_is_read_is_listed() {
    let listed: BTreeSet<String> = rows("Variables that we read")
        .iter()
        .flat_map(|cells| quoted(&cells[1]).collect::<Vec<_>>())
        .collect();
    let mut read = BTreeSet::new();
    let crates = providers().into_iter().chain(["runtime".to_owned()]);
    let folders = crates.map(|name| format!("crates/{name}/src"));
    for folder in folders.chain(["bindings/cli/src".to_owned()]) {
        for path in files(&root().join(folder)) {
            // Of what is generated, the tables of operations name variables; enums only look so.
            let generated = path.to_string_lossy().contains("/generated/");
            let names_all = !generated || path.ends_with("operations.rs");
            let named = |line: &&String| {
                !line.contains("env!(") && (names_all || line.contains("variable: "))
            };
            for line in code(&path).iter().filter(named) {
                let texts = line.split('"').skip(1).step_by(2);
                let names = texts.filter(|text| is_name(text) && !CODES.contains(text));
                read.extend(names.map(str::to_owned));
            }
        }
    }
    assert!(listed.contains("no_proxy") && listed.contains("OVH_ENDPOINT"));
    assert_eq!(
        read, listed,
        "the sources on the left, the page on the right"
    );
}

// On other systems there are others.
#[cfg(target_os = "linux")]
#[test]
fn b5_every_dependency_that_reads_the_environment_is_listed() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline"])
        .args(["--filter-platform", &host()])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let list = |value: &Value| value.as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let packages: BTreeMap<String, Value> = list(&metadata["packages"])
        .into_iter()
        .map(|package| (text(&package["id"]), package))
        .collect();
    let needs: BTreeMap<String, Vec<Value>> = list(&metadata["resolve"]["nodes"])
        .iter()
        .map(|node| (text(&node["id"]), list(&node["deps"])))
        .collect();
    let shipped = ["snapline-c", "snapline-cli", "snapline-python", "snapline"];
    let mut waiting: Vec<String> = packages
        .iter()
        .filter(|(_, package)| shipped.contains(&package["name"].as_str().unwrap()))
        .map(|(id, _)| id.clone())
        .collect();
    assert_eq!(waiting.len(), shipped.len());
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id.clone()) {
            continue;
        }
        let package = &packages[&id];
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        let ours = manifest.starts_with(root());
        let sources = manifest.with_file_name("src");
        let read = || {
            files(&sources)
                .iter()
                .any(|path| code(path).iter().any(|line| reads(line)))
        };
        if !ours && read() {
            found.insert(text(&package["name"]));
        }
        for dependency in &needs[&id] {
            // What only builds or tests need reads nothing in a user's process.
            let used = list(&dependency["dep_kinds"])
                .iter()
                .any(|kind| kind["kind"].is_null());
            if used {
                waiting.push(text(&dependency["pkg"]));
            }
        }
    }
    assert!(seen.len() > 80, "{} packages were looked at", seen.len());
    let listed: BTreeSet<String> = rows("What dependencies read")
        .iter()
        .flat_map(|cells| quoted(&cells[1]).collect::<Vec<_>>())
        .collect();
    assert_eq!(
        found, listed,
        "the sources on the left, the page on the right"
    );
}
