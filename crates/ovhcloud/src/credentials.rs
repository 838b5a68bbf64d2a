//! Where the credentials come from (B1, B28): arguments, the environment, `ovh.conf` files.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::io::ErrorKind as Io;
use std::path::{Path, PathBuf};

use snapline_runtime::{Credentials, Error, Secret, home};
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

/// An `ovh.conf`, read when something in it is first asked for.
pub(crate) struct File {
    path: PathBuf,
    // Nothing in it: there is no such file.
    text: OnceCell<Result<Option<Zeroizing<String>>, Error>>,
}

/// Everything that credentials may come from.
pub(crate) struct Sources<'a> {
    pub(crate) arguments: &'a Credentials,
    pub(crate) variable: &'a dyn Fn(&str) -> Result<Option<String>, Error>,
    /// The weightiest first.
    pub(crate) files: &'a [File],
}

/// One place to look in; those that need no file weigh most.
enum Source<'a> {
    Arguments,
    Environment,
    File(&'a File),
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

/// A way to authenticate, as far as it was found.
#[derive(Default)]
struct Gathered {
    // Its place in `WAYS`.
    way: Option<usize>,
    parts: BTreeMap<&'static str, Found>,
}

impl Gathered {
    fn is_complete(&self) -> bool {
        self.way
            .and_then(|way| WAYS.get(way))
            .is_some_and(|(_, parts)| parts.iter().all(|part| self.parts.contains_key(part)))
    }
}

/// The files that may be there, the weightiest first.
pub(crate) fn files() -> Vec<File> {
    let mut paths = vec![PathBuf::from("ovh.conf")];
    paths.extend(home().map(|home| home.join(".ovh.conf")));
    paths.push(PathBuf::from("/etc/ovh.conf"));
    let unread = |path| File {
        path,
        text: OnceCell::new(),
    };
    paths.into_iter().map(unread).collect()
}

fn read(path: &Path) -> Result<Option<Zeroizing<String>>, Error> {
    match std::fs::read(path) {
        // The bytes become the text, so that there is one copy to wipe.
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(error) => {
                drop(Zeroizing::new(error.into_bytes()));
                Err(Error::config(format!(
                    "{} is not UTF-8; save it as UTF-8",
                    path.display()
                )))
            }
        },
        Err(error) if matches!(error.kind(), Io::NotFound | Io::NotADirectory) => Ok(None),
        Err(error) => Err(Error::config(format!(
            "{} cannot be read: {error}; mend it, or give all that it may hold by arguments or the \
             environment",
            path.display()
        ))),
    }
}

impl File {
    fn find(&self, section: &str, key: &str) -> Result<Option<Found>, Error> {
        let text = self.text.get_or_init(|| read(&self.path));
        let Some(text) = text.as_ref().map_err(Clone::clone)? else {
            return Ok(None);
        };
        let settings = ini::section(text, section).map_err(|line| {
            Error::config(format!(
                "{} line {line} is no setting; write `name = value`",
                self.path.display()
            ))
        })?;
        // Of a key that is given twice the last counts.
        let value = settings.iter().rev().find_map(|(name, value)| {
            (*name == key && !value.is_empty()).then(|| Zeroizing::new((*value).to_owned()))
        });
        Ok(value.map(|value| Found {
            value,
            from: format!("`{key}` in {}", self.path.display()),
        }))
    }
}

impl Sources<'_> {
    /// Decides where the account is and how its requests are authorised. `base_url` is the address
    /// that the client was given beside, if it was.
    ///
    /// A file is read only while something is missing, and no further than that.
    pub(crate) fn resolve(&self, base_url: Option<&str>) -> Result<Resolved, Error> {
        let mut gathered = Gathered::default();
        for source in [Source::Arguments, Source::Environment] {
            // These have no sections.
            self.gather(&source, "", &mut gathered)?;
        }
        let complete = gathered.is_complete();
        // The usual endpoint is good enough where only the endpoint is missing.
        let endpoint = self.first("default", "endpoint", !complete)?;
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
        for file in self.files {
            if gathered.is_complete() {
                break;
            }
            self.gather(&Source::File(file), name, &mut gathered)?;
        }
        let Gathered {
            way: Some(way),
            parts: mut found,
        } = gathered
        else {
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
                token_url: self.token_url(name, endpoint.is_some(), base_url, &base)?,
            },
        };
        Ok(Resolved {
            base_url: base,
            way,
        })
    }

    /// Adds what a source has. The first that has anything decides the way; those after it are asked
    /// for the rest of that way alone.
    fn gather(
        &self,
        source: &Source<'_>,
        section: &str,
        gathered: &mut Gathered,
    ) -> Result<(), Error> {
        let decided = gathered.way;
        let mut first: Option<(&str, String)> = None;
        for (index, (called, parts)) in WAYS.iter().enumerate() {
            if decided.is_some_and(|way| way != index) {
                continue;
            }
            for part in *parts {
                if gathered.parts.contains_key(part) {
                    continue;
                }
                let Some(found) = self.find(source, section, part)? else {
                    continue;
                };
                match &first {
                    Some((other, from)) if other != called => {
                        return Err(Error::config(format!(
                            "{from} is for {other} and {} is for {called}, which do not go \
                             together; give one of them alone",
                            found.from
                        )));
                    }
                    _ => first = Some((called, found.from.clone())),
                }
                gathered.way = Some(index);
                gathered.parts.insert(part, found);
            }
        }
        Ok(())
    }

    /// Where OAuth2 gives tokens: as said, else as it goes with the endpoint.
    fn token_url(
        &self,
        endpoint: &str,
        named: bool,
        given: Option<&str>,
        base: &str,
    ) -> Result<String, Error> {
        // An endpoint that nobody named says nothing of an address that somebody gave.
        let api = given.filter(|_| !named).unwrap_or(base);
        let usual = ENDPOINTS
            .iter()
            .find(|(_, url, _)| *url == api.trim_end_matches('/'));
        match (self.first(endpoint, "token_url", usual.is_none())?, usual) {
            (Some(found), _) => Ok(found.value.to_string()),
            (None, Some((.., token_url))) => Ok((*token_url).to_owned()),
            (None, None) => Err(Error::config(format!(
                "nothing says where OAuth2 gives tokens for this API: pass `token_url`, set {}, or name the endpoint",
                variable_of("token_url").unwrap_or_default()
            ))),
        }
    }

    /// What the weightiest source says that says anything. A file that cannot be read is passed over
    /// unless it is `needed`, since there is a usual value.
    fn first(&self, section: &str, name: &str, needed: bool) -> Result<Option<Found>, Error> {
        let near = [Source::Arguments, Source::Environment].into_iter();
        for source in near.chain(self.files.iter().map(Source::File)) {
            match self.find(&source, section, name) {
                Ok(None) => {}
                Err(error) if !needed && matches!(source, Source::File(_)) => {
                    tracing::info!(
                        reason = error.message(),
                        "`{name}` may stand in a file that cannot be read; the usual one is taken"
                    );
                }
                decided => return decided,
            }
        }
        Ok(None)
    }

    fn find(&self, source: &Source<'_>, section: &str, name: &str) -> Result<Option<Found>, Error> {
        match source {
            Source::Arguments => Ok(self.arguments.get(name).map(|value| Found {
                value: value.clone(),
                from: format!("the argument `{name}`"),
            })),
            Source::Environment => {
                let Some(variable) = variable_of(name) else {
                    return Ok(None);
                };
                let value = (self.variable)(variable)?;
                Ok(value.map(|value| Found {
                    value: Zeroizing::new(value),
                    from: format!("the environment variable {variable}"),
                }))
            }
            Source::File(file) => {
                let key = if name == "token" {
                    "access_token"
                } else {
                    name
                };
                file.find(section, key)
            }
        }
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
        let mut given = Credentials::default();
        for (name, value) in arguments {
            given.set(name, *value);
        }
        let environment: BTreeMap<&str, &str> = environment.iter().copied().collect();
        // A file without text cannot be read.
        let files: Vec<File> = files
            .iter()
            .rev()
            .map(|(path, text)| File {
                path: PathBuf::from(path),
                text: OnceCell::from(match *text {
                    "" => Err(Error::config(format!("{path} cannot be read"))),
                    text => Ok(Some(Zeroizing::new(text.to_owned()))),
                }),
            })
            .collect();
        Sources {
            arguments: &given,
            variable: &|name| {
                let value = environment.get(name).filter(|value| !value.is_empty());
                Ok(value.map(|value| (*value).to_owned()))
            },
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
    fn b28_two_ways_in_one_source_are_refused_naming_both() {
        let both = [("OVH_CLIENT_ID", "me"), ("OVH_CONSUMER_KEY", "hunter2")];
        let message = refusal(resolve(&[], &both, &[], None));
        for variable in ["OVH_CLIENT_ID", "OVH_CONSUMER_KEY"] {
            assert!(
                message.contains(&format!("the environment variable {variable}")),
                "{message}"
            );
        }
        let file = "[ovh-eu]\nconsumer_key=hunter2\naccess_token=hunter3\n";
        let message = refusal(resolve(&[], &[], &[("/home/me/.ovh.conf", file)], None));
        for key in ["consumer_key", "access_token"] {
            let from = format!("`{key}` in /home/me/.ovh.conf");
            assert!(message.contains(&from), "{message}");
        }
    }

    #[test]
    fn b28_the_way_whose_source_weighs_most_wins_whole() {
        let account = [
            ("OVH_CLIENT_ID", "me"),
            ("OVH_CLIENT_SECRET", "hunter4"),
            ("OVH_ENDPOINT", "ovh-eu"),
        ];
        let files = [("/home/me/.ovh.conf", SIGNED)];
        let found = resolve(&[], &account, &files, None).unwrap();
        assert!(matches!(found.way, Way::Account { .. }), "{found:?}");
        assert_eq!(found.base_url, "https://eu.api.ovh.com/1.0");
        let found = resolve(&[("token", "hunter1")], &account, &files, None).unwrap();
        assert!(matches!(found.way, Way::Token(_)), "{found:?}");
        // Nearer files before those further away.
        let token = [
            ("/etc/ovh.conf", SIGNED),
            ("ovh.conf", "[ovh-eu]\naccess_token=hunter1\n"),
        ];
        let found = resolve(&[], &[("OVH_ENDPOINT", "ovh-eu")], &token, None).unwrap();
        assert!(matches!(found.way, Way::Token(_)), "{found:?}");
        // It wins although another is whole and it is not.
        let message = refusal(resolve(&[], &account[..1], &files, None));
        assert!(message.contains("`client_secret`"), "{message}");
    }

    #[test]
    fn b28_a_file_is_an_error_only_where_something_is_missing() {
        let unreadable = [("/etc/ovh.conf", SIGNED), ("/home/me/.ovh.conf", "")];
        let found = resolve(&[("token", "hunter1")], &[], &unreadable, None).unwrap();
        // The files that can be read are still asked for the endpoint.
        assert_eq!(found.base_url, "https://ca.api.ovh.com/1.0");
        let message = refusal(resolve(&[], &[], &unreadable, None));
        assert!(
            message.contains("/home/me/.ovh.conf cannot be read"),
            "{message}"
        );
        let key = [("OVH_APPLICATION_KEY", "k")];
        let message = refusal(resolve(&[], &key, &unreadable, None));
        assert!(
            message.contains("/home/me/.ovh.conf cannot be read"),
            "{message}"
        );
        // A nearer file that has everything is the last one read.
        let files = [("/home/me/.ovh.conf", ""), ("ovh.conf", SIGNED)];
        let found = resolve(&[], &[], &files, None).unwrap();
        assert_eq!(signed(&found), ["k1", "hunter1", "hunter2"]);
        let account = [("client_id", "me"), ("client_secret", "hunter2")];
        assert!(resolve(&account, &[], &files[..1], None).is_ok());
        // A line below a heading that nobody asked for.
        let other = format!("hunter8\n[ovh-eu]\nhunter9\n{SIGNED}");
        let found = resolve(&[], &[], &[("ovh.conf", &other)], None).unwrap();
        assert_eq!(signed(&found), ["k1", "hunter1", "hunter2"]);
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
