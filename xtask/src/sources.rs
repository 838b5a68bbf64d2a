//! Reads spec/: which providers there are, their documents and overlays.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use snapline_codegen::Source;

use crate::fault::{Fault, Result};

#[derive(Deserialize)]
struct Provider {
    document: String,
    #[serde(default)]
    operations: Vec<String>,
}

/// Every provider's inputs, in the order of their names; `spec` holds `sources.toml`.
pub(crate) fn read(spec: &Path) -> Result<Vec<Source>> {
    list(spec)?
        .into_values()
        .map(|provider| {
            let document = spec.join(&provider.document);
            let overlay = document.with_file_name("overlay.yaml");
            Ok(Source {
                document: self::text(&document)?,
                document_file: document.display().to_string(),
                overlay: self::text(&overlay)?,
                overlay_file: overlay.display().to_string(),
                operations: provider.operations,
            })
        })
        .collect()
}

/// The providers' names, in their order.
pub(crate) fn names(spec: &Path) -> Result<Vec<String>> {
    Ok(list(spec)?.into_keys().collect())
}

fn list(spec: &Path) -> Result<BTreeMap<String, Provider>> {
    let list = spec.join("sources.toml");
    toml::from_str(&text(&list)?).map_err(|error| {
        Fault::new(format!(
            "{}: {}; see spec/README.md",
            list.display(),
            error.message()
        ))
    })
}

/// What is in a folder, sorted.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let fault = |error| Fault::path(folder, "read", &error);
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(fault)? {
        paths.push(entry.map_err(fault)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// A file as text.
pub(crate) fn text(path: &Path) -> Result<String> {
    let bytes = fs::read(path).map_err(|error| Fault::path(path, "read", &error))?;
    String::from_utf8(bytes)
        .map_err(|_| Fault::new(format!("{} is not UTF-8; save it as UTF-8", path.display())))
}
