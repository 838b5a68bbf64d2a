//! `cargo xtask test [rust|python|c]`.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::c_library::{self, CLibrary};
use crate::fault::Result;
use crate::mock::MockServer;
use crate::python_env::PythonEnv;
use crate::run::{cargo, program, step};

/// What `test` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One language alone; all when none is named.
    language: Option<Language>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// The generator, the runtime, the mock and the Rust crates.
    Rust,
    /// The wheel, installed in an environment of its own.
    Python,
    /// The C library, the header and the examples.
    C,
}

/// Where the cases lie that every language runs.
const CASES: &str = "tests/conformance/cases";

/// No account is needed: the mock takes any token.
const TOKEN: &str = "dop_v1_test";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let wanted = |language| arguments.language.is_none_or(|only| only == language);
    if wanted(Language::Rust) {
        rust()?;
    }
    if wanted(Language::Python) {
        python()?;
    }
    if wanted(Language::C) {
        c()?;
    }
    Ok(())
}

fn rust() -> Result<()> {
    step(
        "test the Rust crates",
        &mut cargo(["test", "--workspace", "--quiet"]),
    )
}

fn python() -> Result<()> {
    let env = PythonEnv::prepare()?;
    env.install_wheel()?;
    MockServer::build()?;
    let mock = MockServer::start(&["--cases", CASES, "--snapshots", "1000"])?;
    step(
        "test the Python wheel",
        program(
            env.python(),
            [
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "bindings/python/tests",
                "tests/conformance/python",
            ],
        )
        .env("SNAPLINE_MOCK_URL", mock.url())
        .env("DIGITALOCEAN_TOKEN", TOKEN),
    )
}

fn c() -> Result<()> {
    let library = CLibrary::build()?;
    MockServer::build()?;
    let mock = MockServer::start(&["--cases", CASES, "--snapshots", "1000"])?;
    let mut conformance = c_library::sources("tests/conformance/c")?;
    conformance.extend(c_library::sources("tests/conformance/c/generated")?);
    let runner = library.compile("conformance", &conformance, &["-Itests/conformance/c"])?;
    step(
        "run the conformance cases in C",
        program(runner, [mock.url()]).env("SNAPLINE_MOCK_URL", mock.url()),
    )?;
    for source in c_library::sources("bindings/c/tests")? {
        run_program(&library, &mock, "test", source)?;
    }
    for source in c_library::sources("bindings/c/examples")? {
        run_program(&library, &mock, "example", source)?;
    }
    Ok(())
}

fn run_program(library: &CLibrary, mock: &MockServer, kind: &str, source: PathBuf) -> Result<()> {
    let name = source
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    let compiled = library.compile(&name, &[source], &[])?;
    step(
        &format!("run the C {kind} {name}"),
        program(compiled, std::iter::empty::<&str>())
            .env("SNAPLINE_MOCK_URL", mock.url())
            .env("SNAPLINE_DIGITALOCEAN_URL", mock.url())
            .env("DIGITALOCEAN_TOKEN", TOKEN),
    )
}
