//! Samples in the command line: a command, and where it needs what another one gives, that one before it.

use serde_json::Value;

use super::names::{command, long};
use crate::emit::tree::{Style, Tree};
use crate::file_set::FileSet;
use crate::ir::bytes::{bytes_of, octal};
use crate::ir::{Api, Form, Location, Param, Type};
use crate::samples::{Language, Sample};

const STYLE: Style = Style {
    width: 89,
    last_comma: false,
};

/// How far the words stand in that have a line each.
const MARGIN: usize = 4;

/// A file for each sample of a provider.
pub(crate) fn programs(api: &Api, samples: &[Sample<'_>]) -> FileSet {
    let mut files = FileSet::default();
    let folder = format!("{}/{}", Language::Cli.name(), api.provider.name);
    for sample in samples {
        let path = format!("{folder}/{}.sh", sample.call.dotted());
        files.add(path, text(sample));
    }
    files
}

/// One sample.
pub(crate) fn text(sample: &Sample<'_>) -> String {
    let own = line(sample, &[]);
    if let Some((_, bytes)) = sample.given.iter().find(|(one, _)| one.ty == Type::Bytes) {
        // No argument of a program can hold all of them.
        let bytes = octal(&bytes_of(bytes).unwrap_or_default(), '\'');
        return format!("printf {bytes} |\n{own}");
    }
    match &sample.begins {
        // What it gives is read from stdin.
        Some(begins) => format!("{} |\n{own}", line(begins, &["--json"])),
        None => own,
    }
}

/// The line of a command, broken where it gets too long.
fn line(sample: &Sample<'_>, more: &[&str]) -> String {
    let (mut head, waits) = command(sample.api, sample.call);
    let mut last = Vec::new();
    for param in sample.call.direct() {
        let word = if param.location == Location::Origin {
            "-".to_owned()
        } else {
            let given = sample.direct().find(|(one, _)| one.name == param.name);
            quoted(&given.map(|(_, value)| plain(value)).unwrap_or_default())
        };
        if word.len() > 1 && word.starts_with('-') {
            last.push(word);
        } else {
            head = format!("{head} {word}");
        }
    }
    let mut words: Vec<Tree> = Vec::new();
    for (param, value) in sample.held() {
        words.extend(option(param, value));
    }
    if let Form::Page { .. } = sample.call.form {
        words.push(Tree::Text("--all".to_owned()));
    }
    if waits {
        words.push(Tree::Text("--wait".to_owned()));
    }
    words.extend(more.iter().map(|word| Tree::Text((*word).to_owned())));
    if !last.is_empty() {
        // What begins with a dash is no option behind these.
        words.push(Tree::Text(format!("-- {}", last.join(" "))));
    }
    let whole = Style {
        width: usize::MAX,
        ..STYLE
    };
    let words_of = |style: Style| words.iter().map(move |word| word.laid_out(MARGIN, style));
    let flat: Vec<String> = std::iter::once(head.clone())
        .chain(words_of(whole))
        .collect();
    let flat = flat.join(" ");
    if flat.chars().count() <= STYLE.width {
        return flat;
    }
    let lines: Vec<String> = std::iter::once(head).chain(words_of(STYLE)).collect();
    lines.join(&format!(" \\\n{}", " ".repeat(MARGIN)))
}

/// The words that give an argument its value.
fn option(param: &Param, value: &Value) -> Vec<Tree> {
    let name = long(param);
    let words = |value: Tree| {
        let dash = matches!(&value, Tree::Text(text) if text.starts_with('-'));
        value.behind(&format!("--{name}{}", if dash { "=" } else { " " }))
    };
    match (&param.ty, value) {
        (Type::Bytes, _) => vec![Tree::Text(format!("--{name} -"))],
        (_, Value::Null) => vec![Tree::Text(format!("--null {name}"))],
        (Type::Boolean, Value::Bool(true)) => vec![Tree::Text(format!("--{name}"))],
        (Type::Boolean, value) => vec![Tree::Text(format!("--{name}={value}"))],
        (Type::List(item), Value::Array(items))
            if !items.is_empty() && items.iter().all(|value| stands_alone(item, value)) =>
        {
            items.iter().map(|one| words(word(item, one))).collect()
        }
        (ty, value) => vec![words(word(ty, value))],
    }
}

/// Whether an item of a list can be given by itself: as a text it must not be taken for a list, nor for a number.
fn stands_alone(ty: &Type, value: &Value) -> bool {
    match value {
        Value::String(text) => {
            let is_number = *ty == Type::StringOrInteger && text.parse::<i64>().is_ok();
            text != "-" && !text.trim_start().starts_with('[') && !is_number
        }
        Value::Array(_) | Value::Null => false,
        _ => true,
    }
}

/// A value as one word.
fn word(ty: &Type, value: &Value) -> Tree {
    let is_json = matches!(
        ty,
        Type::Model(_) | Type::Union(_) | Type::List(_) | Type::Map(_) | Type::Json
    );
    if !is_json {
        return Tree::Text(quoted(&plain(value)));
    }
    match json(value) {
        Tree::Text(text) => Tree::Text(format!("'{text}'")),
        Tree::Group { head, items, tail } => {
            Tree::group(format!("'{head}"), items, format!("{tail}'"))
        }
    }
}

/// JSON as it stands between single quotes.
fn json(value: &Value) -> Tree {
    match value {
        Value::Array(items) => Tree::group("[", items.iter().map(json).collect(), "]"),
        Value::Object(fields) => {
            let fields = fields.iter();
            let fields = fields.map(|(name, value)| {
                let name = escaped(&Value::from(name.as_str()).to_string());
                json(value).behind(&format!("{name}: "))
            });
            Tree::group("{", fields.collect(), "}")
        }
        other => Tree::Text(escaped(&other.to_string())),
    }
}

/// A value as the program reads it: a text that begins with `@` would be a file's name.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) if text.starts_with('@') => format!("@{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", escaped(text))
}

/// A text between single quotes.
fn escaped(text: &str) -> String {
    text.replace('\'', r"'\''")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(ty: Type, value: &Value) -> String {
        let whole = word(&ty, value).laid_out(0, STYLE);
        assert!(whole.chars().count() < STYLE.width);
        whole
    }

    #[test]
    fn a_shell_takes_a_value_as_one_word() {
        let text = |text: &str| of(Type::String, &json!(text));
        assert_eq!(text("atl1"), "atl1");
        assert_eq!(text(""), "''");
        assert_eq!(text("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(text("@home"), "@@home");
        assert_eq!(
            of(Type::Json, &json!({"a": ["it's", 1, null], "b": {}})),
            r#"'{"a": ["it'\''s", 1, null], "b": {}}'"#
        );
    }

    #[test]
    fn an_item_that_would_be_read_as_something_else_is_given_as_json() {
        let ids = Type::StringOrInteger;
        assert!(stands_alone(&ids, &json!(7)) && !stands_alone(&ids, &json!("7")));
        assert!(stands_alone(&Type::String, &json!("7")));
        assert!(!stands_alone(&Type::String, &json!(" [x")));
        assert!(!stands_alone(&Type::String, &json!("-")));
    }
}
