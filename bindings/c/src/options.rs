//! Options of one call: what is C's own. The setters of what every language has are generated.

use std::ffi::c_void;
use std::time::{Duration, Instant};

use serde::Serialize;
use snapline_runtime::{CallOptions, Error, Waiter};

use crate::cancel::{Cancel, snapline_cancel_token};
use crate::generated::status::snapline_status;
use crate::guard::{free, make};
use crate::input::required;
use crate::setter::{check, faults, set};
use crate::wait::{WaitConfig, snapline_poll_callback};

/// Options of one call: time bounds, attempts, headers, a cancel token, and how a wait goes on.
///
/// Give them to any number of calls, which borrow them; NULL stands for the defaults. What is not set is
/// as set on the client. Free them with snapline_options_free.
#[derive(Default)]
pub struct snapline_options {
    fault: Option<Error>,
    /// What the setters set.
    pub(crate) set: Options,
}

faults!(snapline_options: fault);

/// What a call takes of its options.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) call: CallOptions,
    pub(crate) wait: WaitConfig,
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

    /// Makes a wait go on as these options say.
    pub(crate) fn configure<T: Serialize>(&self, waiter: Waiter<T>) -> Waiter<T> {
        self.wait.apply(self.left(), waiter)
    }
}

impl snapline_options {
    /// Changes what the runtime takes.
    pub(crate) fn change(&mut self, change: impl FnOnce(CallOptions) -> CallOptions) {
        self.set.call = change(std::mem::take(&mut self.set.call));
    }

    /// Options of a call, unless one of them could not be taken; NULL stands for the defaults.
    pub(crate) fn checked(options: Option<&Self>) -> Result<Options, Error> {
        let Some(options) = options else {
            return Ok(Options::default());
        };
        check(&options.fault)?;
        Ok(options.set.clone())
    }
}

/// Makes options where nothing is set.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_options_new() -> Option<Box<snapline_options>> {
    make(|| Some(snapline_options::default()))
}

/// Sets a deadline: everything that is done with these options must be over this many milliseconds
/// from now. Several calls can share it.
///
/// A call that has not ended by then ends with SNAPLINE_TIMEOUT, a wait with SNAPLINE_WAIT_TIMEOUT, and
/// an iterator with SNAPLINE_CANCELLED. Bounds that are shorter still hold.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_options_set_deadline_ms(
    options: Option<&mut snapline_options>,
    milliseconds: u64,
) -> snapline_status {
    set(options, |options| {
        // One that lies too far ahead to be told is none.
        options.set.deadline = Instant::now().checked_add(Duration::from_millis(milliseconds));
        Ok(())
    })
}

/// Lets `token` end the call. The token may be freed before the call.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_options_set_cancel_token(
    options: Option<&mut snapline_options>,
    token: Option<&snapline_cancel_token>,
) -> snapline_status {
    set(options, |options| {
        options.set.cancel = Some(required("token", token)?.flag());
        Ok(())
    })
}

/// Sets a function that a wait calls after each poll and that says whether to go on.
///
/// - callback: NULL for none. It is called while the call waits, as a rule on the thread that waits.
/// - user_data: passed on to the callback and never read; it must stay valid while a wait uses these
///   options. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_options_set_on_poll(
    options: Option<&mut snapline_options>,
    callback: snapline_poll_callback,
    user_data: *mut c_void,
) -> snapline_status {
    set(options, |options| {
        options.set.wait.set_callback(callback, user_data);
        Ok(())
    })
}

/// Frees options. No call may be using them.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_options_free(options: Option<Box<snapline_options>>) {
    free(options);
}
