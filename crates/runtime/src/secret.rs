//! Values that must not be shown.

use crate::Error;
use zeroize::Zeroizing;

/// A token or key. Its memory is wiped when it is dropped and `Debug` never shows it.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a secret read from `source`, the name of an argument or environment variable.
    ///
    /// # Errors
    /// `config` if the value is empty or holds a control character. The value is never shown.
    pub fn new(source: &str, value: String) -> Result<Self, Error> {
        let value = Zeroizing::new(value);
        if value.trim().is_empty() {
            return Err(Error::config(format!("{source} is empty")));
        }
        if value.chars().any(char::is_control) {
            return Err(Error::config(format!(
                "{source} holds a control character or a newline; give the bare value"
            )));
        }
        Ok(Self(value))
    }

    /// The secret itself. Keep it out of messages and logs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// A secret that was made here, and so needs no check.
impl From<Zeroizing<String>> for Secret {
    fn from(value: Zeroizing<String>) -> Self {
        Self(value)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;
    use crate::ErrorKind;

    #[test]
    fn b1_b19_bad_tokens_are_refused_unseen() {
        for bad in ["", "  ", "hunter2\n", "hun\0ter2", "hun\u{85}ter2"] {
            let error = Secret::new("DIGITALOCEAN_TOKEN", bad.to_owned()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            let text = format!("{error} {error:?}");
            assert!(text.contains("DIGITALOCEAN_TOKEN"), "{text}");
            assert!(!text.contains("hun"), "{text}");
        }
    }

    #[test]
    fn b19_debug_is_redacted() {
        let secret = Secret::new("token", "hunter2".to_owned()).unwrap();
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(secret.expose(), "hunter2");
    }
}
