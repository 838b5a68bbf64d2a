//! The samples of the reference: compiled as they are shown, and run against the mock, each alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use snapline_codegen::samples::Language;
use snapline_codegen::{FileSet, Programs, Run};

use crate::c_library::CLibrary;
use crate::copy;
use crate::documentation;
use crate::fault::{Fault, Result};
use crate::http::ask;
use crate::mock::MockServer;
use crate::python_env::PythonEnv;
use crate::replace::replace;
use crate::run::{build, program, quiet, shell, text, timed};
use crate::rust_library::RustLibrary;
use crate::sources;

/// Where the samples and their programs lie.
const FOLDER: &str = "target/samples";

/// Runs files of Python, each in the environment that it is told.
const RUNNER: &str = "tests/samples/run.py";

/// Compiles all samples and runs each against the mock.
pub(crate) fn run() -> Result<()> {
    let programs = written()?;
    MockServer::build()?;
    let mock = MockServer::start(&["--cases", &format!("{FOLDER}/cases")])?;
    let env = PythonEnv::prepare()?;
    env.install_wheel()?;
    // The pages show tests of backup jobs as well.
    env.install_mock()?;
    let library = CLibrary::build()?;
    let rust = RustLibrary::build()?;
    quiet("build the command line", &mut build(["--bin", "snapline"]))?;
    let mut wrong = Vec::new();
    for language in Language::ALL {
        let failed = match language {
            Language::Python | Language::AsyncPython => python(&env, language, &programs, &mock)?,
            Language::Rust => {
                let compile = |provider: &str| {
                    rust.compile(Path::new(&format!("{FOLDER}/rust/{provider}.rs")))
                };
                each(language, &programs, &mock, compiled(compile))?
            }
            Language::C => {
                let compile = |provider: &str| {
                    let source = PathBuf::from(format!("{FOLDER}/c/{provider}.c"));
                    library.compile(&format!("samples-{provider}"), &[source], &[])
                };
                each(language, &programs, &mock, compiled(compile))?
            }
            Language::Cpp => {
                let compile = |provider: &str| {
                    let source = PathBuf::from(format!("{FOLDER}/cpp/{provider}.cpp"));
                    let name = format!("samples-{provider}-cpp");
                    library.compile_cpp(&name, "c++20", &[source], &[])
                };
                each(language, &programs, &mock, compiled(compile))?
            }
            Language::Cli => each(language, &programs, &mock, |run| {
                let folder = Path::new(FOLDER).join(language.name());
                shell(&folder.join(&run.provider).join(format!("{}.sh", run.call)))
            })?,
        };
        wrong.extend(failed);
    }
    if wrong.is_empty() {
        return documentation::run(&env, &library, &rust);
    }
    Err(Fault::new(format!(
        "{} samples do not do what the reference says:\n{}",
        wrong.len(),
        wrong.join("\n")
    )))
}

/// Writes the samples, in place of those that were there.
fn written() -> Result<Programs> {
    timed("write the samples", || {
        let sources = sources::read(Path::new("spec"))?;
        let programs = snapline_codegen::samples(&sources)?;
        lay_out(&programs.files, Path::new(FOLDER))?;
        Ok(programs)
    })
}

/// Writes files into a folder that has nothing else then.
pub(crate) fn lay_out(files: &FileSet, folder: &Path) -> Result<()> {
    copy::remove(folder)?;
    let files: Vec<(PathBuf, &str)> = files
        .iter()
        .map(|(path, contents)| (folder.join(path), contents))
        .collect();
    replace(&files, &[])
}

/// Runs each sample by the command that is made for it. Gives what went wrong, by name.
fn each(
    language: Language,
    programs: &Programs,
    mock: &MockServer,
    mut command: impl FnMut(&Run) -> Result<Command>,
) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let title = language.title();
    for run in &programs.runs {
        let mut command = command(run)?;
        for (name, value) in environment(run, language, mock) {
            command.env(name, value);
        }
        let output = without_credentials(&mut command).output();
        let output = output.map_err(|error| {
            let path = Path::new(command.get_program());
            Fault::path(path, "started", &error)
        })?;
        let said = if output.status.success() {
            String::new()
        } else {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            format!("it ended with {}: {said}", output.status)
        };
        wrong.extend(verdict(run, language, mock, &said)?);
    }
    println!("ok  {} samples of {title} ran", programs.runs.len());
    Ok(wrong)
}

/// The command that runs one sample out of the program of its provider, which is compiled when it is needed.
fn compiled(compile: impl Fn(&str) -> Result<PathBuf>) -> impl FnMut(&Run) -> Result<Command> {
    let mut built: Option<(String, PathBuf)> = None;
    move |run| {
        let known = built
            .take()
            .filter(|(provider, _)| *provider == run.provider);
        let (provider, path) = match known {
            Some(known) => known,
            None => (run.provider.clone(), compile(&run.provider)?),
        };
        let command = program(&path, [&run.call]);
        built = Some((provider, path));
        Ok(command)
    }
}

/// Runs the files of all samples in one process.
fn python(
    env: &PythonEnv,
    language: Language,
    programs: &Programs,
    mock: &MockServer,
) -> Result<Vec<String>> {
    let jobs: Vec<Value> = programs
        .runs
        .iter()
        .map(|run| {
            let file = format!(
                "{FOLDER}/{}/{}/{}.py",
                language.name(),
                run.provider,
                run.call
            );
            let set: serde_json::Map<String, Value> = environment(run, language, mock)
                .into_iter()
                .map(|(name, value)| (name, json!(value)))
                .collect();
            json!({"file": file, "environment": set})
        })
        .collect();
    let list = PathBuf::from(format!("{FOLDER}/{}.json", language.name()));
    fs::write(&list, json!(jobs).to_string())
        .map_err(|error| Fault::path(&list, "written", &error))?;
    let mut command = program(env.python(), [RUNNER, &text(&list)]);
    let output = without_credentials(&mut command)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Fault::path(Path::new(RUNNER), "started", &error))?;
    let failed: Vec<Option<String>> = serde_json::from_slice(&output.stdout)
        .map_err(|error| Fault::new(format!("{RUNNER} did not say what it ran: {error}")))?;
    let mut wrong = Vec::new();
    for (run, said) in programs.runs.iter().zip(failed) {
        wrong.extend(verdict(run, language, mock, &said.unwrap_or_default())?);
    }
    println!(
        "ok  {} samples of {} ran",
        programs.runs.len(),
        language.title()
    );
    Ok(wrong)
}

/// Where a sample is served, and what leads its client there.
fn environment(run: &Run, language: Language, mock: &MockServer) -> [(String, String); 2] {
    let [url, token] = run.variables.clone();
    let place = format!("{}{}", mock.url(), place(run, language));
    [(url, place), (token, "any".to_owned())]
}

fn place(run: &Run, language: Language) -> String {
    format!("/case/{}/{}", run.case(language), language.name())
}

/// What is wrong with a sample that said something, or of whose requests the mock misses some.
fn verdict(run: &Run, language: Language, mock: &MockServer, said: &str) -> Result<Option<String>> {
    let done = format!("{}/_done", place(run, language));
    let answer = ask(mock.url(), "GET", &done, [], "")
        .map_err(|error| Fault::new(format!("the mock does not answer: {error}")))?;
    let name = format!("{} {} in {}", run.provider, run.call, language.title());
    Ok(match (said, answer.status) {
        ("", 200) => None,
        ("", _) => Some(format!("{name}: {}", answer.body.trim())),
        (said, _) => Some(format!("{name}: {said}")),
    })
}

/// Nothing that the caller's own environment says of a provider holds for samples, but for what is set on them.
fn without_credentials(command: &mut Command) -> &mut Command {
    let set: Vec<_> = command
        .get_envs()
        .map(|(name, _)| name.to_owned())
        .collect();
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        let ends = ["_proxy", "_PROXY"].iter().any(|end| shown.ends_with(end));
        let ours = ends || shown.starts_with("SNAPLINE_") || shown == "XDG_CONFIG_HOME";
        if ours && !set.contains(&name) {
            command.env_remove(name);
        }
    }
    // No file with credentials is looked for where the tests run.
    command.env("HOME", FOLDER)
}
