//! What all faces share, and what belongs to none: texts, names and formatting of Rust, cases and faults.

pub mod cases;
pub(crate) mod checks;
pub mod errors;
pub mod fault_cases;
pub(crate) mod prose;
pub mod providers;
pub mod rust;
pub(crate) mod tree;
pub(crate) mod variables;
