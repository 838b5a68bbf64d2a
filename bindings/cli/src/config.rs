//! `config.toml`: profiles with credentials, settings and arguments that hold where none is given.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use snapline_runtime::{Error, home, variable};
use toml::Table;
use zeroize::Zeroizing;

use crate::engine::Named;
use crate::generated::{APIS, settings};
use crate::table::Api;

/// Names the file in place of the usual one.
pub(crate) const FILE_VARIABLE: &str = "SNAPLINE_CONFIG";
/// Names the profile where `--profile` does not.
pub(crate) const PROFILE_VARIABLE: &str = "SNAPLINE_PROFILE";
/// The profile that counts where nobody names one.
const USUAL: &str = "default";

/// The file, as far as it is understood.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// Where it is, or would be.
    pub(crate) path: Option<PathBuf>,
    pub(crate) is_there: bool,
    /// The profile that the file says to use.
    chosen: Option<String>,
    profiles: BTreeMap<String, Profile>,
}

/// One profile.
#[derive(Debug, Default, Clone)]
pub(crate) struct Profile {
    pub(crate) output: Option<String>,
    /// Settings of a client, as texts.
    pub(crate) settings: Vec<(&'static str, String)>,
    /// By the provider's name.
    providers: BTreeMap<&'static str, Section>,
}

/// What a profile says of one provider.
#[derive(Debug, Default, Clone)]
pub(crate) struct Section {
    pub(crate) credentials: Vec<(&'static str, Secret)>,
    pub(crate) settings: Vec<(&'static str, String)>,
    /// Arguments that hold where none is given.
    pub(crate) defaults: Named,
    /// A context of the provider's own tool.
    pub(crate) context: Option<String>,
}

/// Where a secret stands.
#[derive(Clone)]
pub(crate) enum Secret {
    Here(Zeroizing<String>),
    File(PathBuf),
    /// A program and its arguments, which prints it.
    Command(Vec<String>),
}

impl std::fmt::Debug for Secret {
    /// Says where it is, and never what (B19).
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Here(_) => f.write_str("[redacted]"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Command(words) => {
                write!(f, "command {}", words.first().map_or("", String::as_str))
            }
        }
    }
}

/// How long a command may take that prints a secret: it may ask a person for a password.
const PATIENCE: Duration = Duration::from_secs(120);

impl Secret {
    pub(crate) fn read(&self, name: &str) -> Result<Zeroizing<String>, Error> {
        let text = match self {
            Self::Here(text) => text.clone(),
            Self::File(path) => Zeroizing::new(std::fs::read_to_string(path).map_err(|error| {
                Error::config(format!(
                    "`{name}_file`: {} cannot be read: {error}",
                    path.display()
                ))
            })?),
            Self::Command(words) => printed(name, words)?,
        };
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(Error::config(format!(
                "`{name}` of the profile gives nothing"
            )));
        }
        Ok(Zeroizing::new(trimmed.to_owned()))
    }
}

/// What a command prints, which is given some time.
fn printed(name: &str, words: &[String]) -> Result<Zeroizing<String>, Error> {
    let bad = |what: String| Error::config(format!("`{name}_command`: {what}"));
    let Some((program, arguments)) = words.split_first() else {
        return Err(bad("names no program".to_owned()));
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|error| bad(format!("`{program}` cannot be started: {error}")))?;
    // A secret fits into the pipe, so that nobody has to read while it is waited for.
    let until = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(10)),
            Ok(None) => {
                // It ends by itself if it cannot be ended.
                let _ = child.kill();
                let _ = child.wait();
                return Err(bad(format!(
                    "`{program}` took longer than {} s",
                    PATIENCE.as_secs()
                )));
            }
            Err(error) => return Err(bad(format!("`{program}`: {error}"))),
        }
    };
    if !status.success() {
        return Err(bad(format!("`{program}` ended with {status}")));
    }
    let mut text = Zeroizing::new(String::new());
    let read = child
        .stdout
        .take()
        .map(|mut out| std::io::Read::read_to_string(&mut out, &mut text));
    match read {
        Some(Ok(_)) => Ok(text),
        _ => Err(bad(format!("`{program}` printed no text"))),
    }
}

impl Config {
    /// Reads the file, if there is one.
    pub(crate) fn load() -> Result<Self, Error> {
        let named = variable(FILE_VARIABLE)?.map(PathBuf::from);
        let must = named.is_some();
        let Some(path) = named.or(usual()?) else {
            return Ok(Self::default());
        };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must => {
                return Ok(Self {
                    path: Some(path),
                    ..Self::default()
                });
            }
            Err(error) => {
                let what = format!("{} cannot be read: {error}", path.display());
                return Err(Error::config(what));
            }
        };
        let bad = |what: String| Error::config(format!("{}: {what}", path.display()));
        let table: Table = toml::from_str(&text).map_err(|error| {
            // The line itself may be a secret.
            let at = error.span().and_then(|span| text.get(..span.start));
            let line = at.map_or(1, |before| before.lines().count().max(1));
            bad(format!("line {line} is no TOML: {}", error.message()))
        })?;
        let mut config = Self::parse(&table).map_err(bad)?;
        config.path = Some(path.clone());
        config.is_there = true;
        Ok(config)
    }

    fn parse(table: &Table) -> Result<Self, String> {
        let mut config = Self::default();
        for (key, value) in table {
            match (key.as_str(), value) {
                ("profile", toml::Value::String(name)) => config.chosen = Some(name.clone()),
                ("profiles", toml::Value::Table(all)) => {
                    for (name, value) in all {
                        let toml::Value::Table(table) = value else {
                            return Err(format!("`profiles.{name}` must be a table"));
                        };
                        let profile =
                            profile(table).map_err(|what| format!("profile `{name}`: {what}"))?;
                        config.profiles.insert(name.clone(), profile);
                    }
                }
                _ => {
                    return Err(format!(
                        "`{key}` is not known; there are `profile` and `profiles`"
                    ));
                }
            }
        }
        Ok(config)
    }

    /// The profile that counts, with its name and what chose it; the usual one need not be there.
    pub(crate) fn profile(
        &self,
        asked: Option<&str>,
    ) -> Result<(String, &'static str, Profile), Error> {
        let (name, by) = match (asked, variable(PROFILE_VARIABLE)?, &self.chosen) {
            (Some(name), ..) => (name.to_owned(), "--profile"),
            (None, Some(name), _) => (name, PROFILE_VARIABLE),
            (None, None, Some(name)) => (name.clone(), "`profile` of the file"),
            (None, None, None) => (USUAL.to_owned(), "the usual one"),
        };
        match self.profiles.get(&name) {
            Some(profile) => Ok((name, by, profile.clone())),
            None if by == "the usual one" => Ok((name, by, Profile::default())),
            None => {
                let known: Vec<&str> = self.profiles.keys().map(String::as_str).collect();
                let known = match known.as_slice() {
                    [] => "there are none".to_owned(),
                    known => format!("there are {}", known.join(", ")),
                };
                let path = self
                    .path
                    .as_ref()
                    .map_or_else(String::new, |path| format!(" in {}", path.display()));
                Err(Error::config(format!(
                    "there is no profile `{name}`{path} ({by}); {known}"
                )))
            }
        }
    }

    /// What is wrong with who may read the file, if it holds secrets.
    pub(crate) fn open_to_others(&self) -> Option<String> {
        let path = self.path.as_ref().filter(|_| self.is_there)?;
        let holds = self.profiles.values().any(|profile| {
            let mut sections = profile.providers.values();
            sections.any(|section| {
                section
                    .credentials
                    .iter()
                    .any(|(_, secret)| matches!(secret, Secret::Here(_)))
            })
        });
        (holds && is_open(path)).then(|| {
            format!(
                "{0} holds secrets and others can read it; `chmod 600 {0}`",
                path.display()
            )
        })
    }
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}

/// Where the file is unless somebody says otherwise.
fn usual() -> Result<Option<PathBuf>, Error> {
    Ok(folder()?.map(|folder| folder.join("snapline").join("config.toml")))
}

/// Where programs keep their settings.
pub(crate) fn folder() -> Result<Option<PathBuf>, Error> {
    let named = variable("XDG_CONFIG_HOME")?.map(PathBuf::from);
    // The specification has it that a path which is not absolute is to be passed over.
    let named = named.filter(|path| path.is_absolute());
    Ok(named.or_else(|| home().map(|home| home.join(".config"))))
}

fn profile(table: &Table) -> Result<Profile, String> {
    let mut profile = Profile::default();
    for (key, value) in table {
        if let Some(api) = APIS.iter().find(|api| api.is_called(key)) {
            let toml::Value::Table(table) = value else {
                return Err(format!("`{key}` must be a table"));
            };
            let section = section(api, table).map_err(|what| format!("`{key}`: {what}"))?;
            profile.providers.insert(api.provider.name, section);
        } else if key == "output" {
            profile.output = Some(text(key, value)?);
        } else if let Some(name) = setting(key) {
            profile.settings.push((name, text(key, value)?));
        } else {
            let names = APIS.iter().map(|api| api.provider.name).chain(["output"]);
            return Err(unknown(key, names.chain(known_settings())));
        }
    }
    Ok(profile)
}

fn section(api: &Api, table: &Table) -> Result<Section, String> {
    let mut section = Section::default();
    let credentials =
        || std::iter::once("token").chain(api.provider.credentials.iter().map(|known| known.name));
    for (key, value) in table {
        if let Some(name) = credentials().find(|name| name == key) {
            let text = Zeroizing::new(text(key, value)?);
            section.credentials.push((name, Secret::Here(text)));
        } else if let Some(name) =
            credentials().find(|name| key.strip_suffix("_file") == Some(name))
        {
            let path = text(key, value)?;
            let path = match (path.strip_prefix("~/"), home()) {
                (Some(rest), Some(home)) => home.join(rest),
                _ => PathBuf::from(path),
            };
            section.credentials.push((name, Secret::File(path)));
        } else if let Some(name) =
            credentials().find(|name| key.strip_suffix("_command") == Some(name))
        {
            let words = match value {
                toml::Value::Array(words) => words
                    .iter()
                    .map(|word| text(key, word))
                    .collect::<Result<_, _>>()?,
                _ => {
                    return Err(format!(
                        "`{key}` must be a list: a program and its arguments"
                    ));
                }
            };
            section.credentials.push((name, Secret::Command(words)));
        } else if key == "context" {
            section.context = Some(text(key, value)?);
        } else if key == "defaults" {
            let toml::Value::Table(table) = value else {
                return Err("`defaults` must be a table".to_owned());
            };
            section.defaults = defaults(api, table)?;
        } else if let Some(name) = setting(key) {
            section.settings.push((name, text(key, value)?));
        } else {
            let names = credentials().chain(["context", "defaults"]);
            return Err(unknown(key, names.chain(known_settings())));
        }
    }
    Ok(section)
}

/// Arguments that some call has, as JSON.
fn defaults(api: &Api, table: &Table) -> Result<Named, String> {
    let mut named = Named::new();
    for (key, value) in table {
        let name = key.replace('-', "_");
        let is_known =
            |call: &crate::table::Call| call.param(&name).is_some_and(|param| !param.is_direct());
        if !api.calls.iter().any(is_known) {
            return Err(format!("`defaults.{key}` is an argument of no call"));
        }
        let value: Value =
            serde_json::to_value(value).map_err(|error| format!("`defaults.{key}`: {error}"))?;
        named.insert(name, value);
    }
    Ok(named)
}

/// A setting of a client; those of which there can be several are given on the command line alone.
fn setting(key: &str) -> Option<&'static str> {
    known_settings().find(|name| *name == key)
}

fn known_settings() -> impl Iterator<Item = &'static str> {
    let all = settings::CLIENT.iter();
    all.filter(|setting| !matches!(setting.set, crate::table::Set::Pair(_)))
        .map(|setting| setting.name)
}

fn text(key: &str, value: &toml::Value) -> Result<String, String> {
    match value {
        toml::Value::String(text) => Ok(text.clone()),
        toml::Value::Integer(number) => Ok(number.to_string()),
        toml::Value::Float(number) => Ok(number.to_string()),
        toml::Value::Boolean(flag) => Ok(flag.to_string()),
        _ => Err(format!("`{key}` must be a text")),
    }
}

fn unknown<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    format!("`{key}` is not known; there are {}", known.join(", "))
}

impl Profile {
    /// What it says of a provider.
    pub(crate) fn of(&self, api: &Api) -> Section {
        self.providers
            .get(api.provider.name)
            .cloned()
            .unwrap_or_default()
    }
}
