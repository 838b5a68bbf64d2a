//! Runs one scenario on the present thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use serde_json::Value;
use snapline_conformance::Failure;
use snapline_runtime::Error;
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

use crate::calls::{self, Done};
use crate::check::{self, Problems};
use crate::control::Control;
use crate::log::Log;
use crate::scenario::{Call, Scenario};

/// No call of a scenario takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request that should not be there gets this long to arrive.
const SETTLE: Duration = Duration::from_millis(30);

/// What a scenario came to.
#[derive(Debug, Default)]
pub struct Ran {
    /// What is not as it should be.
    pub problems: Vec<String>,
    /// All that was logged and shown.
    pub shown: String,
}

/// Runs a scenario; with `traced` all that is logged is captured and checked.
#[must_use]
pub fn run(control: &Control, scenario: &Scenario, traced: bool) -> Ran {
    let mut problems = Problems::default();
    let mut shown = String::new();
    let log = Log::default();
    let mut work = || {
        let played = catch_unwind(AssertUnwindSafe(|| {
            play(control, scenario, &mut problems, &mut shown)
        }));
        match played {
            Ok(Ok(())) => {}
            Ok(Err(why)) => problems.0.push(why),
            Err(_) => problems.0.push("it panicked".to_owned()),
        }
    };
    if traced {
        log.capture(work);
        shown.push_str(&log.text());
        if let Some(expect) = &scenario.expect.log {
            check::logged(expect, &log, &mut problems);
        }
    } else {
        work();
    }
    Ran {
        problems: problems.0,
        shown,
    }
}

fn play(
    control: &Control,
    scenario: &Scenario,
    problems: &mut Problems,
    shown: &mut String,
) -> Result<(), String> {
    let opened = control.open(&scenario.name)?;
    let text = |name: &str| opened.get(name).and_then(Value::as_str).unwrap_or_default();
    let id = text("id");
    let token = format!("dop_v1_{}{:032x}", crate::SECRET, fnv(&scenario.name));
    let fill = |template: &str| {
        template
            .replace("{base}", text("base_url"))
            .replace(
                "{authority}",
                text("base_url").rsplit('/').next().unwrap_or_default(),
            )
            .replace("{other}", text("other_url"))
            .replace("{proxy}", text("proxy"))
            .replace("{ca_file}", text("ca_file"))
            .replace("{token}", &token)
    };
    // The calls share one thread with the client's background work, which rests between them: the
    // hardest case for connections that the server closes meanwhile.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    let calls = scenario.all_calls();
    let provider = calls
        .first()
        .map_or("digitalocean", |call| call.provider.as_str());
    let settings = calls::settings(&scenario.settings, text("base_url"), fill);
    let client = settings.and_then(|settings| {
        shown.push_str(&format!("{settings:?}\n"));
        calls::client(provider, settings, &token)
    });
    shown.push_str(&format!("{client:?}\n"));
    match client {
        Err(failure) => {
            // Without a client every call comes to the same.
            show(&Err(&failure), shown);
            let expect = calls.first().map(|call| &call.expect);
            match expect {
                Some(expect) => check::call(expect, &Err(failure), 0.0, problems),
                None => problems.0.push(format!("{failure:?}")),
            }
        }
        Ok(client) => {
            for (index, call) in calls.iter().enumerate() {
                std::thread::sleep(Duration::from_millis(call.pause_ms));
                if call.when_closed {
                    closed(control, id)?;
                }
                let mut mine = Problems::default();
                for (done, elapsed) in all(&runtime, &client, call) {
                    show(&done.as_ref(), shown);
                    check::call(&call.expect, &done, elapsed, &mut mine);
                }
                problems.0.extend(mine.0.into_iter().map(|problem| {
                    if calls.len() > 1 {
                        format!("call {}: {problem}", index + 1)
                    } else {
                        problem
                    }
                }));
            }
            runtime.block_on(async { sleep(SETTLE).await });
        }
    }
    let report = control.report(id)?;
    check::arrived(&scenario.expect, &report, &fill, problems);
    control.close(id)?;
    Ok(())
}

/// Waits until no connection is open on the server's side.
fn closed(control: &Control, id: &str) -> Result<(), String> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let report = control.report(id)?;
        if report.get("open").and_then(Value::as_u64) == Some(0) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err("the server does not close its connections".to_owned())
}

type Timed = (Result<Done, Failure>, f64);

fn all(runtime: &Runtime, client: &snapline::digitalocean::Client, call: &Call) -> Vec<Timed> {
    let one = || async {
        let begun = Instant::now();
        let done = match call.cancel_after_ms {
            // In Rust a call is stopped by dropping it.
            Some(after) => timeout(Duration::from_millis(after), calls::make(client, call))
                .await
                .unwrap_or_else(|_| Err(Failure::Call(Error::cancelled()))),
            None => timeout(PATIENCE, calls::make(client, call))
                .await
                .unwrap_or_else(|_| Err(Failure::Case("the call hangs".to_owned()))),
        };
        (done, check::millis(begun.elapsed()))
    };
    runtime.block_on(async {
        let mut calls: Vec<_> = (0..call.at_once.unwrap_or(1))
            .map(|_| Box::pin(one()))
            .collect();
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

/// Writes down all that a user could come to see.
fn show(done: &Result<&Done, &Failure>, shown: &mut String) {
    match done {
        Ok(done) => {
            shown.push_str(&done.shown);
        }
        Err(Failure::Call(error)) => {
            shown.push_str(&format!(
                "{error} {error:?} {error:#?} {:?} ",
                error.headers()
            ));
            shown.push_str(&String::from_utf8_lossy(
                error.body().get(..65536).unwrap_or(error.body()),
            ));
            shown.push_str(&format!("{:?} {:?}", error.attempts(), error.last_object()));
            let mut source = std::error::Error::source(error);
            while let Some(cause) = source {
                shown.push_str(&format!(" {cause} {cause:?}"));
                source = cause.source();
            }
        }
        Err(other) => shown.push_str(&format!("{other:?}")),
    }
    shown.push('\n');
}

/// A number of its own for each name.
fn fnv(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
