//! Lists of the client against the stand-in, which keeps what is in them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use snapline_digitalocean::Client;
use snapline_mock::Mock;
use snapline_runtime::Settings;

fn client(mock: &Mock) -> Client {
    Client::builder()
        .token("dop_v1_long_enough")
        .settings(Settings::default().base_url(mock.url()))
        .build()
        .unwrap()
}

#[tokio::test]
async fn b16_sixty_snapshots_are_deleted_while_walking() {
    let mock = Mock::builder().snapshots(120).start_blocking().unwrap();
    let client = client(&mock);
    let list = || {
        client
            .snapshots()
            .list()
            .resource_type("volume")
            .per_page(20)
    };
    assert_eq!(list().items().try_collect().await.unwrap().len(), 60);
    let mut walk = list().items();
    let mut deleted = BTreeSet::new();
    while let Some(snapshot) = walk.try_next().await.unwrap() {
        client
            .snapshots()
            .delete(&snapshot.id)
            .send()
            .await
            .unwrap();
        assert!(deleted.insert(snapshot.id), "none comes twice");
    }
    assert_eq!(deleted.len(), 60);
    assert_eq!(list().send().await.unwrap().total, Some(0));
    let others = client.snapshots().list().items().try_collect().await;
    assert_eq!(others.unwrap().len(), 60);
}

#[tokio::test]
async fn b16_what_the_mock_takes_from_examples_can_be_walked() {
    let mock = Mock::builder().start_blocking().unwrap();
    let client = client(&mock);
    let sizes = client
        .sizes()
        .list()
        .per_page(1)
        .items()
        .try_collect()
        .await;
    assert!(sizes.unwrap().len() > 1);
    assert_eq!(mock.requests().len(), 2);
    let regions = client.regions().list().items().try_collect().await;
    assert!(!regions.unwrap().is_empty());
    let networks = client.vpcs().list().items().try_collect().await;
    assert!(!networks.unwrap().is_empty());
}

#[tokio::test]
async fn b16_a_walk_over_a_thousand_takes_five_requests() {
    let mock = Mock::builder().snapshots(1000).start_blocking().unwrap();
    let client = client(&mock);
    let all = client.snapshots().list().items().try_collect().await;
    assert_eq!(all.unwrap().len(), 1000);
    assert_eq!(mock.requests().len(), 5);
}
