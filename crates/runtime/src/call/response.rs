//! What a call that succeeded gives: the typed value, and all that came with it.

use crate::error::{Attempt, Error};
use crate::json::{self, Json};
use crate::model::Drift;
use crate::rate_limit::RateLimit;
use bytes::Bytes;
use http::HeaderMap;
use std::borrow::Cow;

// All of an answer but its typed value.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    pub(super) operation: Cow<'static, str>,
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) acted: bool,
    pub(super) repeatable: bool,
    pub(super) attempts: Vec<Attempt>,
    pub(super) rate_limit: Option<RateLimit>,
    pub(super) request_id: Option<String>,
    pub(super) drift: Vec<Drift>,
}

impl Meta {
    // Makes an error tell which answer it is about.
    pub(super) fn mark(self, error: Error) -> Error {
        let error = if self.acted {
            error.accepted(self.repeatable)
        } else {
            error
        };
        error.with(|e| {
            e.operation = Some(self.operation);
            e.status = Some(self.status);
            e.headers = self.headers;
            e.body = self.body;
            e.attempts = self.attempts;
            e.request_id = self.request_id;
        })
    }
}

/// A successful answer: the typed value and what came with it.
///
/// ```
/// # use snapline_runtime::Response;
/// // What a call's `send_raw` gives.
/// fn told(answer: Response<String>) -> String {
///     println!("{} {:?}, {} bytes", answer.status(), answer.request_id(), answer.body().len());
///     if let Some(limit) = answer.rate_limit() {
///         println!("{:?} requests are left", limit.remaining);
///     }
///     answer.into_value()
/// }
/// ```
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    meta: Box<Meta>,
}

impl<T> Response<T> {
    pub(super) fn new(value: T, meta: Box<Meta>) -> Self {
        Self { value, meta }
    }

    /// An answer of nothing but its value.
    #[cfg(test)]
    pub(crate) fn of(value: T) -> Self {
        Self::new(
            value,
            Box::new(Meta {
                operation: Cow::Borrowed("test"),
                status: 200,
                headers: HeaderMap::new(),
                body: Bytes::new(),
                attempts: Vec::new(),
                rate_limit: None,
                request_id: None,
                drift: Vec::new(),
                acted: false,
                repeatable: true,
            }),
        )
    }

    /// The decoded value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The decoded value alone.
    pub fn into_value(self) -> T {
        self.value
    }

    /// The same answer with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        Response::new(change(self.value), self.meta)
    }

    /// The same answer with another value, which may not be there.
    ///
    /// # Errors
    /// What `change` returns, with operation, status and body added.
    pub fn try_map<U>(
        self,
        change: impl FnOnce(T) -> Result<U, Error>,
    ) -> Result<Response<U>, Error> {
        match change(self.value) {
            Ok(value) => Ok(Response::new(value, self.meta)),
            Err(error) => Err(self.meta.mark(error)),
        }
    }

    /// The same answer, which has a list in `field`: one that `is_there`, or null for an empty one. From an answer
    /// without it nobody learns what there is, and least of all that there is nothing.
    ///
    /// # Errors
    /// `decode` with operation, status and body where there is no list.
    pub fn with_list(self, field: &str, is_there: impl FnOnce(&T) -> bool) -> Result<Self, Error> {
        let is_null = |body| match json::read(body) {
            Ok(Json::Object(members)) => {
                let mut own = members.iter().filter(|(name, _)| name == field);
                own.next_back()
                    .is_some_and(|(_, value)| matches!(value, Json::Null))
            }
            _ => false,
        };
        if is_there(&self.value) || is_null(&self.meta.body) {
            return Ok(self);
        }
        Err(self.meta.mark(Error::missing(field)))
    }

    /// The HTTP status: 2xx, or the 404 of a deletion whose first attempt was lost.
    pub fn status(&self) -> u16 {
        self.meta.status
    }

    /// The headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.meta.headers
    }

    /// The body as received, decompressed.
    pub fn body(&self) -> &Bytes {
        &self.meta.body
    }

    /// What each attempt saw, oldest first.
    pub fn attempts(&self) -> &[Attempt] {
        &self.meta.attempts
    }

    /// The id under which the service knows the request.
    pub fn request_id(&self) -> Option<&str> {
        self.meta.request_id.as_deref()
    }

    /// The rate limit values of this answer.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.meta.rate_limit
    }

    /// Where the answer departs from the document; empty almost always.
    pub fn drift(&self) -> &[Drift] {
        &self.meta.drift
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("value", &self.value)
            .field("status", &self.meta.status)
            .field("request_id", &self.meta.request_id)
            .finish_non_exhaustive()
    }
}
