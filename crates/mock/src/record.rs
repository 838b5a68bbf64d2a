//! The requests that were answered, for whoever asks what a program sent.
use std::collections::VecDeque;
use std::fmt;
use std::time::SystemTime;

use serde_json::Value;

/// How many requests are kept, and how much of bodies.
const MOST_REQUESTS: usize = 10_000;
const MOST_BYTES: usize = 64 << 20;

/// What stands in the place of a secret.
const HIDDEN: &str = "[redacted]";

/// Headers that carry credentials at any service.
const CREDENTIALS: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

/// A request that the server answered. `Debug` hides credentials, and so does what is told over HTTP.
#[derive(Clone)]
#[non_exhaustive]
pub struct Recorded {
    /// The method, in capitals.
    pub method: String,
    /// Path and query as they were sent.
    pub target: String,
    /// Headers in their order, names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body; empty where there was none.
    pub body: Vec<u8>,
    /// The status of the answer; 0 where the connection was closed and nothing was carried out.
    pub status: u16,
    /// When it came, by the server's clock.
    pub time: SystemTime,
    /// The operation that was asked for, by the id that the document gives it.
    pub operation: Option<String>,
    /// The fault that it met, by the number that [`Mock::fault`](crate::Mock::fault) gave.
    pub fault: Option<u64>,
    pub(crate) secrets: Secrets,
}

/// Where a request has secrets, beside what has them at any service.
#[derive(Debug, Clone, Default)]
pub(crate) struct Secrets {
    pub(crate) headers: Vec<&'static str>,
    /// Fields of a body that is JSON.
    pub(crate) fields: &'static [String],
    pub(crate) body: bool,
}

impl Recorded {
    /// The first header with this name, given in small letters.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The path, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// The headers, and `[redacted]` in the place of credentials.
    pub(crate) fn shown_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| {
            let own = self.secrets.headers.iter();
            let mut hidden = CREDENTIALS.iter().chain(own);
            match hidden.any(|hidden| hidden.eq_ignore_ascii_case(name)) {
                true => (name.as_str(), HIDDEN),
                false => (name.as_str(), value.as_str()),
            }
        })
    }

    /// The body as text, and `[redacted]` in the place of what in it is a secret, or of all of it.
    pub(crate) fn shown_body(&self) -> String {
        if self.body.is_empty() {
            return String::new();
        }
        if self.secrets.body {
            return HIDDEN.to_owned();
        }
        if self.secrets.fields.is_empty() {
            return String::from_utf8_lossy(&self.body).into_owned();
        }
        match serde_json::from_slice(&self.body) {
            Ok(mut body) => {
                hide(&mut body, self.secrets.fields);
                body.to_string()
            }
            // Where in it a secret stands nobody knows.
            Err(_) => HIDDEN.to_owned(),
        }
    }
}

/// Puts `[redacted]` in the place of fields, wherever they stand.
fn hide(body: &mut Value, fields: &[String]) {
    match body {
        Value::Object(all) => {
            for (name, value) in all {
                match fields.contains(name) {
                    true => *value = HIDDEN.into(),
                    false => hide(value, fields),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, fields)),
        _ => {}
    }
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &self.shown_headers().collect::<Vec<_>>())
            .field("body", &self.shown_body())
            .field("status", &self.status)
            .field("time", &self.time)
            .field("operation", &self.operation)
            .field("fault", &self.fault)
            .finish()
    }
}

/// The last requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Log {
    kept: VecDeque<Recorded>,
    bytes: usize,
}

impl Log {
    pub(crate) fn add(&mut self, request: Recorded) {
        self.bytes += request.body.len();
        self.kept.push_back(request);
        while self.kept.len() > MOST_REQUESTS || self.bytes > MOST_BYTES {
            let Some(oldest) = self.kept.pop_front() else {
                break;
            };
            self.bytes -= oldest.body.len();
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Recorded> {
        self.kept.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: usize) -> Recorded {
        let header = |name: &str| (name.to_owned(), "secret".to_owned());
        Recorded {
            method: "GET".to_owned(),
            target: "/a?b=c".to_owned(),
            headers: vec![header("authorization"), header("x-own"), header("accept")],
            body: vec![b'x'; body],
            status: 200,
            time: SystemTime::UNIX_EPOCH,
            operation: None,
            fault: None,
            secrets: Secrets {
                headers: vec!["X-Own"],
                ..Secrets::default()
            },
        }
    }

    #[test]
    fn credentials_are_hidden_where_they_are_shown() {
        let mut request = request(3);
        assert_eq!(request.path(), "/a");
        let shown = format!("{request:?}");
        assert_eq!(shown.matches("[redacted]").count(), 2, "{shown}");
        assert!(shown.contains(r#"("accept", "secret")"#), "{shown}");
        assert!(shown.contains("xxx"), "{shown}");
        request.secrets.body = true;
        assert!(!format!("{request:?}").contains("xxx"));
        assert_eq!(request.header("authorization"), Some("secret"));
    }

    #[test]
    fn the_oldest_requests_make_room() {
        let mut log = Log::default();
        for _ in 0..MOST_REQUESTS + 5 {
            log.add(request(1));
        }
        assert_eq!(log.all().count(), MOST_REQUESTS);
        for _ in 0..3 {
            log.add(request(MOST_BYTES / 2));
        }
        assert_eq!(log.all().count(), 2);
    }
}
