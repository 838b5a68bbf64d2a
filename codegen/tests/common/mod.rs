//! What the tests of the generator share: sources and the tiny provider.

#![allow(dead_code, reason = "each test takes what it needs")]

use serde_json::Value;
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
