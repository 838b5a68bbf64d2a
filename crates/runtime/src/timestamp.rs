//! Moments in time as the service writes them.

use crate::json::Json;
use crate::model::{DriftLog, Lenient};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::time::{Duration, SystemTime};

/// A moment: the text as received, and what it means if it is an RFC 3339 time with any offset and
/// 0 to 9 fractional digits. Any text is kept, so reading one never fails.
///
/// ```
/// use snapline_runtime::Timestamp;
///
/// let taken = Timestamp::from("2026-03-04T05:06:07+01:00");
/// assert!(taken < Timestamp::from("2026-03-04T05:06:07Z"));
/// assert_eq!(Timestamp::from("1970-01-01T00:00:01Z").unix_nanos(), Some(1_000_000_000));
/// // Any text is kept.
/// assert_eq!(Timestamp::from("soon").to_system_time(), None);
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Timestamp {
    text: String,
    instant: Option<jiff::Timestamp>,
}

impl Timestamp {
    /// The text as received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Nanoseconds since the Unix epoch; `None` if the text is no RFC 3339 time.
    #[must_use]
    pub fn unix_nanos(&self) -> Option<i128> {
        self.instant.map(jiff::Timestamp::as_nanosecond)
    }

    /// The moment as a system time; `None` if the text is no RFC 3339 time.
    #[must_use]
    pub fn to_system_time(&self) -> Option<SystemTime> {
        let nanos = self.unix_nanos()?;
        let size = Duration::new(
            u64::try_from(nanos.unsigned_abs() / 1_000_000_000).ok()?,
            u32::try_from(nanos.unsigned_abs() % 1_000_000_000).ok()?,
        );
        if nanos < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(size)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(size)
        }
    }
}

impl From<String> for Timestamp {
    fn from(text: String) -> Self {
        let instant = text.parse().ok();
        Self { text, instant }
    }
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<SystemTime> for Timestamp {
    /// Written in UTC. A time beyond the years -9999 to 9999 becomes the nearest one within.
    fn from(time: SystemTime) -> Self {
        let instant = jiff::Timestamp::try_from(time).unwrap_or({
            if time < SystemTime::UNIX_EPOCH {
                jiff::Timestamp::MIN
            } else {
                jiff::Timestamp::MAX
            }
        });
        Self {
            text: instant.to_string(),
            instant: Some(instant),
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    /// By moment, then by text; texts without a moment come first.
    fn cmp(&self, other: &Self) -> Ordering {
        self.instant
            .cmp(&other.instant)
            .then_with(|| self.text.cmp(&other.text))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

crate::json_text!(Timestamp);

impl Lenient for Timestamp {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        String::lenient(value, log).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b12_offsets_and_fractions() {
        for (text, nanos) in [
            ("1970-01-01T00:00:01Z", 1_000_000_000),
            ("1970-01-01T00:00:01.5Z", 1_500_000_000),
            ("1970-01-01T00:00:01.123456789Z", 1_123_456_789),
            ("1970-01-01T01:00:00+01:00", 0),
            ("1970-01-01T05:45:00.000000001+05:45", 1),
            ("1969-12-31t23:59:59z", -1_000_000_000),
            ("1969-12-31T18:00:00-06:00", 0),
        ] {
            let time = Timestamp::from(text);
            assert_eq!(time.unix_nanos(), Some(nanos), "{text}");
            assert_eq!(time.as_str(), text);
        }
        let before = Timestamp::from("1969-12-31T23:59:58.5Z");
        let expected = SystemTime::UNIX_EPOCH - Duration::from_millis(1500);
        assert_eq!(before.to_system_time(), Some(expected));
        assert_eq!(Timestamp::from(expected).to_system_time(), Some(expected));
    }

    #[test]
    fn b12_any_text_is_kept() {
        for text in [
            "",
            "soon",
            "2024-13-01T00:00:00Z",
            "2024-01-01",
            "1700000000",
        ] {
            let time: Timestamp = serde_json::from_value(text.into()).unwrap();
            assert_eq!(time.unix_nanos(), None, "{text}");
            assert_eq!(serde_json::to_value(&time).unwrap(), text);
        }
    }

    #[test]
    fn order_is_by_moment_then_text() {
        let mut times = [
            "2024-01-01T02:00:00+02:00",
            "2024-01-01T00:00:01Z",
            "2024-01-01T00:00:00Z",
            "x",
        ]
        .map(Timestamp::from);
        times.sort();
        let texts: Vec<_> = times.iter().map(Timestamp::as_str).collect();
        assert_eq!(
            texts,
            [
                "x",
                "2024-01-01T00:00:00Z",
                "2024-01-01T02:00:00+02:00",
                "2024-01-01T00:00:01Z"
            ]
        );
    }
}
