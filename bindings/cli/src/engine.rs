//! Makes the calls of the tables: arguments as JSON in, the answer's JSON out. What is sent, repeated, waited for and
//! told is the runtime's business, as it is for all languages.

mod check;
mod request;
mod values;
mod wait;

use std::ops::ControlFlow;

use serde_json::{Map, Value};
use snapline_runtime::{Bytes, CallOptions, Core, Error, Poll, Settings, WaitOptions};

use crate::table::{Api, Call, Kind};

pub(crate) use values::{read, shown};

/// Arguments by their names.
pub(crate) type Named = Map<String, Value>;

/// A client of one provider, and how its calls are made.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    pub(crate) api: &'static Api,
    core: Core,
    pub(crate) options: CallOptions,
}

/// What is asked of a call beside its arguments.
#[derive(Debug, Default)]
pub(crate) struct Order {
    pub(crate) arguments: Named,
    /// A body in whole, into which arguments are laid.
    pub(crate) body: Option<Value>,
    /// Every page, and not one alone.
    pub(crate) all: bool,
    /// No more items than this.
    pub(crate) limit: Option<u64>,
    pub(crate) wait: WaitOptions,
}

/// What a call gave.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    Nothing,
    /// What is no JSON: text or bytes, as they came.
    Raw(Bytes),
    One(Value),
    List(Vec<Value>),
    /// One page, where the next begins, and the number of all items.
    Page {
        items: Vec<Value>,
        next: Option<Value>,
        total: Option<u64>,
    },
}

/// What would be sent.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Preview {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Value>,
}

/// Sees each look of a wait: the state and what went wrong with it.
pub(crate) type Watch = Box<dyn FnMut(Seen<'_>) -> ControlFlow<()> + Send>;

/// What one look of a wait saw.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) status: Option<&'a str>,
    pub(crate) error: Option<&'a Error>,
    pub(crate) elapsed: std::time::Duration,
    pub(crate) polls: u32,
}

impl Engine {
    /// A client with named credentials.
    pub(crate) fn connect(
        api: &'static Api,
        credentials: Vec<(&str, String)>,
        settings: Settings,
        options: CallOptions,
    ) -> Result<Self, Error> {
        let core = (api.provider.connect)(credentials, settings)?;
        Ok(Self { api, core, options })
    }

    /// Where its calls go.
    pub(crate) fn base_url(&self) -> &str {
        self.core.base_url()
    }

    /// Makes a call by its name: `nfs.snapshots.list`.
    pub(crate) async fn call(
        &self,
        dotted: &str,
        order: Order,
        watch: Option<Watch>,
    ) -> Result<Outcome, Error> {
        self.make(self.api.call(dotted)?, order, watch).await
    }

    /// Makes a call.
    pub(crate) async fn make(
        &self,
        call: &'static Call,
        order: Order,
        watch: Option<Watch>,
    ) -> Result<Outcome, Error> {
        match &call.kind {
            Kind::Request(_) => self.request(call, order).await,
            Kind::Wait(_) | Kind::Take(_) => {
                let mut waiter = self
                    .waiter(call, order.arguments, order.body)?
                    .wait_options(order.wait)
                    .options(self.options.clone());
                if let Some(watch) = watch {
                    waiter = waiter.on_poll(seen(watch));
                }
                Ok(match (waiter.run().await?, call.item()) {
                    (Some(object), Some(_)) => Outcome::One(object),
                    _ => Outcome::Nothing,
                })
            }
            Kind::Find(find) => {
                let mut waiter = self
                    .finder(find, order.arguments)?
                    .wait_options(order.wait)
                    .options(self.options.clone());
                if let Some(watch) = watch {
                    waiter = waiter.on_poll(seen(watch));
                }
                Ok(Outcome::List(waiter.run().await?.unwrap_or_default()))
            }
        }
    }
}

fn seen<T>(mut watch: Watch) -> impl FnMut(&Poll<'_, T>) -> ControlFlow<()> + Send + 'static {
    move |poll| {
        watch(Seen {
            status: poll.status,
            error: poll.error,
            elapsed: poll.elapsed,
            polls: poll.polls,
        })
    }
}
