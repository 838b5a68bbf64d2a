//! Ordered passes that lower a document to what progenitor takes and the IR reads.
//!
//! Each pass does one thing and leaves a valid OpenAPI 3.0 document. What a pass takes away but
//! later steps need stays as an `x-snapline-…` extension.

pub mod aliases;
pub mod compositions;
pub mod constraints;
pub mod enums;
pub mod formats;
pub mod hoist;
pub mod inline;
pub mod media;
pub mod names;
pub mod nullable;
pub mod query;
pub mod responses;
pub mod scalars;
pub mod shape;
pub mod unions;
pub mod wire;

use crate::document::Document;
use crate::error::Errors;
use crate::refuse::Refused;
use crate::select::prune;

/// One pass: its name, and what it does to the document.
pub type Pass = (&'static str, fn(&mut Document) -> Result<(), Errors>);

/// The passes in the order they run.
pub const PASSES: [Pass; 14] = [
    ("inline", inline::run),
    ("enums", enums::run),
    ("responses", responses::run),
    ("compositions", compositions::run),
    ("query", query::run),
    ("open", unions::open),
    ("aliases", aliases::run),
    ("nullable", nullable::run),
    ("unions", unions::run),
    ("hoist", hoist::run),
    ("names", names::run),
    ("constraints", constraints::run),
    ("formats", formats::run),
    ("prune", |document| Ok(prune(document)?)),
];

/// Checks the document's shape and what it says of the wire, then runs every pass. What is refused is left out, so
/// that all of it is told; nothing where it cannot be left out.
pub(crate) fn normalise(document: &mut Document, refused: &mut Refused) -> Option<()> {
    shape::pass_over_flags(document);
    refused.check(document, shape::check)?;
    refused.check(document, wire::check)?;
    let mut passes = PASSES.iter();
    passes.try_for_each(|(_, pass)| refused.step(document, pass))
}
