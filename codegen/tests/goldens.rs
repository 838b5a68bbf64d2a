//! An invented provider through the whole generator: the methods that come out, and a crate that
//! compiles as it is. No emitter knows a provider, so it must work like any other.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{acme, built, hostile, source, wire, write};
use snapline_codegen::ir::{Api, Param, RequestCall, Returns, WaitCall};
use snapline_codegen::{
    Errors, Feature, FileSet, Generated, Source, generate, generate_with_lock, ir, lower,
};

fn api(source: &Source) -> Result<Api, Errors> {
    ir::build(&lower(source)?)
}

fn signature(params: &[Param]) -> String {
    let one = |param: &Param| {
        let left_out = if param.required { "" } else { "?" };
        let null = if param.nullable { " | null" } else { "" };
        format!("{}{left_out}: {:?}{null}", param.name, param.ty)
    };
    params.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn method_line(path: &str, method: RequestCall<'_>) -> String {
    let returns = match &method.request.returns {
        Returns::Nothing => "nothing".to_owned(),
        Returns::Whole(ty) => format!("{ty:?}"),
        Returns::Field { field, ty, .. } => format!("{ty:?} out of {field}"),
        Returns::Page { item, within, .. } => {
            let field = within.as_ref().map_or("all", |within| &within.field);
            format!("pages of {item:?} out of {field}")
        }
    };
    format!(
        "{path}.{}({}) -> {returns}\n",
        method.name,
        signature(&method.params)
    )
}

fn waiter_line(path: &str, waiter: WaitCall<'_>) -> String {
    format!(
        "{path}.{}({}) -> {}\n",
        waiter.name,
        signature(&waiter.params),
        waiter.wait.model
    )
}

#[test]
fn methods_follow_from_the_document() {
    let api = api(&acme()).unwrap();
    let mut lines = String::new();
    for resource in api.all_resources() {
        let path = resource.path.join(".");
        lines.extend(resource.requests().map(|method| method_line(&path, method)));
        lines.extend(resource.waits().map(|waiter| waiter_line(&path, waiter)));
    }
    assert_eq!(lines, include_str!("acme/methods.txt"));
}

/// Below the build folder, so that a second run finds everything built.
fn workshop() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("goldens")
}

/// The manifest of a provider crate that stands alone, warned of by nothing.
fn manifest(root: &Path, name: &str, features: &[Feature]) -> String {
    let features = features
        .iter()
        .map(|it| format!("{} = {:?}\n", it.name, it.needs));
    format!(
        "{}\n[features]\n{}\n[lints.rust]\nwarnings = \"deny\"\nmissing_docs = \"deny\"\n\n\
         [dev-dependencies]\ntokio.workspace = true\n\n[workspace]\n\n[workspace.dependencies]\n{}\n",
        common::manifest(&format!("snapline-{name}")),
        features.collect::<String>(),
        common::dependencies(root)
    )
}

/// Builds the crate of a provider, with all its features, out of generated files and the few written by hand.
fn compile(name: &str, made: &Generated) {
    build(name, made, &["build", "--lib", "--all-features"]);
}

/// The same, with a command of cargo's that is to succeed.
fn build(name: &str, made: &Generated, command: &[&str]) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = workshop().join(name);
    let _ = fs::remove_dir_all(folder.join("src/generated"));
    write(
        &folder.join("Cargo.toml"),
        &manifest(root, name, &made.features[name]),
    );
    write(
        &folder.join("Cargo.lock"),
        &fs::read_to_string(root.join("Cargo.lock")).unwrap(),
    );
    let text = fs::read_to_string(tests.join("acme/lib.rs")).unwrap();
    write(&folder.join("src/lib.rs"), &text);
    let mut generated = 0;
    let ours = format!("crates/{name}/");
    for (path, text) in made.files.iter() {
        if let Some(path) = path.strip_prefix(&ours) {
            write(&folder.join(path), text);
            generated += 1;
        }
    }
    assert!(generated > 5, "the generator made no crate for {name}");
    let package = format!("snapline-{name}");
    let mut cargo = built::cargo(root, &folder, &[&package], command);
    let output = cargo.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "`cargo {command:?}` of the generated crate `{name}` failed:\n{said}{told}"
    );
}

/// The text of a source file without comments and without its tests.
fn code(text: &str) -> String {
    let lines = text
        .lines()
        .take_while(|line| !line.starts_with("#[cfg(test)]"));
    let lines = lines.map(|line| match line.trim_start().starts_with("//") {
        true => "",
        false => line.split(" // ").next().unwrap_or(line),
    });
    lines.collect::<Vec<_>>().join("\n").to_lowercase()
}

fn sources_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_emitter_names_a_provider() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![
        source.join("cases.rs"),
        source.join("ir.rs"),
        source.join("emit.rs"),
    ];
    for folder in ["emit", "face", "ir", "normalise"] {
        sources_below(&source.join(folder), &mut files);
    }
    assert!(files.len() > 20, "only {} files were found", files.len());
    let mut found = Vec::new();
    for file in files {
        let text = code(&fs::read_to_string(&file).unwrap());
        for name in ["digitalocean", "digital_ocean", "nfs", "droplet", "ovh"] {
            if let Some(line) = text.lines().position(|line| line.contains(name)) {
                found.push(format!("{}:{} names `{name}`", file.display(), line + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_generated_rust_file_parses() {
    let files = generate(&[acme(), hostile()]).unwrap();
    let rust: Vec<(&str, &str)> = files
        .iter()
        .filter(|(path, _)| path.ends_with(".rs"))
        .collect();
    assert!(rust.len() > 10);
    for (path, text) in rust {
        if let Err(error) = syn::parse_file(text) {
            panic!("{path}: {error}");
        }
    }
}

#[test]
fn a_wire_method_builds_its_request_and_sends_nothing() {
    let files = generate(&[acme()]).unwrap();
    let client = common::below(&files, "crates/acme/src/generated/client");
    let methods = client.matches("pub fn ").count();
    assert!(methods > 5, "{methods}");
    assert_eq!(client.matches("Ok(TypedRequest::reads").count(), methods);
    // Where requests go is the runtime's, and parsed once for each client.
    assert_eq!(client.matches("let url = self").count(), methods);
    for gone in [" async ", "baseurl", "ResponseValue", "self.pre("] {
        assert!(!client.contains(gone), "{gone}");
    }
    // progenitor's own, which no service asks for.
    assert!(!client.contains("api-version"));
    // Refusals never come so far.
    assert!(!client.contains("Error::ErrorResponse"));
}

#[test]
fn two_providers_stand_side_by_side() {
    let tiny = source(
        "openapi: 3.0.3\n\
         info: {title: Tiny, version: '1'}\n\
         paths: {/labels: {get: {operationId: labels_list, responses: {'204': {description: Done.}}}}}\n",
    );
    let both = generate(&[acme(), tiny.clone()]).unwrap();
    let alone = [generate(&[acme()]).unwrap(), generate(&[tiny]).unwrap()];
    for (name, files) in ["acme", "tiny"].iter().zip(&alone) {
        let own = files
            .iter()
            .filter(|(path, _)| path.contains(&format!("crates/{name}/")));
        let own: Vec<(&str, &str)> = own.collect();
        assert!(own.len() > 5);
        for (path, text) in own {
            assert_eq!(
                both.get(path),
                Some(text),
                "{path} depends on who stands beside it"
            );
        }
    }
    let index = both
        .get("tests/conformance/rust/src/generated/mod.rs")
        .unwrap();
    assert!(
        index.contains("pub mod acme;") && index.contains("pub mod tiny;"),
        "{index}"
    );
}

#[test]
fn b19_secrets_show_themselves_nowhere() {
    let files = generate(&[acme()]).unwrap();
    let shown = |path: &str, name: &str| {
        let text = common::below(&files, &format!("crates/acme/src/generated/{path}"));
        let start = text.find(&format!("fmt::Debug for {name} {{")).unwrap();
        let whole = text[start..].split_once("\n}\n").unwrap().0;
        assert!(
            whole.contains(r#".field("key", &format_args!("[redacted]"))"#),
            "{whole}"
        );
        assert!(
            !whole.contains("self.key") && !whole.contains("its_key"),
            "{whole}"
        );
        whole.to_owned()
    };
    assert!(shown("types", "Widget").contains(r#".field("owner", &self.owner)"#));
    assert!(shown("types", "WidgetAction").contains(r#".field("reason", its_reason)"#));
    assert!(
        shown("resources/widgets", "WidgetsCreateCall").contains(r#".field("size", &self.size)"#)
    );
    let types = common::below(&files, "crates/acme/src/generated/types");
    assert!(types.contains("check::secret("), "{types}");
    let classes = files
        .get("bindings/python/src/generated/acme/models.rs")
        .unwrap();
    assert_eq!(classes.matches("secret : \"key\"").count(), 1);
}

/// What users of a crate read: its public items, each below its documentation.
fn documentation(files: &FileSet, folder: &str) -> String {
    let mut out = String::new();
    for (path, text) in files.iter() {
        let Some(path) = path.strip_prefix(folder) else {
            continue;
        };
        if !(path.starts_with("resources/") || path == "entry.rs") {
            continue;
        }
        out.push_str(&format!("== {path}\n"));
        let mut said = String::new();
        for line in text.lines().map(str::trim) {
            if let Some(doc) = line.strip_prefix("///") {
                said.push_str(format!("    {}", doc.trim_start()).trim_end());
                said.push('\n');
            } else if line.starts_with("pub ") && !said.is_empty() {
                let item = line.split(['(', '{']).next().unwrap_or(line).trim_end();
                out.push_str(&format!("{item}\n{said}"));
                said.clear();
            } else if !line.starts_with('#') {
                said.clear();
            }
        }
    }
    out
}

#[test]
fn the_documentation_is_as_it_was_read() {
    let files = generate(&[acme()]).unwrap();
    let told = documentation(&files, "crates/acme/src/generated/");
    common::golden("acme/documentation.txt", &told);
}

#[test]
fn the_generated_crate_compiles_as_it_is() {
    compile("acme", &generate_with_lock(&[acme()], None).unwrap());
}

/// A resource's feature compiles what it needs, and without any there is the client alone.
#[test]
fn each_resource_compiles_alone() {
    let made = generate_with_lock(&[acme()], None).unwrap();
    let features = &made.features["acme"];
    let names: Vec<&str> = features.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["widgets", "labels"]);
    for features in [&names[..0], &names[..1], &names[1..]] {
        let features = features.join(",");
        build("acme", &made, &["build", "--lib", "--features", &features]);
    }
    let of = |path: &str| {
        made.files
            .get(&format!("crates/acme/src/generated/{path}.rs"))
    };
    // What one resource alone needs is not compiled for others, and what both need is.
    assert!(of("types/widgets").is_some_and(|text| text.contains("pub struct Widget ")));
    assert!(of("types").is_some_and(|text| text.contains("pub struct Label ")));
}

#[test]
fn o48_a_crate_of_hostile_texts_compiles() {
    compile("hostile", &generate_with_lock(&[hostile()], None).unwrap());
}

#[test]
fn o49_to_o53_requests_and_answers_are_what_the_document_says() {
    let story = include_str!("wire/story.rs");
    write(&workshop().join("wire/tests/story.rs"), story);
    let made = generate_with_lock(&[wire()], None).unwrap();
    build("wire", &made, &["test", "--all-features"]);
}

#[test]
fn o51_cases_expect_lists_as_they_are_sent() {
    let files = generate(&[wire()]).unwrap();
    let case = files
        .iter()
        .filter(|(path, _)| path.ends_with(".json"))
        .filter_map(|(_, text)| serde_json::from_str::<serde_json::Value>(text).ok())
        .flat_map(|file| file.as_array().cloned().unwrap_or_default())
        .find(|case| case["name"] == "wi.things.list.full")
        .unwrap();
    assert_eq!(
        case["exchanges"][0]["request"]["query"],
        serde_json::json!({"ids": "a,b", "sizes": "1|2", "states": "made", "tags": ["red", "blue"], "all": "true"})
    );
}

#[test]
fn a_servers_variables_take_their_defaults() {
    let api = api(&wire()).unwrap();
    assert_eq!(api.provider.server_url, "https://west.wire.example/v1");
}

#[test]
fn o48_sources_read_as_they_are_and_hold_no_tests_of_others() {
    let files = generate(&[hostile()]).unwrap();
    let mut read = 0;
    for (path, text) in files.iter().filter(|(path, _)| !path.ends_with(".json")) {
        let turns =
            |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        let hidden = |c: char| (c.is_control() && c != '\n') || turns(c);
        let found = text.lines().find(|line| line.contains(hidden));
        assert_eq!(found, None, "{path}");
        // What stands in Rust for Python is a docstring, and Rust's documentation is not made of it.
        if path.ends_with(".rs") && !path.starts_with("bindings/python/") {
            // The example of a handle is ours; what a document says stands outside of it.
            let mut ours = false;
            let is_code = |line: &&str| {
                ours = (ours || *line == "/// ```no_run") && *line != "/// ```";
                let fence = line.contains("```") && !matches!(*line, "/// ```no_run" | "/// ```");
                !ours && (fence || line.trim_start().starts_with("///     "))
            };
            assert_eq!(text.lines().find(is_code), None, "{path}");
        }
        read += 1;
    }
    assert!(read > 30, "{read}");
}

#[test]
fn o48_sentences_of_waits_and_bounds_are_whole() {
    let files = generate(&[acme(), hostile()]).unwrap();
    let mut gone = 0;
    for (path, text) in files.iter() {
        assert!(!text.contains(" is , or"), "{path}");
        assert!(
            !text.contains(" 1 characters") && !text.contains(" 1 items"),
            "{path}"
        );
        gone += text.matches("Done when the service answers 404").count();
    }
    // Rust, Python in the extension and in the stubs, and C, of both providers.
    assert!(gone >= 7, "{gone}");
}

#[test]
fn o48_what_a_description_says_ends_before_more_is_said() {
    let doc = |text: &str| {
        let document = format!(
            "openapi: 3.0.3\n\
             info: {{title: Tiny, version: '1'}}\n\
             paths: {{/labels: {{get: {{operationId: labels_list, responses: {{'204': {{description: Done.}}}}, \
             parameters: [{{name: a, in: query, description: {text:?}, schema: {{type: string, minLength: 1}}}}]}}}}}}\n"
        );
        let api = api(&source(&document)).unwrap();
        api.operations[0].parameters[0].doc.clone()
    };
    assert_eq!(doc("Its name"), "Its name.");
    for whole in [
        "Its name.",
        "Is it one?",
        "One (of two.)",
        "One of these:",
        "It is \"it.\"",
    ] {
        assert_eq!(doc(whole), whole);
    }
    // What says nothing is described by its name.
    assert_eq!(doc(""), "A.");
}

#[test]
fn o48_the_tables_of_the_command_line_are_rust() {
    let files = generate(&[acme(), hostile(), wire()]).unwrap();
    let tables = files
        .iter()
        .filter(|(path, _)| path.starts_with("bindings/cli/"));
    let mut read = 0;
    for (path, text) in tables {
        syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let long = text.lines().find(|line| line.chars().count() > 120);
        assert_eq!(long, None, "{path}");
        read += 1;
    }
    assert!(read >= 5, "{read}");
}
