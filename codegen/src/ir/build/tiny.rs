//! Tiny documents for the tests of what is built.

use crate::ir::Api;
use crate::{Result, Source, ir, lower};

/// The IR of a document that has these paths and schemas, in YAML; or the error, as it is shown.
pub(super) fn build(paths: &str, schemas: &str) -> Result<Api, String> {
    build_with("", paths, schemas)
}

/// The same of one whose `info` says more.
pub(super) fn build_with(info: &str, paths: &str, schemas: &str) -> Result<Api, String> {
    let indented = |text: &str| match text.trim() {
        "" => "{}".to_owned(),
        text => text.replace('\n', "\n    "),
    };
    let document = format!(
        "openapi: 3.0.3\ninfo: {{title: Tiny, version: '1'{info}}}\npaths:\n    {}\ncomponents:\n  schemas:\n    {}\n",
        indented(paths),
        indented(schemas),
    );
    let source = Source {
        document_file: "tiny.yaml".to_owned(),
        document,
        overlay_file: "overlay.yaml".to_owned(),
        overlay: PROVIDER.to_owned(),
        ..Source::default()
    };
    let built = lower(&source).and_then(|document| ir::build(&document));
    built.map_err(|error| error.to_string())
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
