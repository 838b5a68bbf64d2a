//! The one error of the generator: where it happened and what to do about it. A document may have many.

use std::fmt;
use std::ops::Range;

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
    pub help: Box<str>,
    /// More about where it is; apart, since results of every step are of its size.
    #[serde(flatten)]
    pub place: Box<Place>,
}

/// Where an error is, beside its pointer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Where a person has written it, once that was looked for: in the document, or in what was laid over it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Written>,
    /// The pointer into the document as it was lowered so far, which is left out for what follows.
    #[serde(skip)]
    pub(crate) lowered: String,
    /// The file and the pointer into it that it came from, where overlays were laid on the document.
    #[serde(skip)]
    pub(crate) source: Option<(String, String)>,
}

/// A place in a file's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Written {
    /// The file.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The letter in that line, from 1.
    pub column: usize,
    /// The bytes that the place is.
    #[serde(skip)]
    pub span: Range<usize>,
}

impl Error {
    /// An error about a place in a file.
    pub fn new(
        file: impl Into<String>,
        pointer: impl Into<String>,
        what: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let pointer = pointer.into();
        let place = Place {
            lowered: pointer.clone(),
            ..Place::default()
        };
        Self {
            file: file.into(),
            pointer,
            operation: None,
            what: what.into(),
            help: help.into().into(),
            place: place.into(),
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

/// All that is wrong with a document, in the order in which it was found: at least one error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Errors(Vec<Error>);

impl Errors {
    /// Nothing where there are none.
    pub fn of(errors: Vec<Error>) -> Result<(), Self> {
        match errors.is_empty() {
            true => Ok(()),
            false => Err(Self(errors)),
        }
    }

    /// Each of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Error> {
        self.0.iter()
    }

    /// Each of them, to be changed.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Error> {
        self.0.iter_mut()
    }
}

impl IntoIterator for Errors {
    type Item = Error;
    type IntoIter = std::vec::IntoIter<Error>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<Error> for Errors {
    fn from(error: Error) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(Error::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Errors {}

/// Takes the errors of parts that do not need one another, so that all are told.
#[derive(Debug, Default)]
pub(crate) struct Collected(Vec<Error>);

impl Collected {
    /// What was made, or nothing where that failed.
    pub(crate) fn part<T>(&mut self, made: Result<T, impl Into<Errors>>) -> Option<T> {
        let made = made.map_err(Into::into);
        made.map_err(|errors| errors.into_iter().for_each(|error| self.fault(error)))
            .ok()
    }

    /// Takes an error, unless it was told already: what is said of all operations is found at each.
    pub(crate) fn fault(&mut self, error: Error) {
        if !self.0.contains(&error) {
            self.0.push(error);
        }
    }

    /// Whether an error was found at a place or within it.
    pub(crate) fn is_within(&self, at: &str) -> bool {
        let inside = |rest: &str| rest.is_empty() || rest.starts_with('/');
        let mut errors = self.0.iter();
        errors.any(|error| error.place.lowered.strip_prefix(at).is_some_and(inside))
    }

    /// All of them, if there are any.
    pub(crate) fn done(self) -> Result<(), Errors> {
        Errors::of(self.0)
    }
}

/// What every step of the pipeline returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;
