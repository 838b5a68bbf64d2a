//! What all model classes do alike.

use pyo3::PyClass;
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::types::{PyMapping, PyTuple};
use serde::Serialize;
use serde::de::DeserializeOwned;
use snapline_runtime::Error;

use crate::{errors, json};

/// A class over one of a provider's models.
pub(crate) trait Model:
    PyClass<Frozen = True> + Sync + Into<PyClassInitializer<Self>>
{
    /// The model.
    type Inner: Serialize + DeserializeOwned + Clone;
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

/// A model from what [`to_dict`] gave, or from the service's JSON. Unknown fields are ignored.
pub(crate) fn from_dict<M: Model>(data: &Bound<'_, PyAny>) -> PyResult<M> {
    if !data.is_instance_of::<PyMapping>() {
        return Err(errors::wrong_type("data", "a mapping", data));
    }
    let value = json::from_python("data", data)?;
    serde_json::from_value(value).map(M::wrap).map_err(|error| {
        let why = format!("`data` is no {}: {error}", M::NAME);
        errors::raise(data.py(), &Error::invalid_argument("data", M::NAME, why))
    })
}

/// What pickle keeps: the class's own `from_dict` and its argument.
pub(crate) fn reduce<'py, M: Model>(
    model: &Bound<'py, M>,
) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
    let make = model.as_any().get_type().getattr("from_dict")?;
    let data = to_dict(model.get(), model.py())?;
    Ok((make, PyTuple::new(model.py(), [data])?))
}
