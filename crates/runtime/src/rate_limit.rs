//! What the service says about the requests left.

use http::{HeaderMap, HeaderName};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// The last `ratelimit-*` values seen. A value that was absent or malformed is `None`.
///
/// ```
/// # use snapline_runtime::RateLimit;
/// // What a client's `rate_limit()` gives, or an answer's.
/// fn told(limit: RateLimit) {
///     match (limit.remaining, limit.reset) {
///         (Some(0), Some(reset)) => println!("none is left until {reset}"),
///         (remaining, _) => println!("{remaining:?} of {:?} are left", limit.limit),
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many requests are allowed in a period.
    pub limit: Option<u64>,
    /// How many are left.
    pub remaining: Option<u64>,
    /// When more become available, in Unix seconds.
    pub reset: Option<u64>,
}

// To look for a text would spell the name anew for each answer.
static LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
static REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
static RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

impl RateLimit {
    /// Reads the headers of an answer; `None` if none of them can be read.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let number = |name: &HeaderName| -> Option<u64> {
            let text = headers.get(name)?.to_str().ok()?.trim();
            // A sign would be accepted by `parse`.
            if text.starts_with('+') {
                return None;
            }
            text.parse().ok()
        };
        let found = Self {
            limit: number(&LIMIT),
            remaining: number(&REMAINING),
            reset: number(&RESET),
        };
        (found.limit.is_some() || found.remaining.is_some() || found.reset.is_some())
            .then_some(found)
    }
}

// How often a paced call is let through where nothing says how many are left.
const PROBE: Duration = Duration::from_secs(1);

// How long a paced call waits for answers under way, which may leave some for it.
const UNDER_WAY: Duration = Duration::from_millis(50);

/// The last values seen, and the paced requests that they do not count yet.
#[derive(Debug, Default)]
pub(crate) struct Pacer {
    pub(crate) seen: Option<RateLimit>,
    under_way: u64,
    probed: Option<Instant>,
}

impl Pacer {
    /// Lets a request through, to be given back with [`done`](Self::done), or says how long to wait
    /// before asking again.
    pub(crate) fn ask(&mut self, time: SystemTime, now: Instant) -> Result<(), Duration> {
        let Some((remaining, reset)) = self.seen.and_then(|seen| seen.remaining.zip(seen.reset))
        else {
            self.under_way += 1;
            return Ok(());
        };
        let until = SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_secs(reset))
            .and_then(|reset| reset.duration_since(time).ok())
            .filter(|wait| !wait.is_zero());
        match until {
            _ if remaining > self.under_way => {}
            Some(_) if remaining > 0 => return Err(UNDER_WAY),
            Some(wait) => return Err(wait),
            None => {
                // Only the next answer tells how many there are after a reset, so few go ahead.
                let probed = self.probed.map(|last| now.saturating_duration_since(last));
                if let Some(since) = probed.filter(|since| *since < PROBE) {
                    return Err(PROBE - since);
                }
                self.probed = Some(now);
            }
        }
        self.under_way += 1;
        Ok(())
    }

    /// A request that was let through came to its end.
    pub(crate) fn done(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    http::HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn b14_values_are_read_and_malformed_ones_ignored() {
        let all = RateLimit::from_headers(&headers(&[
            ("ratelimit-limit", "5000"),
            ("ratelimit-remaining", " 4999 "),
            ("ratelimit-reset", "1700000000"),
        ]))
        .unwrap();
        assert_eq!(all.limit, Some(5000));
        assert_eq!(all.remaining, Some(4999));
        assert_eq!(all.reset, Some(1_700_000_000));
        let some = RateLimit::from_headers(&headers(&[
            ("ratelimit-limit", "many"),
            ("ratelimit-remaining", "-1"),
            ("ratelimit-reset", "7"),
        ]))
        .unwrap();
        assert_eq!(
            (some.limit, some.remaining, some.reset),
            (None, None, Some(7))
        );
        assert_eq!(
            RateLimit::from_headers(&headers(&[("ratelimit-limit", "+5")])),
            None
        );
    }

    fn pace(remaining: Option<u64>, reset: Option<u64>) -> Pacer {
        Pacer {
            seen: Some(RateLimit {
                limit: None,
                remaining,
                reset,
            }),
            ..Pacer::default()
        }
    }

    #[test]
    fn b14_pacing_waits_only_when_nothing_is_left() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let ask = |remaining, reset| pace(remaining, reset).ask(time, Instant::now());
        assert_eq!(ask(Some(0), Some(103)), Err(Duration::from_secs(3)));
        for (remaining, reset) in [
            (Some(1), Some(103)),
            (Some(0), Some(99)),
            (Some(0), None),
            (None, Some(103)),
            (None, None),
        ] {
            assert_eq!(ask(remaining, reset), Ok(()), "{remaining:?} {reset:?}");
        }
        assert_eq!(Pacer::default().ask(time, Instant::now()), Ok(()));
        // A time that no clock can hold.
        assert_eq!(ask(Some(0), Some(u64::MAX)), Ok(()));
    }

    #[test]
    fn b14_requests_under_way_count() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let mut pace = pace(Some(2), Some(160));
        let now = Instant::now();
        assert_eq!(pace.ask(time, now), Ok(()));
        assert_eq!(pace.ask(time, now), Ok(()));
        assert_eq!(pace.ask(time, now), Err(UNDER_WAY));
        pace.done();
        assert_eq!(pace.ask(time, now), Ok(()));
    }

    #[test]
    fn b14_after_a_reset_calls_go_one_by_one_until_an_answer_says_more() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let mut pace = pace(Some(0), Some(100));
        let now = Instant::now();
        assert_eq!(pace.ask(time, now), Ok(()));
        assert_eq!(pace.ask(time, now), Err(PROBE));
        let later = now + Duration::from_millis(400);
        assert_eq!(
            pace.ask(time, later),
            Err(PROBE - Duration::from_millis(400))
        );
        assert_eq!(pace.ask(time, now + PROBE), Ok(()));
        pace.seen = Some(RateLimit {
            limit: None,
            remaining: Some(9),
            reset: Some(160),
        });
        assert_eq!(pace.ask(time, now + PROBE), Ok(()));
    }
}
