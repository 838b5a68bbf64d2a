//! What things are called in Rust.

use heck::ToUpperCamelCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::emit::rust::{ident, type_ident};

/// `Other` is taken by the values that are not listed.
pub(crate) fn variant_ident(name: &str) -> Ident {
    match name.to_upper_camel_case().as_str() {
        "Other" => format_ident!("OtherValue"),
        name if name.starts_with(|c: char| c.is_ascii_digit()) => format_ident!("V{}", name),
        name => ident(name),
    }
}

pub(super) fn handle_ident(path: &[String]) -> Ident {
    type_ident(&path.join("_"))
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
