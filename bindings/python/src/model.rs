//! What all model classes do alike.

use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::types::{PyMapping, PyTuple};
use serde::Serialize;
use serde::de::DeserializeOwned;
use snapline_runtime::{Error, JsonText};

use crate::{errors, json, log};

/// A class over one of a provider's models.
pub(crate) trait Model:
    PyClass<Frozen = True> + Sync + Into<PyClassInitializer<Self>>
{
    /// The model.
    type Inner: Serialize + DeserializeOwned + JsonText + Clone;
    /// The attributes that must not be shown (B19).
    const SECRETS: &'static [&'static str] = &[];

    /// Wraps a model.
    fn wrap(inner: Self::Inner) -> Self;
    /// What is wrapped.
    fn inner(&self) -> &Self::Inner;
    /// The attributes with their values, in the document's order.
    fn fields(&self, py: Python<'_>) -> PyResult<Vec<(&'static str, Py<PyAny>)>>;
}

/// `Name(field=value, …)`, without the values that must not be shown.
pub(crate) fn repr<M: Model>(model: &M, py: Python<'_>) -> PyResult<String> {
    let mut fields = Vec::new();
    for (name, value) in model.fields(py)? {
        // Whether there is one may be shown.
        if M::SECRETS.contains(&name) && !value.is_none(py) {
            fields.push(format!("{name}=[redacted]"));
        } else {
            fields.push(format!("{name}={}", value.bind(py).repr()?));
        }
    }
    Ok(format!("{}({})", M::NAME, fields.join(", ")))
}

/// The model as the service writes it.
pub(crate) fn to_dict<'py, M: Model>(model: &M, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
    let value = serde_json::to_value(model.inner())
        .map_err(|error| errors::raise(py, &Error::internal(error.to_string())))?;
    json::to_python(py, &value)
}

/// A model from what [`to_dict`] gave, or from the service's JSON, read as a call reads it: what departs
/// from the document is told to the logger, or refused if the caller is `strict`.
pub(crate) fn from_dict<M: Model>(data: &Bound<'_, PyAny>, strict: bool) -> PyResult<M> {
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
        log::deliver(data.py());
    }
    Ok(M::wrap(inner))
}

/// What pickle keeps: the class's own `from_dict` and its argument.
pub(crate) fn reduce<'py, M: Model>(
    model: &Bound<'py, M>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
    let make = model.as_any().get_type().getattr("from_dict")?;
    let data = to_dict(model.get(), model.py())?;
    Ok((make, PyTuple::new(model.py(), [data])?))
}
