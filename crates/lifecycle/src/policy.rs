//! What is to be done each night: a file in TOML with rotations, or one out of a command line.
//!
//! ```toml
//! [[rotation]]
//! name = "databases"
//! tags = ["db"]
//! keep_daily = 7
//! keep_weekly = 4
//! ```

use std::collections::BTreeMap;
use std::fmt;

use jiff::tz::Offset;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::Deserialize;
use snapline::retention;

use crate::kind::Kind;

/// What cannot be done as it is written, and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The setting at fault.
    pub setting: String,
    /// What to tell a person.
    pub message: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

fn wrong<T>(setting: &str, message: impl Into<String>) -> Result<T, Error> {
    Err(Error {
        setting: setting.to_owned(),
        message: message.into(),
    })
}

/// A file of rotations.
#[derive(Debug, Clone)]
pub struct Policies {
    /// The file that is locked while it runs.
    pub lock: Option<String>,
    /// Where the report goes.
    pub report: Option<String>,
    /// What is run, with the report, where something failed.
    pub exec_on_failure: Option<String>,
    /// The rotations.
    pub rotations: Vec<Rotation>,
}

/// What a rotation is for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// The provider; the one that there is where none is named.
    pub provider: Option<String>,
    /// The profile with the credentials.
    pub profile: Option<String>,
    /// The kinds of things; all where none is named.
    pub kinds: Vec<String>,
    /// Things with one of these tags.
    pub tags: Vec<String>,
    /// Things with one of these ids.
    pub ids: Vec<String>,
    /// Things with one of these names.
    pub names: Vec<String>,
    /// But not those with this tag.
    pub exclude_tag: Option<String>,
    /// Whether it is fine that there is nothing to do it for.
    pub allow_nothing: bool,
    /// Whether what can be switched off is, meanwhile.
    pub powered_off: bool,
}

/// One rotation: what it is for, how snapshots are named, and what stays.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// What the report calls it.
    pub name: String,
    /// What it is for.
    pub of: Selection,
    /// How a snapshot is called, with `{date}`, `{time}` and `{name}` for what changes.
    pub snapshot_name: String,
    /// How many things at once.
    pub parallel: usize,
    /// How long after a snapshot none is taken.
    pub min_interval: Option<SignedDuration>,
    /// What stays, and what of all snapshots is ours.
    pub keep: retention::Policy,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    lock: Option<String>,
    report: Option<String>,
    exec_on_failure: Option<String>,
    #[serde(default)]
    rotation: Vec<Draft>,
}

/// A rotation as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// See [`Rotation`], here and below.
    pub name: Option<String>,
    /// What it is for.
    #[serde(flatten)]
    pub of: Selection,
    /// How snapshots are called.
    pub snapshot_name: Option<String>,
    /// What the names of ours begin with, unless it is what stands before the first brace.
    pub prefix: Option<String>,
    /// How many at once.
    pub parallel: Option<usize>,
    /// How long after one none is taken, such as `20h`.
    pub min_interval: Option<String>,
    /// The clock that days go by, such as `+02:00`.
    pub utc_offset: Option<String>,
    /// The rules, by [`retention::Policy::SETTINGS`].
    #[serde(flatten)]
    pub rules: BTreeMap<String, toml::Value>,
}

const DEFAULT_NAME: &str = "nightly-{date}";
/// How many things at once, where nobody says.
pub const DEFAULT_PARALLEL: usize = 8;

/// Reads a file of rotations.
///
/// # Errors
/// Where it is no such file; the error says what to write.
pub fn read(text: &str) -> Result<Policies, Error> {
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => return wrong("policy", format!("the policy file: {error}")),
    };
    if file.rotation.is_empty() {
        return wrong(
            "policy",
            "the policy file has no rotation; begin one with `[[rotation]]`",
        );
    }
    let mut rotations: Vec<Rotation> = Vec::new();
    for (index, draft) in file.rotation.into_iter().enumerate() {
        let name = draft.name.clone();
        let name = name.unwrap_or_else(|| format!("rotation {}", index + 1));
        let rotation = draft.rotation(&name).map_err(|error| Error {
            message: format!("{name}: {}", error.message),
            ..error
        })?;
        if rotations.iter().any(|other| other.name == rotation.name) {
            return wrong("name", format!("two rotations are called `{name}`"));
        }
        rotations.push(rotation);
    }
    Ok(Policies {
        lock: file.lock,
        report: file.report,
        exec_on_failure: file.exec_on_failure,
        rotations,
    })
}

impl Draft {
    /// The rotation, once all that is written makes sense.
    ///
    /// # Errors
    /// Where it does not.
    pub fn rotation(self, name: &str) -> Result<Rotation, Error> {
        let mut keep = retention::Policy::default();
        for (rule, value) in &self.rules {
            set(&mut keep, rule, value)?;
        }
        let empty = |texts: &[String]| texts.iter().any(|text| text.trim().is_empty());
        for (setting, texts) in [
            ("tags", &self.of.tags),
            ("ids", &self.of.ids),
            ("names", &self.of.names),
            ("kinds", &self.of.kinds),
        ] {
            // A script that lost its tag must not be given everything.
            if empty(texts) {
                return wrong(setting, format!("`{setting}` has an empty text"));
            }
        }
        if self.of.tags.is_empty() && self.of.ids.is_empty() && self.of.names.is_empty() {
            return wrong(
                "tags",
                "nothing says what it is for: give `tags`, `ids` or `names`",
            );
        }
        let snapshot_name = self
            .snapshot_name
            .unwrap_or_else(|| DEFAULT_NAME.to_owned());
        check_name(&snapshot_name)?;
        let prefix = match self.prefix {
            Some(prefix) => prefix,
            None => snapshot_name
                .split('{')
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        if prefix.is_empty() || !snapshot_name.starts_with(&prefix) {
            return wrong(
                "prefix",
                format!(
                    "`{snapshot_name}` does not begin with the prefix of our snapshots, `{prefix}`: nothing else tells them from others"
                ),
            );
        }
        keep.name_prefix = Some(prefix);
        keep.utc_offset_minutes = offset(self.utc_offset.as_deref())?;
        // The policy and its numbers, before anything is sent.
        if let Err(error) = retention::plan(&keep, &[]) {
            return wrong(error.parameter(), error.to_string());
        }
        let min_interval = match &self.min_interval {
            Some(text) => Some(duration("min_interval", text)?),
            None => None,
        };
        let parallel = self.parallel.unwrap_or(DEFAULT_PARALLEL);
        if parallel == 0 {
            return wrong("parallel", "`parallel` is 0: nothing would ever be done");
        }
        Ok(Rotation {
            name: name.to_owned(),
            of: self.of,
            snapshot_name,
            parallel,
            min_interval,
            keep,
        })
    }
}

fn set(keep: &mut retention::Policy, rule: &str, value: &toml::Value) -> Result<(), Error> {
    if !retention::Policy::SETTINGS.contains(&rule) {
        return wrong(rule, format!("there is no setting `{rule}`"));
    }
    let texts = match value {
        toml::Value::Array(items) if rule == "keep_tags" => items.as_slice(),
        other => std::slice::from_ref(other),
    };
    for value in texts {
        let text = match value {
            toml::Value::String(text) => text.clone(),
            toml::Value::Integer(number) => number.to_string(),
            other => {
                return wrong(
                    rule,
                    format!("`{rule}` is {}: give a number or a text", other.type_str()),
                );
            }
        };
        if let Err(error) = keep.set(rule, &text) {
            return wrong(rule, format!("`{rule}`: {error}"));
        }
    }
    Ok(())
}

/// The names that stand in braces, each of which is known.
fn check_name(pattern: &str) -> Result<(), Error> {
    let mut rest = pattern;
    let mut dated = false;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            return wrong(
                "snapshot_name",
                format!("`{pattern}` has a `{{` without a `}}`"),
            );
        };
        match name {
            "date" => dated = true,
            "time" | "name" => {}
            other => {
                return wrong(
                    "snapshot_name",
                    format!(
                        "`{pattern}`: there is no `{{{other}}}`; there are `{{date}}`, `{{time}}` and `{{name}}`"
                    ),
                );
            }
        }
        rest = after;
    }
    if !dated {
        return wrong(
            "snapshot_name",
            format!(
                "`{pattern}` has no `{{date}}`, so that each night's snapshot would have the name of the last"
            ),
        );
    }
    Ok(())
}

/// A time as people write it, such as `20h` or `1d12h`; a day has 24 hours.
///
/// # Errors
/// Where it is none, or is below 0.
pub fn duration(setting: &str, text: &str) -> Result<SignedDuration, Error> {
    let span: Result<Span, _> = text.parse();
    let length = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()));
    match length {
        Ok(length) if !length.is_negative() => Ok(length),
        _ => wrong(
            setting,
            format!("`{text}` is no time: write it as in `20h`, `1d12h` or `365d`"),
        ),
    }
}

fn offset(text: Option<&str>) -> Result<i32, Error> {
    let Some(text) = text else { return Ok(0) };
    let minutes = || {
        let (sign, rest) = match text.split_at_checked(1)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return None,
        };
        let (hours, minutes) = rest.split_once(':')?;
        let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
        let fits = (0..24).contains(&hours) && (0..60).contains(&minutes);
        fits.then_some(sign * (hours * 60 + minutes))
    };
    match minutes() {
        Some(minutes) => Ok(minutes),
        None => wrong(
            "utc_offset",
            format!("`{text}` is no distance from UTC: write it as in `+02:00`"),
        ),
    }
}

impl Rotation {
    /// What the names of its snapshots begin with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.keep.name_prefix.as_deref().unwrap_or_default()
    }

    /// The name of a snapshot of a thing.
    #[must_use]
    pub fn snapshot_name(&self, now: Timestamp, thing: &str) -> String {
        let offset = Offset::from_seconds(self.keep.utc_offset_minutes * 60);
        let local = offset.unwrap_or(Offset::UTC).to_datetime(now);
        self.snapshot_name
            .replace("{date}", &local.date().to_string())
            .replace(
                "{time}",
                &format!("{:02}{:02}", local.hour(), local.minute()),
            )
            .replace("{name}", thing)
    }

    /// The kinds that it is for, of those of its provider.
    ///
    /// # Errors
    /// Where one of them is none.
    pub fn kinds_of(&self, all: &'static [Kind]) -> Result<Vec<&'static Kind>, Error> {
        if self.of.kinds.is_empty() {
            return Ok(all.iter().collect());
        }
        let kinds = self.of.kinds.iter().map(|name| kind(all, name));
        kinds.collect()
    }
}

/// A kind by its name.
///
/// # Errors
/// Where there is none of the name; the error lists those there are.
pub fn kind(all: &'static [Kind], name: &str) -> Result<&'static Kind, Error> {
    match all.iter().find(|kind| kind.name == name) {
        Some(kind) => Ok(kind),
        None => {
            let names: Vec<&str> = all.iter().map(|kind| kind.name).collect();
            wrong(
                "kinds",
                format!(
                    "there is no kind `{name}`; there are `{}`",
                    names.join("`, `")
                ),
            )
        }
    }
}
