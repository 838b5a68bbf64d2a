//! The page about what was measured, made of `results.json` alone.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::plan::Face;
use super::plot;
use super::results::{Figure, Results, Row, Section, Verdict};
use crate::fault::{Fault, Result};

/// The sections in the order of the page, with what stands above each.
const SECTIONS: [(&str, &str, &str); 7] = [
    (
        "rust",
        "Rust",
        "The crates beside hyper and reqwest with serde, as one would use them by hand, and progenitor's plain client of \
         the same document.",
    ),
    (
        "c",
        "C",
        "The library beside libcurl; values of each answer are copied into structs there, and read from handles here.",
    ),
    (
        "python",
        "Python",
        "The wheel beside other clients, with threads and with asyncio, and above raw reqwest, which it cannot be quicker \
         than by much.",
    ),
    ("size", "Sizes, an import, an idle client", ""),
    (
        "codegen",
        "The generator",
        "`regenerate` over the tree as it is, and over a provider's whole document where one lies beside the checkout.",
    ),
    (
        "instructions",
        "Instructions",
        "Counted by callgrind, so that neither clock nor neighbour is in them: the difference of many calls and few. \
         `.ci/run` holds them to `tests/bench/budget.toml`.",
    ),
    (
        "growth",
        "Growth",
        "Over what grows, in processes of their own. A power of 1 is linear, 0 is flat, from the middle of a line to its \
         end.",
    ),
];

const HEAD: &str = "\
<!-- Made by `cargo xtask bench` of results.json beside it; do not edit. -->
# Benchmarks
What a call costs the process that makes it, beside peers in the same run, against one server on the loopback that is a
process of its own and answers at once. All programs take turns, round by round, so that a slow minute of the machine
meets them all; machines change their speed all the same, so read the ratios. CPU is user and system time.
[tests/bench](../../tests/bench/README.md) says how it is done and how to add a program or a workload.
";

/// What was tried to reach the goals that do not hold, and where the floor is; by hand.
const TRIED: &str = include_str!("../../../tests/bench/tried.md");

/// Writes the page and its plots.
pub(super) fn write(folder: &Path, results: &Results) -> Result<()> {
    let mut page = HEAD.to_owned();
    if results.sections.is_empty() {
        page.push_str("\nNothing was measured yet.\n");
    }
    verdicts(&mut page, results);
    tried(&mut page, results);
    for (name, title, about) in SECTIONS {
        if let Some(section) = results.sections.get(name) {
            let _ = write!(page, "\n## {title}\n");
            if !about.is_empty() {
                let _ = writeln!(page, "{}", wrapped(about));
            }
            plots(&mut page, folder, name, title, section)?;
            tables(&mut page, section);
            ending(&mut page, section);
        }
    }
    let file = folder.join("README.md");
    fs::write(&file, page).map_err(|error| Fault::path(&file, "written", &error))
}

/// Every goal of every section in one table.
fn verdicts(page: &mut String, results: &Results) {
    let all = |name: &str| results.sections.get(name);
    let calls: Vec<&Verdict> = [Face::Rust, Face::C, Face::Python]
        .iter()
        .filter_map(|face| all(face.name()))
        .flat_map(|section| &section.verdicts)
        .collect();
    let limits: Vec<&Figure> = ["size", "codegen"]
        .iter()
        .filter_map(|name| all(name))
        .flat_map(|section| &section.figures)
        .filter(|figure| figure.most.is_some())
        .collect();
    if calls.is_empty() && limits.is_empty() {
        return;
    }
    page.push_str("\n## What is to be reached\nThe best round of each side is compared.\n\n");
    page.push_str("| what | measured | goal | |\n|---|---|---|---|\n");
    for verdict in calls {
        let (sign, word) = (
            if verdict.speed { "at least" } else { "at most" },
            held(verdict.holds),
        );
        let _ = writeln!(
            page,
            "| {}: {} | {:.2} | {sign} {:.2} | {word} |",
            verdict.title, verdict.what, verdict.ratio, verdict.goal
        );
    }
    for figure in limits {
        let most = figure.most.unwrap_or_default();
        let (value, word) = match figure.value {
            Some(value) => (
                format!("{value:.2} {}", figure.unit),
                held(value <= most).to_owned(),
            ),
            None => ("-".to_owned(), figure.note.clone()),
        };
        let _ = writeln!(
            page,
            "| {} | {value} | at most {most} {} | {word} |",
            figure.title, figure.unit
        );
    }
}

fn tried(page: &mut String, results: &Results) {
    let mut verdicts = results.sections.values().flat_map(|it| &it.verdicts);
    if verdicts.any(|it| !it.holds) {
        page.push('\n');
        page.push_str(TRIED);
    }
}

fn held(holds: bool) -> &'static str {
    if holds { "holds" } else { "does not hold" }
}

fn plots(
    page: &mut String,
    folder: &Path,
    name: &str,
    title: &str,
    section: &Section,
) -> Result<()> {
    if !section.rows.is_empty() {
        let rows: Vec<Row> = section
            .rows
            .iter()
            .filter(|row| row.workload != "connect")
            .cloned()
            .collect();
        plot::bars(
            &folder.join(format!("{name}.svg")),
            &format!("{title}: CPU of a request"),
            &rows,
        )?;
        let _ = write!(page, "\n![{title}: CPU of a request]({name}.svg)\n");
    }
    for chart in &section.charts {
        let file = format!("{name}-{}.svg", chart.name);
        plot::lines(&folder.join(&file), chart)?;
        if chart.lines.iter().any(|line| !line.points.is_empty()) {
            let _ = write!(page, "\n![{}]({file})\n", chart.title.replace('`', ""));
        }
    }
    Ok(())
}

fn tables(page: &mut String, section: &Section) {
    let mut workload = "";
    for row in &section.rows {
        if row.workload != workload {
            workload = &row.workload;
            let _ = write!(
                page,
                "\n| {} | CPU of a request, us (best; half of the rounds) | over the first of as many | requests a second | \
                 most memory, MB | allocations |\n|---|---|---|---|---|---|\n",
                row.what
            );
        }
        let at_once = match row.at_once {
            1 => String::new(),
            many => format!(", {many} at once"),
        };
        let first = |other: &&Row| other.workload == row.workload && other.at_once == row.at_once;
        let floor = section.rows.iter().find(first).unwrap_or(row).cpu_us.median;
        let allocations = row
            .allocations
            .map_or_else(|| "-".to_owned(), |it| format!("{it:.0}"));
        let _ = writeln!(
            page,
            "| {}{at_once} | {:.1} ({:.1}; {:.1} to {:.1}) | {:.2} | {:.0} | {:.1} | {allocations} |",
            row.title,
            row.cpu_us.median,
            row.cpu_us.best,
            row.cpu_us.from,
            row.cpu_us.to,
            row.cpu_us.median / floor,
            row.per_second.median,
            row.rss_mb,
        );
    }
    if !section.figures.is_empty() {
        page.push_str("\n| what | measured | at most | |\n|---|---|---|---|\n");
        for figure in &section.figures {
            let value = figure.value.map_or_else(
                || "-".to_owned(),
                |it| match it {
                    it if it >= 1000.0 => format!("{it:.0} {}", figure.unit),
                    it => format!("{it:.2} {}", figure.unit),
                },
            );
            let most = figure.most.map_or_else(String::new, |it| it.to_string());
            let _ = writeln!(
                page,
                "| {} | {value} | {most} | {} |",
                figure.title, figure.note
            );
        }
    }
    if !section.charts.is_empty() && !section.verdicts.is_empty() {
        page.push_str("\n| what | measured | at most | |\n|---|---|---|---|\n");
        for it in &section.verdicts {
            let _ = writeln!(
                page,
                "| {}, {} | {:.2} | {:.2} | {} |",
                it.title,
                it.what,
                it.ratio,
                it.goal,
                held(it.holds)
            );
        }
    }
    for chart in &section.charts {
        let _ = write!(page, "\n| {}: {} |", chart.title, chart.x);
        for line in &chart.lines {
            let _ = write!(page, " {}, {} |", line.title, chart.y);
        }
        let _ = writeln!(page, "\n|---|{}", "---|".repeat(chart.lines.len()));
        let xs = chart
            .lines
            .iter()
            .flat_map(|line| line.points.iter().map(|point| point.0));
        let mut xs: Vec<f64> = xs.collect();
        xs.sort_by(f64::total_cmp);
        xs.dedup();
        for x in xs {
            let _ = write!(page, "| {x} |");
            for line in &chart.lines {
                let y = line.points.iter().find(|point| point.0 == x);
                let _ = match y {
                    Some((_, y)) => write!(page, " {y:.2} |"),
                    None => write!(page, " - |"),
                };
            }
            page.push('\n');
        }
    }
}

fn ending(page: &mut String, section: &Section) {
    for missing in &section.left_out {
        let _ = write!(page, "\nNot measured: {missing}.\n");
    }
    let about = &section.about;
    let text = format!(
        "`{}` on {} at {}, on {}; {}.",
        about.command,
        about.date,
        about.commit,
        about.machine,
        about.versions.join(", ")
    );
    let _ = write!(page, "\n{}\n", wrapped(&text));
}

/// A paragraph in lines of a bearable length.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        if let Some(line) = lines.last_mut() {
            if line.is_empty() {
                line.push_str(word);
            } else if line.len() + word.len() < 120 {
                line.push(' ');
                line.push_str(word);
            } else {
                lines.push(word.to_owned());
            }
        }
    }
    lines.join("\n")
}
