//! Samples that follow one another, each under a line `<!-- sample: LANGUAGE -->`: one block, of which a script makes
//! tabs. Without the script all are shown, one below the other.

use std::ops::Range;

use mdbook_markdown::new_cmark_parser;
use mdbook_markdown::pulldown_cmark::{Event, Tag};

use crate::markup::options;

struct Sample {
    /// The comment and the code.
    whole: Range<usize>,
    code: Range<usize>,
    language: String,
}

/// The text with each run of samples in one element; or the place of a line that no code follows.
pub(crate) fn folded(text: &str) -> Result<String, usize> {
    let mut out = text.to_owned();
    let mut samples = found(text)?;
    // From the last to the first, so that ranges stay true.
    while let Some(last) = samples.pop() {
        let mut run = vec![last];
        while let Some(before) = samples.pop_if(|before| follows(text, before, &run)) {
            run.insert(0, before);
        }
        let mut block = String::from("<div class=\"samples\">\n");
        for sample in &run {
            let code = text.get(sample.code.clone()).unwrap_or_default().trim_end();
            let name = &sample.language;
            block.push_str(&format!(
                "<div class=\"sample\" data-language=\"{name}\">\n<p class=\"sample-language\">{name}</p>\n\n{code}\n\n</div>\n"
            ));
        }
        block.push_str("</div>\n");
        if let (Some(first), Some(last)) = (run.first(), run.last()) {
            out.replace_range(first.whole.start..last.whole.end, &block);
        }
    }
    Ok(out)
}

/// Whether nothing but white space stands between a sample and the first of a run.
fn follows(text: &str, before: &Sample, run: &[Sample]) -> bool {
    run.first().is_some_and(|next| {
        text.get(before.whole.end..next.whole.start)
            .is_some_and(|between| between.trim().is_empty())
    })
}

fn found(text: &str) -> Result<Vec<Sample>, usize> {
    let mut all = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (event, range) in new_cmark_parser(text, &options()).into_offset_iter() {
        let Event::Start(tag) = event else { continue };
        if let Some((start, language)) = open.take() {
            if !matches!(tag, Tag::CodeBlock(_)) {
                return Err(start);
            }
            all.push(Sample {
                whole: start..range.end,
                code: range,
                language,
            });
        } else if matches!(tag, Tag::HtmlBlock) {
            open = language(text.get(range.clone()).unwrap_or_default())
                .map(|language| (range.start, language.to_owned()));
        }
    }
    open.map_or(Ok(all), |(start, _)| Err(start))
}

/// The language that a line names, if it is such a line.
fn language(html: &str) -> Option<&str> {
    let inner = html.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    Some(inner.trim().strip_prefix("sample:")?.trim()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "before\n\n<!-- sample: C -->\n```c\nint a;\n```\n\n<!-- sample: C++ -->\n```cpp\nint b;\n```\n\nafter\n";

    #[test]
    fn samples_that_follow_one_another_are_one_block() {
        let out = folded(TWO).unwrap();
        assert_eq!(out.matches("class=\"samples\"").count(), 1);
        assert_eq!(out.matches("class=\"sample\"").count(), 2);
        assert!(out.contains("data-language=\"C++\""), "{out}");
        assert!(out.starts_with("before\n") && out.ends_with("after\n"));
    }

    #[test]
    fn a_word_between_parts_them() {
        let out = folded(&TWO.replace("\n\n<!-- sample: C++", "\n\nword\n\n<!-- sample: C++"));
        assert_eq!(out.unwrap().matches("class=\"samples\"").count(), 2);
    }

    #[test]
    fn a_line_without_code_is_told() {
        assert_eq!(folded("a\n\n<!-- sample: C -->\n\nb\n"), Err(3));
        assert_eq!(folded("<!-- sample: C -->\n"), Err(0));
        assert_eq!(
            folded("<!-- note -->\n\nb\n").as_deref(),
            Ok("<!-- note -->\n\nb\n")
        );
    }
}
