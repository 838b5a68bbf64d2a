//! What every command has at hand: how to print, whose account it is, and the loop that drives calls.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Arg, ArgAction, ArgMatches, Command};
use snapline_runtime::{Error, Trail};

use crate::account::{Account, Chosen};
use crate::engine::{Engine, Outcome, Watch};
use crate::generated::{APIS, settings};
use crate::output::{Format, Output, When};
use crate::setting;
use crate::table::Api;

const OUTPUT: &str = "Output";
const ACCOUNT: &str = "Account";
const SENDING: &str = "Sending";

/// Whether the work was stopped from outside.
static STOPPED: AtomicBool = AtomicBool::new(false);

/// Whether the work of this run was stopped from outside: by Ctrl-C, or by whoever ends services.
pub(crate) fn is_stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

/// One run of the program.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) output: Output,
    pub(crate) account: Account,
    /// What was given to the command at the end of the line, with all that holds for every command.
    pub(crate) matches: ArgMatches,
    code: Cell<u8>,
    /// Makes the tree of commands, for what describes it: with every option, or with those that people use.
    pub(crate) tree: fn(Options) -> Command,
}

/// Which of the options that every command has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Options {
    All,
    /// All but the settings of the client, which are many.
    Usual,
}

/// Gives a tree the options that every command has.
pub(crate) fn options(command: Command, which: Options) -> Command {
    let text = |name: &'static str, value: &'static str, help: &'static str| {
        Arg::new(format!("our.{name}"))
            .long(name)
            .value_name(value)
            .help(help)
            .global(true)
    };
    let switch = |name: &'static str, help: &'static str| {
        Arg::new(format!("our.{name}"))
            .long(name)
            .action(ArgAction::SetTrue)
            .help(help)
            .global(true)
    };
    let command = command
        .arg(
            text("output", "FORMAT", "How to print")
                .short('o')
                .value_parser(clap::value_parser!(Format))
                .help_heading(OUTPUT),
        )
        .arg(switch("json", "Prints JSON, errors too").help_heading(OUTPUT))
        .arg(
            switch("jsonl", "Prints JSON, a line for each thing")
                .conflicts_with("our.json")
                .help_heading(OUTPUT),
        )
        .arg(
            text(
                "columns",
                "A,B.C",
                "Fields to show, instead of the usual ones",
            )
            .help_heading(OUTPUT),
        )
        .arg(
            text("color", "WHEN", "When to use colours")
                .value_parser(clap::value_parser!(When))
                .default_value("auto")
                .hide_default_value(true)
                .help_heading(OUTPUT),
        )
        .arg(
            switch("quiet", "Tells nothing but results and errors")
                .short('q')
                .help_heading(OUTPUT),
        )
        .arg(
            Arg::new("our.verbose")
                .long("verbose")
                .short('v')
                .action(ArgAction::Count)
                .help("Tells what is sent; twice: everything")
                .global(true)
                .help_heading(OUTPUT),
        )
        .arg(
            text(
                "profile",
                "NAME",
                "The profile of the file with the settings",
            )
            .help_heading(ACCOUNT),
        )
        .arg(
            text(
                "context",
                "NAME",
                "The context of the provider's own program whose token is used",
            )
            .help_heading(ACCOUNT),
        );
    if which == Options::Usual {
        return command;
    }
    let all = settings::CLIENT
        .iter()
        .map(|known| setting::arg(known, "", SENDING));
    let call = settings::CALL
        .iter()
        .map(|known| setting::arg(known, "", SENDING));
    all.chain(call)
        .fold(command, |command, arg| command.arg(arg.global(true)))
}

/// Whether failures are to be told as JSON, before anything else is known.
pub(crate) fn as_json(matches: &ArgMatches) -> bool {
    matches!(format(matches), Some(Format::Json | Format::Jsonl))
}

fn format(matches: &ArgMatches) -> Option<Format> {
    match (matches.get_flag("our.json"), matches.get_flag("our.jsonl")) {
        (true, _) => Some(Format::Json),
        (_, true) => Some(Format::Jsonl),
        _ => matches.get_one::<Format>("our.output").copied(),
    }
}

/// The provider with this name, long or short.
pub(crate) fn api(name: &str) -> Result<&'static Api, Error> {
    let found = APIS.iter().find(|api| api.is_called(name));
    found.copied().ok_or_else(|| {
        let known: Vec<&str> = APIS.iter().map(|api| api.provider.name).collect();
        let message = format!(
            "there is no provider `{name}`; there are {}",
            known.join(", ")
        );
        Error::invalid_argument("provider", "a provider", message)
    })
}

impl Session {
    /// Reads what holds for every command.
    pub(crate) fn open(matches: ArgMatches, tree: fn(Options) -> Command) -> Result<Self, Error> {
        let text = |name: &str| matches.get_one::<String>(name).cloned();
        let quiet = matches.get_flag("our.quiet");
        log(quiet, matches.get_count("our.verbose"));
        let chosen = Chosen {
            profile: text("our.profile"),
            context: text("our.context"),
        };
        let account = Account::open(chosen)?;
        let format = match (format(&matches), &account.profile.output) {
            (Some(format), _) => format,
            (None, None) => Format::Table,
            (None, Some(name)) => clap::ValueEnum::from_str(name, false).map_err(|_| {
                Error::config(format!("`output` of the profile is `{name}`, which is none of table, json, jsonl, yaml, csv"))
            })?,
        };
        let when = matches
            .get_one::<When>("our.color")
            .copied()
            .unwrap_or_default();
        let output = Output::new(format, when, text("our.columns"), quiet)?;
        if let Some(warning) = account.config.open_to_others() {
            output.note(&format!("snapline: {warning}"));
        }
        Ok(Self {
            output,
            account,
            matches,
            code: Cell::new(0),
            tree,
        })
    }

    /// A client of the provider with this name, long or short.
    pub(crate) fn connect(&self, name: &str) -> Result<Engine, Error> {
        self.client(api(name)?)
    }

    /// Lets the program end with a number, though it told all there is to tell.
    pub(crate) fn ends_with(&self, code: u8) {
        self.code.set(code);
    }

    /// The number with which the program ends.
    pub(crate) fn code(&self) -> u8 {
        self.code.get()
    }

    /// A client of a provider.
    pub(crate) fn client(&self, api: &'static Api) -> Result<Engine, Error> {
        self.account.connect(api, &self.matches)
    }

    /// One that sends nothing, for which it takes no credentials.
    pub(crate) fn client_to_look(&self, api: &'static Api) -> Result<Engine, Error> {
        self.account.connect_to_look(api, &self.matches)
    }

    /// Drives some work to its end, or until it is stopped: then its error says what is left behind.
    pub(crate) fn drive<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::internal(format!("no event loop can be made: {error}")))?;
        runtime.block_on(async {
            let trail = Trail::default();
            let work = Box::pin(trail.follow(work));
            let stopped = tokio::select! {
                outcome = work => return outcome,
                stop = stop() => stop,
            };
            stopped.map_err(|error| {
                Error::internal(format!("signals cannot be waited for: {error}"))
            })?;
            STOPPED.store(true, Ordering::Relaxed);
            let error = trail.stopped(Error::cancelled());
            if let Some(owed) = trail.owed() {
                self.output.note(
                    "stopped; puts things back as they were, which to stop it again leaves undone",
                );
                tokio::select! {
                    () = owed => {}
                    _ = stop() => {}
                }
            }
            Err(error)
        })
    }

    /// Makes one call and drives it.
    pub(crate) fn call(
        &self,
        engine: &Engine,
        call: &'static crate::table::Call,
        order: crate::engine::Order,
        watch: Option<Watch>,
    ) -> Result<Outcome, Error> {
        self.drive(engine.make(call, order, watch))
    }
}

/// Waits until the program is to stop.
#[cfg(unix)]
async fn stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Waits until the program is to stop.
#[cfg(not(unix))]
async fn stop() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// What the runtime tells goes to stderr.
fn log(quiet: bool, verbose: u8) {
    use tracing::level_filters::LevelFilter;
    let level = match (quiet, verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, _) => LevelFilter::DEBUG,
    };
    let told = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(level)
        .with_ansi(false)
        .with_target(false)
        .without_time();
    // There is one in a process; nobody has set another.
    let _ = tracing::subscriber::set_global_default(told.finish());
}
