//! `cargo xtask test whole-api`: the whole of a real API is generated with an overlay that says who the provider is
//! and no more. What is refused is told by name, time and memory are measured, and what was made is checked.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use snapline_codegen::{Document, Source};

use crate::artefact::size_of;
use crate::bench::generator::{Refusal, measured, timed};
use crate::copy::copy_anew;
use crate::fault::{Fault, Result};
use crate::newcomer::{UPSTREAM, cargo_in, ours, upstream};
use crate::replace::replace;
use crate::run::{cargo, program, quiet, text, timed as step};
use crate::sources::{self, LIST};
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

/// How many headers of resources are compiled: the largest.
const HEADERS: usize = 5;

pub(crate) fn run(from: Option<&str>, started_in: &Path) -> Result<()> {
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
    quiet(
        "build the generator as users would",
        &mut cargo(["build", "--quiet", "-p", "xtask", "--profile", "user"]),
    )?;
    let alone = Path::new(ALONE).join("spec");
    let refused = step("look what of it is refused", || refused(&alone, &source))?;
    let all = count(&document);
    tell(&refused);
    println!(
        "{} of {all} operations are served, {} are refused",
        all - refused.len(),
        refused.len()
    );
    let mut faults = Vec::new();
    if refused.len() > MOST_REFUSED {
        let many = refused.len();
        faults.push(format!(
            "{many} operations are refused, more than {MOST_REFUSED}"
        ));
    }
    faults.extend(measure(&alone)?);
    faults.extend(check(&source, &refused)?);
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Fault::new(faults.join("; "))),
    }
}

/// What is refused until the rest is taken; then the documents are as that is generated.
fn refused(spec: &Path, source: &Source) -> Result<Vec<Refusal>> {
    let mut refused: Vec<Refusal> = Vec::new();
    loop {
        lay(spec, source, &refused)?;
        let out = text(&Path::new(ALONE).join("none"));
        let took = timed(
            &built()?,
            &["--check", "--out", &out, "--spec", &text(spec)],
        )?;
        let more = took.refused();
        if more.is_empty() {
            // Nothing is written there, so that all files are missing.
            return match took
                .said
                .contains("generated files are not as the documents say")
            {
                true => Ok(refused),
                false => Err(Fault::new(
                    took.said.trim_start_matches("error: ").trim_end(),
                )),
            };
        }
        refused.extend(more);
    }
}

/// The generator, built as users would.
fn built() -> Result<PathBuf> {
    std::path::absolute("target/user/xtask")
        .map_err(|error| Fault::new(format!("the current folder cannot be read: {error}")))
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

/// Writes the documents as spec/ has them.
fn lay(spec: &Path, source: &Source, refused: &[Refusal]) -> Result<()> {
    let ids: Vec<String> = refused
        .iter()
        .map(|one| format!("{:?}", one.operation))
        .collect();
    let list = format!(
        "[{NAME}]\noperations = [{{ path = \"/**\", except = [{}] }}]\n",
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
    if out.is_dir() {
        fs::remove_dir_all(&out).map_err(|error| Fault::path(&out, "removed", &error))?;
    }
    let took = timed(&built()?, &["--spec", &text(spec), "--out", &text(&out)])?;
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

/// Checks what is made of it, in a copy of the tree where it is a provider among others; what does not compile comes
/// back.
fn check(source: &Source, refused: &[Refusal]) -> Result<Vec<String>> {
    step("copy the tree to target/whole-api", || {
        copy_anew(Path::new(TREE))
    })?;
    let spec = Path::new(TREE).join("spec");
    let list = sources::text(&spec.join(LIST))?;
    let entry = Path::new(ALONE)
        .join("spec")
        .join(NAME)
        .join("upstream.json");
    // One operation is enough to begin it; its documents are laid over by the whole.
    let first = first(source, refused).unwrap_or_default();
    quiet(
        "begin the provider",
        ours()?
            .args(["new-provider", NAME, "--out", TREE, "--select", &first])
            .args(["--from", &text(&entry)]),
    )?;
    lay(&spec, source, refused)?;
    let own = sources::text(&spec.join(LIST))?;
    replace(
        &[(
            spec.join(LIST),
            format!("{}\n\n{own}", list.trim_end()).as_str(),
        )],
        &[],
    )?;
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
    headers(&mut faults)?;
    Ok(faults)
}

/// Compiles the largest headers of resources alone, and the one of all.
fn headers(faults: &mut Vec<String>) -> Result<()> {
    let here =
        std::path::absolute(TREE).map_err(|error| Fault::path(Path::new(TREE), "found", &error))?;
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
        let largest = resources.into_iter().rev().take(HEADERS);
        let alone = largest.map(|(_, path)| (path, MOST_OF_A_HEADER));
        let all = below.join(NAME).with_extension(ending);
        for (path, most) in alone.chain([(all, (f64::INFINITY, f64::INFINITY))]) {
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

/// Runs a command, tells what it took, and what of that is too much or failed.
fn bounded(
    title: &str,
    command: &Command,
    (seconds, megabytes): (f64, f64),
) -> Result<Option<String>> {
    let took = measured(command)?;
    println!(
        "    {title}: {:.1} s, {:.0} MB",
        took.seconds, took.megabytes
    );
    if let Some(error) = took.error {
        eprintln!("{}", took.said);
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
