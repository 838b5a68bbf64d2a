//! Values as the YAML that people write: short ones on a line, long ones a key a line.

use serde_json::Value;

/// The longest line.
const WIDE: usize = 116;

/// A value behind its key, which stands at `indent`: on the same line where it fits, else on lines below.
pub(super) fn value(value: &Value, indent: usize) -> String {
    let short = flow(value);
    if indent + short.len() < WIDE - 10 {
        return format!(" {short}");
    }
    let margin = " ".repeat(indent + 2);
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, inner)| {
                format!(
                    "\n{margin}{}:{}",
                    scalar(key),
                    self::value(inner, indent + 2)
                )
            })
            .collect(),
        Value::Array(items) => items
            .iter()
            .map(|item| {
                let item = self::value(item, indent + 2);
                // The first key of an object stands behind the dash.
                format!("\n{margin}- {}", item.trim_start())
            })
            .collect(),
        _ => format!(" {short}"),
    }
}

/// A value on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let members = object.iter();
            let members = members.map(|(key, value)| format!("{}: {}", scalar(key), flow(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!(
                "[{}]",
                items.iter().map(flow).collect::<Vec<_>>().join(", ")
            )
        }
        Value::String(text) => scalar(text),
        other => other.to_string(),
    }
}

/// A text among others on a line, quoted where it would be taken for something else.
fn scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ' ');
    let fits = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(plain)
        && !text.ends_with(' ');
    quoted_unless(fits, text)
}

/// A text that has a line for itself.
pub(super) fn line(text: &str) -> String {
    let fits = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$')
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([':', ' '])
        && !text.chars().any(char::is_control);
    quoted_unless(fits, text)
}

fn quoted_unless(fits: bool, text: &str) -> String {
    const WORDS: [&str; 8] = ["true", "false", "null", "yes", "no", "on", "off", "y"];
    let is_word =
        WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) || text.eq_ignore_ascii_case("n");
    if fits && !is_word {
        text.to_owned()
    } else if text.chars().any(char::is_control) {
        // JSON's escapes are YAML's too.
        Value::from(text).to_string()
    } else {
        format!("'{}'", text.replace('\'', "''"))
    }
}

/// A text in lines of at most so many letters.
pub(super) fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.len() + word.len() >= most {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::parse::parse_value;

    #[test]
    fn what_is_written_is_read_again() {
        let odd = json!({
            "short": {"a": [1, true, null, "null", "on", "1", "", "it's", "a: b", "#"]},
            "long": [{"key": "x".repeat(200), "other": ["y".repeat(200), {"deep": {}}]}, []],
            "line\nbreak": "tab\there, “quotes” and \\ back",
            "x-y": "$.paths['/a'].get",
        });
        let text = format!("top:{}\n", super::value(&odd, 0));
        assert_eq!(parse_value("a.yaml", &text).unwrap()["top"], odd);
        for text in ["$.a['b']", "'", "a # b", "a: b", "yes", "- a", "nul\u{0}"] {
            let written = format!("it: {}\n", super::line(text));
            assert_eq!(
                parse_value("a.yaml", &written).unwrap()["it"],
                text,
                "{written}"
            );
        }
    }
}
