//! The Rust face: calls in this process.

use std::time::{Duration, Instant};

use serde_json::Value;
use snapline_runtime::{CallOptions, Error, Settings, Trail};
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

use crate::face::{Face, Logged, PATIENCE, Timed};
use crate::generated::{self, Client};
use crate::order::{Arguments, Named, Order, Pace, Typed};
use crate::outcome::Failure;

/// Makes calls on the present thread.
#[derive(Debug)]
pub struct Rust {
    // The calls share one thread with the client's background work, which rests between them: the
    // hardest case for connections that the server closes meanwhile.
    runtime: Runtime,
    client: Option<Client>,
}

impl Rust {
    /// A face without a client.
    ///
    /// # Errors
    /// When the system gives no runtime.
    pub fn new() -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self {
            runtime,
            client: None,
        })
    }
}

impl Face for Rust {
    fn open(
        &mut self,
        provider: &str,
        settings: &Named,
        token: &str,
        shown: &mut String,
    ) -> Result<(), Failure> {
        let mut settings = settings.clone();
        // Other credentials stand in place of the usual token.
        let mut credentials = match settings.remove("credentials") {
            Some(Value::Object(credentials)) => credentials,
            _ => Named::from_iter([("token".to_owned(), token.into())]),
        };
        credentials.extend(settings.remove_entry("token"));
        let settings = built(&settings)?;
        shown.push_str(&format!("{settings:?}\n"));
        let client = Client::new(provider, settings, &credentials);
        shown.push_str(&format!("{client:?}\n"));
        self.client = Some(client?);
        Ok(())
    }

    fn call(&mut self, order: &Order) -> Vec<Timed> {
        let Some(client) = self.client.as_ref() else {
            return vec![(Err(Failure::Case("there is no client".to_owned())), 0.0)];
        };
        let call = match typed(order) {
            Ok(call) => call,
            Err(failure) => return vec![(Err(failure), 0.0)],
        };
        let one = || async {
            let begun = Instant::now();
            let done = match order.cancel_after_ms {
                // In Rust a call is stopped by dropping it.
                Some(after) => {
                    let trail = Trail::default();
                    let work = trail.follow(client.call(&call));
                    let done = timeout(Duration::from_millis(after), work).await;
                    done.unwrap_or_else(|_| Err(trail.stopped(Error::cancelled()).into()))
                }
                None => timeout(PATIENCE, client.call(&call))
                    .await
                    .unwrap_or_else(|_| Err(Failure::Case("the call hangs".to_owned()))),
            };
            (done, begun.elapsed().as_secs_f64() * 1000.0)
        };
        self.runtime.block_on(async {
            let mut calls: Vec<_> = (0..order.times.max(1)).map(|_| Box::pin(one())).collect();
            let mut done = Vec::new();
            std::future::poll_fn(|context| {
                calls.retain_mut(|call| match call.as_mut().poll(context) {
                    std::task::Poll::Ready(result) => {
                        done.push(result);
                        false
                    }
                    std::task::Poll::Pending => true,
                });
                if calls.is_empty() {
                    std::task::Poll::Ready(())
                } else {
                    std::task::Poll::Pending
                }
            })
            .await;
            done
        })
    }

    fn round_trip(
        &mut self,
        provider: &str,
        model: &str,
        instance: &Value,
    ) -> Result<Value, Failure> {
        generated::round_trip(provider, model, instance.clone())
    }

    fn settle(&mut self, time: Duration) {
        self.runtime.block_on(async { sleep(time).await });
    }

    fn end(&mut self) -> Result<(), String> {
        self.client = None;
        Ok(())
    }

    fn log(&mut self) -> Result<Option<Logged>, String> {
        Ok(None)
    }
}

fn typed(order: &Order) -> Result<Typed, Failure> {
    let time = |name: &str| match order.wait.get(name) {
        None => Ok(None),
        Some(value) => Entry(name, value).time().map(Some),
    };
    Ok(Typed {
        method: order.method.clone(),
        arguments: Arguments(order.arguments.clone()),
        options: options(&order.options)?,
        mode: order.mode,
        limit: order.limit,
        pace: Pace {
            timeout: time("timeout_ms")?,
            first_interval: time("first_interval_ms")?,
            max_interval: time("max_interval_ms")?,
            not_found_grace: time("not_found_grace_ms")?,
        },
    })
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

/// Settings by their names.
fn built(all: &Named) -> Result<Settings, Failure> {
    let mut settings = Settings::default();
    for (name, value) in all {
        let entry = Entry(name, value);
        settings = match name.as_str() {
            "base_url" => settings.base_url(entry.text()?),
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
            "check_bounds" => settings.check_bounds(entry.flag()?),
            "retry_budget" => settings.retry_budget(entry.small()?),
            "user_agent" => settings.user_agent(entry.text()?),
            "ca_file" => settings.ca_file(entry.text()?),
            "proxy" => settings.proxy(entry.text()?),
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

/// Options by their names.
fn options(all: &Named) -> Result<CallOptions, Failure> {
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
            "check_bounds" => options.check_bounds(entry.flag()?),
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
