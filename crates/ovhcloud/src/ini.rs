//! Reads the few lines of an INI file that matter here.
//!
//! By hand, since such a file holds secrets: the values are borrowed from one text that is wiped
//! when it is dropped, and no parser keeps copies (B19).

/// The settings below one heading in their order, as key and value; the number of the first line
/// there that is none otherwise. What stands below other headings is nobody's business.
pub(crate) fn section<'a>(text: &'a str, wanted: &str) -> Result<Vec<(&'a str, &'a str)>, usize> {
    let mut within = false;
    let mut settings = Vec::new();
    // Some editors begin a file with a mark of its encoding.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            within = name.trim() == wanted;
            continue;
        }
        if !within || line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let Some((key, value)) = line.split_once(['=', ':']) else {
            return Err(index + 1);
        };
        settings.push((key.trim(), value.trim()));
    }
    Ok(settings)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::section;

    #[test]
    fn b1_sections_comments_and_both_signs() {
        let text = "\u{feff}; who\n[default]\r\nendpoint=ovh-eu\n\n[ovh-eu]\n# keys\napplication_key : abc\nconsumer_key = d=e#f;g\n";
        assert_eq!(section(text, "default").unwrap(), [("endpoint", "ovh-eu")]);
        assert_eq!(
            section(text, "ovh-eu").unwrap(),
            [("application_key", "abc"), ("consumer_key", "d=e#f;g")]
        );
        assert_eq!(section(text, "ovh-ca").unwrap(), []);
    }

    #[test]
    fn b28_a_line_that_is_no_setting_is_told_by_its_number_where_somebody_asks() {
        let text = "hunter1\n[a]\nb=c\nhunter2\n[d]\ne=f\n";
        assert_eq!(section(text, "a"), Err(4));
        assert_eq!(section(text, "d"), Ok(vec![("e", "f")]));
    }
}
