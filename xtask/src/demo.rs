//! `cargo xtask demo`.

use crate::fault::Result;

/// What `demo` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_arguments: &Arguments) -> Result<()> {
    Ok(())
}
