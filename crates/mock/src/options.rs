//! What a server can be asked for; each provider takes what concerns it.
use std::time::Duration;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum States {
    /// As the document has them
    Documented,
    /// As the running service is known to, where it departs from its document
    Live,
    /// As the service did before its document was what it is
    Older,
}
