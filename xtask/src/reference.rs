//! `cargo xtask reference --out DIR`: the pages of the reference, for people to look at and for the site.

use std::path::{Path, PathBuf};

use crate::fault::Result;
use crate::samples::lay_out;
use crate::sources;

/// What `reference` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The folder to make: what was in it is removed.
    #[arg(long, value_name = "DIR", default_value = "target/reference")]
    out: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    write(&arguments.out)
}

/// Writes all pages into a folder, in place of what was there.
pub(crate) fn write(out: &Path) -> Result<()> {
    let sources = sources::read(Path::new("spec"))?;
    let pages = snapline_codegen::reference(&sources)?;
    lay_out(&pages, out)?;
    let count = pages.iter().count();
    println!("{count} pages of the reference in {}", out.display());
    Ok(())
}
