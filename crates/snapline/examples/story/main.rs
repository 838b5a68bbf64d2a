//! The stories that `cargo xtask demo` tells, in Rust: `story PROVIDER [--read-only]`. Prints one
//! line a step: name, milliseconds, `ok` or `failed`, detail, with tabs between.
//!
//! The client finds its credentials, and the server if it is another than the provider's own, in the
//! environment. With `--read-only` nothing is made or deleted.

mod digitalocean;
mod ovhcloud;
mod telling;

use std::process::ExitCode;

use telling::Telling;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let provider = arguments.next().unwrap_or_default();
    let read_only = arguments.any(|argument| argument == "--read-only");
    let mut telling = Telling::default();
    let told = match provider.as_str() {
        "digitalocean" => digitalocean::tell(&mut telling, read_only).await,
        "ovhcloud" => ovhcloud::tell(&mut telling, read_only).await,
        _ => {
            eprintln!("usage: story PROVIDER [--read-only]");
            return ExitCode::FAILURE;
        }
    };
    match told {
        Ok(()) if !telling.failed() => ExitCode::SUCCESS,
        Ok(()) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
