//! Reads spec/: which providers there are, their documents, words and overlays.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use snapline_codegen::{Selector, Source};

use crate::fault::{Fault, Result};
use crate::taking_in::WordsArgument;

/// A provider's table in `sources.toml`.
#[derive(Deserialize)]
pub(crate) struct Provider {
    /// Its document, relative to `sources.toml`; else `<provider>/upstream.json`.
    document: Option<String>,
    /// The https address that `update-spec` reads it from, unless it is told another place.
    pub(crate) from: Option<String>,
    /// The address that holds all of its files, where the entry does not lie at its top.
    pub(crate) root: Option<String>,
    /// What becomes of upstream's sentences, where it is not that they go.
    pub(crate) words: Option<WordsArgument>,
    /// Extensions of upstream's that are facts, and stay when its sentences go.
    #[serde(default)]
    pub(crate) extensions: Vec<String>,
    /// What of it is taken: all where nothing is selected.
    #[serde(default)]
    operations: Vec<Selector>,
    /// The day from which it is.
    pub(crate) date: Option<String>,
    /// The commit of upstream's that it is, where that is known.
    pub(crate) commit: Option<String>,
    /// Of the structure that is kept, once it was taken in.
    pub(crate) sha256: Option<String>,
}

/// A path that a program finds too which is started in another folder.
pub(crate) fn absolute(path: impl AsRef<Path>) -> Result<PathBuf> {
    let path = path.as_ref();
    std::path::absolute(path).map_err(|error| Fault::path(path, "resolved", &error))
}

/// Every provider's inputs, in the order of their names; `spec` holds `sources.toml`.
pub(crate) fn read(spec: &Path) -> Result<Vec<Source>> {
    let all = list(spec)?;
    all.iter()
        .map(|(name, provider)| provider.read(spec, name))
        .collect()
}

/// One provider's inputs.
pub(crate) fn source(spec: &Path, name: &str) -> Result<Source> {
    provider(spec, name)?.read(spec, name)
}

/// The providers' names, in their order.
pub(crate) fn names(spec: &Path) -> Result<Vec<String>> {
    Ok(list(spec)?.into_keys().collect())
}

/// The table of a provider.
pub(crate) fn provider(spec: &Path, name: &str) -> Result<Provider> {
    let mut all = list(spec)?;
    all.remove(name).ok_or_else(|| {
        let known: Vec<&str> = all.keys().map(String::as_str).collect();
        Fault::new(format!(
            "{} has no provider `{name}`; it has {}, and `cargo xtask new-provider` adds one",
            spec.join(LIST).display(),
            known.join(" and ")
        ))
    })
}

impl Provider {
    /// The path of its document below the folder of `sources.toml`.
    pub(crate) fn document(&self, name: &str) -> String {
        let own = || format!("{name}/upstream.json");
        self.document.clone().unwrap_or_else(own)
    }

    /// Its inputs as they are on disk. A document that was written by `update-spec` must still be what it wrote.
    fn read(&self, spec: &Path, name: &str) -> Result<Source> {
        let path = spec.join(self.document(name));
        let document = text(&path)?;
        if self
            .sha256
            .as_ref()
            .is_some_and(|sum| *sum != sha256(&document))
        {
            return Err(Fault::new(format!(
                "{} was changed by hand: it is not what {} has the sha256 of; correct it in overlay.yaml, and take \
                 upstream's in with `cargo xtask update-spec {name}`",
                path.display(),
                spec.join(LIST).display()
            )));
        }
        self.source(spec, name, document)
    }

    /// Its inputs, with a document's text that may be another than the one on disk.
    pub(crate) fn source(&self, spec: &Path, name: &str, document: String) -> Result<Source> {
        let path = spec.join(self.document(name));
        let overlay = path.with_file_name("overlay.yaml");
        let words = path.with_file_name("words.yaml");
        Ok(Source {
            document,
            document_file: path.display().to_string(),
            words: existing(&words)?,
            words_file: words.display().to_string(),
            overlay: text(&overlay)?,
            overlay_file: overlay.display().to_string(),
            operations: self.operations.clone(),
            date: self.date.clone(),
        })
    }
}

/// The files in a folder and those below it, sorted.
pub(crate) fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in entries(&folder)? {
            match path.is_dir() {
                true => folders.push(path),
                false => found.push(path),
            }
        }
    }
    found.sort();
    Ok(found)
}

/// A checksum as `sha256sum` prints it.
pub(crate) fn sha256(text: &str) -> String {
    hexadecimal(&Sha256::digest(text.as_bytes()))
}

pub(crate) fn hexadecimal(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The name of the list of providers.
pub(crate) const LIST: &str = "sources.toml";

fn list(spec: &Path) -> Result<BTreeMap<String, Provider>> {
    let list = spec.join(LIST);
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

/// A file's text, or nothing where there is no such file yet.
pub(crate) fn existing(path: &Path) -> Result<Option<String>> {
    if path.exists() {
        text(path).map(Some)
    } else {
        Ok(None)
    }
}
