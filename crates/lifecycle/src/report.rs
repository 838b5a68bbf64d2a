//! What a night came to.

use jiff::Timestamp;
use serde::Serialize;

use crate::service::Failure;

/// What all rotations of a run came to.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// When it began.
    pub began: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// Whether nothing was done, and this says what would be.
    pub dry_run: bool,
    /// Whether it was stopped before its end.
    pub stopped: bool,
    /// Whether nothing failed, and nothing was left undone.
    pub ok: bool,
    /// Each rotation.
    pub rotations: Vec<Rotated>,
}

/// What one rotation came to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Rotated {
    /// Its name.
    pub rotation: String,
    /// The provider.
    pub provider: String,
    /// Each thing.
    pub things: Vec<Told>,
    /// What failed of no thing in particular.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failed>,
    /// How many snapshots were taken.
    pub taken: usize,
    /// How many were deleted.
    pub deleted: usize,
    /// How many things, and matters of none, failed.
    pub failed: usize,
    /// How many things the run had not come to when it was stopped.
    pub not_begun: usize,
}

/// What became of one thing.
#[derive(Debug, Clone, Serialize)]
pub struct Told {
    /// Its kind.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What was done.
    pub outcome: Outcome,
    /// The snapshot of this run, or the newest that there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<Named>,
    /// Our snapshots that stay, with the rules that say so.
    pub kept: Vec<Kept>,
    /// Our snapshots that are gone.
    pub deleted: Vec<Named>,
    /// Snapshots that are not ours.
    pub others: usize,
    /// What failed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<Failed>,
    /// What to look at all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// How many seconds it took.
    pub seconds: f64,
    /// Whether all was done that there was to do, or it failed.
    #[serde(skip)]
    pub(crate) ended: bool,
}

/// What was done about a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was taken.
    Taken,
    /// It was there.
    There,
    /// The one before is too young.
    NotDue,
    /// It would be taken.
    WouldTake,
    /// There is none that can be used.
    Failed,
    /// The run was stopped before there was one; what had begun goes on.
    Stopped,
    /// The run was stopped before it came to it.
    NotBegun,
}

/// A snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A snapshot that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The rules that keep it.
    pub why: Vec<&'static str>,
}

/// What failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// What to tell a person.
    pub message: String,
    /// Whether the service may have acted all the same.
    pub outcome_unknown: bool,
    /// The number of the exit that the failure alone would give.
    pub code: u8,
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self {
            message: failure.message,
            outcome_unknown: failure.outcome_unknown,
            code: failure.code,
        }
    }
}

impl Rotated {
    /// Counts what was done.
    pub(crate) fn count(&mut self) {
        let things = &self.things;
        self.taken = things
            .iter()
            .filter(|it| it.outcome == Outcome::Taken)
            .count();
        self.deleted = things.iter().map(|it| it.deleted.len()).sum();
        let failed = things.iter().filter(|it| !it.failures.is_empty()).count();
        self.failed = failed + self.failures.len();
        let not_begun = things.iter().filter(|it| it.outcome == Outcome::NotBegun);
        self.not_begun = not_begun.count();
    }
}

impl Report {
    /// The number that a program ends with: that of the failures, where they agree; one that may have been carried out
    /// goes before all others.
    #[must_use]
    pub fn code(&self) -> u8 {
        let things = self.rotations.iter().flat_map(|it| &it.things);
        let all = things.flat_map(|it| &it.failures);
        let all: Vec<&Failed> = all
            .chain(self.rotations.iter().flat_map(|it| &it.failures))
            .collect();
        let unknown = all.iter().find(|it| it.outcome_unknown);
        let Some(first) = unknown.or(all.first()) else {
            return 0;
        };
        match unknown.is_some() || all.iter().all(|it| it.code == first.code) {
            true => first.code.max(1),
            false => 1,
        }
    }

    /// A line for each thing and one for each rotation.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for rotated in &self.rotations {
            for it in &rotated.things {
                lines.push(it.line(self.dry_run));
            }
            let all = rotated.failures.iter();
            lines.extend(all.map(|it| format!("{}: FAILED: {}", rotated.rotation, it.message)));
            let (name, things) = (&rotated.rotation, rotated.things.len());
            let what = match self.dry_run {
                true => {
                    let all = rotated.things.iter();
                    let take = all.filter(|it| it.outcome == Outcome::WouldTake).count();
                    format!("{take} to take, {} to delete", rotated.deleted)
                }
                false => format!("{} taken, {} deleted", rotated.taken, rotated.deleted),
            };
            let left = match rotated.not_begun {
                0 => String::new(),
                count => format!(", {count} not begun"),
            };
            lines.push(format!(
                "{name}: {things} in all: {what}, {} failed{left}",
                rotated.failed
            ));
        }
        lines
    }
}

impl Told {
    fn line(&self, dry_run: bool) -> String {
        let name = self.snapshot.as_ref().map_or("", |it| it.name.as_str());
        let what = match self.outcome {
            Outcome::Taken => format!("{name} taken"),
            Outcome::There => format!("{name} was there"),
            Outcome::NotDue => format!("none is due after {name}"),
            Outcome::WouldTake => format!("{name} would be taken"),
            Outcome::Failed => "no snapshot".to_owned(),
            Outcome::Stopped => "stopped before there was a snapshot".to_owned(),
            Outcome::NotBegun => "not begun".to_owned(),
        };
        let deleted = if dry_run { "to delete" } else { "deleted" };
        let mut line = format!(
            "{} {} ({}): {what}; {} {deleted}, {} kept",
            self.kind,
            self.id,
            self.name,
            self.deleted.len(),
            self.kept.len(),
        );
        for failed in &self.failures {
            line.push_str(&format!("; FAILED: {}", failed.message));
        }
        for warning in &self.warnings {
            line.push_str(&format!("; {warning}"));
        }
        line
    }
}
