//! The rules over the snapshots of one group.

use jiff::Timestamp;

use crate::calendar::{Period, Stretch, Zone};
use crate::item::Item;
use crate::policy::{ALL, Policy};
use crate::reason::{Reason, Rule};
use crate::within::Within;

/// A snapshot that the rules may look at: ours, usable, and with a time.
pub(crate) struct Candidate<'a> {
    pub(crate) item: &'a Item,
    pub(crate) time: Timestamp,
    /// Why it is kept; empty if nothing keeps it.
    pub(crate) reasons: Vec<Reason>,
}

/// A rule that keeps the newest of each stretch of the calendar, going from the newest snapshot to the oldest.
struct Calendar {
    rule: Rule,
    /// Without one each snapshot stands for itself.
    period: Option<Period>,
    /// How many it may still keep.
    left: u32,
    /// How far back it goes, where that is bounded.
    within: Option<Bound>,
    last: Option<Stretch>,
}

/// The time in nanoseconds that snapshots must be after; none if that is before all times.
#[derive(Clone, Copy)]
struct Bound {
    within: Within,
    after: Option<i128>,
}

impl Bound {
    fn holds(self, time: Timestamp) -> bool {
        self.after.is_none_or(|after| time.as_nanosecond() > after)
    }
}

impl Calendar {
    fn judge(&mut self, time: Timestamp, is_oldest: bool, zone: Zone) -> Option<Reason> {
        if self.left == 0 || self.within.is_some_and(|bound| !bound.holds(time)) {
            return None;
        }
        let stretch = self.period.map(|period| zone.stretch(period, time));
        // What stands for itself is never in the stretch before.
        let is_new = stretch.is_none() || stretch != self.last;
        if !is_new && !is_oldest {
            return None;
        }
        self.last = stretch;
        if self.left != ALL {
            self.left -= 1;
        }
        Some(self.reason(is_new))
    }

    fn reason(&self, is_new: bool) -> Reason {
        let within = self
            .within
            .map(|bound| format!(", within {} of the newest", bound.within))
            .unwrap_or_default();
        if !is_new {
            let text = format!("the oldest of all, as {} has some left{within}", self.rule);
            return Reason::oldest(self.rule, text);
        }
        let what = match self.period {
            None => "one of the last",
            Some(Period::Hour) => "the newest of its hour",
            Some(Period::Day) => "the newest of its day",
            Some(Period::Week) => "the newest of its week",
            Some(Period::Month) => "the newest of its month",
            Some(Period::Year) => "the newest of its year",
        };
        Reason::new(self.rule, format!("{what}{within}"))
    }
}

/// Gives each candidate the reasons to keep it. They are sorted, the newest first.
pub(crate) fn apply(policy: &Policy, zone: Zone, candidates: &mut [Candidate<'_>]) {
    let Some(newest) = candidates.first().map(|newest| newest.time) else {
        return;
    };
    let bound = |within: Option<Within>| {
        within
            .filter(|within| !within.is_zero())
            .map(|within| Bound {
                within,
                after: zone.before(newest, within),
            })
    };
    let within = bound(policy.keep_within);
    let mut rules = calendar(policy, bound);
    let oldest = candidates.len() - 1;
    for (index, candidate) in candidates.iter_mut().enumerate() {
        candidate.reasons.extend(by_tags(policy, candidate.item));
        if let Some(bound) = within.filter(|bound| bound.holds(candidate.time)) {
            let text = format!("within {} of the newest", bound.within);
            candidate.reasons.push(Reason::new(Rule::KeepWithin, text));
        }
        for rule in &mut rules {
            let reason = rule.judge(candidate.time, index == oldest, zone);
            candidate.reasons.extend(reason);
        }
    }
    at_least(policy.keep_at_least, candidates);
}

/// The rules that go by the calendar.
fn calendar(policy: &Policy, bound: impl Fn(Option<Within>) -> Option<Bound>) -> Vec<Calendar> {
    use Period::{Day, Hour, Month, Week, Year};
    let counts = [
        (Rule::KeepLast, None, policy.keep_last),
        (Rule::KeepHourly, Some(Hour), policy.keep_hourly),
        (Rule::KeepDaily, Some(Day), policy.keep_daily),
        (Rule::KeepWeekly, Some(Week), policy.keep_weekly),
        (Rule::KeepMonthly, Some(Month), policy.keep_monthly),
        (Rule::KeepYearly, Some(Year), policy.keep_yearly),
    ]
    .map(|(rule, period, left)| (rule, period, left, None));
    let bounded = [
        (Rule::KeepWithinHourly, Hour, policy.keep_within_hourly),
        (Rule::KeepWithinDaily, Day, policy.keep_within_daily),
        (Rule::KeepWithinWeekly, Week, policy.keep_within_weekly),
        (Rule::KeepWithinMonthly, Month, policy.keep_within_monthly),
        (Rule::KeepWithinYearly, Year, policy.keep_within_yearly),
    ]
    .map(|(rule, period, within)| {
        let within = bound(within);
        let left = if within.is_some() { ALL } else { 0 };
        (rule, Some(period), left, within)
    });
    let one = |(rule, period, left, within)| Calendar {
        rule,
        period,
        left,
        within,
        last: None,
    };
    counts.into_iter().chain(bounded).map(one).collect()
}

fn by_tags(policy: &Policy, item: &Item) -> impl Iterator<Item = Reason> {
    let has = |tag: &String| match tag.as_str() {
        "" => item.tags.is_empty(),
        tag => item.has_tag(tag),
    };
    let lists = policy.keep_tags.iter();
    lists.filter(move |list| list.iter().all(has)).map(|list| {
        let text = match list.join(", ").as_str() {
            "" => "has no tag".to_owned(),
            tags => format!("has the tags {tags}"),
        };
        Reason::new(Rule::KeepTags, text)
    })
}

/// Keeps the newest of what nothing keeps until there are enough.
fn at_least(minimum: u32, candidates: &mut [Candidate<'_>]) {
    let kept = candidates
        .iter()
        .filter(|it| !it.reasons.is_empty())
        .count();
    let missing = usize::try_from(minimum)
        .unwrap_or(usize::MAX)
        .saturating_sub(kept);
    let spare = candidates.iter_mut().filter(|it| it.reasons.is_empty());
    for candidate in spare.take(missing) {
        let text = format!("fewer than {minimum} would be left of its group");
        candidate.reasons.push(Reason::new(Rule::KeepAtLeast, text));
    }
}
