//! Runs fault scenarios: the server does what they say, a face makes the calls, and this compares.
//! The Rust face is in this process; every other one is an agent, a program of its own.

mod check;
mod control;
pub mod log;
mod run;
mod scenario;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use snapline_conformance::Agent;
use snapline_fault_server::FaultServer;

pub use control::Control;
pub use run::{Ran, play_opened, run};
pub use scenario::Scenario;

/// The start of every secret in the suite; it must show up nowhere but on the wire.
pub const SECRET: &str = "S3CR3T";

/// How many scenarios run at once. They mostly wait.
const AT_ONCE: usize = 16;

/// The folders with scenarios, by hand and generated.
#[must_use]
pub fn folders() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    vec![here.join("../scenarios"), here.join("../generated")]
}

/// A server in this process, with threads of its own.
#[derive(Debug)]
pub struct Server {
    server: Option<FaultServer>,
    runtime: tokio::runtime::Runtime,
    control: Control,
}

impl Server {
    /// Starts it with all scenarios.
    ///
    /// # Errors
    /// When a scenario cannot be read, or the system gives no port or thread.
    pub fn start() -> Result<Self, snapline_fault_server::Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let server = runtime.block_on(FaultServer::start(0, &folders()))?;
        let control = Control::new(server.url());
        Ok(Self {
            server: Some(server),
            runtime,
            control,
        })
    }

    /// Its control port.
    #[must_use]
    pub fn control(&self) -> &Control {
        &self.control
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            self.runtime.block_on(server.stop());
        }
    }
}

/// Runs all scenarios in Rust, several at once, each on a thread of its own; gives what each came to
/// in their order. `runner` is the program that plays those that need an environment of their own.
///
/// # Panics
/// When a scenario's thread does, which is then a fault of the runner.
#[must_use]
pub fn run_all(
    control: &Control,
    scenarios: &[Scenario],
    traced: bool,
    runner: impl AsRef<Path> + Sync,
) -> Vec<Ran> {
    spread(scenarios, AT_ONCE, || {
        |scenario| run(control, scenario, traced, runner.as_ref())
    })
}

/// Runs all scenarios through agents that a command starts, so many at once.
///
/// # Panics
/// When a scenario's thread does, which is then a fault of the runner.
#[must_use]
pub fn run_all_through(
    control: &Control,
    scenarios: &[Scenario],
    command: &[String],
    at_once: usize,
) -> Vec<Ran> {
    spread(scenarios, at_once, || {
        let mut agent = Agent::new(command);
        move |scenario| run::through(control, scenario, &mut agent, command)
    })
}

/// Spreads scenarios over threads; each makes itself what runs them.
fn spread<F: FnMut(&Scenario) -> Ran>(
    scenarios: &[Scenario],
    at_once: usize,
    runner: impl Fn() -> F + Sync,
) -> Vec<Ran> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Ran)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                let mut run = runner();
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(scenario) = scenarios.get(index) else {
                        return;
                    };
                    let ran = run(scenario);
                    done.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((index, ran));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, ran)| ran).collect()
}

/// A table of what failed; nothing if nothing did.
#[must_use]
pub fn table(scenarios: &[Scenario], ran: &[Ran]) -> Option<String> {
    let mut lines = Vec::new();
    for (scenario, ran) in scenarios.iter().zip(ran) {
        for problem in &ran.problems {
            lines.push(format!(
                "{:<4} {} | {problem}",
                scenario.rule, scenario.name
            ));
        }
    }
    let failed = ran.iter().filter(|ran| !ran.problems.is_empty()).count();
    (failed > 0).then(|| {
        format!(
            "{failed} of {} scenarios failed:\n{}",
            ran.len(),
            lines.join("\n")
        )
    })
}
