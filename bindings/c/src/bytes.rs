//! Bytes that C frees: an answer that is no JSON.

use snapline_runtime::Bytes;

use crate::guard::{free, get};
use crate::shape::Output;

/// Bytes that a call gave, such as a file.
///
/// Free them with snapline_bytes_free. Reading is safe from any number of threads.
pub struct snapline_bytes {
    bytes: Bytes,
}

impl Output for snapline_bytes {
    type Value = Bytes;
    fn from_value(bytes: Bytes) -> Self {
        Self { bytes }
    }
}

/// The first of the bytes, borrowed; as many may be read as snapline_bytes_length says. NULL for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_bytes_data(bytes: Option<&snapline_bytes>) -> *const u8 {
    get(bytes, |it| it.bytes.as_ptr())
}

/// How many bytes there are; 0 for NULL.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_bytes_length(bytes: Option<&snapline_bytes>) -> usize {
    get(bytes, |it| it.bytes.len())
}

/// Frees bytes. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_bytes_free(bytes: Option<Box<snapline_bytes>>) {
    free(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_read_where_they_are() {
        let all = Bytes::from_static(b"\0\xff");
        let bytes = Box::new(snapline_bytes::from_value(all.clone()));
        assert_eq!(snapline_bytes_data(Some(&bytes)), all.as_ptr());
        assert_eq!(snapline_bytes_length(Some(&bytes)), 2);
        snapline_bytes_free(Some(bytes));
        assert!(snapline_bytes_data(None).is_null());
        assert_eq!(snapline_bytes_length(None), 0);
        snapline_bytes_free(None);
    }
}
