//! Waiting until something is ready, or gone (B17).

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use snapline_runtime::Waiter;

use crate::runtime::Engine;
use crate::values::IntoPython;
use crate::{convert, errors};

/// What one look of a wait saw.
#[pyclass(frozen, get_all, module = "snapline")]
pub(crate) struct Poll {
    /// What was found; None if it is not there yet.
    object: Option<Py<PyAny>>,
    /// Its state.
    status: Option<String>,
    /// The passing error that this look met instead.
    error: Option<Py<PyAny>>,
    /// How long the wait has lasted, in seconds.
    elapsed: f64,
    /// How many looks there were, this one included.
    polls: u32,
}

#[pymethods]
impl Poll {
    fn __repr__(&self) -> String {
        let status = self
            .status
            .as_deref()
            .map_or_else(|| "None".to_owned(), |status| format!("'{status}'"));
        format!(
            "<snapline.Poll status={status} elapsed={:.3} polls={}>",
            self.elapsed, self.polls
        )
    }
}

/// How long and how often a wait looks, as given.
pub(crate) struct Pace<'a, 'py> {
    /// The bound of the whole wait.
    pub(crate) timeout: f64,
    /// The first pause.
    pub(crate) first_interval: f64,
    /// The longest pause.
    pub(crate) max_interval: f64,
    /// What is shown each look.
    pub(crate) on_poll: Option<&'a Bound<'py, PyAny>>,
}

// What the watching function raised.
type Raised = Arc<Mutex<Option<PyErr>>>;

/// Waits. Gives the object once it is ready, or `None` once it is gone.
pub(crate) fn run<T>(
    py: Python<'_>,
    engine: &Engine,
    waiter: Waiter<T>,
    pace: Pace<'_, '_>,
) -> PyResult<Option<T>>
where
    T: Serialize + DeserializeOwned + IntoPython + Clone + Send + Sync + 'static,
{
    let span = |name: &str, value: f64| convert::span(py, name, value);
    let mut waiter = waiter
        .timeout(span("timeout", pace.timeout)?)
        .first_interval(span("first_interval", pace.first_interval)?)
        .max_interval(span("max_interval", pace.max_interval)?);
    let raised = Raised::default();
    if let Some(watch) = pace.on_poll {
        if !watch.is_callable() {
            return Err(PyTypeError::new_err("argument 'on_poll' must be callable"));
        }
        let watch = watch.clone().unbind();
        let slot = Arc::clone(&raised);
        waiter = waiter.on_poll(move |poll| {
            let told = Python::try_attach(|py| tell(py, &watch, poll));
            match told {
                Some(Ok(true)) => ControlFlow::Continue(()),
                Some(Ok(false)) | None => ControlFlow::Break(()),
                Some(Err(error)) => {
                    *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    ControlFlow::Break(())
                }
            }
        });
    }
    engine.outcome(py, waiter.run())?.map_err(|error| {
        if let Some(raised) = raised.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return raised;
        }
        let last = error
            .last_object()
            .and_then(|object| serde_json::from_value::<T>(object.clone()).ok())
            .and_then(|object| object.into_python(py).ok());
        errors::raise_with(py, &error, last)
    })
}

// Shows one look; false if the wait is to end.
fn tell<T: IntoPython + Clone>(
    py: Python<'_>,
    watch: &Py<PyAny>,
    poll: &snapline_runtime::Poll<'_, T>,
) -> PyResult<bool> {
    let object = poll
        .object
        .map(|object| object.clone().into_python(py))
        .transpose()?;
    let seen = Poll {
        object,
        status: poll.status.map(str::to_owned),
        error: poll
            .error
            .map(|error| errors::raise(py, error).into_value(py).into_any()),
        elapsed: poll.elapsed.as_secs_f64(),
        polls: poll.polls,
    };
    let answer = watch.bind(py).call1((seen,))?;
    // Only False ends the wait, so that a function without a return lets it go on.
    Ok(!answer.is(pyo3::types::PyBool::new(py, false)))
}
