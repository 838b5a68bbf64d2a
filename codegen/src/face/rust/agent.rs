//! The Rust agent of the tests: every call by its name, from JSON arguments to the typed call, and from
//! the typed value back to JSON, field by field through the public API.
//!
//! What is the same for all calls stands by hand in `tests/conformance/rust/src/describe.rs`.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::emit::rust::{format, ident, rust_type, type_ident};
use crate::error::Result;
use crate::face::rust::names::{steps, variant_ident};
use crate::file_set::FileSet;
use crate::ir::{Api, Call, Enum, EnumId, Form, Location, Model, Param, Type};
use crate::surface::{self, Kind, Setting};

const FOLDER: &str = "tests/conformance/rust/src/generated";

/// Writes `tests/conformance/rust/src/generated/<provider>.rs`.
pub(crate) fn emit(api: &Api) -> Result<FileSet> {
    let provider = ident(&api.provider.name);
    let calls = api.calls().map(call);
    let models = api.received().map(describe_model);
    let enums = received_enums(api);
    let enums = enums
        .iter()
        .map(|name| api.enumeration(name))
        .map(describe_enum);
    let names = api.received().map(|model| &*model.name);
    let types = api.received().map(|model| type_ident(&model.name));
    let tokens = quote! {
        //! Every call of the provider, reached by name.

        use snapline::#provider::{Client, models};
        use snapline_runtime::BoxFuture;

        use crate::{Done, Failure, Outcome, RoundTrip, Typed};

        /// Makes a call.
        pub type Handler = for<'a> fn(&'a Client, &'a Typed) -> BoxFuture<'a, Result<Done, Failure>>;

        /// Every call by its name.
        pub const CALLS: &[(&str, Handler)] = &[#(#calls),*];

        /// Every model that users read and write as JSON.
        pub const MODELS: &[(&str, RoundTrip)] = &[
            #((#names, crate::round_trip::<models::#types>)),*
        ];

        /// Makes one call by the name of its resource and method.
        ///
        /// # Errors
        /// When the call fails, or there is none of that name.
        pub async fn call(client: &Client, order: &Typed) -> Result<Done, Failure> {
            match CALLS.iter().find(|(name, _)| *name == order.method) {
                Some((_, handler)) => handler(client, order).await,
                None => client_call!(client, order),
            }
        }

        #(#models)*

        #(#enums)*
    };
    let path = format!("{FOLDER}/{}.rs", api.provider.name);
    let mut files = FileSet::default();
    files.add(path.clone(), format(&path, tokens)?);
    Ok(files)
}

/// Writes `tests/conformance/rust/src/generated/mod.rs`: the way to each provider by name, and settings
/// and options by theirs.
pub(crate) fn index(apis: &[Api]) -> Result<FileSet> {
    let modules: Vec<Ident> = apis.iter().map(|api| ident(&api.provider.name)).collect();
    let names: Vec<&str> = apis.iter().map(|api| api.provider.name.as_str()).collect();
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
    let settings = surface::CLIENT.iter().map(setting);
    let options = surface::CALL.iter().map(setting);
    let waits: Vec<Ident> = surface::WAIT.iter().map(|wait| ident(wait.name)).collect();
    let wait_names = surface::WAIT.iter().map(key);
    let tokens = quote! {
        //! The calls of every provider, reached by name.

        use snapline_runtime::{CallOptions, Settings, WaitOptions};

        use crate::{Done, Entry, Failure, Named, RoundTrip, Typed};

        /// Sets what the order says of a wait.
        macro_rules! wait_options {
            ($order:ident, $call:ident) => {
                #(
                    if let Some(time) = $order.wait.#waits {
                        $call = $call.#waits(time);
                    }
                )*
            };
        }

        #(pub mod #modules;)*

        /// Every call: its provider and its name.
        pub fn calls() -> impl Iterator<Item = (&'static str, &'static str)> {
            std::iter::empty() #(.chain(#modules::CALLS.iter().map(|(name, _)| (#names, *name))))*
        }

        /// Every model that users read and write as JSON: its provider, its name, and its way there and back.
        pub fn models() -> impl Iterator<Item = (&'static str, &'static str, RoundTrip)> {
            std::iter::empty() #(.chain(#modules::MODELS.iter().map(|(name, trip)| (#names, *name, *trip))))*
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

        /// Settings by their names.
        ///
        /// # Errors
        /// When there is none of a name, or a value does not fit.
        pub fn settings(all: &Named) -> Result<Settings, Failure> {
            let mut it = Settings::default();
            for (name, value) in all {
                let entry = Entry(name, value);
                it = match name.as_str() {
                    #(#settings)*
                    _ => return Err(Failure::Case(format!("there is no setting `{name}`"))),
                };
            }
            Ok(it)
        }

        /// Options of a call by their names.
        ///
        /// # Errors
        /// As [`settings`].
        pub fn options(all: &Named) -> Result<CallOptions, Failure> {
            let mut it = CallOptions::default();
            for (name, value) in all {
                let entry = Entry(name, value);
                it = match name.as_str() {
                    #(#options)*
                    _ => return Err(Failure::Case(format!("there is no option `{name}`"))),
                };
            }
            Ok(it)
        }

        /// Options of a wait by their names.
        ///
        /// # Errors
        /// As [`settings`].
        pub fn wait_options(all: &Named) -> Result<WaitOptions, Failure> {
            let mut it = WaitOptions::default();
            for (name, value) in all {
                let time = Some(Entry(name, value).time()?);
                match name.as_str() {
                    #(#wait_names => it.#waits = time,)*
                    _ => return Err(Failure::Case(format!("no wait has `{name}`"))),
                }
            }
            Ok(it)
        }
    };
    let path = format!("{FOLDER}/mod.rs");
    let mut files = FileSet::default();
    files.add(path.clone(), format(&path, tokens)?);
    Ok(files)
}

/// What a setting is called in an order, which has no types for time.
fn key(setting: &Setting) -> String {
    match setting.kind {
        Kind::Pairs => setting.member(),
        _ => setting.in_milliseconds(),
    }
}

/// How one setting is read.
fn setting(setting: &Setting) -> TokenStream {
    let (key, name) = (key(setting), ident(setting.name));
    match setting.kind {
        Kind::Duration => quote!(#key => it.#name(entry.time()?),),
        Kind::Count => quote!(#key => it.#name(entry.small()?),),
        Kind::Bytes => quote!(#key => it.#name(entry.number()?),),
        Kind::Flag => quote!(#key => it.#name(entry.flag()?),),
        Kind::Text | Kind::Path => quote!(#key => it.#name(entry.text()?),),
        Kind::Pairs => quote! {
            #key => entry.pairs()?.into_iter().fold(it, |it, (name, value)| it.#name(name, value)),
        },
    }
}

/// A call by its name. A closure each, and its future on the heap: all in one would not fit on a stack.
fn call(call: &Call) -> TokenStream {
    let name = call.dotted();
    let chain = steps(&call.resource);
    let verb = ident(&call.name);
    let required = call.required().map(|param| {
        let name = &param.name;
        let ty = argument_type(param);
        let borrowed = (param.location == Location::Origin).then(|| quote!(&));
        quote!(#borrowed order.arguments.get::<#ty>(#name)?)
    });
    let optional: Vec<TokenStream> = call
        .optional()
        .map(|param| {
            let (name, setter, ty) = (&param.name, ident(&param.name), argument_type(param));
            quote!(#name #setter: #ty)
        })
        .collect();
    let set = (!optional.is_empty()).then(|| quote!(set!(order, call, #(#optional),*);));
    let mutable = (!optional.is_empty() || call.is_wait()).then(|| quote!(mut));
    let (options, paced, ending) = match (&call.form, call.is_wait()) {
        (form, true) => (
            quote!(),
            quote!(wait_options!(order, call);),
            match form {
                Form::Nothing => quote!(wait!(order, call, Outcome::nothing)),
                _ => quote!(wait!(order, call, Outcome::value)),
            },
        ),
        (form, false) => (
            quote!(.options(order.options.clone())),
            quote!(),
            match form {
                Form::Nothing => quote!(answer!(order, call, Outcome::nothing)),
                Form::Page { .. } => quote!(pages!(order, call)),
                _ => quote!(answer!(order, call, Outcome::value)),
            },
        ),
    };
    quote! {
        (#name, |client, order| Box::pin(async move {
            let #mutable call = client #(.#chain())* .#verb(#(#required),*) #options;
            #set
            #paced
            Ok(#ending)
        }))
    }
}

/// The runtime's type for what may be null, and else what the API has.
fn argument_type(param: &Param) -> TokenStream {
    if param.ty == Type::Bytes {
        return quote!(crate::Hex);
    }
    let ty = rust_type(&param.ty, &quote!(models));
    if param.nullable {
        let runtime = quote!(snapline_runtime);
        quote!(::#runtime::Nullable<#ty>)
    } else {
        ty
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
    let fields = api
        .received()
        .flat_map(|model| &model.fields)
        .filter_map(|field| of(&field.ty));
    let requests = api.calls().filter_map(Call::as_request);
    let returned = requests.filter_map(|call| of(call.request.returns.ty()?));
    fields.chain(returned).collect()
}

fn describe_enum(item: &Enum) -> TokenStream {
    let name = type_ident(&item.name);
    let variants = item.values.iter().map(|value| variant_ident(&value.name));
    let wires = item.values.iter().map(|value| &value.wire);
    quote!(describe_enum! { models::#name { #(#variants: #wires),* } })
}

fn describe_model(model: &Model) -> TokenStream {
    let name = type_ident(&model.name);
    let fields = model.fields.iter().map(|field| ident(&field.name));
    let wires = model.fields.iter().map(|field| &field.wire);
    quote!(describe_model! { models::#name { #(#fields: #wires),* } })
}
