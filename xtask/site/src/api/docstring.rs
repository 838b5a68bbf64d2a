//! Docstrings as Markdown.

/// A docstring: its words, and the members that it tells of.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) words: String,
    /// Attributes and keywords with what is said of each.
    pub(super) members: Vec<(String, String)>,
}

/// Sections that list names, and what a page calls them.
const SECTIONS: [(&str, &str); 6] = [
    ("Args:", "Arguments"),
    ("Attributes:", ""),
    ("Keywords:", ""),
    ("Raises:", "Raises"),
    ("Returns:", "Returns"),
    ("Yields:", "Yields"),
];

/// Reads what stands between the quotes.
pub(super) fn read(text: &str) -> Told {
    let mut told = Told::default();
    let mut section: Option<&str> = None;
    let mut code = false;
    for line in dedented(text) {
        if let Some((_, title)) = SECTIONS.iter().find(|(mark, _)| *mark == line) {
            section = Some(title);
            if !title.is_empty() {
                told.words.push_str(&format!("\n**{title}**\n\n"));
            }
            continue;
        }
        let inside = line.strip_prefix("    ");
        if let (Some(title), Some(inside)) = (section, inside) {
            let begins = !inside.starts_with(' ');
            match inside
                .split_once(": ")
                .filter(|(name, _)| begins && !name.contains(' '))
            {
                Some((name, said)) if title.is_empty() => {
                    told.members.push((name.to_owned(), said.to_owned()));
                }
                Some((name, said)) => told.words.push_str(&format!("- `{name}`: {said}\n")),
                None if title.is_empty() => {
                    if let Some((_, said)) = told.members.last_mut() {
                        said.push(' ');
                        said.push_str(inside.trim());
                    }
                }
                None if begins => told.words.push_str(&format!("{inside}\n")),
                None => told.words.push_str(&format!("  {}\n", inside.trim())),
            }
            continue;
        }
        if !line.is_empty() {
            section = None;
        }
        if inside.is_some() != code && !line.is_empty() {
            code = inside.is_some();
            // Empty lines before the end belong behind it.
            let end = told.words.trim_end().len();
            if !code {
                told.words.truncate(end);
            }
            told.words
                .push_str(if code { "```python\n" } else { "\n```\n\n" });
        }
        told.words.push_str(inside.unwrap_or(&line));
        told.words.push('\n');
    }
    let end = told.words.trim_end().len();
    told.words.truncate(end);
    if code {
        told.words.push_str("\n```");
    }
    told
}

/// The lines with what all but the first begin with taken off.
fn dedented(text: &str) -> Vec<String> {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().trim().to_owned();
    let rest: Vec<&str> = lines.collect();
    let written = rest.iter().filter(|line| !line.trim().is_empty());
    let least = written
        .map(|line| line.len() - line.trim_start().len())
        .min();
    let rest = rest.iter().map(|line| {
        line.get(least.unwrap_or_default()..)
            .unwrap_or_default()
            .trim_end()
            .to_owned()
    });
    std::iter::once(first).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_become_lists_and_examples_code() {
        let told = read(
            "Does it.\n\n        x = 1\n\n        y = 2\n\n    Then.\n\n    Args:\n        a: One\n            more.\n\n    Raises:\n        E: Why.\n    ",
        );
        assert_eq!(
            told.words,
            "Does it.\n\n```python\nx = 1\n\ny = 2\n```\n\nThen.\n\n\n**Arguments**\n\n- `a`: One\n  more.\n\n\n**Raises**\n\n- `E`: Why."
        );
        let told =
            read("It.\n\n    Keywords:\n        a: One\n            more.\n        b: Two.\n");
        assert_eq!(told.words, "It.");
        let of = |name: &str, said: &str| (name.to_owned(), said.to_owned());
        assert_eq!(told.members, [of("a", "One more."), of("b", "Two.")]);
    }
}
