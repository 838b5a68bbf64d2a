//! How a call is driven: the GIL released, Ctrl-C seen, panics caught.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use pyo3::prelude::*;
use snapline_runtime::blocking::{Clock, Runtime, aside};
use snapline_runtime::{BoxFuture, CallOptions, Error};

use crate::asyncio::{Call, Waker};
use crate::response::Response;
use crate::settings::{self, CallKeywords};
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
                client: Some(client),
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
    pub(crate) fn with(&self, keywords: &CallKeywords<'_, '_>) -> PyResult<Self> {
        Ok(Self {
            options: Arc::new(self.options(keywords)?),
            ..self.clone()
        })
    }

    /// The client, unless this process is a fork of the one that made it.
    pub(crate) fn client(&self, py: Python<'_>) -> PyResult<&C> {
        if self.shared.engine.is_foreign() {
            return Err(errors::forked(py));
        }
        self.shared
            .client
            .as_ref()
            .ok_or_else(|| errors::raise(py, &Error::closed()))
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
    pub(crate) fn options(&self, keywords: &CallKeywords<'_, '_>) -> PyResult<CallOptions> {
        settings::call((*self.options).clone(), keywords)
    }

    /// The options of each look of a wait.
    pub(crate) fn look_options(&self) -> CallOptions {
        (*self.options).clone()
    }

    /// Makes a call.
    pub(crate) fn call<T: IntoPython + Send + 'static>(
        &self,
        py: Python<'_>,
        call: impl Future<Output = Result<snapline_runtime::Response<T>, Error>> + Send + 'static,
    ) -> PyResult<Py<PyAny>> {
        let raw = self.raw;
        let work = work(call, move |py, response| {
            if raw {
                Response::with(py, response, |py, value| value.into_python(py))
            } else {
                response.into_value().into_python(py)
            }
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

    /// Closes the client. Every view of it is closed with it.
    pub(crate) fn close(&self, py: Python<'_>, close: impl FnOnce(&C)) -> PyResult<()> {
        if !self.engine().closed.swap(true, Ordering::AcqRel) {
            close(self.client(py)?);
        }
        Ok(())
    }

    /// Whether the client was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.engine().closed.load(Ordering::Acquire)
    }
}

/// What the objects of one client share: the Rust client and the runtime that drives its calls.
struct Shared<C> {
    // Empty only while it is dropped.
    client: Option<C>,
    engine: Arc<Engine>,
}

impl<C> Drop for Shared<C> {
    fn drop(&mut self) {
        // The connections and the threads behind them belong to the parent process.
        if self.engine.is_foreign() {
            std::mem::forget(self.client.take());
        }
    }
}

/// The runtime of one client, in the process that made it.
pub(crate) struct Engine {
    // Empty only while it is dropped.
    runtime: Option<Runtime>,
    // Empty only while it is dropped.
    waker: Option<Waker>,
    process: u32,
    closed: AtomicBool,
}

impl Engine {
    fn new() -> Result<Self, Error> {
        Ok(Self {
            runtime: Some(Runtime::new(|| ())?),
            waker: Some(Waker::default()),
            process: std::process::id(),
            closed: AtomicBool::new(false),
        })
    }

    fn is_foreign(&self) -> bool {
        std::process::id() != self.process
    }

    /// The runtime and what wakes event loops, unless this process is a fork.
    pub(crate) fn parts(&self, py: Python<'_>) -> PyResult<(&Runtime, &Waker)> {
        if self.is_foreign() {
            return Err(errors::forked(py));
        }
        match (&self.runtime, &self.waker) {
            (Some(runtime), Some(waker)) => Ok((runtime, waker)),
            _ => Err(errors::raise(py, &Error::closed())),
        }
    }

    /// Runs a call to its end without holding the GIL. A signal handler that raises drops it.
    pub(crate) fn run(&self, py: Python<'_>, work: Work) -> PyResult<Py<PyAny>> {
        let (runtime, _) = self.parts(py)?;
        let clock = runtime
            .clock(TICK)
            .map_err(|error| errors::raise(py, &error))?;
        let finish = py.detach(|| shutdown::outside(|| runtime.block_on(watched(work, clock))));
        log::deliver(py);
        finish.map_err(|error| errors::raise(py, &error))??(py)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.is_foreign() {
            std::mem::forget(self.runtime.take());
            std::mem::forget(self.waker.take());
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
