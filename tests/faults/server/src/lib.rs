//! A server that does exactly what a scenario says, over real sockets: it answers, stalls, resets,
//! lies about lengths, speaks bad TLS. It knows no provider and no language.
//!
//! Every run of a scenario gets listeners of its own. A test opens one over the control port, points
//! a client at it, and asks afterwards what arrived. A run can stand before another server instead: requests go on to
//! that one, but for those that are to meet a fault.

mod body;
mod control;
mod http1;
mod http2;
mod listen;
mod run;
mod script;
mod tls;
mod upstream;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::TcpListener;

pub use crate::body::fill_times;
use crate::run::Run;
use crate::script::Script;
pub use crate::tls::Certificates;

/// What goes wrong when a server starts.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The server: a control port, and the runs that were opened over it. Dropping it ends them all.
#[derive(Debug)]
pub struct FaultServer {
    url: String,
    shared: Arc<Shared>,
    tasks: tokio::task::JoinSet<()>,
}

impl FaultServer {
    /// Starts on `port` of 127.0.0.1, or a free one for 0, with every scenario of these folders.
    ///
    /// # Errors
    /// When a file is no scenario, two have one name, or the port is taken.
    pub async fn start(port: u16, folders: &[PathBuf]) -> Result<Self, Error> {
        let shared = Arc::new(Shared {
            scripts: read(folders)?,
            certificates: Certificates::make()?,
            runs: std::sync::Mutex::default(),
        });
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(control::serve(listener, Arc::clone(&shared)));
        Ok(Self { url, shared, tasks })
    }

    /// The control port's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many scenarios it can play.
    #[must_use]
    pub fn scenarios(&self) -> usize {
        self.shared.scripts.len()
    }

    /// Ends every run and the control port.
    pub async fn stop(mut self) {
        lock(&self.shared.runs).clear();
        self.tasks.shutdown().await;
    }
}

/// What the control port and the runs share.
#[derive(Debug)]
struct Shared {
    scripts: BTreeMap<String, Script>,
    certificates: Certificates,
    runs: std::sync::Mutex<BTreeMap<String, Run>>,
}

// A panic elsewhere does not make these values wrong.
fn lock<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The scenarios of all `.json` files: each file holds one, or a list of them.
fn read(folders: &[PathBuf]) -> Result<BTreeMap<String, Script>, Error> {
    let mut scripts = BTreeMap::new();
    for folder in folders {
        let entries =
            std::fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "json") {
                for script in read_file(&path)? {
                    let name = script.name.clone();
                    if scripts.insert(name.clone(), script).is_some() {
                        return Err(format!("two scenarios are called {name}").into());
                    }
                }
            }
        }
    }
    Ok(scripts)
}

fn read_file(path: &Path) -> Result<Vec<Script>, Error> {
    let bad = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
    let text = std::fs::read(path).map_err(|e| bad(&e))?;
    let value: serde_json::Value = serde_json::from_slice(&text).map_err(|e| bad(&e))?;
    let scripts = match value {
        serde_json::Value::Array(all) => all
            .into_iter()
            .map(serde_json::from_value)
            .collect::<Result<_, _>>(),
        one => serde_json::from_value(one).map(|script| vec![script]),
    };
    scripts.map_err(|e| bad(&e).into())
}
