//! The one error of the commands: a sentence that says what to do.

use std::fmt;
use std::path::Path;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Fault(String);

impl Fault {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// A file or folder that cannot be read or written.
    pub(crate) fn path(path: &Path, doing: &str, error: &std::io::Error) -> Self {
        Self(format!(
            "{} cannot be {doing}: {error}; check the path and its permissions",
            path.display()
        ))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<snapline_codegen::Error> for Fault {
    fn from(error: snapline_codegen::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<snapline_codegen::Errors> for Fault {
    fn from(errors: snapline_codegen::Errors) -> Self {
        Self(errors.to_string())
    }
}

pub(crate) type Result<T, E = Fault> = std::result::Result<T, E>;
