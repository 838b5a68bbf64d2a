//! The virtual environment under target/, with pinned packages and the wheel.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::copy;
use crate::fault::{Fault, Result};
use crate::pip;
use crate::run::{build, cargo, made, program, quiet, step, text, timed};
use crate::sources::{self, absolute};

pub(crate) const REQUIREMENTS: &str = "bindings/python/requirements-test.txt";
pub(crate) const PACKAGE_REQUIREMENTS: &str = "bindings/python/requirements-package.txt";
pub(crate) const BENCH_REQUIREMENTS: &str = "tests/bench/python/requirements.txt";

/// The package of Python that has the mock.
pub(crate) const MOCK: &str = "bindings/mock-python";

/// A virtual environment that has the test tools, and the wheel once it was installed.
pub(crate) struct PythonEnv {
    folder: PathBuf,
}

impl PythonEnv {
    /// Makes the environment of the tests, or takes the one that is there and up to date.
    pub(crate) fn prepare() -> Result<Self> {
        Self::with("target/venv", REQUIREMENTS)
    }

    /// The same for the environment of what builds and checks packages.
    pub(crate) fn packager() -> Result<Self> {
        Self::with("target/package-venv", PACKAGE_REQUIREMENTS)
    }

    /// The same for the environment of the measurement, with its peers.
    pub(crate) fn bench() -> Result<Self> {
        Self::with("target/bench-venv", BENCH_REQUIREMENTS)
    }

    fn with(folder: &str, requirements: &str) -> Result<Self> {
        let env = Self {
            folder: PathBuf::from(folder),
        };
        let requirements = Path::new(requirements);
        let wanted = sources::text(&pip::lock(requirements))?;
        let stamp = env.folder.join("requirements.stamp");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted)
            && env.python().exists()
        {
            return Ok(env);
        }
        pip::environment(&env.folder)?;
        quiet(
            "install the pinned tools",
            &mut pip::install(&env.folder, requirements),
        )?;
        fs::write(&stamp, wanted).map_err(|error| Fault::path(&stamp, "written", &error))?;
        Ok(env)
    }

    /// A program of the environment.
    pub(crate) fn bin(&self, name: &str) -> PathBuf {
        // An absolute path, since programs are started in other folders too.
        std::path::absolute(self.folder.join("bin").join(name))
            .unwrap_or_else(|_| self.folder.join("bin").join(name))
    }

    pub(crate) fn python(&self) -> PathBuf {
        self.bin("python")
    }

    /// pyright, which finds what the environment has.
    pub(crate) fn pyright(&self) -> Command {
        let mut command = program(self.python(), ["-m", "pyright", "--pythonpath"]);
        command.arg(self.python());
        command
    }

    /// Makes the wheel and installs it.
    pub(crate) fn install_wheel(&self) -> Result<()> {
        let wheels = Path::new("target/wheels");
        self.install_built("_native", "cdylib", "bindings/python", wheels)
    }

    /// Makes the wheel that has the command line alone and installs it; gives the program.
    pub(crate) fn install_cli(&self) -> Result<PathBuf> {
        self.install_program("snapline", "bindings/cli", Path::new("target/cli-wheels"))
    }

    /// Makes the wheel that has the mock and its fixture of pytest, and installs it.
    pub(crate) fn install_mock(&self) -> Result<()> {
        self.install_program("snapline-mock", MOCK, Path::new("target/mock-wheels"))?;
        Ok(())
    }

    /// Makes the wheel of a program in a folder and installs it; gives the program.
    fn install_program(&self, name: &str, package: &str, wheels: &Path) -> Result<PathBuf> {
        self.install_built(name, "bin", package, wheels)?;
        Ok(self.bin(name))
    }

    /// Makes the wheel of a package in a folder and installs it. Maturin would build what is in it with what this package
    /// alone asks of its dependencies, so that most of them were compiled once more: it is given what was built with all
    /// packages, by name and kind of its target.
    fn install_built(&self, name: &str, kind: &str, package: &str, wheels: &Path) -> Result<()> {
        let mut command = self.building(wheels, "dev")?;
        // It is installed at once.
        command.args(["--compression-method", "stored"]);
        let built = timed(&format!("build {name}"), || as_built(name, kind, wheels))?;
        let stand_in = Path::new("xtask/src/cargo_as_built.sh");
        let cargo = cargo([] as [&str; 0]);
        command
            // Where a crate lies elsewhere, only the folder says which package is meant.
            .current_dir(package)
            .env("CARGO", absolute(stand_in)?)
            .env("SNAPLINE_CARGO", cargo.get_program())
            .env("SNAPLINE_BUILT", absolute(&built)?);
        step(&format!("pack the wheel of {name}"), &mut command)?;
        self.install(wheels)
    }

    /// Builds the wheel with one provider and puts what is in it into a folder, beside the installed one.
    pub(crate) fn wheel_alone(&self, provider: &str) -> Result<PathBuf> {
        let folder = Path::new("target/alone").join(provider);
        let wheels = folder.join("wheels");
        let package = folder.join("package");
        step(
            &format!("build the wheel with `{provider}` alone"),
            self.wheel(Path::new("."), &wheels, "dev")?.args([
                "--no-default-features",
                "--features",
                provider,
            ]),
        )?;
        self.install_with(&wheels, &["--upgrade", "--target", &text(&package)])?;
        Ok(package)
    }

    /// What builds the wheel of a tree into an empty folder, with a profile of cargo.
    pub(crate) fn wheel(&self, tree: &Path, wheels: &Path, profile: &str) -> Result<Command> {
        let manifest = tree.join("bindings/python/Cargo.toml");
        let mut command = self.building(wheels, profile)?;
        command.args(["--manifest-path", &text(&manifest)]);
        Ok(command)
    }

    /// What builds a wheel into an empty folder.
    fn building(&self, wheels: &Path, profile: &str) -> Result<Command> {
        copy::remove(wheels)?;
        let out = absolute(wheels)?;
        let mut command = program(
            self.bin("maturin"),
            [
                "build",
                "--quiet",
                // Here and not in pyproject.toml: an sdist holds a part of the workspace, for which
                // the lock has to be cut down.
                "--locked",
                "--profile",
                profile,
                "--out",
                &text(&out),
                "--interpreter",
                &text(&self.python()),
            ],
        );
        command.env("CARGO_TERM_COLOR", "never");
        Ok(command)
    }

    /// Installs the wheel of a folder.
    pub(crate) fn install(&self, wheels: &Path) -> Result<()> {
        self.install_with(wheels, &[])
    }

    fn install_with(&self, wheels: &Path, options: &[&str]) -> Result<()> {
        let wheel = fs::read_dir(wheels)
            .map_err(|error| Fault::path(wheels, "read", &error))?
            .filter_map(std::result::Result::ok)
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|end| end == "whl"))
            .ok_or_else(|| Fault::new(format!("maturin made no wheel in {}", wheels.display())))?;
        quiet(
            "install the wheel",
            pip::of(&self.folder)
                .args(["install", "--quiet", "--disable-pip-version-check"])
                .args(["--no-index", "--no-deps", "--no-compile"])
                .args(["--force-reinstall", &text(&wheel)])
                .args(options),
        )
    }
}

/// Builds a program, or libraries, of the workspace and copies what has this name and kind to a folder, since maturin moves
/// it away while others use it. Gives the file with what cargo says of the copy.
fn as_built(name: &str, kind: &str, folder: &Path) -> Result<PathBuf> {
    let made = match kind {
        "bin" => made(&mut build(["--bin", name]))?,
        _ => made(&mut build(["--lib"]))?,
    };
    let is_it = |message: &Value| {
        let target = message.get("target")?;
        let kinds = target.get("kind")?.as_array()?;
        Some(target.get("name")? == name && kinds.iter().any(|it| it == kind))
    };
    let mut found = made.into_iter().filter(|it| is_it(it) == Some(true));
    let mut message = found
        .next()
        .ok_or_else(|| Fault::new(format!("cargo did not say where it built {name}")))?;
    fs::create_dir_all(folder).map_err(|error| Fault::path(folder, "made", &error))?;
    let mut copied = Value::Null;
    if let Some(Value::Array(files)) = message.get_mut("filenames") {
        for file in files {
            let built = PathBuf::from(file.as_str().unwrap_or_default());
            let copy = absolute(folder.join(built.file_name().unwrap_or_default()))?;
            fs::copy(&built, &copy).map_err(|error| Fault::path(&copy, "written", &error))?;
            copied = json!(copy);
            *file = copied.clone();
        }
    }
    if let Some(program) = message.get_mut("executable").filter(|it| it.is_string()) {
        // The one file of its target.
        *program = copied;
    }
    let file = folder.join("built.json");
    fs::write(&file, message.to_string()).map_err(|error| Fault::path(&file, "written", &error))?;
    Ok(file)
}
