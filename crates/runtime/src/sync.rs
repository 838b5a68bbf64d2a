//! What threads share: a lock that a panic elsewhere does not spoil, and a future that moves between them.

use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A boxed future that can move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

// A panic elsewhere does not make these values wrong.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
