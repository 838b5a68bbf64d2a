//! Settings of a client.

use std::ffi::c_char;
use std::time::Duration;

use snapline_runtime::{Error, Secret, Settings};

use crate::generated::status::snapline_status;
use crate::guard::{Faulty, free, make, set};
use crate::input::text;

/// Settings of a client before it is made.
///
/// Give them to a provider's `_client_new`, which copies them. Change a handle from one thread at a
/// time. Free it with snapline_settings_free.
///
/// A value that cannot be taken is reported by the setter, and again by `_client_new`.
#[derive(Default)]
pub struct snapline_settings {
    fault: Option<Error>,
    settings: Settings,
    token: Option<Secret>,
    credentials: Vec<(String, Secret)>,
    timeout: Option<Duration>,
    language: Option<(&'static str, String)>,
}

/// What a client is made of.
pub(crate) struct Plan {
    pub(crate) settings: Settings,
    pub(crate) token: Option<String>,
    /// Other credentials by name; each provider says which it takes.
    pub(crate) credentials: Vec<(String, Secret)>,
    /// The bound of a whole call.
    pub(crate) timeout: Duration,
}

/// The runtime's bound of a whole call.
const TIMEOUT: Duration = Duration::from_secs(90);

impl Faulty for snapline_settings {
    fn fault(&mut self) -> &mut Option<Error> {
        &mut self.fault
    }
}

impl snapline_settings {
    fn change(&mut self, change: impl FnOnce(Settings) -> Settings) {
        self.settings = change(std::mem::take(&mut self.settings));
    }

    /// What a client is made of, unless a value could not be taken.
    pub(crate) fn checked(&self) -> Result<Plan, Error> {
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        let (name, version) = match &self.language {
            Some((name, version)) => (*name, version.as_str()),
            // The header is C99; a binding on top of it names itself.
            None => ("c", "99"),
        };
        Ok(Plan {
            settings: self.settings.clone().language(name, version),
            token: self.token.as_ref().map(|token| token.expose().to_owned()),
            credentials: self.credentials.clone(),
            timeout: self.timeout.unwrap_or(TIMEOUT),
        })
    }
}

/// Settings from a pointer; NULL stands for the defaults.
///
/// # Safety
/// `settings` is NULL or a live handle that nobody changes during the call.
pub(crate) unsafe fn settings_or_default(
    settings: *const snapline_settings,
) -> Result<Plan, Error> {
    // SAFETY: as the caller says.
    match unsafe { settings.as_ref() } {
        Some(settings) => settings.checked(),
        None => snapline_settings::default().checked(),
    }
}

/// @section Settings of a client
///
/// Makes settings where nothing is set. Free them with snapline_settings_free.
#[unsafe(no_mangle)]
pub extern "C" fn snapline_settings_new() -> *mut snapline_settings {
    make(|| Some(snapline_settings::default()))
}

/// Sets the API token, in place of the one in the environment. It is copied, kept out of every message,
/// and wiped from memory when the settings and the clients made with them are freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_token(
    settings: *mut snapline_settings,
    token: *const c_char,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        // SAFETY: the header asks for a text.
        let token = unsafe { text("token", token)? };
        settings.token = Some(Secret::new("token", token)?);
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets a credential other than a token, in place of the one in the environment. The provider's
/// `_client_new` says which names it takes. Both are copied; the value is kept out of every message, and
/// wiped from memory when the settings and the clients made with them are freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_credential(
    settings: *mut snapline_settings,
    name: *const c_char,
    value: *const c_char,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        // SAFETY: the header asks for texts.
        let (name, value) = unsafe { (text("name", name)?, text("value", value)?) };
        let value = Secret::new(&name, value)?;
        settings.credentials.retain(|(known, _)| *known != name);
        settings.credentials.push((name, value));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets where requests go, such as "https://api.example.com". A path prefix is kept. Copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_base_url(
    settings: *mut snapline_settings,
    base_url: *const c_char,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        // SAFETY: the header asks for a text.
        let base_url = unsafe { text("base_url", base_url)? };
        settings.change(|settings| settings.base_url(base_url));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Lets the token go over plain http to a host that is not loopback [false].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_allow_insecure(
    settings: *mut snapline_settings,
    allow: bool,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        settings.change(|settings| settings.allow_insecure(allow));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets the bound of a whole call with its retries, in milliseconds, above 0 [90000].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_timeout_ms(
    settings: *mut snapline_settings,
    milliseconds: u64,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        settings.timeout = Some(Duration::from_millis(milliseconds));
        settings.change(|settings| settings.timeout(Duration::from_millis(milliseconds)));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets the bound of each attempt, body included, in milliseconds, above 0 [30000].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_attempt_timeout_ms(
    settings: *mut snapline_settings,
    milliseconds: u64,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        settings.change(|settings| settings.attempt_timeout(Duration::from_millis(milliseconds)));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets the bound of making a connection, in milliseconds, above 0 [5000].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_connect_timeout_ms(
    settings: *mut snapline_settings,
    milliseconds: u64,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        settings.change(|settings| settings.connect_timeout(Duration::from_millis(milliseconds)));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets how often a call is sent at most, from 1 to 100 [4].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_max_attempts(
    settings: *mut snapline_settings,
    attempts: u32,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        settings.change(|settings| settings.max_attempts(attempts));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets the longest first pause between two attempts, in milliseconds; each later one is up to twice as
/// long [500].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_backoff_base_ms(
    settings: *mut snapline_settings,
    milliseconds: u64,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        settings.change(|settings| settings.backoff_base(Duration::from_millis(milliseconds)));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets the longest pause between two attempts that the service did not ask for, in milliseconds [8000].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_backoff_cap_ms(
    settings: *mut snapline_settings,
    milliseconds: u64,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        settings.change(|settings| settings.backoff_cap(Duration::from_millis(milliseconds)));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets the longest pause that the service may ask for, in milliseconds; a longer one ends the call
/// [120000].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_max_retry_after_ms(
    settings: *mut snapline_settings,
    milliseconds: u64,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        settings.change(|settings| settings.max_retry_after(Duration::from_millis(milliseconds)));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets how many bytes an answer may have after decompression [67108864].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_max_body_bytes(
    settings: *mut snapline_settings,
    bytes: u64,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        settings.change(|settings| settings.max_body_bytes(bytes));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Makes an answer that departs from the document an error [false].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_strict(
    settings: *mut snapline_settings,
    strict: bool,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        settings.change(|settings| settings.strict(strict));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Holds calls back while the last answer said that no request is left [false].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_pacing(
    settings: *mut snapline_settings,
    pacing: bool,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        settings.change(|settings| settings.pacing(pacing));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Checks arguments against the bounds that the document states before anything is sent [true]. Without, the
/// service is the judge; what a path cannot hold is refused all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_check_bounds(
    settings: *mut snapline_settings,
    check: bool,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        settings.change(|settings| settings.check_bounds(check));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets how many retries the client's calls may make together before successes earn more, so that an
/// outage does not multiply the load [100]. A success gives a fifth of a retry, one that needed retries a
/// whole one. 0 turns retries off; UINT32_MAX is as good as no bound.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_retry_budget(
    settings: *mut snapline_settings,
    retries: u32,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        settings.change(|settings| settings.retry_budget(retries));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets a text that is added to the User-Agent. Copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_user_agent(
    settings: *mut snapline_settings,
    user_agent: *const c_char,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        // SAFETY: the header asks for a text.
        let user_agent = unsafe { text("user_agent", user_agent)? };
        settings.change(|settings| settings.user_agent(user_agent));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets the language that the User-Agent names: "c" or "cpp", with a version of it. For bindings on top
/// of this library. Copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_language(
    settings: *mut snapline_settings,
    language: *const c_char,
    version: *const c_char,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        // SAFETY: the header asks for texts.
        let (language, version) =
            unsafe { (text("language", language)?, text("version", version)?) };
        let known = ["c", "cpp"].into_iter().find(|known| *known == language);
        let Some(known) = known else {
            return Err(Error::invalid_argument(
                "language",
                "c or cpp",
                "`language` must be \"c\" or \"cpp\"",
            ));
        };
        settings.language = Some((known, version));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets a PEM file of certificates to trust beside the system's. Copied; read by `_client_new`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_ca_file(
    settings: *mut snapline_settings,
    ca_file: *const c_char,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        // SAFETY: the header asks for a text.
        let ca_file = unsafe { text("ca_file", ca_file)? };
        settings.change(|settings| settings.ca_file(ca_file));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets the proxy for every request, instead of the one the environment names. Copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_proxy(
    settings: *mut snapline_settings,
    proxy: *const c_char,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        // SAFETY: the header asks for a text.
        let proxy = unsafe { text("proxy", proxy)? };
        settings.change(|settings| settings.proxy(proxy));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Sets hosts that the proxy is not used for, separated by commas; "*" turns proxies off. Copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_set_no_proxy(
    settings: *mut snapline_settings,
    no_proxy: *const c_char,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        // SAFETY: the header asks for a text.
        let no_proxy = unsafe { text("no_proxy", no_proxy)? };
        settings.change(|settings| settings.no_proxy(no_proxy));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Adds a header to every request. Both texts are copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_add_header(
    settings: *mut snapline_settings,
    name: *const c_char,
    value: *const c_char,
) -> snapline_status {
    let body = |settings: &mut snapline_settings| {
        // SAFETY: the header asks for texts.
        let (name, value) = unsafe { (text("name", name)?, text("value", value)?) };
        settings.change(|settings| settings.header(name, value));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a live handle.
    unsafe { set(settings, body) }
}

/// Frees settings; clients made with them keep their copy. NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn snapline_settings_free(settings: *mut snapline_settings) {
    // SAFETY: the header asks for NULL or a handle that was not freed yet.
    unsafe { free(settings) };
}
