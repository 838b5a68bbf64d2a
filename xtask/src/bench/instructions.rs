//! Instruction counts beside their budget, and beside those of another commit.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::build::Built;
use super::client::Server;
use super::plan::Plan;
use super::results::Figure;
use super::valgrind::{self, Unit};
use crate::fault::{Fault, Result};
use crate::run::{cargo, program, quiet};
use crate::sources::{self, absolute};

pub(super) const BUDGET: &str = "tests/bench/budget.toml";

/// Where another commit is checked out and built.
const OTHER: &str = "target/bench/other";

/// What a figure may cost.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Budget {
    /// Instructions of one call.
    instructions: u64,
    /// How far a count may lie from it, as a part of it.
    tolerance: f64,
}

impl Budget {
    /// By which part of it a count lies above it, or below.
    fn above(&self, value: f64) -> f64 {
        value / self.instructions as f64 - 1.0
    }

    fn holds(&self, value: f64) -> bool {
        self.above(value) <= self.tolerance
    }
}

/// Counts all that the plan names.
pub(super) fn count(plan: &Plan, built: &Built) -> Result<Vec<Figure>> {
    if !valgrind::is_there() {
        return Err(Fault::new(
            "valgrind is not installed; `apt-get install valgrind` as root, and run this again",
        ));
    }
    let server = Server::start(&built.server())?;
    let mut all = Vec::new();
    for counted in &plan.instructions {
        let command = built.command(plan.program(&counted.program)?)?;
        let workload = plan.workload(&counted.workload)?;
        let (order, calls) = (&counted.order, counted.calls);
        let value = valgrind::each(
            Unit::Instructions,
            &command,
            &server,
            workload,
            order,
            calls,
        )?;
        println!("    {:16} {value:12.0}", counted.name);
        all.push(Figure {
            name: counted.name.clone(),
            title: counted.title.clone(),
            unit: "instructions".to_owned(),
            value: Some(value.round()),
            most: None,
            note: String::new(),
        });
    }
    Ok(all)
}

pub(super) fn budgets() -> Result<BTreeMap<String, Budget>> {
    toml::from_str(&sources::text(Path::new(BUDGET))?)
        .map_err(|error| Fault::new(format!("{BUDGET}: {error}")))
}

/// Puts the budgets beside the figures, and whether each holds.
pub(super) fn judge(figures: &mut [Figure], budgets: &BTreeMap<String, Budget>) {
    for figure in figures {
        if let Some((value, budget)) = figure.value.zip(budgets.get(&figure.name)) {
            figure.most = Some(budget.instructions as f64);
            figure.note = match budget.holds(value) {
                true => format!("holds, within {:.0} %", budget.tolerance * 100.0),
                false => "does not hold".to_owned(),
            };
        }
    }
}

/// Refuses what costs more than its budget, and says what costs less, so that the budget can follow.
pub(super) fn check(figures: &[Figure], budgets: &BTreeMap<String, Budget>) -> Result<()> {
    let mut wrong = Vec::new();
    for figure in figures {
        let (Some(value), Some(budget)) = (figure.value, budgets.get(&figure.name)) else {
            wrong.push(format!("{} has no budget", figure.name));
            continue;
        };
        let share = budget.above(value);
        if !budget.holds(value) {
            wrong.push(format!(
                "{} takes {value:.0} instructions, {:.1} % more than its {}",
                figure.name,
                share * 100.0,
                budget.instructions
            ));
        } else if share < -budget.tolerance {
            println!(
                "    {} takes {:.1} % less than its budget: `cargo xtask bench instructions --update` lowers it",
                figure.name,
                share * -100.0
            );
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Fault::new(format!(
        "{}; mend it, or write the new count with `cargo xtask bench instructions --update` and say why in the commit",
        wrong.join("; ")
    )))
}

/// Writes the counts as the new budget; tolerances and comments stay.
pub(super) fn update(figures: &[Figure]) -> Result<()> {
    let path = Path::new(BUDGET);
    let mut document: toml_edit::DocumentMut = sources::text(path)?
        .parse()
        .map_err(|error| Fault::new(format!("{BUDGET}: {error}")))?;
    for figure in figures {
        let Some(value) = figure.value else { continue };
        let table = document
            .entry(&figure.name)
            .or_insert_with(toml_edit::table)
            .as_table_mut()
            .ok_or_else(|| Fault::new(format!("{BUDGET}: {} is no table", figure.name)))?;
        table.insert("instructions", toml_edit::value(value as i64));
        if !table.contains_key("tolerance") {
            table.insert("tolerance", toml_edit::value(0.03));
        }
    }
    fs::write(path, document.to_string()).map_err(|error| Fault::path(path, "written", &error))
}

/// The same counts of another commit, in a tree of its own.
pub(super) fn of_commit(commit: &str) -> Result<Vec<Figure>> {
    let tree = absolute(OTHER)?;
    if tree.exists() {
        quiet(
            &format!("check {commit} out"),
            program("git", ["checkout", "--quiet", "--detach", commit]).current_dir(&tree),
        )?;
    } else {
        quiet(
            &format!("check {commit} out"),
            program("git", ["worktree", "add", "--quiet", "--detach"])
                .arg(&tree)
                .arg(commit),
        )?;
    }
    println!("==> count there (the first time it is built whole)");
    let output = cargo(["xtask", "bench", "instructions", "--json"])
        .current_dir(&tree)
        .env_remove("CARGO_TARGET_DIR")
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| Fault::new(format!("cargo cannot be started: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let last = text.lines().last().unwrap_or_default();
    match serde_json::from_str(last) {
        Ok(figures) if output.status.success() => Ok(figures),
        _ => Err(Fault::new(format!(
            "{commit} could not be counted: `cargo xtask bench instructions --json` failed in {OTHER}"
        ))),
    }
}

/// Two sets of counts side by side.
pub(super) fn compare(ours: &[Figure], theirs: &[Figure], commit: &str) {
    println!("{:18} {:>14} {commit:>14} {:>8}", "", "here", "change");
    for figure in ours {
        let other = theirs.iter().find(|it| it.name == figure.name);
        match (figure.value, other.and_then(|it| it.value)) {
            (Some(here), Some(there)) => println!(
                "{:18} {here:14.0} {there:14.0} {:+7.1} %",
                figure.name,
                (here / there - 1.0) * 100.0
            ),
            (Some(here), None) => println!("{:18} {here:14.0} {:>14}", figure.name, "-"),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64) -> Figure {
        Figure {
            name: "one".to_owned(),
            title: String::new(),
            unit: String::new(),
            value: Some(value),
            most: None,
            note: String::new(),
        }
    }

    #[test]
    fn what_costs_more_than_its_budget_is_refused() {
        let budgets: BTreeMap<String, Budget> =
            toml::from_str("[one]\ninstructions = 1000\ntolerance = 0.03").unwrap();
        check(&[figure(1029.0)], &budgets).unwrap();
        check(&[figure(500.0)], &budgets).unwrap();
        let told = check(&[figure(1031.0)], &budgets).unwrap_err().to_string();
        assert!(
            told.contains("one takes 1031 instructions, 3.1 % more"),
            "{told}"
        );
        let told = check(&[figure(1.0)], &BTreeMap::new())
            .unwrap_err()
            .to_string();
        assert!(told.contains("one has no budget"), "{told}");
    }
}
