//! Settings of a client and of one call, from keywords.

use pyo3::prelude::*;
use snapline_runtime::{CallOptions, Settings};

use crate::convert;

pub(crate) type Keyword<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// The keywords of a client.
pub(crate) struct ClientKeywords<'a, 'py> {
    pub(crate) base_url: Keyword<'a, 'py>,
    pub(crate) timeout: Keyword<'a, 'py>,
    pub(crate) attempt_timeout: Keyword<'a, 'py>,
    pub(crate) connect_timeout: Keyword<'a, 'py>,
    pub(crate) max_attempts: Keyword<'a, 'py>,
    pub(crate) backoff_base: Keyword<'a, 'py>,
    pub(crate) backoff_cap: Keyword<'a, 'py>,
    pub(crate) max_retry_after: Keyword<'a, 'py>,
    pub(crate) max_body_bytes: Keyword<'a, 'py>,
    pub(crate) allow_insecure: bool,
    pub(crate) strict: bool,
    pub(crate) pacing: bool,
    pub(crate) check_bounds: bool,
    pub(crate) retry_budget: Keyword<'a, 'py>,
    pub(crate) ca_file: Keyword<'a, 'py>,
    pub(crate) proxy: Keyword<'a, 'py>,
    pub(crate) no_proxy: Keyword<'a, 'py>,
    pub(crate) user_agent: Keyword<'a, 'py>,
    pub(crate) headers: Keyword<'a, 'py>,
}

// Sets what was given.
macro_rules! set {
    ($target:ident, $keywords:ident, $convert:path: $($name:ident)+) => {
        $(if let Some(value) = $keywords.$name {
            $target = $target.$name($convert(stringify!($name), value)?);
        })+
    };
}

/// The settings that a client's keywords make.
pub(crate) fn client(py: Python<'_>, keywords: &ClientKeywords<'_, '_>) -> PyResult<Settings> {
    let version = py.version_info();
    let version = format!("{}.{}.{}", version.major, version.minor, version.patch);
    let mut settings = Settings::default()
        .language("python", version)
        .allow_insecure(keywords.allow_insecure)
        .strict(keywords.strict)
        .pacing(keywords.pacing)
        .check_bounds(keywords.check_bounds);
    set!(settings, keywords, convert::text: base_url proxy no_proxy user_agent);
    set!(settings, keywords, convert::path: ca_file);
    set!(settings, keywords, convert::count: max_attempts max_body_bytes retry_budget);
    set!(settings, keywords, convert::seconds:
        timeout attempt_timeout connect_timeout backoff_base backoff_cap max_retry_after);
    for (name, value) in convert::pairs("headers", keywords.headers)? {
        settings = settings.header(name, value);
    }
    Ok(settings)
}

/// The keywords of one call.
pub(crate) struct CallKeywords<'a, 'py> {
    pub(crate) timeout: Keyword<'a, 'py>,
    pub(crate) attempt_timeout: Keyword<'a, 'py>,
    pub(crate) max_attempts: Keyword<'a, 'py>,
    pub(crate) backoff_base: Keyword<'a, 'py>,
    pub(crate) backoff_cap: Keyword<'a, 'py>,
    pub(crate) max_retry_after: Keyword<'a, 'py>,
    pub(crate) max_body_bytes: Keyword<'a, 'py>,
    pub(crate) extra_headers: Keyword<'a, 'py>,
    pub(crate) extra_query: Keyword<'a, 'py>,
    pub(crate) retry_post: Keyword<'a, 'py>,
    pub(crate) strict: Keyword<'a, 'py>,
    pub(crate) pacing: Keyword<'a, 'py>,
    pub(crate) check_bounds: Keyword<'a, 'py>,
}

/// Options with what a call's keywords change in them.
pub(crate) fn call(
    mut options: CallOptions,
    keywords: &CallKeywords<'_, '_>,
) -> PyResult<CallOptions> {
    set!(options, keywords, convert::seconds:
        timeout attempt_timeout backoff_base backoff_cap max_retry_after);
    set!(options, keywords, convert::count: max_attempts max_body_bytes);
    set!(options, keywords, convert::boolean: retry_post strict pacing check_bounds);
    for (name, value) in convert::pairs("extra_headers", keywords.extra_headers)? {
        options = options.header(name, value);
    }
    for (name, value) in convert::pairs("extra_query", keywords.extra_query)? {
        options = options.query(name, value);
    }
    Ok(options)
}
