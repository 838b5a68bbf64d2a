//! What is guessed for a provider that nobody here has looked at: on tiny documents, a matter each.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use serde_json::Value;
use snapline_codegen::finding::Kind;
use snapline_codegen::guess::{self, Guessed, Who};
use snapline_codegen::ir::TokenPlace;
use snapline_codegen::parse::parse_value;
use snapline_codegen::update::{self, Words};
use snapline_codegen::{Document, Source};

fn who() -> Who {
    Who {
        name: "tiny".to_owned(),
        prefix: "ti".to_owned(),
        client: "Tiny".to_owned(),
    }
}

/// What is guessed of a document with these parts; the overlay must be one that the generator takes.
fn guessed(parts: &str) -> Guessed {
    let guessed = tried(parts);
    let errors = guessed
        .findings
        .iter()
        .filter(|one| one.kind == Kind::Error);
    let errors: Vec<String> = errors.map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{errors:?}\n{}", guessed.overlay);
    guessed
}

fn tried(parts: &str) -> Guessed {
    let servers = match parts.contains("servers:") {
        true => "",
        false => "servers: [{url: 'https://tiny.example'}]\n",
    };
    let text = format!("openapi: 3.0.3\ninfo: {{title: Tiny, version: '1'}}\n{servers}{parts}");
    let whole = Document::new("upstream.json", parse_value("tiny.yaml", &text).unwrap());
    let ids = guess::ids(&whole);
    let source = Source {
        document_file: "upstream.json".to_owned(),
        overlay_file: "overlay.yaml".to_owned(),
        overlay: guess::with_ids(&who(), &ids),
        ..Source::default()
    };
    let strip = Words::Strip {
        extensions: Vec::new(),
    };
    let taken = update::take(whole.root, &source, &strip).unwrap();
    let source = Source {
        document: taken.document.root.to_string(),
        ..source
    };
    guess::guess(&taken.document, &ids, &who(), &source)
}

/// What the overlay updates at this target with.
fn update(guessed: &Guessed, target: &str) -> Value {
    let overlay = parse_value("overlay.yaml", &guessed.overlay).unwrap();
    let actions = overlay["actions"].as_array().unwrap().clone();
    let at = actions.iter().filter(|action| action["target"] == target);
    let found: Vec<&Value> = at.map(|action| &action["update"]).collect();
    assert!(!found.is_empty(), "{target} in\n{}", guessed.overlay);
    found[found.len() - 1].clone()
}

/// The targets that the overlay removes.
fn removed(guessed: &Guessed) -> Vec<String> {
    let overlay = parse_value("overlay.yaml", &guessed.overlay).unwrap();
    let actions = overlay["actions"].as_array().unwrap().clone();
    let gone = actions.iter().filter(|action| action["remove"] == true);
    gone.map(|action| action["target"].as_str().unwrap().to_owned())
        .collect()
}

fn told(guessed: &Guessed) -> String {
    let all = guessed.findings.iter().chain(&guessed.refusals);
    all.map(|one| format!("{one}\n")).collect()
}

/// A list and one of its things, with what stands beside and what a thing has.
fn things(more: &str, fields: &str) -> String {
    format!(
        "paths:
  /things:
    get: {{responses: {{'200': {{description: All., content: {{application/json: {{schema: {{type: array, items: {{$ref: '#/components/schemas/thing'}}}}}}}}}}}}}}
  /things/{{id}}:
    parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}]
    get: {{responses: {{'200': {{description: One., content: {{application/json: {{schema: {{$ref: '#/components/schemas/thing'}}}}}}}}}}}}
{more}
components:
  schemas:
    thing: {{type: object, properties: {{id: {{type: string}}, {fields}}}}}
"
    )
}

#[test]
fn ids_are_made_of_method_and_path() {
    let guessed = guessed(
        "paths:
  /v1/bigThings:
    get: {responses: {'204': {description: All.}}}
    post: {responses: {'204': {description: Made.}}}
    delete: {responses: {'204': {description: Gone.}}}
  /v1/bigThings/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    get: {responses: {'204': {description: One.}}}
    put: {operationId: mine, responses: {'204': {description: Done.}}}
    patch: {responses: {'204': {description: Done.}}}
    delete: {responses: {'204': {description: Gone.}}}
  /v1/bigThings/{id}/start:
    parameters: [{name: id, in: path, required: true, schema: {type: string}}]
    post: {responses: {'204': {description: Begun.}}}
  /v1/limit:
    get: {operationId: mine, responses: {'204': {description: One.}}}
",
    );
    for (place, id) in [
        ("$.paths['/v1/bigThings'].get", "big_things_list"),
        ("$.paths['/v1/bigThings'].post", "big_things_create"),
        ("$.paths['/v1/bigThings/{id}'].get", "big_things_get"),
        ("$.paths['/v1/bigThings/{id}'].patch", "big_things_patch"),
        ("$.paths['/v1/bigThings/{id}'].delete", "big_things_delete"),
    ] {
        assert_eq!(update(&guessed, place)["operationId"], id);
    }
    for (id, place) in [
        ("big_things_delete_all", "$.paths['/v1/bigThings'].delete"),
        (
            "big_things_start",
            "$.paths['/v1/bigThings/{id}/start'].post",
        ),
        // Its own is another's already.
        ("limit_get", "$.paths['/v1/limit'].get"),
    ] {
        let action = format!(
            "- target: {place}\n    description: Upstream gives the operation no id of its own.\n    update: {{operationId: {id}}}"
        );
        assert!(
            guessed.overlay.contains(&action),
            "{action} in\n{}",
            guessed.overlay
        );
    }
    let start = update(&guessed, "$.paths['/v1/bigThings/{id}/start'].post");
    assert_eq!(
        (&start["x-snapline-resource"], &start["x-snapline-verb"]),
        (&"big_things".into(), &"start".into())
    );
    let facts = &update(&guessed, "$.info")["x-snapline-provider"];
    assert_eq!(facts["resources"]["big_things"], "Big things.");
}

#[test]
fn a_token_goes_where_most_operations_take_it() {
    let with = |schemes: &str, security: &str| {
        let parts = things("", "a: {type: string}");
        tried(&format!(
            "security: {security}\n{parts}  securitySchemes: {{{schemes}}}\n"
        ))
    };
    let facts = |guessed: &Guessed| update(guessed, "$.info")["x-snapline-provider"].clone();
    let bearer = with("a: {type: http, scheme: bearer}", "[{a: []}]");
    assert_eq!(facts(&bearer).get("token_header"), None);
    assert_eq!(facts(&bearer)["token_variables"][0], "TINY_TOKEN");
    let oauth = with(
        "a: {type: oauth2, flows: {}}, b: {type: apiKey, in: query, name: k}",
        "[{b: []}, {a: []}]",
    );
    assert_eq!(facts(&oauth).get("token_header"), None);
    assert!(
        !oauth.overlay.contains("snaplineToken"),
        "{}",
        oauth.overlay
    );
    let key = with("a: {type: apiKey, in: header, name: X-Key}", "[{a: []}]");
    assert_eq!(key.token_place, TokenPlace::Header("X-Key".to_owned()));
    assert_eq!(facts(&key)["token_header"], "X-Key");
    // What nothing sends is told, and a token takes its place.
    let digest = with("a: {type: http, scheme: digest}", "[{a: []}]");
    assert!(told(&digest).contains("upstream asks for HTTP's `digest`, and a token is sent in its place; describe the parts as `credentials`"), "{}", told(&digest));
    let basic = with("a: {type: http, scheme: basic}", "[{a: []}]");
    assert_eq!(facts(&basic)["token_scheme"], "basic");
    assert!(!told(&basic).contains("upstream asks"), "{}", told(&basic));
    let missing = with("", "[{a: []}]");
    let defined = update(&missing, "$");
    assert_eq!(
        defined["components"]["securitySchemes"]["a"]["scheme"],
        "bearer"
    );
    let both = with(
        "a: {type: apiKey, in: header, name: A}, b: {type: apiKey, in: header, name: B}",
        "[{a: [], b: []}]",
    );
    assert!(
        told(&both).contains("upstream asks for A with B"),
        "{}",
        told(&both)
    );
    for guessed in [bearer, oauth, key, digest, basic, missing, both] {
        assert!(guessed.refused.is_empty(), "{}", told(&guessed));
        assert!(!told(&guessed).contains("error: "), "{}", told(&guessed));
    }
}

#[test]
fn pages_go_by_a_number_an_offset_or_a_cursor() {
    let list = |parameters: &str, answer: &str| {
        format!(
            "paths:
  /things:
    get:
      operationId: things_list
      parameters: [{parameters}]
      responses: {{'200': {{description: Some., content: {{application/json: {{schema: {{type: object, properties: {{
        things: {{type: array, items: {{type: object, properties: {{id: {{type: string}}}}}}}}, {answer}}}}}}}}}}}}}
"
        )
    };
    let number = |name: &str| format!("{{name: {name}, in: query, schema: {{type: integer}}}}");
    let text = |name: &str| format!("{{name: {name}, in: query, schema: {{type: string}}}}");
    let both = format!("{}, {}", number("pageNumber"), number("per-page"));
    let answer =
        "meta: {type: object, properties: {next: {type: string}, totalCount: {type: integer}}}";
    let pages = |guessed: &Guessed| {
        update(guessed, "$.paths['/things'].get")["x-snapline-pages"].to_string()
    };
    assert_eq!(
        pages(&guessed(&list(&both, answer))),
        r#"{"page":"pageNumber","size":"per-page","next":"meta.next","total":"meta.totalCount"}"#
    );
    let told = "meta: {type: object, properties: {next: {type: integer}, total: {type: integer}}}";
    let token = "nextPageToken: {type: string}";
    let beside = format!("{}, {}", number("Page"), text("PageToken"));
    let link = "next: {type: string, format: uri}";
    for (begins, answer, facts) in [
        (
            beside,
            "next_page_url: {type: string}",
            r#"{"cursor":"PageToken","size":"limit","next":"next_page_url"}"#,
        ),
        (
            number("page"),
            told,
            r#"{"page":"page","size":"limit","next_value":"meta.next","total":"meta.total"}"#,
        ),
        (
            number("offset"),
            answer,
            r#"{"offset":"offset","size":"limit","next":"meta.next","total":"meta.totalCount"}"#,
        ),
        (
            number("skip"),
            "total: {type: integer}",
            r#"{"offset":"skip","size":"limit","total":"total"}"#,
        ),
        (
            text("pageToken"),
            token,
            r#"{"cursor":"pageToken","size":"limit","next_value":"nextPageToken"}"#,
        ),
        (
            text("cursor"),
            link,
            r#"{"cursor":"cursor","size":"limit","next":"next"}"#,
        ),
        (
            text("cursor"),
            "next: {type: string}",
            r#"{"cursor":"cursor","size":"limit","next_value":"next"}"#,
        ),
        (
            text("starting_after"),
            "has_more: {type: boolean}",
            r#"{"cursor":"starting_after","size":"limit","next_item":"id","more":"has_more"}"#,
        ),
        (
            "{name: page, in: query, required: true, schema: {type: integer, minimum: 0}}"
                .to_owned(),
            told,
            r#"{"page":"page","size":"limit","first":0,"next_value":"meta.next","total":"meta.total"}"#,
        ),
        (
            "{name: page, in: query, schema: {type: integer, minimum: 0, default: 1}}".to_owned(),
            told,
            r#"{"page":"page","size":"limit","next_value":"meta.next","total":"meta.total"}"#,
        ),
    ] {
        let both = format!("{begins}, {}", number("limit"));
        assert_eq!(pages(&guessed(&list(&both, answer))), facts);
    }
    for (parameters, answer) in [
        (number("page"), answer),
        // Not every text says behind which item a page begins, and not without saying whether there is one.
        (
            format!("{}, {}", text("cursor"), number("limit")),
            "has_more: {type: boolean}",
        ),
        (
            format!("{}, {}", text("starting_after"), number("limit")),
            "total: {type: integer}",
        ),
        // Nothing says which page is the next.
        (both.clone(), "total: {type: integer}"),
        (
            format!("{}, {}", number("offset"), number("limit")),
            "x: {type: integer}",
        ),
        (
            format!("{}, {}", text("cursor"), number("limit")),
            "total: {type: integer}",
        ),
        // Two lists are no page: the generator does not take it.
        (
            both.clone(),
            "next: {type: string}, total: {type: integer}, others: {type: array, items: {type: string}}",
        ),
    ] {
        let guessed = guessed(&list(&parameters, answer));
        assert!(
            !guessed.overlay.contains("x-snapline-pages"),
            "{}",
            guessed.overlay
        );
    }
}

#[test]
fn a_success_without_a_body_stays_beside_one_that_has_one() {
    let successes = |other: &str| {
        guessed(&format!(
            "paths:
  /things:
    get:
      operationId: a
      responses:
        '200': {{description: It., content: {{application/json: {{schema: {{type: integer}}}}}}}}
        '204': {{description: None.}}
        '206': {{description: Another., content: {{{other}}}}}
"
        ))
        .overlay
    };
    assert!(!successes("text/json: {schema: {type: string}}").contains("responses['20"));
    let other = successes("text/csv: {}");
    assert!(
        other.contains("responses['206']") && !other.contains("responses['204']"),
        "{other}"
    );
}

#[test]
fn pages_go_by_a_header() {
    let list = |headers: &str| {
        format!(
            "paths:
  /things:
    get:
      operationId: things_list
      parameters: [{{name: page, in: query, schema: {{type: integer}}}}, {{name: per_page, in: query, schema: {{type: integer}}}}]
      responses: {{'200': {{description: Some., headers: {{{headers}}}, content: {{application/json: {{schema: {{type: array, items: {{type: object, properties: {{id: {{type: string}}}}}}}}}}}}}}}}
"
        )
    };
    let linked = guessed(&list("Link: {schema: {type: string}}"));
    assert_eq!(
        update(&linked, "$.paths['/things'].get")["x-snapline-pages"].to_string(),
        r#"{"page":"page","size":"per_page","link_header":true}"#
    );
    let others = guessed(&list("X-Total: {schema: {type: integer}}"));
    assert!(
        !others.overlay.contains("x-snapline-pages"),
        "{}",
        others.overlay
    );
}

#[test]
fn states_make_waits() {
    let waits = |guessed: &Guessed| {
        update(guessed, "$.paths['/things/{id}'].get")["x-snapline-waiters"].clone()
    };
    let plain = guessed(&things(
        "",
        "status: {type: string, enum: [THING_CREATING, THING_ACTIVE, THING_ERROR, in-progress, Completed, deleted, odd]}",
    ));
    assert_eq!(waits(&plain).as_array().unwrap().len(), 1);
    let wait = &waits(&plain)[0];
    assert_eq!(
        wait.to_string(),
        r#"{"name":"wait_until_active","status":"status","ready":["THING_ACTIVE","Completed"],"failed":["THING_ERROR","deleted"],"pending":["THING_CREATING","in-progress"],"summary":"Waits until the thing is active"}"#
    );
    let deletable = guessed(&things(
        "    delete: {responses: {'204': {description: Gone.}}}",
        "state: {type: string, enum: [pending, ready, failed]}",
    ));
    assert_eq!(waits(&deletable)[1]["name"], "wait_until_deleted");
    assert_eq!(waits(&deletable)[1]["gone"], true);
    for fields in [
        "status: {type: string}",
        "status: {type: string, enum: [red, green]}",
        "colour: {type: string, enum: [ready, failed]}",
    ] {
        let none = guessed(&things("", fields));
        assert!(
            !none.overlay.contains("x-snapline-waiters"),
            "{}",
            none.overlay
        );
    }
}

#[test]
fn errors_and_secrets_go_by_their_names() {
    let guessed = guessed(&things(
        "  /others:
    get:
      responses:
        '204': {description: Done.}
        '400': {description: No., headers: {X-Request-Id: {schema: {type: string}}}, content: {application/json: {schema: {type: object, properties: {errorCode: {type: integer}, detail: {type: string}, request_id: {type: string}}}}}}",
        "password: {type: string}, accessToken: {type: string}, next_page_token: {type: string}, token_kind: {type: string, enum: [a]}, secret: {type: string, format: password}",
    ));
    let facts = &update(&guessed, "$.info")["x-snapline-provider"];
    assert_eq!(
        facts["errors"].to_string(),
        r#"{"code":["errorCode"],"message":["detail"],"request_id":["request_id"],"request_id_headers":["x-request-id"]}"#
    );
    let secrets: Vec<&str> = guessed
        .overlay
        .lines()
        .filter_map(|line| line.strip_prefix("  - target: $.components.schemas.thing.properties."))
        .collect();
    assert_eq!(secrets, ["password", "accessToken"]);
}

#[test]
fn refusals_are_added_where_none_is_described() {
    let none = guessed(&things("", "a: {type: string}"));
    let target = "$.paths[*][?@.responses && !@.responses.default].responses";
    let schema = update(&none, target)["default"]["content"]["application/json"]["schema"].clone();
    assert!(schema["properties"]["message"].is_object(), "{schema}");
    assert!(told(&none).contains("refusals are taken to have a `code` and a `message`"));
}

#[test]
fn what_is_not_sent_is_left_out_where_it_may_be() {
    let list = |parameters: &str| {
        format!(
            "paths:
  /things/{{id}}/parts/{{part}}:
    get:
      operationId: parts_get
      parameters: [{{name: id, in: path, schema: {{type: string}}}}, {parameters}]
      responses: {{'204': {{description: Done.}}, '304': {{description: Same.}}}}
"
        )
    };
    let guessed = guessed(&list(
        "{name: Accept, in: header, required: true, schema: {type: string}}, {name: X-Trace, in: cookie, schema: {type: string}},
         {name: filter, in: query, style: deepObject, schema: {type: object, properties: {a: {type: string}}}}, {name: ok, in: query, schema: {type: string}}",
    ));
    let at = "$.paths['/things/{id}/parts/{part}'].get";
    assert_eq!(
        removed(&guessed),
        [
            format!("{at}.parameters[?@.name == 'Accept' && @.in == 'header']"),
            format!("{at}.parameters[?@.name == 'X-Trace' && @.in == 'cookie']"),
            format!("{at}.parameters[?@.name == 'filter' && @.in == 'query']"),
            format!("{at}.responses['304']"),
        ]
    );
    let mended = update(
        &guessed,
        &format!("{at}.parameters[?@.name == 'id' && @.in == 'path']"),
    );
    assert_eq!(mended["required"], true);
    assert!(
        guessed
            .overlay
            .contains("{name: part, in: path, required: true")
    );
    // One that must be given is refused with its operation; it is the only one, so the error stays.
    let refused = tried(&list(
        "{name: part, in: path, required: true, schema: {type: string}}, {name: X-Sure, in: cookie, required: true, schema: {type: string}}",
    ));
    assert!(
        told(&refused).contains("error: upstream.json at "),
        "{}",
        told(&refused)
    );
}

#[test]
fn what_one_operation_is_refused_for_is_found_beside_the_next() {
    let guessed = tried(&things(
        "  /pictures:
    get: {operationId: pictures_get, responses: {'200': {description: It., content: {text/event-stream: {schema: {type: string}}}}}}
  /tables:
    put: {operationId: tables_put, requestBody: {content: {multipart/form-data: {schema: {type: object}}}}, responses: {'204': {description: It.}}}
  /<odd>:
    get: {operationId: odd_get, responses: {'204': {description: It.}}}
  /bad:
    get: {responses: {'200': {description: It., content: {application/json: {schema: {$ref: '#/components/schemas/uses'}}}}}}",
        "a: {type: string}}}
    uses: {type: object, properties: {bad: {$ref: '#/components/schemas/bad'}}}
    bad: {type: object, properties: {it: {type: text}",
    ));
    assert_eq!(
        guessed.refused,
        ["bad_get", "odd_get", "tables_put", "pictures_get"]
    );
    assert!(told(&guessed).contains("/components/schemas/bad/properties/it/type: the type `text` is not supported, in what `bad_get` takes or gives"), "{}", told(&guessed));
    assert!(told(&guessed).contains("`text/event-stream` is not supported"));
    assert!(told(&guessed).contains("`multipart/form-data` is not supported"));
}

#[test]
fn schemas_come_as_near_as_they_can() {
    let guessed = guessed(&things(
        "",
        "either: {oneOf: [{type: object, required: [a], properties: {a: {type: string}}}, {type: object, properties: {b: {type: string}}}]},
         size: {oneOf: [{type: string, enum: [s]}, {type: string, enum: [old]}]},
         label: {allOf: [{$ref: '#/components/schemas/label'}, {maxLength: 8}]},
         many: {type: object, required: [gone], properties: {a: {type: string}}, anyOf: [{required: [a]}, {required: [gone]}]},
         9lives: {type: string}}}
    label: {type: string, minLength: 2}
    other: {type: object, properties: {maybe: {$ref: '#/components/schemas/thing'}",
    ));
    let field = |name: &str| format!("$.components.schemas.thing.properties.{name}");
    assert_eq!(update(&guessed, &field("size"))["type"], "string");
    assert_eq!(update(&guessed, &field("label"))["maxLength"], 8);
    assert!(update(&guessed, &field("either"))["anyOf"].is_array());
    for gone in [
        field("either.oneOf"),
        field("size.oneOf"),
        field("label.allOf"),
        field("many.anyOf"),
        field("many.required[?@ == \"gone\"]"),
    ] {
        assert!(
            removed(&guessed).contains(&gone),
            "{gone} in\n{}",
            guessed.overlay
        );
    }
}

#[test]
fn a_server_that_is_nowhere_is_made_up() {
    let parts = things("", "a: {type: string}");
    let relative = guessed(&format!("servers: [{{url: /api/v3}}]\n{parts}"));
    assert_eq!(
        update(&relative, "$.servers[0]")["url"],
        "https://api.tiny.example/api/v3"
    );
    let none = guessed(&format!("servers: []\n{parts}"));
    assert_eq!(
        update(&none, "$")["servers"][0]["url"],
        "https://api.tiny.example"
    );
    assert!(
        told(&none).contains("`https://api.tiny.example` is made up; write the provider's address")
    );
}

#[test]
fn an_operation_that_describes_no_success_gets_one() {
    let guessed = guessed(
        "paths:
  /things:
    get:
      operationId: described
      responses: {'204': {description: Done.}, default: {$ref: '#/components/responses/refused'}}
  /default:
    get:
      operationId: by_default
      responses: {default: {description: One., content: {application/json: {schema: {type: object, properties: {id: {type: string}}}}}}}
  /refused:
    get:
      operationId: refused_alone
      responses: {default: {$ref: '#/components/responses/refused'}}
  /none:
    get: {operationId: without_any, responses: {}}
components:
  responses:
    refused: {description: Refused., content: {application/json: {schema: {type: object, properties: {message: {type: string}}}}}}
",
    );
    let default = update(&guessed, "$.paths['/default'].get.responses");
    assert!(default["200"]["content"]["application/json"]["schema"].is_object());
    assert_eq!(
        removed(&guessed),
        ["$.paths['/default'].get.responses.default"]
    );
    for path in ["/refused", "/none"] {
        let done = update(&guessed, &format!("$.paths['{path}'].get"));
        assert!(done["responses"]["200"]["content"].is_null(), "{done}");
    }
    let told = told(&guessed);
    assert!(told.contains("what `default` says is taken for the success"));
    assert_eq!(told.matches("a success is taken to say nothing").count(), 2);
}

#[test]
fn where_a_call_is_led_to_another_protocol_there_is_no_success() {
    let tried = tried(
        "paths:
  /things: {get: {responses: {'204': {description: Done.}}}}
  /elsewhere: {get: {operationId: elsewhere, responses: {'302': {description: There.}}}}
  /upgrade: {get: {operationId: upgrade, responses: {'101': {description: Another protocol.}}}}
",
    );
    assert_eq!(tried.refused, ["upgrade"]);
    // Where it is led elsewhere, that is the answer, also to the guesses.
    assert!(
        !tried.overlay.contains("responses['302']"),
        "{}",
        tried.overlay
    );
}

#[test]
fn more_operations_are_left_out_than_a_person_would_list() {
    let many: String = (0..60)
        .map(|number| format!("  /away{number}: {{get: {{operationId: away{number}, responses: {{'101': {{description: There.}}}}}}}}\n"))
        .collect();
    let tried = tried(&format!(
        "paths:\n  /things: {{get: {{responses: {{'204': {{description: Done.}}}}}}}}\n{many}"
    ));
    assert_eq!(tried.refused.len(), 60);
    assert_eq!(tried.refusals.len(), 60);
    assert!(tried.findings.iter().all(|one| one.kind != Kind::Error));
}

#[test]
fn a_field_that_leads_back_to_what_holds_it_is_json() {
    let guessed = guessed(
        "paths:
  /things:
    post:
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/node'}}}}
      responses: {'200': {description: One., content: {application/json: {schema: {$ref: '#/components/schemas/answer'}}}}}
components:
  schemas:
    node: {type: object, properties: {name: {type: string}, below: {type: array, items: {$ref: '#/components/schemas/node'}}, volume: {$ref: '#/components/schemas/volume'}}}
    volume:
      oneOf:
        - {type: object, properties: {kind: {type: string}, under: {$ref: '#/components/schemas/volume'}}}
        - {type: object, properties: {kind: {type: string}, path: {type: string}}}
    answer: {type: object, properties: {name: {type: string}, parent: {allOf: [{$ref: '#/components/schemas/answer'}], nullable: true}, others: {type: array, items: {$ref: '#/components/schemas/answer'}}}}
",
    );
    assert_eq!(
        removed(&guessed),
        [
            "$.components.schemas.answer.properties.parent.allOf",
            "$.components.schemas.node.properties.below.items['$ref']",
            "$.components.schemas.volume.oneOf[0].properties.under['$ref']",
            "$.components.schemas.volume.oneOf",
        ]
    );
    assert!(told(&guessed).contains("a field that holds what it is in is free-form JSON"));
}

#[test]
fn an_object_with_more_than_its_fields_is_json() {
    let guessed = guessed(&things(
        "",
        "more: {type: object, required: [password], properties: {password: {type: string}}, additionalProperties: {type: integer}}",
    ));
    let at = "$.components.schemas.thing.properties.more";
    assert_eq!(
        removed(&guessed),
        ["additionalProperties", "properties", "required"].map(|key| format!("{at}.{key}"))
    );
    assert!(told(&guessed).contains("an object with more than its fields is free-form JSON"));
}
