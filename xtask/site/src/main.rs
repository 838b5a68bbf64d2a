//! Makes the site of the pages that `docs/SUMMARY.md` lists: `cargo xtask docs`.
//!
//! A page is a Markdown file of the repository, readable where it is. Its links are made to lead within the site, its
//! samples become tabs, its pictures are drawn in place; mdBook does the rest. It runs in the repository's root. A
//! package of its own, since mdBook takes longer to compile than all other commands together.

mod api;
mod book;
mod check;
mod files;
mod links;
mod llms;
mod markup;
mod paths;
mod render;
mod samples;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Parser;

use book::Book;

/// Makes the site of the pages in docs/.
#[derive(Parser)]
struct Arguments {
    /// Where the site goes, in place of one that was made before.
    #[arg(long, value_name = "DIR", default_value = "target/site")]
    out: PathBuf,
    /// The reference of every operation: a folder with a `SUMMARY.md` and the pages that it lists.
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,
    /// What rustdoc made of the crates, to be taken into the site.
    #[arg(long, value_name = "DIR")]
    rustdoc: Option<PathBuf>,
    /// Look for dead links, requests to elsewhere and pages that are missing.
    #[arg(long)]
    check: bool,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<()> {
    let book = Book::read(arguments.reference.as_deref(), arguments.rustdoc.as_deref())?;
    let mut faults = links::faults(&book);
    if faults.is_empty() {
        render::site(&book, &arguments.out)?;
        if let Some(rustdoc) = &arguments.rustdoc {
            files::copy_folder(rustdoc, &arguments.out.join(book::RUSTDOC))?;
        }
        if arguments.check {
            faults.extend(check::faults(&book, &arguments.out)?);
            faults.extend(book.api.iter().flat_map(|api| api.undocumented.clone()));
        }
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("\n       "));
    }
    println!(
        "{} pages in {}",
        book.pages.len(),
        arguments.out.join("index.html").display()
    );
    Ok(())
}
