//! `cargo xtask test registries`: the C library as Conan and Meson install it by our recipes, with nothing but the archive
//! and no network, and used by the programs of `tests/packaging`. vcpkg itself is in no registry that is reached: its
//! manifest is held to what its schema asks, and its port runs in cmake over stand-ins for vcpkg's functions.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::artefact::{self, VERSION, copy};
use crate::c_package;
use crate::fault::{Fault, Result};
use crate::mock::MockServer;
use crate::native::{cmake, consume, mock, outside};
use crate::recipes;
use crate::referee_tools::install_python;
use crate::run::{path_with_all, program, quiet, text, timed};

const CONAN: &str = "conan/conanfile.py";

/// What all registries are tried with.
struct Tried {
    /// Where everything lands.
    scratch: PathBuf,
    /// Where the recipes are.
    recipes: PathBuf,
    archive: PathBuf,
    /// The programs that use the library.
    outside: PathBuf,
    mock: MockServer,
    cmake: PathBuf,
    /// PATH with Conan, Meson, ninja and cmake.
    path: std::ffi::OsString,
}

pub(crate) fn run() -> Result<()> {
    let scratch = artefact::scratch()?;
    let lib = Path::new(c_package::LIB);
    let (prefix, packed) = (scratch.path().join("prefix"), scratch.path().join("packed"));
    c_package::install(&prefix, lib)?;
    fs::create_dir_all(&packed).map_err(|error| Fault::path(&packed, "made", &error))?;
    let archive = c_package::archives(&prefix, lib, &packed)?.tarball;
    let recipes = scratch.path().join("recipes");
    recipes::run(
        &archive,
        Some(&format!("file://{}", text(&packed))),
        &recipes,
    )?;

    let tools = install_python("registries", "requirements-registries.txt", "conan")?;
    let tools = tools.parent().map(Path::to_owned).unwrap_or_default();
    let cmake = cmake()?.ok_or_else(|| Fault::new("there is no cmake, and none can be had"))?;
    let beside = cmake.parent().map(Path::to_owned).unwrap_or_default();
    let path = path_with_all(&[&tools, &beside])?;
    let tried = Tried {
        outside: outside(scratch.path())?,
        scratch: scratch.path().to_owned(),
        recipes,
        archive,
        mock: mock()?,
        cmake,
        path,
    };
    tried.conan()?;
    tried.meson()?;
    tried.vcpkg()?;
    // Last, since it is changed: nobody takes an archive that is not the one that was meant.
    let mut bytes =
        fs::read(&tried.archive).map_err(|error| Fault::path(&tried.archive, "read", &error))?;
    bytes.push(0);
    fs::write(&tried.archive, bytes)
        .map_err(|error| Fault::path(&tried.archive, "written", &error))?;
    timed("refuse an archive that was changed", || {
        refused("Conan", &mut tried.conan_create("other")?)?;
        refused("Meson", &mut tried.meson_setup("other")?)?;
        refused("the port of vcpkg", &mut tried.port("other")?)
    })
}

fn refused(who: &str, command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .map_err(|error| Fault::new(format!("{who} cannot be started: {error}")))?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).to_lowercase();
    // For that reason and no other.
    match !output.status.success()
        && ["checksum", "hash", "signature"]
            .iter()
            .any(|word| said.contains(word))
    {
        true => Ok(()),
        false => Err(Fault::new(format!(
            "{who} takes an archive that was changed: {said}"
        ))),
    }
}

impl Tried {
    /// Conan with a cache of its own, and no remote to ask.
    fn of_conan(&self, home: &str, arguments: &[&str]) -> Result<Command> {
        let home = self.scratch.join(home);
        let mut command = program("conan", arguments);
        command.env("CONAN_HOME", &home).env("PATH", &self.path);
        if !home.join("profiles").exists() {
            artefact::write(&home.join("remotes.json"), "{\"remotes\": []}\n")?;
            let mut detect = program("conan", ["profile", "detect"]);
            quiet(
                "let Conan look at the compiler",
                detect.env("CONAN_HOME", &home).env("PATH", &self.path),
            )?;
        }
        Ok(command)
    }

    fn conan_create(&self, home: &str) -> Result<Command> {
        let mut command = self.of_conan(home, &["create"])?;
        command.arg(self.recipes.join(CONAN));
        Ok(command)
    }

    fn conan(&self) -> Result<()> {
        quiet(
            "conan create, with its test_package",
            &mut self.conan_create("conan")?,
        )?;
        let out = self.scratch.join("conan-consumer");
        quiet(
            "conan install for programs elsewhere",
            self.of_conan(
                "conan",
                &["install", &format!("--requires=snapline/{VERSION}")],
            )?
            .args(["--generator", "CMakeDeps", "--generator", "CMakeToolchain"])
            .args(["--generator", "PkgConfigDeps", "--output-folder"])
            .arg(&out),
        )?;
        let build = self.scratch.join("conan-built");
        self.cmake_build(
            &build,
            &format!(
                "-DCMAKE_TOOLCHAIN_FILE={}",
                text(&out.join("conan_toolchain.cmake"))
            ),
        )?;
        self.consumed(
            &build,
            &["c_snapline", "cpp_snapline", "c_static", "cpp_static"],
        )?;
        // And what Conan writes for pkg-config leads to it.
        let described = crate::sources::text(&out.join("snapline.pc"))?;
        match described.contains("-lsnapline") && described.contains(&format!("Version: {VERSION}"))
        {
            true => Ok(()),
            false => Err(Fault::new(format!("Conan's snapline.pc says: {described}"))),
        }
    }

    fn cmake_build(&self, build: &Path, option: &str) -> Result<()> {
        quiet(
            "configure with cmake",
            program(&self.cmake, ["-DCMAKE_BUILD_TYPE=Release", option, "-S"])
                .arg(&self.outside)
                .arg("-B")
                .arg(build),
        )?;
        quiet(
            "build with cmake",
            program(&self.cmake, ["--build"]).arg(build),
        )
    }

    /// Programs that were built list what the mock has; each finds the library where it was linked.
    fn consumed(&self, build: &Path, programs: &[&str]) -> Result<()> {
        programs
            .iter()
            .try_for_each(|name| consume(&build.join(name), Path::new(""), &self.mock))
    }

    /// The programs as a project of Meson that has the wrap, and what it would download.
    fn meson_setup(&self, name: &str) -> Result<Command> {
        let project = self.scratch.join(name);
        for file in ["meson.build", "consumer.c", "consumer.cpp"] {
            copy(&self.outside.join(file), &project.join(file))?;
        }
        let subprojects = project.join("subprojects");
        crate::copy::folder(&self.recipes.join("meson"), &subprojects)?;
        let archive = self.archive.file_name().unwrap_or_default();
        copy(
            &self.archive,
            &subprojects.join("packagecache").join(archive),
        )?;
        let mut command = program("meson", ["setup", "built"]);
        command.current_dir(&project).env("PATH", &self.path);
        Ok(command)
    }

    fn meson(&self) -> Result<()> {
        quiet(
            "meson setup, with the wrap",
            &mut self.meson_setup("meson")?,
        )?;
        let project = self.scratch.join("meson");
        quiet(
            "meson compile",
            program("meson", ["compile", "-C", "built"])
                .current_dir(&project)
                .env("PATH", &self.path),
        )?;
        self.consumed(
            &project.join("built"),
            &[
                "c_snapline",
                "cpp_snapline",
                "c_snapline-static",
                "cpp_snapline-static",
            ],
        )
    }

    /// The port in cmake, over stand-ins for what vcpkg gives it.
    fn port(&self, name: &str) -> Result<Command> {
        let here = self.scratch.join("vcpkg").join(name);
        let unpacked = here.join("unpacked");
        fs::create_dir_all(&unpacked).map_err(|error| Fault::path(&unpacked, "made", &error))?;
        let define = |key: &str, path: &Path| format!("-D{key}={}", text(path));
        let packed = self.archive.parent().unwrap_or(&self.archive);
        let mut command = program(&self.cmake, ["-DPORT=snapline"]);
        command
            .arg(define("PORT_FOLDER", &self.recipes.join("vcpkg")))
            .arg(define("DOWNLOADS", packed))
            .arg(define("CURRENT_PACKAGES_DIR", &here.join("installed")))
            .arg(define("SCRATCH", &unpacked))
            .args(["-P", "tests/packaging/vcpkg.cmake"]);
        Ok(command)
    }

    fn vcpkg(&self) -> Result<()> {
        let file = self.recipes.join("vcpkg/vcpkg.json");
        let manifest: Value = serde_json::from_str(&crate::sources::text(&file)?)
            .map_err(|error| Fault::new(format!("{}: {error}", file.display())))?;
        let wrong = faults(&manifest);
        if !wrong.is_empty() {
            return Err(Fault::new(format!("vcpkg.json: {}", wrong.join("; "))));
        }
        quiet(
            "run the port over stand-ins for vcpkg's functions",
            &mut self.port("port")?,
        )?;
        let build = self.scratch.join("vcpkg-built");
        let installed = self.scratch.join("vcpkg/port/installed");
        // As vcpkg's toolchain says where packages are: in share alone.
        let found = installed.join("share/snapline");
        self.cmake_build(&build, &format!("-Dsnapline_DIR={}", text(&found)))?;
        self.consumed(
            &build,
            &["c_snapline", "cpp_snapline", "c_static", "cpp_static"],
        )?;
        println!("    vcpkg itself is in no registry that is reached: it has not built the port");
        Ok(())
    }
}

/// What is wrong with a manifest of vcpkg, as its documentation has the fields that ours uses.
fn faults(manifest: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let known = [
        "name",
        "version",
        "description",
        "homepage",
        "license",
        "supports",
    ];
    let Some(fields) = manifest.as_object() else {
        return vec!["it is no object".to_owned()];
    };
    for (key, value) in fields {
        if !known.contains(&key.as_str()) {
            wrong.push(format!("nobody has looked whether `{key}` is right"));
        }
        if value.as_str().is_none_or(str::is_empty) {
            wrong.push(format!("`{key}` is no text"));
        }
    }
    let text = |key: &str| {
        manifest
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let identifier = |name: &str| {
        let mut parts = name.split('-');
        parts.all(|part| {
            let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            !part.is_empty() && part.bytes().all(allowed)
        })
    };
    if !identifier(text("name")) {
        wrong
            .push("the name has other characters than small letters, digits and dashes".to_owned());
    }
    // `version` is for numbers with dots; others need another key.
    let numbers = |version: &str| version.split('.').all(|part| part.parse::<u32>().is_ok());
    if !numbers(text("version")) {
        wrong.push("the version is not numbers with dots".to_owned());
    }
    if !text("homepage").starts_with("https://") {
        wrong.push("the homepage is no address".to_owned());
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_manifest_that_vcpkg_would_refuse_is_told() {
        let good = json!({
            "name": "a-b2", "version": "1.2.3", "description": "It does.", "homepage": "https://example.com",
            "license": "MIT", "supports": "linux & x64",
        });
        assert!(faults(&good).is_empty(), "{:?}", faults(&good));
        for (key, value) in [
            ("name", json!("A_b")),
            ("version", json!("1.2-beta")),
            ("homepage", json!("example")),
            ("license", json!(7)),
            ("licence", json!("MIT")),
        ] {
            let mut bad = good.clone();
            bad[key] = value;
            assert_eq!(faults(&bad).len(), 1, "{key}");
        }
        assert_eq!(faults(&json!([])).len(), 1);
    }
}
