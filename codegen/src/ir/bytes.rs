//! Bytes as JSON has them where a value is shown or compared: `{"$bytes": "00ff"}`, in hex.

use serde_json::{Value, json};

/// The key of the one field.
pub const BYTES: &str = "$bytes";

/// An example of bytes: no UTF-8, with a NUL, and with a line break at its end.
pub const SOME_BYTES: [u8; 9] = [0x25, 0x50, 0xff, 0x00, 0x80, 0xc3, 0x28, 0x0d, 0x0a];

/// Bytes as a value.
pub fn bytes(all: &[u8]) -> Value {
    let hex: String = all.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ BYTES: hex })
}

/// The bytes that a value stands for.
pub fn bytes_of(value: &Value) -> Option<Vec<u8>> {
    let hex = value.get(BYTES)?.as_str()?;
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// Bytes as C, C++ and a shell's printf write them between quotes.
pub(crate) fn octal(all: &[u8], quote: char) -> String {
    let inside: String = all.iter().map(|byte| format!("\\{byte:03o}")).collect();
    format!("{quote}{inside}{quote}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_go_there_and_back() {
        let value = bytes(&SOME_BYTES);
        assert_eq!(value, json!({"$bytes": "2550ff0080c3280d0a"}));
        assert_eq!(bytes_of(&value).unwrap(), SOME_BYTES);
        assert_eq!(bytes_of(&json!({"$bytes": "0g"})), None);
        assert_eq!(bytes_of(&json!("00")), None);
        assert!(String::from_utf8(SOME_BYTES.to_vec()).is_err());
    }
}
