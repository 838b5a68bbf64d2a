//! `snapline man DIR`: a manual page for every command.

use clap::{Arg, ArgMatches, Command};
use snapline_runtime::Error;

use crate::session::{Options, Session};

pub(crate) fn command() -> Command {
    Command::new("man")
        .about("Writes the manual into a folder, a page for each command")
        .arg(
            Arg::new("folder")
                .required(true)
                .value_name("DIR")
                .value_hint(clap::ValueHint::DirPath)
                .help("The folder, such as /usr/local/share/man/man1; it must be there"),
        )
}

pub(crate) fn run(session: &Session, matches: &ArgMatches) -> Result<(), Error> {
    let folder = matches
        .get_one::<String>("folder")
        .map_or("", String::as_str);
    clap_mangen::generate_to((session.tree)(Options::All), folder).map_err(|error| {
        let message = format!("the manual cannot be written into {folder}: {error}");
        Error::invalid_argument("folder", "can be written into", message)
    })
}
