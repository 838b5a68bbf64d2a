//! A copy of the tree to work in.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::fault::{Fault, Result};
use crate::regenerate::starts_with_banner;
use crate::run::program;
use crate::sources::entries;

/// Copies what git knows of, as it stands in the tree.
pub(crate) fn copy(tree: &Path) -> Result<()> {
    copy_but(tree, |_| false)
}

/// The same without what is generated, for a tree in which other documents make that. JSON cannot say that it is
/// generated, and what is compiled of ours has none by hand.
pub(crate) fn by_hand(tree: &Path) -> Result<()> {
    copy_but(tree, |path| {
        path.extension().is_some_and(|it| it == "json") || starts_with_banner(path)
    })
}

fn copy_but(tree: &Path, left_out: impl Fn(&Path) -> bool) -> Result<()> {
    for path in &known()? {
        let from = Path::new(path);
        if left_out(from) {
            continue;
        }
        let to = tree.join(from);
        let good = fs::read(from).map_err(|error| Fault::path(from, "read", &error))?;
        // Cargo goes by times: what is the same stays untouched.
        if fs::read(&to).is_ok_and(|old| old == good) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(|error| Fault::path(folder, "made", &error))?;
        }
        fs::write(&to, good).map_err(|error| Fault::path(&to, "written", &error))?;
    }
    Ok(())
}

/// Removes a folder with all that is in it, if it is there.
pub(crate) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Fault::path(folder, "removed", &error))
        }
        _ => Ok(()),
    }
}

/// Copies a folder with all that is in it.
pub(crate) fn folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).map_err(|error| Fault::path(to, "made", &error))?;
    for path in entries(from)? {
        let Some(name) = path.file_name() else {
            continue;
        };
        if path.is_dir() {
            folder(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name)).map_err(|error| Fault::path(&path, "read", &error))?;
        }
    }
    Ok(())
}

/// Copies the tree, and removes from an earlier copy what git does not know of.
pub(crate) fn copy_anew(tree: &Path) -> Result<()> {
    copy(tree)?;
    let known = known()?;
    let mut waiting = vec![tree.to_owned()];
    while let Some(folder) = waiting.pop() {
        for path in entries(&folder)? {
            let below = path.strip_prefix(tree).unwrap_or(&path);
            let removed = if known
                .iter()
                .any(|known| Path::new(known).starts_with(below))
            {
                if path.is_dir() {
                    waiting.push(path.clone());
                }
                Ok(())
            } else if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.map_err(|error| Fault::path(&path, "removed", &error))?;
        }
    }
    Ok(())
}

/// The files that git knows of and that are there.
fn known() -> Result<BTreeSet<String>> {
    let output = program(
        "git",
        [
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
    )
    .output()
    .map_err(|error| Fault::new(format!("git cannot be started: {error}")))?;
    let listed = String::from_utf8_lossy(&output.stdout);
    let paths = listed.split('\0');
    // A file that was removed and not yet committed is listed too.
    let there = paths.filter(|path| Path::new(path).is_file());
    Ok(there.map(str::to_owned).collect())
}
