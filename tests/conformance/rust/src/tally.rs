//! What a face passed, counted by what was tried, for the matrix of all faces.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// How many passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// So many passed.
    pub passed: u64,
    /// So many failed.
    pub failed: u64,
}

/// The counts of one face.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// The face.
    pub face: String,
    /// Counts by row, such as a method or a rule.
    pub rows: BTreeMap<String, Count>,
}

impl Tally {
    /// Nothing counted yet, but every row is there.
    pub fn new(face: &str, rows: impl IntoIterator<Item = String>) -> Self {
        let rows = rows.into_iter().map(|row| (row, Count::default()));
        Self {
            face: face.to_owned(),
            rows: rows.collect(),
        }
    }

    /// Counts one.
    pub fn count(&mut self, row: &str, passed: bool) {
        let count = self.rows.entry(row.to_owned()).or_default();
        if passed {
            count.passed += 1;
        } else {
            count.failed += 1;
        }
    }

    /// The rows that nothing was counted in.
    pub fn empty(&self) -> impl Iterator<Item = &str> {
        self.rows
            .iter()
            .filter(|(_, count)| **count == Count::default())
            .map(|(row, _)| row.as_str())
    }

    /// All rows together.
    #[must_use]
    pub fn sum(&self) -> Count {
        self.rows
            .values()
            .fold(Count::default(), |sum, count| Count {
                passed: sum.passed + count.passed,
                failed: sum.failed + count.failed,
            })
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), String> {
        let text = serde_json::to_string_pretty(self).map_err(|error| error.to_string())?;
        std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    }
}
