//! Settings out of texts, as options of the command line and in the file with the profiles.

use std::time::Duration;

use clap::{Arg, ArgAction, ArgMatches};
use snapline_runtime::Error;

use crate::table::{Set, Setting};

/// The option of a setting: its name in the command line.
pub(crate) fn flag(prefix: &str, name: &str) -> String {
    format!("{prefix}{}", name.replace('_', "-"))
}

/// What clap knows the option by; a document's argument cannot be called so.
fn id(prefix: &str, name: &str) -> String {
    format!("set.{prefix}{name}")
}

/// An option for a setting.
pub(crate) fn arg<T>(setting: &Setting<T>, prefix: &str, heading: &'static str) -> Arg {
    let arg = Arg::new(id(prefix, setting.name))
        .long(flag(prefix, setting.name))
        .help(setting.doc)
        .help_heading(heading)
        .hide_short_help(true);
    match setting.set {
        Set::Duration(_) => arg.value_name("TIME"),
        Set::Count(_) | Set::Bytes(_) => arg.value_name("NUMBER"),
        Set::Text(_) => arg.value_name("TEXT"),
        Set::Path(_) => arg.value_name("FILE").value_hint(clap::ValueHint::FilePath),
        Set::Pair(_) => arg.value_name("NAME=VALUE").action(ArgAction::Append),
        Set::Flag(_) => arg
            .value_name("true|false")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
    }
}

/// Sets what was given on the command line.
pub(crate) fn given<T>(
    mut it: T,
    settings: &[Setting<T>],
    prefix: &str,
    matches: &ArgMatches,
) -> Result<T, Error> {
    for setting in settings {
        let Ok(Some(values)) = matches.try_get_many::<String>(&id(prefix, setting.name)) else {
            continue;
        };
        for value in values {
            it = set(
                it,
                setting,
                &format!("--{}", flag(prefix, setting.name)),
                value,
            )?;
        }
    }
    Ok(it)
}

/// Sets one thing out of a text; `name` is what it is called where the text stands.
pub(crate) fn set<T>(it: T, setting: &Setting<T>, name: &str, text: &str) -> Result<T, Error> {
    let bad = |must: &str| {
        let message = format!("`{name}` must be {must}, but is `{text}`");
        Error::invalid_argument(name, must, message)
    };
    Ok(match setting.set {
        Set::Duration(set) => set(
            it,
            duration(text).ok_or_else(|| bad("a time such as 90s, 10m or 1.5h"))?,
        ),
        Set::Count(set) => set(it, text.parse().map_err(|_| bad("a whole number"))?),
        Set::Bytes(set) => set(it, text.parse().map_err(|_| bad("a whole number"))?),
        Set::Flag(set) => match text {
            "true" => set(it, true),
            "false" => set(it, false),
            _ => return Err(bad("true or false")),
        },
        Set::Text(set) => set(it, text.to_owned()),
        Set::Path(set) => set(it, text.into()),
        Set::Pair(set) => match text.split_once('=') {
            Some((name, value)) => set(it, name.to_owned(), value.to_owned()),
            None => return Err(bad("a name and a value: NAME=VALUE")),
        },
    })
}

/// A span of time: seconds where no unit is given.
fn duration(text: &str) -> Option<Duration> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let unit = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    let number: f64 = number.parse().ok()?;
    Duration::try_from_secs_f64(number * unit).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in [
            ("90", 90.0),
            ("500ms", 0.5),
            ("10m", 600.0),
            ("1.5h", 5400.0),
            ("2d", 172_800.0),
            ("0.25s", 0.25),
        ] {
            assert_eq!(
                duration(text),
                Some(Duration::from_secs_f64(seconds)),
                "{text}"
            );
        }
        for text in ["", "s", "ten", "-1", "1w", "1e3", "1.5.5", "é"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
