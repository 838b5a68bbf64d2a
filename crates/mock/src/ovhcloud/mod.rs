//! OVHcloud: its gate, which looks at credentials, and behind it Enterprise File Storage.
mod gate;
mod state;

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde_json::json;

use crate::cases::Arrived;
use crate::document::{Document, Found, Once};
use crate::respond::{Answer, Refusal};
use crate::schema::Unknown;
use crate::server::{Shared, lock};
use crate::{Builder, Error, Mock, validate};

use gate::Gate;
use state::State;

pub use gate::{APPLICATION_KEY, APPLICATION_SECRET, CLIENT_ID, CLIENT_SECRET, CONSUMER_KEY};

/// What the provider is called.
pub(crate) const NAME: &str = "ovhcloud";
/// The document this crate was built with.
const DOCUMENT: &str = include_str!("../../../../spec/ovhcloud/normalised.json");
/// What every path of the API begins with.
pub const BASE: &str = "/1.0";
/// Where OAuth2 gives tokens.
pub const TOKENS: &str = "/auth/oauth2/token";

/// Whether a path is OVHcloud's.
pub(crate) fn is_for(path: &str) -> bool {
    path == TOKENS
        || path
            .strip_prefix(BASE)
            .is_some_and(|rest| rest.starts_with('/'))
}

impl Builder {
    /// How many seconds OVHcloud's clock is ahead of this machine's; 0 by default.
    pub fn clock_ahead(mut self, seconds: i64) -> Self {
        self.clock_ahead = seconds;
        self
    }

    /// How long the tokens last that OVHcloud's OAuth2 gives; an hour by default.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.token_life = life;
        self
    }
}

impl Mock {
    /// The base URL of OVHcloud's API.
    #[must_use]
    pub fn ovhcloud_url(&self) -> String {
        format!("{}{}", self.url(), BASE)
    }

    /// Where OVHcloud's OAuth2 gives tokens.
    #[must_use]
    pub fn ovhcloud_token_url(&self) -> String {
        format!("{}{}", self.url(), TOKENS)
    }

    /// The environment in which a client signs its requests and sends them here.
    pub(crate) fn ovhcloud_environment(&self) -> Vec<(&'static str, String)> {
        vec![
            // An endpoint that is a URL has no section in ovh.conf, so that no file is mixed in.
            ("OVH_ENDPOINT", self.ovhcloud_url()),
            ("OVH_APPLICATION_KEY", APPLICATION_KEY.to_owned()),
            ("OVH_APPLICATION_SECRET", APPLICATION_SECRET.to_owned()),
            ("OVH_CONSUMER_KEY", CONSUMER_KEY.to_owned()),
        ]
    }

    /// Sets OVHcloud's clock ahead of this machine's by some seconds, from now on.
    pub fn set_clock_ahead(&self, seconds: i64) {
        self.shared.ovhcloud.set_clock_ahead(seconds);
    }

    /// Makes every token that OVHcloud's OAuth2 gave so far worth nothing.
    pub fn revoke_tokens(&self) {
        self.shared.ovhcloud.revoke_tokens();
    }
}

impl Document {
    /// The OVHcloud document this crate was built with.
    ///
    /// # Errors
    /// When the document has a shape that this server does not know.
    pub fn ovhcloud() -> Result<&'static Self, Error> {
        Self::ovhcloud_with(Unknown::Refused)
    }

    fn ovhcloud_with(unknown: Unknown) -> Result<&'static Self, Error> {
        static PARSED: Once = Once::new();
        Self::once(&PARSED, DOCUMENT, unknown)
    }
}

/// What is remembered of OVHcloud.
#[derive(Debug)]
pub(crate) struct Ovhcloud {
    pub(crate) document: &'static Document,
    state: Mutex<State>,
    gate: Mutex<Gate>,
    clock_ahead: AtomicI64,
}

/// Why a request was refused, and by whom: the two write it in different shapes.
enum No {
    Gate(Refusal),
    Api(Refusal),
}

impl Ovhcloud {
    pub(crate) fn new(asked: &Builder) -> Result<Self, Error> {
        let document = Document::ovhcloud_with(asked.unknown())?;
        Ok(Self {
            document,
            state: Mutex::new(State::new(document, asked)),
            gate: Mutex::new(Gate::new(asked.token_life)),
            clock_ahead: AtomicI64::new(asked.clock_ahead),
        })
    }

    pub(crate) fn set_clock_ahead(&self, seconds: i64) {
        self.clock_ahead.store(seconds, Ordering::Relaxed);
    }

    pub(crate) fn revoke_tokens(&self) {
        lock(&self.gate).revoke();
    }

    fn now(&self) -> i64 {
        jiff::Timestamp::now().as_second() + self.clock_ahead.load(Ordering::Relaxed)
    }
}

impl Shared {
    /// An answer of OVHcloud's, with the id that every answer has.
    pub(crate) async fn answer_ovhcloud(&self, arrived: &Arrived<'_>, request_id: &str) -> Answer {
        let mut headers = vec![(
            "x-ovh-queryid".to_owned(),
            format!("EU.ext-mock.{request_id}"),
        )];
        let outcome = self.run_ovhcloud(arrived, &mut headers).await;
        let mut answer = match outcome {
            Ok(answer) => answer,
            Err(No::Gate(refusal)) => Answer::json(
                refusal.status,
                &json!({
                    "errorCode": refusal.id,
                    "httpCode": format!("{} {}", refusal.status, reason(refusal.status)),
                    "message": refusal.message,
                }),
            ),
            // A server that is down, or too slow, answers with a page.
            Err(No::Api(refusal)) if matches!(refusal.status, 408 | 503) => {
                let mut answer = Answer::empty(refusal.status);
                let page = format!("<html><body><h1>{}</h1></body></html>", refusal.message);
                answer.body = page.into();
                answer
                    .headers
                    .push(("content-type".to_owned(), "text/html".to_owned()));
                answer
            }
            Err(No::Api(refusal)) => Answer::json(
                refusal.status,
                &json!({"class": class(refusal.status), "message": refusal.message}),
            ),
        };
        answer.headers.extend(headers);
        answer
    }

    async fn run_ovhcloud(
        &self,
        arrived: &Arrived<'_>,
        headers: &mut Vec<(String, String)>,
    ) -> Result<Answer, No> {
        let ovhcloud = &self.ovhcloud;
        if arrived.path == TOKENS {
            return lock(&ovhcloud.gate).grant(arrived).map_err(No::Gate);
        }
        let path = arrived.path.strip_prefix(BASE).unwrap_or(arrived.path);
        let now = ovhcloud.now();
        if path == "/auth/time" && arrived.method == "GET" {
            return Ok(Answer::json(200, &now));
        }
        lock(&ovhcloud.gate)
            .admit(arrived, now, &self.tokens)
            .map_err(No::Gate)?;
        self.fault(arrived, headers).await.map_err(No::Api)?;
        let (operation, values) = match ovhcloud.document.find(arrived.method, path) {
            Found::Operation(operation, values) => (operation, values),
            Found::OtherMethods(methods) => {
                headers.push(("allow".to_owned(), methods.join(", ")));
                let message = format!("{} is not offered there.", arrived.method);
                return Err(No::Api(Refusal::new(405, "method_not_allowed", message)));
            }
            Found::Nothing => {
                let message = format!("There is no {path}.");
                return Err(No::Api(Refusal::new(404, "not_found", message)));
            }
        };
        let checked = validate::request(
            operation,
            values,
            arrived.query,
            arrived.headers,
            arrived.body,
        )
        .map_err(No::Api)?;
        let answer = lock(&ovhcloud.state)
            .run(operation, &checked)
            .map_err(No::Api)?;
        if self.checks_itself()
            && let Err(why) =
                ovhcloud
                    .document
                    .check_response(operation, answer.status, &answer.body)
        {
            let message = format!("The stand-in broke the document: {why}");
            return Err(No::Api(Refusal::new(500, "broken_answer", message)));
        }
        Ok(answer)
    }
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
