//! `cargo xtask spec-diff --report OLD NEW`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use snapline_codegen::changes::{Report, compare};
use snapline_codegen::parse::parse_value;

use crate::fault::{Fault, Result};
use crate::sources::text;

/// What `--report` takes beside the documents.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Tell every change from the first document to the second, and what it means on the wire and to each
    /// language, instead of where they differ.
    #[arg(long)]
    pub(crate) report: bool,
    /// How the report is written.
    #[arg(long, requires = "report", default_value = "text")]
    format: Format,
    /// Write the report here instead of showing it.
    #[arg(long, requires = "report", value_name = "FILE")]
    out: Option<PathBuf>,
    /// Fail if a change breaks the wire or a language.
    #[arg(long, requires = "report", value_name = "WHAT")]
    fail_on: Option<FailOn>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// For a terminal.
    Text,
    /// For a review.
    Markdown,
    /// For programs.
    Json,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    /// A change that breaks anybody.
    Breaking,
}

/// A report in one of its forms.
fn written(report: &Report, format: Format) -> String {
    match format {
        Format::Text => report.text(),
        Format::Markdown => report.markdown(),
        Format::Json => report.json(),
    }
}

pub(crate) fn run(options: &Options, old: &Path, new: &Path, started_in: &Path) -> Result<()> {
    let read = |path: &Path| -> Result<_> {
        let text = text(&started_in.join(path))?;
        Ok(parse_value(&path.display().to_string(), &text)?)
    };
    let report = compare(&read(old)?, &read(new)?);
    let text = written(&report, options.format);
    match &options.out {
        Some(path) => {
            let path = started_in.join(path);
            fs::write(&path, text).map_err(|error| Fault::path(&path, "written", &error))?;
        }
        None => print!("{text}"),
    }
    if options.fail_on.is_some() && report.breaks() {
        let (breaking, all) = (report.count.breaking, report.changes.len());
        let verb = if breaking == 1 { "breaks" } else { "break" };
        return Err(Fault::new(format!(
            "{breaking} of {all} changes from {} to {} {verb} somebody; take them back, or release a version that says so",
            old.display(),
            new.display()
        )));
    }
    Ok(())
}
