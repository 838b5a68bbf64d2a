//! The changes as a section of `CHANGELOG.md`.

use super::report::{Change, Report};
use super::rules::{Group, Kind, Verdict};

/// As wide as the lines of the file are.
const WIDTH: usize = 118;

/// So many operations are named; the rest is counted.
const NAMED: usize = 3;

/// The groups in their order; what breaks is in none but the first.
const GROUPS: [(&str, Option<Group>); 4] = [
    ("Breaking", None),
    ("Added", Some(Group::Added)),
    ("Changed", Some(Group::Changed)),
    ("Removed", Some(Group::Removed)),
];

/// What is told of a group.
fn sentences(report: &Report, wanted: Option<Group>) -> Vec<String> {
    let noticed = |change: &&Change| change.verdicts.worst() != Verdict::None;
    let belongs = |change: &&Change| {
        let own = change.rules.first().map(|rule| rule.group());
        match wanted {
            None => change.breaks(),
            wanted => !change.breaks() && own == wanted,
        }
    };
    let changes = report.changes.iter();
    changes
        .filter(noticed)
        .filter(belongs)
        .map(sentence)
        .collect()
}

/// All of it as one list without a title, for a section that has other things too; what breaks says so.
pub(super) fn list(report: &Report) -> String {
    let mut out = String::new();
    for (_, wanted) in GROUPS {
        let breaking = if wanted.is_none() {
            "**Breaking.** "
        } else {
            ""
        };
        for sentence in sentences(report, wanted) {
            out.push_str(&item(&format!("{breaking}{sentence}")));
        }
    }
    out
}

/// A section for the version that the largest step leads to; nothing where nothing is noticed.
pub(super) fn section(report: &Report) -> String {
    let mut out = String::new();
    for (title, wanted) in GROUPS {
        let sentences = sentences(report, wanted);
        if sentences.is_empty() {
            continue;
        }
        out.push_str(&format!("\n### {title}\n\n"));
        for sentence in sentences {
            out.push_str(&item(&sentence));
        }
    }
    if out.is_empty() {
        return out;
    }
    let order = ["none", "patch", "minor", "major"];
    let largest = report
        .versions
        .iter()
        .max_by_key(|step| order.iter().position(|part| *part == step.part));
    let version = largest.map_or("", |step| step.to.as_str());
    format!("## {version} (not released)\n{out}")
}

/// A list's item, its lines broken between words.
fn item(sentence: &str) -> String {
    let mut out = String::from("-");
    let mut width = 1;
    for word in sentence.split_whitespace() {
        let length = word.chars().count();
        if width + 1 + length > WIDTH {
            out.push_str("\n ");
            width = 1;
        }
        out.push(' ');
        out.push_str(word);
        width += 1 + length;
    }
    out.push('\n');
    out
}

fn sentence(change: &Change) -> String {
    let named = |number: usize| {
        change.operations.get(number).map(|touched| {
            let id = touched.id.as_ref().map(|id| format!(" (`{id}`)"));
            format!("`{}`{}", touched.operation, id.unwrap_or_default())
        })
    };
    let kind = change.rules.first().map(|rule| rule.kind);
    match (kind, named(0)) {
        (Some(Kind::OperationAdded), Some(operation)) => return format!("Added {operation}."),
        (Some(Kind::OperationRemoved), Some(operation)) => return format!("Removed {operation}."),
        _ => {}
    }
    let shown = change
        .shown()
        .map(|shown| format!(": `{shown}`"))
        .unwrap_or_default();
    let what = change.what();
    let place = Some(format!("`{}`", change.place)).filter(|_| !change.place.is_empty());
    if change.component.is_some() {
        let mut operations: Vec<String> = (0..NAMED).filter_map(named).collect();
        let more = change.operations.len().saturating_sub(NAMED);
        if more > 0 {
            operations.push(format!("{more} more"));
        }
        let place = place.unwrap_or_default();
        return format!("{place}: {what}{shown} (in {}).", operations.join(", "));
    }
    let place: Vec<String> = named(0).into_iter().chain(place).collect();
    format!("{}: {what}{shown}.", place.join(", "))
}
