//! One request and its answer: the HTTP client and the reading of bodies.

use crate::body::{BodyError, Incoming};
use crate::error::{Error, ErrorKind, one_line, seconds};
use crate::exchange::Exchange;
use crate::failure::{Failure, Place, cut_short, is_unread, root_cause, unanswered};
use crate::generated::settings::Settings;
use crate::handover::{Reach, Trail, Watch};
use crate::proxy::Proxies;
use crate::retry;
use crate::settings::{Limits, headers};
use crate::template::Template;
use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, USER_AGENT};
use http::{HeaderMap, HeaderValue, StatusCode, Version};
use reqwest::Url;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

// Common servers keep an idle connection for 60 s or more.
const IDLE: Duration = Duration::from_secs(20);
// A request that a server refused unread is sent anew at once, but not for ever.
pub(crate) const MOST_UNREAD: usize = 2;
// The explanation of a refusal stands at the beginning of a body that is announced too large.
const EXPLANATION: u64 = 64 << 10;
// A connection is asked this often whether it is alive: not so often that a server minds.
const PING: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

/// An HTTP answer read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The state of the credentials that the request was authorised in.
    pub(crate) credentials: u64,
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
    pub(crate) fn failure(&self, reach: Reach) -> Failure {
        Failure::new(reach, ErrorKind::Timeout, (self.late)(self.allowed))
    }
}

/// An HTTP client and what is known of its connections. A clone shares them.
#[derive(Clone, Debug)]
pub(crate) struct Transport(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    http: reqwest::Client,
    headers: HeaderMap,
    proxies: Arc<Proxies>,
    // The last answer came over HTTP/1.1.
    http1: AtomicBool,
    doubtful: AtomicBool,
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
        Ok(Self(Arc::new(Shared {
            http: client(limits, base, tls, proxies)?,
            headers: headers_of_all(settings)?,
            proxies: Arc::clone(proxies),
            // Without TLS nothing else is spoken.
            http1: AtomicBool::new(base.scheme() == "http"),
            doubtful: AtomicBool::default(),
        })))
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.0.http
    }

    pub(crate) fn proxies(&self) -> &Proxies {
        &self.0.proxies
    }

    /// A request to be sent, with the headers that all have.
    pub(crate) fn outgoing(&self, request: &Template) -> reqwest::Request {
        request.outgoing(&self.0.headers)
    }

    /// Whether another one is to serve the next attempt.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.0.doubtful.load(Ordering::Relaxed)
    }

    // An answer came.
    fn answered(&self, version: Version) {
        let http1 = version < Version::HTTP_2;
        self.0.http1.store(http1, Ordering::Relaxed);
    }

    // An attempt got no answer in time. Over HTTP/1.1 its connection goes with it; over HTTP/2 the
    // connection stays, and the next attempt would wait on it as well.
    fn gave_up(&self) {
        if !self.0.http1.load(Ordering::Relaxed) {
            self.0.doubtful.store(true, Ordering::Relaxed);
        }
    }

    // The same for a connection that pings found dead: it may still be handed out for a moment.
    fn failed(&self, error: &reqwest::Error) {
        if error.is_timeout() && !error.is_connect() {
            self.gave_up();
        }
    }
}

// What every request has. reqwest would look for each of them in each request.
fn headers_of_all(settings: &Settings) -> Result<HeaderMap, Error> {
    let mut all = HeaderMap::new();
    let agent = HeaderValue::from_str(&user_agent(settings)?);
    let agent = agent.map_err(|_| Error::config("`user_agent` cannot stand in an HTTP header"))?;
    all.insert(USER_AGENT, agent);
    all.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    all.extend(headers(&settings.headers).map_err(Error::config)?);
    all.insert(ACCEPT, HeaderValue::from_static("application/json"));
    Ok(all)
}

fn client(
    limits: &Limits,
    base: &Url,
    tls: &rustls::ClientConfig,
    proxies: &Arc<Proxies>,
) -> Result<reqwest::Client, Error> {
    // Twice this is well within an attempt, so that it can fail while there is time for another.
    let ping = (limits.attempt_timeout / 4).clamp(PING.0, PING.1);
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls.clone())
        .http2_keep_alive_interval(ping)
        .http2_keep_alive_timeout(ping)
        // What was refused unread is sent again here.
        .retry(reqwest::retry::never())
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(limits.connect_timeout.min(limits.attempt_timeout))
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true);
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

/// Why a request got no answer, and whether the server says that it refused it unread, so that it can be sent anew at
/// once.
pub(crate) struct Unanswered {
    pub(crate) failure: Failure,
    pub(crate) is_unread: bool,
}

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            is_unread: false,
        }
    }
}

/// Hands a request to a connection and waits for the head of its answer.
pub(crate) fn send(
    transport: &Transport,
    mut request: reqwest::Request,
    bounds: &Bounds,
    place: &Place<'_>,
    trail: Option<Trail>,
) -> impl Future<Output = Result<(reqwest::Response, Watch), Unanswered>> {
    let watch = Watch::over(&mut request, trail);
    // Handed over here: a future that held it would be three times as large.
    let pending = transport.0.http.execute(request);
    sent(transport, pending, bounds, place, watch)
}

async fn sent(
    transport: &Transport,
    pending: impl Future<Output = reqwest::Result<reqwest::Response>>,
    bounds: &Bounds,
    place: &Place<'_>,
    mut watch: Watch,
) -> Result<(reqwest::Response, Watch), Unanswered> {
    // Ends here, so that nobody takes the request any more when the watch is asked.
    let sent = timeout_at(bounds.deadline, pending).await;
    let error = match sent {
        Ok(Ok(response)) => {
            transport.answered(response.version());
            watch.answered(response.status());
            return Ok((response, watch));
        }
        Ok(Err(error)) => error,
        Err(_) => {
            watch.end();
            let failure = bounds.failure(watch.reach());
            if failure.reach != Reach::Never {
                transport.gave_up();
                return Err(failure.into());
            }
            let late = failure.error.message();
            let message = format!("{late}: no connection to {place}, so nothing was sent");
            return Err(Failure::new(Reach::Never, ErrorKind::Timeout, message).into());
        }
    };
    watch.end();
    transport.failed(&error);
    Err(Unanswered {
        is_unread: is_unread(&error),
        failure: unanswered(error, place, watch),
    })
}

/// Reads the whole answer, as far as the bounds allow.
pub(crate) async fn read(
    transport: &Transport,
    response: &mut reqwest::Response,
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
    let unusable = |unusable| match unusable {
        BodyError::TooLarge => Failure::new(
            Reach::Answered,
            ErrorKind::Decode,
            format!("the answer is larger than the limit of {limit} bytes"),
        ),
        BodyError::Packing(error) => Failure::new(
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
            break Some(unusable(BodyError::TooLarge));
        }
        match within(bounds.deadline, response.chunk()).await {
            Ok(Ok(Some(piece))) => {
                if let Err(why) = incoming.push(piece) {
                    break Some(unusable(why));
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
    let trouble = trouble.or_else(|| unfinished.map(unusable));
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

/// What comes of a future by the deadline. A timer is only made for one that is not ready at once.
pub(crate) async fn within<F: Future>(deadline: Instant, future: F) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    let first = poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
    match first.await {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => timeout_at(deadline, future).await,
    }
}

/// Sends a request that belongs to no call, such as one for a token, once. What `reason` reads from a
/// refusal is told in the error.
pub(crate) async fn fetch(
    transport: &Transport,
    what: &str,
    request: reqwest::Request,
    bounds: &Bounds,
    reason: &(dyn Fn(&[u8]) -> Option<String> + Sync),
) -> Result<Bytes, Error> {
    let request = Template::of(request)?;
    let place = Place::of(&request.url, transport.proxies())?;
    let exchange = Exchange::begin();
    let named = |error: Error| {
        let message = format!("{what}: {}", error.message());
        error.with(|e| e.message = message)
    };
    let mut unread = 0;
    let mut response = loop {
        match send(
            transport,
            transport.outgoing(&request),
            bounds,
            &place,
            None,
        )
        .await
        {
            Ok((response, _)) => break response,
            Err(why) if why.is_unread && unread < MOST_UNREAD => unread += 1,
            Err(why) => return Err(named(why.failure.error)),
        }
    };
    let answer = match read(transport, &mut response, bounds, exchange).await {
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
    use http::Method;

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
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(crate::tls::tls(None).unwrap())
            .no_proxy();
        if let Some(resolver) = resolver {
            builder = builder.dns_resolver(resolver);
        }
        Transport(Arc::new(Shared {
            http: builder.build().unwrap(),
            headers: HeaderMap::new(),
            proxies: Arc::new(Proxies::new(&Settings::default().no_proxy("*")).unwrap()),
            http1: AtomicBool::new(true),
            doubtful: AtomicBool::default(),
        }))
    }

    // How a POST to this URL fails, without a body and with one.
    async fn failures(transport: &Transport, target: &str, within: Duration) -> Vec<Failure> {
        let mut failures = Vec::new();
        for body in [None, Some("{}")] {
            let mut request = reqwest::Request::new(Method::POST, url(target));
            *request.body_mut() = body.map(Into::into);
            let target = request.url().clone();
            let place = Place::of(&target, transport.proxies()).unwrap();
            let sent = send(transport, request, &bounds(within), &place, None).await;
            failures.push(sent.err().unwrap().failure);
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
