//! `cargo xtask spec-diff A B`.

use std::path::{Path, PathBuf};

use snapline_codegen::parse::parse_document;
use snapline_codegen::spec_diff::spec_diff;

use crate::fault::{Fault, Result};
use crate::sources::text;

/// What `spec-diff` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The document whose operations are compared.
    a: PathBuf,
    /// The document to compare with.
    b: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, started_in: &Path) -> Result<()> {
    let read = |path: &PathBuf| -> Result<_> {
        let full = started_in.join(path);
        Ok(parse_document(&path.display().to_string(), &text(&full)?)?)
    };
    let a = read(&arguments.a)?;
    let b = read(&arguments.b)?;
    let differences = spec_diff(&a.root, &b.root);
    for difference in &differences {
        println!("{difference}");
    }
    let (operations, files) = (
        a.operations().len(),
        (arguments.a.display(), arguments.b.display()),
    );
    if differences.is_empty() {
        println!(
            "no difference in {operations} operations between {} and {}",
            files.0, files.1
        );
        Ok(())
    } else {
        Err(Fault::new(format!(
            "{} differences between {} and {}; mend the first, or put corrections in the overlay",
            differences.len(),
            files.0,
            files.1
        )))
    }
}
