//! A flag that ends calls from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::guard::{free, get, guard, make};

/// Ends calls from another thread or from a signal handler (B20).
///
/// Give it to calls with snapline_options_set_cancel_token; the calls keep what they need of it. Free
/// it with snapline_cancel_token_free.
pub struct snapline_cancel_token {
    flag: Cancel,
}

impl snapline_cancel_token {
    /// What a call keeps of the token.
    pub(crate) fn flag(&self) -> Cancel {
        self.flag.clone()
    }
}

/// The flag of a token.
#[derive(Clone, Default)]
pub(crate) struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Makes a token. Free it with snapline_cancel_token_free. Never NULL but when a fault is caught.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_cancel_token_new() -> Option<Box<snapline_cancel_token>> {
    make(|| {
        Some(snapline_cancel_token {
            flag: Cancel::default(),
        })
    })
}

/// Ends all calls that have the token, within 20 ms, with SNAPLINE_CANCELLED; later ones end at once.
///
/// Only sets a flag: safe from any thread, at any time, and inside a signal handler. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_cancel_token_cancel(token: Option<&snapline_cancel_token>) {
    guard((), || {
        if let Some(token) = token {
            token.flag.0.store(true, Ordering::Relaxed);
        }
    });
}

/// Whether the token was cancelled; false for NULL. Safe from any thread and in a signal handler.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_cancel_token_is_cancelled(
    token: Option<&snapline_cancel_token>,
) -> bool {
    get(token, |token| token.flag.is_set())
}

/// Frees a token; calls that have it go on and can no longer be ended by it. NULL is fine.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_cancel_token_free(token: Option<Box<snapline_cancel_token>>) {
    free(token)
}
