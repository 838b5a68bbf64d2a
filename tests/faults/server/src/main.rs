//! The fault server as a program.
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use snapline_fault_server::{Error, FaultServer};

/// Plays fault scenarios over real sockets.
///
/// The first line it prints is `listening on http://127.0.0.1:PORT`, the control port:
/// POST /open {"scenario": NAME, "token": TOKEN}, GET /report?id=ID, POST /close {"id": ID}.
#[derive(Parser)]
#[command(name = "snapline-fault-server", version)]
struct Options {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// Folder of scenarios; may be given several times
    #[arg(
        long,
        value_name = "DIR",
        default_values = ["tests/faults/scenarios", "tests/faults/generated"]
    )]
    scenarios: Vec<PathBuf>,
    /// End when standard input closes, so that nothing stays behind a parent that crashed
    #[arg(long)]
    exit_with_stdin: bool,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("snapline-fault-server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let server = runtime.block_on(FaultServer::start(options.port, &options.scenarios))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {}", server.url())?;
    writeln!(out, "{} scenarios", server.scenarios())?;
    out.flush()?;
    drop(out);
    if options.exit_with_stdin {
        let mut ignored = [0; 256];
        let mut input = std::io::stdin().lock();
        while matches!(input.read(&mut ignored), Ok(read) if read > 0) {}
        runtime.block_on(server.stop());
    } else {
        runtime.block_on(std::future::pending::<()>());
    }
    Ok(())
}
