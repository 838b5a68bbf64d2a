//! The same documents give the same bytes, whatever else the process has done.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use common::{acme, source};
use snapline_codegen::{FileSet, generate};

fn files() -> FileSet {
    generate(&[acme()]).unwrap()
}

#[test]
fn two_runs_give_the_same_bytes() {
    let first = files();
    // Something else in between, and on other threads, where hash maps have other seeds.
    assert!(generate(&[source("openapi: 3.0.3\ninfo: {}\npaths: {}\n")]).is_err());
    let others: Vec<_> = (0..2).map(|_| std::thread::spawn(files)).collect();
    for other in others {
        let other = other.join().unwrap();
        let paths = |files: &FileSet| {
            files
                .iter()
                .map(|(path, _)| path.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(paths(&first), paths(&other));
        for (path, text) in first.iter() {
            assert!(
                other.get(path) == Some(text),
                "{path} differs from run to run"
            );
        }
    }
}

#[test]
fn every_file_is_named_by_a_plain_path_and_ends_with_a_newline() {
    let files = files();
    assert!(files.iter().count() > 10);
    for (path, text) in files.iter() {
        assert!(
            !path.starts_with('/') && !path.contains("..") && !path.contains('\\'),
            "{path}"
        );
        assert!(text.ends_with('\n') && !text.contains('\r'), "{path}");
    }
}

#[test]
fn the_order_of_keys_in_the_document_is_kept() {
    let text = acme().document;
    let swapped = text.replace(
        "        text: {type: string, description: What it says.}\n    widget_request:",
        "    widget_request:",
    );
    let swapped = swapped.replace(
        "        number: {type: integer, description: Its number.}\n    widget_request:",
        "        text: {type: string, description: What it says.}\n        number: {type: integer, description: Its number.}\n    widget_request:",
    );
    assert_ne!(text, swapped);
    let types = |document: &str| {
        let files = generate(&[snapline_codegen::Source {
            document: document.to_owned(),
            ..acme()
        }])
        .unwrap();
        common::below(&files, "crates/acme/src/generated/types")
    };
    let (first, second) = (types(&text), types(&swapped));
    let place = |text: &str, field: &str| {
        let label = text.split("pub struct Label ").nth(1).unwrap();
        label.find(field).unwrap()
    };
    assert!(place(&first, "pub number") < place(&first, "pub text"));
    assert!(place(&second, "pub text") < place(&second, "pub number"));
}
