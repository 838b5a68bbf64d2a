//! Faces, and the conformance cases that all of them run. A face takes a call as data, makes it
//! through the public API of one language, and tells as data what came out.

#[macro_use]
mod describe;

mod agent;
mod case;
mod entry;
mod face;
mod instance;
mod options;
mod order;
mod outcome;
mod rust;
mod tally;

#[rustfmt::skip]
pub mod generated;

use serde_json::Value;

pub use agent::Agent;
pub use case::{Case, folder};
pub use describe::Describe;
use entry::Entry;
pub use face::{Face, Logged, PATIENCE, Timed};
pub use instance::Schemas;
pub use options::RunnerOptions;
pub use order::{Arguments, BYTES, Hex, Mode, Named, Order, Typed, in_hex};
pub use outcome::{Attempt, Done, Failed, Failure, Meta, Outcome, rate_limit};
pub use rust::Rust;
pub use tally::{Count, Tally};

/// A value that stands for itself in JSON.
pub fn plain<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or(Value::Null)
}

/// The text of a value that no name stands for; one that has a name is told so.
fn unlisted<'a>(text: &'a str, listed: &[&str]) -> &'a str {
    if listed.contains(&text) {
        "a value without the name that stands for its text"
    } else {
        text
    }
}

/// Reads a model and writes it again.
pub type RoundTrip = fn(Value) -> Result<Value, Failure>;

/// Reads a model and writes it again.
fn round_trip<T>(instance: Value) -> Result<Value, Failure>
where
    T: serde::de::DeserializeOwned + serde::Serialize,
{
    let bad = |error: serde_json::Error| Failure::Case(error.to_string());
    let model: T = serde_json::from_value(instance).map_err(bad)?;
    serde_json::to_value(model).map_err(bad)
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
        Value::Number(number) => plain_number(number),
        other => other.clone(),
    }
}

/// 10 and 10.0 are the same number; a large integer is not what a float makes of it.
fn plain_number(number: &serde_json::Number) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.is_i64() || number.is_u64() {
        return Value::Number(number.clone());
    }
    let float = number.as_f64().unwrap_or_default();
    if float.fract() == 0.0 && float.abs() < EXACT {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "it is whole and below the bound up to which floats are exact"
        )]
        return Value::from(float as i64);
    }
    Value::from(float)
}

/// Compares an outcome with what a case expects; says what differs.
///
/// # Errors
/// When they differ.
pub fn compare(expect: &Value, outcome: Result<&Outcome, &Failure>) -> Result<(), String> {
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
        // Python has one word for a call that gives nothing and for one that has nothing to give.
        (_, Ok(Outcome::Nothing)) => {
            expect.get("nothing").is_some() || expect.get("value") == Some(&Value::Null)
        }
        (_, Ok(Outcome::Value { value })) => {
            expect.get("value").map(without_nulls) == Some(without_nulls(value))
        }
        (_, Ok(Outcome::Items { items })) => {
            expect.get("items").is_some()
                && list(expect.get("items")) == items.iter().map(without_nulls).collect::<Vec<_>>()
        }
        (_, Ok(Outcome::Page { items, total, next })) => expect.get("page").is_some_and(|page| {
            list(page.get("items")) == items.iter().map(without_nulls).collect::<Vec<_>>()
                && page.get("total").and_then(Value::as_u64) == *total
                && page.get("next").filter(|next| !next.is_null()) == next.as_ref()
        }),
        (_, Err(_)) => false,
    };
    if same {
        Ok(())
    } else {
        Err(format!("expected {expect}, got {outcome:?}"))
    }
}

fn compare_error(expect: &Value, error: &Failed) -> Result<(), String> {
    let text = |name: &str| expect.get(name).and_then(Value::as_str);
    let status = expect.get("status").and_then(Value::as_u64);
    // Of what was begun, the request and the id are compared; no other error may say that something was.
    let begun = |started: Option<&Value>| {
        let started = started?;
        Some((started.get("call").cloned(), started.get("id").cloned()))
    };
    let same = text("kind") == Some(error.kind.as_str())
        && begun(expect.get("started")) == begun(error.started.as_ref())
        && (status.is_none() || status == error.status.map(u64::from))
        && (text("code").is_none() || text("code") == error.code.as_deref())
        && (text("message").is_none() || text("message") == Some(error.message.as_str()));
    if same {
        Ok(())
    } else {
        Err(format!("expected {expect}, got {error:?}"))
    }
}
