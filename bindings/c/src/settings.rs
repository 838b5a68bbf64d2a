//! Settings of a client: what is C's own. The setters of what every language has are generated.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Duration;

use snapline_runtime::{Error, Here, Hook, Observe, Secret, Settings};

use crate::generated::status::snapline_status;
use crate::guard::{free, make};
use crate::input::text;
use crate::setter::{check, faults, set};

/// Settings of a client before it is made.
///
/// Give them to a provider's `_client_new`, which copies them. Free them with snapline_settings_free.
#[derive(Default)]
pub struct snapline_settings {
    fault: Option<Error>,
    settings: Settings,
    token: Option<Secret>,
    credentials: Vec<(String, Secret)>,
    /// The bound of a whole call, kept here too because a deadline has to be compared with it.
    pub(crate) timeout: Option<Duration>,
    language: Option<(&'static str, String)>,
    hooks: Option<Arc<dyn Observe>>,
}

/// What a client is made of.
pub(crate) struct ClientConfig {
    pub(crate) settings: Settings,
    pub(crate) token: Option<String>,
    /// Other credentials by name; each provider says which it takes.
    pub(crate) credentials: Vec<(String, Secret)>,
    /// The bound of a whole call.
    pub(crate) timeout: Duration,
}

/// The runtime's bound of a whole call.
const TIMEOUT: Duration = Duration::from_secs(90);

faults!(snapline_settings: fault);

impl snapline_settings {
    /// Changes what the runtime takes.
    pub(crate) fn change(&mut self, change: impl FnOnce(Settings) -> Settings) {
        self.settings = change(std::mem::take(&mut self.settings));
    }

    /// Has the calls of clients looked at by these alone.
    pub(crate) fn set_hooks(&mut self, hooks: impl Hook) {
        self.hooks = Some(Arc::new(Here::new(hooks)));
    }

    /// What a client is made of, unless a value could not be taken; NULL stands for the defaults.
    pub(crate) fn checked(settings: Option<&Self>) -> Result<ClientConfig, Error> {
        match settings {
            Some(settings) => settings.config(),
            None => Self::default().config(),
        }
    }

    fn config(&self) -> Result<ClientConfig, Error> {
        check(&self.fault)?;
        let (name, version) = match &self.language {
            Some((name, version)) => (*name, version.as_str()),
            // The header is C99; a binding on top of it names itself.
            None => ("c", "99"),
        };
        let mut settings = self.settings.clone().language(name, version);
        if let Some(hooks) = &self.hooks {
            settings = settings.observed(Arc::clone(hooks));
        }
        Ok(ClientConfig {
            settings,
            token: self.token.as_ref().map(|token| token.expose().to_owned()),
            credentials: self.credentials.clone(),
            timeout: self.timeout.unwrap_or(TIMEOUT),
        })
    }
}

/// The error about a credential that a provider does not know.
pub(crate) fn unknown_credential(client: &str, name: &str, known: &[&str]) -> Error {
    Error::config(match known {
        [] => format!("a client for {client} takes a token, and no credential `{name}`"),
        known => {
            let known = known.join(", ");
            format!("a client for {client} takes no credential `{name}`; it takes {known}")
        }
    })
}

/// Makes settings where nothing is set.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_settings_new() -> Option<Box<snapline_settings>> {
    make(|| Some(snapline_settings::default()))
}

/// Sets the API token, in place of the one in the environment. It is copied, kept out of every message,
/// and wiped from memory when the settings and the clients made with them are freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_token(
    settings: Option<&mut snapline_settings>,
    token: *const c_char,
) -> snapline_status {
    set(settings, |settings| {
        settings.token = Some(Secret::new("token", text!(token)?)?);
        Ok(())
    })
}

/// Sets a credential other than a token, in place of the one in the environment. The provider's
/// `_client_new` says which names it takes. The value is kept out of every message, and wiped from memory
/// when the settings and the clients made with them are freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_credential(
    settings: Option<&mut snapline_settings>,
    name: *const c_char,
    value: *const c_char,
) -> snapline_status {
    set(settings, |settings| {
        let (name, value) = (text!(name)?, text!(value)?);
        let value = Secret::new(&name, value)?;
        settings.credentials.retain(|(known, _)| *known != name);
        settings.credentials.push((name, value));
        Ok(())
    })
}

/// Sets the language that the User-Agent names: "c" or "cpp", with a version of it. For bindings on top
/// of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_language(
    settings: Option<&mut snapline_settings>,
    language: *const c_char,
    version: *const c_char,
) -> snapline_status {
    set(settings, |settings| {
        let (language, version) = (text!(language)?, text!(version)?);
        let known = ["c", "cpp"].into_iter().find(|known| *known == language);
        let Some(known) = known else {
            return Err(Error::invalid_argument(
                "language",
                "c or cpp",
                "`language` must be \"c\" or \"cpp\"",
            ));
        };
        settings.language = Some((known, version));
        Ok(())
    })
}

/// Frees settings; clients made with them keep their copy.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_settings_free(settings: Option<Box<snapline_settings>>) {
    free(settings);
}
