//! Whether a request was handed to a connection: what was not cannot have reached the service.

use crate::error::{Error, ErrorKind, Started};
use crate::retry::may_have_acted;
use crate::sync::{BoxFuture, lock};
use bytes::Bytes;
use http::{Method, StatusCode};
use http_body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

tokio::task_local! {
    static TRAIL: Trail;
}

/// Follows work that may be dropped before its end, so that it can be told then whether a call of it may
/// have been carried out, and that what it owes can be waited for (B26).
///
/// ```
/// # use snapline_runtime::{BoxFuture, Error, Trail};
/// # use std::time::Duration;
/// # async fn stopped(work: BoxFuture<'static, Result<(), Error>>) -> Result<(), Error> {
/// let trail = Trail::default();
/// // In place of a call by itself: here it is dropped after an hour.
/// let done = tokio::time::timeout(Duration::from_secs(3600), trail.follow(work)).await;
/// // A machine that was switched off for it is on again behind this.
/// if let Some(owed) = trail.owed() {
///     owed.await;
/// }
/// done.unwrap_or_else(|_| Err(trail.stopped(Error::cancelled())))
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Trail(Arc<Left>);

// What work that is dropped leaves behind.
#[derive(Debug, Default)]
struct Left {
    // Something may have been carried out.
    unknown: AtomicBool,
    // What had been begun, and goes on.
    started: Mutex<Option<Started>>,
    // How many things have to be done however the work ends.
    bound: AtomicUsize,
    // What they are, once the work was dropped.
    owed: Mutex<Vec<Owed>>,
}

// A future that can be debugged.
struct Owed(BoxFuture<'static, ()>);

impl std::fmt::Debug for Owed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Owed")
    }
}

/// Something that has to be done when the work ends, also if that is dropped: then whoever follows it does it, and
/// where nobody does, a task of its own.
pub(crate) struct Duty {
    trail: Option<Trail>,
    todo: Option<Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>>,
}

impl Duty {
    /// For the present work.
    pub(crate) fn new(todo: impl FnOnce() -> BoxFuture<'static, ()> + Send + 'static) -> Self {
        let trail = TRAIL.try_with(Trail::clone).ok();
        if let Some(trail) = &trail {
            trail.0.bound.fetch_add(1, Ordering::AcqRel);
        }
        Self {
            trail,
            todo: Some(Box::new(todo)),
        }
    }

    /// It is done otherwise.
    pub(crate) fn end(mut self) {
        self.todo = None;
        if let Some(trail) = &self.trail {
            trail.0.bound.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

impl Drop for Duty {
    fn drop(&mut self) {
        let Some(todo) = self.todo.take() else {
            return;
        };
        match (&self.trail, tokio::runtime::Handle::try_current()) {
            (Some(trail), _) => lock(&trail.0.owed).push(Owed(todo())),
            (None, Ok(handle)) => drop(handle.spawn(todo())),
            (None, Err(_)) => {
                tracing::error!("work was dropped where nothing can be done about what it owes");
            }
        }
    }
}

impl Trail {
    /// The work, with all calls that it makes followed.
    pub fn follow<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        TRAIL.scope(self.clone(), work)
    }

    /// The error of work that was stopped, once that was dropped: it knows then what is left behind.
    #[must_use]
    pub fn stopped(&self, error: Error) -> Error {
        if error.kind() != ErrorKind::Cancelled {
            return error;
        }
        let unknown = self.0.unknown.load(Ordering::Acquire);
        let error = error.with(|e| e.outcome_unknown |= unknown);
        match lock(&self.0.started).take() {
            Some(started) => error.after(started),
            None => error,
        }
    }

    /// What work that was dropped still owes, such as switching a machine on again (B26): whoever dropped it awaits
    /// this, and where that is dropped in its turn the rest is left undone, and told in an error of the log.
    #[must_use]
    pub fn owed(&self) -> Option<BoxFuture<'static, ()>> {
        let mut owed = std::mem::take(&mut *lock(&self.0.owed));
        self.0.bound.fetch_sub(owed.len(), Ordering::AcqRel);
        (!owed.is_empty()).then(|| -> BoxFuture<'static, ()> {
            // All at once: several machines are switched on in the time of one.
            Box::pin(std::future::poll_fn(move |context| {
                owed.retain_mut(|it| it.0.as_mut().poll(context).is_pending());
                match owed.is_empty() {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            }))
        })
    }

    /// Whether the work would owe something if it were dropped now.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.0.bound.load(Ordering::Acquire) > 0
    }

    /// The present work has begun something at the service.
    pub(crate) fn began(started: &Started) {
        // Work that nobody follows has nobody to tell.
        let _ = TRAIL.try_with(|trail| *lock(&trail.0.started) = Some(started.clone()));
    }

    /// That of the present work, for a request that does more than read.
    pub(crate) fn of(method: &Method) -> Option<Self> {
        let acts = !method.is_safe();
        acts.then(|| TRAIL.try_with(Self::clone).ok()).flatten()
    }

    /// Something may have been carried out that nobody waits for any more.
    pub(crate) fn mark(&self) {
        self.0.unknown.store(true, Ordering::Release);
    }
}

/// How far a failed attempt got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The request was never written.
    Never,
    /// The server may have read the request.
    Maybe,
    /// The server answered, and sending the request again would not help.
    Answered,
    /// Nothing was sent, and trying again would not help.
    Refused,
}

/// Watches a request on its way through name look-up, connecting, TLS and the pool. Dropped before it was
/// told how that ended, it marks the trail.
pub(crate) struct Watch {
    taken: Arc<AtomicBool>,
    trail: Option<Trail>,
}

impl Watch {
    /// Puts a body in the place of the request's that tells when a connection takes the request.
    pub(crate) fn over(request: &mut reqwest::Request, trail: Option<Trail>) -> Self {
        let taken = Arc::new(AtomicBool::new(false));
        let body = request.body_mut();
        let watched = Watched {
            body: body.take().unwrap_or_default(),
            taken: Arc::clone(&taken),
        };
        *body = Some(reqwest::Body::wrap(watched));
        Self { taken, trail }
    }

    /// How far the request got. To be asked once nothing waits for its answer any more: else it could
    /// still be taken.
    pub(crate) fn reach(&mut self) -> Reach {
        // Where the body still is somewhere, a connection may just be taking it.
        let taken = Arc::get_mut(&mut self.taken).is_none_or(|taken| *taken.get_mut());
        if taken { Reach::Maybe } else { Reach::Never }
    }

    /// The head of an answer came.
    pub(crate) fn answered(&mut self, status: StatusCode) {
        if !may_have_acted(status.as_u16()) {
            self.end();
        }
    }

    /// What came of the request is told elsewhere from here on.
    pub(crate) fn end(&mut self) {
        self.trail = None;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(trail) = self.trail.take()
            && self.reach() == Reach::Maybe
        {
            trail.mark();
        }
    }
}

struct Watched {
    body: reqwest::Body,
    taken: Arc<AtomicBool>,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    // A connection asks this before it writes the head, of an empty body as well, and nobody else does.
    fn is_end_stream(&self) -> bool {
        self.taken.store(true, Ordering::Release);
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
