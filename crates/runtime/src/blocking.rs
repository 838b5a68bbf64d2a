//! What bindings drive synchronous calls with.

use crate::error::Error;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

/// A small runtime: one worker thread for sockets and timers, while each caller's thread runs its
/// own call.
pub struct Runtime(Option<tokio::runtime::Runtime>);

impl Runtime {
    /// Starts the worker thread.
    ///
    /// # Errors
    /// `internal` if the system gives no thread or no event queue.
    pub fn new() -> Result<Self, Error> {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("snapline")
            .enable_io()
            .enable_time()
            .build()
            .map(|runtime| Self(Some(runtime)))
            .map_err(|e| Error::internal(format!("the runtime cannot be started: {e}")))
    }

    /// Runs a future to its end and gives what it gives. Any number of threads may do so at once,
    /// also one that belongs to another runtime.
    pub fn block_on<F>(&self, future: F) -> F::Output
    where
        F: Future + Send,
        F::Output: Send,
    {
        let mut future = pin!(future);
        if tokio::runtime::Handle::try_current().is_err() {
            return self.drive(future);
        }
        // On another runtime's thread that runtime would get, and never answer, wakes meant for us.
        let output = std::thread::scope(|scope| {
            let thread = std::thread::Builder::new()
                .name("snapline-call".to_owned())
                .spawn_scoped(scope, || self.drive(future.as_mut()));
            match thread.map(std::thread::ScopedJoinHandle::join) {
                Ok(Ok(output)) => Some(output),
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                Err(_) => None,
            }
        });
        // Without a thread to spare, this one is better than none.
        output.unwrap_or_else(|| self.drive(future))
    }

    fn drive<F: Future>(&self, mut future: Pin<&mut F>) -> F::Output {
        // The caller's thread runs its own call: one thread less to wake than with a spawned task.
        let _entered = self.0.as_ref().map(tokio::runtime::Runtime::enter);
        let alarm = Arc::new(Alarm {
            thread: std::thread::current(),
            rung: AtomicBool::new(false),
        });
        let waker = Waker::from(Arc::clone(&alarm));
        let mut context = Context::from_waker(&waker);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            while !alarm.rung.swap(false, Ordering::Acquire) {
                std::thread::park();
            }
        }
    }

    /// Where tasks can be spawned.
    ///
    /// # Errors
    /// `closed` after the runtime was shut down.
    pub fn handle(&self) -> Result<&tokio::runtime::Handle, Error> {
        self.0
            .as_ref()
            .map(tokio::runtime::Runtime::handle)
            .ok_or_else(Error::closed)
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // Waiting for the worker here could hang the caller, and would panic inside a runtime.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Runtime")
    }
}

// Wakes the thread that runs a call. The flag tells a real wake from one that somebody else caused.
struct Alarm {
    thread: Thread,
    rung: AtomicBool,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.rung.swap(true, Ordering::Release) {
            self.thread.unpark();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn b21_many_threads_block_at_once() {
        let runtime = Arc::new(Runtime::new().unwrap());
        let started = Instant::now();
        let threads: Vec<_> = (0..8_u32)
            .map(|number| {
                let runtime = Arc::clone(&runtime);
                std::thread::spawn(move || {
                    runtime.block_on(async move {
                        tokio::time::sleep(Duration::from_millis(200)).await;
                        tokio::spawn(async move { number * 2 }).await.unwrap()
                    })
                })
            })
            .collect();
        let results: Vec<u32> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        assert_eq!(results, [0, 2, 4, 6, 8, 10, 12, 14]);
        assert!(started.elapsed() < Duration::from_millis(1000));
    }

    #[tokio::test]
    async fn works_inside_another_runtime() {
        let runtime = Runtime::new().unwrap();
        let value = runtime.block_on(async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            tokio::task::yield_now().await;
            7
        });
        assert_eq!(value, 7);
        drop(runtime);
    }
}
