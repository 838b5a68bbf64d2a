//! The rules of the house: who may depend on whom, licences, and how generated files are kept.

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
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use common::{providers, root};
use serde_json::Value;

struct Package {
    name: String,
    folder: String,
    licence: String,
    /// Names of what it needs to be built, without what only its tests need.
    needs: Vec<String>,
    /// Whether tests in its `src` would not be run, or not all of them.
    without_tests: bool,
}

/// Every package of the workspace, by name.
fn packages() -> BTreeMap<String, Package> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let manifest = PathBuf::from(text(&package["manifest_path"]));
            let folder = manifest
                .parent()
                .unwrap()
                .strip_prefix(root())
                .unwrap()
                .to_owned();
            let needs = package["dependencies"].as_array().unwrap().iter();
            let needs = needs
                .filter(|needed| needed["kind"] != "dev")
                .map(|needed| text(&needed["name"]));
            let package = Package {
                name: text(&package["name"]),
                folder: folder.to_str().unwrap().replace('\\', "/"),
                licence: text(&package["license"]),
                needs: needs.collect(),
                without_tests: package["targets"].as_array().unwrap().iter().any(|target| {
                    match target["kind"][0].as_str().unwrap() {
                        "custom-build" | "example" | "bench" => false,
                        _ => target["test"] == false,
                    }
                }),
            };
            (package.name.clone(), package)
        });
    packages.collect()
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Codegen,
    Runtime,
    Pure,
    Provider,
    Umbrella,
    Lifecycle,
    Mock,
    Binding,
    Xtask,
    Test,
}

fn kind(package: &Package) -> Kind {
    match package.folder.as_str() {
        "codegen" => Kind::Codegen,
        "xtask" | "xtask/site" => Kind::Xtask,
        "crates/runtime" => Kind::Runtime,
        "crates/retention" => Kind::Pure,
        "crates/snapline" => Kind::Umbrella,
        "crates/lifecycle" => Kind::Lifecycle,
        "crates/mock" => Kind::Mock,
        folder if folder.starts_with("crates/") => Kind::Provider,
        folder if folder.starts_with("bindings/") => Kind::Binding,
        folder if folder.starts_with("tests/") => Kind::Test,
        folder => panic!("nothing says what may depend on a package in {folder}"),
    }
}

/// What a kind of package may take from the workspace.
fn allowed(kind: Kind) -> &'static [Kind] {
    match kind {
        Kind::Codegen | Kind::Runtime | Kind::Pure | Kind::Mock => &[],
        Kind::Provider => &[Kind::Runtime],
        Kind::Umbrella => &[Kind::Provider, Kind::Pure, Kind::Runtime],
        // Of the crate that people add only what is no provider's.
        Kind::Lifecycle => &[Kind::Umbrella],
        Kind::Binding => &[Kind::Provider, Kind::Pure, Kind::Lifecycle, Kind::Runtime],
        Kind::Xtask => &[Kind::Codegen],
        Kind::Test => &[
            Kind::Umbrella,
            Kind::Provider,
            Kind::Runtime,
            Kind::Mock,
            Kind::Test,
        ],
    }
}

#[test]
fn packages_depend_only_on_what_the_design_allows() {
    let packages = packages();
    let mut wrong = Vec::new();
    for package in packages.values() {
        for needed in package
            .needs
            .iter()
            .filter_map(|needed| packages.get(needed))
        {
            if !allowed(kind(package)).contains(&kind(needed)) {
                wrong.push(format!(
                    "{} must not depend on {}",
                    package.name, needed.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The rules speak of packages that are there.
    for wanted in [
        Kind::Codegen,
        Kind::Runtime,
        Kind::Pure,
        Kind::Provider,
        Kind::Umbrella,
        Kind::Lifecycle,
        Kind::Mock,
        Kind::Binding,
        Kind::Xtask,
    ] {
        assert!(
            packages.values().any(|package| kind(package) == wanted),
            "there is no {wanted:?}"
        );
    }
}

#[test]
fn the_generator_retention_and_lifecycle_are_pure() {
    let packages = packages();
    for name in [
        "snapline-codegen",
        "snapline-retention",
        "snapline-lifecycle",
    ] {
        for needed in ["reqwest", "hyper", "tokio", "tempfile", "progenitor-client"] {
            assert!(
                !packages[name].needs.iter().any(|name| name == needed),
                "{name} depends on {needed}"
            );
        }
    }
    let mut waiting = [
        "codegen/src",
        "crates/retention/src",
        "crates/lifecycle/src",
    ]
    .map(|folder| root().join(folder))
    .to_vec();
    let mut seen = 0;
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            if path.ends_with("tests.rs") {
                continue;
            }
            seen += 1;
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            for (number, line) in code
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim_start().starts_with("//"))
            {
                for word in [
                    "std::fs",
                    "std::net",
                    "std::process",
                    "std::env",
                    "SystemTime",
                    "Timestamp::now",
                    "println!",
                ] {
                    // What an emitter writes into its output is no use of its own.
                    let ours = line.contains(word)
                        && !line.contains(&format!("::{word}"))
                        && !line.contains('"');
                    assert!(!ours, "{}:{} uses {word}", path.display(), number + 1);
                }
            }
        }
    }
    assert!(seen > 20);
}

#[test]
fn every_manifest_has_the_licence() {
    let packages = packages();
    for package in packages.values() {
        assert_eq!(package.licence, "MIT OR Apache-2.0", "{}", package.name);
    }
    for folder in ["python", "cli", "mock-python"] {
        let path = format!("bindings/{folder}/pyproject.toml");
        let python = fs::read_to_string(root().join(&path)).unwrap();
        assert!(
            python.contains("license = \"MIT OR Apache-2.0\""),
            "{path} has another licence"
        );
    }
}

/// The version stands in the root manifest alone: in what all packages take, and beside the crates that ask for each other.
#[test]
fn the_version_is_one() {
    let ours = env!("CARGO_PKG_VERSION");
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let asked = manifest
        .lines()
        .filter(|line| line.starts_with("snapline") && line.contains("path = "));
    let wanted = format!("version = \"{ours}\"");
    let other: Vec<&str> = asked
        .clone()
        .filter(|line| !line.contains(&wanted))
        .collect();
    assert!(asked.count() > 5 && other.is_empty(), "{other:?}");
    for package in packages().values() {
        let path = root().join(&package.folder).join("Cargo.toml");
        let text = fs::read_to_string(path).unwrap();
        assert!(
            text.contains("\nversion.workspace = true\n"),
            "{}",
            package.name
        );
    }
    for folder in ["python", "cli", "mock-python"] {
        let python = fs::read_to_string(root().join(format!("bindings/{folder}/pyproject.toml")));
        // maturin takes the crate's.
        assert!(
            python.unwrap().contains("dynamic = [\"version\"]"),
            "{folder}"
        );
    }
}

/// `snapline[mock]` asks for the very version that it is released with.
#[test]
fn the_extra_of_python_names_this_version() {
    let python = fs::read_to_string(root().join("bindings/python/pyproject.toml")).unwrap();
    let wanted = format!("mock = [\"snapline-mock=={}\"]", env!("CARGO_PKG_VERSION"));
    assert!(python.contains(&wanted), "{wanted} is not in it");
}

/// No engine builds the image here, so what it would be is held to what it must agree with.
#[test]
fn the_image_of_the_mock_is_one_static_program_that_nobody_runs() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    let file = read("bindings/mock-container/Containerfile");
    let after = |word: &str| {
        let mut lines = file.lines().filter_map(|line| line.strip_prefix(word));
        let last = lines.next_back();
        last.unwrap_or_else(|| panic!("there is no {word}"))
            .to_owned()
    };
    let toolchain = read("rust-toolchain.toml");
    let toolchain: toml::Table = toolchain.parse().unwrap();
    let rust = toolchain["toolchain"]["channel"].as_str().unwrap();
    assert!(file.contains(&format!("/rust:{rust}-alpine")), "{rust}");
    assert_eq!(after("ENV RUSTUP_TOOLCHAIN="), rust);
    assert_eq!(after("FROM "), "scratch");
    assert_ne!(after("USER "), "0:0");
    let started: Vec<String> = serde_json::from_str(&after("ENTRYPOINT ")).unwrap();
    let [program, _, host, _, port] = started.as_slice() else {
        panic!("{started:?}");
    };
    assert_eq!((host.as_str(), port), ("0.0.0.0", &after("EXPOSE ")));
    let copied = format!("/source/target/release/snapline-mock {program}");
    assert!(file.contains(&copied), "{copied}");
}

/// Every generated file with its text, as the documents in spec/ make it.
fn generated() -> BTreeMap<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["regenerate", "--out", folder.path().to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut files = BTreeMap::new();
    let mut waiting = vec![folder.path().to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let name = path
                    .strip_prefix(folder.path())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(files.len() > 10);
    files
}

#[test]
fn generated_files_are_marked_and_of_a_bearable_length() {
    let files = generated();
    let mut git = Command::new("git")
        .args(["check-attr", "--stdin", "linguist-generated"])
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let paths: String = files.keys().map(|path| format!("{path}\n")).collect();
    git.stdin
        .take()
        .unwrap()
        .write_all(paths.as_bytes())
        .unwrap();
    let output = git.wait_with_output().unwrap();
    assert!(output.status.success());
    let answer = String::from_utf8(output.stdout).unwrap();
    assert_eq!(answer.lines().count(), files.len());
    let mut wrong: Vec<String> = answer
        .lines()
        .filter(|line| !line.ends_with(": set") && !line.ends_with(": true"))
        .map(|line| format!("not marked in .gitattributes: {line}"))
        .collect();
    for (path, text) in &files {
        let lines = text.lines().count();
        if lines > 6000 && !path.ends_with(".json") {
            wrong.push(format!("{path} has {lines} lines; split it by resource"));
        }
        // JSON has no comments.
        let head: String = text.lines().take(2).collect();
        if !path.ends_with(".json") && !head.contains("`cargo xtask regenerate`") {
            wrong.push(format!(
                "{path} does not begin with the command that makes it"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_rules_for_what_is_shipped_see_every_path_dependency() {
    // A path dependency outside the workspace would escape the rules above.
    for package in packages().values() {
        let manifest = fs::read_to_string(root().join(&package.folder).join("Cargo.toml")).unwrap();
        for line in manifest
            .lines()
            .filter(|line| line.contains("path = \"") && line.contains("version"))
        {
            let path = line
                .split("path = \"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap();
            let there = root()
                .join(&package.folder)
                .join(path)
                .canonicalize()
                .unwrap();
            assert!(
                there.starts_with(root().canonicalize().unwrap()),
                "{}: {line}",
                package.name
            );
        }
    }
}

/// Examples of the documentation are parts of programs that `cargo xtask test` runs.
#[test]
fn examples_of_the_documentation_are_run() {
    let read = |path: &str| fs::read_to_string(root().join(path)).unwrap();
    // rustfmt breaks lines where it likes, so only the words count.
    let squeeze = |text: &str| text.split_whitespace().collect::<String>();
    for (page, name) in [("README.md", "readme"), ("docs/retention.md", "retention")] {
        let text = read(page);
        for (language, folder, ending) in [
            ("rust", "crates/snapline", "rs"),
            ("python", "bindings/python", "py"),
            ("c", "bindings/c", "c"),
            ("cpp", "bindings/cpp", "cpp"),
        ] {
            let program = format!("{folder}/examples/{name}.{ending}");
            let fence = format!("```{language}\n");
            let block = text
                .split(&fence)
                .nth(1)
                .unwrap()
                .split("```")
                .next()
                .unwrap();
            assert!(
                squeeze(&read(&program)).contains(&squeeze(block)),
                "{program} does not hold the {language} of {page} word for word"
            );
        }
    }
}

/// Where the promises stand.
const BEHAVIOUR: &str = "docs/behaviour.md";

/// How many promises there are.
const PROMISES: u32 = 30;

/// The promises' sections by number.
fn promises(page: &str) -> BTreeMap<u32, &str> {
    let mut found = BTreeMap::new();
    let sections: Vec<&str> = page.split("\n## ").skip(1).collect();
    for section in &sections {
        // The title of the next part belongs to none.
        let section = section.split("\n# ").next().unwrap();
        let (number, rest) = section.strip_prefix('B').unwrap().split_once(' ').unwrap();
        let number = number.parse().unwrap();
        assert!(
            found.insert(number, rest).is_none(),
            "two sections of B{number}"
        );
    }
    assert_eq!(found.len(), sections.len());
    found
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The names of all tracked files.
fn tracked_names() -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let names = String::from_utf8(output.stdout).unwrap();
    let names = names.split('\0').filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// Every tracked file that is text and not made by another tool.
fn tracked() -> Vec<(String, String)> {
    tracked_names()
        .into_iter()
        .filter(|name| !name.contains("lock"))
        .filter_map(|name| {
            let text = fs::read_to_string(root().join(&name)).ok()?;
            Some((name, text))
        })
        .collect()
}

#[test]
fn nothing_that_is_built_is_tracked() {
    const MOST_BYTES: u64 = 2 << 20;
    let wrong: Vec<String> = tracked_names()
        .into_iter()
        .filter(|name| {
            let size = fs::metadata(root().join(name)).map_or(0, |data| data.len());
            size > MOST_BYTES || name.split('/').any(|part| part == "target")
        })
        .collect();
    assert!(wrong.is_empty(), "built, or too large: {wrong:#?}");
}

#[test]
fn what_is_not_tested_in_src_has_no_tests_there() {
    let tracked = tracked();
    let packages = packages();
    let without: Vec<&Package> = packages.values().filter(|it| it.without_tests).collect();
    assert!(!without.is_empty());
    for Package { name, folder, .. } in without {
        let sources = format!("{folder}/src/");
        let mut of_it = tracked
            .iter()
            .filter(|(path, _)| path.starts_with(&sources));
        let tested = of_it.find(|(_, text)| text.contains("test]\n"));
        assert!(
            tested.is_none(),
            "{name} has `test = false`, so that nobody runs the tests in {:?}",
            tested.map(|(path, _)| path)
        );
    }
}

/// The code of a source file in lower case: without what comments say, and without its tests.
fn code(text: &str) -> impl Iterator<Item = (usize, String)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number + 1, line.to_lowercase()))
}

#[test]
fn what_providers_share_names_none() {
    let shared = [
        "codegen/src/",
        "crates/mock/src/",
        "crates/lifecycle/",
        "crates/retention/",
        "crates/runtime/src/",
        "tests/conformance/rust/",
        "tests/faults/rust/",
        "tests/faults/server/",
        "tests/fuzz/",
        "xtask/site/src/",
        "xtask/src/",
    ];
    let own = |path: &str| {
        let folder = |name: &String| path.contains(&format!("/{name}/"));
        path.contains("/generated/") || providers().iter().any(folder)
    };
    let mut names = providers();
    assert!(names.len() > 1, "{names:?}");
    // What the names begin with is in variables and headers as well.
    names.extend(["ovh".to_owned(), "pydo".to_owned()]);
    let mut read = 0;
    let mut found = Vec::new();
    for (path, text) in tracked() {
        let is_shared =
            shared.iter().any(|folder| path.starts_with(folder)) && !path.ends_with("/tests.rs");
        if !is_shared || !path.ends_with(".rs") || own(&path) {
            continue;
        }
        read += 1;
        let named = code(&text).filter(|(_, line)| names.iter().any(|name| line.contains(name)));
        found.extend(named.map(|(number, line)| format!("{path}:{number}: {line}")));
    }
    assert!(read > 100, "{read} files");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The numbers of promises that a text cites: `B7`, `B07_a_name`, `b7_b8_a_name`, `test_b7_a_name`.
fn cited(text: &str) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    // A number stands alone or is a part of a name, between underscores.
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        let mut parts = word.split('_').peekable();
        parts.next_if_eq(&"test");
        let alone = !word.contains('_');
        while let Some(part) = parts.next() {
            let digits = match alone {
                true => part.strip_prefix('B'),
                false => part.strip_prefix(['B', 'b']),
            };
            let number = digits
                .filter(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|digits| digits.parse().ok());
            // A name goes on after its number; `a_b2` is none.
            match number {
                Some(number) if alone || parts.peek().is_some() => found.insert(number),
                _ => break,
            };
        }
    }
    found
}

#[test]
fn citations_are_found() {
    let all = |text: &str| cited(text).into_iter().collect::<Vec<_>>();
    assert_eq!(all("see B7, (B12) and `B08_post`"), [7, 8, 12]);
    assert_eq!(all("fn b1_b15_signed() fn test_b20_now()"), [1, 15, 20]);
    assert_eq!(all("b7 0xB12F B 1B2 ab_b3 B7x a_B8 B2a_x"), [0u32; 0]);
    assert_eq!(
        all("tests/faults/scenarios/B17_until_it_is_gone.json"),
        [17]
    );
}

#[test]
fn every_promise_that_is_cited_is_written_down() {
    let page = fs::read_to_string(root().join(BEHAVIOUR)).unwrap();
    let promises = promises(&page);
    let numbers: Vec<u32> = promises.keys().copied().collect();
    assert_eq!(numbers, (1..=PROMISES).collect::<Vec<_>>());
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, text) in tracked() {
        let mut all = cited(&text);
        all.extend(cited(&name));
        for number in &all {
            if !promises.contains_key(number) {
                wrong.push(format!("{name} cites B{number}, which {BEHAVIOUR} lacks"));
            }
        }
        seen.extend(all);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The search finds what is there.
    assert!((1..=25).all(|number| seen.contains(&number)), "{seen:?}");
}

/// How many tests a text names: of what it quotes, paths are files that exist, and names are tests in the file before them.
fn tests_named(text: &str, fault: &mut impl FnMut(String)) -> usize {
    let mut file = String::new();
    let mut tests = 0;
    for word in quoted(text) {
        if word.contains('/') {
            let text = fs::read_to_string(root().join(word));
            file = text.unwrap_or_else(|_| {
                fault(format!("there is no {word}"));
                String::new()
            });
        } else if !word.starts_with("x-snapline") {
            tests += 1;
            let named = [
                format!("fn {word}("),
                format!("def {word}("),
                format!("void {word}("),
            ];
            if !named.iter().any(|test| file.contains(test)) {
                fault(format!("{word} is no test of the file named before it"));
            }
        }
    }
    tests
}

#[test]
fn every_promise_has_a_place_and_a_test() {
    let page = fs::read_to_string(root().join(BEHAVIOUR)).unwrap();
    let scenarios: Vec<String> = fs::read_dir(root().join("tests/faults/scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let mut wrong = Vec::new();
    for (number, section) in promises(&page) {
        let mut fault = |what: String| wrong.push(format!("B{number}: {what}"));
        let prefix = format!("B{number:02}_");
        let has_scenario = scenarios.iter().any(|name| name.starts_with(&prefix));
        let last = section.trim_end().lines().last().unwrap();
        if let Some(why) = last.strip_prefix("Built later: ") {
            if has_scenario || why.is_empty() {
                fault(
                    "it has scenarios, so say where it is kept and not that it is built later"
                        .to_owned(),
                );
            }
            continue;
        }
        let Some(kept) = last.strip_prefix("Kept in ") else {
            fault(format!(
                "its last line says neither where it is kept nor why not: {last}"
            ));
            continue;
        };
        let (_, held) = kept.split_once(". ").unwrap();
        let tests = tests_named(kept, &mut fault);
        match held.strip_prefix("No scenario") {
            None if held == "Scenarios." && has_scenario => {}
            Some(_) if tests > 0 => {}
            _ => fault(format!(
                "it has {} scenario, and says: {held}",
                if has_scenario { "a" } else { "no" }
            )),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_threat_has_what_is_done_and_a_test() {
    let page = fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
    let mut wrong = Vec::new();
    let mut threats = 0;
    let rows = page.lines().filter(|line| line.starts_with("| "));
    for row in rows.filter(|row| !row.starts_with("| threat |")) {
        threats += 1;
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, threat, done, promise, held, _] = cells[..] else {
            panic!("not four cells: {row}");
        };
        let mut fault = |what: String| wrong.push(format!("{threat}: {what}"));
        if done.is_empty() {
            fault("it does not say what is done".to_owned());
        }
        let told = promise.split(", ").filter(|word| !word.is_empty()).count();
        if cited(promise).len() != told {
            fault(format!("these are no promises: {promise}"));
        }
        let named = tests_named(held, &mut fault);
        // A scenario and a target of the fuzzer are a test each.
        let files = ["tests/faults/scenarios/", "tests/fuzz/targets/"];
        let whole = quoted(held).filter(|word| files.iter().any(|place| word.starts_with(place)));
        if named + whole.count() == 0 {
            fault("no test holds it".to_owned());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(threats > 20, "{threats} threats");
}
