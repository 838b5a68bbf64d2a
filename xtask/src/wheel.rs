//! Packages of Python: the sdist, and the wheel that pip makes of it, both checked; and of them the library, which
//! `cargo xtask package python --out DIR` makes.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::archive;
use crate::artefact::{self, VERSION, at_most, size_of};
use crate::fault::{Fault, Result};
use crate::python_env::PythonEnv;
use crate::run::{output, path_with, program, quiet, text, timed};
use crate::sbom;
use crate::sources::{self, entries};

/// What a wheel's name must say: any CPython from 3.9 on, on any Linux with that glibc or a later one.
const TAG: &str = "cp39-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64";

/// How large the wheel may be, and what it becomes when it is installed.
const MOST_BYTES: u64 = 5_000_000;
const MOST_INSTALLED: u64 = 12_000_000;

/// How much more than bare Python a start with `import snapline` may take, in milliseconds of CPU.
const MOST_IMPORT: f64 = 15.0;

/// Tells by how many milliseconds the best start with the import exceeds the best one without, in user
/// and system time: how long other processes keep one waiting says nothing of the import.
pub(crate) const IMPORT: &str = r#"
import os, sys
def start(code):
    child = os.posix_spawn(sys.executable, [sys.executable, "-I", "-c", code], os.environ)
    _, status, used = os.wait4(child, 0)
    assert status == 0
    return (used.ru_utime + used.ru_stime) * 1000
start("import snapline")
runs = [(start("pass"), start("import snapline")) for _ in range(40)]
print(min(run[1] for run in runs) - min(run[0] for run in runs))
"#;

/// A call that gets as far as a connection, so more than the module itself was loaded.
const SMOKE: &str = include_str!("../../tests/packaging/smoke.py");

/// A package of Python that is made of a folder of bindings.
pub(crate) struct Package {
    /// As its files are called.
    pub(crate) name: &'static str,
    /// Where its pyproject.toml lies.
    pub(crate) folder: &'static str,
    /// What the wheel's name must say on Linux, for x86_64.
    pub(crate) tag: &'static str,
    /// How large the wheel may be.
    pub(crate) most_bytes: u64,
}

/// What was made of it, and where.
pub(crate) struct Made {
    pub(crate) package: &'static Package,
    pub(crate) sdist: PathBuf,
    pub(crate) wheel: PathBuf,
    pub(crate) env: PythonEnv,
    /// Outside the repository, where an sdist has to do without it.
    pub(crate) scratch: TempDir,
}

/// The library of Python.
const SNAPLINE: Package = Package {
    name: "snapline",
    folder: "bindings/python",
    tag: TAG,
    most_bytes: MOST_BYTES,
};

pub(crate) fn run(out: &Path) -> Result<()> {
    let made = SNAPLINE.make(out)?;
    installed(&made)?;
    each_alone(&made.env)?;
    println!("    {}\n    {}", made.sdist.display(), made.wheel.display());
    Ok(())
}

/// The wheel with each provider alone. An unoptimised one tells as much and takes 20 seconds; on invented
/// providers `xtask/tests/hostile.rs` tries the same in each run of the tests.
fn each_alone(env: &PythonEnv) -> Result<()> {
    let providers = sources::names(Path::new("spec"))?;
    for provider in &providers {
        let package = env.wheel_alone(provider)?;
        let others = providers.iter().filter(|other| *other != provider);
        quiet(
            &format!("use the wheel with `{provider}` alone"),
            program(env.python(), ["tests/packaging/alone.py", provider])
                .args(others)
                .env("PYTHONPATH", package),
        )?;
    }
    Ok(())
}

impl Package {
    /// Makes the sdist and the wheel in a folder, in place of those that are there, and looks at both.
    pub(crate) fn make(&'static self, out: &Path) -> Result<Made> {
        let env = PythonEnv::packager()?;
        fs::create_dir_all(out).map_err(|error| Fault::path(out, "made", &error))?;
        for old in packages(self.name, out)? {
            fs::remove_file(&old).map_err(|error| Fault::path(&old, "removed", &error))?;
        }
        quiet(
            &format!("pack the sdist of {}", self.name),
            artefact::of_one_day(
                program(env.bin("maturin"), ["sdist", "--out"])
                    .arg(out)
                    .current_dir(self.folder),
            ),
        )?;
        let sdist = only(self.name, out, ".tar.gz")?;
        let scratch = artefact::scratch()?;
        let tree = unpacked(&sdist, scratch.path())?;
        quiet(
            "build the wheel from the sdist, for release (minutes)",
            &mut build(&env, &tree, out)?,
        )?;
        same_versions(&tree)?;
        let wheel = only(self.name, out, ".whl")?;
        self.check(&env, &sdist, &wheel)?;
        let contents = scratch.path().join("wheel");
        unzipped(&env, &wheel, &contents)?;
        artefact::all_anonymous(&contents, scratch.path())?;
        Ok(Made {
            package: self,
            sdist,
            wheel,
            env,
            scratch,
        })
    }
}

impl Made {
    /// Installs the wheel where nothing else is, with no index to take anything from; gives the folder of programs.
    pub(crate) fn installed(&self) -> Result<PathBuf> {
        let venv = self.scratch.path().join("venv");
        quiet(
            "make an empty environment",
            &mut program("python3", ["-m", "venv", &text(&venv)]),
        )?;
        let bin = venv.join("bin");
        quiet(
            "install the wheel there, with no index to take anything else from",
            program(bin.join("python"), ["-m", "pip", "install", "--no-index"])
                .args(["--disable-pip-version-check", "--no-compile"])
                .arg(&self.wheel),
        )?;
        Ok(bin)
    }

    /// Refuses a copy of a licence that is not the repository's, as a Python has it in which the wheel was installed.
    pub(crate) fn same_licences(&self, python: &Path) -> Result<()> {
        let Package { name, folder, .. } = self.package;
        let licences = site(python)?.join(format!("{name}-{VERSION}.dist-info/licenses"));
        artefact::same_licences(&licences, "the wheel's", Path::new(folder))
    }
}

/// How maturin links against the glibc of a Linux that is older than any which still gets security updates; zig brings it.
pub(crate) const OLD_GLIBC: &str = "--zig --compatibility manylinux2014";

/// What builds the wheel as `pip install` of an sdist does; only the glibc is chosen here.
fn build(env: &PythonEnv, tree: &Path, out: &Path) -> Result<Command> {
    let arguments = [
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-index",
        "--no-cache-dir",
    ];
    let mut command = program(env.python(), arguments);
    command
        // The pinned maturin of this environment, in place of one that pip would fetch.
        .args(["--no-build-isolation", "--disable-pip-version-check"])
        .arg("--wheel-dir")
        .arg(out)
        .arg(tree)
        .env("PATH", path_with(&env.bin(""))?);
    artefact::shippable(&mut command)?;
    if cfg!(target_os = "linux") {
        command.env("MATURIN_PEP517_ARGS", OLD_GLIBC);
    }
    Ok(command)
}

/// Unpacks a wheel.
pub(crate) fn unzipped(env: &PythonEnv, wheel: &Path, into: &Path) -> Result<()> {
    quiet(
        "unpack the wheel",
        program(env.python(), ["-m", "zipfile", "-e"])
            .arg(wheel)
            .arg(into),
    )
}

fn unpacked(sdist: &Path, into: &Path) -> Result<PathBuf> {
    quiet(
        "unpack the sdist",
        // As of now: by the times of one day cargo would take what it built of another version for this one's.
        program("tar", ["--touch", "-xzf"])
            .arg(sdist)
            .arg("-C")
            .arg(into),
    )?;
    let name = sdist.file_name().unwrap_or_default().to_string_lossy();
    Ok(into.join(name.trim_end_matches(".tar.gz")))
}

/// The sdist's lock is the repository's cut down; anything else in it would be a crate nobody chose.
fn same_versions(tree: &Path) -> Result<()> {
    let ours = locked(Path::new("Cargo.lock"))?;
    let theirs = locked(&tree.join("Cargo.lock"))?;
    let strange: Vec<&String> = theirs.difference(&ours).collect();
    if theirs.is_empty() || !strange.is_empty() {
        return Err(Fault::new(format!(
            "the sdist was built with {} crates, among them {strange:?}, which Cargo.lock does not have",
            theirs.len()
        )));
    }
    Ok(())
}

/// The crates of the lock in an sdist, by name and version.
pub(crate) fn locked_in(sdist: &Path) -> Result<BTreeSet<String>> {
    let scratch = artefact::scratch()?;
    let lock = unpacked(sdist, scratch.path())?.join("Cargo.lock");
    Ok(sbom::locked(&lock)?.into_keys().collect())
}

fn locked(path: &Path) -> Result<BTreeSet<String>> {
    let lock = fs::read_to_string(path).map_err(|error| Fault::path(path, "read", &error))?;
    Ok(crates(&lock))
}

/// `name version checksum` of every crate in a lock.
fn crates(lock: &str) -> BTreeSet<String> {
    lock.split("[[package]]")
        .skip(1)
        .map(|package| {
            let value = |key: &str| {
                package
                    .lines()
                    .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))
                    .unwrap_or_default()
            };
            [value("name"), value("version"), value("checksum")].join(" ")
        })
        .collect()
}

impl Package {
    fn check(&self, env: &PythonEnv, sdist: &Path, wheel: &Path) -> Result<()> {
        quiet(
            "twine check",
            program(env.python(), ["-m", "twine", "check", "--strict"])
                .arg(sdist)
                .arg(wheel),
        )?;
        let name = text(wheel);
        if name.contains("-abi3-") {
            // Strict: what it cannot read fails too.
            quiet(
                "abi3audit: nothing is used that a later Python may not have",
                program(
                    env.bin("abi3audit"),
                    ["--strict", "--report", "--assume-minimum-abi3"],
                )
                .arg("3.9")
                .arg(wheel),
            )?;
        }
        let tag = cfg!(all(target_os = "linux", target_arch = "x86_64")).then_some(self.tag);
        if let Some(tag) = tag
            && !name.ends_with(&format!("-{tag}.whl"))
        {
            return Err(Fault::new(format!("{name} has another tag than {tag}")));
        }
        let size = size_of(wheel)?;
        println!("    the wheel has {size} bytes");
        at_most("the wheel", size, self.most_bytes)
    }
}

/// Installs the wheel where nothing else is, and looks at what came of it.
fn installed(made: &Made) -> Result<()> {
    let python = made.installed()?.join("python");
    let told = output(&python, &["-c", SMOKE])?;
    if told != "works" {
        return Err(Fault::new(format!(
            "the wheel does not work where it is installed: it told `{told}`"
        )));
    }
    let package = site(&python)?.join("snapline");
    let size = archive::size_below(&package)?;
    println!("    installed it has {size} bytes");
    at_most("the installed package", size, MOST_INSTALLED)?;
    made.same_licences(&python)?;
    let taken = timed("import it, 40 times", || {
        let told = output(&python, &["-c", IMPORT])?;
        told.parse::<f64>()
            .map_err(|_| Fault::new(format!("`{told}` is no time")))
    })?;
    println!("    `import snapline` takes {taken:.1} ms of CPU over bare Python");
    if taken > MOST_IMPORT {
        return Err(Fault::new(format!(
            "`import snapline` takes {taken:.1} ms; at most {MOST_IMPORT} ms are wanted"
        )));
    }
    Ok(())
}

/// Where a Python has what was installed.
fn site(python: &Path) -> Result<PathBuf> {
    let told = "import sysconfig; print(sysconfig.get_path('platlib'))";
    Ok(PathBuf::from(output(python, &["-c", told])?))
}

/// The wheels and sdists of a package in a folder.
fn packages(name: &str, folder: &Path) -> Result<Vec<PathBuf>> {
    let ours = |path: &PathBuf| {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let version = file.strip_prefix(name).and_then(|it| it.strip_prefix('-'));
        // What begins with the name and a word is another package.
        version.is_some_and(|it| it.starts_with(|first: char| first.is_ascii_digit()))
            && (file.ends_with(".whl") || file.ends_with(".tar.gz"))
    };
    Ok(entries(folder)?.into_iter().filter(ours).collect())
}

pub(crate) fn only(name: &str, folder: &Path, end: &str) -> Result<PathBuf> {
    let mut found = packages(name, folder)?;
    found.retain(|path| text(path).ends_with(end));
    match (found.pop(), found.is_empty()) {
        (Some(path), true) => Ok(path),
        _ => Err(Fault::new(format!(
            "there is not one {end} of {name} in {}, but none or several",
            folder.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_of_another_version_or_content_is_another() {
        let lock = |version: &str, sum: &str| {
            format!(
                "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"{version}\"\nchecksum = \"{sum}\"\n"
            )
        };
        let ours = crates(&lock("1.0.0", "x"));
        assert_eq!(ours.iter().collect::<Vec<_>>(), ["\"a\" \"1.0.0\" \"x\""]);
        assert_ne!(ours, crates(&lock("1.0.1", "x")));
        assert_ne!(ours, crates(&lock("1.0.0", "y")));
    }

    #[test]
    fn one_package_of_a_kind_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str| fs::write(folder.path().join(name), "").unwrap();
        assert!(only("snapline", folder.path(), ".whl").is_err());
        put("snapline-1.whl");
        put("snapline-1.tar.gz");
        put("snapline-cli-1.whl");
        assert!(
            only("snapline", folder.path(), ".whl")
                .unwrap()
                .ends_with("snapline-1.whl")
        );
        put("snapline-2.whl");
        assert!(only("snapline", folder.path(), ".whl").is_err());
    }
}
