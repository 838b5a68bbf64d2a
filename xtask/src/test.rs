//! `cargo xtask test [rust|python|c|cpp|cli|mock|docs|samples|sanitizers|conformance|mutants|referees|registries|new-provider|whole-api]`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::ValueEnum;

use crate::bench;
use crate::conformance;
use crate::docs;
use crate::documentation::PAGES;
use crate::fault::{Fault, Result};
use crate::mock::{CASES, LIMIT, MockServer, new_share, with_server};
use crate::mutants;
use crate::native::{self, Cases};
use crate::newcomer;
use crate::python_env::{self, PythonEnv};
use crate::referees;
use crate::registries;
use crate::rotation::Nights;
use crate::run::{CLI, beside, build, cargo, limited, program, quiet, step};
use crate::samples;
use crate::whole_api;

/// What `test` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// One part alone; all but the sanitizers, the mutants, the referees, registries, new-provider and whole-api when none is named.
    part: Option<Part>,
    /// Run only the mutants with this in their names, or the referee of this name.
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Leave out what a run of everything does once for all parts: cases and scenarios, and the tests of the crate of `cli`.
    #[arg(long, requires = "part")]
    without_cases: bool,
    /// The whole document for `whole-api`, where it does not lie beside the checkout.
    #[arg(long, value_name = "PATH")]
    from: Option<String>,
    /// For `whole-api`: generate it by the generator as it is built here, and compile a sample of what was made.
    #[arg(long, requires = "part")]
    sample: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// All crates: the generator, the runtime, the mock, the providers, the command line.
    Rust,
    /// The wheel, installed in an environment of its own.
    Python,
    /// The C library, the header and the examples.
    C,
    /// The C++ headers over the C library, and the examples.
    Cpp,
    /// The command line: every case through the program, and what it prints.
    Cli,
    /// The mock as its users have it: its wheel with the fixture of pytest, beside the client's, and its helper in C.
    Mock,
    /// The site of the documentation: links, pages, and nothing fetched from elsewhere.
    Docs,
    /// Every sample of the reference in every language, and every block of code of the documentation.
    Samples,
    /// The suites of C and C++ again, under sanitizers and valgrind. Takes some minutes.
    Sanitizers,
    /// Every case and fault scenario in every language; writes docs/conformance.md and .html.
    Conformance,
    /// Faults put into the code, each of which the suite must notice. Takes half an hour.
    Mutants,
    /// Tools that are not ours judge the mock and the requests of every language. Takes some minutes.
    Referees,
    /// The C library by Conan and Meson, as their recipes install it, and what can be tried of vcpkg's.
    Registries,
    /// Begins providers in a copy of the tree, which must be generated, compile and pass their cases.
    NewProvider,
    /// Generates the whole of a real API, measures that, and checks what was made. Takes many minutes.
    WholeApi,
}

/// For the Python tests, some of which pack the unoptimised wheel into a program: that takes long on a busy machine.
const PYTHON_LIMIT: Duration = Duration::from_secs(900);

pub(crate) fn run(arguments: &Arguments, started_in: &Path) -> Result<()> {
    if arguments.part != Some(Part::WholeApi) && arguments.from.is_some() {
        return Err(Fault::new("--from goes with `cargo xtask test whole-api`"));
    }
    if arguments.part != Some(Part::WholeApi) && arguments.sample {
        return Err(Fault::new(
            "--sample goes with `cargo xtask test whole-api`",
        ));
    }
    let narrowed = matches!(arguments.part, Some(Part::Mutants | Part::Referees));
    if !narrowed && !arguments.only.is_empty() {
        return Err(Fault::new(
            "--only goes with `cargo xtask test mutants` and `referees`",
        ));
    }
    let cases = match arguments.without_cases {
        true => Cases::WithAll,
        false => Cases::Here,
    };
    match arguments.part {
        None => everything(),
        Some(Part::Rust) => rust(cases),
        Some(Part::Python) => python(cases),
        Some(Part::C) => native::c(cases),
        Some(Part::Cpp) => native::cpp(cases),
        Some(Part::Docs) => docs::test(),
        Some(Part::Samples) => samples::run(),
        Some(Part::Cli) => cli(cases),
        Some(Part::Mock) => mock(),
        Some(Part::Conformance) => conformance::run(),
        Some(Part::Sanitizers) => native::sanitizers(),
        Some(Part::Mutants) => mutants::run(&arguments.only),
        Some(Part::Referees) => referees::run(&arguments.only),
        Some(Part::Registries) => registries::run(),
        Some(Part::NewProvider) => newcomer::run(),
        Some(Part::WholeApi) => {
            whole_api::run(arguments.from.as_deref(), started_in, arguments.sample)
        }
    }
}

/// All parts that are not long or rare. What all faces do alike is done once.
fn everything() -> Result<()> {
    // First what keeps all cores busy; then two rows of parts at once, which take about as long as each other.
    step(
        "build the tests of the Rust crates",
        rust_tests().arg("--no-run"),
    )?;
    let others: [&[&str]; 7] = [
        &["test", "python", "--without-cases"],
        &["test", "mock"],
        &["test", "c", "--without-cases"],
        &["test", "cli", "--without-cases"],
        &["test", "cpp", "--without-cases"],
        &["test", "docs"],
        &["test", "samples"],
    ];
    beside(&others, || rust(Cases::WithAll))?;
    conformance::run()
}

/// The tests of all crates, the command line among them.
fn rust_tests() -> Command {
    cargo(["test", "--workspace", "--quiet"])
}

fn rust(cases: Cases) -> Result<()> {
    // What a new document breaks is seen in one run.
    let mut tests = rust_tests();
    tests.arg("--no-fail-fast");
    if cases == Cases::WithAll {
        tests.args(["--", "--skip", "every_case", "--skip", "every_scenario"]);
    }
    step("test the Rust crates", &mut tests)?;
    quiet(
        "build the Rust of the documentation",
        &mut build(PAGES.iter().flat_map(|(_, example)| ["--example", example])),
    )?;
    MockServer::build()?;
    let mock = MockServer::start(&[])?;
    let share = new_share(&mock)?;
    for (page, example) in PAGES {
        let built = format!("target/debug/examples/{example}");
        limited(
            &format!("run the Rust of {page}"),
            LIMIT,
            with_server(&mut program(built, [share.as_str()]), &mock),
        )?;
    }
    programs(&mock)?;
    // The figures mean nothing; that programs, server and page go together is what is tried.
    bench::test()
}

/// Runs the whole programs as their users do; what they do is tested in `crates/snapline/tests`.
fn programs(mock: &MockServer) -> Result<()> {
    let text = |path: &str, pointer: &str| {
        let value = mock.json("GET", path, "")?;
        let text = value.pointer(pointer).and_then(serde_json::Value::as_str);
        text.map(str::to_owned)
            .ok_or_else(|| Fault::new(format!("{path} of the mock has no {pointer}")))
    };
    let tag = Nights::read()?.tag;
    let of_volume = text("/v2/snapshots?resource_type=volume", "/snapshots/0/id")?;
    let of_droplet = text("/v2/snapshots?resource_type=droplet", "/snapshots/0/id")?;
    for arguments in [
        ["nightly", tag.as_str(), "4"].as_slice(),
        &["restore", &of_volume, "restored"],
        &["move_region", &of_droplet, "fra1", "ams3"],
    ] {
        let Some((name, arguments)) = arguments.split_first() else {
            continue;
        };
        quiet(
            &format!("build the program {name}"),
            &mut build(["--example", name]),
        )?;
        limited(
            &format!("run the program {name}"),
            LIMIT,
            with_server(
                &mut program(
                    format!("target/debug/examples/{name}"),
                    arguments.iter().copied(),
                ),
                mock,
            ),
        )?;
    }
    Ok(())
}

fn cli(cases: Cases) -> Result<()> {
    // All crates are tested together where everything is.
    if cases == Cases::Here {
        step(
            "test the command line",
            &mut cargo(["test", "-p", CLI, "--quiet", "--no-fail-fast"]),
        )?;
    }
    let program_of_wheel = PythonEnv::prepare()?.install_cli()?;
    limited(
        "run the command line of its wheel",
        LIMIT,
        program(program_of_wheel, ["calls", "snapshot"]).stdout(Stdio::null()),
    )
}

fn python(cases: Cases) -> Result<()> {
    let env = PythonEnv::prepare()?;
    env.install_wheel()?;
    MockServer::build()?;
    let mock = MockServer::start(&["--cases", CASES, "--snapshots", "1000"])?;
    limited(
        "test the Python wheel",
        PYTHON_LIMIT,
        with_server(
            &mut program(
                env.python(),
                [
                    "-m",
                    "pytest",
                    "-q",
                    "-p",
                    "no:cacheprovider",
                    "bindings/python/tests",
                    "tests/conformance/python",
                ],
            ),
            &mock,
        )
        .env("SNAPLINE_MOCK_URL", mock.url()),
    )?;
    let share = new_share(&mock)?;
    for (page, example) in PAGES {
        let path = format!("bindings/python/examples/{example}.py");
        let arguments = [path.as_str(), share.as_str()];
        limited(
            &format!("run the Python of {page}"),
            LIMIT,
            with_server(
                program(env.python(), arguments).stdout(Stdio::null()),
                &mock,
            ),
        )?;
    }
    match cases {
        Cases::Here => conformance::python(&env),
        Cases::WithAll => Ok(()),
    }
}

fn mock() -> Result<()> {
    let env = PythonEnv::prepare()?;
    env.install_wheel()?;
    env.install_mock()?;
    limited(
        "test the wheel of the mock",
        LIMIT,
        program(
            env.python(),
            ["-m", "pytest", "-q", "-p", "no:cacheprovider"],
        )
        .arg(Path::new(python_env::MOCK).join("tests")),
    )?;
    native::mock_helper()
}
