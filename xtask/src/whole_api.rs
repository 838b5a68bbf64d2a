//! `cargo xtask test whole-api`: the whole of a real API is generated with an overlay that says who the provider is
//! and no more. What is refused is told by name, time and memory are measured, and what was made is checked: all of it,
//! or with `--sample` what a run of everything has time for.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use snapline_codegen::{Document, Source};

use crate::artefact::size_of;
use crate::as_built::{self, Places};
use crate::bench::generator::{Refusal, Took, measured, without_refused};
use crate::copy::{self, copy_anew};
use crate::fault::{Fault, Result};
use crate::newcomer::{UPSTREAM, begin as begin_in, cargo_in, upstream};
use crate::python_env::PythonEnv;
use crate::replace::replace;
use crate::run::{cargo, program, quiet, text, timed as step};
use crate::sources::{self, LIST, absolute};
use crate::taking_in::{pretty, whole};

/// The folder of the document alone, and a copy of the tree that has the provider in it.
const ALONE: &str = "target/whole-api/alone";
const TREE: &str = "target/whole-api/tree";
const BUILT: &str = "target/whole-api/target";

/// What the provider is called.
const NAME: &str = "whole";

/// Who it is: all that the overlay says.
const OVERLAY: &str = "overlay: 1.0.0
info: {title: Who the provider is, version: 1.0.0}
actions:
  - target: $.info
    description: Names and environment variables.
    update:
      x-snapline-provider:
        name: whole
        prefix: who
        client: Whole
        url_variable: WHOLE_URL
        token_variables: [WHOLE_TOKEN]
        errors: {code: [id], message: [message], request_id: [request_id]}
";

/// How many operations may be refused, and what `regenerate` may take.
const MOST_REFUSED: usize = 10;
const MOST_SECONDS: f64 = 10.0;
const MOST_MEGABYTES: f64 = 1_000.0;

/// What checking what was made of it may take, and a program that uses one resource.
const MOST_TO_CHECK: f64 = 6_000.0;
const MOST_OF_A_HEADER: (f64, f64) = (5.0, 1_000.0);

/// What `regenerate --check` says then.
const ALL_MISSING: &str = "generated files are not as the documents say";

/// How often what takes longer is run at most.
const RUNS: usize = 5;

/// How many headers of resources are compiled: the largest.
const HEADERS: usize = 5;

pub(crate) fn run(from: Option<&str>, started_in: &Path, sample: bool) -> Result<()> {
    let beside = upstream()?;
    let document = match (from, &beside) {
        (Some(from), _) => whole(from, None, started_in)?.1,
        (None, Some(entry)) => {
            let here = std::env::current_dir().unwrap_or_default();
            whole(&text(entry), None, &here)?.1
        }
        (None, None) => {
            return Err(Fault::new(format!(
                "no tree of a whole document lies below {UPSTREAM}: lay one there, or name its entry by `--from PATH`"
            )));
        }
    };
    let source = Source {
        document: pretty(&document)?,
        document_file: format!("spec/{NAME}/upstream.json"),
        overlay: OVERLAY.to_owned(),
        overlay_file: format!("spec/{NAME}/overlay.yaml"),
        ..Source::default()
    };
    let alone = Path::new(ALONE).join("spec");
    if sample {
        let refused = sampled(&source)?;
        return served(&document, &refused);
    }
    quiet(
        "build the generator as users would",
        &mut cargo(["build", "--quiet", "-p", "xtask", "--profile", "user"]),
    )?;
    let none = text(&Path::new(ALONE).join("none"));
    let refused = step("look what of it is refused", || {
        refused(&built()?, &alone, "", &source, &["--check", "--out", &none])
    })?;
    let mut faults = Vec::new();
    faults.extend(
        served(&document, &refused)
            .err()
            .map(|fault| fault.to_string()),
    );
    faults.extend(measure(&alone)?);
    faults.extend(check(&source, &refused)?);
    told(faults)
}

/// Tells how many operations are served, and refuses that too many are not.
fn served(document: &Value, refused: &[Refusal]) -> Result<()> {
    let all = count(document);
    tell(refused);
    println!(
        "{} of {all} operations are served, {} are refused",
        all - refused.len(),
        refused.len()
    );
    if refused.len() > MOST_REFUSED {
        return Err(Fault::new(format!(
            "{} operations are refused, more than {MOST_REFUSED}",
            refused.len()
        )));
    }
    Ok(())
}

/// What is refused until the rest is taken; then the documents are as that is generated.
fn refused(
    xtask: &Path,
    spec: &Path,
    others: &str,
    source: &Source,
    arguments: &[&str],
) -> Result<Vec<Refusal>> {
    let below = text(spec);
    let (took, refused) = without_refused(xtask, |refused| {
        lay(spec, others, source, refused)?;
        let all = [arguments, &["--spec", &below]].concat();
        Ok(all.into_iter().map(str::to_owned).collect())
    })?;
    // Where nothing is to be written all files are missing.
    let made = took.error.is_none() || took.said.contains(ALL_MISSING);
    made.then_some(refused)
        .ok_or_else(|| Fault::new(took.said.trim_start_matches("error: ").trim_end()))
}

/// Generates it by the generator as it is, in a copy of the tree, and compiles a sample of what was made.
fn sampled(source: &Source) -> Result<Vec<Refusal>> {
    let others = begin(source, &[])?;
    let spec = Path::new(TREE).join("spec");
    let own = std::env::current_exe()
        .map_err(|error| Fault::new(format!("the path of xtask is not known: {error}")))?;
    let refused = step("generate all that is not refused", || {
        refused(&own, &spec, &others, source, &["--out", TREE])
    })?;
    let manifest = Path::new(TREE).join("crates").join(NAME).join("Cargo.toml");
    let feature = first_feature(&manifest)?;
    let package = format!("snapline-{NAME}");
    let feature = format!("{package}/{feature}");
    let places = Places {
        root: &absolute(".")?,
        built: own.parent().unwrap_or(Path::new("target/debug")),
        workspace: Path::new(TREE),
        target: &absolute(BUILT)?,
    };
    let lib = ["build", "--lib", "--no-default-features", "--features"];
    let mut build = as_built::cargo(
        &places,
        &[&package],
        &[lib.as_slice(), &[&feature]].concat(),
    )
    .map_err(|error| Fault::new(format!("the client crate cannot be built: {error}")))?;
    quiet(
        &format!("build the client crate with `{feature}` alone"),
        &mut build,
    )?;
    let mut faults = Vec::new();
    // Others run beside it, so that what it takes to compile them is told and not judged.
    let (_, megabytes) = MOST_OF_A_HEADER;
    headers(&mut faults, 1, (f64::INFINITY, megabytes), None)?;
    quiet(
        "compile the package of Python",
        &mut program(
            "python3",
            [
                "-m",
                "compileall",
                "-q",
                &format!("{TREE}/bindings/python/python"),
            ],
        ),
    )?;
    told(faults).map(|()| refused)
}

/// The first resource of a crate that has a feature for each.
fn first_feature(manifest: &Path) -> Result<String> {
    let table: toml::Table = toml::from_str(&sources::text(manifest)?)
        .map_err(|error| Fault::new(format!("{}: {error}", manifest.display())))?;
    let all = table
        .get("features")
        .and_then(|features| features.get("all"));
    let first = all.and_then(|all| all.get(0)?.as_str());
    first
        .map(str::to_owned)
        .ok_or_else(|| Fault::new(format!("{} has no features", manifest.display())))
}

/// All faults as one.
fn told(faults: Vec<String>) -> Result<()> {
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Fault::new(faults.join("; "))),
    }
}

/// The generator, built as users would.
fn built() -> Result<PathBuf> {
    absolute("target/user/xtask")
}

/// An operation that is not refused.
fn first(source: &Source, refused: &[Refusal]) -> Option<String> {
    let document: Value = serde_json::from_str(&source.document).ok()?;
    let document = Document::new("", document);
    let all = document.operations().into_iter();
    let mut ids =
        all.filter_map(|(.., operation)| operation.get("operationId")?.as_str().map(str::to_owned));
    ids.find(|id| refused.iter().all(|one| one.operation != *id))
}

fn count(document: &Value) -> usize {
    Document::new("", document.clone()).operations().len()
}

/// Prints what is refused by kind, the most common first.
fn tell(refused: &[Refusal]) {
    let mut kinds: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for one in refused {
        // What stands in quotes is another name each time.
        let parts = one.what.split('`').step_by(2);
        let kind = parts.collect::<Vec<_>>().join("`…`");
        kinds.entry(kind).or_default().push(&one.operation);
    }
    let mut kinds: Vec<(String, Vec<&str>)> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, ids)| std::cmp::Reverse(ids.len()));
    for (kind, ids) in kinds {
        println!("    {:4} {kind}: {}", ids.len(), ids.join(", "));
    }
}

/// Writes the documents as spec/ has them, behind those of others in its list.
fn lay(spec: &Path, others: &str, source: &Source, refused: &[Refusal]) -> Result<()> {
    let ids: Vec<String> = refused
        .iter()
        .map(|one| format!("{:?}", one.operation))
        .collect();
    let list = format!(
        "{others}[{NAME}]\noperations = [{{ path = \"/**\", except = [{}] }}]\n",
        ids.join(", ")
    );
    let folder = spec.join(NAME);
    fs::create_dir_all(&folder).map_err(|error| Fault::path(&folder, "made", &error))?;
    let files = [
        (folder.join("upstream.json"), source.document.as_str()),
        (folder.join("overlay.yaml"), source.overlay.as_str()),
        (spec.join(LIST), &list),
    ];
    replace(&files, &[])
}

/// Generates it alone by an optimised build, and tells what that took; what is more than is allowed comes back.
fn measure(spec: &Path) -> Result<Vec<String>> {
    let out = Path::new(ALONE).join("out");
    let mut regenerate = program(built()?, ["regenerate", "--json", "--spec"]);
    regenerate.arg(spec).arg("--out").arg(&out);
    let took = best(&regenerate, MOST_SECONDS, || copy::remove(&out))?;
    if let Some(error) = took.error {
        return Err(Fault::new(format!("`regenerate` fails: {error}")));
    }
    println!(
        "    `regenerate` took {:.1} s and {:.0} MB; at most {MOST_SECONDS} s and {MOST_MEGABYTES} MB are wanted",
        took.seconds, took.megabytes
    );
    let mut faults = Vec::new();
    if took.seconds > MOST_SECONDS {
        faults.push(format!("`regenerate` took more than {MOST_SECONDS} s"));
    }
    if took.megabytes > MOST_MEGABYTES {
        faults.push(format!("`regenerate` took more than {MOST_MEGABYTES} MB"));
    }
    Ok(faults)
}

/// Begins the provider in a copy of the tree, among others; gives those of the list.
fn begin(source: &Source, refused: &[Refusal]) -> Result<String> {
    step("copy the tree to target/whole-api", || {
        copy_anew(Path::new(TREE))
    })?;
    let list = sources::text(&Path::new(TREE).join("spec").join(LIST))?;
    let alone = Path::new(ALONE).join("spec");
    lay(&alone, "", source, refused)?;
    let entry = alone.join(NAME).join("upstream.json");
    // One operation is enough to begin it; its documents are laid over by the whole.
    let first = first(source, refused).unwrap_or_default();
    step("begin the provider", || {
        begin_in(TREE, NAME, &entry, &["--select", &first])
    })?;
    Ok(format!("{}\n\n", list.trim_end()))
}

/// Checks what is made of it in a copy of the tree; what does not compile comes back.
fn check(source: &Source, refused: &[Refusal]) -> Result<Vec<String>> {
    let others = begin(source, refused)?;
    let spec = Path::new(TREE).join("spec");
    lay(&spec, &others, source, refused)?;
    quiet(
        "generate all",
        program(built()?, ["regenerate", "--out", TREE, "--spec"]).arg(&spec),
    )?;
    let mut faults = Vec::new();
    for (title, package) in [
        ("check the client crate", format!("snapline-{NAME}")),
        ("check the C library", "snapline-c".to_owned()),
        ("check the Python extension", "snapline-python".to_owned()),
    ] {
        let check = cargo_in(TREE, BUILT, &["check", "--quiet", "-p", &package])?;
        faults.extend(bounded(title, &check, (f64::INFINITY, MOST_TO_CHECK))?);
    }
    let env = PythonEnv::prepare()?;
    let mut types = env.pyright();
    types.arg(Path::new(TREE).join("bindings/python/python/snapline"));
    let bound = (f64::INFINITY, MOST_TO_CHECK);
    faults.extend(bounded("pyright on the Python package", &types, bound)?);
    let of_all = Some((f64::INFINITY, f64::INFINITY));
    headers(&mut faults, HEADERS, MOST_OF_A_HEADER, of_all)?;
    Ok(faults)
}

/// Compiles some of the largest headers of resources alone, and the one of all if that has a bound.
fn headers(
    faults: &mut Vec<String>,
    some: usize,
    of_one: (f64, f64),
    of_all: Option<(f64, f64)>,
) -> Result<()> {
    let here = absolute(TREE)?;
    let (c, cpp) = (
        here.join("bindings/c/include"),
        here.join("bindings/cpp/include"),
    );
    // Beside resources stands what they share.
    for (folder, ending, compiler, language, standard, shared) in [
        (
            &c,
            "h",
            "cc",
            "c",
            "c11",
            ["client", "enums", "types"].as_slice(),
        ),
        (
            &cpp,
            "hpp",
            "c++",
            "c++",
            "c++17",
            &["client", "enums", "models"],
        ),
    ] {
        let below = folder.join("snapline");
        let mut resources: Vec<(u64, PathBuf)> = Vec::new();
        for path in sources::entries(&below.join(NAME))? {
            let stem = path.file_stem().unwrap_or_default();
            if path.is_file() && !shared.iter().any(|name| stem == *name) {
                resources.push((size_of(&path)?, path));
            }
        }
        resources.sort();
        let largest = resources.into_iter().rev().take(some);
        let alone = largest.map(|(_, path)| (path, of_one));
        let all = below.join(NAME).with_extension(ending);
        let all = of_all.map(|most| (all, most));
        for (path, most) in alone.chain(all) {
            let name = path.strip_prefix(folder).unwrap_or(&path);
            let mut compile = program(compiler, ["-x", language, "-fsyntax-only"]);
            compile.arg(format!("-std={standard}")).arg("-I").arg(&c);
            compile.arg("-I").arg(&cpp).arg(&path);
            let title = format!("{} alone as {standard}", name.display());
            faults.extend(bounded(&title, &compile, most)?);
        }
    }
    Ok(())
}

/// Runs a command, each time after what comes before it, again while it takes longer than it may: what it needs is the
/// best of some runs, since a machine has slow minutes.
fn best(command: &Command, seconds: f64, before: impl Fn() -> Result<()>) -> Result<Took> {
    before()?;
    let mut best = measured(command)?;
    for _ in 1..RUNS {
        if best.error.is_some() || best.seconds <= seconds {
            break;
        }
        before()?;
        let took = measured(command)?;
        // Memory is no matter of minutes: the most counts.
        let megabytes = took.megabytes.max(best.megabytes);
        if took.error.is_some() || took.seconds < best.seconds {
            best = took;
        }
        best.megabytes = megabytes;
    }
    Ok(best)
}

/// Runs a command, tells what it took, and what of that is too much or failed.
fn bounded(
    title: &str,
    command: &Command,
    (seconds, megabytes): (f64, f64),
) -> Result<Option<String>> {
    let took = best(command, seconds, || Ok(()))?;
    println!(
        "    {title}: {:.1} s, {:.0} MB",
        took.seconds, took.megabytes
    );
    if let Some(error) = took.error {
        eprintln!("{}{}", took.printed, took.said);
        return Ok(Some(format!("{title} fails: {error}")));
    }
    let over = took.seconds > seconds || took.megabytes > megabytes;
    Ok(over.then(|| {
        format!(
            "{title} took {:.1} s and {:.0} MB",
            took.seconds, took.megabytes
        )
    }))
}
