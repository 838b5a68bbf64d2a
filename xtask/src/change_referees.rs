//! `cargo xtask test referees --only changes`: tools that are not ours say whether a change breaks something,
//! and the change report must agree, or the list beside them says why not. On the wire two tools judge every pair
//! of `codegen/tests/changes`; for Rust, Python and C the invented provider is generated before and after
//! each change of `tests/referees/changes/acme.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use snapline_codegen::changes::{Report, Verdict, Verdicts, compare};
use snapline_codegen::document::unescape;
use snapline_codegen::overlay::apply_overlay;
use snapline_codegen::parse::{parse_document, parse_value};

use crate::abi;
use crate::c_header::CHeader;
use crate::copy;
use crate::fault::{Fault, Result};
use crate::referee_tools::{HERE, PINNED, install_cargo, install_npm, install_python, write};
use crate::run::{cargo, program, silent, text, timed};
use crate::sources::{self, absolute};

/// Pairs of documents.
const PAIRS: &str = "codegen/tests/changes";

/// The provider that is changed.
const ACME: &str = "codegen/tests/acme";

/// Where it is generated.
const WORK: &str = "target/referees/acme";

/// What judges Rust; its own name for a break that is no matter of a version is `minor`.
const SEMVER: (&str, &str) = ("cargo-semver-checks", "0.51.0");

/// The file of the changes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Changes {
    change: Vec<Change>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    name: String,
    edits: Vec<Edit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Edit {
    at: String,
    put: Option<String>,
}

/// The file of disagreements.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Disagreements {
    expected: Vec<Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    referee: String,
    reason: String,
    changes: Vec<String>,
}

/// What one referee says of one change.
struct Judgement {
    referee: &'static str,
    change: String,
    /// Whether it breaks, to the referee; none where it gives no answer.
    theirs: Option<bool>,
    ours: bool,
}

/// All of them; the disagreements must be those that are listed.
pub(crate) fn run() -> Result<()> {
    let mut all = wire()?;
    all.extend(faces()?);
    let path = Path::new(PINNED).join("changes/expected.toml");
    let list: Disagreements = toml::from_str(&sources::text(&path)?)
        .map_err(|error| Fault::new(format!("{}: {error}", path.display())))?;
    let mut open: BTreeSet<(String, String)> = BTreeSet::new();
    for one in list.expected {
        if one.reason.trim().is_empty() {
            return Err(Fault::new(format!(
                "{}: a reason is missing",
                path.display()
            )));
        }
        open.extend(
            one.changes
                .into_iter()
                .map(|change| (one.referee.clone(), change)),
        );
    }
    let mut figures: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for one in &all {
        let agrees = one.theirs == Some(one.ours);
        let listed = open.remove(&(one.referee.to_owned(), one.change.clone()));
        let (same, other) = figures.entry(one.referee).or_default();
        *(if agrees { same } else { other }) += 1;
        match (agrees, listed) {
            (false, false) => wrong.push(format!(
                "{} says {} of `{}`, the report {}",
                one.referee,
                told(one.theirs),
                one.change,
                told(Some(one.ours))
            )),
            (true, true) => wrong.push(format!(
                "{} and the report agree of `{}`: take it off the list",
                one.referee, one.change
            )),
            _ => {}
        }
    }
    wrong.extend(open.iter().map(|(referee, change)| {
        format!("{referee} was never asked of `{change}`: take it off the list")
    }));
    for (referee, (same, other)) in figures {
        println!("{referee}: agrees of {same} changes, disagrees of {other} with a reason");
    }
    if wrong.is_empty() {
        return Ok(());
    }
    for line in &wrong {
        println!("{line}");
    }
    Err(Fault::new(format!(
        "{} verdicts are not as {} has it; correct the rule, or list them there with the reason",
        wrong.len(),
        path.display()
    )))
}

fn told(breaks: Option<bool>) -> &'static str {
    match breaks {
        Some(true) => "that it breaks",
        Some(false) => "that it does not break",
        None => "nothing",
    }
}

fn breaks(report: &Report, of: impl Fn(&Verdicts) -> Verdict) -> bool {
    let verdicts = report.changes.iter().map(|change| of(&change.verdicts));
    verdicts.max() == Some(Verdict::Breaking)
}

/// api-smart-diff and openapi-diff on every pair.
fn wire() -> Result<Vec<Judgement>> {
    let tool = install_npm(
        "changes",
        "tests/referees/changes",
        "node_modules/openapi-diff/package.json",
    )?;
    let folder = tool.ancestors().nth(3).unwrap_or(&tool);
    let mut pairs = Vec::new();
    let mut ours = BTreeMap::new();
    for path in sources::entries(Path::new(PAIRS))? {
        let pair = parse_value(&text(&path), &sources::text(&path)?)?;
        let name = path
            .file_stem()
            .map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        let part = |key: &str| pair.get(key).cloned().unwrap_or_default();
        let (old, new) = (part("old"), part("new"));
        let report = compare(&old, &new);
        ours.insert(name.clone(), breaks(&report, |verdicts| verdicts.wire));
        pairs.push(json!({"name": name, "old": old, "new": new}));
    }
    let file = absolute(Path::new(HERE).join("pairs.json"))?;
    write(&file, &Value::Array(pairs).to_string())?;
    let output = timed("api-smart-diff and openapi-diff judge the pairs", || {
        program("node", ["tests/referees/changes/wire.js"])
            .arg(folder)
            .arg(&file)
            .output()
            .map_err(|error| {
                Fault::new(format!(
                    "node cannot be started: {error}; install Node 20 or newer"
                ))
            })
    })?;
    if !output.status.success() {
        return Err(Fault::new(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    }
    let mut all = Vec::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let said: Value =
            serde_json::from_str(line).map_err(|error| Fault::new(format!("wire.js: {error}")))?;
        let change = said
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let ours = ours.remove(&change).unwrap_or_default();
        for referee in ["api-smart-diff", "openapi-diff"] {
            all.push(Judgement {
                referee,
                change: change.clone(),
                theirs: said.get(referee).and_then(Value::as_bool),
                ours,
            });
        }
    }
    match ours.keys().next() {
        None => Ok(all),
        Some(left) => Err(Fault::new(format!("nobody judged {left}"))),
    }
}

/// The invented provider as it is generated from one document.
struct Generated {
    /// The document with the overlay applied.
    document: Value,
    /// Where its files lie.
    out: PathBuf,
    /// What rustdoc says of its crate.
    rustdoc: PathBuf,
}

/// cargo-semver-checks, griffe and the C library's own rule on each change of the invented provider.
fn faces() -> Result<Vec<Judgement>> {
    let semver = install_cargo(SEMVER.0, SEMVER.1)?;
    let python = install_python("griffe", "requirements-changes.txt", "python")?;
    let path = Path::new(PINNED).join("changes/acme.toml");
    let list: Changes = toml::from_str(&sources::text(&path)?)
        .map_err(|error| Fault::new(format!("{}: {error}", path.display())))?;
    let file = Path::new(ACME).join("openapi.yaml");
    let document = parse_value(&text(&file), &sources::text(&file)?)?;
    let before = timed("generate the invented provider", || {
        generated("before", &document)
    })?;
    let described = sources::text(&before.out.join("bindings/c/abi.txt"))?;
    let mut all = Vec::new();
    for change in list.change {
        let mut edited = document.clone();
        for edit in &change.edits {
            edit.apply(&mut edited).ok_or_else(|| {
                Fault::new(format!("{}: `{}` leads nowhere", path.display(), edit.at))
            })?;
        }
        let after = timed(&change.name, || generated("after", &edited))?;
        let report = compare(&before.document, &after.document);
        if report.is_empty() {
            return Err(Fault::new(format!(
                "the report sees nothing of `{}`",
                change.name
            )));
        }
        let header = CHeader::below(&text(&after.out.join("bindings/c/include")))?;
        let mut judged = |referee: &'static str, theirs: bool, of: fn(&Verdicts) -> Verdict| {
            all.push(Judgement {
                referee,
                change: change.name.clone(),
                theirs: Some(theirs),
                ours: breaks(&report, of),
            });
        };
        judged(
            "abi.txt",
            abi::describe(Some(&described), &header, env!("CARGO_PKG_VERSION")).is_err(),
            |verdicts| verdicts.c,
        );
        judged("griffe", stubs(&python, &before, &after)?, |verdicts| {
            verdicts.python
        });
        judged(
            "cargo-semver-checks",
            crates(&semver, &before, &after)?,
            |verdicts| verdicts.rust,
        );
    }
    Ok(all)
}

impl Edit {
    fn apply(&self, document: &mut Value) -> Option<()> {
        let (holder, key) = self.at.rsplit_once('/')?;
        let holder = document.pointer_mut(holder)?;
        let key = unescape(key);
        let value = match &self.put {
            Some(text) => Some(serde_json::from_str(text).ok()?),
            None => None,
        };
        match (holder, value) {
            (Value::Object(map), Some(value)) => {
                map.insert(key, value);
            }
            (Value::Object(map), None) => {
                map.shift_remove(&key)?;
            }
            (Value::Array(list), Some(value)) if key == "-" => list.push(value),
            (Value::Array(list), Some(value)) => *list.get_mut(key.parse::<usize>().ok()?)? = value,
            (Value::Array(list), None) => {
                let place = key.parse().ok().filter(|place| *place < list.len())?;
                list.remove(place);
            }
            _ => return None,
        }
        Some(())
    }
}

/// Generates the invented provider anew, and lets rustdoc read its crate.
fn generated(name: &str, document: &Value) -> Result<Generated> {
    let folder = Path::new(WORK).join(name);
    copy::remove(&folder)?;
    let (spec, out) = (folder.join("spec"), folder.join("out"));
    let acme = spec.join("acme");
    fs::create_dir_all(&acme).map_err(|error| Fault::path(&acme, "made", &error))?;
    let file = acme.join("openapi.yaml");
    let overlay = Path::new(ACME).join("overlay.yaml");
    let corrections = sources::text(&overlay)?;
    write(&file, &document.to_string())?;
    write(&acme.join("overlay.yaml"), &corrections)?;
    write(
        &spec.join("sources.toml"),
        "[acme]\ndocument = \"acme/openapi.yaml\"\n",
    )?;
    let ourselves = std::env::current_exe()
        .map_err(|error| Fault::new(format!("this program cannot be found: {error}")))?;
    silent(
        "generate the invented provider",
        program(ourselves, ["regenerate", "--spec"])
            .arg(&spec)
            .arg("--out")
            .arg(&out),
    )?;
    let mut parsed = parse_document(&text(&file), &document.to_string())?;
    apply_overlay(&mut parsed, &text(&overlay), &corrections)?;
    Ok(Generated {
        document: parsed.root,
        rustdoc: rustdoc(name, &out)?,
        out,
    })
}

/// The crate with what is by hand of it, as rustdoc's JSON.
fn rustdoc(name: &str, out: &Path) -> Result<PathBuf> {
    let folder = Path::new(WORK).join("crate");
    let from = out.join("crates/acme/src/generated");
    let to = folder.join("src/generated");
    copy::remove(&to)?;
    copy::folder(&from, &to)?;
    write(&folder.join("Cargo.toml"), &manifest()?)?;
    write(
        &folder.join("Cargo.lock"),
        &sources::text(Path::new("Cargo.lock"))?,
    )?;
    write(
        &folder.join("src/lib.rs"),
        &sources::text(&Path::new(ACME).join("lib.rs"))?,
    )?;
    silent(
        "let rustdoc read the crate",
        cargo([
            "rustdoc",
            "--quiet",
            "--offline",
            "--lib",
            "--target-dir",
            "../target",
        ])
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        // Its JSON is not settled, which the tool that reads it knows.
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(&folder),
    )?;
    let made = Path::new(WORK).join("target/doc/acme.json");
    let kept = Path::new(WORK).join(format!("{name}.json"));
    fs::copy(&made, &kept).map_err(|error| Fault::path(&made, "read", &error))?;
    Ok(kept)
}

/// A manifest of the provider's crate alone, with this workspace's dependencies.
fn manifest() -> Result<String> {
    let file = Path::new("Cargo.toml");
    let root = absolute(".")?;
    let whole = sources::text(file)?;
    let (_, behind) = whole
        .split_once("[workspace.dependencies]\n")
        .unwrap_or_default();
    let (all, _) = behind.split_once("\n[").unwrap_or_default();
    let all = all.replace("path = \"", &format!("path = \"{}/", root.display()));
    let mut manifest = String::from(
        "[package]\nname = \"acme\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n",
    );
    for name in [
        "progenitor-client",
        "reqwest",
        "serde",
        "serde_json",
        "snapline-runtime",
    ] {
        manifest.push_str(&format!("{name}.workspace = true\n"));
    }
    manifest.push_str(&format!(
        "\n[workspace]\n\n[workspace.dependencies]\n{all}\n"
    ));
    Ok(manifest)
}

/// Whether griffe finds a break between the stubs of two folders.
fn stubs(python: &Path, before: &Generated, after: &Generated) -> Result<bool> {
    let mut folders = Vec::new();
    for one in [before, after] {
        let folder = one.out.join("griffe");
        let package = folder.join("acme");
        fs::create_dir_all(&package).map_err(|error| Fault::path(&package, "made", &error))?;
        let made = one.out.join("bindings/python/python/snapline");
        for (from, to) in [
            ("_native/acme.pyi", "__init__.pyi"),
            ("acme/enums.py", "enums.py"),
        ] {
            let from = made.join(from);
            fs::copy(&from, package.join(to))
                .map_err(|error| Fault::path(&from, "read", &error))?;
        }
        folders.push(folder);
    }
    let output = program(python, ["tests/referees/changes/stubs.py"])
        .args(&folders)
        .output()
        .map_err(|error| Fault::new(format!("griffe cannot be started: {error}")))?;
    if output.status.success() {
        Ok(!output.stdout.is_empty())
    } else {
        Err(Fault::new(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ))
    }
}

/// Whether cargo-semver-checks finds a break between two crates.
fn crates(semver: &Path, before: &Generated, after: &Generated) -> Result<bool> {
    let output = program(
        semver,
        [
            "semver-checks",
            "--color",
            "never",
            "--release-type",
            "minor",
        ],
    )
    .arg("--baseline-rustdoc")
    .arg(&before.rustdoc)
    .arg("--current-rustdoc")
    .arg(&after.rustdoc)
    .output()
    .map_err(|error| Fault::new(format!("cargo-semver-checks cannot be started: {error}")))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    match (
        output.status.success(),
        errors.contains("semver requires new major version"),
    ) {
        (true, _) => Ok(false),
        (false, true) => Ok(true),
        _ => Err(Fault::new(format!("cargo-semver-checks: {said}{errors}"))),
    }
}
