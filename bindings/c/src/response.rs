//! The answer to a request of any method and path (B15).

use std::ffi::c_char;
use std::mem::MaybeUninit;

use snapline_runtime::{RateLimit, Response};

use crate::guard::{free, get};
use crate::handle::write;
use crate::input::optional_text;
use crate::shape::{Attempts, Headers, Text, pointer};

/// An answer as it came: status, headers and body.
///
/// Free it with snapline_response_free. Texts read from it are borrowed and live as long as it does.
/// Reading is safe from any number of threads.
pub struct snapline_response {
    status: u16,
    request_id: Option<Text>,
    headers: Headers,
    body: Text,
    rate_limit: Option<RateLimit>,
    attempts: Attempts,
    drift: Vec<Text>,
}

impl snapline_response {
    /// Copies the parts of an answer to where C can read them.
    pub(crate) fn new<T>(response: &Response<T>) -> Self {
        Self {
            status: response.status(),
            request_id: response.request_id().map(Text::new),
            headers: Headers::new(
                response
                    .headers()
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_bytes())),
            ),
            body: Text::from_bytes(response.body().to_vec()),
            rate_limit: response.rate_limit(),
            attempts: Attempts::new(response.attempts()),
            drift: response
                .drift()
                .iter()
                .map(|drift| Text::new(drift.to_string()))
                .collect(),
        }
    }
}

/// The HTTP status; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_response_http_status(response: Option<&snapline_response>) -> i32 {
    get(response, |response| i32::from(response.status))
}

/// The id under which the service knows the request, borrowed from the answer; NULL if it gave none.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_response_request_id(
    response: Option<&snapline_response>,
) -> *const c_char {
    get(response, |response| pointer(response.request_id.as_ref()))
}

/// A header by its name in any case, borrowed from the answer; NULL if it is not there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_response_header(
    response: Option<&snapline_response>,
    name: *const c_char,
) -> *const c_char {
    get(response, |response| match optional_text!(name) {
        Ok(Some(name)) => pointer(response.headers.get(&name)),
        _ => std::ptr::null(),
    })
}

/// How many headers there are; a name that came more than once counts as often. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_response_header_count(response: Option<&snapline_response>) -> usize {
    get(response, |response| response.headers.len())
}

/// The name of a header by its index from 0, in lower case, borrowed from the answer; NULL where there is
/// no such header.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_response_header_name_at(
    response: Option<&snapline_response>,
    index: usize,
) -> *const c_char {
    get(response, |response| pointer(response.headers.name(index)))
}

/// The value of a header by its index from 0, borrowed from the answer; NULL where there is no such header.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_response_header_value_at(
    response: Option<&snapline_response>,
    index: usize,
) -> *const c_char {
    get(response, |response| pointer(response.headers.value(index)))
}

/// The body as received, decompressed; borrowed from the answer.
///
/// Its length in bytes goes to `length`, which may be NULL; a NUL stands behind it. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_response_body(
    response: Option<&snapline_response>,
    length: Option<&mut MaybeUninit<usize>>,
) -> *const c_char {
    write(length, get(response, |response| response.body.len()));
    get(response, |response| response.body.as_ptr())
}

/// Reads the rate limit that came with the answer. Returns false if it gave none, and for NULL.
///
/// - limit: set to how many requests a period allows.
/// - remaining: set to how many are left.
/// - reset: set to when more become available, in Unix seconds.
///
/// Each may be NULL, and is set to -1 where it is not known.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_response_rate_limit(
    response: Option<&snapline_response>,
    limit: Option<&mut MaybeUninit<i64>>,
    remaining: Option<&mut MaybeUninit<i64>>,
    reset: Option<&mut MaybeUninit<i64>>,
) -> bool {
    let read = |response: &snapline_response| {
        write_rate_limit(response.rate_limit, limit, remaining, reset)
    };
    get(response, read)
}

/// How often the call was sent; 0 if nothing was sent, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_response_attempt_count(response: Option<&snapline_response>) -> usize {
    get(response, |response| response.attempts.len())
}

/// The HTTP status that an attempt saw, by its index from 0; 0 if none arrived or there is no such
/// attempt.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_response_attempt_http_status(
    response: Option<&snapline_response>,
    index: usize,
) -> i32 {
    get(response, |response| response.attempts.status(index))
}

/// What went wrong below HTTP in an attempt, by its index from 0; NULL if nothing did or there is no
/// such attempt. Borrowed from the answer.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_response_attempt_reason(
    response: Option<&snapline_response>,
    index: usize,
) -> *const c_char {
    get(response, |response| {
        pointer(response.attempts.reason(index))
    })
}

/// In how many places the answer departs from the document; 0 almost always, and for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_response_drift_count(response: Option<&snapline_response>) -> usize {
    get(response, |response| response.drift.len())
}

/// What departs from the document in one place, by its index from 0, such as "NfsShare.name is missing";
/// borrowed from the answer. NULL where there is no such place.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_response_drift_at(
    response: Option<&snapline_response>,
    index: usize,
) -> *const c_char {
    get(response, |response| pointer(response.drift.get(index)))
}

/// Writes a rate limit to places that may be NULL.
pub(crate) fn write_rate_limit(
    seen: Option<RateLimit>,
    limit: Option<&mut MaybeUninit<i64>>,
    remaining: Option<&mut MaybeUninit<i64>>,
    reset: Option<&mut MaybeUninit<i64>>,
) -> bool {
    let plain = |number: Option<u64>| {
        number
            .and_then(|number| i64::try_from(number).ok())
            .unwrap_or(-1)
    };
    let Some(seen) = seen else {
        return false;
    };
    write(limit, plain(seen.limit));
    write(remaining, plain(seen.remaining));
    write(reset, plain(seen.reset));
    true
}

/// Frees an answer and the texts borrowed from it. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_response_free(response: Option<Box<snapline_response>>) {
    free(response)
}
