//! The Rust face: calls in this process.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::Value;
use snapline_runtime::{Attempted, Error, Hook, HookError, Outgoing, Trail};
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

use crate::face::{Face, Logged, PATIENCE, Timed};
use crate::generated::{self, Client};
use crate::order::{Arguments, Named, Order, Typed};
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

// A hook that tells in a header what it has seen, or fails as it is told.
struct Spy {
    does: String,
    came: Mutex<String>,
}

impl Hook for Spy {
    fn before_send(&self, request: &mut Outgoing) -> Result<(), HookError> {
        match self.does.as_str() {
            "fail_before" => return Err("as it was told".into()),
            "take_token" => request.set_header("authorization", "Bearer other"),
            _ => {
                let came = self.came.lock().map_err(|_| "a hook failed before")?;
                let (method, operation) = (request.method(), request.operation());
                let seen = format!("{method} {operation} {} {came}", request.attempt());
                request.set_header("x-hook", seen);
            }
        }
        Ok(())
    }

    fn after_answer(&self, attempted: &Attempted) -> Result<(), HookError> {
        if self.does == "fail_after" {
            return Err("as it was told".into());
        }
        let mut came = self.came.lock().map_err(|_| "a hook failed before")?;
        let status = attempted.status();
        *came = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
        Ok(())
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
        let hook = settings.remove("hook");
        let mut settings = generated::settings(&settings)?;
        if let Some(Value::String(does)) = hook {
            settings = settings.hook(Spy {
                does,
                came: Mutex::new("nothing".to_owned()),
            });
        }
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
                    if let Some(owed) = trail.owed() {
                        owed.await;
                    }
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
        let mut all = generated::models();
        let found = all.find(|(of, name, _)| (*of, *name) == (provider, model));
        let (_, _, round_trip) = found.ok_or_else(|| Failure::Unknown(model.to_owned()))?;
        round_trip(instance.clone())
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
    Ok(Typed {
        method: order.method.clone(),
        arguments: Arguments(order.arguments.clone()),
        options: generated::options(&order.options)?,
        mode: order.mode,
        limit: order.limit,
        wait: generated::wait_options(&order.wait)?,
    })
}
