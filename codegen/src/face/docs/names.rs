//! Where pages stand and what their places are called.

use crate::ir::CallId;

/// The folder of all pages.
const FOLDER: &str = "reference";

/// The page of a resource.
pub(crate) fn page(provider: &str, resource: &[String]) -> String {
    own(provider, &file(resource))
}

/// A page of a provider.
pub(crate) fn own(provider: &str, name: &str) -> String {
    format!("{FOLDER}/{provider}/{name}.md")
}

/// A page of all providers.
pub(crate) fn shared(name: &str) -> String {
    format!("{FOLDER}/{name}.md")
}

/// The name of a resource's page, without its ending. No word of a name has a dash.
pub(crate) fn file(resource: &[String]) -> String {
    resource.join("-")
}

/// A link to a call, from a page of the same provider.
pub(crate) fn link(call: &CallId) -> String {
    let file = file(call.resource());
    format!("[`{call}`]({file}.md#{})", call.name())
}

/// A link to an object or to a set of values, from a page of the same provider.
pub(crate) fn of_type(name: &str) -> String {
    format!("[{name}](types.md#{name})")
}
