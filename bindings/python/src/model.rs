//! The class that all objects of a document are of, with what they do alike.

use std::collections::HashMap;
use std::ffi::OsString;
use std::sync::{PoisonError, RwLock};

use pyo3::PyClass;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::types::{PyMapping, PyTuple, PyType};
use serde::Serialize;
use serde::de::DeserializeOwned;
use snapline_runtime::{Error, JsonText};

use crate::guard::guard;
use crate::{errors, json, log};

/// An object that a provider's document describes. It cannot be changed.
///
/// Objects are equal if all their values are; they can be copied, pickled and matched by `match`.
#[pyclass(frozen, subclass, module = "snapline")]
pub(crate) struct Model {
    kind: &'static Kind,
}

/// What an object's class adds to [`Model`].
pub(crate) struct Kind {
    name: &'static str,
    secrets: &'static [&'static str],
    to_json: fn(&Bound<'_, PyAny>) -> PyResult<serde_json::Value>,
    equal: fn(&Bound<'_, PyAny>, &Bound<'_, PyAny>) -> PyResult<bool>,
    read: for<'py> fn(&Bound<'py, PyAny>, bool) -> PyResult<Py<PyAny>>,
}

/// A class over one of a provider's models.
pub(crate) trait Class: PyClass<Frozen = True, BaseType = Model> + Sync {
    /// The model.
    type Inner: Serialize + DeserializeOwned + JsonText + Clone + PartialEq;
    /// The attributes, in the document's order.
    const FIELDS: &'static [&'static str];
    /// Those that must not be shown (B19).
    const SECRETS: &'static [&'static str];
    /// How [`Model`] goes about it.
    const KIND: &'static Kind = &Kind {
        name: Self::NAME,
        secrets: Self::SECRETS,
        to_json: to_json::<Self>,
        equal: equal::<Self>,
        read: read::<Self>,
    };

    /// Wraps a model.
    fn wrap(inner: Self::Inner) -> Self;
    /// What is wrapped.
    fn inner(&self) -> &Self::Inner;
}

/// Says of a class over which model it is, which attributes it has, and which must not be shown.
macro_rules! class {
    ($Class:ident = $Name:ident: $($field:literal),*; $(secret: $($secret:literal),* $(,)?)?) => {
        impl $crate::model::Class for $Class {
            type Inner = api::$Name;
            const FIELDS: &'static [&'static str] = &[$($field),*];
            const SECRETS: &'static [&'static str] = &[$($($secret),*)?];

            fn wrap(inner: api::$Name) -> Self {
                Self(inner)
            }

            fn inner(&self) -> &api::$Name {
                &self.0
            }
        }
    };
}
pub(crate) use class;

// Each class that is registered, by its address: a class is never freed.
static KINDS: RwLock<Option<HashMap<usize, &'static Kind>>> = RwLock::new(None);

/// What a function of a model gives that asks no service. A share that hangs holds up nobody else.
pub(crate) fn helped<P: Into<OsString>>(
    py: Python<'_>,
    help: impl FnOnce() -> Result<P, Error> + Send,
) -> PyResult<String> {
    let told = py.detach(|| help().map(Into::into));
    let text = told.map_err(|error| errors::raise(py, &error))?;
    text.into_string()
        .map_err(|_| errors::raise(py, &Error::internal("the path is not valid UTF-8")))
}

/// Adds a class to a module.
pub(crate) fn register<M: Class>(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let class = py.get_type::<M>();
    class.setattr("__match_args__", PyTuple::new(py, M::FIELDS)?)?;
    KINDS
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .get_or_insert_default()
        .insert(class.as_ptr() as usize, M::KIND);
    module.add(M::NAME, class)
}

/// A model as an object.
pub(crate) fn create<M: Class>(inner: M::Inner) -> PyClassInitializer<M> {
    PyClassInitializer::from(Model { kind: M::KIND }).add_subclass(M::wrap(inner))
}

/// The same, made.
pub(crate) fn object<M: Class>(py: Python<'_>, inner: M::Inner) -> PyResult<Py<PyAny>> {
    Ok(Py::new(py, create::<M>(inner))?.into_any())
}

fn to_json<M: Class>(object: &Bound<'_, PyAny>) -> PyResult<serde_json::Value> {
    serde_json::to_value(object.cast::<M>()?.get().inner())
        .map_err(|error| errors::raise(object.py(), &Error::internal(error.to_string())))
}

fn equal<M: Class>(one: &Bound<'_, PyAny>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(one.cast::<M>()?.get().inner() == other.cast::<M>()?.get().inner())
}

fn read<M: Class>(data: &Bound<'_, PyAny>, strict: bool) -> PyResult<Py<PyAny>> {
    if !data.is_instance_of::<PyMapping>() {
        return Err(errors::wrong_type("data", "a mapping", data));
    }
    let value = json::from_python("data", data)?;
    let refuse = |why: String| {
        let why = format!("`data` is no {}: {why}", M::NAME);
        errors::raise(data.py(), &Error::invalid_argument("data", M::NAME, why))
    };
    let (inner, drift) = M::Inner::read_json(&value.to_string())
        .map_err(|error| refuse(error.message().to_owned()))?;
    if !drift.is_empty() {
        if strict {
            let all: Vec<String> = drift.iter().map(ToString::to_string).collect();
            return Err(refuse(all.join(", ")));
        }
        log::refresh(data.py());
        snapline_runtime::model::warn_of(&drift);
        log::deliver(data.py())?;
    }
    object::<M>(data.py(), inner)
}

#[pymethods]
impl Model {
    /// The object as a dictionary, as the service writes it.
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        guard(|| json::to_python(slf.py(), &(slf.get().kind.to_json)(slf)?))
    }

    /// An object from what `to_dict` gave, or from the service's JSON.
    ///
    /// What is only received is read as a call reads it: what departs from the document is told in a
    /// warning, each field once in a process; with `strict` it is an error. So it always is where the
    /// object may be sent.
    #[classmethod]
    #[pyo3(signature = (data, *, strict=false))]
    fn from_dict(
        class: &Bound<'_, PyType>,
        data: &Bound<'_, PyAny>,
        strict: bool,
    ) -> PyResult<Py<PyAny>> {
        guard(|| {
            let kinds = KINDS.read().unwrap_or_else(PoisonError::into_inner);
            let address = class.as_ptr() as usize;
            let kind = kinds
                .as_ref()
                .and_then(|kinds| kinds.get(&address))
                .copied();
            drop(kinds);
            let none = || PyTypeError::new_err("snapline.Model itself describes no object");
            (kind.ok_or_else(none)?.read)(data, strict)
        })
    }

    /// `Name(field=value, …)`, without the values that must not be shown.
    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        guard(|| {
            let kind = slf.get().kind;
            let names: Vec<String> = slf.getattr("__match_args__")?.extract()?;
            let mut fields = Vec::new();
            for name in names {
                let value = slf.getattr(&*name)?;
                // Whether there is one may be shown.
                if kind.secrets.contains(&&*name) && !value.is_none() {
                    fields.push(format!("{name}=[redacted]"));
                } else {
                    fields.push(format!("{name}={}", value.repr()?));
                }
            }
            Ok(format!("{}({})", kind.name, fields.join(", ")))
        })
    }

    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        guard(|| {
            let py = slf.py();
            if !other.get_type().is(slf.get_type()) {
                return Ok(py.NotImplemented());
            }
            let equal = (slf.get().kind.equal)(slf, other)?;
            Ok(equal.into_pyobject(py)?.to_owned().into_any().unbind())
        })
    }

    /// What pickle keeps: the class's own `from_dict` and its argument.
    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let make = slf.get_type().getattr("from_dict")?;
        Ok((make, PyTuple::new(slf.py(), [Self::to_dict(slf)?])?))
    }

    fn __copy__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
        slf
    }
}
