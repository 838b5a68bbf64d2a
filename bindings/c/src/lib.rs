//! The C face of snapline: opaque handles, status codes and plain functions over the Rust crates.
//!
//! The headers in `include` are made from these sources by cbindgen. The opening comment of
//! `snapline/core.h` tells the rules that every function keeps to; `ARCHITECTURE.md` tells how the parts
//! fit together.
//!
//! Handles come and go as references and boxes, which Rust checks for NULL. A function is `unsafe` where
//! it takes texts or arrays, which only their length and C's word make readable.

#![allow(
    unsafe_code,
    reason = "pointers from C can only be read in unsafe code"
)]
#![allow(non_camel_case_types, reason = "these are C's names")]
#![allow(
    clippy::missing_safety_doc,
    reason = "the documentation is written for C, where every contract stands in the text"
)]
#![cfg_attr(
    any(test, not(feature = "all")),
    allow(
        dead_code,
        unused_imports,
        unused_macros,
        reason = "no provider alone needs all that is here for them, and the unit tests have none"
    )
)]

pub mod background;
pub mod bytes;
pub mod cancel;
pub mod error;
#[rustfmt::skip]
pub mod generated;
pub mod hook;
pub mod log;
pub mod options;
pub mod response;
pub mod retention;
pub mod settings;
pub mod string;
pub mod version;
pub mod wait;

mod call;
mod connection;
mod guard;
mod handle;
mod input;
mod macros;
mod outcome;
mod prelude;
mod read;
mod setter;
mod shape;
mod signals;
mod walk;
