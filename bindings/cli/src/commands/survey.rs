//! What the commands over things and snapshots share: which provider, which kinds, and what there is.

use clap::builder::ValueRange;
use clap::{Arg, ArgAction, ArgMatches};
use serde_json::Value;
use snapline_lifecycle::policy::DEFAULT_PARALLEL;
use snapline_lifecycle::{
    Failure, Kind, Service, Snapshot, Thing, policy, restore, snapshots, things,
};
use snapline_runtime::{Error, WaitOptions};

use crate::account::{Account, Origin};
use crate::columns::Column;
use crate::engine::Engine;
use crate::generated::{APIS, settings};
use crate::service::Calls;
use crate::session::Session;
use crate::setting;
use crate::table::Api;

const WHICH: &str = "Which";

/// An option with a value.
pub(crate) fn option(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value).help(help)
}

/// An option that can be given several times.
pub(crate) fn several(name: &'static str, value: &'static str, help: &'static str) -> Arg {
    option(name, value, help)
        .action(ArgAction::Append)
        .value_delimiter(',')
}

/// An option without a value.
pub(crate) fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

/// Which snapshots: by id, or the newest of a thing.
pub(crate) fn chosen(help: &'static str, many: impl Into<ValueRange>) -> [Arg; 3] {
    [
        Arg::new("snapshot")
            .value_name("SNAPSHOT")
            .num_args(many)
            .help(help)
            .required_unless_present("of"),
        option(
            "of",
            "THING",
            "The newest of this thing, by id or name, instead",
        )
        .conflicts_with("snapshot"),
        option(
            "prefix",
            "TEXT",
            "Of those the newest whose name begins with this",
        )
        .requires("of")
        .default_value(""),
    ]
}

/// How many things at once.
pub(crate) fn parallel() -> Arg {
    option("parallel", "N", "How many at once")
        .help(format!("How many at once [default: {DEFAULT_PARALLEL}]"))
        .value_parser(clap::value_parser!(usize))
}

/// Which provider.
pub(crate) fn provider() -> Arg {
    option(
        "provider",
        "NAME",
        "The provider, where there are credentials for more than one",
    )
    .help_heading(WHICH)
}

/// Which kinds of things.
pub(crate) fn kinds() -> Arg {
    let mut names: Vec<&str> = APIS
        .iter()
        .flat_map(|api| api.kinds)
        .map(|kind| kind.name)
        .collect();
    names.dedup();
    several("kind", "KIND", "Only things of these kinds")
        .help(format!("Only things of these kinds: {}", names.join(", ")))
        .help_heading(WHICH)
}

/// How long calls wait.
pub(crate) fn waiting() -> impl Iterator<Item = Arg> {
    settings::WAIT
        .iter()
        .map(|known| setting::arg(known, "wait-", "Waiting"))
}

/// What was given of [`waiting`].
pub(crate) fn wait(matches: &ArgMatches) -> Result<WaitOptions, Error> {
    setting::given(WaitOptions::default(), settings::WAIT, "wait-", matches)
}

/// A text that was given.
pub(crate) fn text(matches: &ArgMatches, name: &str) -> Option<String> {
    matches.get_one::<String>(name).cloned()
}

/// All texts that were given.
pub(crate) fn texts(matches: &ArgMatches, name: &str) -> Vec<String> {
    matches
        .get_many::<String>(name)
        .into_iter()
        .flatten()
        .cloned()
        .collect()
}

/// What was given of [`parallel`].
pub(crate) fn at_once(matches: &ArgMatches) -> Result<usize, Error> {
    match matches.get_one::<usize>("parallel") {
        Some(0) => Err(Error::invalid_argument(
            "parallel",
            "1 or more",
            "`--parallel 0` would never do anything",
        )),
        given => Ok(given.copied().unwrap_or(DEFAULT_PARALLEL)),
    }
}

/// The provider that is named, or else the one that there are credentials for.
pub(crate) fn api(account: &Account, named: Option<&str>) -> Result<&'static Api, Error> {
    if let Some(name) = named {
        return crate::session::api(name);
    }
    let mut known = Vec::new();
    for api in APIS {
        if !matches!(account.origin(api)?, Origin::Client) {
            known.push(*api);
        }
    }
    match (known.as_slice(), APIS) {
        ([api], _) | ([], [api]) => Ok(api),
        (several, _) => {
            let all = if several.is_empty() { APIS } else { several };
            let names: Vec<&str> = all.iter().map(|api| api.provider.name).collect();
            let message = format!("name one of {} with `--provider`", names.join(", "));
            Err(Error::invalid_argument("provider", "a provider", message))
        }
    }
}

/// An error of what was written.
pub(crate) fn refused(error: policy::Error) -> Error {
    Error::invalid_argument(error.setting, "as the message says", error.message)
}

/// Things and snapshots of some kinds.
pub(crate) struct Survey {
    pub(crate) kinds: Vec<&'static Kind>,
    pub(crate) things: Vec<Thing>,
    pub(crate) snapshots: Vec<Snapshot>,
}

/// A client of the provider that was asked for, and the kinds.
pub(crate) struct Asked {
    pub(crate) engine: Engine,
    pub(crate) kinds: Vec<&'static Kind>,
    pub(crate) wait: WaitOptions,
}

impl Asked {
    /// Out of [`provider`], [`kinds`] and, where the command has them, the options of a wait.
    pub(crate) fn new(session: &Session, matches: &ArgMatches) -> Result<Self, Error> {
        let api = api(&session.account, text(matches, "provider").as_deref())?;
        let names = texts(matches, "kind");
        let kinds = match names.is_empty() {
            true => api.kinds.iter().collect(),
            false => {
                let kinds = names.iter().map(|name| policy::kind(api.kinds, name));
                kinds.collect::<Result<_, _>>().map_err(refused)?
            }
        };
        Ok(Self {
            engine: session.client(api)?,
            kinds,
            wait: wait(matches)?,
        })
    }

    /// What the calls are made by.
    pub(crate) fn calls<'c>(&'c self, session: &'c Session) -> Calls<'c> {
        Calls::new(&self.engine, &session.output, self.wait)
    }
}

/// All things and snapshots of some kinds.
pub(crate) async fn survey(
    service: &impl Service,
    kinds: &[&'static Kind],
) -> Result<Survey, Failure> {
    let mut all = Survey {
        kinds: kinds.to_vec(),
        things: Vec::new(),
        snapshots: Vec::new(),
    };
    for kind in kinds {
        let of_kind = things(service, kind, &[]).await?;
        all.snapshots
            .extend(snapshots(service, kind, &of_kind, DEFAULT_PARALLEL).await?);
        all.things.extend(of_kind);
    }
    Ok(all)
}

impl Survey {
    /// The thing with an id or a name.
    pub(crate) fn thing(&self, named: &str) -> Result<&Thing, Failure> {
        let by_id: Vec<&Thing> = self.things.iter().filter(|it| it.id == named).collect();
        let found = match by_id.is_empty() {
            true => self.things.iter().filter(|it| it.name == named).collect(),
            false => by_id,
        };
        match found.as_slice() {
            [one] => Ok(one),
            [] => Err(Failure::not_there(format!(
                "there is nothing with the id or name `{named}`"
            ))),
            several => {
                let all: Vec<String> = several
                    .iter()
                    .map(|it| format!("{} {}", it.kind.name, it.id))
                    .collect();
                Err(Failure::new(format!(
                    "several are called `{named}`: {}; give the id, or `--kind`",
                    all.join(", ")
                )))
            }
        }
    }

    /// The snapshot with an id.
    fn snapshot(&self, id: &str) -> Result<&Snapshot, Failure> {
        let found: Vec<&Snapshot> = self.snapshots.iter().filter(|it| it.id == id).collect();
        match found.as_slice() {
            [one] => Ok(one),
            [] => Err(Failure::not_there(format!(
                "there is no snapshot with the id `{id}`"
            ))),
            _ => Err(Failure::new(format!(
                "several snapshots have the id `{id}`; name a `--kind`"
            ))),
        }
    }

    /// What a snapshot is of, where that is there.
    pub(crate) fn of(&self, snapshot: &Snapshot) -> Option<&Thing> {
        self.things.iter().find(|thing| snapshot.is_of(thing))
    }

    /// What was given of [`chosen`].
    pub(crate) fn chosen(&self, matches: &ArgMatches) -> Result<Vec<&Snapshot>, Failure> {
        match text(matches, "of") {
            Some(of) => {
                let prefix = text(matches, "prefix").unwrap_or_default();
                Ok(vec![self.newest(&of, &prefix)?])
            }
            None => texts(matches, "snapshot")
                .iter()
                .map(|id| self.snapshot(id))
                .collect(),
        }
    }

    /// The newest usable snapshot of a thing.
    fn newest(&self, named: &str, prefix: &str) -> Result<&Snapshot, Failure> {
        let thing = self.thing(named)?;
        let all = self.snapshots.iter().filter(|it| it.is_of(thing));
        restore::newest(all, prefix).ok_or_else(|| {
            let called = match prefix {
                "" => String::new(),
                prefix => format!(" and is called `{prefix}…`"),
            };
            Failure::not_there(format!(
                "{} {} has no snapshot that can be used{called}",
                thing.kind.name, thing.id
            ))
        })
    }
}

/// Something as JSON.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<Value, Error> {
    serde_json::to_value(value).map_err(|error| Error::internal(error.to_string()))
}

/// Things as JSON, printed as a list with columns.
pub(crate) fn print<T: serde::Serialize>(
    session: &Session,
    items: &[T],
    columns: &[&str],
) -> Result<(), Error> {
    let items: Vec<Value> = items.iter().map(json).collect::<Result<_, _>>()?;
    match &session.output.columns {
        Some(asked) => {
            let columns: Vec<Column> = asked
                .split(',')
                .map(|name| Column::of(name.trim()))
                .collect();
            session.output.rows(&columns, &items, false)
        }
        None => {
            let columns: Vec<Column> = columns.iter().map(|name| Column::of(name)).collect();
            session.output.rows(&columns, &items, true)
        }
    }
}
