//! Statuses, the version, and the enums of a provider.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::function::doc;
use super::lock::{Lock, STATUSES};
use super::names::{Names, constant_endings};
use crate::emit::rust::type_ident;
use crate::ir::{Api, Enum};

/// The status that every call returns.
pub(super) fn status(lock: &Lock) -> TokenStream {
    let docs = STATUSES.iter().map(|(_, _, text)| doc(text));
    let names: Vec<_> = STATUSES
        .iter()
        .map(|(name, ..)| format_ident!("SNAPLINE_{name}"))
        .collect();
    let numbers = STATUSES
        .iter()
        .map(|(name, ..)| Literal::i32_unsuffixed(lock.status(name)));
    let kinds = STATUSES
        .iter()
        .map(|(_, kind, _)| Literal::c_string(&c_string(kind)));
    quote! {
        //! What a call comes to.

        use std::ffi::CStr;

        /// What a call comes to: 0 is success, everything else a kind of error.
        #[repr(i32)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum snapline_status {
            #(#docs #names = #numbers,)*
        }

        /// Every status with the name of its kind.
        pub(crate) const STATUSES: &[(snapline_status, &CStr)] = &[
            #((snapline_status::#names, #kinds),)*
        ];
    }
}

/// A text as C holds it; what stands behind a NUL is left out.
fn c_string(text: &str) -> std::ffi::CString {
    let bytes: Vec<u8> = text.bytes().take_while(|byte| *byte != 0).collect();
    std::ffi::CString::new(bytes).unwrap_or_default()
}

/// The version of the header, in numbers.
pub(super) fn version() -> TokenStream {
    let mut parts = env!("CARGO_PKG_VERSION").split(['.', '-', '+']);
    let constants = ["MAJOR", "MINOR", "PATCH"].map(|part| {
        let number: i32 = parts
            .next()
            .and_then(|number| number.parse().ok())
            .unwrap_or(0);
        let (name, number) = (
            format_ident!("SNAPLINE_VERSION_{part}"),
            Literal::i32_unsuffixed(number),
        );
        let text = doc(&format!(
            "The {} number of the header's version.",
            part.to_lowercase()
        ));
        quote!(#text pub const #name: i32 = #number;)
    });
    quote! {
        //! The version of the header.

        #(#constants)*
    }
}

/// The enums of a provider, with their texts.
pub(super) fn enums(api: &Api, names: &Names, lock: &Lock) -> TokenStream {
    let crate_name = format_ident!("{}", names.crate_name());
    let items = api.enums.iter().map(|item| one(api, names, lock, item));
    quote! {
        //! Sets of strings that may grow, as numbers.

        use #crate_name::models;

        use crate::macros::enum_entries;

        #(#items)*
    }
}

fn one(api: &Api, names: &Names, lock: &Lock, item: &Enum) -> TokenStream {
    let ty = format_ident!("{}", names.enumeration(&item.name));
    let unknown = format_ident!("{}", names.constant(&item.name, "UNKNOWN"));
    let endings = constant_endings(item);
    let constants: Vec<_> = endings
        .iter()
        .map(|ending| format_ident!("{}", names.constant(&item.name, ending)))
        .collect();
    let numbers: Vec<_> = endings
        .iter()
        .map(|ending| Literal::i32_unsuffixed(lock.value(&api.provider.prefix, &item.name, ending)))
        .collect();
    let docs = item.values.iter().zip(&endings).map(|(value, ending)| {
        // The constant says as much where the two are the same word.
        let same = value.wire == *ending || value.wire.to_uppercase() == *ending;
        match (value.doc.trim(), same) {
            ("", true) => quote!(#[doc = ""]),
            ("", false) => doc(&format!("\"{}\"", value.wire)),
            (text, true) => doc(text),
            (text, false) => doc(&format!("\"{}\": {text}", value.wire)),
        }
    });
    let wires = item
        .values
        .iter()
        .map(|value| Literal::c_string(&c_string(&value.wire)));
    let (text, model) = (doc(&item.doc), type_ident(&item.name));
    quote! {
        #text
        #[repr(i32)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum #ty {
            #[doc = " A value that is not listed."]
            #unknown = 0,
            #(#docs #constants = #numbers,)*
        }

        enum_entries!(#ty, models::#model, #unknown, [#(#constants = #wires),*]);
    }
}
