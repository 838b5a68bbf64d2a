//! How a step is told, whatever the provider.

use std::time::{Duration, Instant};

use snapline::ovhcloud::Error;

/// How soon a wait looks for the first time: the mock is quick.
pub(crate) const SOON: Duration = Duration::from_millis(50);

/// What a step comes to: what it saw, or why it failed.
pub(crate) type Told = Result<String, Error>;

/// Gives what a step saw if that is as it must be.
pub(crate) fn check(holds: bool, seen: String) -> Told {
    if holds {
        Ok(seen)
    } else {
        Err(Error::internal(format!("this is not so: {seen}")))
    }
}

/// Gives what a 404 said; whatever else came instead is a failure.
pub(crate) fn not_found<T>(outcome: Result<T, Error>) -> Told {
    match outcome {
        Err(error) if error.is_not_found() => Ok(format!(
            "{} {}",
            error.status().unwrap_or_default(),
            error.code().unwrap_or_default()
        )),
        Err(error) => Err(error),
        Ok(_) => Err(Error::internal("there is such a thing")),
    }
}

/// Prints how each step went, and remembers whether one failed.
#[derive(Default)]
pub(crate) struct Telling {
    failed: bool,
    since: Option<Instant>,
}

impl Telling {
    /// Prints how a step went; its time is counted from the end of the step before.
    pub(crate) fn tell(&mut self, step: &str, told: Told) {
        let now = Instant::now();
        let took = now - self.since.replace(now).unwrap_or(now);
        let (how, detail) = match told {
            Ok(detail) => ("ok", detail),
            Err(error) => {
                self.failed = true;
                ("failed", error.to_string())
            }
        };
        println!("{step}\t{}\t{how}\t{detail}", took.as_millis());
    }

    /// Begins to count the time of the first step.
    pub(crate) fn begin(&mut self) {
        self.since = Some(Instant::now());
    }

    pub(crate) fn failed(&self) -> bool {
        self.failed
    }
}
