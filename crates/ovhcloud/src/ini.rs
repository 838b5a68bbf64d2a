//! Reads the few lines of an INI file that matter here.
//!
//! By hand, since such a file holds secrets: the values are borrowed from one text that is wiped
//! when it is dropped, and no parser keeps copies (B19).

/// One setting of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry<'a> {
    pub(crate) section: &'a str,
    pub(crate) key: &'a str,
    pub(crate) value: &'a str,
}

/// The settings of a file in their order; the number of the first line that is none otherwise.
pub(crate) fn parse(text: &str) -> Result<Vec<Entry<'_>>, usize> {
    let mut section = "";
    let mut entries = Vec::new();
    // Some editors begin a file with a mark of its encoding.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            section = name.trim();
            continue;
        }
        let Some((key, value)) = line.split_once(['=', ':']) else {
            return Err(index + 1);
        };
        entries.push(Entry {
            section,
            key: key.trim(),
            value: value.trim(),
        });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn b1_sections_comments_and_both_signs() {
        let text = "\u{feff}; who\n[default]\r\nendpoint=ovh-eu\n\n[ovh-eu]\n# keys\napplication_key : abc\nconsumer_key = d=e#f;g\n";
        let entry = |section, key, value| Entry {
            section,
            key,
            value,
        };
        assert_eq!(
            parse(text).unwrap(),
            [
                entry("default", "endpoint", "ovh-eu"),
                entry("ovh-eu", "application_key", "abc"),
                entry("ovh-eu", "consumer_key", "d=e#f;g"),
            ]
        );
    }

    #[test]
    fn b1_a_line_that_is_no_setting_is_told_by_its_number() {
        assert_eq!(parse("[a]\nb=c\nhunter2\n"), Err(3));
    }
}
