//! What makes the calls.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// What went wrong with a call, as far as it decides what comes next.
///
/// ```
/// use snapline_lifecycle::Failure;
///
/// let failure = Failure::not_there("there is no volume `ledger`");
/// assert_eq!(failure.to_string(), "there is no volume `ledger`");
/// assert!(!failure.outcome_unknown);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// What to tell a person.
    pub message: String,
    /// Whether the service may have acted all the same.
    pub outcome_unknown: bool,
    /// Whether something had begun, which goes on.
    pub begun: bool,
    /// When the request was sent.
    pub sent_at: Option<Timestamp>,
    /// Whether there is no such thing.
    pub not_found: bool,
    /// Which error of a [`Service`] it came from, by a number of the service's own; nothing where no call failed.
    pub cause: Option<usize>,
    /// The number that a program ends with which fails so, as docs/cli.md has them; a call's is given on as it is.
    pub code: u8,
}

impl Failure {
    /// What was asked for cannot be done.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self::with(2, message)
    }

    /// What was asked for is not there.
    #[must_use]
    pub fn not_there(message: impl Into<String>) -> Self {
        Self::with(5, message)
    }

    /// An answer lacks what it must have.
    #[must_use]
    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self::with(9, message)
    }

    /// What was waited for cannot be used.
    #[must_use]
    pub(crate) fn not_usable(message: impl Into<String>) -> Self {
        Self::with(10, message)
    }

    fn with(code: u8, message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code,
            ..Self::default()
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Makes the calls, and knows the time.
///
/// ```
/// use jiff::Timestamp;
/// use serde_json::{Map, Value};
/// use snapline_lifecycle::{Failure, Service};
///
/// /// A service that has nothing.
/// struct Empty;
///
/// impl Service for Empty {
///     async fn call(&self, call: &str, _: Map<String, Value>) -> Result<Value, Failure> {
///         match call.ends_with(".list") {
///             true => Ok(Value::Array(Vec::new())),
///             false => Err(Failure::not_there(format!("{call}: there is none"))),
///         }
///     }
///
///     fn now(&self) -> Timestamp {
///         Timestamp::UNIX_EPOCH
///     }
///
///     fn tell(&self, line: &str) {
///         eprintln!("{line}");
///     }
/// }
/// ```
pub trait Service {
    /// Makes a call by its name with its resource, such as `volumes.snapshots.list`. A list gives all its items.
    fn call(
        &self,
        call: &str,
        arguments: Map<String, Value>,
    ) -> impl Future<Output = Result<Value, Failure>>;

    /// The time now.
    fn now(&self) -> Timestamp;

    /// Says a line about how far it is to whoever watches.
    fn tell(&self, line: &str);
}
