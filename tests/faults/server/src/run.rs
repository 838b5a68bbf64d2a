//! One run of a scenario: its steps, and what arrived.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use crate::body::Words;
use crate::lock;
use crate::script::{On, Proxy, Script, Step};
use crate::upstream::Passage;

/// An opened scenario. Dropping it closes its listeners and connections.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) state: Arc<State>,
    /// What `open` answers.
    pub(crate) opened: Value,
    // Held for its end: a task that is dropped is stopped.
    pub(crate) _tasks: JoinSet<()>,
}

/// What a run's connections share.
#[derive(Debug)]
pub(crate) struct State {
    started: Instant,
    steps: Mutex<VecDeque<Step>>,
    seen: Mutex<Seen>,
    pub(crate) words: Words,
    pub(crate) upstream: Option<Passage>,
    pub(crate) proxy: Proxy,
}

#[derive(Debug, Default)]
struct Seen {
    attempts: Vec<Value>,
    other: Vec<Value>,
    connects: Vec<Value>,
    connections: u64,
    open: u64,
    extra: u64,
    left: u64,
}

/// A request as it arrived.
#[derive(Debug, Default)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) connection: u64,
    pub(crate) version: &'static str,
}

impl Request {
    /// The value of a header; names are in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Which listener a request came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Main,
    Other,
    Proxy,
}

impl State {
    pub(crate) fn new(script: &Script, words: Words) -> Self {
        Self {
            started: Instant::now(),
            steps: Mutex::new(script.server.clone().into()),
            seen: Mutex::default(),
            words,
            upstream: script.upstream.clone().map(Passage::new),
            proxy: script.listener.proxy.clone().unwrap_or_default(),
        }
    }

    /// The next step, if it is due on this event.
    pub(crate) fn step(&self, on: On) -> Option<Step> {
        let mut steps = lock(&self.steps);
        if steps.front()?.on == on {
            steps.pop_front()
        } else {
            None
        }
    }

    /// A socket was accepted.
    pub(crate) fn opened(&self) {
        lock(&self.seen).open += 1;
    }

    /// A socket is gone: the client's side knows, too, as soon as it looks.
    pub(crate) fn closed(&self) {
        lock(&self.seen).open -= 1;
    }

    /// A connection came; gives its number.
    pub(crate) fn connected(&self) -> u64 {
        let mut seen = lock(&self.seen);
        seen.connections += 1;
        seen.connections
    }

    /// The client ended a connection on which it could have had more.
    pub(crate) fn client_left(&self) {
        lock(&self.seen).left += 1;
    }

    /// A request came for which there is no step.
    pub(crate) fn extra(&self) {
        lock(&self.seen).extra += 1;
    }

    /// A request came.
    pub(crate) fn arrived(&self, place: Place, request: &Request) {
        let (path, query) = match request.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (request.target.as_str(), None),
        };
        let mut entry = Map::new();
        let at_ms = self.started.elapsed().as_secs_f64() * 1000.0;
        entry.insert("at_ms".into(), json!((at_ms * 10.0).round() / 10.0));
        entry.insert("connection".into(), json!(request.connection));
        entry.insert("version".into(), json!(request.version));
        entry.insert("method".into(), json!(request.method));
        entry.insert("path".into(), json!(path));
        entry.insert("query".into(), json!(query));
        entry.insert("headers".into(), json!(request.headers));
        entry.insert("body".into(), json!(String::from_utf8_lossy(&request.body)));
        let mut seen = lock(&self.seen);
        match place {
            Place::Main => seen.attempts.push(Value::Object(entry)),
            Place::Other => seen.other.push(Value::Object(entry)),
            Place::Proxy => seen.connects.push(Value::Object(entry)),
        }
    }

    /// What `report` answers.
    pub(crate) fn report(&self) -> Value {
        let steps_left = lock(&self.steps).len();
        let seen = lock(&self.seen);
        json!({
            "attempts": seen.attempts,
            "other": seen.other,
            "connects": seen.connects,
            "connections": seen.connections,
            "open": seen.open,
            "client_left": seen.left,
            "extra": seen.extra,
            "met": self.upstream.as_ref().map(Passage::met),
            "steps_left": steps_left,
            "complete": steps_left == 0 && seen.extra == 0,
        })
    }
}
