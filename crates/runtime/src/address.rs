//! URLs: where credentials may go, and how a URL is shown.

use crate::error::{Error, one_line};
use reqwest::Url;

/// Reads where a client's requests go; `source` names it in an error.
pub(crate) fn base_url(source: &str, text: &str, allow_insecure: bool) -> Result<Url, Error> {
    let bad = |why: &str| {
        let shown = one_line(&without_userinfo(text), 120);
        Error::config(format!("{source} `{shown}` {why}"))
    };
    let url = Url::parse(text).map_err(|_| bad("is not an absolute URL"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(bad("must start with https:// or http://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("must not hold a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("must not have a query or fragment"));
    }
    if url.scheme() == "http" && !allow_insecure && !is_loopback(&url) {
        return Err(bad(
            "would send the credentials unencrypted; use https or set `allow_insecure`",
        ));
    }
    Ok(url)
}

/// Whether a URL leads to this machine by its form alone.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Whether two URLs have scheme, host and port in common.
pub(crate) fn same_origin(a: &Url, b: &Url) -> bool {
    a.scheme() == b.scheme()
        && a.host_str() == b.host_str()
        && a.port_or_known_default() == b.port_or_known_default()
}

/// Scheme, host and port, for messages.
pub(crate) fn origin(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    }
}

/// What stands before `@` may be a password, and one that was not encoded may hold any character.
pub(crate) fn without_userinfo(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('@') => (format!("{scheme}://"), rest),
        _ => (String::new(), url),
    };
    match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}[redacted]@{host}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn b2_loopback_by_form_alone() {
        for yes in [
            "http://localhost:1",
            "http://127.0.0.1",
            "http://127.8.9.1:5/x",
            "http://[::1]:2",
        ] {
            assert!(is_loopback(&url(yes)), "{yes}");
        }
        for no in [
            "http://localhost.example",
            "http://10.0.0.1",
            "http://128.0.0.1",
            "http://[::2]",
        ] {
            assert!(!is_loopback(&url(no)), "{no}");
        }
    }

    #[test]
    fn b9_origins() {
        assert!(same_origin(&url("https://a/x"), &url("https://a:443/y")));
        for other in ["http://a/x", "https://b/x", "https://a:444/x"] {
            assert!(!same_origin(&url("https://a/x"), &url(other)), "{other}");
        }
    }
}
