//! From the IR to files: every emitter reads the IR, none reads YAML, none names a provider.

pub mod cases;
pub(crate) mod checks;
pub mod rust;
pub mod rust_api;
pub mod rust_cases;
pub mod rust_client;

use crate::{Document, FileSet, Result, ir::Api};

/// The files of one provider.
pub fn provider(document: &Document, api: &Api) -> Result<FileSet> {
    let name = &api.provider.name;
    let mut files = FileSet::default();
    // A `Value` cannot fail to serialise: its keys are strings and its numbers finite.
    let text = serde_json::to_string_pretty(&document.root).unwrap_or_default();
    files.add(format!("spec/{name}/normalised.json"), text);
    let folder = format!("crates/{name}/src/generated");
    files.merge(rust_client::emit(document, api, &folder)?);
    files.merge(rust_api::emit(api, &folder)?);
    files.merge(cases::emit(api));
    files.merge(rust_cases::emit(api)?);
    Ok(files)
}

/// The files that span providers.
pub fn all(apis: &[Api]) -> Result<FileSet> {
    let mut files = FileSet::default();
    files.merge(rust_cases::index(apis)?);
    Ok(files)
}
