//! The error that a failed call gives.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use std::time::UNIX_EPOCH;

use snapline_runtime::Error;

use crate::generated::status::{STATUSES, snapline_status};
use crate::guard::{free, get, guard};
use crate::handle::write;
use crate::input::optional_text;
use crate::shape::{Attempts, Headers, Text, pointer};

/// What went wrong, with all that is known about it.
///
/// A failed call gives one if it was given a place for it; free it with snapline_error_free. Texts read
/// from it are borrowed and live as long as it does. Reading is safe from any number of threads.
pub struct snapline_error {
    error: Error,
    message: Text,
    reason: Text,
    code: Option<Text>,
    request_id: Option<Text>,
    operation: Option<Text>,
    parameter: Option<Text>,
    rule: Option<Text>,
    limit: Option<Text>,
    limit_message: Option<Text>,
    last_object: Option<Text>,
    started: Option<Text>,
    body: Text,
    headers: Headers,
    attempts: Attempts,
}

impl snapline_error {
    /// Copies the texts of an error to where C can read them.
    pub(crate) fn new(error: Error) -> Self {
        let text = |text: Option<&str>| text.map(Text::new);
        Self {
            message: Text::new(error.to_string()),
            reason: Text::new(error.message()),
            code: text(error.code()),
            request_id: text(error.request_id()),
            operation: text(error.operation_id()),
            parameter: text(error.parameter()),
            rule: text(error.rule()),
            limit: text(error.limit()),
            limit_message: text(error.limit_message()),
            last_object: error
                .last_object()
                .map(|object| Text::new(object.to_string())),
            started: error
                .started()
                .and_then(|started| serde_json::to_string(started).ok())
                .map(Text::new),
            body: Text::from_bytes(error.body().to_vec()),
            headers: Headers::new(
                error
                    .headers()
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_bytes())),
            ),
            attempts: Attempts::new(error.attempts()),
            error,
        }
    }

    /// The error itself.
    #[cfg(test)]
    pub(crate) fn error(&self) -> &Error {
        &self.error
    }
}

/// The status that an error stands for.
pub(crate) fn status_of(error: &Error) -> snapline_status {
    let kind = error.kind().as_str().as_bytes();
    STATUSES
        .iter()
        .find(|(_, name)| name.to_bytes() == kind)
        .map_or(snapline_status::SNAPLINE_INTERNAL, |(status, _)| *status)
}

/// The name of a status, such as "rate_limited"; "unknown" for a number that is none.
///
/// The text is static: never free it. Safe from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_status_name(status: i32) -> *const c_char {
    guard(std::ptr::null(), || {
        STATUSES
            .iter()
            .find(|(known, _)| *known as i32 == status)
            .map_or(c"unknown", |(_, name)| *name)
            .as_ptr()
    })
}

/// The status that the failed call returned; SNAPLINE_OK for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_status(error: Option<&snapline_error>) -> snapline_status {
    match error {
        Some(error) => guard(snapline_status::SNAPLINE_INTERNAL, || {
            status_of(&error.error)
        }),
        None => snapline_status::SNAPLINE_OK,
    }
}

/// One line for a person: the operation, the status, the reason, and what else helps.
///
/// Borrowed from the error. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_message(error: Option<&snapline_error>) -> *const c_char {
    get(error, |error| error.message.as_ptr())
}

/// The reason alone: the service's own message, or what the library has to say.
///
/// Borrowed from the error. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_reason(error: Option<&snapline_error>) -> *const c_char {
    get(error, |error| error.reason.as_ptr())
}

/// The HTTP status of the answer; 0 if there was none.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_http_status(error: Option<&snapline_error>) -> i32 {
    get(error, |error| error.error.status().map_or(0, i32::from))
}

/// The service's own error code, borrowed from the error; NULL if it gave none.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_code(error: Option<&snapline_error>) -> *const c_char {
    get(error, |error| pointer(error.code.as_ref()))
}

/// The id under which the service knows the request, borrowed from the error; NULL if it gave none.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_request_id(error: Option<&snapline_error>) -> *const c_char {
    get(error, |error| pointer(error.request_id.as_ref()))
}

/// The operation that failed, such as "nfs_get", borrowed from the error; NULL if none was sent.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_operation(error: Option<&snapline_error>) -> *const c_char {
    get(error, |error| pointer(error.operation.as_ref()))
}

/// The argument that was refused, borrowed from the error; NULL if none was.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_parameter(error: Option<&snapline_error>) -> *const c_char {
    get(error, |error| pointer(error.parameter.as_ref()))
}

/// The rule that the argument broke, borrowed from the error; NULL if none was broken.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_rule(error: Option<&snapline_error>) -> *const c_char {
    get(error, |error| pointer(error.rule.as_ref()))
}

/// The body of the answer as received, empty if there was none; borrowed from the error.
///
/// Its length in bytes goes to `length`, which may be NULL; a NUL stands behind it. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_body(
    error: Option<&snapline_error>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    write(length, get(error, |error| error.body.len()));
    get(error, |error| error.body.as_ptr())
}

/// A header of the answer by its name in any case, borrowed from the error; NULL if it is not there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_error_header(
    error: Option<&snapline_error>,
    name: *const c_char,
) -> *const c_char {
    get(error, |error| match optional_text!(name) {
        Ok(Some(name)) => pointer(error.headers.get(&name)),
        _ => std::ptr::null(),
    })
}

/// How many headers there are; a name that came more than once counts as often. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_header_count(error: Option<&snapline_error>) -> usize {
    get(error, |error| error.headers.len())
}

/// The name of a header by its index from 0, in lower case, borrowed from the error; NULL where there is
/// no such header.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_header_name_at(
    error: Option<&snapline_error>,
    index: usize,
) -> *const c_char {
    get(error, |error| pointer(error.headers.name(index)))
}

/// The value of a header by its index from 0, borrowed from the error; NULL where there is no such header.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_header_value_at(
    error: Option<&snapline_error>,
    index: usize,
) -> *const c_char {
    get(error, |error| pointer(error.headers.value(index)))
}

/// How often the call was sent; 0 if nothing was sent, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_attempt_count(error: Option<&snapline_error>) -> usize {
    get(error, |error| error.attempts.len())
}

/// The HTTP status that an attempt saw, by its index from 0; 0 if none arrived or there is no such
/// attempt.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_attempt_http_status(
    error: Option<&snapline_error>,
    index: usize,
) -> i32 {
    get(error, |error| error.attempts.status(index))
}

/// What went wrong below HTTP in an attempt, by its index from 0; NULL if nothing did or there is no
/// such attempt. Borrowed from the error.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_attempt_reason(
    error: Option<&snapline_error>,
    index: usize,
) -> *const c_char {
    get(error, |error| pointer(error.attempts.reason(index)))
}

/// Whether the service may have acted although the call failed: look before sending it again.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_outcome_unknown(error: Option<&snapline_error>) -> bool {
    get(error, |error| error.error.outcome_unknown())
}

/// How long to wait before another try, in milliseconds: what the service asks for, else what the limit that
/// was met takes; -1 if neither says a time.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_retry_after_ms(error: Option<&snapline_error>) -> i64 {
    match error {
        Some(error) => guard(-1, || {
            error.error.retry_after().map_or(-1, |pause| {
                i64::try_from(pause.as_millis()).unwrap_or(i64::MAX)
            })
        }),
        None => -1,
    }
}

/// The name of the service's limit that was met, such as "snapshots_per_volume", borrowed from the error;
/// NULL if none is known. Where there is one and snapline_error_retry_after_ms gives -1, time alone makes
/// no room.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_limit(error: Option<&snapline_error>) -> *const c_char {
    get(error, |error| pointer(error.limit.as_ref()))
}

/// A sentence about the limit that was met, borrowed from the error; NULL if none is known.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_limit_message(error: Option<&snapline_error>) -> *const c_char {
    get(error, |error| pointer(error.limit_message.as_ref()))
}

/// The last state that a wait saw, as JSON text, borrowed from the error; NULL if it saw none.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_last_object_json(error: Option<&snapline_error>) -> *const c_char {
    get(error, |error| pointer(error.last_object.as_ref()))
}

/// What a call had begun before it went wrong, as JSON text with `call` (the request), `id` (what the service calls it,
/// or null) and `answer` (all that the request was answered), borrowed from the error; NULL if nothing. It goes on.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_started_json(error: Option<&snapline_error>) -> *const c_char {
    get(error, |error| pointer(error.started.as_ref()))
}

/// When the first attempt began, by this machine's clock, in nanoseconds since 1970 in UTC; -1 if nothing was tried.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_sent_at_ns(error: Option<&snapline_error>) -> i64 {
    match error {
        Some(error) => guard(-1, || {
            let sent = error.error.sent_at();
            let since = sent.and_then(|sent| sent.duration_since(UNIX_EPOCH).ok());
            since
                .and_then(|since| i64::try_from(since.as_nanos()).ok())
                .unwrap_or(-1)
        }),
        None => -1,
    }
}

/// Frees an error and the texts borrowed from it. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_error_free(error: Option<Box<snapline_error>>) {
    free(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use snapline_runtime::ErrorKind;
    use std::ffi::CStr;

    #[test]
    fn every_kind_has_a_status() {
        for kind in [
            ErrorKind::Config,
            ErrorKind::InvalidArgument,
            ErrorKind::Connection,
            ErrorKind::Timeout,
            ErrorKind::RateLimited,
            ErrorKind::Api,
            ErrorKind::Decode,
            ErrorKind::WaitFailed,
            ErrorKind::WaitTimeout,
            ErrorKind::Cancelled,
            ErrorKind::Closed,
            ErrorKind::Internal,
        ] {
            let named = |name: &CStr| name.to_bytes() == kind.as_str().as_bytes();
            assert!(STATUSES.iter().any(|(_, name)| named(name)), "{kind}");
        }
        assert_eq!(
            status_of(&Error::closed()),
            snapline_status::SNAPLINE_CLOSED
        );
    }

    #[test]
    fn an_error_is_read_part_by_part() {
        let error = Error::invalid_argument("name", "max_length 20", "`name` is too long");
        let error = snapline_error::new(error);
        let it = Some(&error);
        let read = |text: *const c_char| {
            // SAFETY: every getter gives NULL or a text with a NUL behind it.
            (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
        };
        let status = snapline_error_status(it);
        assert_eq!(status, snapline_status::SNAPLINE_INVALID_ARGUMENT);
        assert_eq!(read(snapline_error_parameter(it)), Some(c"name"));
        assert_eq!(read(snapline_error_rule(it)), Some(c"max_length 20"));
        assert_eq!(read(snapline_error_reason(it)), Some(c"`name` is too long"));
        assert_eq!(read(snapline_error_code(it)), None);
        assert_eq!(snapline_error_http_status(it), 0);
        assert_eq!(snapline_error_retry_after_ms(it), -1);
        assert_eq!(read(snapline_error_limit(it)), None);
        assert_eq!(read(snapline_error_limit_message(it)), None);
        let mut length = MaybeUninit::new(7);
        assert!(!snapline_error_body(it, Some(&mut length)).is_null());
        // SAFETY: it was initialised above.
        assert_eq!(unsafe { length.assume_init() }, 0);
        assert_eq!(read(snapline_status_name(2)), Some(c"invalid_argument"));
        assert_eq!(read(snapline_status_name(-1)), Some(c"unknown"));
    }
}
