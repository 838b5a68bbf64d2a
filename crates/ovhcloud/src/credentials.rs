//! Where the credentials come from (B1): arguments, the environment, `ovh.conf` files.

use std::collections::BTreeMap;
use std::path::PathBuf;

use snapline_runtime::{Error, Secret};
use zeroize::Zeroizing;

use crate::generated::operations::{CREDENTIALS, TOKEN_VARIABLES};
use crate::ini;

/// Accounts by region: name, API, where OAuth2 gives tokens.
const ENDPOINTS: [(&str, &str, &str); 3] = [
    (
        "ovh-eu",
        "https://eu.api.ovh.com/1.0",
        "https://www.ovh.com/auth/oauth2/token",
    ),
    (
        "ovh-ca",
        "https://ca.api.ovh.com/1.0",
        "https://ca.ovh.com/auth/oauth2/token",
    ),
    (
        "ovh-us",
        "https://api.us.ovhcloud.com/1.0",
        "https://us.ovhcloud.com/auth/oauth2/token",
    ),
];

/// The endpoint of an account that names none.
const USUAL: &str = "ovh-eu";

/// The ways to authenticate: what each is called, and what it takes.
const WAYS: [(&str, &[&str]); 3] = [
    ("an access token", &["token"]),
    (
        "signed requests",
        &["application_key", "application_secret", "consumer_key"],
    ),
    ("OAuth2 client credentials", &["client_id", "client_secret"]),
];

/// What was passed as arguments, by name.
pub(crate) type Arguments = BTreeMap<&'static str, Zeroizing<String>>;

/// An `ovh.conf` as it was read.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: Zeroizing<String>,
}

/// Everything that credentials may come from.
pub(crate) struct Sources<'a> {
    pub(crate) arguments: &'a Arguments,
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    /// The weightiest last.
    pub(crate) files: &'a [File],
}

/// How requests are authorised.
#[derive(Debug)]
pub(crate) enum Way {
    Token(Secret),
    Signed {
        key: Secret,
        secret: Secret,
        consumer: Secret,
    },
    Account {
        id: Secret,
        secret: Secret,
        token_url: String,
    },
}

/// What the sources come to.
#[derive(Debug)]
pub(crate) struct Resolved {
    /// The API's address, for a client that is given no other.
    pub(crate) base_url: String,
    pub(crate) way: Way,
}

/// A value, and what to call the place it is from.
struct Found {
    value: Zeroizing<String>,
    from: String,
}

/// The files there are, the weightiest last.
pub(crate) fn files() -> Result<Vec<File>, Error> {
    let mut paths = vec![PathBuf::from("/etc/ovh.conf")];
    paths.extend(std::env::home_dir().map(|home| home.join(".ovh.conf")));
    paths.push(PathBuf::from("ovh.conf"));
    let mut files = Vec::new();
    for path in paths {
        let shown = path.display().to_string();
        match std::fs::read(&path) {
            Ok(bytes) => {
                // The bytes become the text, so that there is one copy to wipe.
                let text = String::from_utf8(bytes).map_err(|error| {
                    drop(Zeroizing::new(error.into_bytes()));
                    Error::config(format!("{shown} is not UTF-8; save it as UTF-8"))
                })?;
                files.push(File {
                    path: shown,
                    text: Zeroizing::new(text),
                });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(Error::config(format!("{shown} cannot be read: {error}")));
            }
        }
    }
    Ok(files)
}

impl Sources<'_> {
    /// Decides where the account is and how its requests are authorised. `base_url` is the address
    /// that the client was given beside, if it was.
    pub(crate) fn resolve(&self, base_url: Option<&str>) -> Result<Resolved, Error> {
        let files = self.parsed()?;
        let endpoint = self.find(&files, "default", "endpoint");
        let name = endpoint.as_ref().map_or(USUAL, |found| &found.value);
        let known = ENDPOINTS.iter().find(|(known, ..)| *known == name);
        let base = match (known, &endpoint) {
            (Some((_, url, _)), _) => (*url).to_owned(),
            (None, Some(found)) if found.value.contains("://") => {
                found.value.trim_end_matches('/').to_owned()
            }
            _ => {
                let names: Vec<&str> = ENDPOINTS.iter().map(|(name, ..)| *name).collect();
                let from = endpoint.map_or_else(String::new, |found| found.from);
                return Err(Error::config(format!(
                    "{from} names no endpoint; give one of {}, or a URL",
                    names.join(", ")
                )));
            }
        };
        let mut used: Vec<(usize, BTreeMap<&str, Found>)> = Vec::new();
        for (index, (_, parts)) in WAYS.iter().enumerate() {
            let found: BTreeMap<&str, Found> = parts
                .iter()
                .filter_map(|part| Some((*part, self.find(&files, name, part)?)))
                .collect();
            if !found.is_empty() {
                used.push((index, found));
            }
        }
        if let [(first, a), (second, b), ..] = used.as_slice() {
            let from = |found: &BTreeMap<&str, Found>| {
                found
                    .values()
                    .next()
                    .map_or_else(String::new, |found| found.from.clone())
            };
            let called = |index: &usize| WAYS.get(*index).map_or("", |(name, _)| name);
            return Err(Error::config(format!(
                "{} is for {} and {} is for {}, which do not go together; give one of them alone",
                from(a),
                called(first),
                from(b),
                called(second)
            )));
        }
        let Some((way, mut found)) = used.pop() else {
            return Err(none());
        };
        let mut take = |part: &str| -> Result<Secret, Error> {
            match found.remove(part) {
                Some(mut found) => Secret::new(&found.from, std::mem::take(&mut *found.value)),
                None => Err(Error::config(format!(
                    "{} need `{part}` as well: pass it, set {}, or write it in ovh.conf below [{name}]",
                    WAYS.get(way).map_or("", |(name, _)| name),
                    variable_of(part).unwrap_or_default(),
                ))),
            }
        };
        let way = match way {
            0 => Way::Token(take("token")?),
            1 => Way::Signed {
                key: take("application_key")?,
                secret: take("application_secret")?,
                consumer: take("consumer_key")?,
            },
            _ => Way::Account {
                id: take("client_id")?,
                secret: take("client_secret")?,
                token_url: self.token_url(&files, name, endpoint.is_some(), base_url, &base)?,
            },
        };
        Ok(Resolved {
            base_url: base,
            way,
        })
    }

    /// Where OAuth2 gives tokens: as said, else as it goes with the endpoint.
    fn token_url(
        &self,
        files: &[(&str, Vec<ini::Entry<'_>>)],
        endpoint: &str,
        named: bool,
        given: Option<&str>,
        base: &str,
    ) -> Result<String, Error> {
        if let Some(found) = self.find(files, endpoint, "token_url") {
            return Ok(found.value.to_string());
        }
        // An endpoint that nobody named says nothing of an address that somebody gave.
        let api = given.filter(|_| !named).unwrap_or(base);
        ENDPOINTS
            .iter()
            .find(|(_, url, _)| *url == api.trim_end_matches('/'))
            .map(|(.., token_url)| (*token_url).to_owned())
            .ok_or_else(|| {
                Error::config(format!(
                    "nothing says where OAuth2 gives tokens for this API: pass `token_url`, set {}, or name the endpoint",
                    variable_of("token_url").unwrap_or_default()
                ))
            })
    }

    fn parsed(&self) -> Result<Vec<(&str, Vec<ini::Entry<'_>>)>, Error> {
        let mut all = Vec::new();
        for file in self.files {
            let entries = ini::parse(&file.text).map_err(|line| {
                Error::config(format!(
                    "{} line {line} is no setting; write `name = value` below a `[section]`",
                    file.path
                ))
            })?;
            all.push((file.path.as_str(), entries));
        }
        Ok(all)
    }

    fn find(
        &self,
        files: &[(&str, Vec<ini::Entry<'_>>)],
        section: &str,
        name: &str,
    ) -> Option<Found> {
        if let Some(value) = self.arguments.get(name) {
            return Some(Found {
                value: value.clone(),
                from: format!("the argument `{name}`"),
            });
        }
        if let Some(variable) = variable_of(name)
            && let Some(value) = (self.variable)(variable).filter(|value| !value.is_empty())
        {
            return Some(Found {
                value: Zeroizing::new(value),
                from: format!("the environment variable {variable}"),
            });
        }
        let key = if name == "token" {
            "access_token"
        } else {
            name
        };
        files.iter().rev().find_map(|(path, entries)| {
            // Of a key that is given twice the last counts.
            let fits = |entry: &&ini::Entry<'_>| {
                entry.section == section && entry.key == key && !entry.value.is_empty()
            };
            let entry = entries.iter().rev().find(fits)?;
            Some(Found {
                value: Zeroizing::new(entry.value.to_owned()),
                from: format!("`{key}` in {path}"),
            })
        })
    }
}

fn variable_of(name: &str) -> Option<&'static str> {
    if name == "token" {
        return TOKEN_VARIABLES.first().copied();
    }
    CREDENTIALS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, variable)| *variable)
}

fn none() -> Error {
    let ways: Vec<String> = WAYS
        .iter()
        .map(|(way, parts)| {
            let variables: Vec<&str> = parts.iter().filter_map(|part| variable_of(part)).collect();
            format!("{way} ({})", variables.join(", "))
        })
        .collect();
    Error::config(format!(
        "there are no credentials: pass {}, set the variables, or write them in ovh.conf",
        ways.join(", or ")
    ))
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::panic,
        reason = "a test fails by panicking"
    )]

    use super::*;
    use snapline_runtime::ErrorKind;

    fn resolve(
        arguments: &[(&'static str, &str)],
        environment: &[(&str, &str)],
        files: &[(&str, &str)],
        base_url: Option<&str>,
    ) -> Result<Resolved, Error> {
        let arguments = arguments
            .iter()
            .map(|(name, value)| (*name, Zeroizing::new((*value).to_owned())))
            .collect();
        let environment: BTreeMap<&str, &str> = environment.iter().copied().collect();
        let files: Vec<File> = files
            .iter()
            .map(|(path, text)| File {
                path: (*path).to_owned(),
                text: Zeroizing::new((*text).to_owned()),
            })
            .collect();
        Sources {
            arguments: &arguments,
            variable: &|name| environment.get(name).map(|value| (*value).to_owned()),
            files: &files,
        }
        .resolve(base_url)
    }

    fn refusal(outcome: Result<Resolved, Error>) -> String {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let text = format!("{error} {error:?}");
        assert!(!text.contains("hunter"), "B19: {text}");
        error.message().to_owned()
    }

    const SIGNED: &str = "[default]\nendpoint=ovh-ca\n[ovh-ca]\napplication_key=k1\napplication_secret=hunter1\nconsumer_key=hunter2\n[ovh-eu]\napplication_key=k0\n";

    fn signed(resolved: &Resolved) -> [&str; 3] {
        match &resolved.way {
            Way::Signed {
                key,
                secret,
                consumer,
            } => [key.expose(), secret.expose(), consumer.expose()],
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn b1_arguments_before_the_environment_before_files_and_later_files_before_earlier() {
        let nearer = "[ovh-ca]\nconsumer_key = hunter3\n";
        let files = [("/etc/ovh.conf", SIGNED), ("ovh.conf", nearer)];
        let found = resolve(&[], &[], &files, None).unwrap();
        assert_eq!(found.base_url, "https://ca.api.ovh.com/1.0");
        assert_eq!(signed(&found), ["k1", "hunter1", "hunter3"]);
        let environment = [
            ("OVH_APPLICATION_SECRET", "hunter4"),
            ("OVH_CONSUMER_KEY", ""),
        ];
        let found = resolve(&[], &environment, &files, None).unwrap();
        assert_eq!(signed(&found), ["k1", "hunter4", "hunter3"]);
        let arguments = [("application_secret", "hunter5")];
        let found = resolve(&arguments, &environment, &files, None).unwrap();
        assert_eq!(signed(&found), ["k1", "hunter5", "hunter3"]);
    }

    #[test]
    fn b1_endpoints_by_name_or_by_url() {
        let token = [("OVH_ACCESS_TOKEN", "hunter1")];
        let base = |endpoint: &str| {
            resolve(&[("endpoint", endpoint)], &token, &[], None).map(|found| found.base_url)
        };
        assert_eq!(base("ovh-us").unwrap(), "https://api.us.ovhcloud.com/1.0");
        assert_eq!(
            base("https://api.eu.ovhcloud.com/1.0/").unwrap(),
            "https://api.eu.ovhcloud.com/1.0"
        );
        let usual = resolve(&[], &token, &[], None).unwrap();
        assert_eq!(usual.base_url, "https://eu.api.ovh.com/1.0");
        assert!(matches!(usual.way, Way::Token(_)));
        let message = refusal(resolve(&[("endpoint", "ovh-mars")], &token, &[], None));
        assert!(
            message.contains("the argument `endpoint`")
                && message.contains("ovh-eu, ovh-ca, ovh-us"),
            "{message}"
        );
    }

    #[test]
    fn b1_mixed_ways_are_refused_naming_both_sources() {
        let message = refusal(resolve(
            &[],
            &[("OVH_CLIENT_ID", "me")],
            &[("/home/me/.ovh.conf", "[ovh-eu]\nconsumer_key=hunter2")],
            None,
        ));
        assert!(
            message.contains("`consumer_key` in /home/me/.ovh.conf"),
            "{message}"
        );
        assert!(
            message.contains("the environment variable OVH_CLIENT_ID"),
            "{message}"
        );
        let message = refusal(resolve(
            &[("token", "hunter1")],
            &[("OVH_APPLICATION_KEY", "k")],
            &[],
            None,
        ));
        assert!(message.contains("the argument `token`"), "{message}");
        assert!(message.contains("OVH_APPLICATION_KEY"), "{message}");
    }

    #[test]
    fn b1_what_is_missing_is_named() {
        let message = refusal(resolve(
            &[("application_key", "k"), ("application_secret", "hunter1")],
            &[],
            &[],
            None,
        ));
        assert!(
            message.contains("`consumer_key`")
                && message.contains("OVH_CONSUMER_KEY")
                && message.contains("[ovh-eu]"),
            "{message}"
        );
        let message = refusal(resolve(&[], &[], &[], None));
        for variable in [
            "OVH_ACCESS_TOKEN",
            "OVH_APPLICATION_KEY",
            "OVH_CLIENT_SECRET",
        ] {
            assert!(message.contains(variable), "{message}");
        }
        let message = refusal(resolve(&[("token", "hun\nter")], &[], &[], None));
        assert!(message.contains("the argument `token`"), "{message}");
        let message = refusal(resolve(
            &[],
            &[],
            &[("ovh.conf", "[ovh-eu]\nhunter2")],
            None,
        ));
        assert!(message.contains("ovh.conf line 2"), "{message}");
    }

    #[test]
    fn b1_where_tokens_are_got() {
        let account = [("client_id", "me"), ("client_secret", "hunter2")];
        let url = |more: &[(&'static str, &str)], base: Option<&str>| {
            let all: Vec<_> = account.iter().chain(more).copied().collect();
            resolve(&all, &[], &[], base).map(|found| match found.way {
                Way::Account { token_url, .. } => token_url,
                other => panic!("{other:?}"),
            })
        };
        assert_eq!(
            url(&[], None).unwrap(),
            "https://www.ovh.com/auth/oauth2/token"
        );
        assert_eq!(
            url(&[("endpoint", "ovh-us")], Some("http://127.0.0.1:1")).unwrap(),
            "https://us.ovhcloud.com/auth/oauth2/token"
        );
        assert_eq!(
            url(
                &[("token_url", "http://127.0.0.1:1/t")],
                Some("http://127.0.0.1:1")
            )
            .unwrap(),
            "http://127.0.0.1:1/t"
        );
        // The secret of an account must not go to the usual place because of a guess.
        let message = refusal(url(&[], Some("http://127.0.0.1:1")).map(|_| unreachable!()));
        assert!(message.contains("`token_url`"), "{message}");
    }
}
