//! `cargo xtask test mutants`: is the suite any good? Each mutant is one small fault put into the
//! code; some case or scenario must turn red. It works in a copy of the tree, below `target/mutants`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde::Deserialize;

use crate::c_library::CLibrary;
use crate::copy::copy;
use crate::fault::{Fault, Result};
use crate::mock::{CASES, MockServer};
use crate::python_env::PythonEnv;
use crate::run::{CLI, cargo, program, quiet, seconds, text, timed};
use crate::sources::absolute;

/// The list of mutants.
const LIST: &str = "tests/conformance/mutants.toml";

/// Where the copy lies.
const TREE: &str = "target/mutants/tree";

/// Of a hundred mutants, so many must be caught.
const GOAL: usize = 95;

#[derive(Deserialize)]
struct List {
    mutant: Vec<Mutant>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    /// What is wrong now.
    name: String,
    /// The file it is put into.
    file: PathBuf,
    /// What stands there; its first place is taken.
    find: String,
    /// What stands there in the mutant.
    replace: String,
    /// The face that runs.
    #[serde(default)]
    face: Face,
    /// Why nothing can see it, where that is so.
    #[serde(default)]
    survives: Option<String>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Face {
    #[default]
    Rust,
    Python,
    C,
    /// The command line, which its own tests run.
    Cli,
}

/// Runs all mutants, or those with a part in their names.
pub(crate) fn run(only: &str) -> Result<()> {
    let listed =
        fs::read_to_string(LIST).map_err(|error| Fault::path(Path::new(LIST), "read", &error))?;
    let list: List =
        toml::from_str(&listed).map_err(|error| Fault::new(format!("{LIST}: {error}")))?;
    let mutants: Vec<&Mutant> = list
        .mutant
        .iter()
        .filter(|mutant| mutant.name.contains(only))
        .collect();
    if mutants.is_empty() {
        return Err(Fault::new(format!("no mutant has `{only}` in its name")));
    }
    // Each must fit, before any of them is run.
    for mutant in &mutants {
        mutant.mutated()?;
    }
    MockServer::build()?;
    let mock = MockServer::start(&["--cases", CASES])?;
    timed("copy the tree to target/mutants", || copy(Path::new(TREE)))?;
    let bench = Bench { mock: &mock };
    for face in [Face::Rust, Face::Python, Face::C, Face::Cli] {
        if mutants.iter().any(|mutant| mutant.face == face) && bench.catches(face)? {
            return Err(Fault::new(
                "the suite fails without any mutant; mend that first",
            ));
        }
    }
    let mut survivors = Vec::new();
    let mut unusable = Vec::new();
    for (index, mutant) in mutants.iter().enumerate() {
        let begun = Instant::now();
        let place = Path::new(TREE).join(&mutant.file);
        write(&place, &mutant.mutated()?)?;
        let caught = bench.catches(mutant.face);
        write(&place, &read(&mutant.file)?)?;
        let end = match &caught {
            Ok(true) => "caught  ",
            Ok(false) => "SURVIVED",
            Err(_) => "UNUSABLE",
        };
        println!(
            "{:>3}/{} {end} {} ({})",
            index + 1,
            mutants.len(),
            mutant.name,
            seconds(begun.elapsed())
        );
        match caught {
            Ok(true) => {}
            Ok(false) => survivors.push(*mutant),
            // The others are still worth running; the list is mended after that.
            Err(fault) => unusable.push(format!("{}: {fault}", mutant.name)),
        }
    }
    if !unusable.is_empty() {
        return Err(Fault::new(unusable.join("\n")));
    }
    report(&mutants, &survivors)
}

fn report(mutants: &[&Mutant], survivors: &[&Mutant]) -> Result<()> {
    let caught = mutants.len() - survivors.len();
    println!(
        "{caught} of {} mutants were caught: {} %",
        mutants.len(),
        caught * 100 / mutants.len()
    );
    let mut unexplained = 0;
    for mutant in survivors {
        let why = mutant.survives.as_deref();
        unexplained += usize::from(why.is_none());
        println!(
            "survived: {}: {}",
            mutant.name,
            why.unwrap_or("unexplained")
        );
    }
    if unexplained > 0 || caught * 100 < GOAL * mutants.len() {
        return Err(Fault::new(format!(
            "{unexplained} mutants survived without a reason; give each a case that catches it"
        )));
    }
    Ok(())
}

impl Mutant {
    /// The file with the fault in it.
    fn mutated(&self) -> Result<String> {
        let good = read(&self.file)?;
        if !good.contains(&self.find) || self.find == self.replace {
            return Err(Fault::new(format!(
                "{LIST}: `{}` does not fit {}: what it looks for is not there",
                self.name,
                self.file.display()
            )));
        }
        Ok(good.replacen(&self.find, &self.replace, 1))
    }
}

struct Bench<'a> {
    mock: &'a MockServer,
}

impl Bench<'_> {
    /// Builds the copy and runs cases and scenarios through a face; whether one failed.
    fn catches(&self, face: Face) -> Result<bool> {
        let target = absolute("target/mutants/target")?;
        let here = |command: &mut Command| {
            command
                .current_dir(TREE)
                .env("CARGO_TARGET_DIR", &target)
                .env("CARGO_TERM_COLOR", "never");
        };
        if face == Face::Cli {
            let tests = |more: &[&str]| {
                let mut command = cargo(["test", "--quiet", "-p", CLI]);
                here(command.args(more));
                command
            };
            self.built(tests(&["--no-run"]))?;
            let status = tests(&[])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            let status =
                status.map_err(|error| Fault::new(format!("cargo cannot be started: {error}")))?;
            return Ok(!status.success());
        }
        let runners = ["snapline-case-runner", "snapline-fault-runner"];
        let mut build = cargo(["build", "--quiet"]);
        for runner in runners {
            build.args(["--bin", runner]);
        }
        here(&mut build);
        self.built(build)?;
        let agent: Vec<String> = match face {
            Face::Rust | Face::Cli => Vec::new(),
            Face::Python => {
                let env = PythonEnv::prepare()?;
                let wheels = absolute("target/mutants/wheels")?;
                let mut wheel = env.wheel(Path::new("."), &wheels, "dev")?;
                here(&mut wheel);
                self.built(wheel)?;
                env.install(&wheels)?;
                vec![
                    text(&env.python()),
                    "tests/conformance/python/agent.py".to_owned(),
                ]
            }
            Face::C => {
                let mut library = cargo(["build", "--quiet", "-p", "snapline-c"]);
                here(&mut library);
                self.built(library)?;
                let prefix = Path::new("target/mutants/c");
                vec![text(
                    &CLibrary::lay_out(prefix, &target.join("debug"))?.agent("", &[])?,
                )]
            }
        };
        // One failure is enough; a wait that never ends well takes long to fail in every case.
        let cases = ["--first", "--server", self.mock.url()];
        for (runner, words) in runners.into_iter().zip([&cases[..], &[]]) {
            let mut command = program(target.join("debug").join(runner), words);
            command.stdout(Stdio::null());
            if !agent.is_empty() {
                command.arg("--").args(&agent);
            }
            here(&mut command);
            let status = command
                .status()
                .map_err(|error| Fault::new(format!("{runner} cannot be started: {error}")))?;
            match status.code() {
                Some(0) => {}
                Some(1) | None => return Ok(true),
                Some(_) => return Err(Fault::new(format!("{runner} broke down"))),
            }
        }
        Ok(false)
    }

    /// A mutant that does not compile is caught by the compiler, which shows nothing of the suite.
    fn built(&self, mut command: Command) -> Result<()> {
        quiet("build", &mut command)
            .map_err(|_| Fault::new("the mutant does not compile; write another"))
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| Fault::path(path, "read", &error))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|error| Fault::path(path, "written", &error))
}
