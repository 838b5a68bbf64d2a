//! What is in a library or a program that is shipped, written into it as cargo-auditable does: whoever has nothing else can
//! ask which crates are in it, and tools that know of faults do. cargo-auditable itself gives it to what rustc links;
//! the C library is linked anew behind that, and the program of an archive comes out of a wheel.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};

use crate::artefact::scratch;
use crate::fault::{Fault, Result};
use crate::run::{cargo, program, quiet};

/// Where tools look for it.
const SECTION: &str = ".dep-v0";

/// Writes into a file what the package is made of that it was built of, with its default features.
pub(crate) fn embed(file: &Path, package: &str) -> Result<()> {
    let list = Crates::of(package)?;
    let folder = scratch()?;
    let packed = folder.path().join("list");
    std::fs::write(&packed, list.packed()?)
        .map_err(|error| Fault::path(&packed, "written", &error))?;
    quiet(
        "write into it what it is made of",
        program("objcopy", ["--add-section"])
            .arg(format!("{SECTION}={}", packed.display()))
            .arg(format!("--set-section-flags={SECTION}=noload,readonly"))
            .arg(file),
    )?;
    let read = read(file)?;
    if read != list.names() {
        return Err(Fault::new(format!(
            "{} says that it is made of {read:?}",
            file.display()
        )));
    }
    println!("    made of {} crates, as it says itself", read.len());
    Ok(())
}

/// What a file says that it is made of, as tools read it.
pub(crate) fn read(file: &Path) -> Result<BTreeSet<String>> {
    let told = auditable_info::audit_info_from_file(file, auditable_info::Limits::default());
    let told = told.map_err(|error| Fault::new(format!("{}: {error}", file.display())))?;
    let names = told.packages.into_iter();
    Ok(names
        .map(|package| format!("{} {}", package.name, package.version))
        .collect())
}

/// Crates by name and version.
pub(crate) struct Crates {
    pub(crate) root: String,
    pub(crate) all: BTreeMap<String, Part>,
}

/// One of them.
pub(crate) struct Part {
    /// Whether it is of this tree.
    ours: bool,
    pub(crate) needs: BTreeSet<String>,
}

impl Crates {
    /// What is built into a package: neither what only builds it, nor macros.
    pub(crate) fn of(package: &str) -> Result<Self> {
        let output = cargo(["tree", "--locked", "--prefix", "depth", "--format", " {p}"])
            .args(["--edges", "normal,no-proc-macro", "--package", package])
            .output()
            .map_err(|error| Fault::new(format!("cargo cannot be started: {error}")))?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            return Err(Fault::new(format!("cargo tree: {told}")));
        }
        Self::read(&String::from_utf8_lossy(&output.stdout))
            .ok_or_else(|| Fault::new("cargo tree prints something else than it did"))
    }

    /// Lines such as `2 name v1.0.0 (where it is from)`, below what needs them.
    pub(crate) fn read(tree: &str) -> Option<Self> {
        let mut all: BTreeMap<String, Part> = BTreeMap::new();
        let mut above: Vec<String> = Vec::new();
        for line in tree.lines().filter(|line| !line.is_empty()) {
            let mut words = line.split_whitespace();
            let depth: usize = words.next()?.parse().ok()?;
            let name = words.next()?;
            let version = words.next()?.strip_prefix('v')?;
            let key = format!("{name} {version}");
            above.truncate(depth);
            if let Some(parent) = above.last().and_then(|parent| all.get_mut(parent)) {
                parent.needs.insert(key.clone());
            }
            // The second time it has a star in place of where it is from.
            let part = Part {
                ours: line.contains("(/"),
                needs: BTreeSet::new(),
            };
            all.entry(key.clone()).or_insert(part);
            above.push(key);
        }
        let root = above.first()?.clone();
        Some(Self { root, all })
    }

    pub(crate) fn names(&self) -> BTreeSet<String> {
        self.all.keys().cloned().collect()
    }

    /// As cargo-auditable writes it: each crate with the places in the list of what it needs.
    fn listed(&self) -> Value {
        let place = |key: &String| self.all.keys().position(|other| other == key);
        let packages = self.all.iter().map(|(key, part)| {
            let (name, version) = key.split_once(' ').unwrap_or((key, ""));
            let mut package = json!({
                "name": name,
                "version": version,
                "source": if part.ours { "local" } else { "crates.io" },
                "dependencies": part.needs.iter().filter_map(place).collect::<Vec<_>>(),
            });
            if let (Some(fields), true) = (package.as_object_mut(), *key == self.root) {
                fields.insert("root".to_owned(), json!(true));
            }
            package
        });
        // 1: macros are not told as parts.
        json!({"packages": packages.collect::<Vec<_>>(), "format": 1})
    }

    fn packed(&self) -> Result<Vec<u8>> {
        let fault = |error| Fault::new(format!("the list of crates cannot be packed: {error}"));
        let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
        packer
            .write_all(self.listed().to_string().as_bytes())
            .map_err(fault)?;
        packer.finish().map_err(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "0 a v0.1.0 (/there/a)\n1 b v2.0.0\n2 c v3.0.0\n1 c v3.0.0\n1 d v0.1.0 (/there/d)\n\
                        2 b v2.0.0 (*)\n";

    #[test]
    fn a_tree_is_read_with_what_needs_what() {
        let list = Crates::read(TREE).unwrap().listed();
        assert_eq!(
            list["packages"],
            json!([
                {"name": "a", "version": "0.1.0", "source": "local", "dependencies": [1, 2, 3], "root": true},
                {"name": "b", "version": "2.0.0", "source": "crates.io", "dependencies": [2]},
                {"name": "c", "version": "3.0.0", "source": "crates.io", "dependencies": []},
                {"name": "d", "version": "0.1.0", "source": "local", "dependencies": [1]},
            ])
        );
        assert!(Crates::read("something else").is_none());
        assert!(Crates::read("").is_none());
    }

    #[test]
    fn a_program_tells_what_it_is_made_of() {
        let folder = scratch().unwrap();
        let file = folder.path().join("program");
        // A program that is there wherever there are tests.
        std::fs::copy(std::env::current_exe().unwrap(), &file).unwrap();
        assert!(read(&file).is_err());
        embed(&file, env!("CARGO_PKG_NAME")).unwrap();
        let told = read(&file).unwrap();
        assert!(
            told.iter().any(|name| name.starts_with("auditable-info ")),
            "{told:?}"
        );
        assert!(
            !told.iter().any(|name| name.starts_with("serde_derive ")),
            "{told:?}"
        );
    }
}
