//! `snapline`: every call of every provider from the command line, by the runtime that all languages share.
//!
//! `generated` has the calls as data, `engine` makes them, `commands` are what is written by hand.

mod account;
mod columns;
mod commands;
mod config;
mod contexts;
mod engine;
mod failure;
mod flags;
mod further;
#[rustfmt::skip]
mod generated;
mod input;
mod lock;
mod output;
mod progress;
mod question;
mod service;
mod session;
mod setting;
mod table;

use std::process::ExitCode;

use clap::{ArgMatches, Command};
use snapline_runtime::Error;

use commands::BY_HAND;
use generated::APIS;
use session::{Options, Session};

/// All commands.
fn root(options: Options) -> Command {
    let command = Command::new("snapline")
        .about("Storage snapshots in the cloud")
        .version(version())
        .subcommand_required(true)
        // It would be every command once more, and `--help` is the same.
        .disable_help_subcommand(true)
        .arg_required_else_help(true)
        .after_help(after_help());
    let command = session::options(command, options);
    let providers = APIS.iter().map(|api| commands::of_provider(api));
    let by_hand = BY_HAND.iter().map(|known| (known.command)());
    providers.chain(by_hand).fold(command, Command::subcommand)
}

fn version() -> String {
    let documents = APIS
        .iter()
        .map(|api| format!("{} {}", api.provider.title, api.provider.document));
    let documents: Vec<String> = documents.collect();
    format!(
        "{} (documents: {})",
        env!("CARGO_PKG_VERSION"),
        documents.join(", ")
    )
}

fn after_help() -> String {
    let codes = failure::CODES
        .iter()
        .map(|(code, says)| format!("  {code:3}  {says}"));
    let codes: Vec<String> = codes.collect();
    format!("The number with which it ends:\n{}", codes.join("\n"))
}

fn run(matches: ArgMatches) -> Result<u8, Error> {
    let Some((name, below)) = matches.subcommand() else {
        return Ok(0);
    };
    let session = Session::open(deepest(&matches).clone(), root)?;
    if let Some(api) = APIS.iter().find(|api| api.provider.short == name) {
        commands::call(&session, api, below)?;
        return Ok(session.code());
    }
    match BY_HAND.iter().find(|known| known.name == name) {
        Some(known) => (known.run)(&session, below)?,
        None => return Err(Error::internal(format!("there is no command `{name}`"))),
    }
    Ok(session.code())
}

/// What was given to the command at the end of the line; options for all commands are known there too.
fn deepest(matches: &ArgMatches) -> &ArgMatches {
    match matches.subcommand() {
        Some((_, below)) => deepest(below),
        None => matches,
    }
}

fn main() -> ExitCode {
    let matches = root(Options::All).get_matches();
    let as_json = session::as_json(deepest(&matches));
    match run(matches) {
        Ok(code) => ExitCode::from(code),
        Err(error) => failure::tell(&error, as_json, session::is_stopped()),
    }
}
