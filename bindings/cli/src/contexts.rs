//! Tokens that the provider's own program keeps, each under the name of a context.

use std::path::PathBuf;

use serde_json::Value;
use snapline_runtime::{Error, home, variable};
use zeroize::Zeroizing;

use crate::config;
use crate::table::Contexts;

/// A token, and where it was found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) token: Zeroizing<String>,
    /// `context work of doctl`.
    pub(crate) from: String,
}

impl Contexts {
    fn path(&self) -> Result<Option<PathBuf>, Error> {
        // Programs in Go keep their settings elsewhere on this system.
        let folder = match cfg!(target_os = "macos") {
            true => home().map(|home| home.join("Library/Application Support")),
            false => config::folder()?,
        };
        Ok(folder.map(|folder| folder.join(self.file)))
    }

    /// The token of the context that was asked for, or of the one that counts by itself.
    pub(crate) fn find(&self, asked: Option<&str>) -> Result<Option<Found>, Error> {
        let Some(path) = self.path()? else {
            return Ok(None);
        };
        let bad = |what: String| Error::config(format!("{}: {what}", path.display()));
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return match asked {
                    Some(name) => Err(bad(format!(
                        "there is no such file, and so no context `{name}`"
                    ))),
                    None => Ok(None),
                };
            }
            Err(error) => return Err(bad(format!("it cannot be read: {error}"))),
        };
        // The error of the parser may quote a token.
        let file: Value =
            serde_saphyr::from_str(&text).map_err(|_| bad("it is no YAML".to_owned()))?;
        let text_at = |value: Option<&Value>| {
            let text = value.and_then(Value::as_str).unwrap_or_default().trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let chosen = match asked {
            Some(name) => name.to_owned(),
            None => variable(self.variable)?
                .or_else(|| text_at(file.get(self.chosen)))
                .unwrap_or_else(|| self.usual.to_owned()),
        };
        let token = if chosen == self.usual {
            text_at(file.get(self.token))
        } else {
            text_at(file.get(self.named).and_then(|all| all.get(&chosen)))
        };
        match token {
            Some(token) => Ok(Some(Found {
                token: Zeroizing::new(token),
                from: format!("context {chosen} of {}", self.tool),
            })),
            None if asked.is_some() => {
                let known = file.get(self.named).and_then(Value::as_object);
                let known: Vec<&str> = known
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.as_str())
                    .collect();
                Err(bad(format!(
                    "there is no context `{chosen}`; there are {}",
                    known.join(", ")
                )))
            }
            None => Ok(None),
        }
    }
}
