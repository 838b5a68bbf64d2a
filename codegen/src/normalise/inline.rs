//! Puts parameters, request bodies and responses where they are used; only schemas stay named.

use serde_json::{Map, Value, json};

use crate::document::{Document, METHODS, join};
use crate::error::{Errors, Result};
use crate::normalise::media::{self, Way};
use crate::normalise::wire;

/// Replaces every reference that is not to a schema by what it refers to.
pub fn run(document: &mut Document) -> Result<(), Errors> {
    let source = document.clone();
    for (pointer, path, method, operation) in source.operations() {
        let mut lowered = operation.clone();
        lowered.insert(
            "parameters".to_owned(),
            Value::Array(parameters(&source, path, method, &pointer, operation)?),
        );
        match wire::own_server(&source, path, operation) {
            Some(server) => lowered.insert("servers".to_owned(), json!([{"url": server}])),
            None => lowered.shift_remove("servers"),
        };
        if let Some(body) = operation.get("requestBody") {
            let at = join(&pointer, &["requestBody"]);
            let (body, media) = one_kind(&source, source.follow(body, &at)?, &at)?;
            if !media::is_plain(&media) {
                lowered.insert(wire::SENDS.to_owned(), json!(media));
            }
            lowered.insert("requestBody".to_owned(), with_examples(&source, body, &at)?);
        }
        if let Some(responses) = operation.get("responses").and_then(Value::as_object) {
            let mut inlined = Map::new();
            for (status, response) in responses {
                let at = join(&pointer, &["responses", status]);
                let mut response = source.follow(response, &at)?.clone();
                if let Some(response) = response.as_object_mut() {
                    // Headers are the same on every response; the runtime reads them by name.
                    response.shift_remove("headers");
                    response.shift_remove("links");
                }
                let of_success = status.starts_with('2').then_some(&mut response);
                let raw = of_success.and_then(|response| media::raw_only(response, Way::Answered));
                match raw.or_else(|| media::json_only(&mut response)) {
                    Some(media) if status.starts_with('2') && !media::is_plain(&media) => {
                        lowered.insert(wire::ACCEPTS.to_owned(), json!(media));
                    }
                    Some(media) if media::is_problem(&media) => mark_problem(&mut response),
                    _ => {}
                }
                inlined.insert(status.clone(), with_examples(&source, response, &at)?);
            }
            lowered.insert("responses".to_owned(), Value::Object(inlined));
        }
        if let Some(target) = document.root.pointer_mut(&pointer) {
            *target = Value::Object(lowered);
        }
    }
    if let Some(paths) = document
        .root
        .get_mut("paths")
        .and_then(Value::as_object_mut)
    {
        for item in paths.values_mut().filter_map(Value::as_object_mut) {
            item.retain(|key, _| METHODS.contains(&key.as_str()));
        }
    }
    if let Some(components) = document
        .root
        .get_mut("components")
        .and_then(Value::as_object_mut)
    {
        components.retain(|kind, _| kind == "schemas" || kind == "securitySchemes");
    }
    Ok(())
}

/// The operation's own parameters, then those of its path that it does not override.
fn parameters(
    source: &Document,
    path: &str,
    method: &str,
    pointer: &str,
    operation: &Map<String, Value>,
) -> Result<Vec<Value>> {
    let path_item = join("/paths", &[path]);
    let shared = source.root.pointer(&join(&path_item, &["parameters"]));
    let mut found: Vec<Value> = Vec::new();
    let own = operation.get("parameters").map(|list| (pointer, list));
    for (at, list) in own
        .into_iter()
        .chain(shared.map(|list| (path_item.as_str(), list)))
    {
        for (index, parameter) in list.as_array().into_iter().flatten().enumerate() {
            let at = join(at, &["parameters", &index.to_string()]);
            let parameter = source.follow(parameter, &at)?;
            check_parameter(source, parameter, &at)?;
            let mut parameter = parameter.clone();
            wire::style(source, &mut parameter, &at)?;
            one_or_many(&mut parameter);
            let key = (parameter.get("in"), parameter.get("name"));
            if !found
                .iter()
                .any(|other| (other.get("in"), other.get("name")) == key)
            {
                found.push(parameter);
            }
        }
    }
    let named: Vec<&str> = found
        .iter()
        .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some("path"))
        .filter_map(|parameter| parameter.get("name").and_then(Value::as_str))
        .collect();
    if let Some(stray) = named
        .iter()
        .find(|name| !path.contains(&format!("{{{name}}}")))
    {
        return Err(source.error(
            pointer,
            format!(
                "{} {path} has no place for its path parameter `{stray}`",
                method.to_uppercase()
            ),
            "put it into the path in braces, or remove the parameter",
        ));
    }
    for wanted in path.split(['{', '}']).skip(1).step_by(2) {
        if !named.contains(&wanted) {
            return Err(source.error(
                pointer,
                format!(
                    "{} {path} does not describe its path parameter `{wanted}`",
                    method.to_uppercase()
                ),
                "add the parameter with `in: path`",
            ));
        }
    }
    Ok(found)
}

/// Refuses what no later step could send.
fn check_parameter(source: &Document, parameter: &Value, at: &str) -> Result<()> {
    let place = parameter.get("in").and_then(Value::as_str);
    if !matches!(place, Some("path" | "query" | "header")) {
        return Err(source.error(
            at,
            format!(
                "a parameter in `{}` is not supported",
                place.unwrap_or("nothing")
            ),
            "describe parameters in the path, the query and headers only; remove it in the overlay",
        ));
    }
    if place == Some("path") && parameter.get("required") != Some(&json!(true)) {
        return Err(source.error(
            at,
            "a path parameter can never be left out",
            "say `required: true`",
        ));
    }
    if parameter.get("schema").is_none() {
        return Err(source.error(at, "the parameter has no schema", "give it one"));
    }
    Ok(())
}

/// Notes that a response is a problem's details.
fn mark_problem(response: &mut Value) {
    if let Some(response) = response.as_object_mut() {
        response.insert(PROBLEM.to_owned(), json!(true));
    }
}

/// On a response whose body is a problem's details (RFC 9457).
pub const PROBLEM: &str = "x-snapline-problem";

/// One value or a list of such: in a query that is written as a list of one is.
fn one_or_many(parameter: &mut Value) {
    if parameter.get("in").and_then(Value::as_str) != Some("query") {
        return;
    }
    let Some(schema) = parameter.get_mut("schema") else {
        return;
    };
    let choice = schema.get("oneOf").or_else(|| schema.get("anyOf"));
    let Some([first, second]) = choice.and_then(Value::as_array).map(Vec::as_slice) else {
        return;
    };
    let is_list_of = |list: &Value, one: &Value| list.get("items") == Some(one);
    let list = match (is_list_of(first, second), is_list_of(second, first)) {
        (true, _) => first.clone(),
        (_, true) => second.clone(),
        _ => return,
    };
    *schema = list;
}

/// A request body, of which only its JSON is kept, or where it has none its form, or that of text or bytes, and the
/// name that it had.
fn one_kind(source: &Document, body: &Value, at: &str) -> Result<(Value, String)> {
    let mut kept = body.clone();
    if media::form_only(&mut kept) {
        wire::encoding(source, &mut kept, at)?;
        return with_schema(source, kept, media::FORM.to_owned(), at);
    }
    if let Some(media) = media::raw_only(&mut kept, Way::Sent) {
        return Ok((kept, media));
    }
    if let Some(media) = media::json_only(&mut kept) {
        return with_schema(source, kept, media, at);
    }
    let content = body.get("content").and_then(Value::as_object);
    let first = content.and_then(|content| content.keys().next());
    let what = match first {
        Some(other) => format!("a request body of type `{other}` is not supported"),
        None => "a request body of no type is not supported".to_owned(),
    };
    Err(source.error(
        at,
        what,
        "describe a body of JSON, text or bytes, or one that is urlencoded, or leave the operation out",
    ))
}

/// A body of fields without what else it may be; refused where nothing says of what shape it is.
fn with_schema(
    source: &Document,
    mut body: Value,
    media: String,
    at: &str,
) -> Result<(Value, String)> {
    let content = body.get_mut("content").and_then(Value::as_object_mut);
    let json = content.and_then(|content| content.shift_remove(media::JSON));
    let Some(json) = json.filter(|json| json.get("schema").is_some()) else {
        return Err(source.error(
            at,
            format!("a request body of type `{media}` without a schema is not supported"),
            "describe its shape, or leave the operation out",
        ));
    };
    if let Some(body) = body.as_object_mut() {
        body.insert("content".to_owned(), json!({media::JSON: json}));
    }
    Ok((body, media))
}

/// Keeps one example a media type, as plain data.
fn with_examples(source: &Document, mut holder: Value, at: &str) -> Result<Value> {
    for (media, content) in holder
        .get_mut("content")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        let Some(content) = content.as_object_mut() else {
            continue;
        };
        let first = content
            .shift_remove("examples")
            .and_then(|examples| examples.as_object()?.values().next().cloned());
        if let Some(first) = first
            && !content.contains_key("example")
        {
            let at = join(at, &["content", media, "examples"]);
            if let Some(value) = source.follow(&first, &at)?.get("value") {
                content.insert("example".to_owned(), value.clone());
            }
        }
    }
    Ok(holder)
}
