//! What restic publishes of its rules: the examples of its documentation, with its snapshots and its results.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use snapline_retention::{Item, Plan, Policy, Rule, parse_time, plan};

/// The name that marks all of them as ours.
const NAME: &str = "work";

fn item(id: &str, time: &str) -> Item {
    Item {
        name: NAME.to_owned(),
        created_at: parse_time(time),
        ..Item::new(id)
    }
}

fn ours() -> Policy {
    Policy {
        name_prefix: Some(NAME.to_owned()),
        ..Policy::default()
    }
}

/// Two weeks of work with a second backup on Fridays, and none on the second Wednesday.
fn two_weeks() -> Vec<Item> {
    [
        ("60e5c031", "2025-04-21T11:00:00Z"),
        ("1dccffe9", "2025-04-22T11:00:00Z"),
        ("90a5c949", "2025-04-23T11:00:00Z"),
        ("79580708", "2025-04-24T11:00:00Z"),
        ("8a603ddf", "2025-04-25T11:00:00Z"),
        ("ae33bf10", "2025-04-25T23:00:00Z"),
        ("fb8b1418", "2025-04-28T11:00:00Z"),
        ("1db188b4", "2025-04-29T11:00:00Z"),
        ("7baa4f28", "2025-05-01T11:00:00Z"),
        ("05c48af3", "2025-05-02T11:00:00Z"),
        ("ad72e262", "2025-05-02T23:00:00Z"),
    ]
    .map(|(id, time)| item(id, time))
    .to_vec()
}

fn kept(plan: &Plan) -> Vec<&str> {
    let kept = plan.decisions().iter().filter(|it| !it.is_delete());
    kept.map(|it| it.id()).collect()
}

/// How many are kept by a rule, and by none of those before it.
fn counted(plan: &Plan, rule: Rule, before: &[Rule]) -> usize {
    let has = |decision: &&snapline_retention::Decision, rule| {
        decision.reasons().iter().any(|it| it.rule() == rule)
    };
    plan.decisions()
        .iter()
        .filter(|it| has(it, rule) && !before.iter().any(|other| has(it, *other)))
        .count()
}

#[test]
fn five_daily_ones_go_back_over_the_day_without_one() {
    let policy = Policy {
        keep_daily: 5,
        ..ours()
    };
    let plan = plan(&policy, &two_weeks()).unwrap();
    let expected = ["ae33bf10", "fb8b1418", "1db188b4", "7baa4f28", "ad72e262"];
    assert_eq!(kept(&plan), expected);
    assert_eq!(plan.to_delete().len(), 6);
    for decision in plan.decisions() {
        let rules: Vec<Rule> = decision.reasons().iter().map(|it| it.rule()).collect();
        let rule = match decision.is_delete() {
            true => Rule::NoRule,
            false => Rule::KeepDaily,
        };
        assert_eq!(rules, [rule], "{decision}");
    }
}

#[test]
fn daily_ones_within_seven_days_are_none_of_the_week_before() {
    let policy = Policy {
        keep_within_daily: Some("7d".parse().unwrap()),
        ..ours()
    };
    let plan = plan(&policy, &two_weeks()).unwrap();
    let expected = ["fb8b1418", "1db188b4", "7baa4f28", "ad72e262"];
    assert_eq!(kept(&plan), expected);
    assert_eq!(plan.to_delete().len(), 7);
    assert_eq!(counted(&plan, Rule::KeepWithinDaily, &[]), 4);
}

/// One backup a day for a hundred years.
fn a_century() -> Vec<Item> {
    let begin = parse_time("1926-01-01T12:00:00Z").unwrap();
    let day = 86_400_000_000_000_i128;
    (0..36_525)
        .map(|number| Item {
            name: NAME.to_owned(),
            created_at: Some(begin + day * number),
            ..Item::new(number.to_string())
        })
        .collect()
}

#[test]
fn a_century_of_daily_ones_is_thinned_out() {
    use Rule::{KeepDaily, KeepMonthly, KeepWeekly, KeepYearly};
    let policy = Policy {
        keep_daily: 7,
        keep_weekly: 5,
        keep_monthly: 12,
        keep_yearly: 75,
        ..ours()
    };
    let plan = plan(&policy, &a_century()).unwrap();
    assert_eq!(counted(&plan, KeepDaily, &[]), 7);
    // The newest of the week and, on the way there, the last of the week before are among the daily ones.
    let weekly = counted(&plan, KeepWeekly, &[KeepDaily]);
    assert!((3..=4).contains(&weekly), "{weekly}");
    let monthly = counted(&plan, KeepMonthly, &[KeepDaily, KeepWeekly]);
    assert!((10..=12).contains(&monthly), "{monthly}");
    let yearly = counted(&plan, KeepYearly, &[KeepDaily, KeepWeekly, KeepMonthly]);
    assert!((73..=75).contains(&yearly), "{yearly}");
    assert_eq!(kept(&plan).len(), 7 + weekly + monthly + yearly);
}

#[test]
fn the_same_policy_by_durations_keeps_the_same_kinds() {
    let within = |text: &str| Some(text.parse().unwrap());
    let policy = Policy {
        keep_within_daily: within("7d"),
        keep_within_weekly: within("1m"),
        keep_within_monthly: within("1y"),
        keep_within_yearly: within("75y"),
        ..ours()
    };
    let plan = plan(&policy, &a_century()).unwrap();
    assert_eq!(counted(&plan, Rule::KeepWithinDaily, &[]), 7);
    assert!((5..=6).contains(&counted(&plan, Rule::KeepWithinWeekly, &[])));
    assert_eq!(counted(&plan, Rule::KeepWithinMonthly, &[]), 12);
    assert_eq!(counted(&plan, Rule::KeepWithinYearly, &[]), 75);
}

#[test]
fn a_duration_counts_from_the_newest_of_the_group() {
    // Two years, five months, seven days and three hours before 2025-05-02T23:00:00Z.
    let policy = Policy {
        keep_within: Some("2y5m7d3h".parse().unwrap()),
        ..ours()
    };
    let items = [
        item("newest", "2025-05-02T23:00:00Z"),
        item("inside", "2022-11-25T20:00:01Z"),
        item("edge", "2022-11-25T20:00:00Z"),
    ];
    assert_eq!(kept(&plan(&policy, &items).unwrap()), ["newest", "inside"]);
}

#[test]
fn the_last_one_of_those_with_a_tag() {
    let with = |id: &str, time: &str, tags: &[&str]| Item {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..item(id, time)
    };
    let items = [
        with("1", "2025-04-21T11:00:00Z", &["foo"]),
        with("2", "2025-04-22T11:00:00Z", &["foo", "bar"]),
        with("3", "2025-04-23T11:00:00Z", &["bar"]),
        with("4", "2025-04-24T11:00:00Z", &[]),
        with("5", "2025-04-25T11:00:00Z", &["foo"]),
    ];
    // Of those with the tag alone.
    let tagged = Policy {
        own_tag: Some("foo".to_owned()),
        keep_last: 1,
        ..Policy::default()
    };
    assert_eq!(kept(&plan(&tagged, &items).unwrap()), ["3", "4", "5"]);
    // All of a list, or of another; the empty text is what has none.
    let lists = |lists: &[&[&str]]| Policy {
        keep_tags: lists
            .iter()
            .map(|list| list.iter().map(|tag| (*tag).to_owned()).collect())
            .collect(),
        ..ours()
    };
    let kept_by = |policy: &Policy| {
        let plan = plan(policy, &items).unwrap();
        kept(&plan).join("")
    };
    assert_eq!(kept_by(&lists(&[&["foo", "bar"]])), "2");
    assert_eq!(kept_by(&lists(&[&["foo"], &["bar"]])), "1235");
    assert_eq!(kept_by(&lists(&[&[""]])), "4");
}

#[test]
fn the_oldest_stays_while_there_are_fewer_than_asked_for() {
    let policy = Policy {
        keep_weekly: 3,
        ..ours()
    };
    let plan = plan(&policy, &two_weeks()).unwrap();
    assert_eq!(kept(&plan), ["60e5c031", "ae33bf10", "ad72e262"]);
    let oldest = plan.decisions()[0].reasons();
    assert!(oldest[0].is_oldest() && oldest[0].rule() == Rule::KeepWeekly);
    assert!(!plan.decisions()[5].reasons()[0].is_oldest());
}

#[test]
fn a_policy_without_a_rule_deletes_nothing() {
    let plan = plan(&ours(), &two_weeks()).unwrap();
    assert_eq!(kept(&plan).len(), 11);
    assert_eq!(plan.decisions()[0].reasons()[0].rule(), Rule::EmptyPolicy);
}

#[test]
fn each_group_has_its_own() {
    let items: Vec<Item> = two_weeks()
        .into_iter()
        .enumerate()
        .map(|(index, item)| Item {
            group: if index % 2 == 0 { "even" } else { "odd" }.to_owned(),
            ..item
        })
        .collect();
    let mut policy = Policy {
        keep_last: 1,
        ..ours()
    };
    assert_eq!(
        kept(&plan(&policy, &items).unwrap()),
        ["05c48af3", "ad72e262"]
    );
    policy.group_by.clear();
    assert_eq!(kept(&plan(&policy, &items).unwrap()), ["ad72e262"]);
}
