//! `snapline cost`: what snapshots cost in a month.

use clap::{Arg, ArgMatches, Command};
use serde_json::Value;
use snapline_lifecycle::cost::cost;
use snapline_runtime::Error;

use super::survey::{self, Asked};
use crate::output::Format;
use crate::session::Session;

pub(crate) fn command() -> Command {
    Command::new("cost")
        .about("Sums up what snapshots cost in a month, by published prices")
        .arg(
            Arg::new("by")
                .long("by")
                .value_name("WHAT")
                .value_parser(["kind", "tag", "thing"])
                .default_value("kind")
                .help("What a table has a line for; JSON has all of them"),
        )
        .arg(survey::provider())
        .arg(survey::kinds())
}

pub(crate) fn run(session: &Session, matches: &ArgMatches) -> Result<(), Error> {
    let asked = Asked::new(session, matches)?;
    let calls = asked.calls(session);
    let all = session.drive(async { Ok(survey::survey(&calls, &asked.kinds).await) })?;
    let all = calls.sound(all)?;
    let mut told = cost(&all.kinds, &all.snapshots, &all.things);
    told.round();
    if matches!(
        session.output.format,
        Format::Json | Format::Jsonl | Format::Yaml
    ) && session.output.columns.is_none()
    {
        return session.output.one(&survey::json(&told)?);
    }
    let sums = match matches.get_one::<String>("by").map(String::as_str) {
        Some("tag") => &told.tags,
        Some("thing") => &told.things,
        _ => &told.kinds,
    };
    survey::print(
        session,
        sums,
        &["kind", "of", "snapshots", "gigabytes", "month", "currency"],
    )?;
    for (currency, month) in &told.month {
        session
            .output
            .note(&format!("{month:.2} {currency} a month in all"));
    }
    for price in &told.prices {
        session.output.note(&match price.month {
            Some(month) => format!(
                "{}: {} {} for a GB and a month, by {} on {}",
                price.kind,
                crate::engine::shown(&Value::from(month)),
                price.currency,
                price.source,
                price.date
            ),
            None => format!("{}: {}", price.kind, price.source),
        });
    }
    Ok(())
}
