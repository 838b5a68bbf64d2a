//! What cargo tells of packages, and which crates of the workspace are published.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::fault::{Fault, Result};
use crate::run::cargo;

/// A package as its manifest describes it.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) description: Option<String>,
    pub(crate) license: Option<String>,
    pub(crate) repository: Option<String>,
    pub(crate) documentation: Option<String>,
    pub(crate) readme: Option<PathBuf>,
    #[serde(default)]
    pub(crate) keywords: Vec<String>,
    #[serde(default)]
    pub(crate) categories: Vec<String>,
    #[serde(default)]
    pub(crate) metadata: serde_json::Value,
    /// Where it may go; it may go anywhere where that is not said.
    publish: Option<Vec<String>>,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Debug, Deserialize)]
struct Target {
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

impl Package {
    /// Whether crates.io has it, or is to have it.
    pub(crate) fn is_published(&self) -> bool {
        self.publish.is_none()
    }

    /// Whether it has a library, of which docs.rs makes pages.
    pub(crate) fn is_library(&self) -> bool {
        let mut kinds = self.targets.iter().flat_map(|target| &target.kind);
        kinds.any(|kind| kind == "lib")
    }

    /// Where it lies.
    pub(crate) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new(""))
    }
}

/// All packages of the workspace, or with `--locked` in place of `--no-deps` those that they need too.
pub(crate) fn packages(option: &str) -> Result<Vec<Package>> {
    let told = cargo(["metadata", "--format-version", "1", option])
        .output()
        .map_err(|error| Fault::new(format!("cargo cannot be started: {error}")))?;
    let told: Metadata = serde_json::from_slice(&told.stdout)
        .map_err(|error| Fault::new(format!("cargo metadata: {error}")))?;
    Ok(told.packages)
}

/// The crates of the workspace that users get, by their names.
pub(crate) fn crates() -> Result<Vec<Package>> {
    let mut all = packages("--no-deps")?;
    all.retain(Package::is_published);
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}
