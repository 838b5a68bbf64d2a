//! Any list and any policy against a plain and slow model, which has a calendar of its own.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use snapline_retention::{ALL, GroupKey, Item, Plan, Policy, Within, plan};

const SECOND: i128 = 1_000_000_000;
const DAY: i64 = 86_400;

/// Days since 1970-01-01 of a date, counted one year and one month at a time.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let mut days = 0;
    for past in 1970..year {
        days += if is_leap(past) { 366 } else { 365 };
    }
    for past in year..1970 {
        days -= if is_leap(past) { 366 } else { 365 };
    }
    (1..month).map(|past| length(year, past)).sum::<i64>() + days + day - 1
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day of a number of days since 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    let mut year = 1970;
    while days_of(year, 1, 1) > days {
        year -= 1;
    }
    while days_of(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_of(year, month + 1, 1) <= days {
        month += 1;
    }
    (year, month, days - days_of(year, month, 1) + 1)
}

/// The stretch of the calendar that a second of the local clock is in, as numbers that grow.
fn stretch(kind: usize, local: i64) -> i64 {
    let days = local.div_euclid(DAY);
    let (year, month, _) = date_of(days);
    match kind {
        0 => local.div_euclid(3600),
        1 => days,
        // 1970-01-01 was a Thursday.
        2 => (days + 3).div_euclid(7),
        3 => year * 12 + month,
        _ => year,
    }
}

/// What must be younger than this, in seconds of the local clock.
fn before(local: i64, within: Within) -> i64 {
    let (mut year, mut month, day) = date_of(local.div_euclid(DAY));
    year -= i64::from(within.years);
    for _ in 0..within.months {
        month -= 1;
        if month == 0 {
            (year, month) = (year - 1, 12);
        }
    }
    let days = days_of(year, month, 1) + day - 1 - i64::from(within.days);
    days * DAY + local.rem_euclid(DAY) - i64::from(within.hours) * 3600
}

/// An item's seconds on the local clock. The lists have whole seconds.
fn local(policy: &Policy, item: &Item) -> i64 {
    let seconds = i64::try_from(item.created_at.unwrap() / SECOND).unwrap();
    seconds + i64::from(policy.utc_offset_minutes) * 60
}

fn is_ours(policy: &Policy, item: &Item) -> bool {
    let named = policy
        .name_prefix
        .as_ref()
        .is_none_or(|prefix| item.name.starts_with(prefix));
    let tagged = policy
        .own_tag
        .as_ref()
        .is_none_or(|tag| item.tags.contains(tag));
    named && tagged
}

fn in_future(policy: &Policy, item: &Item) -> bool {
    policy
        .now
        .is_some_and(|now| item.created_at.is_some_and(|time| time > now))
}

fn counts(item: &Item, policy: &Policy) -> bool {
    item.usable && item.created_at.is_some() && !in_future(policy, item)
}

type Key = (String, BTreeSet<String>);

fn key(policy: &Policy, item: &Item) -> Key {
    let mut key = Key::default();
    if policy.group_by.contains(&GroupKey::Group) {
        key.0.clone_from(&item.group);
    }
    if policy.group_by.contains(&GroupKey::Tags) {
        key.1.extend(item.tags.iter().cloned());
    }
    key
}

fn groups<'a>(policy: &Policy, items: &'a [Item]) -> BTreeMap<Key, Vec<&'a Item>> {
    let mut groups: BTreeMap<Key, Vec<&Item>> = BTreeMap::new();
    for item in items.iter().filter(|item| is_ours(policy, item)) {
        groups.entry(key(policy, item)).or_default().push(item);
    }
    groups
}

/// What the model deletes of a group.
fn model(policy: &Policy, group: &[&Item]) -> BTreeSet<String> {
    let mut sorted: Vec<&Item> = group
        .iter()
        .copied()
        .filter(|item| counts(item, policy))
        .collect();
    sorted.sort_by(|a, b| b.created_at.cmp(&a.created_at).then(a.id.cmp(&b.id)));
    let Some(newest) = sorted.first() else {
        return BTreeSet::new();
    };
    let waits = group.iter().any(|item| {
        !item.usable && (item.created_at.is_none() || item.created_at >= newest.created_at)
    });
    if waits || policy.is_empty() {
        return BTreeSet::new();
    }
    let mut kept: BTreeSet<&str> = BTreeSet::new();
    for list in &policy.keep_tags {
        for item in &sorted {
            let has = |tag: &String| match tag.is_empty() {
                true => item.tags.is_empty(),
                false => item.tags.contains(tag),
            };
            if list.iter().all(has) {
                kept.insert(&item.id);
            }
        }
    }
    kept.extend(
        sorted
            .iter()
            .take(policy.keep_last as usize)
            .map(|item| item.id.as_str()),
    );
    let wanted = [
        policy.keep_hourly,
        policy.keep_daily,
        policy.keep_weekly,
        policy.keep_monthly,
        policy.keep_yearly,
    ];
    let younger = |within: Within| -> Vec<&Item> {
        let edge = before(local(policy, newest), within);
        let inside = sorted.iter().filter(|item| local(policy, item) > edge);
        inside.copied().collect()
    };
    if let Some(within) = policy.keep_within.filter(|within| !within.is_zero()) {
        kept.extend(younger(within).iter().map(|item| item.id.as_str()));
    }
    let bounds = [
        policy.keep_within_hourly,
        policy.keep_within_daily,
        policy.keep_within_weekly,
        policy.keep_within_monthly,
        policy.keep_within_yearly,
    ];
    for kind in 0..5 {
        let all_of = |inside: &[&Item]| {
            let stretches: BTreeSet<i64> = inside
                .iter()
                .map(|item| stretch(kind, local(policy, item)))
                .collect();
            stretches.into_iter().rev().collect::<Vec<_>>()
        };
        let newest_in = |wanted: i64| {
            let mut inside = sorted.iter();
            inside
                .find(|item| stretch(kind, local(policy, item)) == wanted)
                .unwrap()
                .id
                .as_str()
        };
        let stretches = all_of(&sorted);
        kept.extend(
            stretches
                .iter()
                .take(wanted[kind] as usize)
                .map(|it| newest_in(*it)),
        );
        if stretches.len() < wanted[kind] as usize {
            kept.extend(sorted.last().map(|item| item.id.as_str()));
        }
        if let Some(within) = bounds[kind].filter(|within| !within.is_zero()) {
            let inside = younger(within);
            kept.extend(all_of(&inside).into_iter().map(newest_in));
            if inside.len() == sorted.len() {
                kept.extend(sorted.last().map(|item| item.id.as_str()));
            }
        }
    }
    for item in &sorted {
        if kept.len() < policy.keep_at_least as usize {
            kept.insert(&item.id);
        }
    }
    let gone = sorted
        .iter()
        .filter(|item| !kept.contains(item.id.as_str()));
    gone.map(|item| item.id.clone()).collect()
}

fn deleted(plan: &Plan) -> BTreeSet<String> {
    plan.to_delete().map(str::to_owned).collect()
}

fn within() -> impl Strategy<Value = Option<Within>> {
    let one =
        (0..3_u32, 0..14_u32, 0..40_u32, 0..50_u32).prop_map(|(years, months, days, hours)| {
            Within {
                years,
                months,
                days,
                hours,
            }
        });
    prop_oneof![3 => Just(None), 2 => one.prop_map(Some)]
}

fn count() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(0_u32), 4 => 1..6_u32, 1 => Just(ALL)]
}

fn tags() -> impl Strategy<Value = Vec<String>> {
    vec("[abm]", 0..3)
}

/// Seconds that often share an hour, a day or a week, and often lie at the edge of a month.
fn seconds() -> impl Strategy<Value = i64> {
    let near =
        |days: std::ops::Range<i64>| (days, 0..DAY).prop_map(|(day, second)| day * DAY + second);
    // 2026-01-01 is day 20454.
    prop_oneof![
        near(20_440..20_470),
        near(20_400..20_800),
        near(18_000..20_500),
        (20_440..20_520_i64, 0..24_i64).prop_map(|(day, hour)| day * DAY + hour * 3600),
        (0..60_i64, 0..120_i64).prop_map(|(month, minute)| {
            days_of(2021 + month / 12, month % 12 + 1, 1) * DAY + (minute - 60) * 60
        }),
    ]
}

prop_compose! {
    fn item()(
        name in prop_oneof![4 => Just("nightly-x"), 1 => Just("other"), 1 => Just("")],
        seconds in option::weighted(0.95, seconds()),
        tags in tags(),
        group in "[pq]?",
        usable in prop_oneof![12 => Just(true), 1 => Just(false)],
    ) -> Item {
        Item {
            name: name.to_owned(),
            created_at: seconds.map(|seconds| i128::from(seconds) * SECOND),
            tags,
            group,
            usable,
            ..Item::new("?")
        }
    }
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    vec(item(), 0..40).prop_map(|mut items| {
        for (index, item) in items.iter_mut().enumerate() {
            // Ids that are not in the order of the list.
            item.id = format!("{:02}-{index}", index * 7 % 41);
        }
        items
    })
}

prop_compose! {
    fn policy()(
        counts in [count(), count(), count(), count(), count(), count()],
        within in [within(), within(), within(), within(), within(), within()],
        keep_tags in vec(vec("[ab]?", 1..3), 0..2),
        marks in prop_oneof![Just((true, false)), Just((false, true)), Just((true, true))],
        group_by in prop_oneof![
            Just(vec![]),
            Just(vec![GroupKey::Group]),
            Just(vec![GroupKey::Tags]),
            Just(vec![GroupKey::Tags, GroupKey::Group]),
        ],
        keep_at_least in 1..5_u32,
        utc_offset_minutes in prop_oneof![Just(0), -1439..1440],
        now in option::of(seconds()),
    ) -> Policy {
        let [keep_last, keep_hourly, keep_daily, keep_weekly, keep_monthly, keep_yearly] = counts;
        let [all, hourly, daily, weekly, monthly, yearly] = within;
        Policy {
            name_prefix: marks.0.then(|| "nightly-".to_owned()),
            own_tag: marks.1.then(|| "m".to_owned()),
            keep_last, keep_hourly, keep_daily, keep_weekly, keep_monthly, keep_yearly,
            keep_within: all,
            keep_within_hourly: hourly,
            keep_within_daily: daily,
            keep_within_weekly: weekly,
            keep_within_monthly: monthly,
            keep_within_yearly: yearly,
            keep_tags,
            group_by,
            keep_at_least,
            utc_offset_minutes,
            now: now.map(|seconds| i128::from(seconds) * SECOND),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn it_is_as_the_model_says(policy in policy(), items in items()) {
        let plan = plan(&policy, &items).unwrap();
        let expected: BTreeSet<String> =
            groups(&policy, &items).values().flat_map(|group| model(&policy, group)).collect();
        prop_assert_eq!(deleted(&plan), expected);
    }

    #[test]
    fn what_must_stay_stays(policy in policy(), items in items()) {
        let plan = plan(&policy, &items).unwrap();
        prop_assert_eq!(plan.decisions().len(), items.len());
        let gone = deleted(&plan);
        prop_assert_eq!(gone.len(), plan.to_delete().len());
        for (item, decision) in items.iter().zip(plan.decisions()) {
            prop_assert_eq!(&item.id, decision.id());
            prop_assert!(!decision.reasons().is_empty());
            prop_assert_eq!(decision.is_delete(), gone.contains(&item.id));
            prop_assert!(!decision.is_delete() || (is_ours(&policy, item) && counts(item, &policy)));
        }
        for group in groups(&policy, &items).values() {
            let usable = group.iter().filter(|item| counts(item, &policy));
            let left = usable.clone().filter(|item| !gone.contains(&item.id)).count();
            prop_assert!(left >= usable.count().min(policy.keep_at_least as usize));
            let newest = group.iter().map(|item| item.created_at).max().flatten();
            if group.iter().any(|item| !item.usable && item.created_at == newest) {
                prop_assert!(group.iter().all(|item| !gone.contains(&item.id)));
            }
        }
        let times: Vec<_> = plan
            .to_delete()
            .map(|id| items.iter().find(|item| item.id == id).unwrap().created_at)
            .collect();
        prop_assert!(times.is_sorted());
    }

    #[test]
    fn the_order_of_the_list_does_not_matter(policy in policy(), items in items(), by in 0..40_usize) {
        let gone = deleted(&plan(&policy, &items).unwrap());
        let mut other = items;
        other.reverse();
        let by = by.min(other.len());
        other.rotate_left(by);
        prop_assert_eq!(deleted(&plan(&policy, &other).unwrap()), gone);
    }

    #[test]
    fn what_is_left_stays(policy in policy(), items in items()) {
        let gone = deleted(&plan(&policy, &items).unwrap());
        let left: Vec<Item> = items.into_iter().filter(|item| !gone.contains(&item.id)).collect();
        prop_assert_eq!(plan(&policy, &left).unwrap().to_delete().len(), 0);
    }

    #[test]
    fn more_rules_never_delete_more(policy in policy(), items in items(), more in 0..6_u32) {
        let gone = deleted(&plan(&policy, &items).unwrap());
        if !policy.is_empty() {
            let wider = Policy { keep_last: policy.keep_last.saturating_add(more), ..policy };
            prop_assert!(deleted(&plan(&wider, &items).unwrap()).is_subset(&gone));
        }
    }

    #[test]
    fn any_text_is_a_duration_or_says_why_not(text in "[0-9ymdhw -]{0,12}") {
        match text.parse::<Within>() {
            Ok(within) => prop_assert_eq!(within.to_string().parse(), Ok(within)),
            Err(error) => prop_assert!(error.to_string().contains("2y5m7d3h")),
        }
    }
}
