//! `snapline orphans`: snapshots of what is gone.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::{ArgMatches, Command};
use snapline_lifecycle::orphans::{Orphan, delete, orphans};
use snapline_runtime::Error;

use super::survey::{self, Asked, switch};
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
                let of = |it: &&snapline_lifecycle::Snapshot| it.kind.name == kind.name;
                let snapshots: Vec<_> = all.snapshots.iter().filter(of).cloned().collect();
                let things: Vec<_> = all
                    .things
                    .iter()
                    .filter(|it| it.kind.name == kind.name)
                    .cloned()
                    .collect();
                found.extend(orphans(&calls, kind, &snapshots, &things).await?);
            }
            Ok((all, found))
        };
        Ok(work.await)
    })?;
    let (all, mut found) = calls.sound(found)?;
    if matches.get_flag("delete") && !found.is_empty() {
        if !agreed(&found, matches.get_flag("yes"))? {
            return Err(Error::declined("nothing was deleted"));
        }
        let parallel = survey::at_once(matches)?;
        session.drive(async {
            for kind in &all.kinds {
                delete(&calls, kind, &all.snapshots, &mut found, parallel).await;
            }
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
    let mut stderr = io::stderr().lock();
    let bad = |error: io::Error| Error::internal(format!("nobody can be asked: {error}"));
    for orphan in found {
        writeln!(stderr, "{} {} of {}", orphan.id, orphan.name, orphan.of).map_err(bad)?;
    }
    write!(stderr, "Delete these {}? [y/N] ", found.len()).map_err(bad)?;
    stderr.flush().map_err(bad)?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(bad)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
