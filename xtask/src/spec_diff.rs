//! `cargo xtask spec-diff A B`, and with `--report` what the changes mean.

use std::path::{Path, PathBuf};

use snapline_codegen::diff::spec_diff;
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
    #[command(flatten)]
    report: change_report::Options,
}

pub(crate) fn run(arguments: &Arguments, started_in: &Path) -> Result<()> {
    if arguments.report.report {
        return change_report::run(&arguments.report, &arguments.a, &arguments.b, started_in);
    }
    let read = |path: &PathBuf| text(&started_in.join(path));
    let a = parse_document(&arguments.a.display().to_string(), &read(&arguments.a)?)?;
    // What upstream leaves out, such as operation ids, is a difference and no reason to give up.
    let b = parse_value(&arguments.b.display().to_string(), &read(&arguments.b)?)?;
    let differences = spec_diff(&a.root, &b);
    for difference in &differences {
        println!("{difference}");
    }
    let files = (arguments.a.display(), arguments.b.display());
    if differences.is_empty() {
        println!(
            "no difference in {} operations between {} and {}",
            a.operations().len(),
            files.0,
            files.1
        );
        return Ok(());
    }
    Err(Fault::new(format!(
        "{} differences between {} and {}; `--report` says what they mean",
        differences.len(),
        files.0,
        files.1
    )))
}
