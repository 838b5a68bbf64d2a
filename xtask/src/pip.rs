//! How tools of Python are installed: from a lock beside the file that names them (`cargo xtask pins`).

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fault::Result;
use crate::run::{program, quiet};

/// Where a file of requirements, which is by hand, has its lock.
pub(crate) fn lock(requirements: &Path) -> PathBuf {
    requirements.with_extension("lock")
}

/// Makes a virtual environment, anew if there is one.
pub(crate) fn environment(folder: &Path) -> Result<()> {
    let shown = folder.display();
    let make = ["-m", "venv", "--clear", "--without-pip"];
    quiet(
        &format!("make a virtual environment in {shown}"),
        program("python3", make).arg(folder),
    )?;
    let serves = of(folder).arg("--version").output();
    if serves.is_ok_and(|it| it.status.success()) {
        return Ok(());
    }
    quiet(
        &format!("install pip in {shown}"),
        &mut program(folder.join("bin/python"), ["-m", "ensurepip"]),
    )
}

/// pip for a virtual environment: its own if it has one. That of the system serves where it can, since to install one in
/// each takes longer than most of what is installed.
pub(crate) fn of(folder: &Path) -> Command {
    let python = folder.join("bin/python");
    if folder.join("bin/pip3").exists() {
        return program(python, ["-m", "pip"]);
    }
    let mut command = program("python3", ["-m", "pip", "--python"]);
    command.arg(python);
    command
}

/// What installs a lock in a virtual environment: that and nothing else, and no file but those whose checksums it has.
/// Nothing is built, which would run code that nobody pinned, and nothing compiled that may never be imported.
pub(crate) fn install(folder: &Path, requirements: &Path) -> Command {
    let mut command = of(folder);
    command
        .args(["install", "--quiet", "--no-deps", "--no-compile"])
        .args(["--disable-pip-version-check", "--require-hashes"])
        .args(["--only-binary", ":all:", "-r"])
        .arg(lock(requirements));
    command
}
