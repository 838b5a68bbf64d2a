//! `snapline orphans`: snapshots of what is gone.

use std::io::{self, IsTerminal as _};

use clap::{ArgMatches, Command};
use snapline_lifecycle::orphans::{Orphan, delete, orphans};
use snapline_runtime::Error;

use super::survey::{self, Asked, switch};
use crate::question;
use crate::session::Session;

pub(crate) fn command() -> Command {
    Command::new("orphans")
        .about("Lists snapshots of what is gone, and deletes them if asked to")
        .arg(survey::provider())
        .arg(survey::kinds())
        .arg(survey::parallel())
        .arg(switch("delete", "Deletes them, once a person agreed"))
        .arg(
            switch("yes", "Does not ask first")
                .short('y')
                .requires("delete"),
        )
}

pub(crate) fn run(session: &Session, matches: &ArgMatches) -> Result<(), Error> {
    let asked = Asked::new(session, matches)?;
    let calls = asked.calls(session);
    let found = session.drive(async {
        let work = async {
            let all = survey::survey(&calls, &asked.kinds).await?;
            let mut found = Vec::new();
            for kind in &all.kinds {
                found.extend(orphans(&calls, kind, &all.snapshots, &all.things).await?);
            }
            Ok(found)
        };
        Ok(work.await)
    })?;
    let mut found = calls.sound(found)?;
    if matches.get_flag("delete") && !found.is_empty() {
        if !agreed(&found, matches.get_flag("yes"))? {
            return Err(Error::declined("nothing was deleted"));
        }
        let parallel = survey::at_once(matches)?;
        session.drive(async {
            delete(&calls, &mut found, parallel).await;
            Ok(())
        })?;
    }
    for orphan in &found {
        if let Some(failed) = &orphan.failure {
            session
                .output
                .note(&format!("{}: FAILED: {}", orphan.id, failed.message));
            session.ends_with(failed.code.max(1));
        }
    }
    survey::print(
        session,
        &found,
        &[
            "kind",
            "of",
            "id",
            "name",
            "created",
            "gigabytes",
            "month",
            "deleted",
        ],
    )
}

/// Whether they are to be deleted: what nobody can be asked about stays, unless `--yes` says otherwise.
fn agreed(found: &[Orphan], yes: bool) -> Result<bool, Error> {
    if yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        let message = "nobody can be asked; `--yes` deletes without";
        return Err(Error::invalid_argument(
            "yes",
            "given where nobody can be asked",
            message,
        ));
    }
    let all = found
        .iter()
        .map(|orphan| format!("{} {} of {}\n", orphan.id, orphan.name, orphan.of));
    let all: String = all.collect();
    question::agrees(&format!("{all}Delete these {}?", found.len()))
}
