//! Plays one scenario through a face.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use serde_json::Value;
use snapline_conformance::{Done, Face, Failure, PATIENCE, Rust};

use crate::check::{self, Problems};
use crate::control::Control;
use crate::log::Log;
use crate::scenario::Scenario;

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

/// Runs a scenario in Rust, on the present thread; with `traced` all that is logged is captured and
/// checked.
#[must_use]
pub fn run(control: &Control, scenario: &Scenario, traced: bool) -> Ran {
    let log = Log::default();
    let work = || match Rust::new() {
        Ok(mut face) => through(control, scenario, &mut face),
        Err(why) => Ran {
            problems: vec![why],
            shown: String::new(),
        },
    };
    if !traced {
        return work();
    }
    let mut ran = log.capture(work);
    ran.shown.push_str(&log.text());
    if let Some(expect) = &scenario.expect.log {
        let mut problems = Problems(ran.problems);
        check::logged(expect, (&log.spans(), &log.warnings()), &mut problems);
        ran.problems = problems.0;
    }
    ran
}

/// Runs a scenario through a face.
pub(crate) fn through(control: &Control, scenario: &Scenario, face: &mut dyn Face) -> Ran {
    let mut problems = Problems::default();
    let mut shown = String::new();
    let played = catch_unwind(AssertUnwindSafe(|| {
        play(control, scenario, face, &mut problems, &mut shown)
    }));
    match played {
        Ok(Ok(())) => {}
        Ok(Err(why)) => problems.0.push(why),
        Err(_) => problems.0.push("it panicked".to_owned()),
    }
    Ran {
        problems: problems.0,
        shown,
    }
}

fn play(
    control: &Control,
    scenario: &Scenario,
    face: &mut dyn Face,
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
    let calls = scenario.all_calls();
    let provider = calls
        .first()
        .map_or("digitalocean", |call| call.provider.as_str());
    match face.open(provider, &scenario.filled(&fill), &token, shown) {
        Err(failure) => {
            // Without a client every call comes to the same.
            show(&Err(&failure), shown);
            let expect = calls.first().map(|call| &call.expect);
            match expect {
                Some(expect) => check::call(expect, &Err(failure), 0.0, problems),
                None => problems.0.push(format!("{failure:?}")),
            }
        }
        Ok(()) => {
            for (index, call) in calls.iter().enumerate() {
                std::thread::sleep(Duration::from_millis(call.pause_ms));
                if call.when_closed {
                    closed(control, id, face)?;
                }
                let mut mine = Problems::default();
                for (done, elapsed) in face.call(&call.order()) {
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
            if let Some((spans, warnings)) = face.log()? {
                shown.push_str(&format!("{spans:?}\n{warnings:?}\n"));
                if let Some(expect) = &scenario.expect.log {
                    check::logged(expect, (&spans, &warnings), problems);
                }
            }
        }
    }
    face.settle(SETTLE);
    // What the client ends when it is dropped is not the call's doing.
    let report = control.report(id)?;
    face.end()?;
    check::arrived(&scenario.expect, &report, &fill, problems);
    control.close(id)?;
    Ok(())
}

/// Waits until no connection is open on the server's side.
fn closed(control: &Control, id: &str, face: &mut dyn Face) -> Result<(), String> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let report = control.report(id)?;
        if report.get("open").and_then(Value::as_u64) == Some(0) {
            return Ok(());
        }
        // The caller's own runtime, where the face has one, goes on meanwhile.
        face.settle(Duration::from_millis(5));
    }
    Err("the server does not close its connections".to_owned())
}

/// Writes down all that a user could come to see.
fn show(done: &Result<&Done, &Failure>, shown: &mut String) {
    match done {
        Ok(done) => shown.push_str(&done.shown),
        Err(Failure::Call(error)) => {
            shown.push_str(&format!(
                "{} {} {:?} ",
                error.shown, error.debug, error.headers
            ));
            shown.push_str(&String::from_utf8_lossy(&error.body));
            shown.push_str(&format!("{:?} {:?}", error.attempts, error.last_object));
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
