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
//! A test of a program that makes backups starts one, gives its address to the program, and looks at what it did. While
//! it runs, requests can be made to fail ([`Mock::fault`]), time can pass ([`Mock::advance`]), and all begins anew for the
//! next test ([`Mock::reset`]). What came is in [`Mock::requests`], and what there is in [`Mock::state`]. For programs in
//! other languages the same is there over HTTP ([`control`]), and as the program `snapline-mock`.
//!
//! ```
//! use std::time::Duration;
//!
//! use snapline_mock::{Fault, Mock};
//!
//! let mock = Mock::builder().snapshots(1000).settle(Duration::ZERO).start_blocking()?;
//! assert!(mock.url().starts_with("http://127.0.0.1:"));
//!
//! // The next two requests that make something meet a server that is down.
//! mock.fault(Fault::status(503).method("POST").times(2))?;
//! // A month passes.
//! mock.advance(Duration::from_secs(30 * 86_400))?;
//! assert!(mock.requests().is_empty());
//! mock.reset()?;
//! mock.stop();
//! # Ok::<(), snapline_mock::Error>(())
//! ```
#![cfg_attr(
    not(feature = "all"),
    allow(
        dead_code,
        reason = "no provider alone needs all that the server offers"
    )
)]
mod cases;
mod clock;
pub mod control;
mod document;
mod error;
mod faults;
mod generated;
mod ids;
mod limits;
mod lock;
mod options;
mod pending;
mod planned;
mod provider;
mod record;
mod respond;
mod schema;
mod server;
#[allow(
    dead_code,
    reason = "a provider begins without a state, and every one so far has got one since"
)]
mod stateless;
mod unseen;
mod validate;
mod violations;
mod world;

use std::any::Any;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::sync::watch;

pub use document::{Document, Operation};
pub use error::Error;
pub use generated::*;
pub use limits::RateLimit;
pub use options::{Options, Settle, States};
pub use planned::{Fault, Planned};
pub use record::Recorded;

use cases::Cases;
use faults::Asked;
use ids::Ids;
use lock::lock;
use provider::Provider;
use schema::Unknown;
use server::Shared;
use world::Worlds;

/// How a server shall behave; made by [`Mock::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    host: IpAddr,
    port: u16,
    options: Options,
    faults: bool,
    usual_faults: Vec<String>,
    cases: Option<PathBuf>,
    keep: Option<PathBuf>,
    record: bool,
    verbose: bool,
}

impl Builder {
    /// The address that it listens on; 127.0.0.1 by default, which only programs of the same machine reach.
    pub fn host(mut self, address: impl Into<IpAddr>) -> Self {
        self.host = address.into();
        self
    }

    /// The port; 0, the default, takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// How many snapshots there are from the start, where a provider begins with some; none by default.
    pub fn snapshots(mut self, count: usize) -> Self {
        self.options.snapshots = count;
        self
    }

    /// How many volumes there are from the start beside the usual ones, where a provider has some; none by default. They
    /// carry [`Mock::tag`], and the snapshots are of them alone: spread over them, of each one a day back from
    /// yesterday, called `nightly-` and the day.
    pub fn volumes(mut self, count: usize) -> Self {
        self.options.volumes = count;
        self
    }

    /// How long things stay in the making or deleting; 300 ms by default. With zero the next request finds them done.
    pub fn settle(mut self, time: Duration) -> Self {
        self.options.settle = Settle::After(time);
        self
    }

    /// Things are done after they were looked at this often, instead of after a time. Getting one is a look, and so may be a list that holds it.
    pub fn settle_polls(mut self, looks: u32) -> Self {
        self.options.settle = Settle::Polls(looks);
        self
    }

    /// In whose words states are answered; in the document's by default.
    pub fn states(mut self, states: States) -> Self {
        self.options.states = states;
        self
    }

    /// How long what was made does not show: it is in no list, and to get it answers 404. At once by default.
    pub fn visible_after(mut self, time: Duration) -> Self {
        self.options.visible_after = time;
        self
    }

    /// Whether a request is refused for what the document does not name: a field, a parameter, a
    /// body. The default, so that tests notice; the services ignore it.
    pub fn strict(mut self, refuse: bool) -> Self {
        self.options.strict = refuse;
        self
    }

    /// Takes this token; with each further call one more, and no other. Without one any will do.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.options.tokens.push(token.into());
        self
    }

    /// Answers 429 to a token that made more requests than this. Once per hour and once per minute
    /// go together. By default a provider's own is counted down and nothing is refused.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.options.limits.push(limit);
        self
    }

    /// Keeps DigitalOcean's limits of a volume: 25 snapshots, and one in 10 minutes. By default there are none, so that
    /// tests can take many. OVHcloud's 200 snapshots of a share are always kept.
    pub fn snapshot_limits(mut self, keep: bool) -> Self {
        self.options.snapshot_limits = keep;
        self
    }

    /// Obeys the header `x-mock-fault` (`503*2`, `lose*1`, `delay:250`, `retry-after:1`, joined by commas); ignored by default.
    pub fn faults(mut self, obey: bool) -> Self {
        self.faults = obey;
        self
    }

    /// Does this to every request without that header, as if it asked for it; with each further call one more. So
    /// programs can be tried that send no header of ours.
    pub fn usual_fault(mut self, fault: impl Into<String>) -> Self {
        self.usual_faults.push(fault.into());
        self.faults(true)
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

    /// Keeps the last 10,000 requests for [`Mock::requests`], and fewer where their bodies come to more than 64 MiB; on by
    /// default.
    pub fn record(mut self, keep: bool) -> Self {
        self.record = keep;
        self
    }

    /// Writes a line to standard error for each request; off by default.
    pub fn verbose(mut self, write: bool) -> Self {
        self.verbose = write;
        self
    }

    /// How many seconds the clock of a service that looks at it is ahead of this machine's; 0 by default.
    pub fn clock_ahead(mut self, seconds: i64) -> Self {
        self.options.clock_ahead = seconds;
        self
    }

    /// How long the tokens last that a service gives; an hour by default.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.options.token_life = life;
        self
    }

    /// What time it is at the start, such as a year ago, so that things can be made that are old. This machine's by
    /// default.
    pub fn time(mut self, time: SystemTime) -> Self {
        self.options.time = Some(time);
        self
    }

    /// Starts the server; for async code. It runs on a thread of its own either way.
    ///
    /// # Errors
    /// When the port is taken, the cases or a fault cannot be read, or the document lacks a status the
    /// behaviour needs.
    pub async fn start(self) -> Result<Mock, Error> {
        self.start_blocking()
    }

    /// Starts the server; for code without async.
    ///
    /// # Errors
    /// As for [`Builder::start`].
    pub fn start_blocking(self) -> Result<Mock, Error> {
        let worlds = Worlds::new(self.options)?;
        let mut cases = match &self.cases {
            Some(folder) => {
                let world = worlds.now();
                let documents = world.providers().map(|it| it.document(Unknown::Refused));
                Some(Cases::load(folder, documents.collect::<Result<_, _>>()?)?)
            }
            None => None,
        };
        if let (Some(cases), Some(file)) = (&mut cases, &self.keep) {
            cases.keep(file)?;
        }
        // Read now, so that no request finds that one cannot be.
        for fault in &self.usual_faults {
            Asked::parse(fault).map_err(|refusal| Error::Fault(refusal.message))?;
        }
        let listener = TcpListener::bind((self.host, self.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            worlds,
            cases,
            faults: self.faults,
            usual_faults: self.usual_faults,
            record: self.record,
            verbose: self.verbose,
            request_ids: Mutex::new(Ids::new()),
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
}

impl Mock {
    /// A server with everything at its default.
    pub fn builder() -> Builder {
        Builder {
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            options: Options::default(),
            faults: false,
            usual_faults: Vec::new(),
            cases: None,
            keep: None,
            record: true,
            verbose: false,
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

    /// What the providers have from the start, for people.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let world = self.shared.worlds.now();
        let notes = world.providers().filter_map(|provider| provider.note());
        notes.collect()
    }

    /// What the provider of this type says, which is there unless the crate was built without it.
    pub(crate) fn of<T: Provider, R: Default>(&self, ask: impl FnOnce(&T) -> R) -> R {
        let world = self.shared.worlds.now();
        let mut all = world.providers();
        let found = all.find_map(|provider| (provider as &dyn Any).downcast_ref());
        found.map(ask).unwrap_or_default()
    }

    /// For each provider, by its name, the environment in which a client finds this server and
    /// credentials that it takes.
    #[must_use]
    pub fn environments(&self) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
        let url = self.url();
        let world = self.shared.worlds.now();
        world
            .providers()
            .map(|provider| (provider.name(), provider.environment(&url)))
            .collect()
    }

    /// The requests answered so far, oldest first. Those for [`control`] are not among them.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        let world = self.shared.worlds.now();
        let log = lock(&world.log);
        log.all().cloned().collect()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        *lock(&self.shared.worlds.now().log) = Default::default();
    }

    /// How often each operation was asked for so far, refusals counted in.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        lock(&self.shared.worlds.now().counts).clone()
    }

    /// Plans what requests to come meet, and gives its number. Of several the first one counts that fits and is not used
    /// up.
    ///
    /// # Errors
    /// When it asks for nothing, for several things at once, or for what cannot be.
    pub fn fault(&self, fault: Fault) -> Result<u64, Error> {
        let world = self.shared.worlds.now();
        let planned = lock(&world.plans).add(fault);
        planned.map_err(Error::Fault)
    }

    /// What was planned, and how many requests met it.
    #[must_use]
    pub fn faults(&self) -> Vec<Planned> {
        lock(&self.shared.worlds.now().plans).told()
    }

    /// Takes a planned fault back; whether it was there.
    pub fn remove_fault(&self, id: u64) -> bool {
        lock(&self.shared.worlds.now().plans).remove(id)
    }

    /// Takes all planned faults back.
    pub fn clear_faults(&self) {
        lock(&self.shared.worlds.now().plans).clear();
    }

    /// The time by the server's clock: what is made now has it, and waits and limits go by it.
    #[must_use]
    pub fn now(&self) -> SystemTime {
        self.shared.worlds.now().options.clock.system_time()
    }

    /// Lets time pass at the server: what was to take that long is done, limits are free again, tokens have ended, and what
    /// is made from now on is that much younger than what there is.
    ///
    /// # Errors
    /// When that would be beyond the year 9999.
    pub fn advance(&self, time: Duration) -> Result<(), Error> {
        let world = self.shared.worlds.now();
        world.options.clock.advance(time).map_err(Error::Setting)
    }

    /// Sets the server's clock. What lies between passes if the time lies ahead; if it lies back nothing is undone.
    ///
    /// # Errors
    /// When the time is none that can be written.
    pub fn set_time(&self, time: SystemTime) -> Result<(), Error> {
        let time = time.try_into();
        let time = time.map_err(|error| Error::Setting(format!("time: {error}")))?;
        self.shared.worlds.now().options.clock.set(time);
        Ok(())
    }

    /// All that the services remember, by their names: each thing as an answer shows it.
    #[must_use]
    pub fn state(&self) -> Value {
        self.shared.worlds.now().state()
    }

    /// Begins anew as it was started: state, planned faults, requests and clock. A request that is under way ends in the
    /// state in which it began.
    ///
    /// # Errors
    /// As for [`Builder::start`].
    pub fn reset(&self) -> Result<(), Error> {
        let begun = self.shared.worlds.begun().clone();
        self.shared.worlds.reset(begun)
    }

    /// Begins anew as a builder says. What is of the server and not of the services stays as it was: address, cases, and
    /// faults that requests ask for.
    ///
    /// # Errors
    /// As for [`Builder::start`].
    pub fn reset_to(&self, builder: Builder) -> Result<(), Error> {
        self.shared.worlds.reset(builder.options)
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
