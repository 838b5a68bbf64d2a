//! `cargo xtask package all --out DIR`: everything that a release has, in one folder, each made, installed where nothing else
//! is and used; with what it is made of, of what and by what it was made, and the checksums of all.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::archive::{self, Archives};
use crate::artefact::{self, VERSION, scratch};
use crate::auditable;
use crate::c_package;
use crate::c_shipped;
use crate::command_line;
use crate::crates;
use crate::fault::{Fault, Result};
use crate::mock_package;
use crate::native;
use crate::provenance::{self, Commit};
use crate::python_env::PythonEnv;
use crate::recipes;
use crate::referee_tools::install_python;
use crate::run::{CLI, cargo, program, quiet, silent, step, text, timed};
use crate::sbom;
use crate::sources::{self, entries, files_below, hexadecimal};
use crate::wheel;

/// Where everything is in the folder.
const CRATES: &str = "crates";
const PYTHON: &str = "python";
const ARCHIVES: &str = "archives";
const SBOM: &str = "sbom";

/// How the provenance ends.
const PROVENANCE: &str = ".intoto.json";

/// The checksums, as `sha256sum --check` reads them.
const SUMS: &str = "SHA256SUMS";

/// What tells of which version each file is.
const VERSIONS: &str = "tests/packaging/versions.py";

/// What judges the SBOMs and the provenance, which is by others.
const REFEREE: &str = "tests/referees/release.py";

/// What is shipped that holds code of crates: how its SBOM is called, and the package that it is built of.
const BUILT: [(&str, &str); 4] = [
    ("libsnapline", "snapline-c"),
    ("snapline-cli", CLI),
    ("snapline-mock", "snapline-mock"),
    ("snapline-python", "snapline-python"),
];

/// Makes it all.
pub(crate) fn run(out: &Path, dirty: bool, twice: bool) -> Result<()> {
    let commit = Commit::of_here()?;
    if !commit.clean && !dirty {
        return Err(Fault::new(
            "some files are not as they were committed, so that nobody could make this release again; commit them, or \
             try it with --allow-dirty",
        ));
    }
    if twice && !commit.clean {
        return Err(Fault::new(
            "--twice makes the release again of what is committed, which is not what is here; commit it first",
        ));
    }
    let made = timed("make all that a release has", || all(out, &commit))?;
    if twice {
        timed("make it again from a clone elsewhere", || {
            again(out, &commit)
        })?;
    }
    println!(
        "{} files with {} bytes in {}",
        made.files,
        made.bytes,
        out.display()
    );
    Ok(())
}

struct Made {
    files: usize,
    bytes: u64,
}

fn all(out: &Path, commit: &Commit) -> Result<Made> {
    emptied(out)?;
    let (python, archives) = (out.join(PYTHON), out.join(ARCHIVES));
    part("Python's wheel and sdist", || wheel::run(&python))?;
    // Its folder is there as long as it is held.
    let (held, mock) = part("the mock's wheel and sdist", || mock_package::run(&python))?;
    part("the command line", || {
        command_line::run(&python, &archives, Some(&mock))
    })?;
    drop(held);
    let library = part("the C library", || library(&archives))?;
    part("the crates", || {
        crates::run(&out.join(CRATES), !commit.clean)
    })?;
    part("what it is made of", || made_of(out, &library))?;
    versions(out)?;
    let name = format!("snapline-{VERSION}-{}{PROVENANCE}", std::env::consts::ARCH);
    provenance::write(&out.join(name), commit, &sums(out)?)?;
    judged(out)?;
    let all = sums(out)?;
    let lines = all.iter().map(|(name, sum)| format!("{sum}  {name}\n"));
    artefact::write(&out.join(SUMS), &lines.collect::<String>())?;
    let mut check = program("sha256sum", ["--check", "--strict", "--quiet", SUMS]);
    quiet("read the checksums", check.current_dir(out))?;
    Ok(Made {
        files: all.len() + 1,
        bytes: archive::size_below(out)?,
    })
}

fn part<T>(title: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    timed(&format!("make {title}"), work)
}

/// Refuses a folder with anything else than a release in it, and takes away the one that is there, which may be half of one.
fn emptied(out: &Path) -> Result<()> {
    fs::create_dir_all(out).map_err(|error| Fault::path(out, "made", &error))?;
    let there = entries(out)?;
    let ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        [CRATES, PYTHON, ARCHIVES, SBOM, SUMS].contains(&name.as_ref())
            || name.ends_with(PROVENANCE)
    };
    if let Some(strange) = there.iter().find(|path| !ours(path)) {
        return Err(Fault::new(format!(
            "{} is no part of a release; name another folder, or empty it",
            strange.display()
        )));
    }
    fs::remove_dir_all(out).map_err(|error| Fault::path(out, "removed", &error))?;
    fs::create_dir_all(out).map_err(|error| Fault::path(out, "made", &error))
}

/// The C library with what is packed of it, and what registries install it by.
fn library(folder: &Path) -> Result<Archives> {
    let scratch = scratch()?;
    let libdir = Path::new(c_package::LIB);
    let archives = c_shipped::run(&scratch.path().join("prefix"), libdir, Some(folder))?
        .ok_or_else(|| Fault::new("nothing was packed of the C library"))?;
    native::packed(&archives, libdir)?;
    let recipes = scratch.path().join("recipes");
    recipes::run(&archives.tarball, None, &recipes)?;
    let name = format!("snapline-recipes-{VERSION}-{}", std::env::consts::ARCH);
    archive::packed(&folder.join(format!("{name}.tar.gz")), &recipes, &name)?;
    Ok(archives)
}

/// Writes what each thing is made of, which nothing has to be built for.
pub(crate) fn lists(folder: &Path) -> Result<Vec<PathBuf>> {
    let all = BUILT.iter();
    all.map(|(artefact, package)| sbom::write(folder, artefact, package))
        .collect()
}

/// Writes what each thing is made of, and compares it with what the things say of themselves.
fn made_of(out: &Path, library: &Archives) -> Result<()> {
    let written = lists(&out.join(SBOM))?;
    let scratch = scratch()?;
    let unpacked = library.unpacked(&scratch.path().join("library"))?;
    let shared = unpacked.join(c_package::LIB);
    let cli = Archives {
        tarball: out.join(ARCHIVES).join(format!(
            "snapline-cli-{VERSION}-{}.tar.gz",
            std::env::consts::ARCH
        )),
        debs: Vec::new(),
    };
    let programs = cli.unpacked(&scratch.path().join("programs"))?.join("bin");
    for (sbom, file) in written.iter().zip([
        shared.join(format!("libsnapline.so.{VERSION}")),
        programs.join("snapline"),
    ]) {
        same(sbom, &text(&file), &auditable::read(&file)?)?;
    }
    // A wheel says nothing of it: maturin's list would name the folder that it was built in. Its sdist has a lock, which
    // also has what only builds it.
    let packages = ["snapline_cli", "snapline_mock", "snapline"];
    for (sbom, package) in written.iter().skip(1).zip(packages) {
        let sdist = wheel::only(package, &out.join(PYTHON), ".tar.gz")?;
        let locked = wheel::locked_in(&sdist)?;
        let listed = sbom::names(sbom)?;
        let strange: Vec<&String> = listed.difference(&locked).collect();
        if !strange.is_empty() {
            return Err(Fault::new(format!(
                "{} has {strange:?}, of which the lock in {} says nothing",
                text(sbom),
                text(&sdist)
            )));
        }
    }
    Ok(())
}

/// Refuses a list of crates that is not what a file says of itself.
fn same(sbom: &Path, file: &str, says: &BTreeSet<String>) -> Result<()> {
    let listed = sbom::names(sbom)?;
    if listed == *says {
        return Ok(());
    }
    let differ: Vec<&String> = listed.symmetric_difference(says).collect();
    Err(Fault::new(format!(
        "{} and {file} differ in {differ:?}",
        text(sbom)
    )))
}

/// Refuses an artefact of another version than the workspace's: each is asked, not its name.
fn versions(out: &Path) -> Result<()> {
    let env = PythonEnv::packager()?;
    quiet(
        &format!("ask every file whether it is of {VERSION}"),
        program(env.python(), ["-I", VERSIONS, VERSION]).arg(out),
    )
}

/// Has others' programs read the SBOMs and the provenance.
fn judged(out: &Path) -> Result<()> {
    let python = install_python("release", "requirements-release.txt", "python")?;
    quiet(
        "read the SBOMs and the provenance by CycloneDX's and in-toto's own libraries",
        program(python, ["-I", REFEREE]).arg(out),
    )
}

/// The files of a release by their names in its folder, each with its checksum.
fn sums(out: &Path) -> Result<Vec<(String, String)>> {
    let mut files = files_below(out)?;
    files.retain(|path| path.file_name().is_none_or(|name| name != SUMS));
    files
        .iter()
        .map(|path| {
            let bytes = fs::read(path).map_err(|error| Fault::path(path, "read", &error))?;
            let name = path.strip_prefix(out).unwrap_or(path);
            Ok((text(name), hexadecimal(&Sha256::digest(&bytes))))
        })
        .collect()
}

/// Makes the release once more, from a clone in another folder that has nothing built, and compares every byte.
fn again(out: &Path, commit: &Commit) -> Result<()> {
    let elsewhere = scratch()?;
    let (clone, second) = (elsewhere.path().join("clone"), elsewhere.path().join("out"));
    silent(
        "clone the repository",
        program("git", ["clone", "--quiet", "--no-hardlinks", "."]).arg(&clone),
    )?;
    silent(
        "check the commit out",
        program("git", ["checkout", "--quiet", "--detach", &commit.hash]).current_dir(&clone),
    )?;
    let mut command = cargo(["run", "--quiet", "--package", "xtask", "--"]);
    command
        .args(["package", "all", "--out"])
        .arg(&second)
        .current_dir(&clone)
        .env_remove("CARGO_TARGET_DIR");
    step("make it there", &mut command)?;
    let differ = differences(
        &sources::text(&out.join(SUMS))?,
        &sources::text(&second.join(SUMS))?,
    );
    match differ.is_empty() {
        true => Ok(()),
        false => Err(Fault::new(format!(
            "made again from another folder these are other bytes: {}",
            differ.join(", ")
        ))),
    }
}

/// The names of files whose checksums are not the same in both lists.
fn differences(first: &str, second: &str) -> Vec<String> {
    let lines = |text: &str| {
        text.lines()
            .map(str::to_owned)
            .collect::<BTreeSet<String>>()
    };
    let (first, second) = (lines(first), lines(second));
    let differ = first.symmetric_difference(&second);
    let names = differ.filter_map(|line| Some(line.split_once("  ")?.1.to_owned()));
    names.collect::<BTreeSet<_>>().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named_once() {
        let one = "aa  crates/a\nbb  python/b\n";
        assert!(differences(one, one).is_empty());
        assert_eq!(
            differences(one, "aa  crates/a\ncc  python/b\n"),
            ["python/b"]
        );
        assert_eq!(differences(one, "aa  crates/a\n"), ["python/b"]);
    }

    #[test]
    fn sums_are_as_sha256sum_reads_them_and_leave_themselves_out() {
        let folder = scratch().unwrap();
        artefact::write(&folder.path().join("a/b"), "abc").unwrap();
        artefact::write(&folder.path().join(SUMS), "").unwrap();
        let all = sums(folder.path()).unwrap();
        assert_eq!(all.len(), 1);
        let (name, sum) = &all[0];
        assert_eq!(name, "a/b");
        assert!(sum.starts_with("ba7816bf8f01cfea"), "{sum}");
    }

    #[test]
    fn a_folder_with_other_things_is_left_alone() {
        let folder = scratch().unwrap();
        let other = folder.path().join("mine");
        artefact::write(&other, "abc").unwrap();
        assert!(emptied(folder.path()).is_err());
        assert!(other.exists());
        fs::remove_file(&other).unwrap();
        // Half of a release.
        let half = folder.path().join(PYTHON).join("a.whl");
        artefact::write(&half, "").unwrap();
        emptied(folder.path()).unwrap();
        assert!(!half.exists() && folder.path().exists());
    }

    #[test]
    fn a_list_of_other_crates_than_the_file_has_is_refused() {
        let folder = scratch().unwrap();
        let sbom = sbom::write(folder.path(), "xtask", "xtask").unwrap();
        let mut says = sbom::names(&sbom).unwrap();
        same(&sbom, "it", &says).unwrap();
        says.insert("foreign 1.0.0".to_owned());
        let told = same(&sbom, "it", &says).unwrap_err().to_string();
        assert!(told.contains("foreign 1.0.0"), "{told}");
    }
}
