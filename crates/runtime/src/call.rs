//! One call: its attempts, its outcome, and the answer handed to the caller.

use crate::core::{BoxFuture, Core, Permit, lock};
use crate::decode;
use crate::error::{Attempt, Error, ErrorKind, one_line, seconds};
use crate::handover::Trail;
use crate::json::{self, Json};
use crate::model::{Drift, Lenient, words};
use crate::provider::{ErrorShape, Operation};
use crate::rate_limit::RateLimit;
use crate::retry;
use crate::secret::Secrets;
use crate::settings::{CallOptions, Limits};
use crate::transport::{self, Answer, Bounds, Failure, Reach, Transport};
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderValue, Method};
use reqwest::ResponseBuilderExt as _;
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
    // What the service did goes beyond an answer.
    acted: bool,
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
                    call.stand_in(status, done.body.clone())
                }
                Err(_) => call.stand_in(NO_ANSWER, Bytes::new()),
            };
            *lock(&call.0.slot) = Some(outcome);
            Ok(answer)
        }
    }

    // What the generated client sees. It gets no headers: the caller's come from the kept outcome.
    fn stand_in(&self, status: u16, body: Bytes) -> reqwest::Response {
        // Without a URL it would be given one, parsed anew for each answer.
        http::Response::builder()
            .status(status)
            .url(self.0.core.base().clone())
            .body(body)
            .unwrap_or_default()
            .into()
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
            None => return Err(self.unsent(&reason(result))),
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
    fn decode<T: Lenient>(&self, done: Done) -> Result<Response<T>, Error> {
        self.decode_by(done, decode::lenient)
    }

    // Decodes any JSON, which no generated client has tried before.
    pub(crate) fn decode_any(&self, done: Done) -> Result<Response<serde_json::Value>, Error> {
        self.decode_by(done, decode::any)
    }

    fn decode_by<T>(&self, done: Done, read: decode::Read<T>) -> Result<Response<T>, Error> {
        match read(&done.body) {
            Ok((value, drift)) => Ok(Response::new(value, self.accept(done, drift)?)),
            Err(error) => Err(self.unreadable(done, error, |body| read(body).err())),
        }
    }

    fn unreadable(
        &self,
        done: Done,
        error: Error,
        again: impl FnOnce(&Bytes) -> Option<Error>,
    ) -> Error {
        // Told again from a clean body: a cut must not leave a part of a secret.
        let cleaned = self.clean(&done.body);
        let error = cleaned.and_then(|body| again(&body)).unwrap_or(error);
        self.redact(self.meta(done, Vec::new()).mark(error))
    }

    // An answer that departs from the document is told, or refused if the call is strict.
    fn accept(&self, done: Done, drift: Vec<Drift>) -> Result<Box<Meta>, Error> {
        let meta = self.meta(done, drift);
        if meta.drift.is_empty() {
            return Ok(meta);
        }
        let strict = self.0.options.strict;
        if strict.unwrap_or(self.0.core.settings().strict) {
            let told = self.clean_text(words(&meta.drift).unwrap_or_default());
            let error = Error::new(
                ErrorKind::Decode,
                format!("the answer departs from the document: {told}"),
            )
            .with(|e| e.departs = true);
            return Err(self.redact(meta.mark(error)));
        }
        // A wait would else tell the same at each poll.
        if let Some(news) = self.0.core.told().news(&meta.drift) {
            tracing::warn!(
                operation = &*self.0.operation,
                request_id = meta.request_id.as_deref(),
                "the answer departs from the document: {}",
                self.clean_text(news)
            );
        }
        Ok(meta)
    }

    // The generated client never came to sending.
    fn unsent(&self, reason: &str) -> Error {
        Error::internal(format!("the request cannot be built: {reason}"))
            .with(|e| e.operation = Some(self.0.operation.clone()))
    }

    fn meta(&self, done: Done, drift: Vec<Drift>) -> Box<Meta> {
        Box::new(Meta {
            operation: self.0.operation.clone(),
            status: done.status,
            headers: done.headers,
            body: done.body,
            acted: done.acted,
            repeatable: self.0.idempotent,
            attempts: done.attempts,
            rate_limit: done.rate_limit,
            request_id: done.request_id,
            drift,
        })
    }

    // Boxed, so that it is compiled here, once, and not by every crate that makes calls.
    pub(crate) fn perform(&self, request: reqwest::Request) -> BoxFuture<'_, Result<Done, Error>> {
        Box::pin(self.spanned(request))
    }

    // Runs the call inside its span.
    async fn spanned(&self, request: reqwest::Request) -> Result<Done, Error> {
        let span = tracing::info_span!(
            "call",
            operation = &*self.0.operation,
            attempts = tracing::field::Empty,
            status = tracing::field::Empty,
            request_id = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
        );
        if span.is_disabled() {
            return self.run(request).await.map_err(|error| self.redact(error));
        }
        let started = Instant::now();
        let outcome = self.run(request).instrument(span.clone()).await;
        // Cleaned first: what the span tells comes from the service, too.
        let outcome = outcome.map_err(|error| self.redact(error));
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
    }

    async fn run(&self, mut request: reqwest::Request) -> Result<Done, Error> {
        let mut attempts = Vec::new();
        let mut underway = Underway {
            lost: false,
            trail: Trail::of(request.method()),
        };
        // A request that only reads leaves nothing behind, whatever became of it.
        let acts = !request.method().is_safe();
        let outcome = match self.prepare(&mut request) {
            Ok(()) => {
                self.attempts(request, &mut attempts, &mut underway.lost)
                    .await
            }
            Err(error) => Err(error),
        };
        underway.trail = None;
        match outcome {
            Ok((answer, rate_limit)) => Ok(Done {
                request_id: header_id(&self.0.core.provider().errors, &answer.headers)
                    .map(|id| self.clean_text(id)),
                status: answer.status.as_u16(),
                headers: answer.headers,
                body: answer.body,
                acted: acts,
                attempts,
                rate_limit,
            }),
            Err(error) => Err(error.with(|e| {
                e.operation = Some(self.0.operation.clone());
                e.attempts = attempts;
                e.outcome_unknown = underway.lost && acts;
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
        let empty = request
            .body()
            .is_none_or(|body| body.as_bytes() == Some(b""));
        let sends = matches!(
            *request.method(),
            Method::POST | Method::PUT | Method::PATCH
        );
        let headers = request.headers_mut();
        headers.extend(extra);
        if sends && empty {
            // Without a word about its length some gateways refuse such a request.
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
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
        request: reqwest::Request,
        attempts: &mut Vec<Attempt>,
        lost: &mut bool,
    ) -> Result<(Answer, Option<RateLimit>), Error> {
        let send = |transport: Transport, core: Core, request, bounds: Bounds| async move {
            let (authorize, base_url) = (core.authorize(), core.base_url());
            transport::attempt(&transport, authorize, base_url, request, &bounds).await
        };
        self.attempts_by(send, request, attempts, lost).await
    }

    // `send` makes one attempt; a test may put another in its place.
    async fn attempts_by<S, F>(
        &self,
        send: S,
        mut request: reqwest::Request,
        attempts: &mut Vec<Attempt>,
        lost: &mut bool,
    ) -> Result<(Answer, Option<RateLimit>), Error>
    where
        S: Fn(Transport, Core, reqwest::Request, Bounds) -> F + Send + Sync,
        F: Future<Output = Result<Answer, Failure>> + Send,
    {
        let core = &self.0.core;
        let options = &self.0.options;
        let limits = options.limits(core.limits());
        let started = Instant::now();
        let deadline = started + limits.timeout.min(FAR);
        let most = limits.max_attempts as usize;
        let repeatable = self.0.idempotent || options.retry_post;
        let deletes = *request.method() == Method::DELETE;
        let acts = !request.method().is_safe();
        let mut waited = Duration::ZERO;
        // Whether the call may still be sent again because its credentials were out of date.
        let mut renewable = core.authorize().renews();
        let mut renewals = 0;
        loop {
            core.check_process()?;
            let permit = if options.pacing.unwrap_or(core.settings().pacing) {
                Some(pace(core, &limits, deadline, &mut waited).await?)
            } else {
                None
            };
            let transport = core.transport()?;
            // A body that cannot be copied can be sent once only.
            let more = attempts.len() + 1 < most + renewals;
            let mut spare = if more || renewable {
                request.try_clone()
            } else {
                None
            };
            if !self.0.idempotent || !more || spare.is_none() {
                // There is no second try. Lets the event loop see that the server closed a pooled
                // connection while no code of ours ran; after that only a close in this very moment
                // can cost the call.
                tokio::task::yield_now().await;
            }
            let begun = Instant::now();
            let attempt_deadline = begun + limits.attempt_timeout.min(FAR);
            let bounds = if attempt_deadline < deadline {
                Bounds {
                    deadline: attempt_deadline,
                    late: transport::late_attempt,
                    allowed: limits.attempt_timeout,
                    max_body_bytes: limits.max_body_bytes,
                }
            } else {
                Bounds {
                    deadline,
                    late: transport::late_call,
                    allowed: limits.timeout,
                    max_body_bytes: limits.max_body_bytes,
                }
            };
            let result = send(transport, core.clone(), request, bounds).await;
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
                    let status = answer.status.as_u16();
                    if !retry::is_passing(status) {
                        core.budget().earn(attempts.len() > 1);
                    }
                    if answer.status.is_success() {
                        return Ok((answer, rate_limit));
                    }
                    if status == 404 && deletes && *lost {
                        // The lost attempt deleted it.
                        let done = Answer {
                            body: Bytes::new(),
                            ..answer
                        };
                        return Ok((done, rate_limit));
                    }
                    if renewable
                        && core
                            .authorize()
                            .refused(answer.credentials, status, &answer.body)
                        && let Some(next) = spare.take()
                    {
                        // Refused at the door, so even a POST was not carried out.
                        tracing::debug!(status, "trying again with renewed credentials");
                        renewable = false;
                        renewals = 1;
                        waited = Duration::ZERO;
                        request = next;
                        continue;
                    }
                    *lost |= retry::may_have_acted(status);
                    let again = status == 429 || (repeatable && retry::is_passing(status));
                    (again, self.refusal(answer))
                }
                Err(failure) => {
                    *lost |= match failure.reach {
                        Reach::Maybe => true,
                        Reach::Answered => {
                            failure.error.status().is_some_and(retry::may_have_acted)
                        }
                        Reach::Never | Reach::Refused => false,
                    };
                    // What was never sent may have failed at a 2xx for something else, such as a token.
                    let accepted = matches!(failure.reach, Reach::Maybe | Reach::Answered)
                        && matches!(failure.error.status(), Some(200..300));
                    let error = if acts && accepted {
                        failure.error.accepted(self.0.idempotent)
                    } else {
                        failure.error
                    };
                    let again = match failure.reach {
                        Reach::Never => true,
                        Reach::Maybe => repeatable,
                        Reach::Answered | Reach::Refused => false,
                    };
                    (again, error)
                }
            };
            drop(permit);
            let attempt = u32::try_from(attempts.len() - renewals).unwrap_or(u32::MAX);
            let left = deadline.saturating_duration_since(Instant::now());
            let pause = retry::pause(error.retry_after(), &limits, attempt, left);
            let (Some(next), Some(pause), true) = (spare, pause, again && more) else {
                return Err(error);
            };
            if !core.budget().take() {
                tracing::debug!(attempt, status, "the retry budget is spent");
                return Err(error.with(|e| {
                    e.note = Some("not tried again: the client's retry budget is spent");
                }));
            }
            tracing::debug!(
                attempt,
                status,
                wait_ms = pause.as_secs_f64() * 1000.0,
                "trying again"
            );
            sleep(pause).await;
            waited = pause;
            request = next;
        }
    }

    // The error that an answer outside 2xx stands for. It is cleaned before it is shortened, so that
    // no part of a secret stays at the cut.
    fn refusal(&self, mut answer: Answer) -> Error {
        if let Some(body) = self.clean(&answer.body) {
            answer.body = body;
        }
        refusal(&self.0.core.provider().errors, answer)
    }

    // The secrets in use.
    fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::default();
        self.0
            .core
            .authorize()
            .secrets(&mut |secret| secrets.add(secret));
        secrets
    }

    // A text of the service's without the secrets in it.
    fn clean_text(&self, text: String) -> String {
        self.secrets().hide_text(text)
    }

    // A body without the secrets in it; nothing if there are none.
    fn clean(&self, body: &Bytes) -> Option<Bytes> {
        self.secrets().hide(body).map(Bytes::from)
    }

    // A service may repeat the credentials in what it answers.
    fn redact(&self, error: Error) -> Error {
        error.without(&self.secrets())
    }
}

// A call that has no outcome yet. Dropped like that it tells what its earlier attempts leave behind; the
// present one does so itself.
struct Underway {
    lost: bool,
    trail: Option<Trail>,
}

impl Drop for Underway {
    fn drop(&mut self) {
        if let Some(trail) = self.trail.take().filter(|_| self.lost) {
            trail.mark();
        }
    }
}

// Waits until the rate limit leaves room for a request.
async fn pace(
    core: &Core,
    limits: &Limits,
    deadline: Instant,
    waited: &mut Duration,
) -> Result<Permit, Error> {
    loop {
        let wait = match core.pace() {
            Ok(permit) => return Ok(permit),
            Err(wait) => wait,
        };
        if wait > limits.max_retry_after || Instant::now() + wait.min(FAR) >= deadline {
            return Err(Error::new(
                ErrorKind::RateLimited,
                format!("no request is left for the next {}", seconds(wait)),
            )
            .with(|e| e.retry_after = Some(wait)));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let wait = retry::spread(wait, left);
        sleep(wait).await;
        *waited += wait;
        // Closing a client must not wait for those that wait.
        if core.is_closed() {
            return Err(Error::closed());
        }
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.0.operation)
            .finish_non_exhaustive()
    }
}

// The error that an answer outside 2xx stands for.
pub(crate) fn refusal(shape: &ErrorShape, answer: Answer) -> Error {
    let status = answer.status.as_u16();
    let members = match json::read(&answer.body) {
        Ok(Json::Object(members)) => members,
        _ => Vec::new(),
    };
    let field = |names: &[&str]| {
        names.iter().find_map(|name| {
            let mut members = members.iter().rev();
            match members.find(|(given, _)| given == name)? {
                (_, Json::String(text) | Json::OddString(text)) if !text.is_empty() => {
                    Some(text.clone())
                }
                (_, Json::Number(digits)) => Some(digits.to_string()),
                _ => None,
            }
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
    let body = json::without_mark(body);
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

// Why the generated client sent nothing.
fn reason<T, E>(
    result: Result<progenitor_client::ResponseValue<T>, progenitor_client::Error<E>>,
) -> String {
    use progenitor_client::Error as Generated;
    match result {
        Err(Generated::InvalidRequest(reason) | Generated::Custom(reason)) => reason,
        Err(Generated::CommunicationError(error)) => error.without_url().to_string(),
        Err(_) | Ok(_) => "the request did not pass through the runtime".to_owned(),
    }
}

// All of an answer but its typed value.
#[derive(Clone, Debug)]
struct Meta {
    operation: Cow<'static, str>,
    status: u16,
    headers: HeaderMap,
    body: Bytes,
    acted: bool,
    repeatable: bool,
    attempts: Vec<Attempt>,
    rate_limit: Option<RateLimit>,
    request_id: Option<String>,
    drift: Vec<Drift>,
}

impl Meta {
    // Makes an error tell which answer it is about.
    fn mark(self, error: Error) -> Error {
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
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    meta: Box<Meta>,
}

impl<T> Response<T> {
    fn new(value: T, meta: Box<Meta>) -> Self {
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
    use http::StatusCode;

    const SHAPE: ErrorShape = ErrorShape {
        code: &["class", "id", "code"],
        message: &["message"],
        request_id: &["request_id"],
        request_id_headers: &["x-request-id", "x-other-id"],
    };

    fn answer(status: u16, body: &'static str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("x-other-id", HeaderValue::from_static("from-header"));
        Answer {
            credentials: 0,
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

    mod timing {
        //! When attempts are made, on a clock that only moves when everybody waits.

        use super::super::*;
        use crate::core::Bearer;
        use crate::{Operation, Provider, Secret, Settings};
        use http::StatusCode;
        use std::collections::VecDeque;

        static PROVIDER: Provider = Provider {
            name: "test",
            server_url: "https://api.test.invalid",
            url_variable: "SNAPLINE_RUNTIME_TEST_URL",
            errors: super::SHAPE,
        };
        static GET: Operation = Operation {
            id: "thing_get",
            method: "GET",
            path: "/v2/thing",
            idempotent: true,
        };
        static POST: Operation = Operation {
            id: "thing_create",
            method: "POST",
            path: "/v2/thing",
            idempotent: false,
        };

        // What the server does, in place of a socket.
        #[derive(Clone)]
        enum Does {
            Answer(u16, &'static [(&'static str, &'static str)]),
            Fail(Reach),
            Hang,
        }
        use Does::{Answer as Say, Fail, Hang};

        struct Ran {
            outcome: Result<u16, Error>,
            at: Vec<Duration>,
            attempts: Vec<Attempt>,
            took: Duration,
        }

        fn client(settings: Settings) -> Core {
            let token = Secret::new("token", "hunter2".to_owned()).unwrap();
            Core::new(
                &PROVIDER,
                Arc::new(Bearer::new(token).unwrap()),
                settings.base_url("http://127.0.0.1:9"),
            )
            .unwrap()
        }

        async fn run(
            core: &Core,
            operation: &'static Operation,
            options: CallOptions,
            script: &[Does],
        ) -> Ran {
            let call = Call::new(core, operation, options);
            let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
            let request = core
                .http()
                .request(method, "http://127.0.0.1:9/v2/thing")
                .build()
                .unwrap();
            let script = Mutex::new(VecDeque::from(script.to_vec()));
            let at = Mutex::new(Vec::new());
            let begun = Instant::now();
            let send = |_, _, _, bounds: Bounds| {
                at.lock().unwrap().push(begun.elapsed());
                let mut script = script.lock().unwrap();
                // The last one is repeated.
                let does = if script.len() > 1 {
                    script.pop_front().unwrap()
                } else {
                    script[0].clone()
                };
                async move {
                    match does {
                        Say(status, headers) => Ok(Answer {
                            credentials: 0,
                            status: StatusCode::from_u16(status).unwrap(),
                            headers: headers
                                .iter()
                                .map(|(name, value)| {
                                    let name = http::HeaderName::from_static(name);
                                    (name, HeaderValue::from_static(value))
                                })
                                .collect(),
                            body: Bytes::new(),
                        }),
                        Fail(reach) => Err(Failure {
                            reach,
                            error: Error::new(ErrorKind::Connection, "it broke"),
                        }),
                        Hang => {
                            tokio::time::sleep_until(bounds.deadline).await;
                            Err(Failure {
                                reach: Reach::Maybe,
                                error: Error::new(
                                    ErrorKind::Timeout,
                                    (bounds.late)(bounds.allowed),
                                ),
                            })
                        }
                    }
                }
            };
            let mut attempts = Vec::new();
            let mut lost = false;
            let outcome = call
                .attempts_by(send, request, &mut attempts, &mut lost)
                .await
                .map(|(answer, _)| answer.status.as_u16());
            let at = at.lock().unwrap().clone();
            Ran {
                outcome,
                at,
                attempts,
                took: begun.elapsed(),
            }
        }

        fn secs(seconds: f64) -> Duration {
            Duration::from_secs_f64(seconds)
        }

        #[tokio::test(start_paused = true)]
        async fn b7_the_default_waits_double_from_half_a_second_with_full_jitter() {
            let core = client(Settings::default());
            let mut longest = [Duration::ZERO; 3];
            for _ in 0..200 {
                let ran = run(&core, &GET, CallOptions::default(), &[Say(503, &[])]).await;
                assert_eq!(ran.outcome.unwrap_err().status(), Some(503));
                assert_eq!(ran.at.len(), 4);
                assert_eq!(ran.attempts[0].waited, Duration::ZERO);
                for (index, ceiling) in [0.5, 1.0, 2.0].into_iter().enumerate() {
                    let gap = ran.at[index + 1] - ran.at[index];
                    // The clock's grain is a millisecond.
                    assert!(gap <= secs(ceiling + 0.002), "{gap:?}");
                    assert!(ran.attempts[index + 1].waited <= secs(ceiling));
                    longest[index] = longest[index].max(gap);
                }
                core.budget().earn(true);
                core.budget().earn(true);
                core.budget().earn(true);
            }
            for (longest, ceiling) in longest.iter().zip([0.5, 1.0, 2.0]) {
                assert!(*longest > secs(ceiling * 0.8), "{longest:?}");
            }
        }

        #[tokio::test(start_paused = true)]
        async fn b7_no_wait_is_longer_than_the_cap() {
            let core = client(Settings::default().max_attempts(30).timeout(secs(9000.0)));
            let ran = run(&core, &GET, CallOptions::default(), &[Fail(Reach::Maybe)]).await;
            assert_eq!(ran.at.len(), 30);
            let gaps: Vec<_> = ran.at.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert!(gaps.iter().all(|gap| *gap <= secs(8.002)), "{gaps:?}");
            assert!(gaps.iter().any(|gap| *gap > secs(4.0)), "{gaps:?}");
            let options = CallOptions::default()
                .backoff_base(secs(0.001))
                .backoff_cap(secs(0.01));
            let ran = run(&core, &GET, options, &[Fail(Reach::Maybe)]).await;
            assert!(ran.took < secs(0.4), "{:?}", ran.took);
        }

        #[tokio::test(start_paused = true)]
        async fn b7_a_hint_is_waited_for_and_a_little_longer() {
            let core = client(Settings::default());
            for (operation, status) in [(&GET, 429), (&POST, 429), (&GET, 503)] {
                let script = [Say(status, &[("retry-after", "37")]), Say(200, &[])];
                let ran = run(&core, operation, CallOptions::default(), &script).await;
                assert_eq!(ran.outcome.unwrap(), 200);
                assert!(ran.at[1] >= secs(37.0) && ran.at[1] <= secs(38.01));
                assert!(ran.attempts[1].waited >= secs(37.0));
            }
        }

        #[tokio::test(start_paused = true)]
        async fn b7_many_that_are_told_to_wait_do_not_come_back_at_once() {
            let core = client(Settings::default());
            let mut back = Vec::new();
            for _ in 0..30 {
                let script = [Say(429, &[("retry-after", "1")]), Say(200, &[])];
                let ran = run(&core, &POST, CallOptions::default(), &script).await;
                back.push(ran.at[1]);
            }
            back.sort();
            assert!(back[0] >= secs(1.0), "{back:?}");
            assert!(back[29] <= secs(1.102), "{back:?}");
            assert!(back[29] - back[0] > secs(0.05), "{back:?}");
        }

        #[tokio::test(start_paused = true)]
        async fn b7_a_hint_that_fits_still_fits_when_it_is_spread() {
            let core = client(Settings::default());
            for _ in 0..50 {
                let options = CallOptions::default().timeout(secs(10.01));
                let script = [Say(429, &[("retry-after", "10")]), Say(200, &[])];
                let ran = run(&core, &POST, options, &script).await;
                assert_eq!(ran.outcome.unwrap(), 200);
            }
        }

        #[tokio::test(start_paused = true)]
        async fn b7_a_hint_that_does_not_fit_ends_the_call_at_once() {
            let core = client(Settings::default());
            for (hint, options) in [
                ("121", CallOptions::default().timeout(secs(900.0))),
                ("90", CallOptions::default()),
                ("3600", CallOptions::default()),
                ("3", CallOptions::default().max_retry_after(secs(2.0))),
            ] {
                let headers: &'static [_] = Vec::from([("retry-after", hint)]).leak();
                let ran = run(&core, &GET, options, &[Say(429, headers)]).await;
                let error = ran.outcome.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::RateLimited);
                assert_eq!(error.retry_after().unwrap().as_secs().to_string(), hint);
                assert_eq!((ran.at.len(), ran.took), (1, Duration::ZERO));
            }
            // A longer limit lets a longer hint through.
            let options = CallOptions::default()
                .timeout(secs(900.0))
                .max_retry_after(secs(300.0));
            let script = [Say(429, &[("retry-after", "200")]), Say(200, &[])];
            let ran = run(&core, &GET, options, &script).await;
            assert_eq!(ran.outcome.unwrap(), 200);
        }

        #[tokio::test(start_paused = true)]
        async fn b7_an_unreadable_hint_is_as_good_as_none() {
            let core = client(Settings::default());
            let script = [Say(429, &[("retry-after", "in a while")]), Say(200, &[])];
            let ran = run(&core, &POST, CallOptions::default(), &script).await;
            assert_eq!(ran.outcome.unwrap(), 200);
            assert!(ran.at[1] <= secs(0.502), "{:?}", ran.at);
        }

        #[tokio::test(start_paused = true)]
        async fn b6_each_attempt_and_the_whole_call_have_their_bounds() {
            let core = client(Settings::default());
            let ran = run(&core, &GET, CallOptions::default(), &[Hang]).await;
            let error = ran.outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout);
            // Three attempts of 30 s, less the waits: the third is cut off by the call's bound.
            assert_eq!(ran.at.len(), 3);
            assert!(ran.at[1] >= secs(30.0) && ran.at[1] <= secs(30.51));
            assert!(
                ran.took >= secs(90.0) && ran.took < secs(90.01),
                "{:?}",
                ran.took
            );
            assert!(error.message().contains("the call's 90 s"), "{error}");
            let ran = run(&core, &POST, CallOptions::default(), &[Hang]).await;
            assert_eq!((ran.at.len(), ran.took.as_secs()), (1, 30));
            let options = CallOptions::default()
                .timeout(secs(7.0))
                .attempt_timeout(secs(2.0));
            let ran = run(&core, &GET, options, &[Hang]).await;
            assert!(ran.took <= secs(7.001), "{:?}", ran.took);
            assert_eq!(ran.attempts[0].elapsed.as_secs(), 2);
        }

        #[tokio::test(start_paused = true)]
        async fn b7_b8_what_is_tried_again_and_what_is_not() {
            let core = client(Settings::default());
            for (does, get, post) in [
                (Fail(Reach::Never), 4, 4),
                (Fail(Reach::Maybe), 4, 1),
                (Fail(Reach::Answered), 1, 1),
                (Fail(Reach::Refused), 1, 1),
                (Say(408, &[]), 4, 1),
                (Say(429, &[]), 4, 4),
                (Say(500, &[]), 4, 1),
                (Say(501, &[]), 1, 1),
                (Say(502, &[]), 4, 1),
                (Say(503, &[]), 4, 1),
                (Say(504, &[]), 4, 1),
                (Say(507, &[]), 1, 1),
                (Say(400, &[]), 1, 1),
                (Say(404, &[]), 1, 1),
                (Say(409, &[]), 1, 1),
                (Say(425, &[]), 1, 1),
            ] {
                for (operation, wanted) in [(&GET, get), (&POST, post)] {
                    let script = [does.clone()];
                    let ran = run(&core, operation, CallOptions::default(), &script).await;
                    assert_eq!(ran.at.len(), wanted, "{:?}", ran.attempts);
                    for _ in 0..wanted {
                        core.budget().earn(true);
                    }
                }
                let options = CallOptions::default().retry_post(true);
                let ran = run(&core, &POST, options, &[does]).await;
                assert_eq!(ran.at.len(), get, "{:?}", ran.attempts);
                for _ in 0..get {
                    core.budget().earn(true);
                }
            }
        }

        #[tokio::test(start_paused = true)]
        async fn b22_after_a_fork_every_call_is_refused_and_close_does_nothing() {
            let core = client(Settings::default().pacing(true)).in_a_fork();
            let ran = run(&core, &GET, CallOptions::default(), &[Say(200, &[])]).await;
            assert!(ran.at.is_empty());
            let error = ran.outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Closed);
            assert!(error.message().contains("before fork()"), "{error}");
            core.close();
            assert!(!core.is_closed());
        }

        #[tokio::test(start_paused = true)]
        async fn b7_an_outage_does_not_multiply_the_load() {
            let core = client(Settings::default().retry_budget(10));
            let mut sent = 0;
            let mut noted = 0;
            for _ in 0..100 {
                let ran = run(&core, &GET, CallOptions::default(), &[Say(503, &[])]).await;
                sent += ran.at.len();
                let text = ran.outcome.unwrap_err().to_string();
                noted += usize::from(text.contains("retry budget is spent"));
            }
            // Without the budget it would be 400.
            assert_eq!(sent, 110);
            assert!(noted >= 96, "{noted}");
            // Five calls that go well earn one retry.
            for _ in 0..5 {
                run(&core, &GET, CallOptions::default(), &[Say(200, &[])]).await;
            }
            let ran = run(&core, &GET, CallOptions::default(), &[Say(503, &[])]).await;
            assert_eq!(ran.at.len(), 2);
        }

        proptest::proptest! {
            #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
            #[test]
            fn b6_b7_any_hint_leaves_the_call_within_its_bounds(hint in "[ -~]{0,12}|[0-9]{1,6}") {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .start_paused(true)
                    .build()
                    .unwrap();
                runtime.block_on(async {
                    let core = client(Settings::default());
                    let hint: &'static str = hint.leak();
                    let headers: &'static [_] = Vec::from([("retry-after", hint)]).leak();
                    let ran = run(&core, &GET, CallOptions::default(), &[Say(503, headers)]).await;
                    assert!(ran.took <= secs(90.0), "{:?}", ran.took);
                    assert!((1..=4).contains(&ran.at.len()));
                });
            }
        }
    }
}
