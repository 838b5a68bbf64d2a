//! The words of a document, tidied.

use serde_json::{Map, Value};

pub(super) fn flag(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

pub(super) fn text(object: &Map<String, Value>, key: &str) -> String {
    object
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

pub(super) fn doc(schema: &Value) -> String {
    // More is said after it: bounds, who frees, what stands for nothing.
    sentence(
        schema
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default(),
    )
}

/// Adds a paragraph.
pub(super) fn append(doc: &mut String, paragraph: &str) {
    if !doc.is_empty() {
        doc.push_str("\n\n");
    }
    doc.push_str(paragraph);
}

/// One space between words and no blank ends; paragraphs stay apart.
pub(super) fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n")
        .split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|paragraph| !paragraph.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

pub(super) fn sentence(text: &str) -> String {
    let text = tidy(text);
    let last = text.trim_end_matches(['"', '\'', '`', ')', ']', '*', '_']);
    if text.is_empty() || last.ends_with(['.', '?', '!', ':', ';', '…', '。', '！', '？']) {
        text
    } else {
        format!("{text}.")
    }
}

/// The first sentence, and the rest.
pub(super) fn split_sentence(text: &str) -> (String, String) {
    match text.split_once(". ") {
        Some((first, rest)) => (sentence(first), rest.to_owned()),
        None => (sentence(text), String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_once_and_has_single_blanks() {
        assert_eq!(sentence(" Gives  it\nback "), "Gives it back.");
        assert_eq!(sentence("Done (really.)"), "Done (really.)");
        assert_eq!(tidy("a\r\nb\n\n\n\nc"), "a b\n\nc");
        assert_eq!(
            split_sentence("One. Two. Three"),
            ("One.".to_owned(), "Two. Three".to_owned())
        );
    }
}
