//! Whatever an answer looks like, decoding it gives a value or an error of kind `decode`.
//!
//! `PROPTEST_CASES=1000000 cargo test --release -p snapline-faults --test properties` for a long run.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test may stop where it stands"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Map, Value, json};
use snapline_conformance::generated::Client;
use snapline_conformance::{Arguments, Failure, Typed};
use snapline_runtime::Settings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A valid answer and the call that it belongs to.
#[derive(Clone, Debug)]
struct Valid {
    provider: String,
    method: String,
    arguments: Map<String, Value>,
    answer: Value,
}

/// The calls of the conformance cases, each with its documented answer.
fn valid() -> Vec<Valid> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/cases");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for case in serde_json::from_str::<Vec<Value>>(&text).unwrap() {
            let response = &case["exchanges"][0]["response"];
            let good = response["status"].as_u64().unwrap() < 300;
            if case["kind"] != "call" || !good || response["body"].is_null() {
                continue;
            }
            let method: Vec<&str> = case["resource"]
                .as_array()
                .unwrap()
                .iter()
                .chain([&case["method"]])
                .map(|word| word.as_str().unwrap())
                .collect();
            all.push(Valid {
                provider: case["provider"].as_str().unwrap().to_owned(),
                method: method.join("."),
                arguments: case["arguments"].as_object().unwrap().clone(),
                answer: response["body"].clone(),
            });
        }
    }
    all
}

/// One change to an answer.
#[derive(Clone, Debug)]
enum Change {
    /// Something else in place of the value at a place.
    Replace(u16, Odd),
    /// The value at a place is gone.
    Remove(u16),
    /// The value at a place, in a list.
    Wrap(u16),
    /// The member at a place once more, with another value.
    Repeat(u16, Odd),
    /// A byte of the text becomes another one.
    Byte(u16, u8),
    /// The text ends here.
    Cut(u16),
    /// Bytes are put into the text.
    Insert(u16, Vec<u8>),
}

/// A value that the document does not expect.
#[derive(Clone, Debug)]
enum Odd {
    Json(Value),
    /// JSON, or nearly, that a `Value` cannot hold.
    Text(&'static str),
    /// Lists in lists.
    Deep(u16),
}

fn odd() -> impl Strategy<Value = Odd> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec(("[a-z_]{1,6}", inner), 0..3)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    });
    prop_oneof![
        8 => value.prop_map(Odd::Json),
        2 => prop::sample::select(vec![
            "NaN", "-Infinity", "1e999", "-0", "1e-999", "0123", "+1", "1.", "\"\\ud800\"",
            "\"\\u0000\"", "123456789012345678901234567890", "'x'", "tru", "[1,]", "{,}", "\u{feff}1",
            "\"2026-03-04T05:06:07.1234567890123Z\"", "\"9999999-99-99T99:99:99Z\"",
        ]).prop_map(Odd::Text),
        1 => (0..2000_u16).prop_map(Odd::Deep),
    ]
}

impl Odd {
    fn text(&self) -> String {
        match self {
            Self::Json(value) => value.to_string(),
            Self::Text(text) => (*text).to_owned(),
            Self::Deep(levels) => {
                let levels = usize::from(*levels);
                format!("{}{}", "[".repeat(levels), "]".repeat(levels))
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        6 => (any::<u16>(), odd()).prop_map(|(place, odd)| Change::Replace(place, odd)),
        3 => any::<u16>().prop_map(Change::Remove),
        1 => any::<u16>().prop_map(Change::Wrap),
        2 => (any::<u16>(), odd()).prop_map(|(place, odd)| Change::Repeat(place, odd)),
        2 => (any::<u16>(), any::<u8>()).prop_map(|(place, byte)| Change::Byte(place, byte)),
        1 => any::<u16>().prop_map(Change::Cut),
        1 => (any::<u16>(), prop::collection::vec(any::<u8>(), 1..6))
            .prop_map(|(place, bytes)| Change::Insert(place, bytes)),
    ]
}

/// Counts the values in a tree.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// Writes a tree with one change at the `place`-th value.
fn write(value: &Value, place: &mut isize, change: &Change, out: &mut String) {
    let here = *place == 0;
    *place -= 1;
    if here {
        match change {
            Change::Replace(_, odd) => return out.push_str(&odd.text()),
            Change::Wrap(_) => {
                out.push('[');
                out.push_str(&value.to_string());
                return out.push(']');
            }
            _ => {}
        }
    }
    match value {
        Value::Array(items) => {
            out.push('[');
            let mut first = true;
            for item in items {
                let gone = *place == 0 && matches!(change, Change::Remove(_));
                if gone {
                    *place -= 1;
                    continue;
                }
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                write(item, place, change, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            let mut first = true;
            for (name, field) in fields {
                let here = *place == 0;
                if here && matches!(change, Change::Remove(_)) {
                    *place -= 1;
                    continue;
                }
                if !std::mem::take(&mut first) {
                    out.push(',');
                }
                out.push_str(&json!(name).to_string());
                out.push(':');
                write(field, place, change, out);
                if let (true, Change::Repeat(_, odd)) = (here, change) {
                    out.push_str(&format!(",{}:{}", json!(name), odd.text()));
                }
            }
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}

/// An answer with changes; those to its bytes come last.
fn changed(answer: &Value, changes: &[Change]) -> Vec<u8> {
    let mut tree = answer.clone();
    let mut text = tree.to_string();
    for change in changes {
        let place = match change {
            Change::Replace(place, _)
            | Change::Remove(place)
            | Change::Wrap(place)
            | Change::Repeat(place, _) => *place,
            Change::Byte(..) | Change::Cut(_) | Change::Insert(..) => continue,
        };
        let mut place = isize::try_from(usize::from(place) % count(&tree)).unwrap();
        text.clear();
        write(&tree, &mut place, change, &mut text);
        // Goes on from what can still be read; what cannot is the last change of this kind.
        match serde_json::from_str(&text) {
            Ok(value) => tree = value,
            Err(_) => break,
        }
    }
    let mut bytes = text.into_bytes();
    for change in changes {
        let length = bytes.len().max(1);
        match change {
            Change::Byte(place, byte) => {
                if let Some(target) = bytes.get_mut(usize::from(*place) % length) {
                    *target = *byte;
                }
            }
            Change::Cut(place) => bytes.truncate(usize::from(*place) % length),
            Change::Insert(place, more) => {
                let at = usize::from(*place) % length;
                let at = at.min(bytes.len());
                bytes.splice(at..at, more.iter().copied());
            }
            _ => {}
        }
    }
    bytes
}

/// Answers every request with what lies in the slot.
async fn serve(listener: TcpListener, slot: Arc<Mutex<Vec<u8>>>) {
    loop {
        let Ok((mut stream, _)) = listener.accept().await else {
            return;
        };
        let slot = Arc::clone(&slot);
        tokio::spawn(async move {
            let _ = stream.set_nodelay(true);
            let mut buffer = Vec::new();
            loop {
                // Requests are small, and each is sent only after the answer to the one before.
                buffer.clear();
                let whole = |buffer: &[u8]| -> bool {
                    let text = String::from_utf8_lossy(buffer).to_lowercase();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else {
                        return false;
                    };
                    let length = head
                        .lines()
                        .find_map(|line| line.strip_prefix("content-length: "))
                        .map_or(0, |length| length.parse().unwrap_or(0));
                    body.len() >= length
                };
                while !whole(&buffer) {
                    if !matches!(stream.read_buf(&mut buffer).await, Ok(read) if read > 0) {
                        return;
                    }
                }
                let body = slot.lock().unwrap().clone();
                let mut answer =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len())
                        .into_bytes();
                answer.extend_from_slice(&body);
                if stream.write_all(&answer).await.is_err() {
                    return;
                }
            }
        });
    }
}

#[test]
fn b12_b13_any_answer_is_a_value_or_a_decode_error() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let slot = Arc::new(Mutex::new(Vec::new()));
    let address = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, Arc::clone(&slot)));
        address
    });
    let settings = Settings::default()
        .base_url(format!("http://{address}"))
        .timeout(Duration::from_secs(60));
    let all = valid();
    let clients: BTreeMap<String, Client> = all
        .iter()
        .map(|valid| valid.provider.clone())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .map(|provider| {
            // One that stands in no answer, or it would be redacted there.
            let token = Map::from_iter([("token".to_owned(), "dop_v1_0123".into())]);
            let client = Client::new(&provider, settings.clone(), &token).unwrap();
            (provider, client)
        })
        .collect();
    assert!(all.len() > 50, "there are only {} answers", all.len());
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(3000);
    let mut runner = TestRunner::new(Config {
        cases,
        // A failure prints its input, which is all that is needed to see it again.
        failure_persistence: None,
        ..Config::default()
    });
    let tally = std::cell::Cell::new((0_u32, 0_u32));
    let strategy = (
        prop::sample::select(all),
        prop::collection::vec(change(), 0..5),
    );
    let result = runner.run(&strategy, |(valid, changes)| {
        *slot.lock().unwrap() = changed(&valid.answer, &changes);
        let call = Typed {
            method: valid.method.clone(),
            arguments: Arguments(valid.arguments.clone()),
            ..Typed::default()
        };
        let outcome = runtime.block_on(clients[&valid.provider].call(&call));
        let (good, bad) = tally.get();
        match outcome {
            Ok(_) => tally.set((good + 1, bad)),
            Err(Failure::Call(error)) => {
                tally.set((good, bad + 1));
                prop_assert_eq!(&error.kind, "decode", "{:?}", error);
                prop_assert_eq!(error.status, Some(200));
                let shown = &error.shown;
                prop_assert!(
                    !shown.contains('\n') && shown.chars().count() < 700,
                    "{}",
                    shown
                );
                let sent = slot.lock().unwrap();
                prop_assert_eq!(error.body_length, sent.len());
                prop_assert!(sent.starts_with(&error.body));
            }
            Err(other) => prop_assert!(false, "{other:?}"),
        }
        Ok(())
    });
    let (good, bad) = tally.get();
    println!("{good} values, {bad} errors");
    result.unwrap();
    // The changes are neither harmless nor hopeless.
    assert!(
        good > cases / 5 && bad > cases / 5,
        "{good} values, {bad} errors"
    );
}
