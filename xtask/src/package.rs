//! `cargo xtask package`: what users install, all of it or a part, made and checked.

use std::path::PathBuf;

use crate::c_package;
use crate::c_shipped;
use crate::command_line;
use crate::crates;
use crate::fault::Result;
use crate::mock_package;
use crate::recipes;
use crate::release;
use crate::sources::absolute;
use crate::wheel;

/// What `package` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Everything that a release has, each installed where nothing else is and used, with lists of what it is made of,
    /// of what and by what it was made, and the checksums of all. Takes long where nothing is built.
    All {
        /// Where to put it, in place of the release that is there.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Also of files that are not committed: to try it, since nobody can make it again.
        #[arg(long)]
        allow_dirty: bool,
        /// Make it again from a clone in another folder, and fail where one byte is another.
        #[arg(long)]
        twice: bool,
    },
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
    /// What each file that holds code of crates is made of, as CycloneDX has it; nothing is built.
    Sbom {
        /// Where to put the lists.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
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

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.what {
        What::All {
            out,
            allow_dirty,
            twice,
        } => release::run(&absolute(out)?, *allow_dirty, *twice),
        What::C {
            prefix,
            libdir,
            archive,
        } => {
            let archive = archive.as_deref().map(absolute).transpose()?;
            c_shipped::run(&absolute(prefix)?, libdir, archive.as_deref()).map(|_| ())
        }
        What::Crates { out, allow_dirty } => crates::run(&absolute(out)?, *allow_dirty),
        What::Sbom { out } => release::lists(&absolute(out)?).map(|written| {
            for file in written {
                println!("    {}", file.display());
            }
        }),
        What::Recipes { archive, url, out } => {
            recipes::run(&absolute(archive)?, url.as_deref(), &absolute(out)?)
        }
        What::Python { out } => wheel::run(&absolute(out)?),
        What::Mock { out } => mock_package::run(&absolute(out)?).map(|_| ()),
        What::Cli { out } => command_line::run(&absolute(out)?, &absolute(out)?, None),
    }
}
