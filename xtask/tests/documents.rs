//! What other people write: tiny documents, a kind each, begun as `cargo xtask new-provider` begins any provider, with
//! nothing else said of them; then generated together, compiled in every face, and called.

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
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use common::{
    compile_in, compiler_in, copy, files, providers, read, root, run, said, workshop, xtask,
};
use generator::{built, write};
use tempfile::TempDir;
use toml_edit::{DocumentMut, value};

/// What is by hand and compiled, or read by what is run here.
const HAND: [&str; 9] = [
    "crates/runtime",
    "crates/retention",
    "crates/lifecycle",
    "crates/snapline",
    "crates/mock",
    "bindings",
    "tests/conformance",
    "codegen/tests/documents",
    "docs",
];

/// The packages of the tree that are not compiled here.
const MEMBERS: [&str; 9] = [
    "crates/runtime",
    "crates/retention",
    "crates/lifecycle",
    "crates/snapline",
    "crates/mock",
    "bindings/c",
    "bindings/python",
    "bindings/cli",
    "tests/conformance/rust",
];

/// The documents, with the name of the provider that each becomes.
fn documents() -> Vec<(String, PathBuf)> {
    let folder = root().join("codegen/tests/documents");
    let mut all: Vec<(String, PathBuf)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap();
            (name.replace('_', ""), path)
        })
        .collect();
    all.sort();
    assert!(!all.is_empty());
    all
}

/// A checkout without the real providers, in which the documents are begun and everything is generated.
fn checkout() -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = |path: &str| folder.path().join(path);
    for part in HAND {
        copy(&root().join(part), &at(part));
    }
    for file in ["Cargo.toml", "Cargo.lock", "tests/fuzz/Cargo.toml"] {
        write(&at(file), &read(&root().join(file)));
    }
    for name in providers() {
        fs::remove_dir_all(at(&format!("crates/mock/src/{name}"))).unwrap();
    }
    for lock in ["abi.lock", "abi.txt"] {
        fs::remove_file(at("bindings/c").join(lock)).unwrap();
    }
    for manifest in files(folder.path(), "Cargo.toml") {
        let text = without_providers(&read(&manifest));
        fs::write(manifest, text).unwrap();
    }
    write(&at("spec/sources.toml"), "# The list.\n");
    let out = folder.path().to_str().unwrap();
    let mut wrong = Vec::new();
    for (name, document) in documents() {
        let from = document.to_str().unwrap();
        let begun = xtask(&[
            "new-provider",
            &name,
            "--from",
            from,
            "--out",
            out,
            "--prefix",
            &name,
        ]);
        let told = said(&begun);
        let refused =
            |line: &&str| line.starts_with("--> error") || line.starts_with("--> refused");
        let refusals: Vec<&str> = told.lines().filter(refused).collect();
        if !begun.status.success() || !refusals.is_empty() {
            let error = String::from_utf8_lossy(&begun.stderr);
            wrong.push(format!("{name}: {refusals:?}{error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let spec = at("spec");
    let made = xtask(&["regenerate", "--spec", spec.to_str().unwrap(), "--out", out]);
    assert!(
        made.status.success(),
        "{}{}",
        said(&made),
        String::from_utf8_lossy(&made.stderr)
    );
    folder
}

/// A manifest in which no real provider is named, and the workspace has what is compiled here.
fn without_providers(text: &str) -> String {
    let mut document: DocumentMut = text.parse().unwrap();
    let real = providers();
    let workspace = document.get_mut("workspace");
    if let Some(workspace) = workspace.filter(|workspace| workspace.get("members").is_some()) {
        workspace["members"] = value(toml_edit::Array::from_iter(MEMBERS));
        let dependencies = workspace["dependencies"].as_table_mut().unwrap();
        for name in &real {
            dependencies.remove(&format!("snapline-{name}"));
        }
        for gone in ["codegen", "fault-server"] {
            dependencies.remove(&format!("snapline-{gone}"));
        }
    }
    for table in ["dependencies", "dev-dependencies", "features"] {
        let Some(table) = document
            .get_mut(table)
            .and_then(|table| table.as_table_mut())
        else {
            continue;
        };
        for name in &real {
            table.remove(&format!("snapline-{name}"));
            table.remove(name);
        }
        for (_, list) in table.iter_mut() {
            if let Some(list) = list.as_array_mut() {
                list.retain(|one| {
                    one.as_str()
                        .is_none_or(|one| !real.iter().any(|name| name == one))
                });
            }
        }
    }
    document.to_string()
}

/// The checkout, at a place that stays, so that a second run compiles what differs alone.
fn made() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let made = checkout();
        let place = workshop("documents");
        for path in files(made.path(), "") {
            let to = place.join(path.strip_prefix(made.path()).unwrap());
            let new = fs::read(&path).unwrap();
            if fs::read(&to).ok().as_ref() != Some(&new) {
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::write(to, new).unwrap();
            }
        }
        for old in files(&place, "") {
            if !made.path().join(old.strip_prefix(&place).unwrap()).exists() {
                fs::remove_file(old).unwrap();
            }
        }
        place
    })
}

/// What is compiled of them, in one run of cargo: what the packages have in common is compiled once.
fn compiled() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let packages = ["c", "cli", "conformance", "mock", "python"];
        let packages = packages.map(|name| format!("snapline-{name}"));
        let packages = packages.each_ref().map(String::as_str);
        let mut arguments = vec!["build", "--lib", "--keep-going"];
        for program in ["snapline", "snapline-case-runner", "snapline-mock"] {
            arguments.extend(["--bin", program]);
        }
        run(&mut built::cargo(root(), made(), &packages, &arguments));
        built::target().join("debug")
    })
}

/// Runs the cases that are made of each document against the server that serves them: in Rust, or by an agent.
fn call(options: &[&str], agent: &[&Path], library: &Path) {
    let mut mock = Command::new(compiled().join("snapline-mock"));
    mock.arg("--cases")
        .arg(made().join("tests/conformance/cases"));
    let mut mock = Running(mock.stdout(Stdio::piped()).spawn().unwrap());
    let mut first = String::new();
    let said = mock.0.stdout.as_mut().unwrap();
    BufReader::new(said).read_line(&mut first).unwrap();
    let server = first.trim().strip_prefix("listening on ").unwrap();
    let mut runner = Command::new(compiled().join("snapline-case-runner"));
    runner.args(["--server", server]).args(options);
    if !agent.is_empty() {
        runner.arg("--").args(agent);
    }
    run(runner
        .env("PYTHONPATH", library)
        .env("LD_LIBRARY_PATH", library));
}

#[test]
fn every_document_is_called_from_rust() {
    call(&[], &[], Path::new(""));
    call(&["--raw"], &[], Path::new(""));
}

/// The extension as cargo makes it, beside the package's modules.
#[test]
fn every_document_is_called_from_python() {
    let package = workshop("package");
    copy(&made().join("bindings/python/python"), &package);
    let extension = package.join("snapline/_native.abi3.so");
    fs::copy(compiled().join("lib_native.so"), extension).unwrap();
    let agent = made().join("tests/conformance/python/agent.py");
    call(
        &["--face", "python"],
        &[Path::new("python3"), &agent],
        &package,
    );
}

#[test]
fn every_document_is_called_from_c() {
    let folder = workshop("c");
    fs::create_dir_all(&folder).unwrap();
    for name in ["libsnapline.so", "libsnapline.so.0"] {
        fs::copy(compiled().join("libsnapline_c.so"), folder.join(name)).unwrap();
    }
    let agent = folder.join("agent");
    let mut compiler = compiler_in(made(), "cc", "gnu11");
    compiler.arg("-I").arg(made().join("tests/conformance/c"));
    compiler.args(files(&made().join("tests/conformance/c"), ".c"));
    compiler.arg("-o").arg(&agent).arg("-L").arg(&folder);
    run(compiler.args(["-lsnapline", "-lpthread", "-lm"]));
    call(&["--face", "c"], &[&agent], &folder);
}

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn every_header_compiles() {
    for (compiler, standard, name, header) in [
        ("cc", "c11", "plain.c", "snapline.h"),
        ("c++", "c++17", "plain.cpp", "snapline.h"),
        ("c++", "c++17", "whole.cpp", "snapline.hpp"),
    ] {
        let plain = workshop(name);
        write(&plain, &format!("#include <{header}>\nint nothing;\n"));
        compile_in(made(), compiler, standard, &[plain]);
    }
}

/// C++ takes a compiler long.
#[test]
fn every_call_with_odd_names_or_paths_compiles_in_cpp() {
    let folder = made().join("tests/conformance");
    let mut sources = files(&folder.join("cpp/generated"), ".cpp");
    let odd = ["maybe.cpp", "names.cpp", "pathtypes.cpp"];
    sources.retain(|path| odd.iter().any(|end| path.to_string_lossy().ends_with(end)));
    assert!(!sources.is_empty());
    // All begin with the headers of all documents, which are read once: the compiler looks for that beside them.
    let mut header = compiler_in(made(), "c++", "c++17");
    run(header
        .args(["-x", "c++-header"])
        .arg(folder.join("cpp/described.hpp")));
    compile_in(made(), "c++", "c++17", &sources);
}

#[test]
fn every_module_of_python_can_be_read() {
    let package = made().join("bindings/python/python/snapline");
    let all = [files(&package, ".py"), files(&package, ".pyi")].concat();
    let script =
        "import ast, sys\nfor path in sys.argv[1:]: ast.parse(open(path, 'rb').read(), path)";
    run(Command::new("python3").args(["-c", script]).args(all));
}
