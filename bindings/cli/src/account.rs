//! Whose account it is: where credentials and settings come from, and a client of them (B28).
//!
//! What is named on the command line weighs most, then the environment, then files.

use std::path::PathBuf;

use clap::ArgMatches;
use snapline_runtime::{CallOptions, Error, ErrorKind, Settings, variable};
use zeroize::Zeroizing;

use crate::config::{Config, Profile, Section};
use crate::contexts::Found;
use crate::engine::{Engine, Named};
use crate::generated::settings;
use crate::setting;
use crate::table::Api;

/// What the command line names.
#[derive(Debug, Default, Clone)]
pub(crate) struct Chosen {
    pub(crate) profile: Option<String>,
    /// Of the provider's own program.
    pub(crate) context: Option<String>,
}

/// The file, and the profile of it that counts.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) config: Config,
    pub(crate) chosen: Chosen,
    pub(crate) profile: Profile,
    pub(crate) profile_name: String,
    /// What named the profile.
    pub(crate) profile_by: &'static str,
}

/// Where the credentials for a provider come from.
#[derive(Debug)]
pub(crate) enum Origin {
    /// The profile, named on the command line.
    NamedProfile,
    /// These variables; the client reads them.
    Environment(Vec<&'static str>),
    /// The profile that counts where none is named.
    Profile,
    /// A context of the provider's own program.
    Context(Found),
    /// Elsewhere, or nowhere: the client looks by itself.
    Client,
}

impl Account {
    /// Reads the file and chooses the profile.
    pub(crate) fn open(chosen: Chosen) -> Result<Self, Error> {
        let config = Config::load()?;
        let (profile_name, profile_by, profile) = config.profile(chosen.profile.as_deref())?;
        Ok(Self {
            config,
            chosen,
            profile,
            profile_name,
            profile_by,
        })
    }

    /// Arguments that hold for a provider where none is given.
    pub(crate) fn defaults(&self, api: &Api) -> Named {
        self.profile.of(api).defaults
    }

    pub(crate) fn origin(&self, api: &Api) -> Result<Origin, Error> {
        let section = self.profile.of(api);
        let has = !section.credentials.is_empty();
        if let Some(name) = &self.chosen.context {
            let Some(contexts) = &api.provider.contexts else {
                let message = format!(
                    "{} has no contexts; `--profile` names a profile",
                    api.provider.title
                );
                return Err(Error::invalid_argument(
                    "context",
                    "a provider with contexts",
                    message,
                ));
            };
            // Where it is not found, that is an error.
            if let Some(found) = contexts.find(Some(name))? {
                return Ok(Origin::Context(found));
            }
        }
        if has && self.chosen.profile.is_some() {
            return Ok(Origin::NamedProfile);
        }
        let secrets = api.provider.credentials.iter().filter(|known| known.secret);
        let names = api
            .provider
            .token_variables
            .iter()
            .copied()
            .chain(secrets.map(|known| known.variable));
        let mut set = Vec::new();
        for name in names {
            if variable(name)?.is_some() {
                set.push(name);
            }
        }
        Ok(match (set.is_empty(), has) {
            (false, _) => Origin::Environment(set),
            (true, true) => Origin::Profile,
            (true, false) => match api.provider.contexts.as_ref() {
                Some(contexts) => match contexts.find(section.context.as_deref())? {
                    Some(found) => Origin::Context(found),
                    None => Origin::Client,
                },
                None => Origin::Client,
            },
        })
    }

    fn credentials(
        &self,
        api: &Api,
        section: &Section,
    ) -> Result<Vec<(&'static str, Zeroizing<String>)>, Error> {
        match self.origin(api)? {
            Origin::NamedProfile | Origin::Profile => {
                let all = section.credentials.iter();
                all.map(|(name, secret)| Ok((*name, secret.read(name)?)))
                    .collect()
            }
            Origin::Context(found) => Ok(vec![("token", found.token)]),
            Origin::Environment(_) | Origin::Client => Ok(Vec::new()),
        }
    }

    /// Settings of the profile, each with what it is called there; those of the provider after those of all.
    pub(crate) fn settings(&self, api: &Api) -> Result<Vec<(&'static str, String)>, Error> {
        let section = self.profile.of(api);
        let mut all = self.profile.settings.clone();
        all.extend(section.settings);
        // The environment weighs more than a file, unless its profile was named.
        if self.chosen.profile.is_none() && variable(api.provider.url_variable)?.is_some() {
            all.retain(|(name, _)| *name != "base_url");
        }
        Ok(all)
    }

    /// A client of a provider, with what the command line sets.
    pub(crate) fn connect(&self, api: &'static Api, matches: &ArgMatches) -> Result<Engine, Error> {
        self.connect_with(Settings::default(), api, matches)
    }

    /// One that sends nothing: without credentials it has a token that is none.
    pub(crate) fn connect_to_look(
        &self,
        api: &'static Api,
        matches: &ArgMatches,
    ) -> Result<Engine, Error> {
        match self.connect(api, matches) {
            Err(error) if error.kind() == ErrorKind::Config => {
                let none = vec![("token", Zeroizing::new("none".to_owned()))];
                // What else does not fit is told by this too.
                self.connect_as(none, Settings::default(), api, matches)
            }
            made => made,
        }
    }

    /// The same over settings that hold where nothing else is said.
    pub(crate) fn connect_with(
        &self,
        all: Settings,
        api: &'static Api,
        matches: &ArgMatches,
    ) -> Result<Engine, Error> {
        let credentials = self.credentials(api, &self.profile.of(api))?;
        self.connect_as(credentials, all, api, matches)
    }

    fn connect_as(
        &self,
        credentials: Vec<(&'static str, Zeroizing<String>)>,
        mut all: Settings,
        api: &'static Api,
        matches: &ArgMatches,
    ) -> Result<Engine, Error> {
        for (name, text) in self.settings(api)? {
            let Some(known) = settings::CLIENT.iter().find(|known| known.name == name) else {
                continue;
            };
            all = setting::set(all, known, name, &text)
                .map_err(|error| Error::config(error.message()))?;
        }
        all = setting::given(all, settings::CLIENT, "", matches)?;
        all = all.language("cli", env!("CARGO_PKG_VERSION").to_owned());
        let options = setting::given(CallOptions::default(), settings::CALL, "", matches)?;
        let credentials = credentials
            .into_iter()
            .map(|(name, text)| (name, text.to_string()));
        Engine::connect(api, credentials.collect(), all, options)
    }

    pub(crate) fn path(&self) -> Option<&PathBuf> {
        self.config.path.as_ref()
    }
}
