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
    /// `config` if the value is empty, holds a control character, or begins or ends with white space,
    /// which is a slip and never part of a secret. The value is never shown.
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
        if value.trim().len() != value.len() {
            return Err(Error::config(format!(
                "{source} begins or ends with white space; give the bare value"
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
        f.write_str(MARK)
    }
}

/// What stands in a text in place of a secret.
pub(crate) const MARK: &str = "[redacted]";

// A shorter secret is found in words that have nothing to do with it, and would tell more than it hides.
const LEAST: usize = 8;

/// The secrets in use, to be taken out of what came from outside.
#[derive(Default)]
pub(crate) struct Secrets(Vec<Zeroizing<String>>);

impl Secrets {
    /// Adds a secret, unless it is too short to be told from other text.
    pub(crate) fn add(&mut self, secret: &str) {
        if secret.chars().count() >= LEAST {
            self.0.push(Zeroizing::new(secret.to_owned()));
        }
    }

    /// The bytes with each secret replaced; nothing if there is none in them. The search is by bytes,
    /// since a body need not be text, and passes over marks that are there already.
    pub(crate) fn hide(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut begins = [false; 256];
        for secret in &self.0 {
            if let Some(begin) = secret
                .bytes()
                .next()
                .and_then(|b| begins.get_mut(usize::from(b)))
            {
                *begin = true;
            }
        }
        let mut clean: Option<Vec<u8>> = None;
        // Up to where bytes belong to a secret that was replaced, and to a mark.
        let (mut hidden, mut marked) = (0, 0);
        for (at, byte) in bytes.iter().enumerate() {
            let rest = bytes.get(at..).unwrap_or_default();
            if rest.starts_with(MARK.as_bytes()) {
                marked = at + MARK.len();
            }
            let longest = begins
                .get(usize::from(*byte))
                .is_some_and(|begin| *begin)
                .then(|| {
                    let found = self.0.iter().filter(|s| rest.starts_with(s.as_bytes()));
                    found.map(|secret| at + secret.len()).max()
                })
                .flatten()
                .filter(|end| *end > marked);
            if let Some(end) = longest {
                // Secrets that overlap become one mark.
                let clean =
                    clean.get_or_insert_with(|| bytes.get(..at).unwrap_or_default().to_vec());
                if at >= hidden {
                    clean.extend_from_slice(MARK.as_bytes());
                }
                hidden = hidden.max(end);
            }
            if let Some(clean) = clean.as_mut().filter(|_| at >= hidden) {
                clean.push(*byte);
            }
        }
        clean
    }

    /// A text without the secrets.
    pub(crate) fn hide_text(&self, text: String) -> String {
        match self.hide(text.as_bytes()) {
            Some(clean) => String::from_utf8_lossy(&clean).into_owned(),
            None => text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn b1_b19_bad_tokens_are_refused_unseen() {
        for bad in [
            "",
            "  ",
            "hunter2\n",
            "hun\0ter2",
            "hun\u{85}ter2",
            " hunter2",
            "hunter2 ",
            "\u{a0}hunter2",
            "hunter2\u{3000}",
        ] {
            let error = Secret::new("DIGITALOCEAN_TOKEN", bad.to_owned()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            let text = format!("{error} {error:?}");
            assert!(text.contains("DIGITALOCEAN_TOKEN"), "{text}");
            assert!(!text.contains("hun"), "{text}");
        }
    }

    fn hide(secrets: &[&str], text: &str) -> String {
        let mut all = Secrets::default();
        for secret in secrets {
            all.add(secret);
        }
        all.hide_text(text.to_owned())
    }

    #[test]
    fn b19_a_short_secret_is_not_searched_for() {
        for short in ["", "e", "red", "message"] {
            assert_eq!(hide(&[short], "a message"), "a message");
        }
        assert_eq!(hide(&["messages"], "all messages"), "all [redacted]");
        // Characters count, not bytes.
        assert_eq!(hide(&["ééééééé"], "ééééééé"), "ééééééé");
    }

    #[test]
    fn b19_a_mark_is_never_searched() {
        let secrets = ["redacted", "hunter2-hunter2", "[redacted]"];
        let once = hide(&secrets, "token hunter2-hunter2 is bad");
        assert_eq!(once, "token [redacted] is bad");
        assert_eq!(hide(&secrets, &once), once);
        assert_eq!(hide(&secrets, "redacted"), "[redacted]");
        // What goes on after a mark is no mark.
        assert_eq!(hide(&["redacted]xyz"], "[redacted]xyz!"), "[[redacted]!");
    }

    #[test]
    fn b19_of_secrets_that_overlap_nothing_stays() {
        let secrets = ["abcdefgh", "efghijkl", "abcdefghi"];
        assert_eq!(hide(&secrets, "<abcdefghijkl>"), "<[redacted]>");
        assert_eq!(hide(&secrets, "abcdefghabcdefgh"), "[redacted][redacted]");
        assert_eq!(hide(&["aaaaaaaa"], "aaaaaaaaaa"), "[redacted]");
    }

    #[test]
    fn b19_debug_is_redacted() {
        let secret = Secret::new("token", "hunter2".to_owned()).unwrap();
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(secret.expose(), "hunter2");
    }
}
