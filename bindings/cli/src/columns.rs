//! What a table shows of the things in a list.

use serde_json::Value;
use snapline_runtime::Error;

use crate::engine::shown;
use crate::table::{Api, Field, Type};

/// One column: its title, and the fields down to what it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// What it is called where programs read it.
    pub(crate) title: String,
    path: Vec<String>,
    words: String,
}

impl Column {
    /// A column of a field, or of one some fields down: `region.slug`.
    pub(crate) fn of(path: &str) -> Self {
        Self {
            title: path.to_owned(),
            path: path.split('.').map(str::to_owned).collect(),
            words: path.to_owned(),
        }
    }

    /// That of a field, which is called alike by all providers.
    fn of_field(field: &Field) -> Self {
        Self {
            words: field.name.to_owned(),
            ..Self::of(field.wire)
        }
    }

    /// What a table calls it.
    pub(crate) fn heading(&self) -> String {
        self.words.to_uppercase().replace('_', " ")
    }

    /// The thing itself, where it has no fields.
    fn itself() -> Self {
        Self {
            title: "value".to_owned(),
            path: Vec::new(),
            words: "value".to_owned(),
        }
    }

    pub(crate) fn value<'a>(&self, item: &'a Value) -> Option<&'a Value> {
        self.path
            .iter()
            .try_fold(item, |item, field| item.get(field))
    }

    /// What stands in the cell, on one line.
    pub(crate) fn cell(&self, item: &Value) -> String {
        self.value(item).map(cell).unwrap_or_default()
    }

    /// The same as it is.
    pub(crate) fn text(&self, item: &Value) -> String {
        self.value(item).map(text).unwrap_or_default()
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(brief).collect();
            items.join(", ")
        }
        other => brief(other),
    }
}

/// A value on one line, which no terminal takes for anything but text.
fn cell(value: &Value) -> String {
    text(value)
        .chars()
        .map(|c| match c.is_control() || is_turn(c) {
            true => '\u{fffd}',
            false => c,
        })
        .collect()
}

/// Characters that turn the text after them around.
fn is_turn(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A thing in a list of things: what it is called.
fn brief(value: &Value) -> String {
    let Value::Object(fields) = value else {
        return shown(value);
    };
    let named = ["name", "slug", "id"]
        .iter()
        .find_map(|name| fields.get(*name));
    named.map_or_else(|| value.to_string(), shown)
}

/// How many columns a table has by itself.
const MOST: usize = 9;

/// The columns of things of a type: what can be read at a glance, what names it first.
pub(crate) fn usual(api: &Api, ty: Type) -> Vec<Column> {
    let Type::Model(name) = ty else {
        return vec![Column::itself()];
    };
    let fields = api.model(name).map_or(&[][..], |model| model.fields);
    let rank = |field: &&Field| match field.wire {
        "id" => 0,
        "name" => 1,
        "slug" => 2,
        wire if wire.ends_with("status") => 3,
        _ => 4,
    };
    let mut plain: Vec<&Field> = fields.iter().filter(|field| is_plain(field)).collect();
    plain.sort_by_key(rank);
    let mut columns: Vec<Column> = plain.iter().map(|field| Column::of_field(field)).collect();
    columns.truncate(MOST);
    match columns.is_empty() {
        true => fields.iter().map(Column::of_field).collect(),
        false => columns,
    }
}

fn is_plain(field: &Field) -> bool {
    let plain = |ty| {
        matches!(
            ty,
            Type::Text
                | Type::Integer
                | Type::Unsigned
                | Type::Number
                | Type::Boolean
                | Type::Timestamp
                | Type::TextOrInteger
                | Type::Enum(_)
        )
    };
    !field.secret && plain(field.ty)
}

/// The columns that were asked for, of things of a type; what they have is told where one is unknown.
pub(crate) fn asked(api: &Api, ty: Type, names: &str) -> Result<Vec<Column>, Error> {
    let columns = names
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty());
    let mut found = Vec::new();
    for name in columns {
        let first = name.split('.').next().unwrap_or_default();
        if let Type::Model(model) = ty
            && let Some(model) = api.model(model)
        {
            let Some(field) = model
                .fields
                .iter()
                .find(|field| [field.wire, field.name].contains(&first))
            else {
                let known: Vec<&str> = model.fields.iter().map(|field| field.wire).collect();
                let message = format!(
                    "there is no column `{first}`; there are {}",
                    known.join(", ")
                );
                return Err(Error::invalid_argument("columns", "a field", message));
            };
            let rest = name.strip_prefix(first).unwrap_or_default();
            found.push(Column {
                words: name.to_owned(),
                ..Column::of(&format!("{}{rest}", field.wire))
            });
            continue;
        }
        found.push(Column::of(name));
    }
    if found.is_empty() {
        let message = "`--columns` must name a field at least";
        return Err(Error::invalid_argument("columns", "a field", message));
    }
    Ok(found)
}

/// The rows of a table that shows one thing alone: every field, and those of objects in it.
pub(crate) fn fields(value: &Value) -> Vec<(String, String)> {
    let mut rows = Vec::new();
    add("", value, &mut rows);
    rows
}

fn add(above: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let name = if above.is_empty() {
                    name.clone()
                } else {
                    format!("{above}.{name}")
                };
                add(&name, value, rows);
            }
        }
        other => rows.push((above.to_owned(), cell(other))),
    }
}
