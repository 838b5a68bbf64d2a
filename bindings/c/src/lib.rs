//! The C face of snapline: opaque handles, status codes and plain functions over the Rust crates.
//!
//! `include/snapline.h` is made from these sources by cbindgen. The header's opening comment tells
//! the rules that every function keeps to; `ARCHITECTURE.md` tells how the parts fit together.
//!
//! A function that C calls is `unsafe` here because its pointers come from C. Its contract stands in
//! its documentation, which is also what the header shows.

#![allow(
    unsafe_code,
    reason = "pointers from C can only be read in unsafe code"
)]
#![allow(non_camel_case_types, reason = "these are C's names")]
#![allow(
    clippy::missing_safety_doc,
    reason = "the documentation is written for C, where every contract stands in the text"
)]

pub mod background;
pub mod cancel;
pub mod error;
#[rustfmt::skip]
pub mod generated;
pub mod log;
pub mod options;
pub mod response;
pub mod settings;
pub mod string;
pub mod version;
pub mod wait;

mod connection;
mod guard;
mod handle;
mod input;
mod shape;
mod signals;
mod walk;
