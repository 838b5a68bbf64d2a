//! The second way of decoding an answer, for those that depart from the document.

use crate::error::{Error, ErrorKind, one_line};
use crate::model::{Drift, DriftLog, Lenient};
use serde_json::Value;

/// Takes from a body what fits and tells what does not.
///
/// # Errors
/// `decode` if the body is not JSON, or not at all what is needed.
pub(crate) fn lenient<T: Lenient>(body: &[u8]) -> Result<(T, Vec<Drift>), Error> {
    let bare = body.trim_ascii().is_empty();
    let value = if bare { Value::Null } else { parse(body)? };
    let shape = shape(&value);
    let mut log = DriftLog::new();
    let taken = T::lenient(value, &mut log);
    let (drift, refused) = log.into_parts();
    let taken = taken.ok_or_else(|| unfit(bare, shape, refused))?;
    Ok((taken, drift))
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

/// Parses a body; the error says where it stops making sense.
pub(crate) fn parse(body: &[u8]) -> Result<Value, Error> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize::<_, Value>(&mut reader).map_err(|e| {
        let path = e.path().to_string();
        let path = match path.as_str() {
            "." => "$".to_owned(),
            path if path.starts_with('[') => format!("${path}"),
            path => format!("$.{path}"),
        };
        // What is nested without end has a path without end.
        let path = one_line(&path, 100);
        not_json(body, &path, e.inner())
    })?;
    reader.end().map_err(|e| not_json(body, "$", &e))?;
    Ok(value)
}

fn not_json(body: &[u8], path: &str, error: &serde_json::Error) -> Error {
    let start = String::from_utf8_lossy(body.get(..400).unwrap_or(body));
    // The position is told once, by us.
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text);
    Error::new(
        ErrorKind::Decode,
        format!(
            "the answer is not valid JSON: {reason} at {path} (line {}, column {}): {}",
            error.line(),
            error.column(),
            one_line(&start, 80)
        ),
    )
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b13_says_where_the_json_breaks() {
        let error = parse(b"{\n \"a\": [1, NaN]}").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        let text = error.to_string();
        assert!(text.contains("$.a[1] (line 2, column"), "{text}");
        let text = parse(b"[{\"a\": tru]").unwrap_err().to_string();
        assert!(text.contains("$[0].a (line 1"), "{text}");
        let text = parse(b"{} x").unwrap_err().to_string();
        assert!(text.contains("trailing characters at $ (line 1"), "{text}");
    }

    #[test]
    fn b12_hostile_bodies_are_errors_not_panics() {
        let deep = "[".repeat(100_000);
        for body in [
            deep.as_bytes(),
            b"\"\xff\"",
            b"<html>",
            b"{\"a\":1e999}",
            b"\xef\xbb\xbf{}",
        ] {
            assert_eq!(parse(body).unwrap_err().kind(), ErrorKind::Decode);
        }
    }

    #[test]
    fn b11_an_empty_body_is_fine_where_nothing_is_returned() {
        assert_eq!(lenient::<()>(b" ").unwrap().0, ());
        assert_eq!(lenient::<Value>(b"").unwrap().0, Value::Null);
        let error = lenient::<Vec<String>>(b"").unwrap_err();
        assert_eq!(error.message(), "the answer has no body");
        let error = lenient::<Vec<String>>(b"{}").unwrap_err();
        assert!(error.message().contains("an object"), "{error}");
    }

    #[test]
    fn b12_last_of_a_repeated_key_wins() {
        assert_eq!(parse(b"{\"a\":1,\"a\":2}").unwrap()["a"], 2);
    }
}
