//! What bodies are by their media types: JSON, which is `application/json` with or without parameters and all that end
//! in `+json`; a form, whose fields are given as those of JSON are; else text or bytes, which are given and sent as they
//! are.

use serde_json::{Map, Value, json};

use super::formats::SECRET;

/// The one name of JSON once [`json_only`] has run.
pub const JSON: &str = "application/json";

/// The type of an error's body as RFC 9457 has it.
const PROBLEM: &str = "application/problem+json";

/// On the content of a body that is no JSON: what it is, by the names of [`Raw`].
pub const RAW: &str = "x-snapline-raw";

/// A body that is no JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Raw {
    /// Text, which is UTF-8.
    Text,
    /// Anything else.
    Bytes,
}

impl Raw {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bytes => "bytes",
        }
    }

    /// What content is whose one name is that of JSON; nothing where it is JSON.
    pub fn of(content: &Value) -> Option<Self> {
        let name = content.get(RAW)?.as_str()?;
        [Self::Text, Self::Bytes]
            .into_iter()
            .find(|raw| raw.name() == name)
    }
}

/// Which way a body goes: what is asked for may be a range of media types, what is sent is of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is asked for.
    Answered,
    /// It is sent.
    Sent,
}

/// Ends of names of media types that are text though they do not begin with `text/`.
const TEXTS: [&str; 13] = [
    "csv",
    "ecmascript",
    "graphql",
    "javascript",
    "jsonl",
    "jsonlines",
    "ndjson",
    "sql",
    "toml",
    "tsv",
    "xml",
    "yaml",
    "yml",
];

/// What has no end that a call could wait for.
const STREAM: &str = "text/event-stream";

/// A body that is made of names and values, as a query is.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// A body that is made of parts, which nothing here writes.
const PARTS: &str = "multipart/form-data";

/// What a body of a media type is; nothing for one that can be neither sent nor read here.
fn raw_of(media: &str, way: Way) -> Option<Raw> {
    let name = essence(media);
    let (kind, rest) = name.split_once('/')?;
    let refused = match way {
        Way::Answered => name == STREAM,
        Way::Sent => [FORM, PARTS].contains(&name.as_str()),
    };
    if refused || !is_header(media) {
        return None;
    }
    let end = rest.rsplit(|c: char| !c.is_ascii_alphanumeric()).next();
    Some(
        match kind == "text" || end.is_some_and(|end| TEXTS.contains(&end)) {
            true => Raw::Text,
            false => Raw::Bytes,
        },
    )
}

/// Whether a text can be sent as a header.
fn is_header(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// The media type that a body really has: the first that is no range, where there is one.
pub fn first_of<'a>(names: impl IntoIterator<Item = &'a str>, raw: Raw) -> &'a str {
    let mut names = names.into_iter().filter(|name| !name.contains('*'));
    names.next().unwrap_or(match raw {
        Raw::Text => "text/plain",
        Raw::Bytes => "application/octet-stream",
    })
}

/// Calls a body without JSON by JSON's one name, as the text or the bytes that it is; text where it may be either.
/// Gives the media type that it is sent as, or those that are asked for; nothing for a body that is JSON, that
/// there is none of, or that is neither.
pub fn raw_only(holder: &mut Value, way: Way) -> Option<String> {
    let content = holder.get_mut("content")?.as_object_mut()?;
    if json_of(content).is_some() {
        return None;
    }
    let known: Vec<(&str, Raw)> = content
        .keys()
        .filter_map(|media| Some((media.as_str(), raw_of(media, way)?)))
        .collect();
    let is_text = known.iter().any(|(_, raw)| *raw == Raw::Text);
    let raw = if is_text { Raw::Text } else { Raw::Bytes };
    let names: Vec<&str> = known
        .iter()
        .filter(|(_, of)| *of == raw)
        .map(|(media, _)| *media)
        .collect();
    let body = content.get(*names.first()?)?;
    let media = match way {
        Way::Sent => first_of(names, raw).to_owned(),
        Way::Answered => names.join(", "),
    };
    // A text may be a secret (B19).
    let secret = body.pointer("/schema/format") == Some(&json!(SECRET));
    let schema = match raw == Raw::Text && secret {
        true => json!({"type": "string", "format": SECRET}),
        false => json!({"type": "string"}),
    };
    let mut kept = Map::new();
    kept.insert("schema".to_owned(), schema);
    kept.insert(RAW.to_owned(), json!(raw.name()));
    for key in ["example", "examples"] {
        if let Some(example) = body.get(key)
            && raw == Raw::Text
        {
            kept.insert(key.to_owned(), example.clone());
        }
    }
    *content = Map::from_iter([(JSON.to_owned(), Value::Object(kept))]);
    Some(media)
}

/// Calls a form by JSON's one name, where there is no JSON: its fields are the same. Tells whether it is one.
pub fn form_only(holder: &mut Value) -> bool {
    let content = holder.get_mut("content").and_then(Value::as_object_mut);
    let Some(content) = content.filter(|content| json_of(content).is_none()) else {
        return false;
    };
    let form = content.iter().find(|(media, _)| essence(media) == FORM);
    let Some(form) = form.map(|(_, form)| form.clone()) else {
        return false;
    };
    *content = Map::from_iter([(JSON.to_owned(), form)]);
    true
}

/// Whether a media type is JSON.
fn is_json(media: &str) -> bool {
    let name = essence(media);
    // It is sent as a header.
    is_header(media)
        && (name == JSON || name == "text/json" || (name.contains('/') && name.ends_with("+json")))
}

/// Whether a media type is plain JSON, whatever its parameters.
pub fn is_plain(media: &str) -> bool {
    essence(media) == JSON
}

/// Whether a media type is that of a problem's details.
pub fn is_problem(media: &str) -> bool {
    essence(media) == PROBLEM
}

/// A media type without its parameters.
fn essence(media: &str) -> String {
    media
        .split(';')
        .next()
        .unwrap_or(media)
        .trim()
        .to_lowercase()
}

/// The media type of `content` that stands for its JSON: the plain one, else the first of its kind.
pub fn json_of(content: &Map<String, Value>) -> Option<&str> {
    let mut all = content
        .keys()
        .map(String::as_str)
        .filter(|media| is_json(media));
    all.clone()
        .find(|media| *media == JSON)
        .or_else(|| all.clone().find(|media| essence(media) == JSON))
        .or_else(|| all.next())
}

/// Calls the JSON of a body, a response or another holder of `content` by its one name, and takes out what
/// else is JSON there. Gives the name it had.
pub fn json_only(holder: &mut Value) -> Option<String> {
    let content = holder.get_mut("content")?.as_object_mut()?;
    let media = json_of(content)?.to_owned();
    let body = content.get(&media)?.clone();
    let mut kept = Map::new();
    for (name, other) in std::mem::take(content) {
        if name == media {
            kept.insert(JSON.to_owned(), body.clone());
        } else if !is_json(&name) {
            kept.insert(name, other);
        }
    }
    *content = kept;
    Some(media)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(content: Value, way: Way) -> Option<(String, Raw)> {
        let mut holder = json!({ "content": content });
        let media = raw_only(&mut holder, way)?;
        let content = holder.get("content").unwrap();
        assert_eq!(content.as_object().unwrap().len(), 1);
        let raw = Raw::of(content.get(JSON).unwrap()).unwrap();
        Some((media, raw))
    }

    #[test]
    fn a_media_type_is_text_or_bytes_by_its_name() {
        for text in [
            "text/plain; charset=utf-8",
            "TEXT/CSV",
            "text/*",
            "application/yaml",
            "application/x-yaml",
            "application/vnd.things.v1+xml",
            "application/javascript",
            "application/x-ndjson",
            "image/svg+xml",
        ] {
            let found = raw(json!({text: {}}), Way::Answered);
            assert_eq!(found, Some((text.to_owned(), Raw::Text)));
        }
        for bytes in [
            "application/pdf",
            "application/octet-stream",
            "*/*",
            "image/png",
            "application/zip",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ] {
            let found = raw(json!({bytes: {}}), Way::Answered);
            assert_eq!(found, Some((bytes.to_owned(), Raw::Bytes)));
        }
    }

    #[test]
    fn what_is_neither_is_left_as_it_is() {
        assert_eq!(raw(json!({"text/event-stream": {}}), Way::Answered), None);
        assert_eq!(raw(json!({"multipart/form-data": {}}), Way::Sent), None);
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(raw(json!({form: {}}), Way::Sent), None);
        assert_eq!(raw(json!({"text/\n": {}}), Way::Sent), None);
        assert_eq!(raw(json!({"nothing": {}}), Way::Sent), None);
        let both = json!({"text/csv": {}, "application/hal+json": {}});
        assert_eq!(raw(both, Way::Answered), None);
    }

    #[test]
    fn text_goes_before_bytes_and_a_range_is_only_asked_for() {
        let both = json!({"application/pdf": {}, "text/csv": {}, "text/plain": {}});
        let asked = raw(both, Way::Answered);
        assert_eq!(asked, Some(("text/csv, text/plain".to_owned(), Raw::Text)));
        for (content, wanted) in [
            (json!({"text/*": {}, "text/csv": {}}), "text/csv"),
            (json!({"text/*": {}}), "text/plain"),
            (json!({"*/*": {}}), "application/octet-stream"),
        ] {
            assert_eq!(raw(content, Way::Sent).unwrap().0, wanted);
        }
    }

    #[test]
    fn a_form_is_called_json_where_there_is_none() {
        let fields = json!({"schema": {"type": "object"}});
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        let mut both = json!({"content": {"text/plain": {}, form: fields}});
        assert!(form_only(&mut both));
        assert_eq!(both, json!({"content": {JSON: fields}}));
        for other in [
            json!({form: {}, "text/json": {}}),
            json!({"multipart/form-data": {}}),
        ] {
            let mut holder = json!({ "content": other });
            assert!(!form_only(&mut holder));
            assert_eq!(holder, json!({ "content": other }));
        }
    }

    #[test]
    fn b19_a_text_stays_a_secret_and_keeps_its_example() {
        let schema = json!({"type": "string", "format": "password", "pattern": "x"});
        let text = json!({"schema": schema, "example": "a: 1"});
        let mut holder = json!({"content": {"application/yaml": text}});
        raw_only(&mut holder, Way::Answered).unwrap();
        assert_eq!(
            holder.pointer("/content/application~1json").unwrap(),
            &json!({"schema": {"type": "string", "format": "password"}, RAW: "text", "example": "a: 1"})
        );
    }
}
