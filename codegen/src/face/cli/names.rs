//! What calls and their arguments are called in the command line.

use crate::ir::{Api, Call, CallId, Kind, Param};
use crate::surface;

/// Options of the program that no argument of a document can be called as; a test of the program holds that it has
/// no others.
const OURS: &[&str] = &[
    "all",
    "color",
    "columns",
    "context",
    "dry-run",
    "from-json",
    "help",
    "json",
    "jsonl",
    "limit",
    "null",
    "output",
    "profile",
    "quiet",
    "verbose",
    "version",
    "wait",
    "yes",
];

/// The words of a name.
pub(super) fn kebab(name: &str) -> String {
    name.replace('_', "-")
}

/// The option of an argument, without the dashes before it.
pub(super) fn long(param: &Param) -> String {
    let name = kebab(&param.name);
    let mut known = surface::CLIENT.iter().chain(surface::CALL);
    let taken = OURS.contains(&name.as_str())
        || known.any(|setting| setting.name == param.name)
        || name.starts_with("wait-");
    if taken { format!("arg-{name}") } else { name }
}

/// Whether a call that begins something and waits is no command, but its request with `--wait`: the usual one of it.
pub(super) fn is_usual(call: &Call, begins: &CallId) -> bool {
    call.name.strip_suffix("_and_wait") == Some(begins.name())
}

/// The command of a call, and whether it is that with `--wait`.
pub(crate) fn command(api: &Api, call: &Call) -> (String, bool) {
    let begins = match &call.kind {
        Kind::Take(take) if is_usual(call, &take.begins) => Some(api.call(&take.begins)),
        _ => None,
    };
    let of = begins.unwrap_or(call);
    let names = of.resource.iter().chain([&of.name]);
    let words: Vec<String> = names.map(|name| kebab(name)).collect();
    let command = format!("snapline {} {}", api.provider.prefix, words.join(" "));
    (command, begins.is_some())
}
