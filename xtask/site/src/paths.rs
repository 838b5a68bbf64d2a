//! Paths with slashes, of files in the repository and in the site.

use std::path::Path;

/// The folder that a file is in, empty for one at the top.
pub(crate) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What a link in a file leads to; nothing where it leads out of the repository.
pub(crate) fn resolve(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder(from)
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The link from one file to another.
pub(crate) fn relative(from: &str, to: &str) -> String {
    let from: Vec<&str> = folder(from)
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    let to: Vec<&str> = to.split('/').collect();
    let common = from
        .iter()
        .zip(&to)
        .take_while(|(left, right)| left == right)
        .count();
    let up = from.iter().skip(common).map(|_| "..");
    up.chain(to.iter().skip(common).copied())
        .collect::<Vec<_>>()
        .join("/")
}

/// Where a file stands in the site as it is, or a folder's page.
pub(crate) fn raw(path: &str) -> String {
    if Path::new(path).is_dir() {
        return shown(path);
    }
    format!("files/{path}")
}

/// Where the page stands that shows a file or folder.
pub(crate) fn shown(path: &str) -> String {
    if Path::new(path).is_dir() {
        return format!("files/{path}/index.html");
    }
    format!("files/{path}.html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed() {
        let resolved = |from, link| resolve(from, link);
        assert_eq!(
            resolved("docs/a.md", "../README.md").as_deref(),
            Some("README.md")
        );
        assert_eq!(
            resolved("README.md", "docs/./b.md").as_deref(),
            Some("docs/b.md")
        );
        assert_eq!(resolved("README.md", "spec/").as_deref(), Some("spec"));
        assert_eq!(resolved("README.md", "../other"), None);
    }

    #[test]
    fn links_are_made() {
        assert_eq!(relative("a.md", "b.md"), "b.md");
        assert_eq!(relative("start/a.md", "b.md"), "../b.md");
        assert_eq!(relative("start/a.md", "start/b.md"), "b.md");
        assert_eq!(
            relative("a/b/c.md", "a/files/x.rs.html"),
            "../files/x.rs.html"
        );
    }
}
