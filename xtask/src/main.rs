//! The commands of this repository: `cargo xtask --help`.

mod abi;
mod api;
mod archive;
mod artefact;
mod as_built;
mod auditable;
mod bench;
mod c_header;
mod c_library;
mod c_package;
mod c_shipped;
mod change_referees;
mod change_report;
mod changelog;
mod check;
mod command_line;
mod conformance;
mod copy;
mod crates;
mod demo;
mod docs;
mod documentation;
mod example_referees;
mod fault;
mod fuzz;
mod http;
mod lines;
mod minimal_versions;
mod mock;
mod mock_package;
mod mutants;
mod native;
mod new_provider;
mod newcomer;
mod null_matrix;
mod package;
mod pins;
mod pip;
mod provenance;
mod published;
mod python_env;
mod recipes;
mod referee_tools;
mod referees;
mod reference;
mod regenerate;
mod registries;
mod release;
mod replace;
mod rotation;
mod run;
mod rust_library;
mod samples;
mod sbom;
mod sources;
mod spec_diff;
mod taking_in;
mod test;
mod tree;
mod underline;
mod update_spec;
mod wheel;
mod whole_api;
mod workflows;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use fault::Fault;

/// Generating makes and drops millions of small things.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The commands of this repository. Each prints its progress and exits with 1 when it fails.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make every generated file anew from the documents in spec/.
    Regenerate(regenerate::Arguments),
    /// Take a provider's newest document in, and say what it changes for whom.
    UpdateSpec(update_spec::Arguments),
    /// Begin a provider: all that it needs to be generated, compiled and tested, with a first guess at its overlay.
    NewProvider(new_provider::Arguments),
    /// Compare two OpenAPI documents by structure, limited to the operations of the first.
    SpecDiff(spec_diff::Arguments),
    /// Run the tests: all, or one part.
    Test(test::Arguments),
    /// Check formatting, lints, generated files, types and headers.
    Check(check::Arguments),
    /// Measure what a call costs in Rust, C and Python, beside peers in the same run.
    Bench(bench::Arguments),
    /// Give the decoders and the C library whatever bytes find something new.
    Fuzz(fuzz::Arguments),
    /// Compare the C library with what programs that are linked against it rely on.
    Abi(abi::Arguments),
    /// Compare the public API of a package with its committed description.
    Api(api::Arguments),
    /// Make what users install: all of it, or one part.
    Package(package::Arguments),
    /// Lock the tools of Python, with all that they need and the checksum of each file.
    Pins,
    /// Count the generated lines that an operation costs, by face.
    Lines(lines::Arguments),
    /// Make the site of the documentation, with a reference of every operation; it needs no network to be read.
    Docs(docs::Arguments),
    /// Write the pages of the reference, with a sample of every call in every language.
    Reference(reference::Arguments),
    /// Tell the whole story in every language against the built-in mock: no account needed.
    Demo(demo::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let started_in = std::env::current_dir();
    let result = enter_root().and_then(|()| {
        let started_in = started_in
            .map_err(|error| Fault::new(format!("the current folder cannot be read: {error}")))?;
        match arguments.command {
            Command::Regenerate(arguments) => regenerate::run(&arguments),
            Command::UpdateSpec(arguments) => update_spec::run(&arguments, &started_in),
            Command::NewProvider(arguments) => new_provider::run(&arguments, &started_in),
            Command::SpecDiff(arguments) => spec_diff::run(&arguments, &started_in),
            Command::Test(arguments) => test::run(&arguments, &started_in),
            Command::Check(arguments) => check::run(&arguments),
            Command::Bench(arguments) => bench::run(&arguments),
            Command::Fuzz(arguments) => fuzz::run(&arguments),
            Command::Abi(arguments) => abi::run(&arguments),
            Command::Api(arguments) => api::run(&arguments),
            Command::Package(arguments) => package::run(&arguments),
            Command::Pins => pins::run(),
            Command::Lines(arguments) => lines::run(&arguments),
            Command::Docs(arguments) => docs::run(&arguments, &started_in),
            Command::Reference(arguments) => reference::run(&arguments),
            Command::Demo(arguments) => demo::run(&arguments),
        }
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}

/// All commands work from the repository's root, wherever they were called.
fn enter_root() -> Result<(), Fault> {
    let root = run::root()?;
    std::env::set_current_dir(root)
        .map_err(|error| Fault::new(format!("{} cannot be entered: {error}", root.display())))
}
