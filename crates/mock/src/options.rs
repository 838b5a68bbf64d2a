//! What a server can be asked for; each provider takes what concerns it.
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::Deserialize;

use crate::clock::Clock;
use crate::limits::RateLimit;

/// How the providers shall behave.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// How many snapshots there are from the start, where a provider begins with some.
    pub snapshots: usize,
    /// How many more volumes there are from the start, all with the tag; snapshots are of these then.
    pub volumes: usize,
    /// How long things take.
    pub settle: Settle,
    /// In whose words states are answered.
    pub states: States,
    /// How long what was made does not show.
    pub visible_after: Duration,
    /// Whether a request is refused for what the document does not name.
    pub strict: bool,
    /// The tokens that are taken; any where there is none.
    pub tokens: Vec<String>,
    /// The limits that are kept; the provider's own is counted down where there is none.
    pub limits: Vec<RateLimit>,
    /// Whether snapshots are refused beyond what a service allows of them.
    pub snapshot_limits: bool,
    /// How many seconds the clock of a service is ahead of this machine's, where it looks at the time of requests.
    pub clock_ahead: i64,
    /// How long tokens last, where a service gives some.
    pub token_life: Duration,
    /// What time it is at the start; this machine's where nothing is said.
    pub time: Option<SystemTime>,
    /// The clock that all of it goes by.
    pub(crate) clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            snapshots: 0,
            volumes: 0,
            settle: Settle::After(Duration::from_millis(300)),
            states: States::Documented,
            visible_after: Duration::ZERO,
            strict: true,
            tokens: Vec::new(),
            limits: Vec::new(),
            snapshot_limits: false,
            clock_ahead: 0,
            token_life: Duration::from_secs(3599),
            time: None,
            clock: Clock::default(),
        }
    }
}

/// How long things take.
#[derive(Debug, Clone, Copy)]
pub enum Settle {
    /// This long after the request that began it.
    After(Duration),
    /// After it was looked at this often.
    Polls(u32),
}

/// In whose words states are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum States {
    /// As the document has them
    Documented,
    /// As the running service is known to, where it departs from its document
    Live,
    /// As the service did before its document was what it is
    Older,
}

/// What shall be other than at the start, as it is asked for over HTTP.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Setup {
    snapshots: Option<usize>,
    volumes: Option<usize>,
    settle_ms: Option<u64>,
    settle_polls: Option<u32>,
    states: Option<States>,
    visible_after_ms: Option<u64>,
    strict: Option<bool>,
    tokens: Option<Vec<String>>,
    rate_limits: Option<Vec<String>>,
    snapshot_limits: Option<bool>,
    clock_ahead: Option<i64>,
    token_life: Option<u64>,
    time: Option<Timestamp>,
}

impl Setup {
    /// What was asked for at the start, but for what this says.
    pub(crate) fn over(self, begun: Options) -> Result<Options, String> {
        let limits = match self.rate_limits {
            Some(limits) => limits
                .iter()
                .map(|limit| limit.parse())
                .collect::<Result<_, _>>()?,
            None => begun.limits,
        };
        let settle = match (self.settle_ms, self.settle_polls) {
            (Some(_), Some(_)) => {
                return Err("only one of settle_ms and settle_polls goes".to_owned());
            }
            (Some(ms), None) => Settle::After(Duration::from_millis(ms)),
            (None, Some(polls)) => Settle::Polls(polls),
            (None, None) => begun.settle,
        };
        let time = self.time.map(SystemTime::try_from).transpose();
        let time = time.map_err(|error| format!("time: {error}"))?;
        let ms = |given: Option<u64>, begun| given.map_or(begun, Duration::from_millis);
        Ok(Options {
            snapshots: self.snapshots.unwrap_or(begun.snapshots),
            volumes: self.volumes.unwrap_or(begun.volumes),
            settle,
            states: self.states.unwrap_or(begun.states),
            visible_after: ms(self.visible_after_ms, begun.visible_after),
            strict: self.strict.unwrap_or(begun.strict),
            tokens: self.tokens.unwrap_or(begun.tokens),
            limits,
            snapshot_limits: self.snapshot_limits.unwrap_or(begun.snapshot_limits),
            clock_ahead: self.clock_ahead.unwrap_or(begun.clock_ahead),
            token_life: self
                .token_life
                .map_or(begun.token_life, Duration::from_secs),
            time: time.or(begun.time),
            clock: begun.clock,
        })
    }
}
