//! Changes that happen later: after a time, or after a number of looks.
use std::collections::VecDeque;
use std::time::Instant;

use crate::clock::Clock;
use crate::options::Settle;

#[derive(Debug)]
enum Due {
    At(Instant),
    Polls(u32),
}

#[derive(Debug)]
struct Waiting<C> {
    id: String,
    change: C,
    due: Due,
}

/// All changes still to come, oldest first.
#[derive(Debug)]
pub(crate) struct Pending<C> {
    settle: Settle,
    clock: Clock,
    queue: VecDeque<Waiting<C>>,
}

impl<C> Pending<C> {
    pub(crate) fn new(settle: Settle, clock: &Clock) -> Self {
        Self {
            settle,
            clock: clock.clone(),
            queue: VecDeque::new(),
        }
    }

    pub(crate) fn add(&mut self, id: &str, change: C) {
        let due = match self.settle {
            Settle::After(time) => Due::At(self.clock.instant() + time),
            Settle::Polls(count) => Due::Polls(count),
        };
        self.queue.push_back(Waiting {
            id: id.to_owned(),
            change,
            due,
        });
    }

    /// Forgets what was to happen to something.
    pub(crate) fn forget(&mut self, id: &str) {
        self.queue.retain(|waiting| waiting.id != id);
    }

    /// The next change whose time has come, and that time. All take equally long, so the oldest is due first.
    pub(crate) fn take_due(&mut self) -> Option<(String, C, String)> {
        let Due::At(time) = self.queue.front()?.due else {
            return None;
        };
        if time > self.clock.instant() {
            return None;
        }
        let waiting = self.queue.pop_front()?;
        Some((waiting.id, waiting.change, self.clock.at(time)))
    }

    /// Counts a look at something; gives its change once it was looked at often enough.
    pub(crate) fn take_polled(&mut self, id: &str) -> Option<C> {
        let place = self.queue.iter().position(|waiting| waiting.id == id)?;
        match &mut self.queue.get_mut(place)?.due {
            Due::Polls(0) => self.queue.remove(place).map(|waiting| waiting.change),
            Due::Polls(left) => {
                *left -= 1;
                None
            }
            Due::At(_) => None,
        }
    }
}

/// Whether a name asks for failure.
pub(crate) fn fails(name: &str) -> bool {
    name.starts_with("fail")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn looks_are_counted_for_each_thing() {
        let mut pending = Pending::new(Settle::Polls(2), &Clock::default());
        pending.add("a", "ready");
        pending.add("b", "done");
        assert_eq!(pending.take_polled("a"), None);
        assert_eq!(pending.take_polled("a"), None);
        assert_eq!(pending.take_polled("a"), Some("ready"));
        assert_eq!(pending.take_polled("a"), None);
        pending.forget("b");
        assert!((0..4).all(|_| pending.take_polled("b").is_none()));
    }

    #[test]
    fn time_settles_in_order() {
        let clock = Clock::default();
        clock.set("2026-03-01T00:00:00.5Z".parse().unwrap());
        let mut pending = Pending::new(Settle::After(Duration::from_secs(3600)), &clock);
        pending.add("a", "ready");
        pending.add("b", "gone");
        assert_eq!(pending.take_due(), None);
        clock.advance(Duration::from_secs(86_400)).unwrap();
        // Late as they are looked at, they happened when they were due.
        let due = "2026-03-01T01:00:00Z";
        assert_eq!(pending.take_due(), Some(("a".into(), "ready", due.into())));
        assert_eq!(pending.take_due(), Some(("b".into(), "gone", due.into())));
        assert_eq!(pending.take_due(), None);
    }
}
