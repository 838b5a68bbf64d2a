//! One request and its answer: the HTTP client, redirects and the reading of bodies.

use crate::body::{Incoming, Spoilt};
use crate::connect::Http2Seen;
use crate::core::{Authorize, Side};
use crate::error::{Error, ErrorKind, Source, exhausted, one_line, seconds};
use crate::exchange::Exchange;
use crate::handover::{Trail, Watch};
use crate::proxy::{Proxies, Proxy};
use crate::retry::{self, is_passing};
use crate::settings::{Limits, Settings, headers};
use crate::tls;
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, LOCATION};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use reqwest::Url;
use std::error::Error as StdError;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

// Common servers keep an idle connection for 60 s or more.
const IDLE: Duration = Duration::from_secs(20);
const MOST_REDIRECTS: usize = 3;
// A request that a server refused unread is sent anew at once, but not for ever.
const MOST_UNREAD: usize = 2;
// The explanation of a refusal stands at the beginning of a body that is announced too large.
const EXPLANATION: u64 = 64 << 10;
// A connection is asked this often whether it is alive: not so often that a server minds.
const PING: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));
// A token or a time is short.
const MOST_ASIDE: u64 = 64 << 10;

/// An HTTP answer read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The state of the credentials that the request was authorised in.
    pub(crate) credentials: u64,
}

/// How far a failed attempt got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The request was never written.
    Never,
    /// The server may have read the request.
    Maybe,
    /// The server answered, and sending the request again would not help.
    Answered,
    /// Nothing was sent, and trying again would not help.
    Refused,
}

/// An attempt without a usable answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) reach: Reach,
    pub(crate) error: Error,
}

impl Failure {
    fn new(reach: Reach, kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            reach,
            error: Error::new(kind, message),
        }
    }
}

/// The bounds of one attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) deadline: Instant,
    /// What to say when the deadline passes.
    pub(crate) late: fn(Duration) -> String,
    pub(crate) allowed: Duration,
    pub(crate) max_body_bytes: u64,
}

impl Bounds {
    fn failure(&self, reach: Reach) -> Failure {
        Failure::new(reach, ErrorKind::Timeout, (self.late)(self.allowed))
    }
}

/// An HTTP client and what is known of its connections. A clone shares them.
#[derive(Clone, Debug)]
pub(crate) struct Transport {
    http: reqwest::Client,
    http2: Http2Seen,
    doubtful: Arc<AtomicBool>,
    proxies: Arc<Proxies>,
}

impl Transport {
    /// Builds one from settings that were checked.
    pub(crate) fn new(
        settings: &Settings,
        limits: &Limits,
        base: &Url,
        tls: &rustls::ClientConfig,
        proxies: &Arc<Proxies>,
    ) -> Result<Self, Error> {
        let http2 = Http2Seen::default();
        Ok(Self {
            http: client(settings, limits, base, tls, &http2, proxies)?,
            proxies: Arc::clone(proxies),
            http2,
            doubtful: Arc::default(),
        })
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    pub(crate) fn into_http(self) -> reqwest::Client {
        self.http
    }

    /// Whether another one is to serve the next attempt.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.doubtful.load(Ordering::Relaxed)
    }

    // An attempt got no answer in time. Over HTTP/1.1 its connection goes with it; over HTTP/2 the
    // connection stays, and the next attempt would wait on it as well.
    fn gave_up(&self) {
        if self.http2.get() {
            self.doubtful.store(true, Ordering::Relaxed);
        }
    }

    // The same for a connection that pings found dead: it may still be handed out for a moment.
    fn failed(&self, error: &reqwest::Error) {
        if error.is_timeout() && !error.is_connect() {
            self.gave_up();
        }
    }
}

fn client(
    settings: &Settings,
    limits: &Limits,
    base: &Url,
    tls: &rustls::ClientConfig,
    http2: &Http2Seen,
    proxies: &Arc<Proxies>,
) -> Result<reqwest::Client, Error> {
    let mut more = HeaderMap::new();
    more.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    more.extend(headers(&settings.headers).map_err(Error::config)?);
    // Twice this is well within an attempt, so that it can fail while there is time for another.
    let ping = (limits.attempt_timeout / 4).clamp(PING.0, PING.1);
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .connector_layer(http2.clone())
        .http2_keep_alive_interval(ping)
        .http2_keep_alive_timeout(ping)
        // What was refused unread is sent again here, by `send`.
        .retry(reqwest::retry::never())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(limits.connect_timeout.min(limits.attempt_timeout))
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true)
        .user_agent(user_agent(settings)?)
        .default_headers(more);
    proxies.apply(builder, base).build().map_err(|e| {
        Error::config(format!(
            "the HTTP client cannot be built: {}",
            root_cause(&e)
        ))
    })
}

fn user_agent(settings: &Settings) -> Result<String, Error> {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = match &settings.language {
        Some((name, language)) => format!("snapline/{version} {name}/{language}"),
        None => format!("snapline/{version} rust/{version}"),
    };
    if let Some(more) = &settings.user_agent {
        if more.chars().any(char::is_control) {
            return Err(Error::config("`user_agent` holds a control character"));
        }
        if !more.trim().is_empty() {
            text.push(' ');
            text.push_str(more.trim());
        }
    }
    Ok(text)
}

/// Whether a URL leads to this machine by its form alone.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Whether two URLs have scheme, host and port in common.
pub(crate) fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host_str() == b.host_str()
        && a.port_or_known_default() == b.port_or_known_default()
}

/// Sends one attempt, follows allowed redirects and reads the whole answer.
pub(crate) async fn attempt(
    transport: &Transport,
    authorize: &dyn Authorize,
    base_url: &str,
    mut request: reqwest::Request,
    bounds: &Bounds,
) -> Result<Answer, Failure> {
    let side = Side {
        transport,
        base_url,
        bounds: *bounds,
    };
    // Only GET and HEAD may follow a redirect, so only they keep what a second hop needs.
    let follows = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut hops = 0;
    loop {
        let trail = if follows { request.try_clone() } else { None };
        let place = Place::of(request.url(), &transport.proxies).map_err(unusable)?;
        // Until the first request is handed to the client, nothing has been sent.
        let unsent = if hops == 0 {
            Reach::Never
        } else {
            Reach::Maybe
        };
        let authorized = authorize.authorize(&mut request, &side);
        let credentials = match timeout_at(bounds.deadline, authorized).await {
            Ok(Ok(state)) => state,
            Ok(Err(error)) => {
                let passing = error.is_transient() || error.status().is_some_and(is_passing);
                return Err(Failure {
                    reach: if passing { unsent } else { Reach::Refused },
                    error,
                });
            }
            Err(_) => return Err(bounds.failure(unsent)),
        };
        let followed = Trail::of(request.method());
        let exchange = Exchange::begin();
        let (response, mut watch) = send(transport, request, bounds, &place, followed).await?;
        let answer = read(transport, response, bounds, exchange).await;
        watch.end();
        let mut answer = answer?;
        place.check(&answer)?;
        answer.credentials = credentials;
        if !is_redirect(answer.status) {
            return Ok(answer);
        }
        let Some(next) = trail else {
            return Err(redirected(
                answer,
                "redirects are not followed for this method",
            ));
        };
        let target = answer
            .headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|location| next.url().join(location).ok());
        let Some(mut target) = target else {
            return Err(redirected(answer, "it redirects without a usable Location"));
        };
        if !same_origin(next.url(), &target) {
            let place = origin(&target);
            return Err(redirected(
                answer,
                &format!("it redirects to {place}, another origin, which is not followed"),
            ));
        }
        hops += 1;
        if hops > MOST_REDIRECTS {
            return Err(redirected(
                answer,
                &format!("it redirects more than {MOST_REDIRECTS} times"),
            ));
        }
        target.set_fragment(None);
        request = next;
        *request.url_mut() = target;
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn redirected(answer: Answer, why: &str) -> Failure {
    Failure {
        reach: Reach::Answered,
        error: Error::new(ErrorKind::Api, why).with(|e| {
            e.status = Some(answer.status.as_u16());
            e.headers = answer.headers;
            e.body = answer.body;
        }),
    }
}

// Scheme, host and port, for messages.
fn origin(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

// Where a request goes, and by which proxy, for messages.
struct Place<'a> {
    origin: String,
    // Without TLS a proxy is handed the request itself; with it, it only opens a way.
    tls: bool,
    proxy: Option<&'a Proxy>,
}

impl<'a> Place<'a> {
    fn of(url: &Url, proxies: &'a Proxies) -> Result<Self, Error> {
        Ok(Self {
            origin: origin(url),
            tls: url.scheme() == "https",
            proxy: proxies.find(url)?,
        })
    }

    // Only a proxy answers 407, and then the service never saw the request.
    fn check(&self, answer: &Answer) -> Result<(), Failure> {
        match self.proxy {
            Some(proxy) if answer.status == StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
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
        f.write_str(&self.origin)
    }
}

fn login(proxy: &Proxy) -> String {
    if proxy.has_login() {
        format!("the proxy {proxy} does not take the login that it is given with")
    } else {
        format!("the proxy {proxy} wants a login; name it as http://user:password@host:port")
    }
}

// A proxy that cannot be used is not got round.
fn unusable(error: Error) -> Failure {
    Failure {
        reach: Reach::Refused,
        error,
    }
}

// Hands a request to a connection and waits for the head of its answer.
async fn send(
    transport: &Transport,
    mut request: reqwest::Request,
    bounds: &Bounds,
    place: &Place<'_>,
    trail: Option<Trail>,
) -> Result<(reqwest::Response, Watch), Failure> {
    let mut unread = 0;
    loop {
        let spare = if unread < MOST_UNREAD {
            request.try_clone()
        } else {
            None
        };
        let mut watch = Watch::over(&mut request, trail.clone());
        // Ends here, so that nobody takes the request any more when the watch is asked.
        let sent = timeout_at(bounds.deadline, transport.http.execute(request)).await;
        let error = match sent {
            Ok(Ok(response)) => {
                watch.answered(response.status());
                return Ok((response, watch));
            }
            Ok(Err(error)) => error,
            Err(_) => {
                watch.end();
                let failure = bounds.failure(watch.reach());
                if failure.reach != Reach::Never {
                    transport.gave_up();
                    return Err(failure);
                }
                let late = failure.error.message();
                let message = format!("{late}: no connection to {place}, so nothing was sent");
                return Err(Failure::new(Reach::Never, ErrorKind::Timeout, message));
            }
        };
        watch.end();
        transport.failed(&error);
        match spare {
            Some(next) if is_unread(&error) => {
                unread += 1;
                request = next;
            }
            _ => return Err(unanswered(error, place, watch)),
        }
    }
}

async fn read(
    transport: &Transport,
    mut response: reqwest::Response,
    bounds: &Bounds,
    exchange: Exchange,
) -> Result<Answer, Failure> {
    let status = response.status();
    let announced = response.content_length();
    let mut headers = std::mem::take(response.headers_mut());
    let limit = bounds.max_body_bytes;
    let too_large = announced.is_some_and(|length| length > limit);
    let most = if too_large {
        limit.min(EXPLANATION)
    } else {
        limit
    };
    let mut incoming = Incoming::new(&mut headers, most);
    let spoilt = |spoilt| match spoilt {
        Spoilt::TooLarge => Failure::new(
            Reach::Answered,
            ErrorKind::Decode,
            format!("the answer is larger than the limit of {limit} bytes"),
        ),
        Spoilt::Packing(error) => Failure::new(
            Reach::Answered,
            ErrorKind::Decode,
            format!(
                "the answer cannot be decompressed: {}",
                one_line(&error.to_string(), 200)
            ),
        ),
    };
    let trouble = loop {
        if too_large && status.is_success() {
            break Some(spoilt(Spoilt::TooLarge));
        }
        match timeout_at(bounds.deadline, response.chunk()).await {
            Ok(Ok(Some(piece))) => {
                if let Err(why) = incoming.push(piece) {
                    break Some(spoilt(why));
                }
            }
            Ok(Ok(None)) => break None,
            Ok(Err(error)) => {
                transport.failed(&error);
                break Some(cut_short(error));
            }
            Err(_) => {
                transport.gave_up();
                break Some(bounds.failure(Reach::Maybe));
            }
        }
    };
    let (body, unfinished) = incoming.end();
    let trouble = trouble.or_else(|| unfinished.map(spoilt));
    if trouble.is_none() {
        exchange.end();
    }
    match trouble {
        // A refusal is definite even if its explanation is cut short.
        Some(failure) if status.is_success() => Err(Failure {
            reach: failure.reach,
            error: failure.error.with(|e| {
                e.status = Some(status.as_u16());
                e.headers = headers;
                e.body = body;
            }),
        }),
        _ => Ok(Answer {
            status,
            headers,
            body,
            credentials: 0,
        }),
    }
}

/// Sends a request that belongs to no call, such as one for a token.
pub(crate) async fn aside(
    side: &Side<'_>,
    what: &str,
    request: reqwest::Request,
    reason: &(dyn Fn(&[u8]) -> Option<String> + Sync),
) -> Result<Bytes, Error> {
    let bounds = Bounds {
        max_body_bytes: MOST_ASIDE,
        ..side.bounds
    };
    let place = Place::of(request.url(), &side.transport.proxies)?;
    let exchange = Exchange::begin();
    let named = |error: Error| {
        let message = format!("{what}: {}", error.message());
        error.with(|e| e.message = message)
    };
    let response = match send(side.transport, request, &bounds, &place, None).await {
        Ok((response, _)) => response,
        Err(failure) => return Err(named(failure.error)),
    };
    let answer = match read(side.transport, response, &bounds, exchange).await {
        Ok(answer) => answer,
        Err(failure) => return Err(named(failure.error.with(|e| e.body = Bytes::new()))),
    };
    if answer.status.is_success() {
        return Ok(answer.body);
    }
    let status = answer.status.as_u16();
    let kind = if status == 429 {
        ErrorKind::RateLimited
    } else {
        ErrorKind::Api
    };
    let mut message = format!("{place} answers {}", answer.status);
    if let Some(reason) = reason(&answer.body) {
        message.push_str(": ");
        message.push_str(&one_line(&reason, 200));
    }
    Err(named(Error::new(kind, message).with(|e| {
        e.status = Some(status);
        e.retry_after = retry::retry_after(&answer.headers, std::time::SystemTime::now());
        e.headers = answer.headers;
    })))
}

// Whether the server says that it did not look at a request: it goes away, or refuses the stream.
fn is_unread(error: &reqwest::Error) -> bool {
    causes(error)
        .filter_map(|c| c.downcast_ref::<h2::Error>())
        .any(|e| {
            let reason = e.reason();
            e.is_remote()
                && (e.is_go_away() && reason == Some(h2::Reason::NO_ERROR)
                    || e.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM))
        })
}

// An error from sending: the request was not written, or it may have been.
fn unanswered(error: reqwest::Error, place: &Place<'_>, mut watch: Watch) -> Failure {
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

// An error from reading a body: the connection broke.
fn cut_short(error: reqwest::Error) -> Failure {
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

fn root_cause(error: &reqwest::Error) -> String {
    let root = causes(error)
        .last()
        .map_or_else(String::new, ToString::to_string);
    one_line(&root, 200)
}

/// What a timeout of one attempt says.
pub(crate) fn late_attempt(allowed: Duration) -> String {
    format!("no complete answer within {}", seconds(allowed))
}

/// What a timeout of the whole call says.
pub(crate) fn late_call(allowed: Duration) -> String {
    format!("no complete answer within the call's {}", seconds(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    // A name server that never answers. In a unit test, since no face can put another one in the place
    // of the system's.
    struct Silent;

    impl reqwest::dns::Resolve for Silent {
        fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
            Box::pin(std::future::pending())
        }
    }

    fn bounds(within: Duration) -> Bounds {
        Bounds {
            deadline: Instant::now() + within,
            late: late_attempt,
            allowed: within,
            max_body_bytes: 1000,
        }
    }

    fn transport(resolver: Option<Arc<Silent>>) -> Transport {
        let http2 = Http2Seen::default();
        let mut builder = reqwest::Client::builder()
            .connector_layer(http2.clone())
            .tls_backend_preconfigured(tls::tls(None).unwrap())
            .no_proxy();
        if let Some(resolver) = resolver {
            builder = builder.dns_resolver(resolver);
        }
        Transport {
            http: builder.build().unwrap(),
            http2,
            doubtful: Arc::default(),
            proxies: Arc::new(Proxies::new(&Settings::default().no_proxy("*")).unwrap()),
        }
    }

    // How a POST to this URL fails, without a body and with one.
    async fn failures(transport: &Transport, target: &str, within: Duration) -> Vec<Failure> {
        let mut failures = Vec::new();
        for body in [None, Some("{}")] {
            let mut request = reqwest::Request::new(Method::POST, url(target));
            *request.body_mut() = body.map(Into::into);
            let place = Place::of(request.url(), &transport.proxies).unwrap();
            let sent = send(transport, request, &bounds(within), &place, None).await;
            failures.push(sent.err().unwrap());
        }
        failures
    }

    #[tokio::test]
    async fn b8_a_time_that_ended_while_a_name_was_looked_up_sent_nothing() {
        let transport = transport(Some(Arc::new(Silent)));
        for target in ["https://api.test.invalid/x", "http://api.test.invalid/x"] {
            for failure in failures(&transport, target, Duration::from_millis(50)).await {
                assert_eq!(failure.reach, Reach::Never);
                assert_eq!(failure.error.kind(), ErrorKind::Timeout);
                let message = failure.error.message();
                assert!(message.contains("nothing was sent"), "{message}");
            }
        }
    }

    #[tokio::test]
    async fn b8_a_time_that_ended_after_a_connection_took_the_request_leaves_it_open() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = format!("http://{}/x", listener.local_addr().unwrap());
        for failure in failures(&transport(None), &target, Duration::from_secs(1)).await {
            assert_eq!(failure.reach, Reach::Maybe);
            assert!(!failure.error.message().contains("nothing was sent"));
        }
    }

    #[test]
    fn b2_loopback_by_form_alone() {
        for yes in [
            "http://localhost:1",
            "http://127.0.0.1",
            "http://127.8.9.1:5/x",
            "http://[::1]:2",
        ] {
            assert!(is_loopback(&url(yes)), "{yes}");
        }
        for no in [
            "http://localhost.example",
            "http://10.0.0.1",
            "http://128.0.0.1",
            "http://[::2]",
        ] {
            assert!(!is_loopback(&url(no)), "{no}");
        }
    }

    #[test]
    fn b9_origins() {
        assert!(same_origin(&url("https://a/x"), &url("https://a:443/y")));
        for other in ["http://a/x", "https://b/x", "https://a:444/x"] {
            assert!(!same_origin(&url("https://a/x"), &url(other)), "{other}");
        }
    }

    #[test]
    fn b4_user_agent() {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            user_agent(&Settings::default()).unwrap(),
            format!("snapline/{version} rust/{version}")
        );
        let settings = Settings::default()
            .language("python", "3.12.1")
            .user_agent("backup/2");
        assert_eq!(
            user_agent(&settings).unwrap(),
            format!("snapline/{version} python/3.12.1 backup/2")
        );
        assert!(user_agent(&Settings::default().user_agent("a\nb")).is_err());
    }
}
