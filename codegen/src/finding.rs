//! What a person should look at in a document, though files can be made of it.

use std::fmt;

use serde::Serialize;

use crate::error::Error;

/// Something found in a document: of which kind, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of thing it is.
    pub kind: Kind,
    /// Where it is, what it is and what to do, in the form that errors have.
    #[serde(flatten)]
    pub error: Error,
}

/// The kinds of things that are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// No sources can be made of the document as it is.
    Error,
    /// An operation that no sources can be made of, and that is left out.
    Refused,
    /// An overlay's action matches nothing.
    StaleAction,
    /// There are words for a place that the document does not have.
    StaleWords,
    /// Something that is wrong, and that files are made without.
    PassedOver,
    /// A state that none of a wait's lists has.
    UnknownState,
    /// A field that is required, and that an answer of the provider's own leaves out.
    LeftOut,
    /// Something that was guessed for a new provider.
    Guess,
    /// A place that has no words, and is described by its name.
    NoWords,
}

impl Kind {
    /// Whether it keeps files from being made.
    pub fn is_error(self) -> bool {
        matches!(self, Self::Error | Self::StaleAction)
    }

    /// What to call it before what was found.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Refused => "refused",
            Self::StaleAction => "stale action",
            Self::StaleWords => "stale words",
            Self::PassedOver => "passed over",
            Self::UnknownState => "unknown state",
            Self::LeftOut => "left out",
            Self::Guess => "guess",
            Self::NoWords => "no words",
        }
    }
}

impl Finding {
    /// A finding of a kind, told as an error is.
    pub fn new(kind: Kind, error: Error) -> Self {
        Self { kind, error }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.error)
    }
}
