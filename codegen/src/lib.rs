//! Turns an OpenAPI document and its overlay into the sources of snapline.
//!
//! Pure: documents in, files out. The whole way is on this screen: parse, words, overlay, select, normalise;
//! then the IR; then progenitor and the faces. `cargo xtask regenerate` adds the C headers and `abi.txt`. The way
//! of a provider's many files into our document is `bundle.rs` and `update.rs`.

pub mod bundle;
pub mod cases;
pub mod changes;
pub mod diff;
pub mod document;
pub mod emit;
pub mod error;
pub mod face;
pub mod file_set;
pub mod finding;
pub mod guess;
pub mod ir;
mod keywords;
mod left_out;
pub mod normalise;
pub mod overlay;
pub mod parse;
pub mod pointer;
pub mod samples;
pub mod select;
mod spelling;
pub mod surface;
pub mod update;
pub mod words;

pub use document::Document;
pub use error::{Error, Result};
pub use face::c::Header;
pub use face::programs::{Programs, Run};
pub use file_set::FileSet;
pub use finding::Finding;
pub use select::Selector;

/// One provider's inputs, as text, with the names to use for them in errors.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// File name of the OpenAPI document.
    pub document_file: String,
    /// The OpenAPI document, YAML or JSON.
    pub document: String,
    /// File name of the words.
    pub words_file: String,
    /// Our sentences and examples for it, an overlay in YAML or JSON; none where the document has its own.
    pub words: Option<String>,
    /// File name of the overlay.
    pub overlay_file: String,
    /// The overlay with corrections and the behaviour model, YAML or JSON.
    pub overlay: String,
    /// The operations wanted; all where none is selected.
    pub operations: Vec<Selector>,
    /// The day from which the document is, where that is known.
    pub date: Option<String>,
}

/// From text to the document as our words and corrections make it; what should be looked at is added to `found`.
fn read(source: &Source, found: &mut Vec<Finding>) -> Result<Document> {
    let mut document = parse::parse_document(&source.document_file, &source.document)?;
    if let Some(words) = &source.words {
        found.extend(words::lay_words(&mut document, &source.words_file, words)?);
    }
    let stale = overlay::lay_overlay(&mut document, &source.overlay_file, &source.overlay)?;
    found.extend(stale);
    parse::check_document(&document)?;
    select::select(&mut document, &source.operations)?;
    found.extend(words::fill(&mut document));
    Ok(document)
}

/// From text to the document as our words and corrections make it.
pub fn overlaid(source: &Source) -> Result<Document> {
    let mut found = Vec::new();
    let document = read(source, &mut found);
    overlay::refuse_stale(found)?;
    document
}

/// From text to the normalised document: exactly what progenitor is given.
pub fn lower(source: &Source) -> Result<Document> {
    let mut document = overlaid(source)?;
    normalise::normalise(&mut document)?;
    Ok(document)
}

/// From the providers' documents to every generated file, as if for the first time.
pub fn generate(sources: &[Source]) -> Result<FileSet> {
    generate_with_lock(sources, None).map(|(files, _)| files)
}

/// From the providers' documents to every generated file, and to what the C headers are made from.
///
/// `abi_lock` is the text of `bindings/c/abi.lock` as it stands: numbers in it are kept. The headers and
/// `abi.txt` are made by `cargo xtask regenerate` with cbindgen, which reads files and so is kept out of here.
pub fn generate_with_lock(
    sources: &[Source],
    abi_lock: Option<&str>,
) -> Result<(FileSet, Vec<Header>)> {
    let mut files = FileSet::default();
    let mut apis = Vec::new();
    for source in sources {
        let document = lower(source)?;
        let mut api = ir::build(&document)?;
        api.provider.date.clone_from(&source.date);
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
        files.merge(provider(&document, &api)?);
        apis.push(api);
    }
    files.merge(spanning(&apis, abi_lock)?);
    Ok((files, face::c::headers(&apis)))
}

/// A model of each provider's API.
fn apis(sources: &[Source]) -> Result<Vec<ir::Api>> {
    sources
        .iter()
        .map(|source| ir::build(&lower(source)?))
        .collect()
}

/// The samples of all calls in every language, as programs that the tests run.
pub fn samples(sources: &[Source]) -> Result<Programs> {
    face::programs::programs(&apis(sources)?)
}

/// The pages of the reference, below `reference`.
pub fn reference(sources: &[Source]) -> Result<FileSet> {
    face::docs::emit(&apis(sources)?)
}

/// The files of one provider.
fn provider(document: &Document, api: &ir::Api) -> Result<FileSet> {
    let name = &api.provider.name;
    let mut files = FileSet::default();
    files.add(
        format!("spec/{name}/normalised.json"),
        document.marked(emit::rust::BANNER),
    );
    let folder = format!("crates/{name}/src/generated");
    files.merge(face::rust::progenitor::emit(document, api, &folder)?);
    files.merge(face::rust::emit(api, &folder)?);
    files.merge(face::rust::client::emit(api, &folder)?);
    files.merge(face::rust::agent::emit(api)?);
    files.merge(face::python::emit(api)?);
    files.merge(emit::cases::emit(api));
    files.merge(emit::fault_cases::emit(api));
    Ok(files)
}

/// The files that span providers.
fn spanning(apis: &[ir::Api], abi_lock: Option<&str>) -> Result<FileSet> {
    let mut files = FileSet::default();
    files.merge(emit::providers::emit(apis)?);
    files.merge(emit::errors::emit()?);
    files.merge(face::rust::settings::emit()?);
    files.merge(face::rust::agent::index(apis)?);
    files.merge(face::python::index(apis)?);
    files.merge(face::c::emit(apis, abi_lock)?);
    files.merge(face::cpp::emit(apis)?);
    files.merge(face::cpp::agent(apis)?);
    files.merge(face::cli::emit(apis)?);
    Ok(files)
}
