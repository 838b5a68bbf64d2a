//! One success and one error type an operation: progenitor takes no more.
//!
//! Any 2xx is a success (B11), so the documented number becomes `2XX` and stays behind as
//! `x-snapline-success`. `default` becomes `4XX` and `5XX`. All error bodies become one schema
//! with every field of every error shape, each optional.

use serde_json::{Map, Value, json};

use crate::document::{Document, join, schema_reference};
use crate::error::Result;

/// The component that every error body refers to.
pub const ERROR_BODY: &str = "ErrorBody";

/// Lowers the responses of every operation.
pub fn run(document: &mut Document) -> Result<()> {
    let source = document.clone();
    let mut error_fields: Map<String, Value> = Map::new();
    for (pointer, path, method, operation) in source.operations() {
        let at = join(&pointer, &["responses"]);
        let responses = operation.get("responses").and_then(Value::as_object);
        let mut lowered = Map::new();
        let mut success: Option<(u16, Value)> = None;
        for (status, response) in responses.into_iter().flatten() {
            let here = join(&at, &[status]);
            match status.as_str() {
                "default" => {
                    fold_error(&source, response, &here, &mut error_fields)?;
                    for class in ["4XX", "5XX"] {
                        lowered
                            .entry(class.to_owned())
                            .or_insert_with(|| error_response(response));
                    }
                }
                code if code.starts_with('2') => {
                    let number = code.parse().unwrap_or(200);
                    match &success {
                        Some((_, first)) if !same_body(first, response) => {
                            return Err(source.error(
                                here,
                                format!(
                                    "{} {path} answers with two shapes of success",
                                    method.to_uppercase()
                                ),
                                "keep one success response in the overlay",
                            ));
                        }
                        Some(_) => {}
                        None => {
                            success = Some((number, success_response(&source, response, &here)?))
                        }
                    }
                }
                code if code.starts_with(['4', '5']) => {
                    fold_error(&source, response, &here, &mut error_fields)?;
                    lowered.insert(code.to_owned(), error_response(response));
                }
                other => {
                    return Err(source.error(
                        here,
                        format!("a response of status `{other}` is not supported"),
                        "describe 2xx, 4xx, 5xx and default responses only",
                    ));
                }
            }
        }
        let Some((number, response)) = success else {
            return Err(source.error(
                at,
                format!("{} {path} names no 2xx response", method.to_uppercase()),
                "describe what a success looks like",
            ));
        };
        let mut all = Map::new();
        all.insert("2XX".to_owned(), response);
        all.extend(lowered);
        if let Some(target) = document
            .root
            .pointer_mut(&pointer)
            .and_then(Value::as_object_mut)
        {
            target.insert("x-snapline-success".to_owned(), json!(number));
            target.insert("responses".to_owned(), Value::Object(all));
        }
    }
    if !error_fields.is_empty() {
        let schemas = document
            .root
            .as_object_mut()
            .map(|root| root.entry("components").or_insert_with(|| json!({})))
            .and_then(Value::as_object_mut)
            .map(|components| components.entry("schemas").or_insert_with(|| json!({})))
            .and_then(Value::as_object_mut);
        if let Some(schemas) = schemas {
            schemas.insert(
                ERROR_BODY.to_owned(),
                json!({
                    "type": "object",
                    "description": "What the service says of a refused request. Every field may be missing.",
                    "properties": error_fields,
                    "x-snapline-name": ERROR_BODY,
                }),
            );
        }
    }
    Ok(())
}

fn same_body(lowered: &Value, response: &Value) -> bool {
    let schema = |response: &Value| {
        response
            .pointer("/content/application~1json/schema")
            .cloned()
    };
    schema(lowered) == schema(response)
}

fn success_response(source: &Document, response: &Value, at: &str) -> Result<Value> {
    let mut lowered = response.clone();
    if let Some(content) = response.get("content").and_then(Value::as_object) {
        let Some(json) = content.get("application/json") else {
            return Err(source.error(
                at,
                format!(
                    "a success of type `{}` is not supported",
                    content.keys().next().map_or("", String::as_str)
                ),
                "describe an `application/json` body, or leave the operation out",
            ));
        };
        if let Some(lowered) = lowered.as_object_mut() {
            lowered.insert("content".to_owned(), json!({"application/json": json}));
        }
    }
    Ok(lowered)
}

/// The documented error with its example, its body now the one error schema.
fn error_response(response: &Value) -> Value {
    let mut content = Map::new();
    content.insert("schema".to_owned(), schema_reference(ERROR_BODY));
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
