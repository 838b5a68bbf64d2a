//! What all calls of one client share.

use crate::environment::variable;
use crate::error::Error;
use crate::model::Told;
use crate::process::Process;
use crate::provider::Provider;
use crate::proxy::Proxies;
use crate::rate_limit::{Pace, RateLimit};
use crate::retry::Budget;
use crate::secret::Secret;
use crate::settings::{CallOptions, Limits, Settings, without_userinfo};
use crate::tls::tls;
use crate::transport::{self, Transport};
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use reqwest::Url;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use zeroize::Zeroizing;

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Puts credentials on a request. It is asked anew for every attempt, since a signature has a time.
///
/// What it needs to know first, such as a token or the service's clock, it asks for by a [`Side`].
pub trait Authorize: Send + Sync + std::fmt::Debug {
    /// Adds what the service needs to know the caller. Method, URL and body are final. The number
    /// that comes back tells which state of the credentials was used; see [`refused`](Self::refused).
    ///
    /// # Errors
    /// The attempt ends with the error returned here and is not sent. One that may pass is tried again.
    fn authorize<'a>(
        &'a self,
        request: &'a mut reqwest::Request,
        side: &'a Side<'a>,
    ) -> BoxFuture<'a, Result<u64, Error>>;

    /// Whether [`refused`](Self::refused) can ever say yes. Where it cannot, requests need no copy.
    fn renews(&self) -> bool {
        false
    }

    /// Looks at an answer that refuses a request which was authorised in `state`. True if the
    /// refusal came from that state, and the request may go well in the next one. A call is sent
    /// again for this once: the service refused it before acting.
    fn refused(&self, state: u64, status: u16, body: &[u8]) -> bool {
        let _ = (state, status, body);
        false
    }

    /// Shows each secret in use to `see`, so that an answer that repeats one can be redacted.
    fn secrets(&self, see: &mut dyn FnMut(&str)) {
        let _ = see;
    }
}

/// A way to ask the service something while a request is being authorised: over the same proxy and
/// trust store, within the same time bound, and without credentials of its own.
#[derive(Debug)]
pub struct Side<'a> {
    pub(crate) transport: &'a Transport,
    pub(crate) base_url: &'a str,
    pub(crate) bounds: transport::Bounds,
}

impl Side<'_> {
    /// Where the client's requests go, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.base_url
    }

    /// Builds requests for [`fetch`](Self::fetch).
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        self.transport.http()
    }

    /// Sends a request as it is, once, and follows no redirect. `what` names it in errors.
    ///
    /// # Errors
    /// No answer, or one outside 2xx, whose status and headers the error has. The answer itself is
    /// left out: it may hold a secret.
    pub async fn fetch(&self, what: &str, request: reqwest::Request) -> Result<Bytes, Error> {
        transport::aside(self, what, request, &|_| None).await
    }

    /// As [`fetch`](Self::fetch), with what `reason` reads from a refusal told in the error. It must leave
    /// secrets out.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn fetch_or(
        &self,
        what: &str,
        request: reqwest::Request,
        reason: &(dyn Fn(&[u8]) -> Option<String> + Sync),
    ) -> Result<Bytes, Error> {
        transport::aside(self, what, request, reason).await
    }
}

/// `Authorization: Bearer <token>`, or the token in a header of its own.
#[derive(Clone, Debug)]
pub struct Bearer {
    token: Secret,
    name: HeaderName,
    value: HeaderValue,
}

// Lets the header value share one buffer that is wiped when the last copy goes.
struct Wiped(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Bearer {
    /// Takes the token to send.
    ///
    /// # Errors
    /// `config` if the token cannot stand in a header.
    pub fn new(token: Secret) -> Result<Self, Error> {
        Self::with(AUTHORIZATION, "Bearer ", token)
    }

    /// Takes a token to send alone in this header, whose name is in lower case.
    ///
    /// # Errors
    /// `config` if the token cannot stand in a header.
    pub fn in_header(name: &'static str, token: Secret) -> Result<Self, Error> {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| Error::config(format!("`{name}` is no name of an HTTP header")))?;
        Self::with(name, "", token)
    }

    fn with(name: HeaderName, before: &str, token: Secret) -> Result<Self, Error> {
        let length = before.len() + token.expose().len();
        let mut text = Zeroizing::new(Vec::with_capacity(length));
        text.extend_from_slice(before.as_bytes());
        text.extend_from_slice(token.expose().as_bytes());
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(Wiped(text)))
            .map_err(|_| Error::config("the token cannot stand in an HTTP header"))?;
        value.set_sensitive(true);
        Ok(Self { token, name, value })
    }

    /// Puts the token on a request.
    pub fn put(&self, request: &mut reqwest::Request) {
        request
            .headers_mut()
            .insert(self.name.clone(), self.value.clone());
    }
}

impl Authorize for Bearer {
    fn authorize<'a>(
        &'a self,
        request: &'a mut reqwest::Request,
        _side: &'a Side<'a>,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        self.put(request);
        Box::pin(std::future::ready(Ok(0)))
    }

    fn secrets(&self, see: &mut dyn FnMut(&str)) {
        see(self.token.expose());
    }
}

/// The part of a client that all its calls share: settings, credentials, connections. Cheap to clone.
#[derive(Clone)]
pub struct Core(Arc<Inner>);

struct Inner {
    provider: &'static Provider,
    authorize: Arc<dyn Authorize>,
    settings: Settings,
    limits: Limits,
    base: Url,
    base_url: String,
    proxies: Arc<Proxies>,
    // Builds requests; holds no connection.
    requests: reqwest::Client,
    // Sends requests; gone once the client is closed, and its idle connections with it.
    transport: Mutex<Option<Transport>>,
    // What a transport that takes the place of another is made with.
    tls: rustls::ClientConfig,
    pace: Mutex<Pace>,
    budget: Budget,
    told: Told,
    process: Process,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if self.process.is_foreign() {
            // As with a `blocking::Runtime`: its connections are the parent's.
            let transport = self.transport.get_mut();
            std::mem::forget(transport.unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}

// The retries that a client's calls may make together, unless the caller says otherwise.
const RETRIES: u32 = 100;

impl Core {
    /// Checks the settings and prepares a client. Nothing is sent.
    ///
    /// The base URL is the one in `settings`, else the provider's variable, else the document's server.
    ///
    /// # Errors
    /// `config`, naming the setting.
    pub fn new(
        provider: &'static Provider,
        authorize: Arc<dyn Authorize>,
        settings: Settings,
    ) -> Result<Self, Error> {
        let limits = settings.resolve()?;
        let (source, text) = match &settings.base_url {
            Some(url) => ("`base_url`", url.clone()),
            None => match variable(provider.url_variable)? {
                Some(url) => (provider.url_variable, url),
                None => ("the provider's server", provider.server_url.to_owned()),
            },
        };
        let base = base_url(source, text.trim(), settings.allow_insecure)?;
        let proxies = Arc::new(Proxies::new(&settings)?);
        proxies.find(&base)?;
        let tls = tls(settings.ca_file.as_deref())?;
        let made = || Transport::new(&settings, &limits, &base, &tls, &proxies);
        let (transport, requests) = (made()?, made()?.into_http());
        Ok(Self(Arc::new(Inner {
            provider,
            authorize,
            limits,
            base_url: base.as_str().trim_end_matches('/').to_owned(),
            base,
            requests,
            proxies,
            budget: Budget::new(settings.retry_budget.unwrap_or(RETRIES)),
            settings,
            tls,
            transport: Mutex::new(Some(transport)),
            pace: Mutex::default(),
            told: Told::default(),
            process: Process::this(),
        })))
    }

    /// Where requests go, without a trailing slash; it may have a path prefix.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// Builds requests for [`Call::execute`](crate::Call::execute), which is what sends them.
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        &self.0.requests
    }

    /// The provider this client talks to.
    #[must_use]
    pub fn provider(&self) -> &'static Provider {
        self.0.provider
    }

    /// The settings as given.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Whether the arguments of a call with these options are checked before it is sent (B30).
    #[must_use]
    pub fn checks_bounds(&self, options: &CallOptions) -> bool {
        options
            .check_bounds
            .or(self.0.settings.check_bounds)
            .unwrap_or(true)
    }

    /// The last rate limit values that any answer carried; none in a forked child.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        // A thread that the child does not have may hold the lock.
        if self.0.process.is_foreign() {
            return None;
        }
        lock(&self.0.pace).seen
    }

    /// Closes the client: idle connections end now, calls under way when they are done.
    /// Later calls fail with kind `closed`. Closing twice is fine, and in a forked child does nothing.
    pub fn close(&self) {
        if !self.0.process.is_foreign() {
            lock(&self.0.transport).take();
        }
    }

    // What comes before it in a call takes no lock: who holds it may be a thread that a fork left behind.
    pub(crate) fn check_process(&self) -> Result<(), Error> {
        if self.0.process.is_foreign() {
            return Err(Error::forked());
        }
        Ok(())
    }

    /// Whether the client was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        lock(&self.0.transport).is_none()
    }

    /// The client as a fork of this process would have it.
    #[cfg(test)]
    pub(crate) fn in_a_fork(mut self) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.process = Process::other();
        }
        self
    }

    pub(crate) fn transport(&self) -> Result<Transport, Error> {
        let mut held = lock(&self.0.transport);
        let Some(transport) = &mut *held else {
            return Err(Error::closed());
        };
        if transport.is_doubtful() {
            let inner = &*self.0;
            // What cannot be made anew now is made anew later: a doubtful one is better than none.
            if let Ok(fresh) = Transport::new(
                &inner.settings,
                &inner.limits,
                &inner.base,
                &inner.tls,
                &inner.proxies,
            ) {
                *transport = fresh;
            }
        }
        Ok(transport.clone())
    }

    pub(crate) fn authorize(&self) -> &dyn Authorize {
        &*self.0.authorize
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub(crate) fn base(&self) -> &Url {
        &self.0.base
    }

    pub(crate) fn saw_rate_limit(&self, seen: RateLimit) {
        lock(&self.0.pace).seen = Some(seen);
    }

    // Lets a paced request through, or says how long to wait before asking again.
    pub(crate) fn pace(&self) -> Result<Permit, std::time::Duration> {
        lock(&self.0.pace)
            .ask(std::time::SystemTime::now(), tokio::time::Instant::now())
            .map(|()| Permit(self.clone()))
    }

    /// The drift that this client has told.
    pub(crate) fn told(&self) -> &Told {
        &self.0.told
    }

    pub(crate) fn budget(&self) -> &Budget {
        &self.0.budget
    }
}

// A paced request under way.
#[derive(Debug)]
pub(crate) struct Permit(Core);

impl Drop for Permit {
    fn drop(&mut self) {
        lock(&self.0.0.pace).done();
    }
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Core")
            .field("provider", &self.0.provider.name)
            .field("base_url", &self.0.base_url)
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

// A panic elsewhere does not make these values wrong.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn base_url(source: &str, text: &str, allow_insecure: bool) -> Result<Url, Error> {
    let bad = |why: &str| {
        let shown = crate::error::one_line(&without_userinfo(text), 120);
        Error::config(format!("{source} `{shown}` {why}"))
    };
    let url = Url::parse(text).map_err(|_| bad("is not an absolute URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad("must start with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("must not hold a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("must not have a query or fragment"));
    }
    if url.scheme() == "http" && !allow_insecure && !transport::is_loopback(&url) {
        return Err(bad(
            "would send the credentials unencrypted; use https or set `allow_insecure`",
        ));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b1_b19_a_token_may_stand_in_a_header_of_its_own() {
        let secret = || Secret::new("KEY", "hunter2".to_owned()).unwrap();
        let url = Url::parse("https://api.example").unwrap();
        for (bearer, header, wanted) in [
            (Bearer::new(secret()), "authorization", "Bearer hunter2"),
            (Bearer::in_header("x-key", secret()), "x-key", "hunter2"),
        ] {
            let mut request = reqwest::Request::new(http::Method::GET, url.clone());
            bearer.unwrap().put(&mut request);
            assert_eq!(request.headers().len(), 1);
            assert_eq!(request.headers()[header], wanted);
            assert!(!format!("{request:?}").contains("hunter2"));
        }
        let error = Bearer::in_header("x key", secret()).unwrap_err();
        assert!(error.message().contains("`x key` is no name"), "{error}");
    }
}
