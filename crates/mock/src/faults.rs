//! Faults that a request asks for with the header `x-mock-fault`, or that all others meet.
//!
//! `503*2` answers 503 to the first two requests with that method, path and header; `503` alone is
//! `503*1`. `lose*1` carries out the first request that is not refused, and closes its connection without an answer.
//! `delay:250` waits 250 ms. `retry-after:1` adds that header to the refusals. `only:POST` lets all of this concern
//! requests with that method alone. Several are joined by commas.
use std::collections::HashMap;
use std::time::Duration;

use crate::respond::Refusal;

/// The header that asks for a fault.
pub(crate) const HEADER: &str = "x-mock-fault";

/// What one header value asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) delay: Duration,
    pub(crate) retry_after: Option<u64>,
    /// The method of the requests that it concerns; all where none is named.
    pub(crate) only: Option<String>,
    /// A status, and how many requests get it.
    refuse: Option<(u16, u64)>,
    /// How many requests after those are carried out and not answered.
    lose: u64,
}

/// How often each fault was met.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    met: HashMap<String, u64>,
}

impl Asked {
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
                Some(("only", method)) => {
                    fault.only = Some(method.to_owned());
                    true
                }
                Some(_) => false,
                None => {
                    let (status, count) = part.split_once('*').unwrap_or((part, "1"));
                    match (status.parse(), count.parse::<u64>()) {
                        (_, Ok(count)) if status == "lose" => {
                            fault.lose = count;
                            true
                        }
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
                    "header/{HEADER}: {part:?} is none of 503*2, lose*2, delay:250, retry-after:1, only:POST."
                )));
            }
        }
        Ok(fault)
    }
}

/// What becomes of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is answered.
    Answered,
    /// It is refused with this status.
    Refused(u16),
    /// It is carried out, and its answer is lost.
    Lost,
}

impl Faults {
    /// What becomes of this request: the first ones are refused, those after them lost.
    pub(crate) fn meet(&mut self, key: &str, fault: &Asked) -> Fate {
        let met = self.met.entry(key.to_owned()).or_default();
        *met += 1;
        let (status, refused) = fault.refuse.unwrap_or_default();
        if *met <= refused {
            return Fate::Refused(status);
        }
        if *met <= refused.saturating_add(fault.lose) {
            return Fate::Lost;
        }
        Fate::Answered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_ends_after_its_count() {
        let fault = Asked::parse("503*2, delay:20, retry-after:1, only:GET").unwrap();
        assert_eq!(fault.delay, Duration::from_millis(20));
        assert_eq!(fault.retry_after, Some(1));
        assert_eq!(fault.only.as_deref(), Some("GET"));
        let mut faults = Faults::default();
        let seen: Vec<_> = (0..3).map(|_| faults.meet("GET /a", &fault)).collect();
        assert_eq!(
            seen,
            [Fate::Refused(503), Fate::Refused(503), Fate::Answered]
        );
        assert_eq!(faults.meet("GET /b", &fault), Fate::Refused(503));
    }

    #[test]
    fn what_is_lost_comes_after_what_is_refused() {
        let fault = Asked::parse("lose, 500*1").unwrap();
        let mut faults = Faults::default();
        let seen: Vec<_> = (0..3).map(|_| faults.meet("POST /a", &fault)).collect();
        assert_eq!(seen, [Fate::Refused(500), Fate::Lost, Fate::Answered]);
    }

    #[test]
    fn a_fault_nobody_understands_is_refused() {
        for text in ["", "200", "503*x", "lose*x", "slow", "delay:x", "later:1"] {
            assert!(Asked::parse(text).is_err(), "{text}");
        }
    }
}
