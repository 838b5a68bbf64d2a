//! OVHcloud Enterprise File Storage: services, shares, their snapshots and snapshot policies.
//!
//! ```no_run
//! # async fn run() -> Result<(), snapline_ovhcloud::Error> {
//! let client = snapline_ovhcloud::Client::from_env()?;
//! let (service, share) = ("5e8a1f70-3c24-4b6d-9a17-d20f4c8be631", "9b1c6a52-70d4-4e3f-8f0b-61a2c3d45e78");
//! let taken = client.netapp().snapshots().create(service, share).name("nightly").send().await?;
//! let snapshot = client.netapp().snapshots().wait_until_available(service, share, &taken.id).await?;
//! println!("{} is at {:?}", snapshot.id, snapshot.path);
//! # Ok(())
//! # }
//! ```

mod auth;
mod credentials;
#[rustfmt::skip]
mod generated;
mod cached;
mod ini;

pub use generated::entry::{Client, ClientBuilder};
pub use generated::{models, resources};
pub use snapline_runtime::{
    Attempted, Bytes, CallOptions, Error, ErrorKind, Hook, HookError, Items, Nullable, Outgoing,
    Page, RateLimit, Response, StringOrInteger, Timestamp, Trail,
};
