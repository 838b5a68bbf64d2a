//! Requests that are given up half way: nobody can use their connections again (B20).

use std::cell::Cell;

thread_local! {
    static LEFT: Cell<bool> = const { Cell::new(false) };
}

/// A request under way. One that is dropped before its end leaves a connection to be closed.
///
/// The connection belongs to a task of its own, which closes it when it runs next. Where nobody drives
/// the runtime between calls, that has to be seen to.
pub(crate) struct Exchange(());

impl Exchange {
    /// A request is about to be sent.
    pub(crate) fn begin() -> Self {
        Self(())
    }

    /// Its answer was read whole.
    pub(crate) fn end(self) {
        std::mem::forget(self);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        LEFT.set(true);
    }
}

/// Whether this thread gave up a request since it was asked last.
#[cfg(feature = "blocking")]
pub(crate) fn was_left() -> bool {
    LEFT.take()
}
