//! Enums, and what the runtime knows of the provider and its operations.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::emit::rust::{const_ident, doc, type_ident};
use crate::face::rust::by_resource::Item;
use crate::face::rust::examples;
use crate::face::rust::names::variant_ident;
use crate::ir::{Api, Enum, Limit, Operation, TokenPlace};

pub(super) fn enums(api: &Api) -> Vec<Item> {
    let items = api.enums.iter().map(|item: &Enum| {
        let text = doc(&item.doc);
        let name = type_ident(&item.name);
        let example = examples::of_type(&item.name);
        let values = item.values.iter().map(|value| {
            let text = doc(&value.doc);
            let ident = variant_ident(&value.name);
            let wire = &value.wire;
            quote!(#text #ident = #wire)
        });
        let tokens = quote! {
            ::snapline_runtime::open_enum! {
                #text
                #example
                pub enum #name { #(#values),* }
            }
        };
        Item {
            name: name.to_string(),
            tokens,
        }
    });
    items.collect()
}

pub(super) fn operations(api: &Api) -> TokenStream {
    let provider = &api.provider;
    let (name, server_url, url_variable) =
        (&provider.name, &provider.server_url, &provider.url_variable);
    let tokens = &provider.token_variables;
    let credentials = (!provider.credentials.is_empty()).then(|| {
        let entries = provider.credentials.iter().map(|credential| {
            let (name, variable) = (&credential.name, &credential.variable);
            quote!((#name, #variable))
        });
        quote! {
            /// What else a client can be given to show who it is, and the environment variable of each.
            pub(crate) const CREDENTIALS: &[(&str, &str)] = &[#(#entries),*];
        }
    });
    let header = match &provider.token_place {
        TokenPlace::Header(header) => quote! {
            /// The header in which the token stands.
            pub(crate) const TOKEN_HEADER: &str = #header;
        },
        TokenPlace::Bearer | TokenPlace::Basic => quote!(),
    };
    let code = &provider.errors.code;
    let message = &provider.errors.message;
    let request_id = &provider.errors.request_id;
    let headers = &provider.errors.request_id_headers;
    let tables = api.operations.iter().map(|operation| {
        let ident = const_ident(&operation.id);
        let Operation {
            id,
            method,
            path,
            server,
            idempotent,
            limits,
            success,
            ..
        } = operation;
        let id = &**id;
        let method = format_ident!("{method}");
        let redirect = (success / 100 == 3).then(|| quote!(-> redirect));
        let server = server.as_ref().map(|server| quote!(on #server));
        let again = idempotent.then(|| quote!(idempotent));
        let limits = (!limits.is_empty()).then(|| {
            let table = limits_ident(operation);
            quote!([#table])
        });
        quote! {
            #ident = #method #path #redirect #server as #id #again #limits;
        }
    });
    let limits = api.operations.iter().filter_map(limits);
    quote! {
        //! What the runtime needs to know of the provider and of each operation.

        use snapline_runtime::{ErrorShape, Provider};

        /// The provider.
        pub(crate) static PROVIDER: Provider = Provider {
            name: #name,
            server_url: #server_url,
            url_variable: #url_variable,
            errors: ErrorShape {
                code: &[#(#code),*],
                message: &[#(#message),*],
                request_id: &[#(#request_id),*],
                request_id_headers: &[#(#headers),*],
            },
        };

        /// Environment variables that hold the token; the first one that is set wins.
        pub(crate) const TOKEN_VARIABLES: &[&str] = &[#(#tokens),*];

        #header

        #credentials

        #(#limits)*

        ::snapline_runtime::operations! { #(#tables)* }
    }
}

fn limits_ident(operation: &Operation) -> Ident {
    const_ident(&format!("{}_limits", operation.id))
}

/// The limits of an operation that has any.
fn limits(operation: &Operation) -> Option<TokenStream> {
    if operation.limits.is_empty() {
        return None;
    }
    let ident = limits_ident(operation);
    let entries = operation.limits.iter().map(|limit| {
        let Limit {
            name,
            statuses,
            words,
            says,
            again_after,
            most: _,
        } = limit;
        let words = words.iter().map(|all| quote!(&[#(#all),*]));
        let again_after = match again_after {
            Some(seconds) => quote!(Some(#seconds)),
            None => quote!(None),
        };
        quote! {
            ::snapline_runtime::Limit {
                name: #name,
                statuses: &[#(#statuses),*],
                words: &[#(#words),*],
                says: #says,
                again_after: #again_after,
            }
        }
    });
    Some(quote! {
        static #ident: &[::snapline_runtime::Limit] = &[#(#entries),*];
    })
}
