//! Arguments from Python. Every error names the argument.

#![allow(
    dead_code,
    reason = "which conversions are used follows from the providers' documents"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use pyo3::Borrowed;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyInt, PyMapping, PyString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use snapline_runtime::{Error, Nullable, StringOrInteger, Timestamp};

use crate::errors::{self, invalid, wrong_type};
use crate::json;
use crate::model::Class;

/// The type of `UNSET`, which stands for an argument left out where `None` means null.
#[pyclass(frozen, module = "snapline", name = "Unset")]
pub(crate) struct Unset;

#[pymethods]
impl Unset {
    fn __repr__(&self) -> &'static str {
        "UNSET"
    }

    fn __bool__(&self) -> bool {
        false
    }

    fn __reduce__(&self) -> &'static str {
        "UNSET"
    }
}

/// An argument that may be left out, which is not the same as `None`.
pub(crate) enum Given<'py> {
    /// Left out.
    Unset,
    /// Given, `None` included.
    Value(Bound<'py, PyAny>),
}

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if value.is_instance_of::<Unset>() {
            Ok(Self::Unset)
        } else {
            Ok(Self::Value(value.to_owned()))
        }
    }
}

/// Text. A member of a string enum is text too.
pub(crate) fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let Ok(text) = value.cast::<PyString>() else {
        return Err(wrong_type(name, "str", value));
    };
    text.to_cow()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| invalid(value.py(), name, "text that UTF-8 can hold"))
}

/// A value of an open enum: a member or its string, listed or not.
pub(crate) fn listed<T: From<String>>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    text(name, value).map(T::from)
}

/// An integer of 64 bits. `True` and `False` are none, since a flag in its place is a mistake.
pub(crate) fn integer(name: &str, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    if value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, "int", value));
    }
    value.extract::<i64>().map_err(|_| {
        if value.is_instance_of::<PyInt>() {
            invalid(value.py(), name, "an integer of at most 64 bits")
        } else {
            wrong_type(name, "int", value)
        }
    })
}

/// A finite number.
pub(crate) fn number(name: &str, value: &Bound<'_, PyAny>) -> PyResult<f64> {
    if value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, "float", value));
    }
    let number = value
        .extract::<f64>()
        .map_err(|_| wrong_type(name, "float", value))?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err(invalid(value.py(), name, "a finite number"))
    }
}

/// `True` or `False`.
pub(crate) fn boolean(name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value
        .cast::<PyBool>()
        .map(|flag| flag.is_true())
        .map_err(|_| wrong_type(name, "bool", value))
}

/// An aware `datetime`, or RFC 3339 text as it is.
pub(crate) fn timestamp(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    if value.is_instance_of::<PyString>() {
        return text(name, value).map(Timestamp::from);
    }
    let (Ok(zone), Ok(write)) = (value.getattr("tzinfo"), value.getattr("isoformat")) else {
        return Err(wrong_type(name, "datetime or str", value));
    };
    if zone.is_none() {
        return Err(invalid(value.py(), name, "a datetime with a time zone"));
    }
    text(name, &write.call0()?).map(Timestamp::from)
}

/// Text or an integer, which `True` and `False` are not.
pub(crate) fn string_or_integer(name: &str, value: &Bound<'_, PyAny>) -> PyResult<StringOrInteger> {
    if value.is_instance_of::<PyString>() {
        return text(name, value).map(StringOrInteger::String);
    }
    if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
        return integer(name, value).map(StringOrInteger::Integer);
    }
    Err(wrong_type(name, "str or int", value))
}

/// A list from any iterable, save those that are one by accident.
pub(crate) fn list<T>(
    name: &str,
    value: &Bound<'_, PyAny>,
    item: impl Fn(&str, &Bound<'_, PyAny>) -> PyResult<T>,
) -> PyResult<Vec<T>> {
    let by_accident = value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyBytes>()
        || value.is_instance_of::<PyMapping>();
    let items = match value.try_iter() {
        Ok(items) if !by_accident => items,
        _ => return Err(wrong_type(name, "a list", value)),
    };
    items
        .enumerate()
        .map(|(index, value)| item(&format!("{name}[{index}]"), &value?))
        .collect()
}

/// Named values.
pub(crate) fn map<T>(
    name: &str,
    value: &Bound<'_, PyAny>,
    item: impl Fn(&str, &Bound<'_, PyAny>) -> PyResult<T>,
) -> PyResult<BTreeMap<String, T>> {
    if !value.is_instance_of::<PyMapping>() {
        return Err(wrong_type(name, "a mapping", value));
    }
    let mut all = BTreeMap::new();
    for pair in value.call_method0("items")?.try_iter()? {
        let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair?.extract()?;
        let key = text(&format!("{name}, a key"), &key)?;
        let value = item(&format!("{name}[{key:?}]"), &value)?;
        all.insert(key, value);
    }
    Ok(all)
}

/// Names and their texts, such as headers.
pub(crate) fn pairs(name: &str, value: &Bound<'_, PyAny>) -> PyResult<BTreeMap<String, String>> {
    map(name, value, text)
}

/// A value, or null for `None`.
pub(crate) fn nullable<T>(
    name: &str,
    value: &Bound<'_, PyAny>,
    inner: impl Fn(&str, &Bound<'_, PyAny>) -> PyResult<T>,
) -> PyResult<Nullable<T>> {
    if value.is_none() {
        Ok(Nullable::Null)
    } else {
        inner(name, value).map(Nullable::Value)
    }
}

/// A model: an object of its class, or a mapping of its fields.
pub(crate) fn model<M: Class>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<M::Inner> {
    if let Ok(object) = value.cast::<M>() {
        return Ok(object.get().inner().clone());
    }
    if value.is_instance_of::<PyMapping>() {
        return decoded(name, value);
    }
    Err(wrong_type(
        name,
        &format!("{} or a mapping", M::NAME),
        value,
    ))
}

/// Something that its JSON describes, from a mapping. A field that it does not have is an error,
/// since nothing else would show a misspelt one.
pub(crate) fn decoded<T: Serialize + DeserializeOwned>(
    name: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<T> {
    if !value.is_instance_of::<PyMapping>() {
        return Err(wrong_type(name, "a mapping", value));
    }
    let given = json::from_python(name, value)?;
    let refuse = |why: String| {
        errors::raise(
            value.py(),
            &Error::invalid_argument(name, "of the documented shape", why),
        )
    };
    let decoded: T = serde_json::from_value(given.clone())
        .map_err(|error| refuse(format!("`{name}` does not fit: {error}")))?;
    // Our own types always serialise.
    let kept = serde_json::to_value(&decoded).unwrap_or_default();
    match unknown(&given, &kept) {
        Some(field) => Err(refuse(format!("`{name}` has no field `{field}`"))),
        None => Ok(decoded),
    }
}

// The first field that is given but not kept.
fn unknown(given: &Value, kept: &Value) -> Option<String> {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given.iter().find_map(|(name, value)| {
            match kept.get(name) {
                Some(kept) => unknown(value, kept).map(|inner| format!("{name}.{inner}")),
                // Null may stand for a field that is left out.
                None => (!value.is_null()).then(|| name.clone()),
            }
        }),
        (Value::Array(given), Value::Array(kept)) => given
            .iter()
            .zip(kept)
            .find_map(|(given, kept)| unknown(given, kept)),
        _ => None,
    }
}

/// Any JSON.
pub(crate) fn json(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    json::from_python(name, value)
}

/// A span of time in seconds.
pub(crate) fn seconds(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Duration> {
    span(value.py(), name, number(name, value)?)
}

/// A span of time from a number of seconds.
pub(crate) fn span(py: Python<'_>, name: &str, seconds: f64) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| invalid(py, name, "a number of seconds that is not negative"))
}

/// An integer that is not negative.
pub(crate) fn count<T: TryFrom<i64>>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    T::try_from(integer(name, value)?).map_err(|_| {
        invalid(
            value.py(),
            name,
            "a count that is not negative or too large",
        )
    })
}

/// A path in the file system.
pub(crate) fn path(name: &str, value: &Bound<'_, PyAny>) -> PyResult<std::path::PathBuf> {
    value
        .extract()
        .map_err(|_| wrong_type(name, "str or os.PathLike", value))
}
