//! `cargo xtask regenerate` and `spec-diff` as a person runs them, on copies of spec/.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use tempfile::TempDir;
use toml_edit::{Array, DocumentMut, value};

mod common;

use common::{complaint, copy, root, said, snapshot, xtask};

/// A copy of spec/ and the files generated from it.
struct Tree {
    folder: TempDir,
}

impl Tree {
    /// What the first run writes, made once for all tests.
    fn new() -> Self {
        static FIRST: OnceLock<Tree> = OnceLock::new();
        let first = FIRST.get_or_init(|| {
            let tree = Self {
                folder: tempfile::tempdir().unwrap(),
            };
            copy(&root().join("spec"), &tree.spec());
            tree.narrow();
            let output = tree.regenerate(&[]);
            assert!(output.status.success(), "{output:?}");
            assert!(said(&output).contains(" 0 unchanged"), "{}", said(&output));
            tree
        });
        let tree = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        copy(first.folder.path(), tree.folder.path());
        tree
    }

    fn spec(&self) -> PathBuf {
        self.folder.path().join("spec")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn document(&self) -> PathBuf {
        self.spec().join("digitalocean/upstream.json")
    }

    /// Leaves the operations alone that the tests look at, of the provider whose document they change by hand: its
    /// checksum is there to notice that.
    fn narrow(&self) {
        let list = self.spec().join("sources.toml");
        let mut sources: DocumentMut = fs::read_to_string(&list).unwrap().parse().unwrap();
        sources.retain(|name, _| name == "digitalocean");
        let ours = sources["digitalocean"].as_table_mut().unwrap();
        ours.remove("sha256").unwrap();
        let wanted = ["actions_list", "nfs_create", "nfs_get", "nfs_list"];
        ours["operations"] = value(Array::from_iter(wanted));
        fs::write(&list, sources.to_string()).unwrap();
        let overlay = self.document().with_file_name("overlay.yaml");
        let kinds = "  - target: $.info['x-snapline-kinds']
    description: What snapshots are taken of has more operations.
    remove: true
";
        fs::write(&overlay, fs::read_to_string(&overlay).unwrap() + kinds).unwrap();
    }

    fn regenerate(&self, more: &[&str]) -> Output {
        let (spec, out) = (self.spec(), self.out());
        let mut arguments = vec![
            "regenerate",
            "--spec",
            spec.to_str().unwrap(),
            "--out",
            out.to_str().unwrap(),
        ];
        arguments.extend(more);
        xtask(&arguments)
    }

    /// Puts something else into the document.
    fn edit(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.document()).unwrap();
        assert!(text.contains(from), "the document no longer has {from:?}");
        fs::write(self.document(), text.replace(from, to)).unwrap();
    }

    /// A run that must fail and leave everything as it is.
    fn refused(&self, more: &[&str]) -> String {
        let before = snapshot(&self.out());
        let output = self.regenerate(more);
        let told = complaint(&output);
        assert!(snapshot(&self.out()) == before, "files changed: {told}");
        told
    }
}

/// The paths that a check lists under a word.
fn listed(output: &Output, word: &str) -> Vec<String> {
    let text = said(output);
    let lines = text.lines().filter_map(|line| line.strip_prefix(word));
    lines.map(|path| path.trim().to_owned()).collect()
}

#[test]
fn the_first_run_writes_all_and_the_second_nothing() {
    let tree = Tree::new();
    let before = snapshot(&tree.out());
    assert!(before.contains_key(Path::new("crates/digitalocean/src/generated/client.rs")));
    assert!(before.contains_key(Path::new("spec/digitalocean/normalised.json")));
    let output = tree.regenerate(&[]);
    assert!(output.status.success());
    let last = said(&output).lines().last().unwrap().to_owned();
    assert_eq!(
        last,
        format!(
            "{0} generated files: 0 written, 0 removed, {0} unchanged",
            before.len()
        )
    );
    assert!(snapshot(&tree.out()) == before);
    let output = tree.regenerate(&["--check"]);
    assert!(output.status.success());
    let last = said(&output).lines().last().unwrap().to_owned();
    assert_eq!(
        last,
        format!("{} generated files are as the documents say", before.len())
    );
}

#[test]
fn check_lists_what_is_missing_stale_and_orphaned() {
    let tree = Tree::new();
    let good = snapshot(&tree.out());
    let at = |path: &str| tree.out().join(path);
    fs::remove_file(at("crates/digitalocean/src/generated/enums.rs")).unwrap();
    let stale = "crates/digitalocean/src/generated/operations.rs";
    let text = fs::read_to_string(at(stale)).unwrap();
    fs::write(at(stale), text.replace(" idempotent;", ";")).unwrap();
    // One lies where only generated files do, the other says that it is one.
    fs::write(
        at("crates/digitalocean/src/generated/left_over.rs"),
        "fn old() {}\n",
    )
    .unwrap();
    let banner = text.lines().next().unwrap();
    fs::write(
        at("crates/elsewhere.rs"),
        format!("{banner}\n\nfn old() {{}}\n"),
    )
    .unwrap();
    fs::write(at("crates/by_hand.rs"), "fn mine() {}\n").unwrap();
    // A folder by the name of one with generated files is not yet one.
    fs::create_dir_all(at("crates/cases")).unwrap();
    fs::write(at("crates/cases/by_hand.rs"), "fn mine() {}\n").unwrap();
    fs::write(at("tests/conformance/cases/left_over.json"), "[]\n").unwrap();

    let told = tree.refused(&["--check"]);
    assert_eq!(
        told,
        "error: 5 generated files are not as the documents say; run `cargo xtask regenerate`"
    );
    let output = tree.regenerate(&["--check"]);
    assert_eq!(
        listed(&output, "missing: "),
        ["crates/digitalocean/src/generated/enums.rs"]
    );
    assert_eq!(listed(&output, "stale: "), [stale]);
    assert_eq!(
        listed(&output, "orphaned: "),
        [
            "crates/digitalocean/src/generated/left_over.rs",
            "crates/elsewhere.rs",
            "tests/conformance/cases/left_over.json"
        ]
    );
    assert!(
        said(&output).contains("-    ACTIONS_LIST = GET \"/v2/actions\" as \"actions_list\";")
            && said(&output).contains(
                "+    ACTIONS_LIST = GET \"/v2/actions\" as \"actions_list\" idempotent;"
            )
    );

    assert!(tree.regenerate(&[]).status.success());
    let mut mended = snapshot(&tree.out());
    for mine in ["crates/by_hand.rs", "crates/cases/by_hand.rs"] {
        assert!(mended.remove(Path::new(mine)).is_some(), "{mine} is gone");
    }
    assert!(mended == good);
}

#[test]
fn a_bad_document_changes_nothing() {
    let tree = Tree::new();
    // Were the run to go on, it would write these two.
    fs::remove_file(
        tree.out()
            .join("crates/digitalocean/src/generated/enums.rs"),
    )
    .unwrap();
    fs::write(
        tree.out()
            .join("crates/digitalocean/src/generated/left_over.rs"),
        "fn old() {}\n",
    )
    .unwrap();
    let document = tree.document().display().to_string();
    let good = fs::read_to_string(tree.document()).unwrap();
    tree.edit(
        r#""operationId": "nfs_get""#,
        r#""operationId": "nfs_list""#,
    );
    let told = tree.refused(&[]);
    assert!(
        told.starts_with(&format!("error: {document} at /paths/~1v2~1nfs")),
        "{told}"
    );
    assert!(
        told.contains("(operation nfs_list): the operation id `nfs_list` is used by "),
        "{told}"
    );
    fs::write(tree.document(), "{\"openapi\": \"3.0.3\",\n oops}").unwrap();
    let told = tree.refused(&[]);
    assert!(
        told.starts_with(&format!("error: {document}: this is not JSON: ")),
        "{told}"
    );
    assert!(told.contains("line 2"), "{told}");
    fs::write(tree.document(), b"openapi: \xff\xfe").unwrap();
    assert_eq!(
        tree.refused(&[]),
        format!("error: {document} is not UTF-8; save it as UTF-8")
    );
    fs::write(tree.document(), good).unwrap();
    assert!(tree.regenerate(&[]).status.success());
}

#[test]
fn a_place_that_cannot_be_written_changes_nothing() {
    let tree = Tree::new();
    fs::remove_file(
        tree.out()
            .join("crates/digitalocean/src/generated/client.rs"),
    )
    .unwrap();
    // A folder where a file should be, and a file where a folder should be.
    let file = tree
        .out()
        .join("crates/digitalocean/src/generated/enums.rs");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    let told = tree.refused(&[]);
    assert!(
        told.starts_with(&format!("error: {} cannot be ", file.display())),
        "{told}"
    );
    assert!(
        told.ends_with("check the path and its permissions"),
        "{told}"
    );
    fs::remove_dir(&file).unwrap();
    let folder = tree
        .out()
        .join("crates/digitalocean/src/generated/resources");
    fs::remove_dir_all(&folder).unwrap();
    fs::write(&folder, "in the way").unwrap();
    let told = tree.refused(&[]);
    assert!(
        told.contains("crates/digitalocean/src/generated/resources"),
        "{told}"
    );
    fs::remove_file(&folder).unwrap();
    assert!(tree.regenerate(&[]).status.success());
}

#[test]
fn a_changed_value_is_carried_into_every_language() {
    let tree = Tree::new();
    tree.edit("ALL_SQUASH", "EVERY_SQUASH");
    let words = tree.document().with_file_name("words.yaml");
    let text = fs::read_to_string(&words).unwrap();
    fs::write(&words, text.replace("ALL_SQUASH", "EVERY_SQUASH")).unwrap();
    let told = tree.refused(&[]);
    assert!(
        told.contains("SNAPLINE_DO_NfsSquashConfig_ALL_SQUASH is gone"),
        "{told}"
    );
    // As it says: nothing was released yet that has it.
    let abi = tree.out().join("bindings/c/abi.txt");
    let without: Vec<String> = fs::read_to_string(&abi)
        .unwrap()
        .lines()
        .filter(|line| !line.contains("Config_ALL_SQUASH"))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(&abi, without.concat()).unwrap();
    let before = snapshot(&tree.out());
    let output = tree.regenerate(&["--check"]);
    let told = complaint(&output);
    assert!(told.ends_with("run `cargo xtask regenerate`"), "{told}");
    assert!(snapshot(&tree.out()) == before);
    let stale = listed(&output, "stale: ");
    assert!(tree.regenerate(&[]).status.success());
    let after = snapshot(&tree.out());
    for (path, bytes) in &after {
        let listed = stale.iter().any(|stale| Path::new(stale) == path);
        assert_eq!(
            listed,
            before.get(path) != Some(bytes),
            "{}",
            path.display()
        );
        let text = String::from_utf8_lossy(bytes);
        assert!(
            !text.contains("\"ALL_SQUASH\""),
            "{} still has the old value",
            path.display()
        );
    }
    // The document that progenitor is given, Rust, the stubs of Python, the header of C, the cases.
    for end in [
        "normalised.json",
        "enums.rs",
        ".pyi",
        "enums.h",
        "-nfs.json",
    ] {
        let carried = stale.iter().filter(|path| path.ends_with(end));
        let carried = carried.filter(|path| {
            String::from_utf8_lossy(&after[Path::new(path)])
                .to_uppercase()
                .contains("EVERY_SQUASH")
        });
        assert!(
            carried.count() > 0,
            "no {end} carries the new value; stale are {stale:?}"
        );
    }
}

#[test]
fn a_document_differs_from_itself_in_nothing() {
    let ours = root().join("spec/digitalocean/upstream.json");
    let ours = ours.to_str().unwrap();
    let output = xtask(&["spec-diff", ours, ours]);
    assert!(output.status.success());
    assert!(
        said(&output).starts_with("no difference in "),
        "{}",
        said(&output)
    );
}

#[test]
fn a_difference_is_named_by_its_pointer() {
    let tree = Tree::new();
    let ours = root().join("spec/digitalocean/upstream.json");
    tree.edit(
        r#""operationId": "snapshots_get""#,
        r#""operationId": "snapshots_fetch""#,
    );
    let output = xtask(&[
        "spec-diff",
        ours.to_str().unwrap(),
        tree.document().to_str().unwrap(),
    ]);
    let told = complaint(&output);
    assert!(told.starts_with("error: 1 differences between "), "{told}");
    assert!(
        said(&output).contains("/paths/~1v2~1snapshots~1{snapshot_id}/get/operationId"),
        "{}",
        said(&output)
    );
}

#[test]
fn paths_that_lead_nowhere_get_one_line() {
    let nowhere = ["/nowhere/at/all", ".", "\u{1F600}/\u{1F600}"];
    for path in nowhere {
        let told = complaint(&xtask(&["regenerate", "--spec", path, "--check"]));
        assert!(told.contains("sources.toml cannot be read: "), "{told}");
        let told = complaint(&xtask(&["spec-diff", path, path]));
        assert!(told.contains(" cannot be read: "), "{told}");
    }
    let tree = Tree::new();
    fs::remove_file(tree.spec().join("digitalocean/overlay.yaml")).unwrap();
    assert!(tree.refused(&[]).contains("overlay.yaml cannot be read: "));
    fs::write(
        tree.spec().join("sources.toml"),
        "[digitalocean]\noperations = 3\n",
    )
    .unwrap();
    let told = tree.refused(&[]);
    assert!(
        told.contains("sources.toml: invalid type: integer `3`, expected a sequence"),
        "{told}"
    );
    let file = tree.document();
    let told = complaint(&xtask(&[
        "regenerate",
        "--out",
        file.to_str().unwrap(),
        "--check",
    ]));
    assert!(told.contains(" cannot be "), "{told}");
}
