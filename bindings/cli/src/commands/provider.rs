//! `snapline do nfs list`: the calls of the tables.

use std::io::{self, IsTerminal as _};

use clap::{ArgMatches, Command};
use snapline_runtime::Error;

use crate::engine::Preview;
use crate::flags::{self, Asked, kebab};
use crate::output::Format;
use crate::progress::Progress;
use crate::question;
use crate::session::Session;
use crate::table::{Api, Call, Kind};

/// All calls of a provider: a command a word of their resources.
pub(crate) fn command(api: &'static Api) -> Command {
    let provider = &api.provider;
    let about = format!("{}: every call of its API", provider.title);
    let holds = provider.token_variables.join(" or ");
    let long = match provider.of_token {
        "" => about.clone(),
        of_token => format!("{about}\n\nA token is in {holds}. {of_token}"),
    };
    let command = Command::new(provider.short)
        .about(about)
        .long_about(long)
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .arg_required_else_help(true);
    let command = below(api, &[]).fold(command, |command, resource| command.subcommand(resource));
    match provider.short == provider.name {
        true => command,
        false => command.visible_alias(provider.name),
    }
}

/// The commands of the resources right below one.
fn below(api: &'static Api, path: &'static [&'static str]) -> impl Iterator<Item = Command> {
    let inner = move |resource: &&'static crate::table::Resource| {
        resource.path.len() == path.len() + 1 && resource.path.starts_with(path)
    };
    api.resources.iter().filter(inner).map(move |resource| {
        let name = resource.path.last().copied().unwrap_or_default();
        let mut command = Command::new(kebab(name))
            .about(resource.doc.trim_end_matches('.').to_owned())
            .subcommand_required(true)
            .disable_help_subcommand(true)
            .arg_required_else_help(true);
        for call in calls(api, resource.path) {
            command = command.subcommand(flags::command(api, call));
        }
        below(api, resource.path).fold(command, |command, inner| command.subcommand(inner))
    })
}

/// The calls of a resource that are commands: what begins something and waits is its request with `--wait`.
fn calls(api: &'static Api, path: &'static [&'static str]) -> impl Iterator<Item = &'static Call> {
    let usual = |call: &Call| matches!(&call.kind, Kind::Take(take) if take.usual);
    api.calls
        .iter()
        .filter(move |call| call.resource == path && !usual(call))
}

/// Makes the call that the words of the command line lead to.
pub(crate) fn run(session: &Session, api: &'static Api, matches: &ArgMatches) -> Result<(), Error> {
    let mut words = Vec::new();
    let mut at = matches;
    while let Some((word, below)) = at.subcommand() {
        words.push(word.replace('-', "_"));
        at = below;
    }
    let call = api.call(&words.join("."))?;
    let asked = flags::asked(api, call, at, &session.account.defaults(api))?;
    if asked.dry_run {
        let engine = session.client_to_look(api)?;
        let preview = engine.preview(asked.call, &asked.order.arguments, asked.order.body)?;
        return show(session, &preview);
    }
    let engine = session.client(api)?;
    if !agreed(api, &asked)? {
        return Err(Error::declined("nothing was deleted"));
    }
    let item = asked.call.item();
    let waits = !matches!(asked.call.kind, Kind::Request(_));
    let progress = Progress::new(session.output.quiet || !waits);
    let outcome = session.call(&engine, asked.call, asked.order, progress.watch());
    drop(progress);
    session.output.outcome(api, item, &outcome?)
}

fn show(session: &Session, preview: &Preview) -> Result<(), Error> {
    if session.output.format != Format::Table {
        let value =
            serde_json::to_value(preview).map_err(|error| Error::internal(error.to_string()))?;
        return session.output.one(&value);
    }
    let mut text = format!("{} {}\n", preview.method, preview.url);
    if let Some(body) = &preview.body {
        let body = serde_json::to_string_pretty(body)
            .map_err(|error| Error::internal(error.to_string()))?;
        text.push_str(&format!("{body}\n"));
    }
    session.output.print(&text)
}

/// Whether a deletion is to be made: a person at a terminal is asked.
fn agreed(api: &Api, asked: &Asked) -> Result<bool, Error> {
    let deletes = flags::changes(api, asked.call) == Some("DELETE");
    if !deletes || asked.yes || !io::stdin().is_terminal() {
        return Ok(true);
    }
    let which: Vec<String> = asked
        .call
        .params
        .iter()
        .filter(|param| param.is_direct())
        .filter_map(|param| asked.order.arguments.get(param.name))
        .map(crate::engine::shown)
        .collect();
    let what = asked.call.summary.trim_end_matches('.');
    question::agrees(&format!("{what}: {}?", which.join(" ")))
}
