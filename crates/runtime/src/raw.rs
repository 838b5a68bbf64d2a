//! Calls of any method and path (B15).

use crate::call::{Call, Response};
use crate::core::Core;
use crate::error::Error;
use crate::generated::settings::CallOptions;
use crate::template::Template;
use http::Method;
use reqwest::Url;
use serde_json::Value;
use std::borrow::Cow;

impl Core {
    /// Calls any method and path below the base URL, with the credentials, retries and errors of
    /// every other call. `path` starts with `/` and may carry a query; its values must be encoded. A segment
    /// `.` or `..`, in whatever spelling, is refused, since it would lead elsewhere.
    /// GET, HEAD, OPTIONS, PUT and DELETE count as idempotent. An empty answer gives `null`.
    ///
    /// # Errors
    /// `invalid_argument` for a method or path that cannot be used; else as any call.
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        options: CallOptions,
    ) -> Result<Response<Value>, Error> {
        let method = Method::from_bytes(method.to_ascii_uppercase().as_bytes())
            .ok()
            .filter(|method| !matches!(*method, Method::CONNECT | Method::TRACE))
            .ok_or_else(|| {
                Error::invalid_argument(
                    "method",
                    "an HTTP method",
                    "`method` must be an HTTP method such as GET or POST",
                )
            })?;
        let url = self.address_of(path)?;
        let idempotent = matches!(
            method,
            Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE
        );
        // A query may hold what nobody wants in a log.
        let name = format!("{method} {}", url.path());
        let mut request = self.http().request(method, url);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let request = request.build().map_err(|e| {
            Error::internal(format!("the request cannot be built: {}", e.without_url()))
        })?;
        let call = Call::named(self, Cow::Owned(name), idempotent, options);
        let done = call.perform(Template::of(request)?).await?;
        call.decode_any(done)
    }

    fn address_of(&self, path: &str) -> Result<Url, Error> {
        let bad = |why: &str| {
            Error::invalid_argument("path", "a path below the base URL", format!("`path` {why}"))
        };
        if !path.starts_with('/') {
            return Err(bad("must start with `/`"));
        }
        if path.chars().any(|c| c.is_control() || c == '#') {
            return Err(bad("must not hold `#` or control characters"));
        }
        if leads_elsewhere(path) {
            return Err(bad(
                "must not hold a segment `.` or `..`, encoded or not, nor a backslash",
            ));
        }
        Url::parse(&format!("{}{path}", self.base_url())).map_err(|_| bad("is not a usable path"))
    }
}

// Whether a URL parser, or a server that decodes before it looks, would take a segment for a step up.
fn leads_elsewhere(path: &str) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(path).collect();
    path.contains('\\')
        || decoded
            .split(|byte| matches!(byte, b'/' | b'\\'))
            .any(|segment| matches!(segment, b"." | b".."))
}

#[cfg(test)]
mod tests {
    use super::leads_elsewhere;

    #[test]
    fn b15_a_segment_that_leads_elsewhere_is_seen_in_any_spelling() {
        for path in [
            "/..",
            "/../../x",
            "/a/./b",
            "/a/%2e%2e/b",
            "/a/%2E%2e",
            "/a/.%2e",
            "/%2e",
            "/a/..?x=1",
            "/a\\..\\b",
            "/a\\b",
            "/a/..%2fb",
            "/a%2f..%2f..%2fb",
            "/a/..%5cb",
        ] {
            assert!(leads_elsewhere(path), "{path}");
        }
        for path in [
            "/",
            "//",
            "/a",
            "/a..b/..c/d..",
            "/...",
            "/a/%252e%252e/b",
            "/a?x=/../y",
            "/a%5cb",
            "/a%2fb",
        ] {
            assert!(!leads_elsewhere(path), "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn b15_what_is_let_through_stays_below_the_base_url(path in "/([a./%2eE5cC\\\\?]|%2[eE]){0,12}") {
            if !leads_elsewhere(&path)
                && let Ok(url) = reqwest::Url::parse(&format!("http://h/base/1.0{path}"))
            {
                let sent = path.split('?').next().unwrap();
                proptest::prop_assert_eq!(url.path(), format!("/base/1.0{sent}"));
            }
        }
    }
}
