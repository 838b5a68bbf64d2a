//! Words of a source as Markdown.

/// The text of a comment as Markdown: what stands between backquotes is code, and all else is taken as it is.
pub(super) fn markdown(text: &str) -> String {
    let escaped = |plain: &str, out: &mut String| {
        let bytes = plain.as_bytes();
        let word = |at: Option<usize>| {
            at.and_then(|at| bytes.get(at))
                .is_some_and(u8::is_ascii_alphanumeric)
        };
        for (at, letter) in plain.char_indices() {
            let inside = word(at.checked_sub(1)) && word(Some(at + 1));
            if letter == '<' || (letter == '_' && !inside) {
                out.push('\\');
            }
            out.push(letter);
        }
    };
    let mut out = String::new();
    for (part, is_code) in parts(text) {
        match is_code {
            true => out.push_str(part),
            false => escaped(part, &mut out),
        }
    }
    out
}

/// A text in parts, of which some are code with the backquotes around it.
fn parts(text: &str) -> Vec<(&str, bool)> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let after = rest.get(start..).unwrap_or_default();
        let quotes = after.len() - after.trim_start_matches('`').len();
        let inside = after.get(quotes..).unwrap_or_default();
        let Some(end) = inside.find(&"`".repeat(quotes)) else {
            break;
        };
        let end = start + quotes + end + quotes;
        all.push((rest.get(..start).unwrap_or_default(), false));
        all.push((rest.get(start..end).unwrap_or_default(), true));
        rest = rest.get(end..).unwrap_or_default();
    }
    all.push((rest, false));
    all
}

/// Markdown in which names lead to where they are declared: code that is nothing but a name, and words with an
/// underscore, which no sentence has otherwise.
pub(super) fn linked(text: &str, find: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    for (part, is_code) in parts(text) {
        if is_code {
            let name = part.trim_matches('`');
            match find(name).filter(|_| part.starts_with('`') && !part.starts_with("``")) {
                Some(link) => out.push_str(&format!("[{part}]({link})")),
                None => out.push_str(part),
            }
            continue;
        }
        for word in words(part) {
            match find(word).filter(|_| word.contains('_')) {
                Some(link) => out.push_str(&format!("[{word}]({link})")),
                None => out.push_str(word),
            }
        }
    }
    out
}

/// A text cut into words of letters, digits and underscores, and what stands between them.
pub(super) fn words(text: &str) -> Vec<&str> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut all = Vec::new();
    let mut start = 0;
    let mut before = None;
    for (at, letter) in text.char_indices() {
        if before.is_some_and(|before| before != is_word(letter)) {
            all.push(text.get(start..at).unwrap_or_default());
            start = at;
        }
        before = Some(is_word(letter));
    }
    all.push(text.get(start..).unwrap_or_default());
    all
}

/// The first sentence, in one line.
pub(super) fn first_sentence(text: &str) -> String {
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.find(". ") {
        Some(end) => line.get(..=end).unwrap_or_default().to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_markdown_stays_what_it_is() {
        assert_eq!(
            markdown("begins with try_, a Result<T> of `A<T>`"),
            "begins with try\\_, a Result\\<T> of `A<T>`"
        );
        assert_eq!(markdown("snapline_free `x"), "snapline_free `x");
    }

    #[test]
    fn names_lead_to_where_they_are_declared() {
        let find = |name: &str| ["a_b", "Page"].contains(&name).then(|| "#x".to_owned());
        assert_eq!(
            linked("Page a_b, `Page` `Page[T]`", find),
            "Page [a_b](#x), [`Page`](#x) `Page[T]`"
        );
    }

    #[test]
    fn a_sentence_ends_where_it_ends() {
        assert_eq!(first_sentence("One\ntwo. Three.\n\nFour."), "One two.");
    }
}
