//! Values from C: checked, then copied.
//!
//! What is unsafe about C's texts and arrays stands here: the macros read a parameter of an exported
//! function, whose contract is at the top of `core.h`, while the call goes on.

use std::ffi::{CStr, c_char};

use snapline_runtime::{Error, JsonText};

use crate::handle::{NOT_NULL, null};
use crate::shape::{Argument, EnumEntries};

/// A text parameter, by its name in C where that is another one.
macro_rules! text {
    ($pointer:ident) => { $crate::input::text!($pointer, stringify!($pointer)) };
    ($pointer:ident, $name:expr) => {{
        // SAFETY: core.h asks for NULL or a text that ends with a NUL and stays as it is during the call.
        unsafe { $crate::input::read_text($name, $pointer) }
    }};
}
pub(crate) use text;

/// A text parameter that may be NULL.
macro_rules! optional_text {
    ($pointer:ident) => {
        (!$pointer.is_null())
            .then(|| $crate::input::text!($pointer))
            .transpose()
    };
}
pub(crate) use optional_text;

/// A parameter with an array of plain values, and the one with their number.
macro_rules! list {
    ($pointer:ident, $count:ident, $name:expr) => {{
        // SAFETY: core.h asks for NULL or an array of as many items, which stay as they are during the call.
        unsafe { $crate::input::read_list($name, $pointer, $count) }
    }};
}
pub(crate) use list;

/// A parameter with an array of texts, and the one with their number.
macro_rules! texts {
    ($pointer:ident, $count:ident, $name:expr) => {{
        // SAFETY: core.h asks for NULL or an array of as many texts, which stay as they are during the call.
        unsafe { $crate::input::read_texts($name, $pointer, $count) }
    }};
}
pub(crate) use texts;

/// Reads a text that must be there.
///
/// # Safety
/// `pointer` is NULL or leads to a text that ends with a NUL and stays as it is during the call.
pub(crate) unsafe fn read_text(name: &str, pointer: *const c_char) -> Result<String, Error> {
    if pointer.is_null() {
        return Err(null(name));
    }
    // SAFETY: not NULL, and ended by a NUL as the caller says.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str()
        .map(str::to_owned)
        .map_err(|_| Error::invalid_argument(name, "UTF-8", format!("`{name}` is not valid UTF-8")))
}

/// Reads a list of plain values; NULL is fine for an empty one.
///
/// # Safety
/// `pointer` is NULL or leads to `count` values that stay as they are during the call.
pub(crate) unsafe fn read_list<'a, T>(
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

/// Reads a list of texts.
///
/// # Safety
/// As [`read_list`], and each item as in [`read_text`].
pub(crate) unsafe fn read_texts(
    name: &str,
    pointer: *const *const c_char,
    count: usize,
) -> Result<Vec<String>, Error> {
    // SAFETY: as the caller says.
    let items = unsafe { read_list(name, pointer, count)? };
    let one = |item: &*const c_char| {
        if item.is_null() {
            return Err(null_item(name));
        }
        // SAFETY: as the caller says.
        unsafe { read_text(name, *item) }
    };
    items.iter().map(one).collect()
}

/// A list with a NULL among its items.
fn null_item(name: &str) -> Error {
    let what = format!("an item of `{name}` is NULL");
    Error::invalid_argument(name, "no item that is NULL", what)
}

/// A handle that must be there.
pub(crate) fn required<T>(name: &str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| null(name))
}

/// An object that must be there, as an argument.
pub(crate) fn object<T: Argument>(name: &str, value: Option<&T>) -> Result<T::Rust, Error> {
    required(name, value)?.argument()
}

/// Objects as an argument.
pub(crate) fn objects<T: Argument>(
    name: &str,
    items: &[Option<&T>],
) -> Result<Vec<T::Rust>, Error> {
    let one = |item: &Option<&T>| item.ok_or_else(|| null_item(name))?.argument();
    items.iter().map(one).collect()
}

/// A value of an enum by its number.
pub(crate) fn member<E: EnumEntries>(name: &str, number: i32) -> Result<E, Error> {
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

/// Values of an enum by their numbers.
pub(crate) fn members<E: EnumEntries>(name: &str, numbers: &[i32]) -> Result<Vec<E>, Error> {
    numbers.iter().map(|number| member(name, *number)).collect()
}

/// Strings as values of an enum.
pub(crate) fn enum_texts<E: EnumEntries>(texts: Vec<String>) -> Vec<E> {
    texts.iter().map(|text| E::from(text)).collect()
}

/// A value given as JSON text.
pub(crate) fn json<T: JsonText>(name: &str, text: Result<String, Error>) -> Result<T, Error> {
    T::from_json(&text?).map_err(|error| {
        Error::invalid_argument(
            name,
            "JSON of the documented shape",
            format!("`{name}` does not fit: {}", error.message()),
        )
    })
}

/// Keeps why a value cannot be taken, for the call to say; nothing where it is a pointer that must be there.
pub(crate) fn accept<T>(fault: &mut Option<Error>, taken: Result<T, Error>) -> Option<Option<T>> {
    match taken {
        Ok(value) => Some(Some(value)),
        Err(error) if error.rule() == Some(NOT_NULL) => None,
        Err(error) => {
            fault.get_or_insert(error);
            Some(None)
        }
    }
}

/// An object that is kept although a value of its own could not be taken, with the fault; nothing for NULL.
#[allow(dead_code, reason = "the documents decide which shapes there are")]
pub(crate) fn accept_object<T: Argument>(
    fault: &mut Option<Error>,
    object: Option<&T>,
) -> Option<T::Rust> {
    let object = object?;
    if let Err(error) = object.argument() {
        fault.get_or_insert(error);
    }
    Some(object.to_rust())
}

/// An argument that must have been given.
pub(crate) fn arg<T: Clone>(name: &str, argument: &Option<T>) -> Result<T, Error> {
    argument
        .clone()
        .ok_or_else(|| Error::invalid_argument(name, "required", format!("`{name}` was not given")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_copied_and_checked() {
        let read = |name: *const c_char| text!(name);
        assert_eq!(read(c"größe".as_ptr()).unwrap(), "größe");
        assert_eq!(read(c"".as_ptr()).unwrap(), "");
        let missing = read(std::ptr::null()).unwrap_err();
        assert_eq!(missing.parameter(), Some("name"));
        let error = read(c"\xff".as_ptr()).unwrap_err();
        assert_eq!(error.rule(), Some("UTF-8"));
        let none: *const c_char = std::ptr::null();
        assert_eq!(optional_text!(none).unwrap(), None);
    }

    #[test]
    fn lists_are_copied_and_checked() {
        let read = |tags: *const *const c_char, count: usize| texts!(tags, count, "tags");
        let items = [c"a".as_ptr(), c"b".as_ptr()];
        let holes = [c"a".as_ptr(), std::ptr::null()];
        assert_eq!(read(items.as_ptr(), 2).unwrap(), ["a", "b"]);
        assert!(read(std::ptr::null(), 0).unwrap().is_empty());
        assert_eq!(
            read(std::ptr::null(), 1).unwrap_err().rule(),
            Some(NOT_NULL)
        );
        let hole = read(holes.as_ptr(), 2).unwrap_err();
        assert_eq!(hole.rule(), Some("no item that is NULL"));
        let (sizes, count) = ([1_i64].as_ptr(), usize::MAX);
        assert!(list!(sizes, count, "sizes").is_err());
    }

    #[test]
    fn json_is_read_and_checked() {
        assert_eq!(
            json::<Vec<i64>>("body", Ok("[1,2]".to_owned())).unwrap(),
            [1, 2]
        );
        let error = json::<Vec<i64>>("body", Ok("{".to_owned())).unwrap_err();
        assert_eq!(error.parameter(), Some("body"));
    }

    #[test]
    fn a_fault_is_kept_and_a_null_is_not() {
        let mut fault = None;
        assert_eq!(accept(&mut fault, Ok(1)), Some(Some(1)));
        assert_eq!(accept::<i64>(&mut fault, Err(null("name"))), None);
        assert!(fault.is_none());
        let refused = || Err::<i64, _>(Error::invalid_argument("name", "rule", "no"));
        assert_eq!(accept(&mut fault, refused()), Some(None));
        assert!(fault.is_some());
    }
}
