//! What was measured, as it is kept in `results.json`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::machine::About;
use crate::fault::{Fault, Result};
use crate::taking_in::pretty;

/// Everything, by section; a run replaces its own.
#[derive(Default, Debug, Deserialize, Serialize)]
pub(super) struct Results {
    pub(super) sections: BTreeMap<String, Section>,
}

/// What one run gave.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Section {
    pub(super) about: About,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) rows: Vec<Row>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) verdicts: Vec<Verdict>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) figures: Vec<Figure>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) charts: Vec<Chart>,
    /// What could not be measured, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) left_out: Vec<String>,
}

/// A program with a workload.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Row {
    pub(super) program: String,
    pub(super) title: String,
    pub(super) ours: bool,
    pub(super) workload: String,
    pub(super) what: String,
    pub(super) at_once: u64,
    /// CPU of a request, in microseconds.
    pub(super) cpu_us: Spread,
    pub(super) per_second: Spread,
    /// The most memory that the process had by then.
    pub(super) rss_mb: f64,
    /// Of one call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) allocations: Option<f64>,
}

/// The rounds of one row.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Spread {
    pub(super) best: f64,
    pub(super) median: f64,
    /// Half of the rounds lie between these.
    pub(super) from: f64,
    pub(super) to: f64,
}

impl Spread {
    /// Of values of which less is better, or more.
    pub(super) fn of(mut values: Vec<f64>, more_is_better: bool) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |part: f64| {
            let last = values.len().saturating_sub(1) as f64;
            values
                .get((last * part).round() as usize)
                .copied()
                .unwrap_or_default()
        };
        Self {
            best: at(if more_is_better { 1.0 } else { 0.0 }),
            median: at(0.5),
            from: at(0.25),
            to: at(0.75),
        }
    }
}

/// A ratio beside its goal.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Verdict {
    pub(super) title: String,
    pub(super) what: String,
    pub(super) ratio: f64,
    pub(super) goal: f64,
    /// Whether more is better.
    pub(super) speed: bool,
    pub(super) holds: bool,
}

/// A size, a time or a count.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) unit: String,
    /// Nothing where it cannot be measured yet.
    pub(super) value: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) most: Option<f64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) note: String,
}

/// Lines over how large something is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Chart {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) lines: Vec<Line>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Line {
    pub(super) title: String,
    pub(super) points: Vec<(f64, f64)>,
}

impl Line {
    /// By which power it grows, from the middle of its points to the last: 1 is linear, 0 is flat.
    pub(super) fn power(&self) -> Option<f64> {
        let (first, last) = (self.points.get(self.points.len() / 2)?, self.points.last()?);
        let (from, to) = (first.1.ln(), last.1.ln());
        let power = (to - from) / (last.0.ln() - first.0.ln());
        power.is_finite().then_some(power)
    }
}

impl Results {
    /// What a folder has so far.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let file = folder.join("results.json");
        match fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text)
                .map_err(|error| Fault::new(format!("{}: {error}", file.display()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Fault::path(&file, "read", &error)),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).map_err(|error| Fault::path(folder, "made", &error))?;
        let file = folder.join("results.json");
        fs::write(&file, pretty(self)?).map_err(|error| Fault::path(&file, "written", &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_round_is_the_quickest() {
        let values = vec![5.0, 1.0, 4.0, 2.0, 3.0];
        let spread = Spread::of(values.clone(), false);
        assert_eq!((spread.best, spread.median), (1.0, 3.0));
        assert_eq!((spread.from, spread.to), (2.0, 4.0));
        assert_eq!(Spread::of(values, true).best, 5.0);
    }

    #[test]
    fn growth_is_told_by_its_power() {
        let line = |power: i32| Line {
            title: String::new(),
            points: [1.0, 10.0, 100.0]
                .map(|x: f64| (x, 3.0 * x.powi(power)))
                .to_vec(),
        };
        for power in [0, 1, 2] {
            assert!((line(power).power().unwrap() - f64::from(power)).abs() < 1e-9);
        }
    }
}
