//! The Python face of snapline: typed classes over the Rust clients.
//!
//! By hand: how a call is driven, how values and errors cross over. Generated: the client of each
//! provider with its resources and models.

#![cfg_attr(
    not(feature = "all"),
    allow(
        dead_code,
        unused_imports,
        reason = "no provider alone needs all that is here for them"
    )
)]

mod asyncio;
mod convert;
mod engine;
mod errors;
mod event_loop;
#[allow(
    clippy::too_many_arguments,
    reason = "a Python method takes each of its keywords as an argument"
)]
#[rustfmt::skip]
mod generated;
mod guard;
mod hooks;
mod json;
mod log;
mod model;
mod page;
mod panics;
mod prelude;
mod resource;
mod response;
mod retention;
mod scalar;
mod settings;
mod shutdown;
mod values;
mod view;
mod wait;
mod work;

use pyo3::prelude::*;

/// What the package `snapline` is made of; import that instead.
#[pymodule(gil_used = true)]
fn _native(py: Python<'_>, module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("UNSET", convert::Unset)?;
    module.add_class::<convert::Unset>()?;
    module.add_class::<errors::Attempt>()?;
    module.add_class::<asyncio::Call>()?;
    module.add_class::<model::Model>()?;
    module.add_class::<page::Page>()?;
    module.add_class::<page::AsyncPage>()?;
    module.add_class::<page::PageCall>()?;
    module.add_class::<response::RateLimit>()?;
    module.add_class::<response::Response>()?;
    module.add_class::<wait::Poll>()?;
    module.add_class::<hooks::Outgoing>()?;
    module.add_class::<hooks::Attempted>()?;
    module.add_function(wrap_pyfunction!(panics::_panic, module)?)?;
    module.add_function(wrap_pyfunction!(panics::_panic_async, module)?)?;
    module.add_function(wrap_pyfunction!(retention::_plan_retention, module)?)?;
    shutdown::only_interpreter(py)?;
    shutdown::watch(py)?;
    log::listen();
    generated::register(py, module)?;
    // The package exports by name; a list here would have to be told again in the stub.
    module.delattr("__all__")
}
