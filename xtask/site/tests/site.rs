//! A small tree, and the site that is made of it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const TREE: [(&str, &str); 8] = [
    (
        "docs/SUMMARY.md",
        "# Summary\n\n[Home](../README.md)\n\n# Pages\n\n- [One](one.md)\n  - [Deep](deep/README.md)\n\
         - [Later](later.md) <!-- once there -->\n\n# Reference\n\n<!-- reference -->\n",
    ),
    (
        "README.md",
        "# Home\nWhat it is. More.\n\nSee [one](docs/one.md#a-place), [code](src/a.rs), [all](src), [out](https://example.com).\n",
    ),
    (
        "docs/one.md",
        "# One\n## A place\n![A picture](pictures/p.svg)\n\n[deep](deep/README.md)\n\n\
         <!-- sample: C -->\n```c\nint a;\n```\n\n<!-- sample: C++ -->\n```cpp\nint b;\n```\n",
    ),
    ("docs/deep/README.md", "# Deep\n[home](../../README.md)\n"),
    (
        "docs/pictures/p.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\">\n\n<title>P</title>\n</svg>\n",
    ),
    ("src/a.rs", "fn main() { if 1 < 2 {} }\n"),
    (
        "reference/SUMMARY.md",
        "# Summary\n\n- [Acme](acme/index.md)\n  - [things](acme/things.md)\n",
    ),
    ("reference/acme/index.md", "# Acme\n[things](things.md)\n"),
];

const THINGS: &str = "# things\nAs [one](../../one.md#a-place) has it.\n";

/// The tree with further or other files.
fn tree(more: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let things = [("reference/acme/things.md", THINGS)];
    for (path, text) in TREE.iter().chain(&things).chain(more) {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// Makes the site; what is wrong is the error.
fn made(root: &Path) -> Result<(), String> {
    let output = Command::new(env!("CARGO_BIN_EXE_snapline-site"))
        .args(["--out", "out", "--reference", "reference", "--check"])
        .current_dir(root)
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8(output.stderr).unwrap()),
    }
}

#[test]
fn a_site_has_pages_their_markdown_and_what_they_link_to() {
    let root = tree(&[]);
    // A second time in place of the first.
    made(root.path()).unwrap();
    made(root.path()).unwrap();
    let read = |path: &str| fs::read_to_string(root.path().join("out").join(path)).unwrap();

    let home = read("index.html");
    assert!(home.contains("href=\"one.html#a-place\""));
    assert!(home.contains("href=\"files/src/a.rs.html\""));
    assert!(home.contains("<a href=\"index.md\">This page as Markdown"));
    let markdown = read("index.md");
    assert!(markdown.contains("[one](one.md#a-place), [code](files/src/a.rs)"));
    assert!(read("deep/index.md").contains("[home](../index.md)"));

    let one = read("one.html");
    assert!(one.contains("<figure class=\"picture\">") && one.contains("<title>P</title>"));
    assert!(one.contains("data-language=\"C++\""));
    assert!(read("one.md").contains("![A picture](pictures/p.svg)"));
    assert!(read("files/src/a.rs.html").contains("if 1 &lt; 2"));
    assert!(read("files/src/index.html").contains("a.rs"));

    assert!(read("reference/acme/things.html").contains("href=\"../../one.html#a-place\""));
    let list = read("llms.txt");
    assert!(list.starts_with("# snapline\n\n> What it is.\n"), "{list}");
    assert!(list.contains("- [things](reference/acme/things.md): As one has it.\n"));
    assert!(!list.contains("later.md"), "{list}");
}

#[test]
fn a_page_that_may_come_later_is_taken_in() {
    let root = tree(&[("docs/later.md", "# Later\n")]);
    made(root.path()).unwrap();
    assert!(root.path().join("out/later.html").is_file());
}

#[test]
fn what_is_wrong_is_told() {
    let home = std::env::var("HOME").unwrap_or_else(|_| ["", "home", "x"].join("/"));
    let machine = format!("# Deep\nbuilt in {home}/out\n");
    for (path, text, told) in [
        (
            "docs/deep/README.md",
            "# Deep\n\n[x](no.md)\n",
            "docs/deep/README.md:3: there is no docs/deep/no.md",
        ),
        (
            "docs/deep/README.md",
            "# Deep\n[x](../one.md#gone)\n",
            "one.html has no `gone`",
        ),
        (
            "docs/deep/README.md",
            "# Deep\n[x](../../../x)\n",
            "leads out of the repository",
        ),
        (
            "docs/deep/README.md",
            "# Deep\n[x][y]\n\n[y]: ../one.md\n",
            "is to be written as",
        ),
        (
            "docs/deep/README.md",
            "# Deep\n![x](no.svg)\n",
            "there is no docs/deep/no.svg",
        ),
        (
            "docs/deep/README.md",
            "# Deep\n<img src=\"https://example.com/a.png\">\n",
            "fetches https://example.com/a.png",
        ),
        (
            "docs/deep/README.md",
            "# Deep\n<!-- sample: C -->\n\nnone\n",
            "no code follows",
        ),
        ("docs/deep/README.md", &machine, "a path of one machine"),
        ("docs/lost.md", "# Lost\n", "docs/lost.md is not listed"),
        (
            "docs/SUMMARY.md",
            "- [Gone](gone.md)\n",
            "a page listed as gone.md",
        ),
        ("src/notes.md", "# Notes\n", ""),
        (
            "README.md",
            "[x](src/notes.md)\n",
            "there is no src/notes.md",
        ),
        ("reference/SUMMARY.md", "# Nothing\n", "lists no page"),
    ] {
        let root = tree(&[(path, text)]);
        match made(root.path()) {
            Ok(()) => assert_eq!(told, "", "{path}: {text}"),
            Err(error) => assert!(!told.is_empty() && error.contains(told), "{error}"),
        }
    }
}

#[test]
fn nothing_but_a_site_is_removed() {
    let root = tree(&[("out/precious.txt", "mine\n")]);
    let error = made(root.path()).unwrap_err();
    assert!(error.contains("no site"), "{error}");
    assert!(root.path().join("out/precious.txt").is_file());
}
