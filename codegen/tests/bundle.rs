//! Bundling: what many files become, and which ones are refused in which words.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use snapline_codegen::bundle::{Files, Unread, bundle};

/// Files in memory, and how often each was read.
struct Tree(BTreeMap<String, (String, usize)>);

impl Files for Tree {
    fn read(&mut self, path: &str) -> Result<String, Unread> {
        let Some((text, times)) = self.0.get_mut(path) else {
            return Err(Unread {
                what: "it is not there".to_owned(),
                help: "check that the tree is complete".to_owned(),
            });
        };
        *times += 1;
        Ok(text.clone())
    }
}

const TOP: &str = "openapi: 3.0.3\ninfo: {title: Tiny, version: '1'}\n";

/// An entry `api.yml` with these paths, and other files.
fn tree(paths: &str, files: &[(&str, &str)]) -> Tree {
    let entry = format!("{TOP}paths:\n{paths}");
    let all = files.iter().copied().chain([("api.yml", entry.as_str())]);
    Tree(
        all.map(|(path, text)| (path.to_owned(), (text.to_owned(), 0)))
            .collect(),
    )
}

fn bundled(paths: &str, files: &[(&str, &str)]) -> Value {
    bundle("api.yml", &mut tree(paths, files)).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(paths: &str, files: &[(&str, &str)]) -> String {
    bundle("api.yml", &mut tree(paths, files))
        .unwrap_err()
        .to_string()
}

fn at<'v>(value: &'v Value, pointer: &str) -> &'v Value {
    value
        .pointer(pointer)
        .unwrap_or_else(|| panic!("nothing at {pointer} in {value:#}"))
}

/// A path whose answer is the schema in a file.
fn answers(path: &str, schema: &str) -> String {
    format!(
        "  {path}: {{get: {{responses: {{'200': {{description: '', content: {{application/json: {{schema: {{$ref: '{schema}'}}}}}}}}}}}}}}\n"
    )
}

const SCHEMA: &str = "/get/responses/200/content/application~1json/schema/$ref";

#[test]
fn operations_come_in_place_and_what_has_a_component_becomes_one() {
    let whole = bundled(
        "  /things:\n    get: {$ref: things/list.yml}\n",
        &[
            (
                "things/list.yml",
                "operationId: list\nparameters: [{$ref: '../shared/parameters.yml#/page'}]\n\
                 responses: {'200': {$ref: answers/things.yml}, '404': {$ref: ../shared/not_found.yml}}\n",
            ),
            (
                "shared/parameters.yml",
                "page: {name: page, in: query, schema: {type: integer}}\n",
            ),
            (
                "things/answers/things.yml",
                "description: ''\nheaders: {x-left: {$ref: '../../shared/headers.yml#/left'}}\n\
                 content: {application/json: {schema: {type: array, items: {$ref: ../models/thing.yml}}, examples: {one: {$ref: ../examples.yml#/one}}}}\n",
            ),
            ("things/examples.yml", "one: {value: [{id: a}]}\n"),
            ("shared/headers.yml", "left: {schema: {type: integer}}\n"),
            ("shared/not_found.yml", "description: ''\n"),
            (
                "things/models/thing.yml",
                "type: object\nproperties:\n  id: {type: string}\n  parts: {type: array, items: {$ref: thing.yml}}\n",
            ),
        ],
    );
    let get = at(&whole, "/paths/~1things/get");
    assert_eq!(get["operationId"], "list");
    assert_eq!(get["parameters"][0]["$ref"], "#/components/parameters/page");
    assert_eq!(
        get["responses"]["200"]["$ref"],
        "#/components/responses/things"
    );
    assert_eq!(
        get["responses"]["404"]["$ref"],
        "#/components/responses/not_found"
    );
    let answer = at(&whole, "/components/responses/things");
    assert_eq!(
        answer["headers"]["x-left"]["$ref"],
        "#/components/headers/left"
    );
    let media = &answer["content"]["application/json"];
    assert_eq!(
        media["schema"]["items"]["$ref"],
        "#/components/schemas/thing"
    );
    assert_eq!(
        media["examples"]["one"]["$ref"],
        "#/components/examples/one"
    );
    // A schema that has itself among its parts.
    let parts = at(
        &whole,
        "/components/schemas/thing/properties/parts/items/$ref",
    );
    assert_eq!(parts, "#/components/schemas/thing");
}

#[test]
fn two_of_one_name_are_one_if_they_are_equal_and_get_a_number_if_not() {
    let paths = answers("/a", "a/thing.yml")
        + &answers("/b", "b/thing.yml")
        + &answers("/c", "c/thing.yml");
    let files = [
        (
            "a/thing.yml",
            "type: object\nproperties: {id: {type: string}}\n",
        ),
        (
            "b/thing.yml",
            "properties: {id: {type: string}}\ntype: object\n",
        ),
        (
            "c/thing.yml",
            "type: object\nproperties: {id: {type: integer}}\n",
        ),
    ];
    let whole = bundled(&paths, &files);
    let name = |path: &str| at(&whole, &format!("/paths/~1{path}{SCHEMA}")).clone();
    assert_eq!(name("a"), "#/components/schemas/thing");
    assert_eq!(name("b"), "#/components/schemas/thing");
    assert_eq!(name("c"), "#/components/schemas/thing-2");
    assert_eq!(
        whole,
        bundled(&paths, &files),
        "the same tree gives the same names"
    );
}

#[test]
fn what_is_met_first_has_the_name_and_parameters_come_before_answers() {
    // The answer stands first in the file, and the parameter keeps its name all the same.
    let whole = bundled(
        "  /a:\n    get:\n      responses: {'200': {description: '', content: {application/json: {schema: {$ref: one/kind.yml}}}}}\n      \
         parameters: [{name: kind, in: query, schema: {$ref: two/kind.yml}}]\n",
        &[
            ("one/kind.yml", "type: object\n"),
            ("two/kind.yml", "type: string\n"),
        ],
    );
    assert_eq!(at(&whole, "/components/schemas/kind/type"), "string");
    assert_eq!(at(&whole, "/components/schemas/kind-2/type"), "object");
}

#[test]
fn the_entrys_own_components_keep_their_names() {
    let paths = answers("/a", "#/components/schemas/Own")
        + &answers("/b", "model.yml")
        + &answers("/c", "other/Own.yml");
    let own = "components: {schemas: {Own: {$ref: model.yml}}}\n";
    let whole = bundled(
        &(paths + own),
        &[
            ("model.yml", "type: object\n"),
            ("other/Own.yml", "type: string\n"),
        ],
    );
    let name = |path: &str| at(&whole, &format!("/paths/~1{path}{SCHEMA}")).clone();
    assert_eq!(name("a"), "#/components/schemas/Own");
    assert_eq!(
        name("b"),
        "#/components/schemas/Own",
        "the same file under the name that the entry gives it"
    );
    assert_eq!(name("c"), "#/components/schemas/Own-2");
    assert_eq!(
        at(&whole, "/components/schemas/Own"),
        &json!({"type": "object"})
    );
}

#[test]
fn discriminators_lead_to_components_by_path_or_by_name() {
    let whole = bundled(
        &answers("/a", "models/any.yml"),
        &[
            (
                "models/any.yml",
                "oneOf: [{$ref: cat.yml}, {$ref: dog.yml}]\ndiscriminator:\n  propertyName: kind\n  mapping: {cat: cat.yml, dog: './dog.yml#', bare: cat}\n",
            ),
            ("models/cat.yml", "type: object\n"),
            ("models/dog.yml", "type: object\nrequired: [kind]\n"),
        ],
    );
    assert_eq!(
        at(&whole, "/components/schemas/any/discriminator/mapping"),
        &json!({"cat": "#/components/schemas/cat", "dog": "#/components/schemas/dog", "bare": "cat"})
    );
}

#[test]
fn a_field_called_like_a_keyword_is_a_field() {
    let whole = bundled(
        &answers("/a", "thing.yml"),
        &[
            (
                "thing.yml",
                "type: object\nproperties:\n  items: {$ref: part.yml}\n  example: {$ref: part.yml}\n  description: {type: string}\nexample: {$ref: nowhere.yml}\n",
            ),
            ("part.yml", "type: string\n"),
        ],
    );
    let thing = at(&whole, "/components/schemas/thing");
    assert_eq!(
        thing["properties"]["items"]["$ref"],
        "#/components/schemas/part"
    );
    assert_eq!(
        thing["properties"]["example"]["$ref"],
        "#/components/schemas/part"
    );
    // An example is data: whatever looks like a reference in it need not be one.
    assert_eq!(thing["example"]["$ref"], "nowhere.yml");
}

#[test]
fn a_file_is_read_once() {
    let paths = answers("/a", "thing.yml")
        + &answers("/b", "thing.yml#/properties/x")
        + &answers("/c", "thing.yml");
    let mut files = tree(
        &paths,
        &[(
            "thing.yml",
            "type: object\nproperties: {x: {type: string}}\n",
        )],
    );
    bundle("api.yml", &mut files).unwrap();
    assert!(
        files.0.values().all(|(_, times)| *times == 1),
        "{:?}",
        files.0
    );
}

#[test]
fn names_are_percent_decoded_and_become_names_of_components() {
    let whole = bundled(
        &answers("/a", "all.yml#/a%20thing~1of"),
        &[("all.yml", "'a thing/of': {type: string}\n")],
    );
    assert_eq!(at(&whole, "/components/schemas/a_thing_of/type"), "string");
}

#[test]
fn a_bad_tree_is_refused_in_one_line_that_names_file_and_place() {
    let schema_at =
        "at /paths/~1a/get/responses/200/content/application~1json/schema: it refers to";
    for (schema, files, wanted) in [
        (
            "gone.yml",
            vec![],
            format!(
                "api.yml {schema_at} gone.yml: it is not there; check that the tree is complete"
            ),
        ),
        (
            "there.yml#/no/such",
            vec![("there.yml", "type: object\n")],
            format!(
                "api.yml {schema_at} there.yml#/no/such, and there is no such place in that file; \
                 correct the fragment, or add what it names"
            ),
        ),
        (
            "../../outside.yml",
            vec![],
            format!(
                "api.yml {schema_at} ../../outside.yml, outside the folder of the document; \
                 name the folder that holds all files by `--root`, if it is part of the document"
            ),
        ),
        (
            "/etc/passwd",
            vec![],
            format!(
                "api.yml {schema_at} /etc/passwd, outside the folder of the document; \
                 name the folder that holds all files by `--root`, if it is part of the document"
            ),
        ),
        (
            "https://example.test/thing.yml",
            vec![],
            format!(
                "api.yml {schema_at} https://example.test/thing.yml, an address of its own; \
                 only files beside the entry are read: fetch that one, and refer to it by its path"
            ),
        ),
        (
            "there.yml#name",
            vec![("there.yml", "type: object\n")],
            "api.yml at /paths/~1a/get/responses/200/content/application~1json/schema: \
             the fragment `#name` is no JSON pointer; write it as `#/…`"
                .to_owned(),
        ),
        (
            "one.yml",
            vec![
                ("one.yml", "$ref: two.yml\n"),
                ("two.yml", "$ref: one.yml\n"),
            ],
            "api.yml at /paths/~1a/get/responses/200/content/application~1json/schema: \
             this reference leads back to itself, and what it names cannot be a component; \
             let one of the files in the circle hold the thing itself"
                .to_owned(),
        ),
        (
            "bad.yml",
            vec![("bad.yml", "type: [object\n")],
            "bad.yml: this is not YAML: ".to_owned(),
        ),
    ] {
        let said = refused(&answers("/a", schema), &files);
        assert!(
            said.starts_with(&wanted),
            "{schema}\n  said:   {said}\n  wanted: {wanted}"
        );
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_circle_of_what_is_put_in_place_ends() {
    let said = refused(
        "  /a: {$ref: one.yml}\n",
        &[
            ("one.yml", "get: {$ref: two.yml}\n"),
            (
                "two.yml",
                "responses: {'200': {description: ''}}\ncallbacks: {done: {'{$url}': {$ref: one.yml}}}\n",
            ),
        ],
    );
    assert!(
        said.contains("this reference leads back to itself"),
        "{said}"
    );
}

#[test]
fn files_that_multiply_each_other_end() {
    // Ten operations by file, each of which has ten callbacks by file, and so on.
    let level = |next: &str| {
        let items: Vec<String> = (0..10)
            .map(|n| format!("'{{$x{n}}}': {{post: {{$ref: {next}}}}}"))
            .collect();
        format!(
            "responses: {{'200': {{description: ''}}}}\ncallbacks: {{all: {{{}}}}}\n",
            items.join(", ")
        )
    };
    let names: Vec<String> = (0..9).map(|n| format!("l{n}.yml")).collect();
    let mut files: Vec<(&str, String)> = names
        .iter()
        .zip(&names[1..])
        .map(|(one, next)| (one.as_str(), level(next)))
        .collect();
    files.push((
        names[8].as_str(),
        "responses: {'200': {description: ''}}\n".to_owned(),
    ));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    let said = refused("  /a: {get: {$ref: l0.yml}}\n", &files);
    assert!(
        said.contains("values once its files are put together"),
        "{said}"
    );
}
