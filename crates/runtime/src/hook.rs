//! Who looks at each request before it goes out, and at what came of it (B29).

use crate::error::{Error, ErrorKind, Source};
use crate::secret::Secrets;
use crate::sync::BoxFuture;
use crate::template::Template;
use http::{HeaderMap, HeaderValue};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

/// Why a hook failed.
///
/// ```
/// use snapline_runtime::HookError;
///
/// // Any error is one, and so is a text.
/// let why: HookError = "the budget of this hour is spent".into();
/// assert_eq!(why.to_string(), "the budget of this hour is spent");
/// ```
pub type HookError = Box<dyn std::error::Error + Send + Sync>;

/// A request that is about to go out. It has no credentials: they are put on it afterwards.
///
/// ```
/// # use snapline_runtime::{HookError, Outgoing};
/// fn before_send(request: &mut Outgoing) -> Result<(), HookError> {
///     if request.method() == "DELETE" {
///         return Err(format!("{} is not to be sent tonight", request.operation()).into());
///     }
///     request.set_header("x-change", "4711");
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Outgoing {
    operation: String,
    method: String,
    url: String,
    attempt: u32,
    headers: HeaderMap,
    added: Vec<(String, String)>,
}

impl Outgoing {
    pub(crate) fn new(
        operation: &str,
        request: &Template,
        attempt: usize,
        secrets: &Secrets,
    ) -> Self {
        Self {
            operation: operation.to_owned(),
            method: request.method.to_string(),
            url: secrets.hide_text(request.url.to_string()),
            attempt: u32::try_from(attempt).unwrap_or(u32::MAX),
            headers: clean(&request.headers, secrets),
            added: Vec::new(),
        }
    }

    /// The operation, such as `nfs_get`.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// The method in capitals.
    #[must_use]
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Where it goes, with its query.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Which sending of the call it is, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The headers that the call gives it.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Adds a header to this request alone, in place of one of the same name. One that the client sets itself, such as
    /// `authorization`, fails the call.
    pub fn set_header(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.added.push((name.into(), value.into()));
    }
}

/// What came of a request that went out: an answer, or the error that there is none.
///
/// ```
/// # use snapline_runtime::Attempted;
/// fn told(attempted: &Attempted) {
///     match (attempted.status(), attempted.error()) {
///         (Some(status), _) => println!("{} answered {status}", attempted.operation()),
///         (None, error) => println!("no answer in {:?}: {error:?}", attempted.elapsed()),
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Attempted {
    operation: String,
    attempt: u32,
    elapsed: Duration,
    status: Option<u16>,
    headers: HeaderMap,
    request_id: Option<String>,
    error: Option<String>,
}

impl Attempted {
    /// The operation, such as `nfs_get`.
    #[must_use]
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// Which sending of the call it was, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How long it took, with all of the answer.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The status, if an answer came.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.status
    }

    /// The headers of the answer.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The id under which the service knows the request, if it gave one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Why there is no answer that can be used.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}

/// Looks at every attempt of a client's calls (B29): once before each sending and once after it.
///
/// A hook that fails or panics fails the call with an error of kind `hook`, and the call is not tried again. It holds up
/// the call, so let it be short; it must not make a call of the same client that it looks at.
///
/// ```
/// use snapline_runtime::{Attempted, Hook, HookError, Outgoing};
///
/// /// Tells a trace of each attempt, and how long it took.
/// struct Traced;
///
/// impl Hook for Traced {
///     fn before_send(&self, request: &mut Outgoing) -> Result<(), HookError> {
///         println!("{} {} (attempt {})", request.method(), request.url(), request.attempt());
///         request.set_header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
///         Ok(())
///     }
///
///     fn after_answer(&self, attempted: &Attempted) -> Result<(), HookError> {
///         println!("{:?} after {:?}", attempted.status(), attempted.elapsed());
///         Ok(())
///     }
/// }
/// ```
pub trait Hook: Send + Sync + 'static {
    /// Before a request goes out; may add headers, such as `traceparent`.
    ///
    /// # Errors
    /// Whatever is to end the call; nothing was sent then.
    fn before_send(&self, request: &mut Outgoing) -> Result<(), HookError> {
        let _ = request;
        Ok(())
    }

    /// After an answer came, or none did.
    ///
    /// # Errors
    /// Whatever is to end the call. What the service did is done: `outcome_unknown` says whether it may have acted.
    fn after_answer(&self, attempted: &Attempted) -> Result<(), HookError> {
        let _ = attempted;
        Ok(())
    }
}

/// A [`Hook`] as a binding has it, which may have to wait for the thread that its functions belong to.
pub trait Observe: Send + Sync {
    /// As [`Hook::before_send`]; gives the request back.
    fn before(&self, request: Outgoing) -> BoxFuture<'_, Result<Outgoing, HookError>>;

    /// As [`Hook::after_answer`].
    fn after(&self, attempted: Attempted) -> BoxFuture<'_, Result<(), HookError>>;
}

/// A hook that runs where the call is driven.
pub struct Here<H>(H);

impl<H: Hook> Here<H> {
    /// This hook.
    pub fn new(hook: H) -> Self {
        Self(hook)
    }
}

impl<H> std::fmt::Debug for Here<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Here")
    }
}

impl<H: Hook> Observe for Here<H> {
    fn before(&self, mut request: Outgoing) -> BoxFuture<'_, Result<Outgoing, HookError>> {
        Box::pin(async move {
            #[cfg(feature = "blocking")]
            crate::blocking::aside().await;
            caught(|| self.0.before_send(&mut request))?;
            Ok(request)
        })
    }

    fn after(&self, attempted: Attempted) -> BoxFuture<'_, Result<(), HookError>> {
        Box::pin(async move {
            #[cfg(feature = "blocking")]
            crate::blocking::aside().await;
            caught(|| self.0.after_answer(&attempted))
        })
    }
}

fn caught(hook: impl FnOnce() -> Result<(), HookError>) -> Result<(), HookError> {
    catch_unwind(AssertUnwindSafe(hook)).unwrap_or_else(|panic| Err(said(&*panic).into()))
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", text.unwrap_or("without a text"))
}

/// All that look at a client's attempts.
#[derive(Clone, Default)]
pub(crate) struct Hooks(Vec<Arc<dyn Observe>>);

impl Hooks {
    pub(crate) fn add(&mut self, hook: Arc<dyn Observe>) {
        self.0.push(hook);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Shows a request to each; gives the headers that they add.
    pub(crate) async fn before(&self, mut shown: Outgoing) -> Result<Vec<(String, String)>, Error> {
        for hook in &self.0 {
            shown = hook
                .before(shown)
                .await
                .map_err(|why| failed("before_send", why))?;
        }
        Ok(shown.added)
    }

    /// Shows each what came of it.
    pub(crate) async fn after(&self, attempted: Attempted) -> Result<(), Error> {
        for hook in &self.0 {
            hook.after(attempted.clone())
                .await
                .map_err(|why| failed("after_answer", why))?;
        }
        Ok(())
    }
}

/// What came of an attempt, as hooks see it.
pub(crate) struct Came<'a> {
    pub(crate) operation: &'a str,
    pub(crate) attempt: usize,
    pub(crate) elapsed: Duration,
    pub(crate) status: Option<u16>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) request_id: Option<String>,
    pub(crate) error: Option<&'a str>,
}

impl Came<'_> {
    pub(crate) fn shown(self, secrets: &Secrets) -> Attempted {
        Attempted {
            operation: self.operation.to_owned(),
            attempt: u32::try_from(self.attempt).unwrap_or(u32::MAX),
            elapsed: self.elapsed,
            status: self.status,
            headers: clean(self.headers, secrets),
            request_id: self.request_id.map(|id| secrets.hide_text(id)),
            error: self.error.map(|text| secrets.hide_text(text.to_owned())),
        }
    }
}

// Headers without a secret in them.
fn clean(headers: &HeaderMap, secrets: &Secrets) -> HeaderMap {
    let mut clean = headers.clone();
    for value in clean.values_mut() {
        if let Some(bytes) = secrets.hide(value.as_bytes()) {
            // Where the mark does not fit in, nothing does.
            *value =
                HeaderValue::from_bytes(&bytes).unwrap_or_else(|_| HeaderValue::from_static(""));
        }
    }
    clean
}

/// The error about the hook of that name.
pub(crate) fn failed(name: &str, why: HookError) -> Error {
    let source: Source = Arc::from(why);
    Error::new(
        ErrorKind::Hook,
        format!("the hook `{name}` failed: {source}"),
    )
    .with(|e| e.source = Some(source))
}

impl std::fmt::Debug for Hooks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} hooks", self.0.len())
    }
}
