//! What the passes take for granted: every part has the form that OpenAPI 3.0 gives it, our
//! extensions are spelt right and stand where they are read, and names can be made of the words.
//!
//! It runs before the passes, while every place is still where the file has it.

use openapiv3::{
    OpenAPI, Operation, Parameter, PathItem, ReferenceOr, RequestBody, Response, Schema,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::document::{Document, METHODS, join, schema_pointers, schemas_of_components};
use crate::error::{Collected, Errors, Result};
use crate::spelling::word;

/// Passes over a `required` that is true or false, as it was on a field before OpenAPI: the object's list alone says it.
pub(crate) fn pass_over_flags(document: &mut Document) {
    let schemas = schema_pointers(document).into_iter();
    for pointer in schemas.chain(schemas_of_components(document)) {
        let schema = document
            .root
            .pointer_mut(&pointer)
            .and_then(Value::as_object_mut);
        let Some(schema) =
            schema.filter(|schema| schema.get("required").is_some_and(Value::is_boolean))
        else {
            continue;
        };
        schema.shift_remove("required");
        let error = document.error(
            join(&pointer, &["required"]),
            "`required` of a schema is a list of its fields, so that this says nothing",
            "name the field in the `required` of the object that it is part of, if it must be there",
        );
        document.passed_over.push(error);
    }
}

/// Checks the whole document, from the smallest parts to the largest: of faults one in the other the one nearest
/// to its cause is told.
pub fn check(document: &Document) -> Result<(), Errors> {
    let mut faults = Collected::default();
    walk(document, &document.root, "", &mut faults);
    let schemas = schema_pointers(document).into_iter();
    for pointer in schemas.chain(schemas_of_components(document)).rev() {
        let pointer = pointer.as_str();
        fits::<ReferenceOr<Schema>>(document, pointer, &mut faults);
        if let Some(schema) = document.root.pointer(pointer) {
            for check in [kind, negation, values] {
                faults.part(check(document, schema, pointer));
            }
        }
    }
    for (kind, check) in [
        (
            "parameters",
            fits::<ReferenceOr<Parameter>> as fn(&Document, &str, &mut Collected),
        ),
        ("requestBodies", fits::<ReferenceOr<RequestBody>>),
        ("responses", fits::<ReferenceOr<Response>>),
    ] {
        let at = join("/components", &[kind]);
        for name in keys(document, &at) {
            check(document, &join(&at, &[&name]), &mut faults);
        }
    }
    faults.part(operation_ids(document));
    for path in keys(document, "/paths") {
        if path.starts_with("x-") {
            continue;
        }
        let at = join("/paths", &[&path]);
        let checked = path_item(document, &at, &mut faults);
        faults.part(checked);
    }
    if document.operations().is_empty() && !faults.is_within("/paths") {
        faults.fault(document.error(
            "/paths",
            "there are no operations",
            "give a document that describes at least one operation",
        ));
    }
    fits::<OpenAPI>(document, "", &mut faults);
    faults.done()
}

fn keys(document: &Document, at: &str) -> Vec<String> {
    let object = document.root.pointer(at).and_then(Value::as_object);
    object
        .into_iter()
        .flat_map(|object| object.keys().cloned())
        .collect()
}

fn path_item(document: &Document, at: &str, faults: &mut Collected) -> Result<()> {
    if !at.starts_with("/paths/~1") {
        return Err(document.error(at, "a path begins with a slash", "write it with one"));
    }
    if document
        .root
        .pointer(at)
        .is_some_and(|item| item.get("$ref").is_some())
    {
        return Err(document.error(
            at,
            "a path that is a reference is not supported",
            "write its operations out here",
        ));
    }
    for method in METHODS {
        let at = join(at, &[method]);
        let Some(operation) = document.root.pointer(&at) else {
            continue;
        };
        let parameters = operation.get("parameters").and_then(Value::as_array);
        for index in 0..parameters.map_or(0, Vec::len) {
            let at = join(&at, &["parameters", &index.to_string()]);
            fits::<ReferenceOr<Parameter>>(document, &at, faults);
        }
        if operation.get("requestBody").is_some() {
            fits::<ReferenceOr<RequestBody>>(document, &join(&at, &["requestBody"]), faults);
        }
        let responses = join(&at, &["responses"]);
        for status in keys(document, &responses) {
            let at = join(&responses, &[&status]);
            if !is_status(&status) {
                faults.fault(document.error(
                    at,
                    format!("`{status}` is no status"),
                    "use three digits, one digit and `XX`, or `default`",
                ));
            } else if !status.starts_with("x-") {
                fits::<ReferenceOr<Response>>(document, &at, faults);
            }
        }
        fits::<Operation>(document, &at, faults);
    }
    fits::<PathItem>(document, at, faults);
    Ok(())
}

/// Ids that differ by more than punctuation, since methods are named after them.
fn operation_ids(document: &Document) -> Result<()> {
    let mut seen: Vec<(&str, String)> = Vec::new();
    for (pointer, _, _, operation) in document.operations() {
        let id = operation
            .get("operationId")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some(name) = word(id) else {
            return Err(document.error(
                pointer,
                format!("no name can be made of the operation id `{id}`"),
                "give the operation an id of letters and digits",
            ));
        };
        if let Some((other, _)) = seen.iter().find(|(_, other)| *other == name) {
            return Err(document.error(
                pointer,
                format!("the operation ids `{other}` and `{id}` are both called `{name}`"),
                "give one of the two another operationId",
            ));
        }
        seen.push((id, name));
    }
    Ok(())
}

fn is_status(text: &str) -> bool {
    let range = text.strip_suffix("XX").or_else(|| text.strip_suffix("xx"));
    let range = range.filter(|digit| digit.len() == 1);
    text == "default"
        || text.starts_with("x-")
        || range.is_some_and(|digit| matches!(digit, "1" | "2" | "3" | "4" | "5"))
        || (text.len() == 3
            && text
                .parse()
                .is_ok_and(|code: u16| (100..600).contains(&code)))
}

/// Whether a place can be read as what OpenAPI has there, where nothing is wrong within it.
fn fits<T: DeserializeOwned>(document: &Document, at: &str, faults: &mut Collected) {
    let Some(value) = document.root.pointer(at) else {
        return;
    };
    if let Err(error) = T::deserialize(value)
        && !faults.is_within(at)
    {
        faults.fault(document.error(
            at,
            format!("this is not what OpenAPI 3.0 has here: {error}"),
            "correct it; the specification of OpenAPI 3.0 names the fields and their types",
        ));
    }
}

fn kind(document: &Document, schema: &Value, at: &str) -> Result<()> {
    const KINDS: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];
    match schema.get("type") {
        Some(kind) if kind.as_str().is_none_or(|kind| !KINDS.contains(&kind)) => Err(document
            .error(
                join(at, &["type"]),
                format!(
                    "the type `{}` is not supported",
                    kind.as_str().unwrap_or("of another kind")
                ),
                "use string, integer, number, boolean, array or object",
            )),
        _ => Ok(()),
    }
}

/// No type can be made of what something is not.
fn negation(document: &Document, schema: &Value, at: &str) -> Result<()> {
    match schema.get("not") {
        Some(_) => Err(document.error(
            join(at, &["not"]),
            "`not` is not supported",
            "remove it in the overlay: the service still refuses what it forbids",
        )),
        None => Ok(()),
    }
}

fn values(document: &Document, schema: &Value, at: &str) -> Result<()> {
    let Some(values) = schema.get("enum").and_then(Value::as_array) else {
        return Ok(());
    };
    let here = join(at, &["enum"]);
    let kind = schema
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if values.is_empty() {
        return Err(document.error(
            here,
            "the enum lists nothing",
            "list its values, or drop it",
        ));
    }
    let stray = |value: &&Value| match kind {
        _ if value.is_null() => false,
        "string" => !value.is_string(),
        "integer" => !value.is_i64(),
        _ => false,
    };
    if let Some(stray) = values.iter().find(stray) {
        return Err(document.error(
            here,
            format!("the value `{stray}` is no {kind}"),
            "correct it, and put in quotes what YAML would take for something else, such as `true`",
        ));
    }
    let nul = |value: &&str| value.contains('\0');
    if let Some(wire) = values.iter().filter_map(Value::as_str).find(nul) {
        return Err(document.error(
            here,
            format!("the value `{}` holds a NUL", wire.escape_debug()),
            "remove it in the overlay: an unlisted value is kept as it came",
        ));
    }
    Ok(())
}

/// Where an extension of ours is read, and what it must be.
enum Place {
    Info,
    Operation,
    Schema,
}

type Is = fn(&Value) -> bool;

const EXTENSIONS: [(&str, Place, Is, &str); 14] = [
    (
        "x-snapline-provider",
        Place::Info,
        Value::is_object,
        "a mapping",
    ),
    (
        "x-snapline-resource",
        Place::Operation,
        Value::is_string,
        "a text",
    ),
    (
        "x-snapline-verb",
        Place::Operation,
        Value::is_string,
        "a text",
    ),
    (
        "x-snapline-pages",
        Place::Operation,
        Value::is_object,
        "a mapping",
    ),
    (
        "x-snapline-waiters",
        Place::Operation,
        Value::is_array,
        "a list",
    ),
    (
        "x-snapline-takes",
        Place::Operation,
        Value::is_array,
        "a list",
    ),
    (
        "x-snapline-finds",
        Place::Operation,
        Value::is_array,
        "a list",
    ),
    (
        "x-snapline-idempotent",
        Place::Operation,
        Value::is_boolean,
        "true or false",
    ),
    (
        "x-snapline-unwrap",
        Place::Operation,
        Value::is_boolean,
        "true or false",
    ),
    (
        "x-snapline-bare",
        Place::Operation,
        Value::is_string,
        "a text",
    ),
    (
        "x-snapline-limits",
        Place::Operation,
        Value::is_array,
        "a list",
    ),
    (
        "x-snapline-kinds",
        Place::Info,
        Value::is_object,
        "a mapping",
    ),
    (
        "x-snapline-mounted",
        Place::Schema,
        Value::is_object,
        "a mapping",
    ),
    ("x-snapline-name", Place::Schema, Value::is_string, "a text"),
];

/// Looks at every key: no null where OpenAPI has none, and no extension misspelt or misplaced.
fn walk(document: &Document, value: &Value, at: &str, faults: &mut Collected) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                let here = join(at, &[key]);
                if key.starts_with("x-snapline-") {
                    faults.part(extension(document, key, inner, at, here));
                } else if inner.is_null() && !may_be_null(key) {
                    faults.fault(document.error(
                        here,
                        format!("`{key}` is null"),
                        "give it a value, or leave it out",
                    ));
                } else if !matches!(key.as_str(), "example" | "examples" | "default") {
                    walk(document, inner, &here, faults);
                }
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                walk(document, inner, &join(at, &[&index.to_string()]), faults);
            }
        }
        _ => {}
    }
}

fn may_be_null(key: &str) -> bool {
    matches!(key, "example" | "default" | "value") || key.starts_with("x-")
}

fn extension(document: &Document, key: &str, value: &Value, at: &str, here: String) -> Result<()> {
    let Some((_, place, is, wanted)) = EXTENSIONS.iter().find(|(name, ..)| *name == key) else {
        let known: Vec<&str> = EXTENSIONS.iter().map(|(name, ..)| *name).collect();
        return Err(document.error(
            here,
            format!("`{key}` is none of our extensions"),
            format!("use one of {}", known.join(", ")),
        ));
    };
    let tokens: Vec<&str> = at.split('/').collect();
    let (fits, where_to) = match place {
        Place::Info => (at == "/info", "in `info`"),
        Place::Operation => (
            matches!(tokens.as_slice(), ["", "paths", _, method] if METHODS.contains(method)),
            "in an operation",
        ),
        Place::Schema => (tokens.len() > 3, "in a schema"),
    };
    if !fits {
        return Err(document.error(
            here,
            format!("`{key}` is not read here"),
            format!("put it {where_to}"),
        ));
    }
    if !is(value) {
        return Err(document.error(
            here,
            format!("`{key}` is {value}"),
            format!("make it {wanted}"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_says_required_by_itself_is_passed_over_and_told() {
        let field = serde_json::json!({"type": "string", "required": true});
        let root = serde_json::json!({
            "openapi": "3.0.3", "info": {"title": "Tiny", "version": "1"}, "paths": {},
            "components": {"schemas": {"thing": {"type": "object", "properties": {"name": field}}}},
        });
        let mut document = Document::new("tiny.yaml", root);
        let faults = |document: &Document| check(document).unwrap_err().to_string();
        assert!(faults(&document).contains("/properties/name"));
        pass_over_flags(&mut document);
        assert!(!faults(&document).contains("/properties/name"));
        let told = document.passed_over.first().unwrap().to_string();
        let at = "tiny.yaml at /components/schemas/thing/properties/name/required: ";
        assert!(told.starts_with(at), "{told}");
    }
}
