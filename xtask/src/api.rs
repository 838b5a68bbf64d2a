//! What programs that use the packages rely on beside the C library (`abi.rs`), and `cargo xtask api`.

use std::path::Path;

use clap::ValueEnum;
use serde::Deserialize;

use crate::abi::breaking;
use crate::artefact::VERSION;
use crate::fault::{Fault, Result};
use crate::python_env::PythonEnv;
use crate::referee_tools::write;
use crate::run::{program, timed};
use crate::sources;

/// The committed description of the Python package, and what it describes.
const PYTHON: &str = "bindings/python/api.lock";
const PACKAGE: &str = "bindings/python/python/snapline";

const BANNER: &str = "# Made by `cargo xtask api python --write`; do not edit.\n\
                      # The Python package without words and code: what programs that use it rely on.\n";

/// What `api` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    language: Language,
    /// Write the description anew, unless that breaks programs and the version does not say so.
    #[arg(long)]
    write: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    /// The stubs and sources of the package, by griffe.
    Python,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    match arguments.language {
        Language::Python => {
            let compared = compare_python(&PythonEnv::prepare()?)?;
            if arguments.write {
                return write(Path::new(PYTHON), &compared.written());
            }
            compared.fresh()
        }
    }
}

/// Refuses a package of Python that breaks programs, or that its description does not have as it is.
pub(crate) fn check_python(env: &PythonEnv) -> Result<()> {
    timed("compare the Python package with its description", || {
        compare_python(env)?.fresh()
    })
}

/// What the script says of a package and its description.
#[derive(Debug, Deserialize)]
struct Compared {
    text: String,
    same: bool,
    broken: Vec<String>,
}

fn compare_python(env: &PythonEnv) -> Result<Compared> {
    let output = program(env.python(), ["tests/packaging/python_api.py"])
        .args([PACKAGE, PYTHON])
        .output()
        .map_err(|error| Fault::path(&env.python(), "started", &error))?;
    let failed = || Fault::new(String::from_utf8_lossy(&output.stderr).into_owned());
    if !output.status.success() {
        return Err(failed());
    }
    let compared: Compared = serde_json::from_slice(&output.stdout).map_err(|_| failed())?;
    let lock = match Path::new(PYTHON).exists() {
        true => sources::text(Path::new(PYTHON))?,
        false => String::new(),
    };
    compared.allowed(&lock, VERSION)?;
    Ok(compared)
}

impl Compared {
    /// Refuses what breaks, unless the version says so.
    fn allowed(&self, lock: &str, version: &str) -> Result<()> {
        let described = lock
            .lines()
            .find_map(|line| line.strip_prefix("# version "))
            .unwrap_or("0.0.0");
        if self.broken.is_empty() || breaking(version) > breaking(described) {
            return Ok(());
        }
        Err(Fault::new(format!(
            "programs that use the Python package would break, and {version} does not say so:\n    {}\nraise the \
             version, or take what was never released out of {PYTHON}",
            self.broken.join("\n    ")
        )))
    }

    fn fresh(&self) -> Result<()> {
        match self.same {
            true => Ok(()),
            false => Err(Fault::new(format!(
                "{PYTHON} is not what {PACKAGE} has; no program breaks: run `cargo xtask api python --write`"
            ))),
        }
    }

    fn written(&self) -> String {
        format!("{BANNER}# version {VERSION}\n\n{}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_of_python_needs_a_version_that_says_so() {
        let compared = |broken: &[&str]| Compared {
            text: String::new(),
            same: false,
            broken: broken.iter().map(|one| (*one).to_owned()).collect(),
        };
        let lock = "# Made\n# version 1.2.0\n\n#: a.py\n";
        assert!(compared(&[]).allowed(lock, "1.2.0").is_ok());
        let told = compared(&["a.b is gone"]).allowed(lock, "1.3.0");
        let told = told.unwrap_err().to_string();
        assert!(told.contains("a.b is gone"), "{told}");
        assert!(compared(&["a.b is gone"]).allowed(lock, "2.0.0").is_ok());
        assert!(compared(&[]).fresh().is_err());
    }
}
