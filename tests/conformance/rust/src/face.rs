//! One language: it makes clients, and calls with them.

use std::time::Duration;

use serde_json::Value;

use crate::order::{Named, Order};
use crate::outcome::{Done, Failure};

/// No call takes longer.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What one call came to, and how many milliseconds it took.
pub type Timed = (Result<Done, Failure>, f64);

/// What was logged: the fields of each call's span, and the warnings.
pub type Logged = (Vec<Value>, Vec<String>);

/// One language's way to the library.
pub trait Face {
    /// Makes a client in place of the last one, and adds what a user could come to see of it.
    ///
    /// # Errors
    /// When the library refuses, or the face is gone.
    fn open(
        &mut self,
        provider: &str,
        settings: &Named,
        token: &str,
        shown: &mut String,
    ) -> Result<(), Failure>;

    /// Makes a call, as often at once as it says.
    fn call(&mut self, order: &Order) -> Vec<Timed>;

    /// Reads an instance of a model and writes it again.
    ///
    /// # Errors
    /// When there is no such model, the instance cannot be read, or the face is gone.
    fn round_trip(
        &mut self,
        provider: &str,
        model: &str,
        instance: &Value,
    ) -> Result<Value, Failure>;

    /// Gives what should not be under way this long to show.
    fn settle(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    /// Drops the client.
    ///
    /// # Errors
    /// When the face is gone.
    fn end(&mut self) -> Result<(), String>;

    /// What was logged since the client was made. Nothing where the one who runs the face captures it.
    ///
    /// # Errors
    /// When the face is gone.
    fn log(&mut self) -> Result<Option<Logged>, String>;
}
