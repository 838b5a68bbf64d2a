//! `snapline path`: where snapshots are on a mounted share, and how it is mounted.

use std::path::Path;

use clap::{Arg, ArgMatches, Command};
use serde::Serialize;
use serde_json::Value;
use snapline_lifecycle::kind::Mount;
use snapline_lifecycle::{Failure, Snapshot, mount_sources};
use snapline_runtime::Error;
use snapline_runtime::mounted::{Directory, Source};

use super::survey::{self, Asked, option};
use crate::output::Format;
use crate::session::Session;

pub(crate) fn command() -> Command {
    Command::new("path")
        .about("Shows how a share is mounted, and where its snapshots are below it")
        .arg(
            Arg::new("share")
                .value_name("SHARE")
                .help("The share's id or name")
                .required(true),
        )
        .arg(option(
            "snapshot",
            "SNAPSHOT",
            "Only this one, by id or name",
        ))
        .arg(option("mount", "DIR", "Where the share is mounted").default_value("/mnt/share"))
        .arg(survey::switch(
            "find",
            "Looks the directories up there, in whatever spelling",
        ))
        .arg(survey::provider())
        .arg(survey::kinds())
}

/// What is told of a share.
#[derive(Debug, Serialize)]
struct Told {
    share: String,
    name: String,
    mount: Vec<String>,
    snapshots: Vec<Place>,
}

#[derive(Debug, Serialize)]
struct Place {
    id: String,
    name: String,
    path: String,
}

pub(crate) fn run(session: &Session, matches: &ArgMatches) -> Result<(), Error> {
    let mut asked = Asked::new(session, matches)?;
    asked.kinds.retain(|kind| kind.mount.is_some());
    if asked.kinds.is_empty() {
        let message = "nothing of this kind is mounted; shares are";
        return Err(Error::invalid_argument("kind", "a kind of share", message));
    }
    let calls = asked.calls(session);
    let named = survey::text(matches, "share").unwrap_or_default();
    let found = session.drive(async {
        let work = async {
            let all = survey::survey(&calls, &asked.kinds).await?;
            let thing = all.thing(&named)?.clone();
            let sources = mount_sources(&calls, &thing).await?;
            let of = all.snapshots.into_iter().filter(|it| it.is_of(&thing));
            let snapshots: Vec<Snapshot> = of.collect();
            Ok((thing, sources, snapshots))
        };
        Ok(work.await)
    })?;
    let (thing, sources, snapshots) = calls.sound(found)?;
    let Some(mount) = &thing.kind.mount else {
        return Err(Error::internal("a kind that is mounted says from where"));
    };
    let at = survey::text(matches, "mount").unwrap_or_default();
    let at = Path::new(&at);
    let commands = sources.iter().map(|source| command_of(mount, source, at));
    let wanted = survey::text(matches, "snapshot");
    let is_wanted = |it: &&Snapshot| {
        wanted
            .as_ref()
            .is_none_or(|it_is| it.id == *it_is || it.name == *it_is)
    };
    let places = snapshots
        .iter()
        .filter(is_wanted)
        .map(|it| place(mount, it, at, matches.get_flag("find")));
    let told = Told {
        share: thing.id.clone(),
        name: thing.name.clone(),
        mount: commands.collect::<Result<_, _>>()?,
        snapshots: places.collect::<Result<_, _>>()?,
    };
    if let (Some(wanted), true) = (&wanted, told.snapshots.is_empty()) {
        return calls.sound(Err(Failure::not_there(format!(
            "share {} has no snapshot `{wanted}`",
            told.share
        ))));
    }
    if session.output.format != Format::Table {
        return session.output.one(&survey::json(&told)?);
    }
    let lines = told.mount.iter().map(|command| format!("{command}\n"));
    let lines = lines.chain(
        told.snapshots
            .iter()
            .map(|place| format!("{}\n", place.path)),
    );
    session.output.print(&lines.collect::<String>())
}

fn field<'v>(object: &'v Value, name: &str) -> Option<&'v str> {
    object.get(name).and_then(Value::as_str)
}

fn command_of(mount: &Mount, source: &Value, at: &Path) -> Result<String, Error> {
    let host = mount.host.map(|host| (host, field(source, host)));
    Source::new(host, (mount.from, field(source, mount.from))).mount_command(at)
}

fn place(mount: &Mount, snapshot: &Snapshot, at: &Path, find: bool) -> Result<Place, Error> {
    let object = &snapshot.object;
    let parts = mount.parts.iter().map(|part| (*part, field(object, part)));
    let directory = Directory::new(mount.path.and_then(|path| field(object, path)), parts);
    let path = match find {
        true => directory.find_below(at)?,
        false => directory.path_below(at)?,
    };
    Ok(Place {
        id: snapshot.id.clone(),
        name: snapshot.name.clone(),
        path: path.display().to_string(),
    })
}
