//! A scenario as its file holds it. An unknown field is an error: it would be a check never made.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Map, Value};
use snapline_conformance::{Mode, Named, Order};

/// Files by their names: their text, or nothing for a folder.
pub(crate) type Files = BTreeMap<String, Option<String>>;

/// One scenario.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name, which begins with its rule: `B08_post_500_is_sent_once`.
    pub name: String,
    /// The rule of docs/behaviour.md: `B8`.
    pub rule: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// How clients reach the server; its business.
    #[serde(default)]
    pub listener: Value,
    /// What the server does; its business.
    #[serde(default)]
    pub server: Vec<Value>,
    /// Environment variables of the process that makes the calls, which is then one of its own; null
    /// for one that is not set.
    #[serde(default)]
    pub environment: BTreeMap<String, Option<String>>,
    /// Files in a folder of the scenario's own, `{files}`: their text, or null for a folder.
    #[serde(default)]
    pub files: Files,
    /// The client's settings. `{base}`, `{other}`, `{proxy}` and `{ca_file}` stand for what the
    /// server gave out.
    #[serde(default)]
    pub settings: Map<String, Value>,
    /// The one call.
    #[serde(default)]
    pub call: Option<Call>,
    /// Options of the one call.
    #[serde(default)]
    pub options: Map<String, Value>,
    /// Several calls on one client, one after the other.
    #[serde(default)]
    pub calls: Vec<Call>,
    /// What the one call comes to, and what arrives.
    #[serde(default)]
    pub expect: Expect,
}

/// One call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// The provider's name.
    pub provider: String,
    /// `nfs.get`, or one of `client.request`, `client.rate_limit`, `client.close`.
    pub method: String,
    /// Whether all items are walked.
    #[serde(default)]
    pub items: bool,
    /// How many items are taken at most.
    #[serde(default)]
    pub limit: Option<u64>,
    /// Arguments by name.
    #[serde(default)]
    pub arguments: Map<String, Value>,
    /// Options by name.
    #[serde(default)]
    pub options: Map<String, Value>,
    /// The bounds of a wait: `timeout_ms`, `first_interval_ms`, `max_interval_ms`, `not_found_grace_ms`.
    #[serde(default)]
    pub wait: Map<String, Value>,
    /// The pause before the call, in which nothing of the client runs.
    #[serde(default)]
    pub pause_ms: u64,
    /// The call waits until the server has closed every connection; nothing of the client runs.
    #[serde(default)]
    pub when_closed: bool,
    /// How often the call is made at once.
    #[serde(default)]
    pub at_once: Option<usize>,
    /// Files that are written before the call.
    #[serde(default)]
    pub files: Files,
    /// When the caller stops the call.
    #[serde(default)]
    pub cancel_after_ms: Option<u64>,
    /// What it comes to.
    #[serde(default)]
    pub expect: Expect,
}

impl Call {
    /// The same with the real values in its arguments.
    pub(crate) fn filled(&self, fill: &dyn Fn(&str) -> String) -> Self {
        let mut call = self.clone();
        for value in call.arguments.values_mut() {
            if let Value::String(text) = value {
                *text = fill(text);
            }
        }
        call
    }

    /// What a face is told.
    pub(crate) fn order(&self) -> Order {
        Order {
            method: self.method.clone(),
            arguments: self.arguments.clone(),
            options: self.options.clone(),
            wait: self.wait.clone(),
            mode: if self.items { Mode::Items } else { Mode::Raw },
            limit: self.limit,
            cancel_after_ms: self.cancel_after_ms,
            times: self.at_once.unwrap_or(1),
        }
    }
}

/// A number, or a range.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged)]
pub enum Span {
    /// Exactly this.
    Just(f64),
    /// From, to.
    Range(f64, f64),
}

impl Span {
    /// Whether a number fits.
    #[must_use]
    pub fn fits(self, number: f64) -> bool {
        match self {
            Self::Just(wanted) => (wanted - number).abs() < 1e-9,
            Self::Range(least, most) => (least..=most).contains(&number),
        }
    }
}

/// What must come out. What is left out is not looked at, but `outcome_unknown` and `arrived`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// The value, whole.
    #[serde(deserialize_with = "given")]
    pub value: Option<Value>,
    /// What the value holds among others.
    pub value_has: Option<Value>,
    /// The items of all pages, whole.
    pub items: Option<Value>,
    /// What each item holds among others.
    pub items_have: Option<Vec<Value>>,
    /// The page: `items`, `total`, `next`.
    pub page: Option<Value>,
    /// How many items there are.
    pub count: Option<Span>,
    /// Success without a value.
    pub nothing: bool,
    /// The error.
    pub error: Option<ExpectError>,
    /// The status of a success.
    pub status: Option<u16>,
    /// The request id.
    pub request_id: Option<String>,
    /// What each attempt saw: a status, a part of its error, or null for anything.
    pub attempts: Option<Vec<Value>>,
    /// The start of each drift that is told.
    pub drift: Option<Vec<String>>,
    /// The rate limit of the answer.
    pub rate_limit: Option<Value>,
    /// Headers of the answer.
    pub headers: Option<Map<String, Value>>,
    /// Parts of the raw body of the answer.
    pub body_has: Vec<String>,
    /// How long the call takes.
    pub elapsed_ms: Option<Span>,

    /// How many requests arrive; each step's when left out.
    pub arrived: Option<Span>,
    /// The requests in order.
    pub requests: Vec<ExpectRequest>,
    /// The time between one request and the next.
    pub spacing_ms: Vec<Span>,
    /// When the second half of the requests comes.
    pub second_half: Option<ExpectHalf>,
    /// How many connections are made.
    pub connections: Option<Span>,
    /// How many requests come to the server that must not be asked.
    pub other_arrived: Option<u64>,
    /// The CONNECT requests to the proxy.
    pub connects: Option<Vec<ExpectRequest>>,
    /// How many connections the client ends by itself while it has something to come.
    pub client_left: Option<Span>,
    /// What is logged: `spans` (fields of each call's span), `warnings` (parts of each).
    pub log: Option<ExpectLog>,
}

/// What an error must be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExpectError {
    /// Its kind.
    pub kind: String,
    /// The HTTP status; null for none.
    #[serde(deserialize_with = "given")]
    pub status: Option<Value>,
    /// The service's code.
    pub code: Option<String>,
    /// The whole message.
    pub message: Option<String>,
    /// Parts of the message.
    pub message_has: Vec<String>,
    /// What the message must not hold.
    pub message_lacks: Vec<String>,
    /// The longest line it may show.
    pub shown_at_most: Option<usize>,
    /// Parts of the line it shows.
    pub shown_has: Vec<String>,
    /// The parameter that broke a rule.
    pub parameter: Option<String>,
    /// The operation.
    pub operation: Option<String>,
    /// The request id.
    pub request_id: Option<String>,
    /// Whether the service may have acted; false when left out.
    pub outcome_unknown: bool,
    /// The hint of the service.
    pub retry_after_ms: Option<Span>,
    /// The limit that was met; null for none.
    #[serde(deserialize_with = "given")]
    pub limit: Option<Value>,
    /// What is said of it.
    pub limit_message: Option<String>,
    /// Parts of the raw body.
    pub body_has: Vec<String>,
    /// The length of the raw body.
    pub body_length: Option<Span>,
    /// Headers of the answer.
    pub headers: Option<Map<String, Value>>,
    /// What the last object of a wait holds among others.
    pub last_object_has: Option<Value>,
    /// What is said of what had been begun, among others; nothing may be when left out.
    pub started_has: Option<Value>,
}

fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// What a request must be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExpectRequest {
    /// The HTTP method.
    pub method: Option<String>,
    /// The path, as it goes over the wire.
    pub path: Option<String>,
    /// The query, as it goes over the wire; null for none.
    #[serde(deserialize_with = "given")]
    pub query: Option<Value>,
    /// The JSON body; null for none.
    #[serde(deserialize_with = "given")]
    pub body: Option<Value>,
    /// The body where it is no JSON: a text, or bytes as cases have them.
    pub raw: Option<Value>,
    /// The names and values of a form, in any order.
    pub form: Option<Vec<(String, String)>>,
    /// Headers: the value, a part of it as `{"has": …}`, or null for none.
    pub headers: Map<String, Value>,
    /// HTTP/1.1 or HTTP/2.
    pub version: Option<String>,
    /// The number of the connection, from 1.
    pub connection: Option<u64>,
}

/// When the second half of the requests must come.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectHalf {
    /// The time from the first request of all to the first of this half.
    pub after_ms: Span,
    /// The time from the first to the last of this half.
    pub within_ms: Span,
}

/// What must be logged.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExpectLog {
    /// What each call's span tells among others.
    pub spans: Option<Vec<Value>>,
    /// Parts of each warning.
    pub warnings: Option<Vec<String>>,
}

impl Scenario {
    /// All scenarios of these folders, by name. Each file holds one, or a list.
    ///
    /// # Errors
    /// When a file cannot be read or is no scenario.
    pub fn load(folders: &[PathBuf]) -> Result<Vec<Self>, String> {
        let mut all: Vec<Self> = Vec::new();
        for folder in folders {
            let entries =
                std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
            for entry in entries {
                let path = entry.map_err(|e| e.to_string())?.path();
                if path.extension().is_none_or(|end| end != "json") {
                    continue;
                }
                let bad = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
                let text = std::fs::read_to_string(&path).map_err(|e| bad(&e))?;
                if text.trim_start().starts_with('[') {
                    let list: Vec<Self> = serde_json::from_str(&text).map_err(|e| bad(&e))?;
                    all.extend(list);
                } else {
                    let one: Self = serde_json::from_str(&text).map_err(|e| bad(&e))?;
                    if path
                        .file_stem()
                        .is_none_or(|stem| stem != one.name.as_str())
                    {
                        return Err(bad(&"the file is not called as its scenario"));
                    }
                    all.push(one);
                }
            }
        }
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(all)
    }

    /// The settings, with what each scenario has unless it says otherwise; `fill` puts real URLs in.
    pub(crate) fn filled(&self, fill: &dyn Fn(&str) -> String) -> Named {
        let mut all = Named::new();
        all.insert("base_url".to_owned(), "{base}".into());
        all.insert("backoff_base_ms".to_owned(), 2.into());
        all.insert("backoff_cap_ms".to_owned(), 10.into());
        all.extend(self.settings.clone());
        for value in all.values_mut() {
            match value {
                Value::String(text) => *text = fill(text),
                Value::Object(pairs) => {
                    for value in pairs.values_mut() {
                        if let Value::String(text) = value {
                            *text = fill(text);
                        }
                    }
                }
                _ => {}
            }
        }
        all
    }

    /// The calls in order, each with what it comes to.
    #[must_use]
    pub fn all_calls(&self) -> Vec<Call> {
        let mut calls = match &self.call {
            Some(call) => {
                let mut call = call.clone();
                call.options.extend(self.options.clone());
                call.expect = self.expect.clone();
                vec![call]
            }
            None => self.calls.clone(),
        };
        for call in calls.iter_mut().filter(|call| call.order().waits()) {
            // The pauses of real life are for real life.
            for (name, ms) in [("first_interval_ms", 5), ("max_interval_ms", 20)] {
                call.wait.entry(name).or_insert_with(|| ms.into());
            }
        }
        calls
    }
}
