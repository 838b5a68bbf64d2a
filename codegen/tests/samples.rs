//! The samples and the reference, of the providers and of invented ones. That what is shown compiles and does what it
//! says is tested by `cargo xtask test samples`; here that it is what is compiled, that no call is left out, and that
//! no link leads nowhere.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use common::{acme, hostile, meeting, source, wire};
use serde_json::Value;
use snapline_codegen::samples::Language;
use snapline_codegen::{Source, ir, lower, reference, samples};

/// The providers of the tree.
fn ours() -> Vec<Source> {
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec");
    let read =
        |name: &str, file: &str| std::fs::read_to_string(spec.join(name).join(file)).unwrap();
    ["digitalocean", "ovhcloud"]
        .map(|name| Source {
            document_file: "upstream.json".to_owned(),
            words_file: "words.yaml".to_owned(),
            words: Some(read(name, "words.yaml")),
            overlay: read(name, "overlay.yaml"),
            ..source(&read(name, "upstream.json"))
        })
        .to_vec()
}

fn everybody() -> Vec<(&'static str, Vec<Source>)> {
    vec![
        ("ours", ours()),
        ("acme", vec![acme()]),
        ("hostile", vec![hostile()]),
        ("meeting", vec![meeting()]),
        ("wire", vec![wire()]),
    ]
}

#[test]
fn every_call_has_a_sample_in_every_language_and_a_case() {
    for (name, sources) in everybody() {
        let programs = samples(&sources).unwrap();
        let mut calls = Vec::new();
        for source in &sources {
            let api = ir::build(&lower(source).unwrap()).unwrap();
            let provider = api.provider.name.clone();
            calls.extend(api.calls().map(|call| (provider.clone(), call.dotted())));
        }
        let runs = programs.runs.iter();
        let runs: Vec<_> = runs
            .map(|run| (run.provider.clone(), run.call.clone()))
            .collect();
        assert_eq!(runs, calls, "{name}");
        let mut cases = BTreeMap::new();
        for (path, text) in programs
            .files
            .iter()
            .filter(|(path, _)| path.starts_with("cases/"))
        {
            let all: Vec<Value> = serde_json::from_str(text).expect(path);
            for case in all {
                let case_name = case["name"].as_str().unwrap().to_owned();
                cases.insert(case_name, case["exchanges"].as_array().unwrap().len());
            }
        }
        for run in &programs.runs {
            for language in Language::ALL {
                let exchanges = cases.get(&run.case(language));
                assert!(
                    exchanges.is_some_and(|count| *count > 0),
                    "{name}: {}",
                    run.call
                );
            }
        }
    }
}

/// The blocks of code of a page that are samples, by language.
fn blocks(page: &str) -> Vec<(Language, String)> {
    let mut all = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("<!-- sample: ") else {
            continue;
        };
        let title = language.strip_suffix(" -->").unwrap();
        let mut known = Language::ALL.into_iter();
        let language = known.find(|one| one.title() == title).unwrap();
        assert_eq!(lines.next(), Some(""));
        assert!(lines.next().unwrap().starts_with("```"));
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        all.push((language, body.join("\n")));
    }
    all
}

#[test]
fn what_is_shown_is_what_is_compiled() {
    let (pages, programs) = (reference(&ours()).unwrap(), samples(&ours()).unwrap());
    // Lines of a function stand further in than on the page.
    let plain = |text: &str| -> String {
        let lines = text
            .lines()
            .map(|line| line.strip_prefix("    ").unwrap_or(line));
        lines.map(|line| format!("{line}\n")).collect()
    };
    let mut compiled: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, text) in programs.files.iter() {
        let (language, _) = path.split_once('/').unwrap();
        let text = match language {
            "rust" | "c" | "cpp" => plain(text),
            _ => text.to_owned(),
        };
        compiled.entry(language).or_default().push(text);
    }
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, page) in pages.iter() {
        for (language, body) in blocks(page) {
            let all = &compiled[language.name()];
            let body = format!("{body}\n");
            assert!(
                all.iter().any(|text| text.contains(&body)),
                "{path}: {body}"
            );
            *seen.entry(language.name()).or_default() += 1;
        }
    }
    for language in Language::ALL {
        assert_eq!(seen.get(language.name()), Some(&programs.runs.len()));
    }
}

/// Where the links of a page lead, without those to other sites and those in code.
fn links(page: &str) -> Vec<String> {
    let mut fenced = false;
    let mut all = Vec::new();
    for line in page.lines() {
        fenced ^= line.starts_with("```");
        if fenced {
            continue;
        }
        let parts = line.split("](").skip(1);
        all.extend(parts.filter_map(|part| Some(part.split_once(')')?.0.to_owned())));
    }
    all.retain(|link| !link.contains("://"));
    all
}

#[test]
fn every_link_of_the_reference_leads_somewhere() {
    for (name, sources) in everybody()
        .into_iter()
        .filter(|(name, _)| *name != "hostile")
    {
        let pages = reference(&sources).unwrap();
        let mut listed = BTreeSet::new();
        for (path, page) in pages.iter() {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            for link in links(page) {
                let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
                // Those of the list go from where the folder of all pages lies.
                let target = match (path.ends_with("SUMMARY.md"), file) {
                    (true, file) => file.to_owned(),
                    (false, "") => path.to_owned(),
                    (false, file) => match file.strip_prefix("../") {
                        Some(file) => format!("reference/{file}"),
                        None => format!("{folder}/{file}"),
                    },
                };
                let there = pages.get(&target);
                let there = there.unwrap_or_else(|| panic!("{name}: {path} links to {link}"));
                let mark = format!("<a id=\"{anchor}\"></a>");
                assert!(
                    anchor.is_empty() || there.contains(&mark),
                    "{name}: {path}: {link}"
                );
                if path.ends_with("SUMMARY.md") {
                    listed.insert(target);
                }
            }
        }
        let all: BTreeSet<String> = pages.iter().map(|(path, _)| path.to_owned()).collect();
        let unlisted: Vec<_> = all.difference(&listed).collect();
        assert_eq!(unlisted, ["reference/SUMMARY.md"], "{name}");
    }
}

#[test]
fn no_text_of_a_document_ends_a_table_or_a_block_of_code() {
    let pages = reference(&[hostile()]).unwrap();
    for (path, page) in pages.iter() {
        let mut columns = None;
        for line in page.lines() {
            if line.starts_with("| ") || line.starts_with("|-") {
                let bars = line.replace("\\|", "").matches('|').count();
                assert_eq!(*columns.get_or_insert(bars), bars, "{path}: {line}");
            } else {
                columns = None;
            }
            let plain = line.replace("\\<", "");
            // Between marks of code it is shown as it is.
            let shown = plain.contains('`') || !plain.contains("<script");
            assert!(shown, "{path}: {line}");
        }
        let fences = page.lines().filter(|line| line.starts_with("```")).count();
        assert_eq!(fences, 2 * blocks(page).len(), "{path}");
    }
}

#[test]
fn a_page_says_what_the_caller_must_be_allowed() {
    let pages = reference(&ours()).unwrap();
    for (page, line) in [
        (
            "digitalocean/nfs-snapshots",
            "`GET /v2/nfs/snapshots` · the caller needs `nfs:list`",
        ),
        (
            "ovhcloud/netapp-networks",
            "`GET /storage/netapp/{serviceName}/network` · the caller needs `storageNetApp:apiovh:network/get`",
        ),
    ] {
        let text = pages.get(&format!("reference/{page}.md")).unwrap();
        let told: Vec<&str> = text.lines().filter(|line| line.contains(" · ")).collect();
        assert!(told.contains(&line), "{page}: {told:?}");
    }
}
