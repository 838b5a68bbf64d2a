//! A client and the runtime that drives its calls.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use snapline_runtime::blocking::Runtime;
use snapline_runtime::{BoxFuture, CallOptions, Error, Trail};

use crate::cancel::Cancel;
use crate::log::lock;
use crate::options::Options;
use crate::signals::{Quiet, take_no_signals};

/// How often a waiting call looks at its cancel token: often enough for the 20 ms it promises.
const CHECK_INTERVAL: Duration = Duration::from_millis(10);

/// A call ends by its own bound at the deadline, with an error that tells more; what does not is ended
/// a little later.
const GRACE: Duration = Duration::from_millis(50);

/// A provider's client with its runtime.
pub(crate) struct Connection<C> {
    client: C,
    runtime: Runtime,
    /// The client's bound of a whole call.
    bound: Duration,
}

impl<C> Connection<C> {
    pub(crate) fn new(client: C, bound: Duration) -> Result<Self, Error> {
        Ok(Self {
            client,
            runtime: Runtime::new(take_no_signals)?,
            bound,
        })
    }

    /// The client.
    pub(crate) fn client(&self) -> &C {
        &self.client
    }

    /// The options of a call that begins now.
    pub(crate) fn call(&self, options: &Options) -> CallOptions {
        options.call(self.bound)
    }

    /// Closes the client; `close` is the client's own way.
    pub(crate) fn close(&self, close: fn(&C)) {
        close(&self.client);
        // Its idle connections go now. In a forked child there is nothing to do.
        let _ = self.runtime.settle();
    }

    /// What is here already, unless the call may have been stopped, which `run` looks for.
    pub(crate) fn ready<T>(
        &self,
        options: &Options,
        ready: impl FnOnce() -> Option<T>,
    ) -> Result<Option<T>, Error> {
        if Stop::of(options).is_some() {
            return Ok(None);
        }
        self.runtime.check()?;
        Ok(ready())
    }

    /// Runs a call to its end on this thread, or until it is cancelled.
    pub(crate) fn run<T: Send>(
        &self,
        options: &Options,
        call: BoxFuture<'_, Result<T, Error>>,
    ) -> Result<T, Error> {
        let mut outcome = None;
        let trail = Trail::default();
        let work = trail.follow(async { outcome = Some(call.await) });
        let driven = self.drive(options, Box::pin(work));
        if let Some(owed) = trail.owed() {
            self.runtime.block_on(owed)?;
        }
        driven.map_err(|error| trail.stopped(error))?;
        outcome.unwrap_or_else(without_outcome)
    }

    // Of one type, so that what drives a call is compiled once, not for each result.
    fn drive(&self, options: &Options, work: BoxFuture<'_, ()>) -> Result<(), Error> {
        // Whatever is written is written on this thread, or on one of the library.
        let _quiet = Quiet::new();
        let bounded = bounded(&self.runtime, Stop::of(options), work);
        self.runtime.block_on(bounded)?
    }
}

fn without_outcome<T>() -> Result<T, Error> {
    Err(Error::internal("a call ended without an outcome"))
}

impl<C: Send + Sync + 'static> Connection<C> {
    /// Where calls can go on in the background, if they can.
    pub(crate) fn background(self: &Arc<Self>) -> Result<Background<C>, Error> {
        Ok(Background {
            connection: Arc::clone(self),
            handle: self.runtime.handle()?.clone(),
        })
    }
}

/// A place where calls go on in the background.
pub(crate) struct Background<C> {
    connection: Arc<Connection<C>>,
    handle: tokio::runtime::Handle,
}

impl<C: Send + Sync + 'static> Background<C> {
    /// Begins a call; `done` gets its outcome on a thread of the library that may block. The connection
    /// lives until then, even if its client is freed.
    ///
    /// `done` is called exactly once, or dropped if the call panicked or the process ends first.
    pub(crate) fn spawn<T: Send + 'static>(
        self,
        options: &Options,
        call: BoxFuture<'static, Result<T, Error>>,
        done: impl FnOnce(Result<T, Error>) + Send + 'static,
    ) {
        self.begin(options, call, Box::new(done));
    }

    fn begin<T: Send + 'static>(
        self,
        options: &Options,
        call: BoxFuture<'static, Result<T, Error>>,
        done: Box<dyn FnOnce(Result<T, Error>) + Send>,
    ) {
        let outcome = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&outcome);
        let trail = Trail::default();
        let followed = trail.clone();
        let work = trail.follow(async move {
            let outcome = call.await;
            *lock(&kept) = Some(outcome);
        });
        let on_done = move |driven: Result<(), Error>| {
            let outcome = || lock(&outcome).take().unwrap_or_else(without_outcome);
            let driven = driven.map_err(|error| trail.stopped(error));
            done(driven.and_then(|()| outcome()));
        };
        self.start(
            Stop::of(options),
            Box::pin(work),
            followed,
            Box::new(on_done),
        );
    }

    // Of one type, as `drive` is.
    fn start(
        self,
        stop: Option<Stop>,
        work: BoxFuture<'static, ()>,
        trail: Trail,
        on_done: OnDone,
    ) {
        let kept = self.connection;
        self.handle.spawn(async move {
            let driven = bounded(&kept.runtime, stop, work).await;
            if let Some(owed) = trail.owed() {
                owed.await;
            }
            // Not on the worker thread: a callback may block, and may call the library.
            tokio::task::spawn_blocking(move || {
                on_done(driven);
                drop(kept);
            });
        });
    }
}

/// What calls back.
type OnDone = Box<dyn FnOnce(Result<(), Error>) + Send>;

/// What ends a call from outside.
struct Stop {
    cancel: Option<Cancel>,
    deadline: Option<Instant>,
}

impl Stop {
    fn of(options: &Options) -> Option<Self> {
        let deadline = options.left().map(|left| Instant::now() + left + GRACE);
        if options.cancel.is_none() && deadline.is_none() {
            return None;
        }
        Some(Self {
            cancel: options.cancel.clone(),
            deadline,
        })
    }

    fn is_set(&self) -> bool {
        self.cancel.as_ref().is_some_and(Cancel::is_set)
            || self
                .deadline
                .is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Does the work, or drops it when it is stopped; what is stopped already is not begun.
async fn bounded(
    runtime: &Runtime,
    stop: Option<Stop>,
    mut work: BoxFuture<'_, ()>,
) -> Result<(), Error> {
    let Some(stop) = stop else {
        work.await;
        return Ok(());
    };
    if stop.is_set() {
        return Err(Error::cancelled());
    }
    let mut clock = runtime.clock(CHECK_INTERVAL)?;
    poll_fn(|context| {
        if work.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        loop {
            if stop.is_set() {
                return Poll::Ready(Err(Error::cancelled()));
            }
            // Asked until it is pending, so that it wakes this task.
            if clock.poll_tick(context).is_pending() {
                return Poll::Pending;
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancel::{snapline_cancel_token_cancel, snapline_cancel_token_new};
    use snapline_runtime::ErrorKind;

    #[test]
    fn b20_a_token_ends_a_call_from_another_thread() {
        let connection = Connection::new((), Duration::from_secs(90)).unwrap();
        let token = snapline_cancel_token_new().unwrap();
        let options = Options {
            cancel: Some(token.flag()),
            ..Options::default()
        };
        let started = Instant::now();
        let canceller = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            snapline_cancel_token_cancel(Some(&token));
            token
        });
        let forever = std::future::pending::<Result<(), Error>>();
        let error = connection.run(&options, Box::pin(forever)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert!(
            started.elapsed() < Duration::from_millis(500),
            "{:?}",
            started.elapsed()
        );
        let token = canceller.join().unwrap();
        let never_polled = async { unreachable!("a cancelled call is not begun") };
        let error = connection
            .run::<()>(&options, Box::pin(never_polled))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        crate::cancel::snapline_cancel_token_free(Some(token));
    }

    #[test]
    fn a_call_with_a_token_ends_by_itself() {
        let connection = Connection::new((), Duration::from_secs(90)).unwrap();
        let call = async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            Ok(7)
        };
        let options = Options {
            cancel: Some(Cancel::default()),
            ..Options::default()
        };
        assert_eq!(connection.run(&options, Box::pin(call)).unwrap(), 7);
    }

    #[test]
    fn a_call_begun_in_the_background_outlives_its_connection() {
        let connection = Arc::new(Connection::new((), Duration::from_secs(90)).unwrap());
        let (send, receive) = std::sync::mpsc::channel();
        let call = async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            Ok(7)
        };
        let done = move |outcome: Result<i32, Error>| send.send(outcome.unwrap()).unwrap();
        connection
            .background()
            .unwrap()
            .spawn(&Options::default(), Box::pin(call), done);
        drop(connection);
        assert_eq!(receive.recv_timeout(Duration::from_secs(5)).unwrap(), 7);
    }
}
