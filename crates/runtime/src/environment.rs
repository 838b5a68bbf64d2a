//! The environment variables that are read, all of them here: an empty one is unset (B1, B5).

use crate::Error;
use std::ffi::OsString;
use std::path::PathBuf;

/// The value of an environment variable; nothing if it is unset, empty or white space alone.
///
/// # Errors
/// `config`, naming the variable and not its value, if that is no text.
pub fn variable(name: &str) -> Result<Option<String>, Error> {
    match os_variable(name).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(text)) if text.trim().is_empty() => Ok(None),
        Some(Ok(text)) => Ok(Some(text)),
        Some(Err(_)) => Err(Error::config(format!(
            "the environment variable {name} is not valid text"
        ))),
    }
}

// A path need not be text.
pub(crate) fn os_variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The home directory: `HOME`, else the one that the system's list of users has.
#[must_use]
pub fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| !home.as_os_str().is_empty())
}
