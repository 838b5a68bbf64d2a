//! Keeps signals away where the library writes to sockets.
//!
//! A write to a connection that the other side closed raises SIGPIPE, which ends a process that does not
//! expect it. Only some of the writes below can be told not to raise it.

#[cfg(not(unix))]
pub(crate) use elsewhere::{Quiet, take_no_signals};
#[cfg(unix)]
pub(crate) use unix::{Quiet, take_no_signals};

#[cfg(unix)]
mod unix {
    use std::mem::MaybeUninit;

    use libc::{c_int, sigset_t};

    /// While this lives, the thread that made it gets no SIGPIPE.
    pub(crate) struct Quiet {
        before: sigset_t,
        // A mask belongs to its thread.
        _here: std::marker::PhantomData<*const ()>,
    }

    impl Quiet {
        /// Holds SIGPIPE back; nothing if it is held back already.
        pub(crate) fn new() -> Option<Self> {
            let before = block(&[libc::SIGPIPE])?;
            (!has(&before, libc::SIGPIPE)).then_some(Self {
                before,
                _here: std::marker::PhantomData,
            })
        }
    }

    impl Drop for Quiet {
        fn drop(&mut self) {
            let mut waiting = MaybeUninit::uninit();
            // SAFETY: `sigpending` fills the set in; what it leaves alone is not read.
            let known = unsafe { libc::sigpending(waiting.as_mut_ptr()) } == 0;
            // SAFETY: filled in, as `known` says.
            if known && has(unsafe { waiting.assume_init_ref() }, libc::SIGPIPE) {
                let mut taken: c_int = 0;
                let only = set(&[libc::SIGPIPE]);
                // SAFETY: both are locals; the signal waits, so that this returns at once.
                unsafe { libc::sigwait(&raw const only, &raw mut taken) };
            }
            restore(&self.before);
        }
    }

    /// Leaves all signals but those of faults to the caller's own threads: a thread of the library
    /// calls this first.
    pub(crate) fn take_no_signals() {
        let faults = [
            libc::SIGSEGV,
            libc::SIGBUS,
            libc::SIGFPE,
            libc::SIGILL,
            libc::SIGTRAP,
            libc::SIGABRT,
            libc::SIGSYS,
        ];
        let all: Vec<c_int> = (1..=31).filter(|number| !faults.contains(number)).collect();
        block(&all);
    }

    fn set(signals: &[c_int]) -> sigset_t {
        let mut made = MaybeUninit::uninit();
        // SAFETY: `sigemptyset` fills the set in, and cannot fail on a good pointer.
        unsafe {
            libc::sigemptyset(made.as_mut_ptr());
            for signal in signals {
                // An unknown number is left out.
                libc::sigaddset(made.as_mut_ptr(), *signal);
            }
            made.assume_init()
        }
    }

    fn has(set: &sigset_t, signal: c_int) -> bool {
        // SAFETY: a reference is a good pointer.
        unsafe { libc::sigismember(std::ptr::from_ref(set), signal) == 1 }
    }

    /// Adds to what this thread holds back; gives what it held back before.
    fn block(signals: &[c_int]) -> Option<sigset_t> {
        let more = set(signals);
        let mut before = MaybeUninit::uninit();
        // SAFETY: both are locals, and `before` is read only where it was filled in.
        unsafe {
            (libc::pthread_sigmask(libc::SIG_BLOCK, &raw const more, before.as_mut_ptr()) == 0)
                .then(|| before.assume_init())
        }
    }

    fn restore(before: &sigset_t) {
        // SAFETY: a reference is a good pointer, and NULL stands for no interest in the old set.
        unsafe {
            libc::pthread_sigmask(
                libc::SIG_SETMASK,
                std::ptr::from_ref(before),
                std::ptr::null_mut(),
            );
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn held(signal: c_int) -> bool {
            has(&block(&[]).unwrap(), signal)
        }

        #[test]
        fn a_sigpipe_that_came_meanwhile_is_gone() {
            assert!(!held(libc::SIGPIPE));
            {
                let _quiet = Quiet::new();
                assert!(held(libc::SIGPIPE));
                assert!(Quiet::new().is_none(), "who comes second changes nothing");
                // SAFETY: sends a signal to this thread, which holds it back.
                let sent = unsafe { libc::pthread_kill(libc::pthread_self(), libc::SIGPIPE) };
                assert_eq!(sent, 0);
            }
            assert!(!held(libc::SIGPIPE));
        }

        #[test]
        fn started_threads_get_no_signals() {
            let seen = std::thread::spawn(|| {
                take_no_signals();
                [libc::SIGPIPE, libc::SIGINT, libc::SIGALRM, libc::SIGSEGV].map(held)
            });
            assert_eq!(seen.join().unwrap(), [true, true, true, false]);
            assert!(!held(libc::SIGINT));
        }
    }
}

#[cfg(not(unix))]
mod elsewhere {
    /// There is no SIGPIPE.
    pub(crate) struct Quiet;

    impl Quiet {
        pub(crate) fn new() -> Option<Self> {
            None
        }
    }

    pub(crate) fn take_no_signals() {}
}
