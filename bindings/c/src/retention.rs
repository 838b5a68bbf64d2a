//! Which snapshots of a list to keep and which to delete: a policy and a list in, a plan out.

use std::ffi::c_char;
use std::mem::MaybeUninit;

use snapline_retention::{ALL, Decision, GroupKey, Item, Plan, Policy, Reason, Within, parse_time};
use snapline_runtime::Error;

use crate::error::snapline_error;
use crate::generated::status::snapline_status;
use crate::guard::{free, get, make};
use crate::handle::{boxed, place};
use crate::input::{optional_text, required, text, texts};
use crate::outcome::call;
use crate::setter::{check, faults, put, put_some, set};
use crate::shape::{Text, pointer};

/// As a count of a rule: keep all of them.
pub const SNAPLINE_RETENTION_ALL: u32 = 0xffff_ffff;

const _: () = assert!(SNAPLINE_RETENTION_ALL == ALL);

/// What is ours, and what of it to keep. A snapshot is kept if one rule says so; a count of 0 is no rule, and
/// without a rule nothing is deleted.
///
/// Give it to any number of plans. Free it with snapline_retention_policy_free. What is in retention.h opens no
/// connection and looks at no clock, and goes on in a child process.
#[derive(Default)]
pub struct snapline_retention_policy {
    fault: Option<Error>,
    policy: Policy,
}

/// A list of snapshots to decide about. Free it with snapline_retention_items_free.
#[derive(Default)]
pub struct snapline_retention_items {
    fault: Option<Error>,
    items: Vec<Item>,
}

faults!(snapline_retention_policy: fault, snapline_retention_items: fault);

/// One decision for each item, in the order in which they were added. Reading is safe from any number of threads.
/// Free it with snapline_retention_plan_free.
pub struct snapline_retention_plan {
    decisions: Vec<DecisionTexts>,
    /// Ids, the oldest snapshot first.
    to_delete: Vec<Text>,
}

/// A decision, where C can read it.
struct DecisionTexts {
    id: Text,
    delete: bool,
    reasons: Vec<ReasonTexts>,
}

/// A reason, where C can read it.
struct ReasonTexts {
    rule: Text,
    oldest: bool,
    text: Text,
}

impl snapline_retention_plan {
    fn new(plan: &Plan) -> Self {
        Self {
            decisions: plan.decisions().iter().map(DecisionTexts::new).collect(),
            to_delete: plan.to_delete().map(Text::new).collect(),
        }
    }

    fn decision(&self, index: usize) -> Option<&DecisionTexts> {
        self.decisions.get(index)
    }

    fn reason(&self, index: usize, reason_index: usize) -> Option<&ReasonTexts> {
        self.decision(index)?.reasons.get(reason_index)
    }
}

impl DecisionTexts {
    fn new(decision: &Decision) -> Self {
        Self {
            id: Text::new(decision.id()),
            delete: decision.is_delete(),
            reasons: decision.reasons().iter().map(ReasonTexts::new).collect(),
        }
    }
}

impl ReasonTexts {
    fn new(reason: &Reason) -> Self {
        Self {
            rule: Text::new(reason.rule().as_str()),
            oldest: reason.is_oldest(),
            text: Text::new(reason.to_string()),
        }
    }
}

/// What retention refuses, as an error of C's.
fn refused(error: snapline_retention::Error) -> Error {
    Error::invalid_argument(error.parameter(), error.rule(), error.to_string())
}

fn within(duration: Result<String, Error>) -> Result<Within, Error> {
    duration?.parse().map_err(refused)
}

/// Makes a policy without a rule.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_policy_new() -> Option<Box<snapline_retention_policy>> {
    make(|| Some(snapline_retention_policy::default()))
}

/// Says that ours are those whose name begins with `prefix`. This or the tag of
/// snapline_retention_policy_set_own_tag must be set before anything is deleted; where both are, both must hold.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_retention_policy_set_name_prefix(
    policy: Option<&mut snapline_retention_policy>,
    prefix: *const c_char,
) -> snapline_status {
    put_some(
        policy,
        |policy| &mut policy.policy.name_prefix,
        || text!(prefix),
    )
}

/// Says that ours are those that have this tag.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_retention_policy_set_own_tag(
    policy: Option<&mut snapline_retention_policy>,
    tag: *const c_char,
) -> snapline_status {
    put_some(policy, |policy| &mut policy.policy.own_tag, || text!(tag))
}

/// Keeps so many of the newest; SNAPLINE_RETENTION_ALL for all of them, here and below.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_policy_set_keep_last(
    policy: Option<&mut snapline_retention_policy>,
    count: u32,
) -> snapline_status {
    put(policy, |policy| &mut policy.policy.keep_last, || Ok(count))
}

/// Keeps the newest of each hour, for so many hours that have a snapshot, back from the latest.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_policy_set_keep_hourly(
    policy: Option<&mut snapline_retention_policy>,
    count: u32,
) -> snapline_status {
    put(
        policy,
        |policy| &mut policy.policy.keep_hourly,
        || Ok(count),
    )
}

/// Keeps the newest of each day.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_policy_set_keep_daily(
    policy: Option<&mut snapline_retention_policy>,
    count: u32,
) -> snapline_status {
    put(policy, |policy| &mut policy.policy.keep_daily, || Ok(count))
}

/// Keeps the newest of each week, which begins on Monday.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_policy_set_keep_weekly(
    policy: Option<&mut snapline_retention_policy>,
    count: u32,
) -> snapline_status {
    put(
        policy,
        |policy| &mut policy.policy.keep_weekly,
        || Ok(count),
    )
}

/// Keeps the newest of each month.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_policy_set_keep_monthly(
    policy: Option<&mut snapline_retention_policy>,
    count: u32,
) -> snapline_status {
    put(
        policy,
        |policy| &mut policy.policy.keep_monthly,
        || Ok(count),
    )
}

/// Keeps the newest of each year.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_policy_set_keep_yearly(
    policy: Option<&mut snapline_retention_policy>,
    count: u32,
) -> snapline_status {
    put(
        policy,
        |policy| &mut policy.policy.keep_yearly,
        || Ok(count),
    )
}

/// Keeps all that are not so much older than the newest of their group. A duration is written as in "2y5m7d3h":
/// years, months, days, hours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_retention_policy_set_keep_within(
    policy: Option<&mut snapline_retention_policy>,
    duration: *const c_char,
) -> snapline_status {
    put_some(
        policy,
        |policy| &mut policy.policy.keep_within,
        || within(text!(duration)),
    )
}

/// Keeps the newest of each hour, of those that are not so much older than the newest of their group.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_retention_policy_set_keep_within_hourly(
    policy: Option<&mut snapline_retention_policy>,
    duration: *const c_char,
) -> snapline_status {
    put_some(
        policy,
        |policy| &mut policy.policy.keep_within_hourly,
        || within(text!(duration)),
    )
}

/// Keeps the newest of each day, of those that are not so much older than the newest of their group.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_retention_policy_set_keep_within_daily(
    policy: Option<&mut snapline_retention_policy>,
    duration: *const c_char,
) -> snapline_status {
    put_some(
        policy,
        |policy| &mut policy.policy.keep_within_daily,
        || within(text!(duration)),
    )
}

/// Keeps the newest of each week, of those that are not so much older than the newest of their group.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_retention_policy_set_keep_within_weekly(
    policy: Option<&mut snapline_retention_policy>,
    duration: *const c_char,
) -> snapline_status {
    put_some(
        policy,
        |policy| &mut policy.policy.keep_within_weekly,
        || within(text!(duration)),
    )
}

/// Keeps the newest of each month, of those that are not so much older than the newest of their group.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_retention_policy_set_keep_within_monthly(
    policy: Option<&mut snapline_retention_policy>,
    duration: *const c_char,
) -> snapline_status {
    put_some(
        policy,
        |policy| &mut policy.policy.keep_within_monthly,
        || within(text!(duration)),
    )
}

/// Keeps the newest of each year, of those that are not so much older than the newest of their group.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_retention_policy_set_keep_within_yearly(
    policy: Option<&mut snapline_retention_policy>,
    duration: *const c_char,
) -> snapline_status {
    put_some(
        policy,
        |policy| &mut policy.policy.keep_within_yearly,
        || within(text!(duration)),
    )
}

/// Keeps what has all of these tags; each call adds a list of which one must hold. The empty text alone stands for
/// what has no tag.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_retention_policy_add_keep_tags(
    policy: Option<&mut snapline_retention_policy>,
    tags: *const *const c_char,
    tags_count: usize,
) -> snapline_status {
    set(policy, |policy| {
        let tags = texts!(tags, tags_count, "tags")?;
        policy.policy.keep_tags.push(tags);
        Ok(())
    })
}

/// Says by what a list is divided before the rules go over each part: "group", which is so where nothing is set,
/// "tags", both, or neither for one group of all.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_retention_policy_set_group_by(
    policy: Option<&mut snapline_retention_policy>,
    keys: *const *const c_char,
    keys_count: usize,
) -> snapline_status {
    set(policy, |policy| {
        let keys = texts!(keys, keys_count, "keys")?;
        let keys = keys.iter().map(|key| key.parse::<GroupKey>());
        policy.policy.group_by = keys.collect::<Result<_, _>>().map_err(refused)?;
        Ok(())
    })
}

/// Says how many that can be used stay in each group whatever the rules say; 1 where nothing is set, and no less.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_policy_set_keep_at_least(
    policy: Option<&mut snapline_retention_policy>,
    count: u32,
) -> snapline_status {
    put(
        policy,
        |policy| &mut policy.policy.keep_at_least,
        || Ok(count),
    )
}

/// Says by how many minutes the clock that hours and days go by is ahead of UTC; less than a day.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_policy_set_utc_offset_minutes(
    policy: Option<&mut snapline_retention_policy>,
    minutes: i32,
) -> snapline_status {
    put(
        policy,
        |policy| &mut policy.policy.utc_offset_minutes,
        || Ok(minutes),
    )
}

/// Says what time it is, in nanoseconds since the Unix epoch: what claims to be younger is kept and counts as
/// nothing. Where it is not set all times are believed.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_policy_set_now_ns(
    policy: Option<&mut snapline_retention_policy>,
    nanoseconds: i64,
) -> snapline_status {
    put_some(
        policy,
        |policy| &mut policy.policy.now,
        || Ok(i128::from(nanoseconds)),
    )
}

/// Frees a policy.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_policy_free(policy: Option<Box<snapline_retention_policy>>) {
    free(policy);
}

/// Makes an empty list.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_items_new() -> Option<Box<snapline_retention_items>> {
    make(|| Some(snapline_retention_items::default()))
}

/// Adds a snapshot to a list.
///
/// - id: what the decision names it by; no two of a list have the same.
/// - name: NULL for none.
/// - created_at: when it was made, as RFC 3339 has it. What is no such time, and NULL, is a time that cannot be
///   read; such a snapshot is kept.
/// - group: what it is a snapshot of, such as a share's id: each has its own to keep. NULL for none.
/// - tags: its tags.
/// - tags_count: how many there are.
/// - usable: whether data can be had back from it; false for one that is being made or has failed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_retention_items_add(
    items: Option<&mut snapline_retention_items>,
    id: *const c_char,
    name: *const c_char,
    created_at: *const c_char,
    group: *const c_char,
    tags: *const *const c_char,
    tags_count: usize,
    usable: bool,
) -> snapline_status {
    set(items, |items| {
        let created_at = optional_text!(created_at)?;
        let item = Item {
            name: optional_text!(name)?.unwrap_or_default(),
            created_at: created_at.as_deref().and_then(parse_time),
            group: optional_text!(group)?.unwrap_or_default(),
            tags: texts!(tags, tags_count, "tags")?,
            usable,
            ..Item::new(text!(id)?)
        };
        items.items.push(item);
        Ok(())
    })
}

/// Frees a list.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_items_free(items: Option<Box<snapline_retention_items>>) {
    free(items);
}

/// Decides about each item of a list. Nothing is deleted by this.
///
/// Never to be deleted is what nothing marks as ours, what has no time that can be read or one that is yet to come,
/// what is not usable, anything of a group whose newest is not usable, and what would leave too few.
///
/// An error of SNAPLINE_INVALID_ARGUMENT tells of a value that cannot be, of an id that is listed twice, and of a
/// policy that has a rule and does not say what is ours. Nothing is to be deleted then.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_apply(
    policy: Option<&snapline_retention_policy>,
    items: Option<&snapline_retention_items>,
    out: Option<&mut MaybeUninit<Option<Box<snapline_retention_plan>>>>,
    error: Option<&mut MaybeUninit<Option<Box<snapline_error>>>>,
) -> snapline_status {
    call(error).run(|| {
        let policy = required("policy", policy)?;
        let items = required("items", items)?;
        let out = place("out", out)?;
        check(&policy.fault)?;
        check(&items.fault)?;
        let plan = snapline_retention::plan(&policy.policy, &items.items).map_err(refused)?;
        out.write(boxed(snapline_retention_plan::new(&plan)));
        Ok(())
    })
}

/// How many decisions there are: as many as items.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_plan_count(plan: Option<&snapline_retention_plan>) -> usize {
    get(plan, |plan| plan.decisions.len())
}

/// The id of the item that a decision is about.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_plan_id_at(
    plan: Option<&snapline_retention_plan>,
    index: usize,
) -> *const c_char {
    get(plan, |plan| pointer(plan.decision(index).map(|it| &it.id)))
}

/// Whether the item is to be deleted; else it is kept.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_plan_is_delete_at(
    plan: Option<&snapline_retention_plan>,
    index: usize,
) -> bool {
    get(plan, |plan| {
        plan.decision(index).is_some_and(|it| it.delete)
    })
}

/// How many reasons a decision has: at least one.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_plan_reason_count_at(
    plan: Option<&snapline_retention_plan>,
    index: usize,
) -> usize {
    get(plan, |plan| {
        plan.decision(index).map_or(0, |it| it.reasons.len())
    })
}

/// What a reason goes by: "keep_daily" and the like; "keep_at_least", "empty_policy", "not_ours", "no_time",
/// "in_future", "not_usable" and "newest_not_usable" for what is kept whatever the rules say; "no_rule" for what
/// is to be deleted. More may come.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_plan_reason_rule_at(
    plan: Option<&snapline_retention_plan>,
    index: usize,
    reason_index: usize,
) -> *const c_char {
    get(plan, |plan| {
        pointer(plan.reason(index, reason_index).map(|it| &it.rule))
    })
}

/// Whether the rule keeps it only since it is the oldest of all, and there are fewer than it may keep.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_plan_reason_is_oldest_at(
    plan: Option<&snapline_retention_plan>,
    index: usize,
    reason_index: usize,
) -> bool {
    get(plan, |plan| {
        plan.reason(index, reason_index).is_some_and(|it| it.oldest)
    })
}

/// A reason as half a sentence for a person.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_plan_reason_text_at(
    plan: Option<&snapline_retention_plan>,
    index: usize,
    reason_index: usize,
) -> *const c_char {
    get(plan, |plan| {
        pointer(plan.reason(index, reason_index).map(|it| &it.text))
    })
}

/// How many items are to be deleted.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_plan_to_delete_count(
    plan: Option<&snapline_retention_plan>,
) -> usize {
    get(plan, |plan| plan.to_delete.len())
}

/// The id of one that is to be deleted, by its index from 0 in an order of its own: the oldest comes first, so that
/// whoever stops in between has lost the least.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_plan_to_delete_at(
    plan: Option<&snapline_retention_plan>,
    index: usize,
) -> *const c_char {
    get(plan, |plan| pointer(plan.to_delete.get(index)))
}

/// Frees a plan.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_retention_plan_free(plan: Option<Box<snapline_retention_plan>>) {
    free(plan);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    fn read<'a>(text: *const c_char) -> &'a CStr {
        // SAFETY: every getter asked here gives a text that ends with a NUL and outlives the test's look at it.
        unsafe { CStr::from_ptr(text) }
    }

    fn applied(
        policy: &snapline_retention_policy,
        items: &snapline_retention_items,
    ) -> Result<Box<snapline_retention_plan>, Box<snapline_error>> {
        let mut plan = MaybeUninit::new(None);
        let mut error = MaybeUninit::new(None);
        snapline_retention_apply(Some(policy), Some(items), Some(&mut plan), Some(&mut error));
        // SAFETY: both were initialised above.
        let (plan, error) = unsafe { (plan.assume_init(), error.assume_init()) };
        plan.ok_or_else(|| error.unwrap())
    }

    #[test]
    fn a_plan_is_read_part_by_part() {
        let mut policy = snapline_retention_policy_new().unwrap();
        let mut items = snapline_retention_items_new().unwrap();
        // SAFETY: all texts end with a NUL.
        unsafe {
            snapline_retention_policy_set_name_prefix(Some(&mut policy), c"n".as_ptr());
            snapline_retention_policy_set_keep_within_daily(Some(&mut policy), c"2d".as_ptr());
            for (id, time) in [
                (c"a", c"2026-03-01T00:00:00Z"),
                (c"b", c"2026-03-09T00:00:00Z"),
            ] {
                let none = std::ptr::null();
                let (id, time, name) = (id.as_ptr(), time.as_ptr(), c"n1".as_ptr());
                let list = Some(&mut *items);
                snapline_retention_items_add(list, id, name, time, none, std::ptr::null(), 0, true);
            }
        }
        let plan = applied(&policy, &items).unwrap_or_else(|_| panic!("it can be done"));
        let it = Some(&*plan);
        assert_eq!(snapline_retention_plan_count(it), 2);
        assert!(snapline_retention_plan_is_delete_at(it, 0));
        assert!(!snapline_retention_plan_is_delete_at(it, 1));
        assert!(!snapline_retention_plan_is_delete_at(it, 2));
        assert_eq!(read(snapline_retention_plan_id_at(it, 1)), c"b");
        assert_eq!(snapline_retention_plan_reason_count_at(it, 1), 1);
        let rule = snapline_retention_plan_reason_rule_at(it, 1, 0);
        assert_eq!(read(rule), c"keep_within_daily");
        let text = snapline_retention_plan_reason_text_at(it, 1, 0);
        assert_eq!(
            read(text),
            c"the newest of its day, within 2d of the newest"
        );
        assert!(!snapline_retention_plan_reason_is_oldest_at(it, 1, 0));
        assert!(snapline_retention_plan_reason_rule_at(it, 1, 1).is_null());
        assert_eq!(snapline_retention_plan_to_delete_count(it), 1);
        assert_eq!(read(snapline_retention_plan_to_delete_at(it, 0)), c"a");
        assert!(snapline_retention_plan_to_delete_at(it, 1).is_null());
    }

    #[test]
    fn what_a_setter_could_not_take_is_told_by_the_plan() {
        let mut policy = snapline_retention_policy_new().unwrap();
        let items = snapline_retention_items_new().unwrap();
        // SAFETY: the text ends with a NUL.
        let status =
            unsafe { snapline_retention_policy_set_keep_within(Some(&mut policy), c"2w".as_ptr()) };
        assert_eq!(status, snapline_status::SNAPLINE_INVALID_ARGUMENT);
        let error = applied(&policy, &items).err().unwrap();
        assert_eq!(error.error().parameter(), Some("duration"));
        let mut policy = snapline_retention_policy_new().unwrap();
        snapline_retention_policy_set_keep_last(Some(&mut policy), 1);
        let error = applied(&policy, &items).err().unwrap();
        assert!(error.error().message().contains("name_prefix"));
    }
}
