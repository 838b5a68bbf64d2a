//! The Rust face: enums, operation tables, resources with a builder for every call and wait.

pub(crate) mod agent;
mod arguments;
pub(crate) mod by_resource;
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

use by_resource::{Feature, Item, Uses};

use crate::document::Document;
use crate::emit::rust::{doc_inner, format, module_file};
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::Api;
use crate::samples;

/// Writes a provider crate's `src/generated`, and tells the crate's features.
pub(crate) fn emit(
    document: &Document,
    api: &Api,
    folder: &str,
) -> Result<(FileSet, Vec<Feature>)> {
    let mut files = FileSet::default();
    let methods = progenitor::methods(document, api)?;
    let types = progenitor::types(api);
    let enums = tables::enums(api);
    let features = by_resource::features(api);
    let resources: Vec<TokenStream> = api
        .resources
        .iter()
        .map(|resource| resources::resource_file(api, resource))
        .collect();
    let uses = Uses::of(api, &features, &resources, &[&methods, &types, &enums]);
    let path = |name: &str| format!("{folder}/{name}");
    uses.write(
        &mut files,
        &path("client"),
        &methods,
        [&progenitor::client, &progenitor::more_of_client],
        false,
    )?;
    let told = "The objects that go over the wire, shaped by the document.";
    uses.write(
        &mut files,
        &path("types"),
        &types,
        [&|items| together(items, told), &alone],
        true,
    )?;
    let told = "Sets of strings that may grow: a value that is not listed is kept as it came.";
    uses.write(
        &mut files,
        &path("enums"),
        &enums,
        [&|items| together(items, told), &alone],
        true,
    )?;
    let mut add = |name: &str, tokens: TokenStream| -> Result<()> {
        let path = format!("{folder}/{name}.rs");
        files.add(path.clone(), format(&path, tokens)?);
        Ok(())
    };
    add("operations", tables::operations(api))?;
    for (resource, tokens) in api.resources.iter().zip(resources) {
        add(
            &format!("resources/{}", module_file(resource.name())),
            tokens,
        )?;
    }
    add("resources/mod", resources::resource_index(api, &features))?;
    if let Some(tokens) = mounted::helpers(api, &uses) {
        add("mounted", tokens)?;
    }
    add("mod", index(api, &uses))?;
    let told = uses.features();
    files.merge(client::emit(api, folder)?);
    files.merge(examples::all(api, &samples::of(api), folder)?);
    Ok((files, told))
}

/// The things of a file.
fn together(items: &[&Item], told: &str) -> TokenStream {
    let (each, told) = (items.iter().map(|item| &item.tokens), doc_inner(told));
    quote! {
        #told

        #(#each)*
    }
}

/// Those that one resource alone needs: they name others by whole paths.
fn alone(items: &[&Item]) -> TokenStream {
    let each = items.iter().map(|item| &item.tokens);
    quote!(#(#each)*)
}

fn index(api: &Api, uses: &Uses<'_>) -> TokenStream {
    let may_be_empty = (!uses.features().is_empty())
        .then(|| quote!(#[allow(unused_imports, reason = "no resource may be compiled")]));
    let enums = (!api.enums.is_empty()).then(|| {
        quote!(
            #may_be_empty
            pub use super::enums::*;
        )
    });
    let mounted = mounted::any(api).then(|| {
        let condition = mounted::condition(api, uses);
        quote!(
            #condition
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
            #may_be_empty
            pub use super::types::*;
        }
    }
}
