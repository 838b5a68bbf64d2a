//! How a call is driven: the GIL released, Ctrl-C seen, panics caught.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pyo3::prelude::*;
use snapline_runtime::{BoxFuture, Error, Runtime};

use crate::errors;

// How often a waiting call looks for a signal. B20 allows 100 ms.
const TICK: Duration = Duration::from_millis(40);

/// What the objects of one client share: the Rust client and the runtime that drives its calls.
pub(crate) struct Shared<C> {
    // Empty only while it is dropped.
    client: Option<C>,
    engine: Arc<Engine>,
}

impl<C> Shared<C> {
    /// Keeps a client and starts its runtime.
    pub(crate) fn new(py: Python<'_>, client: C) -> PyResult<Arc<Self>> {
        let engine = Engine::new().map_err(|error| errors::raise(py, &error))?;
        Ok(Arc::new(Self {
            client: Some(client),
            engine: Arc::new(engine),
        }))
    }

    /// The client, unless this process is a fork of the one that made it.
    pub(crate) fn client(&self, py: Python<'_>) -> PyResult<&C> {
        if self.engine.is_foreign() {
            return Err(errors::forked(py));
        }
        self.client
            .as_ref()
            .ok_or_else(|| errors::raise(py, &Error::closed()))
    }

    /// What drives the client's calls.
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }
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
    process: u32,
    closed: AtomicBool,
}

impl Engine {
    fn new() -> Result<Self, Error> {
        Ok(Self {
            runtime: Some(Runtime::new()?),
            process: std::process::id(),
            closed: AtomicBool::new(false),
        })
    }

    fn is_foreign(&self) -> bool {
        std::process::id() != self.process
    }

    /// Remembers that the client was closed; true the first time.
    pub(crate) fn close(&self) -> bool {
        !self.closed.swap(true, Ordering::AcqRel)
    }

    /// Whether the client was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Runs a call to its end without holding the GIL. A signal handler that raises drops it.
    pub(crate) fn run<T: Send + 'static>(
        &self,
        py: Python<'_>,
        call: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> PyResult<T> {
        self.outcome(py, call)?
            .map_err(|error| errors::raise(py, &error))
    }

    /// Like [`run`](Self::run), with the call's own error still in Rust's form.
    pub(crate) fn outcome<T: Send + 'static>(
        &self,
        py: Python<'_>,
        call: impl Future<Output = T> + Send + 'static,
    ) -> PyResult<T> {
        if self.is_foreign() {
            return Err(errors::forked(py));
        }
        let Some(runtime) = &self.runtime else {
            return Err(errors::raise(py, &Error::closed()));
        };
        // Boxed, so that the code that waits exists once for each type of result.
        let call: BoxFuture<'static, T> = Box::pin(call);
        py.detach(|| runtime.block_on(watched(call)))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.is_foreign() {
            std::mem::forget(self.runtime.take());
        }
    }
}

async fn watched<T>(mut call: BoxFuture<'static, T>) -> PyResult<T> {
    loop {
        if let Ok(output) = tokio::time::timeout(TICK, &mut call).await {
            return Ok(output);
        }
        // At interpreter shutdown there is nothing to attach to, and no signal to see.
        if let Some(Err(raised)) = Python::try_attach(|py| py.check_signals()) {
            return Err(raised);
        }
    }
}

/// Runs the body of a method; a panic in it becomes an `InternalError` (B23).
pub(crate) fn guard<T>(work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(panic) => {
            let said = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no reason given".to_owned());
            Err(Python::attach(|py| {
                errors::raise(py, &Error::internal(format!("a fault of snapline: {said}")))
            }))
        }
    }
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
