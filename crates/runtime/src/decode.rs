//! The second way of decoding an answer, for those that depart from the document.

use crate::error::{Error, ErrorKind};
use crate::json::{self, Json};
use crate::model::{Drift, DriftLog, Lenient};
use bytes::Bytes;
use serde_json::Value;

/// A way of reading a body.
pub(crate) type Read<T> = fn(&[u8]) -> Result<(T, Vec<Drift>), Error>;

/// Takes from a body what fits and tells what does not.
///
/// # Errors
/// `decode` if the body is not JSON, or not at all what is needed.
pub(crate) fn lenient<T: Lenient>(body: &[u8]) -> Result<(T, Vec<Drift>), Error> {
    let bare = json::without_mark(body).trim_ascii().is_empty();
    let value = if bare { Json::Null } else { json::read(body)? };
    let shape = value.shape();
    let mut log = DriftLog::new();
    let taken = T::lenient(value, &mut log);
    let (drift, refused) = log.into_parts();
    match taken {
        // Nothing at all is not null.
        Some(taken) if !bare || drift.is_empty() => Ok((taken, drift)),
        _ => Err(unfit(bare, shape, refused)),
    }
}

/// Any JSON: the fast way first, since most answers are good.
///
/// # Errors
/// `decode` if the body is not JSON.
pub(crate) fn any(body: &[u8]) -> Result<(Value, Vec<Drift>), Error> {
    match serde_json::from_slice(body) {
        Ok(value) => Ok((value, Vec::new())),
        Err(_) => lenient(body),
    }
}

/// A body that is text by itself.
///
/// # Errors
/// `decode` if it is no UTF-8.
pub(crate) fn text(body: &[u8]) -> Result<(String, Vec<Drift>), Error> {
    match std::str::from_utf8(body) {
        Ok(text) => Ok((text.to_owned(), Vec::new())),
        Err(error) => Err(Error::decode(format!(
            "the answer is no UTF-8, in which text must be, at byte {}",
            error.valid_up_to()
        ))),
    }
}

/// A body that is bytes by themselves.
///
/// # Errors
/// None: any will do.
pub(crate) fn bytes(body: &[u8]) -> Result<(Bytes, Vec<Drift>), Error> {
    Ok((Bytes::copy_from_slice(body), Vec::new()))
}

/// Reads what is no answer but a text of the caller's, in the tolerant way.
///
/// # Errors
/// `decode` if it is not JSON, or not at all what is needed.
pub fn read_text<T: Lenient>(text: &str) -> Result<(T, Vec<Drift>), Error> {
    lenient(text.as_bytes()).map_err(|error| {
        let message = error.message().replacen("the answer", "the text", 1);
        Error::new(error.kind(), message)
    })
}

// Compiled once, not for each type that is taken.
fn unfit(bare: bool, shape: &str, refused: Option<String>) -> Error {
    if bare {
        return Error::new(ErrorKind::Decode, "the answer has no body");
    }
    Error::new(
        ErrorKind::Decode,
        refused.unwrap_or_else(|| {
            format!("the answer is {shape}, which does not fit, at $ (line 1, column 1)")
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b11_an_empty_body_is_fine_where_nothing_is_returned() {
        assert_eq!(lenient::<()>(b" ").unwrap().0, ());
        assert_eq!(any(b"").unwrap().0, Value::Null);
        for empty in [&b""[..], b"\xef\xbb\xbf\n"] {
            let error = lenient::<Vec<String>>(empty).unwrap_err();
            assert_eq!(error.message(), "the answer has no body");
        }
        let error = lenient::<Vec<String>>(b"{}").unwrap_err();
        assert!(error.message().contains("an object"), "{error}");
    }

    #[test]
    fn b12_a_list_answered_null_is_empty_and_drift() {
        let (list, drift) = lenient::<Vec<String>>(b"null").unwrap();
        assert!(list.is_empty());
        assert_eq!(drift.first().unwrap().to_string(), "answer is null at $");
    }
}
