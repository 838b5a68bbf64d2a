//! `snapline config`: which settings hold, and where each comes from; no secret is shown.

use clap::{Arg, ArgMatches, Command};
use serde_json::{Value, json};
use snapline_runtime::{Error, variable};

use crate::account::Origin;
use crate::columns::Column;
use crate::generated::APIS;
use crate::session::Session;
use crate::table::Api;

pub(crate) fn command() -> Command {
    Command::new("config")
        .about("Shows where credentials and settings come from")
        .subcommand_required(true)
        .disable_help_subcommand(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("show")
                .about("Shows what holds for each provider, and where it comes from"),
        )
        .subcommand(Command::new("path").about("Shows where the file with the profiles is"))
        .subcommand(
            Command::new("check")
                .about("Makes a client of one provider or of each; sends nothing")
                .arg(Arg::new("provider").help("Its name, long or short")),
        )
}

pub(crate) fn run(session: &Session, matches: &ArgMatches) -> Result<(), Error> {
    match matches.subcommand_name() {
        Some("path") => path(session),
        Some("check") => check(session, session.matches.get_one::<String>("provider")),
        _ => show(session),
    }
}

fn path(session: &Session) -> Result<(), Error> {
    match session.account.path() {
        Some(path) => session.output.print(&format!("{}\n", path.display())),
        None => Err(Error::config(
            "there is no home directory; set SNAPLINE_CONFIG",
        )),
    }
}

/// Of a provider: what is set, to what, and by what.
fn rows(session: &Session, api: &'static Api) -> Result<Vec<Value>, Error> {
    let provider = api.provider.name;
    let account = &session.account;
    let profile = format!("profile {}", account.profile_name);
    let mut rows = Vec::new();
    let mut add = |name: &str, value: String, from: &str| {
        rows.push(json!({"provider": provider, "name": name, "value": value, "from": from}));
    };
    let section = account.profile.of(api);
    let origin = account.origin(api)?;
    // A profile's command is not run for this.
    let made = match origin {
        Origin::NamedProfile | Origin::Profile => None,
        _ => Some(session.client(api)),
    };
    match &origin {
        Origin::Environment(names) => {
            for name in names {
                add("credentials", "[redacted]".to_owned(), name);
            }
        }
        Origin::NamedProfile | Origin::Profile => {
            for (name, secret) in &section.credentials {
                add(name, format!("{secret:?}"), &profile);
            }
        }
        Origin::Context(found) => add("token", "[redacted]".to_owned(), &found.from),
        Origin::Client => {
            let from = match &made {
                Some(Err(error)) => format!("nowhere: {}", error.message()),
                _ => "files of the provider's own tools".to_owned(),
            };
            add("credentials", String::new(), &from);
        }
    }
    match (variable(api.provider.url_variable)?, &made) {
        (Some(url), _) => add("base_url", url, api.provider.url_variable),
        (None, Some(Ok(engine))) if engine.base_url() != api.provider.server_url => {
            add(
                "base_url",
                engine.base_url().to_owned(),
                "the account's endpoint",
            );
        }
        (None, _) => add(
            "base_url",
            api.provider.server_url.to_owned(),
            "the usual one",
        ),
    }
    for (name, text) in account.settings(api)? {
        add(name, text, &profile);
    }
    for (name, value) in &section.defaults {
        add(
            &format!("defaults.{name}"),
            crate::engine::shown(value),
            &profile,
        );
    }
    Ok(rows)
}

fn show(session: &Session) -> Result<(), Error> {
    let account = &session.account;
    let mut all = vec![
        json!({"provider": "", "name": "profile", "value": account.profile_name, "from": account.profile_by}),
    ];
    for api in APIS {
        all.extend(rows(session, api)?);
    }
    let columns = ["provider", "name", "value", "from"].map(Column::of);
    session.output.rows(&columns, &all, true)
}

fn check(session: &Session, only: Option<&String>) -> Result<(), Error> {
    if let Some(name) = only {
        session.connect(name)?;
        return session.output.print("credentials are there\n");
    }
    let mut all = Vec::new();
    let mut usable = false;
    let mut last = None;
    for api in APIS {
        let says = match session.client(api) {
            Ok(_) => {
                usable = true;
                "credentials are there".to_owned()
            }
            Err(error) => {
                let says = error.message().to_owned();
                last = Some(error);
                says
            }
        };
        all.push(json!({"provider": api.provider.name, "says": says}));
    }
    session
        .output
        .rows(&["provider", "says"].map(Column::of), &all, true)?;
    match last {
        Some(error) if !usable => Err(error),
        _ => Ok(()),
    }
}
