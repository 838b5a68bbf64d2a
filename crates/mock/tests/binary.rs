//! The program.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
mod common;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::Client;

fn run(arguments: &[&str]) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_snapline-mock"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line
        .trim_end()
        .strip_prefix("listening on ")
        .unwrap()
        .to_owned();
    (child, url)
}

fn ends(child: &mut Child) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    false
}

#[test]
fn it_serves_and_ends_with_its_parent() {
    let (mut child, url) = run(&["--exit-with-stdin", "--snapshots", "3", "--settle-ms", "0"]);
    let reply = Client::to(&url).get("/v2/snapshots").ok();
    assert_eq!(reply.at("/meta/total"), "3");
    drop(child.stdin.take());
    assert!(ends(&mut child));
}

#[test]
fn it_begins_with_nights_of_volumes_loses_answers_and_counts_what_it_was_asked() {
    let told = ["--exit-with-stdin", "--faults", "--volumes", "3"];
    let (mut child, url) = run(&[&told[..], &["--snapshots", "7"]].concat());
    let mut client = Client::to(&url);
    assert_eq!(client.get("/v2/volumes").ok().at("/meta/total"), "6");
    let of = |place: usize| format!("/snapshots/{place}/resource_id");
    let first = client.get("/v2/snapshots").ok();
    assert_eq!(first.at("/meta/total"), "7");
    assert_eq!(first.at(&of(0)), first.at(&of(6)));
    let time = |place: usize| first.at(&format!("/snapshots/{place}/created_at"));
    assert!(time(0) == time(2) && time(0) > time(3) && time(3) > time(6));
    let name = first.at("/snapshots/6/name");
    let day = name.strip_prefix("nightly-").unwrap();
    assert!(time(6).starts_with(day), "{name} of {}", time(6));
    let volume = first.at(&of(0));
    let shown = client.get(&format!("/v2/volumes/{volume}")).ok();
    let droplets = client.get("/v2/droplets").ok();
    assert_eq!(
        shown.at("/volume/tags/0"),
        droplets.at("/droplets/0/tags/0")
    );

    let path = format!("/v2/volumes/{volume}/snapshots");
    let lose = [
        ("Authorization", "Bearer test"),
        ("Content-Type", "application/json"),
        ("x-mock-fault", "lose,only:POST"),
    ];
    let body = br#"{"name": "once"}"#;
    assert!(Client::to(&url).is_lost("POST", &path, &lose, body));
    assert!(!Client::to(&url).is_lost("GET", &path, &lose, b""));
    let taken = client.get(&path).ok();
    assert_eq!(taken.at("/meta/total"), "4");
    let counts = client.get("/_mock/counts").ok();
    assert_eq!(counts.at("/volumeSnapshots_create"), "1");
    assert_eq!(counts.at("/volumeSnapshots_list"), "2");
    drop(child.stdin.take());
    assert!(ends(&mut child));
}

#[test]
fn it_does_to_all_requests_what_it_was_told_by_path_and_method() {
    let told = [
        "--exit-with-stdin",
        "--fault",
        "lose,only:POST",
        "--fault",
        "503*1,only:GET",
    ];
    let (mut child, url) = run(&told);
    let mut client = Client::to(&url);
    let statuses = ["/v2/nfs", "/v2/nfs", "/v2/volumes"].map(|path| client.get(path).status);
    assert_eq!(statuses, [503, 200, 503]);
    let headers = [
        ("Authorization", "Bearer test"),
        ("Content-Type", "application/json"),
    ];
    let body = br#"{"name": "once", "size_gigabytes": 10, "region": "fra1"}"#;
    let before = client.get("/v2/volumes").ok();
    assert!(Client::to(&url).is_lost("POST", "/v2/volumes", &headers, body));
    let after = client.get("/v2/volumes").ok();
    assert_ne!(before.at("/meta/total"), after.at("/meta/total"));
    // A request that asks for something itself gets that alone.
    let asked = [&headers[..], &[("x-mock-fault", "delay:0")]].concat();
    assert!(!Client::to(&url).is_lost("POST", "/v2/vpcs", &asked, b"{}"));
    drop(child.stdin.take());
    assert!(ends(&mut child));
    let wrong = Command::new(env!("CARGO_BIN_EXE_snapline-mock"))
        .args(["--fault", "explode"])
        .output()
        .unwrap();
    let why = String::from_utf8(wrong.stderr).unwrap();
    assert!(!wrong.status.success() && why.contains("explode"), "{why}");
}

#[test]
fn it_says_how_each_client_finds_it() {
    // It tells all of this before it looks whether standard input has ended.
    let told = Command::new(env!("CARGO_BIN_EXE_snapline-mock"))
        .arg("--exit-with-stdin")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let lines: Vec<&str> = told.lines().collect();
    let [first, _, providers @ .., ""] = lines.as_slice() else {
        panic!("{told}");
    };
    let url = first.strip_prefix("listening on ").unwrap();
    for line in [
        format!("digitalocean SNAPLINE_DIGITALOCEAN_URL={url} "),
        format!("ovhcloud OVH_ENDPOINT={url}/1.0 "),
    ] {
        let told = providers.iter().filter(|told| told.starts_with(&line));
        assert_eq!(told.count(), 1, "{line} in {providers:?}");
    }
}

#[test]
fn it_takes_what_real_clients_send_unless_told_otherwise() {
    let path = "/v2/nfs?colour=red";
    let (mut child, url) = run(&["--exit-with-stdin"]);
    Client::to(&url).get(path).ok();
    drop(child.stdin.take());
    assert!(ends(&mut child));
    let told = [
        "--exit-with-stdin",
        "--strict",
        "--states",
        "live",
        "--token",
        "other",
        "--token",
        "test",
        "--rate-limit",
        "2",
        "--rate-limit",
        "9/minute",
        "--visible-after",
        "60000",
    ];
    let (mut child, url) = run(&told);
    let mut client = Client::to(&url);
    assert_eq!(client.get(path).status, 400);
    let share = client.share("store");
    let spent = client.get(&format!("/v2/nfs/{share}"));
    assert_eq!((spent.status, spent.header("retry-after")), (429, None));
    let other = [("Authorization", "Bearer other")];
    let path = format!("/v2/nfs/{share}");
    assert_eq!(client.raw("GET", &path, &other, b"").status, 404);
    let third = [("Authorization", "Bearer third")];
    assert_eq!(client.raw("GET", &path, &third, b"").status, 401);
    drop(child.stdin.take());
    assert!(ends(&mut child));
}

#[test]
fn it_ends_on_a_signal() {
    let (mut child, url) = run(&["--verbose"]);
    Client::to(&url).get("/v2/nfs").ok();
    kill("-TERM", &child);
    assert!(ends(&mut child));
    let mut log = String::new();
    std::io::Read::read_to_string(child.stderr.as_mut().unwrap(), &mut log).unwrap();
    assert!(log.starts_with("GET /v2/nfs -> 200"), "{log}");
    let (mut child, _) = run(&[]);
    kill("-INT", &child);
    assert!(ends(&mut child));
}

fn kill(signal: &str, child: &Child) {
    let id = child.id().to_string();
    let killed = Command::new("kill").args([signal, &id]).status();
    assert!(killed.unwrap().success());
}

#[test]
fn it_says_how_it_is_controlled_and_begins_when_and_where_it_is_told() {
    let help = Command::new(env!("CARGO_BIN_EXE_snapline-mock"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for word in ["/_mock/reset", "/_mock/faults", "--port <N>", "Examples:"] {
        assert!(help.contains(word), "{word} in {help}");
    }
    let told = ["--exit-with-stdin", "--host", "127.0.0.2", "--time"];
    let (mut child, url) = run(&[&told[..], &["2026-03-01T02:00:00Z"]].concat());
    assert!(url.starts_with("http://127.0.0.2:"), "{url}");
    let mut client = Client::to(&url);
    let now = client.get("/_mock/clock").ok().at("/time");
    assert!(now.starts_with("2026-03-01T02:00:0"), "{now}");
    client.get("/v2/volumes").ok();
    let sent = client.get("/_mock/requests").ok();
    assert_eq!(sent.at("/0/path"), "/v2/volumes");
    drop(child.stdin.take());
    assert!(ends(&mut child));
}

#[test]
fn it_says_what_went_wrong() {
    let output = Command::new(env!("CARGO_BIN_EXE_snapline-mock"))
        .args(["--cases", "/does/not/exist"])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.starts_with("snapline-mock: the cases: /does/not/exist"),
        "{message}"
    );
    assert_eq!(message.lines().count(), 1);
}
