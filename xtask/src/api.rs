//! What programs that use the packages rely on beside the C library (`abi.rs`), and `cargo xtask api`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::Deserialize;

use crate::abi::breaking;
use crate::artefact::{VERSION, write};
use crate::fault::{Fault, Result};
use crate::published;
use crate::python_env::PythonEnv;
use crate::run::{cargo, program, quiet, timed};
use crate::sources;

/// The committed description of the Python package, and what it describes.
const PYTHON: &str = "bindings/python/api.lock";
const PACKAGE: &str = "bindings/python/python/snapline";

/// The committed descriptions of the crates.
const RUST: &str = "tests/api";

/// Where rustdoc reads the crates: what lets it write JSON would undo every other build.
const READ: &str = "target/api";

/// What `api` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    language: Language,
    /// Write the description anew, unless that breaks programs and the version does not say so.
    #[arg(long)]
    write: bool,
    /// What breaks was never released, so that no program has it: write it without a version that says so.
    #[arg(long, requires = "write")]
    not_released: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    /// The stubs and sources of the package, by griffe. A part of `cargo xtask check`.
    Python,
    /// The crates that are published, by rustdoc and public-api. Takes a minute or two.
    Rust,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let all = match arguments.language {
        Language::Python => vec![compare_python(&PythonEnv::prepare()?)?],
        Language::Rust => compare_rust()?,
    };
    let all = if arguments.not_released {
        all.into_iter().map(Compared::not_released).collect()
    } else {
        all
    };
    accepted(&all, VERSION)?;
    if arguments.write {
        return all.iter().try_for_each(Compared::write);
    }
    all.iter().try_for_each(Compared::fresh)
}

/// Refuses a package of Python that breaks programs, or that its description does not have as it is.
pub(crate) fn check_python(env: &PythonEnv) -> Result<()> {
    timed("compare the Python package with its description", || {
        let compared = compare_python(env)?;
        accepted(std::slice::from_ref(&compared), VERSION)?;
        compared.fresh()
    })
}

/// A package beside its description.
#[derive(Debug)]
struct Compared {
    /// Where the description is, who makes it, and what it describes.
    lock: PathBuf,
    language: &'static str,
    package: String,
    /// The version that was described.
    described: String,
    /// The description of what there is now.
    text: String,
    same: bool,
    broken: Vec<String>,
}

/// What the script says of a package and its description.
#[derive(Deserialize)]
struct Told {
    text: String,
    same: bool,
    broken: Vec<String>,
}

fn compare_python(env: &PythonEnv) -> Result<Compared> {
    let output = program(env.python(), ["tests/packaging/python_api.py"])
        .args([PACKAGE, PYTHON])
        .output()
        .map_err(|error| Fault::path(&env.python(), "started", &error))?;
    let failed = || Fault::new(String::from_utf8_lossy(&output.stderr).into_owned());
    if !output.status.success() {
        return Err(failed());
    }
    let told: Told = serde_json::from_slice(&output.stdout).map_err(|_| failed())?;
    let lock = sources::existing(Path::new(PYTHON))?.unwrap_or_default();
    Ok(Compared {
        lock: PYTHON.into(),
        language: "python",
        package: "the Python package".to_owned(),
        described: described(&lock),
        text: told.text,
        same: told.same,
        broken: told.broken,
    })
}

/// What a lock says that it describes.
fn described(lock: &str) -> String {
    let version = lock
        .lines()
        .find_map(|line| line.strip_prefix("# version "));
    version.unwrap_or("0.0.0").to_owned()
}

fn compare_rust() -> Result<Vec<Compared>> {
    let packages = published()?;
    for lock in sources::entries(Path::new(RUST))? {
        let of = lock.file_stem().unwrap_or_default().to_string_lossy();
        if !packages.iter().any(|package| *package == of) {
            return Err(Fault::new(format!(
                "{} describes a crate that is not published any more; where the version says so, remove it",
                lock.display()
            )));
        }
    }
    let mut all = Vec::new();
    for package in packages {
        let text = items(&package)?;
        let lock = Path::new(RUST).join(format!("{package}.lock"));
        let before = sources::existing(&lock)?.unwrap_or_default();
        all.push(Compared {
            lock,
            language: "rust",
            described: described(&before),
            same: lines(&before) == lines(&text),
            broken: breaks(&before, &text),
            package,
            text,
        });
    }
    Ok(all)
}

/// What breaks programs: an item that is no longer there, and as one that changed is another line, and what comes to a
/// set that programs may have taken for whole. Whether a method that comes to a trait has a default is not said.
fn breaks(before: &str, now: &str) -> Vec<String> {
    let (before, now) = (lines(before), lines(now));
    let gone = before
        .difference(&now)
        .map(|line| format!("{line} is gone, or changed"));
    let come = now.difference(&before).filter(|line| {
        set_of(line).is_some_and(|set| {
            let is_enum = before.contains(format!("pub enum {set}").as_str());
            let is_struct = before.contains(format!("pub struct {set}").as_str());
            let fields = format!("pub {set}::");
            is_enum || is_struct && before.iter().any(|line| line.starts_with(&fields))
        })
    });
    let come = come.map(|line| format!("{line} is new in what was not open to more"));
    gone.chain(come).collect()
}

/// The enum that a line has a variant of, or the struct that it has a field of.
fn set_of(line: &str) -> Option<&str> {
    let path = line.strip_prefix("pub ")?;
    // Everything else has a word before its path, such as `fn`.
    let end = path.find(['(', '{', ' ']).unwrap_or(path.len());
    let path = path.get(..end)?.trim_end_matches(':');
    Some(path.rsplit_once("::")?.0)
}

fn lines(description: &str) -> BTreeSet<&str> {
    let all = description.lines();
    all.filter(|line| !line.is_empty() && !line.starts_with("# "))
        .collect()
}

/// The names of the crates of the workspace that users get and that are libraries.
fn published() -> Result<Vec<String>> {
    let all = published::crates()?.into_iter();
    Ok(all
        .filter(published::Package::is_library)
        .map(|it| it.name)
        .collect())
}

/// What users of a crate see of it, an item a line.
fn items(package: &str) -> Result<String> {
    quiet(
        &format!("let rustdoc read {package}"),
        cargo(["rustdoc", "--quiet", "--lib", "--all-features", "-p"])
            .args([package, "--target-dir", READ])
            .args(["--", "-Z", "unstable-options", "--output-format", "json"])
            // Its JSON is not settled; public-api is of the version that knows this toolchain's.
            .env("RUSTC_BOOTSTRAP", "1"),
    )?;
    let json = Path::new(READ)
        .join("doc")
        .join(format!("{}.json", package.replace('-', "_")));
    let api = public_api::Builder::from_rustdoc_json(&json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .map_err(|error| {
            Fault::new(format!(
                "{}: {error}; public-api in Cargo.toml has to be the version that knows the toolchain's rustdoc",
                json.display()
            ))
        })?;
    let items = api.items().map(|item| format!("{item}\n"));
    Ok(items.collect())
}

/// Refuses what breaks, unless the version says so.
fn accepted(all: &[Compared], version: &str) -> Result<()> {
    let breaks = all.iter().filter(|compared| {
        !compared.broken.is_empty() && breaking(version) <= breaking(&compared.described)
    });
    let told: Vec<String> = breaks
        .map(|compared| {
            format!(
                "programs that use {} would break, and {version} does not say so:\n    {}\nraise the version; or, \
                 where none of that was ever released, `cargo xtask api {} --write --not-released`",
                compared.package,
                compared.broken.join("\n    "),
                compared.language,
            )
        })
        .collect();
    match told.is_empty() {
        true => Ok(()),
        false => Err(Fault::new(told.join("\n"))),
    }
}

impl Compared {
    fn not_released(self) -> Self {
        Self {
            broken: Vec::new(),
            ..self
        }
    }

    fn fresh(&self) -> Result<()> {
        match self.same {
            true => Ok(()),
            false => Err(Fault::new(format!(
                "{} is not what {} has; no program breaks: run `cargo xtask api {} --write`",
                self.lock.display(),
                self.package,
                self.language
            ))),
        }
    }

    fn write(&self) -> Result<()> {
        let banner = format!(
            "# Made by `cargo xtask api {} --write`; do not edit.\n\
             # What programs that use {} rely on.\n# version {VERSION}\n\n",
            self.language, self.package
        );
        write(&self.lock, &format!("{banner}{}", self.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(described: &str, broken: &[&str]) -> Compared {
        Compared {
            lock: "api.lock".into(),
            language: "rust",
            package: "a".to_owned(),
            described: described.to_owned(),
            text: String::new(),
            same: false,
            broken: broken.iter().map(|one| (*one).to_owned()).collect(),
        }
    }

    #[test]
    fn a_break_of_a_package_needs_a_version_that_says_so() {
        let of = |described: &str, broken: &[&str]| [compared(described, broken)];
        assert!(accepted(&of("1.2.0", &[]), "1.2.0").is_ok());
        let told = accepted(&of("1.2.0", &["a::b is gone"]), "1.3.0");
        let told = told.unwrap_err().to_string();
        assert!(told.contains("a::b is gone"), "{told}");
        assert!(accepted(&of("1.2.0", &["a::b is gone"]), "2.0.0").is_ok());
        let never = compared("1.2.0", &["a::b is gone"]).not_released();
        assert!(accepted(&[never], "1.2.0").is_ok());
        assert!(compared("1.2.0", &[]).fresh().is_err());
    }

    #[test]
    fn an_item_that_changed_is_gone_and_a_new_one_breaks_nothing() {
        let lock = "# Made\n# version 1.2.0\n\npub fn a::b()\n#[non_exhaustive] pub enum a::C\n";
        assert_eq!(described(lock), "1.2.0");
        let more = "pub fn a::a()\npub fn a::b()\n#[non_exhaustive] pub enum a::C\n";
        assert!(breaks(lock, more).is_empty());
        assert_ne!(lines(lock), lines(more));
        let changed = more.replace("a::b()", "a::b(u8)").replace("#[non", "#[no");
        assert_eq!(breaks(lock, &changed).len(), 2);
    }

    #[test]
    fn a_set_that_was_whole_stays_so() {
        let lock = "pub enum a::B\npub a::B::One\n#[non_exhaustive] pub enum a::C\npub struct a::D\npub a::D::x: u8\n\
                    pub struct a::E\n";
        for (more, broken) in [
            ("pub a::B::Two(u8)", 1),
            ("pub a::B::Two { y: u8 }", 1),
            ("pub a::C::Two", 0),
            ("pub a::D::y: u8", 1),
            // A field that is there beside others that nobody sees.
            ("pub a::E::y: u8", 0),
            ("pub fn a::B::two()", 0),
        ] {
            let now = format!("{lock}{more}\n");
            assert_eq!(breaks(lock, &now).len(), broken, "{more}");
        }
    }
}
