//! When a call is sent again, and how long it waits before that.

use http::HeaderMap;
use http::header::RETRY_AFTER;
use std::time::{Duration, SystemTime};

/// A random wait before retry number `attempt` (from 1): anything up to `base` doubled each time,
/// and never above `cap`.
pub(crate) fn backoff(base: Duration, cap: Duration, attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(31);
    let ceiling = base.saturating_mul(1 << doublings).min(cap);
    ceiling.mul_f64(fastrand::f64())
}

/// The wait that the service asks for, as seconds or as a date; nothing if it cannot be read.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit are still a very long time.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(now).unwrap_or(Duration::ZERO))
}

/// Whether a status may be answered differently in a moment, for an operation that may be repeated.
pub(crate) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// Whether a status leaves open if the request was carried out.
pub(crate) fn is_indefinite(status: u16) -> bool {
    // 501 and 505 say that the server could not even try.
    (500..600).contains(&status) && !matches!(status, 501 | 505)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn hint(text: &'static str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
        // Sun, 06 Nov 1994 08:49:37 GMT
        retry_after(
            &headers,
            SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777),
        )
    }

    #[test]
    fn b7_retry_after_in_seconds_and_as_a_date() {
        assert_eq!(hint("3"), Some(Duration::from_secs(3)));
        assert_eq!(hint(" 0 "), Some(Duration::ZERO));
        assert_eq!(
            hint("Sun, 06 Nov 1994 08:49:47 GMT"),
            Some(Duration::from_secs(10))
        );
        assert_eq!(hint("Sun, 06 Nov 1994 08:49:00 GMT"), Some(Duration::ZERO));
        assert_eq!(
            hint("99999999999999999999999"),
            Some(Duration::from_secs(u64::MAX))
        );
    }

    #[test]
    fn b7_an_unreadable_hint_is_ignored() {
        for bad in ["", "soon", "-1", "1.5", "0x10"] {
            assert_eq!(hint(bad), None, "{bad}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), SystemTime::now()), None);
    }

    #[test]
    fn b7_backoff_doubles_up_to_the_cap_with_full_jitter() {
        fastrand::seed(7);
        let (base, cap) = (Duration::from_millis(500), Duration::from_secs(8));
        for (attempt, ceiling) in [(1, 500), (2, 1000), (3, 2000), (5, 8000), (60, 8000)] {
            let ceiling = Duration::from_millis(ceiling);
            let waits: Vec<_> = (0..400).map(|_| backoff(base, cap, attempt)).collect();
            assert!(waits.iter().all(|w| *w <= ceiling));
            assert!(waits.iter().any(|w| *w < ceiling / 5));
            assert!(waits.iter().any(|w| *w > ceiling * 4 / 5));
        }
        assert_eq!(backoff(Duration::MAX, Duration::ZERO, 9), Duration::ZERO);
    }
}
