//! Functions of the caller's that look at each sending of a client's calls (B29).

use std::ffi::{CStr, c_char, c_void};

use snapline_runtime::{Attempted, Error, Hook, HookError, Outgoing};

use crate::generated::status::snapline_status;
use crate::guard::get;
use crate::input::text;
use crate::setter::{faults, set};
use crate::settings::snapline_settings;
use crate::shape::{Headers, Text, pointer};

/// A request that is about to go out, without credentials.
///
/// It is borrowed until the callback returns, and so are texts read from it.
pub struct snapline_outgoing {
    operation: Text,
    method: Text,
    url: Text,
    attempt: u64,
    headers: Headers,
    added: Vec<(String, String)>,
    fault: Option<Error>,
}

faults!(snapline_outgoing: fault);

/// What came of a request that went out: an answer, or none.
///
/// It is borrowed until the callback returns, and so are texts read from it.
pub struct snapline_attempted {
    operation: Text,
    attempt: u64,
    elapsed_us: i64,
    http_status: i32,
    headers: Headers,
    request_id: Option<Text>,
    error: Option<Text>,
}

/// Looks at a request before it goes out, and may add headers to it with snapline_outgoing_set_header.
///
/// `user_data` is as given to snapline_settings_set_hooks. `request` is borrowed until it returns. Returns NULL to let
/// the request out, else a text that says why not, which is copied at once: the call then fails with SNAPLINE_HOOK, and
/// nothing was sent. It is called on the thread that makes the call, or for an `_async` call on the one thread that
/// all of these go on, where it must be quick; by several threads at once if several make calls. It must not throw or
/// jump out.
pub type snapline_before_send_callback = Option<
    unsafe extern "C" fn(user_data: *mut c_void, request: *mut snapline_outgoing) -> *const c_char,
>;

/// Looks at what came of a request: an answer, or none.
///
/// As snapline_before_send_callback, but that what the service did is done when it fails the call:
/// snapline_error_outcome_unknown says whether it may have acted.
pub type snapline_after_answer_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        attempted: *const snapline_attempted,
    ) -> *const c_char,
>;

/// Headers where C can read them.
macro_rules! shown {
    ($all:expr) => {
        Headers::new(
            $all.iter()
                .map(|(name, value)| (name.as_str(), value.as_bytes())),
        )
    };
}

/// Frees what hooks were given, once nothing calls them any more.
///
/// `user_data` is as given to snapline_settings_set_hooks. It is called on any thread, and must not call the library,
/// throw or jump out.
pub type snapline_hooks_free_callback = Option<unsafe extern "C" fn(user_data: *mut c_void)>;

/// What a caller has set.
struct Callbacks {
    before: snapline_before_send_callback,
    after: snapline_after_answer_callback,
    user_data: *mut c_void,
    free: snapline_hooks_free_callback,
}

impl Drop for Callbacks {
    fn drop(&mut self) {
        if let Some(free) = self.free {
            // SAFETY: the header asks for a function that takes this data, and nobody has the callbacks any more.
            unsafe { free(self.user_data) }
        }
    }
}

// SAFETY: the header says that the functions are called on any thread with their data.
unsafe impl Send for Callbacks {}
// SAFETY: and by several at once.
unsafe impl Sync for Callbacks {}

impl Hook for Callbacks {
    fn before_send(&self, request: &mut Outgoing) -> Result<(), HookError> {
        let Some(before) = self.before else {
            return Ok(());
        };
        let mut shown = snapline_outgoing {
            operation: Text::new(request.operation()),
            method: Text::new(request.method()),
            url: Text::new(request.url()),
            attempt: request.attempt().into(),
            headers: shown!(request.headers()),
            added: Vec::new(),
            fault: None,
        };
        // SAFETY: the header asks for a function that can be called with this data as long as there is the client.
        said(unsafe { before(self.user_data, &raw mut shown) })?;
        if let Some(fault) = shown.fault {
            return Err(fault.into());
        }
        for (name, value) in shown.added {
            request.set_header(name, value);
        }
        Ok(())
    }

    fn after_answer(&self, attempted: &Attempted) -> Result<(), HookError> {
        let Some(after) = self.after else {
            return Ok(());
        };
        let shown = snapline_attempted {
            operation: Text::new(attempted.operation()),
            attempt: attempted.attempt().into(),
            elapsed_us: i64::try_from(attempted.elapsed().as_micros()).unwrap_or(i64::MAX),
            http_status: attempted.status().map_or(0, i32::from),
            headers: shown!(attempted.headers()),
            request_id: attempted.request_id().map(Text::new),
            error: attempted.error().map(Text::new),
        };
        // SAFETY: as above.
        said(unsafe { after(self.user_data, &raw const shown) })
    }
}

/// What a callback says of why a call is to fail.
fn said(why: *const c_char) -> Result<(), HookError> {
    if why.is_null() {
        return Ok(());
    }
    // SAFETY: the header asks for a text that ends and is there until it was copied, which it is here.
    let why = unsafe { CStr::from_ptr(why) };
    Err(why.to_string_lossy().into_owned().into())
}

/// Sets functions that look at each sending of the calls of clients made with these settings, in place of the ones
/// before.
///
/// - before: called before a request goes out. NULL for none.
/// - after: called after its answer came, or none did. NULL for none.
/// - user_data: passed on to both and never read; it must stay valid until `free_data` is called, which is when the
///   settings, the clients made with them and their calls are gone. NULL is fine.
/// - free_data: called once, then. NULL for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_hooks(
    settings: Option<&mut snapline_settings>,
    before: snapline_before_send_callback,
    after: snapline_after_answer_callback,
    user_data: *mut c_void,
    free_data: snapline_hooks_free_callback,
) -> snapline_status {
    // Made first: whatever comes of it, the data is freed.
    let hooks = Callbacks {
        before,
        after,
        user_data,
        free: free_data,
    };
    set(settings, |settings| {
        settings.set_hooks(hooks);
        Ok(())
    })
}

/// The operation, such as "nfs_get", borrowed; NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_outgoing_operation(
    request: Option<&snapline_outgoing>,
) -> *const c_char {
    get(request, |request| request.operation.as_ptr())
}

/// The method in capitals, borrowed; NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_outgoing_method(request: Option<&snapline_outgoing>) -> *const c_char {
    get(request, |request| request.method.as_ptr())
}

/// Where it goes, with its query, borrowed; NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_outgoing_url(request: Option<&snapline_outgoing>) -> *const c_char {
    get(request, |request| request.url.as_ptr())
}

/// Which sending of the call it is, from 1; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_outgoing_attempt(request: Option<&snapline_outgoing>) -> u64 {
    get(request, |request| request.attempt)
}

/// How many headers the call gives it. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_outgoing_header_count(request: Option<&snapline_outgoing>) -> usize {
    get(request, |request| request.headers.len())
}

/// The name of a header by its index from 0, in lower case, borrowed; NULL where there is no such header.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_outgoing_header_name_at(
    request: Option<&snapline_outgoing>,
    index: usize,
) -> *const c_char {
    get(request, |request| pointer(request.headers.name(index)))
}

/// The value of a header by its index from 0, borrowed; NULL where there is no such header.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_outgoing_header_value_at(
    request: Option<&snapline_outgoing>,
    index: usize,
) -> *const c_char {
    get(request, |request| pointer(request.headers.value(index)))
}

/// Adds a header to this request alone, in place of one of the same name. Name and value are copied. One
/// that the client sets itself, such as "authorization", fails the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_outgoing_set_header(
    request: Option<&mut snapline_outgoing>,
    name: *const c_char,
    value: *const c_char,
) -> snapline_status {
    set(request, |request| {
        let pair = (text!(name)?, text!(value)?);
        request.added.push(pair);
        Ok(())
    })
}

/// The operation, such as "nfs_get", borrowed; NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_attempted_operation(
    attempted: Option<&snapline_attempted>,
) -> *const c_char {
    get(attempted, |attempted| attempted.operation.as_ptr())
}

/// Which sending of the call it was, from 1; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_attempted_attempt(attempted: Option<&snapline_attempted>) -> u64 {
    get(attempted, |attempted| attempted.attempt)
}

/// How long it took with all of the answer, in microseconds; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_attempted_elapsed_us(attempted: Option<&snapline_attempted>) -> i64 {
    get(attempted, |attempted| attempted.elapsed_us)
}

/// The HTTP status of the answer; 0 if there was none.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_attempted_http_status(attempted: Option<&snapline_attempted>) -> i32 {
    get(attempted, |attempted| attempted.http_status)
}

/// How many headers the answer has. 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_attempted_header_count(attempted: Option<&snapline_attempted>) -> usize {
    get(attempted, |attempted| attempted.headers.len())
}

/// The name of a header by its index from 0, in lower case, borrowed; NULL where there is no such header.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_attempted_header_name_at(
    attempted: Option<&snapline_attempted>,
    index: usize,
) -> *const c_char {
    get(attempted, |attempted| {
        pointer(attempted.headers.name(index))
    })
}

/// The value of a header by its index from 0, borrowed; NULL where there is no such header.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_attempted_header_value_at(
    attempted: Option<&snapline_attempted>,
    index: usize,
) -> *const c_char {
    get(attempted, |attempted| {
        pointer(attempted.headers.value(index))
    })
}

/// The id under which the service knows the request, borrowed; NULL if it gave none.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_attempted_request_id(
    attempted: Option<&snapline_attempted>,
) -> *const c_char {
    get(attempted, |attempted| {
        pointer(attempted.request_id.as_ref())
    })
}

/// Why there is no answer that can be used, borrowed; NULL if there is one.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_attempted_error(
    attempted: Option<&snapline_attempted>,
) -> *const c_char {
    get(attempted, |attempted| pointer(attempted.error.as_ref()))
}
