//! Every conformance case of every call through the real program, over real sockets: the same requests go out and the
//! same values and errors come out as in every language.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use common::{Home, Ran};
use serde_json::{Value, json};
use snapline_conformance::{
    BYTES, Case, Done, Face, Failed, Failure, Hex, Logged, Mode, Named, Order, Outcome, Timed,
    folder, in_hex,
};
use snapline_mock::Mock;

/// How many programs run at once.
const AT_ONCE: usize = 4;

/// The calls as the program lists them, by provider and name.
type Calls = BTreeMap<(String, String), Value>;

fn calls() -> Calls {
    let listed = Home::new().run(&["calls", "--json"]).json();
    let name = |call: &Value, key: &str| call[key].as_str().unwrap().to_owned();
    let all = listed.as_array().unwrap().iter();
    all.map(|call| ((name(call, "provider"), name(call, "call")), call.clone()))
        .collect()
}

/// The program as a face: each call is a run of it.
struct Cli {
    calls: Arc<Calls>,
    home: Home,
    provider: String,
    settings: Vec<String>,
    files: usize,
}

impl Cli {
    fn new(calls: Arc<Calls>) -> Self {
        Self {
            calls,
            home: Home::new(),
            provider: String::new(),
            settings: Vec::new(),
            files: 0,
        }
    }

    /// A value as the text of an argument.
    fn text(&mut self, value: &Value) -> String {
        if value.get(BYTES).is_some() {
            let bytes: Hex = serde_json::from_value(value.clone()).unwrap();
            self.files += 1;
            let name = format!("value-{}", self.files);
            return format!("@{}", self.home.write(&name, bytes));
        }
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if text.contains('\0') {
            // No argument of a program can hold it, a file can.
            self.files += 1;
            return format!(
                "@{}",
                self.home
                    .write(&format!("value-{}", self.files), format!("{text}\n"))
            );
        }
        match text.starts_with('@') {
            true => format!("@{text}"),
            false => text,
        }
    }

    fn words(&mut self, order: &Order) -> Result<Vec<String>, Failure> {
        let key = (self.provider.clone(), order.method.clone());
        let call = self
            .calls
            .get(&key)
            .ok_or_else(|| Failure::Unknown(order.method.clone()))?
            .clone();
        let mut words: Vec<String> = call["command"]
            .as_str()
            .unwrap()
            .split(' ')
            .map(str::to_owned)
            .collect();
        let mut direct = Vec::new();
        for argument in call["arguments"].as_array().unwrap() {
            let Some(value) = order.arguments.get(argument["name"].as_str().unwrap()) else {
                continue;
            };
            match (argument["option"].as_str(), value) {
                (None, value) => direct.push(self.text(value)),
                (Some(option), Value::Null) => {
                    words.extend([
                        "--null".to_owned(),
                        option.trim_start_matches("--").to_owned(),
                    ]);
                }
                (Some(option), Value::Array(items)) if argument["several"] == true => {
                    let plain = |item: &Value| {
                        item.as_str().is_some_and(|text| {
                            !text.contains('\0') && !text.trim_start().starts_with('[')
                        })
                    };
                    // Items one by one, and where that cannot be all of them as JSON.
                    if !items.is_empty() && items.iter().all(plain) {
                        for item in items {
                            let item = self.text(item);
                            words.push(format!("{option}={item}"));
                        }
                    } else {
                        words.push(format!("{option}={value}"));
                    }
                }
                (Some(option), value) => {
                    let text = self.text(value);
                    words.push(format!("{option}={text}"));
                }
            }
        }
        for (name, value) in &order.wait {
            let name = name.trim_end_matches("_ms").replace('_', "-");
            words.push(format!("--wait-{name}={value}ms"));
        }
        if order.mode == Mode::Items {
            words.push("--all".to_owned());
        }
        words.extend(self.settings.iter().cloned());
        words.extend(["--json".to_owned(), "--quiet".to_owned(), "--".to_owned()]);
        words.extend(direct);
        Ok(words)
    }

    fn outcome(&self, order: &Order, ran: &Ran) -> Result<Done, Failure> {
        if ran.code != 0 {
            let told = ran.error();
            let text = |key: &str| told[key].as_str().map(str::to_owned);
            return Err(Failure::Call(Box::new(Failed {
                kind: text("kind").unwrap_or_default(),
                status: told["status"]
                    .as_u64()
                    .and_then(|status| u16::try_from(status).ok()),
                code: text("code"),
                message: text("message").unwrap_or_default(),
                started: told.get("started").cloned(),
                ..Failed::default()
            })));
        }
        let key = (self.provider.clone(), order.method.clone());
        let gives = self.calls[&key]["gives"].as_str().unwrap();
        let raw = match gives {
            "text" => Some(ran.stdout.as_str().into()),
            "bytes" => Some(in_hex(&ran.bytes)),
            _ => None,
        };
        if let Some(value) = raw {
            return Ok(Done::bare(Outcome::Value { value }));
        }
        if ran.stdout.is_empty() {
            return Ok(Done::bare(Outcome::Nothing));
        }
        Ok(Done::bare(match (gives, ran.json()) {
            ("pages", Value::Array(items)) => Outcome::Items { items },
            (_, value) => Outcome::Value { value },
        }))
    }
}

impl Face for Cli {
    fn open(
        &mut self,
        provider: &str,
        settings: &Named,
        token: &str,
        _: &mut String,
    ) -> Result<(), Failure> {
        self.provider = provider.to_owned();
        self.home.write(
            ".config/snapline/config.toml",
            format!("[profiles.default.{provider}]\ntoken_file = \"~/token\"\n"),
        );
        self.home.write("token", token);
        self.settings = settings
            .iter()
            .map(|(name, value)| {
                format!(
                    "--{}={}",
                    name.replace('_', "-"),
                    value.to_string().trim_matches('"')
                )
            })
            .collect();
        Ok(())
    }

    fn call(&mut self, order: &Order) -> Vec<Timed> {
        let done = self.words(order).and_then(|words| {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let ran = self.home.run(&words);
            self.outcome(order, &ran)
        });
        vec![(done, 0.0)]
    }

    fn round_trip(&mut self, _: &str, model: &str, _: &Value) -> Result<Value, Failure> {
        Err(Failure::Unknown(model.to_owned()))
    }

    fn end(&mut self) -> Result<(), String> {
        Ok(())
    }

    fn log(&mut self) -> Result<Option<Logged>, String> {
        Ok(None)
    }
}

/// A page is printed as its items; that there are more is said beside them.
fn as_printed(mut case: Case) -> Case {
    if let Some(page) = case.expect.get("page") {
        case.expect = json!({"items": page["items"]});
    }
    case
}

#[test]
fn all_cases_go_through_the_program() {
    let mock = Mock::builder()
        .cases_dir(folder())
        .start_blocking()
        .unwrap();
    let cases: Vec<Case> = Case::load().unwrap().into_iter().map(as_printed).collect();
    let calls = Arc::new(calls());
    let tried: BTreeSet<_> = cases
        .iter()
        .map(|case| (case.provider.clone(), case.call()))
        .collect();
    let known: BTreeSet<_> = calls.keys().cloned().collect();
    assert_eq!(
        known, tried,
        "a call that nothing tries is as bad as one that fails"
    );
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                let mut face = Cli::new(Arc::clone(&calls));
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(what) = case.run(&mut face, &mock.url(), "cli", Mode::Value) {
                        failed
                            .lock()
                            .unwrap()
                            .push(format!("{}: {what}", case.name));
                    }
                }
            });
        }
    });
    mock.stop();
    let failed = failed.into_inner().unwrap();
    assert!(
        failed.is_empty(),
        "{} of {} cases failed:\n{}",
        failed.len(),
        cases.len(),
        failed.join("\n")
    );
}
