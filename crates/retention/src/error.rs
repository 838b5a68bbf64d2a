//! Why there is no plan.

use std::fmt;

/// A policy or a list that cannot be worked with, and what to do about it. Nothing is to be deleted then.
///
/// ```
/// use snapline_retention::{Item, Policy, plan};
///
/// // A rule, and nothing that says what is ours.
/// let policy = Policy { keep_last: 7, ..Policy::default() };
/// let error = plan(&policy, &[Item::new("1")]).unwrap_err();
/// println!("{error}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    parameter: String,
    rule: &'static str,
    message: String,
}

impl Error {
    pub(crate) fn new(
        parameter: impl Into<String>,
        rule: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            parameter: parameter.into(),
            rule,
            message: message.into(),
        }
    }

    /// The field that is at fault, such as `keep_within` or `items[3].id`.
    #[must_use]
    pub fn parameter(&self) -> &str {
        &self.parameter
    }

    /// The rule that it breaks, in a few words.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.rule
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
