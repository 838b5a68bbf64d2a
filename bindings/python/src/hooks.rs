//! Functions that look at each attempt of a client's calls (B29), where the call's own code runs: on the thread that
//! waits, or on the thread of the loop and in the context of the task that awaits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use snapline_runtime::blocking::aside;
use snapline_runtime::{BoxFuture, HookError, Observe, Settings};
use tokio::sync::oneshot;

use crate::errors::Raised;
use crate::event_loop::LoopHandle;
use crate::settings::unexpected;
use crate::{convert, errors, shutdown};

/// A request that is about to go out, without credentials.
#[pyclass(frozen, get_all, module = "snapline")]
pub(crate) struct Outgoing {
    /// The operation, such as `nfs_get`.
    operation_id: String,
    /// The method in capitals.
    method: String,
    /// Where it goes, with its query.
    url: String,
    /// Which sending of the call it is, from 1.
    attempt: u32,
    /// The headers that the call gives it, names in small letters.
    headers: Py<PyDict>,
}

#[pymethods]
impl Outgoing {
    fn __repr__(&self) -> String {
        let (method, operation, attempt) = (&self.method, &self.operation_id, self.attempt);
        format!("<snapline.Outgoing {method} of {operation}, attempt {attempt}>")
    }
}

/// What came of a request that went out.
#[pyclass(frozen, get_all, module = "snapline")]
pub(crate) struct Attempted {
    /// The operation, such as `nfs_get`.
    operation_id: String,
    /// Which sending of the call it was, from 1.
    attempt: u32,
    /// How long it took with all of the answer, in seconds.
    elapsed: f64,
    /// The HTTP status, if an answer came.
    status: Option<u16>,
    /// The headers of the answer, names in small letters.
    headers: Py<PyDict>,
    /// The id under which the service knows the request, if it gave one.
    request_id: Option<String>,
    /// Why there is no answer that can be used; None if there is one.
    error: Option<String>,
}

#[pymethods]
impl Attempted {
    fn __repr__(&self) -> String {
        let came = match self.status {
            Some(status) => status.to_string(),
            None => "no answer".to_owned(),
        };
        let (operation, attempt) = (&self.operation_id, self.attempt);
        format!("<snapline.Attempted {operation}, attempt {attempt}: {came}>")
    }
}

/// The hooks among a client's keywords.
#[derive(Default)]
pub(crate) struct Hooks {
    before_send: Option<Arc<Py<PyAny>>>,
    after_answer: Option<Arc<Py<PyAny>>>,
}

static IN_USE: AtomicBool = AtomicBool::new(false);

/// Whether a client of this process ever had a hook.
pub(crate) fn in_use() -> bool {
    IN_USE.load(Ordering::Relaxed)
}

impl Hooks {
    /// Takes a keyword that is one of them.
    pub(crate) fn keyword(
        &mut self,
        method: &str,
        name: &str,
        value: Option<Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let hook = match name {
            "before_send" => &mut self.before_send,
            "after_answer" => &mut self.after_answer,
            _ => return Err(unexpected(method, name)),
        };
        if value.as_ref().is_some_and(|value| !value.is_callable()) {
            let message = format!("argument '{name}' must be callable");
            return Err(PyTypeError::new_err(message));
        }
        *hook = value.map(|value| Arc::new(value.unbind()));
        Ok(())
    }

    /// Settings with what was taken.
    pub(crate) fn set(self, settings: Settings) -> Settings {
        if self.before_send.is_none() && self.after_answer.is_none() {
            return settings;
        }
        IN_USE.store(true, Ordering::Relaxed);
        settings.observed(Arc::new(self))
    }
}

impl Observe for Hooks {
    fn before(
        &self,
        request: snapline_runtime::Outgoing,
    ) -> BoxFuture<'_, Result<snapline_runtime::Outgoing, HookError>> {
        let Some(hook) = self.before_send.clone() else {
            return Box::pin(async { Ok(request) });
        };
        let unseen = request.clone();
        let look = move |py: Python<'_>, context: Option<&Py<PyAny>>| {
            let mut request = request;
            let shown = Outgoing {
                operation_id: request.operation().to_owned(),
                method: request.method().to_owned(),
                url: request.url().to_owned(),
                attempt: request.attempt(),
                headers: errors::headers(py, request.headers())?.unbind(),
            };
            let more = call(py, context, &hook, Py::new(py, shown)?.into_any())?;
            convert::refuse_coroutine("before_send", &more)?;
            if !more.is_none() {
                for (name, value) in convert::pairs("before_send", &more)? {
                    request.set_header(name, value);
                }
            }
            Ok(request)
        };
        Box::pin(async move { run(look).await.unwrap_or(Ok(unseen)) })
    }

    fn after(
        &self,
        attempted: snapline_runtime::Attempted,
    ) -> BoxFuture<'_, Result<(), HookError>> {
        let Some(hook) = self.after_answer.clone() else {
            return Box::pin(async { Ok(()) });
        };
        let look = move |py: Python<'_>, context: Option<&Py<PyAny>>| {
            let shown = Attempted {
                operation_id: attempted.operation().to_owned(),
                attempt: attempted.attempt(),
                elapsed: attempted.elapsed().as_secs_f64(),
                status: attempted.status(),
                headers: errors::headers(py, attempted.headers())?.unbind(),
                request_id: attempted.request_id().map(str::to_owned),
                error: attempted.error().map(str::to_owned),
            };
            let answer = call(py, context, &hook, Py::new(py, shown)?.into_any())?;
            convert::refuse_coroutine("after_answer", &answer)
        };
        Box::pin(async move { run(look).await.unwrap_or(Ok(())) })
    }
}

// Calls a function of the user's, in the context of a task where there is one.
fn call<'py>(
    py: Python<'py>,
    context: Option<&Py<PyAny>>,
    hook: &Py<PyAny>,
    shown: Py<PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    match context {
        Some(context) => {
            let context = context.bind(py);
            context.call_method1(intern!(py, "run"), (hook, shown))
        }
        None => hook.bind(py).call1((shown,)),
    }
}

/// The task that awaits a call: its loop, and its context as it was when the call began.
#[derive(Clone)]
pub(crate) struct Caller {
    handle: LoopHandle,
    context: Arc<Py<PyAny>>,
}

tokio::task_local! {
    static CALLER: Caller;
}

impl Caller {
    /// The one that runs on this thread.
    pub(crate) fn current(py: Python<'_>, handle: &LoopHandle) -> PyResult<Self> {
        let context = py
            .import("contextvars")?
            .call_method0(intern!(py, "copy_context"))?;
        Ok(Self {
            handle: handle.clone(),
            context: Arc::new(context.unbind()),
        })
    }

    /// Work of a call that it awaits.
    pub(crate) fn scope<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CALLER.scope(self, work)
    }
}

// Looks where the caller is; nothing where that is gone: an interpreter that ends, or a loop that was closed.
async fn run<T: Send + 'static>(
    look: impl FnOnce(Python<'_>, Option<&Py<PyAny>>) -> PyResult<T> + Send + 'static,
) -> Option<Result<T, HookError>> {
    let Ok(caller) = CALLER.try_with(Caller::clone) else {
        aside().await;
        return shutdown::attach(|py| look(py, None).map_err(|error| Raised::boxed(py, error)));
    };
    let (tell, told) = oneshot::channel();
    let context = caller.context;
    caller.handle.run_soon(Box::new(move |py| {
        let seen = look(py, Some(&context)).map_err(|error| Raised::boxed(py, error));
        // Nobody waits where the call was cancelled meanwhile.
        let _ = tell.send(seen);
    }));
    told.await.ok()
}
