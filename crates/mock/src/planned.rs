//! Faults that somebody plans for requests to come, whatever those ask for themselves.
use std::time::Duration;

use glob::{MatchOptions, Pattern};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `*` stands for what is between two slashes, `**` for any number of such parts.
const HOW: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// What the next requests meet that fit. It is made by what shall happen ([`Fault::status`], [`Fault::rate_limited`],
/// [`Fault::dropped`], [`Fault::lost`], [`Fault::truncated`], [`Fault::delayed`]), and concerns the next request of any
/// kind unless it says which, and how many.
///
/// ```
/// use snapline_mock::{Fault, Mock};
///
/// let mock = Mock::builder().start_blocking()?;
/// mock.fault(Fault::status(503).method("GET").path("/v2/**").times(2))?;
/// assert_eq!(mock.faults()[0].left, Some(2));
/// # Ok::<(), snapline_mock::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[must_use]
pub struct Fault {
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    after: u64,
    /// 1 unless it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    always: bool,
    delay_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    drop: bool,
    lose: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncate: Option<usize>,
}

impl Fault {
    /// Answers with this status, and in the provider's own shape, without carrying the request out.
    pub fn status(status: u16) -> Self {
        Self {
            status: Some(status),
            ..Self::default()
        }
    }

    /// Answers 429, and that one may come again after so many seconds.
    pub fn rate_limited(retry_after: u64) -> Self {
        Self::status(429).retry_after(retry_after)
    }

    /// Closes the connection; the request is not carried out.
    pub fn dropped() -> Self {
        Self {
            drop: true,
            ..Self::default()
        }
    }

    /// Carries the request out, and closes the connection in place of an answer.
    pub fn lost() -> Self {
        Self {
            lose: true,
            ..Self::default()
        }
    }

    /// Carries the request out, and closes the connection after so many bytes of the answer's body.
    pub fn truncated(bytes: usize) -> Self {
        Self {
            truncate: Some(bytes),
            ..Self::default()
        }
    }

    /// Carries the request out, later. Real time: the clock of the server has nothing to do with it.
    pub fn delayed(time: Duration) -> Self {
        Self::default().delay(time)
    }

    /// Waits before whatever else it does.
    pub fn delay(mut self, time: Duration) -> Self {
        self.delay_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self
    }

    /// Says with a status when one may come again.
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The JSON that comes with a status, in place of the provider's own.
    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Only requests with this method.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Only requests to this path, without a query. `*` stands for a part between two slashes, `**` for any number of them.
    pub fn path(mut self, pattern: impl Into<String>) -> Self {
        self.path = Some(pattern.into());
        self
    }

    /// Only requests for this operation, by the id that the document gives it.
    pub fn operation(mut self, id: impl Into<String>) -> Self {
        self.operation = Some(id.into());
        self
    }

    /// Lets so many requests pass first that fit.
    pub fn after(mut self, requests: u64) -> Self {
        self.after = requests;
        self
    }

    /// How many requests meet it; one by default.
    pub fn times(mut self, requests: u64) -> Self {
        self.times = Some(requests);
        self
    }

    /// All requests meet it that fit.
    pub fn always(mut self) -> Self {
        self.always = true;
        self
    }

    /// How many requests meet it; nothing where all do.
    fn count(&self) -> Option<u64> {
        (!self.always).then(|| self.times.unwrap_or(1))
    }

    /// What is wrong with it.
    fn check(&self) -> Result<(), String> {
        let ways = [
            self.status.is_some(),
            self.drop,
            self.lose,
            self.truncate.is_some(),
        ];
        let ways = ways.iter().filter(|asked| **asked).count();
        let wrong = match () {
            () if ways > 1 => "only one of status, drop, lose and truncate goes",
            () if ways == 0 && self.delay_ms == 0 => {
                "it says nothing that shall happen: status, drop, lose, truncate or delay_ms"
            }
            () if self
                .status
                .is_some_and(|status| !(200..=599).contains(&status)) =>
            {
                "the status must be one of 200 to 599"
            }
            () if self.status.is_none() && (self.retry_after.is_some() || self.body.is_some()) => {
                "retry_after and body go with a status"
            }
            () if self.always && self.times.is_some() => "only one of times and always goes",
            () if self.times == Some(0) => "times must be 1 or more",
            () => return Ok(()),
        };
        Err(wrong.to_owned())
    }
}

/// What a request meets.
#[derive(Debug, Clone)]
pub(crate) struct Met {
    pub(crate) id: u64,
    pub(crate) delay: Duration,
    pub(crate) then: Then,
}

/// What becomes of the request after the delay.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Then {
    Answer,
    Refuse {
        status: u16,
        retry_after: Option<u64>,
        body: Option<Value>,
    },
    Drop,
    Lose,
    Cut(usize),
}

impl From<&Fault> for Then {
    fn from(fault: &Fault) -> Self {
        match (fault.status, fault.truncate) {
            (Some(status), _) => Self::Refuse {
                status,
                retry_after: fault.retry_after,
                body: fault.body.clone(),
            },
            (_, Some(bytes)) => Self::Cut(bytes),
            _ if fault.drop => Self::Drop,
            _ if fault.lose => Self::Lose,
            _ => Self::Answer,
        }
    }
}

/// A pattern of paths.
pub(crate) fn pattern(text: &str) -> Result<Pattern, String> {
    Pattern::new(text).map_err(|error| format!("path: {error}"))
}

/// Whether a path fits a pattern.
pub(crate) fn fits(pattern: &Pattern, path: &str) -> bool {
    pattern.matches_with(path, HOW)
}

/// A fault that was planned, and what came of it so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Planned {
    /// Its number, which the requests have that met it.
    pub id: u64,
    /// How many requests met it.
    pub met: u64,
    /// How many more will; nothing where all do that fit.
    pub left: Option<u64>,
    /// What was asked for.
    pub fault: Fault,
}

#[derive(Debug)]
struct Plan {
    told: Planned,
    path: Option<Pattern>,
    /// How many still pass that fit.
    passes: u64,
}

/// All faults that were planned, in their order.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    last: u64,
    all: Vec<Plan>,
}

impl Plans {
    /// Plans one and gives its number, or says what is wrong with it.
    pub(crate) fn add(&mut self, fault: Fault) -> Result<u64, String> {
        fault.check()?;
        let path = fault.path.as_deref();
        let path = path.map(pattern).transpose()?;
        self.last += 1;
        self.all.push(Plan {
            path,
            passes: fault.after,
            told: Planned {
                id: self.last,
                met: 0,
                left: fault.count(),
                fault,
            },
        });
        Ok(self.last)
    }

    /// Plans all of them or none.
    pub(crate) fn add_all(&mut self, faults: Vec<Fault>) -> Result<Vec<u64>, String> {
        let before = self.all.len();
        let ids = faults.into_iter().map(|fault| self.add(fault));
        let ids = ids.collect::<Result<_, _>>();
        if ids.is_err() {
            self.all.truncate(before);
        }
        ids
    }

    /// What was planned, in its order.
    pub(crate) fn told(&self) -> Vec<Planned> {
        self.all.iter().map(|plan| plan.told.clone()).collect()
    }

    /// Takes one back, by its number; whether it was there.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.all.len();
        self.all.retain(|plan| plan.told.id != id);
        self.all.len() < before
    }

    /// Takes all of them back. Numbers go on, since requests have them.
    pub(crate) fn clear(&mut self) {
        self.all.clear();
    }

    /// What a request meets: the first fault that it fits and that is not used up.
    pub(crate) fn meet(
        &mut self,
        method: &str,
        path: &str,
        operation: Option<&str>,
    ) -> Option<Met> {
        for plan in &mut self.all {
            let fault = &plan.told.fault;
            let fits = fault
                .method
                .as_ref()
                .is_none_or(|it| it.eq_ignore_ascii_case(method))
                && fault
                    .operation
                    .as_deref()
                    .is_none_or(|it| operation == Some(it))
                && plan.path.as_ref().is_none_or(|it| self::fits(it, path));
            if !fits || plan.told.left == Some(0) {
                continue;
            }
            if plan.passes > 0 {
                plan.passes -= 1;
                continue;
            }
            plan.told.met += 1;
            plan.told.left = plan.told.left.map(|left| left - 1);
            let fault = &plan.told.fault;
            return Some(Met {
                id: plan.told.id,
                delay: Duration::from_millis(fault.delay_ms),
                then: fault.into(),
            });
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(plans: &mut Plans, method: &str, path: &str) -> Option<u64> {
        plans.meet(method, path, Some("op")).map(|met| met.id)
    }

    #[test]
    fn the_first_that_fits_is_met_until_it_is_used_up() {
        let mut plans = Plans::default();
        plans
            .add(Fault::status(503).method("get").path("/a/*").times(2))
            .unwrap();
        plans.add(Fault::dropped().path("/a/**").always()).unwrap();
        let seen = ["/a/b", "/a/b/c", "/a/b", "/a/b", "/b"].map(|it| met(&mut plans, "GET", it));
        assert_eq!(seen, [Some(1), Some(2), Some(1), Some(2), None]);
        assert_eq!(met(&mut plans, "POST", "/a/b"), Some(2));
        let told = plans.told();
        assert_eq!((told[0].met, told[0].left), (2, Some(0)));
        assert_eq!((told[1].met, told[1].left), (3, None));
        assert!(plans.remove(2) && !plans.remove(2));
        assert_eq!(met(&mut plans, "POST", "/a/b"), None);
        plans.clear();
        assert_eq!(plans.add(Fault::lost()), Ok(3));
    }

    #[test]
    fn some_pass_first_and_an_operation_is_told_apart() {
        let mut plans = Plans::default();
        plans.add(Fault::lost().operation("other")).unwrap();
        plans
            .add(Fault::truncated(5).operation("op").after(2))
            .unwrap();
        let seen = [0; 4].map(|_| met(&mut plans, "GET", "/"));
        assert_eq!(seen, [None, None, Some(2), None]);
    }

    #[test]
    fn what_happens_is_what_was_asked_for() {
        let mut plans = Plans::default();
        let second = Duration::from_secs(1);
        let body = serde_json::json!({"a": 1});
        for fault in [
            Fault::rate_limited(7).body(body.clone()),
            Fault::dropped(),
            Fault::lost(),
            Fault::truncated(5),
            Fault::delayed(second),
        ] {
            plans.add(fault).unwrap();
        }
        let refused = Then::Refuse {
            status: 429,
            retry_after: Some(7),
            body: Some(body),
        };
        for then in [refused, Then::Drop, Then::Lose, Then::Cut(5)] {
            assert_eq!(plans.meet("GET", "/", None).unwrap().then, then);
        }
        let last = plans.meet("GET", "/", None).unwrap();
        assert_eq!((last.delay, last.then), (second, Then::Answer));
    }

    #[test]
    fn one_that_makes_no_sense_is_refused() {
        for (fault, why) in [
            (Fault::default(), "nothing"),
            (Fault::status(503).retry_after(1).times(0), "times"),
            (Fault::status(503).times(1).always(), "always"),
            (Fault::status(600), "200 to 599"),
            (Fault::dropped().retry_after(1), "go with a status"),
            (
                Fault {
                    lose: true,
                    ..Fault::dropped()
                },
                "only one",
            ),
            (Fault::lost().path("/a**"), "path: "),
        ] {
            let said = Plans::default().add(fault).unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn one_is_read_as_it_is_written() {
        let text = r#"{"status": 503, "method": "GET", "path": "/a", "times": 2, "retry_after": 1, "delay_ms": 5}"#;
        let read: Fault = serde_json::from_str(text).unwrap();
        let delay = Duration::from_millis(5);
        let made = Fault::status(503).method("GET").path("/a").times(2);
        assert_eq!(read, made.retry_after(1).delay(delay));
        assert!(serde_json::from_str::<Fault>(r#"{"stats": 503}"#).is_err());
    }
}
