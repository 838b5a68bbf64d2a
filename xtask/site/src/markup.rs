//! Markdown and HTML, as all that makes pages takes them.

use mdbook_markdown::MarkdownOptions;

/// What mdBook takes Markdown to be.
pub(crate) fn options() -> MarkdownOptions {
    let mut options = MarkdownOptions::default();
    options.smart_punctuation = false;
    options
}

/// A text as HTML has it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
