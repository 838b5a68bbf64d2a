//! `cargo xtask spec-diff A B`, and with `--report` what the changes mean.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use snapline_codegen::diff::{Expectation, against, spec_diff};
use snapline_codegen::parse::{parse_document, parse_value};

use crate::change_report;
use crate::fault::{Fault, Result};
use crate::sources::text;

/// What `spec-diff` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The document whose operations are compared; of a report, the old one.
    a: PathBuf,
    /// The document to compare with; of a report, the new one.
    b: PathBuf,
    /// A list of differences that are meant, each with its reason: no other may appear, and none of
    /// them disappear.
    #[arg(long, value_name = "FILE")]
    expected: Option<PathBuf>,
    #[command(flatten)]
    report: change_report::Options,
}

/// The file that `--expected` names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    expected: Vec<Group>,
}

/// Differences with one reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    reason: String,
    differences: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments, started_in: &Path) -> Result<()> {
    if arguments.report.report {
        return change_report::run(&arguments.report, &arguments.a, &arguments.b, started_in);
    }
    let read = |path: &PathBuf| text(&started_in.join(path));
    let a = parse_document(&arguments.a.display().to_string(), &read(&arguments.a)?)?;
    // What upstream leaves out, such as operation ids, is a difference and no reason to give up.
    let b = parse_value(&arguments.b.display().to_string(), &read(&arguments.b)?)?;
    let expected = match &arguments.expected {
        Some(path) => expectations(path, &read(path)?)?,
        None => Vec::new(),
    };
    let outcome = against(&spec_diff(&a.root, &b), &expected);
    for line in &outcome.unexpected {
        println!("{line}");
    }
    for line in &outcome.gone {
        println!("no longer there: {line}");
    }
    let (operations, files) = (
        a.operations().len(),
        (arguments.a.display(), arguments.b.display()),
    );
    if outcome.unexpected.is_empty() && outcome.gone.is_empty() {
        let but = match expected.len() {
            0 => String::new(),
            count => format!(" but the {count} that are expected"),
        };
        println!(
            "no difference{but} in {operations} operations between {} and {}",
            files.0, files.1
        );
        return Ok(());
    }
    let mut help = Vec::new();
    if !outcome.unexpected.is_empty() {
        help.push(format!(
            "{} differences between {} and {}; mend the first, or put corrections in the overlay",
            outcome.unexpected.len(),
            files.0,
            files.1
        ));
    }
    if !outcome.gone.is_empty() {
        help.push(format!(
            "{} expected differences are no longer there; see whether the correction is still needed, and take them off the list",
            outcome.gone.len()
        ));
    }
    Err(Fault::new(help.join("; ")))
}

fn expectations(path: &Path, text: &str) -> Result<Vec<Expectation>> {
    let list: Expected = toml::from_str(text).map_err(|error| {
        Fault::new(format!(
            "{}: {}; see spec/README.md",
            path.display(),
            error.message()
        ))
    })?;
    let mut all = Vec::new();
    for group in list.expected {
        if group.reason.trim().is_empty() {
            return Err(Fault::new(format!(
                "{}: a group of expected differences gives no reason; say why they are meant",
                path.display()
            )));
        }
        all.extend(group.differences.into_iter().map(Expectation));
    }
    Ok(all)
}
