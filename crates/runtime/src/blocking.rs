//! What bindings drive synchronous calls with.

use crate::error::{Error, ErrorKind, exhausted};
use crate::exchange;
use crate::process::Process;
use crate::sync::lock;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep};

/// A small runtime without a thread of its own: one of the threads that wait for a call also drives
/// the sockets and timers of all, and hands that on when its own call has ended.
///
/// It belongs to the process that made it. A forked child gets an error from it, and drops it without
/// touching what the two share.
pub struct Runtime {
    // Empty only while it is dropped.
    shared: Option<Arc<tokio::runtime::Runtime>>,
    // When a call ended last, in microseconds since then.
    since: Instant,
    ended: AtomicU64,
    // Drives what goes on while nobody waits; it ends with its sender.
    keeper: Mutex<Option<oneshot::Sender<()>>>,
    // Timers of calls that have ended, for the next ones.
    timers: Mutex<Vec<Pin<Box<Sleep>>>>,
    on_thread_start: fn(),
    process: Process,
}

impl Runtime {
    /// Makes a runtime. `on_thread_start` runs first in each thread that it comes to start.
    ///
    /// # Errors
    /// `connection` if the system gives no event queue; a later try may go well.
    pub fn new(on_thread_start: fn()) -> Result<Self, Error> {
        tokio::runtime::Builder::new_current_thread()
            .thread_name("snapline")
            .on_thread_start(on_thread_start)
            .enable_io()
            .enable_time()
            .build()
            .map(|runtime| Self {
                shared: Some(Arc::new(runtime)),
                since: Instant::now(),
                ended: AtomicU64::default(),
                keeper: Mutex::default(),
                timers: Mutex::default(),
                on_thread_start,
                process: Process::this(),
            })
            .map_err(|e| ungiven("no event queue can be opened", &e))
    }

    /// Runs a future to its end and gives what it gives. Any number of threads may do so at once,
    /// also one that belongs to another runtime. A request that it gives up ends with its connection
    /// before this returns.
    ///
    /// # Errors
    /// `closed` in a forked child; `connection` if this thread belongs to another runtime and the system gives
    /// no thread.
    pub fn block_on<F>(&self, future: F) -> Result<F::Output, Error>
    where
        F: Future + Send,
        F::Output: Send,
    {
        let mut output = None;
        // Of one type from here on: a binding has hundreds of calls, each a future of its own.
        self.run(pin!(async { output = Some(future.await) }))?;
        output.ok_or_else(|| Error::internal("a call ended without an outcome"))
    }

    fn run(&self, mut work: Pin<&mut (dyn Future<Output = ()> + Send)>) -> Result<(), Error> {
        let runtime = self.shared()?;
        if tokio::runtime::Handle::try_current().is_err() {
            self.drive(runtime, work);
            return Ok(());
        }
        // A runtime's thread cannot drive another one.
        std::thread::scope(|scope| {
            std::thread::Builder::new()
                .name("snapline-call".to_owned())
                .spawn_scoped(scope, || {
                    (self.on_thread_start)();
                    self.drive(runtime, work.as_mut());
                })
                .map_err(unstarted)?
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            Ok(())
        })
    }

    fn drive(
        &self,
        runtime: &tokio::runtime::Runtime,
        work: Pin<&mut (dyn Future<Output = ()> + Send)>,
    ) {
        if self.was_idle() {
            // Nobody may have driven since the last call: a connection may have been closed by the server, which
            // is seen in the first turn, and what waits for that runs in the second.
            runtime.block_on(async {
                for _ in 0..TURNS {
                    tokio::task::yield_now().await;
                }
            });
        }
        poll_to_end(runtime, work);
        if exchange::was_left() && !self.is_kept() {
            runtime.block_on(settled());
        }
        self.ended.store(self.now(), Ordering::Relaxed);
    }

    // Whether no call has ended just now. One that did has looked at all connections with its answer.
    fn was_idle(&self) -> bool {
        let ended = self.ended.load(Ordering::Relaxed);
        self.now().saturating_sub(ended) > JUST_NOW
    }

    fn now(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Ends the connections that nobody can use any more, such as those of a client that was closed.
    ///
    /// # Errors
    /// As [`block_on`](Self::block_on).
    pub fn settle(&self) -> Result<(), Error> {
        self.shared()?;
        if self.is_kept() {
            return Ok(());
        }
        self.run(pin!(settled()))
    }

    // Whether a thread drives while nobody waits. What was left goes soon then, and a callback on that thread
    // could not wait for it.
    fn is_kept(&self) -> bool {
        lock(&self.keeper).is_some()
    }

    /// Where tasks can be spawned; they go on while nobody waits, on a thread that this starts.
    ///
    /// # Errors
    /// `closed` in a forked child; `connection` if the system gives no thread.
    pub fn handle(&self) -> Result<&tokio::runtime::Handle, Error> {
        let runtime = self.shared()?;
        let mut keeper = lock(&self.keeper);
        if keeper.is_none() {
            let (sender, ended) = oneshot::channel::<()>();
            let kept = Arc::clone(runtime);
            let on_thread_start = self.on_thread_start;
            std::thread::Builder::new()
                .name("snapline".to_owned())
                .spawn(move || {
                    on_thread_start();
                    // Nothing is sent: it ends when the sender is dropped.
                    let _ = kept.block_on(ended);
                    end(kept);
                })
                .map_err(unstarted)?;
            *keeper = Some(sender);
        }
        Ok(runtime.handle())
    }

    /// A clock that ticks about this often while a call waits; the same period for all of a runtime.
    ///
    /// # Errors
    /// `closed` in a forked child; `closed` while the runtime is dropped.
    pub fn clock(&self, period: Duration) -> Result<Clock<'_>, Error> {
        let kept = lock(&self.timers).pop();
        let timer = match kept {
            Some(timer) => timer,
            None => {
                let _entered = self.shared()?.enter();
                Box::pin(tokio::time::sleep(period))
            }
        };
        Ok(Clock {
            runtime: self,
            period,
            timer: Some(timer),
        })
    }

    /// Whether anything may be asked of it.
    ///
    /// # Errors
    /// `closed` in a forked child.
    pub fn check(&self) -> Result<(), Error> {
        self.shared().map(drop)
    }

    fn shared(&self) -> Result<&Arc<tokio::runtime::Runtime>, Error> {
        if self.process.is_foreign() {
            return Err(Error::forked());
        }
        self.shared.as_ref().ok_or_else(Error::closed)
    }
}

/// The error for a thread that the system does not give; a later try may go well.
#[must_use]
pub fn unstarted(error: std::io::Error) -> Error {
    ungiven("no thread can be started", &error)
}

fn ungiven(what: &str, error: &std::io::Error) -> Error {
    let advice = exhausted(error).unwrap_or("");
    Error::new(ErrorKind::Connection, format!("{what}: {error}{advice}"))
}

// Waiting for tasks here could hang the caller, and would panic inside a runtime.
fn end(runtime: Arc<tokio::runtime::Runtime>) {
    if let Some(last) = Arc::into_inner(runtime) {
        last.shutdown_background();
    }
}

/// Tells a call that waits when to look at something that wakes nobody, such as a signal.
///
/// Its timer goes on to the next call without being set anew. Setting one that is due before all
/// others costs a system call, which most calls end too early to need.
pub struct Clock<'a> {
    runtime: &'a Runtime,
    period: Duration,
    // Empty only while it is dropped.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Clock<'_> {
    /// Ready at a tick, the first of which may come at once. Pending until the next one.
    pub fn poll_tick(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(timer) = &mut self.timer else {
            return Poll::Pending;
        };
        let tick = timer.as_mut().poll(context);
        if tick.is_ready() {
            timer.as_mut().reset(Instant::now() + self.period);
        }
        tick
    }
}

impl Drop for Clock<'_> {
    fn drop(&mut self) {
        lock(&self.runtime.timers).extend(self.timer.take());
    }
}

/// How often a call lets others go first.
const TURNS: usize = 2;

/// In microseconds. A connection that is closed within it is seen by a call that must not be sent twice (B10), which
/// lets others go first by itself.
const JUST_NOW: u64 = 1000;

/// How many tasks may have to run one after the other until a connection that was left is closed. Two do,
/// the connection's own and the one that waits to put it back in the pool; the rest is reserve.
const HOPS: usize = 4;

/// Lets tasks that were woken run, whichever thread drives them.
async fn settled() {
    for _ in 0..HOPS {
        // It runs behind those that wait. Without a thread left to drive it, it is dropped.
        let _ = tokio::spawn(async {}).await;
    }
}

enum Step {
    Done,
    Aside,
}

fn poll_to_end(
    runtime: &tokio::runtime::Runtime,
    mut work: Pin<&mut (dyn Future<Output = ()> + Send)>,
) {
    loop {
        let step = runtime.block_on(poll_fn(|context| {
            let driving = DriverGuard::begin();
            match work.as_mut().poll(context) {
                Poll::Ready(()) => Poll::Ready(Step::Done),
                Poll::Pending if driving.is_to_end() => Poll::Ready(Step::Aside),
                Poll::Pending => Poll::Pending,
            }
        }));
        match step {
            Step::Done => return,
            Step::Aside => {
                let _entered = runtime.enter();
                // The next turn polls at once, and so registers who is to be woken.
                let mut context = Context::from_waker(Waker::noop());
                if work.as_mut().poll(&mut context).is_ready() {
                    return;
                }
            }
        }
    }
}

// Where this thread polls a call.
#[derive(Clone, Copy, Default)]
enum Place {
    #[default]
    Elsewhere,
    // Inside a turn.
    Driving,
    // The call asked to leave it.
    Leaving,
}

thread_local! {
    static PLACE: Cell<Place> = const { Cell::new(Place::Elsewhere) };
}

// One poll of a call while this thread may drive everybody's sockets.
struct DriverGuard;

impl DriverGuard {
    fn begin() -> Self {
        PLACE.set(Place::Driving);
        Self
    }

    fn is_to_end(&self) -> bool {
        matches!(PLACE.get(), Place::Leaving)
    }
}

impl Drop for DriverGuard {
    fn drop(&mut self) {
        PLACE.set(Place::Elsewhere);
    }
}

/// What follows, up to the next await, does not hold up the calls of other threads, and may itself
/// make one: it is where a user's function is called.
pub async fn aside() {
    poll_fn(|_| match PLACE.get() {
        Place::Elsewhere => Poll::Ready(()),
        Place::Driving | Place::Leaving => {
            PLACE.set(Place::Leaving);
            Poll::Pending
        }
    })
    .await;
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if self.process.is_foreign() {
            // Closing sockets here would take them out of the parent's event queue, and a lock may be held by
            // a thread that this process does not have.
            std::mem::forget(self.shared.take());
            std::mem::forget(std::mem::take(&mut self.keeper));
            std::mem::forget(std::mem::take(&mut self.timers));
            return;
        }
        drop(
            self.keeper
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        if let Some(runtime) = self.shared.take() {
            end(runtime);
        }
    }
}

impl std::fmt::Debug for Clock<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Runtime")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    fn runtime() -> Runtime {
        Runtime::new(|| ()).unwrap()
    }

    #[test]
    fn b21_many_threads_block_at_once() {
        let runtime = Arc::new(runtime());
        let started = Instant::now();
        let threads: Vec<_> = (0..8_u32)
            .map(|number| {
                let runtime = Arc::clone(&runtime);
                std::thread::spawn(move || {
                    runtime
                        .block_on(async move {
                            // Who drives ends first, so that each has to take over from another.
                            tokio::time::sleep(Duration::from_millis(100 + u64::from(number) * 20))
                                .await;
                            tokio::spawn(async move { number * 2 }).await.unwrap()
                        })
                        .unwrap()
                })
            })
            .collect();
        let results: Vec<u32> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        assert_eq!(results, [0, 2, 4, 6, 8, 10, 12, 14]);
        assert!(started.elapsed() < Duration::from_millis(1000));
    }

    #[tokio::test]
    async fn works_inside_another_runtime() {
        let runtime = runtime();
        let value = runtime.block_on(async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            tokio::task::yield_now().await;
            7
        });
        assert_eq!(value.unwrap(), 7);
        drop(runtime);
    }

    #[test]
    fn what_is_spawned_goes_on_while_nobody_waits() {
        let runtime = runtime();
        let (send, receive) = std::sync::mpsc::channel();
        runtime.handle().unwrap().spawn(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            send.send(std::thread::current().name().map(str::to_owned))
                .unwrap();
        });
        let thread = receive.recv_timeout(Duration::from_secs(5)).unwrap();
        assert_eq!(thread.as_deref(), Some("snapline"));
        assert_eq!(runtime.block_on(async { 7 }).unwrap(), 7);
    }

    #[test]
    fn what_is_spawned_ends_with_the_runtime() {
        let runtime = runtime();
        let (alive, ended) = std::sync::mpsc::channel::<()>();
        runtime.handle().unwrap().spawn(async move {
            let _alive = alive;
            std::future::pending::<()>().await;
        });
        drop(runtime);
        assert_eq!(
            ended.recv_timeout(Duration::from_secs(5)),
            Err(std::sync::mpsc::RecvTimeoutError::Disconnected)
        );
    }

    #[test]
    fn a_users_function_holds_up_nobody_and_may_make_a_call() {
        let runtime = Arc::new(runtime());
        let (asked, answer) = (std::sync::mpsc::channel(), std::sync::mpsc::channel());
        let (inner, begun, answered) = (Arc::clone(&runtime), asked.0, answer.1);
        let waiting = std::thread::spawn({
            let runtime = Arc::clone(&runtime);
            move || {
                runtime.block_on(async move {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    aside().await;
                    begun.send(()).unwrap();
                    // As a callback: it blocks until the other thread's call has ended, and makes one.
                    answered.recv_timeout(Duration::from_secs(5)).unwrap();
                    let sum = inner.block_on(async {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        1 + 1
                    });
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    sum.unwrap()
                })
            }
        });
        asked.1.recv_timeout(Duration::from_secs(5)).unwrap();
        runtime
            .block_on(async { tokio::time::sleep(Duration::from_millis(1)).await })
            .unwrap();
        answer.0.send(()).unwrap();
        assert_eq!(waiting.join().unwrap().unwrap(), 2);
    }

    #[test]
    fn b20_a_clock_ticks_while_a_call_waits_and_serves_the_next_one() {
        let runtime = runtime();
        let period = Duration::from_millis(20);
        let ticks = |wait: Duration| {
            let mut clock = runtime.clock(period).unwrap();
            let mut ticks = 0;
            let waits = async {
                let mut wait = pin!(tokio::time::sleep(wait));
                poll_fn(|context| {
                    while clock.poll_tick(context).is_ready() {
                        ticks += 1;
                    }
                    wait.as_mut().poll(context)
                })
                .await;
            };
            runtime.block_on(waits).unwrap();
            ticks
        };
        let first = ticks(Duration::from_millis(110));
        assert!((2..=6).contains(&first), "{first}");
        assert_eq!(lock(&runtime.timers).len(), 1);
        // Its tick fell due between the calls.
        std::thread::sleep(period * 2);
        assert_eq!(ticks(Duration::ZERO), 1);
        assert_eq!(lock(&runtime.timers).len(), 1);
    }

    // A request and the task of its connection: whether the task saw that the request was given up.
    fn given_up(runtime: &Runtime) -> bool {
        let closed = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&closed);
        let call = async move {
            let (mut connection, request) = oneshot::channel::<()>();
            tokio::spawn(async move {
                connection.closed().await;
                seen.store(true, Ordering::SeqCst);
            });
            tokio::time::sleep(Duration::from_millis(5)).await;
            let exchange = exchange::Exchange::begin();
            drop((request, exchange));
        };
        runtime.block_on(call).unwrap();
        closed.load(Ordering::SeqCst)
    }

    #[test]
    fn b20_what_is_given_up_is_closed_before_the_call_returns() {
        let runtime = Arc::new(runtime());
        assert!(given_up(&runtime));
        // And where another thread drives.
        let (stop, stopped) = oneshot::channel::<()>();
        let driver = std::thread::spawn({
            let runtime = Arc::clone(&runtime);
            move || runtime.block_on(stopped)
        });
        std::thread::sleep(Duration::from_millis(50));
        assert!(given_up(&runtime));
        stop.send(()).unwrap();
        driver.join().unwrap().unwrap().unwrap();
    }

    #[test]
    fn a_panic_in_a_call_leaves_the_others_alone() {
        let runtime = runtime();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            runtime.block_on(async { panic!("on purpose") })
        }));
        assert!(panicked.is_err());
        assert!(matches!(PLACE.get(), Place::Elsewhere));
        let slept = runtime.block_on(async { tokio::time::sleep(Duration::from_millis(1)).await });
        assert!(slept.is_ok());
    }
}
