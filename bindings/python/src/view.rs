//! A client as its users see it, and how calls are made of it.

use std::future::Future;
use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use snapline_runtime::{CallOptions, Error};

use crate::asyncio::Call;
use crate::engine::Engine;
use crate::generated::settings;
use crate::response::Response;
use crate::values::IntoPython;
use crate::work::{Work, work};
use crate::{errors, log};

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
            return self.call_raw(py, call);
        }
        let work = work(call, |py, response| response.into_value().into_python(py));
        self.deliver(py, work)
    }

    /// Makes a call that gives the whole answer, whichever view it is.
    pub(crate) fn call_raw<T: IntoPython + Send + 'static>(
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
        self.engine().close(|| close(&self.shared.client));
        match self.face {
            Face::Sync => Ok(py.None()),
            Face::Async => Ok(Py::new(py, Call::ready(Ok(py.None())))?.into_any()),
        }
    }

    /// Whether the client was closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.engine().is_closed()
    }
}

/// What the objects of one client share: the Rust client and the runtime that drives its calls.
struct Shared<C> {
    client: C,
    engine: Arc<Engine>,
}
