//! How a wait goes on, and who watches it (B17).

use std::ffi::{c_char, c_void};
use std::ops::ControlFlow;
use std::time::Duration;

use serde::Serialize;
use snapline_runtime::{WaitOptions, Waiter};

use crate::shape::{Text, pointer};

/// Watches a wait: called after each poll, while the call waits, and never twice at once. Returns
/// whether to go on.
///
/// `user_data` is as given to the setter. `status` is the state seen, NULL if nothing was there yet;
/// it is borrowed until the function returns. `polls` counts the polls, from 1. When it returns false
/// the wait ends with SNAPLINE_CANCELLED. It may block and may call the library, except in an `_async`
/// wait, where it is called on the one thread that all of these go on. It must not throw or jump out.
pub type snapline_poll_callback =
    Option<unsafe extern "C" fn(user_data: *mut c_void, status: *const c_char, polls: u32) -> bool>;

/// A callback with its data.
#[derive(Clone, Copy)]
struct PollCallback {
    callback: unsafe extern "C" fn(*mut c_void, *const c_char, u32) -> bool,
    user_data: *mut c_void,
}

// SAFETY: the thread that waits, or one that it waits for, calls the callback; no other does meanwhile.
unsafe impl Send for PollCallback {}

impl PollCallback {
    fn call(self, status: Option<&str>, polls: u32) -> ControlFlow<()> {
        let status = status.map(Text::new);
        // SAFETY: the header asks for a function that can be called with this data during the wait.
        if unsafe { (self.callback)(self.user_data, pointer(status.as_ref()), polls) } {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}

/// 0 would be refused as a bound.
const LEAST: Duration = Duration::from_millis(1);

/// How a wait goes on.
#[derive(Clone, Default)]
pub(crate) struct WaitConfig {
    pub(crate) options: WaitOptions,
    callback: Option<PollCallback>,
}

impl WaitConfig {
    /// Sets who watches; NULL means nobody.
    pub(crate) fn set_callback(
        &mut self,
        callback: snapline_poll_callback,
        user_data: *mut c_void,
    ) {
        self.callback = callback.map(|callback| PollCallback {
            callback,
            user_data,
        });
    }

    /// Makes a wait keep this pace, and end when nothing is left until a deadline.
    pub(crate) fn apply<T: Serialize>(
        &self,
        left: Option<Duration>,
        waiter: Waiter<T>,
    ) -> Waiter<T> {
        let mut waiter = waiter.wait_options(self.options);
        if let Some(left) = left {
            let most = waiter.bound().max(LEAST);
            waiter = waiter.timeout(left.clamp(LEAST, most));
        }
        if let Some(callback) = self.callback {
            waiter = waiter.on_poll(move |poll| callback.call(poll.status, poll.polls));
        }
        waiter
    }
}
