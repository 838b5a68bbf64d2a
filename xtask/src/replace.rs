//! Files are replaced all together or not at all.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::fault::{Fault, Result};

/// Writes everything beside its place first, then moves it there; a failure puts back what was.
pub(crate) fn replace(write: &[(PathBuf, &str)], remove: &[PathBuf]) -> Result<()> {
    let (mut done, mut made) = (Vec::new(), Vec::new());
    let result = replace_all(write, remove, &mut done, &mut made);
    if result.is_err() {
        for (path, old) in done.into_iter().rev() {
            // The way back is tried for each; the error that led here is the one to report.
            let _ = match old {
                Some(bytes) => fs::write(&path, bytes),
                None => fs::remove_file(&path),
            };
        }
        // A folder that somebody else has put something into since stays.
        for folder in made.into_iter().rev() {
            let _ = fs::remove_dir(folder);
        }
    }
    result
}

/// A file that was changed, and the bytes it held before, if it was there.
type Step = (PathBuf, Option<Vec<u8>>);

fn replace_all(
    write: &[(PathBuf, &str)],
    remove: &[PathBuf],
    done: &mut Vec<Step>,
    made: &mut Vec<PathBuf>,
) -> Result<()> {
    let mut staged: Vec<(NamedTempFile, &PathBuf, Option<Vec<u8>>)> = Vec::new();
    for (target, contents) in write {
        let folder = target.parent().unwrap_or(Path::new("."));
        make(folder, made)?;
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

/// Makes a folder and those above it, and notes which were not there.
fn make(folder: &Path, made: &mut Vec<PathBuf>) -> Result<()> {
    let missing = folder.ancestors().take_while(|folder| !folder.exists());
    let missing: Vec<PathBuf> = missing.map(Path::to_owned).collect();
    // Some of them may be made before one cannot be.
    made.extend(missing.into_iter().rev());
    fs::create_dir_all(folder).map_err(|error| Fault::path(folder, "made", &error))
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
