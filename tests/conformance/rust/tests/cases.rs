//! Every conformance case through the Rust face, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::path::Path;

use serde_json::Value;
use snapline_conformance::{Arguments, Mode, Order, Pace, QUICK, SLOW, compare, generated};
use snapline_mock::Mock;
use snapline_runtime::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../cases");

fn cases() -> Vec<Value> {
    let mut files: Vec<_> = std::fs::read_dir(CASES)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            serde_json::from_str::<Vec<Value>>(&text).unwrap()
        })
        .collect()
}

async fn run(mock: &str, case: &Value, mode: Mode) -> Result<(), String> {
    let text = |name: &str| case[name].as_str().unwrap();
    let path: Vec<&str> = case["resource"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part.as_str().unwrap())
        .chain([text("method")])
        .collect();
    let base_url = format!("{mock}/case/{}/rust-{mode:?}", text("name"));
    let mode = match text("kind") {
        "items" => Mode::Items,
        _ => mode,
    };
    let order = Order {
        method: path.join("."),
        arguments: Arguments(case["arguments"].as_object().cloned().unwrap_or_default()),
        mode,
        pace: Pace {
            timeout: Some(SLOW),
            first: Some(QUICK),
            longest: Some(QUICK),
        },
        ..Order::default()
    };
    let settings = Settings::default().base_url(&base_url);
    let client = generated::Client::new(text("provider"), settings, "test-token")
        .map_err(|failure| format!("{failure:?}"))?;
    let made = client.call(&order).await;
    compare(&case["expect"], made.as_ref().map(|made| &made.outcome))?;
    done(&base_url).await
}

/// Asks the server whether every exchange of the case was used.
async fn done(base_url: &str) -> Result<(), String> {
    let (host, path) = base_url
        .trim_start_matches("http://")
        .split_once('/')
        .unwrap();
    let ask = async {
        let mut socket = TcpStream::connect(host).await?;
        let request =
            format!("GET /{path}/_done HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await?;
        std::io::Result::Ok(answer)
    };
    let answer = ask.await.map_err(|error| error.to_string())?;
    if answer.starts_with("HTTP/1.1 200") {
        Ok(())
    } else {
        Err(answer)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_case() {
    let mock = Mock::builder()
        .cases_dir(Path::new(CASES))
        .start()
        .await
        .unwrap();
    let cases = cases();
    assert!(
        !cases.is_empty(),
        "there are no cases; run `cargo xtask regenerate`"
    );
    let mut failed = Vec::new();
    for case in &cases {
        for mode in [Mode::Value, Mode::Raw] {
            if let Err(what) = run(&mock.url(), case, mode).await {
                failed.push(format!("{} ({mode:?}): {what}", case["name"]));
            }
        }
    }
    mock.stop();
    assert!(
        failed.is_empty(),
        "{} of {} cases failed:\n{}",
        failed.len(),
        cases.len(),
        failed.join("\n")
    );
}
