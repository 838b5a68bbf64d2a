//! Fault scenarios for every status class of every operation: what a client must make of each, and
//! how many requests may arrive. Those that need more than a status are by hand, in
//! `tests/faults/scenarios`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::cases::{Case, Exchange, Expect, Kind, as_sent, cases};
use crate::file_set::FileSet;
use crate::ir::bytes::BYTES;
use crate::ir::{Api, Operation, TokenPlace};

/// How often a call is sent at most, by default.
const ATTEMPTS: usize = 4;

/// Statuses that every operation must cope with, documented or not.
const ALWAYS: [u16; 7] = [400, 404, 408, 429, 500, 502, 503];

/// Writes `tests/faults/generated/<provider>-<resource>.json`, one scenario a line.
pub fn emit(api: &Api) -> FileSet {
    let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let all = cases(api);
    for operation in &api.operations {
        let mut seen = BTreeSet::new();
        for case in &all {
            let plain = case.operation == operation.id
                && case.kind == Kind::Call
                && !matches!(case.expect, Expect::Error { .. });
            let Some(exchange) = case.exchanges.first().filter(|_| plain) else {
                continue;
            };
            let first = seen.is_empty();
            if !seen.insert((&case.resource, &case.method)) {
                continue;
            }
            let maker = Maker {
                api,
                operation,
                case,
                exchange,
                first,
            };
            // The plainest call stands for the operation; of its other forms it is enough to know
            // that none is sent twice.
            let scenarios = match (first, operation.idempotent) {
                (true, _) => maker.scenarios(),
                (false, false) => vec![maker.error(500)],
                (false, true) => Vec::new(),
            };
            lines
                .entry(case.resource.first().cloned().unwrap_or_default())
                .or_default()
                .extend(scenarios.iter().map(Value::to_string));
        }
    }
    let mut files = FileSet::default();
    for (resource, lines) in lines {
        files.add(
            format!(
                "tests/faults/generated/{}-{resource}.json",
                api.provider.name
            ),
            format!("[\n{}\n]", lines.join(",\n")),
        );
    }
    files
}

struct Maker<'a> {
    api: &'a Api,
    operation: &'a Operation,
    case: &'a Case,
    exchange: &'a Exchange,
    /// Whether the operation's name says enough.
    first: bool,
}

impl Maker<'_> {
    fn scenarios(&self) -> Vec<Value> {
        let documented = self.operation.success;
        let other = [200, 201, 202].into_iter().find(|s| *s != documented);
        let mut all: Vec<Value> = std::iter::once(documented)
            .chain(other)
            .map(|status| self.success(status))
            .collect();
        all.push(self.redirect());
        let mut statuses: BTreeSet<u16> = ALWAYS.into();
        statuses.extend(
            self.operation
                .errors
                .iter()
                .filter_map(|(status, _)| status.parse::<u16>().ok()),
        );
        all.extend(statuses.into_iter().map(|status| self.error(status)));
        all
    }

    fn scenario(&self, rule: u8, status: u16, about: &str, step: &Value, expect: Value) -> Value {
        let times = expect
            .get("attempts")
            .and_then(Value::as_array)
            .map_or(1, Vec::len);
        let method: Vec<&str> = self
            .case
            .resource
            .iter()
            .chain([&self.case.method])
            .map(String::as_str)
            .collect();
        let what = if self.first {
            self.operation.id.to_string()
        } else {
            method.join("_")
        };
        let mut expect = expect;
        if let Some(expect) = expect.as_object_mut() {
            expect.remove("attempts");
            expect.insert("arrived".to_owned(), json!(times));
            expect.insert("requests".to_owned(), json!(vec![self.request(); times]));
        }
        json!({
            "name": format!("B{rule:02}_{}_{what}_{status}", self.api.provider.name),
            "rule": format!("B{rule}"),
            "about": about,
            "listener": {"other": status / 100 == 3},
            "settings": {"backoff_base_ms": 2, "backoff_cap_ms": 10},
            "call": {
                "provider": self.api.provider.name,
                "method": method.join("."),
                "arguments": self.case.arguments,
            },
            "server": vec![step.clone(); times],
            "expect": expect,
        })
    }

    fn request(&self) -> Value {
        let (header, value) = match &self.api.provider.token_place {
            TokenPlace::Bearer => ("authorization", "Bearer {token}"),
            TokenPlace::Basic => ("authorization", "Basic {basic}"),
            TokenPlace::Header(header) => (header.as_str(), "{token}"),
        };
        let media = self.exchange.body_type.as_deref();
        let (key, body) = match &self.exchange.body {
            Some(body) => as_sent(body, media),
            None => ("body", Value::Null),
        };
        let media = media.map(|media| ("content-type", media.to_owned()));
        let headers: BTreeMap<&str, String> = media
            .into_iter()
            .chain([(header, value.to_owned())])
            .collect();
        json!({
            "method": self.exchange.method,
            "path": self.exchange.path,
            key: body,
            "headers": headers,
        })
    }

    fn success(&self, status: u16) -> Value {
        let mut step = Map::new();
        step.insert("status".to_owned(), json!(status));
        if let Some(answer) = &self.exchange.answer {
            let (key, content) = match (&self.exchange.answer_type, answer.get(BYTES)) {
                (None, _) => ("json", answer),
                (Some(_), None) => ("text", answer),
                (Some(_), Some(hex)) => ("hex", hex),
            };
            step.insert(key.to_owned(), content.clone());
        }
        if let Some(media) = &self.exchange.answer_type {
            step.insert("headers".to_owned(), json!([["content-type", media]]));
        }
        let expect = self
            .case
            .to_json()
            .get("expect")
            .cloned()
            .unwrap_or_default();
        let about = "Any 2xx is success.";
        self.scenario(11, status, about, &Value::Object(step), expect)
    }

    fn redirect(&self) -> Value {
        let step = json!({"status": 307, "headers": [["location", "{other}/elsewhere"]]});
        let expect = json!({
            "error": {"kind": "api", "status": 307, "operation": self.operation.id},
            "other_arrived": 0,
        });
        self.scenario(9, 307, "The token never leaves the origin.", &step, expect)
    }

    fn error(&self, status: u16) -> Value {
        let body = self.body(status);
        let first = |names: &[String]| {
            names
                .iter()
                .find_map(|name| body.get(name)?.as_str())
                .map(str::to_owned)
        };
        let idempotent = self.operation.idempotent;
        let passing = matches!(status, 408 | 429 | 500 | 502 | 503 | 504);
        // 429 was refused before acting, so even a POST may be sent again.
        let repeated = status == 429 || (passing && idempotent);
        // As docs/outcomes.md has it. What only reads leaves nothing behind.
        let reads = matches!(self.exchange.method.as_str(), "GET" | "HEAD");
        let unknown = (status == 408 || status >= 500) && !matches!(status, 501 | 505) && !reads;
        let (rule, about) = if repeated {
            (7, "It may be answered differently in a moment.")
        } else if unknown {
            (8, "It may have been carried out, so it is sent once.")
        } else {
            (13, "It is an error with all its parts.")
        };
        let times = if repeated { ATTEMPTS } else { 1 };
        let errors = &self.api.provider.errors;
        let expect = json!({
            "error": {
                "kind": if status == 429 { "rate_limited" } else { "api" },
                "status": status,
                "code": first(&errors.code),
                "message": first(&errors.message),
                "operation": self.operation.id,
                "outcome_unknown": unknown,
            },
            "attempts": vec![status; times],
        });
        let step = json!({"status": status, "json": body});
        self.scenario(rule, status, about, &step, expect)
    }

    /// The documented body of an error, else one in the shape of the provider's.
    fn body(&self, status: u16) -> Value {
        let class = format!("{}XX", status / 100);
        let documented = |wanted: &str| {
            self.operation
                .errors
                .iter()
                .find(|(known, _)| known == wanted)
                .and_then(|(_, example)| example.clone())
        };
        if let Some(example) = documented(&status.to_string()).or_else(|| documented(&class)) {
            return example;
        }
        let errors = &self.api.provider.errors;
        let mut body = Map::new();
        for (names, value) in [
            (&errors.code, format!("status_{status}")),
            (&errors.message, format!("The answer is {status}.")),
        ] {
            if let Some(name) = names.first() {
                body.insert(name.clone(), json!(value));
            }
        }
        Value::Object(body)
    }
}
