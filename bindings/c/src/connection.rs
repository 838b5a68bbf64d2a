//! A client and the runtime that drives its calls.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use snapline_runtime::Error;
use snapline_runtime::blocking::Runtime;

use crate::cancel::Cancel;

/// How often a waiting call looks at its cancel token: often enough for the 20 ms it promises.
const LOOK: Duration = Duration::from_millis(10);

/// A provider's client with its runtime.
pub(crate) struct Connection<C> {
    client: C,
    runtime: Runtime,
    process: u32,
}

impl<C> Connection<C> {
    pub(crate) fn new(client: C) -> Result<Self, Error> {
        Ok(Self {
            client,
            runtime: Runtime::new()?,
            process: std::process::id(),
        })
    }

    /// The client.
    pub(crate) fn client(&self) -> &C {
        &self.client
    }

    /// Runs a call to its end on this thread, or until it is cancelled.
    pub(crate) fn run<T: Send>(
        &self,
        cancel: Option<&Cancel>,
        call: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Error> {
        // The worker thread does not live on in a child process: a call there would never end (B22).
        if self.process != std::process::id() {
            return Err(Error::config(
                "the client was made before fork(); make a new one in the child process",
            ));
        }
        match cancel {
            None => self.runtime.block_on(call),
            Some(cancel) if cancel.is_set() => Err(Error::cancelled()),
            Some(cancel) => self.runtime.block_on(unless(cancel, call)),
        }
    }
}

/// The call's outcome, or that it was cancelled, which drops the call.
async fn unless<T: Send>(
    cancel: &Cancel,
    call: impl Future<Output = Result<T, Error>> + Send,
) -> Result<T, Error> {
    let mut call = pin!(call);
    let mut clock = tokio::time::interval(LOOK);
    poll_fn(|context| {
        if let Poll::Ready(outcome) = call.as_mut().poll(context) {
            return Poll::Ready(outcome);
        }
        loop {
            if cancel.is_set() {
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
    use std::time::Instant;

    #[test]
    fn b20_a_token_ends_a_call_from_another_thread() {
        let connection = Connection::new(()).unwrap();
        let token = snapline_cancel_token_new();
        // SAFETY: the token lives until the end of the test.
        let flag = unsafe { &*token }.flag();
        let address = token as usize;
        let started = Instant::now();
        let canceller = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            // SAFETY: the token lives until the thread was joined.
            unsafe { snapline_cancel_token_cancel(address as *const _) };
        });
        let forever = std::future::pending::<Result<(), Error>>();
        let error = connection.run(Some(&flag), forever).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert!(
            started.elapsed() < Duration::from_millis(500),
            "{:?}",
            started.elapsed()
        );
        canceller.join().unwrap();
        let never_polled = async { unreachable!("a cancelled call is not begun") };
        let error = connection.run::<()>(Some(&flag), never_polled).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        // SAFETY: made above and not freed yet.
        unsafe { crate::cancel::snapline_cancel_token_free(token) };
    }

    #[test]
    fn a_call_with_a_token_ends_by_itself() {
        let connection = Connection::new(()).unwrap();
        let call = async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            Ok(7)
        };
        assert_eq!(connection.run(Some(&Cancel::default()), call).unwrap(), 7);
    }
}
