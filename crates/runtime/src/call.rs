//! One call: its attempts, its outcome, and the answer handed to the caller.

use crate::core::{Core, lock};
use crate::decode;
use crate::error::{Attempt, Error, ErrorKind, one_line, seconds};
use crate::model::{Drift, Lenient};
use crate::provider::{ErrorShape, Operation};
use crate::rate_limit::RateLimit;
use crate::retry;
use crate::settings::CallOptions;
use crate::transport::{self, Answer, Bounds, Reach};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep};
use tracing::Instrument as _;

/// One call of an operation. It is the inner value of the generated client, whose hook hands the
/// request to [`execute`](Self::execute); [`finish`](Self::finish) then gives the outcome.
#[derive(Clone)]
pub struct Call(Arc<Inner>);

struct Inner {
    core: Core,
    operation: Cow<'static, str>,
    idempotent: bool,
    options: CallOptions,
    slot: Mutex<Option<Result<Done, Error>>>,
}

// A call that succeeded, before its body is decoded.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    attempts: Vec<Attempt>,
    rate_limit: Option<RateLimit>,
    request_id: Option<String>,
}

// Long enough to be no bound, short enough to be added to any instant.
const FAR: Duration = Duration::from_secs(30 * 365 * 86_400);

// The status of the stand-in for a call without an answer; no service sends it.
const NO_ANSWER: u16 = 999;

impl Call {
    /// A call of `operation`, not sent yet.
    #[must_use]
    pub fn new(core: &Core, operation: &'static Operation, options: CallOptions) -> Self {
        Self::named(
            core,
            Cow::Borrowed(operation.id),
            operation.idempotent,
            options,
        )
    }

    pub(crate) fn named(
        core: &Core,
        operation: Cow<'static, str>,
        idempotent: bool,
        options: CallOptions,
    ) -> Self {
        Self(Arc::new(Inner {
            core: core.clone(),
            operation,
            idempotent,
            options,
            slot: Mutex::new(None),
        }))
    }

    /// Sends a request with all that belongs to a call: credentials, headers, retries, bounds.
    ///
    /// The outcome is kept for [`finish`](Self::finish). What is returned is only there to steer the
    /// generated client: the body of a success, or an empty answer of status 999.
    ///
    /// # Errors
    /// None: failures are kept too.
    pub fn execute(
        &self,
        request: reqwest::Request,
    ) -> impl Future<Output = reqwest::Result<reqwest::Response>> + Send {
        let call = self.clone();
        async move {
            let outcome = call.perform(request).await;
            let answer = match &outcome {
                Ok(done) => {
                    // A deletion found done answers 404, which the generated client would refuse.
                    let status = if (200..300).contains(&done.status) {
                        done.status
                    } else {
                        204
                    };
                    stand_in(status, done.body.clone())
                }
                Err(_) => stand_in(NO_ANSWER, Bytes::new()),
            };
            *lock(&call.0.slot) = Some(outcome);
            Ok(answer)
        }
    }

    /// Gives the outcome of the call, given what the generated client made of the answer.
    ///
    /// # Errors
    /// Whatever [`execute`](Self::execute) met; `decode` if the body cannot be read, or departs from
    /// the document and the call is strict.
    pub fn finish<T: Lenient, E>(
        &self,
        result: Result<progenitor_client::ResponseValue<T>, progenitor_client::Error<E>>,
    ) -> Result<Response<T>, Error> {
        let outcome = lock(&self.0.slot).take();
        let done = match outcome {
            Some(Ok(done)) => done,
            Some(Err(error)) => return Err(error),
            None => return self.unsent(result),
        };
        match result {
            Ok(value) => Ok(Response::new(
                value.into_inner(),
                self.meta(done, Vec::new()),
            )),
            Err(_) => self.decode(done),
        }
    }

    // Decodes leniently: also for a success that the generated client did not expect.
    pub(crate) fn decode<T: Lenient>(&self, done: Done) -> Result<Response<T>, Error> {
        let (value, drift) = match decode::lenient::<T>(&done.body) {
            Ok(decoded) => decoded,
            Err(error) => return Err(self.redact(self.meta(done, Vec::new()).mark(error))),
        };
        let meta = self.meta(done, drift);
        if meta.drift.is_empty() {
            return Ok(Response::new(value, meta));
        }
        let mut told = String::new();
        for (index, drift) in meta.drift.iter().enumerate() {
            if index > 0 {
                told.push_str(", ");
            }
            told.push_str(&drift.to_string());
        }
        let strict = self.0.options.strict;
        if strict.unwrap_or(self.0.core.settings().strict) {
            let error = Error::new(
                ErrorKind::Decode,
                format!("the answer departs from the document: {told}"),
            );
            return Err(self.redact(meta.mark(error)));
        }
        tracing::warn!(
            operation = &*self.0.operation,
            request_id = meta.request_id.as_deref(),
            "the answer departs from the document: {told}"
        );
        Ok(Response::new(value, meta))
    }

    // The generated client never came to sending.
    fn unsent<T, E>(
        &self,
        result: Result<progenitor_client::ResponseValue<T>, progenitor_client::Error<E>>,
    ) -> Result<Response<T>, Error> {
        use progenitor_client::Error as Generated;
        let reason = match result {
            Err(Generated::InvalidRequest(reason) | Generated::Custom(reason)) => reason,
            Err(Generated::CommunicationError(error)) => error.without_url().to_string(),
            Err(_) | Ok(_) => "the request did not pass through the runtime".to_owned(),
        };
        Err(
            Error::internal(format!("the request cannot be built: {reason}")).with(|e| {
                e.operation = Some(self.0.operation.clone());
            }),
        )
    }

    fn meta(&self, done: Done, drift: Vec<Drift>) -> Box<Meta> {
        Box::new(Meta {
            operation: self.0.operation.clone(),
            status: done.status,
            headers: done.headers,
            body: done.body,
            attempts: done.attempts,
            rate_limit: done.rate_limit,
            request_id: done.request_id,
            drift,
        })
    }

    // Runs the call inside its span.
    pub(crate) async fn perform(&self, request: reqwest::Request) -> Result<Done, Error> {
        let span = tracing::info_span!(
            "call",
            operation = &*self.0.operation,
            attempts = tracing::field::Empty,
            status = tracing::field::Empty,
            request_id = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
        );
        let outcome = if span.is_disabled() {
            self.run(request).await
        } else {
            let started = Instant::now();
            let outcome = self.run(request).instrument(span.clone()).await;
            let (attempts, status, request_id) = match &outcome {
                Ok(done) => (
                    &*done.attempts,
                    Some(done.status),
                    done.request_id.as_deref(),
                ),
                Err(error) => (error.attempts(), error.status(), error.request_id()),
            };
            span.record("attempts", attempts.len());
            span.record("status", status);
            span.record("request_id", request_id);
            span.record("duration_ms", started.elapsed().as_secs_f64() * 1000.0);
            outcome
        };
        outcome.map_err(|error| self.redact(error))
    }

    async fn run(&self, mut request: reqwest::Request) -> Result<Done, Error> {
        let mut attempts = Vec::new();
        let mut lost = false;
        let outcome = match self.prepare(&mut request) {
            Ok(()) => self.attempts(request, &mut attempts, &mut lost).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok((answer, rate_limit)) => Ok(Done {
                request_id: header_id(&self.0.core.provider().errors, &answer.headers),
                status: answer.status.as_u16(),
                headers: answer.headers,
                body: answer.body,
                attempts,
                rate_limit,
            }),
            Err(error) => Err(error.with(|e| {
                e.operation = Some(self.0.operation.clone());
                e.attempts = attempts;
                e.outcome_unknown = lost && !self.0.idempotent;
            })),
        }
    }

    fn prepare(&self, request: &mut reqwest::Request) -> Result<(), Error> {
        let options = &self.0.options;
        let extra = options.check()?;
        // The credentials go to the base URL's origin and nowhere else.
        if !transport::same_origin(request.url(), self.0.core.base()) {
            return Err(Error::internal(
                "the request does not go to the client's base URL",
            ));
        }
        let headers = request.headers_mut();
        // The generated client adds the document's version, which no service asks for.
        headers.remove("api-version");
        headers.extend(extra);
        let url = request.url_mut();
        if !options.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&options.query);
        }
        if url.query() == Some("") {
            // A dangling `?` breaks signatures.
            url.set_query(None);
        }
        Ok(())
    }

    async fn attempts(
        &self,
        mut request: reqwest::Request,
        attempts: &mut Vec<Attempt>,
        lost: &mut bool,
    ) -> Result<(Answer, Option<RateLimit>), Error> {
        let core = &self.0.core;
        let options = &self.0.options;
        let limits = core.limits();
        let mut allowed = options.timeout.unwrap_or(limits.timeout);
        if let Some(most) = options.at_most {
            allowed = allowed.min(most);
        }
        let started = Instant::now();
        let deadline = started + allowed.min(FAR);
        let attempt_allowed = options.attempt_timeout.unwrap_or(limits.attempt_timeout);
        let most = options.max_attempts.unwrap_or(limits.max_attempts) as usize;
        let repeatable = self.0.idempotent || options.retry_post;
        let deletes = *request.method() == Method::DELETE;
        let mut waited = Duration::ZERO;
        loop {
            let client = core.transport()?;
            if let Some(wait) = core.pace() {
                if wait > limits.max_retry_after || Instant::now() + wait.min(FAR) >= deadline {
                    return Err(Error::new(
                        ErrorKind::RateLimited,
                        format!("no request is left for the next {}", seconds(wait)),
                    )
                    .with(|e| e.retry_after = Some(wait)));
                }
                sleep(wait).await;
                waited += wait;
            }
            // A body that cannot be copied can be sent once only.
            let spare = if attempts.len() + 1 < most {
                request.try_clone()
            } else {
                None
            };
            if !self.0.idempotent {
                // Lets the event loop see that the server closed a pooled connection while no code
                // of ours ran; after that only a close in this very moment can cost a POST.
                tokio::task::yield_now().await;
            }
            let begun = Instant::now();
            let attempt_deadline = begun + attempt_allowed.min(FAR);
            let bounds = if attempt_deadline < deadline {
                Bounds {
                    deadline: attempt_deadline,
                    late: transport::late_attempt,
                    allowed: attempt_allowed,
                    max_body_bytes: limits.max_body_bytes,
                }
            } else {
                Bounds {
                    deadline,
                    late: transport::late_call,
                    allowed,
                    max_body_bytes: limits.max_body_bytes,
                }
            };
            let result = transport::attempt(&client, core.authorize(), request, &bounds).await;
            let (status, trouble) = match &result {
                Ok(answer) => (Some(answer.status.as_u16()), None),
                Err(failure) => (failure.error.status(), Some(failure.error.message())),
            };
            attempts.push(Attempt {
                status,
                error: trouble.map(str::to_owned),
                waited,
                elapsed: begun.elapsed(),
            });
            let (again, error) = match result {
                Ok(answer) => {
                    let rate_limit = RateLimit::from_headers(&answer.headers);
                    if let Some(seen) = rate_limit {
                        core.saw_rate_limit(seen);
                    }
                    if answer.status.is_success() {
                        return Ok((answer, rate_limit));
                    }
                    let status = answer.status.as_u16();
                    if status == 404 && deletes && *lost {
                        // The lost attempt deleted it.
                        let done = Answer {
                            body: Bytes::new(),
                            ..answer
                        };
                        return Ok((done, rate_limit));
                    }
                    *lost |= retry::is_indefinite(status);
                    let again = status == 429 || (repeatable && retry::is_passing(status));
                    (again, refusal(&core.provider().errors, answer))
                }
                Err(failure) => {
                    *lost |= failure.reach == Reach::Maybe;
                    let again = match failure.reach {
                        Reach::Never => true,
                        Reach::Maybe => repeatable,
                        Reach::Answered | Reach::Refused => false,
                    };
                    (again, failure.error)
                }
            };
            let hint = error.retry_after();
            let wait = match hint {
                Some(hint) if !hint.is_zero() => hint,
                _ => retry::backoff(
                    limits.backoff_base,
                    limits.backoff_cap,
                    u32::try_from(attempts.len()).unwrap_or(u32::MAX),
                ),
            };
            let fits = hint.is_none_or(|hint| hint <= limits.max_retry_after)
                && Instant::now() + wait.min(FAR) < deadline;
            let Some(next) = spare.filter(|_| again && fits) else {
                return Err(error);
            };
            tracing::debug!(
                attempt = attempts.len(),
                status,
                wait_ms = wait.as_secs_f64() * 1000.0,
                "trying again"
            );
            sleep(wait).await;
            waited = wait;
            request = next;
        }
    }

    // A service may repeat the credentials in what it answers.
    fn redact(&self, error: Error) -> Error {
        let mut secrets = Vec::new();
        self.0.core.authorize().secrets(&mut |secret| {
            if !secret.is_empty() {
                secrets.push(zeroize::Zeroizing::new(secret.to_owned()));
            }
        });
        let mut error = error;
        for secret in &secrets {
            error = error.without(secret);
        }
        error
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.0.operation)
            .finish_non_exhaustive()
    }
}

// What the generated client sees. It gets no headers: the caller's come from the kept outcome.
fn stand_in(status: u16, body: Bytes) -> reqwest::Response {
    let mut answer = http::Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    answer.into()
}

// The error that an answer outside 2xx stands for.
fn refusal(shape: &ErrorShape, answer: Answer) -> Error {
    let status = answer.status.as_u16();
    let parsed: Option<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_slice(&answer.body).ok();
    let field = |names: &[&str]| {
        let body = parsed.as_ref()?;
        names.iter().find_map(|name| match body.get(*name)? {
            serde_json::Value::String(text) if !text.is_empty() => Some(text.clone()),
            serde_json::Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
    };
    let message = field(shape.message).unwrap_or_else(|| {
        let text = plain(&answer.body);
        if text.is_empty() {
            answer
                .status
                .canonical_reason()
                .unwrap_or("the service gave no reason")
                .to_owned()
        } else {
            text
        }
    });
    let kind = if status == 429 {
        ErrorKind::RateLimited
    } else {
        ErrorKind::Api
    };
    Error::new(kind, message).with(|e| {
        e.status = Some(status);
        e.code = field(shape.code);
        e.request_id = field(shape.request_id).or_else(|| header_id(shape, &answer.headers));
        e.retry_after = retry::retry_after(&answer.headers, SystemTime::now());
        e.headers = answer.headers;
        e.body = answer.body;
    })
}

// The words of a body that is not the service's JSON, such as a proxy's page, shortened.
fn plain(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..4096).unwrap_or(body));
    if !text.trim_start().starts_with('<') {
        return one_line(&text, 200);
    }
    let mut words = String::new();
    let mut tag = false;
    for character in text.chars() {
        match character {
            '<' => tag = true,
            '>' => {
                tag = false;
                words.push(' ');
            }
            other if !tag => words.push(other),
            _ => {}
        }
    }
    one_line(&words, 200)
}

fn header_id(shape: &ErrorShape, headers: &HeaderMap<HeaderValue>) -> Option<String> {
    shape
        .request_id_headers
        .iter()
        .find_map(|name| headers.get(*name))
        .and_then(|value| value.to_str().ok())
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
}

// All of an answer but its typed value.
#[derive(Clone, Debug)]
struct Meta {
    operation: Cow<'static, str>,
    status: u16,
    headers: HeaderMap,
    body: Bytes,
    attempts: Vec<Attempt>,
    rate_limit: Option<RateLimit>,
    request_id: Option<String>,
    drift: Vec<Drift>,
}

impl Meta {
    // Makes an error tell which answer it is about.
    fn mark(self, error: Error) -> Error {
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
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    meta: Box<Meta>,
}

impl<T> Response<T> {
    fn new(value: T, meta: Box<Meta>) -> Self {
        Self { value, meta }
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

#[cfg(test)]
mod tests {
    use super::*;

    static SHAPE: ErrorShape = ErrorShape {
        code: &["class", "id", "code"],
        message: &["message"],
        request_id: &["request_id"],
        request_id_headers: &["x-request-id", "x-other-id"],
    };

    fn answer(status: u16, body: &'static str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("x-other-id", HeaderValue::from_static("from-header"));
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn b13_fields_are_tried_in_order() {
        let error = refusal(
            &SHAPE,
            answer(
                404,
                r#"{"code":7,"id":"","message":"gone","request_id":"abc"}"#,
            ),
        );
        assert_eq!(error.kind(), ErrorKind::Api);
        assert_eq!(error.code(), Some("7"));
        assert_eq!(error.message(), "gone");
        assert_eq!(error.request_id(), Some("abc"));
        let error = refusal(&SHAPE, answer(429, r#"{"id":"too_many","class":null}"#));
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.code(), Some("too_many"));
        assert_eq!(error.request_id(), Some("from-header"));
    }

    #[test]
    fn b13_bodies_that_are_not_json_are_shown_shortened() {
        let page = "<html><head><title>502 Bad Gateway</title></head>\n<body>nginx</body></html>";
        let error = refusal(&SHAPE, answer(502, page));
        assert_eq!(error.message(), "502 Bad Gateway nginx");
        assert_eq!(error.body(), page);
        assert_eq!(
            refusal(&SHAPE, answer(503, "")).message(),
            "Service Unavailable"
        );
        assert_eq!(
            refusal(&SHAPE, answer(599, "")).message(),
            "the service gave no reason"
        );
        let long: &'static str = "x".repeat(9000).leak();
        assert_eq!(
            refusal(&SHAPE, answer(500, long)).message().chars().count(),
            201
        );
    }

    #[test]
    fn b13_a_list_as_error_body_is_kept_as_text() {
        let error = refusal(&SHAPE, answer(400, r#"["no"]"#));
        assert_eq!(error.message(), r#"["no"]"#);
        assert_eq!(error.code(), None);
    }
}
