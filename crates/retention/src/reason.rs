//! Why a snapshot is kept or deleted.

use std::fmt;

/// What a reason goes by. More may come.
///
/// ```
/// use snapline_retention::Rule;
///
/// // A rule goes by one name in every language.
/// assert_eq!(Rule::KeepDaily.as_str(), "keep_daily");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// It is among the newest, of which so many are kept.
    KeepLast,
    /// It is the newest of its hour.
    KeepHourly,
    /// It is the newest of its day.
    KeepDaily,
    /// It is the newest of its week.
    KeepWeekly,
    /// It is the newest of its month.
    KeepMonthly,
    /// It is the newest of its year.
    KeepYearly,
    /// It is not much older than the newest.
    KeepWithin,
    /// The same, and it is the newest of its hour.
    KeepWithinHourly,
    /// The same for days.
    KeepWithinDaily,
    /// The same for weeks.
    KeepWithinWeekly,
    /// The same for months.
    KeepWithinMonthly,
    /// The same for years.
    KeepWithinYearly,
    /// It has the tags of a list.
    KeepTags,
    /// Without it too few would be left in its group.
    KeepAtLeast,
    /// The policy has no rule: everything is kept.
    EmptyPolicy,
    /// Nothing marks it as ours: it is kept.
    NotOurs,
    /// Its time cannot be read: it is kept.
    NoTime,
    /// Its time is yet to come: it is kept.
    InFuture,
    /// It is not usable: it is kept, and counts as nothing.
    NotUsable,
    /// No rule keeps it, but the newest of its group is not usable yet: it is kept.
    NewestNotUsable,
    /// No rule keeps it: it is to be deleted.
    NoRule,
}

impl Rule {
    /// Its name, which is the same in every language, such as `keep_daily`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KeepLast => "keep_last",
            Self::KeepHourly => "keep_hourly",
            Self::KeepDaily => "keep_daily",
            Self::KeepWeekly => "keep_weekly",
            Self::KeepMonthly => "keep_monthly",
            Self::KeepYearly => "keep_yearly",
            Self::KeepWithin => "keep_within",
            Self::KeepWithinHourly => "keep_within_hourly",
            Self::KeepWithinDaily => "keep_within_daily",
            Self::KeepWithinWeekly => "keep_within_weekly",
            Self::KeepWithinMonthly => "keep_within_monthly",
            Self::KeepWithinYearly => "keep_within_yearly",
            Self::KeepTags => "keep_tags",
            Self::KeepAtLeast => "keep_at_least",
            Self::EmptyPolicy => "empty_policy",
            Self::NotOurs => "not_ours",
            Self::NoTime => "no_time",
            Self::InFuture => "in_future",
            Self::NotUsable => "not_usable",
            Self::NewestNotUsable => "newest_not_usable",
            Self::NoRule => "no_rule",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One reason; shown, it is half a sentence for a person.
///
/// ```
/// # use snapline_retention::{Decision, Rule};
/// fn is_ours(decision: &Decision) -> bool {
///     decision.reasons().iter().all(|reason| reason.rule() != Rule::NotOurs)
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    rule: Rule,
    oldest: bool,
    text: String,
}

impl Reason {
    pub(crate) fn new(rule: Rule, text: impl Into<String>) -> Self {
        Self {
            rule,
            oldest: false,
            text: text.into(),
        }
    }

    pub(crate) fn oldest(rule: Rule, text: impl Into<String>) -> Self {
        Self {
            oldest: true,
            ..Self::new(rule, text)
        }
    }

    /// What it goes by.
    #[must_use]
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// Whether the rule keeps it only since it is the oldest of all, and there are fewer than it may keep.
    #[must_use]
    pub fn is_oldest(&self) -> bool {
        self.oldest
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
