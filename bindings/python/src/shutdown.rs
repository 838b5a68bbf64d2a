//! The end of the interpreter: from then on no thread of ours may ask for the GIL.
//!
//! CPython ends a thread that asks for it while the interpreter goes away, in the middle of our
//! code. So `atexit` closes the door, and waits for those inside to leave.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::sync::OnceLock;

static OVER: AtomicBool = AtomicBool::new(false);
static INSIDE: AtomicUsize = AtomicUsize::new(0);
// The thread that ends the interpreter still may run Python, in other functions at exit.
static LAST: OnceLock<ThreadId> = OnceLock::new();

// Longer than any of our sections takes; a thread that is still inside then is left to its fate.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sees to it that the end is told. Once is enough.
pub(crate) fn watch(py: Python<'_>) -> PyResult<()> {
    static WATCHED: PyOnceLock<()> = PyOnceLock::new();
    WATCHED
        .get_or_try_init(py, || {
            let close = pyo3::wrap_pyfunction!(_close, py)?;
            py.import("atexit")?.call_method1("register", (close,))?;
            Ok(())
        })
        .copied()
}

/// Closes the door; registered with `atexit`.
#[pyfunction]
fn _close(py: Python<'_>) {
    let _ = LAST.set(std::thread::current().id());
    OVER.store(true, Ordering::SeqCst);
    py.detach(|| {
        let until = Instant::now() + PATIENCE;
        while INSIDE.load(Ordering::SeqCst) > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
}

/// Whether the interpreter ends and this is not the thread that ends it.
pub(crate) fn is_over() -> bool {
    OVER.load(Ordering::SeqCst) && LAST.get() != Some(&std::thread::current().id())
}

struct Inside;

impl Inside {
    fn enter() -> Option<Self> {
        INSIDE.fetch_add(1, Ordering::SeqCst);
        let inside = Self;
        (!is_over()).then_some(inside)
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs Python from a thread that does not hold the GIL; `None` once the interpreter ends.
pub(crate) fn attach<R>(work: impl FnOnce(Python<'_>) -> R) -> Option<R> {
    let _inside = Inside::enter()?;
    Python::try_attach(work)
}

/// Keeps a thread that would go back to Python while the interpreter ends.
pub(crate) fn hold() {
    while is_over() {
        std::thread::park_timeout(Duration::from_secs(3600));
    }
}
