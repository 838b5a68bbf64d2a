//! What a client is given to show who it is (B1).

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

use crate::environment::variable;
use crate::error::Error;
use crate::secret::Secret;

/// The credentials that were passed as arguments, by name. They are wiped when dropped, and only their
/// names are shown.
#[derive(Clone, Default)]
pub struct Credentials(BTreeMap<&'static str, Zeroizing<String>>);

impl Credentials {
    /// Sets one of them.
    pub fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.insert(name, Zeroizing::new(value.into()));
    }

    /// One of them, if it was passed.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Zeroizing<String>> {
        self.0.get(name)
    }

    /// The one called `token`, else the first of these environment variables that is set.
    ///
    /// # Errors
    /// Kind `config` when there is none, or it does not fit.
    pub fn token(&self, variables: &[&str]) -> Result<Secret, Error> {
        if let Some(token) = self.get("token") {
            return Secret::new("token", token.to_string());
        }
        for name in variables {
            if let Some(value) = variable(name)? {
                return Secret::new(name, value);
            }
        }
        let set = match variables {
            [] => String::new(),
            all => format!(", or set {}", all.join(" or ")),
        };
        Err(Error::config(format!("there is no token: pass one{set}")))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn b19_only_names_are_shown() {
        let mut given = Credentials::default();
        given.set("token", "hunter2");
        assert_eq!(format!("{given:?}"), r#"{"token"}"#);
        assert_eq!(given.token(&[]).unwrap().expose(), "hunter2");
    }

    #[test]
    fn b1_without_a_token_the_error_says_what_to_set() {
        let given = Credentials::default();
        let message = |variables: &[&str]| {
            let error = given.token(variables).unwrap_err();
            error.message().to_owned()
        };
        assert_eq!(message(&[]), "there is no token: pass one");
        let wanted = "there is no token: pass one, or set SNAPLINE_NOT_SET or SNAPLINE_NOR_THIS";
        assert_eq!(message(&["SNAPLINE_NOT_SET", "SNAPLINE_NOR_THIS"]), wanted);
    }
}
