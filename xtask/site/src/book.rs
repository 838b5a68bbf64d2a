//! Which pages there are: `docs/SUMMARY.md`, and the reference's where one is given.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use mdbook_summary::{Summary, SummaryItem, parse_summary};

use crate::api::{self, Made};
use crate::paths::{folder, resolve};

/// Lists all pages but those of the reference.
pub(crate) const SUMMARY: &str = "docs/SUMMARY.md";

/// Where the pages of the reference stand, as far as links go: nothing is there in the repository.
const REFERENCE: &str = "docs/reference";

/// The line of the summary in whose place the reference comes.
const REFERENCE_LINE: &str = "<!-- reference -->";

/// The line of the summary in whose place the pages come that are made of headers and stubs.
const API_LINE: &str = "<!-- headers and stubs -->";

/// The line of a page in whose place links to rustdoc's pages come, where the site has those.
const RUSTDOC_LINE: &str = "<!-- rustdoc -->";

/// Where rustdoc's pages stand in the site.
pub(crate) const RUSTDOC: &str = "rust";

/// Ends a line of the summary whose page need not be there yet.
const ONCE_THERE: &str = "<!-- once there -->";

/// A page of the site.
pub(crate) struct Page {
    /// Its path in the repository.
    pub(crate) source: String,
    /// Its path in the site, as Markdown.
    pub(crate) site: String,
    pub(crate) title: String,
    /// The part of the summary that lists it.
    pub(crate) part: String,
    pub(crate) text: String,
}

/// All pages in their order.
pub(crate) struct Book {
    pub(crate) pages: Vec<Page>,
    /// The summary with the reference in it.
    pub(crate) summary: String,
    /// What headers and stubs declare, where the summary asks for it.
    pub(crate) api: Option<api::Pages>,
    by_source: BTreeMap<String, usize>,
}

impl Book {
    /// Reads the summaries and every page that they list.
    pub(crate) fn read(reference: Option<&Path>, rustdoc: Option<&Path>) -> Result<Self> {
        let crates = rustdoc.map_or_else(|| Ok(String::new()), list_of_crates)?;
        let listed = read(Path::new(SUMMARY))?;
        let reference_list = match reference {
            Some(folder) => {
                let list = read(&folder.join("SUMMARY.md"))?;
                inner_list(&list).with_context(|| {
                    format!(
                        "{} lists no page; it has to be a nested list of links",
                        folder.join("SUMMARY.md").display()
                    )
                })?
            }
            None => String::new(),
        };
        let api = match listed.lines().any(|line| line.trim() == API_LINE) {
            true => Some(api::read()?),
            false => None,
        };
        let made = api.as_ref().map_or_else(Vec::new, api::Pages::made);
        let mut summary = String::new();
        for line in listed.lines() {
            match line.trim() {
                REFERENCE_LINE => summary.push_str(&reference_list),
                API_LINE => summary.push_str(&api::listed(&made)),
                line if line.ends_with(ONCE_THERE) && !Path::new(&target(line)?).is_file() => {}
                _ => summary.push_str(line.trim_end_matches(ONCE_THERE).trim_end()),
            }
            summary.push('\n');
        }
        let parsed =
            parse_summary(&summary).with_context(|| format!("{SUMMARY} cannot be read"))?;
        let mut texts: BTreeMap<String, String> = (made.into_iter())
            .map(|Made { source, text, .. }| (source, text))
            .collect();
        let mut pages = Vec::new();
        for (part, title, link) in flat(&parsed) {
            let Some(source) = resolve(SUMMARY, &link) else {
                bail!("{SUMMARY} lists {link}, which is outside of the repository");
            };
            let path = match (source.strip_prefix(&format!("{REFERENCE}/")), reference) {
                (Some(below), Some(folder)) => folder.join(below),
                _ => Path::new(&source).to_owned(),
            };
            let text = match texts.remove(&source) {
                Some(text) => text,
                None => read(&path).with_context(|| format!("a page listed as {link}"))?,
            };
            let text = text.replace(RUSTDOC_LINE, &crates);
            pages.push(Page {
                site: site(&source),
                source,
                title,
                part,
                text,
            });
        }
        let mut by_source = BTreeMap::new();
        for (at, page) in pages.iter().enumerate() {
            if by_source.insert(page.source.clone(), at).is_some() {
                bail!("{} is listed twice", page.source);
            }
        }
        Ok(Self {
            pages,
            summary,
            api,
            by_source,
        })
    }

    /// The page that a file or folder of the repository is.
    pub(crate) fn page(&self, source: &str) -> Option<&Page> {
        let readme = format!("{source}/README.md");
        let at = [source, readme.trim_start_matches('/')]
            .iter()
            .find_map(|source| self.by_source.get(*source))?;
        self.pages.get(*at)
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

/// Where a page of the repository stands in the site.
pub(crate) fn site(source: &str) -> String {
    let below = source.strip_prefix("docs/").unwrap_or(source);
    match (folder(below), below.ends_with("README.md")) {
        ("", true) => "index.md".to_owned(),
        (folder, true) => format!("{folder}/index.md"),
        _ => below.to_owned(),
    }
}

/// Links to the crates that rustdoc made pages of, as a page at the top of the site has them.
fn list_of_crates(rustdoc: &Path) -> Result<String> {
    let there = || format!("{} has no pages of rustdoc", rustdoc.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(rustdoc).with_context(there)? {
        let path = entry?.path();
        if path.join("all.html").is_file() {
            names.extend(
                path.file_name()
                    .map(|name| name.to_string_lossy().into_owned()),
            );
        }
    }
    if names.is_empty() {
        bail!(there());
    }
    names.sort();
    let link =
        |name: &String| format!("<li><a href=\"{RUSTDOC}/{name}/index.html\">{name}</a></li>");
    let links: Vec<String> = names.iter().map(link).collect();
    Ok(format!("<ul>\n{}\n</ul>", links.join("\n")))
}

/// What a line of the summary leads to.
fn target(line: &str) -> Result<String> {
    let link = line
        .split("](")
        .nth(1)
        .and_then(|rest| rest.split(')').next())
        .with_context(|| format!("{SUMMARY}: no link in `{line}`"))?;
    resolve(SUMMARY, link).with_context(|| format!("{SUMMARY}: {link} is outside"))
}

/// The list of a reference's summary, with its links as they are seen from docs/.
fn inner_list(summary: &str) -> Option<String> {
    let lines = summary
        .lines()
        .filter(|line| line.trim_start().starts_with(['-', '*']));
    // They are seen from its own folder, or from the one above.
    let seen = |line: &str| {
        line.replacen("](reference/", "](", 1)
            .replacen("](", "](reference/", 1)
    };
    let lines: Vec<String> = lines.map(seen).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Part, title and link of each page of a summary.
fn flat(summary: &Summary) -> Vec<(String, String, String)> {
    fn walk(items: &[SummaryItem], part: &mut String, all: &mut Vec<(String, String, String)>) {
        for item in items {
            match item {
                SummaryItem::PartTitle(title) => part.clone_from(title),
                SummaryItem::Link(link) => {
                    if let Some(location) = &link.location {
                        let location = location.to_string_lossy().replace('\\', "/");
                        all.push((part.clone(), link.name.clone(), location));
                    }
                    walk(&link.nested_items, part, all);
                }
                _ => {}
            }
        }
    }
    let mut all = Vec::new();
    let mut part = String::new();
    for items in [
        &summary.prefix_chapters,
        &summary.numbered_chapters,
        &summary.suffix_chapters,
    ] {
        walk(items, &mut part, &mut all);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_its_place_in_the_site() {
        assert_eq!(site("README.md"), "index.md");
        assert_eq!(site("docs/start/rust.md"), "start/rust.md");
        assert_eq!(site("bindings/c/README.md"), "bindings/c/index.md");
        assert_eq!(site("ARCHITECTURE.md"), "ARCHITECTURE.md");
    }

    #[test]
    fn the_list_of_the_reference_is_seen_from_docs() {
        let list =
            inner_list("# Summary\n\n- [A](acme/a.md)\n  - [B](reference/acme/b.md)\n").unwrap();
        assert_eq!(
            list,
            "- [A](reference/acme/a.md)\n  - [B](reference/acme/b.md)"
        );
        assert_eq!(inner_list("# Nothing\n"), None);
    }
}
