//! Hours, days, weeks, months and years of a clock with a fixed offset, and times before a time.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;

use crate::error::Error;
use crate::within::Within;

const HOUR: i128 = 3_600_000_000_000;
const DAY: i128 = 24 * HOUR;

/// The clock that hours and days go by.
#[derive(Clone, Copy)]
pub(crate) struct Zone(Offset);

/// A stretch of the calendar of which one snapshot is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Hour,
    Day,
    Week,
    Month,
    Year,
}

/// One of them: no two of a kind are the same.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch(i16, i8, i8, i8);

impl Zone {
    pub(crate) fn new(minutes: i32) -> Result<Self, Error> {
        let whole_day = 24 * 60;
        let offset = (-whole_day < minutes && minutes < whole_day)
            .then(|| Offset::from_seconds(minutes * 60).ok())
            .flatten();
        offset.map(Self).ok_or_else(|| {
            Error::new(
                "utc_offset_minutes",
                "less than a day",
                format!(
                    "`utc_offset_minutes` is {minutes}, and a clock is less than a day from UTC"
                ),
            )
        })
    }

    /// The stretch that a time is in.
    pub(crate) fn stretch(self, period: Period, time: Timestamp) -> Stretch {
        let local = self.0.to_datetime(time);
        let (year, month, day) = (local.year(), local.month(), local.day());
        match period {
            Period::Hour => Stretch(year, month, day, local.hour()),
            Period::Day => Stretch(year, month, day, 0),
            Period::Week => {
                let week = local.date().iso_week_date();
                Stretch(week.year(), week.week(), 0, 0)
            }
            Period::Month => Stretch(year, month, 0, 0),
            Period::Year => Stretch(year, 0, 0, 0),
        }
    }

    /// The time in nanoseconds that lies before another by a duration: first years, months and days go back on
    /// the calendar, then hours. A day that a month does not have is so many days into the next one, as
    /// February 30 is March 2. `None` where that is before all times.
    pub(crate) fn before(self, time: Timestamp, within: Within) -> Option<i128> {
        let local = self.0.to_datetime(time);
        let months = i64::from(local.year()) * 12 + i64::from(local.month())
            - 1
            - i64::from(within.years) * 12
            - i64::from(within.months);
        let year = i16::try_from(months.div_euclid(12)).ok()?;
        let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
        let first = Date::new(year, month, 1).ok()?;
        let begin = self
            .0
            .to_timestamp(DateTime::from_parts(first, local.time()))
            .ok()?;
        let days = i128::from(local.day()) - 1 - i128::from(within.days);
        Some(begin.as_nanosecond() + days * DAY - i128::from(within.hours) * HOUR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn before(offset: i32, from: &str, within: &str) -> Option<String> {
        let zone = Zone::new(offset).unwrap();
        let nanoseconds = zone.before(time(from), within.parse().unwrap())?;
        Timestamp::from_nanosecond(nanoseconds)
            .ok()
            .map(|time| time.to_string())
    }

    #[test]
    fn durations_go_back_on_the_calendar() {
        for (from, within, expected) in [
            ("2026-03-31T12:00:00Z", "7d", "2026-03-24T12:00:00Z"),
            ("2026-03-31T12:00:00Z", "1m", "2026-03-03T12:00:00Z"),
            ("2024-03-31T12:00:00Z", "1m", "2024-03-02T12:00:00Z"),
            ("2026-01-15T00:00:00.5Z", "2m", "2025-11-15T00:00:00.5Z"),
            ("2024-02-29T00:00:00Z", "1y", "2023-03-01T00:00:00Z"),
            ("2026-03-31T12:00:00Z", "2y5m7d3h", "2023-10-24T09:00:00Z"),
            ("2026-01-01T00:00:00Z", "25h", "2025-12-30T23:00:00Z"),
        ] {
            assert_eq!(
                before(0, from, within).as_deref(),
                Some(expected),
                "{from} {within}"
            );
        }
        // In New York it is still February 28.
        let earlier = before(-300, "2026-03-01T02:00:00Z", "1m");
        assert_eq!(earlier.as_deref(), Some("2026-01-29T02:00:00Z"));
        assert_eq!(before(0, "2026-01-01T00:00:00Z", "4000000000y"), None);
    }

    #[test]
    fn stretches_go_by_the_clock() {
        let same = |offset, period, a: &str, b: &str| {
            let zone = Zone::new(offset).unwrap();
            zone.stretch(period, time(a)) == zone.stretch(period, time(b))
        };
        let (late, early) = ("2026-01-31T23:30:00Z", "2026-02-01T00:30:00Z");
        for period in [Period::Hour, Period::Day, Period::Month] {
            assert!(!same(0, period, late, early));
        }
        assert!(same(0, Period::Week, late, early) && same(0, Period::Year, late, early));
        assert!(same(60, Period::Day, late, early) && !same(60, Period::Hour, late, early));
        // Weeks begin on Monday, and one may belong to two years.
        assert!(!same(
            0,
            Period::Week,
            "2026-03-01T23:59:59Z",
            "2026-03-02T00:00:00Z"
        ));
        assert!(same(
            0,
            Period::Week,
            "2025-12-29T00:00:00Z",
            "2026-01-04T23:00:00Z"
        ));
        assert!(!same(
            0,
            Period::Week,
            "2025-12-28T00:00:00Z",
            "2025-12-29T00:00:00Z"
        ));
    }

    #[test]
    fn an_offset_is_less_than_a_day() {
        assert!(Zone::new(1439).is_ok() && Zone::new(-1439).is_ok());
        for minutes in [1440, -1440, i32::MAX, i32::MIN] {
            let error = Zone::new(minutes).err().unwrap();
            assert_eq!(error.parameter(), "utc_offset_minutes");
        }
        // Also at the ends of the calendar.
        for end in [Timestamp::MIN, Timestamp::MAX] {
            for minutes in [-1439, 1439] {
                let zone = Zone::new(minutes).unwrap();
                let _ = zone.stretch(Period::Week, end);
                let _ = zone.before(end, "1m".parse().unwrap());
            }
        }
    }
}
