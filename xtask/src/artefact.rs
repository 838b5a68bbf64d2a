//! The C library as its users get it: built for release, laid out, described, packed; and what holds for every
//! artefact, Python's too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::c_library::{compiler, headers};
use crate::fault::{Fault, Result};
use crate::run::{cargo, program, quiet, text};

pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Raised with the first release that is not compatible with the one before; as in bindings/c/build.rs.
const ABI: &str = "0";

/// Where libraries lie in a prefix, unless told otherwise.
pub(crate) const LIB: &str = "lib";

/// What valgrind must not complain of, in a prefix.
pub(crate) const VALGRIND_SUPPRESSIONS: &str = "share/snapline/valgrind.supp";

/// What a program needs beside the static library. How a stack is unwound is left to the compiler, which
/// takes libgcc_s for a program with shared libraries and libgcc_eh for one without.
pub(crate) const STATIC_LIBS: &str = "-lutil -lrt -lpthread -lm -ldl";

/// What the shared library needs, beside the loader itself, whose name differs between machines.
const NEEDED: [&str; 2] = ["libc.so.6", "libgcc_s.so.1"];

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
    install(prefix, libdir, &Path::new(SHIPPED).join("release"))
}

/// Where a build that is shipped goes: with flags of its own it would undo every other build.
const SHIPPED: &str = "target/package";

/// Lets a build forget where the crates lay that it is made of: messages of panics name their files, and
/// whose machine that was is nobody's business.
pub(crate) fn shippable(build: &mut Command) -> Result<()> {
    let target = std::path::absolute(SHIPPED)
        .map_err(|error| Fault::path(Path::new(SHIPPED), "resolved", &error))?;
    let sources = cargo_home()?.join("registry/src");
    let registries =
        fs::read_dir(&sources).map_err(|error| Fault::path(&sources, "read", &error))?;
    let mut flags = std::env::var("RUSTFLAGS").unwrap_or_default();
    for registry in registries {
        let registry = registry.map_err(|error| Fault::path(&sources, "read", &error))?;
        flags.push_str(&format!(" --remap-path-prefix={}=", text(&registry.path())));
    }
    build
        .env("CARGO_TARGET_DIR", target)
        .env("RUSTFLAGS", flags.trim());
    Ok(())
}

/// Refuses what is larger than it may be.
pub(crate) fn at_most(what: &str, bytes: u64, most: u64) -> Result<()> {
    if bytes > most {
        return Err(Fault::new(format!(
            "{what} has {bytes} bytes; at most {most} are wanted"
        )));
    }
    Ok(())
}

/// Refuses a file that is to be shipped and names a folder of this machine.
pub(crate) fn anonymous(file: &Path) -> Result<()> {
    let home = text(&cargo_home()?);
    let bytes = fs::read(file).map_err(|error| Fault::path(file, "read", &error))?;
    if holds(&bytes, home.as_bytes()) {
        return Err(Fault::new(format!(
            "{} names the folder {home} of this machine",
            file.display()
        )));
    }
    Ok(())
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|part| part == wanted)
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(home.into());
    }
    std::env::home_dir()
        .map(|home| home.join(".cargo"))
        .ok_or_else(|| Fault::new("there is no home folder; set CARGO_HOME"))
}

/// Lays out the library that cargo built in `from`.
pub(crate) fn install(prefix: &Path, libdir: &Path, from: &Path) -> Result<()> {
    let lib = prefix.join(libdir);
    let archive = from.join("libsnapline_c.a");
    for (header, below) in headers()? {
        copy(&header, &prefix.join("include").join(below))?;
    }
    copy(
        Path::new("bindings/c/valgrind.supp"),
        &prefix.join(VALGRIND_SUPPRESSIONS),
    )?;
    let fixed = lib.join("libsnapline.a");
    make_folder(&fixed)?;
    alone(&archive, &fixed)?;
    shared(&lib, &fixed)?;
    describe(prefix, libdir)
}

/// Writes what pkg-config and cmake read of the library in this folder of a prefix.
pub(crate) fn describe(prefix: &Path, libdir: &Path) -> Result<()> {
    let lib = prefix.join(libdir);
    let up = vec![".."; libdir.components().count()].join("/");
    let mut version = VERSION.split('.');
    let (major, minor) = (
        version.next().unwrap_or_default(),
        version.next().unwrap_or_default(),
    );
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
        let from = Path::new("bindings/c").join(from);
        let filled = fs::read_to_string(&from)
            .map_err(|error| Fault::path(&from, "read", &error))?
            .replace("@VERSION@", VERSION)
            .replace("@MAJOR@", major)
            .replace("@MINOR@", minor)
            .replace("@ABI@", ABI)
            .replace("@UP@", &up)
            .replace("@STATIC_LIBS@", STATIC_LIBS);
        write(&lib.join(to), &filled)?;
    }
    Ok(())
}

/// The static library with no global symbol but ours: another library made by Rust, which brings the same
/// standard library along, may then stand in the same program.
fn alone(archive: &Path, to: &Path) -> Result<()> {
    let scratch = tempfile::tempdir()
        .map_err(|error| Fault::new(format!("no temporary folder can be made: {error}")))?;
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
fn shared(lib: &Path, archive: &Path) -> Result<()> {
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
    lean(&library)
}

/// Refuses a shared library that needs other ones than it may, or that can be unloaded.
fn lean(library: &Path) -> Result<()> {
    let output = program("readelf", ["-dW"])
        .arg(library)
        .output()
        .map_err(|error| {
            Fault::new(format!(
                "readelf cannot be started: {error}; install binutils"
            ))
        })?;
    let dynamic = String::from_utf8_lossy(&output.stdout);
    let mut needed = needed(&dynamic);
    needed.retain(|name| !name.starts_with("ld-linux"));
    if needed != NEEDED || !dynamic.contains("NODELETE") {
        return Err(Fault::new(format!(
            "{} needs {needed:?} where {NEEDED:?} were expected, or can be unloaded:\n{dynamic}",
            library.display()
        )));
    }
    Ok(())
}

/// The libraries that readelf says are needed, sorted.
fn needed(dynamic: &str) -> Vec<&str> {
    let mut needed: Vec<&str> = dynamic
        .lines()
        .filter(|line| line.contains("(NEEDED)"))
        .filter_map(|line| line.split_once('[')?.1.strip_suffix(']'))
        .collect();
    needed.sort_unstable();
    needed
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

/// `snapline-VERSION.tar.gz` and a Debian package.
pub(crate) fn archives(prefix: &Path, folder: &Path) -> Result<()> {
    let tarball = folder.join(format!("snapline-{VERSION}.tar.gz"));
    quiet(
        "pack the .tar.gz",
        program("tar", ["-czf"])
            .arg(&tarball)
            .args(["--owner=0", "--group=0", "--sort=name"])
            .arg(format!("--transform=s,^\\.,snapline-{VERSION},"))
            .arg("-C")
            .arg(prefix)
            .arg("."),
    )?;
    let scratch = tempfile::tempdir()
        .map_err(|error| Fault::new(format!("no temporary folder can be made: {error}")))?;
    let root = scratch.path();
    let usr = root.join("usr");
    fs::create_dir_all(&usr).map_err(|error| Fault::path(&usr, "made", &error))?;
    quiet(
        "lay out the .deb",
        program("cp", ["-a"]).arg(prefix.join(".")).arg(&usr),
    )?;
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let control = format!(
        "Package: libsnapline-dev\nVersion: {VERSION}\nArchitecture: {architecture}\n\
         Maintainer: The snapline maintainers <maintainers@snapline.invalid>\n\
         Section: libdevel\nPriority: optional\nDepends: libc6, libgcc-s1\n\
         Description: Cloud storage snapshots from C and C++\n \
         Headers, the shared and the static library of snapline.\n"
    );
    write(&root.join("DEBIAN/control"), &control)?;
    let package = folder.join(format!("libsnapline-dev_{VERSION}_{architecture}.deb"));
    quiet("pack the .deb", deb(root, &package)?.current_dir(root))?;
    println!("    {}\n    {}", tarball.display(), package.display());
    Ok(())
}

/// The command that packs a laid out package: dpkg-deb's, or where that is missing the same by ar.
fn deb(root: &Path, package: &Path) -> Result<Command> {
    if program("dpkg-deb", ["--version"]).output().is_ok() {
        // The default, xz, takes minutes for the static library.
        let mut command = program("dpkg-deb", ["-Zgzip", "--root-owner-group", "--build"]);
        command.arg(root).arg(package);
        return Ok(command);
    }
    write(&root.join("debian-binary"), "2.0\n")?;
    for (name, folder, what) in [
        ("control.tar.gz", "DEBIAN", "."),
        ("data.tar.gz", ".", "./usr"),
    ] {
        quiet(
            "pack a part of the .deb",
            program("tar", ["-czf"])
                .arg(root.join(name))
                .args(["--owner=0", "--group=0", "-C"])
                .arg(root.join(folder))
                .arg(what),
        )?;
    }
    let _ = fs::remove_file(package);
    let mut command = program("ar", ["rc"]);
    command
        .arg(package)
        .args(["debian-binary", "control.tar.gz", "data.tar.gz"]);
    Ok(command)
}

pub(crate) fn size_of(path: &Path) -> Result<u64> {
    fs::metadata(path)
        .map(|about| about.len())
        .map_err(|error| Fault::path(path, "read", &error))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    make_folder(to)?;
    // A fresh file: a running program keeps the old one.
    let _ = fs::remove_file(to);
    fs::copy(from, to)
        .map(|_| ())
        .map_err(|error| Fault::path(from, "copied", &error))
}

fn write(path: &Path, contents: &str) -> Result<()> {
    make_folder(path)?;
    fs::write(path, contents).map_err(|error| Fault::path(path, "written", &error))
}

fn make_folder(path: &Path) -> Result<()> {
    match path.parent() {
        Some(folder) => {
            fs::create_dir_all(folder).map_err(|error| Fault::path(folder, "made", &error))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_found_in_a_library() {
        assert!(holds(b"\0/home/me/.cargo/registry\0", b"/home/me/.cargo"));
        assert!(!holds(b"\0h2-0.4.20/src/lib.rs\0", b"/home/me/.cargo"));
    }

    #[test]
    fn needed_libraries_are_read() {
        let told = " 0x1 (NEEDED)  Shared library: [libgcc_s.so.1]\n 0x1 (NEEDED)  Shared library: \
                    [libc.so.6]\n 0xe (SONAME)  Library soname: [libsnapline.so.0]\n";
        assert_eq!(needed(told), NEEDED);
    }

    #[test]
    fn too_much_is_refused_by_name() {
        assert!(at_most("the wheel", 5, 5).is_ok());
        let told = at_most("the wheel", 6, 5).unwrap_err().to_string();
        assert!(told.contains("the wheel has 6 bytes"), "{told}");
    }
}
