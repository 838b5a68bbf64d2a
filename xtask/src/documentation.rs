//! The blocks of code of the documentation: each is run, or says why it is not.
//!
//! A block of Python, C, C++ or Rust is put in place of the line `BLOCK` of its frame, the file in
//! `tests/samples/frames` that is called as its page and its number there; one of Python without a frame is a whole
//! program, and so is one with a `main`, and one of a shell that calls `snapline`. Other commands of a shell are parsed,
//! and what they order of this repository must be there. What is no code is `text`; above any other block stands
//! `<!-- not run: REASON -->`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory as _;

use crate::c_library::{CLibrary, MOCK_HELPER};
use crate::fault::{Fault, Result};
use crate::mock::{LIMIT, MockServer, new_share, with_server};
use crate::python_env::PythonEnv;
use crate::run::{limited, program, shell};
use crate::rust_library::RustLibrary;
use crate::sources;

/// Pages with an example in each language, and what the programs are called that have them word for word, which
/// `xtask/tests/house.rs` compares. They take the id of a share.
pub(crate) const PAGES: [(&str, &str); 2] =
    [("README.md", "readme"), ("docs/retention.md", "retention")];

/// What stands around the blocks.
const FRAMES: &str = "tests/samples/frames";

/// Where the programs are put that are made of frames and blocks.
const MADE: &str = "target/samples/documentation";

/// Folders that hold none of our pages: what is built, and templates of pages.
const LEFT_OUT: [&str; 3] = ["target", "codegen", ".git"];

/// A module whose text begins with a program.
const MODULE: &str = "bindings/python/python/snapline/__init__.py";

/// A block of code.
#[derive(Debug)]
struct Block {
    page: String,
    /// The line above it, from 1.
    line: usize,
    language: String,
    text: String,
    /// What stands above it, if that is a comment.
    comment: String,
}

impl Block {
    fn at(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }

    /// The reason why it is not run.
    fn reason(&self) -> Option<&str> {
        let inside = self.comment.strip_prefix("<!-- not run: ")?;
        inside.strip_suffix(" -->").filter(|why| !why.is_empty())
    }
}

/// How a block is dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A program has it word for word, or it is none.
    Elsewhere,
    /// It is made a program, whose file ends so.
    Program(&'static str),
    /// It is a shell's.
    Shell,
}

fn way(block: &Block) -> Result<Way> {
    let known = PAGES.iter().any(|(page, _)| *page == block.page);
    Ok(match block.language.as_str() {
        "text" => Way::Elsewhere,
        "rust" | "python" | "c" | "cpp" if known => Way::Elsewhere,
        "python" => Way::Program("py"),
        "c" => Way::Program("c"),
        "cpp" => Way::Program("cpp"),
        "rust" if block.reason().is_none() => Way::Program("rs"),
        "sh" if block.reason().is_none() && calls_snapline(&block.text) => Way::Program("sh"),
        "sh" if block.reason().is_none() => Way::Shell,
        _ if block.reason().is_some() => Way::Elsewhere,
        other => {
            return Err(Fault::new(format!(
                "{}: nothing runs a block of `{other}`; call it text, sh, python, rust, c or cpp, or write \
                 `<!-- not run: REASON -->` above it",
                block.at()
            )));
        }
    })
}

/// Whether a shell is to run the program `snapline`.
fn calls_snapline(text: &str) -> bool {
    let calls = |line: &str| line.starts_with("snapline ") || line.contains("$(snapline ");
    text.lines().any(calls)
}

/// All blocks of all pages, in their order.
fn blocks(root: &Path) -> Result<Vec<Block>> {
    let mut pages = Vec::new();
    find(root, root, &mut pages)?;
    pages.sort();
    let mut all = Vec::new();
    for page in pages {
        let text = sources::text(&root.join(&page))?;
        all.extend(blocks_of(&page, &text));
    }
    let text = sources::text(&root.join(MODULE))?;
    all.extend(program_of_module(&text));
    Ok(all)
}

fn find(root: &Path, folder: &Path, found: &mut Vec<String>) -> Result<()> {
    for path in sources::entries(folder)? {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            // What items of the crates take in is run by rustdoc.
            let taken_in = path.ends_with("src/generated/examples");
            if !taken_in && !LEFT_OUT.contains(&name.as_str()) && !name.starts_with('.') {
                find(root, &path, found)?;
            }
        } else if name.ends_with(".md") {
            let below = path.strip_prefix(root).unwrap_or(&path);
            found.push(below.display().to_string());
        }
    }
    Ok(())
}

fn blocks_of(page: &str, text: &str) -> Vec<Block> {
    let mut all = Vec::new();
    let mut comment = "";
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let margin = line.len() - line.trim_start().len();
        let Some(language) = line.trim_start().strip_prefix("```") else {
            comment = line.trim();
            continue;
        };
        let inside = lines.by_ref().map(|(_, line)| line);
        let inside = inside.take_while(|line| !line.trim_start().starts_with("```"));
        // In a list it stands further in.
        let plain = |line: &str| line.get(margin..).unwrap_or_default().trim_end().to_owned();
        let inside: Vec<String> = inside.map(plain).collect();
        all.push(Block {
            page: page.to_owned(),
            line: number + 1,
            language: language.trim().to_owned(),
            text: inside.join("\n"),
            comment: comment.to_owned(),
        });
        comment = "";
    }
    all
}

/// What stands further in, in the text at the top of a module.
fn program_of_module(text: &str) -> Option<Block> {
    let doc = text.strip_prefix("\"\"\"")?.split("\"\"\"").next()?;
    let line = doc.lines().position(|line| line.starts_with("    "))?;
    let inside = doc.lines().skip(line);
    let inside = inside.take_while(|line| line.is_empty() || line.starts_with("    "));
    let inside: Vec<&str> = inside
        .map(|line| line.get(4..).unwrap_or_default())
        .collect();
    Some(Block {
        page: MODULE.to_owned(),
        line,
        language: "python".to_owned(),
        text: inside.join("\n"),
        comment: String::new(),
    })
}

/// The programs that are made of blocks: where each comes from, its file's name, and its text.
fn programs(root: &Path, blocks: &[Block]) -> Result<Vec<(String, String, String)>> {
    let mut made = Vec::new();
    let mut used = BTreeSet::new();
    let mut number = 0;
    let mut page = "";
    for block in blocks {
        if page != block.page {
            page = &block.page;
            number = 0;
        }
        let Way::Program(ending) = way(block)? else {
            continue;
        };
        number += 1;
        let stem = block.page.trim_end_matches(".md").trim_end_matches(".py");
        let name = format!("{}.{number}.{ending}", stem.replace('/', "-"));
        let path = root.join(FRAMES).join(&name);
        let text = match sources::existing(&path)? {
            Some(frame) => {
                used.insert(name.clone());
                framed(&frame, &block.text).ok_or_else(|| {
                    Fault::new(format!("{}: a frame needs a line BLOCK", path.display()))
                })?
            }
            None if ["py", "sh"].contains(&ending) || block.text.contains(" main(") => {
                block.text.clone()
            }
            None => {
                return Err(Fault::new(format!(
                    "{}: it is no program; write what stands around it into {FRAMES}/{name}, with a line BLOCK \
                     in its place",
                    block.at()
                )));
            }
        };
        made.push((block.at(), name, text));
    }
    for path in sources::entries(&root.join(FRAMES))? {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !used.contains(&name) {
            return Err(Fault::new(format!(
                "{}: no page has this block",
                path.display()
            )));
        }
    }
    Ok(made)
}

/// A block in its frame, as far in as the line for which it stands.
fn framed(frame: &str, block: &str) -> Option<String> {
    let line = frame.lines().find(|line| line.trim() == "BLOCK")?;
    let margin = line.strip_suffix("BLOCK")?;
    let block: Vec<String> = block
        .lines()
        .map(|line| format!("{margin}{line}").trim_end().to_owned())
        .collect();
    Some(frame.replacen(line, &block.join("\n"), 1))
}

/// What is wrong with a command of a shell: of this repository everything must be there, of others the program must be
/// one that we know of.
fn order(root: &Path, words: &[&str]) -> Option<String> {
    match words {
        ["cargo", "xtask", rest @ ..] => {
            let known =
                crate::Arguments::command().try_get_matches_from([&["cargo xtask"], rest].concat());
            known.err().map(|error| error.to_string())
        }
        ["cargo", "run" | "build" | "rustc", rest @ ..] => {
            let after = |flag: &str| {
                let mut rest = rest.iter();
                rest.find(|word| **word == flag)?;
                rest.next().copied()
            };
            let package = after("-p").unwrap_or_default();
            let Some(folder) = package_folder(root, package) else {
                return Some(format!("there is no package `{package}`"));
            };
            let path = folder
                .join("examples")
                .join(format!("{}.rs", after("--example")?));
            (!path.is_file()).then(|| format!("there is no {}", path.display()))
        }
        ["cc" | "c++" | "curl" | "export" | "python3" | "rustup", ..] => None,
        [program, rest @ ..] if program.starts_with("target/") => {
            let ours = rest.iter().filter(|word| word.starts_with("./"));
            let missing = ours.into_iter().find(|path| !root.join(path).exists());
            missing.map(|path| format!("there is no {path}"))
        }
        [other, ..] => Some(format!(
            "`{other}` is not known here; teach xtask/src/documentation.rs what it may be"
        )),
        [] => None,
    }
}

/// Where a package of the workspace lies.
fn package_folder(root: &Path, name: &str) -> Option<PathBuf> {
    let manifest = |folder: &Path| -> Option<toml::Table> {
        let text = sources::text(&folder.join("Cargo.toml")).ok()?;
        text.parse().ok()
    };
    let workspace = manifest(root)?;
    let members = workspace.get("workspace")?.get("members")?.as_array()?;
    let mut folders = members
        .iter()
        .filter_map(|member| Some(root.join(member.as_str()?)));
    folders.find(|folder| {
        let package = manifest(folder);
        let own = package
            .as_ref()
            .and_then(|it| it.get("package")?.get("name")?.as_str());
        own == Some(name)
    })
}

/// The words of a line of a shell, without its comment and what it sets for one command.
fn words(line: &str) -> Vec<&str> {
    let plain = line.split_once(" #").map_or(line, |(before, _)| before);
    let plain = if plain.starts_with('#') { "" } else { plain };
    let words = plain.split_whitespace();
    words
        .skip_while(|word| {
            word.split_once('=')
                .is_some_and(|(name, _)| name.chars().all(|it| it == '_' || it.is_alphanumeric()))
        })
        .map(|word| word.trim_matches('"'))
        .collect()
}

/// Whether all that the documentation shows can be run as it is; looks at no program.
pub(crate) fn check(root: &Path) -> Result<()> {
    let blocks = blocks(root)?;
    for block in &blocks {
        if way(block)? != Way::Shell {
            continue;
        }
        for line in block.text.lines() {
            if let Some(wrong) = order(root, &words(line)) {
                return Err(Fault::new(format!("{}: `{line}`: {wrong}", block.at())));
            }
        }
    }
    programs(root, &blocks).map(|_| ())
}

/// The programs of a shell that a page has.
pub(crate) fn of_a_shell(page: &str) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for block in blocks_of(page, &sources::text(Path::new(page))?) {
        if way(&block)? == Way::Program("sh") {
            all.push(block.text);
        }
    }
    Ok(all)
}

/// Runs all blocks that are programs.
pub(crate) fn run(env: &PythonEnv, library: &CLibrary, rust: &RustLibrary) -> Result<()> {
    let root = Path::new(".");
    check(root)?;
    let mock = MockServer::start(&["--settle-ms", "0"])?;
    let share = new_share(&mock)?;
    let folder = Path::new(MADE);
    fs::create_dir_all(folder).map_err(|error| Fault::path(folder, "made", &error))?;
    for (place, name, text) in programs(root, &blocks(root)?)? {
        let path: PathBuf = folder.join(&name);
        fs::write(&path, &text).map_err(|error| Fault::path(&path, "written", &error))?;
        let stem = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut command = match path.extension().and_then(|ending| ending.to_str()) {
            Some("c") => {
                let helper = format!("-I{MOCK_HELPER}");
                let mut sources = vec![path];
                // A test takes it in beside itself.
                if text.contains("snapline_mock.h") {
                    sources.push(Path::new(MOCK_HELPER).join("snapline_mock.c"));
                }
                program(library.compile(&stem, &sources, &[&helper])?, [&share])
            }
            Some("cpp") => program(library.compile_cpp(&stem, "c++20", &[path], &[])?, [&share]),
            Some("rs") => program(rust.compile(&path)?, [&share]),
            Some("sh") => shell(&path)?,
            _ => {
                let mut command = program(env.python(), [&path]);
                command.arg(&share);
                command
            }
        };
        let command = command
            .stdout(std::process::Stdio::null())
            .env("SNAPLINE_MOCK_PROGRAM", "target/debug/snapline-mock");
        limited(&format!("run {place}"), LIMIT, with_server(command, &mock))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
    }

    #[test]
    fn every_block_of_the_documentation_is_run_or_says_why_not() {
        check(root()).unwrap();
    }

    #[test]
    fn a_block_that_nothing_runs_is_named_with_its_place() {
        let all = blocks_of(
            "a.md",
            "Text.\n\n```yaml\na: 1\n```\n<!-- not run: a part -->\n```toml\n```\n",
        );
        assert_eq!(all.len(), 2);
        let wrong = way(&all[0]).unwrap_err().to_string();
        assert!(
            wrong.starts_with("a.md:3: nothing runs a block of `yaml`"),
            "{wrong}"
        );
        assert_eq!(way(&all[1]).unwrap(), Way::Elsewhere);
    }

    #[test]
    fn a_command_must_be_there() {
        assert_eq!(
            words("A_B=c D=e cargo xtask demo  # all"),
            ["cargo", "xtask", "demo"]
        );
        assert_eq!(
            order(root(), &["cargo", "xtask", "reference", "--out", "DIR"]),
            None
        );
        assert!(order(root(), &["cargo", "xtask", "nothing"]).is_some());
        assert!(order(root(), &["cargo", "xtask", "demo", "--nothing"]).is_some());
        assert!(order(root(), &["rm", "-r"]).is_some());
        let run = |rest: &[&str]| order(root(), &[&["cargo", "run", "-p"], rest].concat());
        assert_eq!(
            run(&["snapline", "--example", "nightly", "--", "TAG"]),
            None
        );
        assert!(run(&["snapline", "--example", "nothing"]).is_some());
        assert!(run(&["nothing"]).is_some());
        assert!(order(root(), &["target/pip", "install", "./nothing"]).is_some());
    }

    #[test]
    fn a_block_takes_the_place_in_its_frame() {
        let frame = "def f():\n    BLOCK\n    g()\n";
        assert_eq!(
            framed(frame, "a\n\nb").unwrap(),
            "def f():\n    a\n\n    b\n    g()\n"
        );
        assert_eq!(framed("nothing\n", "a"), None);
    }
}
