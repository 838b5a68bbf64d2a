//! `cargo xtask package recipes`: what registries of C and C++ install the library by, made for one archive of it.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256, Sha512};

use crate::artefact::{self, copy};
use crate::c_package::filled;
use crate::fault::{Fault, Result};
use crate::run::text;
use crate::sources::{entries, hexadecimal};

/// Templates, and what is the same for every archive.
const FROM: &str = "bindings/c/registries";

/// Writes them all into a folder, one below it for each registry.
pub(crate) fn run(archive: &Path, url: Option<&str>, out: &Path) -> Result<()> {
    made_for(Path::new(FROM), archive, url, out)?;
    println!("    recipes in {}", out.display());
    Ok(())
}

fn made_for(from: &Path, archive: &Path, url: Option<&str>, out: &Path) -> Result<()> {
    let bytes = fs::read(archive).map_err(|error| Fault::path(archive, "read", &error))?;
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let folder = name.strip_suffix(".tar.gz").ok_or_else(|| {
        Fault::new(format!(
            "{} is not a .tar.gz: `cargo xtask package c --archive DIR` makes one",
            archive.display()
        ))
    })?;
    let released = format!(
        "{}/releases/download/v{}",
        env!("CARGO_PKG_REPOSITORY"),
        artefact::VERSION
    );
    let (conan, vcpkg) = machine()?;
    let values = [
        ("@ARCHIVE@", name.as_ref()),
        ("@FOLDER@", folder),
        ("@URL@", url.unwrap_or(&released).trim_end_matches('/')),
        ("@SHA256@", &hexadecimal(&Sha256::digest(&bytes))),
        ("@SHA512@", &hexadecimal(&Sha512::digest(&bytes))),
        ("@CONAN_ARCH@", conan),
        ("@VCPKG_ARCH@", vcpkg),
    ];
    made(from, out, &values)
}

/// What registries call the machine that the library was built for, which is this one.
fn machine() -> Result<(&'static str, &'static str)> {
    match std::env::consts::ARCH {
        "x86_64" => Ok(("x86_64", "x64")),
        "aarch64" => Ok(("armv8", "arm64")),
        other => Err(Fault::new(format!(
            "what the registries call {other} is not known; add it to xtask/src/recipes.rs"
        ))),
    }
}

fn made(from: &Path, to: &Path, values: &[(&str, &str)]) -> Result<()> {
    for path in entries(from)? {
        let name = text(path.file_name().unwrap_or_default().as_ref());
        if path.is_dir() {
            made(&path, &to.join(name), values)?;
        } else if let Some(name) = name.strip_suffix(".in") {
            artefact::write(&to.join(name), &filled(&path, values)?)?;
        } else {
            copy(&path, &to.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_has_the_archive_and_what_is_said_of_the_library_once() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("snapline-1.tar.gz");
        fs::write(&archive, "abc").unwrap();
        let out = folder.path().join("out");
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(FROM);
        made_for(&from, &archive, Some("https://example.com/a/"), &out).unwrap();
        let read = |path: &str| fs::read_to_string(out.join(path)).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&read("vcpkg/vcpkg.json")).unwrap();
        assert_eq!(manifest["version"], artefact::VERSION);
        assert_eq!(manifest["license"], "MIT OR Apache-2.0");
        // The checksums of three letters, as everybody has them.
        let data = read("conan/conandata.yml");
        assert!(
            data.contains("https://example.com/a/snapline-1.tar.gz"),
            "{data}"
        );
        assert!(data.contains("ba7816bf8f01cfea414140de5dae2223"), "{data}");
        let port = read("vcpkg/portfile.cmake");
        assert!(
            port.contains("SHA512 ddaf35a193617abacc417349ae204131"),
            "{port}"
        );
        let wrap = read("meson/snapline.wrap");
        assert!(wrap.contains("directory = snapline-1\n"), "{wrap}");
        fs::write(folder.path().join("a.zip"), "abc").unwrap();
        assert!(made_for(&from, &folder.path().join("a.zip"), None, &out).is_err());
    }
}
