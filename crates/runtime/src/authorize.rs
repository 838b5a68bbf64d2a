//! Credentials: what puts them on a request, and how it asks the service for what it needs to know first.

use crate::error::Error;
use crate::secret::Secret;
use crate::sync::BoxFuture;
use crate::transport::{self, Bounds, Transport};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};
use zeroize::Zeroizing;

// A token or a time is short.
const MOST: u64 = 64 << 10;

/// Puts credentials on a request. It is asked anew for every attempt, since a signature has a time.
///
/// What it needs to know first, such as a token or the service's clock, it asks for by a [`Side`].
pub trait Authorize: Send + Sync + std::fmt::Debug {
    /// Adds what the service needs to know the caller. Method, URL and body are final. The number
    /// that comes back tells which state of the credentials was used; see [`refused`](Self::refused).
    ///
    /// # Errors
    /// The attempt ends with the error returned here and is not sent. One that may pass is tried again.
    fn authorize<'a>(
        &'a self,
        request: &'a mut reqwest::Request,
        side: &'a Side<'a>,
    ) -> BoxFuture<'a, Result<u64, Error>>;

    /// Whether [`refused`](Self::refused) can ever say yes. Where it cannot, requests need no copy.
    fn renews(&self) -> bool {
        false
    }

    /// Looks at an answer that refuses a request which was authorised in `state`. True if the
    /// refusal came from that state, and the request may go well in the next one. A call is sent
    /// again for this once: the service refused it before acting.
    fn refused(&self, state: u64, status: u16, body: &[u8]) -> bool {
        let _ = (state, status, body);
        false
    }

    /// Shows each secret in use to `see`, so that an answer that repeats one can be redacted.
    fn secrets(&self, see: &mut dyn FnMut(&str)) {
        let _ = see;
    }
}

/// A way to ask the service something while a request is being authorised: over the same proxy and
/// trust store, within the same time bound, and without credentials of its own.
#[derive(Debug)]
pub struct Side<'a> {
    pub(crate) transport: &'a Transport,
    pub(crate) base_url: &'a str,
    pub(crate) bounds: Bounds,
}

impl Side<'_> {
    /// Where the client's requests go, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.base_url
    }

    /// Builds requests for [`fetch`](Self::fetch).
    #[must_use]
    pub fn http(&self) -> &reqwest::Client {
        self.transport.http()
    }

    /// Sends a request as it is, once, and follows no redirect. `what` names it in errors.
    ///
    /// # Errors
    /// No answer, or one outside 2xx, whose status and headers the error has. The answer itself is
    /// left out: it may hold a secret.
    pub async fn fetch(&self, what: &str, request: reqwest::Request) -> Result<Bytes, Error> {
        self.fetch_or(what, request, &|_| None).await
    }

    /// As [`fetch`](Self::fetch), with what `reason` reads from a refusal told in the error. It must leave
    /// secrets out.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub async fn fetch_or(
        &self,
        what: &str,
        request: reqwest::Request,
        reason: &(dyn Fn(&[u8]) -> Option<String> + Sync),
    ) -> Result<Bytes, Error> {
        let bounds = Bounds {
            max_body_bytes: MOST,
            ..self.bounds
        };
        transport::fetch(self.transport, what, request, &bounds, reason).await
    }
}

/// `Authorization: Bearer <token>` or `Basic <token>`, or the token in a header of its own.
#[derive(Clone, Debug)]
pub struct Bearer {
    // The token, and the parts and forms of it that must not be shown either.
    secrets: Vec<Secret>,
    name: HeaderName,
    value: HeaderValue,
}

// Lets the header value share one buffer that is wiped when the last copy goes.
struct Wiped(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Bearer {
    /// Takes the token to send.
    ///
    /// # Errors
    /// `config` if the token cannot stand in a header.
    pub fn new(token: Secret) -> Result<Self, Error> {
        Self::with(AUTHORIZATION, "Bearer ", token)
    }

    /// Takes a user name and a password with a colon between them, to send by HTTP's basic authentication (RFC 7617).
    /// Without a colon it is a user name, and the password is empty.
    ///
    /// # Errors
    /// `config` if they cannot stand in a header.
    pub fn basic(token: Secret) -> Result<Self, Error> {
        let pair = match token.expose().contains(':') {
            true => Zeroizing::new(token.expose().to_owned()),
            false => Zeroizing::new(format!("{}:", token.expose())),
        };
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(pair.as_bytes()));
        let mut made = Self::with(AUTHORIZATION, "Basic ", encoded.into())?;
        made.secrets.push(token);
        if let Some((_, password)) = pair.split_once(':') {
            made.secrets
                .push(Zeroizing::new(password.to_owned()).into());
        }
        Ok(made)
    }

    /// Takes a token to send alone in this header, whose name is in lower case.
    ///
    /// # Errors
    /// `config` if the token cannot stand in a header.
    pub fn in_header(name: &'static str, token: Secret) -> Result<Self, Error> {
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| Error::config(format!("`{name}` is no name of an HTTP header")))?;
        Self::with(name, "", token)
    }

    fn with(name: HeaderName, before: &str, token: Secret) -> Result<Self, Error> {
        let length = before.len() + token.expose().len();
        let mut text = Zeroizing::new(Vec::with_capacity(length));
        text.extend_from_slice(before.as_bytes());
        text.extend_from_slice(token.expose().as_bytes());
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(Wiped(text)))
            .map_err(|_| Error::config("the token cannot stand in an HTTP header"))?;
        value.set_sensitive(true);
        Ok(Self {
            secrets: vec![token],
            name,
            value,
        })
    }

    /// Puts the token on a request.
    pub fn put(&self, request: &mut reqwest::Request) {
        request
            .headers_mut()
            .insert(self.name.clone(), self.value.clone());
    }
}

impl Authorize for Bearer {
    fn authorize<'a>(
        &'a self,
        request: &'a mut reqwest::Request,
        _side: &'a Side<'a>,
    ) -> BoxFuture<'a, Result<u64, Error>> {
        self.put(request);
        Box::pin(std::future::ready(Ok(0)))
    }

    fn secrets(&self, see: &mut dyn FnMut(&str)) {
        for secret in &self.secrets {
            see(secret.expose());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::Url;

    #[test]
    fn b1_b19_a_token_may_stand_in_a_header_of_its_own() {
        let secret = || Secret::new("KEY", "hunter2".to_owned()).unwrap();
        let url = Url::parse("https://api.example").unwrap();
        for (bearer, header, wanted) in [
            (Bearer::new(secret()), "authorization", "Bearer hunter2"),
            (Bearer::in_header("x-key", secret()), "x-key", "hunter2"),
            (
                Bearer::basic(secret()),
                "authorization",
                "Basic aHVudGVyMjo=",
            ),
        ] {
            let mut request = reqwest::Request::new(http::Method::GET, url.clone());
            bearer.unwrap().put(&mut request);
            assert_eq!(request.headers().len(), 1);
            assert_eq!(request.headers()[header], wanted);
            assert!(!format!("{request:?}").contains("hunter2"));
        }
        // The example of RFC 7617, section 2.
        let pair = Secret::new("PAIR", "Aladdin:open sesame".to_owned()).unwrap();
        let basic = Bearer::basic(pair).unwrap();
        assert_eq!(basic.value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        let mut seen = Vec::new();
        basic.secrets(&mut |secret| seen.push(secret.to_owned()));
        assert_eq!(
            seen,
            [
                "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
                "Aladdin:open sesame",
                "open sesame"
            ]
        );
        let error = Bearer::in_header("x key", secret()).unwrap_err();
        assert!(error.message().contains("`x key` is no name"), "{error}");
    }
}
