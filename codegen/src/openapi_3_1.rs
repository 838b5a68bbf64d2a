//! OpenAPI 3.1 as OpenAPI 3.0 says it. What 3.0 has no word for is a bound that the service checks, and goes; nothing
//! that is sent or answered changes its shape.

use serde_json::{Map, Value, json};

use crate::document::{Document, each_reference, join, schema_pointers, unescape};

/// Rewrites a document of 3.1; of one of another version only what a reference leads to becomes a component.
pub fn lower(root: &mut Value) {
    let version = root.get("openapi").and_then(Value::as_str);
    let is_new = version.is_some_and(|version| version.starts_with("3.1."));
    let mut document = Document::new("", root.take());
    definitions(&mut document);
    if !is_new {
        *root = document.root;
        return;
    }
    // What is inside goes first, so that a choice sees which of its shapes is null.
    for pointer in schema_pointers(&document).iter().rev() {
        if let Some(Value::Object(schema)) = document.root.pointer_mut(pointer) {
            lower_schema(schema);
        }
    }
    *root = document.root;
    let Some(top) = root.as_object_mut() else {
        return;
    };
    top.insert("openapi".to_owned(), json!("3.0.3"));
    for key in ["jsonSchemaDialect", "webhooks"] {
        top.shift_remove(key);
    }
    top.entry("paths").or_insert_with(|| json!({}));
    for (at, key) in [
        ("/info", "summary"),
        ("/info/license", "identifier"),
        ("/components", "pathItems"),
    ] {
        let place = root.pointer_mut(at).and_then(Value::as_object_mut);
        place.and_then(|place| place.shift_remove(key));
    }
}

/// Makes components of what stands in `$defs`, and of what else a reference leads to inside of a component.
fn definitions(document: &mut Document) {
    loop {
        let mut found: Option<String> = None;
        // The outermost first: what is moved takes along what it holds.
        let _ = each_reference(&document.root, "", &mut |_, to| {
            let inner = to.strip_prefix('#').filter(|to| {
                let is_component = to.starts_with("/components/schemas/");
                is_component && to.matches('/').count() > 3 && document.root.pointer(to).is_some()
            });
            if let Some(inner) = inner
                && found.as_ref().is_none_or(|found| inner.len() < found.len())
            {
                found = Some(inner.to_owned());
            }
            Ok(())
        });
        let Some(from) = found else {
            break;
        };
        let name = name_of(document, &from);
        let to = join("/components/schemas", &[&name]);
        let reference = json!({"$ref": format!("#{to}")});
        let Some(place) = document.root.pointer_mut(&from) else {
            break;
        };
        let moved = std::mem::replace(place, reference);
        if let Some(schemas) = document.schemas_mut() {
            schemas.insert(name, moved);
        }
        redirect(&mut document.root, &format!("#{from}"), &format!("#{to}"));
    }
    for pointer in schema_pointers(document) {
        if let Some(schema) = document
            .root
            .pointer_mut(&pointer)
            .and_then(Value::as_object_mut)
        {
            schema.shift_remove("$defs");
        }
    }
}

/// A free name for what becomes a component: those of all that it stands in.
fn name_of(document: &Document, pointer: &str) -> String {
    const KEYWORDS: [&str; 5] = ["$defs", "allOf", "anyOf", "oneOf", "properties"];
    let words = pointer
        .split('/')
        .skip(3)
        .filter(|word| !KEYWORDS.contains(word));
    let base = words.map(unescape).collect::<Vec<_>>().join("_");
    let is_free = |name: &String| {
        document
            .root
            .pointer(&join("/components/schemas", &[name]))
            .is_none()
    };
    let numbered = (2_u32..).map(|number| format!("{base}_{number}"));
    let mut all = std::iter::once(base.clone()).chain(numbered);
    // There is always one more.
    all.find(is_free).unwrap_or_default()
}

/// Points references to a place, and to what is in it, at another.
fn redirect(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                match inner {
                    Value::String(text) if key == "$ref" => {
                        let rest = text.strip_prefix(from);
                        let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with('/'));
                        if let Some(rest) = rest {
                            *text = format!("{to}{rest}");
                        }
                    }
                    inner => redirect(inner, from, to),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| redirect(inner, from, to)),
        _ => {}
    }
}

fn lower_schema(schema: &mut Map<String, Value>) {
    kinds(schema);
    if let Some(value) = schema.shift_remove("const") {
        schema.insert("enum".to_owned(), json!([value]));
    }
    if let Some(Value::Array(examples)) = schema.get("examples") {
        let first = examples.first().cloned();
        schema.shift_remove("examples");
        if let Some(first) = first {
            schema.entry("example").or_insert(first);
        }
    }
    for (bound, exclusive) in [
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ] {
        if let Some(value) = schema
            .get(exclusive)
            .filter(|value| value.is_number())
            .cloned()
        {
            schema.insert(bound.to_owned(), value);
            schema.insert(exclusive.to_owned(), json!(true));
        }
    }
    let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
    let fields = fields.into_iter().flat_map(Map::values_mut);
    // A schema that is `true` takes any value.
    for any in fields.filter(|field| **field == Value::Bool(true)) {
        *any = json!({});
    }
    choice(schema);
    values(schema);
    for key in UNKNOWN {
        schema.shift_remove(key);
    }
    if schema.len() > 1
        && let Some(reference) = schema.shift_remove("$ref")
    {
        let own = json!({"$ref": reference});
        match schema.get_mut("allOf").and_then(Value::as_array_mut) {
            Some(parts) => parts.push(own),
            None => drop(schema.insert("allOf".to_owned(), json!([own]))),
        }
    }
}

/// What OpenAPI 3.0 has no word for.
const UNKNOWN: [&str; 22] = [
    "$anchor",
    "$comment",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$schema",
    "$vocabulary",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// One type, and whether null is one; of several that are scalars a choice, of others any JSON.
fn kinds(schema: &mut Map<String, Value>) {
    let listed = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.clone(),
        Some(kind) if kind == "null" => vec![kind.clone()],
        _ => return,
    };
    schema.shift_remove("type");
    let kinds: Vec<&Value> = listed.iter().filter(|kind| *kind != "null").collect();
    if kinds.len() < listed.len() {
        schema.insert("nullable".to_owned(), json!(true));
    }
    match kinds.as_slice() {
        [] => {}
        [one] => drop(schema.insert("type".to_owned(), (*one).clone())),
        several
            if several
                .iter()
                .any(|kind| **kind == "array" || **kind == "object") =>
        {
            for key in ["items", "properties", "additionalProperties", "required"] {
                schema.shift_remove(key);
            }
        }
        several => {
            let shapes: Vec<Value> = several.iter().map(|kind| json!({"type": kind})).collect();
            schema.insert("oneOf".to_owned(), json!(shapes));
        }
    }
}

/// A choice of which one shape is null is one that may be null.
fn choice(schema: &mut Map<String, Value>) {
    let null = json!({"nullable": true});
    for key in ["oneOf", "anyOf"] {
        let Some(shapes) = schema.get_mut(key).and_then(Value::as_array_mut) else {
            continue;
        };
        let all = shapes.len();
        shapes.retain(|shape| *shape != null);
        let (left, is_null) = (shapes.clone(), shapes.len() < all);
        if !is_null {
            continue;
        }
        schema.insert("nullable".to_owned(), json!(true));
        if left.len() < 2 {
            schema.shift_remove(key);
        }
        match left.as_slice() {
            // A reference with notes beside it is no composition of its own.
            [Value::Object(one)] if one.contains_key("allOf") && !schema.contains_key("allOf") => {
                for (key, value) in one {
                    schema.entry(key).or_insert_with(|| value.clone());
                }
            }
            [one] => drop(schema.insert("allOf".to_owned(), json!([one]))),
            _ => {}
        }
    }
}

/// Values of names that follow a pattern are values of any name; places of a list have items of any kind.
fn values(schema: &mut Map<String, Value>) {
    if let Some(Value::Object(patterns)) = schema.shift_remove("patternProperties")
        && !schema.contains_key("properties")
        && !schema
            .get("additionalProperties")
            .is_some_and(Value::is_object)
    {
        let mut values = patterns.into_iter().map(|(_, values)| values);
        let values = match (values.next(), values.next()) {
            (Some(one), None) => one,
            _ => json!(true),
        };
        schema.insert("additionalProperties".to_owned(), values);
    }
    let is_list = schema.get("type").is_some_and(|kind| kind == "array");
    if is_list
        && (schema.contains_key("prefixItems")
            || !schema.get("items").is_some_and(Value::is_object))
    {
        schema.insert("items".to_owned(), json!({}));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lowered(schema: &Value) -> Value {
        let mut root = json!({"openapi": "3.1.0", "components": {"schemas": {"thing": schema}}});
        lower(&mut root);
        assert_eq!(root["openapi"], "3.0.3");
        root["components"]["schemas"].clone()
    }

    #[test]
    fn null_is_a_note_and_no_type() {
        for (said, wanted) in [
            (
                json!({"type": ["string", "null"]}),
                json!({"nullable": true, "type": "string"}),
            ),
            (json!({"type": "null"}), json!({"nullable": true})),
            (
                json!({"anyOf": [{"$ref": "#/components/schemas/other"}, {"type": "null"}]}),
                json!({"nullable": true, "allOf": [{"$ref": "#/components/schemas/other"}]}),
            ),
            (
                json!({"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/other", "description": "It."}]}),
                json!({
                    "nullable": true,
                    "description": "It.",
                    "allOf": [{"$ref": "#/components/schemas/other"}],
                }),
            ),
            (
                json!({"type": ["string", "integer"]}),
                json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
            ),
        ] {
            assert_eq!(lowered(&said)["thing"], wanted, "{said}");
        }
    }

    #[test]
    fn what_has_another_word_is_said_by_it() {
        for (said, wanted) in [
            (json!({"const": 7}), json!({"enum": [7]})),
            (
                json!({"examples": ["a", "b"], "type": "string"}),
                json!({"type": "string", "example": "a"}),
            ),
            (
                json!({"type": "integer", "exclusiveMinimum": 3}),
                json!({"type": "integer", "minimum": 3, "exclusiveMinimum": true}),
            ),
            (
                json!({"$ref": "#/components/schemas/other", "description": "It."}),
                json!({"description": "It.", "allOf": [{"$ref": "#/components/schemas/other"}]}),
            ),
            (
                json!({"type": "object", "patternProperties": {"^x": {"type": "integer"}}}),
                json!({"type": "object", "additionalProperties": {"type": "integer"}}),
            ),
        ] {
            assert_eq!(lowered(&said)["thing"], wanted, "{said}");
        }
    }

    #[test]
    fn what_a_reference_leads_to_is_a_component() {
        let schemas = lowered(&json!({
            "type": "object",
            "$defs": {"part": {"type": "object", "properties": {"size": {"type": "integer"}}}},
            "properties": {
                "a": {"$ref": "#/components/schemas/thing/$defs/part"},
                "b": {"$ref": "#/components/schemas/thing/$defs/part/properties/size"},
            },
        }));
        assert_eq!(
            schemas["thing"]["properties"]["a"]["$ref"],
            "#/components/schemas/thing_part"
        );
        assert_eq!(
            schemas["thing"]["properties"]["b"]["$ref"],
            "#/components/schemas/thing_part_size"
        );
        assert_eq!(schemas["thing_part_size"], json!({"type": "integer"}));
        assert!(schemas["thing"].get("$defs").is_none());
    }
}
