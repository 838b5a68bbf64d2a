//! Which proxy a request goes through (B5).

use crate::error::Error;
use crate::settings::{Settings, without_userinfo};
use crate::transport::is_loopback;
use reqwest::Url;

pub(crate) fn proxy(
    url: &str,
    hosts: Option<&str>,
    settings: &Settings,
    base: &Url,
) -> Result<reqwest::Proxy, Error> {
    let bad = || {
        Error::config(format!(
            "`proxy` is not a usable URL: {}",
            without_userinfo(url)
        ))
    };
    let parsed = Url::parse(url).map_err(|_| bad())?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
        return Err(bad());
    }
    if base.scheme() == "http" && !settings.allow_insecure && !is_loopback(&parsed) {
        return Err(Error::config(
            "an http base URL through a proxy would show the credentials to it; use https or set \
             `allow_insecure`",
        ));
    }
    let proxy = reqwest::Proxy::all(url).map_err(|_| bad())?;
    Ok(proxy.no_proxy(match hosts {
        Some(hosts) => reqwest::NoProxy::from_string(hosts),
        None => reqwest::NoProxy::from_env(),
    }))
}
