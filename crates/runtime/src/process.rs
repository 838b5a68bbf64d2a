//! What a forked child must leave alone: it shares its parent's sockets and event queue, and has none of
//! its threads (B22).

/// The process that made something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(u32);

impl Process {
    /// This one.
    pub(crate) fn this() -> Self {
        Self(std::process::id())
    }

    /// Another one, such as the parent of this one.
    #[cfg(test)]
    pub(crate) fn other() -> Self {
        Self(std::process::id() + 1)
    }

    /// Whether it is another one by now: this is a forked child.
    pub(crate) fn is_foreign(self) -> bool {
        self.0 != std::process::id()
    }
}
