//! `cargo xtask bench`: what calls cost beside peers, how large things are, and how all of that grows.

mod build;
mod client;
pub(crate) mod generator;
mod growth;
mod instructions;
mod machine;
mod measure;
mod plan;
mod plot;
mod report;
mod results;
mod size;
mod valgrind;

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use self::build::{Built, Mode, is_there};
use self::client::Server;
use self::machine::About;
use self::measure::Amount;
use self::plan::{Face, Plan, Program};
use self::results::{Results, Row, Section};
use self::valgrind::Unit;
use crate::fault::{Fault, Result};

/// Where figures go that are kept.
const KEPT: &str = "docs/benchmarks";

/// Where those go that mean nothing.
const TRIED: &str = "target/bench/tried";

/// Workloads whose allocations are counted, and of how many calls.
const ALLOCATIONS: ([&str; 3], u64) = (["get", "post", "list"], 40);

/// What `bench` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One part alone; rust, c, python, size and codegen when none is named.
    what: Option<What>,
    /// How many rounds of all programs, which take turns.
    #[arg(long, default_value_t = 11, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// How many small requests a round has; calls that cost more are made less often.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u64).range(1..))]
    requests: u64,
    /// Try the measuring itself: unoptimised builds, one round, few requests. The figures mean nothing and go to
    /// target/bench/tried.
    #[arg(long)]
    quick: bool,
    /// The folder for results.json, the page and its plots.
    #[arg(long, value_name = "DIR", default_value = KEPT)]
    out: PathBuf,
    /// With `instructions`: fail where a count lies above its budget in tests/bench/budget.toml; nothing is written.
    #[arg(long, conflicts_with_all = ["update", "against", "quick"])]
    check: bool,
    /// With `instructions`: write the counts as the new budget.
    #[arg(long, conflicts_with = "quick")]
    update: bool,
    /// With `instructions`: count another commit as well, in a tree of its own below target, and compare.
    #[arg(long, value_name = "COMMIT", conflicts_with = "quick")]
    against: Option<String>,
    /// With `instructions`: print the counts as JSON in one line; nothing is written.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// The crates beside raw hyper, raw reqwest with serde and progenitor's plain client.
    Rust,
    /// The C library beside libcurl with cJSON and, where it is installed, with yyjson.
    C,
    /// The wheel beside requests, httpx, pydo and aiohttp, with threads and with asyncio.
    Python,
    /// How large the wheel and the C library are, what an import and an idle client take.
    Size,
    /// How long `regenerate` takes: as it is, and for more and more operations of a document.
    Codegen,
    /// Instructions, counted by valgrind.
    Instructions,
    /// Time and memory over things, threads, tasks and providers. Takes some minutes.
    Growth,
}

impl What {
    /// What is measured when nothing is named.
    const USUAL: [Self; 5] = [Self::Rust, Self::C, Self::Python, Self::Size, Self::Codegen];

    fn face(self) -> Option<Face> {
        match self {
            Self::Rust => Some(Face::Rust),
            Self::C => Some(Face::C),
            Self::Python => Some(Face::Python),
            _ => None,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let counts = arguments.what == Some(What::Instructions);
    if !counts
        && (arguments.check || arguments.update || arguments.json || arguments.against.is_some())
    {
        return Err(Fault::new(
            "--check, --update, --against and --json go with `cargo xtask bench instructions`",
        ));
    }
    let bench = Bench {
        plan: Plan::read()?,
        mode: if arguments.quick {
            Mode::Quick
        } else {
            Mode::Shipped
        },
        amount: match arguments.quick {
            true => Amount {
                rounds: 1,
                requests: 64,
            },
            false => Amount {
                rounds: arguments.rounds,
                requests: arguments.requests,
            },
        },
    };
    if counts {
        return bench.instructions(arguments);
    }
    let wanted = match &arguments.what {
        Some(one) => std::slice::from_ref(one),
        None => &What::USUAL,
    };
    let out = folder(arguments);
    let mut results = Results::read(out)?;
    bench.calls(wanted, &mut results)?;
    // What was measured is kept, also where what comes then fails.
    keep(out, &results)?;
    for what in wanted {
        match what {
            What::Size => bench.size(&mut results)?,
            What::Codegen => bench.codegen(&mut results)?,
            What::Growth => bench.growth(&mut results)?,
            _ => continue,
        }
        keep(out, &results)?;
    }
    Ok(())
}

/// Tries the measuring of calls in Rust, as the tests do.
pub(crate) fn test() -> Result<()> {
    let mut plan = Plan::read()?;
    plan.programs.retain(|program| program.feature.is_none());
    for workload in &mut plan.workloads {
        *workload = workload.with(workload.things.min(1000));
    }
    let bench = Bench {
        plan,
        mode: Mode::Quick,
        amount: Amount {
            rounds: 1,
            requests: 8,
        },
    };
    let mut results = Results::default();
    bench.calls(&[What::Rust], &mut results)?;
    keep(Path::new(TRIED), &results)
}

fn folder(arguments: &Arguments) -> &Path {
    match arguments.quick && arguments.out == Path::new(KEPT) {
        true => Path::new(TRIED),
        false => &arguments.out,
    }
}

fn keep(out: &Path, results: &Results) -> Result<()> {
    results.write(out)?;
    report::write(out, results)?;
    println!("    {}", out.join("README.md").display());
    Ok(())
}

struct Bench {
    plan: Plan,
    mode: Mode,
    amount: Amount,
}

impl Bench {
    fn section(&self, what: &str) -> Section {
        let quick = if self.mode == Mode::Quick {
            " --quick"
        } else {
            ""
        };
        Section {
            about: About::here(format!("cargo xtask bench {what}{quick}")),
            rows: Vec::new(),
            verdicts: Vec::new(),
            figures: Vec::new(),
            charts: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// All faces that are wanted in the same rounds.
    fn calls(&self, wanted: &[What], results: &mut Results) -> Result<()> {
        let faces: Vec<Face> = wanted.iter().filter_map(|what| what.face()).collect();
        if faces.is_empty() {
            return Ok(());
        }
        let named = |program: &&Program| {
            faces.iter().any(|face| {
                let of = self.plan.programs_of(*face);
                of.iter().any(|other| other.name == program.name)
            })
        };
        let programs: Vec<&Program> = self.plan.programs.iter().filter(named).collect();
        let built = Built::make(&self.plan, &programs, self.mode)?;
        let mut rows = measure::measure(&self.plan, &programs, &built, self.amount)?;
        if self.mode != Mode::Quick && valgrind::is_there() {
            self.allocations(&built, &mut rows)?;
        }
        for face in faces {
            let Amount { rounds, requests } = self.amount;
            let what = format!("{} --rounds {rounds} --requests {requests}", face.name());
            let rows = measure::rows_of(&self.plan, face, &rows);
            let missing = self
                .plan
                .programs_of(face)
                .into_iter()
                .filter(|it| !is_there(it));
            let left_out = missing.map(|it| {
                let needs = it.needs.as_deref().unwrap_or_default();
                format!("{}, since this system has no {needs}", it.title)
            });
            let section = Section {
                verdicts: measure::verdicts(&self.plan, face, &rows)?,
                left_out: left_out.collect(),
                rows,
                ..self.section(&what)
            };
            results.sections.insert(face.name().to_owned(), section);
        }
        Ok(())
    }

    /// Counts what calls allocate, for those rows that ask least at once.
    fn allocations(&self, built: &Built, rows: &mut [Row]) -> Result<()> {
        println!("==> count allocations");
        let server = Server::start(&built.server())?;
        let (workloads, calls) = ALLOCATIONS;
        for row in rows {
            let program = self.plan.program(&row.program)?;
            let least = program.at_once.iter().min() == Some(&row.at_once);
            if least && workloads.contains(&row.workload.as_str()) {
                let workload = self.plan.workload(&row.workload)?;
                let command = built.command(program)?;
                let unit = Unit::Allocations;
                let each = valgrind::each(unit, &command, &server, workload, &row.workload, calls)?;
                row.allocations = Some(each);
            }
        }
        Ok(())
    }

    fn size(&self, results: &mut Results) -> Result<()> {
        let ours = [self.plan.ours(Face::C)?, self.plan.ours(Face::Python)?];
        let built = Built::make(&self.plan, &ours, self.mode)?;
        let section = Section {
            figures: size::figures(&self.plan, &built)?,
            ..self.section("size")
        };
        results.sections.insert("size".to_owned(), section);
        Ok(())
    }

    fn codegen(&self, results: &mut Results) -> Result<()> {
        let (figures, charts) = generator::measure(&self.plan, self.mode == Mode::Quick)?;
        let section = Section {
            figures,
            charts,
            ..self.section("codegen")
        };
        results.sections.insert("codegen".to_owned(), section);
        Ok(())
    }

    fn growth(&self, results: &mut Results) -> Result<()> {
        let ours: Vec<&Program> = self.plan.programs.iter().filter(|it| it.ours).collect();
        let built = Built::make(&self.plan, &ours, self.mode)?;
        let (charts, verdicts) = growth::measure(&self.plan, &built, self.mode)?;
        let section = Section {
            charts,
            verdicts,
            ..self.section("growth")
        };
        results.sections.insert("growth".to_owned(), section);
        Ok(())
    }

    fn instructions(&self, arguments: &Arguments) -> Result<()> {
        let named = |program: &&Program| {
            self.plan
                .instructions
                .iter()
                .any(|it| it.program == program.name)
        };
        let programs: Vec<&Program> = self.plan.programs.iter().filter(named).collect();
        let mode = if arguments.quick {
            Mode::Quick
        } else {
            Mode::Counted
        };
        let built = Built::make(&self.plan, &programs, mode)?;
        let mut figures = instructions::count(&self.plan, &built)?;
        if arguments.json {
            let line = serde_json::to_string(&figures);
            let line = line.map_err(|error| Fault::new(error.to_string()))?;
            println!("{line}");
            return Ok(());
        }
        if arguments.check {
            return instructions::check(&figures, &instructions::budgets()?);
        }
        if arguments.update {
            instructions::update(&figures)?;
        }
        instructions::judge(&mut figures, &instructions::budgets()?);
        if let Some(commit) = &arguments.against {
            let theirs = instructions::of_commit(commit)?;
            instructions::compare(&figures, &theirs, commit);
            return Ok(());
        }
        let out = folder(arguments);
        let mut results = Results::read(out)?;
        let section = Section {
            figures,
            ..self.section("instructions")
        };
        results.sections.insert("instructions".to_owned(), section);
        keep(out, &results)
    }
}
