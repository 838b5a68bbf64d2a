//! Texts that C frees.

use std::ffi::{CString, c_char};

use snapline_runtime::{Error, JsonText};

use crate::guard::guard;

/// Gives a text away; the caller frees it with `snapline_string_free`.
pub(crate) fn text_to_c(text: String) -> Result<*mut c_char, Error> {
    CString::new(text)
        .map(CString::into_raw)
        .map_err(|_| Error::internal("the text has a NUL inside"))
}

/// Gives a value away as JSON text.
pub(crate) fn json_to_c<T: JsonText>(value: T) -> Result<*mut c_char, Error> {
    let text = value.to_json();
    text_to_c(text.map_err(|error| Error::internal(error.to_string()))?)
}

/// Frees a text that a function gave away, such as the result of a `_to_json`.
///
/// Texts that getters return are borrowed and must not be freed. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_string_free(text: *mut c_char) {
    guard((), || {
        if !text.is_null() {
            // SAFETY: the header asks for a text from `give_text` that was not freed yet.
            drop(unsafe { CString::from_raw(text) });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    #[test]
    fn a_text_goes_to_c_and_is_freed() {
        let text = text_to_c("nightly".to_owned()).unwrap();
        // SAFETY: `text` was just made; NULL is allowed.
        unsafe {
            assert_eq!(CStr::from_ptr(text), c"nightly");
            snapline_string_free(text);
            snapline_string_free(std::ptr::null_mut());
        }
        assert!(text_to_c("a\0b".to_owned()).is_err());
    }
}
