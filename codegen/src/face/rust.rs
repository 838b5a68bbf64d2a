//! The Rust face: enums, operation tables, resources with a builder for every call and wait.

pub(crate) mod agent;
mod arguments;
pub(crate) mod client;
mod examples;
mod find;
mod mounted;
pub(crate) mod names;
pub(crate) mod progenitor;
mod request;
mod resources;
pub(crate) mod sample;
pub(crate) mod settings;
mod tables;
mod take;
mod wait;

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::{format, module_file};
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::Api;
use crate::samples;

/// Writes a provider crate's `src/generated` besides what progenitor makes.
pub(crate) fn emit(api: &Api, folder: &str) -> Result<FileSet> {
    let mut files = FileSet::default();
    let mut add = |name: &str, tokens: TokenStream| -> Result<()> {
        let path = format!("{folder}/{name}.rs");
        files.add(path.clone(), format(&path, tokens)?);
        Ok(())
    };
    add("enums", tables::enums(api))?;
    add("operations", tables::operations(api))?;
    for resource in &api.resources {
        add(
            &format!("resources/{}", module_file(resource.name())),
            resources::resource_file(api, resource),
        )?;
    }
    add("resources/mod", resources::resource_index(api))?;
    if let Some(tokens) = mounted::helpers(api) {
        add("mounted", tokens)?;
    }
    add("mod", index(api))?;
    files.merge(examples::all(api, &samples::of(api), folder)?);
    Ok(files)
}

fn index(api: &Api) -> TokenStream {
    let enums = (!api.enums.is_empty()).then(|| {
        quote!(
            pub use super::enums::*;
        )
    });
    let mounted = mounted::any(api).then(|| {
        quote!(
            mod mounted;
        )
    });
    quote! {
        //! Everything here follows from the document in `spec`.

        #[allow(
            clippy::all,
            clippy::allow_attributes_without_reason,
            dead_code,
            missing_docs,
            unreachable_patterns,
            unreachable_pub,
            unused_mut,
            reason = "progenitor's own output, hidden behind the resources"
        )]
        pub(crate) mod client;
        pub(crate) mod entry;
        pub(crate) mod enums;
        #mounted
        pub(crate) mod operations;
        pub mod resources;
        pub(crate) mod types;

        /// The objects and enums of the API.
        pub mod models {
            #enums
            pub use super::types::*;
        }
    }
}
