//! What an answer carries beside its value.

use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use serde_json::Value;

use crate::guard::guard;
use crate::work::Finish;
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

/// An answer as it came, with the typed value when it is asked for.
#[pyclass(frozen, generic, module = "snapline")]
pub(crate) struct Response {
    inner: snapline_runtime::Response<()>,
    // Makes the value; gone once it did.
    parse: Mutex<Option<Finish>>,
    parsed: PyOnceLock<Py<PyAny>>,
}

impl Response {
    /// Wraps an answer. `value` makes the object of what was decoded.
    pub(crate) fn with<T: Send + 'static>(
        py: Python<'_>,
        response: snapline_runtime::Response<T>,
        value: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> PyResult<Py<PyAny>> {
        let mut decoded = None;
        let inner = response.map(|value| decoded = Some(value));
        let parse =
            decoded.map(|decoded| Box::new(move |py: Python<'_>| value(py, decoded)) as Finish);
        let made = Self {
            inner,
            parse: Mutex::new(parse),
            parsed: PyOnceLock::new(),
        };
        Ok(Py::new(py, made)?.into_any())
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

    /// What each attempt saw, oldest first.
    #[getter]
    fn attempts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        errors::attempts(py, self.inner.attempts())
    }

    /// Where the answer departs from the document.
    #[getter]
    fn drift<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let drift = self.inner.drift().iter().map(ToString::to_string);
        PyTuple::new(py, drift.collect::<Vec<_>>())
    }

    /// The rate limit values of this answer.
    #[getter]
    fn rate_limit(&self) -> Option<RateLimit> {
        self.inner.rate_limit().map(RateLimit::from)
    }

    /// What the method gives without `with_raw_response`.
    fn parse(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        guard(|| {
            let parsed = self.parsed.get_or_try_init(py, || {
                // Held for this one line alone, never while Python runs.
                let parse = self
                    .parse
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take();
                match parse {
                    Some(parse) => parse(py),
                    None => Err(PyRuntimeError::new_err(
                        "the value could not be made before",
                    )),
                }
            });
            parsed.map(|value| value.clone_ref(py))
        })
    }

    /// The body decoded from JSON; None for an empty one.
    fn json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        guard(|| {
            let body = self.inner.body();
            if body.is_empty() {
                return Ok(py.None().into_bound(py));
            }
            let value: Value = serde_json::from_slice(body).map_err(|error| {
                errors::undecodable(py, &format!("the body is no JSON: {error}"))
            })?;
            json::to_python(py, &value)
        })
    }

    fn __repr__(&self) -> String {
        format!(
            "<snapline.Response status={} bytes={}>",
            self.inner.status(),
            self.inner.body().len()
        )
    }
}
