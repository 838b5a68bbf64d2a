//! Calls to await: they run on the client's runtime, and their results come back to the event loop.

use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use pyo3::exceptions::{
    PyBaseException, PyGeneratorExit, PyRuntimeError, PyRuntimeWarning, PyStopAsyncIteration,
    PyStopIteration,
};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::{PyTypeInfo, intern};
use snapline_runtime::Trail;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use crate::engine::{Engine, Parts};
use crate::event_loop::{Completion, LoopHandle};
use crate::guard::guard;
use crate::hooks::{self, Caller};
use crate::work::Work;
use crate::{errors, shutdown};

/// Makes the work of a call, knowing where its loop is.
pub(crate) type Start = Box<dyn FnOnce(&LoopHandle) -> Work + Send>;

/// What is held as long as a call has not ended.
pub(crate) type Permit = Option<Arc<()>>;

// A call under way. The runtime stays as long as it does.
struct Task {
    parts: Arc<Parts>,
    end: AbortHandle,
    // Of a wait, which may owe something when it is dropped.
    debt: Option<Debt>,
    // Once it was dropped: leaves undone what it owes.
    leave: Option<oneshot::Sender<()>>,
}

impl Drop for Task {
    fn drop(&mut self) {
        if self.parts.is_foreign() {
            // In a fork they would reach for the threads of the parent, as aborting would.
            std::mem::forget((self.debt.take(), self.leave.take()));
        }
    }
}

// What a wait that is dropped owes, and what drops it.
struct Debt {
    trail: Trail,
    stop: oneshot::Sender<Stopped>,
}

// Who is told when what is owed is done, and what is heard if it is not to be.
struct Stopped {
    handle: LoopHandle,
    left: oneshot::Receiver<()>,
}

impl Task {
    // Drops the call. What a wait owes is done in the background.
    fn abort(self) {
        if self.debt.is_none() && !self.parts.is_foreign() {
            self.end.abort();
        }
    }

    // Drops what is owed as well.
    fn give_up(&mut self) {
        if self.parts.is_foreign() {
            return;
        }
        // It fails where that was just done.
        let _ = self.leave.take().map(|leave| leave.send(()));
    }

    // Drops a wait that owes something; gives what waits until that is done.
    fn settle(&mut self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        if self.parts.is_foreign() {
            return Ok(None);
        }
        let Some(debt) = self.debt.take_if(|debt| debt.trail.is_bound()) else {
            return Ok(None);
        };
        let (handle, waiting) = LoopHandle::new(py, &self.parts.waker)?;
        let (leave, left) = oneshot::channel();
        self.leave = Some(leave);
        // Where the wait has just ended by itself, nothing is owed.
        let stopped = Stopped { handle, left };
        Ok(debt.stop.send(stopped).is_ok().then_some(waiting))
    }
}

enum State {
    // Nothing was sent yet.
    Fresh(Arc<Engine>, Start, Owes, Permit),
    // What it gives is known already.
    Ready(PyResult<Py<PyAny>>),
    // Under way.
    Waiting(Py<PyAny>, Task, Permit),
    // Cancelled: what is owed is done first, and then this is raised.
    Settling(Py<PyAny>, Task, PyErr, Permit),
    Over,
}

// Whether a call may owe something when it is dropped.
#[derive(Clone, Copy)]
enum Owes {
    Nothing,
    Something,
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
        Self::of(State::Fresh(
            Arc::clone(engine),
            start,
            Owes::Nothing,
            permit,
        ))
    }

    /// A wait that has not begun. Cancelling it does first what it owes (B26).
    pub(crate) fn wait(engine: &Arc<Engine>, start: Start) -> Self {
        Self::of(State::Fresh(
            Arc::clone(engine),
            start,
            Owes::Something,
            None,
        ))
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
            State::Fresh(engine, start, owes, permit) => {
                let (waiting, task) = launch(py, engine.parts(py)?, start, owes)?;
                (waiting, task, permit)
            }
            State::Waiting(waiting, task, permit) => (waiting, task, permit),
            State::Settling(waiting, task, raised, permit) => {
                return match resume(py, &waiting) {
                    Ok(future) => {
                        self.put(State::Settling(waiting, task, raised, permit));
                        Ok(Some(future))
                    }
                    Err(_) => Err(raised),
                };
            }
            State::Ready(Ok(value)) => return Err(PyStopIteration::new_err((value,))),
            State::Ready(Err(error)) => return Err(error),
            State::Over => {
                return Err(PyRuntimeError::new_err("the call was awaited already"));
            }
        };
        match resume(py, &waiting) {
            Ok(future) => {
                self.put(State::Waiting(waiting, task, permit));
                Ok(Some(future))
            }
            // No more than a look at a task that is done, unless a look ended the call.
            Err(end) => self.end(py, task, end, permit),
        }
    }

    // Ends a call with an exception, at once or when what it owes is done.
    fn end(
        &self,
        py: Python<'_>,
        mut task: Task,
        raised: PyErr,
        permit: Permit,
    ) -> PyResult<Option<Py<PyAny>>> {
        let Some(waiting) = task.settle(py)? else {
            task.abort();
            return Err(raised);
        };
        let future = resume(py, &waiting)?;
        self.put(State::Settling(waiting, task, raised, permit));
        Ok(Some(future))
    }
}

fn resume(py: Python<'_>, waiting: &Py<PyAny>) -> PyResult<Py<PyAny>> {
    waiting.call_method1(py, intern!(py, "send"), (py.None(),))
}

fn launch(
    py: Python<'_>,
    parts: Arc<Parts>,
    start: Start,
    owes: Owes,
) -> PyResult<(Py<PyAny>, Task)> {
    let (handle, waiting) = LoopHandle::new(py, &parts.waker)?;
    let work = start(&handle);
    let work: Work = if hooks::in_use() {
        Box::pin(Caller::current(py, &handle)?.scope(work))
    } else {
        work
    };
    let completion = Completion::new(handle);
    let runtime = parts.runtime.handle();
    let runtime = runtime.map_err(|error| errors::raise(py, &error))?;
    let (spawned, debt) = match owes {
        Owes::Nothing => {
            let work = async move {
                let finish = work.await;
                completion.complete(finish);
            };
            (runtime.spawn(work), None)
        }
        Owes::Something => {
            let trail = Trail::default();
            let (stop, stopped) = oneshot::channel();
            // It goes on after a client that was closed, too.
            let kept = Arc::clone(&parts);
            let work = settled(work, completion, trail.clone(), stopped);
            let work = async move {
                work.await;
                drop(kept);
            };
            (runtime.spawn(work), Some(Debt { trail, stop }))
        }
    };
    let task = Task {
        parts,
        end: spawned.abort_handle(),
        debt,
        leave: None,
    };
    Ok((waiting, task))
}

// A wait to its end, or until it is stopped: then what it owes is done, and whoever waits for that is told.
async fn settled(
    work: Work,
    completion: Completion,
    trail: Trail,
    stopped: oneshot::Receiver<Stopped>,
) {
    let stopped = tokio::select! {
        finish = trail.follow(work) => return completion.complete(finish),
        stopped = stopped => stopped,
    };
    drop(completion);
    let owed = async {
        if let Some(owed) = trail.owed() {
            owed.await;
        }
    };
    let Ok(Stopped { handle, left }) = stopped else {
        return owed.await;
    };
    let left = async {
        // Who only lets go of the call does not mean it to be left undone.
        if left.await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = owed => {}
        () = left => {}
    }
    // Where nobody waits any more it still brings the log to the loop.
    Completion::new(handle).complete(Box::new(|py| Ok(py.None())));
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
            let state = self.take()?;
            let exception = match error {
                Some(error) if error.is_instance_of::<PyBaseException>() => error.clone(),
                _ if kind.is_instance_of::<PyBaseException>() => kind.clone(),
                Some(error) => kind.call1((error,))?,
                None => kind.call0()?,
            };
            let last = exception.is_instance_of::<PyGeneratorExit>();
            let raised = PyErr::from_value(exception);
            match state {
                State::Waiting(waiting, task, permit) => {
                    waiting.call_method0(py, intern!(py, "close"))?;
                    if !last {
                        return self.end(py, task, raised, permit);
                    }
                    // A coroutine that is closed cannot wait for anything.
                    task.abort();
                }
                // Cancelled twice, it leaves undone what it owes.
                State::Settling(_, mut task, ..) => task.give_up(),
                _ => {}
            }
            Err(raised)
        })
    }

    /// Give the call up; a request under way is dropped.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        guard(|| {
            // What a cancelled call still owes goes on.
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
            Ok(State::Settling(..)) => {
                "<snapline.Call, cancelled, and not done with what that takes>"
            }
            Ok(State::Ready(_)) => "<snapline.Call, ready>",
            _ => "<snapline.Call, over>",
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.state.try_lock().as_deref() {
            Ok(State::Waiting(waiting, ..) | State::Settling(waiting, ..)) => visit.call(waiting),
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
            State::Ready(_) | State::Settling(..) | State::Over => {}
        }
    }
}

/// The end of an asynchronous iteration.
pub(crate) fn stop() -> PyErr {
    PyStopAsyncIteration::new_err(())
}
