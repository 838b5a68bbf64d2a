//! The Rust runner's dispatch: from an order's method and JSON arguments to the typed call, and from
//! the typed value back to JSON, field by field through the public API.

use std::collections::BTreeSet;

use heck::ToSnakeCase;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::emit::rust::{format, ident, rust_type};
use crate::emit::rust_api::variant_ident;
use crate::emit::wait_options::WAIT_OPTIONS;
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::{
    Api, Call, Enum, EnumId, Location, Model, Param, RequestCall, Resource, Returns, Type, WaitCall,
};

/// Writes `tests/conformance/rust/src/generated/<provider>.rs`.
pub fn emit(api: &Api) -> Result<FileSet> {
    let mut files = FileSet::default();
    let provider = ident(&api.provider.name);
    let mut names = Vec::new();
    let mut functions = Vec::new();
    let mut bodies = Vec::new();
    for resource in api.all_resources() {
        let calls = resource
            .requests()
            .map(|method| (&method.call.name, call_body(resource, method)));
        let waits = resource
            .waits()
            .map(|waiter| (&waiter.call.name, wait_body(resource, waiter)));
        for (name, body) in calls.chain(waits) {
            names.push(format!("{}.{name}", resource.path.join(".")));
            functions.push(format_ident!("call_{}_{name}", resource.path.join("_")));
            bodies.push(body);
        }
    }
    let models = api
        .models
        .iter()
        .filter(|model| model.received && !model.envelope)
        .map(describe_model);
    let round_names = whole_models(api);
    let round_types = round_names
        .iter()
        .map(|name| crate::emit::rust::type_ident(name));
    let enums = received_enums(api);
    let enums = enums
        .iter()
        .map(|name| api.enumeration(name))
        .map(describe_enum);
    let tokens = quote! {
        //! Every call of the provider, reached by name.

        use serde_json::{Map, Value};
        use snapline::#provider::{Client, models};

        use crate::{Done, Failure, Mode, Outcome, Typed};

        /// Makes one call by the name of its resource and method.
        ///
        /// # Errors
        /// When the call fails, or there is none of that name.
        pub async fn call(client: &Client, order: &Typed) -> Result<Done, Failure> {
            match order.method.as_str() {
                // One function each, and on the heap: all in one would not fit on a stack.
                #(#names => Box::pin(#functions(client, order)).await,)*
                "client.request" => {
                    let response = client.request(
                        &order.arguments.get::<String>("method")?,
                        &order.arguments.get::<String>("path")?,
                        order.arguments.optional("body")?,
                        order.options.clone(),
                    ).await?;
                    Ok(Done::whole(&response, |value| Outcome::Value { value: value.clone() }))
                }
                "client.rate_limit" => Ok(Done::bare(match client.rate_limit() {
                    Some(limit) => Outcome::Value { value: crate::rate_limit(limit) },
                    None => Outcome::Nothing,
                })),
                "client.close" => {
                    client.close();
                    Ok(Done::bare(Outcome::Nothing))
                }
                other => Err(Failure::Unknown(other.to_owned())),
            }
        }

        #(
            async fn #functions(client: &Client, order: &Typed) -> Result<Done, Failure> {
                #bodies
            }
        )*

        #(#models)*

        #(#enums)*

        /// Reads an instance of a model and writes it again.
        ///
        /// # Errors
        /// When there is no such model, or the instance cannot be read.
        pub fn round_trip(model: &str, instance: Value) -> Result<Value, Failure> {
            match model {
                #(#round_names => crate::round_trip::<models::#round_types>(instance),)*
                other => Err(Failure::Unknown(other.to_owned())),
            }
        }
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
    let names: Vec<&str> = apis.iter().map(|api| api.provider.name.as_str()).collect();
    let methods = apis.iter().flat_map(|api| {
        let provider = &api.provider.name;
        called(api)
            .into_iter()
            .map(move |method| quote!((#provider, #method)))
    });
    let models = apis.iter().flat_map(|api| {
        let provider = &api.provider.name;
        whole_models(api)
            .into_iter()
            .map(move |model| quote!((#provider, #model)))
    });
    let credentials = apis.iter().map(|api| {
        let known = api.provider.credentials.iter();
        let names = known.map(|known| known.name.as_str());
        let arms = std::iter::once("token").chain(names).map(|name| {
            let setter = ident(name);
            quote!(#name => builder.#setter(value),)
        });
        quote!(#(#arms)*)
    });
    let clients: Vec<Ident> = apis
        .iter()
        .map(|api| format_ident!("{}", api.provider.client))
        .collect();
    let tokens = quote! {
        //! The calls of every provider, reached by name.

        #(pub mod #modules;)*

        use snapline_runtime::Settings;

        use crate::{Done, Failure, Named, Typed};

        /// Every method and waiter: its provider and its name.
        pub const METHODS: &[(&str, &str)] = &[#(#methods),*];

        /// Every model that users read and write as JSON: its provider and its name.
        pub const MODELS: &[(&str, &str)] = &[#(#models),*];

        /// Reads an instance of a model and writes it again.
        ///
        /// # Errors
        /// When there is no such model, or the instance cannot be read.
        pub fn round_trip(provider: &str, model: &str, instance: serde_json::Value) -> Result<serde_json::Value, Failure> {
            match provider {
                #(#names => #modules::round_trip(model, instance),)*
                other => Err(Failure::Unknown(other.to_owned())),
            }
        }

        /// A client of one of the providers.
        #[derive(Clone, Debug)]
        pub enum Client {
            #(
                #[doc = concat!("One of `", #names, "`.")]
                #clients(snapline::#modules::Client),
            )*
        }

        impl Client {
            /// Makes a client.
            ///
            /// # Errors
            /// When there is no such provider, or the settings do not fit.
            pub fn new(provider: &str, settings: Settings, credentials: &Named) -> Result<Self, Failure> {
                match provider {
                    #(
                        #names => {
                            let mut builder = snapline::#modules::Client::builder().settings(settings);
                            for (name, value) in credentials {
                                let value = value.as_str().unwrap_or_default();
                                builder = match name.as_str() {
                                    #credentials
                                    other => return Err(Failure::Case(format!("`{other}` is no credential"))),
                                };
                            }
                            Ok(Self::#clients(builder.build()?))
                        }
                    )*
                    other => Err(Failure::Unknown(other.to_owned())),
                }
            }

            /// Makes one call.
            ///
            /// # Errors
            /// When the call fails, or there is none of that name.
            pub async fn call(&self, order: &Typed) -> Result<Done, Failure> {
                match self {
                    #(Self::#clients(client) => #modules::call(client, order).await,)*
                }
            }
        }
    };
    let path = "tests/conformance/rust/src/generated/mod.rs";
    files.add(path, format(path, tokens)?);
    Ok(files)
}

/// The models that users read and write as JSON.
fn whole_models(api: &Api) -> Vec<&str> {
    api.models
        .iter()
        .filter(|model| model.received && !model.envelope)
        .map(|model| &*model.name)
        .collect()
}

/// The methods and waiters of an API by the names that orders call them.
fn called(api: &Api) -> Vec<String> {
    api.all_resources()
        .into_iter()
        .flat_map(|resource| {
            let methods = resource.requests().map(|method| &method.call.name);
            let waiters = resource.waits().map(|waiter| &waiter.call.name);
            methods
                .chain(waiters)
                .map(|name| format!("{}.{name}", resource.path.join(".")))
        })
        .collect()
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
        let borrowed = (param.location == Location::Origin).then(|| quote!(&));
        quote!(#borrowed order.arguments.get::<#ty>(#name)?)
    });
    let optional = params.iter().filter(|param| !param.required).map(|param| {
        let name = &param.name;
        let setter = ident(name);
        let ty = argument_type(param);
        quote! {
            if let Some(value) = order.arguments.optional::<#ty>(#name)? {
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

fn call_body(resource: &Resource, method: RequestCall<'_>) -> TokenStream {
    let chain = chain(resource);
    let verb = ident(&method.call.name);
    let (required, optional) = arguments(&method.call.params);
    let mutable = method.optional().next().is_some().then(|| quote!(mut));
    let outcome = match &method.request.returns {
        Returns::Nothing => quote!(|_| Outcome::Nothing),
        Returns::Whole(ty) | Returns::Field { ty, .. } => {
            let described = describe(ty, &quote!(value));
            quote!(|value| Outcome::Value { value: #described })
        }
        Returns::Page { item, .. } => {
            let described = describer(item);
            quote!(|page| Outcome::page(page, #described))
        }
    };
    let items = match &method.request.returns {
        Returns::Page { item, .. } => {
            let described = describer(item);
            quote! {
                if order.mode == Mode::Items {
                    let mut items = call.items();
                    if let Some(most) = order.limit {
                        items = items.limit(most);
                    }
                    let all = items.try_collect().await?;
                    let items = all.iter().map(#described).collect();
                    return Ok(Done::bare(Outcome::Items { items }));
                }
            }
        }
        _ => quote!(),
    };
    let bare = match &method.request.returns {
        Returns::Nothing => quote! {
            call.send().await?;
            Ok(Done::bare(Outcome::Nothing))
        },
        Returns::Whole(ty) | Returns::Field { ty, .. } => {
            let described = describe(ty, &quote!(value));
            quote! {
                let value = &call.send().await?;
                Ok(Done::bare(Outcome::Value { value: #described }))
            }
        }
        Returns::Page { item, .. } => {
            let described = describer(item);
            quote! {
                let page = &call.send().await?;
                Ok(Done::bare(Outcome::page(page, #described)))
            }
        }
    };
    quote! {
        let #mutable call = #chain.#verb(#required).options(order.options.clone());
        #optional
        #items
        if order.mode == Mode::Raw {
            return Ok(Done::whole(&call.send_raw().await?, #outcome));
        }
        #bare
    }
}

fn wait_body(resource: &Resource, waiter: WaitCall<'_>) -> TokenStream {
    let chain = chain(resource);
    let verb = ident(&waiter.call.name);
    let (required, optional) = arguments(&waiter.call.params);
    let described = describe(&Type::Model(waiter.wait.model.clone()), &quote!(value));
    let (described, run) = if waiter.wait.gone {
        (
            quote!(Outcome::Nothing),
            quote! {
                call.await?;
                Ok(Done::bare(Outcome::Nothing))
            },
        )
    } else {
        (
            quote! {
                match &value {
                    Some(value) => Outcome::Value { value: #described },
                    None => Outcome::Nothing,
                }
            },
            quote! {
                let value = &call.await?;
                Ok(Done::bare(Outcome::Value { value: #described }))
            },
        )
    };
    let options = WAIT_OPTIONS.iter().map(|option| ident(option.name));
    let value = if waiter.wait.gone {
        quote!(_)
    } else {
        quote!(value)
    };
    quote! {
        let mut call = #chain.#verb(#required);
        #optional
        #(
            if let Some(time) = order.pace.#options {
                call = call.#options(time);
            }
        )*
        // What lies below the short form, and takes options.
        if order.mode == Mode::Raw {
            let #value = call.waiter().options(order.options.clone()).run().await?;
            return Ok(Done::bare(#described));
        }
        #run
    }
}

fn describe_ident(model: &str) -> Ident {
    format_ident!("describe_{}", model.to_snake_case())
}

/// What turns each item of a list into JSON: a function where there is one.
fn describer(ty: &Type) -> TokenStream {
    match ty {
        Type::Model(_) | Type::Enum(_) => {
            let function = describe_ident(ty.name().unwrap_or_default());
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
        Type::Enum(name) => {
            let function = describe_ident(name);
            quote!(#function(#value))
        }
        Type::Timestamp => quote!(Value::from(#value.as_str())),
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

/// The enums that have a place in what is received.
fn received_enums(api: &Api) -> BTreeSet<&EnumId> {
    fn of(ty: &Type) -> Option<&EnumId> {
        match ty {
            Type::Enum(name) => Some(name),
            Type::List(item) | Type::Map(item) => of(item),
            _ => None,
        }
    }
    let models = api
        .models
        .iter()
        .filter(|model| model.received && !model.envelope);
    let fields = models
        .flat_map(|model| &model.fields)
        .filter_map(|field| of(&field.ty));
    let requests = api.calls().filter_map(Call::as_request);
    let returned = requests.filter_map(|call| of(call.request.returns.ty()?));
    fields.chain(returned).collect()
}

/// Each value by its name in Rust: what stands for another text is seen.
fn describe_enum(item: &Enum) -> TokenStream {
    let function = describe_ident(&item.name);
    let name = crate::emit::rust::type_ident(&item.name);
    let variants = item.values.iter().map(|value| variant_ident(&value.name));
    let wires: Vec<&str> = item
        .values
        .iter()
        .map(|value| value.wire.as_str())
        .collect();
    quote! {
        fn #function(value: &models::#name) -> Value {
            Value::from(match value {
                #(models::#name::#variants => #wires,)*
                other => crate::unlisted(other.as_str(), &[#(#wires),*]),
            })
        }
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
