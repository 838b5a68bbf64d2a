//! The Rust face: enums, operation tables, resources with a builder for every call and wait.

use heck::ToUpperCamelCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::emit::checks;
use crate::emit::rust::{
    const_ident, debug, doc, doc_with_rules, format, ident, rust_type, type_ident,
};
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::{
    Api, Body, Enum, Field, Location, Method, Operation, Param, Resource, Returns, Type, Waiter,
};

/// Writes a provider crate's `src/generated` besides what progenitor makes.
pub fn emit(api: &Api, folder: &str) -> Result<FileSet> {
    let mut files = FileSet::default();
    let mut add = |name: &str, tokens: TokenStream| -> Result<()> {
        let path = format!("{folder}/{name}.rs");
        files.add(path.clone(), format(&path, tokens)?);
        Ok(())
    };
    add("enums", enums(api))?;
    add("operations", operations(api))?;
    for resource in &api.resources {
        add(
            &format!("resources/{}", resource.name()),
            resource_file(api, resource),
        )?;
    }
    add("resources/mod", resource_index(api))?;
    add("mod", index())?;
    Ok(files)
}

fn index() -> TokenStream {
    quote! {
        //! Everything here follows from the document in `spec`.

        #[allow(
            clippy::all,
            clippy::allow_attributes_without_reason,
            dead_code,
            missing_docs,
            unreachable_patterns,
            unreachable_pub,
            reason = "progenitor's own output, hidden behind the resources"
        )]
        pub(crate) mod client;
        pub(crate) mod enums;
        pub(crate) mod operations;
        pub mod resources;
        pub(crate) mod types;
    }
}

fn enums(api: &Api) -> TokenStream {
    let items = api.enums.iter().map(|item: &Enum| {
        let text = doc(&item.doc);
        let name = type_ident(&item.name);
        let values = item.values.iter().map(|value| {
            let text = doc(&value.doc);
            let ident = variant_ident(&value.name);
            let wire = &value.wire;
            quote!(#text #ident = #wire)
        });
        quote! {
            ::snapline_runtime::open_enum! {
                #text
                pub enum #name { #(#values),* }
            }
        }
    });
    quote! {
        //! Sets of strings that may grow: a value that is not listed is kept as it came.

        #(#items)*
    }
}

/// `Other` is taken by the values that are not listed.
pub(crate) fn variant_ident(name: &str) -> Ident {
    match name.to_upper_camel_case().as_str() {
        "Other" => format_ident!("OtherValue"),
        name if name.starts_with(|c: char| c.is_ascii_digit()) => format_ident!("V{}", name),
        name => ident(name),
    }
}

fn operations(api: &Api) -> TokenStream {
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
    let header = provider.token_header.iter().map(|header| {
        quote! {
            /// The header in which the token stands.
            pub(crate) const TOKEN_HEADER: &str = #header;
        }
    });
    let code = &provider.errors.code;
    let message = &provider.errors.message;
    let request_id = &provider.errors.request_id;
    let headers = &provider.errors.request_id_headers;
    let tables = api.operations.iter().map(|operation| {
        let ident = const_ident(&operation.id);
        let text = doc(&format!("`{} {}`.", operation.method, operation.path));
        let Operation {
            id,
            method,
            path,
            idempotent,
            ..
        } = operation;
        quote! {
            #text
            pub(crate) static #ident: Operation = Operation {
                id: #id,
                method: #method,
                path: #path,
                idempotent: #idempotent,
            };
        }
    });
    quote! {
        //! What the runtime needs to know of the provider and of each operation.

        use snapline_runtime::{ErrorShape, Operation, Provider};

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

        #(#header)*

        #credentials

        #(#tables)*
    }
}

fn resource_index(api: &Api) -> TokenStream {
    let modules: Vec<Ident> = api
        .resources
        .iter()
        .map(|resource| ident(resource.name()))
        .collect();
    let entries = api.resources.iter().map(|resource| {
        let text = doc(&resource.doc);
        let method = ident(resource.name());
        let handle = handle_ident(&resource.path);
        quote! {
            #text
            #[must_use]
            pub fn #method(&self) -> #handle {
                #handle::new(self.core())
            }
        }
    });
    quote! {
        //! Resources, and a builder for every call and wait.

        #(mod #modules;)*
        #(pub use #modules::*;)*

        impl crate::Client {
            #(#entries)*
        }
    }
}

fn handle_ident(path: &[String]) -> Ident {
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

fn resource_file(api: &Api, resource: &Resource) -> TokenStream {
    let parts = resource.walk().into_iter().map(|resource| {
        let handle = resource_handle(resource);
        let calls = resource
            .methods
            .iter()
            .map(|method| call(api, resource, method));
        let waits = resource
            .waiters
            .iter()
            .map(|waiter| wait(api, resource, waiter));
        quote!(#handle #(#calls)* #(#waits)*)
    });
    let title = doc_inner(&resource.doc);
    quote! {
        #title

        #[allow(unused_imports, reason = "not every resource has bounds, pages and waiters")]
        use snapline_runtime::{
            BoxFuture, Call, CallOptions, Core, Error, Items, Nullable, Page, Poll, Response,
            StringOrInteger, Timestamp, WaitRule, Waiter, check, check::Rule,
        };

        #[allow(unused_imports, reason = "not every resource sends a body")]
        use crate::generated::{client::Client as Wire, operations, types};
        #[allow(unused_imports, reason = "not every resource returns a model")]
        use crate::models;

        #(#parts)*
    }
}

fn doc_inner(text: &str) -> TokenStream {
    let lines = crate::emit::rust::wrap(text, 96);
    quote! { #(#![doc = #lines])* }
}

fn resource_handle(resource: &Resource) -> TokenStream {
    let name = handle_ident(&resource.path);
    let text = doc(&resource.doc);
    let children = resource.children.iter().map(|child| {
        let text = doc(&child.doc);
        let method = ident(child.name());
        let handle = handle_ident(&child.path);
        quote! {
            #text
            #[must_use]
            pub fn #method(&self) -> #handle {
                #handle::new(&self.core)
            }
        }
    });
    let calls = resource.methods.iter().map(|method| {
        let text = doc(&method_doc(method));
        let builder = call_ident(&resource.path, &method.name);
        entry(
            &method.name,
            &builder,
            &text,
            &method.params,
            &quote!(options: CallOptions::default()),
        )
    });
    let waits = resource.waiters.iter().map(|waiter| {
        let text = doc(&waiter_doc(waiter));
        let builder = wait_ident(&resource.path, &waiter.name);
        let pace = quote!(timeout: None, first_interval: None, max_interval: None);
        entry(&waiter.name, &builder, &text, &waiter.params, &pace)
    });
    quote! {
        #text
        #[derive(Clone, Debug)]
        pub struct #name {
            core: Core,
        }

        impl #name {
            pub(crate) fn new(core: &Core) -> Self {
                Self { core: core.clone() }
            }

            #(#children)*
            #(#calls)*
            #(#waits)*
        }
    }
}

fn method_doc(method: &Method) -> String {
    let mut text = method.summary.clone();
    if !method.doc.is_empty() && method.doc != method.summary {
        text.push_str("\n\n");
        text.push_str(&method.doc);
    }
    text.push_str(&argument_docs(&method.params));
    text
}

fn waiter_doc(waiter: &Waiter) -> String {
    let mut text = waiter.summary.clone();
    let ready = waiter
        .ready
        .iter()
        .map(|state| format!("`{state}`"))
        .collect::<Vec<_>>()
        .join(" or ");
    text.push_str(&format!("\n\nDone when `{}` is {ready}", waiter.status));
    if waiter.gone {
        text.push_str(", or when the service answers 404");
    }
    if waiter.failed.is_empty() {
        text.push('.');
    } else {
        let failed = waiter
            .failed
            .iter()
            .map(|state| format!("`{state}`"))
            .collect::<Vec<_>>()
            .join(" or ");
        text.push_str(&format!(
            "; {failed} ends it with an error that carries the last object."
        ));
    }
    text.push_str(" Await the builder to wait.");
    text.push_str(&argument_docs(&waiter.params));
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
                doc_with_rules(&param.doc, &param.rules)
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
                core: self.core.clone(),
                #(#given,)*
                #(#left_out,)*
                #rest
            }
        }
    }
}

/// What a caller may pass for an argument.
fn argument_type(param: &Param) -> TokenStream {
    let models = quote!(models);
    if param.nullable {
        let ty = rust_type(&param.ty, &models);
        return quote!(impl Into<Nullable<#ty>>);
    }
    match &param.ty {
        Type::String => quote!(impl Into<String>),
        Type::StringOrInteger => quote!(impl Into<StringOrInteger>),
        Type::Timestamp => quote!(impl Into<Timestamp>),
        Type::Enum(_) => {
            let ty = rust_type(&param.ty, &models);
            quote!(impl Into<#ty>)
        }
        Type::List(item) => match item.as_ref() {
            Type::String => quote!(impl IntoIterator<Item = impl Into<String>>),
            Type::Enum(_) => {
                let item = rust_type(item, &models);
                quote!(impl IntoIterator<Item = impl Into<#item>>)
            }
            item => {
                let item = rust_type(item, &models);
                quote!(impl IntoIterator<Item = #item>)
            }
        },
        other => rust_type(other, &models),
    }
}

fn convert(param: &Param, value: &TokenStream) -> TokenStream {
    if param.nullable {
        return quote!(#value.into());
    }
    match &param.ty {
        Type::String | Type::StringOrInteger | Type::Timestamp | Type::Enum(_) => {
            quote!(#value.into())
        }
        Type::List(item) if matches!(item.as_ref(), Type::String | Type::Enum(_)) => {
            quote!(#value.into_iter().map(Into::into).collect())
        }
        Type::List(_) => quote!(#value.into_iter().collect()),
        _ => quote!(#value),
    }
}

/// The type an argument is kept as.
fn kept_type(param: &Param) -> TokenStream {
    let ty = rust_type(&param.ty, &quote!(models));
    let ty = if param.nullable {
        quote!(Nullable<#ty>)
    } else {
        ty
    };
    if param.required {
        ty
    } else {
        quote!(Option<#ty>)
    }
}

fn builder_struct(
    builder: &Ident,
    text: &TokenStream,
    params: &[Param],
    extra: &TokenStream,
) -> TokenStream {
    let fields = params.iter().map(|param| {
        let name = ident(&param.name);
        let ty = kept_type(param);
        quote!(#name: #ty)
    });
    let setters = params.iter().filter(|param| !param.required).map(|param| {
        let text = doc(&doc_with_rules(&param.doc, &param.rules));
        let name = ident(&param.name);
        let ty = argument_type(param);
        let value = convert(param, &quote!(#name));
        quote! {
            #text
            pub fn #name(mut self, #name: #ty) -> Self {
                self.#name = Some(#value);
                self
            }
        }
    });
    let (derive, shown) = debug(
        builder,
        params
            .iter()
            .map(|param| (ident(&param.name), param.secret)),
    );
    quote! {
        #text
        #[derive(Clone #derive)]
        #[must_use = "nothing is sent until the builder is used"]
        pub struct #builder {
            core: Core,
            #(#fields,)*
            #extra
        }

        #shown

        impl #builder {
            #(#setters)*
        }
    }
}

fn call(api: &Api, resource: &Resource, method: &Method) -> TokenStream {
    let builder = call_ident(&resource.path, &method.name);
    let text = doc(&format!(
        "Builder of `{}.{}`: {}",
        resource.path.join("."),
        method.name,
        method.summary
    ));
    let declaration = builder_struct(
        &builder,
        &text,
        &method.params,
        &quote!(options: CallOptions,),
    );
    let Some(operation) = api.operation(&method.operation) else {
        return quote!();
    };
    let checks = method.params.iter().map(check);
    let body = body(api, method);
    let table = const_ident(&operation.id);
    let wire = wire_ident(&operation.id);
    let arguments = wire_arguments(operation, method);
    let (output, unwrap) = unwrap(api, method);
    let items = matches!(method.returns, Returns::Page { .. }).then(|| items(method, &output));
    let page_number = match &method.returns {
        Returns::Page { pages, .. } => {
            let page = param_ident(method, &pages.page);
            quote!(let number = self.#page.map_or(1, |page| u64::try_from(page).unwrap_or(1));)
        }
        _ => quote!(),
    };
    // In one place for single pages and walks, so that a number means the same page to both.
    let largest = match &method.returns {
        Returns::Page { pages, .. } => pages.largest.map(|largest| {
            let size = param_ident(method, &pages.size);
            quote!(self.#size.get_or_insert(#largest);)
        }),
        _ => None,
    };
    let mutable = largest.is_some().then(|| quote!(mut));
    quote! {
        #declaration

        impl #builder {
            /// Timeouts, attempts, headers and more for this call alone.
            pub fn options(mut self, options: CallOptions) -> Self {
                self.options = options;
                self
            }

            /// Sends the call.
            ///
            /// # Errors
            /// An argument that breaks a bound, no connection, no answer in time, an answer of 4xx
            /// or 5xx, or one that cannot be read; see [`Error`].
            pub async fn send(self) -> Result<#output, Error> {
                self.send_raw().await.map(Response::into_value)
            }

            /// Sends the call and keeps status, headers and body beside the value.
            ///
            /// # Errors
            /// As [`send`](Self::send).
            pub fn send_raw(#mutable self) -> BoxFuture<'static, Result<Response<#output>, Error>> {
                // Boxed here, it is compiled with this crate and not again by each that calls it.
                Box::pin(async move {
                    #largest
                    #(#checks)*
                    #page_number
                    #body
                    let call = Call::new(&self.core, &operations::#table, self.options);
                    let wire = Wire::new_with_client(self.core.base_url(), self.core.http().clone(), call.clone());
                    let response = call.finish(wire.#wire(#(#arguments),*).await)?;
                    #unwrap
                })
            }

            #items
        }
    }
}

/// progenitor's name for an operation's method.
fn wire_ident(operation_id: &str) -> Ident {
    use heck::ToSnakeCase;
    ident(&operation_id.to_snake_case())
}

fn param_ident(method: &Method, wire: &str) -> Ident {
    let name = method
        .params
        .iter()
        .find(|param| param.wire == wire)
        .map_or(wire, |param| param.name.as_str());
    ident(name)
}

fn items(method: &Method, output: &TokenStream) -> TokenStream {
    let Returns::Page { pages, .. } = &method.returns else {
        return quote!();
    };
    let page = param_ident(method, &pages.page);
    let item = method.returns.ty().map(|ty| rust_type(ty, &quote!(models)));
    quote! {
        /// Walks all items, fetching pages as they are needed. [`Items`] says what happens to a walk when
        /// items come or go.
        pub fn items(self) -> Items<#item> {
            let start = self.#page.map_or(1, |page| u64::try_from(page).unwrap_or(1));
            Items::new(start, move |page| -> BoxFuture<'static, Result<#output, Error>> {
                let mut call = self.clone();
                call.#page = i64::try_from(page).ok();
                Box::pin(call.send())
            })
        }
    }
}

/// Checks a path or query argument; a body checks itself.
fn check(param: &Param) -> TokenStream {
    let name = ident(&param.name);
    let wire = &param.name;
    match (&param.location, &param.ty) {
        (Location::Path, Type::Integer) => checks::value(
            &param.ty,
            &param.rules,
            param.secret,
            &quote!(#wire),
            &quote!(&self.#name),
        ),
        (Location::Path, Type::String) => {
            let rules = checks::value(
                &param.ty,
                &param.rules,
                param.secret,
                &quote!(#wire),
                &quote!(&self.#name),
            );
            quote!(check::segment(#wire, &self.#name)?; #rules)
        }
        (Location::Path, _) => quote!(check::segment(#wire, &self.#name.to_string())?;),
        (Location::Query, ty) => {
            let checked =
                |value| checks::value(ty, &param.rules, param.secret, &quote!(#wire), &value);
            if param.required {
                checked(quote!(&self.#name))
            } else {
                let inner = checked(quote!(value));
                if inner.is_empty() {
                    inner
                } else {
                    quote!(if let Some(value) = &self.#name { #inner })
                }
            }
        }
        _ => quote!(),
    }
}

/// Builds the body as progenitor's type, so that the compiler sees every field set.
fn body(api: &Api, method: &Method) -> TokenStream {
    let ty = match &method.body {
        Body::None => None,
        Body::Union(name) | Body::Variant { union: name, .. } => Some(Type::Union(name.clone())),
        Body::Model(name) => Some(Type::Model(name.clone())),
    };
    let check = ty
        .filter(|ty| checks::bounded(api, ty))
        .map(|_| quote!(body.check("")?;));
    match &method.body {
        Body::None => quote!(),
        Body::Union(_) => {
            let name = method
                .params
                .iter()
                .find(|param| param.location == Location::WholeBody)
                .map(|param| ident(&param.name));
            quote!(let body = self.#name; #check)
        }
        Body::Model(name) => {
            let fields = api
                .model(name)
                .map(|model| model.fields.as_slice())
                .unwrap_or_default();
            let literal = literal(
                api,
                method,
                &quote!(types::),
                &type_ident(name),
                fields,
                &[],
            );
            quote!(let body = #literal; #check)
        }
        Body::Variant { union, value } => {
            let fields = api
                .union(union)
                .and_then(|union| {
                    union
                        .variants
                        .iter()
                        .find(|variant| variant.value == *value)
                })
                .map(|variant| variant.fields.as_slice())
                .unwrap_or_default();
            let union = type_ident(union);
            let variant = type_ident(value);
            if fields.is_empty() {
                return quote!(let body = types::#union::#variant;);
            }
            let literal = literal(api, method, &quote!(types::#union::), &variant, fields, &[]);
            quote!(let body = #literal; #check)
        }
    }
}

fn literal(
    api: &Api,
    method: &Method,
    prefix: &TokenStream,
    name: &Ident,
    fields: &[Field],
    above: &[String],
) -> TokenStream {
    let values = fields.iter().map(|field| {
        let ident = ident(&field.name);
        let mut path = above.to_vec();
        path.push(field.wire.clone());
        let param = method
            .params
            .iter()
            .find(|param| param.location == Location::Body(path.clone()));
        let value = match (param, &field.ty) {
            (Some(param), _) => {
                let name = crate::emit::rust::ident(&param.name);
                // A field that must be there takes the value itself; arguments match by construction.
                match (param.required, field.required) {
                    (true, true) if param.nullable => quote!(self.#name.into()),
                    _ => quote!(self.#name),
                }
            }
            (None, Type::Model(inner)) if !field.read_only => {
                let fields = api
                    .model(inner)
                    .map(|model| model.fields.as_slice())
                    .unwrap_or_default();
                let built = literal(
                    api,
                    method,
                    &quote!(types::),
                    &type_ident(inner),
                    fields,
                    &path,
                );
                if field.required {
                    built
                } else {
                    optional_object(method, &path, &built)
                }
            }
            (None, _) => quote!(None),
        };
        quote!(#ident: #value)
    });
    quote!(#prefix #name { #(#values),* })
}

/// An optional object is sent when any of its fields is set.
fn optional_object(method: &Method, path: &[String], built: &TokenStream) -> TokenStream {
    let set = method
        .params
        .iter()
        .filter(|param| matches!(&param.location, Location::Body(place) if place.starts_with(path)))
        .map(|param| {
            let name = ident(&param.name);
            quote!(self.#name.is_some())
        });
    quote!(if false #(|| #set)* { Some(#built) } else { None })
}

/// progenitor orders a method's arguments by name within path, then query, then the body.
fn wire_arguments(operation: &Operation, method: &Method) -> Vec<TokenStream> {
    let mut path: Vec<&Param> = Vec::new();
    let mut query: Vec<&Param> = Vec::new();
    for wanted in &operation.parameters {
        if let Some(param) = method
            .params
            .iter()
            .find(|param| param.wire == wanted.wire && param.location == wanted.location)
        {
            match param.location {
                Location::Path => path.push(param),
                _ => query.push(param),
            }
        }
    }
    path.sort_by_key(|param| operation.path.find(&format!("{{{}}}", param.wire)));
    query.sort_by(|a, b| a.wire.cmp(&b.wire));
    let mut arguments: Vec<TokenStream> = path
        .into_iter()
        .chain(query)
        .map(|param| {
            let name = ident(&param.name);
            match (&param.ty, param.required) {
                (Type::Integer | Type::Number | Type::Boolean, _) => quote!(self.#name),
                (Type::String, true) => quote!(&self.#name),
                (Type::String, false) => quote!(self.#name.as_deref()),
                (_, true) => quote!(&self.#name),
                (_, false) => quote!(self.#name.as_ref()),
            }
        })
        .collect();
    if operation.body.is_some() {
        arguments.push(quote!(&body));
    }
    arguments
}

/// The type a caller gets and the expression that makes it from `response`.
fn unwrap(api: &Api, method: &Method) -> (TokenStream, TokenStream) {
    let models = quote!(models);
    match &method.returns {
        Returns::Nothing => (quote!(()), quote!(Ok(response))),
        Returns::Whole(ty) => (rust_type(ty, &models), quote!(Ok(response))),
        Returns::Field {
            envelope,
            field,
            ty,
        } => {
            let name = envelope_field(api, envelope, field);
            let unwrap = match ty {
                Type::List(_) => {
                    quote!(Ok(response.map(|envelope| envelope.#name.unwrap_or_default())))
                }
                _ => {
                    quote!(response.try_map(|envelope| envelope.#name.ok_or_else(|| Error::missing(#field))))
                }
            };
            (rust_type(ty, &models), unwrap)
        }
        Returns::Page {
            envelope,
            field,
            item,
            pages,
        } => {
            let name = envelope_field(api, envelope, field);
            let item = rust_type(item, &models);
            let next = dig(api, envelope, &pages.next);
            let total = dig(api, envelope, &pages.total);
            let page = &pages.page;
            let ids = pages
                .id
                .as_ref()
                .map(|wire| with_ids(api, &method.returns, wire));
            (
                quote!(Page<#item>),
                quote! {
                    response.try_map(|envelope| {
                        let next = #next;
                        let total = #total;
                        Page::from_parts(envelope.#name.unwrap_or_default(), number, next.as_deref(), total, #page)#ids
                    })
                },
            )
        }
    }
}

/// Says which field of an item is its id.
fn with_ids(api: &Api, returns: &Returns, wire: &str) -> TokenStream {
    let field = match returns.ty() {
        Some(Type::Model(name)) => api
            .model(name)
            .and_then(|model| model.fields.iter().find(|field| field.wire == wire)),
        _ => None,
    };
    field.map_or_else(TokenStream::new, |field| {
        let name = ident(&field.name);
        let id = if field.can_be_absent() {
            quote!(item.#name.as_ref())
        } else {
            quote!(Some(&item.#name))
        };
        quote!(.map(|page| page.with_ids(|item| #id)))
    })
}

fn envelope_field(api: &Api, model: &str, wire: &str) -> Ident {
    let name = api
        .model(model)
        .and_then(|model| model.fields.iter().find(|field| field.wire == wire))
        .map_or(wire, |field| field.name.as_str());
    ident(name)
}

/// Reads a field some levels down, every level of which may be missing.
fn dig(api: &Api, model: &str, path: &[String]) -> TokenStream {
    let mut tokens = quote!(Some(&envelope));
    let mut model = model.to_owned();
    for wire in path {
        let name = envelope_field(api, &model, wire);
        tokens = quote!(#tokens.and_then(|object| object.#name.as_ref()));
        if let Some(Type::Model(next)) = api
            .model(&model)
            .and_then(|model| model.fields.iter().find(|field| field.wire == *wire))
            .map(|field| &field.ty)
        {
            model.clone_from(next);
        }
    }
    quote!(#tokens.cloned())
}

fn wait(api: &Api, resource: &Resource, waiter: &Waiter) -> TokenStream {
    let builder = wait_ident(&resource.path, &waiter.name);
    let text = doc(&format!(
        "Builder of `{}.{}`: {}",
        resource.path.join("."),
        waiter.name,
        waiter.summary
    ));
    let extra = quote! {
        timeout: Option<std::time::Duration>,
        first_interval: Option<std::time::Duration>,
        max_interval: Option<std::time::Duration>,
    };
    let declaration = builder_struct(&builder, &text, &waiter.params, &extra);
    let Some(method) = api.method(&waiter.resource, &waiter.method) else {
        return quote!();
    };
    let call = call_ident(&waiter.resource, &waiter.method);
    let model = type_ident(&waiter.model);
    let name = format!("{}.{}", resource.path.join("."), waiter.name);
    let (ready, failed, gone) = (&waiter.ready, &waiter.failed, waiter.gone);
    let arguments = waiter
        .params
        .iter()
        .filter(|param| param.location != Location::Pick)
        .map(|param| {
            let ident = ident(&param.name);
            // What the wait requires may be optional in the call.
            let optional = method
                .params
                .iter()
                .any(|other| other.name == param.name && !other.required);
            // Each look needs arguments of its own; numbers are simply copied.
            let copied = matches!(param.ty, Type::Integer | Type::Number | Type::Boolean);
            let value = if copied {
                quote!(self.#ident)
            } else {
                quote!(self.#ident.clone())
            };
            match (optional, param.required) {
                (true, true) => quote!(#ident: Some(#value)),
                _ => quote!(#ident: #value),
            }
        });
    let find = match &waiter.pick {
        None => quote!(call.send().await.map(Some)),
        Some(pick) => {
            let field = api
                .model(&waiter.model)
                .and_then(|model| model.fields.iter().find(|field| field.wire == *pick));
            let field_ident = field.map(|field| ident(&field.name));
            let absent = field.is_some_and(Field::can_be_absent);
            let wanted = waiter
                .params
                .iter()
                .find(|param| param.location == Location::Pick)
                .map(|param| ident(&param.name));
            let equal = if absent {
                quote!(item.#field_ident.as_ref() == Some(&wanted))
            } else {
                quote!(item.#field_ident == wanted)
            };
            return wait_impl(
                &builder,
                &declaration,
                &call,
                &model,
                &name,
                ready,
                failed,
                gone,
                &quote!(#(#arguments),*),
                &quote!(let wanted = self.#wanted.clone();),
                &quote!(call.send().await.map(|items| items.into_iter().find(|item| #equal))),
                &status_of(api, waiter),
            );
        }
    };
    wait_impl(
        &builder,
        &declaration,
        &call,
        &model,
        &name,
        ready,
        failed,
        gone,
        &quote!(#(#arguments),*),
        &quote!(),
        &find,
        &status_of(api, waiter),
    )
}

fn status_of(api: &Api, waiter: &Waiter) -> TokenStream {
    let field = api.model(&waiter.model).and_then(|model| {
        model
            .fields
            .iter()
            .find(|field| field.wire == waiter.status)
    });
    let name = field.map(|field| ident(&field.name));
    if field.is_some_and(Field::can_be_absent) {
        quote!(object.#name.as_ref().map_or_else(String::new, |status| status.as_str().to_owned()))
    } else {
        quote!(object.#name.as_str().to_owned())
    }
}

#[allow(
    clippy::too_many_arguments,
    reason = "the parts of one template, each used once"
)]
fn wait_impl(
    builder: &Ident,
    declaration: &TokenStream,
    call: &Ident,
    model: &Ident,
    name: &str,
    ready: &[String],
    failed: &[String],
    gone: bool,
    arguments: &TokenStream,
    wanted: &TokenStream,
    find: &TokenStream,
    status: &TokenStream,
) -> TokenStream {
    let (output, finish) = if gone {
        (quote!(()), quote!(waiter.run().await.map(|_| ())))
    } else {
        (
            quote!(models::#model),
            quote!(
                waiter
                    .run()
                    .await?
                    .ok_or_else(|| Error::internal("a wait for a state ended without an object"))
            ),
        )
    };
    quote! {
        #declaration

        impl #builder {
            /// Ends the wait with an error after this long [10 minutes].
            pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
                self.timeout = Some(timeout);
                self
            }

            /// The first pause between two looks [2 s]; later ones grow.
            pub fn first_interval(mut self, interval: std::time::Duration) -> Self {
                self.first_interval = Some(interval);
                self
            }

            /// The longest pause between two looks [15 s].
            pub fn max_interval(mut self, interval: std::time::Duration) -> Self {
                self.max_interval = Some(interval);
                self
            }

            /// The wait itself, to watch or to stop with [`Waiter::on_poll`].
            #[must_use]
            pub fn waiter(self) -> Waiter<models::#model> {
                static RULE: WaitRule = WaitRule {
                    name: #name,
                    ready: &[#(#ready),*],
                    failed: &[#(#failed),*],
                    gone: #gone,
                };
                let (timeout, first, max) = (self.timeout, self.first_interval, self.max_interval);
                let poll = move |options: CallOptions| -> BoxFuture<'static, Result<Option<models::#model>, Error>> {
                    let call = #call { core: self.core.clone(), options, #arguments };
                    #wanted
                    Box::pin(async move { #find })
                };
                let mut waiter = Waiter::new(&RULE, poll, |object: &models::#model| #status);
                if let Some(timeout) = timeout {
                    waiter = waiter.timeout(timeout);
                }
                if let Some(interval) = first {
                    waiter = waiter.first_interval(interval);
                }
                if let Some(interval) = max {
                    waiter = waiter.max_interval(interval);
                }
                waiter
            }
        }

        impl std::future::IntoFuture for #builder {
            type Output = Result<#output, Error>;
            type IntoFuture = BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                let waiter = self.waiter();
                Box::pin(async move { #finish })
            }
        }
    }
}
