//! OVHcloud: its gate, which looks at credentials, and behind it Enterprise File Storage.
mod gate;
mod state;

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};

use crate::Mock;
use crate::cases::Arrived;
use crate::clock::Clock;
use crate::document::{Document, Once, Operation};
use crate::error::Error;
use crate::lock::lock;
use crate::options::Options;
use crate::provider::{Call, Provider};
use crate::respond::{Answer, Delivery, Refusal};
use crate::schema::Unknown;

use gate::Gate;
use state::State;

pub use gate::{APPLICATION_KEY, APPLICATION_SECRET, CLIENT_ID, CLIENT_SECRET, CONSUMER_KEY};

/// The document this crate was built with.
const DOCUMENT: &str = include_str!("../generated/ovhcloud.json");
/// What every path of the API begins with.
pub const BASE: &str = "/1.0";
/// Where OAuth2 gives tokens.
pub const TOKENS: &str = "/auth/oauth2/token";

/// The document this crate was built with.
///
/// # Errors
/// When the document has a shape that this server does not know.
pub fn document() -> Result<&'static Document, Error> {
    read(Unknown::Refused)
}

fn read(unknown: Unknown) -> Result<&'static Document, Error> {
    static PARSED: Once = Once::new();
    Document::once(&PARSED, DOCUMENT, unknown)
}

/// What is remembered of OVHcloud.
#[derive(Debug)]
pub(crate) struct Service {
    state: Mutex<State>,
    gate: Mutex<Gate>,
    tokens: Vec<String>,
    clock: Clock,
    clock_ahead: AtomicI64,
}

/// A new service.
pub(crate) fn service(asked: &Options) -> Result<Box<dyn Provider>, Error> {
    Ok(Box::new(Service::new(asked)?))
}

impl Service {
    fn new(asked: &Options) -> Result<Self, Error> {
        let document = read(Unknown::of(asked.strict))?;
        Ok(Self {
            state: Mutex::new(State::new(document, asked)),
            gate: Mutex::new(Gate::new(asked.token_life, &asked.clock)),
            tokens: asked.tokens.clone(),
            clock: asked.clock.clone(),
            clock_ahead: AtomicI64::new(asked.clock_ahead),
        })
    }

    fn now(&self) -> i64 {
        self.clock.timestamp().as_second() + self.clock_ahead.load(Ordering::Relaxed)
    }
}

impl Mock {
    /// The base URL of OVHcloud's API.
    #[must_use]
    pub fn ovhcloud_url(&self) -> String {
        format!("{}{BASE}", self.url())
    }

    /// Where OVHcloud's OAuth2 gives tokens.
    #[must_use]
    pub fn ovhcloud_token_url(&self) -> String {
        format!("{}{TOKENS}", self.url())
    }

    /// Sets OVHcloud's clock ahead of this machine's by some seconds, from now on.
    pub fn set_clock_ahead(&self, seconds: i64) {
        self.of(|it: &Service| it.clock_ahead.store(seconds, Ordering::Relaxed));
    }

    /// Makes every token that OVHcloud's OAuth2 gave so far worth nothing.
    pub fn revoke_tokens(&self) {
        self.of(|it: &Service| lock(&it.gate).revoke());
    }
}

impl Provider for Service {
    fn name(&self) -> &'static str {
        "ovhcloud"
    }

    fn document(&self, unknown: Unknown) -> Result<&'static Document, Error> {
        read(unknown)
    }

    fn claims(&self, path: &str) -> bool {
        path == TOKENS
            || path
                .strip_prefix(BASE)
                .is_some_and(|rest| rest.starts_with('/'))
    }

    fn path<'a>(&self, path: &'a str) -> &'a str {
        path.strip_prefix(BASE).unwrap_or(path)
    }

    fn aside(&self, arrived: &Arrived<'_>) -> Option<Answer> {
        if arrived.path == TOKENS {
            return Some(lock(&self.gate).grant(arrived).unwrap_or_else(refused));
        }
        let is_time = self.path(arrived.path) == "/auth/time" && arrived.method == "GET";
        is_time.then(|| Answer::json(200, &self.now()))
    }

    fn admit(&self, arrived: &Arrived<'_>, _operation: Option<&Operation>) -> Result<(), Answer> {
        lock(&self.gate)
            .admit(arrived, self.now(), &self.tokens)
            .map_err(refused)
    }

    fn run(&self, call: &Call<'_>) -> Result<Answer, Refusal> {
        lock(&self.state).run(call.operation, call.checked)
    }

    fn refuse(
        &self,
        refusal: &Refusal,
        _operation: Option<&Operation>,
        _arrived: &Arrived<'_>,
    ) -> Answer {
        let status = refusal.status;
        // A server that is down, or too slow, answers with a page.
        if matches!(status, 408 | 503) {
            let page = format!("<html><body><h1>{}</h1></body></html>", refusal.message);
            let html = ("content-type".to_owned(), "text/html".to_owned());
            return Answer {
                status,
                headers: vec![html],
                body: page.into(),
                delivery: Delivery::Whole,
            };
        }
        Answer::json(
            status,
            &json!({"class": class(status), "message": refusal.message}),
        )
    }

    fn headers(&self, arrived: &Arrived<'_>) -> Vec<(String, String)> {
        let id = format!("EU.ext-mock.{}", arrived.request_id);
        vec![("x-ovh-queryid".to_owned(), id)]
    }

    fn credentials(&self) -> &'static [&'static str] {
        &["x-ovh-application", "x-ovh-consumer", "x-ovh-signature"]
    }

    fn state(&self) -> Value {
        lock(&self.state).whole()
    }

    fn environment(&self, url: &str) -> Vec<(&'static str, String)> {
        vec![
            // An endpoint that is a URL has no section in ovh.conf, so that no file is mixed in.
            ("OVH_ENDPOINT", format!("{url}{BASE}")),
            ("OVH_APPLICATION_KEY", APPLICATION_KEY.to_owned()),
            ("OVH_APPLICATION_SECRET", APPLICATION_SECRET.to_owned()),
            ("OVH_CONSUMER_KEY", CONSUMER_KEY.to_owned()),
        ]
    }
}

/// A refusal of the gate, which has a shape of its own.
fn refused(refusal: Refusal) -> Answer {
    Answer::json(
        refusal.status,
        &json!({
            "errorCode": refusal.id,
            "httpCode": format!("{} {}", refusal.status, reason(refusal.status)),
            "message": refusal.message,
        }),
    )
}

fn class(status: u16) -> String {
    let side = if status < 500 { "Client" } else { "Server" };
    format!("{side}::{}", reason(status).replace(' ', ""))
}

fn reason(status: u16) -> &'static str {
    hyper::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("Unknown")
}
