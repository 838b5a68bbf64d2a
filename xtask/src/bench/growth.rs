//! What grows with the number of things, threads, tasks and providers, and how.

use std::path::Path;

use super::build::{Built, Mode};
use super::client::{Client, Cost, Server};
use super::plan::{Face, Plan, Program, Workload};
use super::results::{Chart, Line, Verdict};
use super::size::megabytes;
use crate::artefact::size_of;
use crate::fault::{Fault, Result};
use crate::run::{quiet, text};
use crate::sources::{self, entries};

/// As much as near-linear may exceed linear: a power.
const LINEAR: f64 = 1.15;

/// As much as flat may grow.
const FLAT: f64 = 0.15;

/// One measured growth.
struct Growth<'a> {
    plan: &'a Plan,
    built: &'a Built,
    server: Server,
    quick: bool,
}

pub(super) fn measure(
    plan: &Plan,
    built: &Built,
    mode: Mode,
) -> Result<(Vec<Chart>, Vec<Verdict>)> {
    let quick = mode == Mode::Quick;
    let growth = Growth {
        plan,
        built,
        server: Server::start(&built.server())?,
        quick,
    };
    let mut charts = Vec::new();
    let mut verdicts = Vec::new();
    let mut add = |chart: Chart, most: f64| {
        for line in &chart.lines {
            if let Some(power) = line.power() {
                verdicts.push(Verdict {
                    title: format!("{}: grows by a power of", chart.title),
                    what: line.title.clone(),
                    ratio: power,
                    goal: most,
                    speed: false,
                    holds: power <= most,
                });
            }
        }
        charts.push(chart);
    };
    let faces = [Face::Rust, Face::C, Face::Python];
    let sizes: &[u64] = growth.steps(&[1, 10, 100, 1000, 10_000, 100_000]);
    let (time, memory) = growth.over_things("list", "list", &faces, sizes)?;
    add(time, LINEAR);
    add(memory, LINEAR);
    let walks = growth.steps(&[1000, 10_000, 100_000, 1_000_000]);
    let (time, memory) = growth.over_things("walk", "walk", &faces, walks)?;
    add(time, LINEAR);
    add(memory, FLAT);
    let threads = growth.steps(&[1, 2, 4, 8, 16, 32, 64]);
    add(
        growth.over_callers("threads", &[Face::C, Face::Python], threads)?,
        FLAT,
    );
    let tasks = growth.steps(&[1, 4, 16, 64, 256, 1024, 4096]);
    add(
        growth.over_callers("tasks", &[Face::Rust, Face::Asyncio], tasks)?,
        FLAT,
    );
    if !quick {
        charts.push(providers(built)?);
    }
    Ok((charts, verdicts))
}

impl<'a> Growth<'a> {
    fn steps(&self, all: &'static [u64]) -> &'static [u64] {
        match self.quick {
            true => all.get(..2).unwrap_or(all),
            false => all,
        }
    }

    /// A fresh process, so that its memory is that of these calls.
    fn fresh(
        &self,
        program: &Program,
        workload: &Workload,
        calls: u64,
        at_once: u64,
    ) -> Result<Cost> {
        let mut command = self.built.command(program)?;
        let mut client = Client::start(&program.name, &mut command, &self.server)?;
        client.calls(&self.server, workload, calls, at_once)
    }

    /// Time and memory over how many things a call gives.
    fn over_things(
        &self,
        name: &str,
        workload: &str,
        faces: &[Face],
        sizes: &[u64],
    ) -> Result<(Chart, Chart)> {
        let workload = self.plan.workload(workload)?;
        let (mut time, mut memory) = (Vec::new(), Vec::new());
        for face in faces {
            let program = self.plan.ours(*face)?;
            let line = || Line {
                title: face.title().to_owned(),
                points: Vec::new(),
            };
            let (mut times, mut memories) = (line(), line());
            for things in sizes {
                // Some hundred thousand things in all, so that small lists are not lost in a clock's tick.
                let calls = (200_000 / things).clamp(1, if self.quick { 2 } else { 2000 });
                let cost = self.fresh(program, &workload.with(*things), calls, 1)?;
                times
                    .points
                    .push((*things as f64, cost.cpu_us / calls as f64));
                memories.points.push((*things as f64, cost.rss_kb / 1024.0));
            }
            time.push(times);
            memory.push(memories);
        }
        let chart = |suffix: &str, y: &str, lines| Chart {
            name: format!("{name}-{suffix}"),
            title: format!("A {name}: {y}"),
            x: "things".to_owned(),
            y: y.to_owned(),
            lines,
        };
        Ok((
            chart("time", "CPU of a call, us", time),
            chart("memory", "most memory, MiB", memory),
        ))
    }

    /// CPU of a request over how many ask at once.
    fn over_callers(&self, name: &str, faces: &[Face], steps: &[u64]) -> Result<Chart> {
        let workload = self.plan.workload("get")?;
        let mut lines = Vec::new();
        for face in faces {
            let program = self.plan.ours(*face)?;
            let mut line = Line {
                title: face.title().to_owned(),
                points: Vec::new(),
            };
            for at_once in steps {
                let calls = if self.quick {
                    *at_once
                } else {
                    (4 * at_once).max(4096)
                };
                let cost = self.fresh(program, workload, calls, *at_once)?;
                line.points
                    .push((*at_once as f64, cost.cpu_us / calls as f64));
            }
            lines.push(line);
        }
        Ok(Chart {
            name: name.to_owned(),
            title: format!("A small GET by many {name}"),
            x: name.to_owned(),
            y: "CPU of a request, us".to_owned(),
            lines,
        })
    }
}

/// The wheel with one provider, two, and so on.
fn providers(built: &Built) -> Result<Chart> {
    let env = built
        .python()
        .ok_or_else(|| Fault::new("the environment of Python was not made"))?;
    let names = sources::names(Path::new("spec"))?;
    let mut line = Line {
        title: "the wheel".to_owned(),
        points: Vec::new(),
    };
    for count in 1..=names.len() {
        let wheels = Path::new("target/bench/providers");
        let mut build = env.wheel(Path::new("."), wheels, "release")?;
        let features: Vec<&str> = names.iter().take(count).map(String::as_str).collect();
        build.args(["--no-default-features", "--features", &features.join(",")]);
        quiet(
            &format!("build the wheel with {} providers", count),
            &mut build,
        )?;
        let made = entries(wheels)?;
        let wheel = made
            .first()
            .ok_or_else(|| Fault::new(format!("maturin made no wheel in {}", text(wheels))))?;
        line.points.push((count as f64, megabytes(size_of(wheel)?)));
    }
    Ok(Chart {
        name: "providers".to_owned(),
        title: "The wheel by its providers".to_owned(),
        x: "providers".to_owned(),
        y: "MB".to_owned(),
        lines: vec![line],
    })
}
