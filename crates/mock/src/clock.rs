//! The time that a server goes by: this machine's, moved as somebody asks.
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use jiff::{SignedDuration, Timestamp};

use crate::lock::lock;

/// A clock; its copies are moved together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock(Arc<Mutex<Moved>>);

/// How far it was moved. Two ways: a date may be set back, and what was waited for is over all the same.
#[derive(Debug, Clone, Copy, Default)]
struct Moved {
    passed: Duration,
    date: SignedDuration,
}

impl Clock {
    /// What waits and limits are measured by.
    pub(crate) fn instant(&self) -> Instant {
        let now = Instant::now();
        now.checked_add(lock(&self.0).passed).unwrap_or(now)
    }

    /// The date.
    pub(crate) fn timestamp(&self) -> Timestamp {
        self.moved(Timestamp::now())
    }

    /// The date as the standard library has it.
    pub(crate) fn system_time(&self) -> SystemTime {
        SystemTime::try_from(self.timestamp()).unwrap_or_else(|_| SystemTime::now())
    }

    /// The time now, to the second, as services write it.
    pub(crate) fn now(&self) -> String {
        second(self.timestamp().as_second())
    }

    /// The time so many days ago, to the second.
    pub(crate) fn days_ago(&self, days: i64) -> String {
        second(self.timestamp().as_second() - days * 86_400)
    }

    /// The time of an instant of this clock that is over, to the second.
    pub(crate) fn at(&self, instant: Instant) -> String {
        let ago = self.instant().saturating_duration_since(instant);
        let time = self.timestamp().saturating_sub(ago);
        second(time.map_or(0, |time| time.as_second()))
    }

    /// Lets time pass; refused where there would be no such date.
    pub(crate) fn advance(&self, time: Duration) -> Result<(), String> {
        let too_far = |_| "the clock cannot go beyond the year 9999".to_owned();
        let ahead = SignedDuration::try_from(time).map_err(too_far)?;
        let until = self.timestamp().checked_add(ahead).map_err(too_far)?;
        self.set(until);
        Ok(())
    }

    /// Sets the date. What lies between passes, if it lies ahead; nothing is undone if it lies back.
    pub(crate) fn set(&self, date: Timestamp) {
        let mut moved = lock(&self.0);
        let by = date.duration_since(Timestamp::now() + moved.date);
        moved.date += by;
        moved.passed += Duration::try_from(by).unwrap_or_default();
    }

    fn moved(&self, real: Timestamp) -> Timestamp {
        real.checked_add(lock(&self.0).date)
            .unwrap_or(Timestamp::MAX)
    }
}

/// A Unix time in RFC 3339.
pub(crate) fn second(unix: i64) -> String {
    Timestamp::from_second(unix)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn time_passes_and_a_date_set_back_undoes_nothing() {
        let clock = Clock::default();
        let copy = clock.clone();
        let (instant, date) = (clock.instant(), clock.timestamp());
        clock.advance(30 * DAY).unwrap();
        assert!(copy.instant() - instant >= 30 * DAY);
        assert!(copy.timestamp().duration_since(date).as_secs() >= 30 * 86_400);
        let then = clock.instant();
        clock.set("2026-03-01T00:00:00Z".parse().unwrap());
        assert!(clock.now().starts_with("2026-03-01T00:00:0"));
        assert!(clock.days_ago(1).starts_with("2026-02-28T00:00:0"));
        assert!(clock.instant() >= then);
    }

    #[test]
    fn an_instant_that_is_over_has_its_own_time() {
        let clock = Clock::default();
        clock.set("2026-03-01T12:00:00.5Z".parse().unwrap());
        let due = clock.instant();
        clock.advance(DAY).unwrap();
        assert_eq!(clock.at(due), "2026-03-01T12:00:00Z");
    }

    #[test]
    fn there_is_no_date_beyond_the_last() {
        let clock = Clock::default();
        for far in [Duration::MAX, 10_000_000 * DAY] {
            assert!(clock.advance(far).unwrap_err().contains("9999"));
        }
    }
}
