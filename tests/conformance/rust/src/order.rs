//! One call as data, such as every face can be told.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use snapline_runtime::{Bytes, CallOptions, WaitOptions};

use crate::Failure;

/// Settings or options by name.
pub type Named = Map<String, Value>;

/// Which form of a method is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// The one that gives the value.
    #[default]
    Value,
    /// The one that gives status, headers and body beside it.
    Raw,
    /// The walk over the items of all pages.
    Items,
}

/// One call.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// Resource and method: `nfs.snapshots.list`, or `client.request`.
    pub method: String,
    /// Its arguments.
    pub arguments: Named,
    /// Its options.
    pub options: Named,
    /// The bounds of a wait: `timeout_ms`, `first_interval_ms`, `max_interval_ms`, `not_found_grace_ms`.
    pub wait: Named,
    /// Its form.
    pub mode: Mode,
    /// How many items are taken at most.
    pub limit: Option<u64>,
    /// When the caller stops it, in milliseconds.
    pub cancel_after_ms: Option<u64>,
    /// How often it is made at once; 0 is once, too.
    pub times: usize,
}

impl Order {
    /// Whether it waits, which its name tells.
    #[must_use]
    pub fn waits(&self) -> bool {
        let method = self.method.rsplit('.').next().unwrap_or_default();
        method.starts_with("wait_") || method.starts_with("find_") || method.ends_with("_and_wait")
    }
}

/// The arguments of a call in Rust.
#[derive(Clone, Debug, Default)]
pub struct Arguments(pub Named);

impl Arguments {
    /// An argument that the call requires.
    ///
    /// # Errors
    /// When the case lacks it, or it has another type.
    pub fn get<T: DeserializeOwned>(&self, name: &str) -> Result<T, Failure> {
        self.optional(name)?
            .ok_or_else(|| Failure::Case(format!("the case gives no `{name}`")))
    }

    /// An argument that may be left out; null in the case is an explicit null.
    ///
    /// # Errors
    /// When it has another type.
    pub fn optional<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Failure> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => serde_json::from_value(value.clone())
                .map(Some)
                .map_err(|error| Failure::Case(format!("`{name}`: {error}"))),
        }
    }
}

/// The key of bytes as JSON has them: `{"$bytes": "00ff"}`, in hex.
pub const BYTES: &str = "$bytes";

/// Bytes as an argument.
#[derive(Clone, Debug, Deserialize)]
pub struct Hex {
    #[serde(rename = "$bytes", deserialize_with = "crate::outcome::hex")]
    bytes: Vec<u8>,
}

impl AsRef<[u8]> for Hex {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Hex> for Bytes {
    fn from(hex: Hex) -> Self {
        hex.bytes.into()
    }
}

/// Bytes as JSON has them.
#[must_use]
pub fn in_hex(bytes: &[u8]) -> Value {
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ BYTES: hex })
}

/// An order as the generated Rust code takes it.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Resource and method.
    pub method: String,
    /// Its arguments.
    pub arguments: Arguments,
    /// Its options.
    pub options: CallOptions,
    /// Its form.
    pub mode: Mode,
    /// How many items are taken at most.
    pub limit: Option<u64>,
    /// The options of a wait.
    pub wait: WaitOptions,
}
