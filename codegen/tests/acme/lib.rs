//! The invented provider's crate: what a provider writes by hand, beside what is generated.

mod generated;

pub use generated::entry::{Client, ClientBuilder};
pub use generated::{models, resources};
pub use snapline_runtime::{CallOptions, Error, Nullable, StringOrInteger, Timestamp};
