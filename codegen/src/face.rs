//! What users of each language see: names, a view of the IR, and `quote!` or templates over it.

pub(crate) mod python;
pub(crate) mod rust;
