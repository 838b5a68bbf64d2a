//! What users of each language see: names, a view of the IR, and `quote!` or templates over it.

pub mod c;
pub(crate) mod cli;
pub(crate) mod cpp;
pub(crate) mod docs;
pub(crate) mod programs;
pub(crate) mod python;
pub(crate) mod rust;
