//! Waiting until something is ready, or gone (B17).

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};
use serde::Serialize;
use serde::de::DeserializeOwned;
use snapline_runtime::{Error, Waiter};

use crate::asyncio::Call;
use crate::event_loop::LoopHandle;
use crate::generated::settings;
use crate::settings::WaitKeywords;
use crate::values::IntoPython;
use crate::view::{Face, View};
use crate::work::{Finish, Work};
use crate::{convert, errors, log, shutdown};

/// What one poll of a wait saw.
#[pyclass(frozen, get_all, module = "snapline")]
pub(crate) struct Poll {
    /// What was found; None if it is not there yet.
    object: Option<Py<PyAny>>,
    /// Its state.
    status: Option<String>,
    /// The passing error that this poll met instead.
    error: Option<Py<PyAny>>,
    /// How long the wait has lasted, in seconds.
    elapsed: f64,
    /// How many polls there were, this one included.
    polls: u32,
}

#[pymethods]
impl Poll {
    fn __repr__(&self) -> String {
        let status = self
            .status
            .as_deref()
            .map_or_else(|| "None".to_owned(), |status| format!("'{status}'"));
        format!(
            "<snapline.Poll status={status} elapsed={:.3} polls={}>",
            self.elapsed, self.polls
        )
    }
}

// Those who are shown each poll.
struct Watchers {
    on_poll: Option<Py<PyAny>>,
    bar: Option<Py<PyAny>>,
}

impl Watchers {
    fn new(
        py: Python<'_>,
        name: &str,
        keywords: WaitKeywords<'_>,
        bound: Duration,
    ) -> PyResult<Option<Arc<Self>>> {
        let bar = keywords.progress.then(|| {
            let module = py.import("snapline._progress")?;
            module.call_method1("bar", (name, bound.as_secs_f64()))
        });
        let watchers = Self {
            on_poll: keywords.on_poll.map(Bound::unbind),
            bar: bar.transpose()?.map(Bound::unbind),
        };
        let none = watchers.on_poll.is_none() && watchers.bar.is_none();
        Ok((!none).then(|| Arc::new(watchers)))
    }

    // Shows one poll; false if the wait is to end.
    fn notify<T: IntoPython>(&self, py: Python<'_>, poll: OwnedPoll<T>) -> PyResult<bool> {
        let poll = Py::new(
            py,
            Poll {
                object: poll
                    .object
                    .map(|object| object.into_python(py))
                    .transpose()?,
                status: poll.status,
                error: poll
                    .error
                    .map(|error| errors::raise(py, &error).into_value(py).into_any()),
                elapsed: poll.elapsed.as_secs_f64(),
                polls: poll.polls,
            },
        )?;
        if let Some(bar) = &self.bar {
            bar.call_method1(py, "update", (&poll,))?;
        }
        let Some(watch) = &self.on_poll else {
            return Ok(true);
        };
        let answer = watch.bind(py).call1((poll,))?;
        convert::refuse_coroutine("on_poll", &answer)?;
        // Only False ends the wait, so that a function without a return lets it go on.
        Ok(!answer.is(PyBool::new(py, false)))
    }

    fn close(&self, py: Python<'_>) {
        if let Some(bar) = &self.bar
            && let Err(error) = bar.call_method0(py, "close")
        {
            error.write_unraisable(py, None);
        }
    }
}

// A poll that can be shown later, on another thread.
struct OwnedPoll<T> {
    object: Option<T>,
    status: Option<String>,
    error: Option<Error>,
    elapsed: Duration,
    polls: u32,
}

impl<T: Clone> OwnedPoll<T> {
    fn new(poll: &snapline_runtime::Poll<'_, T>) -> Self {
        Self {
            object: poll.object.cloned(),
            status: poll.status.map(str::to_owned),
            error: poll.error.cloned(),
            elapsed: poll.elapsed,
            polls: poll.polls,
        }
    }
}

// What a watching function raised.
type Raised = Arc<Mutex<Option<PyErr>>>;

fn take_raised(raised: &Raised) -> Option<PyErr> {
    raised.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Waits, or gives the wait to await. The result is the object once it is ready, or None once it is
/// gone.
pub(crate) fn run<C, T>(
    py: Python<'_>,
    view: &View<C>,
    method: &str,
    gone: bool,
    waiter: Waiter<T>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Py<PyAny>>
where
    T: Serialize + DeserializeOwned + IntoPython + Clone + Send + Sync + 'static,
{
    let keywords = settings::wait(method, options)?;
    let waiter = waiter
        .options(view.poll_options())
        .wait_options(keywords.options);
    let watchers = Watchers::new(py, method, keywords, waiter.bound())?;
    log::refresh(py);
    match view.face() {
        Face::Sync => {
            let raised = Raised::default();
            let waiter = match &watchers {
                Some(watchers) => {
                    watched_in_place(waiter, Arc::clone(watchers), Arc::clone(&raised))
                }
                None => waiter,
            };
            let result = view.engine().run_wait(py, work(waiter, gone, raised, None));
            if let Some(watchers) = watchers {
                watchers.close(py);
            }
            result
        }
        Face::Async => {
            let start = move |handle: &LoopHandle| {
                let waiter = match &watchers {
                    Some(watchers) => watched_on_loop(waiter, Arc::clone(watchers), handle.clone()),
                    None => waiter,
                };
                work(waiter, gone, Raised::default(), watchers)
            };
            Ok(Py::new(py, Call::wait(view.engine(), Box::new(start)))?.into_any())
        }
    }
}

// The caller's thread drives the wait, so it also shows the polls.
fn watched_in_place<T>(waiter: Waiter<T>, watchers: Arc<Watchers>, raised: Raised) -> Waiter<T>
where
    T: Serialize + IntoPython + Clone + Send + 'static,
{
    waiter.on_poll(move |poll| {
        match shutdown::attach(|py| watchers.notify(py, OwnedPoll::new(poll))) {
            Some(Ok(true)) => ControlFlow::Continue(()),
            Some(Ok(false)) | None => ControlFlow::Break(()),
            Some(Err(error)) => {
                *raised.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                ControlFlow::Break(())
            }
        }
    })
}

// The loop's thread shows the polls; one that ends the wait ends its future, and so the wait.
fn watched_on_loop<T>(waiter: Waiter<T>, watchers: Arc<Watchers>, handle: LoopHandle) -> Waiter<T>
where
    T: Serialize + IntoPython + Clone + Send + 'static,
{
    waiter.on_poll(move |poll| {
        let poll = OwnedPoll::new(poll);
        let watchers = Arc::clone(&watchers);
        handle.call_soon(Box::new(move |py| {
            let last = poll.object.clone();
            let on = watchers.notify(py, poll);
            if !matches!(on, Ok(true)) {
                watchers.close(py);
            }
            if on? {
                return Ok(());
            }
            let last = last.map(|object| object.into_python(py)).transpose()?;
            Err(errors::raise_with(py, &Error::cancelled(), last))
        }));
        ControlFlow::Continue(())
    })
}

fn work<T>(waiter: Waiter<T>, gone: bool, raised: Raised, watchers: Option<Arc<Watchers>>) -> Work
where
    T: Serialize + DeserializeOwned + IntoPython + Send + Sync + 'static,
{
    Box::pin(async move {
        let outcome = waiter.run().await;
        Box::new(move |py: Python<'_>| {
            if let Some(watchers) = watchers {
                watchers.close(py);
            }
            match outcome {
                Ok(_) if gone => Ok(py.None()),
                Ok(Some(object)) => object.into_python(py),
                Ok(None) => Err(errors::missing_object(py)),
                Err(error) => Err(take_raised(&raised).unwrap_or_else(|| {
                    errors::raise_with(py, &error, last_object::<T>(py, &error))
                })),
            }
        }) as Finish
    })
}

// The last object of a wait; that of a step on the way, which is of another type, as a dictionary.
fn last_object<T>(py: Python<'_>, error: &Error) -> Option<Py<PyAny>>
where
    T: DeserializeOwned + IntoPython,
{
    let last = error.last_object()?;
    if error.is_of_a_step() {
        return last.into_python(py).ok();
    }
    let object = serde_json::from_value::<T>(last.clone()).ok()?;
    object.into_python(py).ok()
}
