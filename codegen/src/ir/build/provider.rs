//! Who the provider is: what `x-snapline-provider` says.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::extension;
use super::text::sentence;
use crate::document::Document;
use crate::error::Result;
use crate::ir::{Contexts, Credential, ErrorShape, Provider, TokenPlace};
use crate::normalise::inline::PROBLEM;
use crate::normalise::wire;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderFacts {
    name: String,
    prefix: String,
    client: String,
    url_variable: String,
    #[serde(default)]
    token_variables: Vec<String>,
    token_header: Option<String>,
    token_scheme: Option<TokenScheme>,
    #[serde(default)]
    credentials: Vec<CredentialFacts>,
    authentication: Option<String>,
    /// The extension of an operation that lists the permissions which it needs.
    #[serde(default)]
    pub(super) permissions: Option<String>,
    contexts: Option<Contexts>,
    errors: ErrorFacts,
    #[serde(default)]
    pub(super) resources: BTreeMap<String, String>,
}

/// A scheme of the header `Authorization`.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TokenScheme {
    Bearer,
    Basic,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialFacts {
    name: String,
    variable: String,
    #[serde(default)]
    secret: Option<bool>,
    summary: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrorFacts {
    code: Vec<String>,
    message: Vec<String>,
    #[serde(default)]
    request_id: Vec<String>,
    #[serde(default)]
    request_id_headers: Vec<String>,
}

pub(super) fn provider_facts(document: &Document) -> Result<ProviderFacts> {
    let at = "/info/x-snapline-provider";
    let Some(facts) = document.root.pointer(at) else {
        return Err(document.error(
            at,
            "nothing says whose API this is",
            "add `x-snapline-provider` to `info` in the overlay",
        ));
    };
    let facts: ProviderFacts = extension(document, at, facts)?;
    if facts.token_header.is_some() && facts.token_scheme.is_some() {
        return Err(document.error(
            format!("{at}/token_scheme"),
            "a token that stands alone in a header has no scheme",
            "keep one of `token_header` and `token_scheme`",
        ));
    }
    Ok(facts)
}

impl ProviderFacts {
    pub(super) fn provider(&self, document: &Document) -> Provider {
        let text = |pointer: &str| {
            document
                .root
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .trim()
                .to_owned()
        };
        // What a problem's details have (RFC 9457) comes after what the overlay names.
        let problems = document.root.pointer(&format!("/info/{PROBLEM}")).is_some();
        let with = |names: &[String], more: &[&str]| {
            let mut names = names.to_vec();
            let more = more
                .iter()
                .filter(|_| problems)
                .map(|name| (*name).to_owned());
            for name in more {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        };
        Provider {
            name: self.name.clone(),
            prefix: self.prefix.clone(),
            client: self.client.clone(),
            server_url: wire::server_url(document),
            url_variable: self.url_variable.clone(),
            token_variables: self.token_variables.clone(),
            token_place: match (&self.token_header, self.token_scheme) {
                (Some(header), _) => TokenPlace::Header(header.to_lowercase()),
                (None, Some(TokenScheme::Basic)) => TokenPlace::Basic,
                (None, Some(TokenScheme::Bearer) | None) => TokenPlace::Bearer,
            },
            credentials: self
                .credentials
                .iter()
                .map(|credential| Credential {
                    name: credential.name.clone(),
                    variable: credential.variable.clone(),
                    secret: credential.secret.unwrap_or(true),
                    doc: sentence(&credential.summary),
                })
                .collect(),
            authentication: self.authentication.as_deref().map(sentence),
            contexts: self.contexts.clone(),
            errors: ErrorShape {
                code: with(&self.errors.code, &["type"]),
                message: with(&self.errors.message, &["detail", "title"]),
                request_id: self.errors.request_id.clone(),
                request_id_headers: self.errors.request_id_headers.clone(),
            },
            doc: text("/info/description"),
            version: text("/info/version"),
            date: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tiny;
    use super::*;

    #[test]
    fn who_the_provider_is_stands_in_the_overlay() {
        let api = tiny::build(
            "/things:\n  get: {operationId: a, responses: {'204': {description: Done.}}}",
            "",
        )
        .unwrap();
        let provider = &api.provider;
        assert_eq!(
            (&*provider.name, &*provider.prefix, &*provider.client),
            ("tiny", "ti", "Tiny")
        );
        assert_eq!(provider.url_variable, "TINY_URL");
        assert_eq!(provider.errors.code, ["code"]);
        assert_eq!(provider.token_place, TokenPlace::Bearer);
        assert!(provider.credentials.is_empty());
    }
}
