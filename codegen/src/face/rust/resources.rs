//! Handles of resources: a method for each call, which gives its builder.

use std::iter::repeat;

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote};

use crate::emit::rust::{doc, doc_inner, ident};
use crate::face::rust::arguments::{argument_type, convert};
use crate::face::rust::names::{IMPORTED, call_ident, handle_ident, of_client, wait_ident};
use crate::face::rust::{examples, find, request, take, wait};
use crate::ir::{Api, Call, Param, RequestCall, Resource, words};

pub(super) fn resource_index(api: &Api, features: &[String]) -> TokenStream {
    let of_none = features.is_empty();
    let features = features
        .iter()
        .map(|name| Some(quote!(#[cfg(feature = #name)])));
    let features: Vec<Option<TokenStream>> = features
        .chain(repeat(None))
        .take(api.resources.len())
        .collect();
    let modules = api.resources.iter().zip(&features);
    let modules = modules.map(|(resource, feature)| {
        let module = ident(resource.name());
        quote! {
            #feature
            mod #module;
            #feature
            pub use #module::*;
        }
    });
    let entries = api
        .resources
        .iter()
        .zip(&features)
        .map(|(resource, feature)| {
            let text = doc(&resource.doc);
            let method = of_client(resource.name());
            let handle = handle_ident(&resource.path);
            quote! {
                #text
                #feature
                #[must_use]
                pub fn #method(&self) -> #handle {
                    #handle(self.core().clone())
                }
            }
        });
    let unused =
        (!of_none).then(|| quote!(#[allow(dead_code, reason = "no resource may be compiled")]));
    quote! {
        //! Resources, and a builder for every call and wait.

        #(#modules)*

        use snapline_runtime::{Error, Response};

        #unused
        type Answer<T> = Result<Response<T>, Error>;

        impl crate::Client {
            #(#entries)*
        }
    }
}

pub(super) fn resource_file(api: &Api, resource: &Resource) -> TokenStream {
    let mut parts = Vec::new();
    for resource in resource.walk() {
        let handle = resource_handle(resource);
        let calls = resource.requests().map(|call| request::request(api, call));
        let waits = resource.waits().map(|call| wait::wait(api, call));
        let takes = resource.takes().map(|call| take::take(api, call));
        let finds = resource.finds().map(|call| find::find(api, call));
        parts.push(quote!(#handle #(#calls)* #(#waits)* #(#takes)* #(#finds)*));
    }
    let title = doc_inner(&resource.doc);
    let imported = IMPORTED.iter().map(|name| match *name {
        "check" => quote!(check, check::Rule),
        name => ident(name).to_token_stream(),
    });
    quote! {
        #title

        #[allow(unused_imports, reason = "not every resource has bounds, pages and waiters")]
        use snapline_runtime::{#(#imported),*};

        #[allow(unused_imports, reason = "not every resource sends a body")]
        use crate::generated::{client::Client as Wire, operations as op, types};
        #[allow(unused_imports, reason = "not every resource returns a model")]
        use crate::models;

        use super::Answer;

        #(#parts)*
    }
}

/// A handle, with its first call as an example.
fn resource_handle(resource: &Resource) -> TokenStream {
    let name = handle_ident(&resource.path);
    let text = doc(&resource.doc);
    let example = resource.calls.first().map(examples::of_call);
    let children = resource.children.iter().map(|child| {
        let text = doc(&child.doc);
        let method = ident(child.name());
        let handle = handle_ident(&child.path);
        quote! {
            #text
            #[must_use]
            pub fn #method(&self) -> #handle {
                #handle(self.0.clone())
            }
        }
    });
    let calls = resource.requests().map(|method| {
        let (text, example) = (doc(&method_doc(method)), examples::of_call(method.call));
        let builder = call_ident(&resource.path, &method.call.name);
        entry(
            &method.call.name,
            &builder,
            &quote!(#text #example),
            &method.call.params,
            &quote!(options: CallOptions::default()),
        )
    });
    let waits = resource.calls.iter().filter(|call| call.is_wait());
    let waits = waits.map(|call| {
        let (text, example) = (doc(&waiter_doc(call)), examples::of_call(call));
        let builder = wait_ident(&resource.path, &call.name);
        let options = quote!(wait_options: WaitOptions::default());
        let text = quote!(#text #example);
        entry(&call.name, &builder, &text, &call.params, &options)
    });
    quote! {
        #text
        #example
        #[derive(Clone, Debug)]
        pub struct #name(pub(super) Core);

        impl #name {
            #(#children)*
            #(#calls)*
            #(#waits)*
        }
    }
}

fn method_doc(method: RequestCall<'_>) -> String {
    let mut text = method.summary.clone();
    if !method.doc.is_empty() {
        text.push_str("\n\n");
        text.push_str(&method.doc);
    }
    text.push_str(&argument_docs(&method.call.params));
    text
}

fn waiter_doc(call: &Call) -> String {
    let ends = words::ending(
        call,
        |text| format!("`{text}`"),
        "ends it with an error that carries the last object",
    );
    let mut text = call.summary.clone();
    if let Some(ends) = ends {
        text.push_str(&format!("\n\n{ends} Await the builder to wait."));
    }
    text.push_str(&argument_docs(&call.params));
    text
}

fn argument_docs(params: &[Param]) -> String {
    let lines: Vec<String> = params
        .iter()
        .filter(|param| param.required)
        .map(|param| {
            format!(
                "- `{}`: {}",
                param.name,
                words::with_bounds(&param.doc, &param.rules)
            )
        })
        .collect();
    if lines.is_empty() {
        String::new()
    } else {
        format!("\n\n{}", lines.join("\n"))
    }
}

fn entry(
    name: &str,
    builder: &Ident,
    text: &TokenStream,
    params: &[Param],
    rest: &TokenStream,
) -> TokenStream {
    let method = ident(name);
    let required: Vec<&Param> = params.iter().filter(|param| param.required).collect();
    let arguments = required.iter().map(|param| {
        let name = ident(&param.name);
        let ty = argument_type(param);
        quote!(#name: #ty)
    });
    let given = required.iter().map(|param| {
        let name = ident(&param.name);
        let value = convert(param, &quote!(#name));
        // A field that takes its argument as it is needs no value beside its name.
        if name == value.to_string() {
            quote!(#name)
        } else {
            quote!(#name: #value)
        }
    });
    let left_out = params.iter().filter(|param| !param.required).map(|param| {
        let name = ident(&param.name);
        quote!(#name: None)
    });
    quote! {
        #text
        pub fn #method(&self, #(#arguments),*) -> #builder {
            #builder {
                core: self.0.clone(),
                #(#given,)*
                #(#left_out,)*
                #rest
            }
        }
    }
}
