//! `snapline completion bash`: what a shell reads to complete commands.

use clap::{Arg, ArgMatches, Command};
use clap_complete::Shell;
use snapline_runtime::Error;

use crate::session::{Options, Session};

pub(crate) fn command() -> Command {
    Command::new("completion")
        .about("Prints what a shell reads to complete commands and options")
        .long_about(
            "Prints what a shell reads to complete commands and options.\n\n\
             bash: source <(snapline completion bash)\n\
             zsh:  snapline completion zsh > \"${fpath[1]}/_snapline\"\n\
             fish: snapline completion fish > ~/.config/fish/completions/snapline.fish",
        )
        .arg(
            Arg::new("shell")
                .required(true)
                .value_parser(clap::value_parser!(Shell)),
        )
}

pub(crate) fn run(session: &Session, matches: &ArgMatches) -> Result<(), Error> {
    let Some(shell) = matches.get_one::<Shell>("shell") else {
        return Err(Error::internal("there is no shell"));
    };
    // With every option of every command the text would be a megabyte, which a shell reads at each start.
    let mut text = Vec::new();
    clap_complete::generate(
        *shell,
        &mut (session.tree)(Options::Usual),
        "snapline",
        &mut text,
    );
    session.output.print(&String::from_utf8_lossy(&text))
}
