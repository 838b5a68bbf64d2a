//! The C library in a prefix of its own under target/, as a user has it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fault::{Fault, Result};
use crate::run::{cargo, program, quiet, text};

/// Flags that every C source must pass.
pub(crate) const STRICT: [&str; 5] = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// The installed library.
pub(crate) struct CLibrary {
    prefix: PathBuf,
}

impl CLibrary {
    /// Builds the library and lays it out in `target/c`.
    pub(crate) fn build() -> Result<Self> {
        quiet(
            "build the C library",
            &mut cargo(["build", "--quiet", "-p", "snapline-c"]),
        )?;
        let prefix = std::path::absolute("target/c")
            .map_err(|error| Fault::new(format!("the current folder cannot be read: {error}")))?;
        let library = Self { prefix };
        for folder in ["include", "lib", "bin"] {
            let folder = library.prefix.join(folder);
            fs::create_dir_all(&folder).map_err(|error| Fault::path(&folder, "made", &error))?;
        }
        library.install("bindings/c/include/snapline.h", "include/snapline.h")?;
        for header in files("bindings/cpp/include", "hpp")? {
            let below = header
                .strip_prefix("bindings/cpp/include")
                .unwrap_or(&header);
            library.install(&text(&header), &text(&Path::new("include").join(below)))?;
        }
        library.install("target/debug/libsnapline_c.a", "lib/libsnapline.a")?;
        library.install("target/debug/libsnapline_c.so", "lib/libsnapline.so.0")?;
        library.install("target/debug/libsnapline_c.so", "lib/libsnapline.so")?;
        Ok(library)
    }

    fn install(&self, from: &str, to: &str) -> Result<()> {
        let to = self.prefix.join(to);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(|error| Fault::path(folder, "made", &error))?;
        }
        // A fresh file: a running program keeps the old one.
        let _ = fs::remove_file(&to);
        fs::copy(from, &to)
            .map(|_| ())
            .map_err(|error| Fault::path(Path::new(from), "copied", &error))
    }

    /// Compiles sources against the installed header and shared library.
    pub(crate) fn compile(
        &self,
        name: &str,
        sources: &[PathBuf],
        extra: &[&str],
    ) -> Result<PathBuf> {
        let mut command = compiler("CC", "cc");
        command.args(STRICT);
        self.link(name, command, sources, extra)
    }

    /// As `compile`, for C++ of a standard such as `c++17`.
    pub(crate) fn compile_cpp(
        &self,
        name: &str,
        standard: &str,
        sources: &[PathBuf],
        extra: &[&str],
    ) -> Result<PathBuf> {
        let mut command = compiler("CXX", "c++");
        command.arg(format!("-std={standard}"));
        command.args(STRICT.iter().filter(|flag| !flag.starts_with("-std")));
        self.link(name, command, sources, extra)
    }

    fn link(
        &self,
        name: &str,
        mut command: Command,
        sources: &[PathBuf],
        extra: &[&str],
    ) -> Result<PathBuf> {
        let program_path = self.prefix.join("bin").join(name);
        command.args(extra).args(sources);
        command.arg("-o").arg(&program_path);
        command.arg(format!("-I{}", text(&self.prefix.join("include"))));
        command.arg(format!("-L{}", text(&self.prefix.join("lib"))));
        command.arg(format!("-Wl,-rpath,{}", text(&self.prefix.join("lib"))));
        command.args(["-lsnapline", "-lpthread", "-lm"]);
        quiet(&format!("compile {name}"), &mut command)?;
        Ok(program_path)
    }
}

/// The compiler that a variable names, or the usual one.
pub(crate) fn compiler(variable: &str, usual: &str) -> Command {
    program(
        std::env::var_os(variable).unwrap_or_else(|| usual.into()),
        std::iter::empty::<&str>(),
    )
}

/// The files with an ending in a folder and those below it, sorted.
pub(crate) fn files(folder: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).map_err(|error| Fault::path(&folder, "read", &error))?;
        for path in entries
            .filter_map(std::result::Result::ok)
            .map(|it| it.path())
        {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The C sources in a folder, sorted.
pub(crate) fn sources(folder: &str) -> Result<Vec<PathBuf>> {
    sources_in(folder, "c")
}

/// The sources with an ending in a folder, sorted.
pub(crate) fn sources_in(folder: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let folder = Path::new(folder);
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| Fault::path(folder, "read", &error))?
        .filter_map(std::result::Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == ending))
        .collect();
    found.sort();
    Ok(found)
}
