//! Single files of Rust compiled against the crate people add, without a package for each.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::fault::Result;
use crate::run::{build, made, program, quiet, text};

/// What programs in Rust are compiled against.
pub(crate) struct RustLibrary {
    /// The libraries that they name: theirs and the ones that are used beside it.
    libraries: Vec<(String, PathBuf)>,
}

impl RustLibrary {
    /// Builds the crate, as its own examples have it.
    pub(crate) fn build() -> Result<Self> {
        let mut libraries = Vec::new();
        for message in made(&mut build(["--example", "readme"]))? {
            let name = message.pointer("/target/name").and_then(Value::as_str);
            let files = message.get("filenames").and_then(Value::as_array);
            let mut all = files.into_iter().flatten().filter_map(Value::as_str);
            let library = all.find(|path| path.ends_with(".rlib"));
            if let (
                Some(name @ ("snapline" | "snapline_mock" | "snapline_retention" | "tokio")),
                Some(path),
            ) = (name, library)
            {
                libraries.push((name.to_owned(), PathBuf::from(path)));
            }
        }
        Ok(Self { libraries })
    }

    /// Makes a program of a file, beside it.
    pub(crate) fn compile(&self, source: &Path) -> Result<PathBuf> {
        let built = source.with_extension("");
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut command = program(rustc, ["--edition", "2024", "-D", "warnings"]);
        // A file of a page has a dot in its name, which a crate may not.
        command.args(["--crate-name", "sample"]);
        for (name, path) in &self.libraries {
            command
                .arg("--extern")
                .arg(format!("{name}={}", text(path)));
        }
        command
            .args(["-L", "dependency=target/debug/deps", "-o"])
            .args([&built, source]);
        quiet(&format!("compile {}", source.display()), &mut command)?;
        Ok(built)
    }
}
