//! What every snapline call does, in every language: credentials, retries, time bounds, rate limits,
//! errors, pages, waiters, and decoding that is open to change.
//!
//! It knows no provider, operation or model by name. Those come from generated code as static
//! tables ([`Provider`], [`Operation`], [`WaitRule`]) and through the macros [`model!`] and
//! [`open_enum!`].

mod call;
mod core;
mod decode;
mod error;
mod exchange;
mod open_enum;
mod page;
mod path;
mod process;
mod provider;
mod rate_limit;
mod raw;
mod retry;
mod secret;
mod settings;
mod timestamp;
mod transport;
mod values;
mod wait;

#[cfg(feature = "blocking")]
pub mod blocking;
pub mod check;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod model;

pub use crate::call::{Call, Response};
pub use crate::check::Rule;
pub use crate::core::{Authorize, Bearer, BoxFuture, Core, Side};
pub use crate::error::{Attempt, Error, ErrorKind};
pub use crate::model::{Drift, DriftKind, DriftLog, JsonText, Lenient};
pub use crate::open_enum::Unlisted;
pub use crate::page::{Items, Page};
pub use crate::path::encode_path;
pub use crate::provider::{ErrorShape, Operation, Provider};
pub use crate::rate_limit::RateLimit;
pub use crate::secret::Secret;
pub use crate::settings::{CallOptions, Settings};
pub use crate::timestamp::Timestamp;
pub use crate::values::{Nullable, StringOrInteger};
pub use crate::wait::{Poll, WaitRule, Waiter};

#[cfg(feature = "blocking")]
pub use crate::blocking::Runtime;

// What the macros need, so that crates using them need not depend on it.
#[doc(hidden)]
pub mod __private {
    pub use crate::model::Fields;
    pub use serde;
    pub use serde_json;
}

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
