//! What a document says in words, made safe for the place it is written in. Every comment, docstring and
//! header text of every language passes here, so that no sentence ends a comment, joins two lines of
//! code, becomes a test, or reads otherwise than it is.
//!
//! Only what would break is changed: a common sentence comes out as it went in.

/// How wide a line of a comment is.
const WIDTH: usize = 96;

/// How wide a line of a header's comment is, which has no indent.
const HEADER_WIDTH: usize = 110;

/// Lines of a Rust doc comment, each with a space in front.
pub(crate) fn rust(text: &str) -> Vec<String> {
    wrapped(&markdown(&visible(text)), WIDTH, no_block)
}

/// A text for progenitor, which makes a doc comment of it as it stands.
pub(crate) fn rust_whole(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    markdown(&visible(&lines.join("\n")))
}

/// A text on a page of Markdown, its lines as they are.
pub(crate) fn page(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    markdown(&visible(lines.join("\n").trim()))
}

/// Lines of a doc comment that cbindgen puts between `/*` and `*/`.
pub(crate) fn c(text: &str) -> Vec<String> {
    let lines = wrapped(&in_block(text), HEADER_WIDTH, str::to_owned);
    lines.into_iter().map(not_joined).collect()
}

/// A text on one line between `/*` and `*/`.
pub(crate) fn c_line(text: &str) -> String {
    let told = in_block(text);
    told.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines of comments that begin with `///` in C++.
pub(crate) fn cpp(text: &str) -> Vec<String> {
    let lines = wrapped(&visible(text.trim()), WIDTH, str::to_owned);
    lines.into_iter().map(not_joined).collect()
}

/// Lines of a docstring; whoever writes them as a literal escapes what a literal gives a meaning.
pub(crate) fn python(text: &str, width: usize) -> Vec<String> {
    wrapped(&visible(text.trim()), width, str::to_owned)
}

/// A text that a program prints.
pub(crate) fn printed(text: &str) -> String {
    visible(&without_fences(text))
}

/// Shows what a reader would not see: characters that control a terminal, or turn the direction of a text.
pub(crate) fn visible(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            told.push_str(&format!("U+{:04X}", u32::from(c)));
        } else {
            told.push(c);
        }
    }
    told
}

/// Whether a character does something and shows nothing.
pub(crate) fn is_hidden(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(
            c,
            '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Words in lines of at most `width`, paragraphs apart; each line begins with a space, as a doc
/// attribute wants it. `first` writes the word that a line begins with because the one before was full.
fn wrapped(text: &str, width: usize, first: fn(&str) -> String) -> Vec<String> {
    let mut lines = Vec::new();
    for (index, paragraph) in text.split("\n\n").enumerate() {
        if index > 0 {
            lines.push(String::new());
        }
        // A list keeps its lines.
        for block in paragraph.split('\n') {
            let mut line = String::new();
            for word in block.split_whitespace() {
                let mut word = word.to_owned();
                if !line.is_empty() && line.len() + 1 + word.len() > width {
                    lines.push(line);
                    line = if block.starts_with("- ") {
                        "  ".to_owned()
                    } else {
                        String::new()
                    };
                    word = first(&word);
                }
                line.push(' ');
                line.push_str(&word);
            }
            lines.push(line);
        }
    }
    lines
}

/// Fences of code as plain marks of code: what they hold is no test of ours.
fn without_fences(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    let mut run = 0;
    let mut last = ' ';
    for c in text.chars() {
        run = if c == last { run + 1 } else { 1 };
        last = c;
        if run < 3 || !matches!(c, '`' | '~') {
            told.push(c);
        }
    }
    told
}

/// Text for a comment in `/*` and `*/`: it neither ends nor begins one, and is no order to what makes the
/// header.
fn in_block(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    let mut last = ' ';
    for c in without_fences(&visible(text)).chars() {
        if matches!((last, c), ('*', '/') | ('/', '*')) {
            told.push(' ');
        }
        told.push(c);
        last = c;
    }
    for (order, words) in [
        ("@section", "@ section"),
        ("@VERSION@", "@ VERSION@"),
        ("cbindgen:", "cbindgen :"),
    ] {
        told = told.replace(order, words);
    }
    told
}

/// A line that the preprocessor does not join with the next one.
fn not_joined(line: String) -> String {
    if !line.ends_with('\\') && !line.ends_with("??/") {
        return line;
    }
    match line.rsplit_once(' ') {
        Some((before, last)) => format!("{before} \"{last}\""),
        None => format!("\"{line}\""),
    }
}

/// Markdown in which nothing is a link to our own names, HTML, or code without an end.
fn markdown(text: &str) -> String {
    let text = without_fences(text);
    let paragraphs: Vec<String> = text.split("\n\n").map(inline).collect();
    paragraphs.join("\n\n")
}

fn inline(paragraph: &str) -> String {
    let mut told = String::with_capacity(paragraph.len());
    let mut rest = paragraph;
    while let Some((before, from)) = rest
        .find(['`', '[', '<', '\\', '&'])
        .map(|at| rest.split_at(at))
    {
        told.push_str(before);
        let whole = code(from).or_else(|| link(from));
        if let Some((whole, after)) = whole {
            told.push_str(whole);
            rest = after;
            continue;
        }
        let mut after = from.chars();
        let mark = after.next();
        rest = after.as_str();
        if means_more(mark, rest) {
            told.push('\\');
        }
        told.extend(mark);
    }
    told.push_str(rest);
    told
}

/// Code at the beginning of a text, up to as many backticks as it began with.
fn code(from: &str) -> Option<(&str, &str)> {
    let inside = from.trim_start_matches('`');
    let marks = from.len() - inside.len();
    if marks == 0 {
        return None;
    }
    let mut at = marks;
    loop {
        at += from.get(at..)?.find('`')?;
        let run = from.get(at..)?;
        let length = run.len() - run.trim_start_matches('`').len();
        at += length;
        if length == marks {
            return from.split_at_checked(at);
        }
    }
}

/// A link that names an address, at the beginning of a text.
fn link(from: &str) -> Option<(&str, &str)> {
    let (label, target) = from.strip_prefix('[')?.split_once("](")?;
    let (address, _) = target.split_once(')')?;
    let plain = |text: &str| !text.contains(['[', ']', '`', '<', '\\', '\n']);
    if !address.starts_with("http") || !address.contains("://") || !plain(label) || !plain(address)
    {
        return None;
    }
    from.split_at_checked(label.len() + address.len() + 4)
}

/// Whether a mark would be more than itself before what follows it.
fn means_more(mark: Option<char>, after: &str) -> bool {
    let next = after.chars().next();
    match mark {
        Some('`' | '[') => true,
        Some('<') => {
            !after.starts_with("http")
                && next.is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
        }
        Some('\\') => next.is_none_or(|c| c.is_ascii_punctuation() || c.is_whitespace()),
        Some('&') => after.split_once(';').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#')
        }),
        _ => false,
    }
}

/// The first word of a line, which must not begin a heading, a list, a quotation or a rule there.
fn no_block(word: &str) -> String {
    let all = |marks: &[char]| word.chars().all(|c| marks.contains(&c));
    if all(&['#'])
        || all(&['+'])
        || all(&['-'])
        || all(&['*'])
        || all(&['='])
        || word.starts_with(['>', '|'])
    {
        return format!("\\{word}");
    }
    match word.strip_suffix(['.', ')']) {
        Some(number) if !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()) => {
            let end = word.chars().next_back().unwrap_or('.');
            format!("{number}\\{end}")
        }
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn o48_a_common_sentence_stays_as_it_is() {
        let text = "The size in GiB (1 to 16_384), `null` for [the docs](https://a.example/b) or a < b & c.";
        let line = format!(" {text}");
        for lines in [rust(text), c(text), cpp(text), python(text, 96)] {
            assert_eq!(lines, [line.as_str()]);
        }
    }

    #[test]
    fn o48_no_comment_ends_early_and_none_joins_the_next_line() {
        let text = "Runs */15 * * * * and matches /**/*.txt or C:\\";
        assert_eq!(
            c(text),
            [" Runs * /15 * * * * and matches / ** / *.txt or \"C:\\\""]
        );
        assert_eq!(
            cpp(text),
            [" Runs */15 * * * * and matches /**/*.txt or \"C:\\\""]
        );
        assert_eq!(cpp("Really??/"), [" \"Really??/\""]);
        assert_eq!(
            c("@section A @VERSION@ cbindgen:ignore"),
            [" @ section A @ VERSION@ cbindgen :ignore"]
        );
        assert_eq!(c_line("a */ b\n\nc"), "a * / b c");
    }

    #[test]
    fn o48_no_text_is_a_test_a_link_or_html() {
        let text = "```rust\npanic!()\n``` [`Option`] <script> `open \\ &lt; C:\\";
        assert_eq!(
            rust(text),
            [
                " ``rust",
                " panic!()",
                " `` \\[`Option`] \\<script> \\`open \\\\ \\&lt; C:\\\\"
            ]
        );
        let long = "word ".repeat(18) + "12345 # 1. > x - y";
        assert_eq!(
            rust(&long).last().map(String::as_str),
            Some(" \\# 1. > x - y")
        );
        assert_eq!(no_block("1."), "1\\.");
        assert_eq!(no_block("---"), "\\---");
        assert_eq!(no_block("-1"), "-1");
    }

    #[test]
    fn o48_what_is_hidden_is_shown() {
        assert_eq!(visible("a\u{0}b\u{202e}c\u{feff}"), "aU+0000bU+202EcU+FEFF");
        assert_eq!(python("a\r\nb\u{2028}c\td", 96), [" a", " b c d"]);
        assert_eq!(visible("Grüße, 日本, 👩‍🚀"), "Grüße, 日本, 👩‍🚀");
    }
}
