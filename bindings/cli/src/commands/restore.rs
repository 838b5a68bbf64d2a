//! `snapline restore`: a new thing out of a snapshot.

use clap::{ArgMatches, Command};
use snapline_lifecycle::Failure;
use snapline_lifecycle::restore::{Wanted, restore};
use snapline_runtime::Error;

use super::survey::{self, Asked, option, switch, text};
use crate::engine::Named;
use crate::further;
use crate::output::Format;
use crate::session::Session;

pub(crate) fn command() -> Command {
    Command::new("restore")
        .about("Makes a new thing of a snapshot, and waits until it can be used")
        .args(survey::chosen("The snapshot's id", 1))
        .arg(option("name", "NAME", "What the new thing is called").required(true))
        .arg(option(
            "size",
            "SIZE",
            "Gigabytes, or the name of a size; the smallest that will do unless given",
        ))
        .arg(option(
            "region",
            "REGION",
            "Where it is; the snapshot's first region unless given",
        ))
        .arg(survey::provider())
        .arg(survey::kinds())
        .arg(switch(
            "dry-run",
            "Says what would be made, and makes nothing",
        ))
        .args(survey::waiting())
        .arg(further::arg())
        .after_help(further::listed())
}

pub(crate) fn run(session: &Session, matches: &ArgMatches) -> Result<(), Error> {
    let asked = Asked::new(session, matches)?;
    let mut options = Vec::new();
    for kind in &asked.kinds {
        let Some(how) = &kind.restore else { continue };
        let given = further::given(asked.engine.api, kind, &how.make, matches);
        options.push((kind.name, given));
    }
    // Where there is one kind, what it does not know is refused before anything is sent.
    if let [(_, Err(error))] = options.as_slice() {
        return Err(error.clone());
    }
    let calls = asked.calls(session);
    let dry_run = matches.get_flag("dry-run");
    let made = session.drive(async {
        let work = async {
            let all = survey::survey(&calls, &asked.kinds).await?;
            let chosen = all.chosen(matches)?;
            let Some(snapshot) = chosen.first().copied() else {
                return Err(Failure::new("no snapshot is named"));
            };
            let given = options.iter().find(|(kind, _)| *kind == snapshot.kind.name);
            let further = match given {
                Some((_, Ok(further))) => further.clone(),
                Some((_, Err(error))) => return Err(Failure::new(error.to_string())),
                None => Named::new(),
            };
            let wanted = Wanted {
                name: text(matches, "name").unwrap_or_default(),
                region: text(matches, "region"),
                size: text(matches, "size"),
                further,
            };
            restore(&calls, snapshot, all.of(snapshot), &wanted, dry_run).await
        };
        Ok(work.await)
    })?;
    let made = calls.sound(made)?;
    let value = survey::json(&made)?;
    if session.output.format != Format::Table {
        return session.output.one(&value);
    }
    let region = made
        .region
        .map_or_else(String::new, |region| format!(" in {region}"));
    let size = crate::engine::shown(&made.size);
    let from = format!("from {} ({})", made.snapshot, made.snapshot_name);
    session.output.print(&match made.id {
        Some(id) => format!(
            "{} {id} ({}) of size {size}{region} is ready, {from}\n",
            made.kind, made.name
        ),
        None => format!(
            "{} {} of size {size}{region} would be made {from}\n",
            made.kind, made.name
        ),
    })
}
