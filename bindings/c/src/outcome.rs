//! What a call comes to: a status, and an error for who has a place for it.

use snapline_runtime::Error;

use crate::error::{snapline_error, status_of};
use crate::generated::status::snapline_status;
use crate::guard::{caught, guard};
use crate::handle::{self, Place};

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
            Err(failure) => write_error(self.0, failure),
        }
    }
}

/// Hands an error over, and its status.
#[inline(never)]
fn write_error(error: Place<'_, snapline_error>, failure: Error) -> snapline_status {
    guard(snapline_status::SNAPLINE_INTERNAL, || {
        let status = status_of(&failure);
        if let Some(place) = error {
            place.write(handle::boxed(snapline_error::new(failure)));
        }
        status
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::MaybeUninit;

    use snapline_runtime::ErrorKind;

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
    }

    #[test]
    fn nothing_is_written_on_success() {
        let mut error = MaybeUninit::new(None);
        let status = call(Some(&mut error)).run(|| Ok(()));
        assert_eq!(status, snapline_status::SNAPLINE_OK);
        // SAFETY: it was initialised above.
        assert!(unsafe { error.assume_init() }.is_none());
    }
}
