//! Single values from Python: texts, numbers, moments. Every error names the argument.

#![allow(
    dead_code,
    reason = "which conversions are used follows from the providers' documents"
)]

use std::time::Duration;

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBool, PyInt, PyString};
use snapline_runtime::{Bytes, StringOrInteger, Timestamp};

use crate::errors::{invalid, wrong_type};

/// Text. A member of a string enum is text too.
pub(crate) fn text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let Ok(text) = value.cast::<PyString>() else {
        return Err(wrong_type(name, "str", value));
    };
    text.to_cow()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| invalid(value.py(), name, "text that UTF-8 can hold"))
}

/// Bytes, of which a copy is made.
pub(crate) fn bytes(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Bytes> {
    match value.extract::<PyBackedBytes>() {
        Ok(bytes) => Ok(Bytes::copy_from_slice(&bytes)),
        Err(_) => Err(wrong_type(name, "bytes", value)),
    }
}

/// A value of an open enum: a member or its string, listed or not.
pub(crate) fn member<T: From<String>>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
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

/// An integer of 64 bits that is not negative.
pub(crate) fn unsigned(name: &str, value: &Bound<'_, PyAny>) -> PyResult<u64> {
    if value.is_instance_of::<PyBool>() {
        return Err(wrong_type(name, "int", value));
    }
    value.extract::<u64>().map_err(|_| {
        if value.is_instance_of::<PyInt>() {
            let must = "an integer from 0 to 18446744073709551615";
            invalid(value.py(), name, must)
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
