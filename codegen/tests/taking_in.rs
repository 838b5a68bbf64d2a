//! Taking a provider's document in: what is selected, what stays of it, our words over it, and what is found.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use serde_json::{Value, json};
use snapline_codegen::finding::Kind;
use snapline_codegen::parse::{parse_document, parse_value};
use snapline_codegen::select::{Criteria, Offer};
use snapline_codegen::update::{self, Words};
use snapline_codegen::words::{fill, lay_words, strip};
use snapline_codegen::{Finding, Selector, Source, overlaid};

/// A document of another's, with its sentences.
const THEIRS: &str = "
openapi: 3.0.3
info: {title: Theirs, version: '1', description: Their words., contact: {name: They}, license: {name: MIT}}
externalDocs: {url: 'https://example.test'}
tags: [{name: Things, description: Their words.}, {name: Other}]
security: [{key: []}]
x-their-own: {any: thing}
paths:
  /things:
    get:
      operationId: things_list
      summary: Their words
      tags: [Things]
      x-permission: things:list
      x-code: Their code
      parameters:
        - {name: description, in: query, description: Their words., example: theirs, schema: {type: string, title: Theirs}}
      responses:
        '200':
          description: Their words.
          headers: {x-left: {description: Their words., schema: {type: integer}}}
          links: {next: {operationId: things_get}}
          content:
            application/json:
              schema: {type: array, items: {$ref: '#/components/schemas/thing'}}
              examples: {one: {summary: Theirs, value: [{example: a}]}}
  /things/{id}:
    get:
      operationId: things_get
      tags: [Things]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'200': {$ref: '#/components/responses/thing'}}
    delete:
      tags: [Things]
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {'204': {description: Gone.}}
  /others:
    get:
      operationId: others_list
      tags: [Other]
      security: [{other: []}]
      responses: {'200': {description: All., content: {application/json: {schema: {$ref: '#/components/schemas/other'}}}}}
components:
  securitySchemes:
    key: {type: http, scheme: bearer, description: Their words.}
    other: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://example.test', scopes: {read: Their words.}}}}
  responses:
    thing: {description: Their words., content: {application/json: {schema: {$ref: '#/components/schemas/thing'}}}}
  schemas:
    thing:
      type: object
      title: Theirs
      description: Their words.
      required: [example, state]
      properties:
        example: {type: string, example: theirs, default: none}
        state: {type: string, enum: [new, done], x-enum-descriptions: {new: Their words.}}
    other: {type: object}
";

const OVERLAY: &str = "
overlay: 1.0.0
info: {title: Ours, version: '1'}
actions:
  - target: $.info
    description: Who it is.
    update:
      x-snapline-provider:
        {name: tiny, prefix: ti, client: Tiny, url_variable: TINY_URL, errors: {code: [code], message: [message]}}
  - target: $.paths['/things/{id}'].delete
    description: It has no id.
    update: {operationId: things_delete}
";

fn source(operations: Vec<Selector>) -> Source {
    Source {
        document_file: "upstream.json".to_owned(),
        words_file: "words.yaml".to_owned(),
        overlay_file: "overlay.yaml".to_owned(),
        overlay: OVERLAY.to_owned(),
        operations,
        ..Source::default()
    }
}

fn stripped() -> Words {
    Words::Strip {
        extensions: vec!["x-permission".to_owned()],
    }
}

fn taken(operations: Vec<Selector>, words: &Words) -> Value {
    let whole = parse_value("theirs.yaml", THEIRS).unwrap();
    update::take(whole, &source(operations), words)
        .unwrap()
        .document
        .root
}

fn refused(operations: Vec<Selector>) -> String {
    let whole = parse_value("theirs.yaml", THEIRS).unwrap();
    let error = update::take(whole, &source(operations), &stripped()).unwrap_err();
    error.to_string()
}

fn all(criteria: Criteria) -> Selector {
    Selector::All(criteria)
}

fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn no_sentence_and_no_example_of_theirs_stays() {
    let text = taken(vec![], &stripped()).to_string();
    assert!(
        !text.contains("Their words") && !text.contains("theirs") && !text.contains("Their code"),
        "{text}"
    );
    for key in [
        "externalDocs",
        "links",
        "examples",
        "contact",
        "x-their-own",
        "title\":\"Theirs\",\"desc",
    ] {
        assert!(!text.contains(key), "{key} in {text}");
    }
}

#[test]
fn structure_stays_to_the_letter() {
    let whole = taken(vec![], &stripped());
    let list = &whole["paths"]["/things"]["get"];
    assert_eq!(
        list["x-permission"], "things:list",
        "an extension that is a fact"
    );
    assert_eq!(
        list["parameters"],
        json!([{"name": "description", "in": "query", "schema": {"type": "string"}}])
    );
    // A field that merely bears the name of a keyword is structure.
    assert_eq!(
        whole["components"]["schemas"]["thing"],
        json!({
            "type": "object",
            "required": ["example", "state"],
            "properties": {"example": {"type": "string", "default": "none"}, "state": {"type": "string", "enum": ["new", "done"]}}
        })
    );
    // OpenAPI wants a description of every answer.
    assert_eq!(list["responses"]["200"]["description"], "");
    let scopes =
        &whole["components"]["securitySchemes"]["other"]["flows"]["clientCredentials"]["scopes"];
    assert_eq!(*scopes, json!({"read": ""}));
    assert_eq!(whole["info"]["license"]["name"], "MIT");
    let parsed = parse_document("upstream.json", &whole.to_string()).unwrap();
    assert_eq!(
        strip(&parsed.root, &["x-permission".to_owned()]),
        parsed.root,
        "what is stripped has nothing to strip"
    );
}

#[test]
fn their_words_can_be_kept() {
    let text = taken(vec![], &Words::Keep).to_string();
    assert!(text.contains("Their words.") && text.contains("theirs"));
}

#[test]
fn what_is_selected_comes_with_what_it_reaches_and_nothing_else() {
    let tag = |tag: &str| {
        all(Criteria {
            tag: Some(tag.to_owned()),
            ..Criteria::default()
        })
    };
    let path = |path: &str| {
        all(Criteria {
            path: Some(path.to_owned()),
            ..Criteria::default()
        })
    };
    let operations = |selectors: Vec<Selector>| {
        let whole = taken(selectors, &stripped());
        let mut found = Vec::new();
        for (path, item) in whole["paths"].as_object().unwrap() {
            found.extend(
                item.as_object()
                    .unwrap()
                    .keys()
                    .map(|method| format!("{method} {path}")),
            );
        }
        found
    };
    assert_eq!(operations(vec!["things_get".into()]), ["get /things/{id}"]);
    // Its id comes from the overlay, since upstream gives none.
    assert_eq!(
        operations(vec!["things_delete".into()]),
        ["delete /things/{id}"]
    );
    assert_eq!(operations(vec![tag("Things")]).len(), 3);
    assert_eq!(operations(vec![path("/things/**")]).len(), 3);
    assert_eq!(operations(vec![path("/things/*")]).len(), 2);
    assert_eq!(operations(vec![path("/*")]).len(), 2);
    let narrow = Criteria {
        tag: Some("Things".to_owned()),
        method: Some("get".to_owned()),
        except: vec!["things_list".to_owned()],
        ..Criteria::default()
    };
    assert_eq!(
        operations(vec![all(narrow), "others_list".into()]),
        ["get /things/{id}", "get /others"]
    );

    let whole = taken(vec!["things_get".into()], &stripped());
    let keys = |pointer: &str| {
        whole
            .pointer(pointer)
            .map(|map| map.as_object().unwrap().keys().cloned().collect::<Vec<_>>())
    };
    assert_eq!(
        keys("/components"),
        Some(
            ["responses", "schemas", "securitySchemes"]
                .map(str::to_owned)
                .to_vec()
        )
    );
    assert_eq!(keys("/components/schemas"), Some(vec!["thing".to_owned()]));
    assert_eq!(
        keys("/components/securitySchemes"),
        Some(vec!["key".to_owned()])
    );
    assert_eq!(whole["tags"], json!([{"name": "Things"}]));
}

#[test]
fn what_is_not_selected_is_noted() {
    let whole = taken(
        vec!["things_get".into(), "things_delete".into()],
        &stripped(),
    );
    let offered = update::not_selected(&whole);
    let offer = |id: &str, tag: &str| Offer {
        id: Some(id.to_owned()),
        tags: vec![tag.to_owned()],
    };
    assert_eq!(
        offered.into_iter().collect::<Vec<_>>(),
        [
            ("GET /others".to_owned(), offer("others_list", "Other")),
            ("GET /things".to_owned(), offer("things_list", "Things")),
        ]
    );
    // An offer is one text in the file, whatever it lacks.
    for offer in [
        Offer::default(),
        Offer {
            id: None,
            tags: vec!["a".into(), "b c".into()],
        },
        Offer {
            id: Some("x".into()),
            tags: vec![],
        },
    ] {
        assert_eq!(Offer::from(String::from(offer.clone())), offer);
    }
}

#[test]
fn a_selection_that_finds_nothing_is_refused() {
    let help = "correct `operations` in spec/sources.toml";
    for (criteria, wanted) in [
        (
            Criteria { tag: Some("Thing".to_owned()), ..Criteria::default() },
            "all operations of the tag `Thing` is asked for, but not in the document".to_owned(),
        ),
        (
            Criteria { path: Some("/thing/**".to_owned()), method: Some("get".to_owned()), ..Criteria::default() },
            "all operations below the path `/thing/**` of the method `get` is asked for, but not in the document".to_owned(),
        ),
        (Criteria { except: vec!["a".to_owned()], ..Criteria::default() }, "a selection says neither tag nor path nor method".to_owned()),
        (
            Criteria { path: Some("/a/***".to_owned()), ..Criteria::default() },
            "`/a/***` is no pattern of paths: ".to_owned(),
        ),
    ] {
        let said = refused(vec![all(criteria)]);
        assert!(said.starts_with(&format!("upstream.json at /paths: {wanted}")), "{said}");
        assert!(said.contains(help), "{said}");
    }
}

#[test]
fn the_same_document_gives_the_same_bytes_in_whatever_order_it_came() {
    let mut whole = parse_value("theirs.yaml", THEIRS).unwrap();
    let first = taken(vec![], &stripped());
    for pointer in ["/components/schemas", ""] {
        let map = whole.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        *map = std::mem::take(map).into_iter().rev().collect();
    }
    let again = update::take(whole, &source(vec![]), &stripped())
        .unwrap()
        .document
        .root;
    assert_eq!(first.to_string(), again.to_string());
}

#[test]
fn a_required_field_that_their_example_lacks_is_told() {
    let whole = parse_value("theirs.yaml", THEIRS).unwrap();
    let taken = update::take(whole, &source(vec!["things_list".into()]), &stripped()).unwrap();
    assert_eq!(
        told(&taken.left_out),
        [
            "left out: upstream.json at /components/schemas/thing: `state` is required, and an example of an answer in the \
          same document does not have it; if the service leaves it out, remove it from `required` in overlay.yaml"
        ]
    );
    // Once the overlay does so there is nothing to tell.
    let mut mended = source(vec!["things_list".into()]);
    mended.overlay.push_str(
        "  - {target: \"$.components.schemas.thing.required[?@ == 'state']\", description: It is left out., remove: true}\n",
    );
    let whole = parse_value("theirs.yaml", THEIRS).unwrap();
    assert!(
        update::take(whole, &mended, &stripped())
            .unwrap()
            .left_out
            .is_empty()
    );
}

/// What comes of our words over the stripped document.
fn worded(actions: &str) -> Result<(Value, Vec<String>), String> {
    let text = taken(vec![], &stripped()).to_string();
    let mut document = parse_document("upstream.json", &text).unwrap();
    let words = format!("overlay: 1.0.0\ninfo: {{title: Ours, version: '1'}}\nactions:\n{actions}");
    let stale =
        lay_words(&mut document, "words.yaml", &words).map_err(|error| error.to_string())?;
    Ok((document.root, told(&stale)))
}

#[test]
fn our_words_go_where_they_are_said() {
    let (root, stale) = worded(
        "
  - target: $.paths['/things'].get
    update: {summary: Ours, responses: {'200': {description: All., content: {application/json: {example: [{example: b}]}}}}}
  - target: $.paths['/things'].get.parameters[?@.name == 'description']
    update: {description: Ours., example: ours}
  - target: $.components.schemas.thing
    update: {description: Ours., properties: {example: {example: ours}, state: {x-enum-descriptions: {new: Ours., done: Ours.}}}}
",
    )
    .unwrap();
    assert_eq!(stale, [""; 0]);
    assert_eq!(
        root["paths"]["/things"]["get"]["responses"]["200"]["description"],
        "All."
    );
    assert_eq!(
        root["paths"]["/things"]["get"]["parameters"][0]["example"],
        "ours"
    );
    assert_eq!(
        root["components"]["schemas"]["thing"]["properties"]["example"]["example"],
        "ours"
    );
}

#[test]
fn words_for_what_is_gone_are_told_and_make_nothing() {
    let (root, stale) = worded(
        "
  - {target: $.components.schemas.gone, update: {description: Ours.}}
  - {target: $.components.schemas.thing, update: {properties: {gone: {description: Ours.}, example: {description: Ours.}}}}
",
    )
    .unwrap();
    assert_eq!(
        stale,
        [
            "stale words: words.yaml at /actions/0: there are words for `$.components.schemas.gone`, which upstream.json does not \
             have; move them to where it is now, or drop them",
            "stale words: words.yaml at /actions/1/update/properties/gone: there are words for `gone`, which upstream.json does \
             not have; move them to where it is now, or drop them",
        ]
    );
    let thing = &root["components"]["schemas"]["thing"]["properties"];
    assert!(thing.get("gone").is_none(), "{thing}");
    assert_eq!(thing["example"]["description"], "Ours.");
}

#[test]
fn words_say_nothing_of_structure() {
    for (update, at) in [
        (
            "{properties: {example: {type: integer}}}",
            "/actions/0/update/properties/example/type",
        ),
        ("{required: [example]}", "/actions/0/update/required"),
    ] {
        let said = worded(&format!(
            "  - {{target: $.components.schemas.thing, update: {update}}}\n"
        ))
        .unwrap_err();
        assert_eq!(
            said,
            format!(
                "words.yaml at {at}: this is no sentence and no example; a correction goes into overlay.yaml, with its reason"
            )
        );
    }
    let said = worded("  - {target: $.components.schemas.thing, remove: true}\n").unwrap_err();
    assert!(
        said.starts_with(
            "words.yaml at /actions/0: the words for `$.components.schemas.thing` are none"
        ),
        "{said}"
    );
}

#[test]
fn what_has_no_words_is_described_by_its_name_and_told() {
    let text = taken(vec!["things_list".into()], &stripped()).to_string();
    let mut document = parse_document("upstream.json", &text).unwrap();
    let found = told(&fill(&mut document));
    let at = |pointer: &str| {
        document
            .root
            .pointer(pointer)
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(at("/paths/~1things/get/summary"), "Things list");
    assert_eq!(
        at("/paths/~1things/get/parameters/0/description"),
        "Description"
    );
    assert_eq!(
        at("/paths/~1things/get/responses/200/description"),
        "Status 200"
    );
    assert_eq!(
        at("/components/schemas/thing/properties/state/description"),
        "State"
    );
    assert_eq!(found.len(), 5, "{found:#?}");
    assert_eq!(
        found[0],
        "no words: upstream.json at /paths/~1things/get (operation things_list): there is no summary yet, so it is described as \
         “Things list”; write one in words.yaml"
    );
    assert_eq!(told(&fill(&mut document)), [""; 0]);
}

#[test]
fn meanings_of_values_follow_the_values() {
    let (root, _) = worded(
        "  - {target: $.components.schemas.thing.properties.state, update: {x-enum-descriptions: {new: Ours., gone: Ours.}}}\n",
    )
    .unwrap();
    let mut document = parse_document("upstream.json", &root.to_string()).unwrap();
    let found = told(&fill(&mut document));
    let place = "upstream.json at /components/schemas/thing/properties/state/x-enum-descriptions";
    assert!(
        found.contains(&format!(
            "no words: {place}: nothing says what the value `done` means; say it in words.yaml"
        )),
        "{found:#?}"
    );
    assert!(
        found.contains(&format!(
            "stale words: {place}: there is a meaning for `gone`, which is no value of the enum; drop it from words.yaml"
        )),
        "{found:#?}"
    );
}

#[test]
fn findings_come_worst_first_and_all_at_once() {
    let mut source = source(vec!["things_list".into(), "things_get".into()]);
    source.document = taken(source.operations.clone(), &stripped()).to_string();
    source.words = Some(
        "overlay: 1.0.0\ninfo: {title: Ours, version: '1'}\nactions: [{target: $.gone, update: {summary: Ours}}]\n".to_owned(),
    );
    source.overlay.push_str(
        "
  - {target: \"$.paths['/gone']\", description: It was there., update: {summary: Ours}}
  - target: $.paths['/things/{id}'].get
    description: It is made in the background.
    update: {x-snapline-waiters: [{name: wait, status: state, ready: [done], pending: [], summary: Waits}]}
",
    );
    let kinds: Vec<Kind> = update::findings(&source)
        .iter()
        .map(|finding| finding.kind)
        .collect();
    let mut sorted = kinds.clone();
    sorted.sort();
    assert_eq!(kinds, sorted);
    sorted.dedup();
    assert_eq!(
        sorted,
        [
            Kind::StaleAction,
            Kind::StaleWords,
            Kind::UnknownState,
            Kind::NoWords
        ]
    );
    let unknown = update::findings(&source)
        .into_iter()
        .find(|finding| finding.kind == Kind::UnknownState)
        .unwrap();
    assert_eq!(
        unknown.to_string(),
        "unknown state: upstream.json at /paths/~1things~1{id}/get/x-snapline-waiters/0 (operation things_get): no list of `wait` \
         has the states `new`, so it goes on waiting when it sees one; say in overlay.yaml whether they are ready, failed or pending"
    );
    // A correction is never lost in silence: each that no longer matches is an error.
    source.overlay.push_str(
        "  - {target: \"$.paths['/lost']\", description: It was there., update: {summary: Ours}}\n",
    );
    let error = overlaid(&source).unwrap_err().to_string();
    assert!(error.starts_with("overlay.yaml at /actions/"), "{error}");
    assert_eq!(error.matches(" matches nothing in ").count(), 3, "{error}");
}

#[test]
fn the_overlay_mends_before_the_document_is_judged() {
    // No id, one id twice, and a reference that leads nowhere: all of it is mended.
    let broken = "
openapi: 3.0.3
info: {title: Broken, version: '1'}
paths:
  /a:
    get: {operationId: twice, responses: {'200': {$ref: '#/components/responses/gone'}}}
    put: {operationId: twice, responses: {'204': {description: Done.}}}
    delete: {responses: {'204': {description: Done.}}}
";
    let mended = Source {
        overlay: format!(
            "{}{}",
            OVERLAY.split("  - target: $.paths").next().unwrap(),
            "
  - {target: \"$.paths['/a'].put\", description: Its id is another's., update: {operationId: a_put}}
  - {target: \"$.paths['/a'].delete\", description: It has no id., update: {operationId: a_delete}}
  - {target: \"$.paths['/a'].get.responses\", description: It leads nowhere., update: {'200': {$ref: '#/components/responses/there'}}}
  - {target: \"$\", description: It leads nowhere., update: {components: {responses: {there: {description: Done.}}}}}
"
        ),
        ..common::source(broken)
    };
    assert_eq!(overlaid(&mended).unwrap().operations().len(), 3);
    let error = overlaid(&common::source(broken)).unwrap_err().to_string();
    assert!(error.contains("leads nowhere"), "{error}");
}

/// What only YAML 1.1 takes for true and false is a text: fields `n` and `y`, and the code of Norway.
#[test]
fn yaml_is_read_as_openapi_says() {
    let text =
        "required: [n, y]\nenum: [NO, off, 'true', true]\nproperties: {n: {default: no}, on: {}}\n";
    let value = parse_value("theirs.yaml", text).unwrap();
    let wanted = serde_json::json!({
        "required": ["n", "y"],
        "enum": ["NO", "off", "true", true],
        "properties": {"n": {"default": "no"}, "on": {}},
    });
    assert_eq!(value, wanted);
}
