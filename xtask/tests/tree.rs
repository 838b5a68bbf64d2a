//! What holds of the files of this repository: no circles, no mutant without its place.

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
use std::path::Path;

use common::{providers, root, sources};

/// The modules of a crate, each with those that its files name, tests left out. A file and the folder of its name
/// are one module, and so is each of what is generated; what `lib.rs` or `main.rs` holds is nobody's.
fn uses(crate_folder: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let folder = crate_folder.join("src");
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sources(&folder) {
        let inside = path.strip_prefix(&folder).unwrap();
        let parts = inside.iter().map(|part| part.to_str().unwrap());
        let module = module(parts.map(|part| part.trim_end_matches(".rs")));
        let text = fs::read_to_string(&path).unwrap();
        all.entry(module).or_default().extend(named(&text));
    }
    let modules: BTreeSet<String> = all.keys().cloned().collect();
    for (module, named) in &mut all {
        named.retain(|other| other != module && modules.contains(other));
    }
    all
}

/// The module that a path leads to.
fn module<'a>(mut path: impl Iterator<Item = &'a str>) -> String {
    match path.next().unwrap_or_default() {
        "generated" => match path.next() {
            None | Some("" | "mod") => "generated".to_owned(),
            Some(inner) => format!("generated/{inner}"),
        },
        first => first.to_owned(),
    }
}

/// What the shipped part of a source names of its own crate, also several in braces.
fn named(text: &str) -> BTreeSet<String> {
    let shipped = text.split("\n#[cfg(test)]").next().unwrap();
    let code: Vec<&str> = shipped
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    let code = code.join("\n");
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let Some(braced) = rest.strip_prefix('{') else {
            found.insert(module(identifiers(rest)));
            continue;
        };
        let mut depth = 0;
        let mut begins = true;
        for (at, c) in braced.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => begins = true,
                c if begins && !c.is_whitespace() => {
                    found.insert(module(identifiers(&braced[at..])));
                    begins = false;
                }
                _ => {}
            }
        }
    }
    found
}

/// The names of a path at the beginning of a text.
fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    let end = |c: char| !c.is_alphanumeric() && c != '_' && c != ':';
    text.split(end).next().unwrap().split("::")
}

/// A way from a module back to itself.
fn circle(uses: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn walk<'a>(
        at: &'a str,
        uses: &'a BTreeMap<String, BTreeSet<String>>,
        way: &mut Vec<&'a str>,
        done: &mut BTreeSet<&'a str>,
    ) -> Option<Vec<String>> {
        if let Some(begin) = way.iter().position(|other| *other == at) {
            let names = way[begin..].iter().chain([&at]);
            return Some(names.map(|name| (*name).to_owned()).collect());
        }
        if done.contains(at) {
            return None;
        }
        way.push(at);
        let found = uses
            .get(at)
            .into_iter()
            .flatten()
            .find_map(|next| walk(next, uses, way, done));
        way.pop();
        done.insert(at);
        found
    }
    let mut done = BTreeSet::new();
    uses.keys()
        .find_map(|module| walk(module, uses, &mut Vec::new(), &mut done))
}

#[test]
fn no_files_of_a_crate_need_each_other_in_a_circle() {
    let mut circles = Vec::new();
    let ours = [
        "bindings/c",
        "bindings/cli",
        "bindings/python",
        "codegen",
        "crates/lifecycle",
        "crates/mock",
        "crates/retention",
        "crates/runtime",
        "xtask",
        "xtask/site",
    ]
    .map(str::to_owned);
    let own = providers().into_iter();
    for name in own.map(|name| format!("crates/{name}")).chain(ours) {
        let folder = root().join(&name);
        if let Some(circle) = circle(&uses(&folder)) {
            circles.push(format!("{name}: {}", circle.join(" -> ")));
        }
    }
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found() {
    let uses = |pairs: &[(&str, &str)]| {
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in pairs {
            all.entry((*from).to_owned())
                .or_default()
                .insert((*to).to_owned());
            all.entry((*to).to_owned()).or_default();
        }
        all
    };
    assert_eq!(circle(&uses(&[("a", "b"), ("a", "c"), ("b", "c")])), None);
    let round = circle(&uses(&[("a", "b"), ("b", "c"), ("c", "b")])).unwrap();
    assert_eq!(round, ["b", "c", "b"]);
}

#[test]
fn what_a_file_names_is_found() {
    let text = "use crate::{a, b::{c, d},\n e};\nuse crate::f::g;\n// crate::no\ncrate::generated::h::i()\n\
        $crate::j!();\n#[cfg(test)]\nuse crate::no;";
    let all = ["a", "b", "e", "f", "generated/h", "j"];
    assert_eq!(named(text), all.map(str::to_owned).into());
    assert_eq!(module(["generated", "mod"].into_iter()), "generated");
}

#[test]
fn every_mutant_finds_its_place() {
    let text = fs::read_to_string(root().join("tests/conformance/mutants.toml")).unwrap();
    let list: toml::Table = toml::from_str(&text).unwrap();
    for mutant in list["mutant"].as_array().unwrap() {
        let value = |key: &str| mutant[key].as_str().unwrap();
        let file = fs::read_to_string(root().join(value("file"))).unwrap_or_default();
        assert!(
            file.contains(value("find")),
            "`{}` is nowhere in {}",
            value("name"),
            value("file")
        );
    }
}

#[test]
fn an_operation_costs_no_more_lines_than_its_share() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["lines", "--check"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}

#[test]
fn no_generated_line_is_longer_than_120_columns() {
    let mut long = Vec::new();
    for folder in ["bindings", "crates", "tests/conformance"] {
        collect_long(&root().join(folder), &mut long);
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}

/// Generated sources in a folder and below it that have a longer line.
fn collect_long(folder: &Path, long: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("target") {
                collect_long(&path, long);
            }
            continue;
        }
        let kind = path.extension().and_then(|end| end.to_str());
        let is_source =
            kind.is_some_and(|kind| ["rs", "py", "pyi", "h", "hpp", "c", "cpp"].contains(&kind));
        let text = if is_source {
            fs::read_to_string(&path).unwrap()
        } else {
            continue;
        };
        let first = text.lines().take(2);
        if first
            .into_iter()
            .any(|line| line.contains("Generated by `cargo xtask"))
            && let Some(line) = text.lines().position(|line| line.chars().count() > 120)
        {
            long.push(format!("{}:{}", path.display(), line + 1));
        }
    }
}

/// The matrix is written by runs that take minutes; that one is due can be seen in an instant.
#[test]
fn the_matrix_has_every_case_and_scenario_of_the_tree() {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut count = |folder: &str, row: fn(&serde_json::Value) -> String| {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            match serde_json::from_str(&text).unwrap() {
                serde_json::Value::Array(all) => {
                    for one in &all {
                        *counts.entry(row(one)).or_default() += 1;
                    }
                }
                one => *counts.entry(row(&one)).or_default() += 1,
            }
        }
    };
    let rule = |it: &serde_json::Value| it["rule"].as_str().unwrap().to_owned();
    count("tests/faults/scenarios", rule);
    count("tests/faults/generated", rule);
    count("tests/conformance/cases", |case| {
        let text = |name: &str| case[name].as_str().unwrap();
        let resource: Vec<&str> = case["resource"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap())
            .collect();
        format!(
            "{} {}.{}",
            text("provider"),
            resource.join("."),
            text("method")
        )
    });
    let matrix = fs::read_to_string(root().join("docs/conformance.md")).unwrap();
    let stale: Vec<String> = counts
        .into_iter()
        .map(|(row, count)| format!("| {row} | {count} |"))
        .filter(|line| !matrix.lines().any(|it| it.starts_with(line)))
        .collect();
    assert!(
        stale.is_empty(),
        "docs/conformance.md does not have these: run `cargo xtask test conformance`\n{}",
        stale.join("\n")
    );
}

/// A requirement of pip as `name==version`, spelled as the index spells it.
fn pinned(line: &str) -> Option<String> {
    let pin = line.split([' ', ';']).next().unwrap();
    let (name, version) = pin.split_once("==")?;
    // What an extra asks for is in the lock by its own name.
    let name = name.split('[').next()?;
    let name = name.to_lowercase().replace(['_', '.'], "-");
    Some(format!("{name}=={version}"))
}

#[test]
fn every_tool_of_python_is_locked_with_checksums() {
    let mut read = 0;
    let mut wrong = Vec::new();
    for folder in ["bindings/python", "tests/bench/python", "tests/referees"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if !name.starts_with("requirements") || !name.ends_with(".txt") {
                continue;
            }
            read += 1;
            let lock = fs::read_to_string(path.with_extension("lock")).unwrap_or_default();
            let locked: BTreeSet<String> = lock.lines().filter_map(pinned).collect();
            let bare = lock
                .lines()
                // A line for each file of a package goes on below it.
                .filter(|line| line.contains("==") && !line.ends_with('\\'))
                .map(|line| format!("{name}: {line} has no checksum"));
            wrong.extend(bare);
            let text = fs::read_to_string(&path).unwrap();
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                if !pinned(line).is_some_and(|pin| locked.contains(&pin)) {
                    wrong.push(format!("{name}: {line} is not in its lock"));
                }
            }
        }
    }
    assert!(read > 6, "{read} files");
    assert!(wrong.is_empty(), "run `cargo xtask pins`: {wrong:#?}");
}

#[test]
fn every_crate_and_module_is_locked_with_its_checksum() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let mut wrong = Vec::new();
    for path in ["Cargo.lock", "tests/fuzz/Cargo.lock"] {
        let lock: toml::Table = toml::from_str(&read(path)).unwrap();
        let packages = lock["package"].as_array().unwrap();
        // What has no source is of this tree.
        let bare = packages
            .iter()
            .filter(|package| package.get("source").is_some() && package.get("checksum").is_none());
        wrong.extend(bare.map(|package| format!("{path}: {:?}", package["name"])));
        assert!(packages.len() > 100, "{path}");
    }
    for folder in [
        "tests/referees",
        "tests/referees/changes",
        "xtask/site/browser",
    ] {
        let path = format!("{folder}/package-lock.json");
        let lock: serde_json::Value = serde_json::from_str(&read(&path)).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        // The first has no name: it is what needs all others.
        let bare = packages
            .iter()
            .filter(|(name, package)| !name.is_empty() && !package["integrity"].is_string());
        wrong.extend(bare.map(|(name, _)| format!("{path}: {name}")));
        assert!(packages.len() > 1, "{path}");
    }
    assert!(wrong.is_empty(), "without a checksum: {wrong:#?}");
}

/// actionlint and zizmor look closer (`cargo xtask check workflows`).
#[test]
fn workflows_have_no_secret_and_actions_are_pinned_by_commit() {
    let mut used = 0;
    for entry in fs::read_dir(root().join(".github/workflows")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains("secrets."), "{}", path.display());
        assert!(!text.contains("pull_request_target"), "{}", path.display());
        assert!(text.contains("\npermissions: {}\n"), "{}", path.display());
        // What strangers send is run by what may write nothing.
        let of_strangers = text.contains("pull_request:");
        assert!(
            !of_strangers || !text.contains(": write"),
            "{}",
            path.display()
        );
        for line in text.lines().filter(|line| line.contains("uses: ")) {
            used += 1;
            let commit = line.split('@').nth(1).unwrap().split(' ').next().unwrap();
            let hexadecimal = commit.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(commit.len() == 40 && hexadecimal, "{line}");
        }
    }
    assert!(used > 10, "{used} actions");
}
