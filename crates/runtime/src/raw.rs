//! Calls of any method and path (B15).

use crate::call::{Call, Response};
use crate::core::Core;
use crate::error::Error;
use crate::settings::CallOptions;
use http::Method;
use reqwest::Url;
use serde_json::Value;
use std::borrow::Cow;

impl Core {
    /// Calls any method and path below the base URL, with the credentials, retries and errors of
    /// every other call. `path` starts with `/` and may carry a query; its values must be encoded.
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
        let url = self.url(path)?;
        let idempotent = matches!(
            method,
            Method::GET | Method::HEAD | Method::OPTIONS | Method::PUT | Method::DELETE
        );
        // A query may hold what nobody wants in a log.
        let name = format!("{method} {}", url.path());
        let mut request = self
            .http()
            .request(method, url)
            .header(http::header::ACCEPT, "application/json");
        if let Some(body) = &body {
            request = request.json(body);
        }
        let request = request.build().map_err(|e| {
            Error::internal(format!("the request cannot be built: {}", e.without_url()))
        })?;
        let call = Call::named(self, Cow::Owned(name), idempotent, options);
        let done = call.perform(request).await?;
        call.decode_any(done)
    }

    fn url(&self, path: &str) -> Result<Url, Error> {
        let bad = |why: &str| {
            Error::invalid_argument("path", "a path below the base URL", format!("`path` {why}"))
        };
        if !path.starts_with('/') {
            return Err(bad("must start with `/`"));
        }
        if path.chars().any(|c| c.is_control() || c == '#') {
            return Err(bad("must not hold `#` or control characters"));
        }
        Url::parse(&format!("{}{path}", self.base_url())).map_err(|_| bad("is not a usable path"))
    }
}
