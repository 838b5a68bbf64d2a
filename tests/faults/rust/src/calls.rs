//! Makes the calls of a scenario.
//!
//! Most go through the generated dispatch of the conformance suite. Those that need options, or look
//! at what came with an answer, are written out here, for the few operations that stand for all.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value, json};
use snapline::digitalocean::Client;
use snapline_conformance::{Arguments, Failure, Outcome, generated};
use snapline_runtime::{Attempt, CallOptions, Page, RateLimit, Response, Settings};

use crate::scenario::Call;

/// What came with an answer.
#[derive(Debug)]
pub(crate) struct Meta {
    pub(crate) status: u16,
    pub(crate) headers: Map<String, Value>,
    pub(crate) body: String,
    pub(crate) request_id: Option<String>,
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) drift: Vec<String>,
    pub(crate) rate_limit: Option<Value>,
}

/// What a call came to, and what came along.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) outcome: Outcome,
    pub(crate) meta: Option<Meta>,
    /// What `Debug` shows of it.
    pub(crate) shown: String,
}

impl Done {
    fn bare(outcome: Outcome) -> Self {
        let shown = format!("{outcome:?}");
        Self {
            outcome,
            meta: None,
            shown,
        }
    }

    fn whole<T>(response: Response<T>, outcome: impl FnOnce(T) -> Outcome) -> Self
    where
        T: std::fmt::Debug,
    {
        // Raw headers and body are handed out as they came, to those who ask for them.
        let shown = format!(
            "{response:?} {:?} {:?} {:?}",
            response.request_id(),
            response.attempts(),
            response.drift()
        );
        let meta = Meta {
            status: response.status(),
            headers: headers(response.headers()),
            body: String::from_utf8_lossy(response.body()).into_owned(),
            request_id: response.request_id().map(str::to_owned),
            attempts: response.attempts().to_vec(),
            drift: response.drift().iter().map(ToString::to_string).collect(),
            rate_limit: response.rate_limit().map(rate_limit),
        };
        Self {
            outcome: outcome(response.into_value()),
            meta: Some(meta),
            shown,
        }
    }
}

/// Headers as JSON; the last of a name wins.
pub(crate) fn headers<'a, N: AsRef<str> + 'a, V: AsRef<[u8]> + 'a>(
    all: impl IntoIterator<Item = (&'a N, &'a V)>,
) -> Map<String, Value> {
    all.into_iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_ref()).into_owned();
            (name.as_ref().to_owned(), json!(value))
        })
        .collect()
}

fn rate_limit(limit: RateLimit) -> Value {
    json!({"limit": limit.limit, "remaining": limit.remaining, "reset": limit.reset})
}

fn value<T: Serialize>(value: T) -> Outcome {
    Outcome::Value(serde_json::to_value(value).unwrap_or_default())
}

fn values<T: Serialize>(items: Vec<T>) -> Vec<Value> {
    items
        .into_iter()
        .map(|item| serde_json::to_value(item).unwrap_or_default())
        .collect()
}

fn page<T: Serialize>(page: Page<T>) -> Outcome {
    Outcome::Page {
        total: page.total,
        next: page.next,
        items: values(page.items),
    }
}

/// Makes one call.
pub(crate) async fn make(client: &Client, call: &Call) -> Result<Done, Failure> {
    let arguments = Arguments(call.arguments.clone());
    let options = options(&call.options)?;
    let text = |name: &str| arguments.get::<String>(name);
    // With options and what came along; `$optional` are setters by name.
    macro_rules! whole {
        ($call:expr, $outcome:expr $(, $optional:ident)*) => {{
            #[allow(unused_mut, reason = "some calls have no optional argument here")]
            let mut call = $call.options(options);
            $(if let Some(value) = arguments.optional::<String>(stringify!($optional))? {
                call = call.$optional(value);
            })*
            Ok(Done::whole(call.send_raw().await?, $outcome))
        }};
    }
    macro_rules! wait {
        ($wait:expr) => {{
            let mut waiter = $wait;
            if let Some(time) = duration(&call.wait, "timeout_ms")? {
                waiter = waiter.timeout(time);
            }
            let first = duration(&call.wait, "first_interval_ms")?;
            waiter = waiter.first_interval(first.unwrap_or(Duration::from_millis(5)));
            let longest = duration(&call.wait, "max_interval_ms")?;
            waiter.max_interval(longest.unwrap_or(Duration::from_millis(20)))
        }};
    }
    match call.method.as_str() {
        "nfs.get" => whole!(client.nfs().get(text("nfs_id")?), value, region),
        "nfs.list" => whole!(client.nfs().list(), value, region),
        "nfs.delete" => whole!(
            client.nfs().delete(text("nfs_id")?),
            |()| Outcome::Nothing,
            region
        ),
        "nfs.create" => whole!(
            client.nfs().create(
                text("name")?,
                arguments.get("size_gib")?,
                text("region")?,
                arguments.get::<Vec<String>>("vpc_ids")?
            ),
            value,
            performance_tier
        ),
        "nfs.snapshot" => whole!(
            client.nfs().snapshot(text("nfs_id")?, text("name")?),
            value,
            region
        ),
        "actions.get" => whole!(client.actions().get(arguments.get("action_id")?), value),
        "snapshots.list" => {
            let mut list = client.snapshots().list().options(options);
            if let Some(number) = arguments.optional("page")? {
                list = list.page(number);
            }
            if let Some(size) = arguments.optional("per_page")? {
                list = list.per_page(size);
            }
            if !call.items {
                return Ok(Done::whole(list.send_raw().await?, page));
            }
            let mut items = list.items();
            if let Some(most) = call.limit {
                items = items.limit(most);
            }
            let all = items.try_collect().await?;
            Ok(Done::bare(Outcome::Items(values(all))))
        }
        "nfs.wait_until_active" => {
            let wait = wait!(client.nfs().wait_until_active(text("nfs_id")?));
            Ok(Done::bare(value(wait.await?)))
        }
        "nfs.wait_until_deleted" => {
            wait!(client.nfs().wait_until_deleted(text("nfs_id")?)).await?;
            Ok(Done::bare(Outcome::Nothing))
        }
        "client.request" => {
            let body = call.arguments.get("body").cloned();
            let response = client
                .request(&text("method")?, &text("path")?, body, options)
                .await?;
            Ok(Done::whole(response, Outcome::Value))
        }
        "client.rate_limit" => Ok(Done::bare(match client.rate_limit() {
            Some(limit) => Outcome::Value(rate_limit(limit)),
            None => Outcome::Nothing,
        })),
        "client.close" => {
            client.close();
            Ok(Done::bare(Outcome::Nothing))
        }
        _ if !call.options.is_empty() || !call.wait.is_empty() || call.limit.is_some() => Err(
            Failure::Case(format!("the runner knows no options for {}", call.method)),
        ),
        method => generated::digitalocean::call(client, method, call.items, &arguments)
            .await
            .map(Done::bare),
    }
}

/// A client of a scenario.
pub(crate) fn client(provider: &str, settings: Settings, token: &str) -> Result<Client, Failure> {
    match provider {
        "digitalocean" => Ok(Client::builder().settings(settings).token(token).build()?),
        other => Err(Failure::Unknown(other.to_owned())),
    }
}

fn duration(all: &Map<String, Value>, name: &str) -> Result<Option<Duration>, Failure> {
    match all.get(name) {
        None => Ok(None),
        Some(value) => value
            .as_u64()
            .map(|ms| Some(Duration::from_millis(ms)))
            .ok_or_else(|| Failure::Case(format!("`{name}` is no number of milliseconds"))),
    }
}

// Takes one entry apart, or says that it is not what it should be.
struct Entry<'a>(&'a str, &'a Value);

impl Entry<'_> {
    fn bad(&self) -> Failure {
        Failure::Case(format!("`{}` cannot be {}", self.0, self.1))
    }

    fn time(&self) -> Result<Duration, Failure> {
        self.number().map(Duration::from_millis)
    }

    fn number(&self) -> Result<u64, Failure> {
        self.1.as_u64().ok_or_else(|| self.bad())
    }

    fn small(&self) -> Result<u32, Failure> {
        u32::try_from(self.number()?).map_err(|_| self.bad())
    }

    fn flag(&self) -> Result<bool, Failure> {
        self.1.as_bool().ok_or_else(|| self.bad())
    }

    fn text(&self) -> Result<&str, Failure> {
        self.1.as_str().ok_or_else(|| self.bad())
    }

    fn pairs(&self) -> Result<Vec<(String, String)>, Failure> {
        let pairs = self.1.as_object().ok_or_else(|| self.bad())?;
        pairs
            .iter()
            .map(|(name, value)| {
                let value = value.as_str().ok_or_else(|| self.bad())?;
                Ok((name.clone(), value.to_owned()))
            })
            .collect()
    }
}

/// The settings of a scenario; `fill` puts real URLs in.
pub(crate) fn settings(
    all: &Map<String, Value>,
    base_url: &str,
    fill: impl Fn(&str) -> String,
) -> Result<Settings, Failure> {
    let mut settings = Settings::default()
        .base_url(base_url)
        .backoff_base(Duration::from_millis(2))
        .backoff_cap(Duration::from_millis(10));
    for (name, value) in all {
        let entry = Entry(name, value);
        settings = match name.as_str() {
            "base_url" => settings.base_url(fill(entry.text()?)),
            "allow_insecure" => settings.allow_insecure(entry.flag()?),
            "timeout_ms" => settings.timeout(entry.time()?),
            "attempt_timeout_ms" => settings.attempt_timeout(entry.time()?),
            "connect_timeout_ms" => settings.connect_timeout(entry.time()?),
            "max_attempts" => settings.max_attempts(entry.small()?),
            "backoff_base_ms" => settings.backoff_base(entry.time()?),
            "backoff_cap_ms" => settings.backoff_cap(entry.time()?),
            "max_retry_after_ms" => settings.max_retry_after(entry.time()?),
            "max_body_bytes" => settings.max_body_bytes(entry.number()?),
            "strict" => settings.strict(entry.flag()?),
            "pacing" => settings.pacing(entry.flag()?),
            "retry_budget" => settings.retry_budget(entry.small()?),
            "user_agent" => settings.user_agent(entry.text()?),
            "ca_file" => settings.ca_file(fill(entry.text()?)),
            "proxy" => settings.proxy(fill(entry.text()?)),
            "no_proxy" => settings.no_proxy(entry.text()?),
            "headers" => entry
                .pairs()?
                .into_iter()
                .fold(settings, |settings, (name, value)| {
                    settings.header(name, value)
                }),
            _ => return Err(Failure::Case(format!("there is no setting `{name}`"))),
        };
    }
    Ok(settings)
}

/// The options of a call.
pub(crate) fn options(all: &Map<String, Value>) -> Result<CallOptions, Failure> {
    let mut options = CallOptions::default();
    for (name, value) in all {
        let entry = Entry(name, value);
        options = match name.as_str() {
            "timeout_ms" => options.timeout(entry.time()?),
            "attempt_timeout_ms" => options.attempt_timeout(entry.time()?),
            "max_attempts" => options.max_attempts(entry.small()?),
            "backoff_base_ms" => options.backoff_base(entry.time()?),
            "backoff_cap_ms" => options.backoff_cap(entry.time()?),
            "max_retry_after_ms" => options.max_retry_after(entry.time()?),
            "max_body_bytes" => options.max_body_bytes(entry.number()?),
            "strict" => options.strict(entry.flag()?),
            "pacing" => options.pacing(entry.flag()?),
            "retry_post" => options.retry_post(entry.flag()?),
            "headers" => entry
                .pairs()?
                .into_iter()
                .fold(options, |options, (name, value)| {
                    options.header(name, value)
                }),
            "query" => entry
                .pairs()?
                .into_iter()
                .fold(options, |options, (name, value)| options.query(name, value)),
            _ => return Err(Failure::Case(format!("there is no option `{name}`"))),
        };
    }
    Ok(options)
}
