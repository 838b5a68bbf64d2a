//! `cargo xtask package c`: the C library as its users get it, made, looked at, used and packed.

use std::fs;
use std::path::Path;

use crate::archive::Archives;
use crate::artefact;
use crate::c_package;
use crate::fault::{Fault, Result};
use crate::native;

/// How large the shared library may be: what docs/benchmarks has, since calls were made quicker and bodies unpacked by the
/// library, and what a change of a dependency may add.
const MOST_BYTES: u64 = 8_900_000;

/// Makes the C library; gives what was packed of it, where that was asked for.
pub(crate) fn run(
    prefix: &Path,
    libdir: &Path,
    archive: Option<&Path>,
) -> Result<Option<Archives>> {
    if libdir.is_absolute() {
        return Err(Fault::new("--libdir is a folder below the prefix"));
    }
    c_package::release(prefix, libdir)?;
    let lib = prefix.join(libdir);
    let library = lib.join(format!("libsnapline.so.{}", artefact::VERSION));
    artefact::anonymous(&library)?;
    artefact::anonymous(&lib.join("libsnapline.a"))?;
    let size = artefact::size_of(&library)?;
    println!("    libsnapline.so has {size} bytes, stripped");
    artefact::at_most("libsnapline.so", size, MOST_BYTES)?;
    native::shipped(prefix, libdir)?;
    let archives = match archive {
        Some(folder) => {
            fs::create_dir_all(folder).map_err(|error| Fault::path(folder, "made", &error))?;
            Some(c_package::archives(prefix, libdir, folder)?)
        }
        None => None,
    };
    println!("    installed in {}", prefix.display());
    Ok(archives)
}
