//! What the tests of the generator share: sources and the tiny provider.

#![allow(dead_code, reason = "each test takes what it needs")]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

pub(crate) mod built;
pub(crate) mod mutate;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use snapline_codegen::{FileSet, Source};

/// A source whose overlay names a provider and does no more.
pub(crate) fn source(document: &str) -> Source {
    Source {
        document_file: "openapi.yaml".to_owned(),
        document: document.to_owned(),
        overlay_file: "overlay.yaml".to_owned(),
        overlay: PROVIDER.to_owned(),
        ..Source::default()
    }
}

/// A document with these schemas and one operation, which answers under a status with one of them.
pub(crate) fn with_schemas(status: &str, answer: &str, schemas: &Value) -> Value {
    let answer = format!("#/components/schemas/{answer}");
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Tiny", "version": "1"},
        "paths": {"/things": {"get": {"operationId": "things_list", "responses": {status: {
            "description": "All.",
            "content": {"application/json": {"schema": {"$ref": answer}}},
        }}}}},
        "components": {"schemas": schemas},
    })
}

/// The invented provider that has a bit of everything.
pub(crate) fn acme() -> Source {
    Source {
        overlay: include_str!("../acme/overlay.yaml").to_owned(),
        ..source(include_str!("../acme/openapi.yaml"))
    }
}

/// The invented provider whose names meet in every way that C has, and whose calls meet in every language.
pub(crate) fn meeting() -> Source {
    Source {
        overlay: include_str!("../meeting/overlay.yaml").to_owned(),
        ..source(include_str!("../meeting/openapi.yaml"))
    }
}

/// The invented provider whose requests and answers are not what they commonly are.
pub(crate) fn wire() -> Source {
    Source {
        overlay: include_str!("../wire/overlay.yaml").to_owned(),
        ..source(include_str!("../wire/openapi.yaml"))
    }
}

/// The invented provider whose every text would end a comment, a string or a line where it could: `<all>`
/// in its document stands for all hostile texts, another one last each time, `<one>` for the next of them.
pub(crate) fn hostile() -> Source {
    let texts = serde_json::from_str(include_str!("../hostile/texts.json"));
    let texts: Vec<String> = texts.unwrap_or_default();
    let filled = |document: &str| {
        let mut document = serde_json::from_str(document).unwrap_or_default();
        fill(&mut document, &texts, &mut 0);
        document.to_string()
    };
    Source {
        overlay: filled(include_str!("../hostile/overlay.json")),
        ..source(&filled(include_str!("../hostile/openapi.json")))
    }
}

fn fill(value: &mut Value, texts: &[String], next: &mut usize) {
    match value {
        Value::String(text) if text == "<all>" || text == "<one>" => {
            *next = (*next + 1) % texts.len().max(1);
            let (before, after) = texts.split_at(*next);
            *text = match text.as_str() {
                "<all>" => [after, before].concat().join("\n\n"),
                _ => after.first().cloned().unwrap_or_default(),
            };
        }
        Value::Object(object) => object
            .values_mut()
            .for_each(|inner| fill(inner, texts, next)),
        Value::Array(items) => items.iter_mut().for_each(|inner| fill(inner, texts, next)),
        _ => {}
    }
}

/// Writes what differs, so that nothing is built twice.
pub(crate) fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Compares a text with a file beside the tests; with `WRITE_GOLDENS` in the environment it is written anew.
pub(crate) fn golden(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(file);
    if std::env::var_os("WRITE_GOLDENS").is_some() {
        write(&path, text);
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    let first = known
        .lines()
        .zip(text.lines())
        .find(|(old, new)| old != new);
    assert!(
        known == text,
        "{file} is not what is generated, first at {first:?}; read the difference that WRITE_GOLDENS=1 makes"
    );
}

/// What a provider's crate needs, by the repository's own versions.
pub(crate) fn manifest(name: &str) -> String {
    let wanted: String = [
        "progenitor-client",
        "reqwest",
        "serde",
        "serde_json",
        "snapline-runtime",
    ]
    .map(|name| format!("{name}.workspace = true\n"))
    .concat();
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{wanted}"
    )
}

/// The text of a generated module with those below it.
pub(crate) fn below(files: &FileSet, module: &str) -> String {
    let (file, folder) = (format!("{module}.rs"), format!("{module}/"));
    let own = files
        .iter()
        .filter(|(path, _)| *path == file || path.starts_with(&folder));
    let text: String = own.map(|(_, text)| text).collect();
    assert!(!text.is_empty(), "{module} is not generated");
    text
}

/// The repository's table of dependencies, with paths that hold from anywhere.
pub(crate) fn dependencies(root: &Path) -> String {
    fs::read_to_string(root.join("Cargo.toml"))
        .unwrap()
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("{ path = \"", &format!("{{ path = \"{}/", root.display()))
}

const PROVIDER: &str = "
overlay: 1.0.0
info: {title: Tiny, version: '1'}
actions:
  - target: $.info
    description: Who it is.
    update:
      x-snapline-provider:
        {name: tiny, prefix: ti, client: Tiny, url_variable: TINY_URL, errors: {code: [code], message: [message]}}
";
