//! What things are called in Rust.

use heck::ToUpperCamelCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::emit::rust::{ident, type_ident};
use crate::ir::Operation;
use crate::normalise::names::RESERVED;
use crate::spelling::word;

/// `Other` is taken by the values that are not listed.
pub(crate) fn variant_ident(name: &str) -> Ident {
    match name.to_upper_camel_case().as_str() {
        "Other" => format_ident!("OtherValue"),
        name if name.starts_with(|c: char| c.is_ascii_digit()) => format_ident!("V{}", name),
        name => ident(name),
    }
}

/// What a file of a resource takes from the runtime.
pub(super) const IMPORTED: [&str; 22] = [
    "Begun",
    "BoxFuture",
    "Call",
    "CallOptions",
    "Core",
    "Error",
    "Next",
    "Nullable",
    "Page",
    "Polled",
    "Resume",
    "Started",
    "StringOrInteger",
    "Surround",
    "THERE",
    "Timestamp",
    "Turn",
    "WaitOptions",
    "WaitRule",
    "Waiter",
    "check",
    "since",
];

/// What it has beside that.
const OWN: [&str; 5] = ["Answer", "Response", "Result", "Rule", "Wire"];

/// The handle of a resource, which yields to what its file takes in, and to the prelude.
pub(super) fn handle_ident(path: &[String]) -> Ident {
    let name = type_ident(&path.join("_")).to_string();
    let taken = IMPORTED.contains(&&*name) || OWN.contains(&&*name) || RESERVED.contains(&&*name);
    match taken {
        true => format_ident!("{name}_"),
        false => type_ident(&name),
    }
}

/// What every client has of its own.
const OF_CLIENTS: [&str; 8] = [
    "builder",
    "clone",
    "close",
    "core",
    "from_env",
    "operations",
    "rate_limit",
    "request",
];

/// The method of the client that gives the handle of a resource.
pub(crate) fn of_client(resource: &str) -> Ident {
    match OF_CLIENTS.contains(&resource) {
        true => format_ident!("{resource}_"),
        false => ident(resource),
    }
}

/// The methods that lead from a client to a resource.
pub(crate) fn steps(resource: &[String]) -> impl Iterator<Item = Ident> {
    let named = |(depth, name): (usize, &String)| match depth {
        0 => of_client(name),
        _ => ident(name),
    };
    resource.iter().enumerate().map(named)
}

/// The builder of a method: `NfsSnapshotsListCall`.
pub(crate) fn call_ident(resource: &[String], method: &str) -> Ident {
    format_ident!(
        "{}{}Call",
        resource.join("_").to_upper_camel_case(),
        method.to_upper_camel_case()
    )
}

/// The builder of a wait: `NfsWaitUntilActive`.
pub(crate) fn wait_ident(resource: &[String], waiter: &str) -> Ident {
    format_ident!(
        "{}{}",
        resource.join("_").to_upper_camel_case(),
        waiter.to_upper_camel_case()
    )
}

/// progenitor's name for an operation's method.
pub(crate) fn wire_ident(operation_id: &str) -> Ident {
    use heck::ToSnakeCase;
    ident(&operation_id.to_snake_case())
}

/// What progenitor is told that the parameters of an operation are called: their own names where no two meet, and
/// where they are names.
pub(crate) fn told(operation: &Operation) -> Vec<String> {
    // What each of its methods has beside them.
    let own = [
        "body", "client", "request", "response", "result", "self", "url",
    ];
    let mut taken = own.map(str::to_owned).to_vec();
    let params = operation.parameters.iter().enumerate();
    let told = params.map(|(at, param)| {
        let own = word(&param.wire).filter(|own| !taken.contains(own));
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        match own.filter(|_| param.wire.chars().all(is_name)) {
            Some(own) => {
                taken.push(own);
                param.wire.clone()
            }
            // Those of a path come first, so that they are the same for all operations of it.
            None => format!("argument_number_{at}"),
        }
    });
    told.collect()
}

/// A builder as the file of another resource names it, or the same file.
pub(super) fn beside(here: &[String], there: &[String], builder: Ident) -> TokenStream {
    match there.first() {
        Some(file) if here.first() != Some(file) => {
            let file = ident(file);
            quote!(super::#file::#builder)
        }
        _ => quote!(#builder),
    }
}
