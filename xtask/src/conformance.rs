//! `cargo xtask test conformance`: every case and every fault scenario through every face, and the
//! matrix of what passed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use serde::Deserialize;

use crate::c_library::CLibrary;
use crate::fault::{Fault, Result};
use crate::mock::{CASES, LIMIT, MockServer};
use crate::python_env::PythonEnv;
use crate::run::{build, limited, program, quiet, text};

/// Where the runners leave their counts.
const RESULTS: &str = "target/conformance";

/// Where the matrix is written.
const MATRIX: &str = "docs/conformance";

/// A program that runs something through a face.
struct Runner {
    what: &'static str,
    program: &'static str,
    /// Whether it asks the mock, and not servers of its own.
    mocked: bool,
}

const RUNNERS: [Runner; 2] = [
    Runner {
        what: "cases",
        program: "snapline-case-runner",
        mocked: true,
    },
    Runner {
        what: "fault scenarios",
        program: "snapline-fault-runner",
        mocked: false,
    },
];

/// A language, and the agent that makes calls in it; Rust needs none.
pub(crate) struct Face {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) agent: Vec<String>,
}

impl Face {
    fn results(&self, runner: &str) -> PathBuf {
        PathBuf::from(format!("{RESULTS}/{}-{runner}.json", self.name))
    }

    /// Runs everything through it, against a mock of its own; gives what failed.
    fn run(&self) -> Result<Vec<String>> {
        let mock = MockServer::start(&["--cases", CASES])?;
        let mut failed = Vec::new();
        for Runner {
            what,
            program: runner,
            mocked,
        } in RUNNERS
        {
            let title = format!("run the {what} in {}", self.title);
            let results = self.results(runner);
            // What an earlier run left is not this one's.
            let _ = fs::remove_file(&results);
            let mut command = program(format!("target/debug/{runner}"), [] as [&str; 0]);
            if mocked {
                command.args(["--server", mock.url()]);
            }
            command.args(["--face", self.name, "--results", &text(&results)]);
            if !self.agent.is_empty() {
                command.arg("--").args(&self.agent);
            }
            if let Err(fault) = limited(&title, LIMIT, &mut command) {
                eprintln!("{fault}");
                failed.push(title);
            }
        }
        Ok(failed)
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
struct Count {
    passed: u64,
    failed: u64,
}

#[derive(Deserialize)]
struct Tally {
    rows: BTreeMap<String, Count>,
}

/// Runs everything, writes the matrix, and fails where a cell is empty or something failed.
pub(crate) fn run() -> Result<()> {
    let env = PythonEnv::prepare()?;
    env.install_wheel()?;
    let faces = faces(&env)?;
    let failed = failures(&faces)?;
    let mut tables = [Table::new("operation", &faces), Table::new("rule", &faces)];
    for (table, runner) in tables.iter_mut().zip(RUNNERS) {
        for face in &faces {
            table.add(face.name, &face.results(runner.program))?;
        }
    }
    write_matrix(&faces, &tables)?;
    let empty: Vec<String> = tables
        .iter()
        .flat_map(|table| table.empty(&faces))
        .collect();
    for cell in &empty {
        eprintln!("nothing was tried: {cell}");
    }
    if failed.is_empty() && empty.is_empty() {
        return Ok(());
    }
    Err(Fault::new(format!(
        "the faces do not agree: {} of {} runs failed, {} cells of {MATRIX}.md are empty",
        failed.len(),
        2 * faces.len(),
        empty.len()
    )))
}

/// Runs everything in Python, by the wheel that is installed.
pub(crate) fn python(env: &PythonEnv) -> Result<()> {
    let failed = failures(&of_python(env))?;
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Fault::new(format!("failed: {}", failed.join(", ")))),
    }
}

/// Runs everything through faces; gives the titles of what failed.
fn failures(faces: &[Face]) -> Result<Vec<String>> {
    MockServer::build()?;
    build_runners()?;
    fs::create_dir_all(RESULTS).map_err(|error| Fault::path(Path::new(RESULTS), "made", &error))?;
    let failed = Mutex::new(Vec::new());
    // Most of what a face does is to wait, so that some at once take little more time than one.
    faces.par_iter().try_for_each(|face| -> Result<()> {
        let lost = face.run()?;
        let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.extend(lost);
        Ok(())
    })?;
    Ok(failed.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Builds the programs that run cases and scenarios through a face.
pub(crate) fn build_runners() -> Result<()> {
    quiet(
        "build the runners",
        &mut build(RUNNERS.iter().flat_map(|it| ["--bin", it.program])),
    )
}

/// Those of Python.
fn of_python(env: &PythonEnv) -> [Face; 2] {
    let agent = |flags: &[&str]| -> Vec<String> {
        let agent = "tests/conformance/python/agent.py";
        [&text(&env.python()), agent, "--own-names"]
            .into_iter()
            .chain(flags.iter().copied())
            .map(str::to_owned)
            .collect()
    };
    [
        Face {
            name: "python",
            title: "Python",
            agent: agent(&[]),
        },
        Face {
            name: "python-async",
            title: "async Python",
            agent: agent(&["--asyncio"]),
        },
    ]
}

/// All faces; their agents are built.
pub(crate) fn faces(env: &PythonEnv) -> Result<Vec<Face>> {
    let library = CLibrary::build()?;
    let [c, cpp] = [
        library.agent("", &[])?,
        library.agent_cpp("", "c++17", &[])?,
    ]
    .map(|agent| vec![text(&agent)]);
    let [python, python_async] = of_python(env);
    Ok(vec![
        Face {
            name: "rust",
            title: "Rust",
            agent: Vec::new(),
        },
        python,
        python_async,
        Face {
            name: "c",
            title: "C",
            agent: c,
        },
        Face {
            name: "cpp",
            title: "C++",
            agent: cpp,
        },
    ])
}

/// Counts by row and face.
struct Table {
    head: &'static str,
    rows: BTreeMap<String, BTreeMap<&'static str, Count>>,
    faces: BTreeSet<&'static str>,
}

impl Table {
    fn new(head: &'static str, faces: &[Face]) -> Self {
        Self {
            head,
            rows: BTreeMap::new(),
            faces: faces.iter().map(|face| face.name).collect(),
        }
    }

    fn add(&mut self, face: &'static str, results: &Path) -> Result<()> {
        // A runner that broke down left none: its cells stay empty, which fails below.
        let Ok(written) = fs::read_to_string(results) else {
            return Ok(());
        };
        let tally: Tally = serde_json::from_str(&written)
            .map_err(|error| Fault::new(format!("{}: {error}", results.display())))?;
        for (row, count) in tally.rows {
            self.rows.entry(row).or_default().insert(face, count);
        }
        Ok(())
    }

    fn cell(&self, row: &str, face: &str) -> Count {
        let cells = self.rows.get(row);
        cells
            .and_then(|cells| cells.get(face))
            .copied()
            .unwrap_or_default()
    }

    fn empty(&self, faces: &[Face]) -> Vec<String> {
        let mut cells = Vec::new();
        for row in self.rows.keys() {
            for face in faces.iter().filter(|face| self.faces.contains(face.name)) {
                if self.cell(row, face.name) == Count::default() {
                    cells.push(format!("{row} in {}", face.title));
                }
            }
        }
        if self.rows.is_empty() {
            cells.push(format!("every {}", self.head));
        }
        cells
    }

    /// The rows as text, the sum first.
    fn lines(&self, faces: &[Face]) -> Vec<(String, Vec<Count>)> {
        let cells = |row: &str| faces.iter().map(|face| self.cell(row, face.name)).collect();
        let mut lines: Vec<(String, Vec<Count>)> = self
            .rows
            .keys()
            .map(|row| (row.clone(), cells(row)))
            .collect();
        // B2 stands before B10.
        lines.sort_by_key(|(row, _)| {
            let number = row
                .strip_prefix('B')
                .and_then(|rest| rest.parse::<u32>().ok());
            (number, row.clone())
        });
        let sum = |index: usize| {
            lines.iter().filter_map(|(_, cells)| cells.get(index)).fold(
                Count::default(),
                |sum, count| Count {
                    passed: sum.passed + count.passed,
                    failed: sum.failed + count.failed,
                },
            )
        };
        let sums = (0..faces.len()).map(sum).collect();
        lines.insert(0, ("all".to_owned(), sums));
        lines
    }
}

fn shown(count: Count) -> String {
    match count {
        Count {
            passed: 0,
            failed: 0,
        } => "none".to_owned(),
        Count { passed, failed: 0 } => passed.to_string(),
        Count { passed, failed } => format!("{passed}, {failed} failed"),
    }
}

const INTRO: &str = "How many conformance cases and fault scenarios each language passed. The cases are made from \
the documents; both are the same, word for word, in every language.";

fn write_matrix(faces: &[Face], tables: &[Table]) -> Result<()> {
    let folder = Path::new("docs");
    fs::create_dir_all(folder).map_err(|error| Fault::path(folder, "made", &error))?;
    for (path, made) in [
        (format!("{MATRIX}.md"), markdown(faces, tables)),
        (format!("{MATRIX}.html"), html(faces, tables)),
    ] {
        let path = PathBuf::from(path);
        let old = fs::read_to_string(&path).unwrap_or_default();
        if old == made {
            println!("{} is as it was", path.display());
            continue;
        }
        if std::env::var_os("CI").is_some() {
            return Err(Fault::new(format!(
                "{} is not what the runs came to; run `cargo xtask test conformance` and commit it",
                path.display()
            )));
        }
        fs::write(&path, made).map_err(|error| Fault::path(&path, "written", &error))?;
        println!("{} is written", path.display());
    }
    Ok(())
}

fn markdown(faces: &[Face], tables: &[Table]) -> String {
    let mut out = format!(
        "<!-- Written by `cargo xtask test conformance`; do not edit. -->\n# Conformance\n{INTRO}\n"
    );
    for table in tables {
        // Writing to a String cannot fail.
        let _ = write!(out, "\n| {} |", table.head);
        for face in faces {
            let _ = write!(out, " {} |", face.title);
        }
        let _ = writeln!(out, "\n|---|{}", "---:|".repeat(faces.len()));
        for (row, cells) in table.lines(faces) {
            let cells: Vec<String> = cells.into_iter().map(shown).collect();
            let _ = writeln!(out, "| {row} | {} |", cells.join(" | "));
        }
    }
    out
}

fn html(faces: &[Face], tables: &[Table]) -> String {
    let mut out = format!(
        "<!DOCTYPE html>\n<!-- Written by `cargo xtask test conformance`; do not edit. -->\n<html lang=\"en\">\n<head>\n\
         <meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>snapline: conformance</title>\n<style>\n\
         body {{ font: 16px/1.4 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }}\n\
         table {{ border-collapse: collapse; margin: 1.5rem 0; width: 100%; }}\n\
         th, td {{ border: 1px solid #8886; padding: .2rem .6rem; text-align: right; }}\n\
         th:first-child, td:first-child {{ text-align: left; }}\n\
         thead th {{ position: sticky; top: 0; background: Canvas; }}\n\
         .bad {{ background: #d33; color: #fff; }}\n\
         @media (prefers-color-scheme: dark) {{ :root {{ color-scheme: dark; }} }}\n\
         </style>\n</head>\n<body>\n<h1>Conformance</h1>\n<p>{INTRO}</p>\n"
    );
    for table in tables {
        let _ = write!(
            out,
            "<table>\n<thead><tr><th scope=\"col\">{}</th>",
            table.head
        );
        for face in faces {
            let _ = write!(out, "<th scope=\"col\">{}</th>", face.title);
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        for (row, cells) in table.lines(faces) {
            let _ = write!(out, "<tr><th scope=\"row\">{row}</th>");
            for count in cells {
                let good = count.failed == 0 && count.passed > 0;
                let class = if good { "" } else { " class=\"bad\"" };
                let _ = write!(out, "<td{class}>{}</td>", shown(count));
            }
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody>\n</table>\n");
    }
    out.push_str("</body>\n</html>\n");
    out
}
