//! `cargo xtask pins`: what tools of Python are installed as, with all that they need and the checksum of each file.

use std::path::{Path, PathBuf};

use crate::fault::Result;
use crate::pip::lock;
use crate::python_env::{BENCH_REQUIREMENTS, PACKAGE_REQUIREMENTS, REQUIREMENTS};
use crate::referee_tools::{PINNED, install_python};
use crate::run::{program, quiet, text};
use crate::sources::entries;

/// What judges a release.
const RELEASE_REQUIREMENTS: &str = "tests/referees/requirements-release.txt";

/// The oldest Python that all of it is to be installed in.
const OLDEST: &str = "3.11";

/// Makes the locks anew; what is pinned in them stays unless the file by hand says otherwise.
pub(crate) fn run() -> Result<()> {
    let uv = install_python("pins", "requirements-pins.txt", "uv")?;
    let needing = [
        REQUIREMENTS,
        PACKAGE_REQUIREMENTS,
        BENCH_REQUIREMENTS,
        RELEASE_REQUIREMENTS,
    ]
    .map(PathBuf::from);
    for requirements in &needing {
        made(&uv, requirements, &[])?;
    }
    // These name all that they need.
    for path in entries(Path::new(PINNED))? {
        let name = text(path.file_name().unwrap_or_default().as_ref());
        let of_tools = name.starts_with("requirements") && name.ends_with(".txt");
        if of_tools && !needing.contains(&path) {
            made(&uv, &path, &["--no-deps"])?;
        }
    }
    Ok(())
}

fn made(uv: &Path, requirements: &Path, options: &[&str]) -> Result<()> {
    quiet(
        &format!("lock {}", text(requirements)),
        program(uv, ["pip", "compile", "--quiet", "--universal"])
            .args(["--generate-hashes", "--no-header", "--no-annotate"])
            .args(["--system-certs", "--python-version", OLDEST])
            .args(options)
            .arg(requirements)
            .arg("--output-file")
            .arg(lock(requirements)),
    )
}
