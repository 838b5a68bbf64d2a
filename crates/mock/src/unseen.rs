//! What was made and does not show yet: the services tell of some things only after a while.
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::clock::Clock;

/// Ids of new things, until they show.
#[derive(Debug)]
pub(crate) struct Unseen {
    after: Duration,
    clock: Clock,
    hidden: VecDeque<(String, Instant)>,
}

impl Unseen {
    pub(crate) fn new(after: Duration, clock: &Clock) -> Self {
        Self {
            after,
            clock: clock.clone(),
            hidden: VecDeque::new(),
        }
    }

    /// Something was made.
    pub(crate) fn add(&mut self, id: &str) {
        if !self.after.is_zero() {
            let until = self.clock.instant() + self.after;
            self.hidden.push_back((id.to_owned(), until));
        }
    }

    /// Forgets what shows by now. All hide equally long, so the oldest shows first.
    pub(crate) fn show(&mut self) {
        let now = self.clock.instant();
        while self.hidden.front().is_some_and(|(_, until)| *until <= now) {
            self.hidden.pop_front();
        }
    }

    /// Whether something hides still.
    pub(crate) fn hides(&self, id: &str) -> bool {
        self.hidden.iter().any(|(hidden, _)| hidden == id)
    }
}
