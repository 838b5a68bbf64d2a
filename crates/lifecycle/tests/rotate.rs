//! Nights over a service in memory: what is taken, what goes, and what no trouble makes it do.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use common::{BEGUN, Fault, KINDS, Memory};
use snapline_lifecycle::policy::{Draft, Rotation, Selection};
use snapline_lifecycle::report::{Outcome, Rotated};
use snapline_lifecycle::{Failure, Kind, Progress, Service as _, rotate};

fn draft() -> Draft {
    Draft {
        of: Selection {
            tags: vec!["db".to_owned()],
            exclude_tag: Some("skip".to_owned()),
            ..Selection::default()
        },
        rules: [("keep_daily".to_owned(), toml::Value::Integer(3))].into(),
        ..Draft::default()
    }
}

fn rotation(change: impl FnOnce(&mut Draft)) -> Rotation {
    let mut draft = draft();
    change(&mut draft);
    draft.rotation("test").unwrap()
}

async fn night(memory: &Memory, rotation: &Rotation) -> Rotated {
    memory.calls.borrow_mut().clear();
    done(memory, KINDS, rotation, false).await
}

/// What a rotation comes to that nobody stops.
async fn done(
    memory: &Memory,
    kinds: &'static [Kind],
    rotation: &Rotation,
    dry_run: bool,
) -> Rotated {
    let progress = Progress::new(rotation);
    rotate(memory, kinds, rotation, dry_run, &progress).await;
    progress.end()
}

#[tokio::test]
async fn nights_take_one_each_and_leave_what_the_rules_keep() {
    let memory = Memory::new();
    let rotation = rotation(|_| ());
    memory.shot("7", "by hand", "up");
    for number in 1..=5 {
        let told = night(&memory, &rotation).await;
        assert_eq!((told.taken, told.failed), (1, 0), "{told:?}");
        assert_eq!(told.deleted, usize::from(number > 3));
        assert_eq!(told.things[0].others, 1);
        memory.nights(1);
    }
    let names = [
        "by hand",
        "nightly-2026-03-03",
        "nightly-2026-03-04",
        "nightly-2026-03-05",
    ];
    assert_eq!(memory.names(), names);
}

#[tokio::test]
async fn a_second_run_takes_and_deletes_nothing() {
    let memory = Memory::new();
    let rotation = rotation(|_| ());
    night(&memory, &rotation).await;
    let told = night(&memory, &rotation).await;
    assert_eq!(told.things[0].outcome, Outcome::There);
    assert_eq!(
        (memory.count("shots.take"), memory.count("shots.delete")),
        (0, 0)
    );
    assert_eq!(memory.names().len(), 1);
}

#[tokio::test]
async fn a_dry_run_says_what_a_night_would_do() {
    let memory = Memory::new();
    let rotation = rotation(|_| ());
    for _ in 0..3 {
        night(&memory, &rotation).await;
        memory.nights(1);
    }
    memory.calls.borrow_mut().clear();
    let foreseen = done(&memory, KINDS, &rotation, true).await;
    assert_eq!(
        (memory.count("shots.take"), memory.count("shots.delete")),
        (0, 0)
    );
    let told = night(&memory, &rotation).await;
    assert_eq!(foreseen.things[0].outcome, Outcome::WouldTake);
    assert_eq!(foreseen.things[0].deleted, told.things[0].deleted);
    assert_eq!(told.things[0].deleted[0].name, "nightly-2026-03-01");
}

#[tokio::test]
async fn b27_a_lost_answer_is_looked_for_and_not_asked_for_again() {
    let memory = Memory::new();
    memory.fault("shots.take", Fault::Lost);
    let told = night(&memory, &rotation(|_| ())).await;
    assert_eq!((told.taken, told.failed), (1, 0), "{told:?}");
    assert_eq!(
        (memory.count("shots.take"), memory.count("shots.wait")),
        (1, 1)
    );
    assert_eq!(memory.names().len(), 1);
}

#[tokio::test]
async fn b27_what_did_not_happen_is_asked_for_once_more_and_no_more() {
    let memory = Memory::new();
    memory.fault("shots.take", Fault::Unknown);
    let told = night(&memory, &rotation(|_| ())).await;
    assert_eq!(
        (told.taken, memory.count("shots.take"), memory.names().len()),
        (1, 2, 1)
    );
    let memory = Memory::new();
    for _ in 0..3 {
        memory.fault("shots.take", Fault::Unknown);
    }
    let told = night(&memory, &rotation(|_| ())).await;
    assert_eq!((told.failed, memory.count("shots.take")), (1, 2));
    assert!(told.things[0].failures[0].outcome_unknown);
}

#[tokio::test]
async fn b27_where_nothing_can_be_found_out_nothing_is_asked_for_again() {
    let memory = Memory::new();
    memory.fault("shots.take", Fault::Unknown);
    memory.fault("shots.find", Fault::Refused);
    let told = night(&memory, &rotation(|_| ())).await;
    assert_eq!((told.failed, memory.count("shots.take")), (1, 1));
    let failed = &told.things[0].failures[0];
    assert!(
        failed.message.contains("could not be found out either"),
        "{failed:?}"
    );
    assert!(failed.outcome_unknown);
}

#[tokio::test]
async fn what_may_be_under_way_is_looked_for_since_the_newest_snapshot() {
    let memory = Memory::new();
    let rotation = rotation(|_| ());
    for _ in 0..3 {
        let told = done(&memory, BEGUN, &rotation, false).await;
        assert_eq!((told.taken, told.failed), (1, 0));
        memory.nights(1);
    }
    // Without one for a day; then from a while after the last, so that it is not taken for something under way.
    let since = [
        "2026-02-28T02:00:00Z",
        "2026-03-01T02:10:00Z",
        "2026-03-02T02:10:00Z",
    ];
    assert_eq!(*memory.since.borrow(), since);
    assert_eq!(memory.count("shots.list"), 3);
}

#[tokio::test]
async fn b26_what_has_begun_is_neither_asked_for_again_nor_looked_for() {
    let memory = Memory::new();
    memory.fault("shots.take", Fault::Begun);
    let told = night(&memory, &rotation(|_| ())).await;
    assert_eq!((told.failed, memory.count("shots.take")), (1, 1));
    assert_eq!(memory.count("shots.find"), 0);
}

#[tokio::test]
async fn nothing_goes_without_a_new_one_that_can_be_used() {
    for fault in [Fault::Refused, Fault::State("down"), Fault::State("new")] {
        let memory = Memory::new();
        let rotation = rotation(|draft| {
            draft.rules = [("keep_last".to_owned(), toml::Value::Integer(1))].into();
        });
        memory.shot("7", "nightly-2026-02-27", "up");
        memory.nights(1);
        memory.shot("7", "nightly-2026-02-28", "up");
        memory.nights(1);
        memory.fault("shots.take", fault);
        let told = night(&memory, &rotation).await;
        assert_eq!(
            (told.failed, told.deleted, memory.count("shots.delete")),
            (1, 0, 0),
            "{told:?}"
        );
        assert_eq!(told.things[0].outcome, Outcome::Failed);
        assert_eq!(
            memory.names()[..2],
            ["nightly-2026-02-27", "nightly-2026-02-28"]
        );
    }
}

#[tokio::test]
async fn what_a_run_before_began_is_waited_for_and_not_taken_again() {
    let memory = Memory::new();
    memory.shot("7", "nightly-2026-03-01", "new");
    let told = night(&memory, &rotation(|_| ())).await;
    assert_eq!(
        (
            told.taken,
            memory.count("shots.take"),
            memory.count("shots.wait")
        ),
        (1, 0, 1),
        "{told:?}"
    );
    // One that failed is none.
    let memory = Memory::new();
    memory.shot("7", "nightly-2026-03-01", "down");
    let told = night(&memory, &rotation(|_| ())).await;
    assert_eq!((told.taken, memory.count("shots.take")), (1, 1));
}

#[tokio::test]
async fn a_list_that_fails_lets_nothing_be_taken_or_deleted() {
    for (call, wanted) in [
        ("racks.list", "disk: racks.list: refused"),
        ("disks.list", "disk: disks.list: refused"),
        ("shots.list", "snapshots of disk: shots.list: refused"),
    ] {
        let memory = Memory::new();
        memory.fault(call, Fault::Refused);
        let told = night(&memory, &rotation(|_| ())).await;
        assert_eq!((told.failed, told.things.len()), (1, 0), "{told:?}");
        assert_eq!(told.failures[0].message, wanted);
        assert_eq!(
            (memory.count("shots.take"), memory.count("shots.delete")),
            (0, 0)
        );
    }
}

#[tokio::test]
async fn a_snapshot_that_is_gone_already_counts_as_deleted() {
    let memory = Memory::new();
    let rotation = rotation(|draft| {
        draft.rules = [("keep_last".to_owned(), toml::Value::Integer(1))].into();
    });
    night(&memory, &rotation).await;
    memory.nights(1);
    memory.fault("shots.delete", Fault::Gone);
    let told = night(&memory, &rotation).await;
    assert_eq!((told.deleted, told.failed), (1, 0));
    memory.nights(1);
    memory.fault("shots.delete", Fault::Refused);
    let told = night(&memory, &rotation).await;
    assert_eq!((told.taken, told.failed), (1, 1), "{told:?}");
}

#[tokio::test]
async fn too_young_a_snapshot_is_not_followed_by_another() {
    let memory = Memory::new();
    let rotation = rotation(|draft| {
        draft.snapshot_name = Some("n-{date}-{time}".to_owned());
        draft.min_interval = Some("20h".to_owned());
    });
    night(&memory, &rotation).await;
    let later = memory
        .now()
        .checked_add(jiff::SignedDuration::from_hours(19))
        .unwrap();
    memory.now.set(later);
    let told = night(&memory, &rotation).await;
    assert_eq!(
        (told.things[0].outcome, memory.count("shots.take")),
        (Outcome::NotDue, 0)
    );
    let later = memory
        .now()
        .checked_add(jiff::SignedDuration::from_hours(2))
        .unwrap();
    memory.now.set(later);
    assert_eq!(night(&memory, &rotation).await.taken, 1);
    assert_eq!(memory.names(), ["n-2026-03-01-0200", "n-2026-03-01-2300"]);
}

#[tokio::test]
async fn what_it_is_for_goes_by_tag_id_and_name_and_nothing_is_an_error() {
    let of =
        |told: &Rotated| -> Vec<String> { told.things.iter().map(|it| it.id.clone()).collect() };
    let memory = Memory::new();
    let folded = rotation(|draft| draft.of.exclude_tag = None);
    assert_eq!(of(&night(&memory, &folded).await), ["7", "8"]);
    let both = rotation(|draft| {
        draft.of.exclude_tag = None;
        draft.of.tags.push("skip".to_owned());
    });
    assert_eq!(of(&night(&memory, &both).await), ["7", "8"]);
    let named = rotation(|draft| {
        draft.of.tags.clear();
        draft.of.names = vec!["cache".to_owned()];
        draft.of.ids = vec!["7".to_owned()];
    });
    assert_eq!(of(&night(&memory, &named).await), ["7", "9"]);
    let lost = rotation(|draft| draft.of.ids = vec!["404".to_owned()]);
    let told = night(&memory, &lost).await;
    assert_eq!(
        told.failures[0].message,
        "there is nothing with the id `404`"
    );
    let none = rotation(|draft| draft.of.tags = vec!["mistyped".to_owned()]);
    let told = night(&memory, &none).await;
    assert_eq!(told.failures[0].code, 5);
    assert!(
        told.failures[0].message.contains("nothing that it is for"),
        "{told:?}"
    );
    let fine = rotation(|draft| {
        draft.of.tags = vec!["mistyped".to_owned()];
        draft.of.allow_nothing = true;
    });
    assert_eq!(night(&memory, &fine).await.failed, 0);
    let kind = rotation(|draft| draft.of.kinds = vec!["tape".to_owned()]);
    let told = night(&memory, &kind).await;
    assert_eq!(
        told.failures[0].message,
        "there is no kind `tape`; there are `disk`"
    );
}

#[tokio::test]
async fn a_name_that_is_too_long_is_told_before_it_is_sent() {
    let memory = Memory::new();
    let long = rotation(|draft| draft.snapshot_name = Some("nightly-{date}-{name}".to_owned()));
    let told = night(&memory, &long).await;
    assert!(
        told.things[0].failures[0].message.contains("20 characters"),
        "{told:?}"
    );
    assert_eq!(memory.count("shots.take"), 0);
}

#[tokio::test]
async fn a_dry_run_warns_of_limits_and_powered_off_takes_the_other_call() {
    let memory = Memory::new();
    for number in 0..9 {
        memory.shot("7", &format!("by hand {number}"), "up");
    }
    let told = done(&memory, KINDS, &rotation(|_| ()), true).await;
    assert_eq!(told.things[0].warnings.len(), 2, "{told:?}");
    let memory = Memory::new();
    night(&memory, &rotation(|draft| draft.of.powered_off = true)).await;
    assert_eq!(
        (memory.count("shots.take_off"), memory.count("shots.take")),
        (1, 0)
    );
}

#[tokio::test]
async fn what_is_stopped_is_told_with_what_was_done_and_what_was_not() {
    let memory = Memory::new();
    for number in 20..=23 {
        memory.disk(number);
    }
    // The night stands still at the second snapshot.
    memory.fault("shots.take", Fault::None);
    memory.fault("shots.take", Fault::Never);
    let rotation = rotation(|draft| draft.parallel = Some(1));
    let progress = Progress::new(&rotation);
    let night = rotate(&memory, KINDS, &rotation, false, &progress);
    let ended = tokio::time::timeout(std::time::Duration::from_millis(200), night).await;
    assert!(ended.is_err());
    let told = progress.stopped(Failure::new("stopped"));
    let outcomes: Vec<Outcome> = told.things.iter().map(|it| it.outcome).collect();
    let begun = [Outcome::Taken, Outcome::Stopped];
    assert_eq!(outcomes[..2], begun);
    assert!(outcomes[2..].iter().all(|it| *it == Outcome::NotBegun) && outcomes.len() > 3);
    assert_eq!(
        (told.taken, told.failed, told.not_begun),
        (1, 1, outcomes.len() - 2)
    );
    assert_eq!(told.things[1].failures[0].message, "stopped");
    // Before anything was listed nobody knows what it is for.
    let told = Progress::new(&rotation).stopped(Failure::new("stopped"));
    assert_eq!((told.things.len(), told.failed), (0, 1));
    // What is over was not stopped.
    let progress = Progress::new(&rotation);
    rotate(&memory, KINDS, &rotation, false, &progress).await;
    assert_eq!(progress.stopped(Failure::new("stopped")).failed, 0);
}
