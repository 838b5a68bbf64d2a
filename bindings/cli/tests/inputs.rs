//! Values from files and stdin, lists, null, whole bodies: what would be sent of them.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use common::Home;
use serde_json::{Value, json};

/// A home with credentials; nothing is sent from it.
fn home() -> Home {
    let mut home = Home::new();
    home.set("DIGITALOCEAN_TOKEN", "a-token-of-some-length")
        .set("OVH_ACCESS_TOKEN", "a-token-of-some-length");
    home
}

fn body(home: &Home, arguments: &[&str], stdin: &str) -> Value {
    let ran = home.run_with(&[arguments, &["--dry-run", "--json"]].concat(), stdin);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.json()["body"].clone()
}

fn refused(home: &Home, arguments: &[&str], why: &str) {
    let ran = home.run_with(&[arguments, &["--dry-run"]].concat(), "");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains(why), "{}", ran.stderr);
}

const NFS: [&str; 3] = ["do", "nfs", "create"];

#[test]
fn a_value_comes_from_a_file_or_stdin() {
    let home = home();
    home.write("name", "from a file\n");
    home.write("ids", "one\ntwo\n\n");
    let some = ["--size-gib", "60", "--region", "atl1"];
    let sent = body(
        &home,
        &[&NFS[..], &some, &["--name", "@name", "--vpc-ids", "-"]].concat(),
        "a\r\nb\n",
    );
    assert_eq!(
        sent,
        json!({"name": "from a file", "size_gib": 60, "region": "atl1", "vpc_ids": ["a", "b"]})
    );
    let sent = body(
        &home,
        &[
            &NFS[..],
            &some,
            &[
                "--name",
                "@@name",
                "--vpc-ids",
                "@ids",
                "--vpc-ids",
                "three",
            ],
        ]
        .concat(),
        "",
    );
    assert_eq!(
        (&sent["name"], &sent["vpc_ids"]),
        (&json!("@name"), &json!(["one", "two", "three"]))
    );
    let sent = body(
        &home,
        &[
            &NFS[..],
            &some,
            &["--name", "-", "--vpc-ids", "[\"x\", \"y\"]"],
        ]
        .concat(),
        "n",
    );
    assert_eq!(
        (&sent["name"], &sent["vpc_ids"]),
        (&json!("n"), &json!(["x", "y"]))
    );
    refused(
        &home,
        &[&NFS[..], &some, &["--name", "-", "--vpc-ids", "-"]].concat(),
        "another argument has read stdin",
    );
    refused(
        &home,
        &[&NFS[..], &some, &["--name", "@nowhere", "--vpc-ids", "a"]].concat(),
        "nowhere cannot be read",
    );
    refused(
        &home,
        &[
            &NFS[..],
            &[
                "--name",
                "a",
                "--region",
                "b",
                "--vpc-ids",
                "c",
                "--size-gib",
                "many",
            ],
        ]
        .concat(),
        "must be a whole number",
    );
}

#[test]
fn a_whole_body_has_options_laid_over_it() {
    let home = home();
    let path = home.write(
        "body.json",
        r#"{"name": "a", "size_gib": 60, "region": "atl1", "vpc_ids": ["v"]}"#,
    );
    let sent = body(
        &home,
        &[&NFS[..], &["--from-json", &path, "--name", "b"]].concat(),
        "",
    );
    assert_eq!(
        sent,
        json!({"name": "b", "size_gib": 60, "region": "atl1", "vpc_ids": ["v"]})
    );
    let sent = body(
        &home,
        &[&NFS[..], &["--from-json", "-", "--region=atl1"]].concat(),
        r#"{"name": "a", "size_gib": 60, "vpc_ids": []}"#,
    );
    assert_eq!(sent["region"], "atl1");
    // The shape of an action is that of the command, and its parameters are laid inside it.
    let sent = body(
        &home,
        &["do", "nfs", "resize", "x", "--from-json", "-"],
        r#"{"params": {"size_gib": 90}}"#,
    );
    assert_eq!(sent, json!({"type": "resize", "params": {"size_gib": 90}}));
    for (text, why) in [
        ("{", "is no JSON"),
        ("[1]", "must be an object"),
        (r#"{"name": "a"}"#, "`size_gib` must be given"),
        (
            r#"{"name": "a", "size_gib": 6, "region": "atl1", "vpc_ids": ["v"]}"#,
            "at least 50",
        ),
        (
            r#"{"name": "a", "size_gib": "60", "region": "atl1", "vpc_ids": ["v"]}"#,
            "must be a whole number",
        ),
        (
            r#"{"name": "a", "nam": "a", "size_gib": 60, "region": "atl1", "vpc_ids": ["v"]}"#,
            "`nam` is no field here",
        ),
    ] {
        home.write("bad.json", text);
        refused(
            &home,
            &[&NFS[..], &["--from-json", "bad.json"]].concat(),
            why,
        );
    }
    // Whoever knows better sends it (B30).
    let sent = body(
        &home,
        &[&NFS[..], &["--from-json", "-", "--check-bounds=false"]].concat(),
        r#"{"nam": 1, "name": "a", "size_gib": 6, "region": "r", "vpc_ids": []}"#,
    );
    assert_eq!((&sent["nam"], &sent["size_gib"]), (&json!(1), &json!(6)));
}

#[test]
fn null_is_not_left_out() {
    let home = home();
    let calls = home.run(&["calls", "--json"]).json();
    let nullable = calls
        .as_array()
        .unwrap()
        .iter()
        .filter(|call| call["changes"] == true)
        .find_map(|call| {
            let arguments = call["arguments"].as_array().unwrap();
            let required = arguments
                .iter()
                .filter(|argument| argument["required"] == true);
            // One that needs nothing but ids.
            let ids = required
                .clone()
                .all(|argument| argument["option"].is_null());
            let found = arguments
                .iter()
                .find(|argument| argument["nullable"] == true)?;
            ids.then(|| {
                (
                    call["command"].as_str().unwrap(),
                    found["option"].as_str().unwrap(),
                    required.count(),
                )
            })
        });
    let (command, option, ids) = nullable.unwrap();
    let mut words: Vec<&str> = command.split(' ').collect();
    words.extend(std::iter::repeat_n("1", ids));
    assert_eq!(body(&home, &words, ""), json!({}), "{command}");
    let name = option.trim_start_matches("--");
    words.extend(["--null", name]);
    let sent = body(&home, &words, "");
    assert_eq!(
        sent.as_object().unwrap().values().collect::<Vec<_>>(),
        [&Value::Null],
        "{command}"
    );
    words.extend(["--null", "nothing"]);
    refused(&home, &words, "`--null` goes with");
}

#[test]
fn a_look_takes_no_credentials() {
    let home = Home::new();
    for (words, method) in [
        (&["do", "nfs", "delete", "1"][..], "DELETE /v2/nfs/1"),
        (
            &["ovh", "netapp", "snapshots", "create", "a", "b"],
            "POST /storage/netapp/a/share/b/snapshot",
        ),
    ] {
        let ran = home.run(&[words, &["--dry-run", "--json"]].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let sent = ran.json();
        let (verb, path) = method.split_once(' ').unwrap();
        assert_eq!(sent["method"], verb);
        assert!(sent["url"].as_str().unwrap().ends_with(path), "{sent}");
        assert_eq!(home.run(words).code, 3);
    }
    // What does not fit is told all the same.
    let words = ["do", "nfs", "delete", "1", "--dry-run", "--base-url", "no"];
    assert_eq!(home.run(&words).code, 3);
}
