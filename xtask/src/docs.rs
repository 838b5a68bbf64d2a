//! `cargo xtask docs`: the site of the pages in docs/.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::fault::{Fault, Result};
use crate::referee_tools::install_npm;
use crate::reference;
use crate::run::{build, cargo, program, quiet, step, text};
use crate::sources;

/// Where the site lands unless told otherwise.
const SITE: &str = "target/site";

/// Where the reference of every call is written, which the site takes in.
const REFERENCE: &str = "target/reference";

/// Where rustdoc works for the site.
const RUSTDOC: &str = "target/rustdoc";

/// Where what it looks like lands.
const SCREENSHOTS: &str = "target/screenshots";

/// What looks at it, and what that is pinned to.
const BROWSER: &str = "xtask/site/browser";

/// Names of Chromium, by which systems have it.
const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// What `docs` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Where the site goes, in place of one that was made before.
    #[arg(long, value_name = "DIR", default_value = SITE)]
    out: PathBuf,
    /// Look for dead links, requests to elsewhere and pages that are missing.
    #[arg(long)]
    check: bool,
    /// Take in what rustdoc makes of the crates, so that the page of Rust leads to it; the first time it takes minutes.
    #[arg(long)]
    rust: bool,
    /// Show it to browsers of this machine until Ctrl-C, at a port of its own; it is not made anew meanwhile.
    #[arg(long)]
    serve: bool,
    /// Open every page in Chromium, wide and narrow, light and dark, and search it; pictures land in
    /// target/screenshots. What a page asks of the network fails it.
    #[arg(long)]
    screenshots: bool,
}

pub(crate) fn run(arguments: &Arguments, started_in: &Path) -> Result<()> {
    let out = match arguments.out == Path::new(SITE) {
        true => arguments.out.clone(),
        false => started_in.join(&arguments.out),
    };
    make(&out, arguments.check, arguments.rust)?;
    if arguments.screenshots {
        screenshots(&out)?;
    }
    if arguments.serve {
        // Port 0 is any that is free; the server says which.
        let serve = ["-m", "http.server", "0", "--bind", "127.0.0.1"];
        step(
            "serve the site",
            program("python3", serve).arg("--directory").arg(&out),
        )?;
    }
    Ok(())
}

/// The site, looked through.
pub(crate) fn test() -> Result<()> {
    make(Path::new(SITE), true, false)
}

/// rustdoc of the crates that are shipped.
fn rustdoc() -> Result<Command> {
    let mut shipped = cargo(["doc", "--no-deps", "--quiet", "-p", "snapline"]);
    let providers = sources::names(Path::new("spec"))?;
    for name in ["lifecycle", "retention", "runtime"]
        .into_iter()
        .chain(providers.iter().map(String::as_str))
    {
        shipped.args(["-p", &format!("snapline-{name}")]);
    }
    shipped.env("RUSTDOCFLAGS", "-D warnings");
    Ok(shipped)
}

fn make(out: &Path, check: bool, rust: bool) -> Result<()> {
    let pages = Path::new(REFERENCE);
    reference::write(pages)?;
    quiet(
        "build what makes the site",
        &mut build(["--bin", "snapline-site"]),
    )?;
    let mut command = program("target/debug/snapline-site", ["--out"]);
    command.arg(out);
    command.arg("--reference").arg(pages.join("reference"));
    if check {
        command.arg("--check");
    }
    if rust {
        // A folder of its own: what else was documented would be in its search.
        step("rustdoc", rustdoc()?.args(["--target-dir", RUSTDOC]))?;
        command.arg("--rustdoc").arg(Path::new(RUSTDOC).join("doc"));
    }
    step("make the site", &mut command)
}

/// Looks at every page by a browser.
fn screenshots(site: &Path) -> Result<()> {
    let chromium = CHROMIUM
        .iter()
        .find_map(|name| on_the_path(name))
        .ok_or_else(|| {
            Fault::new(
                "no Chromium is on the PATH; `apt-get install chromium` as root, and run this again",
            )
        })?;
    let driver = install_npm("browser", BROWSER, "node_modules/playwright-core/index.mjs")?;
    step(
        "look at the site",
        program("node", [&format!("{BROWSER}/look.mjs"), &text(&driver)])
            .arg(chromium)
            .arg(site)
            .arg(SCREENSHOTS),
    )
}

fn on_the_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}
