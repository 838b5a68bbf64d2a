//! What tests generate and compile, by `xtask/src/as_built.rs`.

use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "../../../xtask/src/as_built.rs"]
mod as_built;

/// Where cargo builds what is generated, for all tests.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("target")
}

/// Cargo with packages of a generated workspace; what is built of them has to be said, such as `--lib`.
pub(crate) fn cargo(root: &Path, folder: &Path, packages: &[&str], arguments: &[&str]) -> Command {
    // These tests lie in `deps`.
    let test = std::env::current_exe().unwrap();
    let places = as_built::Places {
        root,
        built: test.parent().unwrap().parent().unwrap(),
        workspace: folder,
        target: &target(),
    };
    let arguments = [arguments, &["--offline"]].concat();
    as_built::cargo(&places, packages, &arguments).unwrap()
}
