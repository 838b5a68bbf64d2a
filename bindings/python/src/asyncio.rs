//! Calls to await: they run on the client's runtime, and their results come back to the event loop.

use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use pyo3::exceptions::{
    PyRuntimeError, PyRuntimeWarning, PyStopAsyncIteration, PyStopIteration, PyTypeError,
};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::{PyTypeInfo, intern};
use tokio::task::AbortHandle;

use crate::engine::{Engine, Parts};
use crate::event_loop::{Completion, LoopHandle};
use crate::guard::guard;
use crate::work::Work;
use crate::{errors, shutdown};

/// Makes the work of a call, knowing where its loop is.
pub(crate) type Start = Box<dyn FnOnce(&LoopHandle) -> Work + Send>;

/// What is held as long as a call has not ended.
pub(crate) type Permit = Option<Arc<()>>;

// A call under way. The runtime stays as long as it does.
struct Task(Arc<Parts>, AbortHandle);

impl Task {
    fn abort(&self) {
        // In a fork it would reach for the threads of the parent.
        if !self.0.is_foreign() {
            self.1.abort();
        }
    }
}

enum State {
    // Nothing was sent yet.
    Fresh(Arc<Engine>, Start, Permit),
    // What it gives is known already.
    Ready(PyResult<Py<PyAny>>),
    // Under way.
    Waiting(Py<PyAny>, Task, Permit),
    Over,
}

/// A call to await, once. It is sent when it is awaited; cancelling the task that awaits drops it.
#[pyclass(frozen, subclass, weakref, generic, module = "snapline")]
pub(crate) struct Call {
    state: Mutex<State>,
}

impl Call {
    /// A call that has not begun.
    pub(crate) fn new(engine: &Arc<Engine>, start: Start) -> Self {
        Self::with_permit(engine, start, None)
    }

    /// A call that has not begun, and lets go of something when it ends, however it does.
    pub(crate) fn with_permit(engine: &Arc<Engine>, start: Start, permit: Permit) -> Self {
        Self::of(State::Fresh(Arc::clone(engine), start, permit))
    }

    /// Something to await that is known already.
    pub(crate) fn ready(result: PyResult<Py<PyAny>>) -> Self {
        Self::of(State::Ready(result))
    }

    fn of(state: State) -> Self {
        Self {
            state: Mutex::new(state),
        }
    }

    /// Gives up a call that has not begun, since something else does its work.
    pub(crate) fn replace(&self) -> PyResult<()> {
        match self.take()? {
            State::Fresh(..) => Ok(()),
            other => {
                self.put(other);
                Err(PyRuntimeError::new_err("the call was awaited already"))
            }
        }
    }

    // A lock is never waited for while the GIL is held; only a second thread can meet it.
    fn take(&self) -> PyResult<State> {
        match self.state.try_lock() {
            Ok(mut state) => Ok(std::mem::replace(&mut state, State::Over)),
            Err(TryLockError::Poisoned(state)) => {
                Ok(std::mem::replace(&mut state.into_inner(), State::Over))
            }
            Err(TryLockError::WouldBlock) => Err(PyRuntimeError::new_err(
                "the call is awaited by another thread",
            )),
        }
    }

    fn put(&self, state: State) {
        *self.state.lock().unwrap_or_else(PoisonError::into_inner) = state;
    }

    fn step(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let (waiting, task, permit) = match self.take()? {
            State::Fresh(engine, start, permit) => {
                let (waiting, task) = launch(py, engine.parts(py)?, start)?;
                (waiting, task, permit)
            }
            State::Waiting(waiting, task, permit) => (waiting, task, permit),
            State::Ready(Ok(value)) => return Err(PyStopIteration::new_err((value,))),
            State::Ready(Err(error)) => return Err(error),
            State::Over => {
                return Err(PyRuntimeError::new_err("the call was awaited already"));
            }
        };
        match waiting.call_method1(py, intern!(py, "send"), (py.None(),)) {
            Ok(future) => {
                self.put(State::Waiting(waiting, task, permit));
                Ok(Some(future))
            }
            Err(end) => {
                // No more than a look at a task that is done, unless a look ended the call.
                task.abort();
                Err(end)
            }
        }
    }
}

fn launch(py: Python<'_>, parts: Arc<Parts>, start: Start) -> PyResult<(Py<PyAny>, Task)> {
    let (handle, waiting) = LoopHandle::new(py, &parts.waker)?;
    let work = start(&handle);
    let completion = Completion::new(handle);
    let raise = |error| errors::raise(py, &error);
    let task = parts.runtime.handle().map_err(raise)?.spawn(async move {
        let finish = work.await;
        completion.complete(finish);
    });
    Ok((waiting, Task(parts, task.abort_handle())))
}

#[pymethods]
impl Call {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        guard(|| self.step(py))
    }

    /// Go on; what an event loop does.
    fn send(&self, py: Python<'_>, _value: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyAny>>> {
        guard(|| self.step(py))
    }

    /// End the call with an exception; what cancelling does.
    #[pyo3(signature = (kind, error = None, traceback = None, /))]
    fn throw(
        &self,
        py: Python<'_>,
        kind: &Bound<'_, PyAny>,
        error: Option<&Bound<'_, PyAny>>,
        traceback: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Option<Py<PyAny>>> {
        let _ = traceback;
        guard(|| {
            if let State::Waiting(waiting, task, _) = self.take()? {
                task.abort();
                waiting.call_method0(py, intern!(py, "close"))?;
            }
            let exception = match error {
                Some(error) if error.is_instance_of::<pyo3::exceptions::PyBaseException>() => {
                    error.clone()
                }
                _ if kind.is_instance_of::<pyo3::exceptions::PyBaseException>() => kind.clone(),
                Some(error) => kind.call1((error,))?,
                None => kind.call0()?,
            };
            Err(PyErr::from_value(exception))
        })
    }

    /// Give the call up; a request under way is dropped.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        guard(|| {
            if let State::Waiting(waiting, task, _) = self.take()? {
                task.abort();
                waiting.call_method0(py, intern!(py, "close"))?;
            }
            Ok(())
        })
    }

    fn __repr__(&self) -> &'static str {
        match self.state.try_lock().as_deref() {
            Ok(State::Fresh(..)) => "<snapline.Call, not awaited>",
            Ok(State::Waiting(..)) => "<snapline.Call, under way>",
            Ok(State::Ready(_)) => "<snapline.Call, ready>",
            _ => "<snapline.Call, over>",
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.state.try_lock().as_deref() {
            Ok(State::Waiting(waiting, ..)) => visit.call(waiting),
            Ok(State::Ready(Ok(value))) => visit.call(value),
            _ => Ok(()),
        }
    }

    fn __clear__(&self) {
        if let Ok(State::Waiting(_, task, _)) = self.take() {
            task.abort();
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let state = std::mem::replace(
            self.state.get_mut().unwrap_or_else(PoisonError::into_inner),
            State::Over,
        );
        match state {
            State::Waiting(_, task, _) => task.abort(),
            State::Fresh(..) => {
                // What is raised already must survive the warning.
                shutdown::attach(|py| {
                    let raised = PyErr::take(py);
                    let class = PyRuntimeWarning::type_object(py);
                    let text = c"a call of snapline was never awaited, so it was not sent";
                    if let Err(error) = PyErr::warn(py, &class, text, 1) {
                        error.write_unraisable(py, None);
                    }
                    if let Some(raised) = raised {
                        raised.restore(py);
                    }
                });
            }
            State::Ready(_) | State::Over => {}
        }
    }
}

/// The end of an asynchronous iteration.
pub(crate) fn stop() -> PyErr {
    PyStopAsyncIteration::new_err(())
}

/// A watching function that is a coroutine, which nobody would await.
pub(crate) fn refuse_coroutine(name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    if value.hasattr(intern!(value.py(), "__await__"))? {
        if let Ok(close) = value.getattr(intern!(value.py(), "close")) {
            close.call0()?;
        }
        return Err(PyTypeError::new_err(format!(
            "argument '{name}' must be a plain function, not one to await"
        )));
    }
    Ok(())
}
