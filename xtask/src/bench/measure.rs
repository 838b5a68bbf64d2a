//! Rounds of all programs in turn, and what they come to.

use std::collections::BTreeMap;

use super::build::{Built, is_there};
use super::client::{Client, Cost, Server};
use super::plan::{Face, Plan, Program, Workload};
use super::results::{Row, Spread, Verdict};
use crate::fault::Result;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amount {
    pub(super) rounds: u32,
    pub(super) requests: u64,
}

/// A program with a workload, and what its rounds cost.
struct Case<'a> {
    program: &'a Program,
    workload: &'a Workload,
    at_once: u64,
    calls: u64,
    costs: Vec<Cost>,
}

/// Measures programs in turns, so that a slow minute of the machine meets all of them.
pub(super) fn measure(
    plan: &Plan,
    programs: &[&Program],
    built: &Built,
    amount: Amount,
) -> Result<Vec<Row>> {
    let mut server = Server::start(&built.server())?;
    let programs: Vec<&Program> = programs.iter().copied().filter(|it| is_there(it)).collect();
    let mut cases = Vec::new();
    for workload in &plan.workloads {
        for program in programs
            .iter()
            .filter(|it| !it.without.contains(&workload.name))
        {
            for at_once in &program.at_once {
                cases.push(Case {
                    program,
                    workload,
                    at_once: *at_once,
                    // Each thread and task has something to do, unless it is only tried.
                    calls: workload.calls(amount.requests).max(match built.is_quick() {
                        true => 1,
                        false => *at_once,
                    }),
                    costs: Vec::new(),
                });
            }
        }
    }
    for round in 0..amount.rounds {
        println!("    round {} of {}", round + 1, amount.rounds);
        // New processes for each round: where one happens to lie in memory is a part of the spread.
        let mut clients = BTreeMap::new();
        for program in &programs {
            let client = Client::start(&program.name, &mut built.command(program)?, &server)?;
            clients.insert(program.name.as_str(), client);
        }
        // Every other round backwards, so that none always comes after the same one.
        let mut order: Vec<&mut Case> = cases.iter_mut().collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for case in order {
            if let Some(client) = clients.get_mut(case.program.name.as_str()) {
                let cost = client.calls(&server, case.workload, case.calls, case.at_once)?;
                case.costs.push(cost);
            }
        }
        server.check()?;
    }
    Ok(cases.iter().map(Case::row).collect())
}

impl Case<'_> {
    fn row(&self) -> Row {
        let requests = (self.calls * self.workload.requests) as f64;
        let each = |value: fn(&Cost) -> f64| self.costs.iter().map(value);
        Row {
            program: self.program.name.clone(),
            title: match self.program.face {
                Face::Asyncio if self.program.ours => format!("{}, asyncio", self.program.title),
                _ => self.program.title.clone(),
            },
            ours: self.program.ours,
            workload: self.workload.name.clone(),
            what: self.workload.title.clone(),
            at_once: self.at_once,
            cpu_us: Spread::of(
                each(|it| it.cpu_us).map(|cpu| cpu / requests).collect(),
                false,
            ),
            per_second: Spread::of(
                each(|it| it.wall_us)
                    .map(|wall| requests / wall.max(1.0) * 1e6)
                    .collect(),
                true,
            ),
            rss_mb: each(|it| it.rss_kb).fold(0.0, f64::max) / 1024.0,
            allocations: None,
        }
    }
}

/// The rows of a face, with those that its goals are measured by.
pub(super) fn rows_of(plan: &Plan, face: Face, rows: &[Row]) -> Vec<Row> {
    let names: Vec<&str> = plan
        .programs_of(face)
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    rows.iter()
        .filter(|row| names.contains(&row.program.as_str()))
        .cloned()
        .collect()
}

/// The goals of a face beside what was measured.
pub(super) fn verdicts(plan: &Plan, face: Face, rows: &[Row]) -> Result<Vec<Verdict>> {
    let mut all = Vec::new();
    for goal in plan.goals_of(face) {
        for (name, wanted) in &goal.reach {
            let best = |(program, at_once): &(String, u64)| {
                rows.iter()
                    .find(|row| {
                        row.program == *program && row.at_once == *at_once && row.workload == *name
                    })
                    .map(|row| {
                        if goal.speed {
                            row.per_second.best
                        } else {
                            row.cpu_us.best
                        }
                    })
            };
            if let (Some(of), Some(over)) = (best(&goal.of), best(&goal.over)) {
                let ratio = of / over;
                all.push(Verdict {
                    title: goal.title.clone(),
                    what: plan.workload(name)?.title.clone(),
                    ratio,
                    goal: *wanted,
                    speed: goal.speed,
                    holds: if goal.speed {
                        ratio >= *wanted
                    } else {
                        ratio <= *wanted
                    },
                });
            }
        }
    }
    Ok(all)
}
