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
pub mod openapi_3_1;
pub mod overlay;
pub mod parse;
pub mod pointer;
mod refuse;
pub mod samples;
pub mod select;
mod spelling;
pub mod surface;
pub mod update;
pub mod words;
mod written;

pub use document::Document;
pub use error::{Error, Errors, Result};
pub use face::c::Header;
pub use face::programs::{Programs, Run};
pub use face::rust::by_resource::Feature;
pub use file_set::FileSet;
pub use finding::Finding;
pub use refuse::Refusal;
pub use select::Selector;

use std::collections::{BTreeMap, BTreeSet};

use finding::Kind;
use rayon::prelude::*;
use refuse::Refused;

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

impl Source {
    /// The text of one of its files.
    pub fn text(&self, file: &str) -> Option<&str> {
        let files = [
            (&self.document_file, Some(&self.document)),
            (&self.overlay_file, Some(&self.overlay)),
            (&self.words_file, self.words.as_ref()),
        ];
        let mut files = files.into_iter();
        let (_, text) = files.find(|(name, _)| *name == file)?;
        text.map(String::as_str)
    }
}

/// From text to the document as our words and corrections make it, as far as it goes; what should be looked at is
/// added to `found`.
fn overlay(source: &Source, refused: &mut Refused, found: &mut Vec<Finding>) -> Option<Document> {
    let parsed = parse::parse_document(&source.document_file, &source.document);
    let mut document = refused.all(parsed)?;
    if let Some(words) = &source.words {
        let laid = words::lay_words(&mut document, &source.words_file, words);
        found.extend(refused.all(laid).unwrap_or_default());
    }
    let laid = overlay::lay_overlay(&mut document, &source.overlay_file, &source.overlay);
    found.extend(refused.all(laid).unwrap_or_default());
    if !refused.is_empty() {
        // What a document lacks that was not mended is no fault of its own.
        return None;
    }
    // What is wanted is looked for before anything is left out.
    let selection = select::selection(&document, &source.operations);
    refused.check(&mut document, parse::check_document)?;
    let chosen = refused.all(selection)?.chosen;
    let kept = match source.operations.is_empty() {
        true => select::prune(&mut document),
        false => select::keep(&mut document, &chosen),
    };
    refused.all(kept)?;
    found.extend(words::fill(&mut document));
    Some(document)
}

/// What was made, unless anything was refused: then all of that, each error with the place where it is written.
fn made<T>(source: &Source, made: Option<T>, refused: Refused) -> Result<T, Errors> {
    let told = refused.done().map_err(|mut errors| {
        written::locate(source, errors.iter_mut());
        errors
    });
    told.and_then(|()| {
        made.ok_or_else(|| {
            Error::of_generator(&source.document_file, "nothing was made of it").into()
        })
    })
}

/// From text to the document as our words and corrections make it.
pub fn overlaid(source: &Source) -> Result<Document, Errors> {
    let (mut refused, mut found) = (Refused::default(), Vec::new());
    let document = overlay(source, &mut refused, &mut found);
    refused.all(overlay::refuse_stale(found));
    made(source, document, refused)
}

/// From text to the normalised document: exactly what progenitor is given.
pub fn lower(source: &Source) -> Result<Document, Errors> {
    let (mut refused, mut found) = (Refused::default(), Vec::new());
    let mut document = overlay(source, &mut refused, &mut found);
    refused.all(overlay::refuse_stale(found));
    document = document.and_then(|mut document| {
        normalise::normalise(&mut document, &mut refused)?;
        Some(document)
    });
    made(source, document, refused)
}

/// A provider's document, read as far as it goes.
#[derive(Debug)]
pub struct Reading {
    /// The normalised document and the model of it, unless something is wrong with the document.
    model: Option<(Document, ir::Api)>,
    /// Everything a person should look at, worst first: all that is wrong, and what is none the less odd.
    pub findings: Vec<Finding>,
    /// The operations that an error is about: without them there is none of those that were found.
    pub refused: Vec<Refusal>,
}

impl Reading {
    /// Reads the inputs of all providers, as many at once as there are cores.
    pub fn all(sources: &[Source]) -> Vec<Self> {
        sources.par_iter().map(Self::of).collect()
    }

    /// Reads a provider's inputs.
    pub fn of(source: &Source) -> Self {
        let (mut refused, mut findings) = (Refused::default(), Vec::new());
        let document = overlay(source, &mut refused, &mut findings);
        let whole = document.clone();
        let model = document.and_then(|mut document| {
            normalise::normalise(&mut document, &mut refused)?;
            let mut api = refused.step(&mut document, |document| ir::build(document))?;
            api.provider.date.clone_from(&source.date);
            findings.extend(ir::unknown_states(&document, &api));
            let passed_over = document.passed_over.drain(..);
            findings.extend(passed_over.map(|error| Finding::new(Kind::PassedOver, error)));
            Some((document, api))
        });
        let mut refusals = Vec::new();
        if let Err(errors) = refused.done() {
            if let Some(whole) = &whole {
                refusals = refuse::refusals(whole, &errors);
            }
            let errors = errors.into_iter();
            findings.extend(errors.map(|error| Finding::new(Kind::Error, error)));
        }
        written::locate(
            source,
            findings.iter_mut().map(|finding| &mut finding.error),
        );
        findings.sort_by_key(|finding| finding.kind);
        Self {
            model,
            findings,
            refused: refusals,
        }
    }

    /// What keeps files from being made.
    pub fn errors(&self) -> impl Iterator<Item = Error> {
        let findings = self.findings.iter();
        let errors = findings.filter(|one| one.kind.is_error());
        errors.map(|one| one.error.clone())
    }
}

/// What is made of the providers' documents.
#[derive(Debug)]
pub struct Generated {
    /// Every generated file besides those that are made with cbindgen.
    pub files: FileSet,
    /// What the C headers are made from.
    pub headers: Vec<Header>,
    /// The features of each provider's crate, for its manifest.
    pub features: BTreeMap<String, Vec<Feature>>,
}

/// From the providers' documents to every generated file, as if for the first time.
pub fn generate(sources: &[Source]) -> Result<FileSet, Errors> {
    generate_with_lock(sources, None).map(|made| made.files)
}

/// From the providers' documents to every generated file, and to what manifests and C headers are made from.
///
/// `abi_lock` is the text of `bindings/c/abi.lock` as it stands: numbers in it are kept. The headers and
/// `abi.txt` are made by `cargo xtask regenerate` with cbindgen, which reads files and so is kept out of here.
pub fn generate_with_lock(sources: &[Source], abi_lock: Option<&str>) -> Result<Generated, Errors> {
    generate_of(Reading::all(sources), abi_lock)
}

/// The same of documents that were read.
pub fn generate_of(readings: Vec<Reading>, abi_lock: Option<&str>) -> Result<Generated, Errors> {
    Errors::of(readings.iter().flat_map(Reading::errors).collect())?;
    let models = readings.into_iter().filter_map(|reading| reading.model);
    let (documents, apis): (Vec<Document>, Vec<ir::Api>) = models.unzip();
    let mut taken = BTreeSet::new();
    for (document, api) in documents.iter().zip(&apis) {
        let provider = &api.provider;
        for (field, said, what) in [
            ("name", &provider.name, "is of the provider"),
            ("prefix", &provider.prefix, "has the prefix"),
        ] {
            if !taken.insert((field, said)) {
                return Err(document
                    .error(
                        format!("/info/x-snapline-provider/{field}"),
                        format!("another document {what} `{said}` too"),
                        format!("give each provider a {field} of its own in its overlay"),
                    )
                    .into());
            }
        }
    }
    let own = || -> Vec<Result<(FileSet, Vec<Feature>)>> {
        let each = documents.par_iter().zip(&apis);
        each.map(|(document, api)| provider(document, api))
            .collect()
    };
    let (own, spanning) = rayon::join(own, || spanning(&apis, abi_lock));
    let mut files = FileSet::default();
    let mut features = BTreeMap::new();
    for (api, made) in apis.iter().zip(own) {
        let (own, of_crate) = made?;
        files.merge(own);
        features.insert(api.provider.name.clone(), of_crate);
    }
    files.merge(spanning?);
    Ok(Generated {
        files,
        headers: face::c::headers(&apis),
        features,
    })
}

/// A model of each provider's API.
fn apis(sources: &[Source]) -> Result<Vec<ir::Api>, Errors> {
    let readings = Reading::all(sources);
    Errors::of(readings.iter().flat_map(Reading::errors).collect())?;
    let models = readings.into_iter().filter_map(|reading| reading.model);
    Ok(models.map(|(_, api)| api).collect())
}

/// The samples of all calls in every language, as programs that the tests run.
pub fn samples(sources: &[Source]) -> Result<Programs, Errors> {
    Ok(face::programs::programs(&apis(sources)?)?)
}

/// The pages of the reference, below `reference`.
pub fn reference(sources: &[Source]) -> Result<FileSet, Errors> {
    Ok(face::docs::emit(&apis(sources)?)?)
}

/// The files of one provider, and the features of its crate.
fn provider(document: &Document, api: &ir::Api) -> Result<(FileSet, Vec<Feature>)> {
    let folder = format!("crates/{}/src/generated", api.provider.name);
    let (of_crate, others) = rayon::join(
        || face::rust::emit(document, api, &folder),
        || {
            together(&[
                &|| face::python::emit(api),
                &|| Ok(emit::cases::emit(api)),
                &|| Ok(emit::fault_cases::emit(api)),
                &|| face::rust::agent::emit(api),
                &|| Ok(normalised(document, api)),
            ])
        },
    );
    let (mut files, features) = of_crate?;
    files.merge(others?);
    Ok((files, features))
}

/// The document as everything else is made of it, to be read and for the mock.
fn normalised(document: &Document, api: &ir::Api) -> FileSet {
    let name = &api.provider.name;
    let mut files = FileSet::default();
    files.add(
        format!("spec/{name}/normalised.json"),
        document.marked(emit::rust::BANNER),
    );
    // Within the crate, which is packed by itself.
    files.add(
        format!("crates/mock/src/generated/{name}.json"),
        document.compact(emit::rust::BANNER),
    );
    files
}

/// The files that span providers.
fn spanning(apis: &[ir::Api], abi_lock: Option<&str>) -> Result<FileSet> {
    together(&[
        &|| face::c::emit(apis, abi_lock),
        &|| face::cpp::emit(apis),
        &|| face::cpp::agent(apis),
        &|| face::cli::emit(apis),
        &|| emit::providers::emit(apis),
        &|| emit::errors::emit(),
        &|| face::rust::settings::emit(),
        &|| face::rust::agent::index(apis),
        &|| face::python::index(apis),
    ])
}

/// Makes sets of files, as many at once as there are cores: each is made of the models alone. The first that cannot be
/// made is told.
fn together(parts: &[&(dyn Fn() -> Result<FileSet> + Sync)]) -> Result<FileSet> {
    let made: Vec<Result<FileSet>> = parts.par_iter().map(|part| part()).collect();
    let mut files = FileSet::default();
    for part in made {
        files.merge(part?);
    }
    Ok(files)
}
