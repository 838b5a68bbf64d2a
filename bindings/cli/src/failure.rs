//! How a failure is told: one line for a person, an object for a program, and a number for the shell.

use std::io::Write as _;
use std::process::ExitCode;

use serde_json::{Map, Value, json};
use snapline_runtime::{Error, ErrorKind};

/// The number of what is not there.
pub(crate) const NOT_FOUND: u8 = 5;
/// That of an answer which cannot be read.
pub(crate) const UNREADABLE: u8 = 9;

/// What the program's numbers mean, as `--help` and the manual list them.
pub(crate) const CODES: &[(u8, &str)] = &[
    (0, "done"),
    (1, "a fault of this program (internal, closed)"),
    (2, "a wrong argument; nothing was sent (invalid_argument)"),
    (3, "no credentials, or a setting that does not fit (config)"),
    (4, "the service refused it (api)"),
    (
        NOT_FOUND,
        "there is no such thing: it answered 404, or lists none (api)",
    ),
    (6, "too many requests (rate_limited)"),
    (7, "no connection, or it broke (connection)"),
    (8, "no answer in time (timeout)"),
    (UNREADABLE, "an answer that cannot be read (decode)"),
    (10, "what was waited for failed (wait_failed)"),
    (11, "not so in time; the work goes on (wait_timeout)"),
    (
        12,
        "it may have been done, whatever went wrong: look before doing it again",
    ),
    (13, "not done, since nobody agreed (cancelled)"),
    (14, "another run holds the lock; nothing was done"),
    (130, "stopped by Ctrl-C or SIGTERM"),
];

/// The number of the exit of a program that failed so.
pub(crate) fn code(error: &Error) -> u8 {
    if error.outcome_unknown() {
        return 12;
    }
    match error.kind() {
        ErrorKind::InvalidArgument => 2,
        ErrorKind::Config => 3,
        ErrorKind::Api if error.is_not_found() => NOT_FOUND,
        ErrorKind::Api => 4,
        ErrorKind::RateLimited => 6,
        ErrorKind::Connection => 7,
        ErrorKind::Timeout => 8,
        ErrorKind::Decode => UNREADABLE,
        ErrorKind::WaitFailed => 10,
        ErrorKind::WaitTimeout => 11,
        ErrorKind::Cancelled => 13,
        _ => 1,
    }
}

/// The same, where the work was stopped from outside.
pub(crate) fn code_of(error: &Error, stopped: bool) -> u8 {
    match code(error) {
        13 if stopped => 130,
        code => code,
    }
}

/// All that is known of an error, for a program.
pub(crate) fn object(error: &Error) -> Value {
    let mut object = Map::new();
    let mut add = |name: &str, value: Value| {
        if !value.is_null() {
            object.insert(name.to_owned(), value);
        }
    };
    add("kind", error.kind().as_str().into());
    add("message", error.message().into());
    add("status", json!(error.status()));
    add("code", json!(error.code()));
    add("request_id", json!(error.request_id()));
    add("operation", json!(error.operation_id()));
    add("outcome_unknown", error.outcome_unknown().into());
    add("attempts", error.attempts().len().into());
    add(
        "sent_at",
        json!(
            error
                .sent_at()
                .map(|at| snapline_runtime::Timestamp::from(at).to_string())
        ),
    );
    add(
        "retry_after",
        json!(error.retry_after().map(|time| time.as_secs_f64())),
    );
    add("limit", json!(error.limit()));
    add("limit_message", json!(error.limit_message()));
    add("parameter", json!(error.parameter()));
    add("rule", json!(error.rule()));
    add("started", json!(error.started()));
    add("last_object", json!(error.last_object()));
    Value::Object(object)
}

/// Tells it on stderr, and gives the number to end with; `stopped` says that the work was stopped from outside.
pub(crate) fn tell(error: &Error, as_json: bool, stopped: bool) -> ExitCode {
    let mut stderr = std::io::stderr().lock();
    let text = if as_json {
        json!({"error": object(error)}).to_string()
    } else {
        format!("snapline: {error}")
    };
    // There is nowhere else to tell it.
    let _ = writeln!(stderr, "{text}");
    ExitCode::from(code_of(error, stopped))
}

#[cfg(test)]
mod tests {
    use super::CODES;

    #[test]
    fn the_page_about_the_program_has_the_same_numbers() {
        let page = include_str!("../../../docs/cli.md");
        for (code, says) in CODES {
            let says = says.split(" (").next().unwrap_or_default();
            assert!(
                page.contains(&format!("| {code} | {says}")),
                "docs/cli.md has not: | {code} | {says}"
            );
        }
    }
}
