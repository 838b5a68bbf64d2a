//! Handles: values that live on the heap until C gives them back.

use snapline_runtime::Error;

/// Gives a value out.
pub(crate) fn give<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// Takes a value back; NULL gives nothing.
///
/// # Safety
/// `given` is NULL or came from [`give`] and was not taken back yet.
pub(crate) unsafe fn take<T>(given: *mut T) -> Option<Box<T>> {
    // SAFETY: not NULL, and from `give` as the caller says.
    (!given.is_null()).then(|| unsafe { Box::from_raw(given) })
}

/// A place of the caller's that gets a handle on success.
pub(crate) struct Out<T>(*mut *mut T);

impl<T> Out<T> {
    /// Checks the place before anything is sent.
    ///
    /// # Safety
    /// `place` is NULL or can be written to until the call ends.
    pub(crate) unsafe fn new(name: &str, place: *mut *mut T) -> Result<Self, Error> {
        if place.is_null() {
            Err(null(name))
        } else {
            Ok(Self(place))
        }
    }

    /// Gives the value out.
    pub(crate) fn give(self, value: T) {
        self.put(give(value));
    }

    /// Gives out what was made elsewhere.
    pub(crate) fn put(self, given: *mut T) {
        // SAFETY: checked and promised in `new`.
        unsafe { self.0.write(given) };
    }
}

/// Writes a plain value to a place of the caller's, which may be NULL.
///
/// # Safety
/// `place` is NULL or can be written to.
pub(crate) unsafe fn write<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: not NULL, and writable as the caller says.
        unsafe { place.write(value) };
    }
}

/// The error about a pointer that must not be NULL.
pub(crate) fn null(name: &str) -> Error {
    Error::invalid_argument(name, "not NULL", format!("`{name}` must not be NULL"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_goes_out_and_comes_back() {
        let given = give("text".to_owned());
        // SAFETY: `given` was just given out.
        assert_eq!(*unsafe { take(given) }.unwrap(), "text");
        // SAFETY: NULL is allowed.
        assert!(unsafe { take(std::ptr::null_mut::<String>()) }.is_none());
    }

    #[test]
    fn a_place_must_be_there() {
        // SAFETY: NULL is allowed.
        let error = unsafe { Out::<String>::new("out", std::ptr::null_mut()) }
            .err()
            .unwrap();
        assert_eq!(error.parameter(), Some("out"));
        let mut place = std::ptr::null_mut();
        // SAFETY: `place` is a local.
        unsafe { Out::new("out", &raw mut place) }
            .unwrap()
            .give(5_i64);
        // SAFETY: it was just given out.
        assert_eq!(*unsafe { take(place) }.unwrap(), 5);
    }

    #[test]
    fn a_plain_value_needs_no_place() {
        let mut value = 1_i64;
        // SAFETY: a local, and NULL.
        unsafe {
            write(&raw mut value, 2);
            write(std::ptr::null_mut(), 3_i64);
        }
        assert_eq!(value, 2);
    }
}
