//! What the service says about the requests left.

use http::HeaderMap;
use std::time::{Duration, SystemTime};

/// The last `ratelimit-*` values seen. A value that was absent or malformed is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many requests are allowed in a period.
    pub limit: Option<u64>,
    /// How many are left.
    pub remaining: Option<u64>,
    /// When more become available, in Unix seconds.
    pub reset: Option<u64>,
}

impl RateLimit {
    /// Reads the headers of an answer; `None` if none of them can be read.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let number = |name: &str| -> Option<u64> {
            let text = headers.get(name)?.to_str().ok()?.trim();
            // A sign would be accepted by `parse`.
            if text.starts_with('+') {
                return None;
            }
            text.parse().ok()
        };
        let found = Self {
            limit: number("ratelimit-limit"),
            remaining: number("ratelimit-remaining"),
            reset: number("ratelimit-reset"),
        };
        (found.limit.is_some() || found.remaining.is_some() || found.reset.is_some())
            .then_some(found)
    }

    // How long a paced call waits: until the reset if nothing is left.
    pub(crate) fn wait(&self, now: SystemTime) -> Option<Duration> {
        if self.remaining != Some(0) {
            return None;
        }
        let reset = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(self.reset?))?;
        reset.duration_since(now).ok().filter(|w| !w.is_zero())
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

    #[test]
    fn b14_pacing_waits_only_when_nothing_is_left() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(100);
        let limit = |remaining, reset| RateLimit {
            limit: None,
            remaining,
            reset,
        };
        assert_eq!(
            limit(Some(0), Some(103)).wait(now),
            Some(Duration::from_secs(3))
        );
        assert_eq!(limit(Some(1), Some(103)).wait(now), None);
        assert_eq!(limit(Some(0), Some(99)).wait(now), None);
        assert_eq!(limit(Some(0), None).wait(now), None);
        assert_eq!(limit(Some(0), Some(u64::MAX)).wait(now), None);
    }
}
