//! When a call is sent again, and how long it waits before that.

use crate::settings::Limits;
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName};
use std::sync::atomic::{AtomicU32, Ordering};
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
    // The date was made by the service's clock, which need not agree with ours.
    let now = date(headers).unwrap_or(now);
    let until = date_in(headers, RETRY_AFTER)?;
    Some(until.duration_since(now).unwrap_or(Duration::ZERO))
}

/// When an answer was given, by the service's clock.
pub(crate) fn date(headers: &HeaderMap) -> Option<SystemTime> {
    date_in(headers, DATE)
}

fn date_in(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(headers.get(name)?.to_str().ok()?.trim()).ok()
}

/// How long to wait before trying again after attempt number `attempt`; nothing if the service asks
/// for longer than is allowed, or no time is `left` then.
pub(crate) fn pause(
    hint: Option<Duration>,
    limits: &Limits,
    attempt: u32,
    left: Duration,
) -> Option<Duration> {
    let wait = match hint {
        Some(hint) if hint > limits.max_retry_after => return None,
        Some(hint) if !hint.is_zero() => with_jitter(hint, left),
        // Everybody gets the same hint of no time at all; jitter keeps them from coming together.
        _ => backoff(limits.backoff_base, limits.backoff_cap, attempt),
    };
    (wait < left).then_some(wait)
}

// The most that is added to a time that somebody was told to wait.
const MOST_SPREAD: Duration = Duration::from_secs(1);

/// A time that many may have been told to wait, and a small random part of up to a tenth, so that they
/// do not all come back at once. What fits in the time `left` still does.
pub(crate) fn with_jitter(told: Duration, left: Duration) -> Duration {
    let room = (told / 10).min(MOST_SPREAD).min(left.saturating_sub(told));
    told.saturating_add(room.mul_f64(fastrand::f64()))
}

/// The retries that the calls of one client may still make together.
#[derive(Debug)]
pub(crate) struct Budget {
    most: u32,
    left: AtomicU32,
}

impl Budget {
    // What a retry costs, where a success without one earns 1.
    const RETRY: u32 = 5;

    pub(crate) fn new(retries: u32) -> Self {
        let most = retries.saturating_mul(Self::RETRY);
        Self {
            most,
            left: AtomicU32::new(most),
        }
    }

    /// Pays for a retry; false if there is nothing to pay with.
    pub(crate) fn take(&self) -> bool {
        self.change(|left| left.checked_sub(Self::RETRY))
    }

    /// Earns something for an answer that needs no retry.
    pub(crate) fn earn(&self, after_retries: bool) {
        let earned = if after_retries { Self::RETRY } else { 1 };
        self.change(|left| (left < self.most).then(|| left.saturating_add(earned).min(self.most)));
    }

    fn change(&self, change: impl FnMut(u32) -> Option<u32>) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, change)
            .is_ok()
    }
}

/// Whether a status may be answered differently in a moment, for an operation that may be repeated.
pub(crate) fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// Whether the service may have acted on a request that it answered with this status. The reasons stand
/// in docs/outcomes.md.
pub(crate) fn may_have_acted(status: u16) -> bool {
    match status {
        302 | 303 | 408 => true,
        300..=499 | 501 | 505 | 511 => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use http::HeaderValue;
    use proptest::prelude::*;

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
    fn b7_a_date_is_read_by_the_clock_that_made_it() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (DATE, "Sat, 01 Jan 2000 00:00:00 GMT"),
            (RETRY_AFTER, "Sat, 01 Jan 2000 00:00:07 GMT"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let hint = retry_after(&headers, SystemTime::now());
        assert_eq!(hint, Some(Duration::from_secs(7)));
    }

    #[test]
    fn b7_the_budget_is_spent_and_earned() {
        let budget = Budget::new(2);
        assert!(budget.take() && budget.take());
        assert!(!budget.take());
        for _ in 0..4 {
            budget.earn(false);
        }
        assert!(!budget.take());
        budget.earn(false);
        assert!(budget.take());
        budget.earn(true);
        assert!(budget.take());
        for _ in 0..100 {
            budget.earn(true);
        }
        assert!(budget.take() && budget.take() && !budget.take());
        assert!(!Budget::new(0).take());
        assert!(Budget::new(u32::MAX).take());
    }

    #[test]
    fn b7_many_that_are_told_to_wait_come_back_spread_and_none_early() {
        fastrand::seed(7);
        for (told, most) in [(1_000, 100), (7_000, 700), (60_000, 1_000)] {
            let told = Duration::from_millis(told);
            let most = Duration::from_millis(most);
            let waits: Vec<_> = (0..400).map(|_| with_jitter(told, Duration::MAX)).collect();
            assert!(waits.iter().all(|w| *w >= told && *w <= told + most));
            assert!(waits.iter().any(|w| *w < told + most / 5));
            assert!(waits.iter().any(|w| *w > told + most * 4 / 5));
        }
        // What fits in the time that is left still fits.
        let (told, left) = (Duration::from_secs(10), Duration::from_millis(10_001));
        assert!((0..400).all(|_| with_jitter(told, left) < left));
        assert_eq!(with_jitter(Duration::MAX, Duration::ZERO), Duration::MAX);
    }

    #[test]
    fn b8_a_status_tells_whether_the_service_may_have_acted() {
        for (status, acted) in [
            (101, true),
            (200, true),
            (204, true),
            (300, false),
            (301, false),
            (302, true),
            (303, true),
            (304, false),
            (307, false),
            (308, false),
            (400, false),
            (404, false),
            (408, true),
            (409, false),
            (425, false),
            (429, false),
            (500, true),
            (501, false),
            (502, true),
            (503, true),
            (504, true),
            (505, false),
            (507, true),
            (511, false),
            (520, true),
            (600, true),
            (999, true),
        ] {
            assert_eq!(may_have_acted(status), acted, "{status}");
        }
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

    fn any_duration() -> impl Strategy<Value = Duration> {
        prop_oneof![
            any::<Duration>(),
            (0..600_000_u64).prop_map(Duration::from_millis),
            Just(Duration::ZERO),
            Just(Duration::MAX),
        ]
    }

    proptest! {
        #[test]
        fn b7_backoff_stays_in_its_bounds(
            base in any_duration(), cap in any_duration(), attempt in any::<u32>(),
        ) {
            let wait = backoff(base, cap, attempt);
            prop_assert!(wait <= cap);
            let doublings = attempt.saturating_sub(1).min(31);
            prop_assert!(wait <= base.saturating_mul(1 << doublings));
        }

        #[test]
        fn b7_any_hint_is_read_or_ignored_and_never_waited_for_beyond_the_limit(
            hint in prop_oneof![
                "[ -~]{0,30}",
                "[0-9]{1,30}",
                "(Mon|Sun), [0-9]{2} (Jan|Nov) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT",
            ],
            date in proptest::option::of("(Mon|Sun), [0-9]{2} (Jan|Nov) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"),
            longest in any_duration(), base in any_duration(), cap in any_duration(), attempt in any::<u32>(),
            left in any_duration(),
        ) {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(&hint).unwrap());
            if let Some(date) = date {
                headers.insert(DATE, HeaderValue::from_str(&date).unwrap());
            }
            let hint = retry_after(&headers, SystemTime::now());
            let limits = Limits {
                max_retry_after: longest,
                backoff_base: base,
                backoff_cap: cap,
                ..Settings::default().resolve().unwrap()
            };
            match pause(hint, &limits, attempt, left) {
                Some(wait) => {
                    prop_assert!(wait < left);
                    match hint.filter(|hint| !hint.is_zero()) {
                        Some(hint) => {
                            prop_assert!(hint <= longest && wait >= hint);
                            prop_assert!(wait - hint <= (hint / 10).min(MOST_SPREAD));
                        }
                        None => prop_assert!(wait <= cap),
                    }
                }
                None => prop_assert!(
                    hint.is_some_and(|hint| hint > longest || hint >= left) || cap >= left
                ),
            }
        }
    }
}
