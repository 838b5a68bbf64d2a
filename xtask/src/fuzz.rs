//! `cargo xtask fuzz`: the targets of tests/fuzz, each for a while, from seeds made of the cases.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use serde_json::Value;

use crate::c_library::files;
use crate::fault::{Fault, Result};
use crate::mock::CASES;
use crate::run::{cargo, program, quiet, silent, step, text, timed};
use crate::sources;

/// What `fuzz` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How long each target runs.
    #[arg(long, default_value_t = 600)]
    seconds: u32,
    /// One target alone.
    #[arg(long)]
    target: Option<Target>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Target {
    /// Answers: every model, errors, pages.
    Decode,
    /// Headers that steer a call.
    Headers,
    /// The functions of the C library.
    C,
    /// Documents of providers.
    Documents,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Headers => "headers",
            Self::C => "c",
            Self::Documents => "documents",
        }
    }
}

const FOLDER: &str = "tests/fuzz";
/// Where everything lands: what is built, what was found to be new, what broke.
const HERE: &str = "target/fuzz";
/// The version of cargo-fuzz.
const VERSION: &str = "0.13.2";
/// The largest input; a seed may not be longer.
const MOST_BYTES: usize = 16 * 1024;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    install()?;
    for target in Target::value_variants() {
        if arguments.target.is_some_and(|only| only != *target) {
            continue;
        }
        let (corpus, found) = (folder("corpus", *target)?, folder("found", *target)?);
        timed(&format!("make seeds for {}", target.name()), || {
            let seeds = match target {
                // The last byte says which part of the models is tried, or that it is an error.
                Target::Decode => bodies()?
                    .iter()
                    .flat_map(|body| (0..9).map(|part| [body, &[part][..]].concat()))
                    .collect(),
                Target::Headers => headers(),
                Target::C => programs()?,
                Target::Documents => documents()?,
            };
            for (number, seed) in seeds.iter().filter(|s| s.len() <= MOST_BYTES).enumerate() {
                let path = corpus.join(format!("seed-{number:04}"));
                fs::write(&path, seed).map_err(|error| Fault::path(&path, "written", &error))?;
            }
            Ok(())
        })?;
        step(
            &format!("fuzz {} for {} s", target.name(), arguments.seconds),
            fuzz(&["run", target.name()]).arg(&corpus).args([
                "--",
                "-print_final_stats=1",
                // One call that takes this long is a finding, too.
                "-timeout=20",
                &format!("-max_len={MOST_BYTES}"),
                &format!("-max_total_time={}", arguments.seconds),
                &format!("-artifact_prefix={}/", text(&found)),
            ]),
        )
        .map_err(|fault| {
            Fault::new(format!(
                "{fault}; the input lies in {}; make a case or test of it",
                found.display()
            ))
        })?;
    }
    Ok(())
}

/// cargo-fuzz needs a compiler with sanitizers: a nightly one, or the pinned one that is told so.
fn fuzz(words: &[&str]) -> Command {
    let tool = absolute("target/tools/bin/cargo-fuzz");
    let mut command = program(tool, ["fuzz"]);
    if silent(
        "look for a nightly compiler",
        &mut program("rustc", ["+nightly", "--version"]),
    )
    .is_ok()
    {
        command.env("RUSTUP_TOOLCHAIN", "nightly");
    } else {
        command.env("RUSTC_BOOTSTRAP", "1");
    }
    command
        .args(words)
        .args(["--fuzz-dir", FOLDER])
        .args(["--target-dir", &text(&absolute(HERE))])
        // It is found by its folder, not by the one that runs this command.
        .env_remove("CARGO");
    command
}

fn install() -> Result<()> {
    let installed = program("target/tools/bin/cargo-fuzz", ["--version"])
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(VERSION));
    if installed {
        return Ok(());
    }
    quiet(
        "install the pinned cargo-fuzz",
        cargo(["install", "cargo-fuzz", "--locked", "--version", VERSION])
            .args(["--root", "target/tools"]),
    )
}

fn folder(what: &str, target: Target) -> Result<PathBuf> {
    let path = absolute(&format!("{HERE}/{what}/{}", target.name()));
    fs::create_dir_all(&path).map_err(|error| Fault::path(&path, "made", &error))?;
    Ok(path)
}

fn absolute(path: &str) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path))
}

/// Every case.
fn cases() -> Result<Vec<Value>> {
    let mut all = Vec::new();
    for path in files(CASES, "json")? {
        let cases: Vec<Value> = serde_json::from_str(&sources::text(&path)?)
            .map_err(|error| Fault::new(format!("{}: {error}", path.display())))?;
        all.extend(cases);
    }
    Ok(all)
}

/// Every body that a case is answered with.
fn bodies() -> Result<Vec<Vec<u8>>> {
    let mut bodies = BTreeSet::new();
    for case in cases()? {
        for exchange in case
            .get("exchanges")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            if let Some(body) = exchange.pointer("/response/body") {
                bodies.insert(body.to_string().into_bytes());
            } else if let Some(page) = exchange.pointer("/response/text").and_then(Value::as_str) {
                bodies.insert(page.as_bytes().to_vec());
            }
        }
    }
    Ok(bodies.into_iter().collect())
}

/// The documents of the generator's tests, and changes of the good ones.
fn documents() -> Result<Vec<Vec<u8>>> {
    let mut seeds = Vec::new();
    for folder in ["bad", "passes"] {
        for path in files(&format!("codegen/tests/{folder}"), "yaml")? {
            seeds.push([&[0], sources::text(&path)?.as_bytes()].concat());
        }
    }
    // A change has four choices of two bytes each.
    for which in 128..131_u8 {
        seeds.extend((0..12_u8).map(|kind| {
            [
                &[which],
                [kind * 20, kind * 7, 0, 9, 0, 1, 0, kind].as_slice(),
            ]
            .concat()
        }));
    }
    Ok(seeds)
}

/// Headers as the target reads them: a line each.
fn headers() -> Vec<Vec<u8>> {
    [
        "120\n\n5000\n4999\n1790000000",
        "Wed, 21 Oct 2026 07:28:00 GMT\nWed, 21 Oct 2026 07:27:58 GMT\n1\n0\n18446744073709551615",
        "Wednesday, 21-Oct-26 07:28:00 GMT\n",
        "Wed Oct 21 07:28:00 2026\n",
        "-1\nsoon\n+1\n-0\n1e3",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .to_vec()
}

/// Programs of C calls: each reads an object of the cases into the model that it looks most like, calls
/// every getter, and writes it again.
fn programs() -> Result<Vec<Vec<u8>>> {
    let abi = sources::text(Path::new("bindings/c/abi.txt"))?;
    let functions: Vec<&str> = abi
        .lines()
        .filter_map(|line| line.strip_prefix("function ")?.split(' ').nth(1))
        .collect();
    let models: BTreeMap<&str, Vec<&str>> = functions
        .iter()
        .filter_map(|name| name.strip_suffix("_from_json"))
        .map(|model| {
            let of_model = |name: &&&str| {
                name.strip_prefix(model)
                    .is_some_and(|rest| rest.starts_with('_'))
            };
            (model, functions.iter().filter(of_model).copied().collect())
        })
        .collect();
    let mut objects = BTreeSet::new();
    for body in bodies()? {
        if let Ok(body) = serde_json::from_slice(&body) {
            inside(&body, &mut objects);
        }
    }
    let mut seeds = Vec::new();
    for object in objects {
        let value: Value = serde_json::from_str(&object).unwrap_or_default();
        let keys: Vec<String> = value
            .as_object()
            .into_iter()
            .flat_map(serde_json::Map::keys)
            .map(|key| snake(key))
            .collect();
        let known = |model: &str| {
            let getter = |key: &&String| functions.contains(&format!("{model}_{key}").as_str());
            keys.iter().filter(getter).count()
        };
        let Some((model, all)) = models.iter().max_by_key(|(model, _)| known(model)) else {
            continue;
        };
        if known(model) == 0 {
            continue;
        }
        let mut seed = call(&format!("{model}_from_json"));
        let Ok(length) = u16::try_from(object.len()) else {
            continue;
        };
        seed.extend(length.to_le_bytes());
        seed.extend(object.as_bytes());
        // What takes more than a handle and an index would need more bytes.
        let skipped = ["_free", "_from_json", "_set_", "_new", "_add", "_args"];
        let readers = all
            .iter()
            .filter(|name| !skipped.iter().any(|word| name.contains(word)));
        for name in readers.take(60) {
            seed.extend(call(name));
            // The first handle, and the first item.
            seed.push(0);
            if name.ends_with("_at") {
                seed.push(0);
            }
        }
        seeds.push(seed);
    }
    Ok(seeds)
}

/// Every object in a value, as text.
fn inside(value: &Value, objects: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            objects.insert(value.to_string());
            fields.values().for_each(|field| inside(field, objects));
        }
        Value::Array(items) => items.iter().for_each(|item| inside(item, objects)),
        _ => {}
    }
}

/// `sizeGigabytes` as C writes it.
fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut small = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && small {
            out.push('_');
        }
        small = letter.is_ascii_lowercase();
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// How a program says which function is called: FNV-1a of its name, as the target reads it.
fn call(name: &str) -> Vec<u8> {
    let whole = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let [a, b, c, d] = whole.to_le_bytes();
    vec![a ^ c, b ^ d]
}
