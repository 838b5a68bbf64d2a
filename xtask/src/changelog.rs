//! What a newer document changes for users, written into the section of `CHANGELOG.md` for what is not released.

use snapline_codegen::changes::Report;

/// The file, beside the folder of the documents.
pub(crate) const CHANGELOG: &str = "CHANGELOG.md";

/// How the title of a section ends that nobody got yet.
const NOT_RELEASED: &str = " (not released)";

/// The changelog with what a report tells of a provider's document; nothing where nobody notices anything.
pub(crate) fn with(text: &str, report: &Report, provider: &str, date: &str) -> Option<String> {
    let list = report.list();
    // A section that stands alone, for the version that the changes need.
    let title = report.changelog.lines().next()?;
    let about = format!("### The API of `{provider}`, its document of {date}\n");
    (!list.is_empty()).then(|| put(text, title, &about, &list))
}

/// Puts a list below its title into the first section, where that is not released; else into one before it.
fn put(text: &str, title: &str, about: &str, list: &str) -> String {
    let first = place(text, 0, "## ").unwrap_or(text.len());
    let (before, sections) = text.split_at(first);
    let heading = sections.lines().next().unwrap_or_default();
    if !heading.ends_with(NOT_RELEASED) {
        return format!("{before}{title}\n\n{about}\n{list}\n{sections}");
    }
    let end = place(sections, heading.len(), "## ").unwrap_or(sections.len());
    let (section, rest) = sections.split_at(end);
    // What was taken in on that day before has the title already.
    let (section, below, about) = match section.find(about) {
        Some(at) => {
            let end = place(section, at + about.len(), "### ").unwrap_or(section.len());
            let (own, below) = section.split_at(end);
            (own, below, String::new())
        }
        None => (section, "", format!("\n{about}\n")),
    };
    let gap = if below.is_empty() && rest.is_empty() {
        ""
    } else {
        "\n"
    };
    format!(
        "{before}{}\n{about}{list}{gap}{below}{rest}",
        section.trim_end()
    )
}

/// Where the first line from a place on begins with a mark of a title.
fn place(text: &str, from: usize, mark: &str) -> Option<usize> {
    if from == 0 && text.starts_with(mark) {
        return Some(0);
    }
    let found = text.get(from..)?.find(&format!("\n{mark}"))?;
    Some(from + found + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: &str = "### The API of `kettles`, its document of 2026-01-02\n";

    fn put_into(text: &str) -> String {
        put(text, "## 0.2.0 (not released)", ABOUT, "- It boils.\n")
    }

    #[test]
    fn what_is_not_released_gets_a_title_and_the_list_at_its_end() {
        let told = put_into("# Changelog\n\n## 0.1.0 (not released)\n\n- A.\n\n## 0.0.1\n\n- B.\n");
        assert_eq!(
            told,
            format!(
                "# Changelog\n\n## 0.1.0 (not released)\n\n- A.\n\n{ABOUT}\n- It boils.\n\n## 0.0.1\n\n- B.\n"
            )
        );
        let alone = put_into("# Changelog\n\n## 0.1.0 (not released)\n\n- A.\n");
        assert_eq!(
            alone,
            format!("# Changelog\n\n## 0.1.0 (not released)\n\n- A.\n\n{ABOUT}\n- It boils.\n")
        );
    }

    #[test]
    fn the_same_day_has_one_title() {
        let once = put_into("## 0.1.0 (not released)\n\n- A.\n\n### Other\n\n- C.\n");
        let twice = put_into(&once);
        assert_eq!(twice.matches(ABOUT).count(), 1);
        assert!(twice.ends_with("- It boils.\n- It boils.\n"), "{twice}");
        // Also where another title stands behind it.
        let between = put_into(&format!("{once}\n### Last\n\n- D.\n"));
        assert!(
            between.ends_with("- It boils.\n- It boils.\n\n### Last\n\n- D.\n"),
            "{between}"
        );
    }

    #[test]
    fn what_is_released_is_left_alone() {
        let told = put_into("# Changelog\n\n## 0.1.0\n\n- A.\n");
        assert_eq!(
            told,
            format!(
                "# Changelog\n\n## 0.2.0 (not released)\n\n{ABOUT}\n- It boils.\n\n## 0.1.0\n\n- A.\n"
            )
        );
        let first = put_into("# Changelog\n");
        assert!(first.contains("## 0.2.0 (not released)"), "{first}");
    }
}
