//! What the server asks of each provider; the list of them is generated.
use std::any::Any;
use std::fmt::Debug;

use serde_json::Value;

use crate::cases::Arrived;
use crate::document::{Document, Operation};
use crate::error::Error;
use crate::limits::Limits;
use crate::options::Options;
use crate::respond::{Answer, Refusal};
use crate::schema::Unknown;
use crate::validate::Checked;

/// Makes a provider's service as it is asked for.
pub(crate) type Make = fn(&Options) -> Result<Box<dyn Provider>, Error>;

/// A provider that is stood in for.
pub(crate) trait Provider: Any + Debug + Send + Sync {
    /// What it is called.
    fn name(&self) -> &'static str;

    /// Its document, read to refuse what it does not name or to ignore that.
    fn document(&self, unknown: Unknown) -> Result<&'static Document, Error>;

    /// Whether a path is one of its own.
    fn claims(&self, path: &str) -> bool;

    /// A path as the document has it.
    fn path<'a>(&self, path: &'a str) -> &'a str {
        path
    }

    /// An answer to what is no operation of the document, such as a request for a token.
    fn aside(&self, _arrived: &Arrived<'_>) -> Option<Answer> {
        None
    }

    /// Looks at the credentials of a request; an answer is a refusal.
    fn admit(&self, arrived: &Arrived<'_>, operation: Option<&Operation>) -> Result<(), Answer>;

    /// How many requests each caller may make, where answers tell of it.
    fn limits(&self) -> Option<&Limits> {
        None
    }

    /// Whose requests are counted together.
    fn caller<'a>(&self, _arrived: &Arrived<'a>) -> &'a str {
        ""
    }

    /// Carries out a request that passed all checks.
    fn run(&self, call: &Call<'_>) -> Result<Answer, Refusal>;

    /// A refusal in the provider's own shape.
    fn refuse(
        &self,
        refusal: &Refusal,
        operation: Option<&Operation>,
        arrived: &Arrived<'_>,
    ) -> Answer {
        refusal.answer(operation, arrived.request_id)
    }

    /// The headers that every answer has.
    fn headers(&self, arrived: &Arrived<'_>) -> Vec<(String, String)>;

    /// The environment in which a client finds the server at this URL, and credentials that it takes.
    fn environment(&self, url: &str) -> Vec<(&'static str, String)>;

    /// The headers that carry credentials, beside the one that the document names.
    fn credentials(&self) -> &'static [&'static str] {
        &[]
    }

    /// All that is remembered, each thing as an answer shows it.
    fn state(&self) -> Value {
        Value::Null
    }

    /// What there is from the start, for people.
    fn note(&self) -> Option<String> {
        None
    }
}

/// A request that passed all checks.
pub(crate) struct Call<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) checked: &'a Checked,
    /// Scheme and host that the client used.
    pub(crate) base: &'a str,
    /// The path as it was sent.
    pub(crate) path: &'a str,
}
