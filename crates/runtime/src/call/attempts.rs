//! The attempts of one call: what each may take, what its outcome means, and when the next one begins
//! (B6, B7, B8).

use super::{Call, header_id};
use crate::attempt;
use crate::core::Permit;
use crate::error::{Attempt, Error, ErrorKind, seconds};
use crate::failure::Failure;
use crate::handover::Reach;
use crate::hook::{self, Attempted, Came, Outgoing};
use crate::rate_limit::RateLimit;
use crate::retry;
use crate::settings::{Limits, headers};
use crate::template::Template;
use crate::transport::{self, Answer, Bounds, Transport};
use bytes::Bytes;
use http::Method;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

// Long enough to be no bound, short enough to be added to any instant.
const FAR: Duration = Duration::from_secs(30 * 365 * 86_400);

// Makes one attempt; a test puts another in the place of the network.
trait Attempting: Sync {
    fn attempt(
        &self,
        transport: &Transport,
        call: &Call,
        request: &Template,
        bounds: &Bounds,
    ) -> impl Future<Output = Result<Answer, Failure>> + Send;
}

struct Network;

impl Attempting for Network {
    async fn attempt(
        &self,
        transport: &Transport,
        call: &Call,
        request: &Template,
        bounds: &Bounds,
    ) -> Result<Answer, Failure> {
        let (core, redirects) = (&call.core, call.redirects);
        let (authorize, base_url) = (core.authorize(), core.base_url());
        // Boxed: it is most of a call's future, which is moved whole where it is made.
        Box::pin(attempt::attempt(
            transport, authorize, base_url, request, bounds, redirects,
        ))
        .await
    }
}

/// The attempts of a call under way.
pub(super) struct Attempts<'a> {
    call: &'a Call,
    limits: Limits,
    deadline: Instant,
    // Whether it may be sent again although it may have been carried out.
    repeatable: bool,
    // A request that only reads leaves nothing behind.
    acts: bool,
    deletes: bool,
    // Whether it may still be sent again because its credentials were out of date, and whether it was.
    renewable: bool,
    renewals: usize,
    // The pause before the coming attempt.
    waited: Duration,
    made: &'a mut Vec<Attempt>,
    // Whether an attempt may have been carried out that nobody has an answer of.
    lost: &'a mut bool,
}

// What an attempt comes to.
enum Step {
    Done(Answer, Option<RateLimit>),
    // Refused because of credentials that were renewed since.
    Renewed,
    // No success; trying again may help.
    Passing(Error),
    // No success, for good.
    Lasting(Error),
}

impl Step {
    fn failed(error: Error, again: bool) -> Self {
        if again {
            Self::Passing(error)
        } else {
            Self::Lasting(error)
        }
    }
}

impl<'a> Attempts<'a> {
    /// Those of a call that begins now. `made` gets what each saw, also if the call is dropped meanwhile.
    pub(super) fn new(
        call: &'a Call,
        request: &Template,
        made: &'a mut Vec<Attempt>,
        lost: &'a mut bool,
    ) -> Self {
        let (core, options) = (&call.core, &call.options);
        let limits = options.limits(core.limits());
        Self {
            call,
            deadline: Instant::now() + limits.timeout.min(FAR),
            limits,
            repeatable: call.idempotent || options.retry_post,
            acts: !request.method.is_safe(),
            deletes: request.method == Method::DELETE,
            renewable: core.authorize().renews(),
            renewals: 0,
            waited: Duration::ZERO,
            made,
            lost,
        }
    }

    /// Makes them over the network.
    pub(super) fn make(
        &mut self,
        request: Arc<Template>,
    ) -> impl Future<Output = Result<(Answer, Option<RateLimit>), Error>> {
        self.make_by(&Network, request)
    }

    async fn make_by(
        &mut self,
        by: &impl Attempting,
        request: Arc<Template>,
    ) -> Result<(Answer, Option<RateLimit>), Error> {
        let call = self.call;
        let core = &call.core;
        loop {
            core.check_process()?;
            let permit = self.permit().await?;
            let transport = core.transport(self.call.options.past_close)?;
            let more = self.has_more();
            let shown = match core.settings().hooks.is_empty() {
                true => Arc::clone(&request),
                // Boxed, so that a call without hooks has no room for them.
                false => Box::pin(self.shown(&request)).await?,
            };
            if !self.call.idempotent || !more {
                // There is no second try. Lets the event loop see that the server closed a pooled
                // connection while no code of ours ran; after that only a close in this very moment
                // can cost the call.
                tokio::task::yield_now().await;
            }
            let begun = Instant::now();
            let bounds = self.bounds(begun);
            let result = by.attempt(&transport, call, &shown, &bounds).await;
            self.note(begun, &result);
            let came = self.came(begun, &result);
            let step = match result {
                Ok(answer) => self.after_answer(answer),
                Err(failure) => self.after_failure(failure),
            };
            drop(permit);
            if let Some((came, status)) = came.map(|came| *came)
                && let Err(error) = Box::pin(self.hooked(core.settings().hooks.after(came))).await
            {
                // What the service did, it did.
                *self.lost |= matches!(step, Step::Done(..));
                return Err(error.with(|e| e.status = status));
            }
            match step {
                Step::Done(answer, rate_limit) => return Ok((answer, rate_limit)),
                Step::Renewed => {}
                Step::Passing(error) if more => self.pause(error).await?,
                Step::Passing(error) | Step::Lasting(error) => return Err(error),
            }
        }
    }

    // Whether another attempt may follow the coming one. One with renewed credentials does not count.
    fn has_more(&self) -> bool {
        self.made.len() + 1 < self.limits.max_attempts as usize + self.renewals
    }

    // Where the call is paced, waits until the rate limit leaves room for a request.
    async fn permit(&mut self) -> Result<Option<Permit>, Error> {
        let core = &self.call.core;
        if !self.call.options.pacing.unwrap_or(core.settings().pacing) {
            return Ok(None);
        }
        loop {
            let wait = match core.pace() {
                Ok(permit) => return Ok(Some(permit)),
                Err(wait) => wait,
            };
            let begin = Instant::now() + wait.min(FAR);
            if wait > self.limits.max_retry_after || begin >= self.deadline {
                return Err(Error::new(
                    ErrorKind::RateLimited,
                    format!("no request is left for the next {}", seconds(wait)),
                )
                .with(|e| e.retry_after = Some(wait)));
            }
            let wait = retry::with_jitter(wait, self.left());
            sleep(wait).await;
            self.waited += wait;
            // Closing a client must not wait for those that wait.
            if core.is_closed() && !self.call.options.past_close {
                return Err(Error::closed());
            }
        }
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    // The bounds of an attempt that begins now: its own, or what is left of the call's.
    fn bounds(&self, begun: Instant) -> Bounds {
        let deadline = begun + self.limits.attempt_timeout.min(FAR);
        let max_body_bytes = self.limits.max_body_bytes;
        if deadline < self.deadline {
            Bounds {
                deadline,
                late: transport::late_attempt,
                allowed: self.limits.attempt_timeout,
                max_body_bytes,
            }
        } else {
            Bounds {
                deadline: self.deadline,
                late: transport::late_call,
                allowed: self.limits.timeout,
                max_body_bytes,
            }
        }
    }

    // Shows the hooks a request that is about to be sent; gives it with what they add.
    async fn shown(&self, request: &Template) -> Result<Arc<Template>, Error> {
        let (call, hooks) = (self.call, &self.call.core.settings().hooks);
        let attempt = self.made.len() + 1;
        let shown = Outgoing::new(&call.operation, request, attempt, &self.call.secrets());
        let added = self.hooked(hooks.before(shown)).await?;
        let added = headers(&added).map_err(|why| hook::failed("before_send", why.into()))?;
        let mut request = request.clone();
        for (name, value) in &added {
            request.headers.insert(name, value.clone());
        }
        Ok(Arc::new(request))
    }

    // What hooks are shown of an attempt, and its status; nothing where there are none.
    fn came(
        &self,
        begun: Instant,
        result: &Result<Answer, Failure>,
    ) -> Option<Box<(Attempted, Option<u16>)>> {
        let core = &self.call.core;
        if core.settings().hooks.is_empty() {
            return None;
        }
        let (status, headers, error) = match result {
            Ok(answer) => (Some(answer.status.as_u16()), &answer.headers, None),
            Err(failure) => {
                let error = &failure.error;
                (error.status(), error.headers(), Some(error.message()))
            }
        };
        let came = Came {
            operation: &self.call.operation,
            attempt: self.made.len(),
            elapsed: begun.elapsed(),
            status,
            headers,
            request_id: header_id(&core.provider().errors, headers),
            error,
        };
        Some(Box::new((came.shown(&self.call.secrets()), status)))
    }

    // A hook that does not end has no more time than the call.
    async fn hooked<T>(&self, hook: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        timeout_at(self.deadline, hook).await.unwrap_or_else(|_| {
            let message = "a hook did not end within the time of the call";
            Err(Error::new(ErrorKind::Hook, message))
        })
    }

    // Keeps what an attempt saw.
    fn note(&mut self, begun: Instant, result: &Result<Answer, Failure>) {
        let (status, error) = match result {
            Ok(answer) => (Some(answer.status.as_u16()), None),
            Err(failure) => (failure.error.status(), Some(failure.error.message())),
        };
        self.made.push(Attempt {
            status,
            error: error.map(str::to_owned),
            waited: self.waited,
            elapsed: begun.elapsed(),
        });
    }

    fn after_answer(&mut self, answer: Answer) -> Step {
        let core = &self.call.core;
        let rate_limit = RateLimit::from_headers(&answer.headers);
        if let Some(seen) = rate_limit {
            core.saw_rate_limit(seen);
        }
        let status = answer.status.as_u16();
        let passing = retry::is_passing(status);
        if !passing {
            core.budget().earn(self.made.len() > 1);
        }
        let redirects = self.call.redirects && attempt::is_redirect(answer.status);
        if answer.status.is_success() || redirects {
            return Step::Done(answer, rate_limit);
        }
        if status == 404 && self.deletes && *self.lost {
            // The lost attempt deleted it.
            let done = Answer {
                body: Bytes::new(),
                ..answer
            };
            return Step::Done(done, rate_limit);
        }
        if self.renew(&answer) {
            // Refused at the door, so even a POST was not carried out.
            tracing::debug!(status, "trying again with renewed credentials");
            self.renewable = false;
            self.renewals = 1;
            self.waited = Duration::ZERO;
            return Step::Renewed;
        }
        *self.lost |= retry::may_have_acted(status);
        let error = self.call.refusal(answer);
        // A limit that time alone does not take away is met again.
        let again = (status == 429 || (self.repeatable && passing)) && !error.is_full();
        Step::failed(error, again)
    }

    // Whether an answer refuses credentials that are renewed by now.
    fn renew(&self, answer: &Answer) -> bool {
        let authorize = self.call.core.authorize();
        let status = answer.status.as_u16();
        self.renewable && authorize.refused(answer.credentials, status, &answer.body)
    }

    fn after_failure(&mut self, failure: Failure) -> Step {
        let Failure { reach, error } = failure;
        let status = error.status();
        *self.lost |= match reach {
            Reach::Maybe => true,
            Reach::Answered => status.is_some_and(retry::may_have_acted),
            Reach::Never | Reach::Refused => false,
        };
        let again = match reach {
            Reach::Never => true,
            Reach::Maybe => self.repeatable,
            Reach::Answered | Reach::Refused => false,
        };
        // What was never sent may have failed at a 2xx for something else, such as a token.
        let answered = matches!(reach, Reach::Maybe | Reach::Answered);
        let accepted = answered && matches!(status, Some(200..300));
        let error = if self.acts && accepted {
            error.accepted(self.call.idempotent)
        } else {
            error
        };
        Step::failed(error, again)
    }

    // Waits before the next attempt, unless there is no time or no retry left.
    async fn pause(&mut self, error: Error) -> Result<(), Error> {
        let status = error.status();
        let attempt = u32::try_from(self.made.len() - self.renewals).unwrap_or(u32::MAX);
        let hint = error.retry_after();
        let Some(pause) = retry::pause(hint, &self.limits, attempt, self.left()) else {
            return Err(error);
        };
        if !self.call.core.budget().take() {
            tracing::debug!(attempt, status, "the retry budget is spent");
            return Err(error.with(|e| {
                e.note = Some("not tried again: the client's retry budget is spent");
            }));
        }
        let wait_ms = pause.as_secs_f64() * 1000.0;
        tracing::debug!(attempt, status, wait_ms, "trying again");
        sleep(pause).await;
        self.waited = pause;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    //! When attempts are made, on a clock that only moves when everybody waits.

    use super::*;
    use crate::core::Core;
    use crate::hook::{HookError, Observe};
    use crate::provider::ErrorShape;
    use crate::sync::BoxFuture;
    use crate::{Bearer, CallOptions, Limit, Operation, Provider, Secret, Settings};
    use http::HeaderValue;
    use http::StatusCode;
    use std::collections::VecDeque;
    use std::sync::{Arc, Mutex};

    static PROVIDER: Provider = Provider {
        name: "test",
        server_url: "https://api.test.invalid",
        url_variable: "SNAPLINE_RUNTIME_TEST_URL",
        errors: ErrorShape {
            code: &["id"],
            message: &["message"],
            request_id: &[],
            request_id_headers: &[],
        },
    };
    static GET: Operation = Operation {
        id: "thing_get",
        method: "GET",
        path: "/v2/thing",
        redirects: false,
        server: None,
        idempotent: true,
        limits: &[],
    };
    static POST: Operation = Operation {
        id: "thing_create",
        method: "POST",
        path: "/v2/thing",
        redirects: false,
        server: None,
        idempotent: false,
        limits: &[],
    };

    // What the server does, in place of a socket.
    #[derive(Clone)]
    enum Does {
        Answer(u16, &'static [(&'static str, &'static str)]),
        Fail(Reach),
        Hang,
    }
    use Does::{Answer as Say, Fail, Hang};

    // A server without a socket, and when it was asked.
    struct Script {
        does: Mutex<VecDeque<Does>>,
        begun: Instant,
        at: Mutex<Vec<Duration>>,
    }

    impl Attempting for Script {
        async fn attempt(
            &self,
            _: &Transport,
            _: &Call,
            _: &Template,
            bounds: &Bounds,
        ) -> Result<Answer, Failure> {
            self.at.lock().unwrap().push(self.begun.elapsed());
            let does = {
                let mut does = self.does.lock().unwrap();
                // The last one is repeated.
                match does.len() {
                    1 => does[0].clone(),
                    _ => does.pop_front().unwrap(),
                }
            };
            match does {
                Say(status, headers) => Ok(Answer {
                    credentials: 0,
                    status: StatusCode::from_u16(status).unwrap(),
                    headers: headers
                        .iter()
                        .map(|(name, value)| {
                            let name = http::HeaderName::from_static(name);
                            (name, HeaderValue::from_static(value))
                        })
                        .collect(),
                    body: Bytes::new(),
                }),
                Fail(reach) => Err(Failure {
                    reach,
                    error: Error::new(ErrorKind::Connection, "it broke"),
                }),
                Hang => {
                    tokio::time::sleep_until(bounds.deadline).await;
                    Err(Failure {
                        reach: Reach::Maybe,
                        error: Error::new(ErrorKind::Timeout, (bounds.late)(bounds.allowed)),
                    })
                }
            }
        }
    }

    struct Ran {
        outcome: Result<u16, Error>,
        at: Vec<Duration>,
        attempts: Vec<Attempt>,
        took: Duration,
    }

    fn client(settings: Settings) -> Core {
        let token = Secret::new("token", "hunter2".to_owned()).unwrap();
        Core::new(
            &PROVIDER,
            Arc::new(Bearer::new(token).unwrap()),
            settings.base_url("http://127.0.0.1:9"),
        )
        .unwrap()
    }

    async fn run(
        core: &Core,
        operation: &'static Operation,
        options: CallOptions,
        script: &[Does],
    ) -> Ran {
        let call = Call::new(core, operation, options);
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap();
        let request = core
            .http()
            .request(method, "http://127.0.0.1:9/v2/thing")
            .build()
            .unwrap();
        let request = Template::of(request).unwrap();
        let begun = Instant::now();
        let script = Script {
            does: Mutex::new(VecDeque::from(script.to_vec())),
            begun,
            at: Mutex::default(),
        };
        let mut attempts = Vec::new();
        let mut lost = false;
        let outcome = Attempts::new(&call, &request, &mut attempts, &mut lost)
            .make_by(&script, request)
            .await
            .map(|(answer, _)| answer.status.as_u16());
        let at = script.at.into_inner().unwrap();
        Ran {
            outcome,
            at,
            attempts,
            took: begun.elapsed(),
        }
    }

    fn secs(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[tokio::test(start_paused = true)]
    async fn b7_the_default_waits_double_from_half_a_second_with_full_jitter() {
        let core = client(Settings::default());
        let mut longest = [Duration::ZERO; 3];
        for _ in 0..200 {
            let ran = run(&core, &GET, CallOptions::default(), &[Say(503, &[])]).await;
            assert_eq!(ran.outcome.unwrap_err().status(), Some(503));
            assert_eq!(ran.at.len(), 4);
            assert_eq!(ran.attempts[0].waited, Duration::ZERO);
            for (index, ceiling) in [0.5, 1.0, 2.0].into_iter().enumerate() {
                let gap = ran.at[index + 1] - ran.at[index];
                // The clock's grain is a millisecond.
                assert!(gap <= secs(ceiling + 0.002), "{gap:?}");
                assert!(ran.attempts[index + 1].waited <= secs(ceiling));
                longest[index] = longest[index].max(gap);
            }
            core.budget().earn(true);
            core.budget().earn(true);
            core.budget().earn(true);
        }
        for (longest, ceiling) in longest.iter().zip([0.5, 1.0, 2.0]) {
            assert!(*longest > secs(ceiling * 0.8), "{longest:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn b7_no_wait_is_longer_than_the_cap() {
        let core = client(Settings::default().max_attempts(30).timeout(secs(9000.0)));
        let ran = run(&core, &GET, CallOptions::default(), &[Fail(Reach::Maybe)]).await;
        assert_eq!(ran.at.len(), 30);
        let gaps: Vec<_> = ran.at.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(gaps.iter().all(|gap| *gap <= secs(8.002)), "{gaps:?}");
        assert!(gaps.iter().any(|gap| *gap > secs(4.0)), "{gaps:?}");
        let options = CallOptions::default()
            .backoff_base(secs(0.001))
            .backoff_cap(secs(0.01));
        let ran = run(&core, &GET, options, &[Fail(Reach::Maybe)]).await;
        assert!(ran.took < secs(0.4), "{:?}", ran.took);
    }

    #[tokio::test(start_paused = true)]
    async fn b7_a_hint_is_waited_for_and_a_little_longer() {
        let core = client(Settings::default());
        for (operation, status) in [(&GET, 429), (&POST, 429), (&GET, 503)] {
            let script = [Say(status, &[("retry-after", "37")]), Say(200, &[])];
            let ran = run(&core, operation, CallOptions::default(), &script).await;
            assert_eq!(ran.outcome.unwrap(), 200);
            assert!(ran.at[1] >= secs(37.0) && ran.at[1] <= secs(38.01));
            assert!(ran.attempts[1].waited >= secs(37.0));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn b7_many_that_are_told_to_wait_do_not_come_back_at_once() {
        let core = client(Settings::default());
        let mut back = Vec::new();
        for _ in 0..30 {
            let script = [Say(429, &[("retry-after", "1")]), Say(200, &[])];
            let ran = run(&core, &POST, CallOptions::default(), &script).await;
            back.push(ran.at[1]);
        }
        back.sort();
        assert!(back[0] >= secs(1.0), "{back:?}");
        assert!(back[29] <= secs(1.102), "{back:?}");
        assert!(back[29] - back[0] > secs(0.05), "{back:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn b7_a_hint_that_fits_still_fits_when_it_is_spread() {
        let core = client(Settings::default());
        for _ in 0..50 {
            let options = CallOptions::default().timeout(secs(10.01));
            let script = [Say(429, &[("retry-after", "10")]), Say(200, &[])];
            let ran = run(&core, &POST, options, &script).await;
            assert_eq!(ran.outcome.unwrap(), 200);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn b7_a_hint_that_does_not_fit_ends_the_call_at_once() {
        let core = client(Settings::default());
        for (hint, options) in [
            ("121", CallOptions::default().timeout(secs(900.0))),
            ("90", CallOptions::default()),
            ("3600", CallOptions::default()),
            ("3", CallOptions::default().max_retry_after(secs(2.0))),
        ] {
            let headers: &'static [_] = Vec::from([("retry-after", hint)]).leak();
            let ran = run(&core, &GET, options, &[Say(429, headers)]).await;
            let error = ran.outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::RateLimited);
            assert_eq!(error.retry_after().unwrap().as_secs().to_string(), hint);
            assert_eq!((ran.at.len(), ran.took), (1, Duration::ZERO));
        }
        // A longer limit lets a longer hint through.
        let options = CallOptions::default()
            .timeout(secs(900.0))
            .max_retry_after(secs(300.0));
        let script = [Say(429, &[("retry-after", "200")]), Say(200, &[])];
        let ran = run(&core, &GET, options, &script).await;
        assert_eq!(ran.outcome.unwrap(), 200);
    }

    static SOMETIMES: Operation = limited(&[Limit {
        name: "thing_interval",
        statuses: &[429],
        words: &[&["too many requests"]],
        says: "one thing in 10 minutes",
        again_after: Some(600),
    }]);
    static FULL: Operation = limited(&[Limit {
        name: "things",
        statuses: &[429],
        words: &[&["too many requests"]],
        says: "25 things at most",
        again_after: None,
    }]);

    const fn limited(limits: &'static [Limit]) -> Operation {
        Operation {
            id: "thing_create",
            method: "POST",
            path: "/v2/thing",
            redirects: false,
            server: None,
            idempotent: false,
            limits,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn b7_a_limit_is_waited_out_only_where_the_call_has_the_time() {
        let core = client(Settings::default());
        let script = [Say(429, &[]), Say(200, &[])];
        let ran = run(&core, &SOMETIMES, CallOptions::default(), &script).await;
        let error = ran.outcome.unwrap_err();
        assert_eq!(error.limit(), Some("thing_interval"));
        assert_eq!(error.retry_after(), Some(secs(600.0)));
        assert_eq!((ran.at.len(), ran.took), (1, Duration::ZERO));
        let options = CallOptions::default()
            .timeout(secs(900.0))
            .max_retry_after(secs(600.0));
        let ran = run(&core, &SOMETIMES, options, &script).await;
        assert_eq!(ran.outcome.unwrap(), 200);
        assert!(ran.at[1] >= secs(600.0), "{:?}", ran.at);
    }

    #[tokio::test(start_paused = true)]
    async fn b7_a_limit_that_no_time_takes_away_is_not_tried_again() {
        let core = client(Settings::default());
        let ran = run(&core, &FULL, CallOptions::default(), &[Say(429, &[])]).await;
        let error = ran.outcome.unwrap_err();
        assert_eq!((error.limit(), ran.at.len()), (Some("things"), 1));
        // The service knows better.
        let script = [Say(429, &[("retry-after", "3")]), Say(200, &[])];
        let ran = run(&core, &FULL, CallOptions::default(), &script).await;
        assert_eq!(ran.outcome.unwrap(), 200);
    }

    #[tokio::test(start_paused = true)]
    async fn b7_an_unreadable_hint_is_as_good_as_none() {
        let core = client(Settings::default());
        let script = [Say(429, &[("retry-after", "in a while")]), Say(200, &[])];
        let ran = run(&core, &POST, CallOptions::default(), &script).await;
        assert_eq!(ran.outcome.unwrap(), 200);
        assert!(ran.at[1] <= secs(0.502), "{:?}", ran.at);
    }

    #[tokio::test(start_paused = true)]
    async fn b6_each_attempt_and_the_whole_call_have_their_bounds() {
        let core = client(Settings::default());
        let ran = run(&core, &GET, CallOptions::default(), &[Hang]).await;
        let error = ran.outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        // Three attempts of 30 s, less the waits: the third is cut off by the call's bound.
        assert_eq!(ran.at.len(), 3);
        assert!(ran.at[1] >= secs(30.0) && ran.at[1] <= secs(30.51));
        assert!(
            ran.took >= secs(90.0) && ran.took < secs(90.01),
            "{:?}",
            ran.took
        );
        assert!(error.message().contains("the call's 90 s"), "{error}");
        let ran = run(&core, &POST, CallOptions::default(), &[Hang]).await;
        assert_eq!((ran.at.len(), ran.took.as_secs()), (1, 30));
        let options = CallOptions::default()
            .timeout(secs(7.0))
            .attempt_timeout(secs(2.0));
        let ran = run(&core, &GET, options, &[Hang]).await;
        assert!(ran.took <= secs(7.001), "{:?}", ran.took);
        assert_eq!(ran.attempts[0].elapsed.as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn b7_b8_what_is_tried_again_and_what_is_not() {
        let core = client(Settings::default());
        for (does, get, post) in [
            (Fail(Reach::Never), 4, 4),
            (Fail(Reach::Maybe), 4, 1),
            (Fail(Reach::Answered), 1, 1),
            (Fail(Reach::Refused), 1, 1),
            (Say(408, &[]), 4, 1),
            (Say(429, &[]), 4, 4),
            (Say(500, &[]), 4, 1),
            (Say(501, &[]), 1, 1),
            (Say(502, &[]), 4, 1),
            (Say(503, &[]), 4, 1),
            (Say(504, &[]), 4, 1),
            (Say(507, &[]), 1, 1),
            (Say(400, &[]), 1, 1),
            (Say(404, &[]), 1, 1),
            (Say(409, &[]), 1, 1),
            (Say(425, &[]), 1, 1),
        ] {
            for (operation, wanted) in [(&GET, get), (&POST, post)] {
                let script = [does.clone()];
                let ran = run(&core, operation, CallOptions::default(), &script).await;
                assert_eq!(ran.at.len(), wanted, "{:?}", ran.attempts);
                for _ in 0..wanted {
                    core.budget().earn(true);
                }
            }
            let options = CallOptions::default().retry_post(true);
            let ran = run(&core, &POST, options, &[does]).await;
            assert_eq!(ran.at.len(), get, "{:?}", ran.attempts);
            for _ in 0..get {
                core.budget().earn(true);
            }
        }
    }

    // A hook that never comes back.
    struct Stuck;

    impl Observe for Stuck {
        fn before(&self, _: Outgoing) -> BoxFuture<'_, Result<Outgoing, HookError>> {
            Box::pin(std::future::pending())
        }

        fn after(&self, _: Attempted) -> BoxFuture<'_, Result<(), HookError>> {
            Box::pin(async { Ok(()) })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn b29_a_hook_has_no_more_time_than_the_call() {
        let core = client(Settings::default().observed(Arc::new(Stuck)));
        let ran = run(&core, &POST, CallOptions::default(), &[Say(200, &[])]).await;
        let error = ran.outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Hook);
        assert!(error.message().contains("did not end"), "{error}");
        assert_eq!((ran.at.len(), ran.took.as_secs()), (0, 90));
    }

    #[tokio::test(start_paused = true)]
    async fn b22_after_a_fork_every_call_is_refused_and_close_does_nothing() {
        let core = client(Settings::default().pacing(true)).in_a_fork();
        let ran = run(&core, &GET, CallOptions::default(), &[Say(200, &[])]).await;
        assert!(ran.at.is_empty());
        let error = ran.outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed);
        assert!(error.message().contains("before fork()"), "{error}");
        core.close();
        assert!(!core.is_closed());
    }

    #[tokio::test(start_paused = true)]
    async fn b7_an_outage_does_not_multiply_the_load() {
        let core = client(Settings::default().retry_budget(10));
        let mut sent = 0;
        let mut noted = 0;
        for _ in 0..100 {
            let ran = run(&core, &GET, CallOptions::default(), &[Say(503, &[])]).await;
            sent += ran.at.len();
            let text = ran.outcome.unwrap_err().to_string();
            noted += usize::from(text.contains("retry budget is spent"));
        }
        // Without the budget it would be 400.
        assert_eq!(sent, 110);
        assert!(noted >= 96, "{noted}");
        // Five calls that go well earn one retry.
        for _ in 0..5 {
            run(&core, &GET, CallOptions::default(), &[Say(200, &[])]).await;
        }
        let ran = run(&core, &GET, CallOptions::default(), &[Say(503, &[])]).await;
        assert_eq!(ran.at.len(), 2);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn b6_b7_any_hint_leaves_the_call_within_its_bounds(hint in "[ -~]{0,12}|[0-9]{1,6}") {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()
                .unwrap();
            runtime.block_on(async {
                let core = client(Settings::default());
                let hint: &'static str = hint.leak();
                let headers: &'static [_] = Vec::from([("retry-after", hint)]).leak();
                let ran = run(&core, &GET, CallOptions::default(), &[Say(503, headers)]).await;
                assert!(ran.took <= secs(90.0), "{:?}", ran.took);
                assert!((1..=4).contains(&ran.at.len()));
            });
        }
    }
}
