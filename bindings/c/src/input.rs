//! Values from C: checked, then copied.

use std::ffi::{CStr, c_char};

use snapline_runtime::{Error, JsonText};

use crate::handle::null;
use crate::options::Options;
use crate::shape::Choices;

/// A handle that must be there.
///
/// # Safety
/// `pointer` is NULL or a live handle that nobody changes during the call.
pub(crate) unsafe fn borrow<'a, T>(name: &str, pointer: *const T) -> Result<&'a T, Error> {
    // SAFETY: as the caller says.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(name))
}

/// A handle that must be there, to change.
///
/// # Safety
/// `pointer` is NULL or a live handle that nobody else uses during the call.
pub(crate) unsafe fn borrow_mut<'a, T>(name: &str, pointer: *mut T) -> Result<&'a mut T, Error> {
    // SAFETY: as the caller says.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(name))
}

/// A text that must be there.
///
/// # Safety
/// `pointer` is NULL or ends with a NUL and stays as it is during the call.
pub(crate) unsafe fn text(name: &str, pointer: *const c_char) -> Result<String, Error> {
    if pointer.is_null() {
        return Err(null(name));
    }
    // SAFETY: not NULL, and ended by a NUL as the caller says.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str()
        .map(str::to_owned)
        .map_err(|_| Error::invalid_argument(name, "UTF-8", format!("`{name}` is not valid UTF-8")))
}

/// A text that may be NULL.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn optional_text(
    name: &str,
    pointer: *const c_char,
) -> Result<Option<String>, Error> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: as the caller says.
    unsafe { text(name, pointer) }.map(Some)
}

/// A list of plain values; NULL is fine for an empty one.
///
/// # Safety
/// `pointer` is NULL or leads to `count` values that stay as they are during the call.
pub(crate) unsafe fn list<'a, T>(
    name: &str,
    pointer: *const T,
    count: usize,
) -> Result<&'a [T], Error> {
    if count == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(null(name));
    }
    if count > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(Error::invalid_argument(
            name,
            "a list that fits in memory",
            format!("`{name}` cannot have {count} items"),
        ));
    }
    // SAFETY: not NULL, no larger than an object may be, and readable as the caller says.
    Ok(unsafe { std::slice::from_raw_parts(pointer, count) })
}

/// A list of texts.
///
/// # Safety
/// As [`list`], and each item as in [`text`].
pub(crate) unsafe fn texts(
    name: &str,
    pointer: *const *const c_char,
    count: usize,
) -> Result<Vec<String>, Error> {
    // SAFETY: as the caller says.
    unsafe {
        list(name, pointer, count)?
            .iter()
            .map(|item| text(name, *item))
            .collect()
    }
}

/// A value of an enum by its number.
pub(crate) fn choice<E: Choices>(name: &str, number: i32) -> Result<E, Error> {
    E::ENTRIES
        .iter()
        .find(|(known, _)| *known == number)
        .and_then(|(_, text)| text.to_str().ok())
        .map(E::from)
        .ok_or_else(|| {
            Error::invalid_argument(
                name,
                "a listed value",
                format!(
                    "`{name}` has no value {number}; one that is not listed is given as a string"
                ),
            )
        })
}

/// A list of values of an enum by their numbers.
///
/// # Safety
/// As [`list`].
pub(crate) unsafe fn choices<E: Choices>(
    name: &str,
    pointer: *const i32,
    count: usize,
) -> Result<Vec<E>, Error> {
    // SAFETY: as the caller says.
    unsafe { list(name, pointer, count)? }
        .iter()
        .map(|number| choice(name, *number))
        .collect()
}

/// A value given as JSON text.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn json<T: JsonText>(name: &str, pointer: *const c_char) -> Result<T, Error> {
    // SAFETY: as the caller says.
    let text = unsafe { text(name, pointer)? };
    T::from_json(&text).map_err(|error| {
        Error::invalid_argument(
            name,
            "JSON of the documented shape",
            format!("`{name}` does not fit: {}", error.message()),
        )
    })
}

/// What every `_args` handle holds beside its arguments.
#[derive(Clone, Default)]
pub(crate) struct Base {
    /// The first value that could not be taken.
    pub(crate) fault: Option<Error>,
    /// Options for the call.
    pub(crate) options: Options,
}

impl Base {
    /// Fails if a value could not be taken.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.fault.clone().map_or(Ok(()), Err)
    }
}

/// Keeps a value, or the first reason why one cannot be taken.
pub(crate) fn keep<T>(fault: &mut Option<Error>, taken: Result<T, Error>) -> Option<T> {
    match taken {
        Ok(value) => Some(value),
        Err(error) => {
            fault.get_or_insert(error);
            None
        }
    }
}

/// An argument that must have been given.
pub(crate) fn need<T: Clone>(name: &str, given: &Option<T>) -> Result<T, Error> {
    given
        .clone()
        .ok_or_else(|| Error::invalid_argument(name, "required", format!("`{name}` was not given")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_copied_and_checked() {
        // SAFETY: literals that end with a NUL, and NULL.
        unsafe {
            assert_eq!(text("name", c"größe".as_ptr()).unwrap(), "größe");
            assert_eq!(text("name", c"".as_ptr()).unwrap(), "");
            assert_eq!(
                text("name", std::ptr::null()).unwrap_err().parameter(),
                Some("name")
            );
            let error = text("name", c"\xff".as_ptr()).unwrap_err();
            assert_eq!(error.rule(), Some("UTF-8"));
            assert_eq!(optional_text("name", std::ptr::null()).unwrap(), None);
        }
    }

    #[test]
    fn lists_are_copied_and_checked() {
        let items = [c"a".as_ptr(), c"b".as_ptr()];
        let holes = [c"a".as_ptr(), std::ptr::null()];
        // SAFETY: arrays of the counts given, and NULL.
        unsafe {
            assert_eq!(texts("tags", items.as_ptr(), 2).unwrap(), ["a", "b"]);
            assert!(texts("tags", std::ptr::null(), 0).unwrap().is_empty());
            assert!(texts("tags", std::ptr::null(), 1).is_err());
            assert!(texts("tags", holes.as_ptr(), 2).is_err());
            assert!(list("sizes", [1_i64].as_ptr(), usize::MAX).is_err());
        }
    }

    #[test]
    fn json_is_read_and_checked() {
        // SAFETY: literals that end with a NUL.
        unsafe {
            assert_eq!(json::<Vec<i64>>("body", c"[1,2]".as_ptr()).unwrap(), [1, 2]);
            let error = json::<Vec<i64>>("body", c"{".as_ptr()).unwrap_err();
            assert_eq!(error.parameter(), Some("body"));
        }
    }
}
