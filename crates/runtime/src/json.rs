//! JSON as it was written, for answers that serde cannot take (B12).
//!
//! It reads what RFC 8259 allows exactly as `serde_json` does, and beside that what has a clear end but
//! no value: a number beyond any float, `NaN`, a text with half a character in it or with bytes that are
//! no UTF-8, values nested deeper than anybody reads. Such a value costs its own field and nothing else.
//! What is no JSON, such as a text cut short, is an error that says where.

use crate::error::{Error, ErrorKind, one_line};
use serde_json::{Map, Number, Value};

/// As deep as `serde_json` reads.
const DEEPEST: usize = 128;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// A JSON value that keeps numbers as they were written.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// Null.
    Null,
    /// True or false.
    Bool(bool),
    /// A number that fits a 64-bit integer or float, as it was written.
    Number(Box<str>),
    /// Digits and signs that are no such number, as they were written.
    OddNumber(Box<str>),
    /// A text.
    String(String),
    /// A text with something in it that JSON or Unicode does not allow; U+FFFD stands for what is lost.
    OddString(String),
    /// A list.
    Array(Vec<Json>),
    /// The members of an object in their order; of a name that comes twice the last one counts.
    Object(Vec<(String, Json)>),
    /// A list or object nested too deep to be read.
    TooDeep,
}

impl Json {
    /// What it is, in words.
    pub(crate) fn shape(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) | Self::OddNumber(_) => "a number",
            Self::String(_) | Self::OddString(_) => "a string",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
            Self::TooDeep => "nested too deep",
        }
    }

    /// Whether it is something that no value can be.
    pub(crate) fn is_odd(&self) -> bool {
        matches!(
            self,
            Self::OddNumber(_) | Self::OddString(_) | Self::TooDeep
        )
    }

    /// The number, if it is one.
    pub(crate) fn number(&self) -> Option<Number> {
        match self {
            Self::Number(text) => number(text),
            _ => None,
        }
    }

    /// The value with everything that fits one; false if something in it does not.
    pub fn into_value(self) -> (Value, bool) {
        let mut whole = true;
        let value = self.value(&mut whole);
        (value, whole)
    }

    // As deep as the reader goes and no deeper.
    fn value(self, whole: &mut bool) -> Value {
        *whole &= !self.is_odd();
        match self {
            Self::Null | Self::TooDeep => Value::Null,
            Self::Bool(flag) => Value::Bool(flag),
            Self::Number(text) => number(&text).map_or(Value::Null, Value::Number),
            Self::OddNumber(text) => Value::String(text.into()),
            Self::String(text) | Self::OddString(text) => Value::String(text),
            Self::Array(items) => {
                Value::Array(items.into_iter().map(|item| item.value(whole)).collect())
            }
            Self::Object(members) => Value::Object(
                members
                    .into_iter()
                    .map(|(name, item)| (name, item.value(whole)))
                    .collect::<Map<_, _>>(),
            ),
        }
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(flag),
            Value::Number(number) => Self::Number(number.to_string().into()),
            Value::String(text) => Self::String(text),
            Value::Array(items) => Self::Array(items.into_iter().map(Self::from).collect()),
            Value::Object(map) => Self::Object(
                map.into_iter()
                    .map(|(name, item)| (name, Self::from(item)))
                    .collect(),
            ),
        }
    }
}

// serde's reading, so that both ways of decoding give the same number.
fn number(text: &str) -> Option<Number> {
    serde_json::from_str(text).ok()
}

/// A body without the byte order mark that some services put before it.
#[must_use]
pub fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(MARK).unwrap_or(body)
}

/// Reads a body.
///
/// # Errors
/// `decode` if it is no JSON; the message says where it stops making sense.
pub(crate) fn read(body: &[u8]) -> Result<Json, Error> {
    let text = without_mark(body);
    let mut reader = Reader { text, at: 0 };
    let outcome = reader.value(0).and_then(|value| {
        reader.blank();
        match reader.peek() {
            // Alone it is the words of somebody who speaks no JSON.
            _ if matches!(value, Json::OddNumber(_)) => Err(Fault {
                what: "expected a value",
                at: 0,
                path: Vec::new(),
            }),
            None => Ok(value),
            Some(_) => Err(reader.fault("trailing characters")),
        }
    });
    outcome.map_err(|fault| not_json(text, &fault))
}

struct Fault {
    what: &'static str,
    at: usize,
    // The names and places around it, the innermost first.
    path: Vec<Step>,
}

enum Step {
    Name(String),
    Index(usize),
}

impl Fault {
    fn within(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }
}

fn not_json(text: &[u8], fault: &Fault) -> Error {
    let mut path = "$".to_owned();
    for step in fault.path.iter().rev() {
        match step {
            Step::Name(name) => {
                path.push('.');
                path.push_str(name);
            }
            Step::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
    let before = text.get(..fault.at).unwrap_or(text);
    let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
    let column = 1 + before
        .iter()
        .rev()
        .take_while(|byte| **byte != b'\n')
        .count();
    let start = String::from_utf8_lossy(text.get(..400).unwrap_or(text));
    Error::new(
        ErrorKind::Decode,
        format!(
            "the answer is not valid JSON: {} at {} (line {line}, column {column}): {}",
            fault.what,
            // What is nested without end has a path without end.
            one_line(&path, 100),
            one_line(&start, 80)
        ),
    )
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn fault(&self, what: &'static str) -> Fault {
        Fault {
            what,
            at: self.at,
            path: Vec::new(),
        }
    }

    fn take(&mut self, word: &str) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let there = rest.starts_with(word.as_bytes());
        if there {
            self.at += word.len();
        }
        there
    }

    fn value(&mut self, depth: usize) -> Result<Json, Fault> {
        self.blank();
        match self.peek() {
            None => Err(self.fault("the text ends where a value is due")),
            Some(b'"') => self.string(),
            Some(b'{' | b'[') if depth >= DEEPEST => self.skip().map(|()| Json::TooDeep),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(_) if self.take("null") => Ok(Json::Null),
            Some(_) if self.take("true") => Ok(Json::Bool(true)),
            Some(_) if self.take("false") => Ok(Json::Bool(false)),
            Some(_) => self.digits(),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, Fault> {
        self.at += 1;
        let mut items = Vec::new();
        self.blank();
        if self.take("]") {
            return Ok(Json::Array(items));
        }
        loop {
            let item = self.value(depth + 1);
            items.push(item.map_err(|fault| fault.within(Step::Index(items.len())))?);
            self.blank();
            match self.next() {
                Some(b',') => {}
                Some(b']') => return Ok(Json::Array(items)),
                None => return Err(self.fault("the text ends within a list")),
                Some(_) => {
                    self.at -= 1;
                    return Err(self.fault("expected `,` or `]`"));
                }
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, Fault> {
        self.at += 1;
        let mut members = Vec::new();
        self.blank();
        if self.take("}") {
            return Ok(Json::Object(members));
        }
        loop {
            self.blank();
            let name = match self.peek() {
                Some(b'"') => match self.string()? {
                    Json::String(name) | Json::OddString(name) => name,
                    _ => String::new(),
                },
                None => return Err(self.fault("the text ends within an object")),
                Some(_) => return Err(self.fault("expected a name in quotes")),
            };
            self.blank();
            if !self.take(":") {
                let fault = self.fault("expected `:`");
                return Err(fault.within(Step::Name(name)));
            }
            match self.value(depth + 1) {
                Ok(value) => members.push((name, value)),
                Err(fault) => return Err(fault.within(Step::Name(name))),
            }
            self.blank();
            match self.next() {
                Some(b',') => {}
                Some(b'}') => return Ok(Json::Object(members)),
                None => return Err(self.fault("the text ends within an object")),
                Some(_) => {
                    self.at -= 1;
                    return Err(self.fault("expected `,` or `}`"));
                }
            }
        }
    }

    // Anything that could be meant as a number; it ends where no digit, sign, dot or exponent follows.
    fn digits(&mut self) -> Result<Json, Fault> {
        for word in ["NaN", "Infinity", "-Infinity"] {
            if self.take(word) {
                return Ok(Json::OddNumber(word.into()));
            }
        }
        let start = self.at;
        while let Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') = self.peek() {
            self.at += 1;
        }
        let token = self.text.get(start..self.at).unwrap_or_default();
        let text = std::str::from_utf8(token).unwrap_or_default();
        if !token.iter().any(u8::is_ascii_digit) {
            self.at = start;
            return Err(self.fault("expected a value"));
        }
        Ok(match number(text) {
            Some(_) => Json::Number(text.into()),
            None => Json::OddNumber(text.into()),
        })
    }

    fn string(&mut self) -> Result<Json, Fault> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.next() {
                Some(b'"') => break,
                Some(b'\\') => self.at += 1,
                Some(_) => {}
                None => {
                    self.at = self.text.len();
                    return Err(self.fault("the text ends within a string"));
                }
            }
        }
        let token = self.text.get(start..self.at).unwrap_or_default();
        Ok(match serde_json::from_slice::<String>(token) {
            Ok(text) => Json::String(text),
            Err(_) => Json::OddString(odd_text(token)),
        })
    }

    // Passes over what is nested too deep, by its brackets and strings alone.
    fn skip(&mut self) -> Result<(), Fault> {
        let mut open = Vec::new();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.string()?;
                    continue;
                }
                Some(b'[') => open.push(b']'),
                Some(b'{') => open.push(b'}'),
                Some(byte @ (b']' | b'}')) if open.pop() != Some(byte) => {
                    return Err(self.fault("a bracket that closes nothing"));
                }
                Some(_) => {}
                None => return Err(self.fault("the text ends within a list or object")),
            }
            self.at += 1;
            if open.is_empty() {
                return Ok(());
            }
        }
    }
}

// What a text with quotes around it means as far as it means something.
fn odd_text(token: &[u8]) -> String {
    let inner = token.get(1..token.len().saturating_sub(1));
    let raw = String::from_utf8_lossy(inner.unwrap_or_default());
    let mut rest = &*raw;
    let mut text = String::with_capacity(raw.len());
    while let Some((plain, escaped)) = rest.split_once('\\') {
        text.push_str(plain);
        let (meant, length) = escape(escaped);
        text.push(meant);
        rest = escaped.get(length..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

// What stands after a backslash, and how long it is.
fn escape(text: &str) -> (char, usize) {
    let unit = |text: &str| -> Option<u32> {
        let digits = text.strip_prefix('u')?.get(..4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        u32::from_str_radix(digits, 16).ok()
    };
    let lost = char::REPLACEMENT_CHARACTER;
    let Some(first) = text.chars().next() else {
        return (lost, 0);
    };
    let meant = match first {
        '"' | '\\' | '/' => first,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => match unit(text) {
            None => return (lost, 1),
            Some(high @ 0xd800..0xdc00) => {
                let low = text.get(5..).and_then(|rest| rest.strip_prefix('\\'));
                return match low.and_then(unit) {
                    Some(low @ 0xdc00..0xe000) => {
                        let point = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        (char::from_u32(point).unwrap_or(lost), 11)
                    }
                    _ => (lost, 5),
                };
            }
            Some(unit) => return (char::from_u32(unit).unwrap_or(lost), 5),
        },
        other => return (lost, other.len_utf8()),
    };
    (meant, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn value(text: &str) -> (Value, bool) {
        read(text.as_bytes()).unwrap().into_value()
    }

    fn message(text: &[u8]) -> String {
        let error = read(text).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        error.message().to_owned()
    }

    #[test]
    fn b13_says_where_the_json_breaks() {
        let text = message(b"{\n \"a\": [1, nope]}");
        assert!(text.contains("$.a[1] (line 2, column 11)"), "{text}");
        let text = message(b"[{\"a\": tru]");
        assert!(text.contains("$[0].a (line 1, column 8)"), "{text}");
        let text = message(b"{} x");
        assert!(text.contains("trailing characters at $ (line 1"), "{text}");
    }

    #[test]
    fn b12_what_is_cut_off_is_an_error() {
        let whole = r#"{"a": [1.5, "x\u00e9\n", {"b": null}], "c": [true, {}]}"#;
        value(whole);
        for length in 0..whole.len() {
            message(&whole.as_bytes()[..length]);
        }
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(500), "]".repeat(500));
        value(&deep);
        for length in 0..deep.len() {
            message(&deep.as_bytes()[..length]);
        }
    }

    #[test]
    fn b12_hostile_bodies_are_errors_not_panics() {
        let deep = "[".repeat(1_000_000);
        let mixed = format!("{}]", "[{\"a\":".repeat(200));
        for body in [
            deep.as_bytes(),
            mixed.as_bytes(),
            b"\"\xff",
            b"\xff",
            b"<html>",
            b"",
            b"\xef\xbb\xbf",
            b"\"\\",
            b"-",
            b"007",
            b"NaN",
            b"2026-11-25",
            b"[1,]",
            b"{,}",
            b"{'a':1}",
            b"{\"a\" 1}",
        ] {
            message(body);
        }
    }

    #[test]
    fn b12_what_no_value_can_be_costs_itself_alone() {
        let levels = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for (odd, seen) in [
            ("1e400", json!("1e400")),
            ("NaN", json!("NaN")),
            ("-Infinity", json!("-Infinity")),
            ("0123", json!("0123")),
            (r#""a\ud800b""#, json!("a\u{fffd}b")),
            (
                r#""\udc00\ud83d\ude00\q\u12""#,
                json!("\u{fffd}😀\u{fffd}\u{fffd}12"),
            ),
            ("\"two\nlines\"", json!("two\nlines")),
        ] {
            let text = format!(r#"[1, {{"a": {odd}}}, "z"]"#);
            assert_eq!(value(&text), (json!([1, {"a": seen}, "z"]), false), "{odd}");
        }
        assert!(read(levels.as_bytes()).is_ok());
        let (list, whole) = value(&format!(r#"[{{"a": {levels}}}, "z"]"#));
        assert_eq!((list.get(1), whole), (Some(&json!("z")), false));
        let odd = read(b"[\"\xff\", 2]").unwrap().into_value();
        assert_eq!(odd, (json!(["\u{fffd}", 2]), false));
    }

    #[test]
    fn b12_a_byte_order_mark_is_skipped() {
        assert_eq!(
            read(b"\xef\xbb\xbf {\"a\":1}").unwrap().into_value().0,
            json!({"a": 1})
        );
        assert!(message(b"\xef\xbb\xbf\xef\xbb\xbf{}").contains("column 1"));
    }

    #[test]
    fn b12_numbers_are_kept_as_written() {
        for text in [
            "12345678901234567890",
            "123456789012345678901234567890",
            "1.50",
            "-0",
        ] {
            assert_eq!(read(text.as_bytes()).unwrap(), Json::Number(text.into()));
        }
    }

    #[test]
    fn b12_last_of_a_repeated_key_wins() {
        assert_eq!(value(r#"{"a":1,"a":2}"#).0, json!({"a": 2}));
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn b12_valid_json_is_read_as_serde_reads_it(value in any_json(), pretty: bool) {
            let text = if pretty { format!("{value:#}") } else { value.to_string() };
            let expected: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read(text.as_bytes()).unwrap().into_value(), (expected, true));
        }

        // Pieces of JSON in any order, with bytes that are none among them.
        #[test]
        fn b12_whatever_serde_takes_is_read_the_same(
            pieces in prop::collection::vec(prop_oneof![
                prop::sample::select(vec![
                    "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\\", "\\u", "d83d", "\\ude00", "1", "-", ".5",
                    "e9", "e999", "null", "true", "NaN", " ", "\n", "\u{1}", "é",
                ]).prop_map(|text: &str| text.as_bytes().to_vec()),
                prop::collection::vec(any::<u8>(), 0..2),
            ], 0..12)
        ) {
            let text = pieces.concat();
            let ours = read(&text);
            if let Ok(value) = serde_json::from_slice::<Value>(&text) {
                prop_assert_eq!(ours.unwrap().into_value(), (value, true));
            }
        }
    }
}
