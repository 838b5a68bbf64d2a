//! The classes of errors, one list for every language that has classes (B13).

use quote::quote;
use serde_json::{Value, json};

use crate::emit::rust::format;
use crate::error::Result;
use crate::file_set::FileSet;

/// One class.
pub(crate) struct ErrorClass {
    pub(crate) name: &'static str,
    /// The class it is one of; the root has none.
    pub(crate) base: &'static str,
    /// The runtime's name for its kind.
    pub(crate) kind: &'static str,
    /// The HTTP statuses that it is for, where the kind alone does not say it.
    pub(crate) statuses: Option<(u16, u16)>,
    pub(crate) doc: &'static str,
}

/// What all classes are, and what is given where only that is known.
pub(crate) const ROOT: &str = "SnaplineError";

/// Any answer that is an error.
const ANSWER: ErrorClass = of("APIError", "api", "The service answered with an error.");

/// Every class but the root, a base before what is one of it.
pub(crate) const ERRORS: &[ErrorClass] = &[
    ANSWER,
    status(
        "BadRequestError",
        400,
        "The service does not understand the request (400).",
    ),
    status(
        "AuthenticationError",
        401,
        "The token is missing, wrong or expired (401).",
    ),
    status(
        "PermissionDeniedError",
        403,
        "The token does not allow this (403).",
    ),
    status("NotFoundError", 404, "There is no such thing (404)."),
    status(
        "ConflictError",
        409,
        "The state of the thing does not allow this now (409).",
    ),
    status(
        "UnprocessableEntityError",
        422,
        "The service understands the request but cannot carry it out (422).",
    ),
    ErrorClass {
        base: "APIError",
        ..of(
            "RateLimitError",
            "rate_limited",
            "Too many requests (429); with `pacing`, also a call held back too long.",
        )
    },
    ErrorClass {
        statuses: Some((500, 599)),
        ..status("ServerError", 500, "The service failed (5xx).")
    },
    of(
        "ConnectionError",
        "connection",
        "There was no connection, or it broke.",
    ),
    of(
        "TimeoutError",
        "timeout",
        "There was no complete answer in time.",
    ),
    ErrorClass {
        base: "TimeoutError",
        ..of(
            "WaitTimeoutError",
            "wait_timeout",
            "What was waited for did not happen in time.",
        )
    },
    of(
        "DecodeError",
        "decode",
        "The answer cannot be read, or departs from the document in a strict call.",
    ),
    of(
        "WaitFailedError",
        "wait_failed",
        "What was waited for reached a failed state.",
    ),
    of(
        "CancelledError",
        "cancelled",
        "The caller stopped the work.",
    ),
    of(
        "ConfigError",
        "config",
        "The client cannot be made or used with these settings.",
    ),
    of(
        "ClientClosedError",
        "closed",
        "The client was closed, or was made before a fork of the process.",
    ),
    of(
        "InvalidArgumentError",
        "invalid_argument",
        "An argument breaks a rule; nothing was sent.",
    ),
    of("HookError", "hook", "A hook of the caller's failed."),
    of("InternalError", "internal", "A fault of this library."),
];

const fn of(name: &'static str, kind: &'static str, doc: &'static str) -> ErrorClass {
    ErrorClass {
        name,
        base: ROOT,
        kind,
        statuses: None,
        doc,
    }
}

const fn status(name: &'static str, status: u16, doc: &'static str) -> ErrorClass {
    ErrorClass {
        base: "APIError",
        statuses: Some((status, status)),
        ..of(name, "api", doc)
    }
}

/// The class for a documented status, such as `404` or `4XX`.
pub(crate) fn of_status(status: &str) -> &'static ErrorClass {
    let digits = status.replace(['X', 'x'], "0");
    let number = digits.parse::<u16>().unwrap_or_default();
    if digits != status {
        let wide = |class: &&ErrorClass| {
            let range = class.statuses.filter(|(first, last)| first != last);
            range.is_some_and(|(first, last)| (first..=last).contains(&number))
        };
        return ERRORS.iter().find(wide).unwrap_or(&ANSWER);
    }
    let fits = |class: &&ErrorClass| match class.statuses {
        Some((first, last)) => (first..=last).contains(&number),
        // Too many requests have a kind of their own.
        None => class.kind == "rate_limited" && number == 429,
    };
    ERRORS.iter().find(fits).unwrap_or(&ANSWER)
}

/// Writes what Python and the tests read; the C++ classes stand among its headers.
///
/// # Errors
/// When the Rust made does not parse.
pub fn emit() -> Result<FileSet> {
    let mut files = FileSet::default();
    let all: Vec<Value> = ERRORS
        .iter()
        .map(|class| {
            json!({
                "name": class.name,
                "base": class.base,
                "kind": class.kind,
                "statuses": class.statuses.map(|(first, last)| json!([first, last])),
            })
        })
        .collect();
    // A `Value` cannot fail to serialise: its keys are strings and its numbers finite.
    let text = serde_json::to_string_pretty(&all).unwrap_or_default();
    files.add("tests/conformance/errors.json", text);
    let path = "bindings/python/src/generated/errors.rs";
    let (narrow, wide): (Vec<_>, Vec<_>) =
        ERRORS.iter().partition(|class| class.statuses.is_some());
    let narrow = narrow.into_iter().filter_map(|class| {
        let (first, last) = class.statuses?;
        let (name, kind) = (class.name, class.kind);
        let statuses = if first == last {
            quote!(#first)
        } else {
            quote!(#first..=#last)
        };
        Some(quote!((#kind, Some(#statuses)) => #name,))
    });
    let wide = wide.into_iter().map(|class| {
        let (name, kind) = (class.name, class.kind);
        quote!((#kind, _) => #name,)
    });
    let tokens = quote! {
        //! The class of an error.

        /// The exception class for a kind and a status.
        pub(crate) fn class_name(kind: &str, status: Option<u16>) -> &'static str {
            match (kind, status) {
                #(#narrow)*
                #(#wide)*
                // A kind that the runtime learned and the list did not.
                _ => #ROOT,
            }
        }
    };
    files.add(path, format(path, tokens)?);
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::face::c::lock::STATUSES;

    #[test]
    fn b13_a_documented_status_has_a_class() {
        for (status, wanted) in [
            ("404", "NotFoundError"),
            ("429", "RateLimitError"),
            ("503", "ServerError"),
            ("418", "APIError"),
            ("4XX", "APIError"),
            ("5XX", "ServerError"),
        ] {
            assert_eq!(of_status(status).name, wanted, "{status}");
        }
    }

    #[test]
    fn b13_every_kind_has_a_class_and_every_base_stands_before() {
        let mut known = BTreeSet::from([ROOT]);
        for class in ERRORS {
            assert!(known.contains(class.base), "{}", class.name);
            assert!(known.insert(class.name), "{} twice", class.name);
        }
        for (_, kind, _) in STATUSES.iter().filter(|(name, _, _)| *name != "OK") {
            let whole = |it: &&ErrorClass| it.kind == *kind && it.statuses.is_none();
            assert_eq!(ERRORS.iter().filter(whole).count(), 1, "{kind}");
        }
        for class in ERRORS {
            assert!(STATUSES.iter().any(|(_, kind, _)| *kind == class.kind));
        }
    }
}
