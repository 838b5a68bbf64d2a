//! One request and its answer: the HTTP client, TLS, redirects and the reading of bodies.

use crate::core::{Authorize, Side};
use crate::error::{Error, ErrorKind, Source, one_line, seconds};
use crate::exchange::Exchange;
use crate::retry::{self, is_passing};
use crate::settings::{Limits, Settings, headers, without_userinfo};
use bytes::{Bytes, BytesMut};
use http::header::LOCATION;
use http::{HeaderMap, Method, StatusCode};
use reqwest::Url;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use std::error::Error as StdError;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

// Common servers keep an idle connection for 60 s or more.
const IDLE: Duration = Duration::from_secs(20);
const MOST_REDIRECTS: usize = 3;
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

/// Builds the HTTP client from settings that were checked.
pub(crate) fn client(
    settings: &Settings,
    limits: &Limits,
    base: &Url,
) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls(settings.ca_file.as_deref())?)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(limits.connect_timeout.min(limits.attempt_timeout))
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true)
        .user_agent(user_agent(settings)?)
        .default_headers(headers(&settings.headers).map_err(Error::config)?);
    match (&settings.proxy, settings.no_proxy.as_deref().map(str::trim)) {
        (_, Some("*")) => builder = builder.no_proxy(),
        (None, Some(_)) => {
            return Err(Error::config(
                "`no_proxy` needs `proxy`; only `*` can be given alone",
            ));
        }
        (Some(url), hosts) => builder = builder.proxy(proxy(url, hosts, settings, base)?),
        // A proxy named by the environment would carry the credentials off this machine.
        (None, None) if is_loopback(base) => builder = builder.no_proxy(),
        (None, None) => {}
    }
    builder.build().map_err(|e| {
        Error::config(format!(
            "the HTTP client cannot be built: {}",
            root_cause(&e)
        ))
    })
}

fn proxy(
    url: &str,
    hosts: Option<&str>,
    settings: &Settings,
    base: &Url,
) -> Result<reqwest::Proxy, Error> {
    let bad = || {
        Error::config(format!(
            "`proxy` is not a usable URL: {}",
            without_userinfo(url)
        ))
    };
    let parsed = Url::parse(url).map_err(|_| bad())?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
        return Err(bad());
    }
    if base.scheme() == "http" && !settings.allow_insecure && !is_loopback(&parsed) {
        return Err(Error::config(
            "an http base URL through a proxy would show the credentials to it; use https or set \
             `allow_insecure`",
        ));
    }
    let proxy = reqwest::Proxy::all(url).map_err(|_| bad())?;
    Ok(proxy.no_proxy(match hosts {
        Some(hosts) => reqwest::NoProxy::from_string(hosts),
        None => reqwest::NoProxy::from_env(),
    }))
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

fn tls(ca_file: Option<&Path>) -> Result<rustls::ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = match ca_file {
        Some(path) => certificates(path)?,
        None => Vec::new(),
    };
    let verifier = Verifier {
        provider: Arc::clone(&provider),
        roots,
        inner: OnceLock::new(),
    };
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| Error::internal(format!("TLS cannot be set up: {e}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let bad = |why: String| Error::config(format!("`ca_file` {}: {why}", path.display()));
    let mut roots = Vec::new();
    // The store is only there to have each certificate looked at now and not at the first call.
    let mut store = rustls::RootCertStore::empty();
    for certificate in
        CertificateDer::pem_file_iter(path).map_err(|e| bad(one_line(&e.to_string(), 200)))?
    {
        let certificate = certificate.map_err(|e| bad(one_line(&e.to_string(), 200)))?;
        store
            .add(certificate.clone())
            .map_err(|e| bad(one_line(&e.to_string(), 200)))?;
        roots.push(certificate);
    }
    if roots.is_empty() {
        return Err(bad("holds no PEM certificate".to_owned()));
    }
    Ok(roots)
}

// The system's trust store, read at the first TLS handshake: a client that never needs it stays small.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    roots: Vec<CertificateDer<'static>>,
    inner: OnceLock<Result<rustls_platform_verifier::Verifier, rustls::Error>>,
}

impl Verifier {
    fn inner(&self) -> Result<&rustls_platform_verifier::Verifier, rustls::Error> {
        self.inner
            .get_or_init(|| {
                let provider = Arc::clone(&self.provider);
                if self.roots.is_empty() {
                    rustls_platform_verifier::Verifier::new(provider)
                } else {
                    rustls_platform_verifier::Verifier::new_with_extra_roots(
                        self.roots.iter().cloned(),
                        provider,
                    )
                }
            })
            .as_ref()
            .map_err(Clone::clone)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.inner()?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let schemes = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, schemes)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let schemes = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, schemes)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Sends one attempt, follows allowed redirects and reads the whole answer.
pub(crate) async fn attempt(
    client: &reqwest::Client,
    authorize: &dyn Authorize,
    base_url: &str,
    mut request: reqwest::Request,
    bounds: &Bounds,
) -> Result<Answer, Failure> {
    let side = Side {
        client,
        base_url,
        bounds: *bounds,
    };
    // Only GET and HEAD may follow a redirect, so only they keep what a second hop needs.
    let follows = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut hops = 0;
    loop {
        let trail = if follows { request.try_clone() } else { None };
        let place = Place::of(request.url());
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
            Err(_) => {
                return Err(Failure::new(
                    unsent,
                    ErrorKind::Timeout,
                    (bounds.late)(bounds.allowed),
                ));
            }
        };
        let exchange = Exchange::begin();
        let response = match timeout_at(bounds.deadline, client.execute(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(unanswered(error, &place)),
            Err(_) => {
                return Err(Failure::new(
                    Reach::Maybe,
                    ErrorKind::Timeout,
                    (bounds.late)(bounds.allowed),
                ));
            }
        };
        let mut answer = read(response, bounds, exchange).await?;
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
            let place = Place::of(&target);
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
struct Place(String);

impl Place {
    fn of(url: &Url) -> Self {
        let host = url.host_str().unwrap_or("?");
        Self(match url.port() {
            Some(port) => format!("{}://{host}:{port}", url.scheme()),
            None => format!("{}://{host}", url.scheme()),
        })
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

async fn read(
    response: reqwest::Response,
    bounds: &Bounds,
    exchange: Exchange,
) -> Result<Answer, Failure> {
    let status = response.status();
    let mut response = response;
    let headers = std::mem::take(response.headers_mut());
    let limit = bounds.max_body_bytes;
    let mut first = Bytes::new();
    let mut rest: Option<BytesMut> = None;
    let mut length: u64 = 0;
    let trouble = loop {
        match timeout_at(bounds.deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                length = length.saturating_add(chunk.len() as u64);
                if length > limit {
                    break Some(Failure::new(
                        Reach::Answered,
                        ErrorKind::Decode,
                        format!("the answer is larger than the limit of {limit} bytes"),
                    ));
                }
                match &mut rest {
                    // Most answers come in one piece, which is then kept as it is.
                    None if first.is_empty() => first = chunk,
                    None => {
                        let mut whole = BytesMut::with_capacity((first.len() + chunk.len()) * 2);
                        whole.extend_from_slice(&first);
                        whole.extend_from_slice(&chunk);
                        rest = Some(whole);
                    }
                    Some(whole) => whole.extend_from_slice(&chunk),
                }
            }
            Ok(Ok(None)) => break None,
            Ok(Err(error)) => break Some(cut_short(error)),
            Err(_) => {
                break Some(Failure::new(
                    Reach::Maybe,
                    ErrorKind::Timeout,
                    (bounds.late)(bounds.allowed),
                ));
            }
        }
    };
    let body = rest.map_or(first, BytesMut::freeze);
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
) -> Result<Bytes, Error> {
    let bounds = Bounds {
        max_body_bytes: MOST_ASIDE,
        ..side.bounds
    };
    let place = Place::of(request.url());
    let exchange = Exchange::begin();
    let named = |error: Error| {
        let message = format!("{what}: {}", error.message());
        error.with(|e| e.message = message)
    };
    let response = match timeout_at(bounds.deadline, side.client.execute(request)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(named(unanswered(error, &place).error)),
        Err(_) => {
            let late = (bounds.late)(bounds.allowed);
            return Err(named(Error::new(ErrorKind::Timeout, late)));
        }
    };
    let answer = match read(response, &bounds, exchange).await {
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
    Err(named(
        Error::new(kind, format!("{place} answers {}", answer.status)).with(|e| {
            e.status = Some(status);
            e.retry_after = retry::retry_after(&answer.headers, std::time::SystemTime::now());
            e.headers = answer.headers;
        }),
    ))
}

// An error from sending: the request was not written, or it may have been.
fn unanswered(error: reqwest::Error, place: &Place) -> Failure {
    let error = error.without_url();
    let root = root_cause(&error);
    let (reach, kind, message) = if error.is_builder() {
        (
            Reach::Refused,
            ErrorKind::Internal,
            format!("the request cannot be built: {root}"),
        )
    } else if error.is_connect() {
        if error.is_timeout() {
            (
                Reach::Never,
                ErrorKind::Timeout,
                format!("could not connect to {place} in time"),
            )
        } else {
            // A certificate that is not trusted now will not be trusted in a moment.
            let reach = if causes(&error).any(|c| {
                matches!(
                    c.downcast_ref(),
                    Some(rustls::Error::InvalidCertificate(_) | rustls::Error::General(_))
                )
            }) {
                Reach::Refused
            } else {
                Reach::Never
            };
            (
                reach,
                ErrorKind::Connection,
                format!("could not connect to {place}: {root}"),
            )
        }
    } else if causes(&error)
        .filter_map(|c| c.downcast_ref::<hyper::Error>())
        .any(hyper::Error::is_canceled)
    {
        (
            Reach::Never,
            ErrorKind::Connection,
            format!("{place} closed the connection before the request was sent"),
        )
    } else {
        (Reach::Maybe, ErrorKind::Connection, broken(&error, &root))
    };
    failure(reach, kind, message, error)
}

// An error from reading a body: the connection broke, or the bytes make no sense.
fn cut_short(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let root = root_cause(&error);
    let from_connection = causes(&error).any(|c| c.is::<hyper::Error>());
    if from_connection {
        let message = format!("the answer was cut short: {}", broken(&error, &root));
        failure(Reach::Maybe, ErrorKind::Connection, message, error)
    } else {
        let message = format!("the answer cannot be decompressed: {root}");
        failure(Reach::Answered, ErrorKind::Decode, message, error)
    }
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
    fn b5_a_bad_ca_file_is_a_config_error() {
        let missing = tls(Some(Path::new("/nowhere/ca.pem"))).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::Config);
        assert!(missing.to_string().contains("/nowhere/ca.pem"));
        let file = std::env::temp_dir().join(format!("snapline-ca-{}.pem", std::process::id()));
        std::fs::write(&file, "not a certificate").unwrap();
        let empty = tls(Some(&file)).unwrap_err();
        std::fs::remove_file(&file).unwrap();
        assert_eq!(empty.kind(), ErrorKind::Config);
        assert!(empty.to_string().contains("no PEM certificate"), "{empty}");
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
