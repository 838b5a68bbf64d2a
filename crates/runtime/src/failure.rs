//! An attempt without a usable answer: how far it got, whose fault it was, and what to do about it.

use crate::address::origin;
use crate::error::{Error, ErrorKind, Source, exhausted, one_line};
use crate::handover::{Reach, Watch};
use crate::proxy::{Proxies, Proxy};
use crate::tls;
use http::StatusCode;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use reqwest::Url;
use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

/// An attempt without a usable answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) reach: Reach,
    pub(crate) error: Error,
}

impl Failure {
    pub(crate) fn new(reach: Reach, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            reach,
            error: Error::new(kind, message),
        }
    }
}

/// Where a request goes, and by which proxy, for messages.
pub(crate) struct Place<'a> {
    url: &'a Url,
    // Without TLS a proxy is handed the request itself; with it, it only opens a way.
    tls: bool,
    proxy: Option<&'a Proxy>,
}

impl<'a> Place<'a> {
    pub(crate) fn of(url: &'a Url, proxies: &'a Proxies) -> Result<Self, Error> {
        Ok(Self {
            url,
            tls: url.scheme() == "https",
            proxy: proxies.find(url)?,
        })
    }

    /// Only a proxy answers 407, and then the service never saw the request.
    pub(crate) fn check(&self, status: StatusCode) -> Result<(), Failure> {
        match self.proxy {
            Some(proxy) if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                Err(Failure::new(
                    Reach::Refused,
                    ErrorKind::Connection,
                    format!("could not connect to {self}: {}", login(proxy)),
                ))
            }
            _ => Ok(()),
        }
    }
}

impl std::fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&origin(self.url))
    }
}

fn login(proxy: &Proxy) -> String {
    if proxy.has_login() {
        format!("the proxy {proxy} does not take the login that it is given with")
    } else {
        format!("the proxy {proxy} wants a login; name it as http://user:password@host:port")
    }
}

/// A proxy that cannot be used is not got round.
pub(crate) fn unusable(error: Error) -> Failure {
    Failure {
        reach: Reach::Refused,
        error,
    }
}

/// Whether the server says that it did not look at a request: it goes away, or refuses the stream.
pub(crate) fn is_unread(error: &reqwest::Error) -> bool {
    causes(error)
        .filter_map(|c| c.downcast_ref::<h2::Error>())
        .any(|e| {
            let reason = e.reason();
            e.is_remote()
                && (e.is_go_away() && reason == Some(h2::Reason::NO_ERROR)
                    || e.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM))
        })
}

/// An error from sending: the request was not written, or it may have been.
pub(crate) fn unanswered(error: reqwest::Error, place: &Place<'_>, mut watch: Watch) -> Failure {
    let error = error.without_url();
    let root = root_cause(&error);
    let (reach, kind, message) = if error.is_builder() {
        (
            Reach::Refused,
            ErrorKind::Internal,
            format!("the request cannot be built: {root}"),
        )
    } else if error.is_connect() {
        unconnected(&error, &root, place)
    } else if causes(&error)
        .filter_map(|c| c.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_canceled)
    {
        (
            Reach::Never,
            ErrorKind::Connection,
            format!("{place} closed the connection before the request was sent"),
        )
    } else if is_unread(&error) {
        (
            Reach::Never,
            ErrorKind::Connection,
            format!("{place} refused the request unread"),
        )
    } else {
        (watch.reach(), ErrorKind::Connection, broken(&error, &root))
    };
    failure(reach, kind, message, error)
}

// The only way to its name: the module that it is in is private.
type TunnelError = <Tunnel<HttpConnector> as tower_service::Service<http::Uri>>::Error;

// No connection: who did not let it come about, and what to do.
fn unconnected(
    error: &reqwest::Error,
    root: &str,
    place: &Place<'_>,
) -> (Reach, ErrorKind, String) {
    let by = |proxy: &Proxy| format!("the proxy {proxy}");
    if error.is_timeout() {
        let through = place
            .proxy
            .map_or_else(String::new, |proxy| format!(" through {}", by(proxy)));
        let text = format!("could not connect to {place}{through} in time");
        return (Reach::Never, ErrorKind::Timeout, text);
    }
    let (why, lasting) = causes(error)
        .filter_map(|c| c.downcast_ref::<rustls::Error>())
        .find_map(tls::advice)
        .unwrap_or_else(|| (with_advice(error, root), false));
    let tunnel = causes(error).find_map(|c| c.downcast_ref::<TunnelError>());
    let (text, lasting) = match (place.proxy, tunnel) {
        (None, _) => (format!("could not connect to {place}: {why}"), lasting),
        (Some(proxy), Some(TunnelError::ProxyAuthRequired)) => {
            let text = format!("could not connect to {place}: {}", login(proxy));
            (text, true)
        }
        (Some(proxy), Some(TunnelError::TunnelUnsuccessful | TunnelError::ProxyHeadersTooLong)) => {
            let text = format!(
                "could not connect to {place}: {} does not let it through; ask those who run the proxy",
                by(proxy)
            );
            (text, false)
        }
        (Some(proxy), Some(TunnelError::TunnelUnexpectedEof)) => {
            let text = format!(
                "could not connect to {place}: {} closed the connection",
                by(proxy)
            );
            (text, false)
        }
        (Some(proxy), tunnel) if tunnel.is_some() || !place.tls => (
            format!("could not connect to {}: {why}", by(proxy)),
            lasting,
        ),
        (Some(proxy), _) => {
            let text = format!("could not connect to {place} through {}: {why}", by(proxy));
            (text, lasting)
        }
    };
    // A certificate that is not trusted now will not be trusted in a moment.
    let reach = if lasting {
        Reach::Refused
    } else {
        Reach::Never
    };
    (reach, ErrorKind::Connection, text)
}

// What the system says, and what to do where that is not plain.
fn with_advice(error: &reqwest::Error, root: &str) -> String {
    let advice = causes(error)
        .filter_map(|c| c.downcast_ref::<io::Error>())
        .find_map(exhausted);
    format!("{root}{}", advice.unwrap_or_default())
}

/// An error from reading a body: the connection broke.
pub(crate) fn cut_short(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let root = root_cause(&error);
    let message = format!("the answer was cut short: {}", broken(&error, &root));
    failure(Reach::Maybe, ErrorKind::Connection, message, error)
}

fn failure(reach: Reach, kind: ErrorKind, message: String, source: reqwest::Error) -> Failure {
    let source: Source = Arc::new(source);
    Failure {
        reach,
        error: Error::new(kind, message).with(|e| e.source = Some(source)),
    }
}

fn broken(error: &reqwest::Error, root: &str) -> String {
    let closed = causes(error).any(|c| {
        c.downcast_ref::<hyper::Error>()
            .is_some_and(hyper::Error::is_incomplete_message)
    });
    let reset = causes(error).any(|c| {
        c.downcast_ref::<io::Error>().is_some_and(|e| {
            matches!(
                e.kind(),
                io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
            )
        })
    });
    if closed {
        "the server closed the connection".to_owned()
    } else if reset {
        "the connection was reset".to_owned()
    } else {
        format!("the connection failed: {root}")
    }
}

/// An error and all that caused it. `io::Error` hides the error it wraps, so it is opened.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |current| {
        let current: &'a (dyn StdError + 'static) = *current;
        match current
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => current.source(),
        }
    })
}

pub(crate) fn root_cause(error: &reqwest::Error) -> String {
    let root = causes(error)
        .last()
        .map_or_else(String::new, ToString::to_string);
    one_line(&root, 200)
}
