//! Builds the server and the clients, for users or unoptimised to try the measuring itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::generator::cut;
use super::plan::{Build, Plan, Program};
use crate::artefact;
use crate::c_library::{CLibrary, STRICT, compiler};
use crate::c_package;
use crate::copy;
use crate::fault::{Fault, Result};
use crate::newcomer::cargo_in;
use crate::python_env::PythonEnv;
use crate::regenerate;
use crate::replace::replace;
use crate::run::{build, cargo, program, quiet, text, timed};
use crate::sources::{self, absolute};

/// Where the programs of C and their library go.
const FOLDER: &str = "target/bench";

/// The tree of what is counted.
const NARROWED: &str = "target/bench/tree";

/// Ends its overlay: what snapshots are taken of has more operations than are called.
const WITHOUT_KINDS: &str = "  - target: $.info['x-snapline-kinds']
    description: Nothing of this is counted.
    remove: true
";

/// The packages that are the libraries of C and Python.
const C: &str = "snapline-c";
const PYTHON: &str = "snapline-python";

/// The packages of the server and of the clients of Rust.
const SERVER: &str = "snapline-bench-server";
const RUST: &str = "snapline-bench-rust";

/// The Debian packages of the peers that are needed.
const PEERS: [&str; 2] = ["libcurl4-openssl-dev", "libcjson-dev"];

/// How programs are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Unoptimised: what is measured means nothing.
    Quick,
    /// All that is counted by one profile and in one run of cargo, without the minutes of link-time optimization, and of
    /// the operations alone that are called: for comparing with an earlier state.
    Counted,
    /// What is shipped ready made as it is shipped.
    Shipped,
}

impl Mode {
    fn profile(self) -> &'static str {
        match self {
            Self::Quick => "dev",
            Self::Counted => "counted",
            Self::Shipped => "user",
        }
    }

    /// Where cargo puts what it builds.
    fn built(self) -> &'static Path {
        Path::new(match self {
            Self::Quick => "target/debug",
            Self::Counted => "target/counted",
            Self::Shipped => "target/user",
        })
    }
}

/// What was built.
pub(super) struct Built {
    mode: Mode,
    python: Option<PythonEnv>,
    /// Where the package of Python lies, if the environment does not have it.
    package: Option<PathBuf>,
    library: Option<PathBuf>,
}

impl Built {
    /// Builds what some programs need.
    pub(super) fn make(plan: &Plan, programs: &[&Program], mode: Mode) -> Result<Self> {
        let uses = |build| programs.iter().any(|it| it.build == build);
        let together = mode == Mode::Counted;
        let optimized = ["build", "--quiet", "--profile", mode.profile()];
        let mut command = match mode {
            Mode::Quick => build(["--bin", SERVER]),
            Mode::Counted => {
                narrowed(plan)?;
                cargo_in(NARROWED, "target", &optimized)?
            }
            Mode::Shipped => cargo(optimized),
        };
        if mode == Mode::Shipped {
            command.args(["-p", SERVER, "--bin", SERVER]);
        }
        for program in programs.iter().filter(|it| it.build == Build::Cargo) {
            if mode != Mode::Quick {
                command.args(["-p", RUST]);
            }
            command.args(["--bin", &bin(program)]);
            if let Some(feature) = &program.feature {
                command.args(["--features", &format!("{RUST}/{feature}")]);
            }
        }
        if together {
            command.args(["--lib", "--no-default-features"]);
            for (build, package) in [(Build::C, C), (Build::Python, PYTHON)] {
                if uses(build) {
                    let feature = format!("{package}/{}", plan.provider);
                    command.args(["-p", package, "--features", &feature]);
                }
            }
        }
        let what = match together {
            true => "build the client of Rust and the libraries",
            false => "build the server and the clients of Rust",
        };
        quiet(what, &mut command)?;
        if together {
            // What it takes is not counted, and the tests have this one.
            quiet("build the server", &mut build(["--bin", SERVER]))?;
        }
        let (python, package) = match uses(Build::Python) {
            true if together => (Some(PythonEnv::prepare()?), Some(package(mode)?)),
            true => (Some(wheel(plan, mode)?), None),
            false => (None, None),
        };
        let library = match uses(Build::C) {
            true => {
                let library = library(plan, mode)?;
                for program in programs.iter().filter(|it| it.build == Build::C) {
                    if is_there(program) {
                        c(program, &library)?;
                    }
                }
                Some(library)
            }
            false => None,
        };
        Ok(Self {
            mode,
            python,
            package,
            library,
        })
    }

    pub(super) fn is_quick(&self) -> bool {
        self.mode == Mode::Quick
    }

    pub(super) fn server(&self) -> PathBuf {
        let mode = match self.mode {
            Mode::Counted => Mode::Quick,
            other => other,
        };
        mode.built().join(SERVER)
    }

    pub(super) fn python(&self) -> Option<&PythonEnv> {
        self.python.as_ref()
    }

    /// The prefix that the C library was laid out in.
    pub(super) fn library(&self) -> Option<&Path> {
        self.library.as_deref()
    }

    /// What starts a program.
    pub(super) fn command(&self, of: &Program) -> Result<Command> {
        Ok(match of.build {
            Build::Cargo => program(self.mode.built().join(bin(of)), [""; 0]),
            Build::C => program(c_program(of), [""; 0]),
            Build::Python => {
                let env = self
                    .python()
                    .ok_or_else(|| Fault::new("the environment of Python was not made"))?;
                let mut command = program(env.python(), ["tests/bench/python/client.py", &of.peer]);
                if let Some(package) = &self.package {
                    command.env("PYTHONPATH", package);
                }
                command
            }
        })
    }
}

/// The name of a client of Rust.
fn bin(of: &Program) -> String {
    format!("bench-{}", of.peer)
}

/// Whether a program can be built on this machine.
pub(super) fn is_there(program: &Program) -> bool {
    program.needs.as_deref().is_none_or(|header| has(&[header]))
}

fn wheel(plan: &Plan, mode: Mode) -> Result<PythonEnv> {
    let env = PythonEnv::bench()?;
    let wheels = wheels();
    let profile = match mode {
        Mode::Shipped => "release",
        other => other.profile(),
    };
    let mut build = env.wheel(Path::new("."), &wheels, profile)?;
    if mode != Mode::Shipped {
        one_provider(plan, &mut build);
    }
    quiet("build the wheel", &mut build)?;
    env.install(&wheels)?;
    Ok(env)
}

/// A copy of the tree in which the provider has nothing but the operations that are called: it is compiled in a tenth of
/// the time, and what a call takes is the same.
fn narrowed(plan: &Plan) -> Result<()> {
    let source = sources::source(Path::new("spec"), &plan.provider)?;
    let spec = cut(&plan.provider, &source.document, &plan.operations)?;
    let overlay = spec.join(&plan.provider).join("overlay.yaml");
    let with_all = sources::text(&overlay)?;
    replace(&[(overlay, &format!("{with_all}\n{WITHOUT_KINDS}"))], &[])?;
    timed("make what is counted", || {
        copy::by_hand(Path::new(NARROWED))?;
        regenerate::into(&text(&spec), NARROWED)
    })
}

/// The modules of Python with the extension that was built beside everything else.
fn package(mode: Mode) -> Result<PathBuf> {
    let package = Path::new(FOLDER).join("package");
    copy::remove(&package)?;
    copy::folder(
        &Path::new(NARROWED).join("bindings/python/python"),
        &package,
    )?;
    let extension = mode.built().join("lib_native.so");
    artefact::copy(&extension, &package.join("snapline/_native.abi3.so"))?;
    Ok(package)
}

/// What is not shipped has one provider alone, so that it is built sooner.
fn one_provider(plan: &Plan, build: &mut Command) {
    build.args(["--no-default-features", "--features", &plan.provider]);
}

/// Where the wheel lies.
pub(super) fn wheels() -> PathBuf {
    Path::new(FOLDER).join("wheels")
}

fn library(plan: &Plan, mode: Mode) -> Result<PathBuf> {
    peers()?;
    let prefix = absolute(Path::new(FOLDER).join("c"))?;
    if mode == Mode::Shipped {
        c_package::release(&prefix, Path::new(c_package::LIB))?;
    } else {
        if mode == Mode::Quick {
            let mut build = cargo(["build", "--quiet", "-p", C, "--lib"]);
            one_provider(plan, build.args(["--profile", mode.profile()]));
            quiet("build the C library", &mut build)?;
        }
        CLibrary::lay_out(&prefix, mode.built())?;
    }
    Ok(prefix)
}

fn c_program(of: &Program) -> PathBuf {
    Path::new(FOLDER).join("c/bin").join(&of.name)
}

fn c(of: &Program, prefix: &Path) -> Result<()> {
    let built = c_program(of);
    if let Some(folder) = built.parent() {
        std::fs::create_dir_all(folder).map_err(|error| Fault::path(folder, "made", &error))?;
    }
    let mut command = compiler("CC", "cc");
    command
        .args(["-std=gnu11", "-O2"])
        .args(STRICT.iter().filter(|flag| !flag.starts_with("-std")))
        .arg(Path::new("tests/bench/c").join(&of.peer))
        .arg("-o")
        .arg(&built)
        .arg(format!("-I{}", prefix.join("include").display()))
        .arg(format!("-L{}", prefix.join("lib").display()))
        .arg(format!("-Wl,-rpath,{}", prefix.join("lib").display()))
        .args(&of.flags)
        .arg("-lpthread");
    quiet(&format!("compile {}", of.name), &mut command)
}

/// Whether programs can be built with these headers.
fn has(headers: &[&str]) -> bool {
    let mut command: Command = compiler("CC", "cc");
    command.args(["-x", "c", "-fsyntax-only"]);
    for header in headers {
        command.args(["-include", header]);
    }
    command.arg("/dev/null").stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Installs the peers where that can be done without asking.
fn peers() -> Result<()> {
    let found = || has(&["curl/curl.h", "cjson/cJSON.h"]);
    if found() {
        return Ok(());
    }
    let root = program("id", ["-u"])
        .output()
        .is_ok_and(|it| it.stdout == b"0\n");
    if root && program("apt-get", ["--version"]).output().is_ok() {
        // The lists may be missing on a fresh machine; what that leads to is told by the next step.
        let _ = quiet("apt-get update", &mut program("apt-get", ["update", "-qq"]));
        let install = ["install", "-y", "-qq", "--no-install-recommends"];
        quiet(
            "install libcurl and cJSON",
            program("apt-get", install)
                .args(PEERS)
                .env("DEBIAN_FRONTEND", "noninteractive"),
        )?;
    }
    if found() {
        return Ok(());
    }
    Err(Fault::new(format!(
        "libcurl and cJSON are not installed; `apt-get install {}` as root, and run this again",
        PEERS.join(" ")
    )))
}
