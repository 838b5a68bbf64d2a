//! Conformance cases, right and wrong.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod common;

use std::path::PathBuf;

use common::{Client, Reply};
use serde_json::{Value, json};
use snapline_mock::Mock;

/// A server with these cases.
fn with(name: &str, cases: &Value) -> Mock {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("cases.json"), cases.to_string()).unwrap();
    Mock::builder().cases_dir(folder).start_blocking().unwrap()
}

fn case(name: &str, exchanges: &Value) -> Value {
    json!({"name": name, "provider": "digitalocean", "resource": ["nfs"], "method": "m",
        "kind": "call", "operation": "o", "arguments": {}, "exchanges": exchanges, "expect": {}})
}

fn resize() -> Value {
    json!([case(
        "nfs.resize.full",
        &json!([{
            "request": {"method": "POST", "path": "/v2/nfs/a%2Fb/actions", "query": {},
                "body": {"type": "resize", "params": {"size_gib": 60}}},
            "response": {"status": 201, "headers": {"x-request-id": "r-1"}, "body": {"action": {"id": "1"}}}
        }])
    )])
}

fn wrong(reply: &Reply, words: &[&str]) {
    assert_eq!(reply.status, 418, "{reply:?}");
    assert_eq!(reply.at("/id"), "wrong_request");
    for word in words {
        assert!(
            reply.at("/message").contains(word),
            "{word:?} is not in {reply:?}"
        );
    }
}

#[test]
fn the_right_request_gets_the_cases_answer() {
    let mock = with("right", &resize());
    assert_eq!(mock.cases(), 1);
    let mut client = Client::to(&mock.case_url("nfs.resize.full", "run-1"));
    let open = client.get("/_done");
    assert_eq!(open.status, 409);
    assert!(open.at("/message").contains("1 of 1"));
    let reply = client.post(
        "/v2/nfs/a%2Fb/actions",
        json!({"params": {"size_gib": 60.0}, "type": "resize"}),
    );
    // The schema takes 60.0 as an integer, and so does the comparison.
    assert_eq!(reply.status, 201, "{reply:?}");
    assert_eq!(reply.json(), json!({"action": {"id": "1"}}));
    assert_eq!(reply.header("x-request-id"), Some("r-1"));
    assert_eq!(reply.header("ratelimit-limit"), None);
    assert_eq!(client.get("/_done").json(), json!({"done": true}));
    wrong(&client.get("/v2/nfs"), &["after the last request"]);
    // Another run begins at the beginning.
    assert_eq!(
        Client::to(&mock.case_url("nfs.resize.full", "run-2"))
            .get("/_done")
            .status,
        409
    );
}

#[test]
fn what_a_case_takes_is_kept_as_the_api_would_get_it() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("kept");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("cases.json"), resize().to_string()).unwrap();
    let file = folder.join("kept.jsonl");
    let mock = Mock::builder()
        .cases_dir(&folder)
        .keep_requests(&file)
        .start_blocking()
        .unwrap();
    let mut client = Client::to(&mock.case_url("nfs.resize.full", "run-1"));
    let body = json!({"type": "resize", "params": {"size_gib": 60}});
    wrong(&client.get("/v2/nfs"), &["expected POST"]);
    assert_eq!(
        client.post("/v2/nfs/a%2Fb/actions", body.clone()).status,
        201
    );
    mock.stop();
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 1, "a refused request is kept: {text}");
    let kept: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(kept["provider"], "digitalocean");
    assert_eq!(kept["method"], "POST");
    assert_eq!(kept["target"], "/v2/nfs/a%2Fb/actions");
    assert_eq!(
        serde_json::from_str::<Value>(kept["body"].as_str().unwrap()).unwrap(),
        body
    );
    let agent = kept["headers"].as_array().unwrap().iter();
    assert!(agent.clone().any(|pair| pair[0] == "user-agent"), "{kept}");
}

#[test]
fn every_difference_is_told() {
    let mock = with("wrong", &resize());
    let mut client = Client::to(&mock.case_url("nfs.resize.full", "run-1"));
    let right = json!({"type": "resize", "params": {"size_gib": 60}});
    let path = "/v2/nfs/a%2Fb/actions";
    wrong(
        &client.post("/v2/nfs/a/actions", right.clone()),
        &["expected POST /v2/nfs/a%2Fb/actions"],
    );
    wrong(&client.send("PUT", path, Some(&right)), &["got PUT"]);
    wrong(
        &client.post(&format!("{path}?region=x"), right.clone()),
        &["query", "region=x"],
    );
    let size = json!({"type": "resize", "params": {"size_gib": 61}});
    wrong(
        &client.post(path, size),
        &["body/params/size_gib: expected 60, got 61"],
    );
    let more = json!({"type": "resize", "region": "x", "params": {"size_gib": 60}});
    wrong(&client.post(path, more), &["body/region: expected nothing"]);
    wrong(&client.send("POST", path, None), &["got no JSON"]);
    let body = right.to_string();
    let json_type = ("Content-Type", "application/json");
    let agent = ("User-Agent", "snapline/1 rust/1");
    let token = ("Authorization", "Bearer x");
    wrong(
        &client.raw("POST", path, &[json_type, agent], body.as_bytes()),
        &["Authorization"],
    );
    wrong(
        &client.raw("POST", path, &[json_type, token], body.as_bytes()),
        &["user-agent"],
    );
    wrong(
        &client.raw("POST", path, &[agent, token], body.as_bytes()),
        &["content-type"],
    );
    client.post(path, right).ok();
    wrong(
        &Client::to(&mock.case_url("nobody", "1")).get("/v2/nfs"),
        &["no case named nobody"],
    );
    wrong(
        &Client::to(&format!("{}/case/only", mock.url())).get(""),
        &["/case/<case name>"],
    );
}

#[test]
fn a_case_that_breaks_the_document_is_noticed() {
    let exchange = |status: u16| {
        json!([{"request": {"method": "GET", "path": "/v2/snapshots", "query": {"per_page": "999"}},
            "response": {"status": status, "body": {"id": "x"}}}])
    };
    let mut allowed = case("allowed", &exchange(200));
    allowed["valid"] = json!(false);
    let mock = with(
        "document",
        &json!([
            case("bad", &exchange(200)),
            case("refused", &exchange(400)),
            allowed
        ]),
    );
    let get = |name: &str| Client::to(&mock.case_url(name, "1")).get("/v2/snapshots?per_page=999");
    wrong(&get("bad"), &["query/per_page", "maximum"]);
    assert_eq!(get("refused").status, 400);
    assert_eq!(get("allowed").status, 200);
}

#[test]
fn links_lead_back_to_the_case() {
    let page = |number: &str, links: Value| {
        json!({"request": {"method": "GET", "path": "/v2/snapshots", "query": {"page": number}},
            "response": {"status": 200, "body": {"snapshots": [], "links": links}}})
    };
    let links = json!({"pages": {"next": "{base}/v2/snapshots?page=2"}});
    let walk = case("walk", &json!([page("1", links), page("2", json!({}))]));
    let broken = case(
        "broken",
        &json!([{"request": {"method": "GET", "path": "/v2/nfs"},
        "response": {"status": 502, "text": "<h1>no</h1>"}}]),
    );
    let mock = with("walk", &json!([walk, broken]));
    let base = mock.case_url("walk", "1");
    let mut client = Client::to(&base);
    let next = client
        .get("/v2/snapshots?page=1")
        .ok()
        .at("/links/pages/next");
    assert_eq!(next, format!("{base}/v2/snapshots?page=2"));
    client.get("/v2/snapshots?page=2").ok();
    client.get("/_done").ok();
    let reply = Client::to(&mock.case_url("broken", "1")).get("/v2/nfs");
    assert_eq!((reply.status, reply.text.as_str()), (502, "<h1>no</h1>"));
    assert_eq!(reply.header("content-type"), Some("text/html"));
}

#[test]
fn cases_that_cannot_be_read_are_named() {
    let start = |folder: PathBuf| {
        Mock::builder()
            .cases_dir(folder)
            .start_blocking()
            .unwrap_err()
            .to_string()
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("unreadable");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a.json"), "[{]").unwrap();
    assert!(start(folder.clone()).contains("a.json"));
    let twice = json!([case("x", &json!([])), case("x", &json!([]))]);
    std::fs::write(folder.join("a.json"), twice.to_string()).unwrap();
    assert!(start(folder.clone()).contains("two cases named x"));
    assert!(start(folder.join("missing")).contains("missing"));
}
