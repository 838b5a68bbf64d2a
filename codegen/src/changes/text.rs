//! The report as a person reads it: plain text, and Markdown with the same facts.

use super::report::{Change, Report};
use super::rules::{Direction, FACES, Verdict};

/// So many operations are named in a line; the rest is counted.
const NAMED: usize = 3;

/// How a report is laid out.
struct Style {
    heading: &'static str,
    item: &'static str,
    quote: &'static str,
}

const PLAIN: Style = Style {
    heading: "",
    item: "  ",
    quote: "",
};

const MARKDOWN: Style = Style {
    heading: "## ",
    item: "- ",
    quote: "`",
};

impl Report {
    /// The report as plain text.
    #[must_use]
    pub fn text(&self) -> String {
        written(self, &PLAIN)
    }

    /// The report as Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        written(self, &MARKDOWN)
    }
}

fn written(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    let mut line = |text: &str| {
        // A key may hold a line break, and a change is one line.
        for c in text.chars() {
            match c.is_control() {
                true => out.extend(c.escape_default()),
                false => out.push(c),
            }
        }
        out.push('\n');
    };
    let count = &report.count;
    let changes = match report.changes.len() {
        1 => "1 change".to_owned(),
        all => format!("{all} changes"),
    };
    line(&format!(
        "{changes}: {} breaking, {} compatible, {} that nobody notices",
        count.breaking, count.compatible, count.none
    ));
    let faces = FACES.map(|face| {
        let breaking = report.counts.get(face).map_or(0, |count| count.breaking);
        format!("{face} {breaking}")
    });
    line(&format!("Breaking on or in: {}", faces.join(", ")));
    let replaced = report
        .changes
        .iter()
        .filter(|change| change.is_replaced_enum());
    let rest = |verdict: Verdict| {
        report
            .changes
            .iter()
            .filter(move |change| !change.is_replaced_enum() && change.verdicts.worst() == verdict)
    };
    let groups: [(&str, Vec<&Change>); 4] = [
        ("Enums whose values were replaced", replaced.collect()),
        ("Breaking", rest(Verdict::Breaking).collect()),
        ("Compatible", rest(Verdict::Compatible).collect()),
        ("Nobody notices", rest(Verdict::None).collect()),
    ];
    if !report.changes.is_empty() {
        line("");
        line(
            "Five letters each: wire, Rust, Python, C, C++; B breaking, c compatible, - not noticed.",
        );
    }
    let heading = |title: &str| format!("{}{title}", style.heading);
    let titled = |title: String, lines: Vec<String>, line: &mut dyn FnMut(&str)| {
        if lines.is_empty() {
            return;
        }
        line("");
        line(&title);
        if !style.heading.is_empty() {
            line("");
        }
        for text in lines {
            line(&format!("{}{text}", style.item));
        }
    };
    for (title, changes) in groups {
        let lines = changes.iter().map(|change| one(change, style)).collect();
        titled(heading(title), lines, &mut line);
    }
    let offers = report.new_upstream.iter().map(|offer| {
        let id = offer
            .id
            .as_ref()
            .map(|id| format!(" ({})", quoted(id, style)));
        let tags = match offer.tags.is_empty() {
            true => String::new(),
            false => format!(", tagged {}", offer.tags.join(", ")),
        };
        format!(
            "{}{}{tags}",
            quoted(&offer.operation, style),
            id.unwrap_or_default()
        )
    });
    titled(
        heading("New upstream and not selected"),
        offers.collect(),
        &mut line,
    );
    let tags = report.new_tags.iter().map(|tag| quoted(tag, style));
    titled(
        heading("Tags that upstream never had before"),
        tags.collect(),
        &mut line,
    );
    let versions = report.versions.iter().map(|step| {
        let to = match step.part {
            "none" => "stays".to_owned(),
            part => format!("{} ({part})", step.to),
        };
        let soname = step.soname.map(|soname| format!("; SONAME: {soname}"));
        format!(
            "{} {}: {to}{}",
            step.artefact,
            step.from,
            soname.unwrap_or_default()
        )
    });
    titled(heading("Versions"), versions.collect(), &mut line);
    if !report.changelog.is_empty() {
        line("");
        line(&heading("For the changelog"));
        line("");
        if !style.heading.is_empty() {
            line("```markdown");
        }
        report.changelog.lines().for_each(&mut line);
        if !style.heading.is_empty() {
            line("```");
        }
    }
    out
}

fn quoted(text: &str, style: &Style) -> String {
    format!("{0}{text}{0}", style.quote)
}

impl Change {
    /// The change on one line of plain text, as the report has it.
    #[must_use]
    pub fn line(&self) -> String {
        one(self, &PLAIN)
    }
}

fn one(change: &Change, style: &Style) -> String {
    let mut text = format!(
        "{} {} {}: {}",
        change.numbers(),
        quoted(&change.verdicts.letters(), style),
        place(change, style),
        change.what()
    );
    if let Some(shown) = change.shown() {
        text.push_str(": ");
        text.push_str(&quoted(&shown, style));
    }
    text
}

fn place(change: &Change, style: &Style) -> String {
    let named = |touched: &super::Touched| quoted(&touched.operation, style);
    if change.component.is_none() {
        let operation = change.operations.first().map(|touched| {
            let id = touched
                .id
                .as_ref()
                .map(|id| format!(" ({})", quoted(id, style)));
            format!("{}{}", named(touched), id.unwrap_or_default())
        });
        let place = Some(change.place.clone()).filter(|place| !place.is_empty());
        return operation
            .into_iter()
            .chain(place)
            .collect::<Vec<_>>()
            .join(", ");
    }
    let way = match change.directions.as_slice() {
        [Direction::Sent, Direction::Received] => "sent and received by",
        [Direction::Sent] => "sent by",
        [Direction::Received] => "received by",
        _ => "in",
    };
    let mut operations: Vec<String> = change.operations.iter().take(NAMED).map(named).collect();
    let more = change.operations.len().saturating_sub(NAMED);
    if more > 0 {
        operations.push(format!("{more} more"));
    }
    format!("{}, {way} {}", change.place, operations.join(", "))
}
