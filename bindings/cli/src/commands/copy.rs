//! `snapline copy`: snapshots in other regions.

use clap::{Arg, ArgMatches, Command};
use snapline_lifecycle::Snapshot;
use snapline_lifecycle::copy::{Copied, Outcome, copy};
use snapline_runtime::Error;

use super::survey::{self, Asked, option, several, switch, text, texts};
use crate::session::Session;

pub(crate) fn command() -> Command {
    Command::new("copy")
        .about("Copies snapshots to other regions, and waits for each")
        .arg(
            Arg::new("snapshot")
                .value_name("SNAPSHOT")
                .num_args(1..)
                .help("Ids of snapshots")
                .required_unless_present("of"),
        )
        .arg(
            option(
                "of",
                "THING",
                "The newest of this thing, by id or name, instead",
            )
            .conflicts_with("snapshot"),
        )
        .arg(
            option(
                "prefix",
                "TEXT",
                "Of those the newest whose name begins with this",
            )
            .requires("of")
            .default_value(""),
        )
        .arg(
            several(
                "to",
                "REGION",
                "Where to; where it is already, nothing is done",
            )
            .required(true),
        )
        .arg(survey::provider())
        .arg(survey::kinds())
        .arg(survey::parallel())
        .arg(switch(
            "dry-run",
            "Says what would be copied, and copies nothing",
        ))
        .args(survey::waiting())
}

pub(crate) fn run(session: &Session, matches: &ArgMatches) -> Result<(), Error> {
    let mut asked = Asked::new(session, matches)?;
    if texts(matches, "kind").is_empty() {
        asked.kinds.retain(|kind| kind.copy.is_some());
    }
    let calls = asked.calls(session);
    let regions = texts(matches, "to");
    let (parallel, dry_run) = (survey::at_once(matches)?, matches.get_flag("dry-run"));
    let told = session.drive(async {
        let work = async {
            let all = survey::survey(&calls, &asked.kinds).await?;
            let chosen: Vec<Snapshot> = match text(matches, "of") {
                Some(of) => vec![
                    all.newest(&of, &text(matches, "prefix").unwrap_or_default())?
                        .clone(),
                ],
                None => {
                    let ids = texts(matches, "snapshot");
                    let found = ids.iter().map(|id| all.snapshot(id).cloned());
                    found.collect::<Result<_, _>>()?
                }
            };
            Ok(copy(&calls, &chosen, &regions, parallel, dry_run).await)
        };
        Ok(work.await)
    })?;
    let told: Vec<Copied> = calls.sound(told)?;
    for copied in told.iter().filter(|it| it.outcome == Outcome::Failed) {
        if let Some(failed) = &copied.failure {
            session.output.note(&format!(
                "{} to {}: FAILED: {}",
                copied.snapshot, copied.region, failed.message
            ));
            session.ends_with(failed.code.max(1));
        }
    }
    survey::print(session, &told, &["snapshot", "name", "region", "outcome"])
}
