//! What every wait can be set, in any language (B17).

use crate::ir::WaitCall;

/// A span of time that every wait takes.
pub(crate) struct WaitOption {
    /// Its name in snake case.
    pub(crate) name: &'static str,
    /// What it is, as a noun phrase.
    pub(crate) doc: &'static str,
    /// Seconds, unless it is set; that of the whole wait is each wait's own.
    default: Option<u64>,
}

/// All of them, the bound of the whole wait first.
pub(crate) const WAIT_OPTIONS: &[WaitOption] = &[
    WaitOption {
        name: "timeout",
        doc: "the bound of the whole wait, above 0",
        default: None,
    },
    WaitOption {
        name: "first_interval",
        doc: "the pause after the first poll; later ones grow",
        default: Some(2),
    },
    WaitOption {
        name: "max_interval",
        doc: "the longest pause between two polls",
        default: Some(15),
    },
    WaitOption {
        name: "not_found_grace",
        doc: "how long a 404 is borne before the object was first seen",
        default: Some(30),
    },
];

impl WaitOption {
    /// Its default for a wait, in seconds.
    pub(crate) fn default(&self, waiter: WaitCall<'_>) -> u64 {
        self.default.unwrap_or(waiter.wait.timeout)
    }

    /// Its default for a wait as people write it: `10 min`.
    pub(crate) fn default_words(&self, waiter: WaitCall<'_>) -> String {
        match self.default(waiter) {
            hours if hours % 3600 == 0 => format!("{} h", hours / 3600),
            minutes if minutes % 60 == 0 => format!("{} min", minutes / 60),
            seconds => format!("{seconds} s"),
        }
    }
}

/// Whether an argument's name is that of an option of every wait.
pub(crate) fn is_wait_option(name: &str) -> bool {
    WAIT_OPTIONS.iter().any(|option| option.name == name)
}
