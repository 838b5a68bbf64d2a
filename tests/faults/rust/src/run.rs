//! Plays one scenario through a face.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use snapline_conformance::{Agent, Done, Face, Failure, PATIENCE, Rust};
use snapline_fault_server::fill_times;

use crate::check::{self, Problems};
use crate::control::Control;
use crate::log::Log;
use crate::scenario::{Files, Scenario};

/// A request that should not be there gets this long to arrive.
const SETTLE: Duration = Duration::from_millis(30);

/// What a scenario came to.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Ran {
    /// What is not as it should be.
    pub problems: Vec<String>,
    /// All that was logged and shown.
    pub shown: String,
}

impl Ran {
    fn failed(why: String) -> Self {
        Self {
            problems: vec![why],
            shown: String::new(),
        }
    }
}

/// A scenario on its way: what the server gave out for it, and its own files.
struct Opened<'a> {
    control: &'a Control,
    scenario: &'a Scenario,
    run: Value,
    files: Option<Folder>,
}

/// A token of the scenario's own.
fn token(scenario: &Scenario) -> String {
    format!("dop_v1_{}{:032x}", crate::SECRET, fnv(&scenario.name))
}

/// The token as basic authentication sends one that is a user name alone.
fn basic(token: &str) -> String {
    BASE64_STANDARD.encode(format!("{token}:"))
}

impl<'a> Opened<'a> {
    fn new(control: &'a Control, scenario: &'a Scenario) -> Result<Self, String> {
        let needs_files = !scenario.files.is_empty()
            || scenario
                .all_calls()
                .iter()
                .any(|call| !call.files.is_empty());
        let opened = Self {
            control,
            scenario,
            run: control.open(&scenario.name, &token(scenario))?,
            files: needs_files
                .then(|| Folder::new(&scenario.name))
                .transpose()?,
        };
        opened.write(&scenario.files)?;
        Ok(opened)
    }

    fn text(&self, name: &str) -> &str {
        self.run.get(name).and_then(Value::as_str).unwrap_or("")
    }

    fn fill(&self, template: &str) -> String {
        let base = self.text("base_url");
        let text = template
            .replace("{base}", base)
            .replace("{authority}", base.rsplit('/').next().unwrap_or_default())
            .replace("{other}", self.text("other_url"))
            .replace("{proxy}", self.text("proxy"))
            .replace("{ca_file}", self.text("ca_file"))
            .replace("{token}", &token(self.scenario))
            .replace("{basic}", &basic(&token(self.scenario)));
        let mut text = fill_times(&text);
        if text.contains("{ca_text}") {
            let ca = std::fs::read_to_string(self.text("ca_file")).unwrap_or_default();
            text = text.replace("{ca_text}", &ca);
        }
        match &self.files {
            Some(files) => text.replace("{files}", &files.0.to_string_lossy()),
            None => text,
        }
    }

    fn environment(&self) -> Vec<(String, Option<String>)> {
        let all = self.scenario.environment.iter();
        all.map(|(name, value)| (name.clone(), value.as_deref().map(|v| self.fill(v))))
            .collect()
    }

    fn write(&self, files: &Files) -> Result<(), String> {
        let Some(folder) = &self.files else {
            return Ok(());
        };
        for (name, text) in files {
            let path = folder.0.join(name);
            let written = match text {
                Some(text) => std::fs::write(&path, self.fill(text)),
                None => std::fs::create_dir(&path),
            };
            written.map_err(|error| format!("{}: {error}", path.display()))?;
        }
        Ok(())
    }
}

/// A folder that is gone when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Result<Self, String> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        let path = std::env::temp_dir().join(format!("{name}-{process}-{number}"));
        std::fs::create_dir(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs a scenario in Rust, on the present thread; with `traced` all that is logged is captured and
/// checked. One that needs an environment of its own is played by `runner` in a process of its own.
#[must_use]
pub fn run(control: &Control, scenario: &Scenario, traced: bool, runner: &Path) -> Ran {
    if !scenario.environment.is_empty() {
        return Opened::new(control, scenario)
            .and_then(|opened| elsewhere(&opened, runner))
            .unwrap_or_else(Ran::failed);
    }
    match Opened::new(control, scenario) {
        Ok(opened) => here(&opened, traced),
        Err(why) => Ran::failed(why),
    }
}

fn here(opened: &Opened<'_>, traced: bool) -> Ran {
    let log = Log::default();
    let work = || match Rust::new() {
        Ok(mut face) => caught(opened, &mut face),
        Err(why) => Ran::failed(why),
    };
    if !traced {
        return work();
    }
    let mut ran = log.capture(work);
    ran.shown.push_str(&log.text());
    if let Some(expect) = &opened.scenario.expect.log {
        let mut problems = Problems(ran.problems);
        check::logged(expect, (&log.spans(), &log.warnings()), &mut problems);
        ran.problems = problems.0;
    }
    ran
}

/// Has the runner play a scenario that was opened, in the environment that it asks for.
fn elsewhere(opened: &Opened<'_>, runner: &Path) -> Result<Ran, String> {
    let mut command = Command::new(runner);
    for (name, value) in opened.environment() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let files = opened.files.as_ref().map(|folder| folder.0.as_os_str());
    let output = command
        .args(["--play", &opened.scenario.name, opened.control.url()])
        .arg(opened.run.to_string())
        .args(files)
        .output()
        .map_err(|error| format!("{}: {error}", runner.display()))?;
    serde_json::from_slice(&output.stdout).map_err(|error| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("the runner in another environment: {error}: {said}")
    })
}

/// Plays a scenario in Rust that another process has opened; gives what it came to.
///
/// # Errors
/// When the words are not those that `run` gives.
pub fn play_opened(words: &[String]) -> Result<Ran, String> {
    let [name, control, run, files @ ..] = words else {
        return Err("`--play` is what the runner says to itself".to_owned());
    };
    let scenarios = Scenario::load(&crate::folders())?;
    let scenario = scenarios
        .iter()
        .find(|scenario| scenario.name == *name)
        .ok_or("there is no such scenario")?;
    let opened = Opened {
        control: &Control::new(control),
        scenario,
        run: serde_json::from_str(run).map_err(|error| error.to_string())?,
        files: files.first().map(|path| Folder(PathBuf::from(path))),
    };
    let ran = here(&opened, true);
    // The folder is the other process's.
    std::mem::forget(opened.files);
    Ok(ran)
}

/// Runs a scenario through an agent; one that needs an environment of its own gets one of its own.
pub(crate) fn through(
    control: &Control,
    scenario: &Scenario,
    agent: &mut Agent,
    command: &[String],
) -> Ran {
    let opened = match Opened::new(control, scenario) {
        Ok(opened) => opened,
        Err(why) => return Ran::failed(why),
    };
    if scenario.environment.is_empty() {
        caught(&opened, agent)
    } else {
        let mut own = Agent::new(command).with_environment(opened.environment());
        caught(&opened, &mut own)
    }
}

/// Plays a scenario through a face.
fn caught(opened: &Opened<'_>, face: &mut dyn Face) -> Ran {
    let mut problems = Problems::default();
    let mut shown = String::new();
    let played = catch_unwind(AssertUnwindSafe(|| {
        play(opened, face, &mut problems, &mut shown)
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
    opened: &Opened<'_>,
    face: &mut dyn Face,
    problems: &mut Problems,
    shown: &mut String,
) -> Result<(), String> {
    let (control, scenario) = (opened.control, opened.scenario);
    let id = opened.text("id");
    let token = token(scenario);
    let fill = |template: &str| opened.fill(template);
    let mut calls = scenario.all_calls();
    let errors = calls
        .iter_mut()
        .filter_map(|call| call.expect.error.as_mut());
    for part in errors.flat_map(|error| &mut error.message_has) {
        *part = fill(part);
    }
    let Some(first) = calls.first() else {
        return Err("it makes no call".to_owned());
    };
    match face.open(&first.provider, &scenario.filled(&fill), &token, shown) {
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
                opened.write(&call.files)?;
                if call.when_closed {
                    closed(control, id, face)?;
                }
                let mut mine = Problems::default();
                for (done, elapsed) in face.call(&call.filled(&|text| opened.fill(text)).order()) {
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
