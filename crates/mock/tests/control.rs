//! What a test can ask of the server while it runs, in the crate and over HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod common;

use std::time::{Duration, Instant, SystemTime};

use common::{Client, Reply, quick, start};
use serde_json::{Value, json};
use snapline_mock::{Fault, Mock, RateLimit, States};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

/// Snapshots of the first volume.
fn snapshots_of(mock: &Mock) -> String {
    format!("/v2/volumes/{}/snapshots", mock.volumes()[0])
}

fn count(client: &mut Client, path: &str) -> String {
    client.get(path).ok().at("/meta/total")
}

fn post(client: &mut Client, path: &str, body: Value) -> Reply {
    client.post(&format!("/_mock{path}"), body)
}

#[test]
fn the_next_requests_that_fit_meet_a_fault() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let fault = Fault::status(503).method("GET").path("/v2/volumes/*");
    let id = mock.fault(fault.times(2).retry_after(7)).unwrap();
    let one = format!("/v2/volumes/{}", mock.volumes()[0]);
    client.get("/v2/volumes").ok();
    let refused = client.get(&one);
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (503, Some("7"))
    );
    assert_eq!(refused.at("/id"), "fault");
    assert_eq!(mock.faults()[0].left, Some(1));
    // Whatever the client is: no token is looked at before.
    assert_eq!(client.raw("GET", &one, &[], b"").status, 503);
    client.get(&one).ok();
    let met: Vec<_> = mock.requests().iter().map(|it| it.fault).collect();
    assert_eq!(met, [None, Some(id), Some(id), None]);
    // What was refused was asked for as well.
    assert_eq!(mock.counts()["volumes_get"], 3);
    assert!(mock.remove_fault(id) && !mock.remove_fault(id));
}

#[test]
fn a_refusal_is_in_the_providers_shape_or_as_it_was_given() {
    let mock = quick();
    let mut client = Client::to(&mock.ovhcloud_url());
    mock.fault(Fault::rate_limited(3)).unwrap();
    let refused = client.get("/storage/netapp");
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (429, Some("3"))
    );
    assert_eq!(refused.at("/class"), "Client::TooManyRequests");
    assert!(refused.header("x-ovh-queryid").is_some());
    mock.fault(Fault::status(409).body(json!({"code": "busy"})))
        .unwrap();
    let refused = client.get("/storage/netapp");
    assert_eq!(
        (refused.status, &*refused.text),
        (409, r#"{"code":"busy"}"#)
    );
}

#[test]
fn an_answer_is_lost_after_the_work_and_dropped_before_it() {
    let mock = quick();
    let path = snapshots_of(&mock);
    let headers = [
        ("Authorization", "Bearer test"),
        ("Content-Type", "application/json"),
    ];
    for (fault, there) in [(Fault::dropped(), "0"), (Fault::lost(), "1")] {
        mock.fault(fault.operation("volumeSnapshots_create"))
            .unwrap();
        let mut client = Client::new(&mock);
        assert_eq!(count(&mut client, &path), "0");
        assert!(Client::new(&mock).is_lost("POST", &path, &headers, br#"{"name": "once"}"#));
        assert_eq!(count(&mut client, &path), there);
    }
    let statuses: Vec<_> = mock.requests().iter().map(|it| it.status).collect();
    assert_eq!(statuses, [200, 0, 200, 200, 201, 200]);
}

#[test]
fn a_body_is_cut_short_and_its_length_tells() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let whole = client.get("/v2/volumes").ok();
    mock.fault(Fault::truncated(10)).unwrap();
    let came = Client::new(&mock).until_the_end("/v2/volumes");
    let (head, body) = came.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let length = format!("content-length: {}", whole.text.len());
    assert!(head.contains(&length), "{length} in {head}");
    assert_eq!(body, &whole.text[..10]);
    // More than there is cuts nothing.
    mock.fault(Fault::truncated(1 << 20)).unwrap();
    assert_eq!(client.get("/v2/volumes").text, whole.text);
}

#[test]
fn an_answer_is_late() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let late = Duration::from_millis(120);
    mock.fault(Fault::delayed(late)).unwrap();
    let begun = Instant::now();
    client.get("/v2/volumes").ok();
    assert!(begun.elapsed() >= late, "{:?}", begun.elapsed());
}

#[test]
fn faults_are_planned_over_http() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let several = json!([
        {"status": 500, "operation": "nfs_list"},
        {"drop": true, "method": "delete", "always": true},
    ]);
    assert_eq!(
        post(&mut client, "/faults", several).ok().json(),
        json!({"ids": [1, 2]})
    );
    assert_eq!(client.get("/v2/nfs").status, 500);
    let told = client.get("/_mock/faults").ok();
    assert_eq!(
        [told.at("/0/met"), told.at("/0/left"), told.at("/1/left")],
        ["1", "0", "null"]
    );
    assert_eq!(told.at("/0/fault/operation"), "nfs_list");
    assert_eq!(client.delete("/_mock/faults/2").status, 204);
    assert_eq!(client.delete("/_mock/faults/2").status, 404);
    assert_eq!(client.delete("/v2/nfs/x").status, 404);
    let one = json!({"status": 500});
    assert_eq!(
        post(&mut client, "/faults", one).ok().json(),
        json!({"ids": [3]})
    );
    assert_eq!(client.delete("/_mock/faults").status, 204);
    client.get("/v2/nfs").ok();
    for (wrong, why) in [
        (json!({"stats": 500}), "unknown field `stats`"),
        (json!([{"status": 500}, {"times": 2}]), "nothing"),
        (json!({"status": 500, "path": "/[a"}), "path: "),
    ] {
        let refused = post(&mut client, "/faults", wrong);
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.at("/message").contains(why), "{refused:?}");
    }
    // Of several all are planned or none.
    assert_eq!(client.get("/_mock/faults").ok().text, "[]");
}

#[test]
fn what_came_is_told_without_credentials() {
    let mock = quick();
    let mut client = Client::new(&mock);
    client.share("store");
    client.get("/v2/nfs?region=a%20b").ok();
    let form = "grant_type=client_credentials&scope=all&client_id=mock-client&client_secret=mock-client-secret";
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    client
        .raw("POST", "/auth/oauth2/token", &kind, form.as_bytes())
        .ok();
    let keys = [
        ("X-Ovh-Application", "mock-application"),
        ("X-Ovh-Consumer", "mock-consumer"),
        ("X-Ovh-Signature", "$1$secret"),
    ];
    client.raw("GET", "/1.0/storage/netapp", &keys, b"");
    let told = client.get("/_mock/requests").ok();
    for secret in ["Bearer", "mock-client-secret", "mock-consumer", "$1$secret"] {
        assert!(!told.text.contains(secret), "{secret} in {}", told.text);
    }
    let all = told.json();
    assert_eq!(all.as_array().unwrap().len(), 4);
    assert_eq!(all[1]["query"], json!([["region", "a b"]]));
    assert_eq!(all[1]["operation"], "nfs_list");
    assert!(all[0]["body"].as_str().unwrap().contains("store"));
    assert_eq!(all[2]["body"], "[redacted]");
    let time: SystemTime = parse(all[0]["time"].as_str().unwrap());
    assert!(mock.now().duration_since(time).unwrap() < Duration::from_secs(60));
    // The crate gives what came, and shows it without.
    let sent = &mock.requests()[0];
    assert_eq!(sent.header("authorization"), Some("Bearer test"));
    assert!(!format!("{sent:?}").contains("Bearer"), "{sent:?}");
    let mut some = |query: &str| {
        let told = client.get(&format!("/_mock/requests?{query}")).ok().json();
        told.as_array().unwrap().len()
    };
    assert_eq!(some("method=post"), 2);
    assert_eq!(some("method=post&path=/v2/*"), 1);
    assert_eq!(some("path=/**/netapp"), 1);
    assert_eq!(some("operation=nfs_create"), 1);
    assert_eq!(client.get("/_mock/requests?colour=red").status, 400);
    let count = client.get("/_mock/requests/count?method=post").ok();
    assert_eq!(count.text, "2");
    assert_eq!(mock.counts()["nfs_list"], 1);
    assert_eq!(client.get("/_mock/counts").ok().at("/nfs_create"), "1");
    // A field that the document calls a secret, also of a request that is refused.
    let secret = json!({"name": "web", "user_data": "s3cret"});
    client.post("/v2/droplets", secret);
    let told = client.get("/_mock/requests?operation=droplets_create").ok();
    assert_eq!(
        told.at("/0/body"),
        r#"{"name":"web","user_data":"[redacted]"}"#
    );
    client.delete("/_mock/requests").ok();
    assert!(mock.requests().is_empty());
    client.get("/v2/nfs").ok();
    mock.clear_requests();
    assert_eq!(client.get("/_mock/requests").ok().text, "[]");
}

fn parse(text: &str) -> SystemTime {
    let time: jiff::Timestamp = text.parse().unwrap();
    time.try_into().unwrap()
}

#[test]
fn what_takes_hours_is_done_when_the_clock_is_moved() {
    let noon = parse("2026-03-01T12:00:00Z");
    let mock = start(Mock::builder().settle(HOUR).time(noon));
    let mut client = Client::new(&mock);
    let path = format!("/v2/nfs/{}", client.share("store"));
    let droplet = format!("/v2/droplets/{}", mock.droplets()[0]);
    let action = client.post(&format!("{droplet}/actions"), json!({"type": "snapshot"}));
    let action = format!("/v2/actions/{}", action.ok().at("/action/id"));
    let mut states = || {
        [
            client.get(&path).at("/share/status"),
            client.get(&action).at("/action/status"),
        ]
    };
    assert_eq!(states(), ["CREATING", "in-progress"]);
    mock.advance(HOUR / 2).unwrap();
    assert_eq!(states(), ["CREATING", "in-progress"]);
    mock.advance(DAY).unwrap();
    assert_eq!(states(), ["ACTIVE", "completed"]);
    // It was done when it was due, not when somebody looked.
    let done = client.get(&action).at("/action/completed_at");
    assert!(done.starts_with("2026-03-01T13:00:0"), "{done}");
    let taken = client.get(&format!("{droplet}/snapshots")).ok();
    assert_eq!(taken.at("/snapshots/0/created_at"), done);
    let date = client.get(&path).header("date").unwrap().to_owned();
    assert!(date.starts_with("Mon, 02 Mar 2026 12:30:0"), "{date}");
}

#[test]
fn limits_and_tokens_go_by_the_clock() {
    let limit = RateLimit::per_hour(3);
    let mock = start(Mock::builder().rate_limit(limit).snapshot_limits(true));
    let mut client = Client::new(&mock);
    let path = snapshots_of(&mock);
    client.post(&path, json!({"name": "one"})).ok();
    let soon = client.post(&path, json!({"name": "two"}));
    assert!(soon.at("/message").contains("10m0s"), "{soon:?}");
    post(&mut client, "/clock", json!({"minutes": 10})).ok();
    client.post(&path, json!({"name": "two"})).ok();
    assert_eq!(client.get("/v2/nfs").status, 429);
    post(&mut client, "/clock", json!({"hours": 1})).ok();
    let free = client.get("/v2/nfs").ok();
    // What says when to come again is by the client's clock, which nobody moved.
    let reset: u64 = free.header("ratelimit-reset").unwrap().parse().unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    assert!(reset <= now.unwrap().as_secs() + 3601, "{reset}");

    let form = "grant_type=client_credentials&scope=all&client_id=mock-client&client_secret=mock-client-secret";
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let given = client.raw("POST", "/auth/oauth2/token", &kind, form.as_bytes());
    let token = format!("Bearer {}", given.ok().at("/access_token"));
    let mut ask = || {
        let header = [("Authorization", token.as_str())];
        client
            .raw("GET", "/1.0/storage/netapp", &header, b"")
            .status
    };
    assert_eq!(ask(), 200);
    mock.advance(2 * HOUR).unwrap();
    assert_eq!(ask(), 401);
}

#[test]
fn thirty_nights_pass_in_a_moment() {
    let mock = start(Mock::builder().time(parse("2026-03-01T02:00:00Z")));
    let mut client = Client::new(&mock);
    let path = snapshots_of(&mock);
    for night in 1..=30 {
        let name = format!("night-{night}");
        client.post(&path, json!({ "name": name })).ok();
        post(&mut client, "/clock", json!({"days": 1})).ok();
    }
    let all = client.get(&format!("{path}?per_page=200")).ok().json();
    let time = |place: usize| parse(all["snapshots"][place]["created_at"].as_str().unwrap());
    for night in 1..30 {
        let between = time(night).duration_since(time(night - 1)).unwrap();
        assert!(between.abs_diff(DAY) <= Duration::from_secs(5));
    }
    let now = client.get("/_mock/clock").ok().at("/time");
    assert!(now.starts_with("2026-03-31T02:00:"), "{now}");
}

#[test]
fn the_clock_is_set_and_goes_forward_alone() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let to = post(
        &mut client,
        "/clock",
        json!({"time": "2030-01-01T00:00:00Z"}),
    );
    assert!(to.ok().at("/time").starts_with("2030-01-01T00:00:0"));
    mock.set_time(parse("2020-01-01T00:00:00Z")).unwrap();
    let now = client.get("/_mock/clock").ok().at("/time");
    assert!(now.starts_with("2020-01-01T00:00:0"), "{now}");
    for (wrong, why) in [
        (json!({"days": -1}), "forward"),
        (json!({"days": 1e9}), "9999"),
        (json!({"weeks": 1}), "unknown field"),
        (
            json!({"time": "2030-01-01T00:00:00Z", "days": 1}),
            "only one",
        ),
        (json!({"time": "soon"}), "the body: "),
    ] {
        let refused = post(&mut client, "/clock", wrong);
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.at("/message").contains(why), "{refused:?}");
    }
}

#[test]
fn a_reset_begins_anew_as_it_began_or_as_it_is_told() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let before = client.share("store");
    mock.fault(Fault::status(500).always()).unwrap();
    mock.advance(DAY).unwrap();
    mock.reset().unwrap();
    assert!(mock.requests().is_empty() && mock.faults().is_empty());
    assert!(mock.now() < SystemTime::now() + HOUR);
    assert_eq!(client.get("/v2/nfs").ok().text, r#"{"shares":[]}"#);
    // The same requests give the same ids.
    assert_eq!(client.share("store"), before);

    let told = json!({"volumes": 2, "snapshots": 6, "states": "live", "settle_ms": 0, "tokens": ["test"],
        "rate_limits": ["4/30s"], "strict": false, "time": "2026-03-01T02:00:00Z"});
    let about = post(&mut client, "/reset", told).ok();
    assert!(about.at("/time").starts_with("2026-03-01T02:00:0"));
    let snapshots = client.get("/v2/snapshots?colour=red").ok();
    assert_eq!(snapshots.at("/meta/total"), "6");
    assert_eq!(snapshots.at("/snapshots/5/name"), "nightly-2026-02-26");
    let wrong = [("Authorization", "Bearer other")];
    assert_eq!(client.raw("GET", "/v2/nfs", &wrong, b"").status, 401);
    assert_eq!(state_of_a_snapshot(&mut client), "SNAPSHOT_AVAILABLE");
    assert_eq!(client.get("/v2/nfs").status, 429);

    let other = Mock::builder().settle(Duration::ZERO);
    mock.reset_to(other.states(States::Documented)).unwrap();
    assert_eq!(state_of_a_snapshot(&mut client), "ACTIVE");
    for (wrong, why) in [
        (json!({"snapshot": 5}), "unknown field `snapshot`"),
        (json!({"settle_ms": 5, "settle_polls": 5}), "only one"),
        (json!({"rate_limits": ["5/day"]}), "5/day"),
    ] {
        let refused = post(&mut client, "/reset", wrong);
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.at("/message").contains(why), "{refused:?}");
    }
    // What was asked for before is forgotten.
    assert_eq!(client.send("POST", "/_mock/reset", None).status, 200);
    assert_eq!(client.get("/v2/nfs?colour=red").status, 400);
}

/// Takes a snapshot of a share, and gives the word for one that can be used.
fn state_of_a_snapshot(client: &mut Client) -> String {
    let share = client.share("store");
    let body = json!({"type": "snapshot", "region": "ams3", "params": {"name": "nightly"}});
    client.post(&format!("/v2/nfs/{share}/actions"), body).ok();
    let all = client.get("/v2/nfs/snapshots").ok();
    all.at("/snapshots/0/status")
}

#[test]
fn a_request_that_is_under_way_does_nothing_to_the_next_test() {
    let mock = quick();
    mock.fault(Fault::delayed(Duration::from_millis(300)))
        .unwrap();
    let path = snapshots_of(&mock);
    let url = mock.url();
    let late = {
        let path = path.clone();
        std::thread::spawn(move || Client::to(&url).post(&path, json!({"name": "late"})).status)
    };
    while mock.faults()[0].met == 0 {
        std::thread::sleep(Duration::from_millis(2));
    }
    mock.reset().unwrap();
    assert_eq!(late.join().unwrap(), 201);
    assert_eq!(count(&mut Client::new(&mock), &path), "0");
    assert_eq!(mock.requests().len(), 1);
}

#[test]
fn all_that_is_remembered_can_be_looked_at() {
    let mock = quick();
    let mut client = Client::new(&mock);
    client
        .post(&snapshots_of(&mock), json!({"name": "first"}))
        .ok();
    client.share("store");
    let told = client.get("/_mock/state").ok();
    assert_eq!(told.at("/digitalocean/snapshots/0/name"), "first");
    assert_eq!(told.at("/digitalocean/shares/0/status"), "ACTIVE");
    assert_eq!(told.json()["digitalocean"]["volumes"][2]["name"], "scratch");
    assert!(told.json()["ovhcloud"]["shares"].is_array());
    assert_eq!(told.json(), mock.state());
}

#[test]
fn it_says_what_it_is_and_what_it_does_not_know() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let about = client.get("/_mock").ok();
    assert_eq!(about.at("/version"), env!("CARGO_PKG_VERSION"));
    assert_eq!(about.at("/url"), mock.url());
    for (provider, variables) in mock.environments() {
        for (name, value) in variables {
            let pointer = format!("/providers/{provider}/environment/{name}");
            assert_eq!(about.at(&pointer), value);
        }
    }
    for (method, path) in [("GET", "/_mock/nothing"), ("PUT", "/_mock/clock")] {
        let refused = client.send(method, path, None);
        assert_eq!(refused.status, 404, "{refused:?}");
        assert!(refused.at("/message").contains(path), "{refused:?}");
    }
    // A path that only begins so is a provider's affair.
    assert_eq!(client.get("/_mocked").at("/id"), "not_found");
    assert_eq!(mock.requests().len(), 1);
}
