//! Values: from the text of an argument to JSON, and what stands where in JSON.

use serde_json::{Number, Value};
use snapline_runtime::{Error, Timestamp};

use crate::table::{Api, Type};

/// A text of the command line as a value of a type.
pub(crate) fn read(api: &Api, name: &str, ty: Type, text: &str) -> Result<Value, Error> {
    let bad = |what: &str| {
        let message = format!("`{name}` must be {what}, but is `{text}`");
        Error::invalid_argument(name, what, message)
    };
    match ty {
        Type::Text | Type::Enum(_) | Type::RawText | Type::Bytes => Ok(text.into()),
        Type::Integer => text
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| bad("a whole number")),
        Type::Unsigned => text
            .parse::<u64>()
            .map(Value::from)
            .map_err(|_| bad("a whole number from 0 on")),
        Type::Number => text
            .parse::<f64>()
            .ok()
            .and_then(Number::from_f64)
            .map(Value::Number)
            .ok_or_else(|| bad("a number")),
        Type::Boolean => match text {
            "true" => Ok(true.into()),
            "false" => Ok(false.into()),
            _ => Err(bad("true or false")),
        },
        Type::Timestamp => match timestamp(&text.into()) {
            Some(_) => Ok(text.into()),
            None => Err(bad("a time such as 2026-01-31T04:05:06Z")),
        },
        // An id of digits is a number where it may be one.
        Type::TextOrInteger => Ok(match text.parse::<i64>() {
            Ok(number) if number.to_string() == text => number.into(),
            _ => text.into(),
        }),
        Type::Model(_) | Type::Union(_) | Type::List(_) | Type::Map(_) | Type::Json => {
            serde_json::from_str(text).map_err(|error| {
                let message = format!("`{name}` must be {}: {error}", kind(api, ty));
                Error::invalid_argument(name, "JSON", message)
            })
        }
    }
}

/// What a value of a type is called.
pub(super) fn kind(api: &Api, ty: Type) -> String {
    match ty {
        Type::Text | Type::RawText => "a text".to_owned(),
        Type::Bytes => "bytes".to_owned(),
        Type::Integer => "a whole number".to_owned(),
        Type::Unsigned => "a whole number from 0 on".to_owned(),
        Type::Number => "a number".to_owned(),
        Type::Boolean => "true or false".to_owned(),
        Type::Timestamp => "a time such as 2026-01-31T04:05:06Z".to_owned(),
        Type::TextOrInteger => "a text or a whole number".to_owned(),
        Type::Enum(name) => format!("one of {}", api.values(name).join(", ")),
        Type::Model(_) | Type::Union(_) | Type::Map(_) => "an object in JSON".to_owned(),
        Type::List(_) => "a list in JSON".to_owned(),
        Type::Json => "JSON".to_owned(),
    }
}

/// A value as a person writes it: a text without quotes.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// An instant; nothing where a text is none.
pub(super) fn timestamp(value: &Value) -> Option<Timestamp> {
    let read: Timestamp = serde_json::from_value(value.clone()).ok()?;
    read.to_system_time().is_some().then_some(read)
}

/// What stands some fields down; an empty text and a 0, which stand for what is missing, are as good as none.
pub(super) fn below<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    let found = path
        .iter()
        .try_fold(value, |value, field| value.get(field))?;
    let is_nothing = match found {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_i64() == Some(0),
        _ => false,
    };
    (!is_nothing).then_some(found)
}

/// A value as an argument of another type takes it: an id that is a number here is a text there.
pub(super) fn converted(value: Value, ty: Type) -> Value {
    match (ty, value) {
        (Type::Text, Value::Number(number)) => number.to_string().into(),
        (_, value) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    static API: Api = Api {
        provider: crate::table::Provider {
            name: "tiny",
            short: "ti",
            title: "Tiny",
            document: "",
            server_url: "",
            url_variable: "",
            token_variables: &[],
            of_token: "",
            credentials: &[],
            contexts: None,
            connect: |_, _| Err(Error::internal("no client")),
            operations: || &[],
        },
        resources: &[],
        calls: &[],
        models: &[],
        unions: &[],
        enums: &[],
        kinds: &[],
    };

    #[test]
    fn texts_become_what_they_are_to_be() {
        let read = |ty, text| read(&API, "it", ty, text).map_err(|error| error.to_string());
        assert_eq!(read(Type::Text, "007"), Ok(json!("007")));
        assert_eq!(read(Type::Integer, "-7"), Ok(json!(-7)));
        assert_eq!(read(Type::TextOrInteger, "7"), Ok(json!(7)));
        assert_eq!(read(Type::TextOrInteger, "07"), Ok(json!("07")));
        assert_eq!(
            read(Type::TextOrInteger, "debian-12"),
            Ok(json!("debian-12"))
        );
        assert_eq!(read(Type::Boolean, "true"), Ok(json!(true)));
        assert_eq!(
            read(Type::Map(&Type::Text), r#"{"a": "b"}"#),
            Ok(json!({"a": "b"}))
        );
        for (ty, text) in [
            (Type::Integer, "7.5"),
            (Type::Integer, ""),
            (Type::Number, "NaN"),
            (Type::Boolean, "yes"),
            (Type::Timestamp, "yesterday"),
            (Type::Json, "{"),
        ] {
            let error = read(ty, text).unwrap_err();
            assert!(error.contains("`it` must be "), "{error}");
        }
    }

    #[test]
    fn what_stands_for_nothing_is_nothing() {
        let value = json!({"a": {"b": "x", "c": 0, "d": "", "e": null, "f": false}});
        assert_eq!(below(&value, &["a", "b"]), Some(&json!("x")));
        for field in ["c", "d", "e", "g"] {
            assert_eq!(below(&value, &["a", field]), None);
        }
        assert_eq!(below(&value, &["a", "f"]), Some(&json!(false)));
        assert_eq!(below(&value, &[]), Some(&value));
    }
}
