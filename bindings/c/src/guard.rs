//! The one function that every exported function runs in.

use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use snapline_runtime::Error;

use crate::error::{snapline_error, status_of};
use crate::generated::status::snapline_status;
use crate::handle;

/// Runs `body`; a panic ends here and gives `fallback` (B23).
pub(crate) fn guard<R>(fallback: R, body: impl FnOnce() -> R) -> R {
    // What a panic left half done stays behind handles that the caller can only free.
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}

/// Runs `body`; a panic becomes an error.
pub(crate) fn caught<F: FnOnce() -> Result<(), Error>>(body: F) -> Result<(), Error> {
    let mut body = Some(body);
    // SAFETY: `begin` is made for this body, which lives until it is done.
    unsafe { caught_once(begin::<F>, (&raw mut body).cast()) }
}

/// Runs the body at `body`, once.
///
/// # Safety
/// `body` points to an `Option<F>` that nobody else uses now.
unsafe fn begin<F: FnOnce() -> Result<(), Error>>(body: *mut c_void) -> Result<(), Error> {
    // SAFETY: as the caller says.
    let body = unsafe { &mut *body.cast::<Option<F>>() };
    body.take().map_or(Ok(()), |body| body())
}

// Compiled once for hundreds of bodies. A `dyn FnMut` would do, but for a table of methods each.
#[inline(never)]
unsafe fn caught_once(
    begin: unsafe fn(*mut c_void) -> Result<(), Error>,
    body: *mut c_void,
) -> Result<(), Error> {
    let panicked = || Err(Error::internal("snapline panicked; please report this"));
    // SAFETY: `caught` gives a function with its body.
    guard(None, || Some(unsafe { begin(body) })).unwrap_or_else(panicked)
}

/// Runs a call: its outcome becomes a status, and its error goes to the caller if there is a place.
///
/// # Safety
/// `error` is NULL or can be written to.
pub(crate) unsafe fn call(
    error: *mut *mut snapline_error,
    body: impl FnOnce() -> Result<(), Error>,
) -> snapline_status {
    match caught(body) {
        Ok(()) => snapline_status::SNAPLINE_OK,
        // SAFETY: as the caller says.
        Err(failure) => unsafe { give(error, failure) },
    }
}

/// Hands an error over, and its status.
///
/// # Safety
/// As [`call`].
#[inline(never)]
unsafe fn give(error: *mut *mut snapline_error, failure: Error) -> snapline_status {
    guard(snapline_status::SNAPLINE_INTERNAL, || {
        let status = status_of(&failure);
        if !error.is_null() {
            let given = handle::give(snapline_error::new(failure));
            // SAFETY: `error` is not NULL, and the caller says that it can be written to.
            unsafe { error.write(given) };
        }
        status
    })
}

/// Something that remembers the first value that could not be taken, so that the call that uses it
/// fails and says why, even if nobody looks at what a setter returns.
pub(crate) trait Faulty {
    /// The place of the fault.
    fn fault(&mut self) -> &mut Option<Error>;
}

/// Runs a setter on a handle.
///
/// # Safety
/// `target` is NULL or a live handle that nobody else uses now.
pub(crate) unsafe fn set<T: Faulty>(
    target: *mut T,
    body: impl FnOnce(&mut T) -> Result<(), Error>,
) -> snapline_status {
    // SAFETY: as the caller says.
    let Some(target) = (unsafe { target.as_mut() }) else {
        return snapline_status::SNAPLINE_INVALID_ARGUMENT;
    };
    let Err(failure) = caught(|| body(target)) else {
        return snapline_status::SNAPLINE_OK;
    };
    let status = status_of(&failure);
    target.fault().get_or_insert(failure);
    status
}

/// Makes a handle; NULL where `body` gives nothing.
pub(crate) fn make<T>(body: impl FnOnce() -> Option<T>) -> *mut T {
    guard(std::ptr::null_mut(), || {
        body().map_or(std::ptr::null_mut(), handle::give)
    })
}

/// Reads from a handle; of NULL the zero value is read.
///
/// # Safety
/// `source` is NULL or a live handle that nobody changes now.
pub(crate) unsafe fn get<T, R: Zero>(source: *const T, body: impl FnOnce(&T) -> R) -> R {
    // SAFETY: as the caller says.
    match unsafe { source.as_ref() } {
        Some(source) => guard(R::ZERO, || body(source)),
        None => R::ZERO,
    }
}

/// Ends a handle; NULL is fine.
///
/// # Safety
/// `given` is NULL or a handle that was given out and not taken back.
pub(crate) unsafe fn free<T>(given: *mut T) {
    // SAFETY: as the caller says.
    guard((), || drop(unsafe { handle::take(given) }));
}

/// What a getter gives where there is nothing to get.
pub(crate) trait Zero: Sized {
    /// That value.
    const ZERO: Self;
}

macro_rules! zeroes {
    ($($Type:ty = $zero:expr),+ $(,)?) => { $(impl Zero for $Type { const ZERO: Self = $zero; })+ };
}
zeroes! { bool = false, i32 = 0, i64 = 0, u32 = 0, u64 = 0, usize = 0, f64 = 0.0 }
zeroes! { *const c_char = std::ptr::null(), *mut c_char = std::ptr::null_mut(), *mut c_void = std::ptr::null_mut() }

/// Reads a pointer to a part of a handle; of NULL, NULL is read.
///
/// # Safety
/// As [`get`].
pub(crate) unsafe fn part<T, P>(source: *const T, body: impl FnOnce(&T) -> Option<&P>) -> *const P {
    // SAFETY: as the caller says.
    match unsafe { source.as_ref() } {
        Some(source) => guard(std::ptr::null(), || {
            body(source).map_or(std::ptr::null(), std::ptr::from_ref)
        }),
        None => std::ptr::null(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use snapline_runtime::ErrorKind;

    #[derive(Default)]
    struct Thing(Option<Error>);
    impl Faulty for Thing {
        fn fault(&mut self) -> &mut Option<Error> {
            &mut self.0
        }
    }

    #[test]
    fn b23_a_panic_becomes_internal() {
        let mut error = std::ptr::null_mut();
        // SAFETY: `error` is a local.
        let status = unsafe { call(&raw mut error, || panic!("on purpose")) };
        assert_eq!(status, snapline_status::SNAPLINE_INTERNAL);
        // SAFETY: `call` just gave it.
        let error = unsafe { handle::take(error) }.unwrap();
        assert_eq!(error.error().kind(), ErrorKind::Internal);
        // SAFETY: NULL is allowed.
        let status = unsafe { call(std::ptr::null_mut(), || panic!("on purpose")) };
        assert_eq!(status, snapline_status::SNAPLINE_INTERNAL);
        let value = 7_i64;
        // SAFETY: a reference is a live pointer.
        let read = unsafe { get(&raw const value, |_| -> i64 { panic!("on purpose") }) };
        assert_eq!(read, 0);
        assert!(make(|| -> Option<i64> { panic!("on purpose") }).is_null());
    }

    #[test]
    fn nothing_is_written_on_success() {
        let mut error = std::ptr::null_mut();
        // SAFETY: `error` is a local.
        let status = unsafe { call(&raw mut error, || Ok(())) };
        assert_eq!(status, snapline_status::SNAPLINE_OK);
        assert!(error.is_null());
    }

    #[test]
    fn the_first_fault_of_a_setter_stays() {
        let mut thing = Thing::default();
        for (number, word) in ["first", "second"].into_iter().enumerate() {
            // SAFETY: `thing` is a local.
            let status = unsafe {
                set(&raw mut thing, |_| {
                    Err(Error::invalid_argument(word, "rule", format!("{number}")))
                })
            };
            assert_eq!(status, snapline_status::SNAPLINE_INVALID_ARGUMENT);
        }
        assert_eq!(thing.0.unwrap().parameter(), Some("first"));
        // SAFETY: NULL is allowed.
        let status = unsafe { set(std::ptr::null_mut::<Thing>(), |_| Ok(())) };
        assert_eq!(status, snapline_status::SNAPLINE_INVALID_ARGUMENT);
    }

    #[test]
    fn null_reads_as_zero() {
        // SAFETY: NULL is allowed.
        unsafe {
            assert_eq!(get(std::ptr::null::<i64>(), |value| *value), 0);
            assert!(part(std::ptr::null::<i64>(), |value| Some(value)).is_null());
            free(std::ptr::null_mut::<i64>());
        }
    }
}
