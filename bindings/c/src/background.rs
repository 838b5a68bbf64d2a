//! Calls that go on in the background and give their outcome to a function (`…_async`).

use std::ffi::{c_char, c_void};

use snapline_runtime::Error;

use crate::bytes::snapline_bytes;
use crate::error::{snapline_error, status_of};
use crate::generated::status::snapline_status;
use crate::guard::caught;
use crate::handle::boxed;
use crate::response::snapline_response;

/// Gets the outcome of a call that gives nothing. See snapline_response_callback.
pub type snapline_done_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        status: snapline_status,
        error: Option<Box<snapline_error>>,
    ),
>;

/// Gets the outcome of a call that gives a text, which is freed with snapline_string_free. See
/// snapline_response_callback.
pub type snapline_text_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        status: snapline_status,
        out: *mut c_char,
        error: Option<Box<snapline_error>>,
    ),
>;

/// Gets the outcome of a call that gives bytes, which are freed with snapline_bytes_free. See
/// snapline_response_callback.
pub type snapline_bytes_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        status: snapline_status,
        out: Option<Box<snapline_bytes>>,
        error: Option<Box<snapline_error>>,
    ),
>;

/// Gets the outcome of a call that gives an answer as it came.
///
/// Rules for every callback of an `_async` function:
///
/// - It is called exactly once for each `_async` call that returned SNAPLINE_OK, and never for one that
///   returned something else.
/// - It is called on a thread of the library, never on the one that made the call, and perhaps before
///   the `_async` function returned. Several may run at once. It may block and may call the library.
/// - On SNAPLINE_OK `out` is its own, to be freed as if a call had returned it, and `error` is NULL. Else
///   `out` is NULL and `error` is its own, to be freed with snapline_error_free.
/// - `user_data` is as given to the call, and is never read.
/// - Freeing the client does not stop it; cancelling the call's token does, and it is then called with
///   SNAPLINE_CANCELLED. If the process ends first, it is not called.
/// - It must not throw or jump out.
pub type snapline_response_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        status: snapline_status,
        out: Option<Box<snapline_response>>,
        error: Option<Box<snapline_error>>,
    ),
>;

/// A function of the caller's that gets what a call gives.
pub(crate) type Callback<O> =
    unsafe extern "C" fn(*mut c_void, snapline_status, O, Option<Box<snapline_error>>);

/// A function of the caller's for a call that gives nothing.
pub(crate) type DoneCallback =
    unsafe extern "C" fn(*mut c_void, snapline_status, Option<Box<snapline_error>>);

/// A function that is there, and the data it is called with.
pub(crate) struct UserCallback<F> {
    pub(crate) callback: F,
    pub(crate) user_data: *mut c_void,
}

/// What a call can give.
pub(crate) trait CallbackOutput: 'static {
    /// What a callback is given with an error, and what is given where there is nothing.
    const NONE: Self;
}

impl<T: 'static> CallbackOutput for Option<Box<T>> {
    const NONE: Self = None;
}

impl CallbackOutput for *mut c_char {
    const NONE: Self = std::ptr::null_mut();
}

/// A function that takes an outcome.
pub(crate) trait IntoCompletion<O> {
    /// Binds it to the caller's data.
    fn completion(self, user_data: *mut c_void) -> Completion<O>;
}

impl<O: CallbackOutput> IntoCompletion<O> for Callback<O> {
    fn completion(self, user_data: *mut c_void) -> Completion<O> {
        let data = UserData(user_data);
        Completion::new(move |status, outcome| {
            let (out, error) = match outcome {
                Ok(out) => (out, None),
                Err(error) => (O::NONE, error),
            };
            // SAFETY: core.h asks for a function that takes this data and what it is given.
            unsafe { self(data.pointer(), status, out, error) }
        })
    }
}

impl IntoCompletion<()> for DoneCallback {
    fn completion(self, user_data: *mut c_void) -> Completion<()> {
        let data = UserData(user_data);
        Completion::new(move |status, outcome| {
            // SAFETY: core.h asks for a function that takes this data and what it is given.
            unsafe { self(data.pointer(), status, outcome.err().flatten()) }
        })
    }
}

/// A caller's data on its way to the thread that calls back.
struct UserData(*mut c_void);

// SAFETY: the library never reads it, and the header says that it is used on another thread.
unsafe impl Send for UserData {}

impl UserData {
    /// The pointer; a method, so that a closure takes the whole of it along.
    fn pointer(&self) -> *mut c_void {
        self.0
    }
}

type CompletionFn<O> =
    Box<dyn FnOnce(snapline_status, Result<O, Option<Box<snapline_error>>>) + Send>;

/// Calls the caller's function with the outcome of one call: once, whatever happens.
pub(crate) struct Completion<O>(Option<CompletionFn<O>>);

impl<O> Completion<O> {
    fn new(
        call: impl FnOnce(snapline_status, Result<O, Option<Box<snapline_error>>>) + Send + 'static,
    ) -> Self {
        Self(Some(Box::new(call)))
    }

    /// Calls it with an outcome; `shape` turns its value into what C gets.
    pub(crate) fn complete<R>(
        mut self,
        outcome: Result<R, Error>,
        shape: impl FnOnce(R) -> Result<O, Error>,
    ) {
        let mut output = None;
        let shaped = caught(|| {
            output = Some(shape(outcome?)?);
            Ok(())
        });
        let Some(call) = self.0.take() else { return };
        match (shaped, output) {
            (Ok(()), Some(output)) => call(snapline_status::SNAPLINE_OK, Ok(output)),
            (Err(error), _) => fail(call, error),
            (Ok(()), None) => fail(call, panicked()),
        }
    }
}

fn panicked() -> Error {
    Error::internal("snapline panicked; please report this")
}

fn fail<O>(call: CompletionFn<O>, error: Error) {
    let status = status_of(&error);
    call(status, Err(boxed(snapline_error::new(error))));
}

/// A call that panicked drops its completion: the caller must hear of that, too.
impl<O> Drop for Completion<O> {
    fn drop(&mut self) {
        if let Some(call) = self.0.take() {
            fail(call, panicked());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    type Outcomes = Vec<(snapline_status, Option<i64>, bool)>;

    fn outcomes(with: impl FnOnce(Completion<i64>)) -> Outcomes {
        let seen = Arc::new(Mutex::new(Outcomes::new()));
        let kept = Arc::clone(&seen);
        with(Completion::new(move |status, outcome: Result<i64, _>| {
            let failed = outcome.is_err();
            kept.lock().unwrap().push((status, outcome.ok(), failed));
        }));
        let seen = seen.lock().unwrap();
        seen.clone()
    }

    #[test]
    fn an_outcome_is_given_once() {
        let good = outcomes(|completion| completion.complete(Ok(3), |value: i64| Ok(value * 2)));
        assert_eq!(good, [(snapline_status::SNAPLINE_OK, Some(6), false)]);
        let closed = Err::<i64, _>(Error::closed());
        let bad = outcomes(|completion| completion.complete(closed, Ok));
        assert_eq!(bad, [(snapline_status::SNAPLINE_CLOSED, None, true)]);
    }

    #[test]
    fn b23_a_panic_is_an_outcome_too() {
        let internal = [(snapline_status::SNAPLINE_INTERNAL, None, true)];
        let shaping =
            outcomes(|completion| completion.complete(Ok(3), |_: i64| panic!("on purpose")));
        assert_eq!(shaping, internal);
        assert_eq!(outcomes(drop), internal);
    }
}
