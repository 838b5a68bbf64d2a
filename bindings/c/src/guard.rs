//! The one function that every exported function runs in, and reading and freeing handles in it.

use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use snapline_runtime::Error;

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

/// Makes a handle; NULL where `body` gives nothing.
pub(crate) fn make<T>(body: impl FnOnce() -> Option<T>) -> Option<Box<T>> {
    guard(None, || body().map(Box::new))
}

/// Reads from a handle; of NULL the zero value is read.
pub(crate) fn get<T, R: Zero>(source: Option<&T>, body: impl FnOnce(&T) -> R) -> R {
    match source {
        Some(source) => guard(R::ZERO, || body(source)),
        None => R::ZERO,
    }
}

/// Reads a part of a handle; of NULL, NULL is read.
pub(crate) fn part<'a, T, P>(
    source: Option<&'a T>,
    body: impl FnOnce(&'a T) -> Option<&'a P>,
) -> Option<&'a P> {
    source.and_then(|source| guard(None, || body(source)))
}

/// Ends a handle; NULL is fine.
pub(crate) fn free<T>(handle: Option<Box<T>>) {
    guard((), || drop(handle));
}

/// What a getter gives where there is nothing to get.
pub(crate) trait Zero: Sized {
    /// That value.
    const ZERO: Self;
}

macro_rules! zeroes {
    ($($Type:ty = $zero:expr),+ $(,)?) => { $(impl Zero for $Type { const ZERO: Self = $zero; })+ };
}
zeroes! { bool = false, i32 = 0, i64 = 0, u32 = 0, u64 = 0, usize = 0, f64 = 0.0, *const u8 = std::ptr::null() }
zeroes! { *const c_char = std::ptr::null(), *mut c_char = std::ptr::null_mut(), *mut c_void = std::ptr::null_mut() }

#[cfg(test)]
mod tests {
    use super::*;
    use snapline_runtime::ErrorKind;

    #[test]
    fn b23_a_panic_becomes_internal() {
        let error = caught(|| panic!("on purpose")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
        let read = get(Some(&7_i64), |_| -> i64 { panic!("on purpose") });
        assert_eq!(read, 0);
        assert!(make(|| -> Option<i64> { panic!("on purpose") }).is_none());
    }

    #[test]
    fn null_reads_as_zero() {
        assert_eq!(get(None::<&i64>, |value| *value), 0);
        assert!(part(None::<&i64>, Some).is_none());
        free(None::<Box<i64>>);
    }
}
