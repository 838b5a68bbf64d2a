//! `llms.txt`: all pages as Markdown, each with its first sentence, for programs that read.

use mdbook_markdown::new_cmark_parser;
use mdbook_markdown::pulldown_cmark::{Event, Tag, TagEnd};

use crate::book::Book;
use crate::markup::options;

/// The list, in the form that <https://llmstxt.org> proposes.
pub(crate) fn list(book: &Book) -> String {
    let mut out = String::from("# snapline\n");
    let mut part = None;
    for page in &book.pages {
        if part != Some(&page.part) {
            if page.part.is_empty() {
                out.push_str(&format!("\n> {}\n\n", first_sentence(&page.text)));
            } else {
                out.push_str(&format!("\n## {}\n\n", page.part));
            }
            part = Some(&page.part);
        }
        let sentence = first_sentence(&page.text);
        let told = match sentence.is_empty() {
            true => String::new(),
            false => format!(": {sentence}"),
        };
        out.push_str(&format!("- [{}]({}){told}\n", page.title, page.site));
    }
    out
}

/// The first sentence of the first paragraph.
fn first_sentence(text: &str) -> String {
    let mut inside = false;
    let mut said = String::new();
    for event in new_cmark_parser(text, &options()) {
        match event {
            Event::Start(Tag::Paragraph) => inside = true,
            Event::End(TagEnd::Paragraph) => break,
            Event::Text(text) | Event::Code(text) if inside => said.push_str(&text),
            Event::SoftBreak | Event::HardBreak if inside => said.push(' '),
            _ => {}
        }
    }
    match said.find(". ") {
        Some(end) => said.get(..=end).unwrap_or_default().to_owned(),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_told_by_its_first_sentence() {
        let text = "# A title\nOne `call` and\n[a link](b.md). Another one.\n\nMore.\n";
        assert_eq!(first_sentence(text), "One call and a link.");
        assert_eq!(first_sentence("# Only a title\n"), "");
    }
}
