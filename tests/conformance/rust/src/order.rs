//! What a runner asks of a face: one call, as data.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use snapline_runtime::CallOptions;

use crate::Failure;

/// The arguments of a call, by name.
#[derive(Clone, Debug, Default)]
pub struct Arguments(pub Map<String, Value>);

impl Arguments {
    /// An argument that the call requires.
    ///
    /// # Errors
    /// When the case lacks it, or it has another type.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T, Failure> {
        self.optional(name)?
            .ok_or_else(|| Failure::Case(format!("the case gives no `{name}`")))
    }

    /// An argument that may be left out; null in the case is an explicit null.
    ///
    /// # Errors
    /// When it has another type.
    pub fn optional<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Failure> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => serde_json::from_value(value.clone())
                .map(Some)
                .map_err(|error| Failure::Case(format!("`{name}`: {error}"))),
        }
    }
}

/// Which form of a method is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The one that gives the value.
    #[default]
    Value,
    /// The one that gives status, headers and body beside it.
    Raw,
    /// The walk over the items of all pages.
    Items,
}

/// The bounds of a wait; those of the runtime where none is given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// The first pause between two looks.
    pub first: Option<Duration>,
    /// The longest pause between two looks.
    pub longest: Option<Duration>,
}

/// One call.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// Resource and method: `nfs.snapshots.list`, or `client.request`.
    pub method: String,
    /// Its arguments.
    pub arguments: Arguments,
    /// Its options.
    pub options: CallOptions,
    /// Its form.
    pub mode: Mode,
    /// How many items are taken at most.
    pub limit: Option<u64>,
    /// The bounds of a wait.
    pub pace: Pace,
}
