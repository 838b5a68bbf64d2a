//! A file that one run holds at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use snapline_runtime::{Error, home, variable};

/// The lock; it is let go when this is dropped, and by the system where the program ends any other way, so that none is
/// ever left behind.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

/// Another run has it: what that one wrote of itself.
#[derive(Debug)]
pub(crate) struct Held(pub(crate) String);

/// Where it is unless somebody says otherwise.
pub(crate) fn usual() -> Result<PathBuf, Error> {
    let named = variable("XDG_STATE_HOME")?.map(PathBuf::from);
    let folder = named
        .filter(|path| path.is_absolute())
        .or_else(|| home().map(|home| home.join(".local/state")));
    folder
        .map(|folder| folder.join("snapline").join("rotate.lock"))
        .ok_or_else(|| {
            Error::config("there is no home directory for the lock; name a file with `--lock`")
        })
}

/// Takes the lock, or says who has it.
pub(crate) fn take(path: &Path) -> Result<Result<Lock, Held>, Error> {
    let bad = |what: &str, error: &std::io::Error| {
        let path = path.display();
        Error::config(format!(
            "the lock {path} cannot be {what}: {error}; name another file with `--lock`"
        ))
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| bad("made", &error))?;
    }
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(|error| bad("opened", &error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Whoever it is, it is held.
            let _ = file.read_to_string(&mut holder);
            return Ok(Err(Held(holder.trim().to_owned())));
        }
        Err(TryLockError::Error(error)) => return Err(bad("locked", &error)),
    }
    let about = format!(
        "process {} since {}\n",
        std::process::id(),
        Timestamp::now()
    );
    let written = file
        .set_len(0)
        .and_then(|()| file.rewind())
        .and_then(|()| file.write_all(about.as_bytes()));
    written.map_err(|error| bad("written", &error))?;
    Ok(Ok(Lock { _file: file }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_at_a_time_and_nothing_is_left_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("below").join("lock");
        let lock = take(&path).unwrap().unwrap();
        let Held(holder) = take(&path).unwrap().unwrap_err();
        let about = format!("process {} since ", std::process::id());
        assert!(holder.starts_with(&about), "{holder}");
        drop(lock);
        // The file stays, and says nothing of whether it is held.
        assert!(take(&path).unwrap().is_ok());
        assert!(take(folder.path()).is_err());
    }
}
