//! Text in, document out: YAML or JSON, OpenAPI 3.0, with every reference and id in order.

use std::collections::HashMap;

use serde_json::Value;
use serde_saphyr::budget::BudgetBreach;

use crate::document::{Document, each_reference};
use crate::error::{Collected, Error, Errors, Result};
use crate::openapi_3_1;

/// The field of `upstream.json` that is ours: JSON has no comments.
pub const RECORD: &str = "x-snapline-upstream";

/// Reads an OpenAPI 3.0 document. What is in it is looked at once the overlay has mended it: [`check_document`].
pub fn parse_document(file: &str, text: &str) -> Result<Document> {
    let mut root = parse_value(file, text)?;
    openapi_3_1::lower(&mut root);
    check_version(file, &root)?;
    if let Some(root) = root.as_object_mut() {
        root.shift_remove(RECORD);
    }
    Ok(Document::new(file, root))
}

/// Checks that it is a version of OpenAPI that is understood here.
pub fn check_version(file: &str, root: &Value) -> Result<()> {
    let version = match root.get("openapi") {
        Some(Value::String(version)) => version,
        Some(other) => {
            return Err(Error::new(
                file,
                "/openapi",
                format!("the version `{other}` is not a text"),
                "write it as `openapi: 3.0.3`",
            ));
        }
        None => {
            let what = match root.get("swagger") {
                Some(_) => "this is Swagger, not OpenAPI",
                None => "there is no `openapi` field",
            };
            return Err(Error::new(
                file,
                "",
                what,
                "give an OpenAPI 3.0 document (`openapi: 3.0.x` at the top)",
            ));
        }
    };
    if !version.starts_with("3.0.") {
        return Err(Error::new(
            file,
            "/openapi",
            format!("this is OpenAPI {version}"),
            "give an OpenAPI 3.0 or 3.1 document; convert other versions first",
        ));
    }
    Ok(())
}

/// Reads YAML or JSON into a value whose top is an object.
pub fn parse_value(file: &str, text: &str) -> Result<Value> {
    if text.len() > MOST_BYTES {
        return Err(Error::new(
            file,
            "",
            format!(
                "the document has {} MiB, more than {}",
                text.len() >> 20,
                MOST_BYTES >> 20
            ),
            "take the part of it that is wanted, such as `cargo xtask update-spec` does by `operations`",
        ));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(|error| {
            Error::new(
                file,
                "",
                format!("this is not JSON: {error}"),
                "correct the text at that line",
            )
        })?
    } else {
        // A provider's whole document is larger than the default budget, but no deeper.
        // One level more than is taken, so that the limit is told in our own words.
        let budget = serde_saphyr::budget! {
            max_depth: DEPTH + 1,
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            enforce_alias_anchor_ratio: false,
        };
        // As OpenAPI says, YAML 1.2: a field `n` and the country `NO` are texts.
        let options = serde_saphyr::options! { budget: budget, strict_booleans: true };
        serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| yaml_error(file, &error))?
    };
    if !value.is_object() {
        return Err(Error::new(
            file,
            "",
            "the top of the document is not a mapping",
            "give a document with named fields, such as `openapi`, `info` and `paths`",
        ));
    }
    if deeper(&value, DEPTH) {
        return Err(Error::new(
            file,
            "",
            format!("the document is nested more than {DEPTH} levels deep"),
            "make components of its inner parts, and refer to them",
        ));
    }
    Ok(value)
}

/// The longest text taken: the largest public documents have a third of it.
const MOST_BYTES: usize = 64 << 20;

/// The deepest nesting taken, in YAML and JSON alike: all that walks a document does so by
/// recursion.
const DEPTH: usize = 32;

fn deeper(value: &Value, levels: usize) -> bool {
    let inside = levels.checked_sub(1);
    let over = |inner: &Value| inside.is_none_or(|levels| deeper(inner, levels));
    match value {
        Value::Object(object) => inside.is_none() || object.values().any(over),
        Value::Array(items) => inside.is_none() || items.iter().any(over),
        _ => false,
    }
}

/// What is wrong with a text that is to be YAML.
fn yaml_error(file: &str, error: &serde_saphyr::Error) -> Error {
    let place = error.location().map_or_else(String::new, |at| {
        format!(": line {} column {}", at.line(), at.column())
    });
    let mut cause = error;
    while let serde_saphyr::Error::AliasError { error, .. }
    | serde_saphyr::Error::WithSnippet { error, .. } = cause
    {
        cause = error;
    }
    match cause {
        serde_saphyr::Error::Budget {
            breach: BudgetBreach::Depth { .. },
            ..
        } => Error::new(
            file,
            "",
            format!("the document is nested more than {DEPTH} levels deep{place}"),
            "make components of its inner parts, and refer to them",
        ),
        serde_saphyr::Error::Budget { .. }
        | serde_saphyr::Error::AliasReplayLimitExceeded { .. }
        | serde_saphyr::Error::AliasExpansionLimitExceeded { .. }
        | serde_saphyr::Error::AliasReplayStackDepthExceeded { .. } => Error::new(
            file,
            "",
            format!("anchors and their aliases make the document too large{place}"),
            "make components of what is used many times, and refer to them by `$ref`",
        ),
        _ => Error::new(
            file,
            "",
            format!("this is not YAML: {}", one_line(&error.to_string())),
            "correct the text at that line",
        ),
    }
}

fn one_line(text: &str) -> String {
    let line = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("unreadable");
    // What the parser says to its caller is no help to who wrote the text.
    let line = line.strip_prefix("error: ").unwrap_or(line);
    line.split(", set DuplicateKeyPolicy")
        .next()
        .unwrap_or(line)
        .to_owned()
}

/// Checks what the later steps take for granted: references and operation ids. The overlay may have changed either.
pub fn check_document(document: &Document) -> Result<(), Errors> {
    let mut faults = Collected::default();
    let walked = each_reference(&document.root, "", &mut |at, reference| {
        faults.part(check_reference(document, at, reference));
        Ok(())
    });
    faults.part(walked);
    if !document.root.get("paths").is_some_and(Value::is_object) {
        faults.fault(document.error(
            "",
            "there are no paths",
            "give a document that describes at least one operation",
        ));
    }
    let mut seen: HashMap<&str, String> = HashMap::new();
    for (pointer, path, method, operation) in document.operations() {
        let Some(id) = operation.get("operationId").and_then(Value::as_str) else {
            faults.fault(document.error(
                pointer,
                format!("{} {path} has no operationId", method.to_uppercase()),
                "give it one; add it in the overlay where the document is not ours",
            ));
            continue;
        };
        if let Some(first) = seen.get(id) {
            faults.fault(document.error(
                pointer,
                format!("the operation id `{id}` is used by {first} already"),
                "give one of the two another operationId",
            ));
            continue;
        }
        seen.insert(id, pointer);
    }
    faults.done()
}

fn check_reference(document: &Document, at: &str, reference: &str) -> Result<()> {
    document.resolve(reference, at)?;
    // The passes move components as wholes, so a place inside one would be lost.
    if reference
        .strip_prefix("#/components/")
        .is_none_or(|rest| rest.split('/').count() != 2)
    {
        return Err(document.error(
            at,
            format!("the reference `{reference}` does not lead to a component"),
            "make what it names a component of its own, and refer to that",
        ));
    }
    Ok(())
}
