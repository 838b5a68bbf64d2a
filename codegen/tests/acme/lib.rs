//! The invented provider's crate: what a provider writes by hand, beside what is generated.

mod client;
mod generated;
mod hooks;

pub use client::Client;
pub use generated::resources;
pub use snapline_runtime::Error;

/// The objects and enums of the API.
pub mod models {
    pub use crate::generated::enums::*;
    pub use crate::generated::types::*;
}
