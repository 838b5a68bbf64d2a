//! A question to the person at the terminal.

use std::io::{self, BufRead as _, Write as _};

use snapline_runtime::Error;

/// Asks it on stderr; anything but yes is no.
pub(crate) fn agrees(question: &str) -> Result<bool, Error> {
    let bad = |error: io::Error| Error::internal(format!("nobody can be asked: {error}"));
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question} [y/N] ").map_err(bad)?;
    stderr.flush().map_err(bad)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(bad)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
