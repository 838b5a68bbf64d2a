//! The files with which the program is run by a timer: each is read by what reads its kind, and the commands in them
//! are commands of the program.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("packaging")
        .join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap()
}

/// The program with a word that has it send nothing.
fn looks(words: &[&str], at: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_snapline"))
        .args(words)
        .arg(at)
        .env_clear()
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{words:?}: {told}");
}

fn tries_out(words: &[&str]) {
    looks(words, "--simulate=30d");
}

/// A page of the documentation.
fn page_text(page: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(page)).unwrap()
}

#[test]
fn the_policy_is_one() {
    tries_out(&["rotate", "--policy", path("policy.toml").to_str().unwrap()]);
}

/// What stands in a page between two lines.
fn block(page: &str, begin: &str) -> String {
    let page = page_text(page);
    let (_, rest) = page.split_once(begin).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// The lines of a page that are commands of the program.
fn commands(page: &str) -> Vec<String> {
    let text = page_text(page);
    let lines = text.lines().filter(|line| line.starts_with("snapline "));
    lines.map(str::to_owned).collect()
}

/// The program knows these words: it explains what they do, which comes after they were read.
fn is_known(words: &[&str]) {
    looks(words, "--help");
}

#[test]
fn what_the_pages_show_can_be_run() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    std::fs::write(&policy, block("docs/rotation.md", "```toml\n")).unwrap();
    let policy = policy.to_str().unwrap();
    tries_out(&["rotate", "--policy", policy]);
    let mut seen = 0;
    let pages = [
        "docs/rotation.md",
        "docs/cli.md",
        "docs/start/cli.md",
        "README.md",
        "bindings/cli/README.md",
    ];
    for line in pages.iter().flat_map(|page| commands(page)) {
        let command = line.split('#').next().unwrap();
        let words = command.split_whitespace().skip(1).map(|word| match word {
            "policy.toml" => policy,
            word => word,
        });
        // What is tried out is not done, which goes with no other way to try.
        let words: Vec<&str> = words
            .filter(|word| !["--dry-run", "--simulate"].contains(word))
            .collect();
        match words[0] {
            "rotate" => tries_out(&words),
            _ => is_known(&words),
        }
        seen += 1;
    }
    assert!(seen > 8, "{seen}");
}

#[test]
fn the_job_of_kubernetes_runs_the_program_alone_and_with_its_policy() {
    let documents: Vec<Value> = read("cronjob.yaml")
        .split("\n---\n")
        .map(|document| serde_saphyr::from_str(document).unwrap())
        .collect();
    let [map, job] = documents.as_slice() else {
        panic!("{documents:?}");
    };
    assert_eq!(
        (&map["kind"], &job["kind"]),
        (&"ConfigMap".into(), &"CronJob".into())
    );
    assert_eq!(job["apiVersion"], "batch/v1");
    let spec = &job["spec"];
    assert_eq!(spec["concurrencyPolicy"], "Forbid");
    assert_eq!(spec["schedule"].as_str().unwrap().split(' ').count(), 5);
    let pod = &spec["jobTemplate"]["spec"]["template"]["spec"];
    assert_eq!(
        (
            &pod["restartPolicy"],
            &spec["jobTemplate"]["spec"]["backoffLimit"]
        ),
        (&"Never".into(), &0.into())
    );
    let container = &pod["containers"][0];
    // Each directory that the program is given is there.
    let mounted: Vec<&str> = container["volumeMounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    let volumes: Vec<&str> = pod["volumes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(mounted, volumes);
    assert_eq!(
        pod["volumes"][0]["configMap"]["name"],
        map["metadata"]["name"]
    );
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.toml");
    std::fs::write(&policy, map["data"]["policy.toml"].as_str().unwrap()).unwrap();
    let words: Vec<String> = container["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            it.as_str()
                .unwrap()
                .replace("/etc/snapline/policy.toml", policy.to_str().unwrap())
        })
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    assert!(words.iter().any(|word| word.starts_with("--policy=")));
    tries_out(&words);
}

#[test]
fn the_units_of_systemd_are_sound() {
    let service = read("snapline-rotate.service");
    let command = service
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="))
        .unwrap();
    let begin = command.find("snapline rotate").unwrap();
    let words = command[begin..].trim_end_matches('\'');
    let policy = path("policy.toml");
    let words: Vec<String> = words
        .split(' ')
        .skip(1)
        .map(|word| {
            word.trim_matches('"')
                .replace("/etc/snapline/policy.toml", policy.to_str().unwrap())
        })
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    tries_out(&words);
    // Where there is a systemd, it reads them itself.
    let verify = Command::new("systemd-analyze")
        .arg("verify")
        .args([
            path("snapline-rotate.service"),
            path("snapline-rotate.timer"),
        ])
        .output();
    if let Ok(output) = verify {
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && !told.contains("snapline-rotate"),
            "{told}"
        );
    }
}

#[test]
fn the_container_builds_the_program_that_there_is() {
    let text = read("Containerfile");
    let manifest =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.toml")).unwrap();
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .unwrap();
    assert!(
        text.contains(&format!("FROM rust:{}-", version.trim_matches('"'))),
        "{version}"
    );
    assert!(text.contains(concat!("-p ", env!("CARGO_PKG_NAME"))));
    assert!(text.contains("USER ") && text.contains("ca-certificates"));
}
