//! A stand-in for the providers that checks every request against their documents.
//!
//! It keeps state: shares, snapshots, access points and actions move through their statuses. It
//! refuses whatever the document does not allow, and in debug builds it also checks its own
//! answers. With a folder of conformance cases it serves those too, under `/case/<name>/<run>`.
//!
//! Where the services are known to differ from their documents it can do as they do: take what the
//! document does not name ([`Builder::strict`]; the program does so unless told otherwise), answer in
//! other words ([`States`]), show late what was made ([`Builder::visible_after`]), and refuse tokens
//! and too many requests ([`Builder::token`], [`Builder::rate_limit`]).
//!
//! ```
//! use std::time::Duration;
//!
//! let mock = snapline_mock::Mock::builder().snapshots(1000).settle(Duration::ZERO).start_blocking()?;
//! assert!(mock.url().starts_with("http://127.0.0.1:"));
//! mock.stop();
//! # Ok::<(), snapline_mock::Error>(())
//! ```
mod cases;
mod document;
mod error;
mod faults;
mod limits;
pub mod ovhcloud;
mod respond;
mod schema;
mod server;
mod state;
mod validate;

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::watch;

pub use document::{Document, Operation};
pub use error::Error;
pub use limits::RateLimit;
pub use server::Recorded;
pub use state::States;

use cases::Cases;
use faults::Faults;
use limits::Limits;
use ovhcloud::Ovhcloud;
use schema::Unknown;
use server::{Shared, lock};
use state::{Ids, Settle, State};

/// How a server shall behave; made by [`Mock::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    port: u16,
    snapshots: usize,
    settle: Settle,
    states: States,
    visible_after: Duration,
    strict: bool,
    tokens: Vec<String>,
    limits: Vec<RateLimit>,
    faults: bool,
    cases: Option<PathBuf>,
    keep: Option<PathBuf>,
    record: bool,
    verbose: bool,
    clock_ahead: i64,
    token_life: Duration,
}

impl Builder {
    /// The port on 127.0.0.1; 0, the default, takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How many snapshots of volumes and droplets, by turns, there are from the start; none by default.
    pub fn snapshots(mut self, count: usize) -> Self {
        self.snapshots = count;
        self
    }

    /// How long things stay in the making or deleting; 300 ms by default. With zero the next request finds them done.
    pub fn settle(mut self, time: Duration) -> Self {
        self.settle = Settle::After(time);
        self
    }

    /// Things are done after they were looked at this often, instead of after a time. Getting one is a look, and so is an NFS list that holds it.
    pub fn settle_polls(mut self, looks: u32) -> Self {
        self.settle = Settle::Polls(looks);
        self
    }

    /// In whose words states and NFS actions are answered; in the document's by default.
    pub fn states(mut self, states: States) -> Self {
        self.states = states;
        self
    }

    /// How long what was made does not show: it is in no list, and to get it answers 404. At once by default.
    pub fn visible_after(mut self, time: Duration) -> Self {
        self.visible_after = time;
        self
    }

    /// Whether a request is refused for what the document does not name: a field, a parameter, a
    /// body. The default, so that tests notice; the services ignore it.
    pub fn strict(mut self, refuse: bool) -> Self {
        self.strict = refuse;
        self
    }

    /// Takes this token; with each further call one more, and no other. Without one any will do.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.tokens.push(token.into());
        self
    }

    /// Answers 429 to a token that made more requests than this. Once per hour and once per minute
    /// go together. By default DigitalOcean's 5000 an hour are counted down and nothing is refused.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.limits.push(limit);
        self
    }

    /// Obeys the header `x-mock-fault` (`503*2`, `delay:250`, `retry-after:1`, joined by commas); ignored by default.
    pub fn faults(mut self, obey: bool) -> Self {
        self.faults = obey;
        self
    }

    /// Serves the conformance cases in this folder under `/case/<name>/<run>`.
    pub fn cases_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cases = Some(folder.into());
        self
    }

    /// Writes every request that a case takes to this file, as a line of JSON.
    pub fn keep_requests(mut self, file: impl Into<PathBuf>) -> Self {
        self.keep = Some(file.into());
        self
    }

    /// Keeps the last 10,000 requests for [`Mock::requests`]; on by default.
    pub fn record(mut self, keep: bool) -> Self {
        self.record = keep;
        self
    }

    /// Writes a line to standard error for each request; off by default.
    pub fn verbose(mut self, write: bool) -> Self {
        self.verbose = write;
        self
    }

    fn unknown(&self) -> Unknown {
        match self.strict {
            true => Unknown::Refused,
            false => Unknown::Ignored,
        }
    }

    /// Starts the server; for async code. It runs on a thread of its own either way.
    ///
    /// # Errors
    /// When the port is taken, the cases cannot be read, or the document lacks a status the
    /// behaviour needs.
    pub async fn start(self) -> Result<Mock, Error> {
        self.start_blocking()
    }

    /// Starts the server; for code without async.
    ///
    /// # Errors
    /// As for [`Builder::start`].
    pub fn start_blocking(self) -> Result<Mock, Error> {
        let document = Document::digitalocean(self.unknown())?;
        let state = State::new(document, &self)?;
        let mut cases = match &self.cases {
            Some(folder) => {
                let documents = vec![Document::bundled()?, Document::ovhcloud()?];
                Some(Cases::load(folder, documents)?)
            }
            None => None,
        };
        if let (Some(cases), Some(file)) = (&mut cases, &self.keep) {
            cases.keep(file)?;
        }
        let droplets = state.droplet_ids();
        let volumes = state.volume_ids();
        let tag = state.tag().unwrap_or_default();

        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            document,
            state: Mutex::new(state),
            ovhcloud: Ovhcloud::new(&self)?,
            cases,
            tokens: self.tokens,
            limits: Limits::new(&self.limits),
            states: self.states,
            faults: self.faults.then(|| Mutex::new(Faults::default())),
            record: self.record,
            verbose: self.verbose,
            request_ids: Mutex::new(Ids::new()),
            log: Mutex::new(VecDeque::new()),
            address,
        });
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = {
            let _guard = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let served = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("snapline-mock".to_owned())
            .spawn(move || runtime.block_on(server::serve(listener, served, stopped)))?;
        Ok(Mock {
            address,
            shared,
            stop,
            thread: Some(thread),
            droplets,
            volumes,
            tag,
        })
    }
}

/// A running server. It stops when this is dropped.
#[derive(Debug)]
pub struct Mock {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    droplets: Vec<i64>,
    volumes: Vec<String>,
    tag: String,
}

impl Mock {
    /// A server with everything at its default.
    pub fn builder() -> Builder {
        Builder {
            port: 0,
            snapshots: 0,
            settle: Settle::After(Duration::from_millis(300)),
            states: States::Documented,
            visible_after: Duration::ZERO,
            strict: true,
            tokens: Vec::new(),
            limits: Vec::new(),
            faults: false,
            cases: None,
            keep: None,
            record: true,
            verbose: false,
            clock_ahead: 0,
            token_life: Duration::from_secs(3599),
        }
    }

    /// The base URL, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The base URL of one run of a conformance case; `run` is any unique text without a slash.
    #[must_use]
    pub fn case_url(&self, name: &str, run: &str) -> String {
        format!("http://{}{}{name}/{run}", self.address, cases::PREFIX)
    }

    /// How many conformance cases are served.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.shared.cases.as_ref().map_or(0, Cases::len)
    }

    /// Ids of the droplets there are from the start.
    #[must_use]
    pub fn droplets(&self) -> &[i64] {
        &self.droplets
    }

    /// Ids of the volumes there are from the start.
    #[must_use]
    pub fn volumes(&self) -> &[String] {
        &self.volumes
    }

    /// The tag that the first two droplets carry.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// For each provider, by its name, the environment in which a client finds this server and
    /// credentials that it takes.
    #[must_use]
    pub fn environments(&self) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
        let token = self.shared.tokens.first().map_or("any", String::as_str);
        let digitalocean = vec![
            ("SNAPLINE_DIGITALOCEAN_URL", self.url()),
            ("DIGITALOCEAN_TOKEN", token.to_owned()),
        ];
        vec![
            ("digitalocean", digitalocean),
            (ovhcloud::NAME, self.ovhcloud_environment()),
        ]
    }

    /// The requests answered so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        lock(&self.shared.log).iter().cloned().collect()
    }

    /// Stops the server and drops its connections. When this returns, the port is free.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic of the server was reported where it happened.
            let _ = thread.join();
        }
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.end();
    }
}
