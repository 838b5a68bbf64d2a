//! Where, when and with what something was measured.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::run::program;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct About {
    /// The command that makes this again.
    pub(super) command: String,
    pub(super) date: String,
    pub(super) commit: String,
    pub(super) machine: String,
    pub(super) versions: Vec<String>,
}

/// Crates whose versions matter to what is measured.
const CRATES: [&str; 6] = [
    "hyper",
    "progenitor",
    "reqwest",
    "rustls",
    "serde_json",
    "tokio",
];

impl About {
    pub(super) fn here(command: String) -> Self {
        Self {
            command,
            date: Timestamp::now().strftime("%Y-%m-%d").to_string(),
            commit: said("git", &["rev-parse", "--short", "HEAD"]),
            machine: machine(),
            versions: versions(),
        }
    }
}

/// The first line that a program says, or nothing where it is not there.
fn said(name: &str, arguments: &[&str]) -> String {
    let output = program(name, arguments).output();
    let text = output.map(|it| String::from_utf8_lossy(&it.stdout).into_owned());
    let line = text.unwrap_or_default();
    line.lines().next().unwrap_or_default().trim().to_owned()
}

fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let value = |text: &str, name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.split_once(':'))
            .map_or_else(String::new, |(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = value(&read("/proc/meminfo"), "MemTotal");
    let memory: f64 = memory.trim_end_matches(" kB").parse().unwrap_or_default();
    format!(
        "{}, {cores} cores, {:.0} GiB, {} {}",
        value(&read("/proc/cpuinfo"), "model name"),
        memory / 1024.0 / 1024.0,
        said("uname", &["-s"]),
        // What follows the number is whose build it is.
        said("uname", &["-r"]).split('-').next().unwrap_or_default(),
    )
}

fn versions() -> Vec<String> {
    let lock = fs::read_to_string("Cargo.lock").unwrap_or_default();
    let crates = CRATES.iter().filter_map(|name| {
        let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
        Some(format!("{name} {}", rest.split('"').next()?))
    });
    let libraries = ["libcurl", "libcjson", "yyjson"].iter().filter_map(|name| {
        let version = said("pkg-config", &["--modversion", name]);
        (!version.is_empty()).then(|| format!("{name} {version}"))
    });
    let pinned = fs::read_to_string(Path::new(crate::python_env::BENCH_REQUIREMENTS));
    let pinned = pinned.unwrap_or_default();
    let packages = pinned
        .lines()
        .filter_map(|line| line.split_once("=="))
        .map(|(name, version)| format!("{name} {version}"));
    [
        said("rustc", &["--version"]),
        said("python3", &["--version"]),
        said("cc", &["--version"]),
    ]
    .into_iter()
    .filter(|line| !line.is_empty())
    .chain(crates)
    .chain(libraries)
    .chain(packages)
    .collect()
}
