//! Commands that are written by hand, a file each. One has a `command`, which is its place in the tree, and a `run`,
//! which is given the [`Session`](crate::session::Session): `session.client(api)` makes a client,
//! `session.drive(work)` drives work (once a command, since connections end with it), `session.output` prints (`rows` a
//! list of JSON objects, `one` a single one), and an `Err` becomes the line and the number of the exit.

use clap::{ArgMatches, Command};
use snapline_runtime::Error;

use crate::session::Session;

mod calls;
mod completion;
mod config;
mod copy;
mod cost;
mod man;
mod orphans;
mod path;
mod provider;
mod restore;
mod rotate;
mod survey;

pub(crate) use provider::{command as of_provider, run as call};

/// A command by hand.
pub(crate) struct ByHand {
    pub(crate) name: &'static str,
    pub(crate) command: fn() -> Command,
    /// The program's session, and what was given to the command itself.
    pub(crate) run: fn(&Session, &ArgMatches) -> Result<(), Error>,
}

/// All of them, in the order of `--help`.
pub(crate) const BY_HAND: &[ByHand] = &[
    ByHand {
        name: "rotate",
        command: rotate::command,
        run: rotate::run,
    },
    ByHand {
        name: "restore",
        command: restore::command,
        run: restore::run,
    },
    ByHand {
        name: "copy",
        command: copy::command,
        run: copy::run,
    },
    ByHand {
        name: "cost",
        command: cost::command,
        run: cost::run,
    },
    ByHand {
        name: "orphans",
        command: orphans::command,
        run: orphans::run,
    },
    ByHand {
        name: "path",
        command: path::command,
        run: path::run,
    },
    ByHand {
        name: "config",
        command: config::command,
        run: config::run,
    },
    ByHand {
        name: "calls",
        command: calls::command,
        run: calls::run,
    },
    ByHand {
        name: "completion",
        command: completion::command,
        run: completion::run,
    },
    ByHand {
        name: "man",
        command: man::command,
        run: man::run,
    },
];
