//! The Rust runner of the conformance cases: reads arguments out of JSON, compares what comes out.

#[rustfmt::skip]
pub mod generated;

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The pause between two looks of a wait in a case.
pub const QUICK: Duration = Duration::from_millis(5);

/// Longer than any case takes; a wait that reaches it has failed.
pub const SLOW: Duration = Duration::from_secs(20);

/// The arguments of a case.
#[derive(Debug)]
pub struct Arguments(pub Map<String, Value>);

impl Arguments {
    /// An argument that the call requires.
    ///
    /// # Errors
    /// When the case lacks it, or it has another type.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T, Failure> {
        self.optional(name)?
            .ok_or_else(|| Failure::Case(format!("the case gives no `{name}`")))
    }

    /// An argument that may be left out; null in the case is an explicit null.
    ///
    /// # Errors
    /// When it has another type.
    pub fn optional<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Failure> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => serde_json::from_value(value.clone())
                .map(Some)
                .map_err(|error| Failure::Case(format!("`{name}`: {error}"))),
        }
    }
}

/// What a call came to.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// Success without a value.
    Nothing,
    /// A value, read field by field.
    Value(Value),
    /// One page.
    Page {
        /// Its items.
        items: Vec<Value>,
        /// The number of items in all pages.
        total: Option<u64>,
        /// The number of the next page.
        next: Option<u64>,
    },
    /// The items of all pages.
    Items(Vec<Value>),
}

/// Why a call came to nothing.
#[derive(Debug)]
pub enum Failure {
    /// The case does not fit the call.
    Case(String),
    /// There is no such method.
    Unknown(String),
    /// The call failed.
    Call(snapline_runtime::Error),
}

impl From<snapline_runtime::Error> for Failure {
    fn from(error: snapline_runtime::Error) -> Self {
        Self::Call(error)
    }
}

/// A value that stands for itself in JSON.
pub fn plain<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// Leaves out what is null: a missing field and a null one are both no value.
#[must_use]
pub fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .filter(|(_, field)| !field.is_null())
                .map(|(name, field)| (name.clone(), without_nulls(field)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        // 10 and 10.0 are the same number.
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        other => other.clone(),
    }
}

/// Compares an outcome with what a case expects; says what differs.
///
/// # Errors
/// When they differ.
pub fn compare(expect: &Value, outcome: &Result<Outcome, Failure>) -> Result<(), String> {
    let list = |value: Option<&Value>| -> Vec<Value> {
        value
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(without_nulls)
            .collect()
    };
    let same = match (expect, outcome) {
        (_, Err(Failure::Call(error))) if expect.get("error").is_some() => {
            return compare_error(expect.get("error").unwrap_or(&Value::Null), error);
        }
        (_, Ok(Outcome::Nothing)) => expect.get("nothing").is_some(),
        (_, Ok(Outcome::Value(value))) => {
            expect.get("value").map(without_nulls) == Some(without_nulls(value))
        }
        (_, Ok(Outcome::Items(items))) => {
            expect.get("items").is_some()
                && list(expect.get("items")) == items.iter().map(without_nulls).collect::<Vec<_>>()
        }
        (_, Ok(Outcome::Page { items, total, next })) => expect.get("page").is_some_and(|page| {
            list(page.get("items")) == items.iter().map(without_nulls).collect::<Vec<_>>()
                && page.get("total").and_then(Value::as_u64) == *total
                && page.get("next").and_then(Value::as_u64) == *next
        }),
        (_, Err(_)) => false,
    };
    if same {
        Ok(())
    } else {
        Err(format!("expected {expect}, got {outcome:?}"))
    }
}

fn compare_error(expect: &Value, error: &snapline_runtime::Error) -> Result<(), String> {
    let text = |name: &str| expect.get(name).and_then(Value::as_str);
    let status = expect.get("status").and_then(Value::as_u64);
    let same = text("kind") == Some(error.kind().as_str())
        && (status.is_none() || status == error.status().map(u64::from))
        && (text("code").is_none() || text("code") == error.code())
        && (text("message").is_none() || text("message") == Some(error.message()));
    if same {
        Ok(())
    } else {
        Err(format!("expected {expect}, got {error:?}"))
    }
}
