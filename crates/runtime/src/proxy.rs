//! Which proxy a request goes through (B5). Only this looks at the environment for proxies: reqwest,
//! which would pass over what it cannot read, never does so by itself.

use crate::address::is_loopback;
use crate::environment::variable;
use crate::error::{Error, one_line};
use crate::generated::settings::Settings;
use ipnet::IpNet;
use reqwest::Url;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// What names the proxy of a URL, by its scheme, the weightiest first. Lower case goes first, as in
/// curl and Python.
const HTTPS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const HTTP: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
const NO: [&str; 2] = ["no_proxy", "NO_PROXY"];
/// Set by a web server that runs a program for a request.
const CGI: &str = "REQUEST_METHOD";

/// A proxy, and what named it. Shown without its login.
#[derive(Clone)]
pub(crate) struct Proxy {
    url: Url,
    source: &'static str,
}

impl Proxy {
    fn parse(source: &'static str, text: &str) -> Result<Self, Error> {
        // The text is not shown: what cannot be read may hold a password anywhere.
        let bad = |why: &str| Error::config(format!("{source} names no usable proxy: {why}"));
        let text = text.trim();
        let whole = if text.contains("://") {
            text.to_owned()
        } else {
            format!("http://{text}")
        };
        let url = Url::parse(&whole)
            .map_err(|_| bad("it is no URL; write it as http://host:port, its login encoded"))?;
        match url.scheme() {
            "http" | "https" => {}
            scheme if scheme.starts_with("socks") => {
                return Err(bad("SOCKS is not spoken here; name an http or https proxy"));
            }
            scheme => {
                let scheme = one_line(scheme, 20);
                return Err(bad(&format!("`{scheme}` is neither http nor https")));
            }
        }
        // What reqwest cannot read it would pass over.
        let usable = url
            .as_str()
            .parse::<http::Uri>()
            .is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
        if !usable {
            return Err(bad("it has no usable host; write it as http://host:port"));
        }
        Ok(Self { url, source })
    }

    /// Whether it was given with a login.
    pub(crate) fn has_login(&self) -> bool {
        !self.url.username().is_empty() || self.url.password().is_some()
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.url.host_str().unwrap_or("?");
        write!(f, "{}://{host}", self.url.scheme())?;
        if let Some(port) = self.url.port() {
            write!(f, ":{port}")?;
        }
        write!(f, " ({})", self.source)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

/// The proxies of a client.
#[derive(Debug, Default)]
pub(crate) struct Proxies {
    // One that cannot be used is an error for the requests that would go through it, and no others.
    https: Option<Result<Proxy, Error>>,
    http: Option<Result<Proxy, Error>>,
    exempt: Vec<Exempt>,
    // Whether the caller left it to the surroundings.
    ambient: bool,
    allow_insecure: bool,
}

impl Proxies {
    /// What the settings say, else the environment.
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let no_proxy = settings.no_proxy.as_deref().map(str::trim);
        let mut all = match (&settings.proxy, no_proxy) {
            (_, Some("*")) => Self::default(),
            (None, Some(_)) => {
                return Err(Error::config(
                    "`no_proxy` needs `proxy`; only `*` can be given alone",
                ));
            }
            (Some(url), hosts) => {
                let proxy = Proxy::parse("`proxy`", url)?;
                let exempt = exempt(hosts.unwrap_or_default(), |entry| {
                    Err(Error::config(format!(
                        "`no_proxy` holds `{entry}`, which is neither a host nor a network"
                    )))
                })?;
                Self {
                    https: Some(Ok(proxy.clone())),
                    http: Some(Ok(proxy)),
                    exempt,
                    ..Self::default()
                }
            }
            (None, None) => Self::from_environment(&variable)?,
        };
        all.allow_insecure = settings.allow_insecure;
        Ok(all)
    }

    fn from_environment(
        variable: &dyn Fn(&str) -> Result<Option<String>, Error>,
    ) -> Result<Self, Error> {
        // A variable that is no text names a proxy, too, and cannot be used.
        let first = |names: &[&'static str]| {
            names.iter().find_map(|name| match variable(name) {
                Ok(text) => text.map(|text| (*name, Ok(text))),
                Err(error) => Some((*name, Err(error))),
            })
        };
        let named =
            |names: &[&'static str]| first(names).map(|(name, text)| Proxy::parse(name, &text?));
        // There anybody who sends a header `Proxy` sets HTTP_PROXY.
        let cgi = !matches!(variable(CGI), Ok(None));
        let http: Vec<&str> = HTTP
            .into_iter()
            .filter(|name| !cgi || *name != "HTTP_PROXY")
            .collect();
        let exempt = match first(&NO) {
            None => Vec::new(),
            Some((name, text)) => exempt(&text?, |entry| {
                // Other programs may read it otherwise, so it stops nobody; the proxy is used.
                tracing::warn!(entry, "{name} holds what is neither a host nor a network");
                Ok(())
            })?,
        };
        Ok(Self {
            https: named(&HTTPS),
            http: named(&http),
            exempt,
            ambient: true,
            allow_insecure: false,
        })
    }

    /// The proxy that a request to this URL goes through.
    pub(crate) fn find(&self, url: &Url) -> Result<Option<&Proxy>, Error> {
        let named = match url.scheme() {
            "https" => &self.https,
            _ => &self.http,
        };
        let Some(named) = named else {
            return Ok(None);
        };
        // A proxy named by the environment would carry the credentials off this machine.
        if (self.ambient && is_loopback(url)) || self.exempt.iter().any(|one| one.matches(url)) {
            return Ok(None);
        }
        let proxy = named.as_ref().map_err(Clone::clone)?;
        if url.scheme() == "http" && !self.allow_insecure && !is_loopback(&proxy.url) {
            return Err(Error::config(
                "an http base URL through a proxy would show the credentials to it; use https or \
                 set `allow_insecure`",
            ));
        }
        Ok(Some(proxy))
    }

    /// Sends a client's requests through these proxies and no others.
    pub(crate) fn apply(
        self: &Arc<Self>,
        builder: reqwest::ClientBuilder,
        base: &Url,
    ) -> reqwest::ClientBuilder {
        if self.https.is_some() || self.http.is_some() {
            let all = Arc::clone(self);
            // An unusable one never comes so far: whoever sends a request asks `find` first.
            return builder.proxy(reqwest::Proxy::custom(move |url| {
                let proxy = all.find(url).ok().flatten()?;
                Some(proxy.url.clone())
            }));
        }
        // Only there the system names a proxy outside of the environment, which reqwest finds.
        let system = cfg!(any(windows, target_os = "macos"));
        if system && self.ambient && !is_loopback(base) {
            builder
        } else {
            builder.no_proxy()
        }
    }
}

/// Where no proxy is used.
#[derive(Clone, Debug, PartialEq)]
struct Exempt {
    host: Host,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq)]
enum Host {
    Any,
    /// A host and all below it.
    Name(String),
    Network(IpNet),
}

impl Exempt {
    /// `*`, `host`, `.host`, `*.host`, an address or a network; all but a network with a port or without.
    fn parse(entry: &str) -> Option<Self> {
        let network = |text: &str| {
            let address = || text.parse::<IpAddr>().ok().map(IpNet::from);
            text.parse::<IpNet>()
                .ok()
                .or_else(address)
                .map(Host::Network)
        };
        if let Some(host) = network(entry) {
            return Some(Self { host, port: None });
        }
        let (host, port) = match entry.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (entry, None),
        };
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let host = match bare {
            Some(address) => network(address)?,
            None if host == "*" => Host::Any,
            None => match network(host) {
                Some(host) => host,
                None => Host::Name(name(host)?),
            },
        };
        Some(Self { host, port })
    }

    fn matches(&self, url: &Url) -> bool {
        let Some(host) = url.host_str() else {
            return false;
        };
        if self.port.is_some() && self.port != url.port_or_known_default() {
            return false;
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match &self.host {
            Host::Any => true,
            Host::Network(network) => bare
                .parse::<IpAddr>()
                .is_ok_and(|address| network.contains(&address)),
            Host::Name(name) => bare
                .trim_end_matches('.')
                .strip_suffix(name.as_str())
                .is_some_and(|before| before.is_empty() || before.ends_with('.')),
        }
    }
}

// A host's name as it stands in a parsed URL.
fn name(text: &str) -> Option<String> {
    let text = text.strip_prefix("*.").unwrap_or(text);
    let text = text.trim_start_matches('.').trim_end_matches('.');
    let url = Url::parse(&format!("http://{text}/")).ok()?;
    let host = url.host_str().filter(|_| url.path() == "/")?;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    (url.port().is_none() && url.username().is_empty() && host.chars().all(plain))
        .then(|| host.to_owned())
}

fn exempt(
    list: &str,
    mut odd: impl FnMut(&str) -> Result<(), Error>,
) -> Result<Vec<Exempt>, Error> {
    let mut all = Vec::new();
    let parted = |letter: char| letter == ',' || letter.is_whitespace();
    for entry in list.split(parted).filter(|entry| !entry.is_empty()) {
        match Exempt::parse(entry) {
            Some(exempt) => all.push(exempt),
            None => odd(&one_line(entry, 60))?,
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        Proxies::from_environment(&|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        })
        .unwrap()
    }

    // What a request goes through: nothing, a proxy, or an error.
    fn through(proxies: &Proxies, url: &str) -> String {
        match proxies.find(&Url::parse(url).unwrap()) {
            Ok(None) => String::new(),
            Ok(Some(proxy)) => proxy.to_string(),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Config);
                error.to_string()
            }
        }
    }

    const API: &str = "https://api.example.test/v2";

    #[test]
    fn b5_the_special_variable_before_the_general_and_lower_case_first() {
        for (variables, wanted) in [
            (vec![], ""),
            (
                vec![("HTTPS_PROXY", "http://a:1")],
                "http://a:1 (HTTPS_PROXY)",
            ),
            (vec![("https_proxy", "a:1")], "http://a:1 (https_proxy)"),
            (
                vec![("HTTPS_PROXY", "http://a:1"), ("https_proxy", "https://b")],
                "https://b (https_proxy)",
            ),
            (
                vec![("all_proxy", "http://a:1"), ("HTTPS_PROXY", "http://b:2")],
                "http://b:2 (HTTPS_PROXY)",
            ),
            (vec![("ALL_PROXY", "http://a:1")], "http://a:1 (ALL_PROXY)"),
            (vec![("HTTP_PROXY", "http://a:1")], ""),
            // Nobody asks what would not be used.
            (
                vec![("HTTPS_PROXY", "http://a:1"), ("ALL_PROXY", "socks5://b:2")],
                "http://a:1 (HTTPS_PROXY)",
            ),
        ] {
            assert_eq!(through(&proxies(&variables), API), wanted, "{variables:?}");
        }
    }

    #[test]
    fn b5_b19_a_variable_that_cannot_be_used_is_named_and_its_password_is_not() {
        for bad in [
            "::::",
            "ftp://me:hunter2@a:1",
            "http://me:hunter2@a:port",
            "http://me:hun/ter2@a:1",
            "socks5://me:hunter2@a:1",
            "http://",
            "http://a b",
        ] {
            for name in ["https_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
                let error = through(&proxies(&[(name, bad)]), API);
                assert!(error.contains(name), "{bad}: {error}");
                assert!(!error.contains("hun"), "{bad}: {error}");
            }
            let error = Proxies::new(&Settings::default().proxy(bad)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            let error = format!("{error} {error:?}");
            assert!(
                error.contains("`proxy`") && !error.contains("hun"),
                "{error}"
            );
        }
        // It is nothing to those who never come to it.
        let exempt = proxies(&[("HTTPS_PROXY", "::::"), ("NO_PROXY", "example.test")]);
        assert_eq!(through(&exempt, API), "");
        assert_eq!(
            through(&proxies(&[("ALL_PROXY", "::::")]), "http://127.0.0.1:1"),
            ""
        );
    }

    #[test]
    fn b5_a_header_of_a_web_request_names_no_proxy() {
        let cgi = ("REQUEST_METHOD", "GET");
        let url = "http://api.example.test";
        for (variables, wanted) in [
            (vec![cgi, ("HTTP_PROXY", "http://a:1")], ""),
            (
                vec![
                    cgi,
                    ("HTTP_PROXY", "http://a:1"),
                    ("ALL_PROXY", "http://b:1"),
                ],
                "http://b:1 (ALL_PROXY)",
            ),
            (
                vec![cgi, ("http_proxy", "http://a:1")],
                "http://a:1 (http_proxy)",
            ),
            (
                vec![("HTTP_PROXY", "http://a:1")],
                "http://a:1 (HTTP_PROXY)",
            ),
        ] {
            let mut found = proxies(&variables);
            found.allow_insecure = true;
            assert_eq!(through(&found, url), wanted, "{variables:?}");
        }
        let https = proxies(&[cgi, ("HTTPS_PROXY", "http://a:1")]);
        assert_eq!(through(&https, API), "http://a:1 (HTTPS_PROXY)");
    }

    #[test]
    fn b5_what_no_proxy_exempts() {
        let yes = [
            ("*", API),
            ("example.test", API),
            (".example.test", API),
            ("*.example.test", API),
            ("API.Example.Test.", API),
            ("a.b, api.example.test:443", API),
            ("a.b api.example.test", API),
            ("10.0.0.0/8", "https://10.1.2.3"),
            ("10.1.2.3", "https://10.1.2.3:444"),
            ("10.1.2.3:444", "https://10.1.2.3:444"),
            ("fd00::/8", "https://[fd00::1]"),
            ("[fd00::1]", "https://[fd00::1]"),
            ("[fd00::1]:443", "https://[fd00::1]"),
            ("bücher.test", "https://www.xn--bcher-kva.test"),
        ];
        for (list, url) in yes {
            let found = proxies(&[("ALL_PROXY", "http://a:1"), ("no_proxy", list)]);
            assert_eq!(through(&found, url), "", "{list} {url}");
        }
        let no = [
            ("", API),
            ("example", API),
            ("xample.test", API),
            ("*ample.test", API),
            ("api.*", API),
            ("other.test", API),
            ("api.example.test:80", API),
            ("10.0.0.0/99", "https://10.1.2.3"),
            ("10.2.0.0/16", "https://10.1.2.3"),
            ("10.1.2.3:443", "https://10.1.2.3:444"),
            ("http://api.example.test", API),
        ];
        for (list, url) in no {
            let found = proxies(&[("ALL_PROXY", "http://a:1"), ("NO_PROXY", list)]);
            assert_eq!(
                through(&found, url),
                "http://a:1 (ALL_PROXY)",
                "{list} {url}"
            );
        }
    }

    #[test]
    fn b5_what_no_proxy_of_the_settings_holds_must_make_sense() {
        for bad in ["10.0.0.0/99", "http://a", "a*b", "a:port"] {
            let settings = Settings::default().proxy("http://a:1").no_proxy(bad);
            let error = Proxies::new(&settings).unwrap_err();
            assert!(error.to_string().contains(bad), "{error}");
        }
    }
}
