//! Waiting until something is ready, or gone (B17).

use crate::core::BoxFuture;
use crate::error::{Error, ErrorKind, seconds};
use crate::settings::CallOptions;
use serde::Serialize;
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};

/// What a waiter waits for, generated as a static. A state in neither list means keep waiting.
#[derive(Debug)]
pub struct WaitRule {
    /// What is waited for, such as `nfs_snapshot_active`.
    pub name: &'static str,
    /// The states that end the wait.
    pub ready: &'static [&'static str],
    /// The states that end it with an error.
    pub failed: &'static [&'static str],
    /// Whether a 404 ends the wait.
    pub gone: bool,
}

/// What one poll saw.
#[derive(Debug)]
#[non_exhaustive]
pub struct Poll<'a, T> {
    /// What was found, if it is there yet.
    pub object: Option<&'a T>,
    /// Its state.
    pub status: Option<&'a str>,
    /// A transient error that this poll met instead.
    pub error: Option<&'a Error>,
    /// How long the wait has lasted.
    pub elapsed: Duration,
    /// How many polls there were, this one included.
    pub polls: u32,
}

type PollFn<T> = Box<dyn FnMut(CallOptions) -> BoxFuture<'static, Result<Option<T>, Error>> + Send>;
type Watch<T> = Box<dyn FnMut(&Poll<'_, T>) -> ControlFlow<()> + Send>;

/// Polls until a state is reached, within a bound.
pub struct Waiter<T> {
    rule: &'static WaitRule,
    poll: PollFn<T>,
    status: fn(&T) -> String,
    watch: Option<Watch<T>>,
    options: CallOptions,
    timeout: Duration,
    first_interval: Duration,
    max_interval: Duration,
    factor: f64,
}

impl<T: Serialize> Waiter<T> {
    /// A waiter that asks `poll` for the object and `status` for its state. `poll` gives `None` as
    /// long as the object is not there.
    pub fn new(
        rule: &'static WaitRule,
        poll: impl FnMut(CallOptions) -> BoxFuture<'static, Result<Option<T>, Error>> + Send + 'static,
        status: fn(&T) -> String,
    ) -> Self {
        Self {
            rule,
            poll: Box::new(poll),
            status,
            watch: None,
            options: CallOptions::default(),
            timeout: Duration::from_secs(600),
            first_interval: Duration::from_secs(2),
            max_interval: Duration::from_secs(15),
            factor: 1.5,
        }
    }

    /// The bound of the whole wait (default: 10 min).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The pause after the first poll (default: 2 s).
    #[must_use]
    pub fn first_interval(mut self, interval: Duration) -> Self {
        self.first_interval = interval;
        self
    }

    /// The longest pause (default: 15 s).
    #[must_use]
    pub fn max_interval(mut self, interval: Duration) -> Self {
        self.max_interval = interval;
        self
    }

    /// How much each pause is longer than the one before (default: 1.5).
    #[must_use]
    pub fn factor(mut self, factor: f64) -> Self {
        self.factor = factor;
        self
    }

    /// Options for the call of each poll. Its time is bounded by what is left of the wait.
    #[must_use]
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// Shows each poll to `watch`, which can end the wait with `ControlFlow::Break`.
    #[must_use]
    pub fn on_poll(
        mut self,
        watch: impl FnMut(&Poll<'_, T>) -> ControlFlow<()> + Send + 'static,
    ) -> Self {
        self.watch = Some(Box::new(watch));
        self
    }

    /// Waits. Gives the object once it is ready, or `None` once it is gone.
    ///
    /// # Errors
    /// `wait_failed` and `wait_timeout`, both with the last object; `cancelled` if the watcher ended
    /// the wait; `config` for a factor below 1 or a wait of no length; else that of a poll, unless it
    /// is transient.
    pub async fn run(mut self) -> Result<Option<T>, Error> {
        if !(self.factor >= 1.0 && self.factor.is_finite()) {
            return Err(Error::config("`factor` must be a number from 1 on"));
        }
        if self.timeout.is_zero() {
            return Err(Error::config("`timeout` must be longer than 0"));
        }
        let started = Instant::now();
        // A century is no bound anyone meets, and can be added to any instant.
        let deadline = started + self.timeout.min(Duration::from_secs(100 * 365 * 86_400));
        let mut interval = self.first_interval.min(self.max_interval);
        let mut last: Option<T> = None;
        let mut trouble: Option<Error> = None;
        let mut polls: u32 = 0;
        loop {
            let mut options = self.options.clone();
            options.at_most = Some(deadline.saturating_duration_since(Instant::now()));
            let result = match timeout_at(deadline, (self.poll)(options)).await {
                Ok(result) => result,
                Err(_) => return Err(self.late(last, trouble)),
            };
            polls = polls.saturating_add(1);
            let mut hint = None;
            let mut found = false;
            let before = trouble.take();
            match result {
                Ok(Some(object)) => {
                    last = Some(object);
                    found = true;
                }
                Ok(None) => {}
                Err(error) if self.rule.gone && error.is_not_found() => return Ok(None),
                // The wait cut the poll off, which says nothing about the service.
                Err(error) if error.kind() == ErrorKind::Timeout && Instant::now() >= deadline => {
                    return Err(self.late(last, before));
                }
                Err(error) if error.is_transient() => {
                    hint = error.retry_after();
                    trouble = Some(error);
                }
                Err(error) => return Err(error),
            }
            let object = last.as_ref().filter(|_| found);
            let status = object.map(self.status);
            if let Some(watch) = &mut self.watch {
                #[cfg(feature = "blocking")]
                crate::blocking::aside().await;
                let seen = Poll {
                    object,
                    status: status.as_deref(),
                    error: trouble.as_ref(),
                    elapsed: started.elapsed(),
                    polls,
                };
                if watch(&seen).is_break() {
                    return Err(Error::cancelled().with(|e| e.last_object = json(last.as_ref())));
                }
            }
            if let Some(status) = status.as_deref() {
                if self.rule.ready.contains(&status) {
                    return Ok(last);
                }
                if self.rule.failed.contains(&status) {
                    return Err(Error::new(
                        ErrorKind::WaitFailed,
                        format!("{}: the state became `{status}`", self.rule.name),
                    )
                    .with(|e| e.last_object = json(last.as_ref())));
                }
            }
            // Up to a fifth more or less, so that many waiters do not poll in step.
            let jittered = interval.mul_f64(0.8 + 0.4 * fastrand::f64());
            let pause = jittered.max(hint.unwrap_or_default());
            let wake = Instant::now()
                .checked_add(pause)
                .map_or(deadline, |wake| wake.min(deadline));
            sleep_until(wake).await;
            if wake >= deadline {
                return Err(self.late(last, trouble));
            }
            interval = interval
                .checked_mul_f64(self.factor)
                .map_or(self.max_interval, |longer| longer.min(self.max_interval));
        }
    }

    fn late(&self, last: Option<T>, trouble: Option<Error>) -> Error {
        let state = match (&last, &trouble) {
            (_, Some(error)) => format!("the last poll failed: {error}"),
            (Some(object), None) => format!("the state is `{}`", (self.status)(object)),
            (None, None) => "it is not there".to_owned(),
        };
        Error::new(
            ErrorKind::WaitTimeout,
            format!(
                "{}: not so after {}, {state}",
                self.rule.name,
                seconds(self.timeout)
            ),
        )
        .with(|e| {
            e.last_object = json(last.as_ref());
            e.source = trouble.map(|error| std::sync::Arc::new(error) as _);
        })
    }
}

trait CheckedMul: Sized {
    fn checked_mul_f64(self, factor: f64) -> Option<Self>;
}

impl CheckedMul for Duration {
    // `mul_f64` panics where the product does not fit.
    fn checked_mul_f64(self, factor: f64) -> Option<Self> {
        Duration::try_from_secs_f64(self.as_secs_f64() * factor).ok()
    }
}

fn json<T: Serialize>(object: Option<&T>) -> Option<serde_json::Value> {
    serde_json::to_value(object?).ok()
}

impl<T> std::fmt::Debug for Waiter<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiter")
            .field("rule", &self.rule.name)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};

    static READY: WaitRule = WaitRule {
        name: "thing_ready",
        ready: &["ACTIVE"],
        failed: &["FAILED"],
        gone: false,
    };
    static GONE: WaitRule = WaitRule {
        name: "thing_gone",
        ready: &[],
        failed: &[],
        gone: true,
    };

    type Answers = Vec<Result<Option<String>, Error>>;

    // Answers one by one; the last is repeated. Also tells when each poll came.
    fn waiter(
        rule: &'static WaitRule,
        answers: Answers,
    ) -> (Waiter<String>, Arc<Mutex<Vec<Duration>>>) {
        let times = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&times);
        let started = Instant::now();
        let mut answers = VecDeque::from(answers);
        let waiter = Waiter::new(
            rule,
            move |options| {
                assert!(options.at_most.is_some());
                log.lock().unwrap().push(started.elapsed());
                let answer = if answers.len() > 1 {
                    answers.pop_front().unwrap()
                } else {
                    answers[0].clone()
                };
                Box::pin(std::future::ready(answer))
            },
            Clone::clone,
        );
        (waiter, times)
    }

    fn state(text: &str) -> Result<Option<String>, Error> {
        Ok(Some(text.to_owned()))
    }

    fn api(status: u16) -> Error {
        Error::new(ErrorKind::Api, "no").with(|e| e.status = Some(status))
    }

    #[tokio::test(start_paused = true)]
    async fn b17_waits_through_absence_unknown_states_and_transient_errors() {
        let (waiter, times) = waiter(
            &READY,
            vec![
                Ok(None),
                state("RESIZING"),
                Err(api(503)),
                Err(Error::new(ErrorKind::Connection, "reset")),
                state("ACTIVE"),
            ],
        );
        assert_eq!(waiter.run().await.unwrap(), Some("ACTIVE".to_owned()));
        let times = times.lock().unwrap();
        assert_eq!(times.len(), 5);
        for (pair, expected) in times.windows(2).zip([2.0, 3.0, 4.5, 6.75]) {
            let pause = (pair[1] - pair[0]).as_secs_f64();
            assert!(
                (expected * 0.79..=expected * 1.21).contains(&pause),
                "{pause}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn b17_a_failed_state_carries_the_object() {
        let (waiter, _) = waiter(&READY, vec![state("FAILED")]);
        let error = waiter.run().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WaitFailed);
        assert_eq!(error.last_object().unwrap(), "FAILED");
        assert!(error.message().contains("`FAILED`"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn b17_time_runs_out_with_the_last_object() {
        let (waiter, times) = waiter(&READY, vec![state("CREATING")]);
        let started = Instant::now();
        let error = waiter
            .timeout(Duration::from_secs(60))
            .run()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WaitTimeout);
        assert_eq!(error.last_object().unwrap(), "CREATING");
        assert!(started.elapsed() <= Duration::from_millis(60_010));
        assert!((6..=10).contains(&times.lock().unwrap().len()));
    }

    #[tokio::test(start_paused = true)]
    async fn b17_a_poll_that_hangs_is_bounded() {
        let waiter: Waiter<String> =
            Waiter::new(&READY, |_| Box::pin(std::future::pending()), Clone::clone);
        let error = waiter
            .timeout(Duration::from_secs(3))
            .run()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WaitTimeout);
    }

    #[tokio::test(start_paused = true)]
    async fn b17_gone_at_404_only_where_the_rule_says_so() {
        let (gone, _) = waiter(&GONE, vec![state("DELETING"), Err(api(404))]);
        assert_eq!(gone.run().await.unwrap(), None);
        let (ready, _) = waiter(&READY, vec![Err(api(404))]);
        assert!(ready.run().await.unwrap_err().is_not_found());
        let (refused, _) = waiter(&GONE, vec![Err(api(401))]);
        assert_eq!(refused.run().await.unwrap_err().status(), Some(401));
    }

    #[tokio::test(start_paused = true)]
    async fn b17_retry_after_is_obeyed() {
        let limited = Error::new(ErrorKind::RateLimited, "slow down").with(|e| {
            e.status = Some(429);
            e.retry_after = Some(Duration::from_secs(40));
        });
        let (waiter, times) = waiter(&READY, vec![Err(limited), state("ACTIVE")]);
        waiter.run().await.unwrap();
        assert!(times.lock().unwrap()[1] >= Duration::from_secs(40));
    }

    #[tokio::test(start_paused = true)]
    async fn b17_the_caller_watches_and_stops() {
        let (waiter, _) = waiter(&READY, vec![Err(api(500)), state("CREATING")]);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let error = waiter
            .on_poll(move |poll| {
                let status = poll.status.map(str::to_owned);
                log.lock()
                    .unwrap()
                    .push((poll.polls, status, poll.error.is_some()));
                if poll.polls == 2 {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
            .run()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert_eq!(
            *seen.lock().unwrap(),
            [(1, None, true), (2, Some("CREATING".to_owned()), false)]
        );
    }
}
