//! How every header of a provider begins.

use crate::emit::rust::BANNER;
use crate::ir::Api;

/// The first lines of every header.
pub(super) struct Head {
    pub(super) guard: String,
    pub(super) provider: String,
}

impl Head {
    pub(super) fn new(api: &Api, part: &str) -> Self {
        let provider = api.provider.name.clone();
        let guard = format!("SNAPLINE_{provider}_{part}_HPP").to_uppercase();
        Self { guard, provider }
    }

    /// Those of a header in a folder.
    pub(super) fn below(api: &Api, folder: &str, part: &str) -> Self {
        let provider = api.provider.name.clone();
        // No resource is called so that its header had the same.
        let guard = format!("SNAPLINE_{provider}_HPP_{folder}_{part}_HPP").to_uppercase();
        Self { guard, provider }
    }

    pub(super) fn banner(&self) -> &'static str {
        BANNER
    }
}
