//! The change report: pairs of tiny documents with the lines that they give, and what holds for any pair.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use snapline_codegen::changes::{
    Change, Offered, RULES, Report, Rule, Verdict, compare, compare_with, table,
};
use snapline_codegen::parse::parse_value;
use snapline_codegen::select::Offer;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn document(path: &Path) -> Option<Value> {
    let text = fs::read_to_string(path).unwrap();
    parse_value(&path.display().to_string(), &text).ok()
}

/// A pair as its file has it: `expected` are the lines from `old` to `new`, `reversed` the rules of the way back.
struct Pair {
    name: String,
    old: Value,
    new: Value,
    expected: Vec<String>,
    reversed: Vec<String>,
}

fn pairs() -> Vec<Pair> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/changes");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let pairs = paths.iter().map(|path| {
        let mut pair = document(path).unwrap_or_else(|| panic!("{} is no pair", path.display()));
        let texts = |value: &Value| serde_json::from_value(value.clone()).unwrap();
        Pair {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            expected: texts(&pair["expected"]),
            reversed: texts(&pair["reversed"]),
            old: pair["old"].take(),
            new: pair["new"].take(),
        }
    });
    pairs.collect()
}

fn lines(report: &Report) -> Vec<String> {
    report.changes.iter().map(Change::line).collect()
}

fn numbers(report: &Report) -> BTreeSet<String> {
    let rules = report.changes.iter().flat_map(|change| &change.rules);
    rules.map(|rule| rule.number()).collect()
}

#[test]
fn every_pair_gives_its_lines() {
    let mut wrong = Vec::new();
    let pairs = pairs();
    for pair in &pairs {
        let (there, back) = (compare(&pair.old, &pair.new), compare(&pair.new, &pair.old));
        if lines(&there) != pair.expected {
            let got: Vec<String> = lines(&there)
                .iter()
                .map(|line| format!("  - {}", json!(line)))
                .collect();
            wrong.push(format!("{}: expected:\n{}", pair.name, got.join("\n")));
        }
        let got: Vec<String> = numbers(&back).into_iter().collect();
        if got != pair.reversed {
            wrong.push(format!("{}: reversed: [{}]", pair.name, got.join(", ")));
        }
    }
    assert!(pairs.len() >= 80, "{} pairs", pairs.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_pair_of_its_name() {
    let pairs = pairs();
    let mut unseen: BTreeMap<String, &str> =
        RULES.iter().map(|rule| (rule.number(), rule.id)).collect();
    for pair in &pairs {
        let (number, name) = pair.name.split_once('_').unwrap();
        // Those that show how rules meet are of no rule alone.
        if number == "000" {
            continue;
        }
        let number = format!("S{number}");
        let seen = numbers(&compare(&pair.old, &pair.new));
        assert!(seen.contains(&number), "{}: {seen:?}", pair.name);
        let id = unseen.get(&number).map(|id| id.replace('-', "_"));
        if id.is_some_and(|id| name.starts_with(&id)) {
            unseen.remove(&number);
        }
    }
    assert!(unseen.is_empty(), "no pair has the name of {unseen:?}");
}

/// Of a change that goes as well one way as the other, both are told by one rule.
fn goes_both_ways(rule: &Rule) -> bool {
    let words = [
        "-changed",
        "-renamed",
        "-replaced",
        "-order-",
        "-lost",
        "-alone",
        "-bound-",
    ];
    words.iter().any(|word| rule.id.contains(word))
}

#[test]
fn the_way_back_falls_under_another_rule() {
    for pair in pairs() {
        let there = compare(&pair.old, &pair.new);
        let back = numbers(&compare(&pair.new, &pair.old));
        assert_eq!(there.is_empty(), back.is_empty(), "{}", pair.name);
        for rule in there.changes.iter().flat_map(|change| &change.rules) {
            let same = back.contains(&rule.number());
            // A success under another number is one that is gone and one that came, both ways.
            let expected = goes_both_ways(rule) || pair.name.starts_with("000_");
            assert!(!same || expected, "{}: {}", pair.name, rule.number());
        }
    }
}

#[test]
fn numbers_and_ids_are_each_given_once_and_in_order() {
    let numbers: Vec<String> = RULES.iter().map(Rule::number).collect();
    let mut sorted = numbers.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(numbers, sorted);
    let ids: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), RULES.len());
    for rule in RULES {
        assert!(
            rule.subject.starts_with(|c: char| c.is_ascii_uppercase()),
            "{}",
            rule.id
        );
        assert!(
            rule.why.ends_with('.') && !rule.what.ends_with('.'),
            "{}",
            rule.id
        );
    }
}

#[test]
fn the_page_has_the_table_of_the_code() {
    let page = fs::read_to_string(root().join("docs/changes.md")).unwrap();
    let found = page.find("| number |").map_or("", |at| &page[at..]);
    assert!(
        found == table(),
        "docs/changes.md must end with this table:\n\n{}",
        table()
    );
}

/// Every document of the tree, and upstream's where they lie beside it.
fn documents() -> Vec<(PathBuf, Value)> {
    let mut waiting = vec![root().join("spec"), root().join("codegen/tests")];
    waiting.extend(Some(root().join("../shared/upstream")).filter(|folder| folder.is_dir()));
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_document = path
                .extension()
                .is_some_and(|end| end == "yaml" || end == "json");
            if path.is_dir() && !path.ends_with("digitalocean-tree") {
                waiting.push(path);
            } else if is_document && let Some(value) = document(&path) {
                found.push((path, value));
            }
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found
}

#[test]
fn a_document_does_not_differ_from_itself() {
    let documents = documents();
    assert!(documents.len() > 100, "{} documents", documents.len());
    for (path, value) in &documents {
        let report = compare(value, value);
        assert!(
            report.is_empty(),
            "{}: {:?}",
            path.display(),
            lines(&report)
        );
        assert!(!report.breaks() && report.changelog.is_empty());
        let mut sorted = value.clone();
        sorted.sort_all_objects();
        let report = compare(value, &sorted);
        assert!(
            report.is_empty(),
            "{}: {:?}",
            path.display(),
            lines(&report)
        );
    }
    for pair in pairs() {
        assert!(compare(&pair.new, &pair.new).is_empty(), "{}", pair.name);
    }
}

#[test]
fn any_two_documents_can_be_compared() {
    let mut all: Vec<Value> = documents()
        .into_iter()
        .map(|(_, value)| value)
        .filter(|value| value.to_string().len() < 100_000)
        .collect();
    all.extend([
        json!(null),
        json!([]),
        json!({"paths": []}),
        json!({"paths": {"/": {"get": 1}}}),
    ]);
    let circle = json!({"paths": {"/a": {"get": {"responses": {"200": {"content": {"x": {"schema":
        {"$ref": "#/components/schemas/a"}}}}}}}},
        "components": {"schemas": {"a": {"allOf": [{"$ref": "#/components/schemas/a"}, {"items": {"$ref": "#/components/schemas/b"}}]},
        "b": {"type": "array", "items": {"$ref": "#/components/schemas/b"}}}}});
    all.push(circle);
    let mut seen = 0;
    for two in all.windows(2) {
        let report = compare(&two[0], &two[1]);
        seen += report.changes.len();
        assert!(report.text().lines().count() > 2);
    }
    assert!(seen > 100, "{seen} changes");
}

#[test]
fn text_markdown_and_json_have_the_same_facts() {
    let pairs = pairs();
    assert!(!pairs.is_empty());
    for pair in pairs {
        let report = compare(&pair.old, &pair.new);
        let (text, markdown) = (report.text(), report.markdown().replace('`', ""));
        let json: Value = serde_json::from_str(&report.json()).unwrap();
        for (change, told) in report
            .changes
            .iter()
            .zip(json["changes"].as_array().unwrap())
        {
            assert!(text.contains(&change.line()), "{}", change.line());
            assert!(markdown.contains(&change.line()), "{}", change.line());
            assert_eq!(told["rules"][0]["number"], json!(change.rules[0].number()));
            assert_eq!(told["place"], json!(change.place));
            assert_eq!(
                told["operations"].as_array().unwrap().len(),
                change.operations.len()
            );
        }
        for step in &report.versions {
            let line = format!("{} {}", step.artefact, step.from);
            assert!(text.contains(&line) && markdown.contains(&line));
        }
        for line in report.changelog.lines() {
            assert!(text.contains(line) && markdown.contains(&line.replace('`', "")));
        }
    }
}

fn things(paths: &Value) -> Value {
    json!({"openapi": "3.0.3", "paths": paths})
}

#[test]
fn each_artefact_rises_by_its_own_changes() {
    let done = json!({"204": {"description": "Done."}});
    let old = things(&json!({"/a": {"get": {"operationId": "a_list", "responses": done}}}));
    let parameter = json!([{"name": "page", "in": "query", "schema": {"type": "integer"}}]);
    let new = things(
        &json!({"/a": {"get": {"operationId": "a_list", "parameters": parameter, "responses": done}}}),
    );
    let report = compare(&old, &new).with_version("1.2.3");
    let steps: Vec<(&str, &str)> = report
        .versions
        .iter()
        .map(|step| (step.artefact, step.to.as_str()))
        .collect();
    let expected = [
        ("Rust crates", "1.3.0"),
        ("Python wheel", "1.3.0"),
        ("C library", "2.0.0"),
        ("C++ headers", "2.0.0"),
    ];
    assert_eq!(steps, expected);
    assert_eq!(
        report.versions[2].soname,
        Some("libsnapline.so.N gets the next N")
    );
    assert_eq!(report.counts["C"].breaking, 1);
    assert_eq!(report.counts["Rust"].compatible, 1);
    assert_eq!(report.changes[0].verdicts.worst(), Verdict::Breaking);
    let section = "## 2.0.0 (not released)\n\n### Breaking\n\n\
        - `GET /a` (`a_list`), `query parameter page`: an optional parameter was added to a call that took nothing but its\n  path.\n";
    assert_eq!(report.changelog, section);
    let nothing = compare(&old, &old).with_version("0.4.0");
    assert!(
        nothing
            .versions
            .iter()
            .all(|step| step.to == "0.4.0" && step.part == "none")
    );
}

#[test]
fn what_is_new_upstream_and_not_selected_is_told() {
    let old = things(&json!({"/a/{id}": {"get": {"tags": ["a"], "responses": {}}}}));
    let operation = |id: &str, tag: &str| Offer {
        id: Some(id.to_owned()),
        tags: vec![tag.to_owned()],
    };
    let offered = Offered {
        old: BTreeMap::from([("GET /b".to_owned(), operation("b_list", "b"))]),
        new: BTreeMap::from([
            ("GET /a/{a_id}".to_owned(), operation("a_get", "a")),
            ("GET /b".to_owned(), operation("b_list", "b")),
            ("POST /c".to_owned(), operation("c_create", "c")),
        ]),
    };
    let report = compare_with(&old, &old, &offered);
    let told: Vec<&str> = report
        .new_upstream
        .iter()
        .map(|offer| offer.operation.as_str())
        .collect();
    assert_eq!(told, ["POST /c"]);
    assert_eq!(report.new_tags, ["c"]);
    assert!(!report.is_empty());
    let text = report.text();
    assert!(
        text.contains("New upstream and not selected\n  POST /c (c_create), tagged c\n"),
        "{text}"
    );
    assert!(
        report
            .markdown()
            .contains("## Tags that upstream never had before\n\n- `c`\n")
    );
    assert!(report.json().contains("\"new_tags\""));
}

#[test]
fn a_whole_provider_takes_less_than_five_seconds() {
    let path = root().join("../shared/upstream/digitalocean.json");
    if !path.is_file() {
        println!("upstream's document is not at hand: nothing was measured");
        return;
    }
    let old = document(&path).unwrap();
    let mut new = old.clone();
    let status =
        new.pointer_mut("/components/schemas/nfs_snapshot_response/properties/status/enum");
    *status.unwrap() = json!(["READY", "GONE"]);
    let started = Instant::now();
    let report = compare(&old, &new);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    assert_eq!(numbers(&report), BTreeSet::from(["S170".to_owned()]));
    // It stands above all others, with every operation that it reaches.
    let text = report.text();
    let title = text.find("Enums whose values were replaced").unwrap();
    assert!(
        text[title..].lines().nth(1).unwrap().starts_with("  S170 "),
        "{text}"
    );
    assert_eq!(report.changes[0].operations.len(), 2);
}
