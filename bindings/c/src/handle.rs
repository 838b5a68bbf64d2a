//! Handles: values that live on the heap until C gives them back.
//!
//! cbindgen prints `Option<Box<T>>` as `T *`, `Option<&T>` as `const T *` and [`Place`] as `T **`, so that
//! signatures need no pointers: Rust's own types check for NULL, and what C promises of every pointer stands
//! once, at the top of `core.h`. Two places of one call are never the same one, which stands there too.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use snapline_runtime::Error;

use crate::shape::Output;

/// A place of the caller's that gets a handle, or none.
pub(crate) type Place<'a, T> = Option<&'a mut MaybeUninit<Option<Box<T>>>>;

/// A place of the caller's that gets a text, or none.
pub(crate) type TextPlace<'a> = Option<&'a mut MaybeUninit<*mut c_char>>;

/// A value in a handle of its own.
pub(crate) fn boxed<T>(value: T) -> Option<Box<T>> {
    Some(Box::new(value))
}

/// What a call gives as a handle.
pub(crate) fn output<T: Output>(value: T::Value) -> Result<Option<Box<T>>, Error> {
    Ok(boxed(T::from_value(value)))
}

/// A place that must be there: checked before anything is sent, written on success.
pub(crate) fn place<'a, T>(
    name: &str,
    place: Option<&'a mut MaybeUninit<T>>,
) -> Result<&'a mut MaybeUninit<T>, Error> {
    place.ok_or_else(|| null(name))
}

/// Writes a plain value to a place that may be NULL.
pub(crate) fn write<T>(place: Option<&mut MaybeUninit<T>>, value: T) {
    if let Some(place) = place {
        place.write(value);
    }
}

/// The error about a pointer that must not be NULL.
pub(crate) fn null(name: &str) -> Error {
    Error::invalid_argument(name, NOT_NULL, format!("`{name}` must not be NULL"))
}

/// The rule that a pointer breaks which is NULL and must not be.
pub(crate) const NOT_NULL: &str = "not NULL";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_must_be_there() {
        let error = place::<i64>("out", None).err().unwrap();
        assert_eq!(
            (error.parameter(), error.rule()),
            (Some("out"), Some(NOT_NULL))
        );
        let mut value = MaybeUninit::new(1_i64);
        place("out", Some(&mut value)).unwrap().write(2);
        write(None, 3_i64);
        // SAFETY: it was initialised above.
        assert_eq!(unsafe { value.assume_init() }, 2);
    }
}
