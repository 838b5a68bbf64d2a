//! What was read, as pages: in which files, what stands there, and where names lead.

use std::collections::{BTreeMap, BTreeSet};

use mdbook_markdown::new_cmark_parser;
use mdbook_markdown::pulldown_cmark::{CodeBlockKind, Event, Tag};

use super::prose::{first_sentence, linked, words};
use super::{Item, Kind, Language, Source};
use crate::markup::{escaped, options};
use crate::paths::{folder, relative};

/// Where the pages stand, as far as links go: nothing is there in the repository.
const FOLDER: &str = "docs/api";

/// Of a page with more letters than this, large classes get pages of their own.
const LONGEST: usize = 60_000;
/// A class is large with more letters than this.
const LARGE: usize = 6_000;

/// The pages of all languages.
pub(crate) struct Pages {
    sources: Vec<Source>,
    pub(crate) undocumented: Vec<String>,
    /// Where a name is declared, by language and by the namespace or module that has it.
    places: BTreeMap<(Language, String), BTreeMap<String, Place>>,
    /// The classes of each source that have pages of their own.
    large: BTreeMap<String, BTreeSet<String>>,
}

/// Where a name is told of.
#[derive(Clone)]
struct Place {
    /// The page, as the repository would have it.
    page: String,
    anchor: String,
    /// Whether a signature that names it should lead to it.
    is_type: bool,
}

/// A page that was made.
pub(crate) struct Made {
    pub(crate) source: String,
    pub(crate) title: String,
    pub(crate) text: String,
    depth: usize,
}

impl Pages {
    pub(super) fn new(sources: Vec<Source>, undocumented: Vec<String>) -> Self {
        let mut pages = Self {
            sources: Vec::new(),
            undocumented,
            places: BTreeMap::new(),
            large: BTreeMap::new(),
        };
        for source in &sources {
            let whole: usize = source.items.iter().map(weight).sum();
            let large = source
                .items
                .iter()
                .filter(|item| whole > LONGEST && item.kind == Kind::Class && weight(item) > LARGE);
            let large: BTreeSet<String> = large.map(|item| item.name.clone()).collect();
            pages.large.insert(source.path.clone(), large);
        }
        for source in &sources {
            let mut places = BTreeMap::new();
            for item in &source.items {
                let page = pages.page_of(source, item);
                let of = |anchor: String, is_type| Place {
                    page: page.clone(),
                    anchor,
                    is_type,
                };
                let is_type = item.kind != Kind::Function;
                places.insert(item.name.clone(), of(anchor(&item.name), is_type));
                let values = item
                    .members
                    .iter()
                    .filter(|_| source.language == Language::C);
                for value in values {
                    places.insert(value.name.clone(), of(anchor(&value.name), true));
                }
            }
            let key = (source.language, source.scope.clone());
            pages.places.entry(key).or_default().extend(places);
        }
        // What one module takes from another is told of where it is at home.
        for source in &sources {
            for (name, module) in &source.elsewhere {
                let theirs = pages.places.get(&(source.language, module.clone()));
                let home = sources.iter().find(|other| &other.title == module);
                let place = theirs
                    .and_then(|theirs| theirs.get(name))
                    .cloned()
                    .or_else(|| {
                        let page = page(home?);
                        Some(Place {
                            page,
                            anchor: String::new(),
                            is_type: true,
                        })
                    });
                if let Some(place) = place {
                    let key = (source.language, source.scope.clone());
                    pages
                        .places
                        .entry(key)
                        .or_default()
                        .insert(name.clone(), place);
                }
            }
        }
        pages.sources = sources;
        pages
    }

    fn page_of(&self, source: &Source, item: &Item) -> String {
        let whole = page(source);
        let large = self.large.get(&source.path);
        match large.is_some_and(|large| large.contains(&item.name)) {
            true => format!(
                "{}/{}.md",
                whole.trim_end_matches(".md"),
                anchor(&item.name)
            ),
            false => whole,
        }
    }

    /// Where a name leads that a page of this scope has.
    fn find(&self, language: Language, scope: &str, name: &str) -> Option<&Place> {
        let mut scope = scope;
        if let Some((module, name)) = name.rsplit_once(separator(language)) {
            return self.places.get(&(language, module.to_owned()))?.get(name);
        }
        loop {
            let all = self.places.get(&(language, scope.to_owned()));
            if let Some(place) = all.and_then(|all| all.get(name)) {
                return Some(place);
            }
            match scope.rsplit_once(separator(language)) {
                Some((outer, _)) => scope = outer,
                None if scope.is_empty() => break,
                None => scope = "",
            }
        }
        match (language, name.strip_prefix('_')) {
            // C++ takes and gives what C has.
            (Language::Cpp, _) => self.find(Language::C, "", name),
            // A stub calls what may be given in place of an enum by its name behind an underscore.
            (Language::Python, Some(name)) => self.find(language, scope, name),
            _ => None,
        }
    }

    /// The pages of a language in their order, the one that lists them first.
    fn of(&self, language: Language) -> Vec<Made> {
        let sources: Vec<&Source> = self
            .sources
            .iter()
            .filter(|source| source.language == language)
            .collect();
        let index = format!("{FOLDER}/{}/README.md", language.name());
        let mut list = format!("# {}\n\n{}\n\n", language.title(), language.about());
        let mut made = Vec::new();
        for source in ordered(&sources) {
            let path = page(source);
            list.push_str(&entry(&index, &path, &source.title, &source.intro));
            let depth = 1 + parents(&sources, source);
            let large = self.large.get(&source.path);
            let is_large = |item: &&Item| large.is_some_and(|large| large.contains(&item.name));
            let mut text = format!("# {}\n\n", source.title);
            let say = |words: &str, page: &str| {
                linked(words, |name| {
                    let place = self.find(language, &source.scope, name)?;
                    Some(link(page, place))
                })
            };
            text.push_str(&say(&source.intro, &path));
            let file = relative(&path, &source.path);
            text.push_str(&format!("\n\nFrom [`{}`]({file}).\n", source.path));
            let parts: String = sources
                .iter()
                .filter(|other| parent(&sources, other).is_some_and(|it| it.path == source.path))
                .map(|other| entry(&path, &page(other), &other.title, &other.intro))
                .collect();
            if !parts.is_empty() {
                text.push_str(&format!("\nIts parts:\n\n{parts}"));
            }
            let apart: String = source
                .items
                .iter()
                .filter(is_large)
                .map(|item| entry(&path, &self.page_of(source, item), &item.name, &item.doc))
                .collect();
            if !apart.is_empty() {
                text.push_str(&format!("\nOn pages of their own:\n\n{apart}"));
            }
            let taken: Vec<String> = source
                .elsewhere
                .keys()
                .filter_map(|name| {
                    let place = self.find(language, &source.scope, name)?;
                    Some(format!("[`{name}`]({})", link(&path, place)))
                })
                .collect();
            if !taken.is_empty() {
                text.push_str(&format!("\nIt also has {}.\n", taken.join(", ")));
            }
            let mut writer = Writer {
                pages: self,
                source,
                page: path.clone(),
                anchors: BTreeSet::new(),
            };
            for item in source.items.iter().filter(|item| !is_large(item)) {
                writer.item(&mut text, item, "##");
            }
            made.push(Made {
                title: short(source),
                text,
                depth,
                source: path.clone(),
            });
            for item in source.items.iter().filter(is_large) {
                let page = self.page_of(source, item);
                let mut text = String::new();
                let mut writer = Writer {
                    pages: self,
                    source,
                    page: page.clone(),
                    anchors: BTreeSet::new(),
                };
                writer.item(&mut text, item, "#");
                let back = relative(&page, &path);
                text.push_str(&format!("\nIt is a part of [{}]({back}).\n", source.title));
                made.push(Made {
                    title: item.name.clone(),
                    text,
                    depth: depth + 1,
                    source: page,
                });
            }
        }
        let title = language.title().to_owned();
        made.insert(
            0,
            Made {
                source: index,
                title,
                text: list,
                depth: 0,
            },
        );
        made
    }

    /// The pages of all languages.
    pub(crate) fn made(&self) -> Vec<Made> {
        Language::ALL
            .iter()
            .flat_map(|language| self.of(*language))
            .collect()
    }

    /// The text of a page in which signatures lead to the types that they name.
    pub(crate) fn with_links(&self, source: &str, text: &str) -> String {
        let Some(of) = self.sources.iter().find(|of| {
            let path = page(of);
            path == source
                || source.starts_with(&format!("{}/", path.trim_end_matches(".md")))
                    && source.rsplit_once('/').is_some_and(|(_, name)| {
                        let large = self.large.get(&of.path);
                        large.is_some_and(|all| {
                            all.iter().any(|it| format!("{}.md", anchor(it)) == name)
                        })
                    })
        }) else {
            return text.to_owned();
        };
        let mut out = String::new();
        let mut end = 0;
        let mut heading = String::new();
        let mut code: Option<String> = None;
        for (event, range) in new_cmark_parser(text, &options()).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { id, .. }) => {
                    heading = id.map_or_else(String::new, |id| id.to_string());
                }
                Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language)))
                    if *language == *of.language.name() =>
                {
                    out.push_str(text.get(end..range.start).unwrap_or_default());
                    code = Some(String::new());
                }
                Event::Text(part) => {
                    if let Some(code) = &mut code {
                        code.push_str(&part);
                    }
                }
                Event::End(_) => {
                    if let Some(code) = code.take() {
                        let inner = self.signature(of, source, &heading, code.trim_end());
                        let name = of.language.name();
                        out.push_str(&format!(
                            "<pre><code class=\"language-{name}\">{inner}</code></pre>\n"
                        ));
                        end = range.end;
                    }
                }
                _ => {}
            }
        }
        out.push_str(text.get(end..).unwrap_or_default());
        out
    }

    fn signature(&self, of: &Source, page: &str, heading: &str, code: &str) -> String {
        let mut out = String::new();
        for word in words(code) {
            let place = self
                .find(of.language, &of.scope, word)
                .filter(|place| place.is_type);
            // What the heading above it names is here already.
            match place.filter(|place| place.anchor != heading) {
                Some(place) => {
                    let link = link(page, place).replacen(".md", ".html", 1);
                    out.push_str(&format!("<a href=\"{link}\">{word}</a>"));
                }
                None => out.push_str(&escaped(word)),
            }
        }
        out
    }
}

struct Writer<'a> {
    pages: &'a Pages,
    source: &'a Source,
    page: String,
    anchors: BTreeSet<String>,
}

impl Writer<'_> {
    fn item(&mut self, out: &mut String, item: &Item, level: &str) {
        self.heading(out, item, level, "");
        let (rows, methods): (Vec<&Item>, Vec<&Item>) =
            item.members.iter().partition(|member| is_row(member));
        if !rows.is_empty() {
            out.push_str("| Name | What it is |\n|---|---|\n");
        }
        for row in rows {
            let anchor = match self.source.language {
                // A value of C is known everywhere by its name.
                Language::C => self.anchor(&row.name),
                _ => self.anchor(&format!("{}.{}", item.name, row.name)),
            };
            let code: Vec<String> = row.signatures.iter().map(|code| self.code(code)).collect();
            let said = self
                .said(&row.doc)
                .replace("\n\n", "<br>")
                .replace('\n', " ");
            let said = said.replace('|', "\\|");
            let code = code.join("<br>");
            out.push_str(&format!("| <a id=\"{anchor}\"></a>{code} | {said} |\n"));
        }
        let below = format!("{level}#");
        for method in methods {
            let of = format!("{}{}", item.name, separator(self.source.language));
            self.heading(out, method, &below, &of);
        }
    }

    fn heading(&mut self, out: &mut String, item: &Item, level: &str, of: &str) {
        let anchor = self.anchor(&format!("{of}{}", item.name));
        let language = self.source.language.name();
        let code = item.signatures.join("\n");
        let said = self.said(&item.doc);
        out.push_str(&format!(
            "\n{level} `{of}{}` {{#{anchor}}}\n\n```{language}\n{code}\n```\n\n{said}\n\n",
            item.name
        ));
    }

    /// An anchor that the page does not have yet.
    fn anchor(&mut self, name: &str) -> String {
        let wanted = anchor(name);
        let mut free = wanted.clone();
        let mut number = 2;
        while !self.anchors.insert(free.clone()) {
            free = format!("{wanted}-{number}");
            number += 1;
        }
        free
    }

    fn said(&self, words: &str) -> String {
        linked(words, |name| {
            let place = self
                .pages
                .find(self.source.language, &self.source.scope, name)?;
            Some(link(&self.page, place))
        })
    }

    /// Code of one line, in which types lead to where they are declared.
    fn code(&self, code: &str) -> String {
        let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut out = String::from("<code>");
        for word in words(&code) {
            let place = self
                .pages
                .find(self.source.language, &self.source.scope, word);
            match place.filter(|place| place.is_type && !place.anchor.is_empty()) {
                Some(place) => {
                    let link = link(&self.page, place);
                    out.push_str(&format!("[{}]({link})", plain(word)));
                }
                None => out.push_str(&plain(word)),
            }
        }
        out + "</code>"
    }
}

/// Text that Markdown takes for nothing else, in a cell of a table.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if "\\`*_[]<|~&".contains(letter) {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// Whether a member is told in a row: what is read of an object, without more to say.
fn is_row(item: &Item) -> bool {
    let reads = || {
        let mut all = item.signatures.iter();
        all.all(|code| code.contains("() const") && !code.contains('\n'))
    };
    match item.kind {
        Kind::Function => reads() && !item.doc.contains("\n\n"),
        _ => true,
    }
}

/// What stands between a class and a name that it has.
fn separator(language: Language) -> &'static str {
    match language {
        Language::Python => ".",
        Language::C | Language::Cpp => "::",
    }
}

/// How much a page says of an item, in letters.
fn weight(item: &Item) -> usize {
    let code: usize = item.signatures.iter().map(String::len).sum();
    let members: usize = item.members.iter().map(weight).sum();
    code + item.doc.len() + item.name.len() + members
}

/// The anchor of a name: what a link may have without being quoted.
fn anchor(name: &str) -> String {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "_.-~".contains(letter);
    let written = name
        .replace("operator->", "operator-arrow")
        .replace("operator*", "operator-star");
    let written = written.replace("::", ".");
    let parts: Vec<&str> = written.split(|letter| !fits(letter)).collect();
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

/// Where the page of a source stands.
fn page(source: &Source) -> String {
    let title = match source.language {
        Language::Python => source.title.replace('.', "/"),
        // Beside a header there may be a folder of its name without the end.
        _ => source
            .title
            .rsplit_once('.')
            .map_or("", |(stem, _)| stem)
            .to_owned(),
    };
    format!("{FOLDER}/{}/{title}.md", source.language.name())
}

fn link(page: &str, place: &Place) -> String {
    let to = match page == place.page {
        true => String::new(),
        false => relative(page, &place.page),
    };
    match place.anchor.as_str() {
        "" => to,
        anchor => format!("{to}#{anchor}"),
    }
}

/// A line of a list.
fn entry(from: &str, to: &str, title: &str, said: &str) -> String {
    let to = relative(from, to);
    format!("- [{title}]({to}): {}\n", first_sentence(said))
}

/// The source that has another one among its parts: the nearest that is called as a folder above it.
fn parent<'a>(sources: &[&'a Source], of: &Source) -> Option<&'a Source> {
    let path = page(of);
    let mut above = folder(&path);
    while !above.is_empty() {
        let page_above = format!("{above}.md");
        if let Some(found) = sources.iter().find(|source| page(source) == page_above) {
            return Some(found);
        }
        above = folder(above);
    }
    None
}

fn parents(sources: &[&Source], of: &Source) -> usize {
    let mut count = 0;
    let mut next = parent(sources, of);
    while let Some(found) = next {
        count += 1;
        next = parent(sources, found);
    }
    count
}

/// Sources with each behind the one that it is a part of.
fn ordered<'a>(sources: &[&'a Source]) -> Vec<&'a Source> {
    let mut all = sources.to_vec();
    all.sort_by_key(|source| {
        let path = page(source);
        path.trim_end_matches(".md")
            .split('/')
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    all
}

/// What a source is called in a list that has the name of what it is a part of above it.
fn short(source: &Source) -> String {
    match source.language {
        Language::Python => source.title.clone(),
        _ => source.title.trim_start_matches("snapline/").to_owned(),
    }
}

/// The lines of a summary that list the pages, with links as they are seen from docs/.
pub(crate) fn listed(made: &[Made]) -> String {
    let line = |made: &Made| {
        let to = relative("docs/SUMMARY.md", &made.source);
        format!(
            "{}- [{}]({to})",
            "  ".repeat(made.depth),
            made.title.replace('<', "\\<")
        )
    };
    made.iter().map(line).collect::<Vec<_>>().join("\n")
}
