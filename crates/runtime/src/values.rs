//! Small value types that documents need and Rust has no name for.

use crate::json::Json;
use crate::model::{DriftLog, Lenient};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A value that may be a string or an integer, such as an image's slug or id.
///
/// ```
/// use snapline_runtime::StringOrInteger;
///
/// // What takes one takes both as they are.
/// assert_eq!(StringOrInteger::from("ubuntu-24-04-x64").to_string(), "ubuntu-24-04-x64");
/// assert_eq!(StringOrInteger::from(155_133_621), StringOrInteger::Integer(155_133_621));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StringOrInteger {
    /// A string.
    String(String),
    /// An integer.
    Integer(i64),
}

impl Default for StringOrInteger {
    fn default() -> Self {
        Self::String(String::new())
    }
}

impl From<&str> for StringOrInteger {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for StringOrInteger {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<&String> for StringOrInteger {
    fn from(text: &String) -> Self {
        Self::String(text.clone())
    }
}

impl From<i64> for StringOrInteger {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<i32> for StringOrInteger {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<u32> for StringOrInteger {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl fmt::Display for StringOrInteger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => f.write_str(text),
            Self::Integer(number) => number.fmt(f),
        }
    }
}

impl Serialize for StringOrInteger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::String(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_i64(*number),
        }
    }
}

impl<'de> Deserialize<'de> for StringOrInteger {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl de::Visitor<'_> for Either {
            type Value = StringOrInteger;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string or an integer")
            }
            fn visit_str<E>(self, text: &str) -> Result<StringOrInteger, E> {
                Ok(text.into())
            }
            fn visit_string<E>(self, text: String) -> Result<StringOrInteger, E> {
                Ok(text.into())
            }
            fn visit_i64<E>(self, number: i64) -> Result<StringOrInteger, E> {
                Ok(number.into())
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<StringOrInteger, E> {
                i64::try_from(number)
                    .map(StringOrInteger::Integer)
                    .map_err(|_| E::custom("integer too large"))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

crate::json_text!(StringOrInteger);

impl Lenient for StringOrInteger {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        match value {
            Json::String(text) => Some(Self::String(text)),
            // An integer beyond 64 bits, and what is no integer, is kept as text.
            value => match i64::lenient(value.clone(), log) {
                Some(number) => Some(Self::Integer(number)),
                None => String::lenient(value, log).map(Self::String),
            },
        }
    }
}

/// A value that can be set to null, which differs from leaving it out.
///
/// ```
/// use snapline_runtime::Nullable;
///
/// let set = Nullable::from("nightly".to_owned());
/// assert_eq!(set.as_option().map(String::as_str), Some("nightly"));
/// // Sent as null, where leaving it out would keep what is there.
/// let emptied: Nullable<String> = Nullable::from(None);
/// assert_eq!(serde_json::to_string(&emptied)?, "null");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Nullable<T> {
    /// Null.
    #[default]
    Null,
    /// A value.
    Value(T),
}

impl<T> Nullable<T> {
    /// The value, if there is one.
    pub fn as_option(&self) -> Option<&T> {
        match self {
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl<T> From<T> for Nullable<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

impl From<&str> for Nullable<String> {
    fn from(value: &str) -> Self {
        Self::Value(value.to_owned())
    }
}

impl<T> From<Option<T>> for Nullable<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

impl<T> From<Nullable<T>> for Option<T> {
    fn from(value: Nullable<T>) -> Self {
        match value {
            Nullable::Null => None,
            Nullable::Value(value) => Some(value),
        }
    }
}

impl<T: Serialize> Serialize for Nullable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_option().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::<T>::deserialize(deserializer).map(Self::from)
    }
}

impl<T: Lenient> Lenient for Nullable<T> {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        Option::<T>::lenient(value, log).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn string_or_integer_keeps_its_kind() {
        for (value, expected) in [
            (json!("12"), StringOrInteger::from("12")),
            (json!(12), StringOrInteger::from(12_i64)),
            (json!(-1), StringOrInteger::from(-1)),
        ] {
            let read: StringOrInteger = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(read, expected);
            assert_eq!(serde_json::to_value(&read).unwrap(), value);
        }
        assert!(serde_json::from_value::<StringOrInteger>(json!(1.5)).is_err());
        assert!(serde_json::from_value::<StringOrInteger>(json!(u64::MAX)).is_err());
        assert_eq!(StringOrInteger::from(7_u32).to_string(), "7");
        assert_eq!(StringOrInteger::default().to_string(), "");
    }

    #[test]
    fn b3_null_and_absent_differ() {
        #[derive(Serialize)]
        struct Body {
            #[serde(skip_serializing_if = "Option::is_none")]
            vpc: Option<Nullable<String>>,
        }
        let text = |vpc| serde_json::to_string(&Body { vpc }).unwrap();
        assert_eq!(text(None), "{}");
        assert_eq!(text(Some(Nullable::Null)), r#"{"vpc":null}"#);
        assert_eq!(text(Some("a".to_owned().into())), r#"{"vpc":"a"}"#);
        let read: Nullable<i64> = serde_json::from_str("null").unwrap();
        assert_eq!(read.as_option(), None);
    }
}
