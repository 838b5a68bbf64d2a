//! What else is done with snapshots, over a service in memory, and policies as they are written.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use common::{Fault, KINDS, Memory};
use jiff::SignedDuration;
use serde_json::json;
use snapline_lifecycle::copy::copy;
use snapline_lifecycle::cost::cost;
use snapline_lifecycle::orphans::{delete, orphans};
use snapline_lifecycle::policy::{self, duration};
use snapline_lifecycle::restore::{Wanted, newest, restore};
use snapline_lifecycle::simulate::simulate;
use snapline_lifecycle::{Service as _, Snapshot, snapshots, things};

async fn all(memory: &Memory) -> Vec<Snapshot> {
    snapshots(memory, &KINDS[0], &[], 1).await.unwrap()
}

#[tokio::test]
async fn the_newest_becomes_a_new_thing_and_once_only() {
    let memory = Memory::new();
    memory.shot("7", "nightly-1", "up");
    memory.nights(1);
    memory.shot("7", "nightly-2", "up");
    memory.nights(1);
    memory.shot("7", "nightly-3", "new");
    let all = all(&memory).await;
    let snapshot = newest(&all, "nightly-").unwrap();
    assert_eq!(snapshot.name, "nightly-2");
    let wanted = Wanted {
        name: "again".to_owned(),
        ..Wanted::default()
    };
    let foreseen = restore(&memory, snapshot, None, &wanted, true)
        .await
        .unwrap();
    assert_eq!((foreseen.size, foreseen.id), (json!(4), None));
    memory.fault("disks.make", Fault::Refused);
    assert!(
        restore(&memory, snapshot, None, &wanted, false)
            .await
            .is_err()
    );
    let made = restore(&memory, snapshot, None, &wanted, false)
        .await
        .unwrap();
    let thing = made.thing.unwrap();
    assert_eq!(
        (made.id.as_deref(), &thing["place"], &thing["shot"]),
        (Some("50"), &json!("here"), &json!("102"))
    );
    for (wanted, said) in [
        (
            Wanted {
                size: Some("3".to_owned()),
                ..wanted.clone()
            },
            "does not fit on 3 GB",
        ),
        (
            Wanted {
                size: Some("big".to_owned()),
                ..wanted.clone()
            },
            "`big` is no size",
        ),
        (
            Wanted {
                region: Some("there".to_owned()),
                ..wanted.clone()
            },
            "is not in there, but in here",
        ),
    ] {
        let failure = restore(&memory, snapshot, None, &wanted, false)
            .await
            .unwrap_err();
        assert!(failure.message.contains(said), "{failure}");
    }
    let failure = restore(&memory, &all[2], None, &wanted, false)
        .await
        .unwrap_err();
    assert!(failure.message.contains("cannot be used"), "{failure}");
}

#[tokio::test]
async fn copies_go_where_there_is_none() {
    let memory = Memory::new();
    memory.shot("7", "nightly-1", "up");
    let all = all(&memory).await;
    let regions = ["here".to_owned(), "there".to_owned(), "far".to_owned()];
    memory.fault("shots.copy", Fault::Refused);
    let told = copy(&memory, &all, &regions, 2, false).await;
    let told = serde_json::to_value(told).unwrap();
    let outcomes: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["outcome"].clone())
        .collect();
    assert_eq!(outcomes, ["there", "failed", "copied"]);
    assert_eq!(memory.count("shots.copy"), 2);
}

#[tokio::test]
async fn costs_are_summed_by_kind_tag_and_thing() {
    let memory = Memory::new();
    memory.shot("7", "a", "up");
    memory.shot("8", "b", "up");
    memory.shot("404", "c", "up");
    let kind = &KINDS[0];
    let things = things(&memory, kind, &[]).await.unwrap();
    let told = cost(&[kind], &all(&memory).await, &things);
    assert_eq!(told.month["EUR"], 5.25);
    let tags: Vec<_> = told
        .tags
        .iter()
        .map(|sum| (sum.of.as_str(), sum.snapshots))
        .collect();
    assert_eq!(tags, [("(gone)", 1), ("DB", 1), ("db", 1), ("skip", 1)]);
    assert_eq!(
        (told.kinds[0].gigabytes, told.prices[0].date),
        (10.5, "2026-01-02")
    );
    assert_eq!(kind.price.as_ref().unwrap().of(0.1), 0.25);
}

#[tokio::test]
async fn an_orphan_is_one_whose_thing_the_service_does_not_know() {
    let memory = Memory::new();
    memory.shot("404", "a", "up");
    memory.shot("7", "b", "up");
    let kind = &KINDS[0];
    let all = all(&memory).await;
    let known = things(&memory, kind, &[]).await.unwrap();
    let mut found = orphans(&memory, kind, &all, &known).await.unwrap();
    assert_eq!(
        (found.len(), found[0].of.as_str(), found[0].month),
        (1, "404", Some(1.75))
    );
    // What a list leaves out is asked for by itself.
    assert!(
        orphans(&memory, kind, &all[1..], &[])
            .await
            .unwrap()
            .is_empty()
    );
    memory.fault("disks.get", Fault::Refused);
    assert!(orphans(&memory, kind, &all, &known).await.is_err());
    delete(&memory, &mut found, 2).await;
    assert!(found[0].deleted);
    assert_eq!(memory.names(), ["b"]);
}

#[test]
fn a_year_is_told_before_it_happens() {
    let text = "[[rotation]]\ntags = ['db']\nkeep_daily = 7\nkeep_weekly = 4\n";
    let rotation = policy::read(text).unwrap().rotations.remove(0);
    let year = |every: &str| {
        simulate(
            &rotation,
            &[&KINDS[0]],
            "2026-01-01T02:00:00Z".parse().unwrap(),
            SignedDuration::from_hours(365 * 24),
            duration("every", every).unwrap(),
        )
        .unwrap()
    };
    let told = year("1d");
    assert_eq!(
        (
            told.nights,
            told.after_each.len(),
            told.at_the_end,
            told.most
        ),
        (365, 365, 9, 11)
    );
    let days = |seconds: i64| seconds / 86_400;
    assert_eq!(
        (days(told.oldest_seconds), days(told.longest_gap_seconds)),
        (18, 7)
    );
    assert_eq!(
        (told.over[0].most, told.over[0].on, told.most_on),
        (9, Some(12), 19)
    );
    assert!(told.stands[0].why.contains(&"keep_daily"));
    // Every 6 minutes are more than the service takes, and a name of the day is given once.
    let told = year("6m");
    assert_eq!(told.nights, 366);
    assert!(
        told.over.iter().any(|over| over.says.contains("600 s")),
        "{:?}",
        told.over
    );
}

#[test]
fn a_policy_that_makes_no_sense_says_what_to_write() {
    for (text, wanted) in [
        ("", "has no rotation"),
        ("[[rotation]]\n", "rotation 1: nothing says what it is for"),
        (
            "[[rotation]]\nname = 'a'\ntags = ['']\n",
            "a: `tags` has an empty text",
        ),
        (
            "[[rotation]]\ntags = ['a']\nkeep_dayly = 7\n",
            "there is no setting `keep_dayly`",
        ),
        (
            "[[rotation]]\ntags = ['a']\nkeep_daily = 'x'\n",
            "give a number, or `all`",
        ),
        (
            "[[rotation]]\ntags = ['a']\nkeep_daily = 1.5\n",
            "`keep_daily` is float",
        ),
        (
            "[[rotation]]\ntags = ['a']\nkeep_at_least = 0\n",
            "`keep_at_least` must be 1 or more",
        ),
        (
            "[[rotation]]\ntags = ['a']\nsnapshot_name = 'x'\n",
            "has no `{date}`",
        ),
        (
            "[[rotation]]\ntags = ['a']\nsnapshot_name = 'x-{day}'\n",
            "there is no `{day}`",
        ),
        (
            "[[rotation]]\ntags = ['a']\nsnapshot_name = '{date}'\n",
            "does not begin with the prefix",
        ),
        (
            "[[rotation]]\ntags = ['a']\nprefix = 'other'\n",
            "does not begin with the prefix",
        ),
        (
            "[[rotation]]\ntags = ['a']\nmin_interval = 'soon'\n",
            "`soon` is no time",
        ),
        (
            "[[rotation]]\ntags = ['a']\nutc_offset = '2'\n",
            "`2` is no distance from UTC",
        ),
        (
            "[[rotation]]\ntags = ['a']\nparallel = 0\n",
            "nothing would ever be done",
        ),
        (
            "[[rotation]]\ntags = ['a']\n[[rotation]]\nname = 'rotation 1'\ntags = ['b']\n",
            "two rotations are called",
        ),
        (
            "lok = 'x'\n[[rotation]]\ntags = ['a']\n",
            "unknown field `lok`",
        ),
    ] {
        let error = policy::read(text).unwrap_err();
        assert!(error.message.contains(wanted), "{text}: {error}");
    }
}

#[test]
fn names_have_the_day_of_the_clock_they_go_by() {
    let text = "[[rotation]]\ntags = ['a']\nutc_offset = '+02:30'\nsnapshot_name = 'n-{date}-{time}-{name}'\n";
    let rotation = policy::read(text).unwrap().rotations.remove(0);
    let name = rotation.snapshot_name("2026-03-01T22:15:00Z".parse().unwrap(), "disk");
    assert_eq!(
        (name.as_str(), rotation.prefix()),
        ("n-2026-03-02-0045-disk", "n-")
    );
    assert_eq!(Memory::new().now().to_string(), "2026-03-01T02:00:00Z");
}
