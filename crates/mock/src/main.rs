//! The stand-in as a program.
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::Parser;
use jiff::Timestamp;
use snapline_mock::{Mock, RateLimit, States};

/// A stand-in for the providers: keeps state and checks every request against their documents.
///
/// The first line it prints is `listening on http://127.0.0.1:PORT`; the second names what exists
/// from the start; then comes for each provider a line with the environment in which its client
/// finds this server and credentials that it takes; an empty line ends this. A share or snapshot
/// whose name begins with `fail` fails; names need not be unique. Where a provider has limits,
/// every answer tells in `ratelimit-*` what is left to its token. It ends on Ctrl-C and SIGTERM.
#[derive(Parser)]
#[command(name = "snapline-mock", version, after_long_help = CONTROL)]
struct Options {
    /// Address to listen on; the usual one is reached by programs of this machine alone
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Port; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// Snapshots that exist from the start, where a provider begins with some
    #[arg(long, value_name = "N", default_value_t = 25)]
    snapshots: usize,
    /// Volumes that exist from the start beside the usual ones, with the tag that the second line names. The snapshots
    /// are of these then: spread over them, of each one a day back from yesterday, called nightly-DATE
    #[arg(long, value_name = "N", default_value_t = 0)]
    volumes: usize,
    /// How long things stay in the making or deleting, in milliseconds; 0 is at once
    #[arg(long, value_name = "MS", default_value_t = 300)]
    settle_ms: u64,
    /// Things are done after they were looked at this often, instead of after a time
    #[arg(long, value_name = "N", conflicts_with = "settle_ms")]
    settle_polls: Option<u32>,
    /// Folder of conformance cases, served under /case/<name>/<run>
    #[arg(long, value_name = "DIR")]
    cases: Option<PathBuf>,
    /// Write every request that a case takes to this file, a line of JSON each
    #[arg(long, value_name = "FILE", requires = "cases")]
    keep: Option<PathBuf>,
    /// Answer 401 to any token but this; may be given more than once. Without it any token will do.
    /// Tokens that a service gave itself, and signatures, are taken besides
    #[arg(long, value_name = "TOKEN")]
    token: Vec<String>,
    /// Answer 429 to a token that made so many requests: N or N/hour, N/minute (whose 429 has
    /// retry-after), N/30s for a budget of 30 seconds. May be given twice, as 5000/hour and
    /// 250/minute. Without it the provider's own is counted down and nothing is refused
    #[arg(long, value_name = "N[/TIME]")]
    rate_limit: Vec<RateLimit>,
    /// Keep DigitalOcean's limits of a volume: 25 snapshots (422), and one in 10 minutes (429)
    #[arg(long)]
    snapshot_limits: bool,
    /// Refuse fields, parameters and bodies that the document does not name or only the service
    /// sets. Without it they are ignored, as the services do; everything else is always checked
    #[arg(long)]
    strict: bool,
    /// In whose words states are answered
    #[arg(long, value_enum, default_value_t = States::Documented)]
    states: States,
    /// What was made is in no list and answers 404 for this long, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    visible_after: u64,
    /// What time it is at the start, as in 2026-03-01T02:00:00Z; this machine's without it
    #[arg(long, value_name = "TIME", value_parser = time)]
    time: Option<SystemTime>,
    /// Obey the request header x-mock-fault, such as 503*2, delay:250 or retry-after:1; lose*2 carries
    /// out the first two and closes their connections without an answer
    #[arg(long)]
    faults: bool,
    /// Do this to every request without that header, counted for each path by itself: 'lose*1,only:POST'. May be given
    /// twice
    #[arg(long, value_name = "FAULT")]
    fault: Vec<String>,
    /// End when standard input closes, so that nothing stays behind a parent that crashed
    #[arg(long)]
    exit_with_stdin: bool,
    /// Write a line to standard error for each request
    #[arg(long, short)]
    verbose: bool,
}

/// What a test can ask of it while it runs.
const CONTROL: &str = r#"Tests control it while it runs, with JSON below /_mock of its address:
  GET  /_mock             version, address, time, each provider's environment
  POST /_mock/reset       begins anew: state, faults, requests, clock. What shall be other than at the start is
                          in the body: {"volumes": 3, "snapshots": 90, "settle_ms": 0, "states": "live"}
  GET  /_mock/state       all that the services remember
  GET  /_mock/clock       the time; POST moves it: {"days": 1, "hours": 2} or {"time": "2026-03-01T02:00:00Z"}
  POST /_mock/faults      what the next requests meet: {"method": "POST", "path": "/v2/**", "times": 2, "status": 503,
                          "retry_after": 1}; "drop", "lose", "truncate": BYTES or "delay_ms" in place of a status.
                          GET tells what is left of them, DELETE takes them back
  GET  /_mock/requests    what came, without credentials, by ?method=, path= and operation=; DELETE forgets it
  GET  /_mock/counts      how often each operation was asked for

Examples:
  snapline-mock --port 8321 --volumes 20 --snapshots 200
  curl -X POST localhost:8321/_mock/clock -d '{"days": 30}'
  curl -X POST localhost:8321/_mock/faults -d '{"status": 429, "retry_after": 2, "method": "POST"}'"#;

fn time(text: &str) -> Result<SystemTime, String> {
    let time = text.parse::<Timestamp>().and_then(SystemTime::try_from);
    time.map_err(|error| error.to_string())
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("snapline-mock: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), snapline_mock::Error> {
    let mut builder = Mock::builder()
        .host(options.host)
        .port(options.port)
        .snapshots(options.snapshots)
        .volumes(options.volumes)
        .settle(Duration::from_millis(options.settle_ms))
        .strict(options.strict)
        .snapshot_limits(options.snapshot_limits)
        .states(options.states)
        .visible_after(Duration::from_millis(options.visible_after))
        .faults(options.faults)
        .verbose(options.verbose);
    if let Some(looks) = options.settle_polls {
        builder = builder.settle_polls(looks);
    }
    if let Some(time) = options.time {
        builder = builder.time(time);
    }
    for token in &options.token {
        builder = builder.token(token);
    }
    for fault in &options.fault {
        builder = builder.usual_fault(fault);
    }
    for limit in &options.rate_limit {
        builder = builder.rate_limit(*limit);
    }
    if let Some(folder) = &options.cases {
        builder = builder.cases_dir(folder);
    }
    if let Some(file) = &options.keep {
        builder = builder.keep_requests(file);
    }
    // Built first, so that a signal right after the first line is not missed.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut signals = Signals::new()?;
        let mock = builder.start().await?;
        announce(&mock)?;
        let stdin = stdin_closed(options.exit_with_stdin)?;
        tokio::select! {
            () = signals.arrived() => {}
            () = stdin => {}
        }
        mock.stop();
        Ok(())
    })
}

fn announce(mock: &Mock) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {}", mock.url())?;
    writeln!(out, "{} cases; {}", mock.cases(), mock.notes().join("; "))?;
    for (provider, variables) in mock.environments() {
        write!(out, "{provider}")?;
        for (name, value) in variables {
            write!(out, " {name}={value}")?;
        }
        writeln!(out)?;
    }
    writeln!(out)?;
    out.flush()
}

/// Ends when standard input does; never, where that is not asked for.
fn stdin_closed(watch: bool) -> std::io::Result<impl Future<Output = ()>> {
    let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
    if watch {
        // A thread of its own: reading standard input cannot be cancelled.
        std::thread::Builder::new()
            .name("stdin".to_owned())
            .spawn(move || {
                let mut ignored = [0; 256];
                let mut input = std::io::stdin().lock();
                while matches!(input.read(&mut ignored), Ok(read) if read > 0) {}
                drop(sender);
            })?;
        return Ok(either(Some(receiver)));
    }
    Ok(either(None))
}

async fn either(receiver: Option<tokio::sync::oneshot::Receiver<()>>) {
    match receiver {
        // Closed means that standard input is.
        Some(receiver) => drop(receiver.await),
        None => std::future::pending().await,
    }
}

/// Ctrl-C, and SIGTERM where there is one.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn arrived(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    async fn arrived(&mut self) {
        // Without a handler for it there is nothing to wait for.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
