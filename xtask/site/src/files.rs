//! Files of the repository that pages link to: each as it is, and in a page that shows it, so that no link of the site
//! needs anything but the site.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::book::Book;
use crate::links;
use crate::markup::escaped;
use crate::paths::{folder, raw, relative, shown};

const VIEW: &str = include_str!("../theme/file.html");

/// More of a file is nothing to read in a browser.
const LONGEST: usize = 400_000;

/// Copies all that pages link to, with what stands in the folders among it.
pub(crate) fn copy(book: &Book, out: &Path) -> Result<()> {
    let mut wanted = BTreeSet::new();
    for page in &book.pages {
        for link in links::of(page).0 {
            if book.page(&link.path).is_some() {
                continue;
            }
            if link.picture {
                write(out, &crate::book::site(&link.path), &read(&link.path)?)?;
                continue;
            }
            wanted.insert(link.path);
        }
    }
    let folders: Vec<String> = wanted
        .iter()
        .filter(|path| Path::new(path.as_str()).is_dir())
        .cloned()
        .collect();
    for path in folders {
        let inside = entries(&path)?;
        let mut list = String::from("<ul class=\"listing\">\n");
        for name in &inside {
            let file = format!("{path}/{name}");
            if Path::new(&file).is_dir() {
                continue;
            }
            let link = relative(&shown(&path), &shown(&file));
            list.push_str(&format!("<li><a href=\"{link}\">{name}</a></li>\n"));
            wanted.insert(file);
        }
        list.push_str("</ul>\n");
        write(out, &shown(&path), view(&path, &list).as_bytes())?;
        wanted.remove(&path);
    }
    for path in &wanted {
        let bytes = read(path)?;
        write(out, &raw(path), &bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        let mut end = text.len().min(LONGEST);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let language = language(path);
        let raw = relative(&shown(path), &raw(path));
        let mut body = format!(
            "<pre><code class=\"language-{language}\">{}</code></pre>\n",
            escaped(text.get(..end).unwrap_or_default())
        );
        body.push_str(&format!("<p><a href=\"{raw}\">The file as it is</a></p>\n"));
        write(out, &shown(path), view(path, &body).as_bytes())?;
    }
    Ok(())
}

/// Copies a folder with all that is in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    let fault = |what: &Path| format!("{} cannot be copied", what.display());
    fs::create_dir_all(to).with_context(|| fault(from))?;
    for entry in fs::read_dir(from).with_context(|| fault(from))? {
        let path = entry?.path();
        let Some(name) = path.file_name() else {
            continue;
        };
        if path.is_dir() {
            copy_folder(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name)).with_context(|| fault(&path))?;
        }
    }
    Ok(())
}

/// The files of a folder that git would keep: nothing hidden, nothing compiled.
fn entries(path: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path).with_context(|| format!("{path} cannot be read"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !name.starts_with(['.', '_']) && !name.ends_with(".pyc") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn view(path: &str, body: &str) -> String {
    let mut root = relative(&shown(path), "index.html");
    root.truncate(root.len() - "index.html".len());
    VIEW.replace("{root}", &root)
        .replace("{title}", &escaped(path))
        .replace("{body}", body)
}

fn language(path: &str) -> &str {
    match path.rsplit_once('.').map_or("", |(_, end)| end) {
        "rs" => "rust",
        "py" | "pyi" => "python",
        "c" | "h" => "c",
        "cpp" | "hpp" => "cpp",
        "json" => "json",
        "yaml" | "yml" => "yaml",
        "toml" => "ini",
        "sh" => "bash",
        _ => "plaintext",
    }
}

fn read(path: &str) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("{path} cannot be read"))
}

/// Writes a file of the site.
pub(crate) fn write(out: &Path, site: &str, bytes: &[u8]) -> Result<()> {
    let path = out.join(site);
    fs::create_dir_all(out.join(folder(site)))
        .and_then(|()| fs::write(&path, bytes))
        .with_context(|| format!("{} cannot be written", path.display()))
}
