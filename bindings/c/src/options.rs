//! Options of one call.

use std::ffi::c_char;
use std::time::{Duration, Instant};

use snapline_runtime::{CallOptions, Error};

use crate::cancel::{Cancel, snapline_cancel_token};
use crate::generated::status::snapline_status;
use crate::guard::{Faulty, free, make, set};
use crate::input::{borrow, text};

/// Options of one call: time bounds, attempts, headers, a cancel token.
///
/// Give them to a call with the `_set_options` of its arguments, which copies them. What is not set is
/// as set on the client. Change a handle from one thread at a time. Free it with
/// snapline_options_free.
///
/// A value that cannot be taken is reported by the setter, and again by the call.
#[derive(Default)]
pub struct snapline_options {
    pub(crate) fault: Option<Error>,
    pub(crate) options: Options,
}

/// What a call takes of its options.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) call: CallOptions,
    pub(crate) cancel: Option<Cancel>,
    /// The bound of the whole call, kept here too because a deadline has to be compared with it.
    pub(crate) timeout: Option<Duration>,
    pub(crate) deadline: Option<Instant>,
}

impl Options {
    /// What is left until the deadline, where there is one.
    pub(crate) fn left(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The options of a call that begins now on a client with this bound for calls.
    pub(crate) fn call(&self, bound: Duration) -> CallOptions {
        match self.left() {
            Some(left) if left < self.timeout.unwrap_or(bound) => {
                // 0 would be refused as a bound; the call is to end with a timeout.
                self.call
                    .clone()
                    .timeout(left.max(Duration::from_millis(1)))
            }
            _ => self.call.clone(),
        }
    }
}

impl Faulty for snapline_options {
    fn fault(&mut self) -> &mut Option<Error> {
        &mut self.fault
    }
}

impl snapline_options {
    fn change(&mut self, change: impl FnOnce(CallOptions) -> CallOptions) {
        self.options.call = change(std::mem::take(&mut self.options.call));
    }

    /// The options, unless one of them could not be taken.
    pub(crate) fn checked(&self) -> Result<Options, Error> {
        match &self.fault {
            Some(fault) => Err(fault.clone()),
            None => Ok(self.options.clone()),
        }
    }
}

/// Options from a pointer; NULL stands for the defaults.
///
/// # Safety
/// `options` is NULL or a live handle that nobody changes during the call.
pub(crate) unsafe fn options_or_default(
    options: *const snapline_options,
) -> Result<Options, Error> {
    // SAFETY: as the caller says.
    unsafe { options.as_ref() }.map_or_else(|| Ok(Options::default()), snapline_options::checked)
}

/// @section Options of a call
///
/// Makes options where nothing is set. Free them with snapline_options_free.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_options_new() -> *mut snapline_options {
    make(|| Some(snapline_options::default()))
}

/// Sets the bound of the whole call with its retries, in milliseconds, above 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_timeout_ms(
    options: *mut snapline_options,
    milliseconds: u64,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        options.options.timeout = Some(Duration::from_millis(milliseconds));
        options.change(|call| call.timeout(Duration::from_millis(milliseconds)));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Sets the bound of each attempt, body included, in milliseconds, above 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_attempt_timeout_ms(
    options: *mut snapline_options,
    milliseconds: u64,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        options.change(|call| call.attempt_timeout(Duration::from_millis(milliseconds)));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Sets a deadline: everything that is done with these options must be over this many milliseconds
/// from now. Several calls can share it.
///
/// A call that has not ended by then ends with SNAPLINE_TIMEOUT, a wait with SNAPLINE_WAIT_TIMEOUT, and
/// an iterator with SNAPLINE_CANCELLED. Bounds that are shorter still hold.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_deadline_ms(
    options: *mut snapline_options,
    milliseconds: u64,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        // One that lies too far ahead to be told is none.
        options.options.deadline = Instant::now().checked_add(Duration::from_millis(milliseconds));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Sets how often the call is sent at most, from 1 to 100.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_max_attempts(
    options: *mut snapline_options,
    attempts: u32,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        options.change(|call| call.max_attempts(attempts));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Sets the longest first pause between two attempts, in milliseconds; each later one is up to twice as
/// long.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_backoff_base_ms(
    options: *mut snapline_options,
    milliseconds: u64,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        options.change(|call| call.backoff_base(Duration::from_millis(milliseconds)));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Sets the longest pause between two attempts that the service did not ask for, in milliseconds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_backoff_cap_ms(
    options: *mut snapline_options,
    milliseconds: u64,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        options.change(|call| call.backoff_cap(Duration::from_millis(milliseconds)));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Sets the longest pause that the service may ask for, in milliseconds; a longer one ends the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_max_retry_after_ms(
    options: *mut snapline_options,
    milliseconds: u64,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        options.change(|call| call.max_retry_after(Duration::from_millis(milliseconds)));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Sets how many bytes the answer may have after decompression.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_max_body_bytes(
    options: *mut snapline_options,
    bytes: u64,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        options.change(|call| call.max_body_bytes(bytes));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Holds the call back while the last answer said that no request is left, or not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_pacing(
    options: *mut snapline_options,
    pacing: bool,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        options.change(|call| call.pacing(pacing));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Checks arguments against the bounds that the document states before anything is sent, or leaves that to
/// the service. What a path cannot hold is refused all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_check_bounds(
    options: *mut snapline_options,
    check: bool,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        options.change(|call| call.check_bounds(check));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Adds a header to the request; it replaces one of the same name. Both texts are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_add_header(
    options: *mut snapline_options,
    name: *const c_char,
    value: *const c_char,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        // SAFETY: the header asks for texts.
        let (name, value) = unsafe { (text("name", name)?, text("value", value)?) };
        options.change(|call| call.header(name, value));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Adds a query parameter to the request. Both texts are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_add_query(
    options: *mut snapline_options,
    name: *const c_char,
    value: *const c_char,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        // SAFETY: the header asks for texts.
        let (name, value) = unsafe { (text("name", name)?, text("value", value)?) };
        options.change(|call| call.query(name, value));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Lets a POST be sent again although it may have been carried out: it can then happen twice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_retry_post(
    options: *mut snapline_options,
    retry: bool,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        options.change(|call| call.retry_post(retry));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Makes an answer that departs from the document an error, or not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_strict(
    options: *mut snapline_options,
    strict: bool,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        options.change(|call| call.strict(strict));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Lets `token` end the call. The token may be freed before the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_cancel_token(
    options: *mut snapline_options,
    token: *const snapline_cancel_token,
) -> snapline_status {
    let body = |options: &mut snapline_options| {
        // SAFETY: the header asks for NULL or a live handle.
        options.options.cancel = Some(unsafe { borrow("token", token)? }.flag());
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(options, body) }
}

/// Frees options; arguments they were given to keep their copy. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_free(options: *mut snapline_options) {
    // SAFETY: the header asks for NULL or a handle that was not freed yet.
    unsafe { free(options) };
}
