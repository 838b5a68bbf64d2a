//! The end of the interpreter: from then on no thread of ours may ask for the GIL.
//!
//! CPython ends a thread that asks for it while the interpreter goes away, in the middle of our
//! code, which tears the process down. So `atexit` closes the door, and waits for those inside to
//! leave; who comes later is kept outside for good. Inside is who runs Python through our code, and
//! not who waits for an answer.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use std::sync::OnceLock;

static OVER: AtomicBool = AtomicBool::new(false);
static INSIDE: AtomicUsize = AtomicUsize::new(0);
// The thread that ends the interpreter still may run Python, in other functions at exit.
static LAST: OnceLock<ThreadId> = OnceLock::new();

// Longer than any of our sections takes; a thread that is still inside then is left to its fate.
const PATIENCE: Duration = Duration::from_secs(2);

/// Fails in any interpreter of the process but the first that loads the module: what is kept once, such
/// as the classes of errors, would be another's there, and gone when that one ends.
pub(crate) fn only_interpreter(py: Python<'_>) -> PyResult<()> {
    static FIRST: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    // Each interpreter has a module of that name of its own.
    let here = py.import("builtins")?;
    if FIRST.get_or_init(py, || here.clone().unbind()).is(&here) {
        return Ok(());
    }
    Err(PyImportError::new_err(
        "snapline can be used by one interpreter of a process alone, and another has loaded it; with \
         mod_wsgi set WSGIApplicationGroup to %{GLOBAL}",
    ))
}

/// Sees to it that the end is told, and a fork.
pub(crate) fn watch(py: Python<'_>) -> PyResult<()> {
    let close = pyo3::wrap_pyfunction!(_close, py)?;
    py.import("atexit")?.call_method1("register", (close,))?;
    // Windows has no fork.
    if let Ok(register) = py.import("os")?.getattr("register_at_fork") {
        let keywords = PyDict::new(py);
        keywords.set_item("after_in_child", pyo3::wrap_pyfunction!(_forked, py)?)?;
        register.call((), Some(&keywords))?;
    }
    Ok(())
}

/// Forgets the threads that a fork left behind.
#[pyfunction]
fn _forked() {
    INSIDE.store(usize::from(DEPTH.get() > 0), Ordering::SeqCst);
}

/// Closes the door; registered with `atexit`.
#[pyfunction]
fn _close(py: Python<'_>) {
    let _ = LAST.set(std::thread::current().id());
    OVER.store(true, Ordering::SeqCst);
    // Before 3.12 a subinterpreter that is left to the end of the process ends when the main one is
    // finalized already; a thread of it that lets go of the GIL then never gets it back.
    if INSIDE.load(Ordering::SeqCst) == 0 {
        return;
    }
    py.detach(|| {
        let until = Instant::now() + PATIENCE;
        while INSIDE.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}

/// Whether the interpreter ends and this is the thread that ends it.
pub(crate) fn is_last() -> bool {
    OVER.load(Ordering::SeqCst) && LAST.get() == Some(&std::thread::current().id())
}

/// Whether the interpreter ends and this is not the thread that ends it.
fn is_over() -> bool {
    OVER.load(Ordering::SeqCst) && LAST.get() != Some(&std::thread::current().id())
}

thread_local! {
    // How many sections of this thread lie within each other; the outermost one is counted.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// A section that the end of the interpreter waits for.
pub(crate) struct Inside;

impl Inside {
    fn enter() -> Option<Self> {
        if DEPTH.replace(DEPTH.get() + 1) == 0 {
            INSIDE.fetch_add(1, Ordering::SeqCst);
        }
        let inside = Self;
        // Who is inside already may go deeper: that is what the end waits for.
        (DEPTH.get() > 1 || !is_over()).then_some(inside)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get() - 1);
        if DEPTH.get() == 0 {
            INSIDE.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// A section of a thread that holds the GIL. Once the interpreter ends it is never entered.
pub(crate) fn stay() -> Inside {
    loop {
        if let Some(inside) = Inside::enter() {
            return inside;
        }
        Python::attach(|py| py.detach(hold));
    }
}

/// Runs something long without the GIL, outside of whatever section this thread is in. A thread whose
/// interpreter ends meanwhile does not come back.
pub(crate) fn outside<R>(work: impl FnOnce() -> R) -> R {
    struct Back(usize);
    impl Drop for Back {
        fn drop(&mut self) {
            if self.0 > 0 {
                INSIDE.fetch_add(1, Ordering::SeqCst);
                if is_over() {
                    INSIDE.fetch_sub(1, Ordering::SeqCst);
                    hold();
                }
            } else {
                hold();
            }
            DEPTH.set(self.0);
        }
    }
    let back = Back(DEPTH.replace(0));
    if back.0 > 0 {
        INSIDE.fetch_sub(1, Ordering::SeqCst);
    }
    let result = work();
    drop(back);
    result
}

/// Runs Python from a thread that does not hold the GIL; `None` once the interpreter ends.
pub(crate) fn attach<R>(work: impl FnOnce(Python<'_>) -> R) -> Option<R> {
    let _inside = Inside::enter()?;
    Python::try_attach(work)
}

// Keeps a thread that would go back to Python while the interpreter ends.
fn hold() {
    while is_over() {
        std::thread::park_timeout(Duration::from_secs(3600));
    }
}
