//! Takes a provider's document in: the part that is selected, without its sentences.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value, json};

use crate::changes::{Offered, Report, compare_with};
use crate::document::{Document, join};
use crate::error::{Errors, Result};
use crate::finding::Finding;
use crate::parse::RECORD;
use crate::select::{Offer, Selection, keep, selection};
use crate::{Reading, Source, left_out, overlay, parse, words};

/// What becomes of the provider's sentences and examples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// They stay.
    Keep,
    /// They go, and so do its extensions but for these.
    Strip {
        /// Names of extensions that are facts, such as the permissions that a call needs.
        extensions: Vec<String>,
    },
}

/// What was taken in of a provider's document.
#[derive(Debug)]
pub struct Taken {
    /// `upstream.json`: the structure of the operations selected and of what they reach.
    pub document: Document,
    /// Fields that are required, and that the provider's own examples leave out.
    pub left_out: Vec<Finding>,
}

/// Takes in what `source` selects of a provider's whole document; `source.document` is not looked at.
///
/// What is selected is judged by the document as the overlay mends it, since upstream may lack ids, and what is
/// kept is as upstream has it.
pub fn take(whole: Value, source: &Source, words: &Words) -> Result<Taken, Errors> {
    let mut raw = Document::new(&source.document_file, whole);
    parse::check_version(&raw.file, &raw.root)?;
    let mut mended = raw.clone();
    overlay::lay_overlay(&mut mended, &source.overlay_file, &source.overlay)?;
    let Selection { chosen, others } = selection(&mended, &source.operations)?;
    keep(&mut mended, &chosen)?;
    let left_out = left_out::find(&mended);
    if let Words::Strip { extensions } = words {
        raw.root = words::strip(&raw.root, extensions);
    }
    keep(&mut raw, &chosen)?;
    keep_what_is_named(&mut raw);
    sort_components(&mut raw);
    record(&mut raw, &others);
    Ok(Taken {
        document: raw,
        left_out,
    })
}

/// What changed from one version of a document that was taken in to another, as the overlay mends both.
pub fn changes(before: &Source, after: &Source) -> Result<Report, Errors> {
    let (old, new) = (parsed(before)?, parsed(after)?);
    let offered = Offered {
        old: not_selected(&old.root),
        new: not_selected(&new.root),
    };
    Ok(compare_with(
        &mended(old, before)?,
        &mended(new, after)?,
        &offered,
    ))
}

fn parsed(source: &Source) -> Result<Document> {
    let root = parse::parse_value(&source.document_file, &source.document)?;
    Ok(Document::new(&source.document_file, root))
}

/// The document as the overlay makes it, whether or not files can be made of it.
fn mended(mut document: Document, source: &Source) -> Result<Value, Errors> {
    overlay::lay_overlay(&mut document, &source.overlay_file, &source.overlay)?;
    Ok(document.root)
}

/// What a document that was taken in says that upstream offers beside it.
pub fn not_selected(document: &Value) -> BTreeMap<String, Offer> {
    let offered = document.pointer(&join("", &[RECORD, "not_selected"]));
    offered
        .and_then(|offered| serde_json::from_value(offered.clone()).ok())
        .unwrap_or_default()
}

/// Everything a person should look at in a document, worst first.
pub fn findings(source: &Source) -> Vec<Finding> {
    Reading::of(source).findings
}

/// Drops the tags and ways to authenticate that no operation names, which no reference leads to.
fn keep_what_is_named(document: &mut Document) {
    let mut tags = HashSet::new();
    let mut schemes = HashSet::new();
    let requirements = |value: Option<&Value>, into: &mut HashSet<String>| {
        let list = value.and_then(Value::as_array).into_iter().flatten();
        into.extend(
            list.filter_map(Value::as_object)
                .flat_map(|one| one.keys().cloned()),
        );
    };
    requirements(document.root.get("security"), &mut schemes);
    for (_, _, _, operation) in document.operations() {
        requirements(operation.get("security"), &mut schemes);
        let own = operation.get("tags").and_then(Value::as_array);
        tags.extend(own.into_iter().flatten().cloned());
    }
    if let Some(declared) = document.root.get_mut("tags").and_then(Value::as_array_mut) {
        declared.retain(|tag| tag.get("name").is_none_or(|name| tags.contains(name)));
    }
    let known = document.root.pointer_mut("/components/securitySchemes");
    if let Some(known) = known.and_then(Value::as_object_mut) {
        known.retain(|name, _| schemes.contains(name));
    }
}

/// So that a component that is new upstream is one new place in the file.
fn sort_components(document: &mut Document) {
    let components = document.root.get_mut("components");
    if let Some(components) = components.and_then(Value::as_object_mut) {
        components.sort_keys();
        for members in components.values_mut().filter_map(Value::as_object_mut) {
            members.sort_keys();
        }
    }
}

/// Puts our field before all others, and those in the order of the specification: bundlers differ there.
fn record(document: &mut Document, others: &BTreeMap<String, Offer>) {
    const FIRST: [&str; 7] = [
        "openapi",
        "info",
        "servers",
        "security",
        "tags",
        "paths",
        "components",
    ];
    let Some(rest) = document.root.as_object_mut().map(std::mem::take) else {
        return;
    };
    let mut rest: Vec<(String, Value)> = rest.into_iter().collect();
    let place = |key: &str| FIRST.iter().position(|first| *first == key);
    rest.sort_by_key(|(key, _)| place(key).unwrap_or(FIRST.len()));
    let record = json!({
        "written": "by `cargo xtask update-spec` of upstream's document; what is wrong in it is mended in overlay.yaml",
        "not_selected": others,
    });
    let mut root = Map::new();
    root.insert(RECORD.to_owned(), record);
    root.extend(rest);
    document.root = Value::Object(root);
}
