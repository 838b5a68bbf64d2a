//! How things change while nobody and while somebody looks.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod common;

use std::time::Duration;

use common::{Client, quick, start};
use serde_json::{Value, json};
use snapline_mock::Mock;

fn policy() -> Value {
    json!({"anonuid": 1, "anongid": 2, "protocols": ["NFS4"], "squash_config": "NO_SQUASH",
        "identity_enforcement_enabled": false})
}

fn point(name: &str, path: &str) -> Value {
    json!({"name": name, "path": path, "access_policy": policy(), "vpc_id": "vpc-1"})
}

#[test]
fn a_share_goes_through_its_statuses() {
    let mock = start(Mock::builder().settle_polls(2));
    let mut client = Client::new(&mock);
    let path = format!("/v2/nfs/{}", client.share("store"));
    let mut status = || client.get(&path).ok().at("/share/status");
    assert_eq!(
        [status(), status(), status(), status()],
        ["CREATING", "CREATING", "ACTIVE", "ACTIVE"]
    );
    let reply = client.get(&path);
    assert_eq!(reply.at("/share/size_gib"), "60");
    assert_eq!(reply.at("/share/performance_tier"), "standard");
    assert_eq!(reply.at("/share/access_points/0/is_default"), "true");
    assert_eq!(reply.at("/share/access_points/0/vpc_id"), "vpc-1");
    assert_eq!(client.delete(&path).status, 204);
    assert_eq!(client.get(&path).at("/share/status"), "DELETED");
    assert_eq!(client.delete(&path).status, 404);
    assert_eq!(client.get(&path).status, 200);
    assert_eq!(client.get(&path).status, 404);
}

#[test]
fn time_settles_things_too() {
    let mock = start(Mock::builder().settle(Duration::from_millis(80)));
    let mut client = Client::new(&mock);
    let id = client.share("store");
    let path = format!("/v2/nfs/{id}");
    assert_eq!(client.get(&path).at("/share/status"), "CREATING");
    client.until(&path, "/share/status", "ACTIVE");
    let failing = client.share("fail-store");
    client.until(&format!("/v2/nfs/{failing}"), "/share/status", "FAILED");
    client.until(
        &format!("/v2/nfs/{failing}"),
        "/share/access_points/0/status",
        "ACCESS_POINT_FAILED",
    );
}

#[test]
fn shares_are_listed_by_region() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let id = client.share("one");
    let body = json!({"name": "two", "size_gib": 50, "region": "nyc2", "vpc_ids": []});
    client.post("/v2/nfs", body).ok();
    let count = |reply: common::Reply| reply.json()["shares"].as_array().unwrap().len();
    assert_eq!(count(client.get("/v2/nfs").ok()), 2);
    assert_eq!(count(client.get("/v2/nfs?region=ams3").ok()), 1);
    let detached = client.get("/v2/nfs?region=nyc2").ok();
    assert_eq!(detached.at("/shares/0/status"), "INACTIVE");
    assert_eq!(client.get(&format!("/v2/nfs/{id}?region=nyc2")).status, 404);
    assert_eq!(client.get(&format!("/v2/nfs/{id}?region=ams3")).status, 200);
}

#[test]
fn actions_change_the_share() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let path = format!("/v2/nfs/{}", client.share("store"));
    let mut act = |kind: &str, params: Value| {
        let reply = client.post(
            &format!("{path}/actions"),
            json!({"type": kind, "params": params}),
        );
        let share = client.get(&path).json()["share"].clone();
        (reply, share)
    };
    let (reply, share) = act("resize", json!({"size_gib": 90}));
    assert_eq!(reply.at("/action/status"), "IN_PROGRESS");
    assert_eq!(reply.at("/action/resource_type"), "SHARE");
    assert_eq!(share["size_gib"], 90);
    assert_eq!(act("resize", json!({"size_gib": 80})).0.status, 400);
    assert_eq!(
        act("attach", json!({"vpc_id": "vpc-2"})).1["vpc_ids"],
        json!(["vpc-1", "vpc-2"])
    );
    assert_eq!(act("attach", json!({"vpc_id": "vpc-2"})).0.status, 409);
    let moved = act(
        "reassign",
        json!({"old_vpc_id": "vpc-1", "new_vpc_id": "vpc-3"}),
    )
    .1;
    assert_eq!(moved["vpc_ids"], json!(["vpc-2", "vpc-3"]));
    assert_eq!(act("detach", json!({"vpc_id": "vpc-9"})).0.status, 409);
    act("detach", json!({"vpc_id": "vpc-2"}));
    assert_eq!(
        act("detach", json!({"vpc_id": "vpc-3"})).1["status"],
        "INACTIVE"
    );
    assert_eq!(
        act("attach", json!({"vpc_id": "vpc-1"})).1["status"],
        "ACTIVE"
    );
    let tier = act(
        "switch_performance_tier",
        json!({"performance_tier": "PERFORMANCE_TIER_HIGH"}),
    );
    assert_eq!(tier.1["performance_tier"], "PERFORMANCE_TIER_HIGH");
    let elsewhere = json!({"type": "resize", "region": "nyc2", "params": {"size_gib": 99}});
    assert_eq!(
        client.post(&format!("{path}/actions"), elsewhere).status,
        404
    );
}

#[test]
fn a_share_in_the_making_takes_no_actions() {
    let mock = start(Mock::builder().settle(Duration::from_secs(60)));
    let mut client = Client::new(&mock);
    let id = client.share("store");
    let body = json!({"type": "snapshot", "params": {"name": "early"}});
    let reply = client.post(&format!("/v2/nfs/{id}/actions"), body);
    assert_eq!(reply.status, 409, "{reply:?}");
    assert!(reply.at("/message").contains("CREATING"));
}

#[test]
fn an_nfs_snapshot_is_found_by_its_name() {
    let mock = start(Mock::builder().settle_polls(1));
    let mut client = Client::new(&mock);
    let id = client.share("store");
    client.until(&format!("/v2/nfs/{id}"), "/share/status", "ACTIVE");
    let mut take = |name: &str| {
        let body = json!({"type": "snapshot", "region": "ams3", "params": {"name": name}});
        client.post(&format!("/v2/nfs/{id}/actions"), body).ok()
    };
    let action = take("nightly");
    assert_eq!(action.at("/action/type"), "CREATE_SNAPSHOT");
    assert_eq!(action.at("/action/resource_type"), "SNAPSHOT");
    take("failing");
    let list = format!("/v2/nfs/snapshots?share_id={id}&region=ams3");
    assert_eq!(client.get(&list).ok().at("/snapshots/0/status"), "CREATING");
    let found = client.get(&list).ok();
    assert_eq!(found.at("/snapshots/0/name"), "nightly");
    assert_eq!(found.at("/snapshots/0/status"), "ACTIVE");
    assert_eq!(found.at("/snapshots/1/status"), "FAILED");
    assert_eq!(
        client.get("/v2/nfs/snapshots?share_id=other").ok().json()["snapshots"],
        json!([])
    );
    assert_eq!(
        client.get("/v2/nfs/snapshots?region=nyc2").ok().json()["snapshots"],
        json!([])
    );
    let one = format!("/v2/nfs/snapshots/{}", found.at("/snapshots/0/id"));
    assert_eq!(client.get(&one).ok().at("/snapshot/share_id"), id);
    assert_eq!(client.delete(&format!("{one}?region=nyc2")).status, 404);
    assert_eq!(client.delete(&one).status, 204);
    assert_eq!(client.get(&one).at("/snapshot/status"), "DELETED");
    assert_eq!(client.get(&one).status, 404);
}

#[test]
fn access_points_keep_their_rules() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let id = client.share("store");
    let path = format!("/v2/nfs/shares/{id}/access_points");
    let made = client.post(&path, point("farm", "/farm")).ok();
    assert_eq!(made.at("/access_point/status"), "ACCESS_POINT_CREATING");
    assert_eq!(made.at("/access_point/updated_at"), "");
    assert_eq!(made.at("/access_point/access_policy/anongid"), "2");
    let taken = client.post(&path, point("farm", "/other"));
    assert_eq!(
        (taken.status, taken.at("/code").as_str()),
        (409, "NAME_TAKEN")
    );
    let taken = client.post(&path, point("other", "/farm"));
    assert_eq!(
        (taken.status, taken.at("/code").as_str()),
        (409, "PATH_TAKEN")
    );
    let bent = client.post(&path, point("other", "farm"));
    assert_eq!(
        (bent.status, bent.at("/code").as_str()),
        (400, "INVALID_PATH")
    );
    let failing = client
        .post(&path, point("failing", "/failing"))
        .ok()
        .at("/access_point/id");
    assert_eq!(
        client
            .get(&format!("/v2/nfs/access_points/{failing}"))
            .at("/access_point/status"),
        "ACCESS_POINT_FAILED"
    );
    let active = client
        .get(&format!("{path}?status=ACCESS_POINT_ACTIVE"))
        .ok()
        .json();
    let names: Vec<&str> = active["access_points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| point["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["default", "farm"]);
    let default = active["access_points"][0]["id"].as_str().unwrap();
    let kept = client.delete(&format!("/v2/nfs/access_points/{default}"));
    assert_eq!(
        (kept.status, kept.at("/code").as_str()),
        (400, "DEFAULT_ACCESS_POINT")
    );
    let farm = format!("/v2/nfs/access_points/{}", made.at("/access_point/id"));
    let gone = client.delete(&farm).ok();
    assert_eq!(gone.at("/access_point/status"), "ACCESS_POINT_DELETED");
    assert_eq!(gone.at("/action/type"), "DELETE_ACCESS_POINT");
    assert_eq!(client.get(&farm).status, 404);
    client.post(&path, point("farm", "/farm")).ok();
}

#[test]
fn a_droplet_snapshot_appears_when_its_action_is_done() {
    let mock = start(Mock::builder().settle_polls(1));
    let mut client = Client::new(&mock);
    let droplet = mock.droplets()[0];
    let path = format!("/v2/droplets/{droplet}");
    let begun = client
        .post(
            &format!("{path}/actions"),
            json!({"type": "snapshot", "name": "before"}),
        )
        .ok();
    assert_eq!(begun.at("/action/status"), "in-progress");
    assert_eq!(begun.at("/action/completed_at"), "null");
    let action = format!("{path}/actions/{}", begun.at("/action/id"));
    assert_eq!(client.get(&action).at("/action/status"), "in-progress");
    assert_eq!(
        client.get(&format!("{path}/snapshots")).json()["snapshots"],
        json!([])
    );
    let done = client.get(&action);
    assert_eq!(done.at("/action/status"), "completed");
    assert!(done.at("/action/completed_at").ends_with('Z'));
    let snapshots = client.get(&format!("{path}/snapshots")).ok();
    assert_eq!(snapshots.at("/snapshots/0/name"), "before");
    assert_eq!(snapshots.at("/meta/total"), "1");
    // The same snapshot among all, where its id is a text.
    let id = snapshots.json()["snapshots"][0]["id"].as_i64().unwrap();
    let same = client.get(&format!("/v2/snapshots/{id}")).ok().json();
    assert_eq!(same["snapshot"]["id"], json!(id.to_string()));
    assert_eq!(same["snapshot"]["resource_id"], json!(droplet.to_string()));
    // It is not a volume's.
    assert_eq!(
        client.get(&format!("/v2/volumes/snapshots/{id}")).status,
        404
    );
    assert_eq!(client.delete(&format!("/v2/snapshots/{id}")).status, 204);
    assert_eq!(client.delete(&format!("/v2/snapshots/{id}")).status, 404);
}

#[test]
fn a_failing_droplet_snapshot_is_errored() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let path = format!("/v2/droplets/{}", mock.droplets()[1]);
    let begun = client
        .post(
            &format!("{path}/actions"),
            json!({"type": "snapshot", "name": "fail"}),
        )
        .ok();
    let id = begun.at("/action/id");
    assert_eq!(
        client
            .get(&format!("/v2/actions/{id}"))
            .at("/action/status"),
        "errored"
    );
    assert_eq!(
        client.get(&format!("{path}/snapshots")).json()["snapshots"],
        json!([])
    );
    let other = mock.droplets()[0];
    assert_eq!(
        client
            .get(&format!("/v2/droplets/{other}/actions/{id}"))
            .status,
        404
    );
}

#[test]
fn a_tag_reaches_all_its_droplets() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let body = json!({"type": "snapshot", "name": "fleet"});
    let path = format!(
        "/v2/droplets/actions?tag_name={}",
        mock.tag().replace(':', "%3A")
    );
    let actions = client.post(&path, body.clone()).ok().json()["actions"].clone();
    let reached: Vec<i64> = actions
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action["resource_id"].as_i64().unwrap())
        .collect();
    assert_eq!(reached, &mock.droplets()[..2]);
    let none = client
        .post("/v2/droplets/actions?tag_name=nobody", body)
        .ok();
    assert_eq!(none.json()["actions"], json!([]));
    let newest = client.get("/v2/actions").ok();
    assert_eq!(
        newest.at("/actions/0/resource_id"),
        mock.droplets()[1].to_string()
    );
    let one = client
        .get(&format!("/v2/droplets/{}/actions", mock.droplets()[0]))
        .ok();
    assert_eq!(one.at("/meta/total"), "1");
    assert_eq!(client.get("/v2/snapshots").ok().at("/meta/total"), "2");
}

#[test]
fn a_volume_snapshot_is_finished_at_once() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let path = format!("/v2/volumes/{}/snapshots", mock.volumes()[0]);
    let made = client.post(&path, json!({"name": "ledger", "tags": ["a", "b"]}));
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["snapshot"]["tags"], json!(["a", "b"]));
    let id = made.at("/snapshot/id");
    assert_eq!(client.get(&path).ok().at("/snapshots/0/id"), id);
    let other = format!("/v2/volumes/{}/snapshots", mock.volumes()[1]);
    assert_eq!(client.get(&other).ok().at("/meta/total"), "0");
    assert_eq!(
        client
            .get(&format!("/v2/volumes/snapshots/{id}"))
            .at("/snapshot/name"),
        "ledger"
    );
    assert_eq!(
        client.delete(&format!("/v2/volumes/snapshots/{id}")).status,
        204
    );
    assert_eq!(client.get(&path).ok().at("/meta/total"), "0");
}

#[test]
fn a_list_is_walked_page_by_page() {
    let mock = start(Mock::builder().snapshots(1000));
    let mut client = Client::new(&mock);
    let mut next = Some("/v2/snapshots?per_page=150".to_owned());
    let mut ids = std::collections::BTreeSet::new();
    let mut pages = 0;
    while let Some(path) = next.take() {
        let page = client.get(&path).ok().json();
        assert_eq!(page["meta"]["total"], 1000);
        for snapshot in page["snapshots"].as_array().unwrap() {
            ids.insert(snapshot["id"].as_str().unwrap().to_owned());
        }
        pages += 1;
        let links = &page["links"]["pages"];
        assert_eq!(links.get("prev").is_some(), pages > 1);
        if let Some(link) = links["next"].as_str() {
            next = Some(link.strip_prefix(&mock.url()).unwrap().to_owned());
        }
    }
    assert_eq!((pages, ids.len()), (7, 1000));
    let first = client.get("/v2/snapshots?resource_type=volume").ok().json();
    assert_eq!(first["snapshots"].as_array().unwrap().len(), 20);
    assert_eq!(first["meta"]["total"], 500);
    let link = format!("{}/v2/snapshots?resource_type=volume&page=25", mock.url());
    assert_eq!(first["links"]["pages"]["last"], json!(link));
    let beyond = client.get("/v2/snapshots?per_page=200&page=9").ok().json();
    assert_eq!(beyond["snapshots"], json!([]));
    assert_eq!(beyond["links"]["pages"].get("next"), None);
    let few = start(Mock::builder().snapshots(3));
    assert_eq!(
        Client::new(&few).get("/v2/snapshots").ok().json()["links"],
        json!({})
    );
}

#[test]
fn ids_are_the_same_in_every_run() {
    let ids = || {
        let mock = start(Mock::builder().snapshots(4));
        let mut client = Client::new(&mock);
        let share = client.share("store");
        (share, client.get("/v2/snapshots").ok().text)
    };
    let (one, two) = (ids(), ids());
    assert_eq!(one, two);
}

#[test]
fn requests_can_be_read_afterwards() {
    let mock = quick();
    let mut client = Client::new(&mock);
    client.share("store");
    client.get("/v2/nfs/x?region=a%20b");
    let log = mock.requests();
    assert_eq!(log.len(), 2);
    assert_eq!((log[0].method.as_str(), log[0].status), ("POST", 201));
    assert!(String::from_utf8_lossy(&log[0].body).contains("store"));
    assert_eq!(
        (log[1].target.as_str(), log[1].status),
        ("/v2/nfs/x?region=a%20b", 404)
    );
    assert_eq!(log[1].header("authorization"), Some("Bearer test"));
    let url = mock.url();
    mock.stop();
    assert!(std::net::TcpStream::connect(url.strip_prefix("http://").unwrap()).is_err());
}

#[tokio::test]
async fn it_starts_inside_async_code() {
    let mock = Mock::builder().start().await.unwrap();
    let url = mock.url();
    let reply = tokio::task::spawn_blocking(move || Client::to(&url).get("/v2/nfs"))
        .await
        .unwrap();
    assert_eq!(reply.ok().text, r#"{"shares":[]}"#);
    mock.stop();
}
