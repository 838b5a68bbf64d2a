//! Where a panic ends (B23).

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;
use snapline_runtime::Error;

use crate::{errors, shutdown};

/// Runs the body of a method; a panic in it becomes an `InternalError` (B23).
pub(crate) fn guard<T>(work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let _inside = shutdown::stay();
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result,
        Err(panic) => Err(Python::attach(|py| errors::raise(py, &fault(&*panic)))),
    }
}

fn fault(panic: &(dyn std::any::Any + Send)) -> Error {
    let said = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no reason given".to_owned());
    Error::internal(format!("a fault of snapline: {said}"))
}
