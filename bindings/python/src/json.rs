//! JSON to and from plain Python objects.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyMapping, PyString, PyTuple};
use serde_json::{Map, Number, Value};

use crate::errors::{invalid, wrong_type};
use crate::scalar;

// As deep as serde_json reads.
const DEEPEST: usize = 128;

/// What JSON can say of a Python object. `name` says in errors which argument it is.
pub(crate) fn from_python(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    read(name, value, 0)
}

fn read(name: &str, value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Value> {
    if depth > DEEPEST {
        return Err(invalid(value.py(), name, "nested at most 128 levels deep"));
    }
    if value.is_none() {
        Ok(Value::Null)
    } else if let Ok(flag) = value.cast::<PyBool>() {
        Ok(Value::Bool(flag.is_true()))
    } else if value.is_instance_of::<PyString>() {
        Ok(Value::String(scalar::text(name, value)?))
    } else if value.is_instance_of::<PyInt>() {
        integer(name, value)
    } else if value.is_instance_of::<PyFloat>() {
        let number = scalar::number(name, value)?;
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    } else if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        let items = value.try_iter()?.enumerate();
        items
            .map(|(index, item)| read(&format!("{name}[{index}]"), &item?, depth + 1))
            .collect::<PyResult<Vec<Value>>>()
            .map(Value::Array)
    } else if value.is_instance_of::<PyMapping>() {
        mapping(name, value, depth).map(Value::Object)
    } else if let Ok(method) = value.getattr("to_dict") {
        // One of our own models.
        read(name, &method.call0()?, depth + 1)
    } else {
        Err(wrong_type(name, "something that JSON can hold", value))
    }
}

fn integer(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Value> {
    if let Ok(number) = value.extract::<i64>() {
        return Ok(Value::from(number));
    }
    match value.extract::<u64>() {
        Ok(number) => Ok(Value::from(number)),
        Err(_) => Err(invalid(value.py(), name, "an integer of at most 64 bits")),
    }
}

fn mapping(name: &str, value: &Bound<'_, PyAny>, depth: usize) -> PyResult<Map<String, Value>> {
    let mut object = Map::new();
    for pair in value.call_method0("items")?.try_iter()? {
        let (key, item): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair?.extract()?;
        if !key.is_instance_of::<PyString>() {
            return Err(PyTypeError::new_err(format!(
                "the keys of argument '{name}' must be str"
            )));
        }
        let key = scalar::text(name, &key)?;
        let item = read(&format!("{name}[{key:?}]"), &item, depth + 1)?;
        object.insert(key, item);
    }
    Ok(object)
}

/// A Python object for a JSON value.
pub(crate) fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(flag) => PyBool::new(py, *flag).to_owned().into_any(),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => number.into_pyobject(py)?.into_any(),
            (_, Some(number), _) => number.into_pyobject(py)?.into_any(),
            (_, _, number) => PyFloat::new(py, number.unwrap_or(f64::NAN)).into_any(),
        },
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(fields) => {
            let dict = PyDict::new(py);
            for (name, item) in fields {
                dict.set_item(name, to_python(py, item)?)?;
            }
            dict.into_any()
        }
    })
}
