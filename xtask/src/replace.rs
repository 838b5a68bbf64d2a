//! Files are replaced all together or not at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::fault::{Fault, Result};

/// Writes everything beside its place first, then moves it there; a failure puts back what was.
pub(crate) fn replace(write: &[(PathBuf, &str)], remove: &[PathBuf]) -> Result<()> {
    let mut done = Vec::new();
    let result = replace_all(write, remove, &mut done);
    if result.is_err() {
        for (path, old) in done.into_iter().rev() {
            // The way back is tried for each; the error that led here is the one to report.
            let _ = match old {
                Some(bytes) => fs::write(&path, bytes),
                None => fs::remove_file(&path),
            };
        }
    }
    result
}

/// A file that was changed, and the bytes it held before, if it was there.
type Step = (PathBuf, Option<Vec<u8>>);

fn replace_all(write: &[(PathBuf, &str)], remove: &[PathBuf], done: &mut Vec<Step>) -> Result<()> {
    let mut staged: Vec<(NamedTempFile, &PathBuf, Option<Vec<u8>>)> = Vec::new();
    for (target, contents) in write {
        let folder = target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| Fault::path(folder, "made", &error))?;
        let mut file = NamedTempFile::new_in(folder)
            .map_err(|error| Fault::path(folder, "written", &error))?;
        file.write_all(contents.as_bytes())
            .and_then(|()| set_mode(file.as_file()))
            .map_err(|error| Fault::path(target, "written", &error))?;
        let old = if target.exists() {
            Some(read(target)?)
        } else {
            None
        };
        staged.push((file, target, old));
    }
    for (file, target, old) in staged {
        file.persist(target)
            .map_err(|error| Fault::path(target, "written", &error.error))?;
        done.push((target.clone(), old));
    }
    for path in remove {
        let old = read(path)?;
        fs::remove_file(path).map_err(|error| Fault::path(path, "removed", &error))?;
        done.push((path.clone(), Some(old)));
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| Fault::path(path, "read", &error))
}

/// A temporary file is private; a source file is not.
#[cfg(unix)]
fn set_mode(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_mode(_file: &fs::File) -> std::io::Result<()> {
    Ok(())
}
