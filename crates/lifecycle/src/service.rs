//! What makes the calls.

use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// What went wrong with a call, as far as it decides what comes next.
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
    /// A number that the service's failures have, given on as it is.
    pub code: u8,
}

impl Failure {
    /// One of which there is nothing else to say.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
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
