//! Answers, and refusals in the shape the document gives them.
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::document::Operation;

/// What is sent back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    pub(crate) delivery: Delivery,
}

/// How much of an answer gets to whoever asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    /// The connection is closed instead.
    Lost,
    /// The connection is closed after so many bytes of the body.
    Cut(usize),
}

impl Answer {
    /// A status without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
            delivery: Delivery::Whole,
        }
    }

    /// A status with a JSON body.
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_vec(body) {
            Ok(text) => Self {
                status,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: text.into(),
                delivery: Delivery::Whole,
            },
            Err(_) => Self::empty(500),
        }
    }

    /// A status with a body that is no JSON, and its media type where it has one.
    pub(crate) fn raw(status: u16, kind: Option<&str>, body: Bytes) -> Self {
        let kind = kind.map(|kind| ("content-type".to_owned(), kind.to_owned()));
        Self {
            headers: kind.into_iter().collect(),
            body,
            ..Self::empty(status)
        }
    }
}

/// Why a request was not carried out.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    /// A short name in small letters; the shape with `code` shows it in capitals.
    pub(crate) id: &'static str,
    pub(crate) message: String,
}

impl Refusal {
    /// A refusal with a status, a short name and a sentence.
    pub(crate) fn new(status: u16, id: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            id,
            message: message.into(),
        }
    }

    /// 400: something in the request is wrong.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "bad_request", message)
    }

    /// 404: nothing has this id.
    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        Self::new(404, "not_found", format!("There is no {what} {id}."))
    }

    /// 409: the state does not allow it.
    pub(crate) fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "conflict", message)
    }

    /// The answer, with the fields that the document's example for this status has.
    pub(crate) fn answer(&self, operation: Option<&Operation>, request_id: &str) -> Answer {
        let example = operation.and_then(|operation| operation.example(self.status));
        let exact = operation.and_then(|operation| operation.exact_example(self.status));
        let has = |name: &str| example.is_none_or(|example| example.get(name).is_some());
        let mut body = Map::new();
        if example.is_some_and(|example| example.get("root_causes").is_some()) {
            body.insert("error".to_owned(), json!(self.message));
            body.insert("root_causes".to_owned(), json!([]));
        }
        if example.is_some_and(|example| example.get("code").is_some()) {
            body.insert("code".to_owned(), json!(self.id.to_ascii_uppercase()));
        } else {
            // Where a status means one thing only, the document's own name for it is used.
            let documented = exact
                .filter(|_| matches!(self.status, 401 | 404 | 429 | 500))
                .and_then(|example| example.get("id"));
            body.insert(
                "id".to_owned(),
                documented.cloned().unwrap_or_else(|| json!(self.id)),
            );
        }
        body.insert("message".to_owned(), json!(self.message));
        if has("request_id") {
            body.insert("request_id".to_owned(), json!(request_id));
        }
        Answer::json(self.status, &Value::Object(body))
    }
}
