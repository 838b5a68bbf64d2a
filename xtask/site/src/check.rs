//! What is wrong with a site that was made: links to nowhere, requests to elsewhere, pages that are missing.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, Tag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use crate::book::{Book, RUSTDOC, SUMMARY};
use crate::paths::resolve;

/// What one page names.
#[derive(Default)]
struct Named {
    anchors: BTreeSet<String>,
    /// What a reader may follow.
    links: Vec<String>,
    /// What a browser fetches by itself.
    resources: Vec<String>,
}

/// Everything that is wrong, each with its file.
pub(crate) fn faults(book: &Book, out: &Path) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut pages = BTreeMap::new();
    let files = below(out)?;
    // rustdoc answers for its own pages; that ours lead to them is looked at.
    let rustdoc = format!("{RUSTDOC}/");
    for file in files.iter().filter(|file| !file.starts_with(&rustdoc)) {
        let path = out.join(file);
        let bytes = fs::read(&path).with_context(|| format!("{} is lost", path.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        if file.ends_with(".html") {
            pages.insert(file.clone(), named(&text));
        }
        if file.ends_with(".css") && has_foreign_url(&text) {
            faults.push(format!("{file} fetches from elsewhere"));
        }
        if let Some(place) = place_of_a_machine(&text) {
            faults.push(format!("{file} names {place}, a path of one machine"));
        }
    }
    for (file, page) in &pages {
        for resource in &page.resources {
            if is_foreign(resource) {
                faults.push(format!("{file} fetches {resource}"));
            } else {
                faults.extend(dead(file, resource, &files, &pages));
            }
        }
        for link in page.links.iter().filter(|link| !is_foreign(link)) {
            faults.extend(dead(file, link, &files, &pages));
        }
    }
    faults.extend(missing(book, out, &files)?);
    Ok(faults)
}

/// Pages that the summary lacks, and what stands beside each page.
fn missing(book: &Book, out: &Path, files: &BTreeSet<String>) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for name in below(Path::new("docs"))? {
        let source = format!("docs/{name}");
        if name.ends_with(".md") && source != SUMMARY && book.page(&source).is_none() {
            faults.push(format!("{source} is not listed in {SUMMARY}"));
        }
    }
    let list = fs::read_to_string(out.join("llms.txt"))?;
    for page in &book.pages {
        let html = page.site.trim_end_matches(".md").to_owned() + ".html";
        for wanted in [&page.site, &html] {
            if !files.contains(wanted) {
                faults.push(format!("{} has no {wanted}", page.source));
            }
        }
        if !list.contains(&format!("]({})", page.site)) {
            faults.push(format!("llms.txt does not list {}", page.site));
        }
        let markdown = fs::read_to_string(out.join(&page.site)).unwrap_or_default();
        for link in links(&markdown) {
            let path = link.split('#').next().unwrap_or_default();
            let there = resolve(&page.site, path).is_some_and(|path| files.contains(&path));
            if !is_foreign(&link) && !path.is_empty() && !there {
                faults.push(format!("{} links to {link}, which is not there", page.site));
            }
        }
    }
    Ok(faults)
}

fn links(markdown: &str) -> Vec<String> {
    use mdbook_markdown::pulldown_cmark::{Event, Tag};
    let parser = mdbook_markdown::new_cmark_parser(markdown, &crate::markup::options());
    let links = parser.filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.into_string())
        }
        _ => None,
    });
    links.collect()
}

/// Why a link leads nowhere, if it does.
fn dead(
    file: &str,
    link: &str,
    files: &BTreeSet<String>,
    pages: &BTreeMap<String, Named>,
) -> Option<String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = match path {
        "" => file.to_owned(),
        path => resolve(file, path)?,
    };
    if !files.contains(&path) {
        return Some(format!("{file} links to {link}, which is not there"));
    }
    let known = |page: &Named| anchor.is_empty() || page.anchors.contains(anchor);
    pages
        .get(&path)
        .is_some_and(|page| !known(page))
        .then(|| format!("{file} links to {link}, and {path} has no `{anchor}`"))
}

fn is_foreign(link: &str) -> bool {
    let scheme = link.split_once(':').map(|(scheme, _)| scheme);
    link.starts_with("//")
        || scheme.is_some_and(|scheme| ["http", "https", "mailto", "data"].contains(&scheme))
}

fn has_foreign_url(css: &str) -> bool {
    css.split("url(")
        .skip(1)
        .map(|rest| rest.trim_start_matches(['"', '\'', ' ']))
        .any(|url| url.starts_with("http") || url.starts_with("//"))
        || css.contains("@import")
}

/// A path that only one machine has, such as the home of whoever built the site.
fn place_of_a_machine(text: &str) -> Option<String> {
    let here = std::env::current_dir().ok();
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let own = [here, home].into_iter().flatten();
    let own = own.map(|path| path.display().to_string());
    let all = own.chain(["/home/", "/Users/", "/root/"].map(str::to_owned));
    all.filter(|path| path.len() > 2)
        .find(|path| text.contains(path.as_str()))
}

/// The files below a folder.
fn below(folder: &Path) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in
            fs::read_dir(&next).with_context(|| format!("{} cannot be read", next.display()))?
        {
            let path = entry?.path();
            if path.is_dir() {
                waiting.push(path);
            } else if let Ok(inside) = path.strip_prefix(folder) {
                let parts = inside.iter().map(|part| part.to_string_lossy());
                found.insert(parts.collect::<Vec<_>>().join("/"));
            }
        }
    }
    Ok(found)
}

fn named(html: &str) -> Named {
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

#[derive(Default)]
struct Sink(RefCell<Named>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(Tag { name, attrs, .. }) = token {
            let mut named = self.0.borrow_mut();
            for attribute in attrs {
                let value = attribute.value.to_string();
                match (name.as_ref(), attribute.name.local.as_ref()) {
                    (_, "id") | ("a", "name") => {
                        named.anchors.insert(value);
                    }
                    ("a" | "area", "href") => named.links.push(value),
                    (_, "src" | "href" | "poster" | "data" | "xlink:href") => {
                        named.resources.push(value);
                    }
                    _ => {}
                }
            }
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_page_fetches_is_told_from_what_it_links_to() {
        let page = named(
            "<link href=a.css><a id=x href=\"https://example.com/\">y</a><img src=//example.com/i.png><p id=z>",
        );
        assert_eq!(page.links, ["https://example.com/"]);
        assert_eq!(page.resources, ["a.css", "//example.com/i.png"]);
        assert_eq!(page.anchors, ["x", "z"].map(str::to_owned).into());
        assert!(is_foreign("//example.com/i.png") && !is_foreign("a.html#b:c"));
    }

    #[test]
    fn a_dead_link_is_told() {
        let files: BTreeSet<String> = ["a/b.html", "c.html"].map(str::to_owned).into();
        let pages = [("c.html".to_owned(), named("<h2 id=there>"))].into();
        let dead = |link| dead("a/b.html", link, &files, &pages);
        assert_eq!(dead("../c.html#there"), None);
        assert!(dead("../c.html#gone").unwrap().contains("`gone`"));
        assert!(dead("c.html").unwrap().contains("not there"));
    }

    #[test]
    fn what_a_style_sheet_fetches_is_seen() {
        assert!(has_foreign_url("a { b: url('https://example.com/f') }"));
        assert!(!has_foreign_url("a { b: url('../f.woff2') }"));
    }

    #[test]
    fn a_path_of_a_machine_is_seen() {
        let built = format!("{}/x", ["", "home", "somebody"].join("/"));
        assert!(place_of_a_machine(&built).is_some());
        assert_eq!(place_of_a_machine("/etc/ovh.conf and /mnt/media"), None);
    }
}
