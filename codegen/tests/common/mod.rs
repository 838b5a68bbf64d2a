//! What the tests of the generator share: sources and the tiny provider.

#![allow(dead_code, reason = "each test takes what it needs")]

use snapline_codegen::Source;

/// A source whose overlay names a provider and does no more.
pub(crate) fn source(document: &str) -> Source {
    Source {
        document_file: "openapi.yaml".to_owned(),
        document: document.to_owned(),
        overlay_file: "overlay.yaml".to_owned(),
        overlay: PROVIDER.to_owned(),
        operations: Vec::new(),
    }
}

/// The invented provider that has a bit of everything.
pub(crate) fn acme() -> Source {
    Source {
        overlay: include_str!("../acme/overlay.yaml").to_owned(),
        ..source(include_str!("../acme/openapi.yaml"))
    }
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
