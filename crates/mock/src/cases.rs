//! Conformance cases: exact requests in an exact order, each with its answer.
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use hyper::HeaderMap;
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::document::{BEARER, Document, Found};
use crate::error::Error;
use crate::respond::{Answer, Refusal};
use crate::validate;

/// Paths that belong to cases begin so.
pub(crate) const PREFIX: &str = "/case/";

#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    provider: String,
    exchanges: Vec<Exchange>,
    /// `false` where the request breaks the document on purpose.
    #[serde(default = "yes")]
    valid: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Deserialize)]
struct Exchange {
    request: Expected,
    response: Served,
    /// Whether it may come again and again; then nothing comes after it.
    #[serde(default)]
    repeat: bool,
}

#[derive(Debug, Deserialize)]
struct Expected {
    method: String,
    path: String,
    #[serde(default)]
    query: BTreeMap<String, Sent>,
    #[serde(default)]
    body: Option<Value>,
    /// A body that is no JSON, and its media type: text or bytes by themselves, or a form's names and values.
    #[serde(default)]
    raw: Option<Raw>,
    #[serde(default)]
    form: Option<Vec<(String, String)>>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

/// A body that is no JSON: text, or bytes in hex.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Raw {
    Text(String),
    Bytes {
        #[serde(rename = "$bytes")]
        hex: String,
    },
}

impl Raw {
    fn bytes(&self) -> Bytes {
        match self {
            Self::Text(text) => Bytes::from(text.clone()),
            Self::Bytes { hex } => {
                let pairs = hex.as_bytes().chunks(2);
                // What is no hex stands for a byte that is not expected.
                let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
                pairs.map(|pair| byte(pair).unwrap_or_default()).collect()
            }
        }
    }
}

/// What comes under one name of a query.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Sent {
    Once(String),
    Repeated(Vec<String>),
}

#[derive(Debug, Deserialize)]
struct Served {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<Value>,
    /// A body that is not JSON, such as a proxy's page.
    #[serde(default)]
    text: Option<String>,
    /// The same as the document has it, and its media type.
    #[serde(default)]
    raw: Option<Raw>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
}

/// All cases, and how far each run of one has come.
#[derive(Debug)]
pub(crate) struct Cases {
    /// What every request is checked against, whatever else the server lets pass.
    documents: Vec<&'static Document>,
    known: HashMap<String, Case>,
    progress: Mutex<HashMap<String, usize>>,
    kept: Option<Mutex<File>>,
}

/// A request that a case took, as a line of the file that [`Cases::keep`] names.
#[derive(Serialize)]
struct RequestLine<'a> {
    provider: &'a str,
    method: &'a str,
    /// Path and query as if the API itself had been asked.
    target: String,
    headers: Vec<(&'a str, String)>,
    body: String,
}

/// A request that came in under [`PREFIX`].
pub(crate) struct Arrived<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    /// Scheme and host that the client used.
    pub(crate) base: &'a str,
    /// The id of this exchange.
    pub(crate) request_id: &'a str,
}

impl Cases {
    /// Reads every `*.json` file of a folder.
    pub(crate) fn load(folder: &Path, documents: Vec<&'static Document>) -> Result<Self, Error> {
        let at = |path: &Path, error: &dyn std::fmt::Display| {
            Error::Cases(format!("{}: {error}", path.display()))
        };
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|error| at(folder, &error))? {
            let path = entry.map_err(|error| at(folder, &error))?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                files.push(path);
            }
        }
        files.sort();
        let mut known = HashMap::new();
        for path in files {
            let text = std::fs::read_to_string(&path).map_err(|error| at(&path, &error))?;
            let cases: Vec<Case> =
                serde_json::from_str(&text).map_err(|error| at(&path, &error))?;
            for case in cases {
                let name = case.name.clone();
                if known.insert(name.clone(), case).is_some() {
                    return Err(at(&path, &format!("there are two cases named {name}")));
                }
            }
        }
        Ok(Self {
            documents,
            known,
            progress: Mutex::default(),
            kept: None,
        })
    }

    /// Writes every request that a case takes to a file, so that others can judge it too.
    pub(crate) fn keep(&mut self, file: &Path) -> Result<(), Error> {
        let made = File::create(file)
            .map_err(|error| Error::Cases(format!("{}: {error}", file.display())))?;
        self.kept = Some(Mutex::new(made));
        Ok(())
    }

    /// How many cases there are.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Compares a request with the one that must come next, and serves what the case says.
    pub(crate) fn answer(&self, arrived: &Arrived<'_>) -> Answer {
        self.exchange(arrived).unwrap_or_else(|message| {
            Answer::json(418, &json!({"id": "wrong_request", "message": message}))
        })
    }

    fn exchange(&self, arrived: &Arrived<'_>) -> Result<Answer, String> {
        let mut parts = arrived
            .path
            .strip_prefix(PREFIX)
            .unwrap_or_default()
            .splitn(3, '/');
        let (Some(raw_name), Some(run), Some(rest)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err("the path must be /case/<case name>/<run id>/…".to_owned());
        };
        let name = percent_decode_str(raw_name).decode_utf8_lossy();
        let case = self
            .known
            .get(name.as_ref())
            .ok_or_else(|| format!("there is no case named {name}"))?;
        let prefix = format!("{PREFIX}{raw_name}/{run}");
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let next = progress.entry(prefix.clone()).or_default();
        let left = case.exchanges.len() - *next;
        if rest == "_done" {
            return Ok(if left == 0 {
                Answer::json(200, &json!({"done": true}))
            } else {
                Answer::json(
                    409,
                    &json!({"done": false, "left": left, "id": "not_done",
                    "message": format!("{name}: {left} of {} requests never came", case.exchanges.len())}),
                )
            });
        }
        let method = arrived.method;
        let path = format!("/{rest}");
        let again = case
            .exchanges
            .last()
            .filter(|last| last.repeat && left == 0);
        let Some(exchange) = case.exchanges.get(*next).or(again) else {
            return Err(format!(
                "{name}: {method} {path} came after the last request"
            ));
        };
        let mut wrong = exchange.request.differences(arrived, &path);
        // A provider's document may describe the very paths that another's does.
        let document = self
            .documents
            .iter()
            .find(|document| document.name() == case.provider);
        let header = document.map_or(BEARER, |document| document.token_header());
        if let Err(refusal) = validate::token(arrived.headers, header, &[]) {
            wrong.push(refusal.message);
        }
        if case.valid && exchange.response.status < 400 && wrong.is_empty() {
            wrong.extend(match document {
                Some(document) => against(document, arrived, &path),
                None => Some(format!("there is no provider {}", case.provider)),
            });
        }
        if !wrong.is_empty() {
            return Err(format!(
                "{name}: request {}: {}",
                *next + 1,
                wrong.join("; ")
            ));
        }
        if case.valid {
            self.write(case, arrived, &path)
                .map_err(|error| format!("{name}: the request cannot be kept: {error}"))?;
        }
        *next = case.exchanges.len().min(*next + 1);
        Ok(exchange
            .response
            .answer(&format!("{}{prefix}", arrived.base)))
    }
}

impl Cases {
    fn write(&self, case: &Case, arrived: &Arrived<'_>, path: &str) -> std::io::Result<()> {
        let Some(kept) = &self.kept else {
            return Ok(());
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let query = match arrived.query {
            "" => String::new(),
            query => format!("?{query}"),
        };
        let line = serde_json::to_string(&RequestLine {
            provider: &case.provider,
            method: arrived.method,
            target: format!("{path}{query}"),
            headers: arrived
                .headers
                .iter()
                .map(|(name, value)| (name.as_str(), text(value.as_bytes())))
                .collect(),
            body: text(arrived.body),
        })?;
        writeln!(
            kept.lock().unwrap_or_else(PoisonError::into_inner),
            "{line}"
        )
    }
}

/// What the document that describes a request has against it.
fn against(document: &Document, arrived: &Arrived<'_>, path: &str) -> Option<String> {
    let Found::Operation(operation, values) = document.find(arrived.method, path) else {
        return Some(format!("{} {path} is not in the document", arrived.method));
    };
    validate::request(
        operation,
        values,
        arrived.query,
        arrived.headers,
        arrived.body,
    )
    .err()
    .map(|refusal| refusal.message)
}

impl Expected {
    /// Everything in which the request differs.
    fn differences(&self, arrived: &Arrived<'_>, path: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        let (method, query) = (arrived.method, validate::query_pairs(arrived.query));
        if (method, path) != (&self.method, &self.path) {
            wrong.push(format!(
                "expected {} {}, got {method} {path}",
                self.method, self.path
            ));
        }
        let mut expected: Vec<(String, String)> = Vec::new();
        for (name, sent) in &self.query {
            let values = match sent {
                Sent::Once(value) => std::slice::from_ref(value),
                Sent::Repeated(values) => values.as_slice(),
            };
            expected.extend(values.iter().map(|value| (name.clone(), value.clone())));
        }
        wrong.extend(other_pairs("query", expected, query));
        if let Some(raw) = &self.raw {
            let expected = raw.bytes();
            if expected != arrived.body {
                let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
                wrong.push(format!(
                    "body: expected {}, got {}",
                    shown(&expected),
                    shown(arrived.body)
                ));
            }
        }
        if let Some(form) = &self.form {
            let sent = validate::query_pairs(&String::from_utf8_lossy(arrived.body));
            wrong.extend(other_pairs("body", form.clone(), sent));
        }
        if let Some(expected) = &self.kind {
            let kind = arrived.headers.get(CONTENT_TYPE);
            let kind = kind.and_then(|value| value.to_str().ok());
            if kind != Some(expected) {
                wrong.push(format!(
                    "header/content-type: expected {expected:?}, got {kind:?}"
                ));
            }
        }
        match (&self.body, arrived.body) {
            _ if self.raw.is_some() || self.form.is_some() => {}
            (None, []) => {}
            (None, bytes) => wrong.push(format!(
                "body: expected none, got {}",
                String::from_utf8_lossy(bytes)
            )),
            (Some(expected), bytes) => match serde_json::from_slice::<Value>(bytes) {
                Err(error) => {
                    wrong.push(format!("body: expected {expected}, got no JSON: {error}"))
                }
                Ok(sent) => wrong.extend(difference("", expected, &sent)),
            },
        }
        let agent = arrived
            .headers
            .get(USER_AGENT)
            .and_then(|value| value.to_str().ok());
        if !agent.is_some_and(|agent| agent.starts_with("snapline/")) {
            wrong.push(format!(
                "header/user-agent: expected snapline/…, got {agent:?}"
            ));
        }
        wrong
    }
}

/// In what names and values that came differ from those that are expected, in any order.
fn other_pairs(
    place: &str,
    mut expected: Vec<(String, String)>,
    sent: Result<Vec<(String, String)>, Refusal>,
) -> Option<String> {
    let mut sent = match sent {
        Ok(sent) => sent,
        Err(refusal) => return Some(refusal.message),
    };
    expected.sort();
    sent.sort();
    let (wanted, got) = (show(&expected), show(&sent));
    (sent != expected).then(|| format!("{place}: expected {wanted}, got {got}"))
}

fn show(pairs: &[(String, String)]) -> String {
    let all: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("[{}]", all.join("&"))
}

/// The first place where two JSON values differ; numbers are compared by value.
fn difference(pointer: &str, expected: &Value, sent: &Value) -> Option<String> {
    let differ = || Some(format!("body{pointer}: expected {expected}, got {sent}"));
    match (expected, sent) {
        (Value::Object(one), Value::Object(two)) => {
            let missing = one.iter().find_map(|(name, value)| match two.get(name) {
                Some(other) => difference(&format!("{pointer}/{name}"), value, other),
                None => Some(format!(
                    "body{pointer}/{name}: expected {value}, got nothing"
                )),
            });
            missing.or_else(|| {
                let (name, value) = two.iter().find(|(name, _)| !one.contains_key(*name))?;
                Some(format!(
                    "body{pointer}/{name}: expected nothing, got {value}"
                ))
            })
        }
        (Value::Array(one), Value::Array(two)) if one.len() == two.len() => one
            .iter()
            .zip(two)
            .enumerate()
            .find_map(|(place, (a, b))| difference(&format!("{pointer}/{place}"), a, b)),
        (Value::Number(one), Value::Number(two)) => {
            let exact = one.as_i64().zip(two.as_i64()).map(|(a, b)| a == b);
            let same = exact.unwrap_or_else(|| one.as_f64() == two.as_f64());
            if same { None } else { differ() }
        }
        _ if expected == sent => None,
        _ => differ(),
    }
}

impl Served {
    fn answer(&self, base: &str) -> Answer {
        let mut answer = Answer::empty(self.status);
        if let Some(body) = &self.body {
            answer = Answer::json(self.status, &with_base(body, base));
        } else if let Some(text) = &self.text {
            answer.body = Bytes::from(text.clone());
        } else if let Some(raw) = &self.raw {
            answer = Answer::raw(self.status, self.kind.as_deref(), raw.bytes());
        }
        for (name, value) in &self.headers {
            answer
                .headers
                .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            answer
                .headers
                .push((name.clone(), value.replace("{base}", base)));
        }
        let typed = |(name, _): &(String, String)| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str());
        if self.text.is_some() && !answer.headers.iter().any(typed) {
            answer
                .headers
                .push(("content-type".to_owned(), "text/html".to_owned()));
        }
        answer
    }
}

/// The body with `{base}` replaced in every text, so that links lead back to the case.
fn with_base(body: &Value, base: &str) -> Value {
    match body {
        Value::String(text) => Value::String(text.replace("{base}", base)),
        Value::Array(items) => items.iter().map(|item| with_base(item, base)).collect(),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| (name.clone(), with_base(value, base)))
                .collect(),
        ),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o51_a_name_of_a_query_may_come_once_or_several_times() {
        let expected =
            json!({"method": "GET", "path": "/a", "query": {"ids": "a,b", "tags": ["y", "x"]}});
        let expected: Expected = serde_json::from_value(expected).unwrap();
        let agent = hyper::header::HeaderValue::from_static("snapline/0");
        let headers = HeaderMap::from_iter([(USER_AGENT, agent)]);
        let differences = |query: &str| {
            let arrived = Arrived {
                method: "GET",
                path: "/a",
                query,
                headers: &headers,
                body: &[],
                base: "",
                request_id: "",
            };
            expected.differences(&arrived, "/a")
        };
        assert_eq!(differences("tags=x&tags=y&ids=a,b"), Vec::<String>::new());
        assert_eq!(differences("tags=x&ids=a,b").len(), 1);
        assert_eq!(differences("tags=x&tags=y&ids=a&ids=b").len(), 1);
    }

    #[test]
    fn a_body_that_is_no_json_is_compared_byte_by_byte() {
        let expected =
            json!({"method": "PUT", "path": "/a", "raw": {"$bytes": "00ff"}, "type": "image/png"});
        let expected: Expected = serde_json::from_value(expected).unwrap();
        let differences = |kind: &'static str, body: &'static [u8]| {
            let header = hyper::header::HeaderValue::from_static;
            let headers = [
                (USER_AGENT, header("snapline/0")),
                (CONTENT_TYPE, header(kind)),
            ];
            let arrived = Arrived {
                method: "PUT",
                path: "/a",
                query: "",
                headers: &HeaderMap::from_iter(headers),
                body,
                base: "",
                request_id: "",
            };
            expected.differences(&arrived, "/a").len()
        };
        assert_eq!(differences("image/png", b"\0\xff"), 0);
        assert_eq!(differences("image/png", b"\0\xff\n"), 1);
        assert_eq!(differences("application/json", b"\0"), 2);
        let served = json!({"status": 200, "raw": "a,b\n", "type": "text/csv"});
        let served: Served = serde_json::from_value(served).unwrap();
        let answer = served.answer("");
        assert_eq!(answer.body, "a,b\n");
        let typed = ("content-type".to_owned(), "text/csv".to_owned());
        assert_eq!(answer.headers, [typed]);
    }

    #[test]
    fn numbers_are_compared_by_value_and_keys_in_any_order() {
        let same = |a: Value, b: Value| difference("", &a, &b).is_none();
        assert!(same(
            json!({"a": 1, "b": [1.0]}),
            json!({"b": [1], "a": 1.0})
        ));
        assert!(!same(
            json!(9_007_199_254_740_993_i64),
            json!(9_007_199_254_740_992_i64)
        ));
        assert!(!same(json!({"a": null}), json!({})));
        assert!(!same(json!([1]), json!([1, 2])));
        assert!(!same(json!("1"), json!(1)));
        assert_eq!(
            difference("", &json!({"a": {"b": 1}}), &json!({"a": {"b": 2}})).unwrap(),
            "body/a/b: expected 1, got 2"
        );
    }
}
