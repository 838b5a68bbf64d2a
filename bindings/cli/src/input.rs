//! Values that come from elsewhere: `@file` is what a file holds, `-` what comes on stdin, `@@` a text that begins
//! with `@`.

use std::io::Read as _;
use std::path::Path;

use snapline_runtime::Error;

/// Where the values of one command come from.
#[derive(Debug, Default)]
pub(crate) struct Input {
    stdin_is_read: bool,
}

/// A value of the command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Given {
    /// As it was typed.
    Typed(String),
    /// What a file or stdin holds, without the line break at its end.
    Read(String),
}

impl Given {
    pub(crate) fn into_text(self) -> String {
        match self {
            Self::Typed(text) | Self::Read(text) => text,
        }
    }
}

impl Input {
    /// A value of the argument `name`.
    pub(crate) fn value(&mut self, name: &str, text: &str) -> Result<Given, Error> {
        match text.strip_prefix('@') {
            _ if text == "-" => self.stdin(name).map(Given::Read),
            None => Ok(Given::Typed(text.to_owned())),
            Some(rest) if rest.starts_with('@') => Ok(Given::Typed(rest.to_owned())),
            Some(path) => read(name, path).map(Given::Read),
        }
    }

    /// The same as it is, with the line break at its end.
    pub(crate) fn bytes(&mut self, name: &str, text: &str) -> Result<Vec<u8>, Error> {
        match text.strip_prefix('@') {
            _ if text == "-" => self.all_of_stdin(name),
            None => Ok(text.as_bytes().to_vec()),
            Some(rest) if rest.starts_with('@') => Ok(rest.as_bytes().to_vec()),
            Some(path) => std::fs::read(path).map_err(|error| unreadable(name, path, &error)),
        }
    }

    /// All of a file, or of stdin for `-`.
    pub(crate) fn file(&mut self, name: &str, path: &str) -> Result<String, Error> {
        match path {
            "-" => self.stdin(name),
            path => read(name, path.strip_prefix('@').unwrap_or(path)),
        }
    }

    fn stdin(&mut self, name: &str) -> Result<String, Error> {
        let text = String::from_utf8(self.all_of_stdin(name)?);
        let text = text.map_err(|error| {
            let error = std::io::Error::new(std::io::ErrorKind::InvalidData, error);
            unreadable(name, "stdin", &error)
        })?;
        Ok(without_break(text))
    }

    fn all_of_stdin(&mut self, name: &str) -> Result<Vec<u8>, Error> {
        if std::mem::replace(&mut self.stdin_is_read, true) {
            let message = format!("`{name}` cannot be `-`: another argument has read stdin");
            return Err(Error::invalid_argument(name, "stdin is read once", message));
        }
        let mut all = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut all);
        read.map_err(|error| unreadable(name, "stdin", &error))?;
        Ok(all)
    }
}

fn read(name: &str, path: &str) -> Result<String, Error> {
    let text = std::fs::read_to_string(Path::new(path));
    text.map(without_break)
        .map_err(|error| unreadable(name, path, &error))
}

fn unreadable(name: &str, from: &str, error: &std::io::Error) -> Error {
    let message = format!("`{name}`: {from} cannot be read: {error}");
    Error::invalid_argument(name, "readable", message)
}

/// Whoever writes a value into a file ends the line.
fn without_break(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}
