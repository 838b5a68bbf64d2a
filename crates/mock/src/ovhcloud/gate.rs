//! Who may come in: signatures, tokens, and where tokens come from.
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use serde_json::json;
use sha1::{Digest, Sha1};

use crate::cases::Arrived;
use crate::clock::Clock;
use crate::ids::Ids;
use crate::respond::{Answer, Refusal};
use crate::validate;

/// The key of the one application there is.
pub const APPLICATION_KEY: &str = "mock-application";
/// Its secret.
pub const APPLICATION_SECRET: &str = "mock-application-secret";
/// The key of the one account it may act for.
pub const CONSUMER_KEY: &str = "mock-consumer";
/// The id of the one service account there is.
pub const CLIENT_ID: &str = "mock-client";
/// Its secret.
pub const CLIENT_SECRET: &str = "mock-client-secret";

/// Tokens that were given here begin so; any other is taken for one from elsewhere.
const GIVEN: &str = "mock-token-";

/// How far the time of a signature may be off, in seconds.
const TOLERANCE: i64 = 30;

/// The tokens given so far.
#[derive(Debug)]
pub(super) struct Gate {
    life: Duration,
    clock: Clock,
    ids: Ids,
    tokens: Vec<(String, Instant)>,
}

impl Gate {
    pub(super) fn new(life: Duration, clock: &Clock) -> Self {
        Self {
            life,
            clock: clock.clone(),
            ids: Ids::new(),
            tokens: Vec::new(),
        }
    }

    pub(super) fn revoke(&mut self) {
        self.tokens.clear();
    }

    /// Lets a request in by its signature or its token, by either but not by both.
    pub(super) fn admit(
        &self,
        arrived: &Arrived<'_>,
        now: i64,
        demanded: &[String],
    ) -> Result<(), Refusal> {
        let signed = arrived
            .headers
            .keys()
            .any(|name| name.as_str().starts_with("x-ovh-"));
        match (arrived.headers.contains_key(AUTHORIZATION), signed) {
            (true, true) => Err(Refusal::new(
                400,
                "INVALID_CREDENTIAL",
                "The request carries both a token and a signature",
            )),
            (true, false) => {
                // A token that was given here needs not be among those that are demanded.
                let any = validate::authorization(arrived.headers, &[]);
                let demanded = match any {
                    Ok(token) if token.starts_with(GIVEN) => &[],
                    _ => demanded,
                };
                validate::authorization(arrived.headers, demanded)
                    .and_then(|token| self.given(token))
                    .map_err(|refusal| Refusal::new(401, "INVALID_CREDENTIAL", refusal.message))
            }
            (false, true) => signature(arrived, now),
            (false, false) => Err(Refusal::new(401, "NOT_CREDENTIAL", "You must login first")),
        }
    }

    fn given(&self, sent: &str) -> Result<(), Refusal> {
        let now = self.clock.instant();
        let holds = |(token, end): &(String, Instant)| token == sent && now < *end;
        if !sent.starts_with(GIVEN) || self.tokens.iter().any(holds) {
            return Ok(());
        }
        Err(Refusal::new(
            401,
            "INVALID_CREDENTIAL",
            "The token has ended",
        ))
    }

    /// Gives a token for the credentials of a service account.
    pub(super) fn grant(&mut self, arrived: &Arrived<'_>) -> Result<Answer, Refusal> {
        let refuse = |status, error: &'static str| {
            Refusal::new(status, error, "The service account is not known")
        };
        if arrived.method != "POST"
            || header(arrived, CONTENT_TYPE.as_str()) != Some("application/x-www-form-urlencoded")
        {
            return Err(refuse(400, "invalid_request"));
        }
        let text = std::str::from_utf8(arrived.body).unwrap_or_default();
        let pairs = validate::query_pairs(text).map_err(|_| refuse(400, "invalid_request"))?;
        let field = |name: &str| {
            pairs
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        if field("grant_type") != Some("client_credentials") || field("scope") != Some("all") {
            return Err(refuse(400, "invalid_grant"));
        }
        if field("client_id") != Some(CLIENT_ID) || field("client_secret") != Some(CLIENT_SECRET) {
            return Err(refuse(401, "invalid_client"));
        }
        let token = format!("{GIVEN}{}", self.ids.uuid());
        self.tokens
            .push((token.clone(), self.clock.instant() + self.life));
        Ok(Answer::json(
            200,
            &json!({
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": self.life.as_secs(),
                "scope": "all",
            }),
        ))
    }
}

fn header<'a>(arrived: &Arrived<'a>, name: &str) -> Option<&'a str> {
    arrived.headers.get(name)?.to_str().ok()
}

/// Checks keys, time and signature, in the order in which the service tells what is wrong.
fn signature(arrived: &Arrived<'_>, now: i64) -> Result<(), Refusal> {
    let sent = |name: &str| header(arrived, name).unwrap_or_default();
    if sent("x-ovh-application") != APPLICATION_KEY {
        return Err(Refusal::new(
            403,
            "INVALID_KEY",
            "This application key is invalid",
        ));
    }
    if sent("x-ovh-consumer") != CONSUMER_KEY {
        return Err(Refusal::new(
            403,
            "INVALID_CREDENTIAL",
            "This credential is not valid",
        ));
    }
    let time = sent("x-ovh-timestamp");
    let off = time.parse::<i64>().ok().map(|time| (time - now).abs());
    if off.is_some_and(|off| off > TOLERANCE) {
        return Err(Refusal::new(400, "QUERY_TIME_OUT", "Query out of time"));
    }
    let host = sent(HOST.as_str());
    let query = match arrived.query {
        "" => String::new(),
        query => format!("?{query}"),
    };
    let url = format!("http://{host}{}{query}", arrived.path);
    let mut hash = Sha1::new();
    for part in [
        APPLICATION_SECRET,
        CONSUMER_KEY,
        arrived.method,
        url.as_str(),
    ] {
        hash.update(part);
        hash.update("+");
    }
    hash.update(arrived.body);
    hash.update(format!("+{time}"));
    let mut wanted = "$1$".to_owned();
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(wanted, "{byte:02x}");
    }
    if off.is_none() || sent("x-ovh-signature") != wanted {
        return Err(Refusal::new(400, "INVALID_SIGNATURE", "Invalid signature"));
    }
    Ok(())
}
