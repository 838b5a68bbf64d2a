//! Other values at one place of a document: what the tests do by a row of numbers, and the fuzz target by its input.

use serde_json::{Value, json};
use snapline_codegen::document::join;

/// Puts something else at one place of a document, as `pick` chooses below a number; says what it did.
pub(crate) fn mutate(document: &mut Value, pick: &mut dyn FnMut(usize) -> usize) -> String {
    let mut places = Vec::new();
    pointers(document, "", &mut places);
    if places.len() < 2 {
        return "nothing is left".to_owned();
    }
    let place = places[1 + pick(places.len() - 1)].clone();
    let other = document.pointer(&places[pick(places.len())]);
    let other = other.cloned().unwrap_or_default();
    let schemas = document.pointer("/components/schemas");
    let schemas: Vec<String> = schemas
        .and_then(Value::as_object)
        .map(|schemas| schemas.keys().cloned().collect())
        .unwrap_or_default();
    let schema = match schemas.len() {
        0 => "none".to_owned(),
        many => schemas[pick(many)].clone(),
    };
    let reference = json!({"$ref": join("#/components/schemas", &[&schema])});
    let Some(target) = document.pointer_mut(&place) else {
        return "there is no such place".to_owned();
    };
    let new = match pick(12) {
        0 => json!(null),
        1 => json!(true),
        2 => json!(-1),
        3 => json!(1.5),
        4 => json!(""),
        5 => json!("a word"),
        6 => json!([]),
        7 => json!({}),
        8 => json!([target.clone()]),
        9 => reference,
        10 => json!({"allOf": [target.clone(), reference]}),
        _ => other,
    };
    let said = format!("{place} = {new}");
    *target = new;
    said
}

fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                pointers(inner, &join(at, &[key]), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                pointers(inner, &join(at, &[&index.to_string()]), found);
            }
        }
        _ => {}
    }
}
