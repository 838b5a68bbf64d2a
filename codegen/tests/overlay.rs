//! Overlays: what an action does to the document, and which ones are refused in which words.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use serde_json::{Value, json};
use snapline_codegen::overlay::apply_overlay;
use snapline_codegen::parse::parse_document;

const DOCUMENT: &str = "
openapi: 3.0.3
info: {title: Tiny, version: '1'}
paths:
  /things:
    get:
      operationId: things_list
      tags: [one, two, three, four]
      parameters:
        - {name: page, in: query, schema: {type: integer}}
        - {name: size, in: query, schema: {type: integer}}
        - {name: sort, in: query, schema: {type: string}}
      responses: {'200': {description: All.}}
    post:
      operationId: things_create
      responses: {'201': {description: Made.}}
";

fn overlay(actions: &str) -> String {
    format!("overlay: 1.0.0\ninfo: {{title: Tiny, version: '1'}}\nactions:\n{actions}")
}

/// The document after an overlay, or the words of its error.
fn apply_text(text: &str) -> Result<Value, String> {
    let mut document = parse_document("openapi.yaml", DOCUMENT).unwrap();
    match apply_overlay(&mut document, "overlay.yaml", text) {
        Ok(()) => Ok(document.root),
        Err(error) => Err(error.to_string()),
    }
}

fn apply(actions: &str) -> Result<Value, String> {
    apply_text(&overlay(actions))
}

fn refused(actions: &str) -> String {
    apply(actions).unwrap_err()
}

#[test]
fn objects_merge_deeply_and_arrays_grow() {
    let root = apply(
        "
  - target: $.paths['/things'].get
    description: It gains a tag, a parameter and an answer; its id changes.
    update:
      operationId: things_all
      tags: [five]
      parameters: [{name: label, in: query, schema: {type: string}}]
      responses: {'200': {description: All of them., x-note: new}, '404': {description: None.}}
",
    )
    .unwrap();
    let get = &root["paths"]["/things"]["get"];
    assert_eq!(get["operationId"], "things_all");
    assert_eq!(get["tags"], json!(["one", "two", "three", "four", "five"]));
    let names: Vec<&Value> = get["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["page", "size", "sort", "label"]);
    assert_eq!(
        get["responses"],
        json!({"200": {"description": "All of them.", "x-note": "new"}, "404": {"description": "None."}})
    );
    assert_eq!(
        root["paths"]["/things"]["post"]["operationId"],
        "things_create"
    );
}

#[test]
fn an_update_of_an_array_is_one_more_item() {
    let root = apply(
        "
  - target: $.paths['/things'].get.parameters
    description: One more.
    update: {name: label, in: query, schema: {type: string}}
",
    )
    .unwrap();
    let parameters = root["paths"]["/things"]["get"]["parameters"]
        .as_array()
        .unwrap();
    assert_eq!(parameters.len(), 4);
    assert_eq!(parameters[3]["name"], "label");
}

#[test]
fn every_match_is_updated_and_actions_run_in_order() {
    let root = apply(
        "
  - target: $.paths.*[?@.operationId]
    description: All of them.
    update: {deprecated: true, summary: First}
  - target: $.paths['/things'].post
    description: The last word.
    update: {summary: Second}
",
    )
    .unwrap();
    let things = &root["paths"]["/things"];
    assert_eq!(things["get"]["deprecated"], true);
    assert_eq!(things["get"]["summary"], "First");
    assert_eq!(things["post"]["deprecated"], true);
    assert_eq!(things["post"]["summary"], "Second");
}

#[test]
fn what_is_removed_leaves_the_rest_in_order() {
    let root = apply(
        "
  - target: $.paths['/things'].get.tags[0, 2]
    description: Two of four.
    remove: true
  - target: $.paths['/things'].get.parameters[?@.name == 'page' || @.name == 'size']
    description: Two neighbours.
    remove: true
  - target: $.paths['/things'].post
    description: A whole operation.
    remove: true
",
    )
    .unwrap();
    let get = &root["paths"]["/things"]["get"];
    assert_eq!(get["tags"], json!(["two", "four"]));
    let names: Vec<&Value> = get["parameters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["name"])
        .collect();
    assert_eq!(names, ["sort"]);
    let methods: Vec<&String> = root["paths"]["/things"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(methods, ["get"]);
}

#[test]
fn ten_items_and_more_are_removed_from_the_end() {
    let mut document = parse_document("openapi.yaml", DOCUMENT).unwrap();
    let numbers: Vec<usize> = (0..12).collect();
    document.root["info"]["x-numbers"] = json!(numbers);
    let text = overlay(
        "
  - target: $.info['x-numbers'][?@ == 2 || @ == 9 || @ == 10]
    description: Three of twelve.
    remove: true
",
    );
    apply_overlay(&mut document, "overlay.yaml", &text).unwrap();
    assert_eq!(
        document.root["info"]["x-numbers"],
        json!([0, 1, 3, 4, 5, 6, 7, 8, 11])
    );
}

#[test]
fn an_action_that_matches_nothing_is_refused() {
    assert_eq!(
        refused(
            "  - {target: \"$.paths['/thing'].get\", description: Why., update: {deprecated: true}}"
        ),
        "overlay.yaml at /actions/0: `$.paths['/thing'].get` matches nothing in openapi.yaml; the document \
         has changed: correct the target, or drop the action if it is no longer needed"
    );
}

#[test]
fn a_later_action_is_named_by_its_place() {
    let actions = "
  - {target: $.info, description: Why., update: {x-note: new}}
  - {target: $.nothing, description: Why., remove: true}
";
    assert!(
        refused(actions).starts_with("overlay.yaml at /actions/1: `$.nothing` matches nothing")
    );
}

#[test]
fn an_action_without_a_reason_is_refused() {
    let wanted = "overlay.yaml at /actions/0: the action on `$.info` gives no reason; \
                  say in `description` why it is needed";
    assert_eq!(
        refused("  - {target: $.info, update: {x-note: new}}"),
        wanted
    );
    assert_eq!(
        refused("  - {target: $.info, description: ' ', update: {x-note: new}}"),
        wanted
    );
}

#[test]
fn an_action_does_one_thing() {
    let wanted = "overlay.yaml at /actions/0: the action on `$.info` must either update or remove; \
                  give `update: …` or `remove: true`";
    let both = "  - {target: $.info, description: Why., update: {x-note: new}, remove: true}";
    assert_eq!(refused(both), wanted);
    assert_eq!(refused("  - {target: $.info, description: Why.}"), wanted);
    assert_eq!(
        refused("  - {target: $.info, description: Why., remove: false}"),
        wanted
    );
}

#[test]
fn the_whole_document_cannot_be_removed() {
    assert_eq!(
        refused("  - {target: $, description: Why., remove: true}"),
        "overlay.yaml at /actions/0: `$` would remove the whole document; name the part to remove"
    );
}

#[test]
fn a_target_is_a_json_path() {
    let told = refused("  - {target: 'paths./things', description: Why., remove: true}");
    assert!(
        told.starts_with("overlay.yaml at /actions/0: `paths./things` is not a JSONPath: "),
        "{told}"
    );
    assert!(
        told.ends_with("; write the target as RFC 9535 has it"),
        "{told}"
    );
    assert!(!told.contains('\n'), "{told}");
}

#[test]
fn what_is_no_overlay_is_refused() {
    let help = "; give `overlay: 1.0.0`, `info` and a list of `actions`, each with `target`, `description` \
                and `update` or `remove: true`";
    let told = |text: &str| apply_text(text).unwrap_err();
    assert_eq!(
        told(DOCUMENT),
        format!(
            "overlay.yaml: this is not an overlay: unknown field `openapi`, expected one of `overlay`, \
             `info`, `extends`, `actions`{help}"
        )
    );
    assert_eq!(
        told("overlay: 1.0.0\ninfo: {}\n"),
        format!("overlay.yaml: this is not an overlay: missing field `actions`{help}")
    );
    assert_eq!(
        refused("  - {target: $.info, reason: Why., remove: true}"),
        format!(
            "overlay.yaml: this is not an overlay: unknown field `reason`, expected one of `target`, \
             `description`, `update`, `remove`{help}"
        )
    );
    assert_eq!(
        told("- overlay: 1.0.0\n"),
        "overlay.yaml: the top of the document is not a mapping; give a document with named fields, \
         such as `openapi`, `info` and `paths`"
    );
}

#[test]
fn another_version_is_refused() {
    let told = apply_text("overlay: 2.0.0\ninfo: {}\nactions: []\n").unwrap_err();
    assert_eq!(
        told,
        "overlay.yaml at /overlay: this is Overlay 2.0.0; write it as Overlay 1.0.0"
    );
}

#[test]
fn what_the_overlay_breaks_is_named_where_it_breaks() {
    let actions = "  - {target: \"$.paths['/things'].post\", description: Why., update: {operationId: things_list}}";
    assert_eq!(
        refused(actions),
        "openapi.yaml at /paths/~1things/post (operation things_list): the operation id `things_list` is used by \
         /paths/~1things/get already; give one of the two another operationId"
    );
    let actions = "
  - target: $.paths['/things'].get.parameters
    description: Why.
    update: {$ref: '#/components/parameters/label'}
";
    assert_eq!(
        refused(actions),
        "openapi.yaml at /paths/~1things/get/parameters/3 (operation things_list): the reference \
         `#/components/parameters/label` leads nowhere; add what it names, or correct the reference"
    );
}
