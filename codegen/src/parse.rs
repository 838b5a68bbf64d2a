//! Text in, document out: YAML or JSON, OpenAPI 3.0, with every reference and id in order.

use std::collections::HashMap;

use serde_json::Value;

use crate::document::{Document, each_reference};
use crate::error::{Error, Result};

/// Reads an OpenAPI 3.0 document and checks what the later steps take for granted.
pub fn parse_document(file: &str, text: &str) -> Result<Document> {
    let root = parse_value(file, text)?;
    let version = match root.get("openapi") {
        Some(Value::String(version)) => version.clone(),
        Some(other) => other.to_string(),
        None => {
            return Err(Error::new(
                file,
                "",
                "there is no `openapi` field",
                "give an OpenAPI 3.0 document (`openapi: 3.0.x` at the top)",
            ));
        }
    };
    if !version.starts_with("3.0.") {
        return Err(Error::new(
            file,
            "/openapi",
            format!("this is OpenAPI {version}"),
            "give an OpenAPI 3.0 document; convert other versions first",
        ));
    }
    let document = Document {
        file: file.to_owned(),
        root,
    };
    check_document(&document)?;
    Ok(document)
}

/// Reads YAML or JSON into a value whose top is an object.
pub fn parse_value(file: &str, text: &str) -> Result<Value> {
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
        // The default budget guards against hostile input; a provider's whole document is larger.
        let options = serde_saphyr::options! { budget: None };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            Error::new(
                file,
                "",
                format!("this is not YAML: {}", one_line(&error.to_string())),
                "correct the text at that line",
            )
        })?
    };
    if value.is_object() {
        Ok(value)
    } else {
        Err(Error::new(
            file,
            "",
            "the top of the document is not a mapping",
            "give a document with named fields, such as `openapi`, `info` and `paths`",
        ))
    }
}

fn one_line(text: &str) -> String {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("unreadable")
        .to_owned()
}

/// Checks references and operation ids; the overlay may have changed either.
pub fn check_document(document: &Document) -> Result<()> {
    each_reference(&document.root, "", &mut |at, reference| {
        document.resolve(reference, at).map(|_| ())
    })?;
    if !document.root.get("paths").is_some_and(Value::is_object) {
        return Err(document.error(
            "/paths",
            "there are no paths",
            "give a document that describes at least one operation",
        ));
    }
    let mut seen: HashMap<&str, String> = HashMap::new();
    for (pointer, path, method, operation) in document.operations() {
        let Some(id) = operation.get("operationId").and_then(Value::as_str) else {
            return Err(document.error(
                pointer,
                format!("{} {path} has no operationId", method.to_uppercase()),
                "give it one; add it in the overlay where the document is not ours",
            ));
        };
        if let Some(first) = seen.insert(id, pointer.clone()) {
            return Err(document.error(
                pointer,
                format!("the operation id `{id}` is used by {first} already"),
                "give one of the two another operationId",
            ));
        }
    }
    Ok(())
}
