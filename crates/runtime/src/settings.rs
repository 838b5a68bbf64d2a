//! What the settings of a client and the options of a call mean: their limits and checks.

use crate::Error;
use crate::address::base_url;
use crate::generated::settings::{CallOptions, Settings, default};
use crate::hook::{Here, Hook, Observe};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::Arc;
use std::time::Duration;

impl Settings {
    /// The base URL as set, if it was.
    #[must_use]
    pub fn given_base_url(&self) -> Option<&str> {
        self.base_url.as_deref()
    }

    /// Checks a URL that secrets are to be sent to: https, or http to a loopback address, unless
    /// `allow_insecure` is set. `source` names it in the error.
    ///
    /// # Errors
    /// `config` if they must not go there.
    pub fn check_url(&self, source: &str, url: &str) -> Result<(), Error> {
        base_url(source, url, self.allow_insecure).map(|_| ())
    }

    /// Has every attempt looked at before it is sent and after its answer came (B29). Each further hook looks behind
    /// the ones before it.
    #[must_use]
    pub fn hook(self, hook: impl Hook) -> Self {
        self.observed(Arc::new(Here::new(hook)))
    }

    /// The same by what a binding has.
    #[must_use]
    pub fn observed(mut self, hook: Arc<dyn Observe>) -> Self {
        self.hooks.add(hook);
        self
    }

    /// The language and its version named in the User-Agent (default: rust).
    #[must_use]
    pub fn language(mut self, name: &'static str, version: impl Into<String>) -> Self {
        self.language = Some((name, version.into()));
        self
    }

    pub(crate) fn resolve(&self) -> Result<Limits, Error> {
        let limits = Limits {
            timeout: positive("timeout", self.timeout, default::TIMEOUT)?,
            attempt_timeout: positive(
                "attempt_timeout",
                self.attempt_timeout,
                default::ATTEMPT_TIMEOUT,
            )?,
            connect_timeout: positive(
                "connect_timeout",
                self.connect_timeout,
                default::CONNECT_TIMEOUT,
            )?,
            max_attempts: self.max_attempts.unwrap_or(default::MAX_ATTEMPTS),
            backoff_base: self.backoff_base.unwrap_or(default::BACKOFF_BASE),
            backoff_cap: self.backoff_cap.unwrap_or(default::BACKOFF_CAP),
            max_retry_after: self.max_retry_after.unwrap_or(default::MAX_RETRY_AFTER),
            max_body_bytes: self.max_body_bytes.unwrap_or(default::MAX_BODY_BYTES),
        };
        if !(1..=100).contains(&limits.max_attempts) {
            return Err(Error::config(format!(
                "`max_attempts` must be from 1 to 100, but is {}",
                limits.max_attempts
            )));
        }
        if limits.backoff_base > limits.backoff_cap {
            return Err(Error::config(
                "`backoff_base` must not be longer than `backoff_cap`",
            ));
        }
        Ok(limits)
    }
}

// The numbers of a client once the defaults are filled in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) timeout: Duration,
    pub(crate) attempt_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) max_attempts: u32,
    pub(crate) backoff_base: Duration,
    pub(crate) backoff_cap: Duration,
    pub(crate) max_retry_after: Duration,
    pub(crate) max_body_bytes: u64,
}

fn positive(name: &str, value: Option<Duration>, default: Duration) -> Result<Duration, Error> {
    let value = value.unwrap_or(default);
    if value.is_zero() {
        return Err(Error::config(format!("`{name}` must be longer than 0")));
    }
    Ok(value)
}

impl CallOptions {
    // The numbers that hold for this call.
    pub(crate) fn limits(&self, client: &Limits) -> Limits {
        let timeout = self.timeout.unwrap_or(client.timeout);
        Limits {
            timeout: self.at_most.map_or(timeout, |most| timeout.min(most)),
            attempt_timeout: self.attempt_timeout.unwrap_or(client.attempt_timeout),
            connect_timeout: client.connect_timeout,
            max_attempts: self.max_attempts.unwrap_or(client.max_attempts),
            backoff_base: self.backoff_base.unwrap_or(client.backoff_base),
            backoff_cap: self.backoff_cap.unwrap_or(client.backoff_cap),
            max_retry_after: self.max_retry_after.unwrap_or(client.max_retry_after),
            max_body_bytes: self.max_body_bytes.unwrap_or(client.max_body_bytes),
        }
    }

    pub(crate) fn check(&self) -> Result<HeaderMap, Error> {
        for (name, value) in [
            ("timeout", self.timeout),
            ("attempt_timeout", self.attempt_timeout),
        ] {
            if value.is_some_and(|v| v.is_zero()) {
                return Err(Error::invalid_argument(
                    name,
                    "longer than 0",
                    format!("`{name}` must be longer than 0"),
                ));
            }
        }
        if self
            .max_attempts
            .is_some_and(|most| !(1..=100).contains(&most))
        {
            return Err(Error::invalid_argument(
                "max_attempts",
                "from 1 to 100",
                "`max_attempts` must be from 1 to 100",
            ));
        }
        headers(&self.headers)
            .map_err(|why| Error::invalid_argument("header", "a usable HTTP header", why))
    }
}

// Names that belong to the transport or to the credentials.
const RESERVED: [&str; 7] = [
    "authorization",
    "connection",
    "content-length",
    "host",
    "proxy-authorization",
    "transfer-encoding",
    "upgrade",
];

// A later header of the same name replaces the earlier one. The reason never shows a value.
pub(crate) fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, String> {
    let mut map = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let key = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("`{}` is not a header name", name.escape_debug()))?;
        if RESERVED.contains(&key.as_str()) {
            return Err(format!("the header `{key}` is set by the client itself"));
        }
        let value = HeaderValue::from_str(value)
            .map_err(|_| format!("the value of header `{key}` holds a control character"))?;
        map.insert(key, value);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn defaults_are_those_promised() {
        let limits = Settings::default().resolve().unwrap();
        assert_eq!(limits.timeout, Duration::from_secs(90));
        assert_eq!(limits.attempt_timeout, Duration::from_secs(30));
        assert_eq!(limits.connect_timeout, Duration::from_secs(5));
        assert_eq!(limits.max_attempts, 4);
        assert_eq!(limits.backoff_base, Duration::from_millis(500));
        assert_eq!(limits.backoff_cap, Duration::from_secs(8));
        assert_eq!(limits.max_retry_after, Duration::from_secs(120));
        assert_eq!(limits.max_body_bytes, 67_108_864);
    }

    #[test]
    fn nonsense_is_a_config_error() {
        for settings in [
            Settings::default().timeout(Duration::ZERO),
            Settings::default().max_attempts(0),
            Settings::default().max_attempts(101),
            Settings::default().backoff_base(Duration::from_secs(9)),
        ] {
            assert_eq!(settings.resolve().unwrap_err().kind(), ErrorKind::Config);
        }
    }

    #[test]
    fn b19_debug_shows_no_header_value_and_no_password() {
        let settings = Settings::default()
            .header("x-key", "hunter2")
            .base_url("http://me:hunter2@h")
            .proxy("http://me:hun/ter2@proxy:1");
        let options = CallOptions::default()
            .header("x-key", "hunter2")
            .query("key", "hunter2");
        let text = format!("{settings:?}{options:?}");
        assert!(
            !text.contains("hunter2") && !text.contains("ter2"),
            "{text}"
        );
        assert!(text.contains("x-key"), "{text}");
    }

    #[test]
    fn b4_bad_and_reserved_headers_are_refused() {
        for (name, value) in [
            ("a b", "x"),
            ("x-a", "hunter2\r\nx-b: c"),
            ("Authorization", "x"),
            ("host", "x"),
        ] {
            let error = CallOptions::default()
                .header(name, value)
                .check()
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidArgument);
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
