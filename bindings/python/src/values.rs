//! Values on their way to Python.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyBytes, PyDateTime, PyDelta, PyDict, PyFloat, PyList, PyString, PyTzInfo,
};
use serde_json::Value;
use snapline_runtime::{Bytes, Nullable, StringOrInteger, Timestamp};

use crate::json;

/// A value that becomes a Python object.
pub(crate) trait IntoPython {
    /// The object.
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>>;
}

impl IntoPython for () {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.None())
    }
}

impl IntoPython for &String {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(PyString::new(py, self).into_any().unbind())
    }
}

impl IntoPython for String {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        (&self).into_python(py)
    }
}

impl IntoPython for Bytes {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(PyBytes::new(py, &self).into_any().unbind())
    }
}

impl IntoPython for i64 {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.into_pyobject(py)?.into_any().unbind())
    }
}

impl IntoPython for u64 {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(self.into_pyobject(py)?.into_any().unbind())
    }
}

impl IntoPython for f64 {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(PyFloat::new(py, self).into_any().unbind())
    }
}

impl IntoPython for bool {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(PyBool::new(py, self).to_owned().into_any().unbind())
    }
}

macro_rules! by_copy {
    ($($Type:ty)+) => {
        $(impl IntoPython for &$Type {
            fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
                (*self).into_python(py)
            }
        })+
    };
}
by_copy!(i64 u64 f64 bool);

/// Models of a provider become objects of their classes.
macro_rules! models {
    ($($Class:ident = $Name:ident),*) => {
        $(impl $crate::values::IntoPython for api::$Name {
            fn into_python(self, py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                $crate::model::object::<models::$Class>(py, self)
            }
        }

        impl $crate::values::IntoPython for &api::$Name {
            fn into_python(self, py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                self.clone().into_python(py)
            }
        })*
    };
}
pub(crate) use models;

/// Enums of a provider become members of their classes, which a module has.
macro_rules! enums {
    ($module:ident: $($Class:ident = $Name:ident),*) => {
        $(impl $crate::values::IntoPython for &api::$Name {
            fn into_python(self, py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                static CLASS: $crate::values::EnumClass =
                    $crate::values::EnumClass::new($module, stringify!($Class));
                CLASS.member(py, self.as_str())
            }
        }

        impl $crate::values::IntoPython for api::$Name {
            fn into_python(self, py: pyo3::Python<'_>) -> pyo3::PyResult<pyo3::Py<pyo3::PyAny>> {
                (&self).into_python(py)
            }
        })*
    };
}
pub(crate) use enums;

impl IntoPython for &Timestamp {
    /// An aware `datetime` in UTC, cut to microseconds; `None` for a text that is no time or one
    /// beyond the years 1 to 9999.
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static EPOCH: PyOnceLock<Py<PyDateTime>> = PyOnceLock::new();
        let Some(nanos) = self.unix_nanos() else {
            return Ok(py.None());
        };
        let micros = nanos.div_euclid(1000);
        let seconds = micros.div_euclid(1_000_000);
        let parts = (
            i32::try_from(seconds.div_euclid(86_400)),
            i32::try_from(seconds.rem_euclid(86_400)),
            i32::try_from(micros.rem_euclid(1_000_000)),
        );
        let (Ok(days), Ok(seconds), Ok(micros)) = parts else {
            return Ok(py.None());
        };
        let epoch = EPOCH.get_or_try_init(py, || {
            let utc = PyTzInfo::utc(py)?;
            PyDateTime::new(py, 1970, 1, 1, 0, 0, 0, 0, Some(&utc)).map(Bound::unbind)
        })?;
        let since = PyDelta::new(py, days, seconds, micros, true)?;
        match epoch.bind(py).add(since) {
            Ok(time) => Ok(time.unbind()),
            Err(_) => Ok(py.None()),
        }
    }
}

impl IntoPython for Timestamp {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        (&self).into_python(py)
    }
}

impl IntoPython for &StringOrInteger {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self {
            StringOrInteger::String(text) => text.into_python(py),
            StringOrInteger::Integer(number) => number.into_python(py),
        }
    }
}

impl IntoPython for StringOrInteger {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        (&self).into_python(py)
    }
}

impl IntoPython for &Value {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        json::to_python(py, self).map(Bound::unbind)
    }
}

impl IntoPython for Value {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        (&self).into_python(py)
    }
}

impl<T: IntoPython> IntoPython for Option<T> {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.map_or_else(|| Ok(py.None()), |value| value.into_python(py))
    }
}

impl<'a, T> IntoPython for &'a Option<T>
where
    &'a T: IntoPython,
{
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.as_ref().into_python(py)
    }
}

impl<'a, T> IntoPython for &'a Nullable<T>
where
    &'a T: IntoPython,
{
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self {
            Nullable::Null => Ok(py.None()),
            Nullable::Value(value) => value.into_python(py),
        }
    }
}

impl<T: IntoPython> IntoPython for Vec<T> {
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let list = PyList::empty(py);
        for item in self {
            list.append(item.into_python(py)?)?;
        }
        Ok(list.into_any().unbind())
    }
}

impl<'a, T> IntoPython for &'a Vec<T>
where
    &'a T: IntoPython,
{
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let list = PyList::empty(py);
        for item in self {
            list.append(item.into_python(py)?)?;
        }
        Ok(list.into_any().unbind())
    }
}

impl<'a, T> IntoPython for &'a BTreeMap<String, T>
where
    &'a T: IntoPython,
{
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let dict = PyDict::new(py);
        for (name, item) in self {
            dict.set_item(name, item.into_python(py)?)?;
        }
        Ok(dict.into_any().unbind())
    }
}

impl<T> IntoPython for BTreeMap<String, T>
where
    for<'a> &'a T: IntoPython,
{
    fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        (&self).into_python(py)
    }
}

/// A member of an enum class, which takes strings that it does not list as well.
pub(crate) struct EnumClass {
    module: &'static str,
    name: &'static str,
    class: PyOnceLock<Py<PyAny>>,
}

impl EnumClass {
    /// The class of a name in a module, imported when it is first needed.
    pub(crate) const fn new(module: &'static str, name: &'static str) -> Self {
        Self {
            module,
            name,
            class: PyOnceLock::new(),
        }
    }

    /// The member for a string.
    pub(crate) fn member(&self, py: Python<'_>, text: &str) -> PyResult<Py<PyAny>> {
        let class = self.class.get_or_try_init(py, || {
            py.import(self.module)?
                .getattr(self.name)
                .map(Bound::unbind)
        })?;
        class.bind(py).call1((text,)).map(Bound::unbind)
    }
}
