//! `snapline cost`: what snapshots cost in a month.

use clap::{Arg, ArgMatches, Command};
use serde_json::Value;
use snapline_lifecycle::cost::{Sum, cost};
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
    let sums: Vec<Value> = sums.iter().map(row).collect::<Result<_, _>>()?;
    survey::print(
        session,
        &sums,
        &["kind", "of", "snapshots", "gigabytes", "month", "currency"],
    )?;
    for (currency, month) in &told.month {
        session
            .output
            .note(&format!("{month:.2} {currency} a month in all"));
    }
    if !told.unpriced.is_empty() {
        let kinds = told.unpriced.join(", ");
        let what = match told.month.is_empty() {
            true => "there is no sum",
            false => "they are in no sum",
        };
        session.output.note(&format!(
            "the price of snapshots of {kinds} is unknown: {what}"
        ));
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
            None => format!("{}: price unknown: {}", price.kind, price.source),
        });
    }
    Ok(())
}

/// A sum as a row: what is not known is said, and is not an empty cell, which counts as nothing.
fn row(sum: &Sum) -> Result<Value, Error> {
    let mut row = survey::json(sum)?;
    if let Some(month) = row.get_mut("month").filter(|month| month.is_null()) {
        *month = "unknown".into();
    }
    Ok(row)
}
