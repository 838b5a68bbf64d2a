//! The way back to event loops, in batches.
//!
//! A thread of the runtime never asks for the GIL. It puts a result in the queue of the call's loop;
//! the first one in an empty queue rings the waker, a thread that asks the loop, by one
//! `call_soon_threadsafe`, to empty the queue. All that came in meanwhile comes out at once.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak, mpsc};

use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use snapline_runtime::Error;
use snapline_runtime::blocking::unstarted;

use crate::guard::guard;
use crate::work::Finish;
use crate::{errors, log, shutdown};

/// Something to do on the loop's thread while a call is under way; an exception ends the call.
pub(crate) type LoopCallback = Box<dyn FnOnce(Python<'_>) -> PyResult<()> + Send>;

/// Something to do there whatever became of the call.
pub(crate) type LoopHook = Box<dyn FnOnce(Python<'_>) + Send>;

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
                    if shutdown::attach(|py| queue.wake(py)).is_none() {
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
struct Queue {
    event_loop: Py<PyAny>,
    ready: Mutex<Ready>,
}

#[derive(Default)]
struct Ready {
    items: Vec<Item>,
    woken: bool,
}

enum Item {
    Result(Arc<Py<PyAny>>, Finish),
    Callback(Arc<Py<PyAny>>, LoopCallback),
    // Whatever became of a future.
    Hook(LoopHook),
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

    fn wake(self: &Arc<Self>, py: Python<'_>) {
        let drain = Drain(Arc::clone(self));
        let called = self
            .event_loop
            .bind(py)
            .call_method1(intern!(py, "call_soon_threadsafe"), (drain,));
        if called.is_err() {
            // The loop was closed: nobody waits for what is in here.
            let left = std::mem::take(&mut *lock(&self.ready));
            drop(left);
        }
    }

    fn empty(&self, py: Python<'_>) -> PyResult<()> {
        let items = {
            let mut ready = lock(&self.ready);
            ready.woken = false;
            std::mem::take(&mut ready.items)
        };
        let interrupted = log::deliver(py);
        for item in items {
            if let Err(error) = item.settle(py) {
                error.write_unraisable(py, None);
            }
        }
        interrupted
    }
}

impl Item {
    fn settle(self, py: Python<'_>) -> PyResult<()> {
        let (future, raised) = match self {
            Self::Hook(hook) => {
                return guard(|| {
                    hook(py);
                    Ok(())
                });
            }
            // Else it was cancelled, or ended by a callback.
            Self::Result(future, finish) if is_pending(py, &future)? => {
                match guard(|| finish(py)) {
                    Ok(value) => {
                        future.call_method1(py, intern!(py, "set_result"), (value,))?;
                        return Ok(());
                    }
                    Err(raised) => (future, raised),
                }
            }
            Self::Callback(future, callback) if is_pending(py, &future)? => {
                match guard(|| callback(py)) {
                    Ok(()) => return Ok(()),
                    Err(raised) => (future, raised),
                }
            }
            Self::Result(..) | Self::Callback(..) => return Ok(()),
        };
        future.call_method1(py, intern!(py, "set_exception"), (raised,))?;
        Ok(())
    }
}

fn is_pending(py: Python<'_>, future: &Py<PyAny>) -> PyResult<bool> {
    let done = future.call_method0(py, intern!(py, "done"))?;
    Ok(!done.bind(py).is_truthy()?)
}

/// Empties a queue; what `call_soon_threadsafe` is given.
#[pyclass(frozen)]
struct Drain(Arc<Queue>);

#[pymethods]
impl Drain {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        guard(|| self.0.empty(py))
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
    /// A future of the loop that runs on this thread, and what waits for it.
    pub(crate) fn new(py: Python<'_>, waker: &Waker) -> PyResult<(Self, Py<PyAny>)> {
        let queue = Queue::current(py)?;
        // Nothing rings a loop any more, so the call would never end.
        if shutdown::is_last() {
            return Err(PyRuntimeError::new_err("the interpreter is shutting down"));
        }
        let future = queue
            .event_loop
            .bind(py)
            .call_method0(intern!(py, "create_future"))?;
        let waiting = future.call_method0(intern!(py, "__await__"))?.unbind();
        let handle = Self {
            queue,
            future: Arc::new(future.unbind()),
            waker: waker.sender().map_err(|error| errors::raise(py, &error))?,
        };
        Ok((handle, waiting))
    }

    /// Does something on the loop's thread, before what comes later. An exception ends the call.
    pub(crate) fn call_soon(&self, callback: LoopCallback) {
        self.push(Item::Callback(Arc::clone(&self.future), callback));
    }

    /// Does something on the loop's thread whatever becomes of the call.
    pub(crate) fn run_soon(&self, hook: LoopHook) {
        self.push(Item::Hook(hook));
    }

    fn push(&self, item: Item) {
        let mut ready = lock(&self.queue.ready);
        ready.items.push(item);
        if !std::mem::replace(&mut ready.woken, true) {
            drop(ready);
            // It fails only when the thread is gone, and with it the interpreter.
            let _ = self.waker.send(Arc::clone(&self.queue));
        }
    }
}

/// Tells the loop of a call that ended without a result, which only a panic does.
pub(crate) struct Completion(Option<LoopHandle>);

impl Completion {
    pub(crate) fn new(handle: LoopHandle) -> Self {
        Self(Some(handle))
    }

    pub(crate) fn complete(mut self, finish: Finish) {
        if let Some(handle) = self.0.take() {
            handle.push(Item::Result(Arc::clone(&handle.future), finish));
        }
    }
}

impl Drop for Completion {
    fn drop(&mut self) {
        let Some(handle) = self.0.take() else {
            return;
        };
        if std::thread::panicking() {
            let finish: Finish = Box::new(|py| {
                let error = Error::internal("a fault of snapline: the call ended without a result");
                Err(errors::raise(py, &error))
            });
            handle.push(Item::Result(Arc::clone(&handle.future), finish));
        } else if log::is_pending() {
            // It was cancelled, and nobody waits, but what it told is not to wait for another call.
            handle.run_soon(Box::new(|_| ()));
        }
    }
}

fn without_loop() -> PyErr {
    PyRuntimeError::new_err(
        "no running event loop: snapline's async clients need one of asyncio in the thread that awaits, \
         as asyncio.run() and anyio's asyncio backend start it; trio's will not do",
    )
}
