//! The answer to a request of any method and path (B15).

use std::ffi::c_char;

use snapline_runtime::Response;

use crate::error::header;
use crate::guard::{free, get};
use crate::handle::write;
use crate::input::optional_text;
use crate::shape::{Text, pointer};

/// An answer as it came: status, headers and body.
///
/// Free it with snapline_response_free. Texts read from it are borrowed and live as long as it does.
/// Reading is safe from any number of threads.
pub struct snapline_response {
    status: u16,
    request_id: Option<Text>,
    headers: Vec<(String, Text)>,
    body: Text,
}

impl snapline_response {
    /// Copies the parts of an answer to where C can read them.
    pub(crate) fn new<T>(response: &Response<T>) -> Self {
        Self {
            status: response.status(),
            request_id: response.request_id().map(Text::new),
            headers: response
                .headers()
                .iter()
                .map(|(name, value)| {
                    (
                        name.as_str().to_owned(),
                        Text::from_bytes(value.as_bytes().to_vec()),
                    )
                })
                .collect(),
            body: Text::from_bytes(response.body().to_vec()),
        }
    }
}

/// @section Raw answers
///
/// The HTTP status; 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_response_http_status(response: *const snapline_response) -> i32 {
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { get(response, |response| i32::from(response.status)) }
}

/// The id under which the service knows the request, borrowed from the answer; NULL if it gave none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_response_request_id(
    response: *const snapline_response,
) -> *const c_char {
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { get(response, |response| pointer(response.request_id.as_ref())) }
}

/// A header by its name in any case, borrowed from the answer; NULL if it is not there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_response_header(
    response: *const snapline_response,
    name: *const c_char,
) -> *const c_char {
    // SAFETY: the header asks for NULL or a live handle, and for NULL or a text.
    unsafe {
        get(response, |response| match optional_text("name", name) {
            Ok(Some(name)) => pointer(header(&response.headers, &name)),
            _ => std::ptr::null(),
        })
    }
}

/// The body as received, decompressed; borrowed from the answer.
///
/// Its length in bytes goes to `length`, which may be NULL; a NUL stands behind it. NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_response_body(
    response: *const snapline_response,
    length: *mut usize,
) -> *const c_char {
    // SAFETY: the header asks for NULL or a live handle, and for NULL or a place for the length.
    unsafe {
        write(length, get(response, |response| response.body.len()));
        get(response, |response| response.body.as_ptr())
    }
}

/// Frees an answer and the texts borrowed from it. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_response_free(response: *mut snapline_response) {
    // SAFETY: the header asks for NULL or a handle that was not freed yet.
    unsafe { free(response) };
}
