//! The C library as its users get it: built for release, laid out, described and packed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::archive::{self, Archives, Deb, Packed};
use crate::artefact::{SHIPPED, VERSION, copy, make_folder, scratch, shippable, write};
use crate::auditable;
use crate::c_library::{built, compiler, headers};
use crate::fault::{Fault, Result};
use crate::run::{cargo, program, quiet, silent, text};
use crate::sources;

/// Raised with the first release that is not compatible with the one before; as in bindings/c/build.rs.
const ABI: &str = "0";

/// What the library is, in one line.
const SUMMARY: &str = "Cloud storage snapshots from C and C++";

/// Where the licences lie in a prefix.
const LICENCES: &str = "share/licenses/snapline";

/// Where libraries lie in a prefix, unless told otherwise.
pub(crate) const LIB: &str = "lib";

/// What valgrind must not complain of, in a prefix.
pub(crate) const VALGRIND_SUPPRESSIONS: &str = "share/snapline/valgrind.supp";

/// What a program needs beside the static library. How a stack is unwound is left to the compiler, which
/// takes libgcc_s for a program with shared libraries and libgcc_eh for one without.
pub(crate) const STATIC_LIBS: &str = "-lutil -lrt -lpthread -lm -ldl";

/// What the shared library needs, beside the loader itself, whose name differs between machines.
const NEEDED: [&str; 2] = ["libc.so.6", "libgcc_s.so.1"];

/// The same of one that is built with all packages: tokio has a scheduler of several threads then, which takes `pow`.
const NEEDED_WITH_ALL: [&str; 3] = ["libc.so.6", "libgcc_s.so.1", "libm.so.6"];

/// Only these are exported, and each has a version.
const SYMBOLS: &str = "SNAPLINE_0 {\n    global: snapline_*;\n    local: *;\n};\n";

/// Builds the library for release and lays it out.
pub(crate) fn release(prefix: &Path, libdir: &Path) -> Result<()> {
    // The static library alone: cargo leaves link-time optimization out where it makes an rlib too.
    let mut build = cargo(["rustc", "--quiet", "--release", "-p", "snapline-c", "--lib"]);
    shippable(&mut build)?;
    quiet(
        "build the C library for release (minutes)",
        build.args(["--crate-type", "staticlib"]),
    )?;
    lay_out(prefix, libdir, &Path::new(SHIPPED).join("release"), &NEEDED)?;
    let library = prefix
        .join(libdir)
        .join(format!("libsnapline.so.{VERSION}"));
    auditable::embed(&library, "snapline-c")
}

/// Builds the library with all packages, for trying it, and lays it out.
pub(crate) fn install(prefix: &Path, libdir: &Path) -> Result<()> {
    lay_out(prefix, libdir, built()?, &NEEDED_WITH_ALL)
}

/// Lays out the library that cargo built in `from`, which needs those shared ones.
fn lay_out(prefix: &Path, libdir: &Path, from: &Path, needed: &[&str]) -> Result<()> {
    let lib = prefix.join(libdir);
    let archive = from.join("libsnapline_c.a");
    for (header, below) in headers()? {
        copy(&header, &prefix.join("include").join(below))?;
    }
    copy(
        Path::new("bindings/c/valgrind.supp"),
        &prefix.join(VALGRIND_SUPPRESSIONS),
    )?;
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        copy(Path::new(licence), &prefix.join(LICENCES).join(licence))?;
    }
    let fixed = lib.join("libsnapline.a");
    make_folder(&fixed)?;
    alone(&archive, &fixed)?;
    shared(&lib, &fixed, needed)?;
    describe(prefix, libdir)
}

/// Writes what pkg-config and cmake read of the library in this folder of a prefix.
pub(crate) fn describe(prefix: &Path, libdir: &Path) -> Result<()> {
    let lib = prefix.join(libdir);
    let up = vec![".."; libdir.components().count()].join("/");
    for (from, to) in [
        ("snapline.pc.in", "pkgconfig/snapline.pc"),
        (
            "cmake/snaplineConfig.cmake.in",
            "cmake/snapline/snaplineConfig.cmake",
        ),
        (
            "cmake/snaplineConfigVersion.cmake.in",
            "cmake/snapline/snaplineConfigVersion.cmake",
        ),
    ] {
        let filled = filled(&Path::new("bindings/c").join(from), &[("@UP@", &up)])?;
        write(&lib.join(to), &filled)?;
    }
    Ok(())
}

/// A template with what it asks for: what is true of every build, and more that the caller knows.
pub(crate) fn filled(template: &Path, more: &[(&str, &str)]) -> Result<String> {
    let mut version = VERSION.split('.');
    let (major, minor) = (
        version.next().unwrap_or_default(),
        version.next().unwrap_or_default(),
    );
    let always = [
        ("@VERSION@", VERSION),
        ("@MAJOR@", major),
        ("@MINOR@", minor),
        ("@ABI@", ABI),
        ("@STATIC_LIBS@", STATIC_LIBS),
        ("@SUMMARY@", SUMMARY),
        ("@LICENCE@", env!("CARGO_PKG_LICENSE")),
        ("@REPOSITORY@", env!("CARGO_PKG_REPOSITORY")),
    ];
    let mut text = sources::text(template)?;
    for (place, value) in always.iter().chain(more) {
        text = text.replace(place, value);
    }
    match text.split('@').nth(1) {
        None => Ok(text),
        Some(unknown) => Err(Fault::new(format!(
            "{} asks for @{unknown}@, which nobody knows",
            template.display()
        ))),
    }
}

/// The static library with no global symbol but ours: another library made by Rust, which brings the same
/// standard library along, may then stand in the same program.
fn alone(archive: &Path, to: &Path) -> Result<()> {
    let scratch = scratch()?;
    let object = scratch.path().join("snapline.o");
    quiet(
        "link the static library to one object",
        compiler("CC", "cc")
            .args(["-r", "-nostdlib", "-Wl,--force-group-allocation", "-o"])
            .arg(&object)
            .arg("-Wl,--whole-archive")
            .arg(archive),
    )?;
    // Ten times as large with what only a debugger reads.
    quiet(
        "hide its symbols",
        program("objcopy", ["--wildcard", "--keep-global-symbol=snapline_*"])
            .args(["--strip-debug", "--strip-unneeded"])
            // The standard library's, for link-time optimization by rustc; another LLVM cannot read it.
            .args(["--remove-section=.llvmbc", "--remove-section=.llvmcmd"])
            .arg(&object),
    )?;
    let _ = fs::remove_file(to);
    quiet(
        "pack the static library",
        program("ar", ["rcs"]).arg(to).arg(&object),
    )?;
    only_ours("libsnapline.a", &symbols(&["-g"], &object)?)
}

fn only_ours(file: &str, symbols: &[String]) -> Result<()> {
    let foreign: Vec<&String> = symbols
        .iter()
        .filter(|name| !name.starts_with("snapline_"))
        .collect();
    if symbols.is_empty() || !foreign.is_empty() {
        return Err(Fault::new(format!(
            "{file} exports {} symbols, among them foreign ones: {foreign:?}",
            symbols.len()
        )));
    }
    Ok(())
}

/// The shared library, linked anew from the static one: rustc has a version script of its own for a
/// shared library and takes no second one, so symbols could not get a version.
fn shared(lib: &Path, archive: &Path, needed: &[&str]) -> Result<()> {
    let script = lib.join("snapline.map");
    write(&script, SYMBOLS)?;
    let name = format!("libsnapline.so.{VERSION}");
    let library = lib.join(&name);
    let mut command = compiler("CC", "cc");
    command
        .args(["-shared", "-s", "-o"])
        .arg(&library)
        .arg(format!("-Wl,-soname,libsnapline.so.{ABI}"))
        .arg(format!("-Wl,--version-script={}", text(&script)))
        .args(["-Wl,--gc-sections", "-Wl,-z,relro,-z,now", "-Wl,-z,defs"])
        // Its threads, and what it does when one of the caller's ends, need its code to stay.
        .args(["-Wl,-z,nodelete", "-Wl,--as-needed"])
        .arg("-Wl,--whole-archive")
        .arg(archive)
        .arg("-Wl,--no-whole-archive")
        .args(STATIC_LIBS.split(' '));
    quiet("link the shared library", &mut command)?;
    fs::remove_file(&script).map_err(|error| Fault::path(&script, "removed", &error))?;
    for link in ["libsnapline.so".to_owned(), format!("libsnapline.so.{ABI}")] {
        let link = lib.join(link);
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(&name, &link)
            .map_err(|error| Fault::path(&link, "made", &error))?;
    }
    only_ours("libsnapline.so", &exported(&library)?)?;
    lean(&library, needed)
}

/// Refuses a shared library that needs other ones than it may, or that can be unloaded.
fn lean(library: &Path, wanted: &[&str]) -> Result<()> {
    let dynamic = archive::readelf("-dW", library)?;
    let mut needed = archive::needed(&dynamic);
    needed.retain(|name| !name.starts_with("ld-linux"));
    if needed != wanted || !dynamic.contains("NODELETE") {
        return Err(Fault::new(format!(
            "{} needs {needed:?} where {wanted:?} were expected, or can be unloaded:\n{dynamic}",
            library.display()
        )));
    }
    Ok(())
}

/// The functions that a shared library exports, without their versions.
pub(crate) fn exported(library: &Path) -> Result<Vec<String>> {
    symbols(&["-D"], library)
}

/// The symbols that a file defines, without their versions.
fn symbols(flags: &[&str], file: &Path) -> Result<Vec<String>> {
    let output = program("nm", flags)
        .arg("--defined-only")
        .arg(file)
        .output()
        .map_err(|error| Fault::new(format!("nm cannot be started: {error}; install binutils")))?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().rev();
            let name = words.next()?;
            // The version itself is an absolute symbol.
            (words.next()? != "A").then(|| name.split('@').next().unwrap_or(name).to_owned())
        })
        .collect())
}

/// A .tar.gz and the Debian packages of a prefix with the library in this folder: one with the shared library, which
/// programs run with, and one with all that they are built with.
pub(crate) fn archives(prefix: &Path, libdir: &Path, folder: &Path) -> Result<Archives> {
    let runtime = format!("libsnapline{ABI}");
    let packed = Packed {
        archive: &format!("snapline-{VERSION}-{}", std::env::consts::ARCH),
        summary: SUMMARY,
        binary: &libdir.join(format!("libsnapline.so.{VERSION}")),
        packages: &[
            Deb {
                name: &runtime,
                section: "libs",
                description: &["The shared library, which programs that are built with it need."],
                depends: None,
                control: &[
                    // As debhelper writes both.
                    ("triggers", "activate-noawait ldconfig\n"),
                    (
                        "shlibs",
                        &format!("libsnapline {ABI} {runtime} (>= {VERSION})\n"),
                    ),
                ],
                lay_out: &|prefix, usr| {
                    let lib = usr.join(libdir);
                    fs::create_dir_all(&lib).map_err(|error| Fault::path(&lib, "made", &error))?;
                    for file in versioned(&prefix.join(libdir))? {
                        silent("copy a library", program("cp", ["-a"]).arg(file).arg(&lib))?;
                    }
                    Ok(())
                },
            },
            Deb {
                name: "libsnapline-dev",
                section: "libdevel",
                description: &["Headers for C and C++, and the static library."],
                depends: Some(&format!("{runtime} (= {VERSION})")),
                control: &[],
                lay_out: &|prefix, usr| {
                    archive::copied(prefix, usr)?;
                    // Debian has one file of them, elsewhere.
                    let licences = usr.join("share/licenses");
                    fs::remove_dir_all(&licences)
                        .map_err(|error| Fault::path(&licences, "removed", &error))?;
                    for file in versioned(&usr.join(libdir))? {
                        fs::remove_file(&file)
                            .map_err(|error| Fault::path(&file, "removed", &error))?;
                    }
                    Ok(())
                },
            },
        ],
    };
    packed.archives(prefix, folder)
}

/// The shared library under the names that have a number.
fn versioned(lib: &Path) -> Result<Vec<PathBuf>> {
    let mut found = sources::entries(lib)?;
    found.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libsnapline.so.")
    });
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_has_one_number_for_its_abi() {
        let script = include_str!("../../bindings/c/build.rs");
        assert!(script.contains(&format!("let abi = {ABI};")), "{ABI}");
        assert!(SYMBOLS.starts_with(&format!("SNAPLINE_{ABI} ")));
    }

    #[test]
    fn foreign_symbols_are_refused() {
        let check = |names: &[&str]| {
            let all: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            only_ours("libsnapline.so", &all)
        };
        assert!(check(&["snapline_a", "snapline_b"]).is_ok());
        assert!(check(&["snapline_a", "malloc"]).is_err());
        assert!(check(&[]).is_err());
    }
}
