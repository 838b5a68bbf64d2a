//! Which crates of the workspace are published, and what their manifests say of them.

use std::path::PathBuf;

use serde::Deserialize;

use crate::fault::{Fault, Result};
use crate::run::cargo;

/// A crate as crates.io shows it.
#[derive(Debug)]
pub(crate) struct Published {
    pub(crate) name: String,
    /// Where it lies.
    pub(crate) folder: PathBuf,
    /// Whether it has a library, of which docs.rs makes pages.
    pub(crate) library: bool,
    pub(crate) manifest: Package,
}

/// What cargo tells of a package.
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

/// All packages of the workspace.
pub(crate) fn packages() -> Result<Vec<Package>> {
    let told = cargo(["metadata", "--format-version", "1", "--no-deps"])
        .output()
        .map_err(|error| Fault::new(format!("cargo cannot be started: {error}")))?;
    let told: Metadata = serde_json::from_slice(&told.stdout)
        .map_err(|error| Fault::new(format!("cargo metadata: {error}")))?;
    Ok(told.packages)
}

/// The crates of the workspace that users get, by their names.
pub(crate) fn crates() -> Result<Vec<Published>> {
    let mut all: Vec<Published> = packages()?
        .into_iter()
        .filter(|package| package.publish.is_none())
        .map(|manifest| Published {
            name: manifest.name.clone(),
            folder: manifest
                .manifest_path
                .parent()
                .map(PathBuf::from)
                .unwrap_or_default(),
            library: manifest
                .targets
                .iter()
                .any(|target| target.kind.iter().any(|kind| kind == "lib")),
            manifest,
        })
        .collect();
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}
