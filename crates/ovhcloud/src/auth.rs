//! Signed requests and tokens by OAuth2 (B1): what is put on each attempt.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use serde::Deserialize;
use sha1::{Digest, Sha1};
use snapline_runtime::{
    Authorize, Bearer, BoxFuture, Credentials, Error, Secret, Settings, Side, variable,
    without_mark,
};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::cached::{Cached, Recent};
use crate::credentials::{self, Sources, Way};
use crate::generated::operations::PROVIDER;

const APPLICATION: HeaderName = HeaderName::from_static("x-ovh-application");
const CONSUMER: HeaderName = HeaderName::from_static("x-ovh-consumer");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-ovh-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-ovh-signature");

/// Codes of the gate that say the time of a signature is off (inferred), beside any message that
/// speaks of a timestamp.
const WRONG_TIME: [&str; 2] = ["QUERY_TIME_OUT", "INVALID_TIMESTAMP"];

/// A token is renewed this long before it ends, or at nine tenths of a short life.
const AHEAD: Duration = Duration::from_secs(60);

/// How the client that is built shows who it is, and where its API is: what the generated builder asks for.
///
/// # Errors
/// Kind `config` when there are no credentials, when one source has different ways to authenticate, or
/// when a file that is needed cannot be read.
pub(crate) fn authorize(
    given: &Credentials,
    settings: &mut Settings,
) -> Result<Arc<dyn Authorize>, Error> {
    let base_url = match settings.given_base_url() {
        Some(url) => Some(url.to_owned()),
        None => variable(PROVIDER.url_variable)?,
    };
    let sources = Sources {
        arguments: given,
        variable: &variable,
        files: &credentials::files(),
    };
    let resolved = sources.resolve(base_url.as_deref())?;
    if base_url.is_none() {
        *settings = std::mem::take(settings).base_url(resolved.base_url);
    }
    Ok(match resolved.way {
        Way::Token(token) => Arc::new(Bearer::new(token)?),
        Way::Signed {
            key,
            secret,
            consumer,
        } => Arc::new(Signed::new(key, secret, consumer)),
        Way::Account {
            id,
            secret,
            token_url,
        } => {
            settings.check_url("`token_url`", &token_url)?;
            Arc::new(Account::new(id, secret, token_url))
        }
    })
}

/// Requests signed by an application on behalf of an account.
#[derive(Debug)]
pub(crate) struct Signed {
    key: Secret,
    secret: Secret,
    consumer: Secret,
    /// How many seconds the service's clock is ahead of ours.
    ahead: Cached<i64>,
    recent: Recent,
}

impl Signed {
    pub(crate) fn new(key: Secret, secret: Secret, consumer: Secret) -> Self {
        Self {
            key,
            secret,
            consumer,
            ahead: Cached::default(),
            recent: Recent::default(),
        }
    }

    fn sign(&self, request: &mut reqwest::Request, time: i64) -> Result<(), Error> {
        let body = match request.body().map(reqwest::Body::as_bytes) {
            None => &[][..],
            Some(Some(bytes)) => bytes,
            Some(None) => return Err(Error::internal("a body that streams cannot be signed")),
        };
        let signature = signature(
            self.secret.expose(),
            self.consumer.expose(),
            request.method().as_str(),
            request.url().as_str(),
            body,
            time,
        );
        let headers = request.headers_mut();
        headers.insert(TIMESTAMP, HeaderValue::from(time));
        for (name, value) in [
            (APPLICATION, self.key.expose()),
            (CONSUMER, self.consumer.expose()),
            (SIGNATURE, &signature),
        ] {
            let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(Zeroizing::new(
                value.as_bytes().to_vec(),
            )))
            .map_err(|_| Error::config("a key cannot stand in an HTTP header"))?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        self.recent.add(signature.into());
        Ok(())
    }

    async fn clock(side: &Side<'_>) -> Result<i64, Error> {
        let what = "the service's time cannot be asked";
        let url = format!("{}/auth/time", side.base_url());
        let request = side
            .http()
            .get(url)
            .build()
            .map_err(|error| Error::internal(format!("{what}: {}", error.without_url())))?;
        let body = side.fetch(what, request).await?;
        let there: i64 = std::str::from_utf8(&body)
            .ok()
            .and_then(|text| text.trim().parse().ok())
            .ok_or_else(|| Error::decode(format!("{what}: the answer is no number of seconds")))?;
        Ok(there.saturating_sub(now()))
    }
}

impl Authorize for Signed {
    fn authorize<'a>(
        &'a self,
        request: &'a mut reqwest::Request,
        side: &'a Side<'a>,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let (number, ahead) = self.ahead.get(|_| true, Self::clock(side)).await?;
            self.sign(request, now().saturating_add(ahead))?;
            Ok(number)
        })
    }

    fn renews(&self) -> bool {
        true
    }

    fn refused(&self, state: u64, status: u16, body: &[u8]) -> bool {
        let wrong = matches!(status, 400 | 401 | 403) && is_about_time(body);
        if wrong {
            self.ahead.drop_if(state);
        }
        wrong
    }

    fn secrets(&self, see: &mut dyn FnMut(&str)) {
        see(self.secret.expose());
        see(self.consumer.expose());
        self.recent.show(see);
    }
}

/// `$1$` and the SHA-1 of everything that the service checks, joined by `+`.
fn signature(
    secret: &str,
    consumer: &str,
    method: &str,
    url: &str,
    body: &[u8],
    time: i64,
) -> Zeroizing<String> {
    let mut hash = Sha1::new();
    for part in [secret, consumer, method, url] {
        hash.update(part);
        hash.update("+");
    }
    hash.update(body);
    hash.update(format!("+{time}"));
    // Long enough from the start, so that no copy stays behind where it grew.
    let mut text = Zeroizing::new(String::with_capacity(43));
    text.push_str("$1$");
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn is_about_time(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(rename = "errorCode", default)]
        code: Option<String>,
        #[serde(default)]
        class: Option<String>,
        #[serde(default)]
        message: Option<String>,
    }
    let Ok(refusal) = serde_json::from_slice::<Refusal>(without_mark(body)) else {
        return false;
    };
    let coded = |code: &Option<String>| {
        code.as_deref()
            .is_some_and(|code| WRONG_TIME.iter().any(|known| code.ends_with(known)))
    };
    let message = refusal.message.unwrap_or_default().to_ascii_lowercase();
    coded(&refusal.code)
        || coded(&refusal.class)
        || message.contains("timestamp")
        || message.contains("out of time")
}

/// Unix seconds by this machine's clock.
fn now() -> i64 {
    let since = |earlier: SystemTime, later: SystemTime| {
        later
            .duration_since(earlier)
            .map(|time| i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
    };
    let now = SystemTime::now();
    since(UNIX_EPOCH, now)
        .or_else(|_| since(now, UNIX_EPOCH).map(|before| -before))
        .unwrap_or_default()
}

/// Tokens that a service account gets by OAuth2 client credentials.
#[derive(Debug)]
pub(crate) struct Account {
    id: Secret,
    secret: Secret,
    token_url: String,
    token: Cached<Token>,
    recent: Recent,
}

#[derive(Clone, Debug)]
struct Token {
    bearer: Bearer,
    /// When it is to be renewed; never, where the service names no end.
    renew: Option<Instant>,
}

impl Account {
    pub(crate) fn new(id: Secret, secret: Secret, token_url: String) -> Self {
        Self {
            id,
            secret,
            token_url,
            token: Cached::default(),
            recent: Recent::default(),
        }
    }

    async fn fetch(&self, side: &Side<'_>) -> Result<Token, Error> {
        #[derive(Deserialize)]
        struct Granted {
            access_token: String,
            #[serde(default)]
            expires_in: Option<Life>,
        }
        // Seconds, which some servers write as text.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Life {
            Seconds(f64),
            Text(String),
            Odd(serde::de::IgnoredAny),
        }
        let what = "no token can be got by OAuth2";
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let id = Zeroizing::new(encoded(self.id.expose()));
        let secret = Zeroizing::new(encoded(self.secret.expose()));
        let form = format!(
            "grant_type=client_credentials&scope=all&client_id={}&client_secret={}",
            *id, *secret
        );
        let form = Bytes::from_owner(Zeroizing::new(form.into_bytes()));
        let request = side
            .http()
            .post(&self.token_url)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form)
            .build()
            .map_err(|error| Error::internal(format!("{what}: {}", error.without_url())))?;
        let asked = Instant::now();
        let secrets = [self.secret.expose(), &secret];
        let reason = |body: &[u8]| reason(body, &secrets);
        let body = side.fetch_or(what, request, &reason).await?;
        // What serde says of the body would quote it.
        let granted: Granted = serde_json::from_slice(without_mark(&body)).map_err(|_| {
            let reason = reason(&body).map_or_else(String::new, |reason| format!(": {reason}"));
            Error::decode(format!("{what}: the answer holds no token{reason}"))
        })?;
        let renew = granted
            .expires_in
            .and_then(|life| match life {
                Life::Seconds(seconds) => Some(seconds),
                Life::Text(text) => text.trim().parse().ok(),
                Life::Odd(_) => None,
            })
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .and_then(|life| asked.checked_add(life.saturating_sub(AHEAD.min(life / 10))));
        let token = Secret::new("the token that OAuth2 gave", granted.access_token)?;
        self.recent.add(token.clone());
        Ok(Token {
            bearer: Bearer::new(token)?,
            renew,
        })
    }
}

/// Why a token was refused, by RFC 6749: the code, and the service's words without the secrets.
fn reason(body: &[u8], secrets: &[&str]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
        #[serde(default)]
        error_description: Option<serde_json::Value>,
    }
    let refusal: Refusal = serde_json::from_slice(without_mark(body)).ok()?;
    let mut told = refusal.error;
    if let Some(words) = refusal
        .error_description
        .as_ref()
        .and_then(|it| it.as_str())
    {
        told = format!("{told}: {words}");
    }
    for secret in secrets {
        // What is shorter is in any text.
        if secret.len() < 8 && told.contains(secret) {
            return None;
        }
        told = told.replace(secret, "[redacted]");
    }
    Some(told)
}

impl Authorize for Account {
    fn authorize<'a>(
        &'a self,
        request: &'a mut reqwest::Request,
        side: &'a Side<'a>,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let good = |token: &Token| token.renew.is_none_or(|at| Instant::now() < at);
            let (number, token) = self.token.get(good, self.fetch(side)).await?;
            token.bearer.put(request);
            Ok(number)
        })
    }

    fn renews(&self) -> bool {
        true
    }

    fn refused(&self, state: u64, status: u16, _body: &[u8]) -> bool {
        if status == 401 {
            self.token.drop_if(state);
        }
        status == 401
    }

    fn secrets(&self, see: &mut dyn FnMut(&str)) {
        see(self.secret.expose());
        self.recent.show(see);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    /// Revoked and public: they stand in the tests of OVHcloud's own clients.
    const SECRET: &str = "9ufkBmLaTQ9nz5yMUlg79taH0GNnzDjk";
    const CONSUMER_KEY: &str = "5mBuy6SUQcRw2ZUxg0cG68BoDKpED4KY";
    const TIME: i64 = 1_457_018_875;
    const BODY: &str = r#"{"a":"b","c":"d"}"#;

    const VECTORS: [(&str, &str, &str, &str); 5] = [
        (
            "GET",
            "/1.0/auth",
            "",
            "e9556054b6309771395efa467c22e627407461ad",
        ),
        (
            "POST",
            "/1.0/auth",
            BODY,
            "ec2fb5c7a81f64723c77d2e5b609ae6f58a84fc1",
        ),
        (
            "PUT",
            "/1.0/auth",
            BODY,
            "8a75a9e7c8e7296c9dbeda6a2a735eb6bd58ec4b",
        ),
        (
            "DELETE",
            "/1.0/auth",
            "",
            "a1eecd00b3b02b6cf5708b84b9ff42059a950d85",
        ),
        (
            "GET",
            "/1.0/call",
            "",
            "7f2db49253edfc41891023fcd1a54cf61db05fbb",
        ),
    ];

    fn signed() -> Signed {
        let secret = |text: &str| Secret::new("x", text.to_owned()).unwrap();
        Signed::new(secret("application"), secret(SECRET), secret(CONSUMER_KEY))
    }

    #[test]
    fn b1_the_test_vectors_over_the_bytes_of_a_request() {
        for (method, path, body, wanted) in VECTORS {
            let url = format!("https://eu.api.ovh.com{path}");
            let mut request = reqwest::Request::new(method.parse().unwrap(), url.parse().unwrap());
            if !body.is_empty() {
                *request.body_mut() = Some(body.into());
            }
            let signed = signed();
            signed.sign(&mut request, TIME).unwrap();
            let header = |name: &HeaderName| request.headers().get(name).unwrap();
            assert_eq!(
                header(&SIGNATURE),
                &format!("$1${wanted}"),
                "{method} {path}"
            );
            assert_eq!(header(&TIMESTAMP), "1457018875");
            assert_eq!(header(&APPLICATION), "application");
            assert_eq!(header(&CONSUMER), CONSUMER_KEY);
            let shown = format!("{signed:?} {request:?}");
            for secret in [SECRET, CONSUMER_KEY, wanted] {
                assert!(!shown.contains(secret), "B19: {shown}");
            }
            let mut seen = Vec::new();
            signed.secrets(&mut |secret| seen.push(secret.to_owned()));
            assert!(seen.contains(&format!("$1${wanted}")), "B19: {seen:?}");
        }
    }

    #[test]
    fn b1_a_signature_covers_every_part() {
        let sign = |secret, consumer, method, url, body: &str, time| {
            signature(secret, consumer, method, url, body.as_bytes(), time).to_string()
        };
        let all = [
            sign("s", "c", "GET", "http://h/p", "", 1),
            sign("t", "c", "GET", "http://h/p", "", 1),
            sign("s", "d", "GET", "http://h/p", "", 1),
            sign("s", "c", "PUT", "http://h/p", "", 1),
            sign("s", "c", "GET", "http://h/p?", "", 1),
            sign("s", "c", "GET", "http://h/p", "{}", 1),
            sign("s", "c", "GET", "http://h/p", "", 2),
        ];
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len());
    }

    #[test]
    fn b1_the_reason_of_a_refusal_is_told_without_secrets() {
        let secrets = ["S3CR3T&secret", "S3CR3T%26secret"];
        for (body, told) in [
            (r#"{"error":"invalid_client"}"#, Some("invalid_client")),
            (
                r#"{"error":"invalid_client","error_description":"not S3CR3T&secret or S3CR3T%26secret"}"#,
                Some("invalid_client: not [redacted] or [redacted]"),
            ),
            (
                "\u{feff}{\"error\":\"x\",\"error_description\":7}",
                Some("x"),
            ),
            (r#"{"access_token":"a"}"#, None),
            ("<html>", None),
        ] {
            assert_eq!(reason(body.as_bytes(), &secrets).as_deref(), told, "{body}");
        }
        assert_eq!(reason(br#"{"error":"invalid"}"#, &["val"]), None);
    }

    #[test]
    fn b1_which_refusals_are_about_the_time() {
        for yes in [
            r#"{"errorCode":"QUERY_TIME_OUT","httpCode":"400 Bad Request","message":"Query out of time"}"#,
            r#"{"errorCode":"INVALID_TIMESTAMP","message":"no"}"#,
            r#"{"class":"Client::BadRequest","message":"Invalid timestamp"}"#,
        ] {
            assert!(signed().refused(1, 400, yes.as_bytes()), "{yes}");
            assert!(!signed().refused(1, 500, yes.as_bytes()), "{yes}");
        }
        for no in [
            r#"{"errorCode":"INVALID_CREDENTIAL","httpCode":"403 Forbidden","message":"This credential is not valid"}"#,
            r#"{"class":"Client::NotFound","message":"gone"}"#,
            "<html>timestamp</html>",
            "",
        ] {
            assert!(!signed().refused(1, 403, no.as_bytes()), "{no}");
        }
    }
}
