//! `cargo xtask package crates --out DIR`: the crates as crates.io gets them, compiled from what was packed, used by a
//! program elsewhere that has nothing but them, and documented as docs.rs does it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::artefact::{self, VERSION, at_most, copy, scratch, size_of};
use crate::fault::{Fault, Result};
use crate::published::{self, Package};
use crate::run::{cargo, output, program, quiet, root, silent, step, text};
use crate::sources::{absolute, entries};

/// Where cargo packs and compiles them: with other features and flags than the workspace has it would undo other builds.
const HERE: &str = "target/crates";

/// How large a packed crate may be; crates.io takes 10 MB.
const MOST_BYTES: u64 = 400_000;

/// What may lie at the top of a crate; the first five must.
const TOP: [&str; 9] = [
    "Cargo.toml",
    "README.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "src",
    "Cargo.lock",
    "Cargo.toml.orig",
    ".cargo_vcs_info.json",
    "examples",
];
const MUST: usize = 5;

/// Those of crates.io's categories that ours are in: it takes no others, and tells them nowhere but on its site.
const CATEGORIES: [&str; 8] = [
    "api-bindings",
    "asynchronous",
    "command-line-utilities",
    "date-and-time",
    "development-tools::testing",
    "filesystem",
    "web-programming::http-client",
    "web-programming::http-server",
];

/// The program of somebody else.
const USER: &str = include_str!("../../tests/packaging/user.rs");

/// Makes them all; with `dirty` of what is not committed too.
pub(crate) fn run(out: &Path, dirty: bool) -> Result<()> {
    let all = published::crates()?;
    let wrong: Vec<String> = all.iter().flat_map(undescribed).collect();
    if !wrong.is_empty() {
        return Err(Fault::new(wrong.join("\n")));
    }
    pack(&all, dirty)?;
    fs::create_dir_all(out).map_err(|error| Fault::path(out, "made", &error))?;
    for old in entries(out)? {
        if old.extension().is_some_and(|end| end == "crate") {
            fs::remove_file(&old).map_err(|error| Fault::path(&old, "removed", &error))?;
        }
    }
    let unpacked = scratch()?;
    for it in &all {
        let packed = Path::new(HERE).join("package").join(file_name(it));
        let kept = out.join(file_name(it));
        copy(&packed, &kept)?;
        checked(it, &kept, unpacked.path())?;
    }
    println!("    {} crates in {}", all.len(), out.display());
    let elsewhere = Elsewhere::new(&all, unpacked)?;
    elsewhere.used()?;
    elsewhere.documented(&all)
}

fn file_name(it: &Package) -> String {
    format!("{}-{VERSION}.crate", it.name)
}

/// What a manifest leaves out of what crates.io shows, or says otherwise than it must.
fn undescribed(it: &Package) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{}/Cargo.toml: {what}", text(it.folder())));
        }
    };
    let filled = |field: &Option<String>| field.as_ref().is_some_and(|it| !it.trim().is_empty());
    must(it.version == VERSION, "version.workspace = true");
    must(filled(&it.description), "a description");
    must(
        it.license.as_deref() == Some(env!("CARGO_PKG_LICENSE")),
        "license.workspace = true",
    );
    must(
        it.repository.as_deref() == Some(env!("CARGO_PKG_REPOSITORY")),
        "repository.workspace = true",
    );
    must(
        it.readme.as_deref() == Some(Path::new("README.md")),
        "a README.md beside it",
    );
    let of_docs_rs = format!("https://docs.rs/{}", it.name);
    let documentation = it.documentation.as_deref().unwrap_or_default();
    let all_features = it.metadata.pointer("/docs/rs/all-features");
    if it.is_library() {
        must(
            documentation == of_docs_rs,
            &format!("documentation = \"{of_docs_rs}\""),
        );
        must(
            all_features.is_some_and(|value| value == true),
            "[package.metadata.docs.rs] with all-features = true",
        );
    } else {
        must(
            documentation.starts_with("https://") && documentation != of_docs_rs,
            "documentation elsewhere than on docs.rs, which makes pages of libraries",
        );
    }
    must(
        (1..=5).contains(&it.keywords.len()) && it.keywords.iter().all(|word| is_keyword(word)),
        "one to five keywords of at most 20 letters, digits, `_`, `-` and `+`",
    );
    must(
        (1..=5).contains(&it.categories.len())
            && it
                .categories
                .iter()
                .all(|category| CATEGORIES.contains(&category.as_str())),
        "categories that crates.io has (xtask/src/crates.rs lists them)",
    );
    wrong
}

fn is_keyword(word: &str) -> bool {
    let allowed = |it: char| it.is_ascii_alphanumeric() || "_-+".contains(it);
    word.len() <= 20
        && word.starts_with(|it: char| it.is_ascii_alphanumeric())
        && word.chars().all(allowed)
}

/// Packs them and compiles what was packed, each against the others as they were packed.
fn pack(all: &[Package], dirty: bool) -> Result<()> {
    let mut command = cargo(["package", "--locked", "--quiet"]);
    if dirty {
        command.arg("--allow-dirty");
    }
    for it in all {
        command.args(["--package", &it.name]);
    }
    quiet(
        &format!(
            "pack {} crates, and compile what was packed (minutes)",
            all.len()
        ),
        within(&mut command)?,
    )
}

/// Has cargo build in the folder of this command, without what else it would build there.
fn within(command: &mut Command) -> Result<&mut Command> {
    let target = absolute(HERE)?;
    Ok(command
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "none"))
}

/// Unpacks a crate, and refuses it when something is missing in it, or is there and should not be.
fn checked(it: &Package, packed: &Path, unpacked: &Path) -> Result<()> {
    at_most(&file_name(it), size_of(packed)?, MOST_BYTES)?;
    silent(
        "unpack a crate",
        program("tar", ["-xzf"]).arg(packed).arg("-C").arg(unpacked),
    )?;
    let folder = unpacked.join(format!("{}-{VERSION}", it.name));
    let names: Vec<String> = entries(&folder)?
        .iter()
        .filter_map(|path| Some(text(Path::new(path.file_name()?))))
        .collect();
    let wrong = stray(&names);
    if !wrong.is_empty() {
        return Err(Fault::new(format!("{}: {wrong}", file_name(it))));
    }
    let whose = format!("{}: its", file_name(it));
    artefact::same_licences(&folder, &whose, it.folder())?;
    artefact::all_anonymous(&folder, root()?)
}

/// What is missing at the top of a crate, and what has no place there.
fn stray(names: &[String]) -> String {
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    let missing = TOP.iter().take(MUST).filter(|name| !has(name));
    let strange = names.iter().filter(|name| !TOP.contains(&name.as_str()));
    let missing = missing.map(|name| format!("{name} is missing"));
    let strange = strange.map(|name| format!("{name} has no place there"));
    missing.chain(strange).collect::<Vec<_>>().join(", ")
}

/// A workspace elsewhere that has the unpacked crates, and a program that asks crates.io for them by their versions.
struct Elsewhere {
    folder: TempDir,
    libraries: Vec<String>,
    programs: Vec<String>,
}

impl Elsewhere {
    fn new(all: &[Package], folder: TempDir) -> Result<Self> {
        let name = |it: &&Package| it.name.clone();
        let elsewhere = Self {
            libraries: all
                .iter()
                .filter(|it| it.is_library())
                .map(|it| name(&it))
                .collect(),
            programs: all
                .iter()
                .filter(|it| !it.is_library())
                .map(|it| name(&it))
                .collect(),
            folder,
        };
        let unpacked = |name: &str| format!("{name}-{VERSION}");
        let members: Vec<String> = all.iter().map(|it| unpacked(&it.name)).collect();
        let mut manifest = format!(
            "[workspace]\nresolver = \"3\"\nmembers = {:?}\n\n[patch.crates-io]\n",
            [members, vec!["user".to_owned()]].concat()
        );
        for it in all {
            manifest.push_str(&format!(
                "{} = {{ path = \"{}\" }}\n",
                it.name,
                unpacked(&it.name)
            ));
        }
        let at = |path: &str| elsewhere.folder.path().join(path);
        artefact::write(&at("Cargo.toml"), &manifest)?;
        let mut user = "[package]\nname = \"user\"\nversion = \"1.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
                        tokio = { version = \"1\", features = [\"macros\", \"rt\"] }\n"
            .to_owned();
        for name in &elsewhere.libraries {
            user.push_str(&format!("{name} = \"={VERSION}\"\n"));
        }
        artefact::write(&at("user/Cargo.toml"), &user)?;
        artefact::write(&at("user/src/main.rs"), USER)?;
        // The versions that are at hand; cargo leaves out those that nobody needs there.
        copy(Path::new("Cargo.lock"), &at("Cargo.lock"))?;
        Ok(elsewhere)
    }

    fn cargo(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = cargo(arguments);
        command
            .args(["--quiet", "--offline"])
            .current_dir(self.folder.path());
        within(&mut command)?;
        Ok(command)
    }

    /// The program of somebody else does what it should, and the programs of the crates say their version.
    fn used(&self) -> Result<()> {
        step(
            "use the crates in a program elsewhere, offline",
            &mut self.cargo(&["run", "--package", "user"])?,
        )?;
        let mut build = self.cargo(&["build", "--bins"])?;
        for name in self
            .programs
            .iter()
            .chain(["snapline-mock".to_owned()].iter())
        {
            build.args(["--package", name]);
        }
        quiet("build the programs of the crates, offline", &mut build)?;
        for name in ["snapline", "snapline-mock"] {
            let built = absolute(Path::new(HERE).join("debug").join(name))?;
            let version = output(&built, &["--version"])?;
            if !version.starts_with(&format!("{name} {VERSION}")) {
                return Err(Fault::new(format!("{name} says `{version}`")));
            }
        }
        Ok(())
    }

    /// Pages of each library as docs.rs makes them, which has another toolchain and says so by `docsrs`.
    fn documented(&self, all: &[Package]) -> Result<()> {
        let mut command = self.cargo(&["doc", "--no-deps", "--lib", "--all-features"])?;
        for name in &self.libraries {
            command.args(["--package", name]);
        }
        quiet(
            &format!(
                "document {} libraries as docs.rs does it",
                self.libraries.len()
            ),
            command.env("RUSTDOCFLAGS", "-D warnings --cfg docsrs"),
        )?;
        for it in all.iter().filter(|it| it.is_library()) {
            let page: PathBuf = [HERE, "doc", &it.name.replace('-', "_"), "index.html"]
                .iter()
                .collect();
            size_of(&page)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_and_what_is_stray_is_told() {
        let names = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let good = [
            "Cargo.toml",
            "README.md",
            "LICENSE-APACHE",
            "LICENSE-MIT",
            "src",
        ];
        assert_eq!(stray(&names(&good)), "");
        assert_eq!(stray(&names(&good[1..])), "Cargo.toml is missing");
        let more = [good.as_slice(), &["tests"]].concat();
        assert_eq!(stray(&names(&more)), "tests has no place there");
    }

    #[test]
    fn keywords_are_as_crates_io_wants_them() {
        assert!(is_keyword("nfs") && is_keyword("http-client") && is_keyword("3d"));
        assert!(!is_keyword("") && !is_keyword("-nfs") && !is_keyword("a b"));
        assert!(!is_keyword("a-word-that-is-too-long"));
    }

    #[test]
    fn every_crate_that_is_published_is_described() {
        let all = published::crates().unwrap();
        assert!(all.len() > 6, "{all:?}");
        let wrong: Vec<String> = all.iter().flat_map(undescribed).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let mut other = all.into_iter().next().unwrap();
        other.keywords.clear();
        other.categories = vec!["snapshots".to_owned()];
        other.metadata = serde_json::Value::Null;
        assert!(undescribed(&other).len() >= 2, "{:?}", undescribed(&other));
    }
}
