//! Shows on stderr that a wait goes on: on a terminal a line that changes, elsewhere one for each new state.

use std::io::{self, IsTerminal as _, Write as _};
use std::ops::ControlFlow;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use snapline_runtime::Error;

use crate::engine::{Seen, Watch};

/// How often the line changes.
const TICK: Duration = Duration::from_millis(120);

/// What is shown of a wait; it is gone from the terminal once this is dropped.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Self {
        let bar = (!quiet && io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new_spinner();
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}, {elapsed}") {
                bar.set_style(style);
            }
            bar.set_message("asking");
            bar.enable_steady_tick(TICK);
            bar
        });
        Self { bar, quiet }
    }

    /// What sees each look of the wait.
    pub(crate) fn watch(&self) -> Option<Watch> {
        if self.quiet {
            return None;
        }
        let bar = self.bar.clone();
        let mut last = String::new();
        Some(Box::new(move |seen| {
            let text = told(seen);
            match &bar {
                Some(bar) => bar.set_message(text),
                None if text != last => {
                    // A wait goes on though nobody can be told.
                    let _ = writeln!(
                        io::stderr().lock(),
                        "{text} (after {} s)",
                        seen.elapsed.as_secs()
                    );
                    last = text;
                }
                None => {}
            }
            ControlFlow::Continue(())
        }))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// The state, and what went wrong with the last look.
fn told(seen: Seen<'_>) -> String {
    let state = seen.status.unwrap_or("not there yet");
    let state: String = state.chars().filter(|c| !c.is_control()).collect();
    match seen.error.map(Error::message) {
        Some(why) => format!("{state}; look {} failed: {why}", seen.polls),
        None => state,
    }
}
