//! What a call came to, as data that every face can tell.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use snapline_runtime::{Error, Page, RateLimit, Response};

use crate::Describe;

/// How much of a body is looked at.
const LOOKED_AT: usize = 65_536;

/// The value of a call.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// Success without a value.
    Nothing,
    /// A value, read field by field.
    Value {
        /// It, as JSON.
        value: Value,
    },
    /// One page.
    Page {
        /// Its items.
        items: Vec<Value>,
        /// The number of items in all pages.
        total: Option<u64>,
        /// Where the next page begins: a number, or a cursor.
        next: Option<Value>,
    },
    /// The items of all pages.
    Items {
        /// All of them.
        items: Vec<Value>,
    },
}

impl Outcome {
    /// Success, whatever the value is.
    pub fn nothing<T>(_: &T) -> Self {
        Self::Nothing
    }

    /// A value.
    pub fn value<T: Describe>(value: &T) -> Self {
        Self::Value {
            value: value.describe(),
        }
    }

    /// A page.
    pub fn page<T: Describe>(page: &Page<T>) -> Self {
        Self::Page {
            items: page.items.iter().map(T::describe).collect(),
            total: page.total,
            next: page.next_place().and_then(|next| next.to_json()),
        }
    }

    /// The items of all pages.
    pub fn items<T: Describe>(items: &[T]) -> Self {
        Self::Items {
            items: items.iter().map(T::describe).collect(),
        }
    }
}

/// What an attempt saw.
#[derive(Clone, Debug, Deserialize)]
pub struct Attempt {
    /// The HTTP status, if one arrived.
    #[serde(default)]
    pub status: Option<u16>,
    /// What went wrong below HTTP.
    #[serde(default)]
    pub error: Option<String>,
}

impl From<&snapline_runtime::Attempt> for Attempt {
    fn from(attempt: &snapline_runtime::Attempt) -> Self {
        Self {
            status: attempt.status,
            error: attempt.error.clone(),
        }
    }
}

/// What came with an answer.
#[derive(Clone, Debug, Deserialize)]
pub struct Meta {
    /// The HTTP status.
    pub status: u16,
    /// The headers; the last of a name wins.
    pub headers: Map<String, Value>,
    /// The start of the body.
    #[serde(rename = "body_hex", deserialize_with = "hex")]
    pub body: Vec<u8>,
    /// The service's id for the request.
    #[serde(default)]
    pub request_id: Option<String>,
    /// What each attempt saw.
    pub attempts: Vec<Attempt>,
    /// What departed from the document.
    pub drift: Vec<String>,
    /// The rate limit.
    #[serde(default)]
    pub rate_limit: Option<Value>,
}

/// What a call came to, and what came along.
#[derive(Clone, Debug, Deserialize)]
pub struct Done {
    /// The value.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What came along, where it was asked for.
    #[serde(default)]
    pub meta: Option<Meta>,
    /// What a user sees who prints it.
    #[serde(default)]
    pub shown: String,
}

impl Done {
    /// A value alone.
    #[must_use]
    pub fn bare(outcome: Outcome) -> Self {
        let shown = format!("{outcome:?}");
        Self {
            outcome,
            meta: None,
            shown,
        }
    }

    /// A value with what came along.
    pub fn whole<T: std::fmt::Debug>(
        response: &Response<T>,
        outcome: impl FnOnce(&T) -> Outcome,
    ) -> Self {
        // Raw headers and body are handed out as they came, to those who ask for them.
        let shown = format!(
            "{response:?} {:?} {:?} {:?}",
            response.request_id(),
            response.attempts(),
            response.drift()
        );
        let meta = Meta {
            status: response.status(),
            headers: headers(response.headers()),
            body: start(response.body()),
            request_id: response.request_id().map(str::to_owned),
            attempts: response.attempts().iter().map(Attempt::from).collect(),
            drift: response.drift().iter().map(ToString::to_string).collect(),
            rate_limit: response.rate_limit().map(rate_limit),
        };
        Self {
            outcome: outcome(response.value()),
            meta: Some(meta),
            shown,
        }
    }
}

/// An error with all that a face tells of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Failed {
    /// Its kind.
    pub kind: String,
    /// The HTTP status.
    pub status: Option<u16>,
    /// The service's code.
    pub code: Option<String>,
    /// The message.
    pub message: String,
    /// The line that it shows.
    pub shown: String,
    /// All else that a user could come to print.
    pub debug: String,
    /// The parameter that broke a rule.
    pub parameter: Option<String>,
    /// The operation.
    pub operation: Option<String>,
    /// The service's id for the request.
    pub request_id: Option<String>,
    /// Whether the service may have acted; nothing where a language has no error that tells.
    pub outcome_unknown: Option<bool>,
    /// The hint of the service.
    pub retry_after_ms: Option<f64>,
    /// The limit that was met.
    pub limit: Option<String>,
    /// What is said of it.
    pub limit_message: Option<String>,
    /// The headers; the last of a name wins.
    pub headers: Map<String, Value>,
    /// The start of the body.
    #[serde(rename = "body_hex", deserialize_with = "hex")]
    pub body: Vec<u8>,
    /// The length of the whole body.
    pub body_length: usize,
    /// What each attempt saw.
    pub attempts: Vec<Attempt>,
    /// The last object of a wait.
    pub last_object: Option<Value>,
    /// What had been begun.
    pub started: Option<Value>,
}

impl From<&Error> for Failed {
    fn from(error: &Error) -> Self {
        let mut debug = format!(
            "{error:?} {error:#?} {:?} {:?} {:?}",
            error.attempts(),
            error.last_object(),
            error.started()
        );
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            debug.push_str(&format!(" {cause} {cause:?}"));
            source = cause.source();
        }
        Self {
            kind: error.kind().as_str().to_owned(),
            status: error.status(),
            code: error.code().map(str::to_owned),
            message: error.message().to_owned(),
            shown: error.to_string(),
            debug,
            parameter: error.parameter().map(str::to_owned),
            operation: error.operation_id().map(str::to_owned),
            request_id: error.request_id().map(str::to_owned),
            outcome_unknown: Some(error.outcome_unknown()),
            retry_after_ms: error.retry_after().map(|hint| hint.as_secs_f64() * 1000.0),
            limit: error.limit().map(str::to_owned),
            limit_message: error.limit_message().map(str::to_owned),
            headers: headers(error.headers()),
            body: start(error.body()),
            body_length: error.body().len(),
            attempts: error.attempts().iter().map(Attempt::from).collect(),
            last_object: error.last_object().cloned(),
            started: error
                .started()
                .and_then(|started| serde_json::to_value(started).ok()),
        }
    }
}

/// Why a call came to nothing.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The case does not fit the call.
    Case(String),
    /// There is no such method.
    Unknown(String),
    /// The call failed.
    Call(Box<Failed>),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Call(Box::new(Failed::from(&error)))
    }
}

/// A rate limit as JSON.
#[must_use]
pub fn rate_limit(limit: RateLimit) -> Value {
    json!({"limit": limit.limit, "remaining": limit.remaining, "reset": limit.reset})
}

fn start(body: &[u8]) -> Vec<u8> {
    body.get(..LOOKED_AT).unwrap_or(body).to_vec()
}

fn headers<'a, N: AsRef<str> + 'a, V: AsRef<[u8]> + 'a>(
    all: impl IntoIterator<Item = (&'a N, &'a V)>,
) -> Map<String, Value> {
    all.into_iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_ref()).into_owned();
            (name.as_ref().to_owned(), json!(value))
        })
        .collect()
}

/// Bytes of hex.
pub(crate) fn hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.as_bytes()
        .chunks(2)
        .map(|pair| {
            std::str::from_utf8(pair)
                .ok()
                .filter(|pair| pair.len() == 2)
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .ok_or_else(|| serde::de::Error::custom("a body is not in hex"))
        })
        .collect()
}
