//! One success and one error type an operation: progenitor takes no more. Of successes in JSON that differ it is one
//! that has either shape; one without a body beside it is told by its number, `x-snapline-empty`.
//!
//! Any 2xx is a success (B11), so the documented number becomes `2XX` and stays behind as
//! `x-snapline-success`; so does that of a redirect where no other success is documented (B9). `default`
//! becomes `4XX` and `5XX`. All error bodies become one schema with every field of every error shape, each
//! optional.

use serde_json::{Map, Value, json};

use crate::document::{Document, join, schema_reference};
use crate::error::{Errors, Result};
use crate::normalise::inline::PROBLEM;
use crate::normalise::media::RAW;

/// What the schema of every error body is called.
const ERROR_BODY: &str = "ErrorBody";

/// Its key until the names are decided: no document's own, so that a clash is seen there.
const ERROR_BODY_KEY: &str = "snapline.ErrorBody";

/// The documented number of a success without a body, where another has one.
pub(crate) const EMPTY: &str = "x-snapline-empty";

/// Lowers the responses of every operation.
pub fn run(document: &mut Document) -> Result<(), Errors> {
    let source = document.clone();
    let mut error_fields: Map<String, Value> = Map::new();
    let mut errors = false;
    let mut problems = false;
    for (pointer, path, method, operation) in source.operations() {
        let at = join(&pointer, &["responses"]);
        let responses = operation.get("responses").and_then(Value::as_object);
        let mut lowered = Map::new();
        let mut success: Option<(u16, Value)> = None;
        let mut empty = None;
        let mut redirect = None;
        let responses = responses.into_iter().flatten();
        for (status, response) in responses.filter(|(status, _)| !status.starts_with("x-")) {
            let here = join(&at, &[status]);
            let status = status.to_uppercase();
            problems |= response.get(PROBLEM).is_some();
            match status.as_str() {
                "DEFAULT" => {
                    fold_error(&source, response, &here, &mut error_fields)?;
                    for class in ["4XX", "5XX"] {
                        lowered
                            .entry(class.to_owned())
                            .or_insert_with(|| error_response(response));
                    }
                }
                code if code.starts_with('2') => {
                    let number = code.parse().unwrap_or(200);
                    let other = success_response(&source, response, &here)?;
                    let Some((known, first)) = &mut success else {
                        success = Some((number, other));
                        continue;
                    };
                    let (has_body, other_has) = (body(first).is_some(), body(&other).is_some());
                    if has_body && !other_has {
                        empty.get_or_insert(number);
                    } else if other_has && !has_body {
                        empty.get_or_insert(*known);
                        (*known, *first) = (number, other);
                    } else if body(first) != body(&other) && !either(first, &other) {
                        return Err(source
                            .error(
                                here,
                                format!(
                                    "{} {path} answers with two shapes of success",
                                    method.to_uppercase()
                                ),
                                "keep one success response in the overlay",
                            )
                            .into());
                    }
                }
                code if code.starts_with(['4', '5']) => {
                    fold_error(&source, response, &here, &mut error_fields)?;
                    lowered.insert(code.to_owned(), error_response(response));
                }
                // Where it leads stands in its header, whatever its body says.
                "301" | "302" | "303" | "307" | "308" | "3XX" => {
                    let number = status.parse().unwrap_or(302);
                    let description = response.get("description").and_then(Value::as_str);
                    let description = description.unwrap_or_default();
                    redirect.get_or_insert((number, json!({"description": description})));
                }
                // What says that more is to come is not an answer yet.
                _ => {}
            }
        }
        let Some((number, mut response)) = success.or(redirect) else {
            return Err(source
                .error(
                    at,
                    format!("{} {path} names no 2xx response", method.to_uppercase()),
                    "describe what a success looks like",
                )
                .into());
        };
        without_unknown(&mut response);
        errors |= !lowered.is_empty();
        let mut all = Map::new();
        all.insert("2XX".to_owned(), response);
        all.extend(lowered);
        if let Some(target) = document
            .root
            .pointer_mut(&pointer)
            .and_then(Value::as_object_mut)
        {
            target.insert("x-snapline-success".to_owned(), json!(number));
            if let Some(empty) = empty {
                target.insert(EMPTY.to_owned(), json!(empty));
            }
            target.insert("responses".to_owned(), Value::Object(all));
        }
    }
    if problems && let Some(info) = document.root.get_mut("info").and_then(Value::as_object_mut) {
        info.insert(PROBLEM.to_owned(), json!(true));
    }
    if errors && let Some(schemas) = document.schemas_mut() {
        schemas.insert(
            ERROR_BODY_KEY.to_owned(),
            json!({
                "type": "object",
                "description": "What the service says of a refused request. Every field may be missing.",
                "properties": error_fields,
                "x-snapline-name": ERROR_BODY,
            }),
        );
    }
    Ok(())
}

const CONTENT: &str = "/content/application~1json";

/// What a success holds, and of which kind where that is no JSON: a text is not the same as one in JSON.
fn body(response: &Value) -> Option<(Value, Option<Value>)> {
    let content = response.pointer(CONTENT)?;
    let schema = content.get("schema").cloned();
    Some((
        schema.unwrap_or_else(|| json!({})),
        content.get(RAW).cloned(),
    ))
}

/// Makes a success in JSON one that has either shape; tells whether it could.
fn either(lowered: &mut Value, response: &Value) -> bool {
    let both = body(lowered).zip(body(response));
    let content = lowered.pointer_mut(CONTENT).and_then(Value::as_object_mut);
    let Some((((first, None), (second, None)), content)) = both.zip(content) else {
        return false;
    };
    content.insert("schema".to_owned(), json!({"anyOf": [first, second]}));
    true
}

fn success_response(source: &Document, response: &Value, at: &str) -> Result<Value> {
    let mut lowered = response.clone();
    let Some(content) = lowered.get_mut("content").and_then(Value::as_object_mut) else {
        return Ok(lowered);
    };
    if let Some(other) = content.keys().next()
        && !content.contains_key("application/json")
    {
        return Err(source.error(
            at,
            format!("a success of type `{other}` is not supported"),
            "describe a body of JSON, text or bytes, or leave the operation out",
        ));
    }
    content.retain(|media, _| media == "application/json");
    Ok(lowered)
}

/// A body of no known shape is as good as none, where it is the only success.
fn without_unknown(success: &mut Value) {
    let unknown = success
        .pointer(CONTENT)
        .is_none_or(|body| body.get("schema").is_none());
    if let Some(success) = success.as_object_mut().filter(|_| unknown) {
        success.shift_remove("content");
    }
}

/// The documented error with its example, its body now the one error schema.
fn error_response(response: &Value) -> Value {
    let mut content = Map::new();
    content.insert("schema".to_owned(), schema_reference(ERROR_BODY_KEY));
    if let Some(example) = response.pointer("/content/application~1json/example") {
        content.insert("example".to_owned(), example.clone());
    }
    json!({
        "description": response.get("description").cloned().unwrap_or_else(|| json!("")),
        "content": {"application/json": content},
    })
}

fn fold_error(
    source: &Document,
    response: &Value,
    at: &str,
    fields: &mut Map<String, Value>,
) -> Result<()> {
    let Some(schema) = response.pointer("/content/application~1json/schema") else {
        return Ok(());
    };
    let at = join(at, &["content", "application/json", "schema"]);
    let schema = source.follow(schema, &at)?;
    for (name, field) in schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        fields.entry(name.clone()).or_insert_with(|| field.clone());
    }
    Ok(())
}
