//! How an argument from Python becomes a value in Rust.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::names;
use crate::emit::rust::type_ident;
use crate::ir::{Api, Location, Param, Type};

/// Whether an argument may be given without its name: what says which thing is meant.
pub(crate) fn positional(param: &Param) -> bool {
    match param.location {
        Location::Path | Location::WholeBody | Location::Origin => true,
        Location::Query | Location::Header => param.required,
        _ => false,
    }
}

/// A function from an argument's name and object to the value of a type.
pub(crate) fn converter(api: &Api, ty: &Type) -> TokenStream {
    match ty {
        Type::String => quote!(convert::text),
        Type::Integer => quote!(convert::integer),
        Type::Unsigned => quote!(convert::unsigned),
        Type::Number => quote!(convert::number),
        Type::Boolean => quote!(convert::boolean),
        Type::Timestamp => quote!(convert::timestamp),
        Type::StringOrInteger => quote!(convert::string_or_integer),
        Type::Enum(name) => {
            let name = type_ident(name);
            quote!(convert::member::<api::#name>)
        }
        Type::Model(name) => {
            let class = names::class(name);
            if api.visible().any(|model| model.name == *name) {
                quote!(convert::model::<models::#class>)
            } else {
                let name = type_ident(name);
                quote!(convert::from_mapping::<api::#name>)
            }
        }
        Type::Union(name) => {
            let name = type_ident(name);
            quote!(convert::from_mapping::<api::#name>)
        }
        Type::List(item) => {
            let item = converter(api, item);
            quote!(|name: &str, value: &Bound<'_, PyAny>| convert::list(name, value, #item))
        }
        Type::Map(item) => {
            let item = converter(api, item);
            quote!(|name: &str, value: &Bound<'_, PyAny>| convert::map(name, value, #item))
        }
        Type::Json => quote!(convert::json),
        Type::Bytes => quote!(convert::bytes),
    }
}

/// The value of an argument, or an error that names it as Python does.
pub(crate) fn convert(
    api: &Api,
    ty: &Type,
    nullable: bool,
    name: &str,
    value: &TokenStream,
) -> TokenStream {
    if nullable {
        let inner = converter(api, ty);
        return quote!(convert::nullable(#name, #value, #inner)?);
    }
    match ty {
        Type::List(item) => {
            let item = converter(api, item);
            quote!(convert::list(#name, #value, #item)?)
        }
        Type::Map(item) => {
            let item = converter(api, item);
            quote!(convert::map(#name, #value, #item)?)
        }
        ty => {
            let function = converter(api, ty);
            quote!(#function(#name, #value)?)
        }
    }
}

/// Whether absent, null and a value are three different things.
pub(crate) fn three_states(required: bool, nullable: bool) -> bool {
    nullable && !required
}

/// The type of a method's argument in Rust.
pub(crate) fn rust_type(required: bool, nullable: bool) -> TokenStream {
    if three_states(required, nullable) {
        quote!(OptionalArgument<'_>)
    } else if required {
        quote!(&Bound<'_, PyAny>)
    } else {
        quote!(Option<&Bound<'_, PyAny>>)
    }
}

/// An argument's place in a signature.
pub(crate) fn signature(name: &Ident, required: bool, nullable: bool) -> TokenStream {
    if three_states(required, nullable) {
        quote!(#name = OptionalArgument::Unset)
    } else if required {
        quote!(#name)
    } else {
        quote!(#name = None)
    }
}

/// Does something with a value if it was given.
pub(crate) fn if_given(
    api: &Api,
    name: &str,
    ty: &Type,
    nullable: bool,
    work: impl Fn(TokenStream) -> TokenStream,
) -> TokenStream {
    let argument = names::raw(name);
    if nullable {
        let value = convert(api, ty, true, name, &quote!(&value));
        let work = work(value);
        quote!(if let OptionalArgument::Value(value) = #argument { #work })
    } else {
        let value = convert(api, ty, false, name, &quote!(value));
        let work = work(value);
        quote!(if let Some(value) = #argument { #work })
    }
}
