//! A frozen class for each object of the document, and how objects and enums come to Python.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::view::{Attribute, Model, Provider};
use super::{arguments, docs, names};
use crate::emit::rust::{ident, type_ident};
use crate::ir::{Api, Helper};

/// `models.rs`: the classes.
pub(super) fn models(provider: &Provider<'_>) -> TokenStream {
    let module = ident(provider.module);
    let classes = provider.models.iter().map(|model| class(provider, model));
    quote! {
        //! A class for each object.

        use crate::generated::#module::*;
        use crate::prelude::models::*;

        #(#classes)*
    }
}

fn class(provider: &Provider<'_>, model: &Model<'_>) -> TokenStream {
    let name = ident(&model.class);
    let inner = type_ident(&model.model.name);
    let module = format!("snapline.{}", provider.module);
    let text = docs::attributes(&docs::model(model.model));
    let names = model.attributes.iter().map(|attribute| &attribute.name);
    let secret = model
        .attributes
        .iter()
        .filter(|attribute| attribute.field.secret);
    let secret: Vec<&String> = secret.map(|attribute| &attribute.name).collect();
    let secret = (!secret.is_empty()).then(|| quote!(secret: #(#secret),*));
    let constructor = model
        .model
        .sent
        .then(|| constructor(provider.api, &inner, model));
    let getters = model.attributes.iter().map(getter);
    let helpers = model.model.helpers().iter().map(helper);
    quote! {
        #text
        #[pyclass(frozen, extends = Model, module = #module)]
        pub(crate) struct #name(api::#inner);

        model::class! { #name = #inner: #(#names),*; #secret }

        #[pymethods]
        impl #name {
            #constructor
            #(#getters)*
            #(#helpers)*
        }
    }
}

fn getter(attribute: &Attribute<'_>) -> TokenStream {
    let text = docs::attributes(&docs::attribute(attribute));
    let name = ident(&attribute.field.name);
    let function = format_ident!("get_{}", attribute.name);
    quote! {
        #text
        #[getter]
        fn #function(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
            guard(|| (&self.0.#name).into_python(py))
        }
    }
}

fn helper(helper: &Helper) -> TokenStream {
    let text = docs::attributes(&docs::helper(helper));
    let name = ident(helper.name);
    let argument = helper.argument.map(|(argument, _)| ident(argument));
    let parameter = argument
        .iter()
        .map(|name| quote!(#name: std::path::PathBuf));
    quote! {
        #text
        fn #name(&self, py: Python<'_>, #(#parameter),*) -> PyResult<String> {
            guard(|| model::helped(py, || self.0.#name(#argument)))
        }
    }
}

fn constructor(api: &Api, inner: &Ident, model: &Model<'_>) -> TokenStream {
    let (required, optional) = model.given();
    let three = |attribute: &Attribute<'_>| model.model.tells_null(attribute.field);
    let all = required.iter().map(|attribute| (attribute, true, false));
    let rest = optional
        .iter()
        .map(|attribute| (attribute, false, three(attribute)));
    let all: Vec<(&&Attribute<'_>, bool, bool)> = all.chain(rest).collect();
    let star = (!all.is_empty()).then(|| quote!(*,));
    let signature = all.iter().map(|(attribute, required, three)| {
        arguments::signature(&names::raw(&attribute.name), *required, *three)
    });
    let parameters = all.iter().map(|(attribute, required, three)| {
        let name = names::raw(&attribute.name);
        let ty = arguments::rust_type(*required, *three);
        quote!(#name: #ty)
    });
    let values = required.iter().map(|attribute| {
        let argument = names::raw(&attribute.name);
        arguments::convert(
            api,
            &attribute.field.ty,
            false,
            &attribute.name,
            &quote!(#argument),
        )
    });
    let sets = optional.iter().map(|attribute| {
        let field = ident(&attribute.field.name);
        let set = |value| quote!(inner.#field = Some(#value););
        arguments::if_given(
            api,
            &attribute.name,
            &attribute.field.ty,
            three(attribute),
            set,
        )
    });
    let mutable = (!optional.is_empty()).then(|| quote!(mut));
    quote! {
        #[new]
        #[pyo3(signature = (#star #(#signature),*))]
        fn new(#(#parameters),*) -> PyResult<PyClassInitializer<Self>> {
            guard(|| {
                let #mutable inner = api::#inner::new(#(#values),*);
                #(#sets)*
                Ok(model::create(inner))
            })
        }
    }
}

/// `values.rs`: objects and enums on their way to Python.
pub(super) fn values(provider: &Provider<'_>) -> TokenStream {
    let package = format!("snapline.{}.enums", provider.module);
    let models = provider.models.iter().map(|model| {
        let (class, inner) = (ident(&model.class), type_ident(&model.model.name));
        quote!(#class = #inner)
    });
    let models =
        (!provider.models.is_empty()).then(|| quote!(crate::values::models! { #(#models),* }));
    let enums = provider.enums.iter().map(|item| {
        let (class, inner) = (ident(&item.class), type_ident(&item.item.name));
        quote!(#class = #inner)
    });
    let enums = (!provider.enums.is_empty()).then(|| {
        quote! {
            /// Where the classes of enums are.
            const ENUMS: &str = #package;

            crate::values::enums! { ENUMS: #(#enums),* }
        }
    });
    let imports = (models.is_some() || enums.is_some()).then(|| {
        quote!(
            use super::*;
        )
    });
    quote! {
        //! Objects and enums on their way to Python.

        #imports

        #models
        #enums
    }
}
