//! Which media types are JSON: `application/json` with or without parameters, and all that end in `+json`.

use serde_json::{Map, Value};

/// The one name of JSON once [`json_only`] has run.
pub const JSON: &str = "application/json";

/// The type of an error's body as RFC 9457 has it.
const PROBLEM: &str = "application/problem+json";

/// Whether a media type is JSON.
fn is_json(media: &str) -> bool {
    let name = essence(media);
    // It is sent as a header.
    media.bytes().all(|byte| (0x20..0x7f).contains(&byte))
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
