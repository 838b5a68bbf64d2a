//! `cargo xtask check`.

use crate::fault::Result;
use crate::regenerate;
use crate::run::{cargo, step};

/// What `check` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {}

pub(crate) fn run(_arguments: &Arguments) -> Result<()> {
    step("rustfmt", &mut cargo(["fmt", "--all", "--check"]))?;
    step(
        "clippy",
        &mut cargo([
            "clippy",
            "--workspace",
            "--all-targets",
            "--quiet",
            "--",
            "-D",
            "warnings",
        ]),
    )?;
    regenerate::check()
}
