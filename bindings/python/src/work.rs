//! A call on its way, and what is made of its result.

use std::future::Future;

use pyo3::prelude::*;
use snapline_runtime::{BoxFuture, Error};

use crate::errors;

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
