//! What to keep.

use crate::calendar::Zone;
use crate::error::Error;
use crate::item::Item;
use crate::within::Within;

/// As a count: keep all of them, as restic's `unlimited` does.
///
/// ```
/// use snapline_retention::{ALL, Policy};
///
/// let policy = Policy { own_tag: Some("nightly".to_owned()), keep_yearly: ALL, ..Policy::default() };
/// ```
pub const ALL: u32 = u32::MAX;

/// What a list is divided by before the rules go over each part.
///
/// ```
/// use snapline_retention::{GroupKey, Policy};
///
/// // Each thing has its own to keep, and each set of tags of it.
/// let policy = Policy { group_by: vec![GroupKey::Group, GroupKey::Tags], ..Policy::default() };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GroupKey {
    /// [`Item::group`].
    Group,
    /// The set of an item's tags.
    Tags,
}

impl GroupKey {
    /// Its name: `group` or `tags`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Tags => "tags",
        }
    }
}

impl std::str::FromStr for GroupKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        [Self::Group, Self::Tags]
            .into_iter()
            .find(|key| key.as_str() == text)
            .ok_or_else(|| {
                Error::new(
                    "group_by",
                    "group or tags",
                    format!("there is no grouping by `{text}`; there is `group`, and `tags`"),
                )
            })
    }
}

/// What is ours, and what of it to keep. A snapshot is kept if one rule says so; a count of 0 and a duration of
/// none are no rule. Where all are so, nothing is deleted.
///
/// Make one with `Policy { …, ..Policy::default() }`.
///
/// ```
/// use snapline_retention::Policy;
///
/// let policy = Policy {
///     name_prefix: Some("nightly-".to_owned()),
///     keep_daily: 7,
///     keep_weekly: 4,
///     keep_within: Some("2d".parse()?),
///     ..Policy::default()
/// };
/// # Ok::<(), snapline_retention::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Ours are those whose name begins with this. Where [`own_tag`](Self::own_tag) is set as well, both must hold.
    /// One of the two must be set before anything is deleted.
    pub name_prefix: Option<String>,
    /// Ours are those that have this tag.
    pub own_tag: Option<String>,
    /// How many of the newest to keep; [`ALL`] for all of them, here and below.
    pub keep_last: u32,
    /// For how many hours that have a snapshot to keep the newest of each; counted from the latest such hour.
    pub keep_hourly: u32,
    /// The same for days.
    pub keep_daily: u32,
    /// The same for weeks, which begin on Monday as ISO 8601 has them.
    pub keep_weekly: u32,
    /// The same for months.
    pub keep_monthly: u32,
    /// The same for years.
    pub keep_yearly: u32,
    /// Keep all that are not so much older than the newest.
    pub keep_within: Option<Within>,
    /// Of those that are not so much older than the newest keep the newest of each hour.
    pub keep_within_hourly: Option<Within>,
    /// The same for days.
    pub keep_within_daily: Option<Within>,
    /// The same for weeks.
    pub keep_within_weekly: Option<Within>,
    /// The same for months.
    pub keep_within_monthly: Option<Within>,
    /// The same for years.
    pub keep_within_yearly: Option<Within>,
    /// Keep what has all tags of one of these lists. The list of the empty text alone stands for what has no tag.
    pub keep_tags: Vec<Vec<String>>,
    /// What a list is divided by; empty for one group. By [`Item::group`] unless said otherwise.
    pub group_by: Vec<GroupKey>,
    /// How many that can be used stay in each group whatever the rules say; 1 unless said otherwise, and no less.
    pub keep_at_least: u32,
    /// By how many minutes the clock that hours and days go by is ahead of UTC.
    pub utc_offset_minutes: i32,
    /// The time now in nanoseconds since the Unix epoch. What claims to be younger is kept and counts as
    /// nothing; without it all times are believed.
    pub now: Option<i128>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            name_prefix: None,
            own_tag: None,
            keep_last: 0,
            keep_hourly: 0,
            keep_daily: 0,
            keep_weekly: 0,
            keep_monthly: 0,
            keep_yearly: 0,
            keep_within: None,
            keep_within_hourly: None,
            keep_within_daily: None,
            keep_within_weekly: None,
            keep_within_monthly: None,
            keep_within_yearly: None,
            keep_tags: Vec::new(),
            group_by: vec![GroupKey::Group],
            keep_at_least: 1,
            utc_offset_minutes: 0,
            now: None,
        }
    }
}

impl Policy {
    /// The names that [`set`](Self::set) takes: each rule, and how many stay in any case.
    pub const SETTINGS: [&str; 14] = [
        "keep_last",
        "keep_hourly",
        "keep_daily",
        "keep_weekly",
        "keep_monthly",
        "keep_yearly",
        "keep_within",
        "keep_within_hourly",
        "keep_within_daily",
        "keep_within_weekly",
        "keep_within_monthly",
        "keep_within_yearly",
        "keep_tags",
        "keep_at_least",
    ];

    /// Sets one of [`SETTINGS`](Self::SETTINGS) by its name, as a person writes it: a count is a number or `all`, a
    /// duration is as in `1y6m`, and tags that an item has all of are given with commas, once for each list.
    ///
    /// # Errors
    /// When there is no such setting, or the text is no value for it.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), Error> {
        if name == "keep_tags" {
            let tags = text.split(',').map(|tag| tag.trim().to_owned());
            self.keep_tags.push(tags.collect());
            return Ok(());
        }
        let count = match name {
            "keep_last" => Some(&mut self.keep_last),
            "keep_hourly" => Some(&mut self.keep_hourly),
            "keep_daily" => Some(&mut self.keep_daily),
            "keep_weekly" => Some(&mut self.keep_weekly),
            "keep_monthly" => Some(&mut self.keep_monthly),
            "keep_yearly" => Some(&mut self.keep_yearly),
            "keep_at_least" => Some(&mut self.keep_at_least),
            _ => None,
        };
        if let Some(count) = count {
            *count = match text {
                "all" => ALL,
                text => text.parse().map_err(|_| {
                    let message = format!("`{name}` is `{text}`: give a number, or `all`");
                    Error::new(name, "a number or `all`", message)
                })?,
            };
            return Ok(());
        }
        let within = match name {
            "keep_within" => &mut self.keep_within,
            "keep_within_hourly" => &mut self.keep_within_hourly,
            "keep_within_daily" => &mut self.keep_within_daily,
            "keep_within_weekly" => &mut self.keep_within_weekly,
            "keep_within_monthly" => &mut self.keep_within_monthly,
            "keep_within_yearly" => &mut self.keep_within_yearly,
            _ => {
                let all = Self::SETTINGS.join("`, `");
                let message = format!("there is no rule `{name}`; there are `{all}`");
                return Err(Error::new("name", "the name of a rule", message));
            }
        };
        *within = Some(text.parse()?);
        Ok(())
    }

    /// Whether it has no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let counts = [
            self.keep_last,
            self.keep_hourly,
            self.keep_daily,
            self.keep_weekly,
            self.keep_monthly,
            self.keep_yearly,
        ];
        let within = [
            self.keep_within,
            self.keep_within_hourly,
            self.keep_within_daily,
            self.keep_within_weekly,
            self.keep_within_monthly,
            self.keep_within_yearly,
        ];
        self.keep_tags.is_empty()
            && counts.iter().all(|count| *count == 0)
            && within.iter().flatten().all(Within::is_zero)
    }

    /// The clock that it goes by, unless a value of the policy is one that it cannot be.
    pub(crate) fn check(&self) -> Result<Zone, Error> {
        for (parameter, mark) in [
            ("name_prefix", &self.name_prefix),
            ("own_tag", &self.own_tag),
        ] {
            if mark.as_deref() == Some("") {
                return Err(Error::new(
                    parameter,
                    "not empty",
                    format!("`{parameter}` is empty, which would mark everything as ours"),
                ));
            }
        }
        if self.keep_at_least == 0 {
            return Err(Error::new(
                "keep_at_least",
                "at least 1",
                "`keep_at_least` must be 1 or more; what is to go altogether is deleted by hand",
            ));
        }
        if self.keep_tags.iter().any(Vec::is_empty) {
            return Err(Error::new(
                "keep_tags",
                "no empty list",
                "a list in `keep_tags` is empty; the empty text in it stands for what has no tag",
            ));
        }
        let zone = Zone::new(self.utc_offset_minutes)?;
        if !self.is_empty() && self.name_prefix.is_none() && self.own_tag.is_none() {
            return Err(Error::new(
                "name_prefix",
                "name_prefix or own_tag",
                "nothing says which snapshots are ours: set `name_prefix` or `own_tag`",
            ));
        }
        Ok(zone)
    }

    /// Whether an item is marked as ours. Without a mark nothing is.
    pub(crate) fn owns(&self, item: &Item) -> bool {
        let by_name = self
            .name_prefix
            .as_ref()
            .map(|prefix| item.name.starts_with(prefix));
        let by_tag = self.own_tag.as_ref().map(|tag| item.has_tag(tag));
        match (by_name, by_tag) {
            (None, None) => false,
            (by_name, by_tag) => by_name.unwrap_or(true) && by_tag.unwrap_or(true),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_set_by_its_name_and_no_other() {
        let mut seen = Vec::new();
        for name in Policy::SETTINGS {
            let mut policy = Policy::default();
            let text = if name.starts_with("keep_within") {
                "2d"
            } else {
                "3"
            };
            policy.set(name, text).unwrap();
            let told = format!("{policy:?}");
            assert_ne!(policy, Policy::default(), "{name}");
            assert!(!seen.contains(&told), "{name}");
            seen.push(told);
        }
        let mut policy = Policy::default();
        policy.set("keep_weekly", "all").unwrap();
        policy.set("keep_tags", "a, b").unwrap();
        assert_eq!(
            (policy.keep_weekly, policy.keep_tags),
            (ALL, vec![vec!["a".to_owned(), "b".to_owned()]])
        );
    }

    #[test]
    fn what_cannot_be_set_says_what_to_write() {
        let error = |name, text| Policy::default().set(name, text).unwrap_err().to_string();
        assert_eq!(
            error("keep_daily", "seven"),
            "`keep_daily` is `seven`: give a number, or `all`"
        );
        assert!(error("keep_daily", "-1").contains("give a number"));
        assert!(error("keep_within", "7").contains("2y5m7d3h"));
        assert!(
            error("keep_dayly", "7")
                .contains("there is no rule `keep_dayly`; there are `keep_last`")
        );
    }
}
