//! What holds for every artefact that users get: builds that tell nothing of this machine, sizes, files put in place.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::fault::{Fault, Result};
use crate::run::text;
use crate::sources::{absolute, entries};

pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// When everything in an archive was made, unless SOURCE_DATE_EPOCH says otherwise: the first day that a zip can name.
const ONE_DAY: &str = "315532800";

pub(crate) fn one_day() -> String {
    std::env::var("SOURCE_DATE_EPOCH").unwrap_or_else(|_| ONE_DAY.to_owned())
}

/// Has a program that packs something write that day.
pub(crate) fn of_one_day(command: &mut Command) -> &mut Command {
    command.env("SOURCE_DATE_EPOCH", one_day())
}

/// A folder that is gone again when it is dropped.
pub(crate) fn scratch() -> Result<TempDir> {
    tempfile::tempdir()
        .map_err(|error| Fault::new(format!("no temporary folder can be made: {error}")))
}

/// Refuses a copy of a licence that is not the repository's.
pub(crate) fn same_licences(copies: &Path, whose: &str, folder: &Path) -> Result<()> {
    let read = |path: &Path| fs::read(path).map_err(|error| Fault::path(path, "read", &error));
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        if read(&copies.join(licence))? != read(Path::new(licence))? {
            return Err(Fault::new(format!(
                "{whose} {licence} is not the repository's; copy it to {}",
                text(folder)
            )));
        }
    }
    Ok(())
}

/// Where a build that is shipped goes: with flags of its own it would undo every other build.
pub(crate) const SHIPPED: &str = "target/package";

/// Lets a build forget where the crates lay that it is made of: messages of panics name their files, and
/// whose machine that was is nobody's business.
pub(crate) fn shippable(build: &mut Command) -> Result<()> {
    let target = absolute(SHIPPED)?;
    let sources = cargo_home()?.join("registry/src");
    let registries =
        fs::read_dir(&sources).map_err(|error| Fault::path(&sources, "read", &error))?;
    let mut flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    for registry in registries {
        let registry = registry.map_err(|error| Fault::path(&sources, "read", &error))?;
        flags.push_str(&format!(" --remap-path-prefix={}=", text(&registry.path())));
    }
    of_one_day(build)
        .env("CARGO_TARGET_DIR", target)
        .env("RUSTFLAGS", flags.trim());
    Ok(())
}

/// Refuses what is larger than it may be.
pub(crate) fn at_most(what: &str, bytes: u64, most: u64) -> Result<()> {
    if bytes > most {
        return Err(Fault::new(format!(
            "{what} has {bytes} bytes; at most {most} are wanted"
        )));
    }
    Ok(())
}

/// Refuses files of a folder that are to be shipped and name a folder of this machine, such as the one they were built in.
pub(crate) fn all_anonymous(folder: &Path, built_in: &Path) -> Result<()> {
    for path in entries(folder)? {
        if path.is_dir() {
            all_anonymous(&path, built_in)?;
        } else {
            anonymous(&path)?;
            names_not(&path, built_in)?;
        }
    }
    Ok(())
}

/// Refuses a file that is to be shipped and names a folder of this machine: cargo's, or the repository.
pub(crate) fn anonymous(file: &Path) -> Result<()> {
    let root = std::env::current_dir()
        .map_err(|error| Fault::new(format!("the current folder cannot be read: {error}")))?;
    names_not(file, &cargo_home()?)?;
    names_not(file, &root)
}

fn names_not(file: &Path, folder: &Path) -> Result<()> {
    let bytes = fs::read(file).map_err(|error| Fault::path(file, "read", &error))?;
    let folder = text(folder);
    if holds(&bytes, folder.as_bytes()) {
        return Err(Fault::new(format!(
            "{} names the folder {folder} of this machine",
            file.display()
        )));
    }
    Ok(())
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|part| part == wanted)
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    std::env::home_dir()
        .map(|home| home.join(".cargo"))
        .ok_or_else(|| Fault::new("there is no home folder; set CARGO_HOME"))
}

/// Refuses a program that is too large or tells of this machine.
pub(crate) fn sound(name: &str, program: &Path, most: u64) -> Result<()> {
    anonymous(program)?;
    let size = size_of(program)?;
    println!("    {name} has {size} bytes");
    at_most(name, size, most)
}

pub(crate) fn size_of(path: &Path) -> Result<u64> {
    fs::metadata(path)
        .map(|about| about.len())
        .map_err(|error| Fault::path(path, "read", &error))
}

pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    make_folder(to)?;
    // A fresh file: a running program keeps the old one.
    let _ = fs::remove_file(to);
    fs::copy(from, to)
        .map(|_| ())
        .map_err(|error| Fault::path(from, "copied", &error))
}

pub(crate) fn write(path: &Path, contents: &str) -> Result<()> {
    make_folder(path)?;
    fs::write(path, contents).map_err(|error| Fault::path(path, "written", &error))
}

pub(crate) fn make_folder(path: &Path) -> Result<()> {
    match path.parent() {
        Some(folder) => {
            fs::create_dir_all(folder).map_err(|error| Fault::path(folder, "made", &error))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_found_in_a_library() {
        assert!(holds(b"\0/home/me/.cargo/registry\0", b"/home/me/.cargo"));
        assert!(!holds(b"\0h2-0.4.20/src/lib.rs\0", b"/home/me/.cargo"));
    }

    #[test]
    fn no_file_may_name_the_folder_in_which_it_was_built() {
        let folder = scratch().unwrap();
        let below = folder.path().join("wheel").join("sboms");
        let file = below.join("parts.json");
        let built_in = folder.path().join("tree");
        let told = |contents: &str| {
            write(&file, contents).unwrap();
            all_anonymous(&folder.path().join("wheel"), &built_in)
        };
        told("path+file://tree").unwrap();
        let wrong = told(&format!("path+file://{}#1", text(&built_in))).unwrap_err();
        assert!(wrong.to_string().contains("parts.json"), "{wrong}");
    }

    #[test]
    fn too_much_is_refused_by_name() {
        assert!(at_most("the wheel", 5, 5).is_ok());
        let told = at_most("the wheel", 6, 5).unwrap_err().to_string();
        assert!(told.contains("the wheel has 6 bytes"), "{told}");
    }
}
