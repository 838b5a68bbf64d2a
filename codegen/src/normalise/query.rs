//! An object in a query becomes a parameter for each of its fields: by the field's name, or as `name[field]` where the
//! style is `deepObject`. That is how it is written, and each is an argument by itself.

use serde_json::{Map, Value, json};

use crate::document::{Document, join};
use crate::error::{Collected, Errors, Result};
use crate::normalise::wire::SEPARATOR;

/// The style of objects whose fields are written as `name[field]`.
pub const DEEP: &str = "deepObject";

/// Takes every object in a query apart.
pub fn run(document: &mut Document) -> Result<(), Errors> {
    let source = document.clone();
    let mut faults = Collected::default();
    for (pointer, _, _, operation) in source.operations() {
        let at = join(&pointer, &["parameters"]);
        let told = operation.get("parameters").and_then(Value::as_array);
        let Some(told) = told.filter(|all| all.iter().any(is_in_a_query)) else {
            continue;
        };
        // What is not taken apart stays in its place, which errors name.
        let mut kept = told.clone();
        for (index, parameter) in told.iter().enumerate() {
            let at = join(&at, &[&index.to_string()]);
            let Some(Some(fields)) = faults.part(fields(&source, parameter, &at)) else {
                continue;
            };
            for (place, field) in fields.into_iter().enumerate() {
                let name = field.get("name");
                let same = |other: &Value| is_in_a_query(other) && other.get("name") == name;
                let mut others = kept.iter().enumerate();
                if others.any(|(place, other)| place != index && same(other)) {
                    let name = name.and_then(Value::as_str).unwrap_or_default();
                    let what = format!("two parameters of the query are called `{name}`");
                    let help = "leave one of them out by the overlay";
                    faults.fault(source.error(join(&at, &["schema"]), what, help));
                }
                match kept.get_mut(index).filter(|_| place == 0) {
                    Some(whole) => *whole = field,
                    None => kept.push(field),
                }
            }
        }
        if let Some(target) = document.root.pointer_mut(&at) {
            *target = Value::Array(kept);
        }
    }
    faults.done()
}

fn is_in_a_query(parameter: &Value) -> bool {
    parameter.get("in").and_then(Value::as_str) == Some("query")
}

/// The parameters that the fields of an object are; nothing for one that is no object.
fn fields(document: &Document, parameter: &Value, at: &str) -> Result<Option<Vec<Value>>> {
    if !is_in_a_query(parameter) {
        return Ok(None);
    }
    let schema_at = join(at, &["schema"]);
    let schema = parameter.get("schema").unwrap_or(&Value::Null);
    let schema = document.follow(schema, &schema_at)?;
    let text = |key: &str| parameter.get(key).and_then(Value::as_str);
    let deep = text("style") == Some(DEEP);
    let name = text("name").unwrap_or_default();
    let told = schema.get("properties").and_then(Value::as_object);
    let sent = |field: &Value| field.get("readOnly") != Some(&json!(true));
    let told: Vec<_> = told
        .into_iter()
        .flatten()
        .filter(|(_, field)| sent(field))
        .collect();
    if told.is_empty() && !deep {
        return Ok(None);
    }
    let refuse = |what: String| {
        let help = "describe an object of texts, numbers, true or false, with `explode: true` or as `deepObject`, or leave the parameter out by the overlay if it is optional";
        Err(document.error(&schema_at, what, help))
    };
    if told.is_empty() {
        return refuse(format!("the parameter `{name}` is no object with fields"));
    }
    if parameter.get(SEPARATOR).is_some() {
        return refuse(format!(
            "the object `{name}` is written as one value, which is not supported"
        ));
    }
    let required = schema.get("required").and_then(Value::as_array);
    let mut all = Vec::new();
    for (field, schema) in told {
        let followed = document.follow(schema, &schema_at)?;
        let holds = |key: &str, kind: &str| {
            followed.get(key).is_some()
                || followed.get("type").and_then(Value::as_str) == Some(kind)
        };
        if holds("properties", "object") || (deep && holds("items", "array")) {
            return refuse(format!(
                "the field `{field}` of the parameter `{name}` has a shape that is not supported in a query"
            ));
        }
        let is_required = required.is_some_and(|all| all.iter().any(|one| one == field));
        let mut made = Map::new();
        let told = match deep {
            true => format!("{name}[{field}]"),
            false => field.clone(),
        };
        made.insert("name".to_owned(), json!(told));
        made.insert("in".to_owned(), json!("query"));
        if is_required && parameter.get("required") == Some(&json!(true)) {
            made.insert("required".to_owned(), json!(true));
        }
        let words = schema
            .get("description")
            .or_else(|| followed.get("description"));
        if let Some(words) = words {
            made.insert("description".to_owned(), words.clone());
        }
        let example = parameter.get("example").and_then(|all| all.get(field));
        if let Some(example) = example {
            made.insert("example".to_owned(), example.clone());
        }
        made.insert("schema".to_owned(), schema.clone());
        all.push(Value::Object(made));
    }
    Ok(Some(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(all: Value) -> Result<Value, String> {
        let root = json!({
            "paths": {"/things": {"get": {"operationId": "a", "parameters": all}}},
            "components": {"schemas": {"Order": {"type": "string", "enum": ["asc"]}}},
        });
        let mut document = Document::new("tiny.yaml", root);
        run(&mut document).map_err(|errors| errors.to_string())?;
        let at = "/paths/~1things/get/parameters";
        Ok(document.root.pointer(at).unwrap().clone())
    }

    #[test]
    fn b3_each_field_is_a_parameter_and_the_rest_stays_in_its_place() {
        let order = json!({"$ref": "#/components/schemas/Order"});
        let tags = json!({"type": "array", "items": {"type": "string"}});
        let told = json!([
            {"name": "search", "in": "query", "required": true, "example": {"q": "x"}, "schema": {
                "type": "object", "required": ["q"], "properties": {
                    "q": {"type": "string", "description": "What."}, "tags": tags, "made": {"type": "string", "readOnly": true},
                }}},
            {"name": "page", "in": "query", "schema": {"type": "integer"}},
            {"name": "sort", "in": "query", "style": "deepObject", "schema": {
                "type": "object", "required": ["by"], "properties": {"by": order}}},
        ]);
        assert_eq!(
            parameters(told).unwrap(),
            json!([
                {"name": "q", "in": "query", "required": true, "description": "What.", "example": "x",
                    "schema": {"type": "string", "description": "What."}},
                {"name": "page", "in": "query", "schema": {"type": "integer"}},
                {"name": "sort[by]", "in": "query", "schema": order},
                {"name": "tags", "in": "query", "schema": tags},
            ])
        );
    }

    #[test]
    fn what_a_query_cannot_hold_is_refused() {
        let text = json!({"type": "string"});
        let list = json!({"type": "array", "items": text});
        let of = |field: &Value| json!({"type": "object", "properties": {"a": field}});
        for (parameter, why) in [
            (
                json!({"schema": of(&of(&text))}),
                "the field `a` of the parameter `p`",
            ),
            (
                json!({"style": DEEP, "schema": of(&list)}),
                "the field `a` of the parameter `p`",
            ),
            (
                json!({"style": DEEP, "schema": text}),
                "no object with fields",
            ),
            (
                json!({SEPARATOR: ",", "schema": of(&text)}),
                "written as one value",
            ),
        ] {
            let mut parameter = parameter;
            parameter["in"] = json!("query");
            parameter["name"] = json!("p");
            let error = parameters(json!([parameter])).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
        let twice = json!([
            {"name": "p", "in": "query", "schema": of(&text)},
            {"name": "a", "in": "query", "schema": text},
        ]);
        let error = parameters(twice).unwrap_err();
        assert!(
            error.contains("two parameters of the query are called `a`"),
            "{error}"
        );
    }
}
