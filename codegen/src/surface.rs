//! What can be set on a client, on one call and on a wait: each once, for every language.
//!
//! The runtime's structs, C's functions, C++, Python's keywords and stubs, the agents of the tests and all
//! their documentation come from these tables. A new setting is a line here.

/// One thing that can be set.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Its name in snake case: `attempt_timeout`. Of a [`Kind::Pairs`] the name of one pair: `header`.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// What holds where it is not set: on the client's table the default itself; `None` on a call means "as
    /// the client has it", and for `timeout` of a wait "as the wait says".
    pub default: Option<Value>,
    /// What it does: a sentence that begins with a capital and ends with a full stop, of units only those
    /// that hold in every language.
    pub doc: &'static str,
}

/// What a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A span of time: `Duration`, seconds in Python, milliseconds in C.
    Duration,
    /// A whole number (u32).
    Count,
    /// A number of bytes (u64).
    Bytes,
    /// True or false.
    Flag,
    /// A text.
    Text,
    /// A path in the file system.
    Path,
    /// Pairs of a name and a value, added one by one or given as a mapping.
    Pairs,
}

/// The value that holds where a setting is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value {
    /// Of a [`Kind::Duration`].
    Milliseconds(u64),
    /// Of a [`Kind::Count`].
    Count(u32),
    /// Of a [`Kind::Bytes`].
    Bytes(u64),
    /// Of a [`Kind::Flag`].
    Flag(bool),
}

impl Setting {
    const fn new(
        name: &'static str,
        kind: Kind,
        default: Option<Value>,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            default,
            doc,
        }
    }

    /// The name of what holds it, which for pairs are all of them: `attempt_timeout`, `headers`.
    pub fn member(&self) -> String {
        match self.kind {
            Kind::Pairs => self.plural(),
            _ => self.name.to_owned(),
        }
    }

    fn plural(&self) -> String {
        match self.name {
            "query" => "query".to_owned(),
            name => format!("{name}s"),
        }
    }

    /// Whether a name is its own or the plural of it, which nothing beside it may have in any language.
    pub fn is_named(&self, name: &str) -> bool {
        self.name == name || self.plural() == name
    }

    /// The name where a span of time is a number of milliseconds: `attempt_timeout_ms`.
    pub fn in_milliseconds(&self) -> String {
        match self.kind {
            Kind::Duration => format!("{}_ms", self.name),
            _ => self.name.to_owned(),
        }
    }

    /// What it does, and what holds where it is not set.
    pub fn sentence(&self) -> String {
        match self.default {
            Some(default) => format!("{} Default: {default}.", self.doc),
            None => self.doc.to_owned(),
        }
    }
}

impl std::fmt::Display for Value {
    /// As people write it: `90 s`, `64 MiB`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::Milliseconds(ms) if ms > 0 && ms % 3_600_000 == 0 => {
                write!(f, "{} h", ms / 3_600_000)
            }
            Self::Milliseconds(ms) if ms >= 300_000 && ms % 60_000 == 0 => {
                write!(f, "{} min", ms / 60_000)
            }
            Self::Milliseconds(ms) if ms % 1_000 == 0 => write!(f, "{} s", ms / 1_000),
            Self::Milliseconds(ms) => write!(f, "{} s", ms as f64 / 1_000.0),
            Self::Count(count) => write!(f, "{count}"),
            Self::Bytes(bytes) if bytes > 0 && bytes % (1 << 20) == 0 => {
                write!(f, "{} MiB", bytes >> 20)
            }
            Self::Bytes(bytes) => write!(f, "{bytes}"),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

use Value::{Bytes as B, Count as C, Flag as F, Milliseconds as Ms};

/// What a client takes beside its credentials.
pub const CLIENT: &[Setting] = &[
    Setting::new(
        "base_url",
        Kind::Text,
        None,
        "Where requests go, such as `https://api.example.com`. A path prefix is kept.",
    ),
    Setting::new(
        "allow_insecure",
        Kind::Flag,
        Some(F(false)),
        "Lets the credentials go over plain http to a host that is not loopback.",
    ),
    Setting::new(
        "timeout",
        Kind::Duration,
        Some(Ms(90_000)),
        "The bound of a whole call with its retries, above 0.",
    ),
    Setting::new(
        "attempt_timeout",
        Kind::Duration,
        Some(Ms(30_000)),
        "The bound of each attempt, body included, above 0.",
    ),
    Setting::new(
        "connect_timeout",
        Kind::Duration,
        Some(Ms(5_000)),
        "The bound of making a connection, above 0.",
    ),
    Setting::new(
        "max_attempts",
        Kind::Count,
        Some(C(4)),
        "How often a call is sent at most, from 1 to 100.",
    ),
    Setting::new(
        "backoff_base",
        Kind::Duration,
        Some(Ms(500)),
        "The longest first pause between two attempts; each later one is up to twice as long.",
    ),
    Setting::new(
        "backoff_cap",
        Kind::Duration,
        Some(Ms(8_000)),
        "The longest pause between two attempts that the service did not ask for.",
    ),
    Setting::new(
        "max_retry_after",
        Kind::Duration,
        Some(Ms(120_000)),
        "The longest `Retry-After` that is obeyed; a longer one ends the call.",
    ),
    Setting::new(
        "max_body_bytes",
        Kind::Bytes,
        Some(B(64 << 20)),
        "How many bytes the body of an answer may have after decompression.",
    ),
    Setting::new(
        "strict",
        Kind::Flag,
        Some(F(false)),
        "Makes an answer that departs from the document an error.",
    ),
    Setting::new(
        "pacing",
        Kind::Flag,
        Some(F(false)),
        "Holds calls back while the last answer said that no request is left.",
    ),
    Setting::new(
        "check_bounds",
        Kind::Flag,
        Some(F(true)),
        "Checks arguments against the bounds that the document states before anything is sent. Without, the \
         service is the judge; what a path cannot hold is refused all the same.",
    ),
    Setting::new(
        "retry_budget",
        Kind::Count,
        Some(C(100)),
        "How many retries all calls may make together before successes earn more, so that an outage does not \
         multiply the load. A success gives a fifth of a retry, one that needed retries a whole one. 0 turns \
         retries off.",
    ),
    Setting::new(
        "ca_file",
        Kind::Path,
        None,
        "A PEM file of certificates to trust beside the system's.",
    ),
    Setting::new(
        "proxy",
        Kind::Text,
        None,
        "The http or https proxy for every request, in place of the one the environment names and whatever its \
         `NO_PROXY` says.",
    ),
    Setting::new(
        "no_proxy",
        Kind::Text,
        None,
        "Hosts (each with all below it), addresses and networks that the explicit proxy is not used for, \
         separated by commas; `*` alone turns proxies off.",
    ),
    Setting::new(
        "user_agent",
        Kind::Text,
        None,
        "Text added to the User-Agent.",
    ),
    Setting::new(
        "header",
        Kind::Pairs,
        None,
        "A header added to every request.",
    ),
];

/// What one call takes; where it is not set, the client's setting of the same name holds.
pub const CALL: &[Setting] = &[
    Setting::new(
        "timeout",
        Kind::Duration,
        None,
        "The bound of the whole call with its retries, above 0.",
    ),
    Setting::new(
        "attempt_timeout",
        Kind::Duration,
        None,
        "The bound of each attempt, body included, above 0.",
    ),
    Setting::new(
        "max_attempts",
        Kind::Count,
        None,
        "How often the call is sent at most, from 1 to 100.",
    ),
    Setting::new(
        "backoff_base",
        Kind::Duration,
        None,
        "The longest first pause between two attempts; each later one is up to twice as long.",
    ),
    Setting::new(
        "backoff_cap",
        Kind::Duration,
        None,
        "The longest pause between two attempts that the service did not ask for.",
    ),
    Setting::new(
        "max_retry_after",
        Kind::Duration,
        None,
        "The longest `Retry-After` that is obeyed; a longer one ends the call.",
    ),
    Setting::new(
        "max_body_bytes",
        Kind::Bytes,
        None,
        "How many bytes the body of the answer may have after decompression.",
    ),
    Setting::new(
        "header",
        Kind::Pairs,
        None,
        "A header added to the request; it replaces one of the same name.",
    ),
    Setting::new(
        "query",
        Kind::Pairs,
        None,
        "A query parameter added to the request.",
    ),
    Setting::new(
        "retry_post",
        Kind::Flag,
        Some(F(false)),
        "Lets a POST be sent again although it may have been carried out: it can then happen twice.",
    ),
    Setting::new(
        "strict",
        Kind::Flag,
        None,
        "Makes an answer that departs from the document an error, or not.",
    ),
    Setting::new(
        "pacing",
        Kind::Flag,
        None,
        "Holds the call back while the last answer said that no request is left, or not.",
    ),
    Setting::new(
        "check_bounds",
        Kind::Flag,
        None,
        "Checks arguments against the bounds that the document states before anything is sent, or leaves that \
         to the service. What a path cannot hold is refused all the same.",
    ),
];

/// What every wait takes (B17).
pub const WAIT: &[Setting] = &[
    Setting::new(
        "timeout",
        Kind::Duration,
        None,
        "The bound of the whole wait, above 0.",
    ),
    Setting::new(
        "first_interval",
        Kind::Duration,
        Some(Ms(2_000)),
        "The pause after the first poll; later ones grow.",
    ),
    Setting::new(
        "max_interval",
        Kind::Duration,
        Some(Ms(15_000)),
        "The longest pause between two polls.",
    ),
    Setting::new(
        "not_found_grace",
        Kind::Duration,
        Some(Ms(30_000)),
        "How long a 404 is borne before the object was first seen.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_sentence_and_a_default_of_its_kind() {
        for setting in [CLIENT, CALL, WAIT].concat() {
            assert!(setting.doc.ends_with('.'), "{}", setting.name);
            let fits = match setting.default {
                None => true,
                Some(Value::Milliseconds(_)) => setting.kind == Kind::Duration,
                Some(Value::Count(_)) => setting.kind == Kind::Count,
                Some(Value::Bytes(_)) => setting.kind == Kind::Bytes,
                Some(Value::Flag(_)) => setting.kind == Kind::Flag,
            };
            assert!(fits, "{}", setting.name);
        }
    }

    #[test]
    fn defaults_read_as_people_write_them() {
        for (default, words) in [
            (Ms(90_000), "90 s"),
            (Ms(500), "0.5 s"),
            (Ms(600_000), "10 min"),
            (Ms(3_600_000), "1 h"),
            (B(64 << 20), "64 MiB"),
            (C(4), "4"),
            (F(true), "true"),
        ] {
            assert_eq!(default.to_string(), words);
        }
    }
}
