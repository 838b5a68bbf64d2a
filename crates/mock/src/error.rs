//! Why a server could not start.
use std::fmt;

/// Why a server could not start.
#[derive(Debug)]
pub enum Error {
    /// The port could not be opened, or the thread not be started.
    Io(std::io::Error),
    /// The document lacks something, or has a shape this server does not know.
    Document(String),
    /// A case file could not be read.
    Cases(String),
    /// A fault that every request is to meet is none.
    Fault(String),
    /// A setting is none, such as a time that there is not.
    Setting(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot start: {error}"),
            Self::Document(message) => write!(f, "the document: {message}"),
            Self::Cases(message) => write!(f, "the cases: {message}"),
            Self::Fault(message) | Self::Setting(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Document(_) | Self::Cases(_) | Self::Fault(_) | Self::Setting(_) => None,
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}
