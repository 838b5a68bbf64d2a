//! What a dropped future owes: a droplet that was switched off for its snapshot is switched on again (B26).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use snapline_digitalocean::models::Droplet;
use snapline_digitalocean::{Client, Error, Trail};
use snapline_mock::Mock;
use snapline_runtime::{ErrorKind, Settings};

const QUICK: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(20);

fn client(mock: &Mock) -> Client {
    Client::builder()
        .token("dop_v1_long_enough")
        .settings(Settings::default().base_url(mock.url()))
        .build()
        .unwrap()
}

fn mock() -> Mock {
    let builder = Mock::builder()
        .settle(Duration::from_millis(300))
        .record(true);
    builder.start_blocking().unwrap()
}

async fn first(client: &Client) -> Droplet {
    let page = client.droplets().list().send().await.unwrap();
    page.items.into_iter().next().unwrap()
}

// Takes the snapshot, and gives it up once the droplet is off.
async fn given_up(mock: &Mock, client: &Client, trail: Option<&Trail>) -> i64 {
    let droplet = first(client).await;
    let take = client
        .droplets()
        .actions()
        .snapshot_powered_off(droplet.id)
        .name("nightly")
        .first_interval(QUICK)
        .max_interval(QUICK);
    let off = async {
        while first(client).await.status.as_str() != "off" {
            tokio::time::sleep(QUICK).await;
        }
    };
    let work = async {
        tokio::select! {
            done = take => panic!("nobody stopped it: {done:?}"),
            () = off => {}
        }
    };
    let work = async {
        match trail {
            Some(trail) => trail.follow(work).await,
            None => work.await,
        }
    };
    tokio::time::timeout(LONG, work).await.unwrap();
    assert!(asked(mock).iter().all(|kind| kind != "power_on"));
    droplet.id
}

fn asked(mock: &Mock) -> Vec<String> {
    let posted = mock
        .requests()
        .into_iter()
        .filter(|one| one.method == "POST");
    posted
        .map(|one| {
            let body: serde_json::Value = serde_json::from_slice(&one.body).unwrap();
            body.get("type").unwrap().as_str().unwrap().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn b26_whoever_follows_what_is_dropped_waits_for_what_it_owes() {
    let mock = mock();
    let client = client(&mock);
    let trail = Trail::default();
    let id = given_up(&mock, &client, Some(&trail)).await;
    // A client that is closed meanwhile does not leave the droplet off.
    client.close();
    let refused = client.droplets().get(id).send().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Closed);
    trail.owed().unwrap().await;
    assert!(trail.owed().is_none());
    assert_eq!(asked(&mock).last().unwrap(), "power_on");
    let seen = self::client(&mock).droplets().get(id).send().await.unwrap();
    assert_eq!(seen.status.as_str(), "active");
    let error = trail.stopped(Error::cancelled());
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}

#[tokio::test]
async fn b26_where_nobody_follows_it_a_task_switches_it_on() {
    let mock = mock();
    let client = client(&mock);
    let id = given_up(&mock, &client, None).await;
    client.close();
    let client = self::client(&mock);
    let begun = Instant::now();
    while client
        .droplets()
        .get(id)
        .send()
        .await
        .unwrap()
        .status
        .as_str()
        != "active"
    {
        assert!(begun.elapsed() < LONG);
        tokio::time::sleep(QUICK).await;
    }
    assert_eq!(asked(&mock).last().unwrap(), "power_on");
}
