//! The client and how it gets its credentials (B1).

use std::sync::Arc;

use snapline_runtime::{
    Authorize, Bearer, CallOptions, Core, Error, RateLimit, Response, Settings, forward_settings,
    variable,
};
use zeroize::Zeroizing;

use crate::auth::{Account, Signed};
use crate::credentials::{self, Arguments, Sources, Way};
use crate::generated::operations::PROVIDER;

/// A client for OVHcloud. Cheap to clone; a clone shares connections, tokens and limits.
#[derive(Clone, Debug)]
pub struct Client {
    core: Core,
}

impl Client {
    /// A client with the credentials from the environment, else from the files `./ovh.conf`,
    /// `~/.ovh.conf` and `/etc/ovh.conf`.
    ///
    /// # Errors
    /// Kind `config` when there are none, when one source has different ways to authenticate, when a
    /// file that is needed cannot be read, or a setting does not fit.
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
///
/// There are three ways to authenticate, of which one is to be given: an access token; an application
/// key, its secret and a consumer key, by which requests are signed; a client id and its secret, by
/// which tokens are got and renewed. What is not given here is looked for in the environment, then in
/// `./ovh.conf`, `~/.ovh.conf` and `/etc/ovh.conf`. The first of these that has anything of a way
/// decides that it is that way, and no file is read once nothing is missing.
#[derive(Clone, Default)]
#[must_use = "call `build` to get a client"]
pub struct ClientBuilder {
    arguments: Arguments,
    settings: Settings,
}

impl ClientBuilder {
    fn set(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.arguments.insert(name, Zeroizing::new(value.into()));
        self
    }

    /// An access token that is ready to use, else `OVH_ACCESS_TOKEN`.
    pub fn token(self, token: impl Into<String>) -> Self {
        self.set("token", token)
    }

    /// Where the account is: `ovh-eu`, `ovh-ca`, `ovh-us`, or the URL of the API; else
    /// `OVH_ENDPOINT`, else `ovh-eu`.
    pub fn endpoint(self, endpoint: impl Into<String>) -> Self {
        self.set("endpoint", endpoint)
    }

    /// The key of the application that signs requests, else `OVH_APPLICATION_KEY`.
    pub fn application_key(self, key: impl Into<String>) -> Self {
        self.set("application_key", key)
    }

    /// The secret of the application that signs requests, else `OVH_APPLICATION_SECRET`.
    pub fn application_secret(self, secret: impl Into<String>) -> Self {
        self.set("application_secret", secret)
    }

    /// The key of the account on whose behalf requests are signed, else `OVH_CONSUMER_KEY`.
    pub fn consumer_key(self, key: impl Into<String>) -> Self {
        self.set("consumer_key", key)
    }

    /// The id of the service account that gets tokens by OAuth2, else `OVH_CLIENT_ID`.
    pub fn client_id(self, id: impl Into<String>) -> Self {
        self.set("client_id", id)
    }

    /// The secret of the service account that gets tokens by OAuth2, else `OVH_CLIENT_SECRET`.
    pub fn client_secret(self, secret: impl Into<String>) -> Self {
        self.set("client_secret", secret)
    }

    /// Where OAuth2 gives tokens, else `SNAPLINE_OVHCLOUD_TOKEN_URL`, else as it goes with the
    /// endpoint. Needed only for an endpoint that is given by its URL.
    pub fn token_url(self, url: impl Into<String>) -> Self {
        self.set("token_url", url)
    }

    /// All settings at once, in place of those set so far.
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    /// Kind `config` when there are no credentials, when one source has different ways to
    /// authenticate, when a file that is needed cannot be read, or a setting does not fit.
    pub fn build(self) -> Result<Client, Error> {
        let given = match self.settings.given_base_url() {
            Some(url) => Some(url.to_owned()),
            None => variable(PROVIDER.url_variable)?,
        };
        let files = credentials::files();
        let sources = Sources {
            arguments: &self.arguments,
            variable: &variable,
            files: &files,
        };
        let resolved = sources.resolve(given.as_deref())?;
        let mut settings = self.settings;
        if given.is_none() {
            settings = settings.base_url(resolved.base_url);
        }
        let authorize: Arc<dyn Authorize> = match resolved.way {
            Way::Token(token) => Arc::new(Bearer::new(token)?),
            Way::Signed {
                key,
                secret,
                consumer,
            } => Arc::new(Signed::new(key, secret, consumer)),
            Way::Account {
                id,
                secret,
                token_url,
            } => {
                settings.check_url("`token_url`", &token_url)?;
                Arc::new(Account::new(id, secret, token_url))
            }
        };
        Ok(Client {
            core: Core::new(&PROVIDER, authorize, settings)?,
        })
    }
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.arguments.keys().copied().collect();
        f.debug_struct("ClientBuilder")
            .field("credentials", &names)
            .field("settings", &self.settings)
            .finish()
    }
}

forward_settings!(ClientBuilder, settings);
