//! Arguments: what a caller may pass, how it is kept, and the setters of what may be left out.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::emit::rust::{debug, doc, ident, rust_type};
use crate::face::rust::examples;
use crate::ir::{Call, Location, Param, Type, words};

/// What a caller may pass for an argument.
pub(super) fn argument_type(param: &Param) -> TokenStream {
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
        Type::Bytes => {
            let ty = rust_type(&param.ty, &models);
            quote!(impl Into<#ty>)
        }
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

pub(super) fn convert(param: &Param, value: &TokenStream) -> TokenStream {
    if param.nullable {
        return quote!(#value.into());
    }
    if param.location == Location::Origin {
        return quote!(#value.clone());
    }
    match &param.ty {
        Type::String | Type::StringOrInteger | Type::Timestamp | Type::Bytes | Type::Enum(_) => {
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

/// What a builder says of itself, with its call as an example.
pub(super) fn builder_doc(call: &Call) -> TokenStream {
    let text = doc(&format!("Builder of `{}`: {}", call.dotted(), call.summary));
    let example = examples::of_call(call);
    quote!(#text #example)
}

/// A builder: its arguments and other fields, a setter for each argument that may be left out, and `members`.
pub(super) fn builder_struct(
    builder: &Ident,
    text: &TokenStream,
    params: &[Param],
    extra: &TokenStream,
    members: &TokenStream,
) -> TokenStream {
    let fields = params.iter().map(|param| {
        let name = ident(&param.name);
        let ty = kept_type(param);
        quote!(pub(super) #name: #ty)
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
            pub(super) core: Core,
            #(#fields,)*
            #extra
        }

        #shown

        impl #builder {
            #(#setters)*
            #members
        }
    }
}
