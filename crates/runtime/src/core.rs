//! What all calls of one client share.

use crate::address::{base_url, same_origin};
use crate::authorize::Authorize;
use crate::environment::variable;
use crate::error::Error;
use crate::generated::settings::{CallOptions, Settings, default};
use crate::model::Reported;
use crate::process::Process;
use crate::provider::Provider;
use crate::proxy::Proxies;
use crate::rate_limit::{Pacer, RateLimit};
use crate::retry::Budget;
use crate::settings::Limits;
use crate::sync::lock;
use crate::tls::tls;
use crate::transport::Transport;
use reqwest::Url;
use std::sync::{Arc, Mutex, PoisonError};

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
    // Whether the base URL was given, so that it stands for every server that the document names.
    given: bool,
    proxies: Arc<Proxies>,
    // Builds requests; holds no connection.
    requests: reqwest::Client,
    // Sends requests; gone once the client is closed, and its idle connections with it.
    transport: Mutex<Option<Transport>>,
    // What a transport that takes the place of another is made with.
    tls: rustls::ClientConfig,
    pace: Mutex<Pacer>,
    budget: Budget,
    reported: Reported,
    process: Process,
}

impl Inner {
    fn fresh_transport(&self) -> Result<Transport, Error> {
        Transport::new(
            &self.settings,
            &self.limits,
            &self.base,
            &self.tls,
            &self.proxies,
        )
    }
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
        let (source, text, given) = match &settings.base_url {
            Some(url) => ("`base_url`", url.clone(), true),
            None => match variable(provider.url_variable)? {
                Some(url) => (provider.url_variable, url, true),
                None => (
                    "the provider's server",
                    provider.server_url.to_owned(),
                    false,
                ),
            },
        };
        let base = base_url(source, text.trim(), settings.allow_insecure)?;
        let proxies = Arc::new(Proxies::new(&settings)?);
        proxies.find(&base)?;
        let tls = tls(settings.ca_file.as_deref())?;
        let made = || Transport::new(&settings, &limits, &base, &tls, &proxies);
        let (transport, requests) = (made()?, made()?.http().clone());
        Ok(Self(Arc::new(Inner {
            provider,
            authorize,
            limits,
            base_url: base.as_str().trim_end_matches('/').to_owned(),
            base,
            given,
            requests,
            proxies,
            budget: Budget::new(settings.retry_budget.unwrap_or(default::RETRY_BUDGET)),
            settings,
            tls,
            transport: Mutex::new(Some(transport)),
            pace: Mutex::default(),
            reported: Reported::default(),
            process: Process::this(),
        })))
    }

    /// Where requests go, without a trailing slash; it may have a path prefix.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// The address of a path below the base URL. The path starts with `/`, has no query, and its values are encoded.
    #[must_use]
    pub fn url(&self, path: &str) -> Url {
        // To clone the base is a fifth of what it takes to parse an address anew.
        let mut url = self.0.base.clone();
        match self.0.base.path().trim_end_matches('/') {
            "" => url.set_path(path),
            prefix => url.set_path(&format!("{prefix}{path}")),
        }
        url
    }

    /// The same for an operation that has a server of its own: it goes there, unless a base URL was given, which is for
    /// all calls.
    #[must_use]
    pub fn url_at(&self, server: &'static str, path: &str) -> Url {
        match self.is_own(server) {
            // What cannot be read is refused when it is to be sent.
            true => Url::parse(&format!("{server}{path}")).unwrap_or_else(|_| self.url(path)),
            false => self.url(path),
        }
    }

    fn is_own(&self, server: &str) -> bool {
        !self.0.given && server != self.0.provider.server_url
    }

    /// Refuses an address that the token may not go to: one elsewhere than at the base URL, or at the server of the
    /// operation (B2).
    pub(crate) fn may_reach(&self, url: &Url, server: Option<&'static str>) -> Result<(), Error> {
        let own = server.filter(|server| self.is_own(server));
        let own = own
            .map(|server| {
                base_url(
                    "the operation's server",
                    server,
                    self.0.settings.allow_insecure,
                )
            })
            .transpose()?;
        match same_origin(url, own.as_ref().unwrap_or(&self.0.base)) {
            true => Ok(()),
            false => Err(Error::internal(
                "the request does not go to the client's base URL",
            )),
        }
    }

    /// Builds requests for [`Call::send`](crate::Call::send), which is what sends them.
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
            .unwrap_or(default::CHECK_BOUNDS)
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

    /// What sends a request. Once the client is closed there is one only for what is owed `past_close`, with
    /// connections of its own.
    pub(crate) fn transport(&self, past_close: bool) -> Result<Transport, Error> {
        let mut held = lock(&self.0.transport);
        match &mut *held {
            Some(transport) => {
                if transport.is_doubtful()
                    // What cannot be made anew now is made anew later: a doubtful one is better than none.
                    && let Ok(fresh) = self.0.fresh_transport()
                {
                    *transport = fresh;
                }
                Ok(transport.clone())
            }
            None if past_close => self.0.fresh_transport(),
            None => Err(Error::closed()),
        }
    }

    pub(crate) fn authorize(&self) -> &dyn Authorize {
        &*self.0.authorize
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.0.limits
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

    /// The drift that this client has told in a warning.
    pub(crate) fn reported(&self) -> &Reported {
        &self.0.reported
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
