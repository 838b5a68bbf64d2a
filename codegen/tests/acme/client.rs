//! The client by hand.

use std::sync::Arc;

use snapline_runtime::{Bearer, Core, Error, Secret, Settings};

use crate::generated::operations::{PROVIDER, TOKEN_HEADER, TOKEN_VARIABLES};

/// A client for Acme.
#[derive(Clone, Debug)]
pub struct Client {
    core: Core,
}

impl Client {
    /// A client with this token.
    ///
    /// # Errors
    /// Kind `config` when the token does not fit.
    pub fn new(token: impl Into<String>) -> Result<Self, Error> {
        Self::with(token, Settings::default())
    }

    /// A client with this token and these settings.
    ///
    /// # Errors
    /// Kind `config` when one of them does not fit.
    pub fn with(token: impl Into<String>, settings: Settings) -> Result<Self, Error> {
        let name = TOKEN_VARIABLES.first().copied().unwrap_or("token");
        let secret = Secret::new(name, token.into())?;
        let core = Core::new(
            &PROVIDER,
            Arc::new(Bearer::in_header(TOKEN_HEADER, secret)?),
            settings,
        )?;
        Ok(Self { core })
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }
}
