//! A lock that a panic elsewhere does not spoil.
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks; a panic elsewhere does not matter here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
