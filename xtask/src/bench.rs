//! `cargo xtask bench`: what a call costs, beside peers in the same run.

use std::path::Path;
use std::process::{Command, Stdio};

use clap::ValueEnum;

use crate::c_library::compiler;
use crate::c_package;
use crate::fault::{Fault, Result};
use crate::python_env::PythonEnv;
use crate::run::{cargo, program, quiet, step};

/// What `bench` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to measure.
    what: What,
    /// How many requests a round has.
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(64..))]
    requests: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// The C library beside libcurl with cJSON.
    C,
    /// The Python wheel beside raw reqwest, httpx and aiohttp.
    Python,
}

/// The Debian packages of the peers.
const PEERS: [&str; 2] = ["libcurl4-openssl-dev", "libcjson-dev"];

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    match arguments.what {
        What::C => c(arguments.requests),
        What::Python => python(arguments.requests),
    }
}

fn python(requests: u32) -> Result<()> {
    let env = PythonEnv::bench()?;
    let wheels = Path::new("target/bench-wheels");
    let build = [
        "build",
        "--quiet",
        "--release",
        "-p",
        "snapline-mock",
        "-p",
        "snapline-python",
        "--bin",
        "snapline-mock",
        "--example",
        "raw_reqwest",
    ];
    quiet("build the mock and raw reqwest", &mut cargo(build))?;
    quiet(
        "build the wheel for release",
        &mut env.wheel(Path::new("."), wheels, "release")?,
    )?;
    env.install(wheels)?;
    step(
        "measure",
        program(env.python(), ["bindings/python/bench/bench.py"])
            .arg(requests.to_string())
            .env_remove("http_proxy"),
    )
}

fn c(requests: u32) -> Result<()> {
    peers()?;
    let prefix = std::path::absolute("target/bench-c")
        .map_err(|error| Fault::new(format!("the current folder cannot be read: {error}")))?;
    c_package::release(&prefix, Path::new(c_package::LIB))?;
    let built = prefix.join("bench");
    let mut command = compiler("CC", "cc");
    command
        .args([
            "-std=gnu11",
            "-O2",
            "-Wall",
            "-Wextra",
            "bindings/c/bench/bench.c",
            "-o",
        ])
        .arg(&built)
        .arg(format!("-I{}", prefix.join("include").display()))
        .arg(format!("-L{}", prefix.join("lib").display()))
        .arg(format!("-Wl,-rpath,{}", prefix.join("lib").display()))
        .args(["-lsnapline", "-lcurl", "-lcjson"]);
    quiet("compile the measurement", &mut command)?;
    step(
        "measure",
        program(built, [requests.to_string()]).env_remove("http_proxy"),
    )
}

/// Whether programs can be built with the peers.
fn found() -> bool {
    let mut command: Command = compiler("CC", "cc");
    command
        .args([
            "-x",
            "c",
            "-fsyntax-only",
            "-include",
            "curl/curl.h",
            "-include",
            "cjson/cJSON.h",
        ])
        .arg("/dev/null")
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Installs the peers where that can be done without asking.
fn peers() -> Result<()> {
    if found() {
        return Ok(());
    }
    let root = program("id", ["-u"])
        .output()
        .is_ok_and(|it| it.stdout == b"0\n");
    if root && program("apt-get", ["--version"]).output().is_ok() {
        // The lists may be missing on a fresh machine; what that leads to is told by the next step.
        let _ = quiet("apt-get update", &mut program("apt-get", ["update", "-qq"]));
        quiet(
            "install libcurl and cJSON",
            program(
                "apt-get",
                ["install", "-y", "-qq", "--no-install-recommends"],
            )
            .args(PEERS)
            .env("DEBIAN_FRONTEND", "noninteractive"),
        )?;
    }
    if found() {
        return Ok(());
    }
    Err(Fault::new(format!(
        "libcurl and cJSON are not installed; `apt-get install {}` as root, and run this again",
        PEERS.join(" ")
    )))
}
