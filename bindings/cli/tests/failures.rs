//! How the program ends when something is wrong: the number, the line and the object of each kind.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use common::{Home, create};
use snapline_mock::Mock;

/// A server that answers every request with these bytes, or hangs up without any.
fn server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 65_536];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

/// A home in which DigitalOcean is at this address.
fn at(url: &str) -> Home {
    let mut home = Home::new();
    home.set("SNAPLINE_DIGITALOCEAN_URL", url)
        .set("DIGITALOCEAN_TOKEN", "a-token-of-some-length");
    home
}

const UNAVAILABLE: &str =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
const ATL1: [&str; 2] = ["--region", "atl1"];

#[test]
fn b8_a_503_to_a_post_may_have_done_it() {
    let ran = at(&server(UNAVAILABLE)).run(&create("a", "60", &[&ATL1[..], &["--json"]].concat()));
    assert_eq!((ran.code, ran.stdout.as_str()), (12, ""));
    let told = ran.error();
    assert_eq!(
        (told["kind"].as_str(), told["status"].as_u64()),
        (Some("api"), Some(503))
    );
    assert_eq!(
        (told["outcome_unknown"].as_bool(), told["attempts"].as_u64()),
        (Some(true), Some(1))
    );
    assert!(told["sent_at"].is_string(), "{told}");
}

#[test]
fn b8_a_lost_answer_to_a_post_may_have_done_it() {
    let ran = at(&server("")).run(&create("a", "60", &ATL1));
    assert_eq!((ran.code, ran.stdout.as_str()), (12, ""));
    assert!(
        ran.stderr.starts_with("snapline: nfs_create: "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("the service may have acted"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stderr.lines().count(), 1);
}

#[test]
fn b7_a_503_to_a_get_is_tried_again_and_then_an_error() {
    let ran = at(&server(UNAVAILABLE)).run(&[
        "do",
        "nfs",
        "list",
        "--json",
        "--max-attempts",
        "2",
        "--backoff-base",
        "1ms",
    ]);
    assert_eq!(ran.code, 4);
    assert_eq!(ran.error()["attempts"], 2);
}

#[test]
fn b12_an_answer_without_its_list_does_not_say_that_there_is_nothing() {
    const NO_LIST: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    let home = at(&server(NO_LIST));
    for words in [
        &["do", "snapshots", "list", "--json"][..],
        &["do", "snapshots", "list", "--all", "--json"],
        &["do", "nfs", "list", "--json"],
    ] {
        let ran = home.run(words);
        assert_eq!((ran.code, ran.stdout.as_str()), (9, ""), "{words:?}");
        assert_eq!(ran.error()["status"], 200, "{words:?}");
    }
    // Nor that a request made nothing, after which another would make a second.
    let find = ["do", "volumes", "snapshots", "find-created", "v-1"];
    let of = ["--since", "2020-01-01T00:00:00Z", "--name", "a"];
    let brief = ["--wait-timeout", "1s", "--wait-first-interval", "100ms"];
    let ran = home.run(&[&find[..], &of, &brief].concat());
    assert_eq!((ran.code, ran.stdout.as_str()), (11, ""), "{}", ran.stderr);
}

#[test]
fn b13_kinds_have_numbers() {
    let mock = Mock::builder()
        .settle(Duration::ZERO)
        .start_blocking()
        .unwrap();
    let home = Home::at(&mock);
    let not_there = home.run(&["do", "nfs", "get", "nobody", "--json"]);
    assert_eq!(
        (not_there.code, not_there.error()["status"].as_u64()),
        (5, Some(404))
    );
    // What breaks a bound is never sent, unless the caller knows better (B3, B30).
    let small = create("a", "6", &[&ATL1[..], &["--json"]].concat());
    let broken = home.run(&small);
    assert_eq!(
        (broken.code, broken.error()["rule"].as_str()),
        (2, Some("minimum 50"))
    );
    assert_eq!(broken.error().get("status"), None);
    let sent = home.run(&[&small[..], &["--check-bounds=false"]].concat());
    assert_eq!((sent.code, sent.error()["kind"].as_str()), (4, Some("api")));
    let listed = home.run(&["do", "snapshots", "list", "--resource-type", "floppy"]);
    assert_eq!(listed.code, 2, "{}", listed.stderr);
    assert!(
        listed.stderr.contains("must be one of droplet, volume"),
        "{}",
        listed.stderr
    );
    // clap's own.
    assert_eq!(home.run(&["do", "nfs", "get"]).code, 2);
    assert_eq!(home.run(&["do", "nfs", "nothing"]).code, 2);
    let missing = home.run(&["do", "nfs", "create", "--name", "a"]);
    assert_eq!(missing.code, 2);
    assert!(
        missing.stderr.contains("--size-gib must be given"),
        "{}",
        missing.stderr
    );
    mock.stop();
    let nobody = home.run(&["do", "nfs", "list", "--json", "--max-attempts", "1"]);
    assert_eq!(
        (nobody.code, nobody.error()["kind"].as_str()),
        (7, Some("connection"))
    );
    let nothing = Home::new().run(&["do", "nfs", "list"]);
    assert_eq!(nothing.code, 3);
    assert!(
        nothing.stderr.contains("DIGITALOCEAN_TOKEN"),
        "{}",
        nothing.stderr
    );
}

#[test]
fn b26_what_was_begun_is_told_when_the_wait_ends_badly() {
    let mock = Mock::builder()
        .settle(Duration::from_secs(60))
        .start_blocking()
        .unwrap();
    let home = Home::at(&mock);
    let waits = ["--wait", "--wait-first-interval", "20ms", "--json"];
    let slow = [&ATL1[..], &waits, &["--wait-timeout", "300ms"]].concat();
    let ran = home.run(&create("slow", "60", &slow));
    assert_eq!((ran.code, ran.stdout.as_str()), (11, ""), "{}", ran.stderr);
    // Each new state is a line of its own, and the error is the last.
    let last = ran.stderr.lines().last().unwrap();
    let told: serde_json::Value = serde_json::from_str(last).unwrap();
    assert_eq!(told["error"]["started"]["call"], "nfs.create");
    assert_eq!(told["error"]["last_object"]["status"], "CREATING");
    assert!(ran.stderr.starts_with("CREATING"), "{}", ran.stderr);
    // One that fails has a number of its own.
    let failing = [&ATL1[..], &waits, &["--wait-timeout", "5s"]].concat();
    let mock = Mock::builder()
        .settle(Duration::ZERO)
        .start_blocking()
        .unwrap();
    let ran = Home::at(&mock).run(&create("fail", "60", &failing));
    assert_eq!(ran.code, 10, "{}", ran.stderr);
}

#[test]
fn b27_what_a_lost_request_made_is_found_by_what_it_said() {
    let mock = Mock::builder()
        .settle(Duration::ZERO)
        .start_blocking()
        .unwrap();
    let home = Home::at(&mock);
    for name in ["wanted", "another"] {
        let ran = home.run(&create(name, "60", &ATL1));
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    let found = home.run(&[
        "do",
        "nfs",
        "find-created",
        "--since",
        "2026-01-01T00:00:00Z",
        "--name",
        "wanted",
        "--size-gib",
        "60",
        "--region",
        "atl1",
        "--json",
    ]);
    let names: Vec<String> = found
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|share| share["name"].to_string())
        .collect();
    assert_eq!(names, ["\"wanted\""]);
}

#[cfg(unix)]
#[test]
fn b20_ctrl_c_ends_a_wait_and_says_what_was_begun() {
    let mock = Mock::builder()
        .settle(Duration::from_secs(60))
        .start_blocking()
        .unwrap();
    let home = Home::at(&mock);
    let mut command = home.command(&create("slow", "60", &[&ATL1[..], &["--wait"]].concat()));
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // The first line of the wait says that the request was answered.
    let mut stderr = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut first = String::new();
    std::io::BufRead::read_line(&mut stderr, &mut first).unwrap();
    let stopped = std::process::Command::new("sh")
        .args(["-c", &format!("kill -INT {}", child.id())])
        .status()
        .unwrap();
    assert!(stopped.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("`nfs.create` had been carried out"), "{rest}");
}

#[test]
fn b19_a_token_is_shown_nowhere() {
    const TOKEN: &str = "a-token-of-some-length";
    let echo = "HTTP/1.1 403 Forbidden\r\ncontent-length: 56\r\nconnection: close\r\n\r\n{\"id\":\"no\",\"message\":\"token a-token-of-some-length bad\"}";
    for arguments in [
        &["do", "nfs", "list", "-vv", "--max-attempts", "1"][..],
        &["do", "nfs", "list", "--json"],
        &["config", "show"],
        &["do", "nfs", "delete", "x", "--dry-run"],
    ] {
        let ran = at(&server(echo)).run(arguments);
        assert!(
            !ran.stdout.contains(TOKEN) && !ran.stderr.contains(TOKEN),
            "{arguments:?}: {} {}",
            ran.stdout,
            ran.stderr
        );
    }
}
