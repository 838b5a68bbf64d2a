//! `cargo xtask package mock --out DIR`: the mock as tests in Python have it, installed where nothing else is and used.

use std::path::{Path, PathBuf};

use crate::artefact::{self, VERSION};
use crate::fault::{Fault, Result};
use crate::python_env::MOCK;
use crate::run::{output, program, text};
use crate::wheel::{Made, Package};

/// The program and the package around it, in a wheel.
const WHEEL: Package = Package {
    name: "snapline_mock",
    folder: MOCK,
    // Its Python is read by any version, and the program needs none.
    tag: "py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64",
    most_bytes: 3_600_000,
};

/// How large the program may be.
pub(crate) const MOST_BYTES: u64 = 7_000_000;

/// A test of a job, without pytest, which an empty environment does not have.
const SMOKE: &str = include_str!("../../tests/packaging/mock.py");

/// Makes them in a folder; gives what was made, and the program that was installed from it.
pub(crate) fn run(out: &Path) -> Result<(Made, PathBuf)> {
    let made = WHEEL.make(out)?;
    let programs = made.installed()?;
    artefact::sound("snapline-mock", &programs.join("snapline-mock"), MOST_BYTES)?;
    let python = programs.join("python");
    let told = output(&python, &["-I", "-c", SMOKE])?;
    if told != format!("snapline-mock {VERSION} works") {
        return Err(Fault::new(format!(
            "the wheel does not work where it is installed: it told `{told}`"
        )));
    }
    made.same_licences(&python)?;
    // The program alone, as users of other languages start it.
    let mut asked = program(programs.join("snapline-mock"), ["--version"]);
    let version = asked
        .output()
        .map_err(|error| Fault::new(format!("snapline-mock cannot be started: {error}")))?;
    let version = String::from_utf8_lossy(&version.stdout);
    if version.trim() != format!("snapline-mock {VERSION}") {
        return Err(Fault::new(format!("it has another version: {version}")));
    }
    println!("    {}\n    {}", text(&made.sdist), text(&made.wheel));
    Ok((made, programs.join("snapline-mock")))
}
