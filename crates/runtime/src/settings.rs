//! What a caller can set on a client and on one call.

use crate::Error;
use crate::address::{base_url, without_userinfo};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// The settings of a client. What is left out takes the default named at its setter.
#[derive(Clone, Default)]
pub struct Settings {
    pub(crate) base_url: Option<String>,
    pub(crate) allow_insecure: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) backoff_base: Option<Duration>,
    pub(crate) backoff_cap: Option<Duration>,
    pub(crate) max_retry_after: Option<Duration>,
    pub(crate) max_body_bytes: Option<u64>,
    pub(crate) strict: bool,
    pub(crate) pacing: bool,
    pub(crate) check_bounds: Option<bool>,
    pub(crate) retry_budget: Option<u32>,
    pub(crate) user_agent: Option<String>,
    pub(crate) language: Option<(&'static str, String)>,
    pub(crate) ca_file: Option<PathBuf>,
    pub(crate) proxy: Option<String>,
    pub(crate) no_proxy: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Settings {
    /// Where requests go, such as `https://api.example.com`. A path prefix is kept.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

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

    /// Lets the credentials go over plain http to a host that is not loopback (default: false).
    #[must_use]
    pub fn allow_insecure(mut self, allow: bool) -> Self {
        self.allow_insecure = allow;
        self
    }

    /// The bound of a whole call with its retries (default: 90 s).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The bound of each attempt, body included (default: 30 s).
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// The bound of making a connection (default: 5 s).
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// How often a call is sent at most, from 1 to 100 (default: 4).
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// The first retry waits up to this long, each later one up to twice as long (default: 0.5 s).
    #[must_use]
    pub fn backoff_base(mut self, base: Duration) -> Self {
        self.backoff_base = Some(base);
        self
    }

    /// The longest wait between two attempts that no hint asked for (default: 8 s).
    #[must_use]
    pub fn backoff_cap(mut self, cap: Duration) -> Self {
        self.backoff_cap = Some(cap);
        self
    }

    /// The longest `Retry-After` that is obeyed; a longer one ends the call (default: 120 s).
    #[must_use]
    pub fn max_retry_after(mut self, longest: Duration) -> Self {
        self.max_retry_after = Some(longest);
        self
    }

    /// How many bytes a body may have after decompression (default: 64 MiB).
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: u64) -> Self {
        self.max_body_bytes = Some(bytes);
        self
    }

    /// Makes an answer that departs from the document an error (default: false).
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// Holds calls back while the last answer said that no request is left (default: false).
    #[must_use]
    pub fn pacing(mut self, pacing: bool) -> Self {
        self.pacing = pacing;
        self
    }

    /// Checks arguments against the bounds that the document states before anything is sent (default:
    /// true). Without, the service is the judge; what a path cannot hold is refused all the same.
    #[must_use]
    pub fn check_bounds(mut self, check: bool) -> Self {
        self.check_bounds = Some(check);
        self
    }

    /// How many retries the client's calls may make together before successes earn more, so that an
    /// outage does not multiply the load (default: 100). A success gives a fifth of a retry, one that
    /// needed retries a whole one. 0 turns retries off; `u32::MAX` is as good as no bound.
    #[must_use]
    pub fn retry_budget(mut self, retries: u32) -> Self {
        self.retry_budget = Some(retries);
        self
    }

    /// Text added to the User-Agent.
    #[must_use]
    pub fn user_agent(mut self, text: impl Into<String>) -> Self {
        self.user_agent = Some(text.into());
        self
    }

    /// The language and its version named in the User-Agent (default: rust).
    #[must_use]
    pub fn language(mut self, name: &'static str, version: impl Into<String>) -> Self {
        self.language = Some((name, version.into()));
        self
    }

    /// A PEM file of certificates to trust beside the system's.
    #[must_use]
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_file = Some(path.into());
        self
    }

    /// The http or https proxy for every request, instead of the one the environment names and
    /// whatever its `NO_PROXY` says.
    #[must_use]
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Hosts (each with all below it), addresses and networks that the explicit proxy is not used for,
    /// separated by commas; `*` alone turns proxies off.
    #[must_use]
    pub fn no_proxy(mut self, hosts: impl Into<String>) -> Self {
        self.no_proxy = Some(hosts.into());
        self
    }

    /// A header added to every request.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) fn resolve(&self) -> Result<Limits, Error> {
        let limits = Limits {
            timeout: positive("timeout", self.timeout, 90_000)?,
            attempt_timeout: positive("attempt_timeout", self.attempt_timeout, 30_000)?,
            connect_timeout: positive("connect_timeout", self.connect_timeout, 5_000)?,
            max_attempts: self.max_attempts.unwrap_or(4),
            backoff_base: self.backoff_base.unwrap_or(Duration::from_millis(500)),
            backoff_cap: self.backoff_cap.unwrap_or(Duration::from_secs(8)),
            max_retry_after: self.max_retry_after.unwrap_or(Duration::from_secs(120)),
            max_body_bytes: self.max_body_bytes.unwrap_or(64 << 20),
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

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Header values and the proxy's URL may hold secrets.
        f.debug_struct("Settings")
            .field("base_url", &self.base_url.as_deref().map(without_userinfo))
            .field("allow_insecure", &self.allow_insecure)
            .field("timeout", &self.timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("max_attempts", &self.max_attempts)
            .field("strict", &self.strict)
            .field("user_agent", &self.user_agent)
            .field("ca_file", &self.ca_file)
            .field("proxy", &self.proxy.as_deref().map(without_userinfo))
            .field("headers", &Names(&self.headers))
            .finish_non_exhaustive()
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

fn positive(name: &str, value: Option<Duration>, default_ms: u64) -> Result<Duration, Error> {
    let value = value.unwrap_or(Duration::from_millis(default_ms));
    if value.is_zero() {
        return Err(Error::config(format!("`{name}` must be longer than 0")));
    }
    Ok(value)
}

/// What a caller can set for one call. What is left out is as set on the client.
#[derive(Clone, Default)]
pub struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) backoff_base: Option<Duration>,
    pub(crate) backoff_cap: Option<Duration>,
    pub(crate) max_retry_after: Option<Duration>,
    pub(crate) max_body_bytes: Option<u64>,
    pub(crate) pacing: Option<bool>,
    pub(crate) check_bounds: Option<bool>,
    pub(crate) retry_post: bool,
    pub(crate) strict: Option<bool>,
    // A waiter's time left: a bound on top of whatever timeout holds.
    pub(crate) at_most: Option<Duration>,
}

impl CallOptions {
    /// The bound of the whole call with its retries.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The bound of each attempt, body included.
    #[must_use]
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// How often the call is sent at most, from 1 to 100.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// The first retry waits up to this long, each later one up to twice as long.
    #[must_use]
    pub fn backoff_base(mut self, base: Duration) -> Self {
        self.backoff_base = Some(base);
        self
    }

    /// The longest wait between two attempts that no hint asked for.
    #[must_use]
    pub fn backoff_cap(mut self, cap: Duration) -> Self {
        self.backoff_cap = Some(cap);
        self
    }

    /// The longest `Retry-After` that is obeyed; a longer one ends the call.
    #[must_use]
    pub fn max_retry_after(mut self, longest: Duration) -> Self {
        self.max_retry_after = Some(longest);
        self
    }

    /// How many bytes the body of the answer may have after decompression.
    #[must_use]
    pub fn max_body_bytes(mut self, bytes: u64) -> Self {
        self.max_body_bytes = Some(bytes);
        self
    }

    /// Holds the call back while the last answer said that no request is left, or not.
    #[must_use]
    pub fn pacing(mut self, pacing: bool) -> Self {
        self.pacing = Some(pacing);
        self
    }

    /// Checks arguments against the bounds that the document states before anything is sent, or leaves
    /// that to the service. What a path cannot hold is refused all the same.
    #[must_use]
    pub fn check_bounds(mut self, check: bool) -> Self {
        self.check_bounds = Some(check);
        self
    }

    /// A header added to the request; it replaces one of the same name.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// A query parameter added to the request.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Lets a POST be sent again although it may have been carried out: it can then happen twice.
    #[must_use]
    pub fn retry_post(mut self, retry: bool) -> Self {
        self.retry_post = retry;
        self
    }

    /// Makes an answer that departs from the document an error, or not.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = Some(strict);
        self
    }

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

impl fmt::Debug for CallOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallOptions")
            .field("timeout", &self.timeout)
            .field("attempt_timeout", &self.attempt_timeout)
            .field("max_attempts", &self.max_attempts)
            .field("headers", &Names(&self.headers))
            .field("query", &Names(&self.query))
            .field("retry_post", &self.retry_post)
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}

// Shows the names of pairs, never their values.
struct Names<'a>(&'a [(String, String)]);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(name, _)| name))
            .finish()
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

/// Gives a client builder the setters of [`Settings`], forwarded to its field.
///
/// `forward_settings!(ClientBuilder, settings);` needs `ClientBuilder { settings: Settings, … }`.
#[macro_export]
macro_rules! forward_settings {
    ($Builder:ty, $field:ident) => {
        impl $Builder {
            $crate::forward_settings! { @each $field
                /// Where requests go, such as `https://api.example.com`. A path prefix is kept.
                base_url(url: impl Into<String>);
                /// Lets the credentials go over plain http to a host that is not loopback (default: false).
                allow_insecure(allow: bool);
                /// The bound of a whole call with its retries (default: 90 s).
                timeout(timeout: std::time::Duration);
                /// The bound of each attempt, body included (default: 30 s).
                attempt_timeout(timeout: std::time::Duration);
                /// The bound of making a connection (default: 5 s).
                connect_timeout(timeout: std::time::Duration);
                /// How often a call is sent at most, from 1 to 100 (default: 4).
                max_attempts(attempts: u32);
                /// The first retry waits up to this long, each later one up to twice as long (default: 0.5 s).
                backoff_base(base: std::time::Duration);
                /// The longest wait between two attempts that no hint asked for (default: 8 s).
                backoff_cap(cap: std::time::Duration);
                /// The longest `Retry-After` that is obeyed; a longer one ends the call (default: 120 s).
                max_retry_after(longest: std::time::Duration);
                /// How many bytes a body may have after decompression (default: 64 MiB).
                max_body_bytes(bytes: u64);
                /// Makes an answer that departs from the document an error (default: false).
                strict(strict: bool);
                /// Holds calls back while the last answer said that no request is left (default: false).
                pacing(pacing: bool);
                /// Checks arguments against the bounds that the document states before anything is sent
                /// (default: true). Without, the service is the judge; what a path cannot hold is refused all
                /// the same.
                check_bounds(check: bool);
                /// How many retries the client's calls may make together before successes earn more, so that an
                /// outage does not multiply the load (default: 100). A success gives a fifth of a retry, one that
                /// needed retries a whole one. 0 turns retries off; `u32::MAX` is as good as no bound.
                retry_budget(retries: u32);
                /// Text added to the User-Agent.
                user_agent(text: impl Into<String>);
                /// The language and its version named in the User-Agent (default: rust).
                language(name: &'static str, version: impl Into<String>);
                /// A PEM file of certificates to trust beside the system's.
                ca_file(path: impl Into<std::path::PathBuf>);
                /// The http or https proxy for every request, instead of the one the environment names and
    /// whatever its `NO_PROXY` says.
                proxy(url: impl Into<String>);
                /// Hosts (each with all below it), addresses and networks that the explicit proxy is not used for,
    /// separated by commas; `*` alone turns proxies off.
                no_proxy(hosts: impl Into<String>);
                /// A header added to every request.
                header(name: impl Into<String>, value: impl Into<String>);
            }
        }
    };
    (@each $field:ident $( $(#[$doc:meta])* $name:ident ( $($arg:ident : $ty:ty),* ); )*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(mut self, $($arg: $ty),*) -> Self {
                self.$field = self.$field.$name($($arg),*);
                self
            }
        )*
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    mod forwarded {
        #![allow(
            dead_code,
            unreachable_pub,
            reason = "only a few of the forwarded setters are called"
        )]
        pub struct Builder {
            pub settings: super::Settings,
        }
        forward_settings!(Builder, settings);
    }
    use forwarded::Builder;

    #[test]
    fn forwarded_setters_reach_the_settings() {
        let builder = Builder {
            settings: Settings::default(),
        }
        .base_url("http://127.0.0.1:1")
        .max_attempts(7)
        .header("x-a", "b");
        assert_eq!(
            builder.settings.base_url.as_deref(),
            Some("http://127.0.0.1:1")
        );
        assert_eq!(builder.settings.max_attempts, Some(7));
        assert_eq!(builder.settings.headers.len(), 1);
    }

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
