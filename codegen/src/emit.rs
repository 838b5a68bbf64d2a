//! From the IR to files: every emitter reads the IR, none reads YAML, none names a provider.

pub mod c;
pub mod c_describe;
pub mod c_dispatch;
pub mod cases;
pub(crate) mod checks;
pub mod cpp;
pub mod cpp_describe;
pub mod cpp_dispatch;
pub mod errors;
pub mod fault_cases;
pub(crate) mod prose;
pub mod rust;
pub mod rust_cases;
pub mod rust_client;
pub(crate) mod wait_options;

use crate::{Document, FileSet, Result, ir::Api};

/// The files of one provider.
pub fn provider(document: &Document, api: &Api) -> Result<FileSet> {
    let name = &api.provider.name;
    let mut files = FileSet::default();
    // JSON has no comments, so the banner is a field, before all others.
    let mut marked = serde_json::Map::new();
    marked.insert("x-snapline-generated".to_owned(), rust::BANNER.into());
    marked.extend(document.root.as_object().cloned().unwrap_or_default());
    // A `Value` cannot fail to serialise: its keys are strings and its numbers finite.
    let text = serde_json::to_string_pretty(&marked).unwrap_or_default();
    files.add(format!("spec/{name}/normalised.json"), text);
    let folder = format!("crates/{name}/src/generated");
    files.merge(rust_client::emit(document, api, &folder)?);
    files.merge(crate::face::rust::emit(api, &folder)?);
    files.merge(cases::emit(api));
    files.merge(fault_cases::emit(api));
    files.merge(rust_cases::emit(api)?);
    files.merge(crate::face::python::emit(api)?);
    Ok(files)
}

/// The files that span providers; `abi_lock` is the text of the lock to go on from.
pub fn all(apis: &[Api], abi_lock: Option<&str>) -> Result<FileSet> {
    let mut files = FileSet::default();
    files.merge(crate::face::rust::settings::emit()?);
    files.merge(rust_cases::index(apis)?);
    files.merge(c::emit(apis, abi_lock)?);
    files.merge(c_describe::emit(apis));
    files.merge(c_dispatch::emit(apis));
    files.merge(cpp::emit(apis)?);
    files.merge(cpp_describe::emit(apis));
    files.merge(cpp_dispatch::emit(apis));
    files.merge(errors::emit()?);
    files.merge(crate::face::python::index(apis)?);
    Ok(files)
}
