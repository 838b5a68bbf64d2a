//! Faults that a request asks for with the header `x-mock-fault`.
//!
//! `503*2` answers 503 to the first two requests with that method, path and header; `503` alone is
//! `503*1`. `delay:250` waits 250 ms. `retry-after:1` adds that header to the refusals. Several are
//! joined by commas.
use std::collections::HashMap;
use std::time::Duration;

use crate::respond::Refusal;

/// The header that asks for a fault.
pub(crate) const HEADER: &str = "x-mock-fault";

/// What one header value asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) delay: Duration,
    pub(crate) retry_after: Option<u64>,
    /// A status, and how many requests get it.
    refuse: Option<(u16, u64)>,
}

/// How often each fault was met.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    met: HashMap<String, u64>,
}

impl Fault {
    /// Reads the header.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        let mut fault = Self::default();
        for part in text.split(',').map(str::trim) {
            let read = match part.split_once(':') {
                Some(("delay", ms)) => ms
                    .parse()
                    .map(|ms| fault.delay = Duration::from_millis(ms))
                    .is_ok(),
                Some(("retry-after", seconds)) => seconds
                    .parse()
                    .map(|seconds| fault.retry_after = Some(seconds))
                    .is_ok(),
                Some(_) => false,
                None => {
                    let (status, count) = part.split_once('*').unwrap_or((part, "1"));
                    match (status.parse(), count.parse()) {
                        (Ok(status @ 400..=599), Ok(count)) => {
                            fault.refuse = Some((status, count));
                            true
                        }
                        _ => false,
                    }
                }
            };
            if !read {
                return Err(Refusal::bad_request(format!(
                    "header/{HEADER}: {part:?} is none of 503*2, delay:250, retry-after:1."
                )));
            }
        }
        Ok(fault)
    }
}

impl Faults {
    /// The status to refuse this request with, if it is still among the first ones.
    pub(crate) fn refuse(&mut self, key: &str, fault: &Fault) -> Option<u16> {
        let (status, count) = fault.refuse?;
        let met = self.met.entry(key.to_owned()).or_default();
        *met += 1;
        (*met <= count).then_some(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_ends_after_its_count() {
        let fault = Fault::parse("503*2, delay:20, retry-after:1").unwrap();
        assert_eq!(fault.delay, Duration::from_millis(20));
        assert_eq!(fault.retry_after, Some(1));
        let mut faults = Faults::default();
        let seen: Vec<_> = (0..3).map(|_| faults.refuse("GET /a", &fault)).collect();
        assert_eq!(seen, [Some(503), Some(503), None]);
        assert_eq!(faults.refuse("GET /b", &fault), Some(503));
    }

    #[test]
    fn a_fault_nobody_understands_is_refused() {
        for text in ["", "200", "503*x", "slow", "delay:x", "later:1"] {
            assert!(Fault::parse(text).is_err(), "{text}");
        }
    }
}
