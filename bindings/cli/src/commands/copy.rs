//! `snapline copy`: snapshots in other regions.

use clap::{ArgMatches, Command};
use snapline_lifecycle::Snapshot;
use snapline_lifecycle::copy::{Copied, Outcome, copy};
use snapline_runtime::Error;

use super::survey::{self, Asked, several, switch, texts};
use crate::session::Session;

pub(crate) fn command() -> Command {
    Command::new("copy")
        .about("Copies snapshots to other regions, and waits for each")
        .args(survey::chosen("Ids of snapshots", 1..))
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
            let chosen: Vec<Snapshot> = all.chosen(matches)?.into_iter().cloned().collect();
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
