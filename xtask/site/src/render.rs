//! The pages as mdBook makes them, and what comes beside them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use mdbook_driver::MDBook;
use mdbook_driver::config::Config;

use crate::book::Book;
use crate::files::{self, write};
use crate::links::{self, For};
use crate::paths::relative;
use crate::samples;

/// How mdBook is set up. Paths are seen from the folder of what it reads.
const CONFIG: &str = include_str!("../theme/book.toml");

/// What it reads beside the pages.
const THEME: [(&str, &str); 4] = [
    ("theme/head.hbs", include_str!("../theme/head.hbs")),
    ("theme/favicon.svg", include_str!("../theme/favicon.svg")),
    ("site.css", include_str!("../theme/site.css")),
    ("samples.js", include_str!("../theme/samples.js")),
];

/// Makes the site anew.
pub(crate) fn site(book: &Book, out: &Path) -> Result<()> {
    let out = std::path::absolute(out)
        .with_context(|| format!("{} is no path for a site", out.display()))?;
    remove(&out)?;
    let staged = tempfile::tempdir()?;
    let staged = staged.path();
    for (path, text) in THEME {
        write(staged, path, text.as_bytes())?;
    }
    write(staged, "src/SUMMARY.md", summary(book).as_bytes())?;
    for page in &book.pages {
        let text = links::rewritten(book, page, For::Pages);
        let text = samples::folded(&text).map_err(|at| {
            let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
            anyhow::anyhow!("{}:{line}: no code follows a sample's line", page.source)
        })?;
        let text = match &book.api {
            Some(api) => api.with_links(&page.source, &text),
            None => text,
        };
        let text = with_pictures(&text, &page.site)?;
        write(staged, &format!("src/{}", page.site), text.as_bytes())?;
    }
    let mut config: Config = CONFIG.parse()?;
    config.build.build_dir.clone_from(&out);
    MDBook::load_with_config(staged, config)?.build()?;
    for page in &book.pages {
        beside(book, page, &out)?;
    }
    files::copy(book, &out)?;
    write(&out, "llms.txt", crate::llms::list(book).as_bytes())
}

/// Removes a site that was made before, and nothing else.
fn remove(out: &Path) -> Result<()> {
    let Ok(mut entries) = fs::read_dir(out) else {
        return Ok(());
    };
    if entries.next().is_none() {
        return Ok(());
    }
    if !out.join("llms.txt").is_file() || !out.join("toc.js").is_file() {
        bail!(
            "{} has files that are no site; name a folder that is empty or not there",
            out.display()
        );
    }
    fs::remove_dir_all(out).with_context(|| format!("{} cannot be removed", out.display()))
}

/// The summary with its links as they are in the site.
fn summary(book: &Book) -> String {
    let mut summary = String::new();
    for line in book.summary.lines() {
        let link = line
            .split_once("](")
            .and_then(|(before, rest)| Some((before, rest.split_once(')')?)));
        match link {
            Some((before, (target, after))) => {
                let page = crate::paths::resolve(crate::book::SUMMARY, target)
                    .and_then(|source| book.page(&source));
                let target = page.map_or(target, |page| &page.site);
                summary.push_str(&format!("{before}]({target}){after}"));
            }
            None => summary.push_str(line),
        }
        summary.push('\n');
    }
    summary
}

/// A page's Markdown beside it, and a link to that at its end.
fn beside(book: &Book, page: &crate::book::Page, out: &Path) -> Result<()> {
    let markdown = links::rewritten(book, page, For::Readers);
    write(out, &page.site, markdown.as_bytes())?;
    let name = page.site.trim_end_matches(".md");
    let path = out.join(format!("{name}.html"));
    let html =
        fs::read_to_string(&path).with_context(|| format!("mdBook made no {}", path.display()))?;
    let link = format!(
        "<p class=\"markdown\"><a href=\"{}\">This page as Markdown</a></p>\n</main>",
        relative(&page.site, &page.site)
    );
    write(
        out,
        &format!("{name}.html"),
        html.replacen("</main>", &link, 1).as_bytes(),
    )
}

/// The text with each picture drawn in place, where it takes the colours of the page.
fn with_pictures(text: &str, site: &str) -> Result<String> {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let picture = line
            .trim()
            .strip_prefix("![")
            .and_then(|rest| rest.strip_suffix(".svg)"))
            .and_then(|rest| rest.split_once("]("));
        let Some((_, target)) = picture else {
            out.push_str(line);
            continue;
        };
        // Links were made to lead within the site; in the repository pages stand below docs/.
        let path = crate::paths::resolve(site, &format!("{target}.svg"))
            .with_context(|| format!("{target}.svg is outside"))?;
        let svg = fs::read_to_string(Path::new("docs").join(&path))
            .with_context(|| format!("docs/{path} cannot be read"))?;
        // An empty line would end the element, as Markdown has it.
        let svg: Vec<&str> = svg.lines().filter(|line| !line.trim().is_empty()).collect();
        out.push_str(&format!(
            "<figure class=\"picture\">\n{}\n</figure>\n",
            svg.join("\n")
        ));
    }
    Ok(out)
}
