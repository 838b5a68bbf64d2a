//! What an answer carries beside its value.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde_json::Value;

use crate::{errors, json};

/// What the service last said of the requests left. A value that was absent or malformed is None.
#[pyclass(frozen, eq, get_all, module = "snapline")]
#[derive(Clone, PartialEq)]
pub(crate) struct RateLimit {
    /// How many requests are allowed in a period.
    limit: Option<u64>,
    /// How many are left.
    remaining: Option<u64>,
    /// When more become available, in Unix seconds.
    reset: Option<u64>,
}

impl From<snapline_runtime::RateLimit> for RateLimit {
    fn from(seen: snapline_runtime::RateLimit) -> Self {
        Self {
            limit: seen.limit,
            remaining: seen.remaining,
            reset: seen.reset,
        }
    }
}

#[pymethods]
impl RateLimit {
    fn __repr__(&self) -> String {
        let show =
            |value: Option<u64>| value.map_or_else(|| "None".to_owned(), |value| value.to_string());
        format!(
            "RateLimit(limit={}, remaining={}, reset={})",
            show(self.limit),
            show(self.remaining),
            show(self.reset)
        )
    }
}

/// An answer as it came.
#[pyclass(frozen, module = "snapline")]
pub(crate) struct Response {
    inner: snapline_runtime::Response<Value>,
}

impl Response {
    /// Wraps an answer.
    pub(crate) fn new(inner: snapline_runtime::Response<Value>) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Response {
    /// The HTTP status.
    #[getter]
    fn status(&self) -> u16 {
        self.inner.status()
    }

    /// The headers, their names in lower case.
    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        errors::headers(py, self.inner.headers())
    }

    /// The body as received, decompressed.
    #[getter]
    fn body<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.inner.body())
    }

    /// The id under which the service knows the request.
    #[getter]
    fn request_id(&self) -> Option<&str> {
        self.inner.request_id()
    }

    /// The body decoded from JSON; None for an empty one.
    fn json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json::to_python(py, self.inner.value())
    }

    fn __repr__(&self) -> String {
        format!(
            "<snapline.Response status={} bytes={}>",
            self.inner.status(),
            self.inner.body().len()
        )
    }
}
