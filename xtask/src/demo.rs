//! `cargo xtask demo`: one story, told from Rust, Python and C against the built-in mock.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::c_library::CLibrary;
use crate::fault::{Fault, Result};
use crate::mock::MockServer;
use crate::python_env::PythonEnv;
use crate::run::{cargo, program, quiet, seconds};

/// What `demo` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Tell only the part that makes and deletes nothing, against this server, with the token from
    /// the environment.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
}

/// The snapshots that the mock holds from the start, so that there is something to page through.
const SEEDED: &str = "1000";

/// A program that tells the story.
struct Teller {
    language: &'static str,
    command: Command,
}

/// One step as it was told.
struct Step {
    name: String,
    ok: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    let mut tellers = build()?;
    let mock = match arguments.url {
        Some(_) => None,
        None => {
            MockServer::build()?;
            Some(MockServer::start(&["--snapshots", SEEDED])?)
        }
    };
    let url = arguments
        .url
        .as_deref()
        .or(mock.as_ref().map(MockServer::url))
        .unwrap_or_default();
    println!("\nthe server is {url}");
    let mut stories = Vec::new();
    for teller in &mut tellers {
        teller.command.env("SNAPLINE_DIGITALOCEAN_URL", url);
        if mock.is_some() {
            teller.command.env("DIGITALOCEAN_TOKEN", "dop_v1_demo");
        } else {
            teller.command.arg("--read-only");
        }
        stories.push((teller.language, tell(teller)?));
    }
    drop(mock);
    let failed: usize = stories
        .iter()
        .map(|(_, steps)| steps.iter().filter(|step| !step.ok).count())
        .sum();
    let told: usize = stories.iter().map(|(_, steps)| steps.len()).sum();
    println!("\n{} passed, {failed} failed", told - failed);
    if failed > 0 {
        return Err(Fault::new(format!(
            "{failed} of {told} steps failed; they are marked above"
        )));
    }
    same_story(&stories)?;
    println!(
        "the same story in {} languages, in {}",
        stories.len(),
        seconds(started.elapsed())
    );
    Ok(())
}

fn build() -> Result<Vec<Teller>> {
    quiet(
        "build the Rust story",
        &mut cargo(["build", "--quiet", "-p", "snapline", "--example", "story"]),
    )?;
    let library = CLibrary::build()?;
    let c = library.compile(
        "story",
        &[PathBuf::from("bindings/c/examples/story.c")],
        &[],
    )?;
    let python = PythonEnv::prepare()?;
    python.install_wheel()?;
    let none = std::iter::empty::<&str>;
    Ok(vec![
        Teller {
            language: "Rust",
            command: program("target/debug/examples/story", none()),
        },
        Teller {
            language: "Python",
            command: program(python.python(), ["-u", "bindings/python/examples/story.py"]),
        },
        Teller {
            language: "C",
            command: program(c, none()),
        },
    ])
}

/// Runs one teller and shows each step as it comes.
fn tell(teller: &mut Teller) -> Result<Vec<Step>> {
    let language = teller.language;
    println!("\n{language}");
    let mut child = teller
        .command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Fault::new(format!("the {language} story cannot be started: {error}")))?;
    let mut steps = Vec::new();
    for line in child
        .stdout
        .take()
        .map(BufReader::new)
        .into_iter()
        .flat_map(BufRead::lines)
    {
        let line = line
            .map_err(|error| Fault::new(format!("the {language} story cannot be read: {error}")))?;
        let parts: Vec<&str> = line.splitn(4, '\t').collect();
        let [name, took, how, detail] = parts.as_slice() else {
            println!("  {line}");
            continue;
        };
        let ok = *how == "ok";
        let mark = if ok { "ok    " } else { "FAILED" };
        println!("  {mark} {took:>6} ms  {name}: {detail}");
        steps.push(Step {
            name: (*name).to_owned(),
            ok,
        });
    }
    let status = child
        .wait()
        .map_err(|error| Fault::new(format!("the {language} story was lost: {error}")))?;
    // A story that ends badly without a failed step has failed all the same.
    if (!status.success() && steps.iter().all(|step| step.ok)) || steps.is_empty() {
        return Err(Fault::new(format!(
            "the {language} story ended with {status}"
        )));
    }
    Ok(steps)
}

/// Every language must have told the same steps.
fn same_story(stories: &[(&str, Vec<Step>)]) -> Result<()> {
    let names = |steps: &[Step]| {
        steps
            .iter()
            .map(|step| step.name.clone())
            .collect::<Vec<_>>()
    };
    let Some((first, steps)) = stories.first() else {
        return Ok(());
    };
    for (language, other) in stories {
        if names(other) != names(steps) {
            return Err(Fault::new(format!(
                "{language} tells other steps than {first}: keep the story programs alike"
            )));
        }
    }
    Ok(())
}
