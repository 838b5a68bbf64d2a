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
        library.install("target/debug/libsnapline_c.a", "lib/libsnapline.a")?;
        library.install("target/debug/libsnapline_c.so", "lib/libsnapline.so.0")?;
        library.install("target/debug/libsnapline_c.so", "lib/libsnapline.so")?;
        Ok(library)
    }

    fn install(&self, from: &str, to: &str) -> Result<()> {
        let to = self.prefix.join(to);
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
        let program_path = self.prefix.join("bin").join(name);
        let mut command = self.compiler();
        command.args(STRICT).args(extra).args(sources);
        command.arg("-o").arg(&program_path);
        command.arg(format!("-I{}", text(&self.prefix.join("include"))));
        command.arg(format!("-L{}", text(&self.prefix.join("lib"))));
        command.arg(format!("-Wl,-rpath,{}", text(&self.prefix.join("lib"))));
        command.args(["-lsnapline", "-lpthread", "-lm"]);
        quiet(&format!("compile {name}"), &mut command)?;
        Ok(program_path)
    }

    fn compiler(&self) -> Command {
        program(
            std::env::var_os("CC").unwrap_or_else(|| "cc".into()),
            std::iter::empty::<&str>(),
        )
    }
}

/// The C sources in a folder, sorted.
pub(crate) fn sources(folder: &str) -> Result<Vec<PathBuf>> {
    let folder = Path::new(folder);
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| Fault::path(folder, "read", &error))?
        .filter_map(std::result::Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "c"))
        .collect();
    found.sort();
    Ok(found)
}
