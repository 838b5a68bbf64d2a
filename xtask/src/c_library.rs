//! The C library in a prefix of its own under target/, as a user has it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::fault::{Fault, Result};
use crate::run::{build, program, quiet, silent, text, timed};
use crate::sources::{absolute, files_below};

/// Flags that every C source must pass.
pub(crate) const STRICT: [&str; 5] = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// What tests in C start the mock by: a header and a source.
pub(crate) const MOCK_HELPER: &str = "bindings/mock-c";

/// Builds the library with all packages, for trying it; gives the folder in which it is then.
pub(crate) fn built() -> Result<&'static Path> {
    quiet("build the C library", &mut build(["--lib"]))?;
    Ok(Path::new("target/debug"))
}

/// The installed library.
pub(crate) struct CLibrary {
    prefix: PathBuf,
    /// The programs that this compiled, each by its name: what it is made of does not change meanwhile.
    compiled: Mutex<BTreeSet<String>>,
}

impl CLibrary {
    /// Builds the library and lays it out in `target/c`.
    pub(crate) fn build() -> Result<Self> {
        Self::lay_out(Path::new("target/c"), built()?)
    }

    /// Lays out what was built in a folder.
    pub(crate) fn lay_out(prefix: &Path, built: &Path) -> Result<Self> {
        let prefix = absolute(prefix)?;
        let library = Self {
            prefix,
            compiled: Mutex::default(),
        };
        for folder in ["include", "lib", "bin"] {
            let folder = library.prefix.join(folder);
            fs::create_dir_all(&folder).map_err(|error| Fault::path(&folder, "made", &error))?;
        }
        for (header, below) in headers()? {
            library.install(&text(&header), &text(&Path::new("include").join(below)))?;
        }
        let [archive, shared] =
            ["libsnapline_c.a", "libsnapline_c.so"].map(|name| text(&built.join(name)));
        library.install(&archive, "lib/libsnapline.a")?;
        library.install(&shared, "lib/libsnapline.so.0")?;
        library.install(&shared, "lib/libsnapline.so")?;
        Ok(library)
    }

    /// One that is installed already; programs are built in another folder.
    pub(crate) fn installed(prefix: &Path, libdir: &Path, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder.join("bin"))
            .map_err(|error| Fault::path(folder, "made", &error))?;
        for (name, from) in [("include", Path::new("include")), ("lib", libdir)] {
            let link = folder.join(name);
            std::os::unix::fs::symlink(prefix.join(from), &link)
                .map_err(|error| Fault::path(&link, "made", &error))?;
        }
        Ok(Self {
            prefix: folder.to_owned(),
            compiled: Mutex::default(),
        })
    }

    fn install(&self, from: &str, to: &str) -> Result<()> {
        let to = self.prefix.join(to);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(|error| Fault::path(folder, "made", &error))?;
        }
        let from = Path::new(from);
        let read = |path| fs::read(path).map_err(|error| Fault::path(path, "read", &error));
        // What is the same stays: a program may be linked against it at this moment.
        if to.is_file() && read(from)? == read(&to)? {
            return Ok(());
        }
        // A fresh file: a running program keeps the old one.
        let _ = fs::remove_file(&to);
        fs::copy(from, &to)
            .map(|_| ())
            .map_err(|error| Fault::path(from, "copied", &error))
    }

    /// Compiles sources against the installed header and shared library.
    pub(crate) fn compile(
        &self,
        name: &str,
        sources: &[PathBuf],
        extra: &[&str],
    ) -> Result<PathBuf> {
        let flags = [STRICT.as_slice(), extra].concat();
        self.build_program(name, "CC", "cc", &flags, sources)
    }

    /// As `compile`, for C++ of a standard such as `c++17`.
    pub(crate) fn compile_cpp(
        &self,
        name: &str,
        standard: &str,
        sources: &[PathBuf],
        extra: &[&str],
    ) -> Result<PathBuf> {
        let standard = format!("-std={standard}");
        let mut flags = vec![standard.as_str()];
        flags.extend(STRICT.iter().filter(|flag| !flag.starts_with("-std")));
        flags.extend(extra);
        self.build_program(name, "CXX", "c++", &flags, sources)
    }

    fn build_program(
        &self,
        name: &str,
        variable: &str,
        usual: &str,
        flags: &[&str],
        sources: &[PathBuf],
    ) -> Result<PathBuf> {
        let program_path = self.prefix.join("bin").join(name);
        if self.compiled().contains(name) {
            return Ok(program_path);
        }
        let folder = self.prefix.join("obj").join(name);
        fs::create_dir_all(&folder).map_err(|error| Fault::path(&folder, "made", &error))?;
        timed(&format!("compile {name}"), || {
            let objects: Vec<PathBuf> = sources
                .iter()
                .map(|source| {
                    folder
                        .join(source.file_name().unwrap_or_default())
                        .with_extension("o")
                })
                .collect();
            let jobs: Vec<(&PathBuf, &PathBuf)> = sources.iter().zip(&objects).collect();
            jobs.par_iter()
                .try_for_each(|(source, object)| -> Result<()> {
                    let mut command = compiler(variable, usual);
                    command
                        .args(flags)
                        .arg("-c")
                        .arg(source)
                        .arg("-o")
                        .arg(object);
                    command.arg(format!("-I{}", text(&self.prefix.join("include"))));
                    silent(&format!("compile {}", source.display()), &mut command)
                })?;
            let mut command = compiler(variable, usual);
            command.args(
                flags
                    .iter()
                    .filter(|flag| flag.starts_with("-f") || flag.starts_with("-g")),
            );
            command.args(&objects).arg("-o").arg(&program_path);
            command.arg(format!("-L{}", text(&self.prefix.join("lib"))));
            command.arg(format!("-Wl,-rpath,{}", text(&self.prefix.join("lib"))));
            command.args(["-lsnapline", "-lpthread", "-lm"]);
            silent(&format!("link {name}"), &mut command)
        })?;
        self.compiled().insert(name.to_owned());
        Ok(program_path)
    }

    fn compiled(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CLibrary {
    /// The agent of C: makes calls as it is told.
    pub(crate) fn agent(&self, ending: &str, flags: &[&str]) -> Result<PathBuf> {
        let flags = [flags, &["-Itests/conformance/c"]].concat();
        let sources = agent_sources("c", "c")?;
        self.compile(&format!("agent{ending}"), &sources, &flags)
    }

    /// The agent of C++.
    pub(crate) fn agent_cpp(
        &self,
        ending: &str,
        standard: &str,
        flags: &[&str],
    ) -> Result<PathBuf> {
        let flags = [flags, &["-Itests/conformance/cpp"]].concat();
        let sources = agent_sources("cpp", "cpp")?;
        self.compile_cpp(&format!("agent-cpp{ending}"), standard, &sources, &flags)
    }
}

/// What an agent is made of: its own sources, and the generated calls.
fn agent_sources(folder: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let folder = format!("tests/conformance/{folder}");
    let mut all = sources_in(&folder, ending)?;
    all.extend(sources_in(&format!("{folder}/generated"), ending)?);
    Ok(all)
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
    let mut found = files_below(Path::new(folder))?;
    found.retain(|path| path.extension().is_some_and(|end| end == ending));
    Ok(found)
}

/// The headers of C and C++, and where each stands below a folder of headers.
pub(crate) fn headers() -> Result<Vec<(PathBuf, PathBuf)>> {
    let mut all = Vec::new();
    for (folder, ending) in [("bindings/c/include", "h"), ("bindings/cpp/include", "hpp")] {
        for header in files(folder, ending)? {
            let below = header.strip_prefix(folder).unwrap_or(&header).to_owned();
            all.push((header, below));
        }
    }
    Ok(all)
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
