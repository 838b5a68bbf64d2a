//! Arguments from Python. Every error names the argument.

#![allow(
    dead_code,
    reason = "which conversions are used follows from the providers' documents"
)]

use std::collections::BTreeMap;

use pyo3::Borrowed;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyMapping, PyString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use snapline_runtime::{Error, Nullable};

use crate::errors::{self, wrong_type};
use crate::json;
use crate::model::Class;
pub(crate) use crate::scalar::*;

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
pub(crate) enum OptionalArgument<'py> {
    /// Left out.
    Unset,
    /// Passed, `None` included.
    Value(Bound<'py, PyAny>),
}

impl<'py> FromPyObject<'_, 'py> for OptionalArgument<'py> {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if value.is_instance_of::<Unset>() {
            Ok(Self::Unset)
        } else {
            Ok(Self::Value(value.to_owned()))
        }
    }
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
        return from_mapping(name, value);
    }
    Err(wrong_type(
        name,
        &format!("{} or a mapping", M::NAME),
        value,
    ))
}

/// Something that its JSON describes, from a mapping. A field that it does not have is an error,
/// since nothing else would show a misspelt one.
pub(crate) fn from_mapping<T: Serialize + DeserializeOwned>(
    name: &str,
    value: &Bound<'_, PyAny>,
) -> PyResult<T> {
    if !value.is_instance_of::<PyMapping>() {
        return Err(wrong_type(name, "a mapping", value));
    }
    let sent = json::from_python(name, value)?;
    let refuse = |why: String| {
        errors::raise(
            value.py(),
            &Error::invalid_argument(name, "of the documented shape", why),
        )
    };
    let decoded: T = serde_json::from_value(sent.clone())
        .map_err(|error| refuse(format!("`{name}` does not fit: {error}")))?;
    // Our own types always serialise.
    let known = serde_json::to_value(&decoded).unwrap_or_default();
    match unknown(&sent, &known) {
        Some(field) => Err(refuse(format!("`{name}` has no field `{field}`"))),
        None => Ok(decoded),
    }
}

// The first field that is sent and that the type does not know.
fn unknown(sent: &Value, known: &Value) -> Option<String> {
    match (sent, known) {
        (Value::Object(sent), Value::Object(known)) => sent.iter().find_map(|(name, value)| {
            match known.get(name) {
                Some(known) => unknown(value, known).map(|inner| format!("{name}.{inner}")),
                // Null may stand for a field that is left out.
                None => (!value.is_null()).then(|| name.clone()),
            }
        }),
        (Value::Array(sent), Value::Array(known)) => sent
            .iter()
            .zip(known)
            .find_map(|(sent, known)| unknown(sent, known)),
        _ => None,
    }
}

/// Any JSON.
pub(crate) fn json(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    json::from_python(name, value)
}

/// A watching function that is a coroutine, which nobody would await.
pub(crate) fn refuse_coroutine(name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    if value.hasattr(intern!(value.py(), "__await__"))? {
        if let Ok(close) = value.getattr(intern!(value.py(), "close")) {
            close.call0()?;
        }
        return Err(PyTypeError::new_err(format!(
            "argument '{name}' must be a plain function, not one to await"
        )));
    }
    Ok(())
}
