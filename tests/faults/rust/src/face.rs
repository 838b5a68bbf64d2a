//! What a scenario is played through: a face makes clients, a client makes calls.

use std::time::Duration;

use serde_json::Value;
use snapline_conformance::{Done, Failure};

use crate::scenario::{Call, Settings};

/// No call of a scenario takes longer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What one call came to, and how many milliseconds it took.
pub(crate) type Timed = (Result<Done, Failure>, f64);

/// What was logged: the fields of each call's span, and the warnings.
pub(crate) type Logged = (Vec<Value>, Vec<String>);

/// One language's way to the library.
pub(crate) trait Face {
    /// Makes a client in place of the last one, and adds what a user could come to see of it.
    fn open(
        &mut self,
        provider: &str,
        settings: &Settings,
        token: &str,
        shown: &mut String,
    ) -> Result<(), Failure>;

    /// Makes a call, as often at once as it says.
    fn call(&mut self, call: &Call) -> Vec<Timed>;

    /// Lets what is under way settle, and drops the client.
    fn end(&mut self) -> Result<(), String>;

    /// What was logged. Nothing where the one who runs the face captures it.
    fn log(&mut self) -> Result<Option<Logged>, String>;
}
