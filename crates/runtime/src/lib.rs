//! What every snapline call does, in every language: credentials, retries, time bounds, rate limits,
//! errors, pages, waiters, and decoding that is open to change.
//!
//! It knows no provider, operation or model by name. Those come from generated code as static
//! tables ([`Provider`], [`Operation`], [`WaitRule`]) and through the macros [`model!`] and
//! [`open_enum!`].

mod address;
mod attempt;
mod authorize;
mod body;
mod builder;
mod call;
mod core;
mod credentials;
mod decode;
mod dynamic;
mod environment;
mod error;
mod exchange;
mod failure;
mod form;
#[rustfmt::skip]
mod generated;
mod handover;
mod hook;
mod json;
mod limit;
mod open_enum;
mod page;
mod path;
mod process;
mod provider;
mod proxy;
mod rate_limit;
mod raw;
mod retry;
mod secret;
mod settings;
mod surround;
mod sync;
mod template;
mod timestamp;
mod tls;
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
pub mod mounted;

pub use crate::authorize::{Authorize, Bearer, Side};
pub use crate::call::{Call, Response, TypedRequest};
pub use crate::check::Rule;
pub use crate::core::Core;
pub use crate::credentials::Credentials;
pub use crate::dynamic::{Parts, Reads, Sent};
pub use crate::environment::{home, variable};
pub use crate::error::{Attempt, Error, ErrorKind, Started};
pub use crate::form::Form;
pub use crate::generated::settings::{CallOptions, Settings, WaitOptions};
pub use crate::handover::Trail;
pub use crate::hook::{Attempted, Here, Hook, HookError, Observe, Outgoing};
pub use crate::json::{Json, without_mark};
pub use crate::limit::Limit;
pub use crate::model::{Drift, DriftKind, DriftLog, JsonText, Lenient};
pub use crate::open_enum::{OpenEnum, Unlisted};
pub use crate::page::{Course, Items, Listed, Next, Page, Paged, Place, next_link};
pub use crate::path::{add_list, encode_path, segment};
pub use crate::provider::{ErrorShape, Operation, Provider};
pub use crate::rate_limit::RateLimit;
pub use crate::secret::Secret;
pub use crate::surround::{Surround, Turn};
pub use crate::sync::BoxFuture;
pub use crate::timestamp::Timestamp;
pub use crate::values::{Nullable, StringOrInteger};
pub use crate::wait::{Begun, Poll, Polled, Resume, THERE, WaitRule, Waiter, since};

#[cfg(feature = "blocking")]
pub use crate::blocking::Runtime;

/// Bytes that several may hold without a copy: a body that is no JSON.
pub use bytes::Bytes;

// What the macros need, so that crates using them need not depend on it.
#[doc(hidden)]
pub mod __private {
    pub use crate::decode::read_text;
    pub use crate::model::{Fields, misfit};
    pub use serde;
    pub use serde_json;
}

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
