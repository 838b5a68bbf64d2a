//! A document whose every text would end a comment, a string or a line where it could, through
//! `cargo xtask regenerate` and every compiler that reads what comes out. The crates are compiled by codegen's own
//! tests.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "../../codegen/tests/common/mod.rs"]
mod common;
#[path = "common/mod.rs"]
mod ours;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use common::{built, write};
use ours::{compile_in, copy, files, read, root, run, workshop};
use tempfile::TempDir;

/// The invented providers.
const PROVIDERS: [&str; 3] = ["acme", "hostile", "wire"];

/// What is generated for the hostile provider and two invented ones without guile, and beside it the headers
/// by hand.
fn generated() -> &'static Path {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let sources = || {
        [
            ("acme", common::acme()),
            ("hostile", common::hostile()),
            ("wire", common::wire()),
        ]
    };
    MADE.get_or_init(|| regenerated(&sources())).path()
}

/// What is generated for a provider whose names meet.
fn met() -> &'static Path {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    MADE.get_or_init(|| regenerated(&[("meeting", common::meeting())]))
        .path()
}

fn regenerated(sources: &[(&str, snapline_codegen::Source)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let spec = folder.path().join("spec");
    let mut list = String::new();
    for (name, source) in sources {
        let own = spec.join(name);
        fs::create_dir_all(&own).unwrap();
        fs::write(own.join("openapi.yaml"), &source.document).unwrap();
        fs::write(own.join("overlay.yaml"), &source.overlay).unwrap();
        list.push_str(&format!("[{name}]\ndocument = \"{name}/openapi.yaml\"\n"));
        // Its crate gets the features of its resources.
        let manifest = folder.path().join("crates").join(name).join("Cargo.toml");
        write(&manifest, &common::manifest(&format!("snapline-{name}")));
    }
    fs::write(spec.join("sources.toml"), list).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let command = command.arg("regenerate").current_dir(root());
    run(command
        .arg("--spec")
        .arg(&spec)
        .arg("--out")
        .arg(folder.path()));
    for by_hand in [
        "bindings/cpp/include/snapline/call.hpp",
        "bindings/cpp/include/snapline/core.hpp",
        "bindings/cpp/include/snapline/each.hpp",
        "bindings/cpp/include/snapline/retention.hpp",
        "tests/conformance/c/agent.h",
        "tests/conformance/cpp/agent.hpp",
        "tests/conformance/cpp/described.hpp",
    ] {
        fs::copy(root().join(by_hand), folder.path().join(by_hand)).unwrap();
    }
    folder
}

/// Reads sources with a compiler that takes no warning, and makes nothing of them.
fn compile(compiler: &str, standard: &str, sources: &[PathBuf]) {
    compile_in(generated(), compiler, standard, sources);
}

/// The repository's manifest for the invented providers and the bindings alone.
fn workspace(providers: &[&str], bindings: &[&str]) -> String {
    let ours = read(&root().join("Cargo.toml"));
    let (before, after) = ours.split_once("members = [").unwrap();
    let (_, after) = after.split_once("exclude = [\"tests/fuzz\"]").unwrap();
    let (package, after) = after.split_once("[workspace.dependencies]\n").unwrap();
    let (_, after) = after.split_once("[workspace.lints.rust]").unwrap();
    let (lints, _) = after.split_once("# A panic must unwind").unwrap();
    let shared = common::dependencies(root());
    let paths: String = providers
        .iter()
        .map(|name| format!("snapline-{name} = {{ path = \"crates/{name}\" }}\n"))
        .collect();
    let crates = providers.iter().map(|name| format!("crates/{name}"));
    let members: Vec<String> = crates
        .chain(bindings.iter().map(|it| (*it).to_owned()))
        .collect();
    format!(
        "{before}members = {members:?}\n{package}[workspace.dependencies]\n{paths}{shared}\n[workspace.lints.rust]{lints}"
    )
}

/// A binding's manifest with the invented providers in the place of the real ones.
fn manifest(binding: &str, providers: &[&str]) -> String {
    let kept = read(&root().join(binding).join("Cargo.toml"));
    let features: String = providers
        .iter()
        .map(|name| format!("{name} = [\"dep:snapline-{name}\"]\n"))
        .collect();
    let dependencies: String = providers
        .iter()
        .map(|name| format!("snapline-{name} = {{ workspace = true, optional = true }}\n"))
        .collect();
    // The first of the real ones is replaced by all of the invented ones, the others go.
    let real = ours::providers();
    let (mut features, mut dependencies) = (Some(features), Some(dependencies));
    kept.lines()
        .map(|line| {
            let is = |begin: &str, end: &str| {
                let mut all = real.iter();
                all.any(|name| line.starts_with(&format!("{begin}{name}{end}")))
            };
            if line.starts_with("all = [") {
                format!("all = {providers:?}\n")
            } else if is("", " = [") {
                features.take().unwrap_or_default()
            } else if is("snapline-", " = ") {
                dependencies.take().unwrap_or_default()
            } else {
                format!("{line}\n")
            }
        })
        .collect()
}

#[test]
fn o48_bindings_of_hostile_texts_compile() {
    build(
        &workshop("bindings"),
        generated(),
        &PROVIDERS,
        &["bindings/c", "bindings/python"],
    );
}

/// Libraries of one of several providers; in Python the others are told of by name.
#[test]
fn one_provider_alone_is_compiled_and_used() {
    let (alone, others) = ("wire", ["acme", "hostile"]);
    let folder = workshop("alone");
    let bindings = ["bindings/c", "bindings/python"];
    lay(&folder, generated(), &PROVIDERS, &bindings);
    let features = format!("snapline-c/{alone},snapline-python/{alone}");
    let command = [
        "build",
        "--lib",
        "--no-default-features",
        "--features",
        &features,
    ];
    let packages = ["snapline-c", "snapline-python"];
    run(&mut built::cargo(root(), &folder, &packages, &command));
    let package = folder.join("package");
    copy(&root().join("bindings/python/python"), &package);
    for provider in ours::providers() {
        fs::remove_dir_all(package.join("snapline").join(provider)).unwrap();
    }
    copy(&generated().join("bindings/python/python"), &package);
    let extension = built::target().join("debug/lib_native.so");
    fs::copy(extension, package.join("snapline/_native.abi3.so")).unwrap();
    run(Command::new("python3")
        .arg(root().join("tests/packaging/alone.py"))
        .arg(alone)
        .args(others)
        .env("PYTHONPATH", &package));
}

#[test]
fn names_that_meet_compile() {
    let bindings = ["bindings/c", "bindings/python"];
    build(&workshop("meeting"), met(), &["meeting"], &bindings);
    let folder = met();
    for (compiler, standard, name, header) in [
        ("cc", "c11", "plain.c", "snapline.h"),
        ("c++", "c++17", "plain.cpp", "snapline.h"),
        ("c++", "c++17", "whole.cpp", "snapline.hpp"),
    ] {
        let plain = folder.join(name);
        fs::write(&plain, format!("#include <{header}>\nint nothing;\n")).unwrap();
        compile_in(folder, compiler, standard, &[plain]);
    }
    let agent = files(&folder.join("tests/conformance/c/generated"), ".c");
    compile_in(folder, "cc", "gnu11", &agent);
    let told = |path: &str| {
        read(
            &folder
                .join("bindings/c/include/snapline/meeting")
                .join(path),
        )
    };
    // What the document names comes first; what is derived yields.
    let share = told("models/share.h");
    assert!(share.contains("int64_t snapline_me_Share_name_length("));
    assert!(share.contains("size_t snapline_me_Share_name_length2("));
    assert!(told("types.h").contains("typedef struct snapline_me_ShareList2 "));
    assert!(told("enums.h").contains("SNAPLINE_ME_Kind_UNKNOWN_VALUE2 = "));
    // Of two calls the later yields, and of two resources that run together.
    assert!(told("shares.h").contains("snapline_me_shares_shares_list_again("));
    assert!(told("share_lists_2.h").contains("snapline_me_share_lists_2_list("));
}

/// Builds providers' crates and bindings: for a check, what is built of others' would be read once more.
fn build(folder: &Path, made: &Path, providers: &[&str], bindings: &[&str]) {
    lay(folder, made, providers, bindings);
    let bindings = bindings
        .iter()
        .map(|it| it.replace("bindings/", "snapline-"));
    let packages: Vec<String> = providers
        .iter()
        .map(|name| format!("snapline-{name}"))
        .chain(bindings)
        .collect();
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    run(&mut built::cargo(
        root(),
        folder,
        &packages,
        &["build", "--lib"],
    ));
}

/// Makes a workspace of providers' crates and bindings.
fn lay(folder: &Path, made: &Path, providers: &[&str], bindings: &[&str]) {
    write(&folder.join("Cargo.toml"), &workspace(providers, bindings));
    write(
        &folder.join("Cargo.lock"),
        &read(&root().join("Cargo.lock")),
    );
    for provider in providers {
        let own = folder.join("crates").join(provider);
        // What a provider writes by hand, as bindings need it.
        let text = read(&root().join("crates/digitalocean/src/lib.rs"));
        write(
            &own.join("src/lib.rs"),
            &text.replace("digitalocean", provider),
        );
        let manifest = made.join("crates").join(provider).join("Cargo.toml");
        write(&own.join("Cargo.toml"), &read(&manifest));
    }
    for binding in bindings {
        write(
            &folder.join(binding).join("Cargo.toml"),
            &manifest(binding, providers),
        );
        let build = root().join(binding).join("build.rs");
        if build.exists() {
            write(&folder.join(binding).join("build.rs"), &read(&build));
        }
        for entry in fs::read_dir(root().join(binding).join("src")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.file_name().unwrap();
                write(&folder.join(binding).join("src").join(name), &read(&path));
            }
        }
    }
    // The crates' documentation takes in examples, which are files of their own.
    for (part, ending) in [("crates", ".rs"), ("crates", ".md"), ("bindings", ".rs")] {
        for path in files(&made.join(part), ending) {
            let below = path.strip_prefix(made).unwrap();
            if part == "bindings" && !bindings.iter().any(|binding| below.starts_with(binding)) {
                continue;
            }
            write(&folder.join(path.strip_prefix(made).unwrap()), &read(&path));
        }
    }
}

#[test]
fn o48_headers_of_hostile_texts_compile() {
    let folder = generated();
    let plain = folder.join("plain.c");
    fs::write(&plain, "#include <snapline.h>\nint nothing;\n").unwrap();
    for standard in ["c99", "c11"] {
        compile("cc", standard, std::slice::from_ref(&plain));
    }
    let plain = folder.join("plain.cpp");
    fs::write(&plain, "#include <snapline.hpp>\nint nothing;\n").unwrap();
    // Without extensions `??/` is a backslash, and joins lines like one.
    for standard in ["c++17", "c++20"] {
        compile("c++", standard, std::slice::from_ref(&plain));
    }
    let told = |path: &str| fs::read_to_string(folder.join(path)).unwrap();
    let header = told("bindings/c/include/snapline/hostile/types.h");
    assert!(header.contains("Runs * /15 * * * * and matches / ** / *.txt or \"C:\\\""));
    let groups = files(
        &folder.join("bindings/cpp/include/snapline/hostile/models"),
        ".hpp",
    );
    let text = "Runs */15 * * * * and matches /**/*.txt or \"C:\\\"";
    let says = |path: &PathBuf| fs::read_to_string(path).unwrap().contains(text);
    assert!(groups.iter().any(says));
}

#[test]
fn o48_agents_of_hostile_texts_compile() {
    let folder = generated().join("tests/conformance");
    for (compiler, standard, sources) in [
        ("cc", "gnu11", files(&folder.join("c/generated"), ".c")),
        ("c++", "c++17", files(&folder.join("cpp/generated"), ".cpp")),
    ] {
        // C++ takes a compiler long; the other provider is there to stand beside this one.
        let own = |path: &PathBuf| path.to_string_lossy().contains("hostile");
        let sources: Vec<PathBuf> = sources.into_iter().filter(own).collect();
        assert_eq!(sources.len(), 2, "{sources:?}");
        compile(compiler, standard, &sources);
    }
}

#[test]
fn o48_python_of_hostile_texts_says_what_the_document_says() {
    let package = generated().join("bindings/python/python/snapline");
    let mut all = files(&package, ".py");
    all.extend(files(&package, ".pyi"));
    assert!(all.len() >= 8, "{all:?}");
    let script = generated().join("read.py");
    fs::write(&script, READ).unwrap();
    let document: serde_json::Value = serde_json::from_str(&common::hostile().document).unwrap();
    let values = document["components"]["schemas"]["state"]["enum"].to_string();
    run(Command::new("python3").arg(&script).arg(values).args(&all));
}

/// Reads every file as Python does, and looks at what its literals come to.
const READ: &str = r#"
import ast, json, pathlib, sys

values, members, told = json.loads(sys.argv[1]), [], ""
for path in map(pathlib.Path, sys.argv[2:]):
    tree = ast.parse(path.read_bytes(), str(path))
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Module)):
            told += " ".join((ast.get_docstring(node) or "").split()) + "\n"
        if isinstance(node, ast.ClassDef) and path.parts[-2:] == ("hostile", "enums.py"):
            members += [item.value.value for item in node.body if isinstance(item, ast.Assign)]
assert sorted(members) == sorted(values), (members, values)
for text in (
    r"Runs */15 * * * * and matches /**/*.txt or C:" + "\\",
    "Says \"\"\" and ''' and \\N{BELL}, \\u0041, \\x4, %s, %n, {0}, {}, ${HOME}, $(id), `id`, ;#, // and /* that",
    "Turned U+202EU+2066roundU+2069, NUL U+0000, bell U+0007, escape U+001B[31m, line , paragraph , next , cr and tab, mark U+FEFF, joiner U+200B",
):
    assert text in told, text
"#;
