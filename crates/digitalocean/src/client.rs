//! The client and how it gets its credentials (B1).

use std::sync::Arc;

use snapline_runtime::{
    Bearer, CallOptions, Core, Error, RateLimit, Response, Secret, Settings, forward_settings,
};

use crate::generated::operations::{PROVIDER, TOKEN_VARIABLES};

/// A client for DigitalOcean. Cheap to clone; a clone shares connections and limits.
#[derive(Clone, Debug)]
pub struct Client {
    core: Core,
}

impl Client {
    /// A client with the token from `DIGITALOCEAN_TOKEN`, else `DIGITALOCEAN_ACCESS_TOKEN`.
    ///
    /// # Errors
    /// Kind `config` when neither is set, or a setting does not fit.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Sets up a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Sends any method and path with the same authentication, retries and errors (B15).
    ///
    /// # Errors
    /// As any call; the answer must be JSON or empty.
    pub async fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<serde_json::Value>,
        options: CallOptions,
    ) -> Result<Response<serde_json::Value>, Error> {
        self.core.request(method, path, body, options).await
    }

    /// The rate limit as the last answer gave it.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.core.rate_limit()
    }

    /// Ends the client's background work; every later call fails with kind `closed`.
    pub fn close(&self) {
        self.core.close();
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }
}

/// Settings of a [`Client`] before it is built.
#[derive(Clone, Debug, Default)]
#[must_use = "call `build` to get a client"]
pub struct ClientBuilder {
    token: Option<String>,
    settings: Settings,
}

impl ClientBuilder {
    /// The API token; without it the environment is asked.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// All settings at once, in place of those set so far.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// Kind `config` when there is no token, or a setting does not fit.
    pub fn build(self) -> Result<Client, Error> {
        let secret = match self.token {
            Some(token) => Secret::new("token", token)?,
            None => token_from_env()?,
        };
        Ok(Client {
            core: Core::new(&PROVIDER, Arc::new(Bearer::new(secret)?), self.settings)?,
        })
    }
}

forward_settings!(ClientBuilder, settings);

fn token_from_env() -> Result<Secret, Error> {
    for variable in TOKEN_VARIABLES {
        if let Some(value) = snapline_runtime::variable(variable)? {
            return Secret::new(variable, value);
        }
    }
    Err(Error::config(format!(
        "there is no token: pass one, or set {}",
        TOKEN_VARIABLES.join(" or ")
    )))
}
