//! The programs `restore` and `move_region` against the stand-in, which loses the answer to what they begin.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(
    clippy::duplicate_mod,
    reason = "each program has its own of what they share"
)]

#[path = "../examples/move_region.rs"]
#[allow(dead_code, reason = "its `main` is not run here")]
mod move_region;
#[path = "../examples/restore.rs"]
#[allow(dead_code, reason = "its `main` is not run here")]
mod restore;

use std::time::Duration;

use snapline::digitalocean::Client;
use snapline::digitalocean::models::Snapshot;
use snapline_mock::{Mock, Recorded};

fn start() -> (Mock, Client) {
    let builder = Mock::builder().snapshots(4).faults(true);
    let mock = builder.settle(Duration::ZERO).start_blocking().unwrap();
    let client = Client::builder()
        .token("dop_v1_long_enough")
        .base_url(mock.url())
        .backoff_base(Duration::from_millis(1))
        .header("x-mock-fault", "lose*1")
        .build()
        .unwrap();
    (mock, client)
}

async fn snapshot(client: &Client, kind: &str) -> Snapshot {
    let list = client.snapshots().list().resource_type(kind);
    list.items().try_next().await.unwrap().unwrap()
}

fn posts(mock: &Mock) -> usize {
    mock.requests()
        .iter()
        .filter(|it| it.method == "POST")
        .count()
}

#[tokio::test]
async fn b27_a_volume_is_made_once() {
    let (mock, client) = start();
    let id = snapshot(&client, "volume").await.id;
    let told = restore::restore(&client, &id, "again", None).await.unwrap();
    let made = client
        .volumes()
        .list()
        .name("again")
        .items()
        .try_collect()
        .await;
    let ids: Vec<String> = made
        .unwrap()
        .into_iter()
        .map(|it| format!("volume {}", it.id))
        .collect();
    assert_eq!((ids, posts(&mock)), (vec![told], 1));
}

#[tokio::test]
async fn b27_a_droplet_is_made_once_and_is_active() {
    let (mock, client) = start();
    let id = snapshot(&client, "droplet").await.id;
    let told = restore::restore(&client, &id, "again", None).await.unwrap();
    assert!(told.starts_with("droplet "), "{told}");
    let made = client
        .droplets()
        .list()
        .name("again")
        .items()
        .try_collect()
        .await
        .unwrap();
    assert_eq!((made.len(), posts(&mock)), (1, 1));
    let other = restore::restore(&client, &id, "other", Some("s-8vcpu-16gb"));
    assert_ne!(other.await.unwrap(), told);
    let asked = mock.requests();
    let mut sizes = asked.iter().filter(|it| it.method == "POST");
    let size = |it: &Recorded, slug: &str| String::from_utf8_lossy(&it.body).contains(slug);
    assert!(sizes.next().is_some_and(|it| size(it, "s-2vcpu-4gb")));
    assert!(sizes.next().is_some_and(|it| size(it, "s-8vcpu-16gb")));
    let error = restore::restore(&client, "1", "again", None)
        .await
        .unwrap_err();
    assert!(error.is_not_found());
}

#[tokio::test]
async fn b27_an_image_goes_to_each_region_once() {
    let (mock, client) = start();
    let snapshot = snapshot(&client, "droplet").await;
    let regions = ["fra1", "ams3", "nyc3"].map(str::to_owned);
    let image = snapshot.id.parse().unwrap();
    let told = move_region::spread(&client, image, &regions).await.unwrap();
    let had: Vec<bool> = told
        .into_iter()
        .map(|(_, result)| result.unwrap())
        .collect();
    assert_eq!(had, [true, false, false]);
    let there = client
        .images()
        .get(image)
        .send()
        .await
        .unwrap()
        .regions
        .unwrap();
    assert_eq!(there, regions);
    // The same path has lost one answer already.
    assert_eq!(posts(&mock), 2);
}
