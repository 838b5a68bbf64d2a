//! What is printed: tables that fit the terminal, JSON, YAML, CSV.

use std::io::{self, IsTerminal as _, Write as _};

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::Value;
use snapline_runtime::{Error, variable};

use crate::columns::{self, Column};
use crate::engine::Outcome;
use crate::table::{Api, Type};

/// A way to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// One document.
    Json,
    /// A document a line, one for each thing.
    Jsonl,
    /// The same as JSON, to be read more easily.
    Yaml,
    /// For spreadsheets.
    Csv,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    Always,
    Never,
}

/// How things are printed.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) format: Format,
    /// Columns that were asked for.
    pub(crate) columns: Option<String>,
    pub(crate) quiet: bool,
    color: bool,
    /// How many columns of text there are; nothing where nobody looks.
    width: Option<u16>,
}

/// What stands between two columns.
const GAP: u16 = 2;

/// What a terminal is taken for whose width nobody knows.
const WIDTH: u16 = 80;

impl Output {
    pub(crate) fn new(
        format: Format,
        when: When,
        columns: Option<String>,
        quiet: bool,
    ) -> Result<Self, Error> {
        let is_terminal = io::stdout().is_terminal();
        let color = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => is_terminal && variable("NO_COLOR")?.is_none(),
        };
        // Whoever sets the variable wants that width, on a terminal or not.
        let asked = variable("COLUMNS")?
            .and_then(|text| text.trim().parse().ok())
            .filter(|width| *width > 0);
        let seen = || terminal_size::terminal_size().map_or(WIDTH, |(width, _)| width.0);
        let width = asked.or_else(|| is_terminal.then(seen));
        Ok(Self {
            format,
            columns,
            quiet,
            color,
            width,
        })
    }

    /// What a call gave. `ty` is the type of each thing.
    pub(crate) fn outcome(
        &self,
        api: &Api,
        ty: Option<Type>,
        outcome: &Outcome,
    ) -> Result<(), Error> {
        let ty = ty.unwrap_or(Type::Json);
        match outcome {
            Outcome::Nothing => Ok(()),
            // Whatever the format: what came is what was asked for.
            Outcome::Raw(body) => self.write(body),
            Outcome::One(value) => match &self.columns {
                Some(names) => self.rows(
                    &columns::asked(api, ty, names)?,
                    std::slice::from_ref(value),
                    false,
                ),
                None => self.one(value),
            },
            Outcome::List(items) | Outcome::Page { items, .. } => {
                let (columns, usual) = match &self.columns {
                    Some(names) => (columns::asked(api, ty, names)?, false),
                    None => (columns::usual(api, ty), true),
                };
                self.rows(&columns, items, usual)?;
                if let Outcome::Page {
                    items,
                    next: Some(_),
                    total,
                } = outcome
                {
                    let of = total.map_or_else(String::new, |total| format!(" of {total}"));
                    self.note(&format!("{}{of} shown; --all gives all", items.len()));
                }
                Ok(())
            }
        }
    }

    /// Things in a list. `usual` says that nobody asked for these columns, so that those which do not fit are left out.
    pub(crate) fn rows(
        &self,
        columns: &[Column],
        items: &[Value],
        usual: bool,
    ) -> Result<(), Error> {
        match self.format {
            Format::Table => self.print(&self.table(columns, items, usual)),
            Format::Json if usual => self.json(items),
            Format::Json => self.json(&picked(columns, items)),
            Format::Jsonl => {
                let picked = if usual {
                    items.to_vec()
                } else {
                    picked(columns, items)
                };
                let lines: Vec<String> = picked.iter().map(|item| format!("{item}\n")).collect();
                self.print(&lines.concat())
            }
            Format::Yaml if usual => self.yaml(items),
            Format::Yaml => self.yaml(&picked(columns, items)),
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(Vec::new());
                let bad = |error: csv::Error| {
                    Error::internal(format!("this cannot be written as CSV: {error}"))
                };
                writer
                    .write_record(columns.iter().map(|column| &column.title))
                    .map_err(bad)?;
                for item in items {
                    writer
                        .write_record(columns.iter().map(|column| column.text(item)))
                        .map_err(bad)?;
                }
                let bytes = writer
                    .into_inner()
                    .map_err(|error| Error::internal(error.to_string()))?;
                self.print(&String::from_utf8_lossy(&bytes))
            }
        }
    }

    /// One thing, with all its fields.
    pub(crate) fn one(&self, value: &Value) -> Result<(), Error> {
        match self.format {
            Format::Table | Format::Csv if value.is_null() => Ok(()),
            Format::Table => {
                let rows = match value {
                    Value::Object(_) => columns::fields(value),
                    other => return self.print(&format!("{}\n", crate::engine::shown(other))),
                };
                let mut table = self.plain();
                for (name, text) in rows {
                    table.add_row([name, text]);
                }
                self.print(&finished(&mut table))
            }
            Format::Json => self.json(value),
            Format::Jsonl => self.print(&format!("{value}\n")),
            Format::Yaml => self.yaml(value),
            Format::Csv => {
                let columns: Vec<Column> = columns::fields(value)
                    .iter()
                    .map(|(name, _)| Column::of(name))
                    .collect();
                self.rows(&columns, std::slice::from_ref(value), false)
            }
        }
    }

    /// A word to the person at the terminal, beside what is printed.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            // A note that cannot be told is no failure.
            let _ = writeln!(io::stderr().lock(), "{text}");
        }
    }

    fn json<T: serde::Serialize + ?Sized>(&self, value: &T) -> Result<(), Error> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Error::internal(error.to_string()))?;
        self.print(&format!("{text}\n"))
    }

    fn yaml<T: serde::Serialize + ?Sized>(&self, value: &T) -> Result<(), Error> {
        let text =
            serde_saphyr::to_string(&value).map_err(|error| Error::internal(error.to_string()))?;
        self.print(&format!("{}\n", text.trim_end_matches('\n')))
    }

    fn plain(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        if let Some(width) = self.width {
            table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(width);
        }
        table
    }

    /// The titles of a table, which stand out.
    fn headed(&self, text: &str) -> String {
        match text.split_once('\n') {
            Some((head, rest)) if self.color => format!("\u{1b}[1m{head}\u{1b}[0m\n{rest}"),
            _ => text.to_owned(),
        }
    }

    fn table(&self, columns: &[Column], items: &[Value], usual: bool) -> String {
        let cells: Vec<Vec<String>> = items
            .iter()
            .map(|item| columns.iter().map(|column| column.cell(item)).collect())
            .collect();
        let shown = match usual {
            true => self.fitting(columns, &cells),
            false => (0..columns.len()).collect(),
        };
        let pick = |row: &[String]| -> Vec<String> {
            shown
                .iter()
                .filter_map(|index| row.get(*index))
                .cloned()
                .collect()
        };
        let headings: Vec<String> = columns.iter().map(Column::heading).collect();
        let mut table = self.plain();
        table.set_header(pick(&headings));
        for row in &cells {
            table.add_row(pick(row));
        }
        self.headed(&finished(&mut table))
    }

    /// The columns that fit as they are; the first ones are shown in any case.
    fn fitting(&self, columns: &[Column], cells: &[Vec<String>]) -> Vec<usize> {
        const LEAST: usize = 2;
        let Some(width) = self.width.map(usize::from) else {
            return (0..columns.len()).collect();
        };
        let mut used = 0;
        let mut fitting = Vec::new();
        for (index, column) in columns.iter().enumerate() {
            let rows = cells.iter().filter_map(|row| row.get(index));
            let widest = rows
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default();
            let own = widest.max(column.heading().chars().count()) + usize::from(GAP);
            if index < LEAST || used + own <= width {
                used += own;
                fitting.push(index);
            }
        }
        fitting
    }

    pub(crate) fn print(&self, text: &str) -> Result<(), Error> {
        self.write(text.as_bytes())
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
        match written {
            // Whoever reads has seen enough, as `head` has.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Error::internal(format!(
                "the output cannot be written: {error}"
            ))),
            Ok(()) => Ok(()),
        }
    }
}

/// The lines of a table without the blanks at their ends.
fn finished(table: &mut Table) -> String {
    for column in table.column_iter_mut() {
        column.set_padding((0, GAP));
    }
    let lines = table.lines().map(|line| format!("{}\n", line.trim_end()));
    lines.collect()
}

/// Of each thing the fields that were asked for.
fn picked(columns: &[Column], items: &[Value]) -> Vec<Value> {
    let pick = |item: &Value| {
        let fields = columns.iter().map(|column| {
            let value = column.value(item).cloned().unwrap_or_default();
            (column.title.clone(), value)
        });
        Value::Object(fields.collect())
    };
    items.iter().map(pick).collect()
}
