//! Keywords from Python: of a client, of a call, of a wait. Which there are is generated.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use snapline_runtime::{Settings, WaitOptions};

use crate::scalar;

/// How long and how often a wait polls, and who is shown each poll.
#[derive(Default)]
pub(crate) struct WaitKeywords<'py> {
    /// The spans of time.
    pub(crate) options: WaitOptions,
    /// What is called with each poll.
    pub(crate) on_poll: Option<Bound<'py, PyAny>>,
    /// Whether a progress bar is shown.
    pub(crate) progress: bool,
}

/// The settings that a client has before any keyword.
pub(crate) fn defaults(py: Python<'_>) -> Settings {
    let version = py.version_info();
    let version = format!("{}.{}.{}", version.major, version.minor, version.patch);
    Settings::default().language("python", version)
}

/// Each keyword with its value, where that is not None: None is as if it were not given.
pub(crate) fn keywords<'py>(
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Vec<(String, Option<Bound<'py, PyAny>>)>> {
    let Some(options) = options else {
        return Ok(Vec::new());
    };
    options
        .iter()
        .map(|(name, value)| {
            Ok((
                name.extract()?,
                Some(value).filter(|value| !value.is_none()),
            ))
        })
        .collect()
}

/// The keyword that a method does not take, in Python's own words.
pub(crate) fn unexpected(method: &str, name: &str) -> PyErr {
    PyTypeError::new_err(format!(
        "{method}() got an unexpected keyword argument '{name}'"
    ))
}

/// What a wait takes in Python alone: a function that is shown each poll, and a progress bar.
pub(crate) fn wait_keyword<'py>(
    keywords: &mut WaitKeywords<'py>,
    method: &str,
    name: &str,
    value: Option<Bound<'py, PyAny>>,
) -> PyResult<()> {
    match (name, value) {
        ("on_poll", Some(value)) if !value.is_callable() => {
            return Err(PyTypeError::new_err("argument 'on_poll' must be callable"));
        }
        ("on_poll", value) => keywords.on_poll = value,
        ("progress", Some(value)) => keywords.progress = scalar::boolean(name, &value)?,
        ("progress", None) => {}
        _ => return Err(unexpected(method, name)),
    }
    Ok(())
}
