//! What objects of a file share know of where it is mounted.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::{doc, ident, type_ident};
use crate::face::rust::by_resource::{self, Uses};
use crate::ir::{Api, Field, Helper, Model, Mounted};

/// Whether any object does.
pub(super) fn any(api: &Api) -> bool {
    api.models.iter().any(|model| model.mounted.is_some())
}

/// When there is anything in the file.
pub(super) fn condition(api: &Api, uses: &Uses<'_>) -> Option<TokenStream> {
    let models = api.models.iter().filter(|model| model.mounted.is_some());
    let each: Vec<_> = models.map(|model| uses.of_type(&model.name)).collect();
    let always = each.iter().any(BTreeSet::is_empty);
    let any = each.into_iter().flatten().collect();
    (!always).then(|| by_resource::condition(&any)).flatten()
}

/// `mounted.rs`: their functions.
pub(super) fn helpers(api: &Api, uses: &Uses<'_>) -> Option<TokenStream> {
    let models = api.models.iter();
    let blocks = models.filter_map(|model| {
        let block = block(model, model.mounted.as_ref()?);
        let condition = by_resource::condition(&uses.of_type(&model.name));
        Some(quote!(#condition #block))
    });
    any(api).then(|| {
        quote! {
            //! Where a share is mounted, and where its snapshots are then.

            use std::path::{Path, PathBuf};

            use snapline_runtime::{Error, mounted::*};

            use super::types::*;

            #(#blocks)*
        }
    })
}

fn block(model: &Model, mounted: &Mounted) -> TokenStream {
    let name = type_ident(&model.name);
    let value = |field: &String| {
        let member = ident(field);
        let is = |it: &&Field| it.name == *field;
        match model.fields.iter().find(is) {
            Some(field) if field.can_be_absent() => quote!(self.#member.as_deref()),
            _ => quote!(Some(&*self.#member)),
        }
    };
    let named = |field: &String| {
        let value = value(field);
        quote!((#field, #value))
    };
    let (known, ty, make) = match mounted {
        Mounted::Snapshot { path, name } => {
            let path = path.as_ref().map_or_else(|| quote!(None), value);
            let parts = name.iter().map(named);
            let make = quote!(Directory::new(#path, [#(#parts),*]));
            (quote!(directory), quote!(Directory<'_>), make)
        }
        Mounted::Source { host, path } => {
            let host = host.as_ref().map(named);
            let host = host.map_or_else(|| quote!(None), |host| quote!(Some(#host)));
            let path = named(path);
            let make = quote!(Source::new(#host, #path));
            (quote!(source), quote!(Source<'_>), make)
        }
    };
    let functions = mounted
        .helpers()
        .iter()
        .map(|helper| function(helper, &known));
    quote! {
        impl #name {
            #(#functions)*

            fn #known(&self) -> #ty {
                #make
            }
        }
    }
}

fn function(helper: &Helper, known: &TokenStream) -> TokenStream {
    let argument = helper.argument.map(|(name, _)| ident(name));
    let about = helper
        .argument
        .map(|(name, about)| format!("`{name}`: {about}"));
    let errors = "# Errors\nOf kind `invalid_argument`: it cannot be told, and why.";
    let about = about.unwrap_or_default();
    let parts = [helper.doc, helper.more, &about, errors];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let text = doc(&parts.join("\n\n"));
    let name = ident(helper.name);
    let params = argument.iter().map(|name| quote!(#name: impl AsRef<Path>));
    let given = argument.iter().map(|name| quote!(#name.as_ref()));
    let ty = if helper.path {
        quote!(PathBuf)
    } else {
        quote!(String)
    };
    let called = if helper.argument.is_some() {
        name.clone()
    } else {
        ident("name")
    };
    quote! {
        #text
        pub fn #name(&self, #(#params),*) -> Result<#ty, Error> {
            self.#known().#called(#(#given),*)
        }
    }
}
