//! A value that is fetched when it is first needed, and again once it no longer holds.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use snapline_runtime::{Error, Secret};

/// The value, and the number of times it was fetched, by which a stale one is told.
#[derive(Debug)]
pub(crate) struct Cached<T> {
    held: Mutex<(u64, Option<T>)>,
    /// Whoever holds this fetches; all others wait and take what was fetched.
    turn: tokio::sync::Mutex<()>,
}

impl<T> Default for Cached<T> {
    fn default() -> Self {
        Self {
            held: Mutex::new((0, None)),
            turn: tokio::sync::Mutex::new(()),
        }
    }
}

impl<T: Clone> Cached<T> {
    /// The value if it is there and still good, else what `fetch` gives; with its number.
    pub(crate) async fn get(
        &self,
        good: impl Fn(&T) -> bool,
        fetch: impl Future<Output = Result<T, Error>>,
    ) -> Result<(u64, T), Error> {
        if let Some(found) = self.held(&good) {
            return Ok(found);
        }
        let _turn = self.turn.lock().await;
        if let Some(found) = self.held(&good) {
            return Ok(found);
        }
        let value = fetch.await?;
        let mut held = lock(&self.held);
        held.0 += 1;
        held.1 = Some(value.clone());
        Ok((held.0, value))
    }

    /// Drops the value with this number, unless it was fetched anew meanwhile.
    pub(crate) fn drop_if(&self, number: u64) {
        let mut held = lock(&self.held);
        if held.0 == number {
            held.1 = None;
        }
    }

    fn held(&self, good: impl Fn(&T) -> bool) -> Option<(u64, T)> {
        let held = lock(&self.held);
        let value = held.1.clone().filter(good)?;
        Some((held.0, value))
    }
}

/// The last few secrets that were made and sent, so that an answer that repeats one is redacted.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<VecDeque<Secret>>);

/// More than there are attempts under way on most clients; a service repeats one at once, if at all.
const MOST: usize = 8;

impl Recent {
    pub(crate) fn add(&self, secret: Secret) {
        let mut recent = lock(&self.0);
        if recent.len() >= MOST {
            recent.pop_front();
        }
        recent.push_back(secret);
    }

    pub(crate) fn show(&self, see: &mut dyn FnMut(&str)) {
        for secret in lock(&self.0).iter() {
            see(secret.expose());
        }
    }
}

/// A panic elsewhere does not make these values wrong.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[tokio::test(flavor = "current_thread")]
    async fn b1_many_ask_and_one_fetches() {
        let kept = Cached::<u64>::default();
        let fetched = AtomicU64::new(0);
        let ask = || {
            kept.get(|_| true, async {
                tokio::task::yield_now().await;
                Ok(fetched.fetch_add(1, Ordering::Relaxed) + 10)
            })
        };
        let (a, b, c) = tokio::join!(ask(), ask(), ask());
        assert_eq!([a.unwrap(), b.unwrap(), c.unwrap()], [(1, 10); 3]);
        // Those that were refused with the first value all drop it; one fetches the second.
        kept.drop_if(1);
        assert_eq!(ask().await.unwrap(), (2, 11));
        kept.drop_if(1);
        assert_eq!(ask().await.unwrap(), (2, 11));
        assert_eq!(fetched.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn b1_a_failed_fetch_is_not_kept_and_a_dropped_one_lets_the_next_go() {
        let kept = Cached::<u64>::default();
        let failed = kept
            .get(|_| true, async { Err(Error::config("not now")) })
            .await;
        assert!(failed.is_err());
        let never = kept.get(|_| true, std::future::pending());
        let late = std::time::Duration::from_millis(1);
        assert!(tokio::time::timeout(late, never).await.is_err());
        let found = kept.get(|_| true, async { Ok(3) }).await.unwrap();
        assert_eq!(found, (1, 3));
    }

    #[test]
    fn b19_old_secrets_make_room() {
        let recent = Recent::default();
        for number in 0..20 {
            recent.add(Secret::new("x", format!("s{number}")).unwrap());
        }
        let mut seen = Vec::new();
        recent.show(&mut |secret| seen.push(secret.to_owned()));
        assert_eq!((seen.len(), seen.first().unwrap().as_str()), (MOST, "s12"));
    }
}
