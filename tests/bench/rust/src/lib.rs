//! What all clients of Rust share: they read orders, make calls, and tell what those cost.

pub mod models;

use std::future::Future;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use nix::sys::resource::{Resource, Usage, UsageWho, getrlimit, getrusage, setrlimit};
use nix::sys::time::TimeValLike as _;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use tokio::task::JoinSet;

/// Any token will do.
pub const TOKEN: &str = "dop_v1_bench";

/// What one line of the driver asks for.
#[derive(Clone, Debug)]
pub struct Order {
    /// The workload's name.
    pub workload: String,
    /// How many calls.
    pub calls: u64,
    /// How many tasks make them.
    pub at_once: u64,
    /// Where the server is.
    pub base: String,
    /// How a client that knows no workload asks.
    pub method: String,
    /// What it asks for.
    pub path: String,
    /// What it sends.
    pub body: String,
}

impl Order {
    fn parse(line: &str) -> Result<Self> {
        let mut words = line.split('\t').map(str::to_owned);
        let mut next = || {
            words
                .next()
                .context("an order has seven words between tabs")
        };
        Ok(Self {
            workload: next()?,
            calls: next()?.parse()?,
            at_once: next()?.parse()?,
            base: next()?,
            method: next()?,
            path: next()?,
            body: next()?,
        })
    }

    /// The id in its path.
    ///
    /// # Errors
    /// When it has none.
    pub fn id(&self) -> Result<&str> {
        let id = self.path.split('/').nth(3);
        id.with_context(|| format!("{} has no id", self.path))
    }

    /// Where a client that knows no workload asks.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.base, self.path)
    }

    /// Whether each call is to have a client of its own.
    fn connects(&self) -> bool {
        self.workload == "connect"
    }
}

/// The file of the CA that signed the server's certificate.
///
/// # Errors
/// When nobody named it.
pub fn ca_file() -> Result<PathBuf> {
    let file = std::env::var_os("BENCH_CA").context("BENCH_CA names no file")?;
    Ok(file.into())
}

/// The client of reqwest for a server, as one would make it by hand.
///
/// # Errors
/// When the CA cannot be read.
pub fn http(order: &Order) -> Result<reqwest::Client> {
    let mut roots = rustls::RootCertStore::empty();
    if order.base.starts_with("https") {
        for certificate in CertificateDer::pem_file_iter(ca_file()?)? {
            roots.add(certificate?)?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut headers = HeaderMap::new();
    headers.insert(
        AUTHORIZATION,
        HeaderValue::from_str(&format!("Bearer {TOKEN}"))?,
    );
    let builder = reqwest::Client::builder().default_headers(headers);
    Ok(builder.tls_backend_preconfigured(tls).build()?)
}

/// A client that is measured.
pub trait Peer: Send + Sync + Sized + 'static {
    /// Makes one for the server of an order.
    ///
    /// # Errors
    /// When it cannot.
    fn new(order: &Order) -> Result<Self>;

    /// Makes one call and gives how many things came.
    fn call(&self, order: &Order) -> impl Future<Output = Result<u64>> + Send;
}

/// Carries out the orders on the standard input.
pub fn main<P: Peer>() -> ExitCode {
    match orders::<P>() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn orders<P: Peer>() -> Result<()> {
    // Thousands of tasks have a connection each.
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut client: Option<(String, Arc<P>)> = None;
    for line in std::io::stdin().lock().lines() {
        let order = Arc::new(Order::parse(&line?)?);
        // Pools start tasks when they are made.
        let told = runtime.block_on(async {
            let peer = match &client {
                Some((base, peer)) if *base == order.base => Arc::clone(peer),
                _ => {
                    let peer = Arc::new(P::new(&order)?);
                    client = Some((order.base.clone(), Arc::clone(&peer)));
                    peer
                }
            };
            carry_out(&peer, &order).await
        })?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{told}")?;
        out.flush()?;
    }
    Ok(())
}

async fn carry_out<P: Peer>(peer: &Arc<P>, order: &Arc<Order>) -> Result<String> {
    if order.calls > 0 {
        // Opens the connections that are measured.
        calls(peer, order, order.at_once).await?;
    }
    let (before, started) = (getrusage(UsageWho::RUSAGE_SELF)?, Instant::now());
    let items = calls(peer, order, order.calls).await?;
    let (wall, after) = (started.elapsed(), getrusage(UsageWho::RUSAGE_SELF)?);
    Ok(format!(
        "cpu_us={} wall_us={} items={items}",
        cpu(&after) - cpu(&before),
        wall.as_micros()
    ))
}

fn cpu(usage: &Usage) -> i64 {
    usage.user_time().num_microseconds() + usage.system_time().num_microseconds()
}

async fn calls<P: Peer>(peer: &Arc<P>, order: &Arc<Order>, calls: u64) -> Result<u64> {
    ensure!(order.at_once > 0, "nobody is to make the calls");
    let mut tasks = JoinSet::new();
    for number in 0..order.at_once.min(calls) {
        // The first ones take what does not divide.
        let share = calls / order.at_once + u64::from(number < calls % order.at_once);
        let (peer, order) = (Arc::clone(peer), Arc::clone(order));
        tasks.spawn(async move {
            let mut items = 0;
            for _ in 0..share {
                items += if order.connects() {
                    P::new(&order)?.call(&order).await?
                } else {
                    peer.call(&order).await?
                };
            }
            Ok::<_, anyhow::Error>(items)
        });
    }
    let mut items = 0;
    while let Some(told) = tasks.join_next().await {
        items += told??;
    }
    Ok(items)
}

/// Says that a program does not have a workload.
///
/// # Errors
/// Always.
pub fn unknown(order: &Order) -> Result<u64> {
    bail!("this program does not know the workload {}", order.workload)
}
