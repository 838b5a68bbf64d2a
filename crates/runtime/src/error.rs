//! The one error type.

use crate::limit::Limit;
use crate::secret::{MARK, Secrets};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What sort of failure an [`Error`] is.
///
/// ```
/// # use snapline_runtime::{Error, ErrorKind};
/// fn advice(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::Config | ErrorKind::InvalidArgument => "nothing was sent: mend the program",
///         ErrorKind::RateLimited => "ask again later",
///         ErrorKind::WaitTimeout => "it goes on: wait for it again",
///         _ => "read the message",
///     }
/// }
/// assert_eq!(ErrorKind::RateLimited.as_str(), "rate_limited");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client cannot be built with these settings.
    Config,
    /// An argument breaks a rule of the document; nothing was sent.
    InvalidArgument,
    /// No connection, or it broke.
    Connection,
    /// A time bound was reached.
    Timeout,
    /// The service answered 429.
    RateLimited,
    /// The service answered with an error.
    Api,
    /// The answer cannot be read.
    Decode,
    /// What was waited for reached a failed state.
    WaitFailed,
    /// What was waited for did not happen in time.
    WaitTimeout,
    /// The caller stopped the work.
    Cancelled,
    /// The client was closed, or made before the process forked.
    Closed,
    /// A hook of the caller's failed.
    Hook,
    /// A fault of this library.
    Internal,
}

impl ErrorKind {
    /// The kind's name in snake case, the same in every language.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::InvalidArgument => "invalid_argument",
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::RateLimited => "rate_limited",
            Self::Api => "api",
            Self::Decode => "decode",
            Self::WaitFailed => "wait_failed",
            Self::WaitTimeout => "wait_timeout",
            Self::Cancelled => "cancelled",
            Self::Closed => "closed",
            Self::Hook => "hook",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What one attempt of a call saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The HTTP status, if one arrived.
    pub status: Option<u16>,
    /// What went wrong below HTTP, if anything did.
    pub error: Option<String>,
    /// How long the call waited before this attempt.
    pub waited: Duration,
    /// How long the attempt itself took.
    pub elapsed: Duration,
}

/// What a call had begun before it went wrong.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Started {
    /// The request that began it, such as `nfs.snapshot`.
    pub call: &'static str,
    /// The id that the service gave it, if it gave one.
    pub id: Option<String>,
    /// The whole answer to that request.
    pub answer: serde_json::Value,
}

impl Started {
    /// What `call` was answered; `id` is what the service calls what was begun.
    pub fn new<A: serde::Serialize>(call: &'static str, answer: &A, id: Option<String>) -> Self {
        Self {
            call,
            id,
            // An answer was JSON before it was read.
            answer: serde_json::to_value(answer).unwrap_or_default(),
        }
    }
}

impl fmt::Display for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` had been carried out", self.call)?;
        match &self.id {
            Some(id) => write!(f, " and began {id}"),
            None => Ok(()),
        }
    }
}

/// Anything that went wrong, with all that is known about it. Cheap to clone.
///
/// ```
/// # use snapline_runtime::Error;
/// fn told(error: &Error) {
///     // One line with the operation, the status and the reason.
///     eprintln!("{error}");
///     if error.is_not_found() {
///         eprintln!("there is no such thing");
///     } else if error.outcome_unknown() {
///         eprintln!("it may have been done: look before you ask again");
///     } else if let Some(time) = error.retry_after() {
///         eprintln!("ask again in {time:?}");
///     }
///     for attempt in error.attempts() {
///         eprintln!("  {attempt:?}");
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

pub(crate) type Source = Arc<dyn std::error::Error + Send + Sync + 'static>;

#[derive(Clone, Default)]
pub(crate) struct Inner {
    kind: Option<ErrorKind>,
    pub(crate) message: String,
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) operation: Option<Cow<'static, str>>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) outcome_unknown: bool,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) limit: Option<&'static Limit>,
    parameter: Option<String>,
    rule: Option<String>,
    pub(crate) last_object: Option<serde_json::Value>,
    /// Whether the last object belongs to a step before the last, and so is of another type.
    of_a_step: bool,
    started: Option<Started>,
    /// When the first attempt began.
    pub(crate) sent_at: Option<SystemTime>,
    /// Whether a strict call refused an answer that departs from the document.
    pub(crate) departs: bool,
    /// Whether what was asked for is in none of the lists that the service gave.
    absent: bool,
    /// What a person should know beside the message.
    pub(crate) note: Option<&'static str>,
    pub(crate) source: Option<Source>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind: Some(kind),
            message: message.into(),
            ..Inner::default()
        }))
    }

    // Changes the error in place; it is copied only if a clone is alive.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// An error of kind `config`.
    #[must_use]
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// An error of kind `invalid_argument`: which parameter broke which rule.
    #[must_use]
    pub fn invalid_argument(
        parameter: impl Into<String>,
        rule: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self::new(ErrorKind::InvalidArgument, message).with(|e| {
            e.parameter = Some(parameter.into());
            e.rule = Some(rule.into());
        })
    }

    /// An error of kind `internal`.
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// An error of kind `decode`: an answer without the value that it is there to carry.
    #[must_use]
    pub fn missing(field: &str) -> Self {
        Self::new(
            ErrorKind::Decode,
            format!("the answer has no `{field}` at $.{field}"),
        )
    }

    /// An error of kind `decode`: an answer cannot be read. Do not quote it, since it may hold a secret.
    #[must_use]
    pub fn decode(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Decode, message)
    }

    /// An error of kind `invalid_argument`: an object that a wait is to go by does not say what for.
    #[must_use]
    pub fn nothing_to_wait_by(argument: &'static str, field: &'static str) -> Self {
        Self::invalid_argument(
            argument,
            format!("has its `{field}`"),
            format!("`{argument}` has no `{field}` to wait by; use the wait that takes an id"),
        )
    }

    /// An error of kind `closed`.
    #[must_use]
    pub fn closed() -> Self {
        Self::new(ErrorKind::Closed, "the client was closed; make a new one")
    }

    /// An error of kind `closed`: a forked child uses what its parent made.
    #[must_use]
    pub fn forked() -> Self {
        Self::new(
            ErrorKind::Closed,
            "the client was made before fork(); make a new one in the child process",
        )
    }

    /// An error of kind `api`: the service lists nothing of the kind that was asked for.
    #[must_use]
    pub fn not_there(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Api, message).with(|e| e.absent = true)
    }

    /// An error of kind `cancelled`.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::new(ErrorKind::Cancelled, "stopped by the caller")
    }

    /// An error of kind `cancelled`: who was asked did not agree; `message` says what was left undone.
    #[must_use]
    pub fn declined(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Cancelled, message)
    }

    /// The sort of failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind.unwrap_or(ErrorKind::Internal)
    }

    /// The HTTP status, if an answer arrived.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The service's own error code.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The service's message, or what this library has to say.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The id under which the service knows the request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The headers of the answer; empty if there was none.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The raw body of the answer; empty if there was none.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// The operation that failed, or method and path of a raw request.
    #[must_use]
    pub fn operation_id(&self) -> Option<&str> {
        self.0.operation.as_deref()
    }

    /// What each attempt saw, oldest first; empty if nothing was sent.
    #[must_use]
    pub fn attempts(&self) -> &[Attempt] {
        &self.0.attempts
    }

    /// When the first attempt began, by this machine's clock; nothing where nothing was tried.
    #[must_use]
    pub fn sent_at(&self) -> Option<SystemTime> {
        self.0.sent_at
    }

    /// Whether the service may have acted although the call failed. `docs/outcomes.md` says for each
    /// way that a call can end what this is; it is never true for a method that only reads.
    #[must_use]
    pub fn outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// How long to wait before another try: what the service asks for, else what the limit that was met
    /// takes.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The name of the service's limit that was met, such as `snapshots_per_volume`. Where there is one and
    /// no [`retry_after`](Self::retry_after), time alone makes no room.
    #[must_use]
    pub fn limit(&self) -> Option<&str> {
        self.0.limit.map(|limit| limit.name)
    }

    /// A sentence about that limit.
    #[must_use]
    pub fn limit_message(&self) -> Option<&str> {
        self.0.limit.map(|limit| limit.says)
    }

    /// The parameter that broke a rule.
    #[must_use]
    pub fn parameter(&self) -> Option<&str> {
        self.0.parameter.as_deref()
    }

    /// The rule that was broken, such as `max_length 20`.
    #[must_use]
    pub fn rule(&self) -> Option<&str> {
        self.0.rule.as_deref()
    }

    /// The last state seen of what was waited for.
    #[must_use]
    pub fn last_object(&self) -> Option<&serde_json::Value> {
        self.0.last_object.as_ref()
    }

    /// Whether the last object is that of a step on the way to what was waited for, such as an action.
    #[must_use]
    pub fn is_of_a_step(&self) -> bool {
        self.0.of_a_step
    }

    pub(crate) fn of_a_step(self) -> Self {
        self.with(|e| e.of_a_step = true)
    }

    /// What the call had begun before it went wrong, where it sends a request and then waits (B26). The
    /// service goes on with it.
    #[must_use]
    pub fn started(&self) -> Option<&Started> {
        self.0.started.as_ref()
    }

    /// The same error where something had to be done afterwards and was not; `object` is there if all else went well.
    pub(crate) fn and_not(self, call: &str, why: &Self, object: Option<serde_json::Value>) -> Self {
        self.with(|e| {
            e.message = match &object {
                Some(_) => {
                    format!("all was done but the last, `{call}`, which is still to do: {why}")
                }
                None => format!(
                    "{}; and then `{call}`, which is still to do: {why}",
                    e.message
                ),
            };
            if object.is_some() {
                e.last_object = object;
                e.of_a_step = false;
            }
        })
    }

    /// The same error of a call that had begun something.
    pub(crate) fn after(self, started: Started) -> Self {
        self.with(|e| {
            e.message = format!("{}; {started}", e.message);
            e.started = Some(started);
        })
    }

    /// Whether the service answered 404.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(404) || self.0.absent
    }

    // Takes the secrets out of everything that came from outside.
    pub(crate) fn without(self, secrets: &Secrets) -> Self {
        let text = |text: &String| {
            let clean = secrets.hide(text.as_bytes())?;
            Some(String::from_utf8_lossy(&clean).into_owned())
        };
        let part = |part: &Option<String>| part.as_ref().and_then(text);
        let e = &*self.0;
        let message = text(&e.message);
        let (code, request_id) = (part(&e.code), part(&e.request_id));
        let attempts: Vec<_> = e.attempts.iter().map(|a| part(&a.error)).collect();
        let named = |value: &HeaderValue| secrets.hide(value.as_bytes()).is_some();
        let headers = e.headers.values().any(named);
        let body = secrets.hide(&e.body);
        let found = message.is_some()
            || code.is_some()
            || request_id.is_some()
            || attempts.iter().any(Option::is_some)
            || headers
            || body.is_some();
        if !found {
            return self;
        }
        self.with(|e| {
            e.message = message.unwrap_or(std::mem::take(&mut e.message));
            e.code = code.or(e.code.take());
            e.request_id = request_id.or(e.request_id.take());
            for (attempt, clean) in e.attempts.iter_mut().zip(attempts) {
                attempt.error = clean.or(attempt.error.take());
            }
            for value in e.headers.values_mut().filter(|value| named(value)) {
                *value = HeaderValue::from_static(MARK);
            }
            if let Some(clean) = body {
                e.body = Bytes::from(clean);
            }
        })
    }

    // What could not be used of an answer in 2xx: the service did what a request that acts asked for.
    pub(crate) fn accepted(self, repeatable: bool) -> Self {
        let what_now = if repeatable {
            "look whether it was done"
        } else {
            "do not send it again, look whether it was done"
        };
        self.with(|e| {
            e.message = format!("{ACCEPTED}, but {}; {what_now}", e.message);
            e.outcome_unknown = true;
        })
    }

    // Whether a limit was met that no time takes away.
    pub(crate) fn is_full(&self) -> bool {
        self.0.limit.is_some() && self.0.retry_after.is_none()
    }

    // Whether the same question may be answered a little later.
    pub(crate) fn is_transient(&self) -> bool {
        match self.kind() {
            ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::RateLimited => true,
            ErrorKind::Api => matches!(self.status(), Some(408 | 429 | 500..=599)),
            _ => false,
        }
    }

    // Whether a wait goes on after a poll that failed so: an answer that cannot be read may be a
    // captive portal's, but one that a strict call refuses will be refused again.
    pub(crate) fn passes_in_a_wait(&self) -> bool {
        self.is_transient() || (self.kind() == ErrorKind::Decode && !self.0.departs)
    }
}

const ACCEPTED: &str = "the service accepted the request";

// How much of a message is shown.
const MOST_SHOWN: usize = 400;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let e = &*self.0;
        if let Some(operation) = &e.operation {
            write!(f, "{}: ", one_line(operation, 120))?;
        }
        match (e.status, &e.code) {
            (Some(status), Some(code)) => write!(f, "{status} {}: ", one_line(code, 80))?,
            (Some(status), None) => write!(f, "{status}: ")?,
            _ => {}
        }
        f.write_str(&one_line(&e.message, MOST_SHOWN))?;

        let mut notes: Vec<String> = Vec::new();
        if let Some(id) = &e.request_id {
            notes.push(format!("request {}", one_line(id, 80)));
        }
        match e.attempts.as_slice() {
            [] => {}
            [_] => notes.push("1 attempt".to_owned()),
            several => {
                let mut text = format!("{} attempts: ", several.len());
                for (index, attempt) in several.iter().enumerate() {
                    if index > 0 {
                        text.push_str(", ");
                    }
                    match (&attempt.error, attempt.status) {
                        (Some(error), _) => text.push_str(&one_line(error, 60)),
                        (None, Some(status)) => {
                            // Writing to a String cannot fail.
                            let _ = write!(text, "{status}");
                        }
                        (None, None) => text.push('?'),
                    }
                }
                notes.push(text);
            }
        }
        if let Some(hint) = e.retry_after {
            notes.push(format!("retry after {}", seconds(hint)));
        }
        if let Some(note) = e.note {
            notes.push(note.to_owned());
        }
        // The message of an answer in 2xx says so itself, at its end.
        let told = e.message.starts_with(ACCEPTED) && e.message.chars().count() <= MOST_SHOWN;
        if e.outcome_unknown && !told {
            notes.push("the service may have acted: look before sending it again".to_owned());
        }
        if let Some(limit) = e.limit {
            notes.push(format!("limit: {}", limit.says));
        }
        if !notes.is_empty() {
            write!(f, " ({})", notes.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Headers and body are left out: they can be long and may hold what nobody wants in a log.
        let e = &*self.0;
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("operation", &e.operation)
            .field("status", &e.status)
            .field("code", &e.code)
            .field("message", &one_line(&e.message, MOST_SHOWN))
            .field("request_id", &e.request_id)
            .field("attempts", &e.attempts)
            .field("outcome_unknown", &e.outcome_unknown)
            .field("limit", &self.limit())
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}

// Folds white space and control characters and cuts after `most` characters.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let mut line = String::with_capacity(text.len().min(most));
    let mut count = 0;
    let mut gap = false;
    for character in text.chars() {
        if character.is_whitespace() || character.is_control() {
            gap = !line.is_empty();
            continue;
        }
        if count >= most {
            line.push('…');
            break;
        }
        if gap {
            line.push(' ');
            count += 1;
            gap = false;
        }
        line.push(character);
        count += 1;
    }
    line
}

// What to do where a process has all the files and sockets that it may have.
pub(crate) fn exhausted(error: &std::io::Error) -> Option<&'static str> {
    // The numbers of EMFILE and ENFILE on every Unix; there is no `io::ErrorKind` for them.
    let full = cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24));
    full.then_some("; close some, or raise the limit (ulimit -n)")
}

// A duration as a person writes it.
pub(crate) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds.fract() == 0.0 {
        format!("{seconds:.0} s")
    } else {
        format!("{seconds:.3}")
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
            + " s"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b13_display_is_one_line() {
        let error = Error::new(ErrorKind::Api, "The resource\nwas not  found").with(|e| {
            e.operation = Some("nfs_get".into());
            e.status = Some(404);
            e.code = Some("not_found".into());
            e.request_id = Some("4851".into());
            e.attempts = vec![Attempt {
                status: Some(404),
                error: None,
                waited: Duration::ZERO,
                elapsed: Duration::ZERO,
            }];
        });
        assert_eq!(
            error.to_string(),
            "nfs_get: 404 not_found: The resource was not found (request 4851, 1 attempt)"
        );
        assert!(error.is_not_found());
    }

    #[test]
    fn b8_what_was_accepted_is_told_however_long_the_trouble_is() {
        for (trouble, repeatable) in [("it broke", false), (&"x".repeat(900), false), ("no", true)]
        {
            let error = Error::decode(trouble)
                .with(|e| e.status = Some(201))
                .accepted(repeatable);
            assert!(error.outcome_unknown());
            let told = error.message();
            assert!(
                told.starts_with("the service accepted the request, but "),
                "{told}"
            );
            assert_eq!(told.contains("do not send it again"), !repeatable, "{told}");
            let shown = error.to_string();
            assert!(shown.contains("look whether it was done") || shown.contains("look before"));
        }
    }

    #[test]
    fn b13_attempts_and_unknown_outcome_are_told() {
        let attempt = |status, error: Option<&str>| Attempt {
            status,
            error: error.map(str::to_owned),
            waited: Duration::ZERO,
            elapsed: Duration::ZERO,
        };
        let error = Error::new(ErrorKind::Connection, "connection reset").with(|e| {
            e.attempts = vec![attempt(Some(503), None), attempt(None, Some("reset"))];
            e.outcome_unknown = true;
            e.retry_after = Some(Duration::from_millis(1500));
        });
        assert_eq!(
            error.to_string(),
            "connection reset (2 attempts: 503, reset, retry after 1.5 s, the service may have \
             acted: look before sending it again)"
        );
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(one_line("ééééé", 3), "ééé…");
        assert_eq!(one_line("  a \r\n b\t", 10), "a b");
        assert_eq!(seconds(Duration::from_secs(90)), "90 s");
        assert_eq!(seconds(Duration::from_millis(250)), "0.25 s");
    }

    #[test]
    fn a_clone_keeps_its_own_state() {
        let first = Error::config("a");
        let second = first.clone().with(|e| e.status = Some(500));
        assert_eq!(first.status(), None);
        assert_eq!(second.status(), Some(500));
    }
}
