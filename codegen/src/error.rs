//! The one error of the generator: where it happened and what to do about it.

use std::fmt;

use crate::pointer::operation_at;
use serde::Serialize;
use serde_json::Value;

/// What to do about what the generator does wrong, also where a place of the document brings it out.
pub(crate) const GENERATOR: &str = "report this with the document: it is a fault of the generator";

/// Why a document cannot be turned into sources. Nothing was written when one is returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Error {
    /// The file the fault is in, as it was named to the generator.
    pub file: String,
    /// JSON pointer to the place in that file; empty for the whole document.
    pub pointer: String,
    /// The operation the place belongs to, where it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub help: String,
}

impl Error {
    /// An error about a place in a file.
    pub fn new(
        file: impl Into<String>,
        pointer: impl Into<String>,
        what: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            file: file.into(),
            pointer: pointer.into(),
            operation: None,
            what: what.into(),
            help: help.into(),
        }
    }

    /// An error about a file that is made, for which no document can be blamed.
    pub fn of_generator(file: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(file, "", what, GENERATOR)
    }

    /// Names the operation that the pointer lies in, if it lies in one.
    #[must_use]
    pub fn in_document(mut self, document: &Value) -> Self {
        if self.operation.is_none() {
            self.operation = operation_at(document, &self.pointer);
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if !self.pointer.is_empty() {
            write!(f, " at {}", self.pointer)?;
        }
        if let Some(operation) = &self.operation {
            write!(f, " (operation {operation})")?;
        }
        write!(f, ": {}; {}", self.what, self.help)
    }
}

impl std::error::Error for Error {}

/// What every step of the pipeline returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;
