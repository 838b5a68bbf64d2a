//! Each pass alone, on a tiny document: what was there before it and what is there after.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::path::Path;

use serde_json::{Value, json};
use snapline_codegen::normalise::PASSES;
use snapline_codegen::parse::parse_document;
use snapline_codegen::select::select;
use snapline_codegen::{Document, Errors};

/// The document of a test, as the pass finds it.
fn before(name: &str) -> Document {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/passes");
    let text = std::fs::read_to_string(folder.join(name).with_extension("yaml")).unwrap();
    parse_document("openapi.yaml", &text).unwrap()
}

fn run(pass: &str, document: &mut Document) -> Result<(), Errors> {
    let (_, pass) = PASSES.iter().find(|(name, _)| *name == pass).unwrap();
    pass(document)
}

/// The document of a test after the pass of its name.
fn after(name: &str) -> Document {
    let mut document = before(name);
    run(name, &mut document).unwrap();
    document
}

fn at<'a>(document: &'a Document, pointer: &str) -> &'a Value {
    document
        .root
        .pointer(pointer)
        .unwrap_or_else(|| panic!("{pointer} is not there: {:#}", document.root))
}

fn schema<'a>(document: &'a Document, name: &str) -> &'a Value {
    at(document, &format!("/components/schemas/{name}"))
}

fn names(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// A document with these schemas and one operation that answers with `thing`.
fn with_schemas(schemas: Value) -> Document {
    let document = common::with_schemas("2XX", "thing", &schemas);
    parse_document("openapi.yaml", &document.to_string()).unwrap()
}

#[test]
fn a_component_that_only_refers_to_another_is_passed_by() {
    let mut document = with_schemas(json!({
        "thing": {"type": "object", "properties": {
            "a": {"$ref": "#/components/schemas/by"},
            "b": {"description": "Noted.", "allOf": [{"$ref": "#/components/schemas/by"}]},
        }},
        "by": {"$ref": "#/components/schemas/way"},
        "way": {"$ref": "#/components/schemas/part"},
        "part": {"type": "object", "properties": {"day": {"type": "string"}}},
    }));
    run("aliases", &mut document).unwrap();
    assert_eq!(
        schema(&document, "thing")["properties"],
        json!({
            "a": {"$ref": "#/components/schemas/part"},
            "b": {"description": "Noted.", "allOf": [{"$ref": "#/components/schemas/part"}]},
        })
    );
}

#[test]
fn passes_run_in_this_order() {
    let order: Vec<&str> = PASSES.iter().map(|(name, _)| *name).collect();
    let wanted = "inline enums responses compositions query open aliases nullable unions hoist names constraints formats prune";
    assert_eq!(order.join(" "), wanted);
}

#[test]
fn inline_puts_all_but_schemas_where_they_are_used() {
    let operation = "/paths/~1things~1{thing_id}/put";
    let before = before("inline");
    assert_eq!(
        at(&before, &format!("{operation}/responses/404")),
        &json!({"$ref": "#/components/responses/missing"})
    );
    let after = after("inline");
    // The operation's parameters come first, and stand before the path's of the same name.
    assert_eq!(
        at(&after, &format!("{operation}/parameters")),
        &json!([
            {"name": "verbose", "in": "query", "description": "Of the operation.", "schema": {"type": "boolean"}},
            {"name": "size", "in": "query", "example": 7, "schema": {"type": "integer", "example": 3}},
            {"name": "thing_id", "in": "path", "required": true, "example": "t-1", "schema": {"type": "string"}},
        ])
    );
    assert_eq!(names(at(&after, "/paths/~1things~1{thing_id}")), ["put"]);
    let thing = json!({"$ref": "#/components/schemas/thing"});
    assert_eq!(
        at(&after, &format!("{operation}/requestBody")),
        &json!({"required": true, "content": {"application/json": {"schema": thing}}})
    );
    // One example is kept, as plain data, and the headers are the runtime's business.
    assert_eq!(
        at(&after, &format!("{operation}/responses")),
        &json!({
            "200": {
                "description": "Changed.",
                "content": {"application/json": {"schema": thing, "example": {"name": "one"}}},
            },
            "404": {
                "description": "There is none.",
                "content": {"application/json": {"schema": {"type": "object"}, "example": {"message": "gone"}}},
            },
        })
    );
    assert_eq!(names(at(&after, "/components")), ["schemas"]);
}

#[test]
fn responses_leave_one_success_and_one_error() {
    let before = before("responses");
    assert_eq!(
        names(at(&before, "/paths/~1things/get/responses")),
        ["200", "404", "default"]
    );
    let after = after("responses");
    let error = json!({"application/json": {"schema": {"$ref": "#/components/schemas/snapline.ErrorBody"}}});
    let text = json!({"application/json": {"schema": {"type": "string"}}});
    let mut with_example = error.clone();
    with_example["application/json"]["example"] = json!({"code": "none"});
    let get = at(&after, "/paths/~1things/get");
    assert_eq!(get["x-snapline-success"], 200);
    assert_eq!(
        get["responses"],
        json!({
            "2XX": {"description": "All.", "content": text},
            "404": {"description": "None.", "content": with_example},
            "4XX": {"description": "Refused.", "content": error},
            "5XX": {"description": "Refused.", "content": error},
        })
    );
    // Two numbers with one body are one success; `default` leaves a range that is there alone.
    let post = at(&after, "/paths/~1things/post");
    assert_eq!(post["x-snapline-success"], 201);
    assert_eq!(names(&post["responses"]), ["2XX", "4XX", "5XX"]);
    assert_eq!(post["responses"]["4XX"]["description"], "Stays itself.");
    let delete = at(&after, "/paths/~1things/delete");
    assert_eq!(delete["x-snapline-success"], 204);
    assert_eq!(
        delete["responses"],
        json!({"2XX": {"description": "Gone."}})
    );
    // Every field of every error, the first description of each, none required.
    let body = schema(&after, "snapline.ErrorBody");
    assert_eq!(
        body["properties"],
        json!({"code": {"type": "string"}, "message": {"type": "string"}})
    );
    assert_eq!(body["x-snapline-name"], "ErrorBody");
    assert_eq!(body.get("required"), None);
}

#[test]
fn compositions_become_one_object() {
    let before = before("compositions");
    assert_eq!(
        schema(&before, "whole")["allOf"].as_array().unwrap().len(),
        3
    );
    let after = after("compositions");
    // An empty part says nothing, a later part wins, what is required outside counts too.
    assert_eq!(
        schema(&after, "whole"),
        &json!({
            "description": "The whole.",
            "required": ["id", "size"],
            "properties": {
                "id": {"type": "string"},
                "note": {"type": "string", "description": "Of the part."},
                "size": {"type": "integer"},
                "own": {"type": "string"},
            },
            "type": "object",
        })
    );
    // One part and notes are no composition.
    let base = json!({"$ref": "#/components/schemas/base"});
    assert_eq!(
        schema(&after, "noted")["properties"],
        json!({
            "base": {"description": "The base of it.", "nullable": true, "allOf": [base]},
            "bare": base,
        })
    );
    assert_eq!(schema(&after, "only")["required"], json!(["name"]));
    // Of scalars all is true that their parts say.
    let labelled = &schema(&after, "labelled")["properties"];
    assert_eq!(
        labelled["label"],
        json!({"type": "string", "minLength": 1, "maxLength": 12, "description": "Of at most 12 letters."})
    );
    assert_eq!(
        labelled["kind"],
        json!({"type": "string", "enum": ["b", "c"]})
    );
    let items = &schema(&after, "listed")["items"];
    assert_eq!(items["required"], json!(["id", "size"]));
    assert_eq!(
        names(&items["properties"]),
        ["id", "note", "size", "own", "inner"]
    );
    assert_eq!(
        names(&items["properties"]["inner"]["items"]["properties"]),
        ["id", "note", "deep"]
    );
    assert_eq!(
        items["properties"]["inner"]["items"]["required"],
        json!(["id"])
    );
    // Of several shapes without a tag, no field can be counted on.
    let either = schema(&after, "either");
    assert_eq!(names(&either["properties"]), ["id", "note", "name"]);
    assert_eq!(either.get("required"), None);
    assert_eq!(either.get("anyOf"), None);
    // With a tag it is a union, which is another pass's work; and a tree is no circle.
    assert_eq!(schema(&after, "tagged"), schema(&before, "tagged"));
    let below = &schema(&after, "tree")["properties"]["children"]["items"];
    assert_eq!(
        below,
        &json!({"description": "One below.", "allOf": [{"$ref": "#/components/schemas/tree"}]})
    );
}

#[test]
fn aliases_are_put_in_place() {
    let before = before("aliases");
    assert_eq!(
        schema(&before, "thing")["properties"]["ids"],
        json!({"$ref": "#/components/schemas/ids"})
    );
    let after = after("aliases");
    let id = json!({"type": "string", "maxLength": 9, "description": "An id."});
    assert_eq!(
        schema(&after, "thing")["properties"],
        json!({
            "ids": {"type": "array", "items": id},
            "labels": {"type": "object", "additionalProperties": id},
            "any": {"description": "Anything."},
            "key": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            "state": {"$ref": "#/components/schemas/state"},
            "base": {"allOf": [{"$ref": "#/components/schemas/base"}], "description": "The base by another name."},
            "noted": {"type": "string", "maxLength": 9, "description": "An id of its own."},
            "maybe": {"type": "string", "maxLength": 9, "description": "An id.", "nullable": true},
        })
    );
}

#[test]
fn unions_become_one_object_for_each_value() {
    let before = before("unions");
    assert_eq!(
        schema(&before, "one_of")["oneOf"].as_array().unwrap().len(),
        2
    );
    let after = after("unions");
    let shared = |value: &str| {
        json!({
            "type": "object",
            "required": ["kind"],
            "properties": {
                "kind": {"type": "string", "enum": [value], "description": "What to do."},
                "note": {"type": "string"},
            },
        })
    };
    let mut join = shared("join");
    join["description"] = json!("Joins it.");
    assert_eq!(
        schema(&after, "one_of"),
        &json!({
            "description": "One of them.",
            "nullable": true,
            "x-snapline-tag": "kind",
            "oneOf": [
                {
                    "type": "object",
                    "required": ["kind", "at"],
                    "properties": {
                        "kind": {"type": "string", "enum": ["cut"], "description": "Cut."},
                        "at": {"type": "integer"},
                    },
                },
                join,
                shared("join-all"),
            ],
        })
    );
    assert_eq!(
        schema(&after, "any_of"),
        &json!({"x-snapline-tag": "kind", "oneOf": [join]})
    );
    // A text or a number is one shared component.
    assert_eq!(
        schema(&after, "thing")["properties"]["key"],
        json!({
            "description": "Its key.",
            "nullable": true,
            "allOf": [{"$ref": "#/components/schemas/snapline.StringOrInteger"}],
        })
    );
    let choice = schema(&after, "snapline.StringOrInteger");
    assert_eq!(
        choice["oneOf"],
        json!([{"type": "string"}, {"type": "integer"}])
    );
    assert_eq!(choice["x-snapline-name"], "StringOrInteger");
}

#[test]
fn hoist_names_everything_nested() {
    let before = before("hoist");
    assert_eq!(
        names(at(&before, "/components/schemas")),
        ["thing", "other", "union"]
    );
    let after = after("hoist");
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let post = at(&after, "/paths/~1things/post");
    assert_eq!(
        post["parameters"][0]["schema"],
        reference("ThingsCreateSortBy")
    );
    assert_eq!(
        post["parameters"][1]["schema"],
        json!({"type": "integer", "enum": [1, 2]})
    );
    assert_eq!(
        post["requestBody"]["content"]["application/json"]["schema"],
        reference("ThingsCreateRequest")
    );
    assert_eq!(
        post["responses"]["2XX"]["content"]["application/json"]["schema"],
        reference("ThingsCreateResponse")
    );
    assert_eq!(
        schema(&after, "ThingsCreateRequest")["properties"]["size"],
        reference("ThingsCreateRequestSize")
    );
    assert_eq!(
        schema(&after, "thing")["properties"],
        json!({
            "mode": {"nullable": true, "allOf": [reference("ThingMode")]},
            "parts": {"type": "array", "items": reference("ThingPartsItem")},
            "by_name": {"type": "object", "additionalProperties": reference("ThingByNameValue")},
            "state": reference("State"),
            "free": {"type": "object"},
        })
    );
    assert_eq!(
        schema(&after, "ThingMode"),
        &json!({"type": "string", "enum": ["fast", "slow"], "description": "Its mode.", "x-snapline-inline": true})
    );
    let variant = &schema(&after, "union")["oneOf"][0];
    assert_eq!(
        variant["properties"]["params"],
        reference("UnionCutOffParams")
    );
    assert_eq!(
        variant["properties"]["type"],
        json!({"type": "string", "enum": ["cut-off"]})
    );
    // Enums of one name and one list of values are one enum, described where it comes first.
    assert_eq!(
        schema(&after, "other")["properties"]["state"],
        reference("State")
    );
    assert_eq!(schema(&after, "State")["description"], "Its state.");
}

#[test]
fn hoist_refuses_one_name_for_two_things() {
    let with = |values: Value| {
        let mut document = with_schemas(json!({"thing": {"type": "object", "properties": {
            "a": {"type": "string", "enum": ["made", "broken"], "x-snapline-name": "State"},
            "b": {"type": "string", "enum": values, "x-snapline-name": "State"},
        }}}));
        run("hoist", &mut document)
    };
    assert!(with(json!(["made", "broken"])).is_ok());
    let error = with(json!(["broken", "gone"])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "openapi.yaml at /components/schemas/thing/properties/b: the name `State` is wanted by two \
         different schemas; give one of them an `x-snapline-name` in the overlay"
    );
}

#[test]
fn names_are_decided_in_one_place() {
    let before = before("names");
    assert_eq!(
        names(at(&before, "/components/schemas")),
        ["thing_list-2", "thing", "named_thing"]
    );
    let after = after("names");
    assert_eq!(
        at(&after, "/components/schemas"),
        &json!({
            "NamedThing": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/ThingList2"}}},
            "ThingList2": {"type": "object", "properties": {
                "things": {"type": "array", "items": {"$ref": "#/components/schemas/NamedThing"}},
            }},
        })
    );
    let response = at(
        &after,
        "/paths/~1things/get/responses/2XX/content/application~1json/schema",
    );
    assert_eq!(
        response,
        &json!({"$ref": "#/components/schemas/ThingList2"})
    );
    // An error about a renamed schema leads to where the file has it.
    let error = after.error(
        "/components/schemas/NamedThing/properties/next",
        "What",
        "help",
    );
    assert_eq!(error.pointer, "/components/schemas/thing/properties/next");
}

#[test]
fn constraints_are_set_aside() {
    let before = before("constraints");
    assert_eq!(
        schema(&before, "thing")["properties"]["name"]["maxLength"],
        9
    );
    let after = after("constraints");
    assert_eq!(
        schema(&after, "thing")["properties"],
        json!({
            "name": {
                "type": "string",
                "description": "Its name.",
                "x-snapline-constraints": {"minLength": 1, "maxLength": 9, "pattern": "^a"},
                "x-snapline-default": "ab",
            },
            "size": {
                "type": "number",
                "x-snapline-constraints": {"minimum": 0, "maximum": 9.5, "exclusiveMinimum": true, "multipleOf": 0.5},
            },
            "kind": {"type": "integer", "x-snapline-constraints": {"enum": [1, 2]}},
            "mode": {"type": "string", "enum": ["fast", "slow"]},
            "list": {
                "type": "array",
                "items": {"type": "string", "x-snapline-constraints": {"maxLength": 2}},
                "x-snapline-constraints": {"minItems": 1, "maxItems": 3, "uniqueItems": true},
            },
            "plain": {"type": "string"},
        })
    );
}

#[test]
fn formats_keep_times_and_widen_numbers() {
    let before = before("formats");
    assert_eq!(
        schema(&before, "thing")["properties"]["id"]["format"],
        "uuid"
    );
    let after = after("formats");
    assert_eq!(
        schema(&after, "thing")["properties"],
        json!({
            "id": {"type": "string"},
            "at": {"type": "string", "format": "date-time"},
            "day": {"type": "string"},
            "size": {"type": "number", "format": "double"},
            "count": {"type": "integer", "format": "int64"},
            "total": {"type": "integer", "format": "int64"},
            "key": {"type": "string", "format": "password"},
            "parameters": {"type": "string", "format": "date-time"},
        })
    );
    // In a URL a time is a text like any other; in an answer it stays one.
    let get = at(&after, "/paths/~1things/get");
    assert_eq!(get["parameters"][0]["schema"], json!({"type": "string"}));
    let times = &get["responses"]["200"]["content"]["application/json"]["schema"]["items"];
    assert_eq!(times, &json!({"type": "string", "format": "date-time"}));
}

#[test]
fn prune_drops_what_no_operation_reaches() {
    let before = before("prune");
    assert_eq!(
        at(&before, "/components/schemas")
            .as_object()
            .unwrap()
            .len(),
        7
    );
    let after = after("prune");
    // A discriminator's mapping reaches, an example does not, whatever it looks like.
    assert_eq!(
        names(at(&after, "/components/schemas")),
        ["number", "things", "thing", "one", "other"]
    );
    assert_eq!(names(at(&after, "/components/parameters")), ["page"]);
    assert_eq!(
        names(at(&after, "/components")),
        ["parameters", "securitySchemes", "schemas"]
    );
}

#[test]
fn a_component_that_may_be_null_is_so_in_the_fields_that_hold_it() {
    let after = after("nullable");
    let window = json!({"$ref": "#/components/schemas/window"});
    assert_eq!(schema(&after, "window").get("nullable"), None);
    assert_eq!(
        schema(&after, "thing")["properties"],
        json!({
            "bare": {"nullable": true, "allOf": [window]},
            "noted": {"nullable": true, "description": "When it is.", "allOf": [window]},
            "all": {"type": "array", "items": window},
            "text": {"type": "string", "nullable": true},
        })
    );
    // An answer is there, or it is an empty one.
    let answer = "/paths/~1things/get/responses/2XX/content/application~1json/schema";
    assert_eq!(at(&after, answer), &window);
}

#[test]
fn select_keeps_the_operations_named() {
    let mut document = before("responses");
    select(&mut document, &["things_list".into()]).unwrap();
    assert_eq!(names(at(&document, "/paths/~1things")), ["get"]);
    let error = select(&mut before("responses"), &["things_rename".into()]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "openapi.yaml at /paths: the operation `things_rename` is asked for, but not in the document; \
         correct `operations` in spec/sources.toml, or take it in with `cargo xtask update-spec`"
    );
}

/// A document with one POST that takes and answers these media types.
fn with_media(request: &str, success: &str, refusal: &str) -> Document {
    let thing = json!({"schema": {"type": "object", "properties": {"id": {"type": "string"}}}});
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "Tiny", "version": "1"},
        "paths": {"/things": {"post": {
            "operationId": "things_create",
            "requestBody": {"content": {request: thing}},
            "responses": {
                "200": {"description": "Made.", "content": {success: thing, "text/csv": {}}},
                "404": {"description": "None.", "content": {refusal: {"schema": {
                    "type": "object", "properties": {"title": {"type": "string"}, "detail": {"type": "string"}},
                }}}},
            },
        }}},
    });
    let mut document = parse_document("openapi.yaml", &document.to_string()).unwrap();
    run("inline", &mut document).unwrap();
    document
}

#[test]
fn o50_json_of_any_kind_is_json() {
    let plain = "application/json; charset=utf-8";
    let document = with_media(plain, "Application/JSON;charset=UTF-8", plain);
    let post = at(&document, "/paths/~1things/post");
    assert_eq!(names(&post["requestBody"]["content"]), ["application/json"]);
    assert_eq!(
        names(&post["responses"]["200"]["content"]),
        ["application/json", "text/csv"]
    );
    assert_eq!(
        names(&post["responses"]["404"]["content"]),
        ["application/json"]
    );
    assert_eq!(post.get("x-snapline-sends"), None);
    assert_eq!(post.get("x-snapline-accepts"), None);
    // A kind of its own is JSON too, and is asked for and sent under its name.
    let document = with_media(
        "application/merge-patch+json",
        "application/vnd.a+json",
        plain,
    );
    let post = at(&document, "/paths/~1things/post");
    assert_eq!(names(&post["requestBody"]["content"]), ["application/json"]);
    assert_eq!(post["x-snapline-sends"], "application/merge-patch+json");
    assert_eq!(post["x-snapline-accepts"], "application/vnd.a+json");
}

#[test]
fn a_body_without_json_is_text_or_bytes_under_the_one_name() {
    let json = "application/json";
    let mut document = with_media("image/png", "text/plain; charset=utf-8", json);
    let post = at(&document, "/paths/~1things/post");
    assert_eq!(names(&post["requestBody"]["content"]), [json]);
    assert_eq!(
        post["requestBody"]["content"][json]["x-snapline-raw"],
        "bytes"
    );
    assert_eq!(post["x-snapline-sends"], "image/png");
    let success = json!({"schema": {"type": "string"}, "x-snapline-raw": "text"});
    assert_eq!(post["responses"]["200"]["content"][json], success);
    assert_eq!(
        post["x-snapline-accepts"],
        "text/plain; charset=utf-8, text/csv"
    );
    run("responses", &mut document).unwrap();
    let post = at(&document, "/paths/~1things/post");
    assert_eq!(post["responses"]["2XX"]["content"][json], success);
}

#[test]
fn one_success_may_have_no_body_and_any_json_has_every_shape() {
    let json =
        |schema: Value| json!({"description": "It.", "content": {"application/json": schema}});
    let thing = || json!({"schema": {"type": "integer"}});
    let none = || json!({"description": "None."});
    let lowered = |responses: Value| {
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "Tiny", "version": "1"},
            "paths": {"/things": {"get": {"operationId": "a", "responses": responses}}},
        });
        let mut document = parse_document("openapi.yaml", &document.to_string()).unwrap();
        run("inline", &mut document).unwrap();
        run("responses", &mut document).unwrap();
        let get = at(&document, "/paths/~1things/get");
        let content = get["responses"]["2XX"]["content"]["application/json"].clone();
        (
            get["x-snapline-success"].clone(),
            get.get("x-snapline-empty").cloned(),
            content.get("schema").cloned(),
        )
    };
    let integer = json!({"type": "integer"});
    for (responses, wanted) in [
        (
            json!({"200": json(thing()), "204": none()}),
            (json!(200), Some(json!(204)), Some(integer.clone())),
        ),
        (
            json!({"202": none(), "201": json(thing()), "204": none()}),
            (json!(201), Some(json!(202)), Some(integer.clone())),
        ),
        (
            json!({"200": none(), "204": none()}),
            (json!(200), None, None),
        ),
        (json!({"200": json(json!({}))}), (json!(200), None, None)),
        (
            json!({"200": json(thing()), "202": json(json!({}))}),
            (json!(200), None, Some(json!({"anyOf": [integer, {}]}))),
        ),
    ] {
        assert_eq!(lowered(responses.clone()), wanted, "{responses}");
    }
}

#[test]
fn a_text_is_not_the_same_success_as_one_in_json() {
    let text = json!({"schema": {"type": "string"}});
    let document = json!({
        "openapi": "3.0.3",
        "info": {"title": "Tiny", "version": "1"},
        "paths": {"/things": {"get": {"operationId": "a", "responses": {
            "200": {"description": "It.", "content": {"text/csv": text}},
            "201": {"description": "It.", "content": {"application/json": text}},
        }}}},
    });
    let mut document = parse_document("openapi.yaml", &document.to_string()).unwrap();
    run("inline", &mut document).unwrap();
    let errors = run("responses", &mut document).unwrap_err();
    assert!(errors.to_string().contains("two shapes"), "{errors}");
}

#[test]
fn o49_a_problem_is_an_error_body() {
    let json = "application/json";
    let mut document = with_media(json, json, "application/problem+json");
    run("responses", &mut document).unwrap();
    let body = schema(&document, "snapline.ErrorBody");
    assert_eq!(names(&body["properties"]), ["title", "detail"]);
    assert_eq!(at(&document, "/info/x-snapline-problem"), &json!(true));
    let mut document = with_media(json, json, "application/hal+json");
    run("responses", &mut document).unwrap();
    assert_eq!(document.root.pointer("/info/x-snapline-problem"), None);
}

#[test]
fn o51_lists_that_do_not_repeat_their_name_are_noted() {
    let parameter = |style: Value, explode: Value| {
        let mut parameter = json!({"name": "ids", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}});
        for (key, value) in [("style", style), ("explode", explode)] {
            if !value.is_null() {
                parameter[key] = value;
            }
        }
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "Tiny", "version": "1"},
            "paths": {"/things": {"get": {
                "operationId": "things_list",
                "parameters": [parameter],
                "responses": {"204": {"description": "Done."}},
            }}},
        });
        let mut document = parse_document("openapi.yaml", &document.to_string()).unwrap();
        run("inline", &mut document).unwrap();
        let parameter = at(&document, "/paths/~1things/get/parameters/0");
        parameter
            .get("x-snapline-separator")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let found = |style: &str, explode: Value| parameter(json!(style), explode);
    assert_eq!(found("form", json!(false)).as_deref(), Some(","));
    assert_eq!(parameter(Value::Null, json!(false)).as_deref(), Some(","));
    assert_eq!(
        found("spaceDelimited", json!(false)).as_deref(),
        Some("%20")
    );
    assert_eq!(
        parameter(json!("pipeDelimited"), Value::Null).as_deref(),
        Some("%7C")
    );
    // Repeating the name is what `form` does unless it is told not to.
    assert_eq!(found("form", json!(true)), None);
    assert_eq!(found("pipeDelimited", json!(true)), None);
}

#[test]
fn o52_null_beside_a_reference_is_kept() {
    let part = json!({"$ref": "#/components/schemas/part"});
    let mut document = with_schemas(json!({
        "thing": {"type": "object", "required": ["a", "b", "c"], "properties": {
            "a": {"$ref": "#/components/schemas/part", "nullable": true},
            "b": {"allOf": [part], "nullable": true},
            "c": {"$ref": "#/components/schemas/part", "description": "Passed over."},
        }},
        "part": {"type": "object", "properties": {"id": {"type": "string"}}},
    }));
    for pass in [
        "inline",
        "responses",
        "compositions",
        "aliases",
        "unions",
        "hoist",
        "names",
    ] {
        run(pass, &mut document).unwrap();
    }
    let part = json!({"$ref": "#/components/schemas/Part"});
    assert_eq!(
        schema(&document, "Thing")["properties"],
        json!({
            "a": {"nullable": true, "allOf": [part]},
            "b": {"nullable": true, "allOf": [part]},
            "c": part,
        })
    );
}

#[test]
fn o53_a_shape_without_a_value_goes_by_its_name() {
    let shape = json!({"type": "object", "properties": {"kind": {"type": "string"}, "n": {"type": "integer"}}});
    let values = |discriminator: Value| -> Vec<String> {
        let mut document = with_schemas(json!({
            "thing": {"type": "object", "properties": {"pet": {"$ref": "#/components/schemas/pet"}}},
            "pet": {
                "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/pets.Dog"}],
                "discriminator": discriminator,
            },
            "Cat": shape,
            "pets.Dog": shape,
        }));
        run("unions", &mut document).unwrap();
        let shapes = schema(&document, "pet")["oneOf"]
            .as_array()
            .unwrap()
            .clone();
        let value = |shape: &Value| {
            shape["properties"]["kind"]["enum"][0]
                .as_str()
                .unwrap()
                .to_owned()
        };
        shapes.iter().map(value).collect()
    };
    assert_eq!(values(json!({"propertyName": "kind"})), ["Cat", "pets.Dog"]);
    // A mapping may name some of them only, and a component by its name alone.
    let mapping = json!({"dog": "pets.Dog"});
    assert_eq!(
        values(json!({"propertyName": "kind", "mapping": mapping})),
        ["dog", "Cat"]
    );
}

#[test]
fn an_object_of_any_names_is_a_map() {
    let mut document = with_schemas(json!({"thing": {"type": "object", "properties": {
        "counts": {"type": "object", "properties": {}, "additionalProperties": {"type": "integer"}},
        "open": {"type": "object", "properties": {"id": {"type": "string"}}, "additionalProperties": true},
    }}}));
    run("compositions", &mut document).unwrap();
    let properties = &schema(&document, "thing")["properties"];
    assert_eq!(
        properties["counts"],
        json!({"type": "object", "additionalProperties": {"type": "integer"}})
    );
    assert_eq!(names(&properties["open"]["properties"]), ["id"]);
}

#[test]
fn a_choice_of_what_is_required_says_nothing_of_the_shape() {
    let mut document = with_schemas(json!({
        "thing": {"allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}},
            {"anyOf": [{"required": ["a"]}, {"required": ["b"], "description": "Or this."}]},
        ]},
    }));
    run("compositions", &mut document).unwrap();
    let thing = schema(&document, "thing");
    assert_eq!(names(&thing["properties"]), ["a", "b"]);
    assert!(thing.get("anyOf").is_none() && thing.get("required").is_none());
}

#[test]
fn what_is_required_and_not_there_is_passed_over_and_told() {
    let mut document = with_schemas(json!({
        "thing": {"type": "object", "required": ["nmae", "size"], "properties": {"size": {"type": "integer"}}},
    }));
    run("compositions", &mut document).unwrap();
    assert_eq!(schema(&document, "thing")["required"], json!(["size"]));
    let told: Vec<String> = document
        .passed_over
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        told,
        [
            "openapi.yaml at /components/schemas/thing: the field `nmae` is required, but there is none of that name; \
          describe the field, or correct `required`"
        ]
    );
}

#[test]
fn what_nothing_tells_apart_is_any_json() {
    let mut document = with_schemas(json!({
        "thing": {"type": "object", "properties": {
            "choice": {"description": "One of both.", "oneOf": [
                {"$ref": "#/components/schemas/part"},
                {"type": "string"},
            ]},
            "either": {"anyOf": [
                {"$ref": "#/components/schemas/number"},
                {"$ref": "#/components/schemas/word"},
            ]},
        }},
        "part": {"type": "object", "properties": {"day": {"type": "string"}}},
        "number": {"type": "integer", "readOnly": true, "example": 7},
        "word": {"type": "string"},
    }));
    run("open", &mut document).unwrap();
    let fields = &schema(&document, "thing")["properties"];
    assert_eq!(fields["choice"], json!({"description": "One of both."}));
    // Texts and numbers are told apart, also where they are components.
    let either = json!({"anyOf": [{"type": "integer"}, {"type": "string"}]});
    assert_eq!(fields["either"], either);
}

#[test]
fn an_enum_without_a_type_gets_the_one_of_its_values() {
    let mut document = with_schemas(json!({
        "thing": {"type": "object", "properties": {
            "words": {"enum": ["a", "b", null]},
            "numbers": {"enum": [1, 2]},
            "either": {"enum": [1, "b"]},
            "fractions": {"enum": [0.5, 1]},
            "any": {"enum": [true, "b"]},
        }},
    }));
    run("enums", &mut document).unwrap();
    assert_eq!(
        schema(&document, "thing")["properties"],
        json!({
            "words": {"enum": ["a", "b", null], "nullable": true, "type": "string"},
            "numbers": {"enum": [1, 2], "type": "integer"},
            "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            "fractions": {"type": "number"},
            "any": {},
        })
    );
}

#[test]
fn one_value_or_a_list_of_such_is_a_list_in_a_query() {
    let mut document = parse_document(
        "openapi.yaml",
        "openapi: 3.0.3
info: {title: Tiny, version: '1'}
paths:
  /things:
    get:
      operationId: things_list
      parameters:
        - {name: id, in: query, schema: {oneOf: [{type: string}, {type: array, items: {type: string}}]}}
        - {name: size, in: query, schema: {anyOf: [{type: array, items: {type: integer}}, {type: string}]}}
        - {name: x-id, in: header, schema: {oneOf: [{type: string}, {type: array, items: {type: string}}]}}
      responses: {'204': {description: Done.}}
",
    )
    .unwrap();
    run("inline", &mut document).unwrap();
    let schema = |index: usize| {
        at(
            &document,
            &format!("/paths/~1things/get/parameters/{index}/schema"),
        )
    };
    assert_eq!(
        *schema(0),
        json!({"type": "array", "items": {"type": "string"}})
    );
    assert!(schema(1)["anyOf"].is_array() && schema(2)["oneOf"].is_array());
}
