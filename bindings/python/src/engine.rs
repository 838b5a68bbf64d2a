//! What drives a client's calls: the GIL released, Ctrl-C seen.

use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use pyo3::prelude::*;
use snapline_runtime::blocking::{Clock, Runtime, aside};
use snapline_runtime::{Error, Trail};

use crate::event_loop::Waker;
use crate::work::{Finish, Work};
use crate::{errors, log, shutdown};

// How often a waiting call looks for a signal. B20 allows 100 ms.
const TICK: Duration = Duration::from_millis(40);

/// What drives one client's calls, in the process that made it.
pub(crate) struct Engine {
    // Gone once the client is closed: sockets and threads end with the last call under way.
    parts: Mutex<Option<Arc<Parts>>>,
    process: u32,
    closed: AtomicBool,
}

impl Engine {
    /// Starts a runtime.
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self {
            parts: Mutex::new(Some(Arc::new(Parts::new()?))),
            process: std::process::id(),
            closed: AtomicBool::new(false),
        })
    }

    /// Whether this process is a fork of the one that made it.
    pub(crate) fn is_foreign(&self) -> bool {
        std::process::id() != self.process
    }

    /// Closes it once, by `close` first; in a fork nothing is done.
    pub(crate) fn close(&self, close: impl FnOnce()) {
        if !self.closed.swap(true, Ordering::AcqRel) && !self.is_foreign() {
            close();
            let parts = self.lock().take();
            drop(parts);
        }
    }

    /// Whether it was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
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
        let finish = parts.drive(py, work);
        log::deliver(py)?;
        finish?(py)
    }

    /// The same for a wait, which may owe something when it is dropped: that is done before this returns.
    pub(crate) fn run_wait(&self, py: Python<'_>, work: Work) -> PyResult<Py<PyAny>> {
        let parts = self.parts(py)?;
        let trail = Trail::default();
        let finish = parts.drive(py, Box::pin(trail.follow(work)));
        if let Some(owed) = trail.owed() {
            let owed = async move {
                owed.await;
                Box::new(|py: Python<'_>| Ok(py.None())) as Finish
            };
            // A second Ctrl-C leaves it undone.
            let done = parts.drive(py, Box::pin(owed));
            log::deliver(py)?;
            done.map(drop)?;
        }
        log::deliver(py)?;
        finish?(py)
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

    // Drives work until it ends or a signal handler raises.
    fn drive(&self, py: Python<'_>, work: Work) -> PyResult<Finish> {
        let raise = |error| errors::raise(py, &error);
        let clock = self.runtime.clock(TICK).map_err(raise)?;
        let run = || self.runtime.block_on(watched(work, clock));
        py.detach(|| shutdown::outside(run)).map_err(raise)?
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
            log::deliver(py)?;
            py.check_signals()
        });
        if let Some(Err(raised)) = seen {
            return Err(raised);
        }
    }
}
