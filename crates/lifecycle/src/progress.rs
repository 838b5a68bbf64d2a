//! What a rotation came to, as far as it is: it is known also where the work is dropped before its end.

use std::cell::{Cell, RefCell};

use crate::look::Thing;
use crate::policy::Rotation;
use crate::report::{Failed, Named, Outcome, Rotated, Told};
use crate::service::Failure;

/// What one rotation came to so far.
///
/// ```
/// use snapline_lifecycle::policy::Rotation;
/// use snapline_lifecycle::{Failure, Progress};
///
/// fn refused(rotation: &Rotation) {
///     let progress = Progress::new(rotation);
///     progress.failed(Failure::new("the policy names a kind that there is not".to_owned()));
///     assert_eq!(progress.end().failures.len(), 1);
/// }
/// ```
#[derive(Debug)]
pub struct Progress {
    rotated: RefCell<Rotated>,
    /// Whether it is known what it is for, or that this cannot be known.
    known: Cell<bool>,
}

/// What is told of one thing.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'p> {
    progress: &'p Progress,
    at: usize,
}

impl Progress {
    /// That of a rotation that has not begun.
    #[must_use]
    pub fn new(rotation: &Rotation) -> Self {
        let rotated = Rotated {
            rotation: rotation.name.clone(),
            provider: rotation.of.provider.clone().unwrap_or_default(),
            ..Rotated::default()
        };
        Self {
            rotated: RefCell::new(rotated),
            known: Cell::new(false),
        }
    }

    /// Whose things it is for.
    pub fn of_provider(&self, name: &str) {
        name.clone_into(&mut self.rotated.borrow_mut().provider);
    }

    /// Nothing of it can be done.
    pub fn failed(&self, failure: Failure) {
        self.all_failed(vec![failure.into()]);
        self.known.set(true);
    }

    /// What failed of no thing in particular.
    pub(crate) fn all_failed(&self, failures: Vec<Failed>) {
        self.rotated.borrow_mut().failures.extend(failures);
    }

    /// What it is for, none of which has begun.
    pub(crate) fn is_for<'p>(
        &'p self,
        things: &[Thing],
    ) -> impl Iterator<Item = Entry<'p>> + use<'p> {
        self.rotated.borrow_mut().things = things.iter().map(untouched).collect();
        self.known.set(true);
        (0..things.len()).map(|at| Entry { progress: self, at })
    }

    /// What it came to, once it is over.
    #[must_use]
    pub fn end(self) -> Rotated {
        let mut rotated = self.rotated.into_inner();
        rotated.count();
        rotated
    }

    /// What it came to where it was stopped: what was under way failed so, and what had not begun says that.
    #[must_use]
    pub fn stopped(self, failure: Failure) -> Rotated {
        if !self.known.get() {
            self.all_failed(vec![failure.clone().into()]);
        }
        let under_way = |it: &&mut Told| it.outcome != Outcome::NotBegun && !it.ended;
        let mut things = self.rotated.borrow_mut();
        for told in things.things.iter_mut().filter(under_way) {
            told.failures.push(failure.clone().into());
        }
        drop(things);
        self.end()
    }
}

fn untouched(thing: &Thing) -> Told {
    Told {
        kind: thing.kind.name,
        id: thing.id.clone(),
        name: thing.name.clone(),
        outcome: Outcome::NotBegun,
        snapshot: None,
        kept: Vec::new(),
        deleted: Vec::new(),
        others: 0,
        failures: Vec::new(),
        warnings: Vec::new(),
        seconds: 0.0,
        ended: false,
    }
}

impl Entry<'_> {
    pub(crate) fn write(&self, change: impl FnOnce(&mut Told)) {
        if let Some(told) = self.progress.rotated.borrow_mut().things.get_mut(self.at) {
            change(told);
        }
    }

    /// It is under way; until more is said it was stopped there.
    pub(crate) fn begins(&self) {
        self.write(|it| it.outcome = Outcome::Stopped);
    }

    pub(crate) fn has(&self, snapshot: Named) {
        self.write(|it| it.snapshot = Some(snapshot));
    }

    pub(crate) fn failed(&self, failure: Failure) {
        self.write(|it| it.failures.push(failure.into()));
    }

    pub(crate) fn warns(&self, warning: String) {
        self.write(|it| it.warnings.push(warning));
    }

    pub(crate) fn ends(&self, seconds: f64) {
        self.write(|it| {
            it.seconds = seconds;
            it.ended = true;
        });
    }
}
