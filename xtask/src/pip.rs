//! How tools of Python are installed: from a lock beside the file that names them (`cargo xtask pins`).

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::program;

/// Where a file of requirements, which is by hand, has its lock.
pub(crate) fn lock(requirements: &Path) -> PathBuf {
    requirements.with_extension("lock")
}

/// What installs a lock: that and nothing else, and no file but those whose checksums it has. Nothing is built, which
/// would run code that nobody pinned.
pub(crate) fn install(python: PathBuf, requirements: &Path) -> Command {
    let mut command = program(python, ["-m", "pip", "install", "--quiet", "--no-deps"]);
    command
        .args(["--disable-pip-version-check", "--require-hashes"])
        .args(["--only-binary", ":all:", "-r"])
        .arg(lock(requirements));
    command
}
