//! `snapline rotate`: a night by a policy, and what it comes to.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command as Program, Stdio};

use clap::{Arg, ArgAction, ArgMatches, Command};
use jiff::{SignedDuration, Timestamp};
use snapline_lifecycle::policy::{self, Draft, Policies, Rotation, Selection, duration};
use snapline_lifecycle::report::{Report, Rotated};
use snapline_lifecycle::simulate::{Simulated, simulate};
use snapline_lifecycle::{Failure, Progress, rotate};
use snapline_retention::Policy;
use snapline_runtime::{Error, Settings, WaitOptions};

use super::survey::{self, option, refused, several, switch, text, texts};
use crate::account::{Account, Chosen};
use crate::engine::Engine;
use crate::generated::APIS;
use crate::lock::{self, Held};
use crate::output::Format;
use crate::service::{Calls, failed};
use crate::session::{self, Session};

const WHAT: &str = "What it is for";
const KEEP: &str = "What stays";
const RUN: &str = "How it runs";

/// The days of a year, for whoever names no time.
const YEAR: &str = "365d";

pub(crate) fn command() -> Command {
    let of_flags = |arg: Arg| arg.conflicts_with("policy");
    let what = [
        several("tag", "TAG", "Things with one of these tags"),
        several("id", "ID", "Things with one of these ids"),
        several("name", "NAME", "Things with one of these names"),
        several("kind", "KIND", "Only things of these kinds"),
        option("exclude-tag", "TAG", "But not those with this tag"),
        switch("allow-nothing", "It is fine where nothing is found"),
        option(
            "provider",
            "NAME",
            "The provider, where there are credentials for more than one",
        ),
        option(
            "snapshot-name",
            "PATTERN",
            "How snapshots are called, with {date}, {time} and {name} [default: nightly-{date}]",
        ),
        option(
            "prefix",
            "TEXT",
            "What the names of ours begin with [default: what stands before the first brace]",
        ),
        option(
            "min-interval",
            "TIME",
            "Takes none so soon after the last, such as 20h",
        ),
        option("utc-offset", "+HH:MM", "The clock that days go by"),
        switch(
            "powered-off",
            "Switches off meanwhile what can be, which makes its snapshot consistent",
        ),
    ];
    let keep = Policy::SETTINGS.iter().map(|name| {
        let (value, help) = match *name {
            "keep_at_least" => ("N", "How many stay whatever the rules say [default: 1]".to_owned()),
            "keep_last" => ("N", "The last so many".to_owned()),
            "keep_tags" => ("A,B", "Those with all tags of one of the lists".to_owned()),
            "keep_within" => ("TIME", "All that are not so much older than the newest, as in 1y6m".to_owned()),
            name => {
                let stretch = match name.rsplit('_').next() {
                    Some("hourly") => "hour",
                    Some("daily") => "day",
                    Some("weekly") => "week",
                    Some("monthly") => "month",
                    _ => "year",
                };
                match name.starts_with("keep_within_") {
                    true => ("TIME", format!("The newest of each {stretch}, for so long a time before the newest of all")),
                    false => ("N", format!("The newest of each {stretch}, for so many that have one")),
                }
            }
        };
        let arg = Arg::new(*name).long(name.replace('_', "-")).value_name(value).help(help).help_heading(KEEP);
        of_flags(arg.action(ArgAction::Append))
    });
    let run = [
        option("policy", "FILE", "Rotations, as docs/rotation.md has them")
            .value_hint(clap::ValueHint::FilePath),
        several("rotation", "NAME", "Only these rotations of the policy").requires("policy"),
        switch(
            "dry-run",
            "Says what would be taken and deleted, and does nothing",
        ),
        option(
            "simulate",
            "TIME",
            "Goes through so long a time of nights, and sends nothing [365d]",
        )
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value(YEAR)
        .conflicts_with("dry-run"),
        option(
            "every",
            "TIME",
            "How long from one night of the simulation to the next",
        )
        .default_value("1d"),
        option(
            "report",
            "FILE",
            "Writes what was done as JSON; `-` prints it",
        )
        .value_hint(clap::ValueHint::FilePath),
        option(
            "exec-on-failure",
            "COMMAND",
            "Runs this in a shell, with the report on stdin, where something failed",
        ),
        option("lock", "FILE", "The file that one run holds at a time")
            .value_hint(clap::ValueHint::FilePath),
    ];
    Command::new("rotate")
        .about("Takes tonight's snapshots, and deletes those that no rule keeps")
        .long_about(
            "Takes a snapshot of each thing that has none of tonight, waits until it can be used, and only then deletes \
             those of ours that no rule keeps. A lost answer is looked for, and nothing is taken twice.\n\n\
             What it is for is said by options or, for several rotations, by a file.",
        )
        .args(what.map(|arg| of_flags(arg).help_heading(WHAT)))
        .args(keep)
        .args(run.map(|arg| arg.help_heading(RUN)))
        .arg(of_flags(survey::parallel()).help_heading(RUN))
        .args(survey::waiting())
}

pub(crate) fn run(session: &Session, matches: &ArgMatches) -> Result<(), Error> {
    let policies = policies(matches)?;
    if let Some(length) = text(matches, "simulate") {
        let length = duration("simulate", &length).map_err(refused)?;
        let every = text(matches, "every").unwrap_or_default();
        let every = duration("every", &every).map_err(refused)?;
        return simulated(session, &policies, length, every);
    }
    let dry_run = matches.get_flag("dry-run");
    let lock = match (&policies.lock, dry_run) {
        (_, true) => None,
        (Some(path), false) => Some(PathBuf::from(path)),
        (None, false) => Some(lock::usual()?),
    };
    let _lock = match lock.as_deref().map(lock::take).transpose()? {
        Some(Err(Held(holder))) => {
            let path = lock.unwrap_or_default();
            let what = format!(
                "another run holds {}: {holder}; nothing was done",
                path.display()
            );
            session.output.note(&format!("snapline: {what}"));
            session.ends_with(HELD);
            return Ok(());
        }
        lock => lock,
    };
    let began = Timestamp::now();
    let wait = survey::wait(matches)?;
    let nights: Vec<(&Rotation, Progress)> = policies
        .rotations
        .iter()
        .map(|rotation| (rotation, Progress::new(rotation)))
        .collect();
    let ended = session.drive(async {
        for (rotation, progress) in &nights {
            one(session, rotation, dry_run, wait, progress).await;
        }
        Ok(())
    });
    let stopped = match ended {
        Ok(()) => None,
        Err(error) if session::is_stopped() => Some(error),
        Err(error) => return Err(error),
    };
    let rotations: Vec<Rotated> = nights
        .into_iter()
        .map(|(_, progress)| match &stopped {
            Some(error) => progress.stopped(of_stop(error)),
            None => progress.end(),
        })
        .collect();
    let report = Report {
        ok: stopped.is_none() && rotations.iter().all(|rotated| rotated.failed == 0),
        stopped: stopped.is_some(),
        began,
        ended: Timestamp::now(),
        dry_run,
        rotations,
    };
    tell(session, &policies, &report)?;
    stopped.map_or(Ok(()), Err)
}

/// What became of a thing that was under way when the run was stopped.
fn of_stop(error: &Error) -> Failure {
    Failure {
        message:
            "stopped while it was under way; what had begun goes on, and the next run looks for it"
                .to_owned(),
        code: crate::failure::code_of(error, true),
        ..failed(error)
    }
}

/// The number of the exit where another run is under way.
pub(crate) const HELD: u8 = 14;

/// The rotations of the file, or the one of the options.
fn policies(matches: &ArgMatches) -> Result<Policies, Error> {
    let mut policies = match text(matches, "policy") {
        Some(path) => {
            let text = std::fs::read_to_string(&path).map_err(|error| {
                Error::invalid_argument(
                    "policy",
                    "readable",
                    format!("`--policy`: {path} cannot be read: {error}"),
                )
            })?;
            policy::read(&text).map_err(refused)?
        }
        None => Policies {
            lock: None,
            report: None,
            exec_on_failure: None,
            rotations: vec![draft(matches).rotation("rotate").map_err(refused)?],
        },
    };
    let only = texts(matches, "rotation");
    for name in &only {
        if policies
            .rotations
            .iter()
            .all(|rotation| rotation.name != *name)
        {
            let all: Vec<&str> = policies
                .rotations
                .iter()
                .map(|rotation| &*rotation.name)
                .collect();
            let message = format!(
                "the policy has no rotation `{name}`; it has {}",
                all.join(", ")
            );
            return Err(Error::invalid_argument(
                "rotation",
                "a rotation of the policy",
                message,
            ));
        }
    }
    if !only.is_empty() {
        policies
            .rotations
            .retain(|rotation| only.contains(&rotation.name));
    }
    policies.lock = text(matches, "lock").or(policies.lock);
    policies.report = text(matches, "report").or(policies.report);
    policies.exec_on_failure = text(matches, "exec-on-failure").or(policies.exec_on_failure);
    Ok(policies)
}

/// What the options say.
fn draft(matches: &ArgMatches) -> Draft {
    let mut draft = Draft {
        name: None,
        of: Selection {
            provider: text(matches, "provider"),
            profile: None,
            kinds: texts(matches, "kind"),
            tags: texts(matches, "tag"),
            ids: texts(matches, "id"),
            names: texts(matches, "name"),
            exclude_tag: text(matches, "exclude-tag"),
            allow_nothing: matches.get_flag("allow-nothing"),
            powered_off: matches.get_flag("powered-off"),
        },
        snapshot_name: text(matches, "snapshot-name"),
        prefix: text(matches, "prefix"),
        parallel: matches.get_one::<usize>("parallel").copied(),
        min_interval: text(matches, "min-interval"),
        utc_offset: text(matches, "utc-offset"),
        ..Draft::default()
    };
    for name in Policy::SETTINGS {
        let mut given = texts(matches, name).into_iter().map(toml::Value::String);
        let value = match name {
            "keep_tags" => Some(toml::Value::Array(given.collect()))
                .filter(|all| all.as_array().is_some_and(|all| !all.is_empty())),
            _ => given.next_back(),
        };
        if let Some(value) = value {
            draft.rules.insert(name.to_owned(), value);
        }
    }
    draft
}

/// One rotation. That there is no client for it fails it alone.
async fn one(
    session: &Session,
    rotation: &Rotation,
    dry_run: bool,
    wait: WaitOptions,
    progress: &Progress,
) {
    match client(session, rotation) {
        Ok(engine) => {
            progress.of_provider(engine.api.provider.name);
            let calls = Calls::new(&engine, &session.output, wait);
            rotate(&calls, engine.api.kinds, rotation, dry_run, progress).await;
        }
        Err(error) => {
            let line = format!("{}: FAILED: {error}", rotation.name);
            session.output.note(&line);
            progress.failed(failed(&error));
        }
    }
}

/// A client of the account that a rotation is of.
fn client(session: &Session, rotation: &Rotation) -> Result<Engine, Error> {
    let account = match &rotation.of.profile {
        Some(profile) => Some(Account::open(Chosen {
            profile: Some(profile.clone()),
            ..session.account.chosen.clone()
        })?),
        None => None,
    };
    let account = account.as_ref().unwrap_or(&session.account);
    let api = survey::api(account, rotation.of.provider.as_deref())?;
    // A night has time: calls wait rather than run into the rate limit.
    let paced = Settings::default().pacing(true);
    account.connect_with(paced, api, &session.matches)
}

/// Prints and writes what was done, and runs what is to be run where something failed.
fn tell(session: &Session, policies: &Policies, report: &Report) -> Result<(), Error> {
    let value = survey::json(report)?;
    let whole = format!("{value:#}\n");
    match policies.report.as_deref() {
        Some("-") => session.output.print(&whole)?,
        file => {
            if let Some(path) = file {
                written(Path::new(path), &whole)?;
            }
            match session.output.format {
                Format::Table => {
                    let lines: String = report
                        .lines()
                        .iter()
                        .map(|line| format!("{line}\n"))
                        .collect();
                    session.output.print(&lines)?;
                }
                _ => session.output.one(&value)?,
            }
        }
    }
    if !report.ok {
        if let Some(command) = &policies.exec_on_failure {
            exec(session, command, &whole);
        }
        session.ends_with(report.code());
    }
    Ok(())
}

/// Writes a report in place of the last one, whole or not at all.
fn written(path: &Path, text: &str) -> Result<(), Error> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    std::fs::write(&new, text)
        .and_then(|()| std::fs::rename(&new, path))
        .map_err(|error| {
            Error::config(format!(
                "the report cannot be written to {}: {error}",
                path.display()
            ))
        })
}

/// Runs a command with the report on stdin. What becomes of it is told, and changes nothing.
fn exec(session: &Session, command: &str, report: &str) {
    let run = || {
        let mut child = Program::new("sh")
            .arg("-c")
            .arg(command)
            .stdin(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // It need not read what it is given.
            let _ = stdin.write_all(report.as_bytes());
        }
        child.wait()
    };
    match run() {
        Ok(status) if status.success() => {}
        Ok(status) => session
            .output
            .note(&format!("snapline: `{command}` ended with {status}")),
        Err(error) => session
            .output
            .note(&format!("snapline: `{command}` could not be run: {error}")),
    }
}

/// Tells what the rotations come to.
fn simulated(
    session: &Session,
    policies: &Policies,
    length: SignedDuration,
    every: SignedDuration,
) -> Result<(), Error> {
    let mut all = Vec::new();
    for rotation in &policies.rotations {
        let apis = APIS.iter().filter(|api| {
            let named = rotation.of.provider.as_deref();
            named.is_none_or(|name| api.is_called(name))
        });
        let mut kinds = Vec::new();
        for api in apis {
            match rotation.kinds_of(api.kinds) {
                Ok(of_api) => kinds.extend(of_api),
                // Another provider may have the kind.
                Err(error) if rotation.of.provider.is_some() => return Err(refused(error)),
                Err(_) => {}
            }
        }
        all.push(simulate(rotation, &kinds, Timestamp::now(), length, every).map_err(refused)?);
    }
    if all.iter().any(|it| !it.over.is_empty()) {
        session.ends_with(OVER);
    }
    match session.output.format {
        Format::Table => {
            let lines: String = all
                .iter()
                .flat_map(lines)
                .map(|line| format!("{line}\n"))
                .collect();
            session.output.print(&lines)
        }
        _ => survey::print(
            session,
            &all,
            &[
                "rotation",
                "nights",
                "at_the_end",
                "most",
                "oldest_seconds",
                "longest_gap_seconds",
            ],
        ),
    }
}

/// The number of the exit where the service would refuse what the policy asks for.
const OVER: u8 = 4;

fn lines(it: &Simulated) -> Vec<String> {
    let mut lines = vec![
        format!(
            "{}: {} snapshots over {} nights",
            it.rotation,
            it.nights,
            it.after_each.len()
        ),
        format!(
            "  at the end {} stand; the oldest is {} old, the longest gap {}",
            it.at_the_end,
            age(it.oldest_seconds),
            age(it.longest_gap_seconds)
        ),
        format!(
            "  at most {} at once, first on night {}",
            it.most, it.most_on
        ),
    ];
    lines.extend(
        it.over
            .iter()
            .map(|over| format!("  REFUSED: {}", over.says)),
    );
    let stands = it.stands.iter();
    lines.extend(stands.map(|it| {
        format!(
            "  {:>8}  {}  {}",
            age(it.age_seconds),
            it.taken,
            it.why.join(", ")
        )
    }));
    lines
}

/// A time for people: days, or hours below two of them.
fn age(seconds: i64) -> String {
    match seconds {
        seconds if seconds >= 2 * 86_400 => format!("{} d", seconds / 86_400),
        seconds if seconds >= 3600 => format!("{} h", seconds / 3600),
        seconds => format!("{} min", seconds / 60),
    }
}
