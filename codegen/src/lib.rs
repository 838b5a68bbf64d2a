//! Turns an OpenAPI document and its overlay into the sources of snapline.
//!
//! Pure: documents in, files out. The whole way is on this screen:
//! parse, overlay, select, normalise; then progenitor and the IR; then the emitters.

pub mod cases;
pub mod diff;
pub mod document;
pub mod emit;
pub mod error;
mod face;
pub mod file_set;
pub mod ir;
pub mod normalise;
pub mod overlay;
pub mod parse;
pub mod pointer;
pub mod select;
pub mod surface;

pub use document::Document;
pub use error::{Error, Result};
pub use file_set::FileSet;

/// One provider's inputs, as text, with the names to use for them in errors.
#[derive(Debug, Clone)]
pub struct Source {
    /// File name of the OpenAPI document.
    pub document_file: String,
    /// The OpenAPI document, YAML or JSON.
    pub document: String,
    /// File name of the overlay.
    pub overlay_file: String,
    /// The overlay, YAML or JSON.
    pub overlay: String,
    /// The operations wanted; all where none is named.
    pub operations: Vec<String>,
}

/// From text to the normalised document: exactly what progenitor is given.
pub fn lower(source: &Source) -> Result<Document> {
    let mut document = parse::parse_document(&source.document_file, &source.document)?;
    overlay::apply_overlay(&mut document, &source.overlay_file, &source.overlay)?;
    select::select(&mut document, &source.operations)?;
    normalise::normalise(&mut document)?;
    Ok(document)
}

/// From the providers' documents to every generated file, as if for the first time.
pub fn generate(sources: &[Source]) -> Result<FileSet> {
    generate_with_lock(sources, None)
}

/// From the providers' documents to every generated file.
///
/// `abi_lock` is the text of `bindings/c/abi.lock` as it stands: numbers in it are kept.
pub fn generate_with_lock(sources: &[Source], abi_lock: Option<&str>) -> Result<FileSet> {
    let mut files = FileSet::default();
    let mut apis = Vec::new();
    for source in sources {
        let document = lower(source)?;
        let api = ir::build(&document)?;
        if apis
            .iter()
            .any(|other: &ir::Api| other.provider.name == api.provider.name)
        {
            return Err(document.error(
                "/info/x-snapline-provider/name",
                format!("two documents are of the provider `{}`", api.provider.name),
                "give each provider a name of its own in its overlay",
            ));
        }
        files.merge(emit::provider(&document, &api)?);
        apis.push(api);
    }
    files.merge(emit::all(&apis, abi_lock)?);
    Ok(files)
}
