//! What is judged.

use jiff::Timestamp;

/// A snapshot as far as retention looks at it.
///
/// ```
/// # use snapline_retention::{Item, parse_time};
/// let item = Item {
///     name: "nightly-1".to_owned(),
///     created_at: parse_time("2026-03-01T02:00:00Z"),
///     group: "share-7".to_owned(),
///     ..Item::new("snapshot-1")
/// };
/// assert!(item.usable);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What a decision names it by; no two of a list have the same.
    pub id: String,
    /// Its name, which may begin with [`Policy::name_prefix`](crate::Policy::name_prefix).
    pub name: String,
    /// When it was made, in nanoseconds since the Unix epoch; `None` if nobody can tell. A `Timestamp` of a
    /// client's gives it by `unix_nanos`, a text by [`parse_time`].
    pub created_at: Option<i128>,
    /// Its tags.
    pub tags: Vec<String>,
    /// What it is a snapshot of, such as a share's id: each has its own snapshots to keep.
    pub group: String,
    /// Whether data can be had back from it. One that is being made or has failed is not usable.
    pub usable: bool,
}

impl Item {
    /// One with an id, that is usable, and of which nothing else is known.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: String::new(),
            created_at: None,
            tags: Vec::new(),
            group: String::new(),
            usable: true,
        }
    }

    /// When it was made, if that can be told and is a time of the calendar.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        let nanoseconds = self.created_at?;
        Timestamp::from_nanosecond(nanoseconds).ok()
    }

    pub(crate) fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|known| known == tag)
    }
}

/// The nanoseconds since the Unix epoch of an RFC 3339 time; `None` if it is none.
///
/// ```
/// # use snapline_retention::parse_time;
/// assert_eq!(parse_time("1970-01-01T01:00:00.5+01:00"), Some(500_000_000));
/// assert_eq!(parse_time("yesterday"), None);
/// ```
#[must_use]
pub fn parse_time(text: &str) -> Option<i128> {
    let time: Timestamp = text.parse().ok()?;
    Some(time.as_nanosecond())
}
