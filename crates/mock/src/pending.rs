//! Changes that happen later: after a time, or after a number of looks.
use std::collections::VecDeque;
use std::time::Instant;

use jiff::Timestamp;

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
    queue: VecDeque<Waiting<C>>,
}

impl<C> Pending<C> {
    pub(crate) fn new(settle: Settle) -> Self {
        Self {
            settle,
            queue: VecDeque::new(),
        }
    }

    pub(crate) fn add(&mut self, id: &str, change: C) {
        let due = match self.settle {
            Settle::After(time) => Due::At(Instant::now() + time),
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

    /// The next change whose time has come. All take equally long, so the oldest is due first.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<(String, C)> {
        match self.queue.front()?.due {
            Due::At(time) if time <= now => self
                .queue
                .pop_front()
                .map(|waiting| (waiting.id, waiting.change)),
            _ => None,
        }
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

/// The time now, to the second.
pub(crate) fn now() -> String {
    second(Timestamp::now().as_second())
}

/// The time so many days ago, to the second.
pub(crate) fn days_ago(days: i64) -> String {
    second(Timestamp::now().as_second() - days * 86_400)
}

/// A Unix time in RFC 3339.
pub(crate) fn second(unix: i64) -> String {
    Timestamp::from_second(unix)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn looks_are_counted_for_each_thing() {
        let mut pending = Pending::new(Settle::Polls(2));
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
        let mut pending = Pending::new(Settle::After(Duration::from_secs(5)));
        pending.add("a", "ready");
        pending.add("b", "gone");
        let now = Instant::now();
        assert_eq!(pending.take_due(now), None);
        let later = now + Duration::from_secs(6);
        assert_eq!(pending.take_due(later), Some(("a".into(), "ready")));
        assert_eq!(pending.take_due(later), Some(("b".into(), "gone")));
        assert_eq!(pending.take_due(later), None);
    }
}
