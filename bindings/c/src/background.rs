//! Calls that go on in the background and tell their outcome to a function (`…_async`).

use std::ffi::{c_char, c_void};
use std::marker::PhantomData;

use snapline_runtime::Error;

use crate::error::{snapline_error, status_of};
use crate::generated::status::snapline_status;
use crate::guard::caught;
use crate::handle;
use crate::response::snapline_response;

/// Gets the outcome of a call that gives nothing. See snapline_response_callback.
pub type snapline_done_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        status: snapline_status,
        error: *mut snapline_error,
    ),
>;

/// Gets the outcome of a call that gives a text, which is freed with snapline_string_free. See
/// snapline_response_callback.
pub type snapline_text_callback = Option<
    unsafe extern "C" fn(
        user_data: *mut c_void,
        status: snapline_status,
        out: *mut c_char,
        error: *mut snapline_error,
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
        out: *mut snapline_response,
        error: *mut snapline_error,
    ),
>;

/// A caller's data on its way to the thread that calls back.
pub(crate) struct UserData(pub(crate) *mut c_void);

// SAFETY: the library never reads it, and the header says that it is used on another thread.
unsafe impl Send for UserData {}

impl UserData {
    /// The pointer; a method, so that a closure takes the whole of it along.
    pub(crate) fn pointer(&self) -> *mut c_void {
        self.0
    }
}

/// Tells the outcome of one call to the caller's function: once, whatever happens.
pub(crate) struct Teller<T, F: FnOnce(snapline_status, *mut T, *mut snapline_error)> {
    tell: Option<F>,
    told: PhantomData<fn(T)>,
}

impl<T, F: FnOnce(snapline_status, *mut T, *mut snapline_error)> Teller<T, F> {
    /// Tells with `tell`, which calls the caller's function.
    pub(crate) fn new(tell: F) -> Self {
        Self {
            tell: Some(tell),
            told: PhantomData,
        }
    }

    /// Tells an outcome; `shape` turns its value into what C gets.
    pub(crate) fn tell<R>(
        mut self,
        outcome: Result<R, Error>,
        shape: impl FnOnce(R) -> Result<*mut T, Error>,
    ) {
        let mut made = std::ptr::null_mut();
        let shaped = caught(|| {
            made = shape(outcome?)?;
            Ok(())
        });
        if let Some(tell) = self.tell.take() {
            match shaped {
                Ok(()) => tell(snapline_status::SNAPLINE_OK, made, std::ptr::null_mut()),
                Err(error) => fail(tell, error),
            }
        }
    }
}

fn fail<T>(tell: impl FnOnce(snapline_status, *mut T, *mut snapline_error), error: Error) {
    let status = status_of(&error);
    let error = handle::give(snapline_error::new(error));
    tell(status, std::ptr::null_mut(), error);
}

/// A call that panicked drops its teller: the caller must hear of that, too.
impl<T, F: FnOnce(snapline_status, *mut T, *mut snapline_error)> Drop for Teller<T, F> {
    fn drop(&mut self) {
        if let Some(tell) = self.tell.take() {
            fail(
                tell,
                Error::internal("snapline panicked; please report this"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Told = Vec<(snapline_status, Option<i64>, bool)>;
    type Tell = Box<dyn FnOnce(snapline_status, *mut i64, *mut snapline_error)>;

    fn told(with: impl FnOnce(Tell)) -> Told {
        let seen = std::rc::Rc::new(std::cell::RefCell::new(Told::new()));
        let kept = std::rc::Rc::clone(&seen);
        with(Box::new(move |status, out, error| {
            // SAFETY: the teller gives both away.
            let (out, error) = unsafe { (handle::take(out), handle::take(error)) };
            kept.borrow_mut()
                .push((status, out.map(|out| *out), error.is_some()));
        }));
        seen.take()
    }

    #[test]
    fn an_outcome_is_told_once() {
        let good =
            told(|tell| Teller::new(tell).tell(Ok(3), |value: i64| Ok(handle::give(value * 2))));
        assert_eq!(good, [(snapline_status::SNAPLINE_OK, Some(6), false)]);
        let closed = Err::<i64, _>(Error::closed());
        let bad = told(|tell| Teller::new(tell).tell(closed, |value| Ok(handle::give(value))));
        assert_eq!(bad, [(snapline_status::SNAPLINE_CLOSED, None, true)]);
    }

    #[test]
    fn b23_a_panic_is_told_too() {
        let internal = [(snapline_status::SNAPLINE_INTERNAL, None, true)];
        let shaping = told(|tell| Teller::new(tell).tell(Ok(3), |_: i64| panic!("on purpose")));
        assert_eq!(shaping, internal);
        let dropped = told(|tell| drop(Teller::new(tell)));
        assert_eq!(dropped, internal);
    }
}
