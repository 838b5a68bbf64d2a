//! What is never deleted, and what is said about it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use snapline_retention::{Error, GroupKey, Item, Plan, Policy, Rule, parse_time, plan};

fn item(id: &str, time: &str) -> Item {
    Item {
        name: format!("nightly-{id}"),
        created_at: parse_time(time),
        ..Item::new(id)
    }
}

/// `count` of them, a day apart; the newest is the last.
fn nightly(count: usize) -> Vec<Item> {
    (1..=count)
        .map(|day| item(&day.to_string(), &format!("2026-03-{day:02}T02:00:00Z")))
        .collect()
}

fn last(count: u32) -> Policy {
    Policy {
        name_prefix: Some("nightly-".to_owned()),
        keep_last: count,
        ..Policy::default()
    }
}

fn deleted(plan: &Plan) -> Vec<&str> {
    plan.to_delete().collect()
}

fn rules(plan: &Plan, id: &str) -> Vec<Rule> {
    let decision = plan.decisions().iter().find(|it| it.id() == id).unwrap();
    decision.reasons().iter().map(|it| it.rule()).collect()
}

fn refused(policy: &Policy, items: &[Item]) -> Error {
    plan(policy, items).unwrap_err()
}

#[test]
fn without_a_mark_nothing_can_be_deleted() {
    let policy = Policy {
        name_prefix: None,
        ..last(1)
    };
    let error = refused(&policy, &nightly(3));
    assert_eq!(error.parameter(), "name_prefix");
    assert!(error.to_string().contains("set `name_prefix` or `own_tag`"));
    // A policy that deletes nothing needs no mark.
    assert_eq!(
        plan(&Policy::default(), &nightly(3))
            .unwrap()
            .to_delete()
            .len(),
        0
    );
    for (policy, parameter) in [
        (
            Policy {
                name_prefix: Some(String::new()),
                ..last(1)
            },
            "name_prefix",
        ),
        (
            Policy {
                own_tag: Some(String::new()),
                ..last(1)
            },
            "own_tag",
        ),
    ] {
        assert_eq!(refused(&policy, &[]).parameter(), parameter);
    }
}

#[test]
fn what_is_not_ours_is_kept_and_counts_as_nothing() {
    let mut items = nightly(3);
    items.push(Item {
        name: "by hand".to_owned(),
        ..item("hand", "2026-03-09T00:00:00Z")
    });
    items.push(Item {
        name: String::new(),
        ..item("nameless", "2026-02-01T00:00:00Z")
    });
    let plan_of = plan(&last(1), &items).unwrap();
    assert_eq!(deleted(&plan_of), ["1", "2"]);
    assert_eq!(rules(&plan_of, "hand"), [Rule::NotOurs]);
    // Where both marks are set, both must hold.
    items[0].tags.push("ours".to_owned());
    let both = Policy {
        own_tag: Some("ours".to_owned()),
        keep_at_least: 1,
        ..last(1)
    };
    assert_eq!(deleted(&plan(&both, &items).unwrap()), [""; 0]);
    items[1].tags.push("ours".to_owned());
    assert_eq!(deleted(&plan(&both, &items).unwrap()), ["1"]);
}

#[test]
fn what_has_no_time_is_kept_and_counts_as_nothing() {
    let mut items = nightly(3);
    items.push(item("soon", "soon"));
    items.push(Item {
        created_at: Some(i128::MAX),
        ..item("far", "")
    });
    let plan = plan(&last(1), &items).unwrap();
    assert_eq!(deleted(&plan), ["1", "2"]);
    assert_eq!(rules(&plan, "soon"), [Rule::NoTime]);
    assert_eq!(rules(&plan, "far"), [Rule::NoTime]);
}

#[test]
fn what_is_yet_to_come_is_kept_and_counts_as_nothing() {
    let mut items = nightly(3);
    items.push(item("clock", "2027-01-01T00:00:00Z"));
    assert_eq!(deleted(&plan(&last(1), &items).unwrap()), ["1", "2", "3"]);
    let policy = Policy {
        now: parse_time("2026-03-03T02:00:00Z"),
        ..last(1)
    };
    let plan = plan(&policy, &items).unwrap();
    assert_eq!(deleted(&plan), ["1", "2"]);
    assert_eq!(rules(&plan, "clock"), [Rule::InFuture]);
}

#[test]
fn a_failed_one_takes_no_place() {
    let mut items = nightly(4);
    items[2].usable = false;
    let plan = plan(&last(2), &items).unwrap();
    assert_eq!(deleted(&plan), ["1"]);
    assert_eq!(rules(&plan, "2"), [Rule::KeepLast]);
    assert_eq!(rules(&plan, "3"), [Rule::NotUsable]);
}

#[test]
fn nothing_goes_before_the_new_one_is_usable() {
    let mut items = nightly(4);
    items[3].usable = false;
    let waiting = plan(&last(1), &items).unwrap();
    assert_eq!(deleted(&waiting), [""; 0]);
    assert_eq!(rules(&waiting, "1"), [Rule::NewestNotUsable]);
    assert_eq!(rules(&waiting, "3"), [Rule::KeepLast]);
    // Other groups do not wait for it.
    for other in ["5", "6"] {
        items.push(Item {
            group: "other".to_owned(),
            ..item(other, &format!("2026-03-0{other}T02:00:00Z"))
        });
    }
    assert_eq!(deleted(&plan(&last(1), &items).unwrap()), ["5"]);
    // One that has no time yet, or that of a clock that is ahead, may be the new one.
    items.truncate(4);
    for created_at in [
        None,
        items[3].created_at,
        parse_time("2028-01-01T00:00:00Z"),
    ] {
        items[3].created_at = created_at;
        let policy = Policy {
            now: parse_time("2026-03-05T00:00:00Z"),
            ..last(1)
        };
        assert_eq!(deleted(&plan(&policy, &items).unwrap()), [""; 0]);
    }
    // At the same moment as a usable one, too.
    items[3].created_at = items[2].created_at;
    assert_eq!(deleted(&plan(&last(1), &items).unwrap()), [""; 0]);
    items[3].usable = true;
    assert_eq!(deleted(&plan(&last(1), &items).unwrap()), ["1", "2", "4"]);
}

#[test]
fn a_minimum_stays_in_each_group() {
    let items = nightly(4);
    let tagged = Policy {
        keep_tags: vec![vec!["release".to_owned()]],
        ..last(0)
    };
    let one = plan(&tagged, &items).unwrap();
    assert_eq!(deleted(&one), ["1", "2", "3"]);
    assert_eq!(rules(&one, "4"), [Rule::KeepAtLeast]);
    let policy = Policy {
        keep_at_least: 3,
        ..last(1)
    };
    let three = plan(&policy, &items).unwrap();
    assert_eq!(deleted(&three), ["1"]);
    assert_eq!(rules(&three, "2"), [Rule::KeepAtLeast]);
    assert_eq!(rules(&three, "4"), [Rule::KeepLast]);
    let more = Policy {
        keep_at_least: 9,
        ..last(1)
    };
    assert_eq!(deleted(&plan(&more, &items).unwrap()), [""; 0]);
    let none = Policy {
        keep_at_least: 0,
        ..last(1)
    };
    assert_eq!(refused(&none, &items).parameter(), "keep_at_least");
}

#[test]
fn an_id_is_listed_once() {
    let mut items = nightly(3);
    items[2].id = "1".to_owned();
    let error = refused(&last(1), &items);
    assert_eq!(
        (error.parameter(), error.rule()),
        ("items[2].id", "not twice")
    );
    items[2].id.clear();
    assert_eq!(refused(&last(1), &items).rule(), "not empty");
}

#[test]
fn values_that_cannot_be_are_refused() {
    let policy = Policy {
        keep_tags: vec![Vec::new()],
        ..last(1)
    };
    assert_eq!(refused(&policy, &[]).parameter(), "keep_tags");
    let policy = Policy {
        utc_offset_minutes: 1440,
        ..last(1)
    };
    assert_eq!(refused(&policy, &[]).parameter(), "utc_offset_minutes");
    assert_eq!(
        "host".parse::<GroupKey>().unwrap_err().parameter(),
        "group_by"
    );
    for key in [GroupKey::Group, GroupKey::Tags] {
        assert_eq!(key.as_str().parse(), Ok(key));
    }
}

#[test]
fn groups_may_go_by_tags() {
    let mut items = nightly(4);
    for (item, tags) in items
        .iter_mut()
        .zip([["a", "b"], ["b", "a"], ["a", "c"], ["a", "c"]])
    {
        item.tags = tags.map(str::to_owned).to_vec();
    }
    let policy = Policy {
        group_by: vec![GroupKey::Tags],
        ..last(1)
    };
    assert_eq!(deleted(&plan(&policy, &items).unwrap()), ["1", "3"]);
}

#[test]
fn a_day_is_one_of_the_clock_that_is_asked_for() {
    let items = [
        item("1", "2026-03-01T22:30:00Z"),
        item("2", "2026-03-01T23:30:00Z"),
        item("3", "2026-03-02T00:30:00Z"),
    ];
    let days = |utc_offset_minutes| {
        let policy = Policy {
            keep_daily: 2,
            utc_offset_minutes,
            ..last(0)
        };
        let plan = plan(&policy, &items).unwrap();
        deleted(&plan).join("")
    };
    assert_eq!(days(0), "1");
    // Of March 2 the newest, and the one of March 1.
    assert_eq!(days(60), "2");
}

#[test]
fn a_decision_reads_as_a_line() {
    let policy = Policy {
        keep_daily: 1,
        keep_within: Some("1d12h".parse().unwrap()),
        ..last(0)
    };
    let plan = plan(&policy, &nightly(3)).unwrap();
    let lines: Vec<String> = plan.decisions().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "delete 1: no rule keeps it",
            "keep 2: within 1d12h of the newest",
            "keep 3: within 1d12h of the newest; the newest of its day",
        ]
    );
}
