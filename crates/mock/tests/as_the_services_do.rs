//! What real clients send, and what the services answer that no document says.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod common;

use std::time::{Duration, Instant};

use common::{Client, Reply, quick, start};
use serde_json::{Value, json};
use snapline_mock::{Builder, Mock, RateLimit, States};

/// An OVHcloud service and a client whose token it takes.
fn service(mock: &Mock) -> (Client, String) {
    let mut client = Client::to(&mock.ovhcloud_url());
    let service = client.get("/storage/netapp").ok().at("/0/id");
    (client, format!("/storage/netapp/{service}"))
}

fn ovh_share(client: &mut Client, service: &str) -> String {
    let body = json!({"name": "store", "protocol": "NFS", "size": 100});
    let made = client.post(&format!("{service}/share"), body).ok();
    format!("{service}/share/{}", made.at("/id"))
}

/// A mock whose things are done at once, with a share that a snapshot was taken of, and the action.
fn snapshotted(builder: Builder) -> (Mock, Client, String, Reply) {
    let mock = start(builder.settle(Duration::ZERO));
    let mut client = Client::new(&mock);
    let share = client.share("store");
    let action = client
        .post(&format!("/v2/nfs/{share}/actions"), snapshot("nightly"))
        .ok();
    (mock, client, share, action)
}

fn snapshot(name: &str) -> Value {
    json!({"type": "snapshot", "region": "ams3", "params": {"name": name}})
}

fn snapshot_ids(client: &mut Client) -> Vec<String> {
    let found = client.get("/v2/nfs/snapshots").ok().json();
    let found = found["snapshots"].as_array().unwrap().iter();
    found
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Asks until something is there.
fn shows(client: &mut Client, path: &str) {
    let begun = Instant::now();
    while client.get(path).status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{path}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn with_token(client: &mut Client, path: &str, token: &str) -> Reply {
    let token = format!("Bearer {token}");
    client.raw("GET", path, &[("Authorization", &token)], b"")
}

#[test]
fn what_is_left_is_counted_down_for_each_token() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let mut left = |token: &str| {
        let reply = with_token(&mut client, "/v2/nfs", token).ok();
        reply.header("ratelimit-remaining").unwrap().to_owned()
    };
    assert_eq!(
        [left("one"), left("one"), left("one")],
        ["4999", "4998", "4997"]
    );
    assert_eq!(left("two"), "4999");
}

#[test]
fn the_limit_of_a_minute_alone_says_when_to_come_again() {
    let limits = Mock::builder()
        .rate_limit(RateLimit::per_hour(3))
        .rate_limit(RateLimit::per_minute(2));
    let mock = start(limits);
    let mut client = Client::new(&mock);
    client.get("/v2/nfs").ok();
    client.get("/v2/nfs").ok();
    let reply = client.get("/v2/nfs");
    assert_eq!(reply.status, 429, "{reply:?}");
    let seconds: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{reply:?}");
    assert_eq!(reply.header("ratelimit-remaining").unwrap(), "1");
    let mock = start(Mock::builder().rate_limit(RateLimit::per_hour(0)));
    let reply = Client::new(&mock).get("/v2/nfs");
    assert_eq!((reply.status, reply.header("retry-after")), (429, None));
}

#[test]
fn a_volume_has_its_limits_where_they_are_asked_for() {
    // Three volumes share the snapshots of the start: the first has 25 of 149, the third one less.
    let mock = start(Mock::builder().snapshots(149).snapshot_limits(true));
    let mut client = Client::new(&mock);
    let path = |index: usize| format!("/v2/volumes/{}/snapshots", mock.volumes()[index]);
    let full = client.post(&path(0), json!({"name": "one-more"}));
    assert_eq!(full.status, 422, "{full:?}");
    assert!(full.at("/message").contains("25 snapshots"), "{full:?}");
    let list = client.get(&format!("{}?per_page=1", path(0))).ok().json();
    let id = list["snapshots"][0]["id"].as_str().unwrap();
    client.delete(&format!("/v2/volumes/snapshots/{id}")).ok();
    client.post(&path(0), json!({"name": "in-its-place"})).ok();
    let mock = start(Mock::builder().snapshot_limits(true));
    let mut client = Client::new(&mock);
    let path = |index: usize| format!("/v2/volumes/{}/snapshots", mock.volumes()[index]);
    client.post(&path(0), json!({"name": "first"})).ok();
    client.post(&path(1), json!({"name": "of-another"})).ok();
    let soon = client.post(&path(0), json!({"name": "second"}));
    assert_eq!(soon.status, 429, "{soon:?}");
    assert!(soon.at("/message").contains("one request per 10m0s"));
}

#[test]
fn one_of_several_tokens_is_taken() {
    let mock = start(Mock::builder().token("one").token("two"));
    let mut client = Client::new(&mock);
    with_token(&mut client, "/v2/nfs", "one").ok();
    with_token(&mut client, "/v2/nfs", "two").ok();
    let wrong = with_token(&mut client, "/v2/nfs", "three");
    assert_eq!((wrong.status, &*wrong.at("/id")), (401, "unauthorized"));
    let mut client = Client::to(&mock.ovhcloud_url());
    with_token(&mut client, "/storage/netapp", "two").ok();
    let wrong = with_token(&mut client, "/storage/netapp", "three");
    assert_eq!(
        (wrong.status, &*wrong.at("/errorCode")),
        (401, "INVALID_CREDENTIAL")
    );
}

#[test]
fn a_token_that_oauth2_gave_is_taken_beside_those_demanded() {
    let mock = start(Mock::builder().token("one"));
    let form = "grant_type=client_credentials&scope=all&client_id=mock-client&client_secret=mock-client-secret";
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let given = Client::new(&mock).raw("POST", "/auth/oauth2/token", &kind, form.as_bytes());
    let token = given.ok().at("/access_token");
    let mut client = Client::to(&mock.ovhcloud_url());
    with_token(&mut client, "/storage/netapp", &token).ok();
}

/// The example of DigitalOcean's own document has a `day` where its schema has a `weekday`.
#[test]
fn what_the_document_does_not_name_is_ignored_unless_it_is_strict() {
    for strict in [true, false] {
        let mock = start(Mock::builder().settle(Duration::ZERO).strict(strict));
        let mut client = Client::new(&mock);
        let (ignored, acted) = if strict { (400, 400) } else { (200, 201) };
        let droplet = format!("/v2/droplets/{}/actions", mock.droplets()[0]);
        for policy in [
            json!({"plan": "weekly", "day": "SUN", "hour": 20}),
            json!({"plan": "weekly", "hour": 20, "window_length_hours": 4}),
        ] {
            let body = json!({"type": "change_backup_policy", "backup_policy": policy});
            let reply = client.post(&droplet, body);
            assert_eq!(reply.status, acted, "{reply:?}");
        }
        assert_eq!(client.get("/v2/nfs?colour=red").status, ignored);
        let with_body = client.send("GET", "/v2/nfs", Some(&json!({})));
        assert_eq!(with_body.status, ignored, "{with_body:?}");
        // The rest is checked in either case.
        let wrong = json!({"type": "change_backup_policy", "backup_policy": {"hour": 5}});
        assert_eq!(client.post(&droplet, wrong).status, 400);
        assert_eq!(client.get("/v2/snapshots?per_page=0").status, 400);
    }
}

#[test]
fn nothing_is_null_with_200_and_no_body_with_202() {
    let mock = quick();
    let (mut client, service) = service(&mock);
    let share = ovh_share(&mut client, &service);
    let policy = client
        .get(&format!("{service}/snapshotPolicy"))
        .ok()
        .at("/0/id");
    for (path, body) in [
        (
            format!("{service}/serviceInfos"),
            json!({"renew": {"automatic": true}}),
        ),
        (
            format!("{share}/snapshotPolicy"),
            json!({"snapshotPolicyID": policy}),
        ),
        (format!("{share}/snapshotReserve"), json!({"percent": 10})),
        (
            format!("{service}/snapshotPolicy/{policy}"),
            json!({"name": "other"}),
        ),
    ] {
        let reply = client.send("PUT", &path, Some(&body));
        assert_eq!((reply.status, &*reply.text), (200, "null"), "{path}");
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
    let reply = client.delete(&share);
    assert_eq!((reply.status, &*reply.text), (202, ""));
}

#[test]
fn an_nfs_snapshot_in_the_words_of_the_running_service() {
    let (_mock, mut client, share, action) = snapshotted(Mock::builder().states(States::Live));
    assert_eq!(action.at("/action/status"), "IN_PROGRESS");
    assert_eq!(action.at("/action/resource_type"), "SNAPSHOT");
    assert_eq!(action.at("/action/id").len(), 36);
    let path = format!("/v2/nfs/snapshots/{}", action.at("/action/resource_id"));
    let reply = client.get(&path).ok();
    assert_eq!(reply.at("/snapshot/status"), "SNAPSHOT_AVAILABLE");
    assert_eq!(
        client.get(&format!("/v2/nfs/{share}")).at("/share/status"),
        "ACTIVE"
    );
    let failing = snapshot("failing");
    let action = client
        .post(&format!("/v2/nfs/{share}/actions"), failing)
        .ok();
    let failing = format!("/v2/nfs/snapshots/{}", action.at("/action/resource_id"));
    assert_eq!(
        client.get(&failing).at("/snapshot/status"),
        "SNAPSHOT_FAILED"
    );
    let slow = Mock::builder().states(States::Live).settle_polls(1);
    let mock = start(slow);
    let mut client = Client::new(&mock);
    let share = client.share("store");
    client.until(&format!("/v2/nfs/{share}"), "/share/status", "ACTIVE");
    client
        .post(&format!("/v2/nfs/{share}/actions"), snapshot("nightly"))
        .ok();
    let id = client.get("/v2/nfs/snapshots").ok();
    assert_eq!(id.at("/snapshots/0/status"), "SNAPSHOT_CREATING");
    let path = format!("/v2/nfs/snapshots/{}", id.at("/snapshots/0/id"));
    client.until(&path, "/snapshot/status", "SNAPSHOT_AVAILABLE");
    client.delete(&path).ok();
    assert_eq!(client.get(&path).at("/snapshot/status"), "SNAPSHOT_DELETED");
}

#[test]
fn an_nfs_action_as_it_was_until_the_middle_of_2026() {
    let (_mock, mut client, share, action) = snapshotted(Mock::builder().states(States::Older));
    assert_eq!(action.at("/action/status"), "in-progress");
    assert_eq!(action.at("/action/resource_type"), "network_file_share");
    assert_eq!(action.at("/action/resource_id"), share);
    assert_eq!(action.at("/action/type"), "snapshot");
    assert!(action.json()["action"]["id"].is_u64(), "{action:?}");
    let list = client.get("/v2/nfs/snapshots").ok();
    assert_eq!(list.at("/snapshots/0/status"), "ACTIVE");
    let body = json!({"type": "resize", "params": {"size_gib": 90}});
    let action = client.post(&format!("/v2/nfs/{share}/actions"), body).ok();
    assert_eq!(action.at("/action/type"), "resize");
}

#[test]
fn an_actions_end_is_told_by_one_of_two_paths() {
    for (states, told) in [(States::Live, false), (States::Documented, true)] {
        let mock = start(Mock::builder().states(states).settle(Duration::ZERO));
        let mut client = Client::new(&mock);
        let path = format!("/v2/droplets/{}/actions", mock.droplets()[0]);
        let id = client
            .post(&path, json!({"type": "reboot"}))
            .ok()
            .at("/action/id");
        let by_droplet = client.get(&format!("{path}/{id}")).ok();
        assert_eq!(by_droplet.at("/action/status"), "completed");
        assert_eq!(by_droplet.at("/action/completed_at") != "null", told);
        let by_id = client.get(&format!("/v2/actions/{id}")).ok();
        assert_ne!(by_id.at("/action/completed_at"), "null");
    }
}

/// No source says that the names of NFS snapshots are unique.
#[test]
fn two_nfs_snapshots_may_have_one_name() {
    let (_mock, mut client, share, _) = snapshotted(Mock::builder());
    client
        .post(&format!("/v2/nfs/{share}/actions"), snapshot("nightly"))
        .ok();
    let ids = snapshot_ids(&mut client);
    assert!(ids.len() == 2 && ids[0] != ids[1], "{ids:?}");
}

#[test]
fn what_was_made_shows_after_a_while() {
    let late = Mock::builder().settle(Duration::ZERO);
    let mock = start(late.visible_after(Duration::from_secs(3)));
    let mut client = Client::new(&mock);
    let share = format!("/v2/nfs/{}", client.share("store"));
    let actions = format!("/v2/droplets/{}/actions", mock.droplets()[0]);
    let action = client
        .post(&actions, json!({"type": "reboot"}))
        .ok()
        .at("/action/id");
    let volume = format!("/v2/volumes/{}/snapshots", mock.volumes()[0]);
    let taken = client
        .post(&volume, json!({"name": "a"}))
        .ok()
        .at("/snapshot/id");
    let (mut ovh, service) = service(&mock);
    let ovh_share = ovh_share(&mut ovh, &service);
    let single = [
        share.clone(),
        format!("/v2/actions/{action}"),
        format!("{actions}/{action}"),
        format!("/v2/snapshots/{taken}"),
    ];
    for path in &single {
        assert_eq!(client.get(path).status, 404, "{path}");
    }
    assert_eq!(
        client
            .post(&format!("{share}/actions"), snapshot("early"))
            .status,
        404
    );
    for (path, list) in [
        ("/v2/nfs", "shares"),
        ("/v2/actions", "actions"),
        (&actions, "actions"),
        ("/v2/snapshots", "snapshots"),
        (&volume, "snapshots"),
    ] {
        assert_eq!(client.get(path).ok().json()[list], json!([]), "{path}");
    }
    assert_eq!(ovh.get(&ovh_share).status, 404);
    assert_eq!(ovh.get(&format!("{service}/share")).text, "[]");
    for path in &single {
        shows(&mut client, path);
    }
    shows(&mut ovh, &ovh_share);
    assert_eq!(client.get("/v2/actions").at("/meta/total"), "1");
    let action = client
        .post(&format!("{share}/actions"), snapshot("late"))
        .ok();
    let taken = format!("/v2/nfs/snapshots/{}", action.at("/action/resource_id"));
    assert_eq!(client.get(&taken).status, 404);
    assert!(snapshot_ids(&mut client).is_empty());
    shows(&mut client, &taken);
    assert_eq!(snapshot_ids(&mut client).len(), 1);
}
