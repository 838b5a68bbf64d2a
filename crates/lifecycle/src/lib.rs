//! What is done with snapshots over their life: taken by a policy and pruned ([`rotate`]), tried out over a year
//! ([`simulate`](simulate::simulate)), made into new things ([`restore`](restore::restore)), copied
//! ([`copy`](copy::copy)), counted ([`cost`](cost::cost)) and found when nothing is left that they are of
//! ([`orphans`](orphans::orphans)).
//!
//! Which call does what for which kind of thing is data ([`Kind`]), which the caller has. Nothing here sends a request,
//! reads a file or looks at a clock: that is done through a [`Service`].

pub mod copy;
pub mod cost;
mod delete;
mod fill;
pub mod kind;
mod look;
mod make;
pub mod orphans;
pub mod policy;
mod progress;
pub mod report;
pub mod restore;
mod rotate;
mod service;
pub mod simulate;

pub use kind::Kind;
pub use look::{Snapshot, State, Thing, mount_sources, snapshots, things};
pub use progress::Progress;
pub use rotate::rotate;
pub use service::{Failure, Service};
