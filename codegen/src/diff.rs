//! Compares two OpenAPI 3.0 documents by structure alone: sentences, examples and key order do not count.
//!
//! The comparison is limited to the operations of the first document and to the components they reach, so
//! a small document can be held against the large one it follows. Pure: two values in, a list out.

mod compare;
pub(crate) mod place;
#[cfg(test)]
mod tests;

use std::fmt::{self, Write as _};

use serde_json::Value;

/// One place where two documents differ in structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// JSON pointer to the place in A, or in B where only B has it; `what` then begins with `only in B`.
    pub pointer: String,
    /// Operation of A that first led to the place; none for what concerns the document as a whole.
    pub operation: Option<String>,
    /// What A says and what B says, shortened.
    pub what: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = format!("{}: {}", self.pointer, self.what);
        if let Some(operation) = &self.operation {
            write!(line, " [operation {operation}]")?;
        }
        // A key may hold a line break, and the promise is one line.
        line.chars().try_for_each(|c| {
            if c.is_control() {
                write!(f, "{}", c.escape_default())
            } else {
                f.write_char(c)
            }
        })
    }
}

/// Lists where B departs from the structure of A, limited to the operations of A and what they reach.
///
/// Operations are matched by path and method. Descriptions, summaries, titles, examples, links, `info`,
/// external documentation and `x-` extensions are passed over; properties that merely bear such a name
/// are not. The order of the answer depends only on the two documents' contents. An A without any
/// operation is itself a difference, since nothing could be compared.
#[must_use]
pub fn spec_diff(a: &Value, b: &Value) -> Vec<Difference> {
    compare::differences(a, b)
}
