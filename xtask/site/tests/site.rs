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
    made_with(root, &[])
}

fn made_with(root: &Path, more: &[&str]) -> Result<(), String> {
    let output = Command::new(env!("CARGO_BIN_EXE_snapline-site"))
        .args(["--out", "out", "--reference", "reference", "--check"])
        .args(more)
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
fn pages_of_rustdoc_are_taken_in_where_they_are_given() {
    let page = ("docs/one.md", "# One\n## A place\n\n<!-- rustdoc -->\n");
    let make = |rustdoc: &[&str]| {
        let root = tree(&[
            page,
            ("doc/acme/all.html", "<p>"),
            ("doc/acme/index.html", "<p>"),
            ("none/x", ""),
        ]);
        let outcome = made_with(root.path(), rustdoc);
        (root, outcome)
    };
    let (root, outcome) = make(&["--rustdoc", "doc"]);
    outcome.unwrap();
    let one = fs::read_to_string(root.path().join("out/one.html")).unwrap();
    assert!(
        one.contains("<a href=\"rust/acme/index.html\">acme</a>"),
        "{one}"
    );
    assert!(root.path().join("out/rust/acme/all.html").is_file());

    let (root, outcome) = make(&[]);
    outcome.unwrap();
    assert!(!root.path().join("out/rust").exists());
    let error = make(&["--rustdoc", "none"]).1.unwrap_err();
    assert!(error.contains("none has no pages of rustdoc"), "{error}");
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

/// Small headers and stubs, with what stands around their declarations in the real ones.
const SOURCES: [(&str, &str); 8] = [
    (
        "docs/SUMMARY.md",
        "[Home](../README.md)\n\n# Reference\n\n<!-- headers and stubs -->\n",
    ),
    ("README.md", "# Home\n"),
    (
        "bindings/c/include/acme.h",
        "/* Made; do not edit. */\n\n/// @file\n/// All of it.\n\n#ifndef ACME_H\n#define ACME_H\n#include <acme/core.h>\n#endif\n",
    ),
    (
        "bindings/c/include/acme/core.h",
        "/**\n * @file core.h\n *\n * What all share. More.\n */\n#ifndef CORE_H\n#define CORE_H\n\n\
         /// How it went, see acme_go.\nenum acme_status\n#if defined(__cplusplus) || __STDC_VERSION__ >= 202311L\n  : int32_t\n\
         #endif\n {\n    /// Well.\n    ACME_OK = 0,\n};\n#ifndef __cplusplus\ntypedef int32_t acme_status;\n#endif\n\n\
         /// A thing.\ntypedef struct acme_thing acme_thing;\n\n\
         /// Goes; gives ACME_OK or an Other<T>.\nacme_status acme_go(\n    const acme_thing *thing, int to);\n#endif\n",
    ),
    (
        "bindings/cpp/include/acme.hpp",
        "/* Things. */\n#ifndef ACME_HPP\n#define ACME_HPP\n\
         namespace acme {\nnamespace detail {\n/// What things have.\nclass Base {\npublic:\n    /// Its text.\n    int text() const { return 1; }\n};\n\
         int hidden();\n}\n\
         /// A thing.\nclass Thing : public detail::Base {\npublic:\n    explicit Thing(acme_thing* owned) noexcept : owned_(owned) {}\n    Thing(Thing&&) = default;\n\
         \x20   /// Goes.\n    template <class T>\n    Thing go(const T& to, int how = {}) const { return go(to); }\n    Thing go() &&;\n\
         #if SNAPLINE_EXCEPTIONS\n    /// Throws.\n    void raise();\n#endif\nprivate:\n    int secret();\n    acme_thing* owned_;\n};\n}\n#endif\n",
    ),
    (
        "bindings/python/python/acme/__init__.py",
        "\"\"\"Things in Python.\"\"\"\nfrom ._core import *\nfrom ._core import Kept as Kept\nfrom . import more\n",
    ),
    (
        "bindings/python/python/acme/_core.pyi",
        "from . import more\n__all__ = [\"Thing\"]\n@final\nclass Thing:\n    \"\"\"A thing.\n\n    Attributes:\n        size: How large\n            it is.\n    \"\"\"\n\n\
         \x20   size: int\n    def __init__(self, size: int) -> None: ...\n    @property\n    def other(self) -> Thing | None:\n        \"\"\"Another.\"\"\"\n\
         \x20   def go(self, *, to: Kept) -> Thing:\n        \"\"\"Goes.\n\n        Args:\n            to: Where.\n        \"\"\"\n\
         class Kept:\n    \"\"\"Kept.\"\"\"\nclass Own: ...\n",
    ),
    (
        "bindings/python/python/acme/more.py",
        "\"\"\"More.\"\"\"\nclass Colour(str):\n    \"\"\"A colour.\"\"\"\n    RED = \"red\"\n    \"\"\"Like `acme.Thing`.\"\"\"\n",
    ),
];

/// The site of headers and stubs, with further or other files.
fn declared(more: &[(&str, &str)]) -> (TempDir, Result<(), String>) {
    let root = tempfile::tempdir().unwrap();
    let reference = ("reference/SUMMARY.md", "- [Home](../README.md)\n");
    for (path, text) in SOURCES.iter().chain([&reference]).chain(more) {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let outcome = made(root.path());
    (root, outcome)
}

#[test]
fn headers_and_stubs_become_pages() {
    let (root, outcome) = declared(&[]);
    outcome.unwrap();
    let read = |path: &str| fs::read_to_string(root.path().join("out/api").join(path)).unwrap();

    let list = read("c/index.md");
    assert!(
        list.contains("- [acme/core.h](acme/core.md): What all share."),
        "{list}"
    );
    let core = read("c/acme/core.md");
    assert!(
        core.starts_with("# acme/core.h\n\nWhat all share. More.\n"),
        "{core}"
    );
    assert!(core.contains("## `acme_go` {#acme_go}\n\n```c\nacme_status acme_go(\n    const acme_thing *thing, int to);\n```\n"));
    assert!(core.contains("Goes; gives [ACME_OK](#ACME_OK) or an Other\\<T>."));
    assert!(core.contains("| <a id=\"ACME_OK\"></a>"));
    assert!(!core.contains("typedef int32_t"));
    let html = read("c/acme/core.html");
    assert!(
        html.contains("const <a href=\"#acme_thing\">acme_thing</a> *thing"),
        "{html}"
    );
    assert!(read("c/acme.md").contains("Its parts:\n\n- [acme/core.h](acme/core.md)"));

    let cpp = read("cpp/acme.md");
    assert!(
        cpp.contains(
            "class Thing : public detail::Base;\nexplicit Thing(acme_thing* owned) noexcept;\n"
        ),
        "{cpp}"
    );
    assert!(cpp.contains("### `Thing::go` {#Thing.go}\n\n```cpp\ntemplate <class T>\nThing go(const T& to, int how = {}) const;\nThing go() &&;\n"));
    assert!(cpp.contains("`detail::Base`") && cpp.contains("`Thing::raise`"));
    assert!(!cpp.contains("hidden") && !cpp.contains("secret") && !cpp.contains("Thing(Thing&&)"));
    assert!(
        read("cpp/acme.html").contains("<a href=\"../c/acme/core.html#acme_thing\">acme_thing</a>")
    );

    let python = read("python/acme.md");
    assert!(
        python
            .contains("```python\n@final\nclass Thing\ndef __init__(self, size: int) -> None\n```"),
        "{python}"
    );
    assert!(
        python.contains("<a id=\"Thing.size\"></a><code>size: int</code> | How large it is. |")
    );
    assert!(python.contains("other: [Thing](#Thing) \\| None</code> | Another. |"));
    assert!(python.contains("Goes.\n\n\n**Arguments**\n\n- `to`: Where."));
    assert!(python.contains("## `Kept`") && !python.contains("Own"));
    assert!(python.contains("It also has [`more`](acme/more.md)."));
    assert!(read("python/acme/more.md").contains("Like [`acme.Thing`](../acme.md#Thing)."));
}

#[test]
fn what_a_header_or_stub_does_not_say_is_told() {
    for (path, text, told) in [
        (
            "bindings/c/include/acme.h",
            "/// Words.\n\nint acme_bare(void);\n",
            "bindings/c/include/acme.h:3: `acme_bare` has no documentation",
        ),
        (
            "bindings/cpp/include/acme.hpp",
            "/* W. */\n/// A.\nclass A {\npublic:\n    int bare(int a);\n};\n",
            "acme.hpp:5: `A.bare` has no documentation",
        ),
        (
            "bindings/python/python/acme/_core.pyi",
            "class Kept:\n    def go(self): ...\n",
            "_core.pyi:2: `Kept.go` has no documentation",
        ),
        (
            "bindings/python/python/acme/more.py",
            "\"\"\"More.\"\"\"\nclass Bare:\n    def go(self): ...\n",
            "more.py:2: `Bare` has no documentation",
        ),
        (
            "bindings/c/include/acme/more.h",
            "/// A thing.\ntypedef struct a a;\n",
            "more.h: nothing says what it is",
        ),
        (
            "bindings/cpp/include/acme.hpp",
            "/* W. */\n\nclass {\n",
            "acme.hpp:3: this cannot be read",
        ),
        (
            "bindings/c/include/acme.h",
            "/// W.\n#if ACME\n#endif\n",
            "acme.h:2: whether `ACME` holds is not known",
        ),
    ] {
        let (_root, outcome) = declared(&[(path, text)]);
        let error = outcome.unwrap_err();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn nothing_but_a_site_is_removed() {
    let root = tree(&[("out/precious.txt", "mine\n")]);
    let error = made(root.path()).unwrap_err();
    assert!(error.contains("no site"), "{error}");
    assert!(root.path().join("out/precious.txt").is_file());
}
