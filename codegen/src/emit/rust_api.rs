//! The Rust face: enums, operation tables, resources with a builder for every call and wait.

use heck::ToUpperCamelCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::emit::checks;
use crate::emit::rust::{const_ident, debug, doc, doc_inner, format, ident, rust_type, type_ident};
use crate::emit::wait_options::WAIT_OPTIONS;
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::words;
use crate::ir::{
    Api, Body, Enum, Field, Link, Location, ModelId, Operation, Origin, Param, RequestCall,
    Resource, Returns, Source, Type, Wait, WaitCall,
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
        let id = &**id;
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
            .requests()
            .map(|method| call(api, resource, method));
        let waits = resource.waits().map(|waiter| wait(api, resource, waiter));
        quote!(#handle #(#calls)* #(#waits)*)
    });
    let title = doc_inner(&resource.doc);
    quote! {
        #title

        #[allow(unused_imports, reason = "not every resource has bounds, pages and waiters")]
        use snapline_runtime::{
            BoxFuture, Call, CallOptions, Core, Error, Items, Nullable, Page, Poll, Polled,
            Response, Resume, StringOrInteger, Timestamp, WaitOptions, WaitRule, Waiter, check,
            check::Rule, since,
        };

        #[allow(unused_imports, reason = "not every resource sends a body")]
        use crate::generated::{client::Client as Wire, operations, types};
        #[allow(unused_imports, reason = "not every resource returns a model")]
        use crate::models;

        #(#parts)*
    }
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
    let calls = resource.requests().map(|method| {
        let text = doc(&method_doc(method));
        let builder = call_ident(&resource.path, &method.call.name);
        entry(
            &method.call.name,
            &builder,
            &text,
            &method.call.params,
            &quote!(options: CallOptions::default()),
        )
    });
    let waits = resource.waits().map(|waiter| {
        let text = doc(&waiter_doc(waiter));
        let builder = wait_ident(&resource.path, &waiter.call.name);
        let options = quote!(wait_options: WaitOptions::default());
        entry(
            &waiter.call.name,
            &builder,
            &text,
            &waiter.call.params,
            &options,
        )
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

fn method_doc(method: RequestCall<'_>) -> String {
    let mut text = method.summary.clone();
    if !method.doc.is_empty() && method.doc != method.summary {
        text.push_str("\n\n");
        text.push_str(&method.doc);
    }
    text.push_str(&argument_docs(&method.call.params));
    text
}

fn waiter_doc(waiter: WaitCall<'_>) -> String {
    let ends = words::ending(
        waiter,
        |text| format!("`{text}`"),
        "ends it with an error that carries the last object",
    );
    let mut text = format!("{}\n\n{ends} Await the builder to wait.", waiter.summary);
    text.push_str(&argument_docs(&waiter.call.params));
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
    if param.location == Location::Origin {
        let ty = rust_type(&param.ty, &models);
        return quote!(&#ty);
    }
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
    if param.location == Location::Origin {
        return quote!(#value.clone());
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
        let text = doc(&words::with_bounds(&param.doc, &param.rules));
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

fn call(api: &Api, resource: &Resource, method: RequestCall<'_>) -> TokenStream {
    let builder = call_ident(&resource.path, &method.call.name);
    let text = doc(&format!(
        "Builder of `{}.{}`: {}",
        resource.path.join("."),
        method.name,
        method.summary
    ));
    let declaration = builder_struct(
        &builder,
        &text,
        &method.call.params,
        &quote!(options: CallOptions,),
    );
    let operation = api.operation(&method.operation);
    let segments = method.params.iter().map(segment);
    let (body, body_check) = body(api, method);
    let checks: TokenStream = method.params.iter().map(check).collect();
    let body_check = when_checked(&body_check);
    let bounds = (!checks.is_empty() || !body_check.is_empty())
        .then(|| quote!(let bounds = self.core.checks_bounds(&self.options);));
    let table = const_ident(&operation.id);
    let wire = wire_ident(&operation.id);
    let arguments = wire_arguments(operation, method);
    let (output, unwrap) = unwrap(api, method);
    let items =
        matches!(method.request.returns, Returns::Page { .. }).then(|| items(method, &output));
    let page_number = match &method.request.returns {
        Returns::Page { pages, .. } => {
            let page = param_ident(method, &pages.page);
            quote!(let number = self.#page.map_or(1, |page| u64::try_from(page).unwrap_or(1));)
        }
        _ => quote!(),
    };
    // In one place for single pages and walks, so that a number means the same page to both.
    let largest = match &method.request.returns {
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
                    #(#segments)*
                    #bounds
                    #checks
                    #page_number
                    #body
                    #body_check
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
pub(crate) fn wire_ident(operation_id: &str) -> Ident {
    use heck::ToSnakeCase;
    ident(&operation_id.to_snake_case())
}

fn param_ident(method: RequestCall<'_>, wire: &str) -> Ident {
    let name = method
        .params
        .iter()
        .find(|param| param.wire == wire)
        .map_or(wire, |param| param.name.as_str());
    ident(name)
}

fn items(method: RequestCall<'_>, output: &TokenStream) -> TokenStream {
    let Returns::Page { pages, .. } = &method.request.returns else {
        return quote!();
    };
    let page = param_ident(method, &pages.page);
    let item = method
        .request
        .returns
        .ty()
        .map(|ty| rust_type(ty, &quote!(models)));
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

/// Refuses what a path cannot hold, whatever the caller says of bounds.
fn segment(param: &Param) -> TokenStream {
    let name = ident(&param.name);
    let wire = &param.name;
    match (&param.location, &param.ty) {
        (Location::Path, Type::Integer) => quote!(),
        (Location::Path, Type::String) => quote!(check::segment(#wire, &self.#name)?;),
        (Location::Path, _) => quote!(check::segment(#wire, &self.#name.to_string())?;),
        _ => quote!(),
    }
}

/// Checks that a caller may do without (B30).
fn when_checked(checks: &TokenStream) -> TokenStream {
    if checks.is_empty() {
        quote!()
    } else {
        quote!(if bounds { #checks })
    }
}

/// Checks a path or query argument; a body checks itself.
fn check(param: &Param) -> TokenStream {
    let name = ident(&param.name);
    let wire = &param.name;
    match &param.location {
        Location::Path | Location::Query => {
            let checked = |value| {
                checks::value(
                    &param.ty,
                    &param.rules,
                    param.secret,
                    &quote!(#wire),
                    &value,
                )
            };
            if param.required {
                when_checked(&checked(quote!(&self.#name)))
            } else {
                let inner = checked(quote!(value));
                if inner.is_empty() {
                    inner
                } else {
                    quote!(if bounds && let Some(value) = &self.#name { #inner })
                }
            }
        }
        _ => quote!(),
    }
}

/// Builds the body as progenitor's type, so that the compiler sees every field set, and checks it.
fn body(api: &Api, method: RequestCall<'_>) -> (TokenStream, TokenStream) {
    let ty = match &method.request.body {
        Body::None => None,
        Body::Union(name) | Body::Variant { union: name, .. } => Some(Type::Union(name.clone())),
        Body::Model(name) => Some(Type::Model(name.clone())),
    };
    let check = ty
        .filter(|ty| checks::bounded(api, ty))
        .map_or_else(TokenStream::new, |_| quote!(body.check("")?;));
    match &method.request.body {
        Body::None => (quote!(), quote!()),
        Body::Union(_) => {
            let name = method
                .params
                .iter()
                .find(|param| param.location == Location::WholeBody)
                .map(|param| ident(&param.name));
            (quote!(let body = self.#name;), check)
        }
        Body::Model(name) => {
            let fields = &api.model(name).fields;
            let literal = literal(
                api,
                method,
                &quote!(types::),
                &type_ident(name),
                fields,
                &[],
            );
            (quote!(let body = #literal;), check)
        }
        Body::Variant { union, value } => {
            let variants = &api.union(union).variants;
            let fields = variants
                .iter()
                .find(|variant| variant.value == *value)
                .map(|variant| variant.fields.as_slice())
                .unwrap_or_default();
            let union = type_ident(union);
            let variant = type_ident(value);
            if fields.is_empty() {
                return (quote!(let body = types::#union::#variant;), quote!());
            }
            let literal = literal(api, method, &quote!(types::#union::), &variant, fields, &[]);
            (quote!(let body = #literal;), check)
        }
    }
}

fn literal(
    api: &Api,
    method: RequestCall<'_>,
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
                let fields = &api.model(inner).fields;
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
fn optional_object(method: RequestCall<'_>, path: &[String], built: &TokenStream) -> TokenStream {
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
fn wire_arguments(operation: &Operation, method: RequestCall<'_>) -> Vec<TokenStream> {
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
fn unwrap(api: &Api, method: RequestCall<'_>) -> (TokenStream, TokenStream) {
    let models = quote!(models);
    match &method.request.returns {
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
                .map(|wire| with_ids(api, &method.request.returns, wire));
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
        Some(Type::Model(name)) => api.model(name).field(wire),
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

fn envelope_field(api: &Api, model: &ModelId, wire: &str) -> Ident {
    let field = api.model(model).field(wire);
    let name = field.map_or(wire, |field| field.name.as_str());
    ident(name)
}

/// Reads a field some levels down, every level of which may be missing.
fn dig(api: &Api, model: &ModelId, path: &[String]) -> TokenStream {
    let mut tokens = quote!(Some(&envelope));
    let mut model = model.clone();
    for wire in path {
        let name = envelope_field(api, &model, wire);
        tokens = quote!(#tokens.and_then(|object| object.#name.as_ref()));
        if let Some(Type::Model(next)) = api.model(&model).field(wire).map(|field| &field.ty) {
            model.clone_from(next);
        }
    }
    quote!(#tokens.cloned())
}

/// A builder of a wait, and how it becomes one.
fn wait(api: &Api, resource: &Resource, waiter: WaitCall<'_>) -> TokenStream {
    let builder = wait_ident(&resource.path, &waiter.call.name);
    let text = doc(&format!(
        "Builder of `{}.{}`: {}",
        resource.path.join("."),
        waiter.name,
        waiter.summary
    ));
    let kept = quote!(wait_options: WaitOptions,);
    let declaration = builder_struct(&builder, &text, &waiter.call.params, &kept);
    let model = type_ident(&waiter.wait.model);
    let setters = WAIT_OPTIONS.iter().map(|option| {
        let name = ident(option.name);
        let text = doc(&format!(
            "Sets {} [{}].",
            option.doc,
            option.default_words(waiter)
        ));
        quote! {
            #text
            pub fn #name(mut self, #name: std::time::Duration) -> Self {
                self.wait_options.#name = Some(#name);
                self
            }
        }
    });
    let rule = wait_rule(resource, waiter);
    let arguments = waiter
        .params
        .iter()
        .filter(|param| param.required && !param.secret && param.location != Location::Origin)
        .map(|param| {
            let (name, field) = (&param.name, ident(&param.name));
            quote!((#name, format!("{:?}", self.#field)))
        });
    let named = waiter.wait.origin.iter().flat_map(|origin| {
        waiter.wait.polls.from_origin().map(move |(param, field)| {
            let (value, wire) = (origin_field(origin, field), &param.wire);
            quote!((#wire, #value.map_or_else(String::new, |value| format!("{value:?}"))))
        })
    });
    let arguments = arguments.chain(named);
    let parent = waiter.wait.parent.as_ref().map(|link| {
        let call = call_literal(api, link, &quote!(this));
        quote!(.parent(move |options| {
            let call = #call;
            Box::pin(async move { call.send().await.map(drop) })
        }))
    });
    let this = parent.is_some().then(|| quote!(let this = self.clone();));
    let (before, poll) = poll(api, waiter);
    let status = status_of(&waiter.wait.status);
    let (output, finish) = if waiter.wait.gone {
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
            #(#setters)*

            /// The wait itself, to watch or to stop with [`Waiter::on_poll`].
            #[must_use]
            pub fn waiter(self) -> Waiter<models::#model> {
                static RULE: WaitRule = #rule;
                let arguments = vec![#(#arguments),*];
                let wait_options = self.wait_options;
                #this
                #before
                let poll = move |options: CallOptions| -> BoxFuture<'static, Result<Polled<models::#model>, Error>> {
                    #poll
                };
                Waiter::new(&RULE, poll, |object: &models::#model| #status)
                    .wait_options(wait_options)
                    .arguments(arguments)
                    #parent
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

fn wait_rule(resource: &Resource, waiter: WaitCall<'_>) -> TokenStream {
    let name = format!("{}.{}", resource.path.join("."), waiter.name);
    let Wait {
        ready,
        failed,
        pending,
        gone,
        timeout,
        ..
    } = waiter.wait;
    let resume = match &waiter.wait.resume {
        Some(resume) => {
            let (argument, field) = (&resume.argument.name, &resume.field.wire);
            let wait = resume.wait.to_string();
            quote!(Some(Resume { wait: #wait, argument: #argument, field: #field }))
        }
        None => quote!(None),
    };
    quote! {
        WaitRule {
            name: #name,
            ready: &[#(#ready),*],
            failed: &[#(#failed),*],
            pending: &[#(#pending),*],
            gone: #gone,
            timeout: std::time::Duration::from_secs(#timeout),
            resume: #resume,
        }
    }
}

/// What a wait does before its polls, and the body of the function that polls.
fn poll(api: &Api, waiter: WaitCall<'_>) -> (TokenStream, TokenStream) {
    let this = quote!(self);
    let origin = waiter.wait.origin.as_ref();
    let mut needed = Vec::new();
    let arguments = origin.into_iter().flat_map(|origin| {
        let named = waiter.wait.polls.from_origin();
        named.map(move |(param, field)| (origin, param, field))
    });
    for (origin, param, field) in arguments {
        let (argument, value) = (&origin.param.name, origin_value(origin, field));
        let field = &field.wire;
        let name = ident(&param.name);
        needed.push(if param.required {
            quote! {
                let Some(#name) = #value else {
                    let error = Error::nothing_to_wait_by(#argument, #field);
                    return Box::pin(std::future::ready(Err(error)));
                };
            }
        } else {
            quote!(let #name = #value;)
        });
    }
    let call = call_literal(api, &waiter.wait.polls, &this);
    let Some(pick) = &waiter.wait.pick else {
        let polled = quote! {
            #(#needed)*
            let call = #call;
            Box::pin(async move { call.send_raw().await.map(Polled::object) })
        };
        return (quote!(), polled);
    };
    let picked_ident = ident(&pick.field.name);
    let wanted = ident(&pick.param.name);
    let equal = if pick.field.can_be_absent() {
        quote!(item.#picked_ident.as_ref() == Some(&wanted))
    } else {
        quote!(item.#picked_ident == wanted)
    };
    let created_ident = ident(&pick.created.name);
    let created = if pick.created.can_be_absent() {
        quote!(item.#created_ident.as_ref().and_then(Timestamp::to_system_time))
    } else {
        quote!(item.#created_ident.to_system_time())
    };
    let by_id = origin.and_then(|origin| by_id(api, origin));
    let before = match origin.and_then(|origin| Some((origin, origin.since.as_ref()?))) {
        Some((origin, since)) => {
            let value = origin_field(origin, since);
            quote!(let since = since(#value);)
        }
        None => quote!(let since = std::time::SystemTime::UNIX_EPOCH;),
    };
    let polled = quote! {
        #by_id
        let wanted = self.#wanted.clone();
        let call = #call;
        Box::pin(async move {
            let answer = call.send_raw().await?;
            Ok(Polled::newest(answer, |item| #equal, |item| #created, since))
        })
    };
    (before, polled)
}

/// Polls by the id that the object names, if it does.
fn by_id(api: &Api, origin: &Origin) -> Option<TokenStream> {
    let by_id = origin.by_id.as_ref()?;
    let this = quote!(self);
    let when = by_id.when.iter().map(|(field, values)| {
        let value = origin_text(origin, field);
        quote!([#(#values),*].iter().any(|value| value.eq_ignore_ascii_case(#value)))
    });
    let mut conditions: Vec<TokenStream> = when.collect();
    let mut binds = Vec::new();
    for (param, field) in by_id.link.from_origin() {
        let (name, value) = (ident(&param.name), origin_value(origin, field));
        if param.required {
            conditions.push(quote!(let Some(#name) = #value));
        } else {
            binds.push(quote!(let #name = #value;));
        }
    }
    let call = call_literal(api, &by_id.link, &this);
    let first = conditions.first()?;
    let rest = conditions.iter().skip(1);
    Some(quote! {
        if #first #(&& #rest)* {
            #(#binds)*
            let call = #call;
            return Box::pin(async move { call.send_raw().await.map(Polled::object) });
        }
    })
}

/// The builder of a call with all its arguments; those out of the object that a wait goes by are variables.
fn call_literal(api: &Api, link: &Link, this: &TokenStream) -> TokenStream {
    let method = api.request(&link.call);
    let call = call_ident(&method.resource, &method.call.name);
    let fields = method.params.iter().map(|param| {
        let name = ident(&param.name);
        match link.source(&param.wire) {
            Some(Source::Origin(_)) => quote!(#name),
            Some(Source::Argument(source)) => {
                let value = given(source, param, this);
                quote!(#name: #value)
            }
            None => quote!(#name: None),
        }
    });
    quote!(#call { core: #this.core.clone(), options, #(#fields),* })
}

/// A wait's argument as a call takes it for `param`.
fn given(source: &Param, param: &Param, this: &TokenStream) -> TokenStream {
    let name = ident(&source.name);
    // Each poll needs arguments of its own; numbers are simply copied.
    let copied = matches!(source.ty, Type::Integer | Type::Number | Type::Boolean);
    let value = if copied {
        quote!(#this.#name)
    } else {
        quote!(#this.#name.clone())
    };
    // What the wait requires may be optional in the call.
    if source.required && !param.required {
        quote!(Some(#value))
    } else {
        value
    }
}

/// A field of the object that a wait goes by, borrowed and optional.
fn origin_field(origin: &Origin, field: &Field) -> TokenStream {
    let (argument, name) = (ident(&origin.param.name), ident(&field.name));
    if field.can_be_absent() {
        quote!(self.#argument.#name.as_ref())
    } else {
        quote!(Some(&self.#argument.#name))
    }
}

/// The same, copied; an empty text and a 0, which stand for what is missing, are as good as none.
fn origin_value(origin: &Origin, field: &Field) -> TokenStream {
    let value = origin_field(origin, field);
    match &field.ty {
        Type::Integer => quote!(#value.filter(|number| **number != 0).copied()),
        _ => quote!(#value.filter(|text| !text.is_empty()).cloned()),
    }
}

/// A field that is a text or an enum, as a text.
fn origin_text(origin: &Origin, field: &Field) -> TokenStream {
    if field.can_be_absent() {
        let value = origin_field(origin, field);
        return quote!(#value.map_or("", |value| value.as_str()));
    }
    let (argument, name) = (ident(&origin.param.name), ident(&field.name));
    quote!(self.#argument.#name.as_str())
}

fn status_of(field: &Field) -> TokenStream {
    let name = ident(&field.name);
    if field.can_be_absent() {
        quote!(object.#name.as_ref().map_or_else(String::new, |status| status.as_str().to_owned()))
    } else {
        quote!(object.#name.as_str().to_owned())
    }
}
