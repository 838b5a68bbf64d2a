//! `cargo xtask demo`: a story of each provider, told from every language against the built-in mock, and the night of
//! an operator in four of them: everything that carries a tag gets its snapshot, and old ones go.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::c_library::{self, CLibrary};
use crate::fault::{Fault, Result};
use crate::mock::{MockServer, with_server};
use crate::python_env::PythonEnv;
use crate::rotation::Nights;
use crate::run::{self, program, quiet, seconds};

/// What `demo` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Tell this provider's story alone.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Tell only the part that makes and deletes nothing, against this server, with the credentials
    /// from the environment; --provider says whose story.
    #[arg(long, value_name = "URL", requires = "provider")]
    url: Option<String>,
    /// In whose words the mock answers: `documented`, `live` or `older`, as its --help says.
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "documented",
        conflicts_with = "url"
    )]
    states: String,
}

/// The snapshots that the mock holds from the start, so that there is something to page through.
const SEEDED: &str = "1000";

/// A program that tells a provider's story, which is its first argument.
struct Teller {
    language: &'static str,
    program: PathBuf,
    arguments: &'static [&'static str],
}

/// What the mock of a night begins with: volumes, and their snapshots of the nights before.
const BEFORE: [&str; 4] = ["--volumes", "12", "--snapshots", "120"];

/// One step as it was told.
struct Step {
    name: String,
    ok: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    let library = CLibrary::build()?;
    let python = PythonEnv::prepare()?;
    python.install_wheel()?;
    let tellers = build(&library, &python)?;
    let wanted = arguments.provider.as_deref();
    let mut stories = Vec::new();
    if let (Some(url), Some(provider)) = (&arguments.url, wanted) {
        println!("\nthe server is {url}");
        let variable = format!("SNAPLINE_{}_URL", provider.to_uppercase());
        stories.push(story(&tellers, provider, |command| {
            command.env(&variable, url).arg("--read-only");
        })?);
    } else {
        MockServer::build()?;
        let mock =
            MockServer::start(&["--snapshots", SEEDED, "--states", arguments.states.as_str()])?;
        println!("\nthe server is {}", mock.url());
        for environment in mock.environments() {
            if wanted.is_some_and(|wanted| wanted != environment.provider) {
                continue;
            }
            if !has_story(&environment.provider) {
                continue;
            }
            stories.push(story(&tellers, &environment.provider, |command| {
                environment.apply(command);
            })?);
        }
    }
    if stories.is_empty() {
        return Err(Fault::new(format!(
            "there is no provider {}; see spec/sources.toml",
            wanted.unwrap_or_default()
        )));
    }
    let steps = || stories.iter().flatten().flat_map(|(_, steps)| steps);
    let failed = steps().filter(|step| !step.ok).count();
    let told = steps().count();
    println!("\n{} passed, {failed} failed", told - failed);
    if failed > 0 {
        return Err(Fault::new(format!(
            "{failed} of {told} steps failed; they are marked above"
        )));
    }
    for told in &stories {
        same_story(told)?;
    }
    let of = Nights::read()?;
    let told = arguments.url.is_none() && wanted.is_none_or(|wanted| wanted == of.provider);
    let nights = if told {
        nightly(&library, &python)?
    } else {
        Vec::new()
    };
    for teller in &nights {
        night(teller, &of.tag, arguments.states.as_str())?;
    }
    let what = match stories.len() {
        1 => "one story".to_owned(),
        count => format!("{count} stories"),
    };
    let nights = match nights.len() {
        0 => String::new(),
        count => format!("; a night in {count}"),
    };
    println!(
        "{what}, the same in {} languages{nights}, in {}",
        tellers.len(),
        seconds(started.elapsed())
    );
    Ok(())
}

/// One provider's story as each language tells it.
type Story = Vec<(&'static str, Vec<Step>)>;

fn story(tellers: &[Teller], provider: &str, prepare: impl Fn(&mut Command)) -> Result<Story> {
    tellers
        .iter()
        .map(|teller| {
            let mut command = program(&teller.program, teller.arguments);
            command.arg(provider);
            prepare(&mut command);
            let title = format!("{} of {provider}", teller.language);
            Ok((teller.language, tell(&title, &mut command)?))
        })
        .collect()
}

/// Whether a provider has a story; one that was begun by `new-provider` alone has nothing to tell yet.
pub(crate) fn has_story(provider: &str) -> bool {
    let told = format!("crates/snapline/examples/story/{provider}.rs");
    let there = Path::new(&told).exists();
    if !there {
        println!("\n{provider} has no story yet: {told} would tell it");
    }
    there
}

/// Compiles the stories in C.
pub(crate) fn c_stories(library: &CLibrary) -> Result<PathBuf> {
    let sources = c_library::sources("bindings/c/examples/story")?;
    library.compile("story", &sources, &[])
}

/// The rotation in each language.
fn nightly(library: &CLibrary, python: &PythonEnv) -> Result<Vec<Teller>> {
    quiet(
        "build the rotation in Rust",
        &mut run::build(["--example", "nightly"]),
    )?;
    let c = library.compile("nightly", &["bindings/c/examples/nightly.c".into()], &[])?;
    let cpp = ["bindings/cpp/examples/nightly.cpp".into()];
    let cpp = library.compile_cpp("nightly-cpp", "c++17", &cpp, &[])?;
    let teller = |language, program, arguments| Teller {
        language,
        program,
        arguments,
    };
    Ok(vec![
        teller("Rust", "target/debug/examples/nightly".into(), &[]),
        teller(
            "Python",
            python.python(),
            &["-u", "bindings/python/examples/nightly.py"],
        ),
        teller("C", c, &[]),
        teller("C++", cpp, &[]),
    ])
}

/// One night on a mock of its own, and the same night again, in which nothing is left to do.
fn night(teller: &Teller, tag: &str, states: &str) -> Result<()> {
    let mock = MockServer::start(&[BEFORE.as_slice(), &["--states", states]].concat())?;
    let taken = || -> Result<usize> {
        let list = mock.json("GET", "/v2/snapshots?per_page=200", "")?;
        let total = list.pointer("/meta/total").and_then(Value::as_u64);
        usize::try_from(total.unwrap_or_default()).map_err(|error| Fault::new(error.to_string()))
    };
    let mut left = Vec::new();
    for round in ["The night", "The same night again"] {
        println!("\n{round} in {}", teller.language);
        let mut command = program(&teller.program, teller.arguments);
        let output = with_server(command.arg(tag), &mock).output();
        let output = output.map_err(|error| {
            Fault::new(format!(
                "the rotation in {} cannot be started: {error}",
                teller.language
            ))
        })?;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            println!("  {line}");
        }
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            return Err(Fault::new(format!(
                "the rotation in {} ended with {}: {why}",
                teller.language, output.status
            )));
        }
        left.push(taken()?);
    }
    match left.as_slice() {
        [first, second] if first == second => Ok(()),
        _ => Err(Fault::new(format!(
            "the second run in {} changed what there is: {left:?} snapshots",
            teller.language
        ))),
    }
}

fn build(library: &CLibrary, python: &PythonEnv) -> Result<Vec<Teller>> {
    quiet(
        "build the Rust stories",
        &mut run::build(["--example", "story"]),
    )?;
    let c = c_stories(library)?;
    Ok(vec![
        Teller {
            language: "Rust",
            program: "target/debug/examples/story".into(),
            arguments: &[],
        },
        Teller {
            language: "Python",
            program: python.python(),
            arguments: &["-u", "bindings/python/examples/story"],
        },
        Teller {
            language: "C",
            program: c,
            arguments: &[],
        },
    ])
}

/// Runs one teller and shows each step as it comes.
fn tell(title: &str, command: &mut Command) -> Result<Vec<Step>> {
    println!("\n{title}");
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Fault::new(format!("the story in {title} cannot be started: {error}")))?;
    let mut steps = Vec::new();
    for line in child
        .stdout
        .take()
        .map(BufReader::new)
        .into_iter()
        .flat_map(BufRead::lines)
    {
        let line = line
            .map_err(|error| Fault::new(format!("the story in {title} cannot be read: {error}")))?;
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
        .map_err(|error| Fault::new(format!("the story in {title} was lost: {error}")))?;
    // A story that ends badly without a failed step has failed all the same.
    if (!status.success() && steps.iter().all(|step| step.ok)) || steps.is_empty() {
        return Err(Fault::new(format!(
            "the story in {title} ended with {status}"
        )));
    }
    Ok(steps)
}

/// Every language must have told the same steps.
fn same_story(told: &Story) -> Result<()> {
    let names = |steps: &[Step]| {
        steps
            .iter()
            .map(|step| step.name.clone())
            .collect::<Vec<_>>()
    };
    let Some((first, steps)) = told.first() else {
        return Ok(());
    };
    for (language, other) in told {
        if names(other) != names(steps) {
            return Err(Fault::new(format!(
                "{language} tells other steps than {first}: keep the story programs alike"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(language: &'static str, names: &[&str]) -> (&'static str, Vec<Step>) {
        let step = |name: &&str| Step {
            name: (*name).to_owned(),
            ok: true,
        };
        (language, names.iter().map(step).collect())
    }

    #[test]
    fn a_language_that_leaves_a_step_out_is_found() {
        let whole = || told("Rust", &["create", "delete"]);
        assert!(same_story(&vec![whole(), told("C", &["create", "delete"])]).is_ok());
        let short = same_story(&vec![whole(), told("C", &["create"])]);
        assert!(short.unwrap_err().to_string().starts_with("C tells"));
    }
}
