//! Work on a thing in a state that is left again afterwards, whatever happens: a machine that is switched off (B26).

use crate::error::{Error, ErrorKind};
use crate::generated::settings::CallOptions;
use crate::handover::Duty;
use crate::sync::BoxFuture;
use crate::wait::{Given, Manner, Poll, Shared, Waiter, Watch, after, same_state};
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep, sleep_until};

type LookFn = Box<dyn Fn(CallOptions) -> BoxFuture<'static, Result<String, Error>> + Send + Sync>;
type TellFn = Arc<dyn Fn(&str, Option<&Error>) -> ControlFlow<()> + Send + Sync>;
type ActFn =
    Box<dyn Fn(CallOptions, Manner, TellFn) -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;

/// How a thing comes into a state, and out of it again.
pub struct Surround {
    look: LookFn,
    wanted: &'static [&'static str],
    enter: Vec<Turn>,
    leave: Turn,
}

/// One request that changes the state, and the wait for what it begins.
pub struct Turn {
    name: &'static str,
    bound: Duration,
    act: ActFn,
}

impl Turn {
    /// A request called `name`, which is given `bound` to come to something.
    pub fn new<A: Serialize + Send + 'static>(
        name: &'static str,
        bound: Duration,
        begin: impl Fn(CallOptions) -> BoxFuture<'static, Result<Waiter<A>, Error>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let begin = Arc::new(begin);
        let act: ActFn = Box::new(move |options, manner, tell| {
            let begin = Arc::clone(&begin);
            Box::pin(async move {
                let waiter = begin(options).await?;
                let shown: Watch<A> =
                    Box::new(move |poll| tell(poll.status.unwrap_or("begun"), poll.error));
                waiter
                    .with(manner.watched(Some(shown)))
                    .run()
                    .await
                    .map(drop)
            })
        });
        Self { name, bound, act }
    }
}

impl Surround {
    /// In one of the states `wanted` of what `look` sees: `enter` is tried in its order until it is in one, and
    /// `leave` follows once the work has ended, however that was. What is in such a state already stays in it.
    pub fn new(
        look: impl Fn(CallOptions) -> BoxFuture<'static, Result<String, Error>> + Send + Sync + 'static,
        wanted: &'static [&'static str],
        enter: Vec<Turn>,
        leave: Turn,
    ) -> Self {
        Self {
            look: Box::new(look),
            wanted,
            enter,
            leave,
        }
    }

    fn is_wanted(&self, state: &str) -> bool {
        self.wanted.iter().any(|wanted| same_state(wanted, state))
    }

    // Tries one way after the other until the thing is in a wanted state.
    async fn enter(&self, manner: &Manner, tell: &TellFn, deadline: Instant) -> Result<(), Error> {
        let mut last = None;
        for turn in &self.enter {
            let until = deadline.min(Instant::now() + turn.bound);
            let began = match turn.run(manner, tell, until).await {
                Ok(()) => true,
                Err(error) if may_pass(&error) => {
                    last = Some(error);
                    false
                }
                Err(error) => return Err(error),
            };
            loop {
                match (self.look)(bounded(&manner.options, until)).await {
                    Ok(state) if self.is_wanted(&state) => return Ok(()),
                    Ok(state) => {
                        if tell(&format!("{}: it is {state}", turn.name), None).is_break() {
                            return Err(Error::cancelled());
                        }
                    }
                    Err(error) if may_pass(&error) => last = Some(error),
                    Err(error) => return Err(error),
                }
                // What did not begin does not end either.
                if !began || Instant::now() >= until {
                    break;
                }
                let pause = manner.first_interval();
                sleep_until(until.min(Instant::now() + pause)).await;
            }
        }
        let why = last.map_or_else(String::new, |error| format!(": {error}"));
        let wanted = self.wanted.join(" or ");
        Err(Error::new(
            ErrorKind::WaitTimeout,
            format!("it would not become {wanted} in time{why}"),
        ))
    }

    // Until it is accepted and done, or its time is over: while something else is done, the service refuses it. What
    // was `inside` and is no longer, as after a request whose answer was lost, has left.
    async fn leave(&self, manner: &Manner, tell: &TellFn, inside: bool) -> Result<(), Error> {
        let until = after(self.leave.bound);
        let mut manner = manner.clone();
        // Who closes the client meanwhile does not mean the machine to stay off.
        manner.options.past_close = true;
        loop {
            let error = match self.leave.run(&manner, tell, until).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            if !may_pass(&error) || Instant::now() >= until {
                return Err(error);
            }
            if inside
                && let Ok(state) = (self.look)(bounded(&manner.options, until)).await
                && !self.is_wanted(&state)
            {
                return Ok(());
            }
            let pause = manner.first_interval();
            sleep(pause.max(error.retry_after().unwrap_or_default())).await;
        }
    }
}

impl Turn {
    async fn run(&self, manner: &Manner, tell: &TellFn, until: Instant) -> Result<(), Error> {
        let (name, tell) = (self.name, Arc::clone(tell));
        tracing::info!(step = name, "begins");
        let named: TellFn =
            Arc::new(move |status, error| tell(&format!("{name}: {status}"), error));
        if named("begins", None).is_break() {
            return Err(Error::cancelled());
        }
        let mut own = manner.clone();
        own.pace.timeout = Some(left(until));
        (self.act)(bounded(&manner.options, until), own, named).await
    }
}

// A step that somebody waits for: dropped, it tells that nobody does any more.
struct Undone(&'static str);

impl Undone {
    fn end(self) {
        std::mem::forget(self);
    }
}

impl Drop for Undone {
    fn drop(&mut self) {
        tracing::error!(step = self.0, "left undone: it was stopped");
    }
}

// What the same request may not meet a little later, or does not speak against the next way.
fn may_pass(error: &Error) -> bool {
    error.passes_in_a_wait()
        || matches!(error.kind(), ErrorKind::WaitFailed | ErrorKind::WaitTimeout)
        || matches!(error.status(), Some(409 | 422))
}

fn bounded(options: &CallOptions, until: Instant) -> CallOptions {
    let mut options = options.clone();
    options.at_most = Some(left(until));
    options
}

fn left(until: Instant) -> Duration {
    let left = until.saturating_duration_since(Instant::now());
    left.max(Duration::from_secs(1))
}

impl<T: Serialize + Send + 'static> Waiter<T> {
    /// The same while a thing is in a state that it is in for that long alone. The thing leaves it again also after
    /// an error, when the time is over, when the client is closed, and when this is dropped.
    #[must_use]
    pub fn surrounded(self, surround: Surround) -> Self {
        let (name, timeout) = (self.name(), self.bound());
        Self::steps(name, timeout, move |mut given: Given<T>| {
            Box::pin(async move {
                let watch = Shared::of(&mut given);
                let manner = given.manner;
                let deadline = after(manner.bound(timeout));
                let began = Instant::now();
                let shown = watch.clone();
                let tell: TellFn = Arc::new(move |status, error| {
                    shown.show(&Poll {
                        object: None,
                        status: Some(status),
                        error,
                        elapsed: began.elapsed(),
                        polls: 0,
                    })
                });
                let (kept, own) = (manner.clone(), watch.through(Shared::show));
                let work = move || self.with(kept.watched(own).left(deadline)).run();
                let state = (surround.look)(bounded(&manner.options, deadline)).await?;
                if surround.is_wanted(&state) {
                    return work().await;
                }
                let leave_name = surround.leave.name;
                let surround = Arc::new(surround);
                let inside = Arc::new(AtomicBool::new(false));
                let duty = {
                    let (kept, manner) = (Arc::clone(&surround), manner.clone());
                    let inside = Arc::clone(&inside);
                    Duty::new(move || {
                        let undone = Undone(leave_name);
                        Box::pin(async move {
                            let nobody: TellFn = Arc::new(|_, _| ControlFlow::Continue(()));
                            let inside = inside.load(Ordering::Acquire);
                            let left = kept.leave(&manner, &nobody, inside).await;
                            undone.end();
                            match left {
                                Ok(()) => tracing::info!(step = leave_name, "done"),
                                Err(error) => {
                                    tracing::error!(step = leave_name, "did not work: {error}");
                                }
                            }
                        })
                    })
                };
                let outcome = match surround.enter(&manner, &tell, deadline).await {
                    Ok(()) => {
                        inside.store(true, Ordering::Release);
                        work().await
                    }
                    Err(error) => Err(error),
                };
                // A watcher that has ended the work does not end this.
                let heard: TellFn = Arc::new(move |status, error| {
                    let _ = tell(status, error);
                    ControlFlow::Continue(())
                });
                let inside = inside.load(Ordering::Acquire);
                let left = surround.leave(&manner, &heard, inside).await;
                duty.end();
                match (outcome, left) {
                    (outcome, Ok(())) => outcome,
                    (Err(error), Err(left)) => Err(error.and_not(leave_name, &left, None)),
                    (Ok(object), Err(left)) => {
                        let object = object.and_then(|object| serde_json::to_value(object).ok());
                        Err(left.clone().and_not(leave_name, &left, object))
                    }
                }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handover::Trail;
    use crate::sync::lock;
    use crate::wait::{Polled, THERE, WaitRule};
    use std::sync::Mutex;

    static DONE: WaitRule = WaitRule {
        name: "things.wait_for",
        ready: &[THERE],
        failed: &[],
        pending: &[],
        gone: false,
        timeout: Duration::from_secs(600),
        resume: None,
    };

    // A machine that a shutdown leaves running, and what was asked of it.
    #[derive(Default)]
    struct Machine {
        off: bool,
        asked: Vec<&'static str>,
    }

    type Shared = Arc<Mutex<Machine>>;

    fn waiter(forever: bool) -> Waiter<String> {
        Waiter::new(
            &DONE,
            move |_| {
                Box::pin(async move {
                    if forever {
                        std::future::pending::<()>().await;
                    }
                    Ok(Polled::there("done".to_owned()))
                })
            },
            |_| THERE.to_owned(),
        )
    }

    fn turn(machine: &Shared, name: &'static str, change: fn(&mut Machine)) -> Turn {
        let machine = Arc::clone(machine);
        Turn::new(name, Duration::from_secs(180), move |_| {
            let mut machine = lock(&machine);
            machine.asked.push(name);
            change(&mut machine);
            Box::pin(async { Ok(waiter(false)) })
        })
    }

    fn surround(machine: &Shared) -> Surround {
        let seen = Arc::clone(machine);
        let look = move |_| -> BoxFuture<'static, Result<String, Error>> {
            let off = lock(&seen).off;
            Box::pin(async move { Ok(if off { "off" } else { "active" }.to_owned()) })
        };
        let enter = vec![
            turn(machine, "shutdown", |_| {}),
            turn(machine, "power_off", |machine| machine.off = true),
        ];
        Surround::new(
            look,
            &["off"],
            enter,
            turn(machine, "power_on", |machine| machine.off = false),
        )
    }

    #[tokio::test(start_paused = true)]
    async fn b26_what_a_shutdown_leaves_running_is_switched_off() {
        let machine = Shared::default();
        let begun = Instant::now();
        let done = waiter(false).surrounded(surround(&machine)).run().await;
        assert_eq!(done.unwrap().as_deref(), Some("done"));
        assert_eq!(lock(&machine).asked, ["shutdown", "power_off", "power_on"]);
        // It was given all of its time to follow.
        assert!((180..200).contains(&begun.elapsed().as_secs()));
    }

    #[tokio::test(start_paused = true)]
    async fn b26_whoever_is_dropped_is_switched_on_again() {
        let machine = Shared::default();
        let trail = Trail::default();
        let work = trail.follow(waiter(true).surrounded(surround(&machine)).run());
        let cut = tokio::time::timeout(Duration::from_secs(400), work).await;
        assert!(cut.is_err());
        assert_eq!(lock(&machine).asked, ["shutdown", "power_off"]);
        trail.owed().unwrap().await;
        assert!(trail.owed().is_none() && !lock(&machine).off);
        // Where nobody follows it, a task does it.
        let work = waiter(true).surrounded(surround(&machine)).run();
        let cut = tokio::time::timeout(Duration::from_secs(400), work).await;
        assert!(cut.is_err());
        sleep(Duration::from_secs(5)).await;
        assert!(!lock(&machine).off);
        assert_eq!(lock(&machine).asked.len(), 6);
    }
}
