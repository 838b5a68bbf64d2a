//! An `allOf` of scalars: one scalar of which all is true that its parts say.

use serde_json::{Map, Value};

use crate::document::{Document, join};
use crate::error::Result;

/// What the parts come to; nothing where one of them is no scalar, or two are of different types.
pub fn merge(
    source: &Document,
    whole: &Map<String, Value>,
    parts: &[Value],
    at: &str,
) -> Result<Option<Value>> {
    let mut merged = Map::new();
    for (index, part) in parts.iter().enumerate() {
        let part = source.follow(part, &join(at, &["allOf", &index.to_string()]))?;
        let Some(part) = part.as_object().filter(|part| is_scalar(part)) else {
            return Ok(None);
        };
        if !add(&mut merged, part) {
            return Ok(None);
        }
    }
    let mut own = whole.clone();
    own.shift_remove("allOf");
    let fits = is_scalar(&own) && add(&mut merged, &own) && merged.contains_key("type");
    Ok(fits.then(|| Value::Object(merged)))
}

/// Whether a part may be of a scalar: one that says nothing of its type bounds that of another.
fn is_scalar(part: &Map<String, Value>) -> bool {
    const SHAPES: [&str; 8] = [
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "items",
        "properties",
        "required",
        "additionalProperties",
    ];
    let kind = part.get("type").map(Value::as_str);
    kind.is_none_or(|kind| matches!(kind, Some("string" | "integer" | "number" | "boolean")))
        && !part.keys().any(|key| SHAPES.contains(&key.as_str()))
}

/// Adds what a part says; whether it can be true together with the rest.
fn add(merged: &mut Map<String, Value>, part: &Map<String, Value>) -> bool {
    for (key, value) in part {
        let tighter = match merged.get(key) {
            None => true,
            Some(old) => match key.as_str() {
                "type" if old != value => return false,
                "minimum" | "minLength" => value.as_f64() > old.as_f64(),
                "maximum" | "maxLength" => value.as_f64() < old.as_f64(),
                // Null is a value only where every part says so.
                "nullable" => value.as_bool() == Some(false),
                "enum" => {
                    let (Some(old), Some(new)) = (old.as_array(), value.as_array()) else {
                        return false;
                    };
                    let both: Vec<Value> = old
                        .iter()
                        .filter(|one| new.contains(one))
                        .cloned()
                        .collect();
                    if both.is_empty() {
                        return false;
                    }
                    merged.insert(key.clone(), Value::Array(both));
                    false
                }
                // One engine knows one pattern of a value.
                "pattern" if old != value => return false,
                _ => true,
            },
        };
        if tighter {
            merged.insert(key.clone(), value.clone());
        }
    }
    true
}
