//! The one function that every exported function runs in.

use std::ffi::{c_char, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use snapline_runtime::Error;

use crate::error::{snapline_error, status_of};
use crate::generated::status::snapline_status;
use crate::handle::{self, Place};
use crate::shape::Slot;

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

/// A call of C's: its outcome becomes a status, and its error goes to the caller if there is a place.
pub(crate) struct Call<'a>(Place<'a, snapline_error>);

/// Begins a call.
pub(crate) fn call(error: Place<'_, snapline_error>) -> Call<'_> {
    Call(error)
}

impl Call<'_> {
    /// Runs it.
    pub(crate) fn run(self, body: impl FnOnce() -> Result<(), Error>) -> snapline_status {
        match caught(body) {
            Ok(()) => snapline_status::SNAPLINE_OK,
            Err(failure) => give(self.0, failure),
        }
    }
}

/// Hands an error over, and its status.
#[inline(never)]
fn give(error: Place<'_, snapline_error>, failure: Error) -> snapline_status {
    guard(snapline_status::SNAPLINE_INTERNAL, || {
        let status = status_of(&failure);
        if let Some(place) = error {
            place.write(handle::boxed(snapline_error::new(failure)));
        }
        status
    })
}

/// A handle that remembers the first value that could not be taken, so that the call that uses it fails
/// and says why, even if nobody looks at what a setter returns.
pub(crate) trait Faults {
    /// The place of the fault.
    fn fault(&mut self) -> &mut Option<Error>;
}

/// Says where a handle keeps its fault.
macro_rules! faults {
    ($($Handle:ty: $field:ident),+ $(,)?) => { $(impl $crate::guard::Faults for $Handle {
        fn fault(&mut self) -> &mut Option<snapline_runtime::Error> {
            &mut self.$field
        }
    })+ };
}
pub(crate) use faults;

/// Runs a setter on a handle.
pub(crate) fn set<T: Faults>(
    target: Option<&mut T>,
    body: impl FnOnce(&mut T) -> Result<(), Error>,
) -> snapline_status {
    let Some(target) = target else {
        return snapline_status::SNAPLINE_INVALID_ARGUMENT;
    };
    let Err(failure) = caught(|| body(target)) else {
        return snapline_status::SNAPLINE_OK;
    };
    let status = status_of(&failure);
    target.fault().get_or_insert(failure);
    status
}

/// Puts a value into its place in a handle.
pub(crate) fn put<T: Faults, V>(
    target: Option<&mut T>,
    place: impl FnOnce(&mut T) -> &mut V,
    value: impl FnOnce() -> Result<V, Error>,
) -> snapline_status {
    set(target, |target| {
        *place(target) = value()?;
        Ok(())
    })
}

/// Puts an argument into its place in a handle.
pub(crate) fn put_some<T: Faults, V>(
    target: Option<&mut T>,
    place: impl FnOnce(&mut T) -> &mut Option<V>,
    value: impl FnOnce() -> Result<V, Error>,
) -> snapline_status {
    put(target, place, || value().map(Some))
}

/// Puts a value in the form of C into its place in an object.
pub(crate) fn put_shaped<T: Faults, S: Slot>(
    target: Option<&mut T>,
    place: impl FnOnce(&mut T) -> &mut S,
    value: impl FnOnce() -> Result<S::Value, Error>,
) -> snapline_status {
    put(target, place, || value().map(S::holding))
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
pub(crate) fn free<T>(given: Option<Box<T>>) {
    guard((), || drop(given));
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::MaybeUninit;

    use snapline_runtime::ErrorKind;

    #[derive(Default)]
    struct Thing {
        fault: Option<Error>,
        value: i64,
    }
    faults!(Thing: fault);

    #[test]
    fn b23_a_panic_becomes_internal() {
        let mut error = MaybeUninit::new(None);
        let status = call(Some(&mut error)).run(|| panic!("on purpose"));
        assert_eq!(status, snapline_status::SNAPLINE_INTERNAL);
        // SAFETY: it was initialised above.
        let error = unsafe { error.assume_init() }.unwrap();
        assert_eq!(error.error().kind(), ErrorKind::Internal);
        let status = call(None).run(|| panic!("on purpose"));
        assert_eq!(status, snapline_status::SNAPLINE_INTERNAL);
        let read = get(Some(&7_i64), |_| -> i64 { panic!("on purpose") });
        assert_eq!(read, 0);
        assert!(make(|| -> Option<i64> { panic!("on purpose") }).is_none());
    }

    #[test]
    fn nothing_is_written_on_success() {
        let mut error = MaybeUninit::new(None);
        let status = call(Some(&mut error)).run(|| Ok(()));
        assert_eq!(status, snapline_status::SNAPLINE_OK);
        // SAFETY: it was initialised above.
        assert!(unsafe { error.assume_init() }.is_none());
    }

    #[test]
    fn the_first_fault_of_a_setter_stays() {
        let mut thing = Thing::default();
        for (number, word) in ["first", "second"].into_iter().enumerate() {
            let refused = || Err(Error::invalid_argument(word, "rule", format!("{number}")));
            let status = put(Some(&mut thing), |thing| &mut thing.value, refused);
            assert_eq!(status, snapline_status::SNAPLINE_INVALID_ARGUMENT);
        }
        assert_eq!(thing.fault.as_ref().unwrap().parameter(), Some("first"));
        let status = put(Some(&mut thing), |thing| &mut thing.value, || Ok(3));
        assert_eq!((status, thing.value), (snapline_status::SNAPLINE_OK, 3));
        let status = set(None::<&mut Thing>, |_| Ok(()));
        assert_eq!(status, snapline_status::SNAPLINE_INVALID_ARGUMENT);
    }

    #[test]
    fn null_reads_as_zero() {
        assert_eq!(get(None::<&i64>, |value| *value), 0);
        assert!(part(None::<&i64>, Some).is_none());
        free(None::<Box<i64>>);
    }
}
