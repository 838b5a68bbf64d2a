//! Tiny documents, each with one change, and every change of one of ours.

use super::place::{reference, target};
use super::*;
use crate::parse::parse_document;
use crate::pointer::join;
use crate::words::lay_words;
use serde_json::{Map, json};

const OURS: &str = include_str!("../../../spec/digitalocean/upstream.json");
const WORDS: &str = include_str!("../../../spec/digitalocean/words.yaml");

fn ours() -> Value {
    let mut document = parse_document("upstream.json", OURS).unwrap();
    lay_words(&mut document, "words.yaml", WORDS).unwrap();
    document.root
}

/// A tiny document with one of each thing that can differ.
fn tiny() -> Value {
    json!({
        "openapi": "3.0.0",
        "info": {"title": "Kettles", "version": "1"},
        "servers": [{"url": "https://{zone}.example.test", "variables": {"zone": {"default": "north", "enum": ["north", "south"]}}}],
        "security": [{"key": []}],
        "tags": [{"name": "Kettles", "description": "To boil water."}],
        "paths": {
            "x-order": 1,
            "/kettles/{id}": {
                "parameters": [{"$ref": "#/components/parameters/id"}],
                "get": {
                    "operationId": "kettle_get",
                    "summary": "Get a kettle",
                    "tags": ["Kettles"],
                    "deprecated": false,
                    "parameters": [{"name": "unit", "in": "query", "schema": {"type": "string"}, "example": "litre"}],
                    "security": [{"key": ["kettle:read", "lid:read"]}],
                    "responses": {
                        "200": {"$ref": "#/components/responses/kettle"},
                        "default": {"description": "Failed.", "content": {"text/plain": {"schema": {"type": "string"}}}},
                    },
                },
                "put": {
                    "operationId": "kettle_put",
                    "parameters": [],
                    "requestBody": {"required": true, "content": {"application/json": {"schema": {
                        "oneOf": [{"$ref": "#/components/schemas/kettle"}, {"$ref": "#/components/schemas/lid"}],
                        "discriminator": {"propertyName": "kind", "mapping": {
                            "kettle": "#/components/schemas/kettle", "lid": "#/components/schemas/lid"}},
                    }}}},
                    "responses": {"204": {"description": "Done."}},
                    "callbacks": {"boiled": {"{$request.body#/hook}": {"post": {
                        "responses": {"200": {"description": "Heard."}}}}}},
                },
            },
        },
        "components": {
            "securitySchemes": {"key": {"type": "oauth2", "flows": {"clientCredentials": {
                "tokenUrl": "https://example.test/token", "scopes": {"kettle:read": "Look.", "lid:read": "Peek."}}}}},
            "parameters": {"id": {"name": "id", "in": "path", "required": true, "schema": {"type": "integer", "minimum": 1}}},
            "responses": {"kettle": {
                "description": "A kettle.",
                "headers": {"x-limit": {"description": "Left.", "schema": {"type": "integer"}}},
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/kettle"}, "example": {"title": "red"}}},
                "links": {"next": {"operationId": "kettle_put"}},
            }},
            "schemas": {
                "kettle": {
                    "type": "object",
                    "title": "Kettle",
                    "description": "To boil water.",
                    "required": ["title", "kind"],
                    "properties": {
                        "title": {"type": "string", "maxLength": 20, "example": "red"},
                        "description": {"type": "string", "nullable": true},
                        "example": {"type": "number", "default": 1},
                        "x-rays": {"type": "boolean"},
                        "kind": {"type": "string", "enum": ["whistling", "silent"], "x-enum-descriptions": {"silent": "Mute."}},
                        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/kettle"}},
                    },
                    "additionalProperties": false,
                },
                "lid": {"allOf": [{"$ref": "#/components/schemas/kettle"}, {"type": "object"}]},
                "unused": {"type": "string"},
            },
        },
    })
}

fn at<'v>(document: &'v mut Value, pointer: &str) -> &'v mut Value {
    document
        .pointer_mut(pointer)
        .unwrap_or_else(|| panic!("nothing at {pointer}"))
}

/// The differences once `change` was made to the value at `pointer` of B, one line each.
fn after(pointer: &str, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut b = tiny();
    change(at(&mut b, pointer));
    lines(&tiny(), &b)
}

fn lines(a: &Value, b: &Value) -> Vec<String> {
    spec_diff(a, b).iter().map(ToString::to_string).collect()
}

fn remove(key: &str) -> impl FnOnce(&mut Value) + '_ {
    move |value| {
        let removed = value.as_object_mut().unwrap().remove(key);
        assert!(removed.is_some(), "no {key} to remove");
    }
}

fn set(to: Value) -> impl FnOnce(&mut Value) {
    move |value| {
        assert_ne!(*value, to);
        *value = to;
    }
}

#[test]
fn a_document_equals_itself() {
    assert_eq!(lines(&tiny(), &tiny()), [""; 0]);
    assert_eq!(spec_diff(&ours(), &ours()), []);
}

#[test]
fn sentences_examples_and_key_order_do_not_count() {
    fn reword(value: &mut Value) {
        match value {
            Value::Object(map) => {
                let entries: Vec<_> = std::mem::take(map).into_iter().collect();
                for (key, mut inner) in entries.into_iter().rev() {
                    reword(&mut inner);
                    map.insert(key, inner);
                }
            }
            Value::Array(list) => list.iter_mut().for_each(reword),
            _ => {}
        }
    }
    let mut b = tiny();
    reword(&mut b);
    assert_ne!(b.to_string(), tiny().to_string());
    *at(&mut b, "/info") = json!({"title": "Pots", "version": "9"});
    *at(&mut b, "/tags/0/description") = json!("Else.");
    *at(&mut b, "/paths/x-order") = json!(2);
    let get = "/paths/~1kettles~1{id}/get";
    *at(&mut b, &format!("{get}/summary")) = json!("Else");
    *at(&mut b, &format!("{get}/parameters/0/example")) = json!("pint");
    at(&mut b, get)["externalDocs"] = json!({"url": "https://example.test"});
    at(&mut b, get)["x-team"] = json!("tea");
    *at(&mut b, &format!("{get}/responses/default/description")) = json!("Else.");
    at(&mut b, &format!("{get}/responses"))["x-note"] = json!("else");
    *at(&mut b, "/components/responses/kettle/links") = json!({});
    at(
        &mut b,
        "/components/responses/kettle/content/application~1json",
    )["examples"] = json!({});
    at(&mut b, "/components/responses/kettle/headers/x-limit")["example"] = json!(3);
    *at(&mut b, "/components/schemas/kettle/title") = json!("Else");
    remove("description")(at(&mut b, "/components/schemas/kettle"));
    remove("x-enum-descriptions")(at(&mut b, "/components/schemas/kettle/properties/kind"));
    remove("example")(at(&mut b, "/components/schemas/kettle/properties/title"));
    let scopes = "/components/securitySchemes/key/flows/clientCredentials/scopes";
    at(&mut b, scopes)["kettle:read"] = json!("Else.");
    at(&mut b, "/components/schemas/kettle/required")
        .as_array_mut()
        .unwrap()
        .reverse();
    *at(
        &mut b,
        "/components/schemas/kettle/properties/example/default",
    ) = json!(1.0);
    assert_eq!(lines(&tiny(), &b), [""; 0]);
}

#[test]
fn what_a_does_not_reach_does_not_count() {
    let mut b = tiny();
    at(&mut b, "/components/schemas")["more"] = json!({});
    *at(&mut b, "/components/schemas/unused/type") = json!("integer");
    at(&mut b, "/paths")["/pots"] = json!({"get": {"responses": {}}});
    at(&mut b, "/paths/~1kettles~1{id}")["delete"] = json!({"responses": {}});
    at(&mut b, "/tags")
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "Pots"}));
    assert_eq!(lines(&tiny(), &b), [""; 0]);
}

#[test]
fn properties_named_like_sentences_count() {
    for name in ["title", "description", "example", "x-rays"] {
        let found = after("/components/schemas/kettle/properties", remove(name));
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        assert!(
            found[0].starts_with(&format!(
                "/components/schemas/kettle/properties/{name}: A says"
            )),
            "{found:?}"
        );
    }
}

#[test]
fn scalars_and_missing_keys_are_named() {
    assert_eq!(
        after(
            "/components/schemas/kettle/properties/title/maxLength",
            set(json!(21))
        ),
        [
            "/components/schemas/kettle/properties/title/maxLength: A says 20, B says 21 [operation kettle_get]"
        ]
    );
    assert_eq!(
        after(
            "/components/schemas/kettle/properties/description",
            remove("nullable")
        ),
        [
            "/components/schemas/kettle/properties/description/nullable: A says true, B says nothing [operation kettle_get]"
        ]
    );
    assert_eq!(
        after("/components/schemas/kettle/properties", |p| p["colour"] =
            json!({"type": "string"})),
        [
            r#"/components/schemas/kettle/properties/colour: only in B, which says {"type":"string"} [operation kettle_get]"#
        ]
    );
    assert_eq!(
        after(
            "/components/schemas/kettle/properties/example/default",
            set(json!(2))
        ),
        [
            "/components/schemas/kettle/properties/example/default: A says 1, B says 2 [operation kettle_get]"
        ]
    );
    assert_eq!(
        after("/openapi", set(json!("3.0.1"))),
        [r#"/openapi: A says "3.0.0", B says "3.0.1""#]
    );
}

#[test]
fn sets_name_the_missing_and_the_added() {
    assert_eq!(
        after(
            "/components/schemas/kettle/properties/kind/enum",
            set(json!(["silent", "electric"]))
        ),
        [
            r#"/components/schemas/kettle/properties/kind/enum: B lacks "whistling"; B adds "electric" [operation kettle_get]"#
        ]
    );
    assert_eq!(
        after("/components/schemas/kettle/required", set(json!(["title"]))),
        [r#"/components/schemas/kettle/required: B lacks "kind" [operation kettle_get]"#]
    );
    assert_eq!(
        after(
            "/components/schemas/kettle/required",
            set(json!(["title", "kind", "kind"]))
        ),
        [r#"/components/schemas/kettle/required: B adds "kind" [operation kettle_get]"#]
    );
    assert_eq!(
        after("/paths/~1kettles~1{id}/get/tags/0", set(json!("Pots"))),
        [
            r#"/paths/~1kettles~1{id}/get/tags: B lacks "Kettles"; B adds "Pots" [operation kettle_get]"#
        ]
    );
}

#[test]
fn operations_are_matched_by_path_and_method() {
    assert_eq!(
        after("/paths/~1kettles~1{id}", remove("get")),
        ["/paths/~1kettles~1{id}/get: B has no GET /kettles/{id} [operation kettle_get]"]
    );
    assert_eq!(
        after("/paths/~1kettles~1{id}", |item| {
            let get = item.as_object_mut().unwrap().remove("get").unwrap();
            item["head"] = get;
        }),
        [
            "/paths/~1kettles~1{id}/get: B has no GET /kettles/{id}; its operation of that id is HEAD /kettles/{id} [operation kettle_get]"
        ]
    );
    assert_eq!(
        after(
            "/paths/~1kettles~1{id}/get/operationId",
            set(json!("kettle_read"))
        ),
        [
            r#"/paths/~1kettles~1{id}/get/operationId: A says "kettle_get", B says "kettle_read" [operation kettle_get]"#
        ]
    );
    assert_eq!(
        after("/paths/~1kettles~1{id}/get/deprecated", set(json!(true))),
        ["/paths/~1kettles~1{id}/get/deprecated: A says false, B says true [operation kettle_get]"]
    );
    assert_eq!(
        after("", remove("paths")).len(),
        2,
        "each operation of A is missing"
    );
}

#[test]
fn parameters_are_matched_by_place_and_name() {
    let mut b = tiny();
    let parameters = at(&mut b, "/paths/~1kettles~1{id}/get/parameters");
    parameters
        .as_array_mut()
        .unwrap()
        .insert(0, json!({"name": "unit", "in": "header", "schema": {}}));
    assert_eq!(
        lines(&tiny(), &b),
        [
            r#"/paths/~1kettles~1{id}/get/parameters/0: only in B, which has header parameter "unit" [operation kettle_get]"#
        ]
    );
    assert_eq!(
        lines(&b, &tiny()),
        [
            r#"/paths/~1kettles~1{id}/get/parameters/0: B has no header parameter "unit" [operation kettle_get]"#
        ]
    );
    *at(
        &mut b,
        "/paths/~1kettles~1{id}/get/parameters/1/schema/type",
    ) = json!("integer");
    remove("unused")(at(&mut b, "/components/schemas"));
    assert!(lines(&tiny(), &b).contains(
        &r#"/paths/~1kettles~1{id}/get/parameters/0/schema/type: A says "string", B says "integer" [operation kettle_get]"#.to_owned()
    ));
    assert_eq!(
        after("/components/parameters/id/schema/minimum", set(json!(0))),
        ["/components/parameters/id/schema/minimum: A says 1, B says 0"]
    );
}

#[test]
fn bodies_responses_and_headers_count() {
    let get = "/paths/~1kettles~1{id}/get";
    assert_eq!(
        after(&format!("{get}/responses"), remove("default")).len(),
        1
    );
    assert_eq!(
        after(&format!("{get}/responses"), |r| r["404"] =
            json!({"description": "None."})),
        [format!(
            r#"{get}/responses/404: only in B, which says {{"description":"None."}} [operation kettle_get]"#
        )]
    );
    assert_eq!(
        after("/components/responses/kettle/headers", remove("x-limit")),
        [
            r#"/components/responses/kettle/headers/x-limit: A says {"description":"Left.","schema":{"type":"integer"}}, B says nothing [operation kettle_get]"#
        ]
    );
    assert_eq!(
        after(
            "/components/responses/kettle/content",
            remove("application/json")
        )
        .len(),
        1
    );
    assert_eq!(
        after(
            "/paths/~1kettles~1{id}/put/requestBody/required",
            set(json!(false))
        ),
        [
            "/paths/~1kettles~1{id}/put/requestBody/required: A says true, B says false [operation kettle_put]"
        ]
    );
    assert_eq!(
        after(
            "/paths/~1kettles~1{id}/put/callbacks/boiled/{$request.body#~1hook}/post/responses",
            remove("200")
        )
        .len(),
        1
    );
}

#[test]
fn security_and_its_schemes_count() {
    let get = "/paths/~1kettles~1{id}/get";
    assert_eq!(
        after(&format!("{get}/security/0/key"), set(json!(["lid:read"]))),
        [format!(
            r#"{get}/security/0/key: B lacks "kettle:read" [operation kettle_get]"#
        )]
    );
    assert_eq!(
        after(
            &format!("{get}/security/0/key"),
            set(json!(["lid:read", "kettle:read"]))
        ),
        [""; 0],
        "scopes have no order"
    );
    assert_eq!(
        after(get, remove("security")),
        [format!(
            r#"{get}/security: A says [{{"key":["kettle:read","lid:read"]}}], B says nothing [operation kettle_get]"#
        )]
    );
    assert_eq!(
        after("/security", set(json!([]))),
        [r#"/security/0: A says {"key":[]}, B says nothing"#]
    );
    let flow = "/components/securitySchemes/key/flows/clientCredentials";
    assert_eq!(
        after(&format!("{flow}/scopes"), remove("lid:read")),
        [format!(r#"{flow}/scopes: B lacks "lid:read""#)]
    );
    assert_eq!(
        after("/components/securitySchemes", remove("key")),
        [
            "/components/securitySchemes/key: A defines it, B has nothing at /components/securitySchemes/key"
        ]
    );
}

#[test]
fn servers_and_tags_count() {
    assert_eq!(
        after("/servers/0/url", set(json!("https://example.test"))),
        [r#"/servers/0/url: A says "https://{zone}.example.test", B says "https://example.test""#]
    );
    assert_eq!(
        after("/servers/0/variables/zone/enum/0", set(json!("west"))),
        [r#"/servers/0/variables/zone/enum: B lacks "north"; B adds "west""#]
    );
    assert_eq!(
        after("/tags/0/name", set(json!("Pots"))),
        [r#"/tags/0: B declares no tag "Kettles""#]
    );
}

#[test]
fn references_are_followed_and_their_names_compared() {
    let body = "/paths/~1kettles~1{id}/put/requestBody/content/application~1json/schema";
    let mut b = tiny();
    let kettle = b["components"]["schemas"]["kettle"].clone();
    b["components"]["schemas"]["pot"] = kettle;
    let content = "/components/responses/kettle/content/application~1json/schema";
    *at(&mut b, &format!("{content}/$ref")) = json!("#/components/schemas/pot");
    assert_eq!(
        lines(&tiny(), &b),
        [format!(
            "{content}/$ref: A refers to #/components/schemas/kettle, B to #/components/schemas/pot [operation kettle_get]"
        )]
    );
    *at(&mut b, "/components/schemas/pot/type") = json!("array");
    assert!(lines(&tiny(), &b).contains(
        &r#"/components/schemas/kettle/type: A says "object", B says "array" [operation kettle_get]"#.to_owned()
    ));
    let in_place = |target: &mut Value| *target = tiny()["components"]["schemas"]["kettle"].clone();
    assert_eq!(
        after(content, in_place),
        [format!(
            "{content}: A refers to #/components/schemas/kettle, B has it in place [operation kettle_get]"
        )]
    );
    let found = after(
        &format!("{body}/discriminator/mapping/lid"),
        set(json!("#/components/schemas/kettle")),
    );
    assert_eq!(
        found.first().unwrap(),
        &format!(
            r##"{body}/discriminator/mapping/lid: A says "#/components/schemas/lid", B says "#/components/schemas/kettle" [operation kettle_put]"##
        )
    );
    let places: Vec<&str> = found
        .iter()
        .map(|l| l.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        places[1..],
        [
            "/components/schemas/kettle/additionalProperties",
            "/components/schemas/lid/allOf",
            "/components/schemas/kettle/properties",
            "/components/schemas/kettle/required",
            "/components/schemas/kettle/type",
        ],
        "what the names lead to is compared as well"
    );
    assert_eq!(
        after(&format!("{body}/oneOf"), |list| list
            .as_array_mut()
            .unwrap()
            .reverse()),
        [""; 0],
        "the order of references means nothing"
    );
    assert_eq!(
        after(&format!("{body}/oneOf"), |list| drop(
            list.as_array_mut().unwrap().remove(0)
        )),
        [format!(
            r##"{body}/oneOf/0: A says {{"$ref":"#/components/schemas/kettle"}}, B says nothing [operation kettle_put]"##
        )]
    );
    assert_eq!(
        after("/components/schemas", remove("lid")),
        [
            "/components/schemas/lid: A defines it, B has nothing at /components/schemas/lid [operation kettle_put]"
        ]
    );
}

#[test]
fn circles_dead_ends_and_odd_documents_end_with_an_answer() {
    let dead = json!({"paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"$ref": "#/components/responses/none"}}}}}});
    assert_eq!(
        lines(&dead, &dead),
        ["/components/responses/none: neither A nor B defines it [operation a]"]
    );
    let mut circle = dead.clone();
    circle["components"] = json!({"responses": {"none": {"$ref": "#/components/responses/none"}}});
    assert_eq!(lines(&circle, &circle), [""; 0]);
    circle["paths"]["/a"] = json!({"$ref": "#/paths/~1a"});
    assert_eq!(
        lines(&circle, &circle),
        [
            "/paths/~1a: A refers to a path item that it does not define",
            "/paths: A has no operations, so nothing was compared"
        ]
    );
    for odd in [json!(null), json!([]), json!({"paths": 7}), json!("text")] {
        assert!(
            lines(&odd, &tiny())
                .iter()
                .any(|l| l.contains("nothing was compared"))
        );
        assert!(!spec_diff(&tiny(), &odd).is_empty());
    }
    let far = json!({"paths": {"/a": {"get": {"responses": {"200": {"$ref": "other.yaml#/x"}}}}}});
    assert_eq!(
        lines(&far, &far),
        ["other.yaml#/x: neither A nor B defines it [operation GET /a]"]
    );
    assert_eq!(target("#/a%2Fb/50%/%7e1"), "/a/b/50%/~1");
}

#[test]
fn a_long_chain_of_references_needs_no_deep_stack() {
    let mut schemas = Map::new();
    for i in 0..20_000 {
        schemas.insert(
            format!("s{i}"),
            json!({"items": {"$ref": format!("#/components/schemas/s{}", i + 1)}}),
        );
    }
    schemas.insert("s20000".to_owned(), json!({"type": "string"}));
    let mut a = json!({"components": {"schemas": schemas}});
    a["paths"] = json!({"/a": {"get": {"operationId": "a", "requestBody": {"content": {"text/plain": {"schema": {"$ref": "#/components/schemas/s0"}}}}}}});
    let mut b = a.clone();
    b["components"]["schemas"]["s20000"]["type"] = json!("number");
    assert_eq!(
        lines(&a, &b),
        [r#"/components/schemas/s20000/type: A says "string", B says "number" [operation a]"#]
    );
}

#[test]
fn the_answer_is_one_line_each_and_does_not_depend_on_key_order() {
    let mut b = ours();
    for pointer in [
        "/components/schemas/nfs_request/properties",
        "/components/schemas/error/properties",
        "/paths/~1v2~1nfs/get/responses",
    ] {
        let map = at(&mut b, pointer).as_object_mut().unwrap();
        let first = map.keys().next().unwrap().clone();
        map.remove(&first);
    }
    let mut a = ours();
    let before = lines(&a, &b);
    assert_eq!(before.len(), 3);
    a.sort_all_objects();
    b.sort_all_objects();
    assert_eq!(lines(&a, &b).len(), before.len());
    let places = |list: &[String]| -> Vec<String> {
        list.iter()
            .map(|l| l.split(": ").next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(places(&lines(&a, &b)), places(&before));
    let odd = Difference {
        pointer: "/a\nb".to_owned(),
        operation: None,
        what: "A says 1".to_owned(),
    };
    assert_eq!(odd.to_string(), "/a\\nb: A says 1");
}

/// Pointers into our document: those of structure, leaves and inner places alike, and those of sentences.
/// Written apart from `shape`, by what our document holds, so that one checks the other.
fn places(
    value: &Value,
    pointer: &str,
    names: bool,
    structure: &mut Vec<String>,
    sentences: &mut Vec<String>,
) {
    let entries: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(i, v)| (i.to_string(), v))
            .collect(),
        _ => Vec::new(),
    };
    for (key, inner) in entries {
        let pointer = join(pointer, &[&key]);
        let keyword = value.is_object() && !names;
        if keyword
            && [
                "info",
                "summary",
                "description",
                "example",
                "x-enum-descriptions",
            ]
            .contains(&key.as_str())
        {
            sentences.push(pointer);
            continue;
        }
        structure.push(pointer.clone());
        let holds_names = keyword
            && inner.is_object()
            && [
                "paths",
                "properties",
                "responses",
                "headers",
                "schemas",
                "parameters",
                "content",
                "securitySchemes",
                "mapping",
            ]
            .contains(&key.as_str());
        places(inner, &pointer, holds_names, structure, sentences);
    }
}

fn changed(value: &Value) -> Value {
    match value {
        Value::Null => json!(1),
        Value::Bool(flag) => json!(!flag),
        Value::Number(number) => json!(number.as_f64().unwrap() + 1.0),
        Value::String(text) => json!(format!("{text}x")),
        Value::Array(list) => {
            let mut list = list.clone();
            list.push(json!("added"));
            Value::Array(list)
        }
        Value::Object(map) => {
            let mut map = map.clone();
            map.insert("added".to_owned(), json!({"type": "string"}));
            Value::Object(map)
        }
    }
}

#[test]
fn every_structural_change_of_our_document_is_found_and_no_other() {
    let a = ours();
    let (mut structure, mut sentences) = (Vec::new(), Vec::new());
    places(&a, "", false, &mut structure, &mut sentences);
    assert!(structure.len() > 1500 && sentences.len() > 500);

    let mut b = a.clone();
    for pointer in &sentences {
        let place = at(&mut b, pointer);
        *place = changed(place);
    }
    assert_eq!(lines(&a, &b), [""; 0]);

    // Each part is tried on a document cut down to one operation that reaches it, as the whole is slow.
    let depth = |pointer: &str| pointer.matches('/').count();
    let holds_parts =
        |p: &str| (p.starts_with("/paths") || p.starts_with("/components")) && depth(p) < 3;
    let (mut parts, containers): (Vec<&String>, Vec<&String>) = structure
        .iter()
        .filter(|p| depth(p) == 1 || holds_parts(p) || holds_parts(p.rsplit_once('/').unwrap().0))
        .partition(|p| !holds_parts(p));
    for pointer in containers {
        assert!(
            without(&a, &mut a.clone(), pointer),
            "removing {pointer} was not found"
        );
    }
    for (path, item) in a["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let mut only = a.clone();
            only["paths"] = json!({path: {method: operation}});
            let mut b = only.clone();
            parts.retain(|part| {
                if only.pointer(part).is_none() || !without(&only, &mut b, part) {
                    return true;
                }
                let inside = format!("{part}/");
                for pointer in structure
                    .iter()
                    .filter(|p| p == part || p.starts_with(&inside))
                {
                    assert!(
                        without(&only, &mut b, pointer),
                        "removing {pointer} was not found"
                    );
                    assert!(
                        with_a_change(&only, &mut b, pointer),
                        "a change at {pointer} was not found"
                    );
                }
                false
            });
            assert_eq!(only, b);
        }
    }
    assert_eq!(parts, [""; 0], "no operation reaches these");
}

/// Whether leaving out one place of B, which is put back, makes a difference.
fn without(a: &Value, b: &mut Value, pointer: &str) -> bool {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let holder = at(b, parent);
    let before = holder.clone();
    match holder {
        Value::Object(map) => drop(map.remove(&key)),
        Value::Array(list) => drop(list.remove(key.parse().unwrap())),
        _ => panic!("{parent} holds nothing"),
    }
    let found = !spec_diff(a, b).is_empty();
    *at(b, parent) = before;
    found
}

/// Whether changing one place of B, which is put back, makes a difference.
fn with_a_change(a: &Value, b: &mut Value, pointer: &str) -> bool {
    let place = at(b, pointer);
    // What stands beside a reference is to be ignored, says OpenAPI 3.0.
    if reference(place).is_some() {
        return true;
    }
    let replacement = changed(place);
    let before = std::mem::replace(place, replacement);
    let found = !spec_diff(a, b).is_empty();
    *at(b, pointer) = before;
    found
}
