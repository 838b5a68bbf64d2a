//! From the runtime's error to the exception classes of `snapline._errors`.

use std::fmt;
use std::time::UNIX_EPOCH;

use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use snapline_runtime::{Error, ErrorKind, HookError};

use crate::generated::errors::class_name;

/// What one attempt of a call saw.
#[pyclass(frozen, eq, get_all, module = "snapline")]
#[derive(Clone, PartialEq)]
pub(crate) struct Attempt {
    /// The HTTP status, if one arrived.
    status: Option<u16>,
    /// What went wrong below HTTP, if anything did.
    error: Option<String>,
    /// How long the call waited before this attempt, in seconds.
    waited: f64,
    /// How long the attempt itself took, in seconds.
    elapsed: f64,
}

#[pymethods]
impl Attempt {
    #[new]
    #[pyo3(signature = (status=None, error=None, waited=0.0, elapsed=0.0))]
    fn new(status: Option<u16>, error: Option<String>, waited: f64, elapsed: f64) -> Self {
        Self {
            status,
            error,
            waited,
            elapsed,
        }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let error = (&self.error).into_pyobject(py)?.repr()?;
        let status = self
            .status
            .map_or_else(|| "None".to_owned(), |status| status.to_string());
        Ok(format!(
            "Attempt(status={status}, error={error}, waited={:.3}, elapsed={:.3})",
            self.waited, self.elapsed
        ))
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let this = slf.get();
        let state = (
            this.status,
            this.error.as_deref(),
            this.waited,
            this.elapsed,
        );
        Ok((slf.get_type().into_any(), state.into_pyobject(slf.py())?))
    }
}

fn class<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    static MODULE: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    MODULE
        .get_or_try_init(py, || py.import("snapline._errors").map(Bound::unbind))?
        .bind(py)
        .getattr(name)
}

/// The exception for an error.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    raise_with(py, error, None)
}

/// The exception for an error, with the last state seen of what was waited for.
pub(crate) fn raise_with(py: Python<'_>, error: &Error, last: Option<Py<PyAny>>) -> PyErr {
    let raised = Raised::of(py, error);
    if let Some(interrupted) = &raised
        && !interrupted.is_instance_of::<PyException>(py)
    {
        // A Ctrl-C that a hook met is no fault of the hook.
        return interrupted.clone_ref(py);
    }
    match build(py, error, last) {
        Ok(exception) => {
            let exception = PyErr::from_value(exception);
            if raised.is_some() {
                exception.set_cause(py, raised);
            }
            exception
        }
        Err(failed) => failed,
    }
}

fn build<'py>(
    py: Python<'py>,
    error: &Error,
    last: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let exception = class(py, class_name(error.kind().as_str(), error.status()))?
        .call1((error.to_string(),))?;
    let set = |name: &str, value: Bound<'py, PyAny>| exception.setattr(name, value);
    set("message", error.message().into_pyobject(py)?.into_any())?;
    set("operation_id", error.operation_id().into_pyobject(py)?)?;
    set("attempts", attempts(py, error.attempts())?.into_any())?;
    exception.setattr("outcome_unknown", error.outcome_unknown())?;
    set("request_id", error.request_id().into_pyobject(py)?)?;
    set("headers", headers(py, error.headers())?.into_any())?;
    set("body", PyBytes::new(py, error.body()).into_any())?;
    set("status", error.status().into_pyobject(py)?)?;
    if let Some(started) = error.started() {
        let text = serde_json::to_string(started).ok();
        set("_started", text.into_pyobject(py)?)?;
    }
    if let Some(sent_at) = error.sent_at()
        && let Ok(since) = sent_at.duration_since(UNIX_EPOCH)
    {
        set(
            "_sent_at",
            since.as_secs_f64().into_pyobject(py)?.into_any(),
        )?;
    }
    match error.kind() {
        ErrorKind::Api | ErrorKind::RateLimited => {
            set("code", error.code().into_pyobject(py)?)?;
            let wait = error.retry_after().map(|wait| wait.as_secs_f64());
            set("retry_after", wait.into_pyobject(py)?)?;
            set("limit", error.limit().into_pyobject(py)?)?;
            set("limit_message", error.limit_message().into_pyobject(py)?)?;
        }
        ErrorKind::InvalidArgument => {
            set("parameter", error.parameter().into_pyobject(py)?)?;
            set("rule", error.rule().into_pyobject(py)?)?;
        }
        _ => {}
    }
    if let Some(last) = last {
        set("last_object", last.into_bound(py))?;
    }
    Ok(exception)
}

/// What each attempt saw.
pub(crate) fn attempts<'py>(
    py: Python<'py>,
    attempts: &[snapline_runtime::Attempt],
) -> PyResult<Bound<'py, PyTuple>> {
    let attempts = attempts.iter().map(|attempt| Attempt {
        status: attempt.status,
        error: attempt.error.clone(),
        waited: attempt.waited.as_secs_f64(),
        elapsed: attempt.elapsed.as_secs_f64(),
    });
    let attempts = attempts
        .map(|attempt| Py::new(py, attempt))
        .collect::<PyResult<Vec<_>>>()?;
    PyTuple::new(py, attempts)
}

/// Headers as a dictionary; of a repeated one the values are joined as HTTP allows it.
pub(crate) fn headers<'py>(
    py: Python<'py>,
    headers: &http::HeaderMap,
) -> PyResult<Bound<'py, PyDict>> {
    let all = PyDict::new(py);
    for name in headers.keys() {
        let values: Vec<String> = headers
            .get_all(name)
            .iter()
            // A header is bytes; Latin-1 gives each of them a character.
            .map(|value| value.as_bytes().iter().copied().map(char::from).collect())
            .collect();
        all.set_item(name.as_str(), values.join(", "))?;
    }
    Ok(all)
}

/// An argument that breaks a rule.
pub(crate) fn invalid(py: Python<'_>, parameter: &str, rule: &str) -> PyErr {
    let message = format!("`{parameter}` must be {rule}");
    raise(py, &Error::invalid_argument(parameter, rule, message))
}

/// An argument of the wrong type.
pub(crate) fn wrong_type(parameter: &str, wanted: &str, given: &Bound<'_, PyAny>) -> PyErr {
    let given = given
        .get_type()
        .name()
        .map_or_else(|_| "something else".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!(
        "argument '{parameter}' must be {wanted}, not {given}"
    ))
}

/// A wait for a state that ended without an object, which the runtime does not do.
pub(crate) fn missing_object(py: Python<'_>) -> PyErr {
    raise(
        py,
        &Error::internal("a wait for a state ended without an object"),
    )
}

/// A body that is not what it should be.
pub(crate) fn undecodable(py: Python<'_>, text: &str) -> PyErr {
    with_message(py, "DecodeError", text)
}

/// A client used in a fork of the process that made it.
pub(crate) fn forked(py: Python<'_>) -> PyErr {
    raise(py, &Error::forked())
}

// An exception with a message and nothing else.
fn with_message(py: Python<'_>, name: &str, text: &str) -> PyErr {
    match class(py, name).and_then(|class| class.call1((text,))) {
        Ok(exception) => PyErr::from_value(exception),
        Err(failed) => failed,
    }
}

/// What a hook raised.
#[derive(Debug)]
pub(crate) struct Raised {
    // Made while the interpreter is at hand.
    text: String,
    error: PyErr,
}

impl Raised {
    /// As the runtime takes it.
    pub(crate) fn boxed(py: Python<'_>, error: PyErr) -> HookError {
        let text = match error.value(py).str() {
            Ok(text) if text.len().is_ok_and(|length| length > 0) => {
                let kind = error.get_type(py).name();
                kind.map_or_else(|_| text.to_string(), |kind| format!("{kind}: {text}"))
            }
            _ => error.get_type(py).to_string(),
        };
        Box::new(Self { text, error })
    }

    // What made a call fail.
    fn of(py: Python<'_>, error: &Error) -> Option<PyErr> {
        let source = std::error::Error::source(error)?;
        let raised = source.downcast_ref::<Self>()?;
        Some(raised.error.clone_ref(py))
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Raised {}
