//! Panics on demand, for the tests.

use std::sync::Arc;

use pyo3::prelude::*;

use crate::asyncio::Call;
use crate::engine::Engine;
use crate::errors;
use crate::guard::guard;
use crate::work::Work;

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
