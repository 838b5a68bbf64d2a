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

    /// All of a file, or of stdin for `-`.
    pub(crate) fn file(&mut self, name: &str, path: &str) -> Result<String, Error> {
        match path {
            "-" => self.stdin(name),
            path => read(name, path.strip_prefix('@').unwrap_or(path)),
        }
    }

    fn stdin(&mut self, name: &str) -> Result<String, Error> {
        if std::mem::replace(&mut self.stdin_is_read, true) {
            let message = format!("`{name}` cannot be `-`: another argument has read stdin");
            return Err(Error::invalid_argument(name, "stdin is read once", message));
        }
        let mut text = String::new();
        let read = std::io::stdin().lock().read_to_string(&mut text);
        read.map_err(|error| unreadable(name, "stdin", &error))?;
        Ok(without_break(text))
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
