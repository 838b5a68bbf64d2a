//! How many requests each token may make.
use std::collections::{HashMap, VecDeque, vec_deque};
use std::str::FromStr;
use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::lock::lock;
use crate::respond::Refusal;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

/// So many tokens are counted; one more begins all of them anew, so that nobody fills the memory.
const TOKENS: usize = 1000;

/// How many requests a token may make in a time, beyond which they are refused with 429.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    requests: u64,
    window: Duration,
    /// Whether the refusal says when to come again, as the service does for bursts alone.
    burst: bool,
}

impl RateLimit {
    /// The budget that every answer tells of.
    #[must_use]
    pub fn per_hour(requests: u64) -> Self {
        Self::within(requests, HOUR)
    }

    /// The same budget in a shorter time, so that a client can be watched as it keeps to it.
    #[must_use]
    pub fn within(requests: u64, window: Duration) -> Self {
        Self {
            requests,
            window,
            burst: false,
        }
    }

    /// The limit of bursts, of which nothing is told before it is met; its 429 has `retry-after`.
    #[must_use]
    pub fn per_minute(requests: u64) -> Self {
        Self {
            requests,
            window: MINUTE,
            burst: true,
        }
    }
}

impl FromStr for RateLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is none of 5000, 5000/hour, 250/minute, 10/30s");
        let (requests, window) = text.split_once('/').unwrap_or((text, "hour"));
        let requests = requests.parse().map_err(|_| wrong())?;
        match window {
            "hour" => Ok(Self::per_hour(requests)),
            "minute" => Ok(Self::per_minute(requests)),
            other => other
                .strip_suffix('s')
                .and_then(|seconds| seconds.parse().ok())
                .filter(|seconds| (1..=HOUR.as_secs()).contains(seconds))
                .map(|seconds| Self::within(requests, Duration::from_secs(seconds)))
                .ok_or_else(wrong),
        }
    }
}

/// The limits of a server, and what each token has used of them.
#[derive(Debug)]
pub(crate) struct Limits {
    budget: RateLimit,
    /// Whether a used up budget is refused; otherwise it begins anew.
    refuses: bool,
    burst: Option<RateLimit>,
    used: Mutex<HashMap<String, VecDeque<Instant>>>,
}

impl Limits {
    /// The last of each kind counts; `usual` is counted down when no budget is asked for.
    pub(crate) fn new(asked: &[RateLimit], usual: RateLimit) -> Self {
        let last = |burst| asked.iter().rev().find(|limit| limit.burst == burst);
        let budget = last(false).copied();
        Self {
            budget: budget.unwrap_or(usual),
            refuses: budget.is_some(),
            burst: last(true).copied(),
            used: Mutex::default(),
        }
    }

    /// Counts a request, or refuses it and says in how many seconds it may come again.
    pub(crate) fn take(&self, token: &str, now: Instant) -> Result<(), (Refusal, Option<u64>)> {
        let mut all = lock(&self.used);
        if all.len() >= TOKENS && !all.contains_key(token) {
            all.clear();
        }
        let used = all.entry(token.to_owned()).or_default();
        let longest = self.burst.map_or(self.budget.window, |burst| {
            burst.window.max(self.budget.window)
        });
        while used.front().is_some_and(|made| now - *made >= longest) {
            used.pop_front();
        }
        let refuse = |limit: &RateLimit, seconds| {
            let message = format!("The budget of {} requests is used up.", limit.requests);
            let refusal = Refusal::new(429, "too_many_requests", message);
            Err((refusal, seconds))
        };
        if within(used, &self.budget, now) >= self.budget.requests {
            if self.refuses {
                return refuse(&self.budget, None);
            }
            used.clear();
        }
        if let Some(burst) = &self.burst
            && within(used, burst, now) >= burst.requests
        {
            return refuse(burst, Some(whole_seconds(free_in(used, burst, now))));
        }
        used.push_back(now);
        Ok(())
    }

    /// What every answer tells: the budget, what is left of it, and when the oldest request leaves it.
    pub(crate) fn headers(&self, token: &str, now: Instant) -> [(String, String); 3] {
        let all = lock(&self.used);
        let none = VecDeque::new();
        let used = all.get(token).unwrap_or(&none);
        let budget = &self.budget;
        let left = budget.requests.saturating_sub(within(used, budget, now));
        // By this machine's clock, which is the client's as well, wherever the server's was moved.
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let reset = whole_seconds(unix + free_in(used, budget, now));
        [
            ("ratelimit-limit", budget.requests),
            ("ratelimit-remaining", left),
            ("ratelimit-reset", reset),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_string()))
    }
}

/// The requests that a limit still counts, oldest first.
fn counted<'a>(
    used: &'a VecDeque<Instant>,
    limit: &RateLimit,
    now: Instant,
) -> vec_deque::Iter<'a, Instant> {
    let window = limit.window;
    let first = used.partition_point(move |made| now.saturating_duration_since(*made) >= window);
    used.range(first..)
}

fn within(used: &VecDeque<Instant>, limit: &RateLimit, now: Instant) -> u64 {
    u64::try_from(counted(used, limit, now).len()).unwrap_or(u64::MAX)
}

/// How long until the oldest request that a limit counts leaves it.
fn free_in(used: &VecDeque<Instant>, limit: &RateLimit, now: Instant) -> Duration {
    let oldest = counted(used, limit, now).next();
    oldest.map_or(limit.window, |oldest| {
        limit
            .window
            .saturating_sub(now.saturating_duration_since(*oldest))
    })
}

/// Never early.
fn whole_seconds(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remaining(limits: &Limits, token: &str, now: Instant) -> String {
        limits.headers(token, now)[1].1.clone()
    }

    #[test]
    fn a_limit_is_read() {
        let read = |text: &str| text.parse::<RateLimit>();
        assert_eq!(read("9"), Ok(RateLimit::per_hour(9)));
        assert_eq!(read("9/hour"), Ok(RateLimit::per_hour(9)));
        assert_eq!(read("9/minute"), Ok(RateLimit::per_minute(9)));
        assert_eq!(
            read("9/5s"),
            Ok(RateLimit::within(9, Duration::from_secs(5)))
        );
        for wrong in ["", "/hour", "9/", "9/day", "-1", "9/0s", "9/4000s", "9/s"] {
            assert!(read(wrong).unwrap_err().contains("250/minute"), "{wrong}");
        }
    }

    #[test]
    fn without_a_limit_it_counts_down_for_each_token_and_begins_anew() {
        let limits = Limits::new(&[], RateLimit::per_hour(5000));
        let now = Instant::now();
        assert_eq!(remaining(&limits, "a", now), "5000");
        for _ in 0..5000 {
            limits.take("a", now).unwrap();
        }
        assert_eq!(remaining(&limits, "a", now), "0");
        assert_eq!(remaining(&limits, "b", now), "5000");
        limits.take("a", now).unwrap();
        assert_eq!(remaining(&limits, "a", now), "4999");
    }

    #[test]
    fn a_budget_comes_back_as_its_requests_grow_old() {
        let limits = Limits::new(
            &[RateLimit::within(2, Duration::from_secs(10))],
            RateLimit::per_hour(5000),
        );
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        limits.take("a", at(0)).unwrap();
        limits.take("a", at(4)).unwrap();
        let (refusal, hint) = limits.take("a", at(9)).unwrap_err();
        assert_eq!((refusal.status, hint), (429, None));
        assert_eq!(remaining(&limits, "a", at(10)), "1");
        limits.take("a", at(10)).unwrap();
        assert!(limits.take("a", at(13)).is_err());
        limits.take("a", at(14)).unwrap();
    }

    #[test]
    fn a_burst_says_when_to_come_again() {
        let limits = Limits::new(
            &[RateLimit::per_minute(1), RateLimit::per_hour(9)],
            RateLimit::per_hour(5000),
        );
        let start = Instant::now();
        limits.take("a", start).unwrap();
        let later = start + Duration::from_millis(20_400);
        let (refusal, hint) = limits.take("a", later).unwrap_err();
        assert_eq!((refusal.status, hint), (429, Some(40)));
        limits.take("b", later).unwrap();
        limits.take("a", later + Duration::from_secs(40)).unwrap();
        // The budget of the hour knows nothing of it.
        assert_eq!(
            remaining(&limits, "a", later + Duration::from_secs(40)),
            "7"
        );
    }
}
