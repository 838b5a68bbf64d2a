//! Links of a page, made to lead within the site.

use std::ops::Range;
use std::path::Path;

use mdbook_markdown::new_cmark_parser;
use mdbook_markdown::pulldown_cmark::{CowStr, Event, LinkType, Tag};

use crate::book::{Book, Page};
use crate::markup::options;
use crate::paths::{raw, relative, resolve, shown};

/// A link or picture of a page.
pub(crate) struct Link {
    /// Where all of it stands in the text.
    pub(crate) whole: Range<usize>,
    /// Where its target stands.
    target: Range<usize>,
    pub(crate) picture: bool,
    /// The file or folder that it leads to, without what stands behind `#`.
    pub(crate) path: String,
    /// `#` and what stands behind it, or nothing.
    anchor: String,
}

/// Which text is made of a page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// The Markdown that stands beside the page: links lead to Markdown and to files as they are.
    Readers,
    /// mdBook, which makes a page of it: links lead to pages.
    Pages,
}

/// The links of a page into the repository, and what is wrong with others.
pub(crate) fn of(page: &Page) -> (Vec<Link>, Vec<String>) {
    let mut found = Vec::new();
    let mut wrong = Vec::new();
    for (event, range) in new_cmark_parser(&page.text, &options()).into_offset_iter() {
        let (kind, dest, picture) = match event {
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => (link_type, dest_url, false),
            Event::Start(Tag::Image {
                link_type,
                dest_url,
                ..
            }) => (link_type, dest_url, true),
            _ => continue,
        };
        if dest.contains("://") || dest.starts_with("mailto:") || dest.starts_with('#') {
            continue;
        }
        match link(page, kind, &dest, range.clone(), picture) {
            Ok(link) => found.push(link),
            Err(why) => wrong.push(fault(page, range.start, &format!("`{dest}` {why}"))),
        }
    }
    (found, wrong)
}

fn link(
    page: &Page,
    kind: LinkType,
    dest: &CowStr<'_>,
    whole: Range<usize>,
    picture: bool,
) -> Result<Link, &'static str> {
    let text = page.text.get(whole.clone()).unwrap_or_default();
    let at = (kind == LinkType::Inline).then(|| text.rfind(&format!("]({dest}")));
    let Some(at) = at.flatten() else {
        return Err("is to be written as `[text](target)`");
    };
    let start = whole.start + at + "](".len();
    let (path, anchor) = dest
        .split_once('#')
        .map_or((dest.as_ref(), String::new()), |(path, anchor)| {
            (path, format!("#{anchor}"))
        });
    let Some(path) = resolve(&page.source, path) else {
        return Err("leads out of the repository");
    };
    Ok(Link {
        whole,
        target: start..start + dest.len(),
        picture,
        path,
        anchor,
    })
}

/// A fault of a page, with its line.
pub(crate) fn fault(page: &Page, at: usize, what: &str) -> String {
    let before = page.text.get(..at).unwrap_or_default();
    format!(
        "{}:{}: {what}",
        page.source,
        before.matches('\n').count() + 1
    )
}

/// Links that lead nowhere. Those to a heading are looked at once pages are made.
pub(crate) fn faults(book: &Book) -> Vec<String> {
    let mut faults = Vec::new();
    for page in &book.pages {
        let (links, wrong) = of(page);
        faults.extend(wrong);
        for link in links {
            let what = if book.page(&link.path).is_some() {
                continue;
            } else if !Path::new(&link.path).exists() {
                format!("there is no {}", link.path)
            } else if link.path.ends_with(".md") {
                format!("{} is no page: list it in docs/SUMMARY.md", link.path)
            } else {
                continue;
            };
            faults.push(fault(page, link.whole.start, &what));
        }
    }
    faults
}

/// The text of a page with links that lead within the site.
pub(crate) fn rewritten(book: &Book, page: &Page, whom: For) -> String {
    let mut text = page.text.clone();
    // From the last to the first, so that ranges stay true.
    for link in of(page).0.iter().rev() {
        let to = match (book.page(&link.path), whom) {
            (Some(other), _) => other.site.clone(),
            (None, _) if link.picture => crate::book::site(&link.path),
            (None, For::Readers) => raw(&link.path),
            (None, For::Pages) => shown(&link.path),
        };
        let to = format!("{}{}", relative(&page.site, &to), link.anchor);
        text.replace_range(link.target.clone(), &to);
    }
    text
}
