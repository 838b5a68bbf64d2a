//! One call: its attempts, its outcome, and the answer handed to the caller.

mod attempts;
mod refusal;
mod response;

pub(crate) use refusal::refusal;
pub use response::Response;

use crate::core::Core;
use crate::decode;
use crate::error::{Error, ErrorKind};
use crate::generated::settings::CallOptions;
use crate::handover::Trail;
use crate::limit::Limit;
use crate::model::{Drift, Lenient, words};
use crate::provider::Operation;
use crate::secret::Secrets;
use crate::sync::BoxFuture;
use crate::template::Template;
use crate::transport::Answer;
use attempts::Attempts;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_LENGTH};
use http::{HeaderValue, Method};
use refusal::header_id;
use response::Meta;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;
use tokio::time::Instant;
use tracing::Instrument as _;

/// One call of an operation.
pub struct Call {
    core: Core,
    operation: Cow<'static, str>,
    redirects: bool,
    server: Option<&'static str>,
    idempotent: bool,
    limits: &'static [Limit],
    options: CallOptions,
}

/// A request that progenitor's client built, with the way to read its answer.
pub struct TypedRequest<T> {
    request: Result<Arc<Template>, Error>,
    read: fn(&Bytes) -> Option<T>,
    // Where that gave nothing, it is asked what can be read all the same.
    again: decode::Read<T>,
}

impl<T: DeserializeOwned + Lenient> TypedRequest<T> {
    /// One whose answer is JSON.
    #[must_use]
    pub fn reads(request: reqwest::Request) -> Self {
        // What departs from the document is decoded leniently afterwards. A text is UTF-8 once and not at each string.
        let read = |body: &Bytes| serde_json::from_str(std::str::from_utf8(body).ok()?).ok();
        Self::new(request, read, decode::lenient)
    }
}

impl TypedRequest<String> {
    /// One whose answer is text by itself.
    #[must_use]
    pub fn reads_text(request: reqwest::Request) -> Self {
        let read = |body: &Bytes| std::str::from_utf8(body).ok().map(str::to_owned);
        Self::new(request, read, decode::text)
    }
}

impl TypedRequest<Bytes> {
    /// One whose answer is bytes by themselves: any body will do.
    #[must_use]
    pub fn reads_bytes(request: reqwest::Request) -> Self {
        Self::new(request, |body| Some(body.clone()), decode::bytes)
    }
}

impl TypedRequest<Option<String>> {
    /// One whose answer is text by itself, or nothing where it has no body.
    #[must_use]
    pub fn reads_text_if_any(request: reqwest::Request) -> Self {
        let read = |body: &Bytes| match body.is_empty() {
            true => Some(None),
            false => std::str::from_utf8(body)
                .ok()
                .map(|text| Some(text.to_owned())),
        };
        Self::new(request, read, |body| {
            decode::text(body).map(|(text, drift)| (Some(text), drift))
        })
    }
}

impl TypedRequest<Option<Bytes>> {
    /// One whose answer is bytes by themselves, or nothing where it has no body.
    #[must_use]
    pub fn reads_bytes_if_any(request: reqwest::Request) -> Self {
        let read = |body: &Bytes| Some(Some(body.clone()).filter(|body| !body.is_empty()));
        Self::new(request, read, |body| {
            decode::bytes(body).map(|(bytes, drift)| (Some(bytes), drift))
        })
    }
}

impl TypedRequest<()> {
    /// One whose answer is of no interest: any body will do, and none (B11).
    #[must_use]
    pub fn reads_nothing(mut request: reqwest::Request) -> Self {
        let any = HeaderValue::from_static("*/*");
        request.headers_mut().entry(ACCEPT).or_insert(any);
        Self::new(request, |_| Some(()), |_| Ok(((), Vec::new())))
    }
}

impl<T> TypedRequest<T> {
    fn new(
        request: reqwest::Request,
        read: fn(&Bytes) -> Option<T>,
        again: decode::Read<T>,
    ) -> Self {
        Self {
            request: Template::of(request),
            read,
            again,
        }
    }
}

impl<T> std::fmt::Debug for TypedRequest<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.request.fmt(f)
    }
}

impl Call {
    /// A call of `operation`, not sent yet.
    #[must_use]
    pub fn new(core: &Core, operation: &'static Operation, options: CallOptions) -> Self {
        Self {
            redirects: operation.redirects,
            server: operation.server,
            limits: operation.limits,
            ..Self::named(
                core,
                Cow::Borrowed(operation.id),
                operation.idempotent,
                options,
            )
        }
    }

    pub(crate) fn named(
        core: &Core,
        operation: Cow<'static, str>,
        idempotent: bool,
        options: CallOptions,
    ) -> Self {
        Self {
            core: core.clone(),
            operation,
            redirects: false,
            server: None,
            idempotent,
            limits: &[],
            options,
        }
    }

    /// Sends a request with all that belongs to a call: credentials, headers, retries, bounds.
    ///
    /// # Errors
    /// Whatever its attempts met; `decode` if the body cannot be read, or departs from the document and the call is
    /// strict; `internal` for a request that could not be built.
    pub async fn send<T>(
        &self,
        request: Result<TypedRequest<T>, progenitor_client::Error<()>>,
    ) -> Result<Response<T>, Error> {
        let TypedRequest {
            request,
            read,
            again,
        } = request.map_err(|error| self.unsent(error))?;
        let done = self.perform(request?).await?;
        match read(&done.body) {
            Some(value) => Ok(Response::new(value, done)),
            None => self.decode_by(done, again),
        }
    }

    // Decodes any JSON, which no generated client has tried before.
    pub(crate) fn decode_any(&self, done: Box<Meta>) -> Result<Response<serde_json::Value>, Error> {
        self.decode_by(done, decode::any)
    }

    // Takes a body that is text by itself.
    pub(crate) fn decode_text(&self, done: Box<Meta>) -> Result<Response<String>, Error> {
        self.decode_by(done, decode::text)
    }

    // Takes any answer, and none (B11).
    pub(crate) fn decode_nothing(done: Box<Meta>) -> Response<()> {
        Response::new((), done)
    }

    fn decode_by<T>(&self, done: Box<Meta>, read: decode::Read<T>) -> Result<Response<T>, Error> {
        match read(&done.body) {
            Ok((value, drift)) => Ok(Response::new(value, self.accept(done, drift)?)),
            Err(error) => Err(self.unreadable(done, error, |body| read(body).err())),
        }
    }

    fn unreadable(
        &self,
        done: Box<Meta>,
        error: Error,
        again: impl FnOnce(&Bytes) -> Option<Error>,
    ) -> Error {
        // Told again from a clean body: a cut must not leave a part of a secret.
        let cleaned = self.clean(&done.body);
        let error = cleaned.and_then(|body| again(&body)).unwrap_or(error);
        self.redact(done.mark(error))
    }

    // An answer that departs from the document is told, or refused if the call is strict.
    fn accept(&self, mut meta: Box<Meta>, drift: Vec<Drift>) -> Result<Box<Meta>, Error> {
        meta.drift = drift;
        if meta.drift.is_empty() {
            return Ok(meta);
        }
        let strict = self.options.strict;
        if strict.unwrap_or(self.core.settings().strict) {
            let words = self.clean_text(words(&meta.drift).unwrap_or_default());
            let error = Error::new(
                ErrorKind::Decode,
                format!("the answer departs from the document: {words}"),
            )
            .with(|e| e.departs = true);
            return Err(self.redact(meta.mark(error)));
        }
        // A wait would else tell the same at each poll.
        if let Some(news) = self.core.reported().new_words(&meta.drift) {
            tracing::warn!(
                operation = &*self.operation,
                request_id = meta.request_id.as_deref(),
                "the answer departs from the document: {}",
                self.clean_text(news)
            );
        }
        Ok(meta)
    }

    fn unsent(&self, error: progenitor_client::Error<()>) -> Error {
        use progenitor_client::Error as Unbuilt;
        let reason = match error {
            Unbuilt::InvalidRequest(reason) | Unbuilt::Custom(reason) => reason,
            Unbuilt::CommunicationError(error) => error.without_url().to_string(),
            // Without an answer there is nothing else.
            _ => "progenitor's client built none".to_owned(),
        };
        Error::internal(format!("the request cannot be built: {reason}"))
            .with(|e| e.operation = Some(self.operation.clone()))
    }

    // Boxed, so that it is compiled here, once, and not by every crate that makes calls.
    pub(crate) fn perform(
        &self,
        request: Arc<Template>,
    ) -> BoxFuture<'_, Result<Box<Meta>, Error>> {
        let span = tracing::info_span!(
            "call",
            operation = &*self.operation,
            attempts = tracing::field::Empty,
            status = tracing::field::Empty,
            request_id = tracing::field::Empty,
            duration_ms = tracing::field::Empty,
        );
        // A future within another is moved there whole.
        match span.is_disabled() {
            true => Box::pin(self.run(request)),
            false => Box::pin(self.spanned(span, request)),
        }
    }

    // Runs the call inside its span.
    async fn spanned(
        &self,
        span: tracing::Span,
        request: Arc<Template>,
    ) -> Result<Box<Meta>, Error> {
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
    }

    async fn run(&self, mut request: Arc<Template>) -> Result<Box<Meta>, Error> {
        let sent_at = SystemTime::now();
        let mut attempts = Vec::new();
        let mut underway = Underway {
            lost: false,
            trail: Trail::of(&request.method),
        };
        // A request that only reads leaves nothing behind, whatever became of it.
        let acts = !request.method.is_safe();
        let outcome = match self.prepare(&mut request) {
            Ok(()) => {
                let attempts = &mut attempts;
                Attempts::new(self, &request, attempts, &mut underway.lost)
                    .make(request)
                    .await
            }
            Err(error) => Err(error),
        };
        underway.trail = None;
        match outcome {
            Ok((answer, rate_limit)) => Ok(Box::new(Meta {
                operation: self.operation.clone(),
                repeatable: self.idempotent,
                drift: Vec::new(),
                request_id: header_id(&self.core.provider().errors, &answer.headers)
                    .map(|id| self.clean_text(id)),
                status: answer.status.as_u16(),
                headers: answer.headers,
                body: answer.body,
                acted: acts,
                attempts,
                rate_limit,
            })),
            // Cleaned here: what a span tells comes from the service, too.
            Err(error) => Err(self.redact(error.with(|e| {
                e.operation = Some(self.operation.clone());
                e.sent_at = (!attempts.is_empty()).then_some(sent_at);
                e.attempts = attempts;
                e.outcome_unknown = underway.lost && acts;
            }))),
        }
    }

    fn prepare(&self, request: &mut Arc<Template>) -> Result<(), Error> {
        // Nobody else has it before it is sent.
        let request = Arc::get_mut(request)
            .ok_or_else(|| Error::internal("the request is in use elsewhere"))?;
        let options = &self.options;
        let extra = options.check()?;
        self.core.may_reach(&request.url, self.server)?;
        let empty = request.body.as_ref().is_none_or(Bytes::is_empty);
        let sends = matches!(request.method, Method::POST | Method::PUT | Method::PATCH);
        let headers = &mut request.headers;
        headers.extend(extra);
        if sends && empty {
            // Without a word about its length some gateways refuse such a request.
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let url = &mut request.url;
        if !options.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&options.query);
        }
        if url.query() == Some("") {
            // A dangling `?` breaks signatures.
            url.set_query(None);
        }
        Ok(())
    }

    // The error that an answer outside 2xx stands for. It is cleaned before it is shortened, so that
    // no part of a secret stays at the cut.
    fn refusal(&self, mut answer: Answer) -> Error {
        if let Some(body) = self.clean(&answer.body) {
            answer.body = body;
        }
        refusal(&self.core.provider().errors, self.limits, answer)
    }

    // The secrets in use.
    fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::default();
        self.core
            .authorize()
            .secrets(&mut |secret| secrets.add(secret));
        secrets
    }

    // A text of the service's without the secrets in it.
    fn clean_text(&self, text: String) -> String {
        let mut holds = false;
        self.core
            .authorize()
            .secrets(&mut |secret| holds |= text.contains(secret));
        // Nearly none holds one, and then none needs to be copied.
        if holds {
            self.secrets().hide_text(text)
        } else {
            text
        }
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

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation)
            .finish_non_exhaustive()
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
