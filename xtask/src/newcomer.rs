//! `cargo xtask test new-provider`: providers that are begun in a copy of the tree are generated, compile, and do
//! what their cases say.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::check;
use crate::copy::copy_anew;
use crate::fault::{Fault, Result};
use crate::python_env::PythonEnv;
use crate::run::{CLI, WRAPPER, cargo, program, quiet, silent, step, text, timed};
use crate::sources::{absolute, entries};

/// Where the copy lies, and what is built of it; both stay, so that the next time is quick.
const TREE: &str = "target/new-provider/tree";
const BUILT: &str = "target/new-provider/target";

/// The invented provider, under another name.
const INVENTED: &str = "codegen/tests/acme/openapi.yaml";

/// Where upstream's trees lie beside the checkout, each in a folder that ends in `-tree`, and a part of one.
pub(crate) const UPSTREAM: &str = "../shared/upstream";
const PART: &str = "tag=SSH Keys";

pub(crate) fn run() -> Result<()> {
    timed("copy the tree to target/new-provider", || {
        copy_anew(Path::new(TREE))
    })?;
    begin_told("newcomer", Path::new(INVENTED), &[])?;
    match upstream()? {
        Some(entry) => begin_told("newpart", &entry, &["--select", PART])?,
        None => {
            println!("no tree of a real provider lies below {UPSTREAM}: a part of one is left out")
        }
    }
    quiet(
        "generate them",
        ours()?
            .args(["regenerate", "--out", TREE])
            .args(["--spec"])
            .arg(Path::new(TREE).join("spec")),
    )?;
    quiet(
        "check the C library and the Python extension",
        &mut inside([
            "check",
            "--quiet",
            "-p",
            "snapline-c",
            "-p",
            "snapline-python",
        ])?,
    )?;
    step(
        "run the cases through the command line",
        &mut inside(["test", "--quiet", "-p", CLI, "--test", "cases"])?,
    )?;
    step(
        "run the cases in Rust",
        &mut inside([
            "test",
            "--quiet",
            "-p",
            "snapline-conformance",
            "-p",
            "snapline",
        ])?,
    )?;
    step(
        "test the mock",
        &mut inside([
            "test",
            "--quiet",
            "-p",
            "snapline-mock",
            "--lib",
            "--test",
            "binary",
        ])?,
    )?;
    tiny()
}

/// The Python of the tiny documents, each begun as `new-provider` begins any.
fn tiny() -> Result<()> {
    const TREE: &str = "target/new-provider/tiny";
    const DOCUMENTS: &str = "codegen/tests/documents";
    timed(
        "begin the tiny documents in target/new-provider/tiny",
        || {
            copy_anew(Path::new(TREE))?;
            for document in entries(Path::new(DOCUMENTS))? {
                let name = document.file_stem().unwrap_or_default().to_string_lossy();
                let name = name.replace('_', "");
                // Two letters, which a prefix has of itself, would be those of several.
                begin(TREE, &name, &document, &["--prefix", &name])?;
            }
            let spec = Path::new(TREE).join("spec");
            let mut made = ours()?;
            made.args(["regenerate", "--out", TREE, "--spec"]).arg(spec);
            silent("generate them", &mut made)
        },
    )?;
    let package = Path::new(TREE).join("bindings/python/python/snapline");
    check::types(&PythonEnv::prepare()?, &package, "the tiny documents")
}

/// This program.
pub(crate) fn ours() -> Result<Command> {
    let own = std::env::current_exe()
        .map_err(|error| Fault::new(format!("the path of xtask is not known: {error}")))?;
    Ok(program(own, [""; 0]))
}

fn begin_told(name: &str, from: &Path, more: &[&str]) -> Result<()> {
    timed(&format!("begin the provider {name}"), || {
        begin(TREE, name, from, more)
    })
}

/// Begins a provider in a copy of the tree.
pub(crate) fn begin(tree: &str, name: &str, from: &Path, more: &[&str]) -> Result<()> {
    // It is read from where the command is started.
    silent(
        &format!("begin the provider {name}"),
        ours()?
            .args(["new-provider", name, "--out", tree, "--from", &text(from)])
            .args(more),
    )
}

/// The entry of a real provider's tree.
pub(crate) fn upstream() -> Result<Option<PathBuf>> {
    if !Path::new(UPSTREAM).is_dir() {
        return Ok(None);
    }
    for folder in entries(Path::new(UPSTREAM))? {
        if !folder.to_string_lossy().ends_with("-tree") {
            continue;
        }
        let is_entry = |path: &PathBuf| {
            path.extension()
                .is_some_and(|end| end == "yaml" || end == "yml")
        };
        if let Some(entry) = entries(&folder)?.into_iter().find(is_entry) {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}

/// cargo in the copy.
fn inside<const N: usize>(arguments: [&str; N]) -> Result<Command> {
    cargo_in(TREE, BUILT, &arguments)
}

/// cargo in a copy of the tree, which builds into a folder of its own.
pub(crate) fn cargo_in(tree: &str, built: &str, arguments: &[&str]) -> Result<Command> {
    let built = absolute(built)?;
    let mut command = cargo(arguments);
    command.current_dir(tree).env("CARGO_TARGET_DIR", built);
    // Clippy, which compiles what is tested, has nothing to read there and would turn optimizations off.
    command.env_remove(WRAPPER);
    Ok(command)
}
