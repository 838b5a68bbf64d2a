//! Waiting until something is ready, or gone (B17).

use crate::call::Response;
use crate::error::{Error, ErrorKind, Started, seconds};
use crate::generated::settings::{CallOptions, WaitOptions, default};
use crate::handover::Trail;
use crate::page::Listed;
use crate::retry;
use crate::sync::{BoxFuture, lock};
use crate::timestamp::Timestamp;
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep_until, timeout_at};

/// What a waiter waits for, generated as a static. A state in no list means keep waiting, and is told.
#[derive(Debug)]
pub struct WaitRule {
    /// What is waited for, such as `nfs.snapshots.wait_until_active`.
    pub name: &'static str,
    /// The states that end the wait.
    pub ready: &'static [&'static str],
    /// The states that end it with an error.
    pub failed: &'static [&'static str],
    /// The states known to lead on to others.
    pub pending: &'static [&'static str],
    /// Whether a 404 ends the wait.
    pub gone: bool,
    /// The bound of the whole wait, unless the caller sets another.
    pub timeout: Duration,
    /// How to go on waiting for what was found in a list.
    pub resume: Option<Resume>,
}

/// The wait that takes an object's id, where a wait has found the object by something else.
#[derive(Debug)]
pub struct Resume {
    /// The wait, such as `nfs.snapshots.wait_until_active_by_id`.
    pub wait: &'static str,
    /// Its argument.
    pub argument: &'static str,
    /// The object's field that is given for it.
    pub field: &'static str,
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

/// The answer to a poll.
#[derive(Debug)]
pub struct Polled<T> {
    found: Found<T>,
    retry_after: Option<Duration>,
}

#[derive(Debug)]
enum Found<T> {
    Object(T),
    Nothing,
    // Of what is wanted, only such as was there before.
    Older,
    // Of what is wanted, only such as does not say since when it is there.
    Untimed,
}

// Two records that one request makes may differ by what the service cuts off their times.
const CLOCK_GRAIN: Duration = Duration::from_secs(5);

#[cfg(test)]
impl<T> Polled<T> {
    pub(crate) fn there(object: T) -> Self {
        Self {
            found: Found::Object(object),
            retry_after: None,
        }
    }
}

impl<T> Polled<T> {
    /// The object that was asked for.
    #[must_use]
    pub fn object(answer: Response<T>) -> Self {
        Self {
            retry_after: retry::retry_after(answer.headers(), SystemTime::now()),
            found: Found::Object(answer.into_value()),
        }
    }

    /// Of a list, the newest item that is wanted and not older than `since`; one whose time cannot be
    /// read counts as older.
    #[must_use]
    pub fn newest(
        answer: impl Into<Listed<T>>,
        wanted: impl Fn(&T) -> bool,
        created: impl Fn(&T) -> Option<SystemTime>,
        since: SystemTime,
    ) -> Self {
        let Listed {
            items, retry_after, ..
        } = answer.into();
        let since = since.checked_sub(CLOCK_GRAIN).unwrap_or(since);
        let mut older = false;
        let newest = items
            .into_iter()
            .filter(|item| wanted(item))
            .filter_map(|item| match created(&item) {
                Some(created) if created >= since => Some((created, item)),
                _ => {
                    older = true;
                    None
                }
            })
            .max_by_key(|(created, _)| *created);
        let found = match newest {
            Some((_, item)) => Found::Object(item),
            None if older => Found::Older,
            None => Found::Nothing,
        };
        Self { found, retry_after }
    }
}

impl<T> Polled<Vec<T>> {
    /// Of a list, all items that are wanted and were made since a request was sent (B27), by this machine's
    /// clock; how far it is from the service's is seen in the answer.
    #[must_use]
    pub fn since(
        answer: impl Into<Listed<T>>,
        wanted: impl Fn(&T) -> bool,
        created: impl Fn(&T) -> Option<SystemTime>,
        sent_at: SystemTime,
    ) -> Self {
        let Listed {
            items,
            served_at,
            retry_after,
        } = answer.into();
        let now = SystemTime::now();
        let sent_at = match served_at.map(|served| served.duration_since(now)) {
            Some(Ok(ahead)) => sent_at.checked_add(ahead),
            Some(Err(behind)) => sent_at.checked_sub(behind.duration()),
            None => None,
        }
        .unwrap_or(sent_at);
        let since = sent_at.checked_sub(CLOCK_GRAIN).unwrap_or(sent_at);
        let mut untimed = false;
        let fits = |item: &T| {
            wanted(item)
                && match created(item) {
                    Some(created) => created >= since,
                    None => {
                        untimed = true;
                        false
                    }
                }
        };
        let found: Vec<T> = items.into_iter().filter(fits).collect();
        let found = match (found.is_empty(), untimed) {
            (false, _) => Found::Object(found),
            (true, true) => Found::Untimed,
            (true, false) => Found::Nothing,
        };
        Self { found, retry_after }
    }
}

/// The state of what has none: it is there.
pub const THERE: &str = "there";

/// When a call was made that is waited for: the service's time where it gives one, else now.
#[must_use]
pub fn since(started_at: Option<&Timestamp>) -> SystemTime {
    started_at
        .and_then(Timestamp::to_system_time)
        .unwrap_or_else(SystemTime::now)
}

type PollFn<T> = Box<dyn FnMut(CallOptions) -> BoxFuture<'static, Result<Polled<T>, Error>> + Send>;
type AskFn = Box<dyn FnMut(CallOptions) -> BoxFuture<'static, Result<(), Error>> + Send>;
pub(crate) type Watch<T> = Box<dyn FnMut(&Poll<'_, T>) -> ControlFlow<()> + Send>;

/// Polls until a state is reached, within a bound; or sends a request first and waits for what it began (B26).
pub struct Waiter<T> {
    work: Work<T>,
    given: Given<T>,
}

enum Work<T> {
    Poll(Polling<T>),
    Steps(Steps<T>),
}

// One wait: what it asks, and when it has ended.
struct Polling<T> {
    rule: &'static WaitRule,
    poll: PollFn<T>,
    // Asks whether what a list belongs to is there.
    parent: Option<AskFn>,
    status: Box<dyn Fn(&T) -> String + Send>,
    // What the wait was told to wait for, to be said when it ends too early.
    arguments: Vec<(&'static str, String)>,
    // Since when something may be there, and what to give once it is known that it is not.
    absent: Option<(SystemTime, fn() -> T)>,
}

// Several things one after the other, within one bound.
struct Steps<T> {
    name: &'static str,
    timeout: Duration,
    run: StepsFn<T>,
}

type StepsFn<T> = Box<dyn FnOnce(Given<T>) -> BoxFuture<'static, Result<Option<T>, Error>> + Send>;

// What the caller says of a wait.
pub(crate) struct Given<T> {
    pub(crate) watch: Option<Watch<T>>,
    pub(crate) manner: Manner,
}

// The same without who watches, so that several steps can have it.
#[derive(Clone)]
pub(crate) struct Manner {
    pub(crate) options: CallOptions,
    pub(crate) pace: WaitOptions,
    factor: f64,
    // Where this is one of several steps: when the first began, and the polls of those before.
    began: Option<Instant>,
    polls: u32,
}

impl<T> Default for Given<T> {
    fn default() -> Self {
        let manner = Manner {
            options: CallOptions::default(),
            pace: WaitOptions::default(),
            factor: 1.5,
            began: None,
            polls: 0,
        };
        Self {
            watch: None,
            manner,
        }
    }
}

// One who watches several steps.
pub(crate) struct Shared<T>(Option<Arc<Mutex<Watch<T>>>>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: 'static> Shared<T> {
    // Whoever watches a wait watches its steps.
    pub(crate) fn of(given: &mut Given<T>) -> Self {
        Self(given.watch.take().map(|watch| Arc::new(Mutex::new(watch))))
    }

    // Shows a poll; one that nobody watches goes on.
    pub(crate) fn show(&self, poll: &Poll<'_, T>) -> ControlFlow<()> {
        match &self.0 {
            Some(watch) => lock(watch)(poll),
            None => ControlFlow::Continue(()),
        }
    }

    // For a step, which may be of another type: `show` makes of its polls what is watched. Nothing if nobody does.
    pub(crate) fn through<S>(
        &self,
        show: impl FnMut(&Self, &Poll<'_, S>) -> ControlFlow<()> + Send + 'static,
    ) -> Option<Watch<S>> {
        self.0.as_ref()?;
        let (shared, mut show) = (self.clone(), show);
        Some(Box::new(move |poll| show(&shared, poll)))
    }
}

/// What a request began, and the wait for it.
#[derive(Debug)]
pub struct Begun<T> {
    /// What is told when the wait ends badly.
    pub started: Started,
    /// Waits for it; an error where the answer does not say what to wait for.
    pub waiter: Result<Waiter<T>, Error>,
}

impl<T: Serialize> Waiter<T> {
    /// A waiter that asks `poll` for the object and `status` for its state.
    pub fn new(
        rule: &'static WaitRule,
        poll: impl FnMut(CallOptions) -> BoxFuture<'static, Result<Polled<T>, Error>> + Send + 'static,
        status: impl Fn(&T) -> String + Send + 'static,
    ) -> Self {
        Self {
            work: Work::Poll(Polling {
                rule,
                poll: Box::new(poll),
                parent: None,
                status: Box::new(status),
                arguments: Vec::new(),
                absent: None,
            }),
            given: Given::default(),
        }
    }

    /// Ends with what `none` gives once nothing is found although all that was made at `sent_at` would show.
    #[must_use]
    pub fn absent(mut self, sent_at: SystemTime, none: fn() -> T) -> Self {
        if let Work::Poll(polling) = &mut self.work {
            polling.absent = Some((sent_at, none));
        }
        self
    }

    /// Sets what `options` sets.
    #[must_use]
    pub fn wait_options(mut self, options: WaitOptions) -> Self {
        let pace = &mut self.given.manner.pace;
        *pace = options.or(*pace);
        self
    }

    /// The bound of the whole wait, by itself.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.given.manner.pace.timeout = Some(timeout);
        self
    }

    /// The bound of the whole wait as it is now.
    #[must_use]
    pub fn bound(&self) -> Duration {
        self.given.manner.bound(match &self.work {
            Work::Poll(polling) => polling.rule.timeout,
            Work::Steps(steps) => steps.timeout,
        })
    }

    /// How much each pause is longer than the one before (default: 1.5).
    #[must_use]
    pub fn factor(mut self, factor: f64) -> Self {
        self.given.manner.factor = factor;
        self
    }

    /// Options for the call of each poll. Its time is bounded by what is left of the wait.
    #[must_use]
    pub fn options(mut self, options: CallOptions) -> Self {
        self.given.manner.options = options;
        self
    }

    /// What the wait was asked to wait for, said by the error when its time is over.
    #[must_use]
    pub fn arguments(mut self, arguments: Vec<(&'static str, String)>) -> Self {
        if let Work::Poll(polling) = &mut self.work {
            polling.arguments = arguments;
        }
        self
    }

    /// Asks, once and when a list has nothing of what is wanted, whether what it belongs to is there: a
    /// list of nothing looks the same whether it is empty or asked with a wrong id.
    #[must_use]
    pub fn parent(
        mut self,
        ask: impl FnMut(CallOptions) -> BoxFuture<'static, Result<(), Error>> + Send + 'static,
    ) -> Self {
        if let Work::Poll(polling) = &mut self.work {
            polling.parent = Some(Box::new(ask));
        }
        self
    }

    /// Shows each poll to `watch`, which can end the wait with `ControlFlow::Break`.
    #[must_use]
    pub fn on_poll(
        mut self,
        watch: impl FnMut(&Poll<'_, T>) -> ControlFlow<()> + Send + 'static,
    ) -> Self {
        self.given.watch = Some(Box::new(watch));
        self
    }

    /// Waits. Gives the object once it is ready, or `None` once it is gone.
    ///
    /// # Errors
    /// `wait_failed` and `wait_timeout`, both with the last object; `cancelled` if the watcher ended
    /// the wait; `invalid_argument` for a factor below 1 or a wait of no length; else that of a poll,
    /// unless it is transient: an answer that cannot be read is, and so is a 404 at first. After a request
    /// began something, each of them says what.
    pub async fn run(self) -> Result<Option<T>, Error> {
        self.given.manner.check(self.bound())?;
        match self.work {
            Work::Poll(polling) => {
                let wait = Running {
                    polling,
                    given: self.given,
                };
                wait.run().await
            }
            Work::Steps(steps) => {
                let mut given = self.given;
                given.manner.pace.timeout = Some(given.manner.bound(steps.timeout));
                (steps.run)(given).await
            }
        }
    }
}

impl<T: Serialize + Send + 'static> Waiter<T> {
    // The same with other settings.
    pub(crate) fn with(self, given: Given<T>) -> Self {
        Self { given, ..self }
    }

    pub(crate) fn name(&self) -> &'static str {
        match &self.work {
            Work::Poll(polling) => polling.rule.name,
            Work::Steps(steps) => steps.name,
        }
    }

    /// A waiter that sends a request and then waits for what it began (B26). `timeout` bounds both together,
    /// unless the caller says otherwise.
    pub fn begin(
        name: &'static str,
        timeout: Duration,
        begin: impl FnOnce(CallOptions) -> BoxFuture<'static, Result<Begun<T>, Error>> + Send + 'static,
    ) -> Self {
        Self::steps(name, timeout, move |given| {
            Box::pin(async move {
                let bound = given.manner.bound(timeout);
                let deadline = after(bound);
                let mut options = given.manner.options.clone();
                options.at_most = Some(bound);
                let Begun { started, waiter } = begin(options).await?;
                Trail::began(&started);
                let waited = match waiter {
                    Ok(waiter) => waiter.with(given.left(deadline)).run().await,
                    Err(error) => Err(error),
                };
                waited.map_err(|error| error.after(started))
            })
        })
    }

    /// Waits for this, and then for what `next` makes of it. A watcher is shown the states of this wait without
    /// its object, which is of another type.
    pub fn then<N: Serialize + Send + 'static>(
        self,
        next: impl FnOnce(T) -> Result<Waiter<N>, Error> + Send + 'static,
    ) -> Waiter<N> {
        let (name, timeout) = (self.name(), self.bound());
        Waiter::steps(name, timeout, move |mut given: Given<N>| {
            Box::pin(async move {
                let watch = Shared::of(&mut given);
                let mut manner = given.manner;
                let deadline = after(manner.bound(timeout));
                manner.began = manner.began.or_else(|| Some(Instant::now()));
                let polls = Arc::new(AtomicU32::new(manner.polls));
                let counted = Arc::clone(&polls);
                let first = watch.through(move |watch, poll| {
                    counted.store(poll.polls, Ordering::Relaxed);
                    watch.show(&Poll {
                        object: None,
                        status: poll.status,
                        error: poll.error,
                        elapsed: poll.elapsed,
                        polls: poll.polls,
                    })
                });
                let first = self.with(manner.watched(first).left(deadline));
                let object = first.run().await.map_err(Error::of_a_step)?;
                let object =
                    object.ok_or_else(|| Error::internal("a step of a wait gave nothing"))?;
                manner.polls = polls.load(Ordering::Relaxed);
                let second = watch.through(Shared::show);
                let second = next(object)?.with(manner.watched(second).left(deadline));
                second.run().await
            })
        })
    }

    pub(crate) fn steps(
        name: &'static str,
        timeout: Duration,
        run: impl FnOnce(Given<T>) -> BoxFuture<'static, Result<Option<T>, Error>> + Send + 'static,
    ) -> Self {
        Self {
            work: Work::Steps(Steps {
                name,
                timeout,
                run: Box::new(run),
            }),
            given: Given::default(),
        }
    }
}

// A century is no bound anyone meets, and can be added to any instant.
pub(crate) fn after(bound: Duration) -> Instant {
    Instant::now() + bound.min(Duration::from_secs(100 * 365 * 86_400))
}

impl<T> Given<T> {
    // The same for a step, which has what is left of the time.
    pub(crate) fn left(mut self, deadline: Instant) -> Self {
        let left = deadline.saturating_duration_since(Instant::now());
        self.manner.pace.timeout = Some(left.max(Duration::from_millis(1)));
        self
    }
}

impl Manner {
    pub(crate) fn bound(&self, timeout: Duration) -> Duration {
        self.pace.timeout.unwrap_or(timeout)
    }

    pub(crate) fn first_interval(&self) -> Duration {
        self.pace.first_interval.unwrap_or(default::FIRST_INTERVAL)
    }

    fn grace(&self) -> Duration {
        self.pace
            .not_found_grace
            .unwrap_or(default::NOT_FOUND_GRACE)
    }

    // The same for a step that somebody may watch.
    pub(crate) fn watched<T>(&self, watch: Option<Watch<T>>) -> Given<T> {
        Given {
            watch,
            manner: self.clone(),
        }
    }

    fn check(&self, bound: Duration) -> Result<(), Error> {
        if !(self.factor >= 1.0 && self.factor.is_finite()) {
            return Err(Error::invalid_argument(
                "factor",
                "a number from 1 on",
                "`factor` must be a number from 1 on",
            ));
        }
        if bound.is_zero() {
            return Err(Error::invalid_argument(
                "timeout",
                "longer than 0",
                "`timeout` must be longer than 0",
            ));
        }
        Ok(())
    }
}

// A wait that goes on.
struct Running<T> {
    polling: Polling<T>,
    given: Given<T>,
}

impl<T: Serialize> Running<T> {
    async fn run(mut self) -> Result<Option<T>, Error> {
        let started = Instant::now();
        let deadline = after(self.bound());
        let manner = &self.given.manner;
        let longest = manner.pace.max_interval.unwrap_or(default::MAX_INTERVAL);
        let mut interval = manner.first_interval().min(longest);
        let mut seen = Seen::default();
        let absent = self.absent();
        loop {
            let asked = Instant::now();
            let mut options = self.given.manner.options.clone();
            options.at_most = Some(deadline.saturating_duration_since(Instant::now()));
            let result = match timeout_at(deadline, (self.polling.poll)(options)).await {
                Ok(result) => result,
                Err(_) => return Err(self.late(seen)),
            };
            let hint = match self.learn(&mut seen, result, started, deadline)? {
                Learnt::Gone => return Ok(None),
                Learnt::TooLate => return Err(self.late(seen)),
                Learnt::Hint(hint) => hint,
            };
            if seen.is_empty()
                && let Some(mut ask) = self.polling.parent.take()
            {
                let mut options = self.given.manner.options.clone();
                options.at_most = Some(deadline.saturating_duration_since(Instant::now()));
                if let Ok(Err(error)) = timeout_at(deadline, ask(options)).await
                    && error.is_not_found()
                {
                    return Err(error);
                }
            }
            let status = seen.current().map(&self.polling.status);
            if let Some(watch) = &mut self.given.watch {
                #[cfg(feature = "blocking")]
                crate::blocking::aside().await;
                let poll = Poll {
                    object: seen.current(),
                    status: status.as_deref(),
                    error: seen.trouble.as_ref(),
                    elapsed: self.given.manner.began.unwrap_or(started).elapsed(),
                    polls: seen.polls.saturating_add(self.given.manner.polls),
                };
                if watch(&poll).is_break() {
                    return Err(
                        Error::cancelled().with(|e| e.last_object = json(seen.last.as_ref()))
                    );
                }
            }
            if let Some(status) = status.as_deref() {
                match self.polling.rule.verdict(status) {
                    Verdict::Ready => return Ok(seen.last),
                    Verdict::Failed => return Err(self.failed(status, seen.last.as_ref())),
                    Verdict::Pending => {}
                    Verdict::Unknown => self.tell_unknown(&mut seen, status),
                }
            }
            if let Some((shown, none)) = absent
                && seen.is_empty()
                && asked >= shown
            {
                return Ok(Some(none()));
            }
            // Up to a fifth more or less, so that many waiters do not poll in step.
            let jittered = interval.mul_f64(0.8 + 0.4 * fastrand::f64());
            let left = deadline.saturating_duration_since(Instant::now());
            let pause =
                jittered.max(hint.map_or(Duration::ZERO, |hint| retry::with_jitter(hint, left)));
            let wake = Instant::now()
                .checked_add(pause)
                .map_or(deadline, |wake| wake.min(deadline));
            // No later than it takes to know.
            let wake = match absent {
                Some((shown, _)) if shown > asked => wake.min(shown.max(Instant::now())),
                _ => wake,
            };
            sleep_until(wake).await;
            if wake >= deadline {
                return Err(self.late(seen));
            }
            interval = interval
                .checked_mul_f64(self.given.manner.factor)
                .map_or(longest, |longer| longer.min(longest));
        }
    }

    fn bound(&self) -> Duration {
        self.given.manner.bound(self.polling.rule.timeout)
    }

    // From when on a list shows whatever was made by a request that may have been lost, and what to give then.
    fn absent(&self) -> Option<(Instant, fn() -> T)> {
        let (sent_at, none) = self.polling.absent?;
        let since = SystemTime::now().duration_since(sent_at);
        let left = self
            .given
            .manner
            .grace()
            .saturating_sub(since.unwrap_or_default());
        Some((Instant::now() + left, none))
    }

    // Takes in what a poll came to; an error that is not transient ends the wait.
    fn learn(
        &self,
        seen: &mut Seen<T>,
        result: Result<Polled<T>, Error>,
        started: Instant,
        deadline: Instant,
    ) -> Result<Learnt, Error> {
        seen.polls = seen.polls.saturating_add(1);
        seen.found = false;
        let polled = match result {
            Ok(polled) => polled,
            Err(error) if self.polling.rule.gone && error.is_not_found() => {
                return Ok(Learnt::Gone);
            }
            // The wait cut the poll off, which says nothing about the service.
            Err(error) if error.kind() == ErrorKind::Timeout && Instant::now() >= deadline => {
                return Ok(Learnt::TooLate);
            }
            Err(error) => {
                let hint = error.retry_after();
                let early = error.is_not_found()
                    && seen.last.is_none()
                    && started.elapsed() < self.given.manner.grace();
                if early {
                    seen.absence = Absence::NotFound;
                } else if !error.passes_in_a_wait() {
                    let borne = matches!(seen.absence, Absence::NotFound) && error.is_not_found();
                    return Err(if borne {
                        error.with(|e| e.note = Some("not found for all of `not_found_grace`"))
                    } else {
                        error
                    });
                }
                seen.heard |= error.status().is_some();
                seen.trouble = Some(error);
                return Ok(Learnt::Hint(hint));
            }
        };
        seen.heard = true;
        seen.trouble = None;
        match polled.found {
            Found::Object(object) => {
                seen.last = Some(object);
                seen.found = true;
            }
            Found::Nothing => seen.absence = Absence::Nothing,
            Found::Older => seen.absence = Absence::Older,
            Found::Untimed => seen.absence = Absence::Untimed,
        }
        Ok(Learnt::Hint(polled.retry_after))
    }

    // A state that no list has may be a new word for one of them: said once, and waited on.
    fn tell_unknown(&self, seen: &mut Seen<T>, status: &str) {
        if seen.unknown.as_deref() == Some(status) {
            return;
        }
        tracing::warn!(
            wait = self.polling.rule.name,
            state = status,
            "the state is not known to this version; waiting goes on"
        );
        seen.unknown = Some(status.to_owned());
    }

    fn failed(&self, status: &str, last: Option<&T>) -> Error {
        Error::new(
            ErrorKind::WaitFailed,
            format!("{}: the state became `{status}`", self.polling.rule.name),
        )
        .with(|e| e.last_object = json(last))
    }

    // What was heard, that the work goes on, and how to go on waiting for it.
    fn late(&self, seen: Seen<T>) -> Error {
        let last = json(seen.last.as_ref());
        let mut text = format!(
            "{}: not so after {}: ",
            self.polling.rule.name,
            seconds(self.bound())
        );
        let state = seen.last.as_ref().map(&self.polling.status);
        match (&seen.trouble, state.as_deref()) {
            (Some(error), _) if !seen.heard => {
                text.push_str(&format!("nothing was heard of the service: {error}"));
            }
            (None, _) if !seen.heard => text.push_str("nothing was heard of the service"),
            (Some(error), Some(state)) => {
                text.push_str(&format!(
                    "the last poll failed: {error}; before that the state was `{state}`"
                ));
            }
            (Some(error), None) if !error.is_not_found() => {
                text.push_str(&format!("the last poll failed: {error}"));
            }
            (None, Some(state)) => {
                text.push_str(&format!("the state is `{state}`"));
                if matches!(self.polling.rule.verdict(state), Verdict::Unknown) {
                    text.push_str(", which this version does not know");
                }
            }
            (_, None) => text.push_str(match seen.absence {
                Absence::Older => "it is not there; what is there is older than the call",
                Absence::Untimed => "what is there does not say when it was made",
                Absence::Nothing | Absence::NotFound => "it is not there",
            }),
        }
        text.push_str("; the work goes on at the service. To wait on, ");
        text.push_str(&self.resume(last.as_ref()));
        Error::new(ErrorKind::WaitTimeout, text).with(|e| {
            e.last_object = last;
            e.source = seen.trouble.map(|error| std::sync::Arc::new(error) as _);
        })
    }

    fn resume(&self, last: Option<&serde_json::Value>) -> String {
        let by_id = self.polling.rule.resume.as_ref().and_then(|resume| {
            let id = match last?.get(resume.field)? {
                serde_json::Value::String(id) => format!("{id:?}"),
                other => other.to_string(),
            };
            Some(format!(
                "call {} with {} {id}",
                resume.wait, resume.argument
            ))
        });
        by_id.unwrap_or_else(|| {
            let told: Vec<String> = self
                .polling
                .arguments
                .iter()
                .map(|(name, value)| format!("{name} {value}"))
                .collect();
            if told.is_empty() {
                "call it again".to_owned()
            } else {
                format!("call it again with {}", told.join(", "))
            }
        })
    }
}

// What a wait has come to know.
struct Seen<T> {
    last: Option<T>,
    // Whether the last poll saw it.
    found: bool,
    trouble: Option<Error>,
    absence: Absence,
    // Whether any poll was answered.
    heard: bool,
    unknown: Option<String>,
    polls: u32,
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self {
            last: None,
            found: false,
            trouble: None,
            absence: Absence::Nothing,
            heard: false,
            unknown: None,
            polls: 0,
        }
    }
}

impl<T> Seen<T> {
    // Whether the last poll was answered that nothing of what is wanted is there.
    fn is_empty(&self) -> bool {
        !self.found && self.trouble.is_none() && matches!(self.absence, Absence::Nothing)
    }

    fn current(&self) -> Option<&T> {
        self.last.as_ref().filter(|_| self.found)
    }
}

#[derive(Clone, Copy)]
enum Absence {
    Nothing,
    Older,
    Untimed,
    NotFound,
}

enum Learnt {
    Gone,
    TooLate,
    Hint(Option<Duration>),
}

enum Verdict {
    Ready,
    Failed,
    Pending,
    Unknown,
}

impl WaitRule {
    fn verdict(&self, status: &str) -> Verdict {
        let has = |states: &[&str]| states.iter().any(|state| same_state(state, status));
        if has(self.ready) {
            Verdict::Ready
        } else if has(self.failed) {
            Verdict::Failed
        } else if has(self.pending) {
            Verdict::Pending
        } else {
            Verdict::Unknown
        }
    }
}

// A service that renamed `in-progress` to `IN_PROGRESS` meant the same.
pub(crate) fn same_state(a: &str, b: &str) -> bool {
    let plain = |byte: u8| match byte {
        b'-' => b'_',
        other => other.to_ascii_lowercase(),
    };
    a.len() == b.len() && a.bytes().map(plain).eq(b.bytes().map(plain))
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
        let name = match &self.work {
            Work::Poll(polling) => polling.rule.name,
            Work::Steps(steps) => steps.name,
        };
        f.debug_struct("Waiter")
            .field("rule", &name)
            .field("pace", &self.given.manner.pace)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};

    static READY: WaitRule = WaitRule {
        name: "things.wait_until_ready",
        ready: &["ACTIVE", "THING_AVAILABLE"],
        failed: &["FAILED", "ACTION_FAILED"],
        pending: &["CREATING", "in-progress"],
        gone: false,
        timeout: Duration::from_secs(600),
        resume: None,
    };
    static GONE: WaitRule = WaitRule {
        name: "things.wait_until_gone",
        ready: &[],
        failed: &[],
        pending: &["DELETING"],
        gone: true,
        timeout: Duration::from_secs(600),
        resume: None,
    };

    // What a poll is answered: a state, or nothing, after which the service asks to wait this long.
    #[derive(Clone)]
    struct Said(Option<&'static str>, u64);

    type Answers = Vec<Result<Said, Error>>;

    fn polled(said: Said) -> Polled<String> {
        Polled {
            found: said
                .0
                .map_or(Found::Nothing, |state| Found::Object(state.to_owned())),
            retry_after: (said.1 > 0).then(|| Duration::from_secs(said.1)),
        }
    }

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
                Box::pin(std::future::ready(answer.map(polled)))
            },
            Clone::clone,
        );
        (waiter, times)
    }

    fn state(text: &'static str) -> Result<Said, Error> {
        Ok(Said(Some(text), 0))
    }

    fn nothing() -> Result<Said, Error> {
        Ok(Said(None, 0))
    }

    fn api(status: u16) -> Error {
        Error::new(ErrorKind::Api, "no").with(|e| e.status = Some(status))
    }

    #[tokio::test(start_paused = true)]
    async fn b17_waits_through_absence_unknown_states_and_transient_errors() {
        let (waiter, times) = waiter(
            &READY,
            vec![
                nothing(),
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
            .wait_options(WaitOptions::default().timeout(Duration::from_secs(60)))
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
            .wait_options(WaitOptions::default().timeout(Duration::from_secs(3)))
            .run()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WaitTimeout);
    }

    #[tokio::test(start_paused = true)]
    async fn b17_gone_at_404_only_where_the_rule_says_so() {
        let (gone, _) = waiter(&GONE, vec![state("DELETING"), Err(api(404))]);
        assert_eq!(gone.run().await.unwrap(), None);
        let (ready, _) = waiter(&READY, vec![state("CREATING"), Err(api(404))]);
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

    #[tokio::test(start_paused = true)]
    async fn b17_what_was_just_made_may_not_be_found_at_first() {
        let (late, _) = waiter(
            &READY,
            vec![Err(api(404)), state("CREATING"), state("ACTIVE")],
        );
        assert_eq!(late.run().await.unwrap(), Some("ACTIVE".to_owned()));
        let started = Instant::now();
        let (never, _) = waiter(&READY, vec![Err(api(404))]);
        let error = never.run().await.unwrap_err();
        assert!(error.is_not_found());
        assert!(error.to_string().contains("`not_found_grace`"), "{error}");
        let took = started.elapsed();
        assert!(took >= Duration::from_secs(30) && took < Duration::from_secs(50));
        let (at_once, times) = waiter(&READY, vec![Err(api(404))]);
        let error = at_once
            .wait_options(WaitOptions::default().not_found_grace(Duration::ZERO))
            .run()
            .await;
        assert!(error.unwrap_err().is_not_found());
        assert_eq!(times.lock().unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn b17_an_answer_that_cannot_be_read_passes_and_a_strict_refusal_does_not() {
        let portal = Error::decode("the answer is not valid JSON");
        let (waiter_, _) = waiter(&READY, vec![Err(portal), state("ACTIVE")]);
        assert!(waiter_.run().await.is_ok());
        let strict = Error::decode("the answer departs").with(|e| e.departs = true);
        let (waiter_, times) = waiter(&READY, vec![Err(strict), state("ACTIVE")]);
        assert_eq!(waiter_.run().await.unwrap_err().kind(), ErrorKind::Decode);
        assert_eq!(times.lock().unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn b17_a_hint_beside_a_state_is_obeyed() {
        let (waiter, times) = waiter(
            &READY,
            vec![Ok(Said(Some("CREATING"), 50)), state("ACTIVE")],
        );
        waiter.run().await.unwrap();
        let second = times.lock().unwrap()[1];
        assert!(second >= Duration::from_secs(50), "{second:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn b17_states_are_known_in_other_spellings() {
        for (ending, ends_well) in [
            ("THING_AVAILABLE", true),
            ("active", true),
            ("action-failed", false),
        ] {
            let (waiter, times) = waiter(&READY, vec![state("IN_PROGRESS"), state(ending)]);
            assert_eq!(waiter.run().await.is_ok(), ends_well, "{ending}");
            assert_eq!(times.lock().unwrap().len(), 2);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn b17_an_error_out_of_time_says_what_was_heard_and_how_to_go_on() {
        let unheard = Err(Error::new(ErrorKind::Timeout, "no answer"));
        for (answers, heard) in [
            (vec![unheard], "nothing was heard of the service: no answer"),
            (vec![nothing()], "it is not there;"),
            (
                vec![state("MOVING")],
                "the state is `MOVING`, which this version does not know",
            ),
            (
                vec![state("CREATING"), Err(api(503))],
                "the last poll failed: 503: no; before that the state was `CREATING`",
            ),
        ] {
            let (waiter, _) = waiter(&READY, answers);
            let waiter = waiter.arguments(vec![("thing_id", "\"t-1\"".to_owned())]);
            let text = waiter.run().await.unwrap_err().to_string();
            let on =
                "the work goes on at the service. To wait on, call it again with thing_id \"t-1\"";
            assert!(text.contains("not so after 600 s: "), "{text}");
            assert!(text.contains(heard) && text.contains(on), "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn b17_a_list_that_belongs_to_nothing_is_told_at_once() {
        for (asked, ends) in [(404, true), (403, false), (500, false)] {
            let (waiter, times) = waiter(&READY, vec![nothing(), nothing(), state("ACTIVE")]);
            let questions = Arc::new(Mutex::new(0));
            let count = Arc::clone(&questions);
            let result = waiter
                .parent(move |_| {
                    *count.lock().unwrap() += 1;
                    Box::pin(std::future::ready(Err(api(asked))))
                })
                .run()
                .await;
            assert_eq!(result.is_err_and(|e| e.is_not_found()), ends, "{asked}");
            assert_eq!(*questions.lock().unwrap(), 1);
            assert_eq!(times.lock().unwrap().len(), if ends { 1 } else { 3 });
        }
    }

    #[test]
    fn b17_of_one_name_the_newest_not_older_than_the_call_is_taken() {
        fn at(seconds: u64) -> SystemTime {
            SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
        }
        let newest = |items: &[(&'static str, Option<u64>)], since: u64| {
            let list = items.to_vec();
            let polled = Polled::newest(
                Response::of(list),
                |item| item.0.starts_with("nightly"),
                |item| item.1.map(at),
                at(since),
            );
            match polled.found {
                Found::Object(item) => item.0,
                Found::Untimed | Found::Older => "older",
                Found::Nothing => "nothing",
            }
        };
        let day = 86_400;
        let old = ("nightly old", Some(100));
        let new = ("nightly new", Some(100 + day));
        let other = ("weekly", Some(200 + day));
        assert_eq!(newest(&[old, new, other], 100 + day), "nightly new");
        assert_eq!(newest(&[new, old, other], 100 + day), "nightly new");
        // Not yet in the list: yesterday's does not stand in for it.
        assert_eq!(newest(&[old, other], 100 + day), "older");
        assert_eq!(newest(&[other], 100), "nothing");
        assert_eq!(newest(&[("nightly", None)], 100), "older");
        // The service cuts fractions of a second off.
        assert_eq!(newest(&[("nightly", Some(99))], 100), "nightly");
    }
}
