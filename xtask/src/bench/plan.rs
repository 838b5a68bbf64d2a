//! Reads `tests/bench/plan.toml`: what is asked, who asks, and what is to be reached.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::fault::{Fault, Result};
use crate::sources;

const PLAN: &str = "tests/bench/plan.toml";

/// A language whose programs are measured in one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Face {
    Rust,
    C,
    Python,
    /// Python's, whose calls are awaited; it is measured with Python.
    Asyncio,
}

/// How a program is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Build {
    Cargo,
    C,
    Python,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    /// Whose calls are made.
    pub(super) provider: String,
    /// The operations that are called.
    pub(super) operations: Vec<String>,
    pub(super) workloads: Vec<Workload>,
    pub(super) programs: Vec<Program>,
    pub(super) goals: Vec<Goal>,
    pub(super) limits: Vec<Limit>,
    pub(super) instructions: Vec<Counted>,
}

/// One call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Workload {
    pub(super) name: String,
    pub(super) title: String,
    method: String,
    path: String,
    #[serde(default)]
    body: String,
    pub(super) things: u64,
    pub(super) items: u64,
    #[serde(default = "one")]
    pub(super) requests: u64,
    #[serde(default = "whole")]
    share: f64,
    #[serde(default)]
    pub(super) tls: bool,
}

fn one() -> u64 {
    1
}

fn whole() -> f64 {
    1.0
}

/// A client that is measured.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Program {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) face: Face,
    pub(super) build: Build,
    pub(super) peer: String,
    #[serde(default)]
    pub(super) flags: Vec<String>,
    /// What it needs of the crate it is in, and what takes long to build.
    pub(super) feature: Option<String>,
    /// A header without which it cannot be built, and is left out.
    pub(super) needs: Option<String>,
    #[serde(default)]
    pub(super) ours: bool,
    pub(super) at_once: Vec<u64>,
    #[serde(default)]
    pub(super) without: Vec<String>,
}

/// A ratio to reach.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Goal {
    pub(super) title: String,
    pub(super) of: (String, u64),
    pub(super) over: (String, u64),
    #[serde(default)]
    pub(super) speed: bool,
    pub(super) reach: BTreeMap<String, f64>,
}

/// A size or time to keep.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limit {
    pub(super) figure: String,
    pub(super) title: String,
    pub(super) unit: String,
    pub(super) most: f64,
}

/// What instructions are counted of.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counted {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) program: String,
    pub(super) order: String,
    pub(super) workload: String,
    pub(super) calls: u64,
}

impl Plan {
    pub(super) fn read() -> Result<Self> {
        toml::from_str(&sources::text(Path::new(PLAN))?)
            .map_err(|error| Fault::new(format!("{PLAN}: {error}")))
    }

    pub(super) fn program(&self, name: &str) -> Result<&Program> {
        let found = self.programs.iter().find(|program| program.name == name);
        found.ok_or_else(|| Fault::new(format!("{PLAN} names a program {name} and has none")))
    }

    pub(super) fn workload(&self, name: &str) -> Result<&Workload> {
        let found = self.workloads.iter().find(|work| work.name == name);
        found.ok_or_else(|| Fault::new(format!("{PLAN} names a workload {name} and has none")))
    }

    /// The program that is ours in a face.
    pub(super) fn ours(&self, face: Face) -> Result<&Program> {
        let found = self.programs.iter().find(|it| it.ours && it.face == face);
        found.ok_or_else(|| Fault::new(format!("{PLAN} has no program of ours for {face:?}")))
    }

    /// The goals of a face.
    pub(super) fn goals_of(&self, face: Face) -> impl Iterator<Item = &Goal> {
        self.goals.iter().filter(move |goal| {
            self.program(&goal.of.0)
                .is_ok_and(|program| program.face.section() == face)
        })
    }

    /// The programs of a face, and those that its goals are measured by.
    pub(super) fn programs_of(&self, face: Face) -> Vec<&Program> {
        let over: Vec<&str> = self
            .goals_of(face)
            .map(|goal| goal.over.0.as_str())
            .collect();
        self.programs
            .iter()
            .filter(|it| it.face.section() == face || over.contains(&it.name.as_str()))
            .collect()
    }
}

impl Face {
    /// The face in whose tables it stands.
    pub(super) fn section(self) -> Self {
        match self {
            Self::Asyncio => Self::Python,
            other => other,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::C => "c",
            Self::Python => "python",
            Self::Asyncio => "asyncio",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Rust => "Rust",
            Self::C => "C",
            Self::Python => "Python",
            Self::Asyncio => "Python with asyncio",
        }
    }
}

impl Workload {
    /// How many calls a round makes of it.
    pub(super) fn calls(&self, requests: u64) -> u64 {
        ((requests as f64 * self.share) as u64).max(1)
    }

    /// The same with another number of things at the server.
    pub(super) fn with(&self, things: u64) -> Self {
        let items = if self.items == self.things {
            things
        } else {
            self.items
        };
        let pages = self.things.div_ceil(self.requests.max(1)).max(1);
        let requests = if self.requests > 1 {
            things.div_ceil(pages)
        } else {
            1
        };
        Self {
            things,
            items,
            requests,
            ..self.clone()
        }
    }

    /// The order for so many calls, as all programs read it.
    pub(super) fn order(&self, name: &str, calls: u64, at_once: u64, server: &str) -> String {
        format!(
            "{name}\t{calls}\t{at_once}\t{server}/{}\t{}\t{}\t{}\n",
            self.things, self.method, self.path, self.body
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tests run in the folder of this package.
    fn plan() -> Plan {
        toml::from_str(&std::fs::read_to_string(Path::new("..").join(PLAN)).unwrap()).unwrap()
    }

    #[test]
    fn every_name_of_the_plan_is_there() {
        let plan = plan();
        for goal in &plan.goals {
            for (name, at_once) in [&goal.of, &goal.over] {
                assert!(
                    plan.program(name).unwrap().at_once.contains(at_once),
                    "{name}"
                );
            }
            for name in goal.reach.keys() {
                plan.workload(name).unwrap();
            }
        }
        for counted in &plan.instructions {
            plan.program(&counted.program).unwrap();
            plan.workload(&counted.workload).unwrap();
        }
        for program in &plan.programs {
            for name in &program.without {
                plan.workload(name).unwrap();
            }
        }
        let named: Vec<&str> = plan
            .programs_of(Face::Python)
            .iter()
            .map(|it| it.name.as_str())
            .collect();
        assert!(
            named.contains(&"rust-reqwest") && !named.contains(&"rust"),
            "{named:?}"
        );
    }

    #[test]
    fn a_longer_walk_sends_more_requests() {
        let plan = plan();
        let walk = plan.workload("walk").unwrap().with(1_000_000);
        assert_eq!((walk.items, walk.requests), (1_000_000, 5000));
        let list = plan.workload("list").unwrap().with(7);
        assert_eq!((list.items, list.requests), (7, 1));
    }
}
