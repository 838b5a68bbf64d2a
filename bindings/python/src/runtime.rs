//! How a call is driven: the GIL released, Ctrl-C seen, panics caught.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use snapline_runtime::blocking::{Clock, Runtime, aside};
use snapline_runtime::{BoxFuture, CallOptions, Error, Settings};

use crate::asyncio::{Call, Waker};
use crate::generated::settings;
use crate::response::Response;
use crate::values::IntoPython;
use crate::{errors, log, shutdown};

// How often a waiting call looks for a signal. B20 allows 100 ms.
const TICK: Duration = Duration::from_millis(40);

/// Makes the Python object of what a call gave, or the exception.
pub(crate) type Finish = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// A call on its way; sync and async faces drive the same.
pub(crate) type Work = BoxFuture<'static, Finish>;

/// A call with what is made of its result.
pub(crate) fn work<T: Send + 'static>(
    call: impl Future<Output = Result<T, Error>> + Send + 'static,
    then: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
) -> Work {
    Box::pin(async move {
        let outcome = call.await;
        Box::new(move |py: Python<'_>| match outcome {
            Ok(value) => then(py, value),
            Err(error) => Err(errors::raise(py, &error)),
        }) as Finish
    })
}

/// The settings that a client has before any keyword.
pub(crate) fn settings(py: Python<'_>) -> Settings {
    let version = py.version_info();
    let version = format!("{}.{}.{}", version.major, version.minor, version.patch);
    Settings::default().language("python", version)
}

/// Whether a call's method waits for the result or gives something to await.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// Waits.
    Sync,
    /// Gives an awaitable.
    Async,
}

/// A client as one of its users sees it: what is shared, and how calls are made of it.
pub(crate) struct View<C> {
    shared: Arc<Shared<C>>,
    face: Face,
    raw: bool,
    options: Arc<CallOptions>,
}

impl<C> Clone for View<C> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            face: self.face,
            raw: self.raw,
            options: Arc::clone(&self.options),
        }
    }
}

impl<C> View<C> {
    /// Keeps a client and starts its runtime.
    pub(crate) fn new(py: Python<'_>, client: C, face: Face) -> PyResult<Self> {
        let engine = Engine::new().map_err(|error| errors::raise(py, &error))?;
        Ok(Self {
            shared: Arc::new(Shared {
                client,
                engine: Arc::new(engine),
            }),
            face,
            raw: false,
            options: Arc::default(),
        })
    }

    /// The same client, whose calls give the whole answer.
    pub(crate) fn raw(&self) -> Self {
        Self {
            raw: true,
            ..self.clone()
        }
    }

    /// The same client, whose calls have other settings unless they say otherwise.
    pub(crate) fn with(&self, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Ok(Self {
            options: Arc::new(self.options("with_options", options)?),
            ..self.clone()
        })
    }

    /// The client, unless this process is a fork of the one that made it.
    pub(crate) fn client(&self, py: Python<'_>) -> PyResult<&C> {
        if self.shared.engine.is_foreign() {
            return Err(errors::forked(py));
        }
        Ok(&self.shared.client)
    }

    /// What drives the client's calls.
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.shared.engine
    }

    /// Which face it is.
    pub(crate) fn face(&self) -> Face {
        self.face
    }

    /// Whether calls give the whole answer.
    pub(crate) fn is_raw(&self) -> bool {
        self.raw
    }

    /// The options of a call: what was set for all of this view's calls, then its own keywords.
    pub(crate) fn options(
        &self,
        method: &str,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<CallOptions> {
        settings::call((*self.options).clone(), method, options)
    }

    /// The options of each poll of a wait.
    pub(crate) fn poll_options(&self) -> CallOptions {
        (*self.options).clone()
    }

    /// Makes a call.
    pub(crate) fn call<T: IntoPython + Send + 'static>(
        &self,
        py: Python<'_>,
        call: impl Future<Output = Result<snapline_runtime::Response<T>, Error>> + Send + 'static,
    ) -> PyResult<Py<PyAny>> {
        if self.raw {
            return self.whole(py, call);
        }
        let work = work(call, |py, response| response.into_value().into_python(py));
        self.deliver(py, work)
    }

    /// Makes a call that gives the whole answer, whichever view it is.
    pub(crate) fn whole<T: IntoPython + Send + 'static>(
        &self,
        py: Python<'_>,
        call: impl Future<Output = Result<snapline_runtime::Response<T>, Error>> + Send + 'static,
    ) -> PyResult<Py<PyAny>> {
        let work = work(call, |py, response| {
            Response::with(py, response, |py, value| value.into_python(py))
        });
        self.deliver(py, work)
    }

    /// Waits for work, or gives something to await.
    pub(crate) fn deliver(&self, py: Python<'_>, work: Work) -> PyResult<Py<PyAny>> {
        log::refresh(py);
        match self.face {
            Face::Sync => self.engine().run(py, work),
            Face::Async => {
                Ok(Py::new(py, Call::new(self.engine(), Box::new(|_| work)))?.into_any())
            }
        }
    }

    /// Closes the client. Every view of it is closed with it. In a fork nothing is done, and nothing
    /// raised: the end of a `with` must not hide what ends the child.
    pub(crate) fn close(&self, py: Python<'_>, close: impl FnOnce(&C)) -> PyResult<Py<PyAny>> {
        let engine = self.engine();
        if !engine.closed.swap(true, Ordering::AcqRel) && !engine.is_foreign() {
            close(&self.shared.client);
            let parts = engine.lock().take();
            drop(parts);
        }
        match self.face {
            Face::Sync => Ok(py.None()),
            Face::Async => Ok(Py::new(py, Call::ready(Ok(py.None())))?.into_any()),
        }
    }

    /// Whether the client was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.engine().closed.load(Ordering::Acquire)
    }
}

/// What the objects of one client share: the Rust client and the runtime that drives its calls.
struct Shared<C> {
    client: C,
    engine: Arc<Engine>,
}

/// What drives one client's calls, in the process that made it.
pub(crate) struct Engine {
    // Gone once the client is closed: sockets and threads end with the last call under way.
    parts: Mutex<Option<Arc<Parts>>>,
    process: u32,
    closed: AtomicBool,
}

impl Engine {
    fn new() -> Result<Self, Error> {
        Ok(Self {
            parts: Mutex::new(Some(Arc::new(Parts::new()?))),
            process: std::process::id(),
            closed: AtomicBool::new(false),
        })
    }

    fn is_foreign(&self) -> bool {
        std::process::id() != self.process
    }

    // Held for a line, and never while Python is asked for anything.
    fn lock(&self) -> MutexGuard<'_, Option<Arc<Parts>>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a call needs as long as it lasts, unless this process is a fork.
    pub(crate) fn parts(&self, py: Python<'_>) -> PyResult<Arc<Parts>> {
        if self.is_foreign() {
            return Err(errors::forked(py));
        }
        let kept = self.lock().clone();
        match kept {
            Some(parts) => Ok(parts),
            // A call on a closed client is refused by the client itself, which knows the call's name.
            None => Parts::new()
                .map(Arc::new)
                .map_err(|error| errors::raise(py, &error)),
        }
    }

    /// Runs a call to its end without holding the GIL. A signal handler that raises drops it.
    pub(crate) fn run(&self, py: Python<'_>, work: Work) -> PyResult<Py<PyAny>> {
        let parts = self.parts(py)?;
        let raise = |error| errors::raise(py, &error);
        let clock = parts.runtime.clock(TICK).map_err(raise)?;
        let run = || parts.runtime.block_on(watched(work, clock));
        let finish = py.detach(|| shutdown::outside(run));
        log::deliver(py);
        finish.map_err(raise)??(py)
    }
}

/// A runtime, with its sockets and timers, and what wakes event loops.
pub(crate) struct Parts {
    pub(crate) runtime: Runtime,
    pub(crate) waker: Waker,
    process: u32,
}

impl Parts {
    fn new() -> Result<Self, Error> {
        Ok(Self {
            runtime: Runtime::new(|| ())?,
            waker: Waker::default(),
            process: std::process::id(),
        })
    }

    /// Whether this process is a fork of the one whose threads and sockets these are.
    pub(crate) fn is_foreign(&self) -> bool {
        std::process::id() != self.process
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        // The runtime sees to itself.
        if self.is_foreign() {
            std::mem::forget(std::mem::take(&mut self.waker));
        }
    }
}

async fn watched(mut work: Work, mut clock: Clock<'_>) -> PyResult<Finish> {
    loop {
        let finish = poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(finish) => Poll::Ready(Some(finish)),
            Poll::Pending => clock.poll_tick(context).map(|()| None),
        });
        if let Some(finish) = finish.await {
            return Ok(finish);
        }
        aside().await;
        // At interpreter shutdown there is nothing to attach to, and no signal to see.
        let seen = shutdown::attach(|py| {
            log::deliver(py);
            py.check_signals()
        });
        if let Some(Err(raised)) = seen {
            return Err(raised);
        }
    }
}

/// Runs the body of a method; a panic in it becomes an `InternalError` (B23).
pub(crate) fn guard<T>(work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let _inside = shutdown::stay();
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(panic) => Err(Python::attach(|py| errors::raise(py, &fault(&*panic)))),
    }
}

/// The error for a panic.
pub(crate) fn fault(panic: &(dyn std::any::Any + Send)) -> Error {
    let said = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason given".to_owned());
    Error::internal(format!("a fault of snapline: {said}"))
}

/// Panics, so that a test can see what becomes of it.
#[pyfunction]
#[allow(
    clippy::panic,
    reason = "nothing else in here panics, and B23 has to be tested through Python"
)]
pub(crate) fn _panic() -> PyResult<()> {
    guard(|| panic!("asked to panic"))
}

/// The same inside a call to await.
#[pyfunction]
#[allow(
    clippy::panic,
    reason = "nothing else in here panics, and B23 has to be tested through Python"
)]
pub(crate) fn _panic_async() -> PyResult<Call> {
    let engine = Engine::new().map_err(|error| Python::attach(|py| errors::raise(py, &error)))?;
    let work: Work = Box::pin(async { panic!("asked to panic") });
    Ok(Call::new(&Arc::new(engine), Box::new(|_| work)))
}
