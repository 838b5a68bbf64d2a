//! The decision about each snapshot of a list.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

use crate::apply::{Candidate, apply};
use crate::calendar::Zone;
use crate::error::Error;
use crate::item::Item;
use crate::policy::{GroupKey, Policy};
use crate::reason::{Reason, Rule};

/// What is to become of one snapshot, and why.
///
/// ```
/// # use snapline_retention::Decision;
/// fn told(decision: &Decision) {
///     let what = if decision.is_delete() { "delete" } else { "keep" };
///     let why: Vec<String> = decision.reasons().iter().map(ToString::to_string).collect();
///     println!("{what} {}: {}", decision.id(), why.join(", "));
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    id: String,
    delete: bool,
    reasons: Vec<Reason>,
}

impl Decision {
    /// The id of the item.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it is to be deleted; else it is kept.
    #[must_use]
    pub fn is_delete(&self) -> bool {
        self.delete
    }

    /// Why; there is always one reason at least.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        &self.reasons
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.delete { "delete" } else { "keep" };
        write!(f, "{what} {}", self.id)?;
        for (index, reason) in self.reasons.iter().enumerate() {
            let sign = if index == 0 { ": " } else { "; " };
            write!(f, "{sign}{reason}")?;
        }
        Ok(())
    }
}

/// The decisions about a list.
///
/// ```
/// # use snapline_retention::Plan;
/// fn told(plan: &Plan) {
///     for decision in plan.decisions() {
///         println!("{decision}");
///     }
///     // The oldest comes first: whoever stops in between has lost the least.
///     for id in plan.to_delete() {
///         println!("to be deleted: {id}");
///     }
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    decisions: Vec<Decision>,
    /// Places in `decisions`, the oldest snapshot first.
    to_delete: Vec<usize>,
}

impl Plan {
    /// One decision for each item, in the list's order.
    #[must_use]
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// The ids of what is to be deleted, the oldest first: whoever stops in between has lost the least.
    pub fn to_delete(&self) -> impl ExactSizeIterator<Item = &str> {
        self.to_delete
            .iter()
            .map(|index| self.decisions.get(*index).map_or("", Decision::id))
    }
}

/// A snapshot on the way to its decision.
struct Judged {
    index: usize,
    time: Option<Timestamp>,
    decision: Decision,
}

/// Decides about each item of a list.
///
/// The order of the list does not matter but for the order of the decisions.
///
/// ```
/// use snapline_retention::{Item, Policy, parse_time, plan};
///
/// let policy = Policy { name_prefix: Some("nightly-".to_owned()), keep_last: 1, ..Policy::default() };
/// let item = |id: &str, time: &str| Item {
///     name: format!("nightly-{id}"),
///     created_at: parse_time(time),
///     ..Item::new(id)
/// };
/// let items = [item("a", "2026-03-01T02:00:00Z"), item("b", "2026-03-02T02:00:00Z")];
/// assert_eq!(plan(&policy, &items)?.to_delete().collect::<Vec<_>>(), ["a"]);
/// # Ok::<(), snapline_retention::Error>(())
/// ```
///
/// # Errors
/// When a value of the policy cannot be, when nothing says what is ours and there is a rule, and when an item has
/// no id or two have the same.
pub fn plan(policy: &Policy, items: &[Item]) -> Result<Plan, Error> {
    let zone = policy.check()?;
    check_ids(items)?;
    let mut groups: BTreeMap<Key<'_>, Vec<(usize, &Item)>> = BTreeMap::new();
    let mut judged = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let aside = if policy.is_empty() {
            Some(Reason::new(Rule::EmptyPolicy, "the policy has no rule"))
        } else if !policy.owns(item) {
            Some(Reason::new(Rule::NotOurs, "nothing marks it as ours"))
        } else {
            None
        };
        match aside {
            Some(reason) => judged.push(keep(index, item, vec![reason])),
            None => groups
                .entry(key(policy, item))
                .or_default()
                .push((index, item)),
        }
    }
    for group in groups.values() {
        judge(policy, zone, group, &mut judged);
    }
    judged.sort_by_key(|it| it.index);
    let mut to_delete: Vec<&Judged> = judged.iter().filter(|it| it.decision.delete).collect();
    to_delete.sort_by_key(|it| (it.time, &it.decision.id));
    Ok(Plan {
        to_delete: to_delete.iter().map(|it| it.index).collect(),
        decisions: judged.into_iter().map(|it| it.decision).collect(),
    })
}

fn check_ids(items: &[Item]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        let refuse = |rule, what: &str| {
            let parameter = format!("items[{index}].id");
            let message = format!("`{parameter}` {what}");
            Err(Error::new(parameter, rule, message))
        };
        if item.id.is_empty() {
            return refuse("not empty", "is empty; nothing could be deleted by it");
        }
        if !seen.insert(item.id.as_str()) {
            let what = format!("is `{}`, which an item before has; list each once", item.id);
            return refuse("not twice", &what);
        }
    }
    Ok(())
}

/// What the items of a group have in common.
type Key<'a> = (Option<&'a str>, Option<BTreeSet<&'a str>>);

fn key<'a>(policy: &Policy, item: &'a Item) -> Key<'a> {
    let by = |key| policy.group_by.contains(&key);
    (
        by(GroupKey::Group).then_some(item.group.as_str()),
        by(GroupKey::Tags).then(|| item.tags.iter().map(String::as_str).collect()),
    )
}

fn keep(index: usize, item: &Item, reasons: Vec<Reason>) -> Judged {
    Judged {
        index,
        time: item.time(),
        decision: Decision {
            id: item.id.clone(),
            delete: false,
            reasons,
        },
    }
}

/// Decides about the items of one group, all of which are ours.
fn judge(policy: &Policy, zone: Zone, group: &[(usize, &Item)], judged: &mut Vec<Judged>) {
    let mut candidates = Vec::new();
    for &(index, item) in group {
        let time = item.time();
        let mut reasons = Vec::new();
        match time {
            None => reasons.push(Reason::new(Rule::NoTime, "its time cannot be read")),
            Some(time) if policy.now.is_some_and(|now| time.as_nanosecond() > now) => {
                reasons.push(Reason::new(Rule::InFuture, "its time is yet to come"));
            }
            Some(_) => {}
        }
        if !item.usable {
            reasons.push(Reason::new(Rule::NotUsable, "it is not usable"));
        }
        match time {
            Some(time) if reasons.is_empty() => candidates.push((
                index,
                Candidate {
                    item,
                    time,
                    reasons,
                },
            )),
            _ => judged.push(keep(index, item, reasons)),
        }
    }
    candidates.sort_by_key(|(_, it)| (Reverse(it.time), &it.item.id));
    let newest = candidates.first().map(|(_, newest)| newest.time);
    let waits = group.iter().any(|(_, item)| may_be_newest(item, newest));
    let (indices, mut candidates): (Vec<usize>, Vec<Candidate<'_>>) =
        candidates.into_iter().unzip();
    apply(policy, zone, &mut candidates);
    for (index, mut candidate) in indices.into_iter().zip(candidates) {
        let mut delete = false;
        if candidate.reasons.is_empty() {
            delete = !waits;
            candidate.reasons.push(if delete {
                Reason::new(Rule::NoRule, "no rule keeps it")
            } else {
                let text = "the newest of its group is not usable";
                Reason::new(Rule::NewestNotUsable, text)
            });
        }
        let mut decided = keep(index, candidate.item, candidate.reasons);
        decided.decision.delete = delete;
        judged.push(decided);
    }
}

/// Whether an item is not usable and may be the newest of its group: one whose time nobody knows may be.
fn may_be_newest(item: &Item, newest_usable: Option<Timestamp>) -> bool {
    !item.usable && item.time().is_none_or(|time| Some(time) >= newest_usable)
}
