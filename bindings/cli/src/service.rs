//! Calls for what is done with snapshots over their life (`crates/lifecycle`), made by a client of a provider.

use std::cell::RefCell;

use jiff::Timestamp;
use serde_json::{Map, Value};
use snapline_lifecycle::{Failure, Service};
use snapline_runtime::{Error, WaitOptions};

use crate::engine::{Engine, Order, Outcome};
use crate::failure;
use crate::output::Output;

/// A client, and where its progress is told.
pub(crate) struct Calls<'c> {
    pub(crate) engine: &'c Engine,
    pub(crate) output: &'c Output,
    pub(crate) wait: WaitOptions,
    /// The errors of calls, which failures name by their place.
    met: RefCell<Vec<Error>>,
}

impl<'c> Calls<'c> {
    pub(crate) fn new(engine: &'c Engine, output: &'c Output, wait: WaitOptions) -> Self {
        Self {
            engine,
            output,
            wait,
            met: RefCell::default(),
        }
    }

    /// What something came to, with all that is known of the error that it ended with.
    pub(crate) fn sound<T>(&self, outcome: Result<T, Failure>) -> Result<T, Error> {
        outcome.map_err(|failure| {
            let met = self.met.borrow();
            let Some(error) = failure.cause.and_then(|cause| met.get(cause)) else {
                return match failure.code {
                    failure::NOT_FOUND => Error::not_there(failure.message),
                    failure::UNREADABLE => Error::decode(failure.message),
                    // What was named cannot be used so.
                    _ => {
                        let rule = "as the message says";
                        Error::invalid_argument("arguments", rule, failure.message)
                    }
                };
            };
            // What was tried after it stands in the message alone.
            if failure.message != error.to_string() {
                self.output.note(&failure.message);
            }
            error.clone()
        })
    }
}

impl Service for Calls<'_> {
    async fn call(&self, call: &str, arguments: Map<String, Value>) -> Result<Value, Failure> {
        let order = Order {
            arguments,
            all: true,
            wait: self.wait,
            ..Order::default()
        };
        match self.engine.call(call, order, None).await {
            Ok(Outcome::Nothing | Outcome::Raw(_)) => Ok(Value::Null),
            Ok(Outcome::One(value)) => Ok(value),
            Ok(Outcome::List(items) | Outcome::Page { items, .. }) => Ok(Value::Array(items)),
            Err(error) => {
                let mut met = self.met.borrow_mut();
                let failure = Failure {
                    cause: Some(met.len()),
                    ..failed(&error)
                };
                met.push(error);
                Err(failure)
            }
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn tell(&self, line: &str) {
        self.output.note(line);
    }
}

/// What is known of an error, as far as it decides what comes next.
pub(crate) fn failed(error: &Error) -> Failure {
    Failure {
        message: error.to_string(),
        outcome_unknown: error.outcome_unknown(),
        begun: error.started().is_some(),
        // A time that is beyond the calendar is none.
        sent_at: error.sent_at().and_then(|at| Timestamp::try_from(at).ok()),
        not_found: error.is_not_found(),
        cause: None,
        code: failure::code(error),
    }
}
