//! What the referees are installed as: pinned in `tests/referees`, below `target`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::fault::{Fault, Result};
use crate::pip;
use crate::run::{cargo, program, quiet, step};
use crate::sources::{self, absolute};

/// What is installed, and at which versions.
pub(crate) const PINNED: &str = "tests/referees";

/// Where it is installed, and where everything else lands.
pub(crate) const HERE: &str = "target/referees";

/// A program of a virtual environment that has what a file pins.
pub(crate) fn install_python(name: &str, requirements: &str, tool: &str) -> Result<PathBuf> {
    let requirements = Path::new(PINNED).join(requirements);
    let wanted = sources::text(&pip::lock(&requirements))?;
    let folder = Path::new(HERE).join(name);
    let tool = folder.join("bin").join(tool);
    installed(&folder, &wanted, &tool, || {
        pip::environment(&folder)?;
        quiet(
            &format!("install what {} pins", requirements.display()),
            &mut pip::install(&folder, &requirements),
        )
    })
}

/// A file of what the `package.json` and its lock in a folder pin.
pub(crate) fn install_npm(name: &str, pinned: &str, tool: &str) -> Result<PathBuf> {
    let folder = Path::new(HERE).join(name);
    let mut wanted = String::new();
    fs::create_dir_all(&folder).map_err(|error| Fault::path(&folder, "made", &error))?;
    for name in ["package.json", "package-lock.json"] {
        let file = sources::text(&Path::new(pinned).join(name))?;
        write(&folder.join(name), &file)?;
        wanted.push_str(&file);
    }
    installed(&folder, &wanted, &folder.join(tool), || {
        let npm = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
        quiet(
            &format!("install what {pinned}/package.json pins"),
            program("npm", npm).current_dir(&folder),
        )
    })
}

/// A program that cargo installs, at one version. The first time takes minutes.
pub(crate) fn install_cargo(name: &str, version: &str) -> Result<PathBuf> {
    let folder = Path::new(HERE).join("cargo");
    let tool = folder.join("bin").join(name);
    installed(&folder, version, &tool, || {
        step(
            &format!("install {name} {version}"),
            cargo(["install", "--locked", "--quiet", "--version", version])
                .arg("--root")
                .arg(&folder)
                .arg(name),
        )
    })
}

/// Installs unless just this is installed already.
fn installed(
    folder: &Path,
    wanted: &str,
    tool: &Path,
    install: impl FnOnce() -> Result<()>,
) -> Result<PathBuf> {
    let stamp = folder.join("installed.stamp");
    if !tool.exists()
        || fs::read_to_string(&stamp).is_ok_and(|had| had != wanted)
        || !stamp.exists()
    {
        install()?;
        write(&stamp, wanted)?;
    }
    absolute(tool)
}

pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| Fault::path(path, "written", &error))
}
