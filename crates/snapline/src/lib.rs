//! Storage snapshots in the cloud, typed, for the moment data is about to be lost.
//!
//! Each provider is a module behind a feature of the same name; all share one runtime, so
//! retries, timeouts, errors, pages and waits are the same everywhere. [`retention`] says of a list of
//! snapshots which to keep and which to delete. [`each`] makes many calls, so many at once and no more.

mod each;
#[rustfmt::skip]
mod generated;

pub use each::{Each, each};
#[doc(inline)]
#[allow(
    unreachable_pub,
    unused_imports,
    reason = "without a provider there is nothing in it"
)]
pub use generated::*;

#[doc(inline)]
pub use snapline_retention as retention;
