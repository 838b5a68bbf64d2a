//! The program `nightly` against the stand-in: how many requests it makes, and that no trouble makes it take a snapshot
//! twice or delete what it should not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../examples/nightly.rs"]
#[allow(dead_code, reason = "its `main` is not run here")]
mod nightly;

use std::collections::HashMap;
use std::time::Duration;

use nightly::{Night, Report, Target, lines};
use snapline::digitalocean::Client;
use snapline::digitalocean::models::Snapshot;
use snapline_mock::{Builder, Mock, RateLimit};

const NAME: &str = "nightly-2999-01-01";

fn start(builder: Builder) -> Mock {
    builder
        .faults(true)
        .settle(Duration::ZERO)
        .start_blocking()
        .unwrap()
}

/// A client whose every request asks for a fault.
fn client(mock: &Mock, fault: &str) -> Client {
    Client::builder()
        .token("dop_v1_long_enough")
        .base_url(mock.url())
        .backoff_base(Duration::from_millis(1))
        .backoff_cap(Duration::from_millis(2))
        .retry_budget(10_000)
        .pacing(true)
        .header("x-mock-fault", fault)
        .build()
        .unwrap()
}

async fn work(client: &Client, tag: &str) -> Report {
    let night = Night {
        client,
        tag,
        name: NAME.to_owned(),
        parallel: 8,
        grace: Duration::from_millis(50),
    };
    night.work().await.unwrap()
}

async fn all_snapshots(mock: &Mock) -> Vec<Snapshot> {
    let client = client(mock, "delay:0");
    client
        .snapshots()
        .list()
        .items()
        .try_collect()
        .await
        .unwrap()
}

/// How many snapshots of this night there are of each.
async fn tonights(mock: &Mock) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for snapshot in all_snapshots(mock).await {
        if snapshot.name == NAME {
            *counts.entry(snapshot.resource_id).or_default() += 1;
        }
    }
    counts
}

fn requests(mock: &Mock, method: &str, has: &str) -> usize {
    let mut all = mock.requests();
    all.retain(|it| it.method == method && it.target.contains(has));
    all.len()
}

fn deleted(report: &Report) -> usize {
    report.iter().map(|(_, it)| it.deleted).sum()
}

#[tokio::test]
async fn five_hundred_volumes_take_no_more_requests_than_they_must() {
    let (volumes, snapshots) = (500, 5000);
    let mock = start(Mock::builder().volumes(volumes).snapshots(snapshots));
    let report = work(&client(&mock, "delay:0"), &mock.tag()).await;
    let of_volumes = |it: &&(Target, _)| matches!(it.0, Target::Volume(_));
    assert_eq!(report.iter().filter(of_volumes).count(), volumes);
    let droplets = report.len() - volumes;
    let deletes = deleted(&report);
    // Ten nights and this one, of which seven days and some weeks stay.
    assert!(deletes >= volumes && deletes <= 4 * volumes, "{deletes}");

    // Three volumes are there that do not carry the tag.
    let lists = snapshots.div_ceil(200) + (volumes + 3).div_ceil(200) + droplets.div_ceil(200);
    // A droplet's snapshot is begun, its action asked for, and the snapshot looked for and read.
    let most = lists + volumes * 2 + droplets * 4 + deletes;
    let made = mock.requests().len();
    assert!(made <= most, "{made} requests instead of {most}");
    assert_eq!(requests(&mock, "POST", "/snapshots"), volumes);
    assert_eq!(requests(&mock, "DELETE", "/v2/snapshots/"), deletes);

    let left = all_snapshots(&mock).await.len();
    assert_eq!(left, snapshots + volumes + droplets - deletes);
    let told = lines(&report, NAME);
    assert_eq!(told.len(), report.len() + 1);
    let summary = format!("502 in all: 502 taken, {deletes} deleted, 0 failed");
    assert_eq!(told.last(), Some(&summary));
}

#[tokio::test]
async fn b27_lost_answers_and_refusals_make_no_second_snapshot_and_a_second_run_none() {
    for fault in ["lose*1", "503*1", "503*1,lose*1", "503*2,only:GET"] {
        let mock = start(Mock::builder().volumes(9).snapshots(100));
        let client = client(&mock, fault);
        let report = work(&client, &mock.tag()).await;
        let failures: Vec<_> = report.iter().flat_map(|(_, it)| &it.failures).collect();
        assert!(failures.is_empty(), "{fault}: {failures:?}");
        let counts = tonights(&mock).await;
        assert_eq!(counts.len(), 11, "{fault}");
        assert!(
            counts.values().all(|count| *count == 1),
            "{fault}: {counts:?}"
        );
        assert!(deleted(&report) > 0, "{fault}");

        let posts = requests(&mock, "POST", "");
        let again = work(&client, &mock.tag()).await;
        assert!(
            again
                .iter()
                .all(|(_, it)| !it.taken && it.failures.is_empty())
        );
        assert_eq!((deleted(&again), again.len()), (0, 11), "{fault}");
        assert_eq!(requests(&mock, "POST", ""), posts, "{fault}");
    }
}

#[tokio::test]
async fn of_what_failed_nothing_is_deleted() {
    let mock = start(Mock::builder().volumes(3).snapshots(60));
    let before = all_snapshots(&mock).await.len();
    // One of them has tonight's already.
    let volume = mock.volumes().pop().unwrap();
    let sound = client(&mock, "delay:0");
    let snapshots = sound.volumes().snapshots();
    snapshots.create(&volume, NAME).send().await.unwrap();
    let report = work(&client(&mock, "422*1,only:POST"), &mock.tag()).await;
    for (target, it) in &report {
        if *target == Target::Volume(volume.clone()) {
            assert!(it.failures.is_empty() && !it.taken && it.deleted > 0);
        } else {
            assert_eq!((it.failures.len(), it.deleted), (1, 0), "{target:?}");
        }
    }
    let gone = deleted(&report);
    assert_eq!(all_snapshots(&mock).await.len(), before + 1 - gone);
    assert!(lines(&report, NAME).last().unwrap().ends_with("4 failed"));
}

#[tokio::test]
async fn what_has_another_name_is_left_alone() {
    let mock = start(Mock::builder().volumes(1).snapshots(0));
    let volume = mock.volumes().pop().unwrap();
    let sound = client(&mock, "delay:0");
    for number in 0..20 {
        let snapshots = sound.volumes().snapshots();
        let name = format!("by-hand-{number}");
        snapshots.create(&volume, name).send().await.unwrap();
    }
    let report = work(&sound, &mock.tag()).await;
    assert_eq!(deleted(&report), 0);
    assert_eq!(tonights(&mock).await.get(&volume), Some(&1));
}

#[tokio::test]
async fn b14_a_rate_limit_is_kept_to_however_many_run_at_once() {
    let limit = RateLimit::within(20, Duration::from_secs(1));
    let mock = start(Mock::builder().volumes(15).rate_limit(limit));
    let report = work(&client(&mock, "delay:0"), &mock.tag()).await;
    assert!(mock.requests().len() > 30);
    // Resets are told in whole seconds, so that on a busy machine one call may come a moment early.
    let refused = mock.requests().iter().filter(|it| it.status == 429).count();
    let left = report.iter().filter(|(_, it)| !it.taken).count();
    assert!(
        refused <= 1 && left <= refused,
        "{refused} refused, {left} left"
    );
}
