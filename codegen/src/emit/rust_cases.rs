//! The Rust runner's dispatch: from a case's method and JSON arguments to the typed call, and from
//! the typed value back to JSON, field by field through the public API.

use heck::ToSnakeCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::emit::rust::{format, ident, rust_type};
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::{Api, Method, Model, Param, Resource, Returns, Type, Waiter};

/// Writes `tests/conformance/rust/src/generated/<provider>.rs`.
pub fn emit(api: &Api) -> Result<FileSet> {
    let mut files = FileSet::default();
    let provider = ident(&api.provider.name);
    let calls = api.all_resources().into_iter().flat_map(|resource| {
        let calls = resource
            .methods
            .iter()
            .map(|method| call_arm(resource, method));
        let waits = resource
            .waiters
            .iter()
            .map(|waiter| wait_arm(resource, waiter));
        calls.chain(waits).collect::<Vec<_>>()
    });
    let models = api
        .models
        .iter()
        .filter(|model| model.received && !model.envelope)
        .map(describe_model);
    let pages = api
        .all_resources()
        .into_iter()
        .flat_map(|resource| &resource.methods)
        .any(|method| matches!(method.returns, Returns::Page { .. }));
    let items = if pages {
        ident("items")
    } else {
        ident("_items")
    };
    let tokens = quote! {
        //! Every call of the provider, reached by name.

        use serde_json::{Map, Value};
        use snapline::#provider::{Client, models};

        use crate::{Arguments, Failure, Outcome, QUICK, SLOW};

        /// Makes one call by the name of its resource and method.
        ///
        /// # Errors
        /// When the call fails, or there is none of that name.
        pub async fn call(client: &Client, method: &str, #items: bool, arguments: &Arguments) -> Result<Outcome, Failure> {
            match method {
                #(#calls)*
                other => Err(Failure::Unknown(other.to_owned())),
            }
        }

        #(#models)*
    };
    let path = format!(
        "tests/conformance/rust/src/generated/{}.rs",
        api.provider.name
    );
    files.add(path.clone(), format(&path, tokens)?);
    Ok(files)
}

/// Writes `tests/conformance/rust/src/generated/mod.rs`: the way to each provider by name.
pub fn index(apis: &[Api]) -> Result<FileSet> {
    let mut files = FileSet::default();
    let modules: Vec<Ident> = apis.iter().map(|api| ident(&api.provider.name)).collect();
    let arms = apis.iter().map(|api| {
        let name = &api.provider.name;
        let module = ident(name);
        quote! {
            #name => {
                let client = snapline::#module::Client::builder()
                    .settings(settings)
                    .token(token)
                    .build()?;
                #module::call(&client, method, items, arguments).await
            }
        }
    });
    let tokens = quote! {
        //! The calls of every provider, reached by name.

        #(pub mod #modules;)*

        use crate::{Arguments, Failure, Outcome};

        /// Makes one call of a provider with a client of its own.
        ///
        /// # Errors
        /// When the call fails, or there is none of that name.
        pub async fn call(
            provider: &str,
            settings: snapline_runtime::Settings,
            token: &str,
            method: &str,
            items: bool,
            arguments: &Arguments,
        ) -> Result<Outcome, Failure> {
            match provider {
                #(#arms)*
                other => Err(Failure::Unknown(other.to_owned())),
            }
        }
    };
    let path = "tests/conformance/rust/src/generated/mod.rs";
    files.add(path, format(path, tokens)?);
    Ok(files)
}

fn chain(resource: &Resource) -> TokenStream {
    let steps = resource.path.iter().map(|name| {
        let name = ident(name);
        quote!(.#name())
    });
    quote!(client #(#steps)*)
}

fn arguments(params: &[Param]) -> (TokenStream, TokenStream) {
    let required = params.iter().filter(|param| param.required).map(|param| {
        let name = &param.name;
        let ty = argument_type(param);
        quote!(arguments.get::<#ty>(#name)?)
    });
    let optional = params.iter().filter(|param| !param.required).map(|param| {
        let name = &param.name;
        let setter = ident(name);
        let ty = argument_type(param);
        quote! {
            if let Some(value) = arguments.optional::<#ty>(#name)? {
                call = call.#setter(value);
            }
        }
    });
    (quote!(#(#required),*), quote!(#(#optional)*))
}

/// The runtime's type for what may be null.
fn nullable() -> TokenStream {
    let runtime = quote!(snapline_runtime);
    quote!(::#runtime::Nullable)
}

fn argument_type(param: &Param) -> TokenStream {
    let ty = rust_type(&param.ty, &quote!(models));
    if param.nullable {
        let nullable = nullable();
        quote!(#nullable<#ty>)
    } else {
        ty
    }
}

fn call_arm(resource: &Resource, method: &Method) -> TokenStream {
    let name = format!("{}.{}", resource.path.join("."), method.name);
    let chain = chain(resource);
    let verb = ident(&method.name);
    let (required, optional) = arguments(&method.params);
    let mutable = method.optional().next().is_some().then(|| quote!(mut));
    let send = match &method.returns {
        Returns::Nothing => quote! {
            call.send().await?;
            Ok(Outcome::Nothing)
        },
        Returns::Whole(ty) | Returns::Field { ty, .. } => {
            let described = describe(ty, &quote!(value));
            quote! {
                let value = &call.send().await?;
                Ok(Outcome::Value(#described))
            }
        }
        Returns::Page { item, .. } => {
            let described = describer(item);
            quote! {
                if items {
                    let all = call.items().try_collect().await?;
                    return Ok(Outcome::Items(all.iter().map(#described).collect()));
                }
                let page = call.send().await?;
                Ok(Outcome::Page {
                    items: page.items.iter().map(#described).collect(),
                    total: page.total,
                    next: page.next,
                })
            }
        }
    };
    quote! {
        #name => {
            let #mutable call = #chain.#verb(#required);
            #optional
            #send
        }
    }
}

fn wait_arm(resource: &Resource, waiter: &Waiter) -> TokenStream {
    let name = format!("{}.{}", resource.path.join("."), waiter.name);
    let chain = chain(resource);
    let verb = ident(&waiter.name);
    let (required, optional) = arguments(&waiter.params);
    let finish = if waiter.gone {
        quote! {
            call.await?;
            Ok(Outcome::Nothing)
        }
    } else {
        let described = describe(&Type::Model(waiter.model.clone()), &quote!(value));
        quote! {
            let value = &call.await?;
            Ok(Outcome::Value(#described))
        }
    };
    quote! {
        #name => {
            let mut call = #chain.#verb(#required);
            #optional
            call = call.first_interval(QUICK).max_interval(QUICK).timeout(SLOW);
            #finish
        }
    }
}

fn describe_ident(model: &str) -> Ident {
    format_ident!("describe_{}", model.to_snake_case())
}

/// What turns each item of a list into JSON: a function where there is one.
fn describer(ty: &Type) -> TokenStream {
    match ty {
        Type::Model(name) => {
            let function = describe_ident(name);
            quote!(#function)
        }
        ty => {
            let described = describe(ty, &quote!(item));
            quote!(|item| #described)
        }
    }
}

/// An expression that turns a reference to a value into JSON.
fn describe(ty: &Type, value: &TokenStream) -> TokenStream {
    match ty {
        Type::Model(name) => {
            let function = describe_ident(name);
            quote!(#function(#value))
        }
        Type::Enum(_) | Type::Timestamp => quote!(Value::from(#value.as_str())),
        Type::List(item) => {
            let inner = describer(item);
            quote!(Value::Array(#value.iter().map(#inner).collect()))
        }
        Type::Map(item) => {
            let inner = describe(item, &quote!(item));
            quote!(Value::Object(#value.iter().map(|(name, item)| (name.clone(), #inner)).collect()))
        }
        Type::String => quote!(Value::from(#value.as_str())),
        Type::Integer | Type::Number | Type::Boolean => quote!(Value::from(*#value)),
        Type::StringOrInteger | Type::Json | Type::Union(_) => quote!(crate::plain(#value)),
    }
}

fn describe_model(model: &Model) -> TokenStream {
    let function = describe_ident(&model.name);
    let name = crate::emit::rust::type_ident(&model.name);
    let fields = model.fields.iter().map(|field| {
        let wire = &field.wire;
        let ident = ident(&field.name);
        let described = describe(&field.ty, &quote!(value));
        if model.tells_null(field) {
            let nullable = nullable();
            quote! {
                if let Some(#nullable::Value(value)) = &object.#ident {
                    fields.insert(#wire.to_owned(), #described);
                }
            }
        } else if field.can_be_absent() {
            quote! {
                if let Some(value) = &object.#ident {
                    fields.insert(#wire.to_owned(), #described);
                }
            }
        } else {
            quote! {
                let value = &object.#ident;
                fields.insert(#wire.to_owned(), #described);
            }
        }
    });
    quote! {
        fn #function(object: &models::#name) -> Value {
            let mut fields = Map::new();
            #(#fields)*
            Value::Object(fields)
        }
    }
}
