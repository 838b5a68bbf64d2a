//! Calls to await: they run on the client's runtime, and their results come back to the event loop
//! in batches.
//!
//! A thread of the runtime never asks for the GIL. It puts a result in the queue of the call's loop;
//! the first one in an empty queue rings the waker, a thread that asks the loop, by one
//! `call_soon_threadsafe`, to empty the queue. All that came in meanwhile comes out at once.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError, Weak, mpsc};

use pyo3::exceptions::{
    PyRuntimeError, PyRuntimeWarning, PyStopAsyncIteration, PyStopIteration, PyTypeError,
};
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::{PyTypeInfo, intern};
use snapline_runtime::Error;
use snapline_runtime::blocking::unstarted;
use tokio::task::AbortHandle;

use crate::runtime::{Engine, Finish, Parts, Work, guard};
use crate::{errors, log, shutdown};

/// Makes the work of a call, knowing where its loop is.
pub(crate) type Start = Box<dyn FnOnce(&LoopHandle) -> Work + Send>;

/// Something to do on the loop's thread while a call is under way; an exception ends the call.
type LoopTask = Box<dyn FnOnce(Python<'_>) -> PyResult<()> + Send>;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Rings event loops from a thread of its own, which starts with the first call.
#[derive(Default)]
pub(crate) struct Waker(OnceLock<mpsc::Sender<Arc<Queue>>>);

impl Waker {
    fn sender(&self) -> Result<mpsc::Sender<Arc<Queue>>, Error> {
        if let Some(sender) = self.0.get() {
            return Ok(sender.clone());
        }
        let (sender, receiver) = mpsc::channel::<Arc<Queue>>();
        std::thread::Builder::new()
            .name("snapline-wake".to_owned())
            .spawn(move || {
                for queue in receiver {
                    // Without an interpreter nobody waits any more.
                    if shutdown::attach(|py| queue.ring(py)).is_none() {
                        std::mem::forget(queue);
                    }
                }
            })
            .map_err(unstarted)?;
        // Where two came at once, the thread of the second ends with its sender.
        Ok(self.0.get_or_init(|| sender).clone())
    }
}

/// What came for one event loop.
pub(crate) struct Queue {
    event_loop: Py<PyAny>,
    ready: Mutex<Ready>,
}

#[derive(Default)]
struct Ready {
    items: Vec<Item>,
    rung: bool,
}

enum Item {
    Done(Arc<Py<PyAny>>, Finish),
    Seen(Arc<Py<PyAny>>, LoopTask),
}

impl Queue {
    // The queue of the loop that runs on this thread.
    fn current(py: Python<'_>) -> PyResult<Arc<Self>> {
        static RUNNING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        thread_local! {
            static LATEST: std::cell::RefCell<Weak<Queue>> = const { std::cell::RefCell::new(Weak::new()) };
        }
        let running = RUNNING.get_or_try_init(py, || {
            py.import("asyncio")?
                .getattr("get_running_loop")
                .map(Bound::unbind)
        })?;
        let event_loop = running.bind(py).call0().map_err(|_| without_loop())?;
        let latest = LATEST.with_borrow(Weak::upgrade);
        if let Some(queue) = latest.filter(|queue| queue.event_loop.bind(py).is(&event_loop)) {
            return Ok(queue);
        }
        let queue = Arc::new(Self {
            event_loop: event_loop.unbind(),
            ready: Mutex::default(),
        });
        LATEST.set(Arc::downgrade(&queue));
        Ok(queue)
    }

    fn ring(self: &Arc<Self>, py: Python<'_>) {
        let drain = Drain(Arc::clone(self));
        let told = self
            .event_loop
            .bind(py)
            .call_method1(intern!(py, "call_soon_threadsafe"), (drain,));
        if told.is_err() {
            // The loop was closed: nobody waits for what is in here.
            let left = std::mem::take(&mut *lock(&self.ready));
            drop(left);
        }
    }

    fn empty(&self, py: Python<'_>) {
        let items = {
            let mut ready = lock(&self.ready);
            ready.rung = false;
            std::mem::take(&mut ready.items)
        };
        log::deliver(py);
        for item in items {
            if let Err(error) = item.settle(py) {
                error.write_unraisable(py, None);
            }
        }
    }
}

impl Item {
    fn settle(self, py: Python<'_>) -> PyResult<()> {
        let (Self::Done(future, _) | Self::Seen(future, _)) = &self;
        let future = Arc::clone(future);
        let future = future.bind(py);
        if future.call_method0(intern!(py, "done"))?.is_truthy()? {
            // Cancelled, or ended by a look.
            return Ok(());
        }
        let raised = match self {
            Self::Done(_, finish) => match guard(|| finish(py)) {
                Ok(value) => {
                    future.call_method1(intern!(py, "set_result"), (value,))?;
                    return Ok(());
                }
                Err(raised) => raised,
            },
            Self::Seen(_, look) => match guard(|| look(py)) {
                Ok(()) => return Ok(()),
                Err(raised) => raised,
            },
        };
        future.call_method1(intern!(py, "set_exception"), (raised,))?;
        Ok(())
    }
}

/// Empties a queue; what `call_soon_threadsafe` is given.
#[pyclass(frozen)]
struct Drain(Arc<Queue>);

#[pymethods]
impl Drain {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        guard(|| {
            self.0.empty(py);
            Ok(())
        })
    }
}

/// The way from a call under way to its loop.
#[derive(Clone)]
pub(crate) struct LoopHandle {
    queue: Arc<Queue>,
    future: Arc<Py<PyAny>>,
    waker: mpsc::Sender<Arc<Queue>>,
}

impl LoopHandle {
    /// Does something on the loop's thread, before what comes later. An exception ends the call.
    pub(crate) fn look(&self, look: LoopTask) {
        self.push(Item::Seen(Arc::clone(&self.future), look));
    }

    fn push(&self, item: Item) {
        let mut ready = lock(&self.queue.ready);
        ready.items.push(item);
        if !std::mem::replace(&mut ready.rung, true) {
            drop(ready);
            // It fails only when the thread is gone, and with it the interpreter.
            let _ = self.waker.send(Arc::clone(&self.queue));
        }
    }
}

fn without_loop() -> PyErr {
    PyRuntimeError::new_err(
        "no running event loop: snapline's async clients need one of asyncio in the thread that awaits, \
         as asyncio.run() and anyio's asyncio backend start it; trio's will not do",
    )
}

// Tells the loop of a call that ended without a result, which only a panic does.
struct Ticket(Option<LoopHandle>);

impl Ticket {
    fn redeem(mut self, finish: Finish) {
        if let Some(outlet) = self.0.take() {
            outlet.push(Item::Done(Arc::clone(&outlet.future), finish));
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // Dropped in peace it was cancelled, and nobody waits.
        if let Some(outlet) = self.0.take()
            && std::thread::panicking()
        {
            let finish: Finish = Box::new(|py| {
                let error = Error::internal("a fault of snapline: the call ended without a result");
                Err(errors::raise(py, &error))
            });
            outlet.push(Item::Done(Arc::clone(&outlet.future), finish));
        }
    }
}

/// What is held as long as a call has not ended.
pub(crate) type Held = Option<Arc<()>>;

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
    Fresh(Arc<Engine>, Start, Held),
    // What it gives is known already.
    Ready(PyResult<Py<PyAny>>),
    // Under way.
    Waiting(Py<PyAny>, Task, Held),
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
        Self::holding(engine, start, None)
    }

    /// A call that has not begun, and lets go of something when it ends, however it does.
    pub(crate) fn holding(engine: &Arc<Engine>, start: Start, held: Held) -> Self {
        Self::of(State::Fresh(Arc::clone(engine), start, held))
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
        *lock(&self.state) = state;
    }

    fn step(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let (waiting, task, held) = match self.take()? {
            State::Fresh(engine, start, held) => {
                let (waiting, task) = launch(py, engine.parts(py)?, start)?;
                (waiting, task, held)
            }
            State::Waiting(waiting, task, held) => (waiting, task, held),
            State::Ready(Ok(value)) => return Err(PyStopIteration::new_err((value,))),
            State::Ready(Err(error)) => return Err(error),
            State::Over => {
                return Err(PyRuntimeError::new_err("the call was awaited already"));
            }
        };
        match waiting.call_method1(py, intern!(py, "send"), (py.None(),)) {
            Ok(future) => {
                self.put(State::Waiting(waiting, task, held));
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
    let queue = Queue::current(py)?;
    let raise = |error| errors::raise(py, &error);
    // Nothing rings a loop any more, so the call would never end.
    if shutdown::is_last() {
        return Err(PyRuntimeError::new_err("the interpreter is shutting down"));
    }
    let future = queue
        .event_loop
        .bind(py)
        .call_method0(intern!(py, "create_future"))?;
    let waiting = future.call_method0(intern!(py, "__await__"))?.unbind();
    let outlet = LoopHandle {
        queue,
        future: Arc::new(future.unbind()),
        waker: parts.waker.sender().map_err(raise)?,
    };
    let work = start(&outlet);
    let ticket = Ticket(Some(outlet));
    let task = parts.runtime.handle().map_err(raise)?.spawn(async move {
        let finish = work.await;
        ticket.redeem(finish);
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
