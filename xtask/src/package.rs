//! `cargo xtask package`: what users install, the C library, Python's wheel, the mock or the command line, made and checked.

use std::fs;
use std::path::{Path, PathBuf};

use crate::artefact;
use crate::c_package;
use crate::command_line;
use crate::crates;
use crate::fault::{Fault, Result};
use crate::mock_package;
use crate::native;
use crate::recipes;
use crate::wheel;

/// What `package` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// The C library with its headers for C and C++.
    C {
        /// Where to install it.
        #[arg(long, value_name = "DIR")]
        prefix: PathBuf,
        /// Where libraries lie in the prefix, such as `lib64` or `lib/x86_64-linux-gnu`.
        #[arg(long, value_name = "DIR", default_value = c_package::LIB)]
        libdir: PathBuf,
        /// Where to put a .tar.gz and a Debian package of it; none are made without it.
        #[arg(long, value_name = "DIR")]
        archive: Option<PathBuf>,
    },
    /// The crates as crates.io gets them: packed, compiled, used elsewhere and documented.
    Crates {
        /// Where to put them, in place of those that are there.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Also of files that are not committed.
        #[arg(long)]
        allow_dirty: bool,
    },
    /// What Conan, Meson and vcpkg install the C library by, for the .tar.gz that `package c` made of it.
    Recipes {
        /// The .tar.gz.
        #[arg(long, value_name = "FILE")]
        archive: PathBuf,
        /// The address of the folder that it will be in; the release's without it.
        #[arg(long, value_name = "URL")]
        url: Option<String>,
        /// Where to put them.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// The wheel for release and the sdist that it is built from, both checked.
    Python {
        /// Where to put them, in place of those that are there.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// The mock for tests in Python: a wheel with the program and its sdist, installed and used.
    Mock {
        /// Where to put them, in place of those that are there.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// The command line: a .tar.gz, a Debian package, a wheel and its sdist, each installed and used.
    Cli {
        /// Where to put them, in place of those that are there.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

/// How large the shared library may be: what docs/benchmarks has, since calls were made quicker and bodies unpacked by the
/// library, and what a change of a dependency may add.
const MOST_BYTES: u64 = 8_900_000;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.what {
        What::C {
            prefix,
            libdir,
            archive,
        } => c(prefix, libdir, archive.as_deref()),
        What::Crates { out, allow_dirty } => crates::run(&absolute(out)?, *allow_dirty),
        What::Recipes { archive, url, out } => {
            recipes::run(&absolute(archive)?, url.as_deref(), &absolute(out)?)
        }
        What::Python { out } => wheel::run(&absolute(out)?),
        What::Mock { out } => mock_package::run(&absolute(out)?),
        What::Cli { out } => command_line::run(&absolute(out)?),
    }
}

fn absolute(folder: &Path) -> Result<PathBuf> {
    std::path::absolute(folder).map_err(|error| Fault::path(folder, "resolved", &error))
}

fn c(prefix: &Path, libdir: &Path, archive: Option<&Path>) -> Result<()> {
    let prefix = absolute(prefix)?;
    if libdir.is_absolute() {
        return Err(Fault::new("--libdir is a folder below the prefix"));
    }
    c_package::release(&prefix, libdir)?;
    let lib = prefix.join(libdir);
    let library = lib.join(format!("libsnapline.so.{}", artefact::VERSION));
    artefact::anonymous(&library)?;
    artefact::anonymous(&lib.join("libsnapline.a"))?;
    let size = artefact::size_of(&library)?;
    println!("    libsnapline.so has {size} bytes, stripped");
    artefact::at_most("libsnapline.so", size, MOST_BYTES)?;
    native::shipped(&prefix, libdir)?;
    if let Some(folder) = archive {
        let folder = absolute(folder)?;
        fs::create_dir_all(&folder).map_err(|error| Fault::path(&folder, "made", &error))?;
        c_package::archives(&prefix, libdir, &folder)?;
    }
    println!("    installed in {}", prefix.display());
    Ok(())
}
