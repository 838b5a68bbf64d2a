//! OpenAPI 3.0 schemas translated to JSON Schema 2020-12.
use std::collections::HashSet;

use serde_json::{Map, Value, json};

/// Which way a body travels; read-only fields may travel only one way.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Direction {
    /// From the client to the server.
    Request(Unknown),
    /// From the server to the client.
    Response,
}

/// What is done with a field of a request that the document does not name, or that only the service sets.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Unknown {
    Refused,
    /// As the services do.
    Ignored,
}

impl Unknown {
    pub(crate) fn of(strict: bool) -> Self {
        match strict {
            true => Self::Refused,
            false => Self::Ignored,
        }
    }
}

const COMPONENTS: &str = "#/components/schemas/";
const DEFINITIONS: &str = "#/$defs/";

/// Looks up a `$ref` into the document's components.
pub(crate) fn resolve<'a>(document: &'a Value, reference: &str) -> Option<&'a Value> {
    let name = reference.strip_prefix(COMPONENTS)?;
    document.get("components")?.get("schemas")?.get(name)
}

/// Follows `$ref` and single-member `allOf` until a schema of its own is reached.
pub(crate) fn follow<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut at = schema;
    // A bound, so that a circle of references ends.
    for _ in 0..16 {
        let next = match at.get("$ref").and_then(Value::as_str) {
            Some(reference) => resolve(document, reference),
            None => match at.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
                Some([only]) if at.get("properties").is_none() => Some(only),
                _ => None,
            },
        };
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    at
}

/// All components as `$defs` for one direction.
pub(crate) fn definitions(document: &Value, direction: Direction) -> Map<String, Value> {
    let mut all = Map::new();
    let components = document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    for (name, schema) in components.into_iter().flatten() {
        all.insert(name.clone(), translate(document, schema, direction, false));
    }
    all
}

/// The definitions that a schema leads to, at once or by others.
pub(crate) fn led_to(definitions: &Map<String, Value>, schema: &Value) -> Map<String, Value> {
    let mut found = Map::new();
    let mut rest = vec![schema];
    while let Some(value) = rest.pop() {
        let reference = value.get("$ref").and_then(Value::as_str);
        let name = reference.and_then(|it| it.strip_prefix(DEFINITIONS));
        if let Some((name, definition)) = name.and_then(|name| definitions.get_key_value(name))
            && !found.contains_key(name)
        {
            found.insert(name.clone(), definition.clone());
            rest.push(definition);
        }
        match value {
            Value::Object(fields) => rest.extend(fields.values()),
            Value::Array(items) => rest.extend(items),
            _ => {}
        }
    }
    found
}

/// One schema in JSON Schema. An `open` one takes fields it does not name, because the schema around it closes the whole.
pub(crate) fn translate(
    document: &Value,
    schema: &Value,
    direction: Direction,
    open: bool,
) -> Value {
    let Some(source) = schema.as_object() else {
        return schema.clone();
    };
    if let Some(reference) = source.get("$ref").and_then(Value::as_str) {
        return match resolve(document, reference) {
            Some(target) if open => translate(document, target, direction, true),
            _ => json!({"$ref": reference.replace(COMPONENTS, DEFINITIONS)}),
        };
    }
    let mut source = source.clone();
    // The bounds stand aside in the document because the client generator chokes on them.
    if let Some(Value::Object(constraints)) = source.remove("x-snapline-constraints") {
        source.extend(constraints);
    }
    let members = |key: &str| {
        source
            .get(key)
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    };
    let composed = members("allOf") + members("oneOf") + members("anyOf") > 0;
    let mixed = members("allOf") > 1 || (composed && source.contains_key("properties"));

    let hidden = |field: &Value| direction != Direction::Response && read_only(document, field);
    let ignores = direction == Direction::Request(Unknown::Ignored);
    let mut out = Map::new();
    for (key, value) in &source {
        let translated = match key.as_str() {
            "allOf" | "oneOf" | "anyOf" => Value::Array(
                value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|part| translate(document, part, direction, open || mixed))
                    .collect(),
            ),
            "not" => translate(document, value, direction, true),
            "items" => translate(document, value, direction, false),
            "additionalProperties" => translate(document, value, direction, false),
            "properties" => Value::Object(
                value
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, field)| {
                        let field = if hidden(field) {
                            Value::Bool(ignores)
                        } else {
                            translate(document, field, direction, false)
                        };
                        (name.clone(), field)
                    })
                    .collect(),
            ),
            "required" => {
                let fields = source.get("properties");
                Value::Array(
                    value
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter(|name| {
                            let field = name.as_str().and_then(|name| fields?.get(name));
                            !field.is_some_and(hidden)
                        })
                        .cloned()
                        .collect(),
                )
            }
            // OpenAPI 3.0 says with a flag what JSON Schema says with a number.
            "exclusiveMinimum" | "exclusiveMaximum" if value.is_boolean() => continue,
            "minimum" if source.get("exclusiveMinimum") == Some(&Value::Bool(true)) => {
                out.insert("exclusiveMinimum".to_owned(), value.clone());
                continue;
            }
            "maximum" if source.get("exclusiveMaximum") == Some(&Value::Bool(true)) => {
                out.insert("exclusiveMaximum".to_owned(), value.clone());
                continue;
            }
            "type" | "enum" | "format" | "minimum" | "maximum" | "exclusiveMinimum"
            | "exclusiveMaximum" | "multipleOf" | "minLength" | "maxLength" | "pattern"
            | "minItems" | "maxItems" | "uniqueItems" | "minProperties" | "maxProperties" => {
                value.clone()
            }
            _ => continue,
        };
        out.insert(key.clone(), translated);
    }
    if out.contains_key("properties") {
        if !out.contains_key("type") {
            out.insert("type".to_owned(), json!("object"));
        }
        if !open && !mixed && !ignores && !out.contains_key("additionalProperties") {
            out.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    }
    if mixed && !open && !ignores && !out.contains_key("additionalProperties") {
        out.insert("unevaluatedProperties".to_owned(), Value::Bool(false));
    }
    if source.get("nullable") != Some(&Value::Bool(true)) {
        return Value::Object(out);
    }
    match out.get("type").cloned() {
        Some(Value::String(name)) if !composed => {
            out.insert("type".to_owned(), json!([name, "null"]));
            if let Some(Value::Array(values)) = out.get_mut("enum") {
                values.push(Value::Null);
            }
            Value::Object(out)
        }
        _ => json!({"anyOf": [Value::Object(out), {"type": "null"}]}),
    }
}

fn read_only(document: &Value, field: &Value) -> bool {
    let flagged = |schema: &Value| schema.get("readOnly") == Some(&Value::Bool(true));
    flagged(field) || flagged(follow(document, field))
}

/// An example value for a schema: the document's own, or one put together from its parts.
pub(crate) fn example(document: &Value, schema: &Value, direction: Direction) -> Value {
    example_inside(document, schema, direction, &mut Vec::new())
}

/// The same inside of others: an object that may hold its own kind holds none.
fn example_inside<'a>(
    document: &'a Value,
    schema: &'a Value,
    direction: Direction,
    inside: &mut Vec<*const Value>,
) -> Value {
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    let schema = follow(document, schema);
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if let Some(first) = bound(schema, "enum").and_then(|values| values.get(0)) {
        return first.clone();
    }
    let choice = ["oneOf", "anyOf"]
        .iter()
        .find_map(|key| schema.get(key)?.get(0));
    if let Some(first) = choice {
        return example_inside(document, first, direction, inside);
    }
    if inside.contains(&std::ptr::from_ref(schema)) {
        return Value::Null;
    }
    inside.push(schema);
    let made = made(document, schema, direction, inside);
    inside.pop();
    made
}

/// A bound of a schema, wherever it stands: those that the client generator chokes on stand aside.
fn bound<'a>(schema: &'a Value, key: &str) -> Option<&'a Value> {
    let aside = schema
        .get("x-snapline-constraints")
        .and_then(|aside| aside.get(key));
    aside.or_else(|| schema.get(key))
}

fn made<'a>(
    document: &'a Value,
    schema: &'a Value,
    direction: Direction,
    inside: &mut Vec<*const Value>,
) -> Value {
    if let Some(fields) = schema.get("properties").and_then(Value::as_object) {
        let sent = |field: &Value| direction == Direction::Response || !read_only(document, field);
        let mut object = Map::new();
        for (name, field) in fields.iter().filter(|(_, field)| sent(field)) {
            let is_circle = inside.contains(&std::ptr::from_ref(follow(document, field)));
            if !is_circle {
                let value = example_inside(document, field, direction, inside);
                object.insert(name.clone(), value);
            }
        }
        return Value::Object(object);
    }
    let whole = |key: &str| bound(schema, key).and_then(Value::as_u64);
    match schema.get("type").and_then(Value::as_str) {
        Some("array") => match schema.get("items") {
            Some(items) if !inside.contains(&std::ptr::from_ref(follow(document, items))) => {
                let item = example_inside(document, items, direction, inside);
                let count = whole("minItems").unwrap_or(1).clamp(1, 8);
                (0..count).map(|_| item.clone()).collect()
            }
            _ => json!([]),
        },
        Some("integer" | "number") => {
            let above = bound(schema, "exclusiveMinimum") == Some(&json!(true));
            let least = bound(schema, "minimum").and_then(Value::as_f64);
            let least = least.map(|least| if above { least + 1.0 } else { least });
            let most = bound(schema, "maximum").and_then(Value::as_f64);
            let fits = 1.0_f64
                .max(least.unwrap_or(1.0))
                .min(most.unwrap_or(f64::MAX));
            match fits.fract() == 0.0 && fits.abs() < 9e15 {
                true => json!(fits as i64),
                false => json!(fits),
            }
        }
        Some("boolean") => json!(true),
        Some("object") => json!({}),
        Some("string") if schema.get("format").and_then(Value::as_str) == Some("date-time") => {
            json!("2026-03-04T05:06:07Z")
        }
        _ => {
            let most = whole("maxLength").unwrap_or(u64::MAX);
            let length = whole("minLength").unwrap_or(0).max(4).min(most);
            let letters = "text"
                .chars()
                .cycle()
                .take(usize::try_from(length).unwrap_or(4));
            json!(letters.collect::<String>())
        }
    }
}

/// The fields that are secrets, by their names, wherever in a body they stand.
pub(crate) fn secrets(raw: &Value, schema: &Value) -> Vec<String> {
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    collect_secrets(raw, schema, &mut seen, &mut found);
    found.sort();
    found.dedup();
    found
}

fn collect_secrets(
    raw: &Value,
    schema: &Value,
    seen: &mut HashSet<*const Value>,
    found: &mut Vec<String>,
) {
    let schema = follow(raw, schema);
    // Once each: a schema may lead back to itself.
    if !seen.insert(schema) {
        return;
    }
    let fields = schema.get("properties").and_then(Value::as_object);
    for (name, field) in fields.into_iter().flatten() {
        match follow(raw, field).get("format").and_then(Value::as_str) {
            Some("password") => found.push(name.clone()),
            _ => collect_secrets(raw, field, seen, found),
        }
    }
    let parts = ["oneOf", "anyOf", "allOf"].into_iter();
    let parts = parts.filter_map(|word| schema.get(word)?.as_array());
    let items = ["items", "additionalProperties"].into_iter();
    let items = items.filter_map(|word| schema.get(word));
    for part in parts.flatten().chain(items) {
        collect_secrets(raw, part, seen, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Direction = Direction::Request(Unknown::Refused);

    fn request(document: &Value, schema: &Value) -> Value {
        let mut out = translate(document, schema, REQUEST, false);
        out.as_object_mut()
            .unwrap()
            .insert("$defs".to_owned(), definitions(document, REQUEST).into());
        out
    }

    fn valid(schema: &Value, instance: Value) -> bool {
        jsonschema::validator_for(schema)
            .unwrap()
            .is_valid(&instance)
    }

    #[test]
    fn a_schema_has_the_definitions_it_leads_to() {
        let document = json!({"components": {"schemas": {
            "Tree": {"type": "object", "properties": {
                "leaf": {"$ref": "#/components/schemas/Leaf"},
                "trees": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}},
            "Leaf": {"type": "string", "enum": ["$ref"]},
            "Other": {"$ref": "#/components/schemas/Tree"}}}});
        let all = definitions(&document, REQUEST);
        let names = |schema: Value| {
            let mut names: Vec<String> = led_to(&all, &schema).into_iter().map(|it| it.0).collect();
            names.sort();
            names.join(" ")
        };
        assert_eq!(
            names(json!({"items": {"$ref": "#/$defs/Tree"}})),
            "Leaf Tree"
        );
        assert_eq!(names(json!({"$ref": "#/$defs/Leaf"})), "Leaf");
        assert_eq!(names(json!({"type": "string"})), "");
    }

    #[test]
    fn bounds_set_aside_hold_again() {
        let schema = request(
            &json!({}),
            &json!({"type": "integer", "x-snapline-constraints": {"enum": [0, 4], "maximum": 9}}),
        );
        assert!(valid(&schema, json!(4)));
        assert!(!valid(&schema, json!(5)));
    }

    #[test]
    fn nullable_takes_null_in_both_spellings() {
        let document =
            json!({"components": {"schemas": {"Tag": {"type": "string", "enum": ["a"]}}}});
        let plain = request(
            &document,
            &json!({"type": "string", "nullable": true, "enum": ["a"]}),
        );
        let wrapped = request(
            &document,
            &json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/Tag"}]}),
        );
        for schema in [&plain, &wrapped] {
            assert!(valid(schema, Value::Null));
            assert!(valid(schema, json!("a")));
            assert!(!valid(schema, json!("b")));
        }
    }

    #[test]
    fn read_only_fields_go_one_way() {
        let document = json!({});
        let schema = json!({"type": "object", "required": ["id"],
            "properties": {"id": {"type": "string", "readOnly": true}}});
        assert!(valid(&request(&document, &schema), json!({})));
        assert!(!valid(&request(&document, &schema), json!({"id": "x"})));
        let response = translate(&document, &schema, Direction::Response, false);
        assert!(valid(&response, json!({"id": "x"})));
        assert!(!valid(&response, json!({})));
    }

    #[test]
    fn unknown_fields_are_refused_even_across_all_of() {
        let document = json!({"components": {"schemas": {
            "Base": {"type": "object", "properties": {"a": {"type": "string"}}}}}});
        let schema = request(
            &document,
            &json!({"allOf": [{"$ref": "#/components/schemas/Base"},
                {"type": "object", "properties": {"b": {"type": "string"}}}]}),
        );
        assert!(valid(&schema, json!({"a": "x", "b": "y"})));
        assert!(!valid(&schema, json!({"a": "x", "c": "y"})));
        let free = request(
            &document,
            &json!({"properties": {"a": {}}, "additionalProperties": true}),
        );
        assert!(valid(&free, json!({"z": 1})));
        assert!(!valid(&free, json!([])));
    }

    #[test]
    fn what_is_unknown_can_be_ignored() {
        let document = json!({});
        let schema = json!({"type": "object", "required": ["name"], "properties": {
            "name": {"type": "string"}, "id": {"type": "string", "readOnly": true}}});
        let ignores = Direction::Request(Unknown::Ignored);
        let schema = translate(&document, &schema, ignores, false);
        assert!(valid(
            &schema,
            json!({"name": "a", "colour": "red", "id": 1})
        ));
        assert!(!valid(&schema, json!({"name": 1})));
        assert!(!valid(&schema, json!({"colour": "red"})));
    }

    #[test]
    fn exclusive_bounds_become_numbers() {
        let schema = request(
            &json!({}),
            &json!({"type": "number", "minimum": 1, "exclusiveMinimum": true}),
        );
        assert!(!valid(&schema, json!(1)));
        assert!(valid(&schema, json!(1.5)));
    }
}
