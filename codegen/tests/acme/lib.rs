//! The invented provider's crate: what a provider writes by hand, beside what is generated.

mod generated;

pub use generated::entry::{Client, ClientBuilder};
pub use generated::resources;
pub use snapline_runtime::Error;

/// The objects and enums of the API.
pub mod models {
    pub use crate::generated::enums::*;
    pub use crate::generated::types::*;
}
