//! Requests that the document does not allow.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod common;

use common::{Client, Reply, quick, start};
use serde_json::{Value, json};
use snapline_mock::{Mock, RateLimit, digitalocean};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const TOKEN: (&str, &str) = ("Authorization", "Bearer test");

fn refused(reply: &Reply, status: u16, words: &[&str]) {
    assert_eq!(reply.status, status, "{reply:?}");
    let message = reply.at("/message");
    for word in words {
        assert!(message.contains(word), "{word:?} is not in {message:?}");
    }
}

fn share() -> Value {
    json!({"name": "a", "size_gib": 50, "region": "ams3", "vpc_ids": ["v"]})
}

fn share_with(name: &str, value: Value) -> Value {
    let mut share = share();
    share[name] = value;
    share
}

#[test]
fn the_way_must_be_in_the_document() {
    let mock = quick();
    let mut client = Client::new(&mock);
    refused(&client.get("/v2/nothing"), 404, &["/v2/nothing"]);
    refused(&client.get("/v2/nfs/"), 404, &[]);
    let reply = client.send("PATCH", "/v2/nfs", None);
    refused(&reply, 405, &["PATCH"]);
    assert_eq!(reply.header("allow").unwrap(), "POST, GET");
    assert_eq!(reply.at("/id"), "method_not_allowed");
}

#[test]
fn a_token_is_needed() {
    let mock = start(Mock::builder().token("right"));
    let mut client = Client::new(&mock);
    let with = |value| [("Authorization", value)];
    refused(
        &client.raw("GET", "/v2/nfs", &[], b""),
        401,
        &["Authorization"],
    );
    refused(
        &client.raw("GET", "/v2/nfs", &with("Basic right"), b""),
        401,
        &["Bearer"],
    );
    refused(
        &client.raw("GET", "/v2/nfs", &with("Bearer"), b""),
        401,
        &["Bearer"],
    );
    let both = [
        ("Authorization", "Bearer right"),
        ("Authorization", "Bearer right"),
    ];
    refused(&client.raw("GET", "/v2/nfs", &both, b""), 401, &["one"]);
    let wrong = client.raw("GET", "/v2/nfs", &with("Bearer wrong"), b"");
    refused(&wrong, 401, &["not valid"]);
    assert_eq!(wrong.at("/id"), "unauthorized");
    assert!(wrong.json().get("request_id").is_some());
    client
        .raw("GET", "/v2/nfs", &with("Bearer right"), b"")
        .ok();
}

#[test]
fn parameters_are_checked() {
    let mock = quick();
    let mut client = Client::new(&mock);
    for (path, words) in [
        ("/v2/snapshots?per_page=0", ["query/per_page", "minimum"]),
        ("/v2/snapshots?per_page=201", ["query/per_page", "maximum"]),
        ("/v2/snapshots?page=two", ["query/page", "integer"]),
        ("/v2/snapshots?page=+1", ["query/page", "integer"]),
        ("/v2/snapshots?page=1&page=2", ["query/page", "once"]),
        (
            "/v2/snapshots?resource_type=tape",
            ["query/resource_type", "enum"],
        ),
        (
            "/v2/snapshots?pages=1",
            ["query/pages", "no such parameter"],
        ),
        ("/v2/nfs?region=%ff", ["query", "UTF-8"]),
        ("/v2/actions/0", ["path/action_id", "minimum"]),
        ("/v2/actions/first", ["path/action_id", "integer"]),
    ] {
        let reply = client.get(path);
        refused(&reply, 400, &words);
        assert_eq!(reply.at("/id"), "bad_request");
    }
    let reply = client.post("/v2/droplets/actions", json!({"type": "reboot"}));
    refused(&reply, 400, &["query/tag_name", "required"]);
    client
        .get("/v2/snapshots?per_page=200&page=1&resource_type=volume")
        .ok();
}

#[test]
fn bodies_are_checked() {
    let mock = quick();
    let mut client = Client::new(&mock);
    for (body, words) in [
        (share_with("size_gib", json!(49)), ["/size_gib", "minimum"]),
        (share_with("size_gib", json!("50")), ["/size_gib", "type"]),
        (share_with("size_gib", json!(50.5)), ["/size_gib", "type"]),
        (share_with("vpc_ids", json!([1])), ["/vpc_ids/0", "type"]),
        (share_with("region", Value::Null), ["/region", "type"]),
        (
            share_with("colour", json!("red")),
            ["additionalProperties", "colour"],
        ),
        (json!({"name": "a"}), ["required", "size_gib"]),
        (json!([]), ["type", "object"]),
    ] {
        refused(&client.post("/v2/nfs", body), 400, &words);
    }
    let id = client.share("bodies");
    let act = format!("/v2/nfs/{id}/actions");
    let name = "n".repeat(21);
    for (body, words) in [
        (
            json!({"type": "snapshot", "params": {"name": name}}),
            ["/params/name", "maxLength"],
        ),
        (
            json!({"type": "snapshot", "params": {"name": ""}}),
            ["/params/name", "minLength"],
        ),
        (json!({"type": "snapshot"}), ["required", "params"]),
        (
            json!({"type": "melt", "params": {}}),
            ["/type", "\"resize\""],
        ),
        (
            json!({"type": "resize", "params": {"size_gib": 1}}),
            ["/params/size_gib", "minimum"],
        ),
    ] {
        refused(&client.post(&act, body), 400, &words);
    }
    let droplet = format!("/v2/droplets/{}/actions", mock.droplets()[0]);
    let policy = |policy| json!({"type": "change_backup_policy", "backup_policy": policy});
    refused(
        &client.post(&droplet, policy(json!({"hour": 5}))),
        400,
        &["/hour", "enum"],
    );
    let set_by_service = policy(json!({"window_length_hours": 4}));
    refused(
        &client.post(&droplet, set_by_service),
        400,
        &["/window_length_hours", "readOnly"],
    );
    client.post(&droplet, policy(json!({"hour": 4}))).ok();
    let volume = format!("/v2/volumes/{}/snapshots", mock.volumes()[0]);
    client
        .post(&volume, json!({"name": "a", "tags": null}))
        .ok();
    refused(
        &client.post(&volume, json!({"name": ""})),
        400,
        &["shorter than 1 character"],
    );
}

#[test]
fn the_form_of_a_body_is_checked() {
    let mock = quick();
    let mut client = Client::new(&mock);
    let body = share().to_string();
    let mut post = |headers: &[(&str, &str)], body: &[u8]| {
        let headers: Vec<_> = [TOKEN].iter().chain(headers).copied().collect();
        client.raw("POST", "/v2/nfs", &headers, body)
    };
    refused(&post(&[], body.as_bytes()), 400, &["content-type"]);
    refused(
        &post(&[("Content-Type", "text/plain")], body.as_bytes()),
        400,
        &["text/plain"],
    );
    refused(&post(&[JSON], b""), 400, &["body", "required"]);
    refused(&post(&[JSON], b"{\"name\":"), 400, &["not JSON"]);
    refused(&post(&[JSON], b"{\"name\":\"\xff\"}"), 400, &["UTF-8"]);
    refused(
        &post(&[JSON, ("Accept", "text/html")], body.as_bytes()),
        406,
        &["accept"],
    );
    post(
        &[
            ("Content-Type", "Application/JSON; charset=utf-8"),
            ("Accept", "*/*"),
        ],
        body.as_bytes(),
    )
    .ok();
    let reply = client.send("DELETE", "/v2/snapshots/1", Some(&json!({})));
    refused(&reply, 400, &["body", "takes none"]);
}

#[test]
fn access_points_refuse_in_their_own_shape() {
    let document = digitalocean::document().unwrap();
    let mock = quick();
    let mut client = Client::new(&mock);
    let share = client.share("points");
    let path = format!("/v2/nfs/shares/{share}/access_points");
    let reply = client.post(&path, json!({}));
    refused(&reply, 400, &["required"]);
    assert_eq!(reply.at("/code"), "BAD_REQUEST");
    assert!(reply.json().get("id").is_none() && reply.json().get("request_id").is_none());
    let create = document.operation("nfs_create_access_point").unwrap();
    document
        .check_response(create, 400, reply.text.as_bytes())
        .unwrap();
    refused(
        &client.get(&format!("{path}?status=NEW")),
        400,
        &["query/status", "enum"],
    );
    // Not found is told in the usual shape there too.
    let reply = client.get("/v2/nfs/shares/nobody/access_points");
    refused(&reply, 404, &["nobody"]);
    assert_eq!(reply.at("/id"), "not_found");
}

#[test]
fn a_used_up_budget_is_429() {
    let mock = start(Mock::builder().rate_limit(RateLimit::per_hour(2)));
    let mut client = Client::new(&mock);
    assert_eq!(
        client
            .get("/v2/nfs")
            .ok()
            .header("ratelimit-remaining")
            .unwrap(),
        "1"
    );
    assert_eq!(
        client
            .get("/v2/nfs")
            .ok()
            .header("ratelimit-remaining")
            .unwrap(),
        "0"
    );
    let reply = client.get("/v2/nfs");
    refused(&reply, 429, &["2 requests"]);
    assert_eq!(reply.at("/id"), "too_many_requests");
    assert_eq!(reply.header("ratelimit-limit").unwrap(), "2");
    let reset: u64 = reply.header("ratelimit-reset").unwrap().parse().unwrap();
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap();
    assert!(reset > now.as_secs() && reset <= now.as_secs() + 3601);
}

#[test]
fn faults_come_when_asked_for_and_allowed() {
    let mock = start(Mock::builder().faults(true));
    let mut client = Client::new(&mock);
    let mut get =
        |fault: &str| client.raw("GET", "/v2/nfs", &[TOKEN, ("x-mock-fault", fault)], b"");
    let seen: Vec<u16> = (0..3).map(|_| get("503*2,retry-after:4").status).collect();
    assert_eq!(seen, [503, 503, 200]);
    let reply = get("429*1,retry-after:4");
    assert_eq!(reply.header("retry-after").unwrap(), "4");
    assert!(reply.json().get("message").is_some());
    let begun = std::time::Instant::now();
    get("delay:60").ok();
    assert!(begun.elapsed().as_millis() >= 60);
    refused(&get("explode"), 400, &["explode"]);
    let strict = quick();
    let mut client = Client::new(&strict);
    client
        .raw("GET", "/v2/nfs", &[TOKEN, ("x-mock-fault", "503*9")], b"")
        .ok();
}
