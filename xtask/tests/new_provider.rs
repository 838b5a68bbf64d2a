//! `cargo xtask new-provider` as a person runs it, on a tree that has what it writes into.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;
#[path = "../../codegen/tests/common/mod.rs"]
mod generator;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use common::{complaint, root, said, snapshot, xtask};
use generator::golden;
use serde_json::Value;
use tempfile::TempDir;

/// What the command reads of a checkout and writes into.
const FILES: [&str; 10] = [
    "Cargo.toml",
    "bindings/c/Cargo.toml",
    "bindings/cli/Cargo.toml",
    "bindings/c/abi.txt",
    "bindings/python/Cargo.toml",
    "bindings/python/python/snapline/__init__.py",
    "crates/mock/Cargo.toml",
    "crates/snapline/Cargo.toml",
    "docs/surroundings.md",
    "tests/fuzz/Cargo.toml",
];

/// A checkout without providers but with their list.
struct Checkout {
    folder: TempDir,
}

impl Checkout {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for file in FILES {
            let to = folder.path().join(file);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(root().join(file), to).unwrap();
        }
        let checkout = Self { folder };
        checkout.put("spec/sources.toml", "# The list.\n");
        checkout
    }

    fn at(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn put(&self, file: &str, text: &str) {
        fs::create_dir_all(self.at(file).parent().unwrap()).unwrap();
        fs::write(self.at(file), text).unwrap();
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.at(file)).unwrap()
    }

    fn begin(&self, name: &str, from: &Path, more: &[&str]) -> Output {
        let out = self.folder.path().to_str().unwrap();
        let from = from.to_str().unwrap();
        let mut arguments = vec!["new-provider", name, "--from", from, "--out", out];
        arguments.extend(more);
        xtask(&arguments)
    }

    /// Generates beside the checkout, so that what is by hand of the others is not missed.
    fn regenerate(&self) -> Output {
        let (spec, made) = (self.at("spec"), self.at("made"));
        let (spec, made) = (spec.to_str().unwrap(), made.to_str().unwrap());
        xtask(&["regenerate", "--spec", spec, "--out", made])
    }

    /// The lines that a file has more than the repository's.
    fn added(&self, file: &str) -> String {
        let before = fs::read_to_string(root().join(file)).unwrap();
        let after = self.read(file);
        let diff = similar::TextDiff::from_lines(&before, &after);
        let changes = diff.iter_all_changes();
        let changes = changes.filter(|change| change.tag() != similar::ChangeTag::Equal);
        changes
            .map(|change| format!("{}{}", change.tag(), change.value()))
            .collect()
    }
}

fn kettles() -> PathBuf {
    root().join("xtask/tests/new_provider/kettles.yaml")
}

#[test]
fn everything_that_a_provider_needs_is_written() {
    let checkout = Checkout::new();
    let output = checkout.begin("kettles", &kettles(), &["--select", "tag=Kettles"]);
    assert!(output.status.success(), "{output:?}");
    golden(
        "new_provider/overlay.yaml",
        &checkout.read("spec/kettles/overlay.yaml"),
    );
    golden(
        "new_provider/words.yaml",
        &checkout.read("spec/kettles/words.yaml"),
    );
    let mut written = String::new();
    for file in [
        "crates/kettles/Cargo.toml",
        "crates/kettles/README.md",
        "crates/kettles/src/lib.rs",
        "crates/mock/src/kettles/mod.rs",
        "tests/referees/kettles.toml",
    ] {
        written.push_str(&format!("==== {file}\n{}", checkout.read(file)));
    }
    golden("new_provider/written.txt", &written);
    let list = checkout.read("spec/sources.toml");
    assert!(list.starts_with("# The list.\n\n[kettles]\n"), "{list}");
    assert!(
        list.ends_with(
            "operations = [{ tag = \"Kettles\", except = [\"kettles_whistle_get\"] }]\n"
        ),
        "{list}"
    );
    let mut added = String::new();
    for file in [
        "Cargo.toml",
        "bindings/c/Cargo.toml",
        "bindings/cli/Cargo.toml",
        "bindings/python/Cargo.toml",
        "crates/mock/Cargo.toml",
        "crates/snapline/Cargo.toml",
        "tests/fuzz/Cargo.toml",
        "docs/surroundings.md",
    ] {
        added.push_str(&format!("==== {file}\n{}", checkout.added(file)));
    }
    // What other providers there are is no matter of this test.
    for gone in [
        "-all = [",
        "-default = [",
        "+all = [",
        "+default = [",
        "+members = [",
        "+| `SNAPLINE_",
    ] {
        assert!(added.contains(&format!("\n{gone}")), "{gone} in {added}");
    }
    for line in [
        "+snapline-kettles = { path = \"crates/kettles\", version = \"0.1.0\" }",
        "+[profile.release.package.snapline-kettles]",
        "+# The Kettles client.",
        "+kettles = [\"dep:snapline-kettles\"]",
        "+snapline-kettles = { workspace = true, optional = true }",
        "+# Stands in for Kettles, without a state.",
        "+kettles = []",
        "+snapline-kettles = { path = \"../../crates/kettles\" }",
        "+| `KETTLES_TOKEN` | the token of Kettles | | an error that names it | refused if it holds a control character |",
    ] {
        assert!(added.contains(&format!("\n{line}\n")), "{line} in {added}");
    }
    // A comment that was there is there still.
    assert!(!added.contains("\n-#"), "{added}");
}

#[test]
fn what_is_written_is_generated_at_once() {
    let checkout = Checkout::new();
    let output = checkout.begin("kettles", &kettles(), &[]);
    assert!(output.status.success(), "{output:?}");
    let output = checkout.regenerate();
    assert!(output.status.success(), "{output:?}");
    let calls = checkout.read("made/crates/kettles/src/generated/resources/kettles.rs");
    for call in ["fn boil", "fn wait_until_ready", "fn wait_until_deleted"] {
        assert!(calls.contains(call), "{call} in {calls}");
    }
    assert!(
        checkout
            .at("made/tests/conformance/cases/kettles-kettles.json")
            .exists()
    );
    assert_eq!(
        checkout.read("spec/sources.toml").lines().last(),
        Some("operations = [{ path = \"/**\", except = [\"kettles_whistle_get\"] }]")
    );
}

#[test]
fn what_was_guessed_is_told() {
    let checkout = Checkout::new();
    let said = said(&checkout.begin("kettles", &kettles(), &[]));
    for told in [
        "read 1 files from ",
        "--> refused: spec/kettles/upstream.json at /paths/~1kettles~1{id}~1whistle/get/responses/200 (operation \
         kettles_whistle_get): a success of type `text/event-stream` is not supported; it is left out by `except` in \
         spec/sources.toml; to have it, ",
        "--> unknown state: spec/kettles/upstream.json at /paths/~1kettles~1{id}/get/x-snapline-waiters/0 (operation \
         kettles_get): no list of `wait_until_ready` has the states `odd`, ",
        "--> guess: spec/kettles/overlay.yaml at /actions/",
        "(operation kettles_create): upstream takes this call without credentials, and here it is sent with the token; ",
        "(operation kettles_list): pages go by `page` and `page_size`, ",
        "`secret` is taken for a secret; drop this if it is none",
        " places have no words yet",
        "written: spec/kettles/overlay.yaml\n",
        "cargo xtask regenerate ",
    ] {
        assert!(said.contains(told), "{told}\nin {said}");
    }
    assert!(!said.contains("--> error"), "{said}");
    let other = Checkout::new();
    let output = other.begin("kettles", &kettles(), &["--json"]);
    let told: Value = serde_json::from_str(&common::said(&output)).unwrap();
    assert_eq!(told["provider"], "kettles");
    assert_eq!(told["written"], true);
    assert_eq!(told["findings"][0]["kind"], "refused");
}

#[test]
fn options_say_what_would_else_be_guessed() {
    let checkout = Checkout::new();
    let more = [
        "--prefix",
        "kx",
        "--client",
        "KettleWorks",
        "--words",
        "keep",
        "--select",
        "kettles_list",
        "--select",
        "path=/lids",
    ];
    let output = checkout.begin("kettles", &kettles(), &more);
    assert!(output.status.success(), "{output:?}");
    let overlay = checkout.read("spec/kettles/overlay.yaml");
    assert!(
        overlay.contains("        prefix: kx\n        client: KettleWorks\n"),
        "{overlay}"
    );
    assert!(
        checkout
            .read("spec/kettles/upstream.json")
            .contains("Theirs")
    );
    let list = checkout.read("spec/sources.toml");
    assert!(
        list.ends_with("words = \"keep\"\noperations = [\n    \"kettles_list\",\n    { path = \"/lids\" },\n]\n"),
        "{list}"
    );
    let output = checkout.regenerate();
    assert!(output.status.success(), "{output:?}");
    // What another has is neither taken nor guessed, whether that one is generated or only begun.
    let told = complaint(&checkout.begin("kegs", &kettles(), &["--prefix", "kx"]));
    assert!(told.contains("give another `--prefix`"), "{told}");
    let normalised = checkout.read("made/spec/kettles/normalised.json");
    checkout.put("spec/kettles/normalised.json", &normalised);
    let told = complaint(&checkout.begin("kegs", &kettles(), &["--prefix", "kx"]));
    assert!(told.contains("give another `--prefix`"), "{told}");
    let told = complaint(&checkout.begin("kegs", &kettles(), &["--client", "KettleWorks"]));
    assert!(
        told.contains("give the client another name by `--client`"),
        "{told}"
    );
}

#[test]
fn a_document_that_is_refused_is_written_with_its_error() {
    let checkout = Checkout::new();
    let document = checkout.at("kettles.yaml");
    let text = fs::read_to_string(kettles()).unwrap();
    let text = text.replace("secret: {type: string}", "secret: {type: text}");
    fs::write(&document, text).unwrap();
    // What one schema is refused for costs the operations that use it, but those that are asked for by their ids.
    let place = "spec/kettles/upstream.json at /components/schemas/kettle/properties/secret/type";
    let what = "the type `text` is not supported, in what ";
    let output = checkout.begin("kettles", &document, &["--select", "kettles_get"]);
    assert!(output.status.success(), "{output:?}");
    let told = said(&output);
    assert!(
        told.contains(&format!(
            "--> error: {place}: the type `text` is not supported; "
        )),
        "{told}"
    );
    assert!(
        told.contains("`cargo xtask regenerate` refuses the document yet"),
        "{told}"
    );
    let told = complaint(&checkout.regenerate());
    assert!(told.contains(place), "{told}");
    let checkout = Checkout::new();
    let told = said(&checkout.begin("kettles", &document, &[]));
    assert!(
        told.contains(&format!(
            "--> refused: {place}: {what}`kettles_list`, `kettles_create`, `kettles_get` takes or gives; it is left out"
        )),
        "{told}"
    );
    let output = checkout.regenerate();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn nothing_is_written_where_something_cannot_be() {
    let checkout = Checkout::new();
    let before = snapshot(checkout.folder.path());
    let output = checkout.begin("kettles", &kettles(), &["--dry-run"]);
    assert!(
        said(&output).ends_with("nothing was written\n"),
        "{output:?}"
    );
    assert_eq!(snapshot(checkout.folder.path()), before);
    // The folder of the mock's sources is a file: what was made before it goes again, folders too.
    checkout.put("crates/mock/src", "");
    let before = snapshot(checkout.folder.path());
    let told = complaint(&checkout.begin("kettles", &kettles(), &[]));
    assert!(told.contains("crates/mock/src/kettles"), "{told}");
    assert_eq!(snapshot(checkout.folder.path()), before);
    assert!(!checkout.at("spec/kettles").exists() && !checkout.at("crates/kettles").exists());
    fs::remove_file(checkout.at("crates/mock/src")).unwrap();
    for (file, wanted) in [
        (
            "docs/surroundings.md",
            "docs/surroundings.md has no row of the base URL's variables",
        ),
        (
            "tests/fuzz/Cargo.toml",
            "tests/fuzz/Cargo.toml has another form than a new provider is written into",
        ),
    ] {
        let checkout = Checkout::new();
        checkout.put(file, "");
        let before = snapshot(checkout.folder.path());
        let told = complaint(&checkout.begin("kettles", &kettles(), &[]));
        assert!(told.contains(wanted), "{told}");
        assert_eq!(snapshot(checkout.folder.path()), before);
    }
}

#[test]
fn what_cannot_be_is_one_error() {
    let checkout = Checkout::new();
    checkout.put("spec/sources.toml", "[pots]\n");
    checkout.put("crates/lids/old.rs", "");
    checkout.put(
        "4.0.yaml",
        "openapi: 4.0.0\ninfo: {title: a, version: '1'}\npaths: {}\n",
    );
    checkout.put("bad.yaml", "openapi: [\n");
    checkout.put("swagger.yaml", "swagger: '2.0'\n");
    let before = snapshot(checkout.folder.path());
    let good = kettles();
    for (name, from, more, wanted) in [
        (
            "Kettles",
            good.clone(),
            &[][..],
            "`Kettles` cannot name a provider; give a word of lower-case letters",
        ),
        ("ket-tles", good.clone(), &[], "cannot name a provider"),
        ("1kettle", good.clone(), &[], "cannot name a provider"),
        (
            "class",
            good.clone(),
            &[],
            "`class` cannot name a provider: it is a word of a language or a name of ours",
        ),
        (
            "pots",
            good.clone(),
            &[],
            "`cargo xtask update-spec pots` takes its newest document in",
        ),
        ("lids", good.clone(), &[], "crates/lids is there already"),
        (
            "kettles",
            good.clone(),
            &["--prefix", "K"],
            "`K` cannot be a prefix",
        ),
        (
            "kettles",
            good.clone(),
            &["--prefix", "error"],
            "names in C begin with `snapline_error_` already",
        ),
        (
            "kettles",
            good.clone(),
            &["--client", "kettles"],
            "`kettles` cannot name a client",
        ),
        (
            "kettles",
            good.clone(),
            &["--client", "Page"],
            "there is a `Page` already",
        ),
        (
            "kettles",
            good.clone(),
            &["--select", "tag=Pots"],
            "all operations of the tag `Pots` is asked for, but not in the document; correct `--select`",
        ),
        (
            "kettles",
            good.clone(),
            &["--select", "pots_list"],
            "the operation `pots_list` is asked for",
        ),
        (
            "kettles",
            checkout.at("none.yaml"),
            &[],
            "none.yaml cannot be read",
        ),
        (
            "kettles",
            checkout.at("bad.yaml"),
            &[],
            "bad.yaml: this is not YAML",
        ),
        (
            "kettles",
            checkout.at("4.0.yaml"),
            &[],
            "this is OpenAPI 4.0.0",
        ),
        (
            "kettles",
            checkout.at("swagger.yaml"),
            &[],
            "this is Swagger, not OpenAPI",
        ),
        (
            "kettles",
            "http://kettles.example/a.yaml".into(),
            &[],
            "documents are read over https alone",
        ),
    ] {
        let told = complaint(&checkout.begin(name, &from, more));
        assert!(told.contains(wanted), "{told}\n  wanted: {wanted}");
        assert_eq!(snapshot(checkout.folder.path()), before, "{wanted}");
    }
}
