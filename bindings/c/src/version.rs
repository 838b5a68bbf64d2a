//! Which version this is.

use std::ffi::c_char;

use crate::guard::guard;

/// The version of the library that is loaded, such as "1.2.3".
///
/// Compare it with SNAPLINE_VERSION, the version of the header. The text is static: never free it.
/// Safe from any thread.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_version() -> *const c_char {
    const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\0");
    guard(std::ptr::null(), || VERSION.as_ptr().cast())
}

#[cfg(test)]
mod tests {
    use crate::generated::version::{
        SNAPLINE_VERSION_MAJOR, SNAPLINE_VERSION_MINOR, SNAPLINE_VERSION_PATCH,
    };
    use std::ffi::CStr;

    #[test]
    fn the_numbers_and_the_text_agree() {
        // SAFETY: the text is static and ends with a NUL.
        let text = unsafe { CStr::from_ptr(super::snapline_version()) }
            .to_str()
            .unwrap();
        let numbers =
            format!("{SNAPLINE_VERSION_MAJOR}.{SNAPLINE_VERSION_MINOR}.{SNAPLINE_VERSION_PATCH}");
        assert_eq!(text, numbers);
    }
}
