//! DigitalOcean storage snapshots: NFS shares and their snapshots, snapshots of volumes and
//! droplets, and the actions that report on work in progress.
//!
//! ```no_run
//! # async fn run() -> Result<(), snapline_digitalocean::Error> {
//! let client = snapline_digitalocean::Client::from_env()?;
//! let nfs = client.nfs();
//! let action = nfs.snapshot("0a1b2c3d", "nightly").region("atl1").send().await?;
//! let snapshot = nfs.snapshots().wait_until_active(&action, "0a1b2c3d", "nightly").region("atl1").await?;
//! println!("{} is {}", snapshot.name, snapshot.status);
//! # Ok(())
//! # }
//! ```

#[rustfmt::skip]
mod generated;

pub use generated::entry::{Client, ClientBuilder};
pub use generated::{models, resources};
pub use snapline_runtime::{
    Attempted, Bytes, CallOptions, Error, ErrorKind, Hook, HookError, Items, Nullable, Outgoing,
    Page, RateLimit, Response, StringOrInteger, Timestamp, Trail,
};
