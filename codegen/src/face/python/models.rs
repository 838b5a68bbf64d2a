//! A frozen class for each object of the document, and how objects and enums come to Python.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::view::{Model, Provider};
use super::{arguments, docs, names};
use crate::emit::rust::{ident, type_ident};
use crate::ir::{self, Api, Field};

/// `models.rs`: the classes.
pub(super) fn models(provider: &Provider<'_>) -> TokenStream {
    let module = ident(provider.module);
    let classes = provider.models.iter().map(|model| class(provider, model));
    quote! {
        //! A class for each object.

        use crate::generated::#module::*;
        use crate::model::prelude::*;

        #(#classes)*
    }
}

fn class(provider: &Provider<'_>, model: &Model<'_>) -> TokenStream {
    let name = ident(&model.class);
    let inner = type_ident(&model.model.name);
    let module = format!("snapline.{}", provider.module);
    let text = docs::attributes(&docs::model(model.model));
    let fields = &model.model.fields;
    let attributes = fields.iter().map(|field| names::python(&field.name));
    let secrets: Vec<String> = fields
        .iter()
        .filter(|field| field.secret)
        .map(|field| names::python(&field.name))
        .collect();
    let secrets = (!secrets.is_empty()).then(|| quote!(secret: #(#secrets),*));
    let constructor = model
        .model
        .sent
        .then(|| constructor(provider.api, &inner, model.model));
    let getters = fields.iter().map(getter);
    quote! {
        #text
        #[pyclass(frozen, extends = Model, module = #module)]
        pub(crate) struct #name(api::#inner);

        model::class! { #name: #(#attributes),*; #secrets }

        #[pymethods]
        impl #name {
            #constructor
            #(#getters)*
        }
    }
}

fn getter(field: &Field) -> TokenStream {
    let text = docs::attributes(&docs::field(field));
    let name = ident(&field.name);
    let function = format_ident!("get_{}", names::python(&field.name));
    quote! {
        #text
        #[getter]
        fn #function(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
            guard(|| (&self.0.#name).into_python(py))
        }
    }
}

/// The fields a user gives: required ones first, as the Rust constructor has them.
pub(super) fn given(model: &ir::Model) -> (Vec<&Field>, Vec<&Field>) {
    model
        .fields
        .iter()
        .filter(|field| !field.read_only)
        .partition(|field| !field.can_be_absent())
}

fn constructor(api: &Api, inner: &proc_macro2::Ident, model: &ir::Model) -> TokenStream {
    let (required, optional) = given(model);
    let all: Vec<(&Field, bool, bool)> = required
        .iter()
        .map(|field| (*field, true, false))
        .chain(
            optional
                .iter()
                .map(|field| (*field, false, model.tells_null(field))),
        )
        .collect();
    let star = (!all.is_empty()).then(|| quote!(*,));
    let name = |field: &Field| names::python(&field.name);
    let signature = all.iter().map(|(field, required, three)| {
        arguments::signature(&names::raw(&name(field)), *required, *three)
    });
    let parameters = all.iter().map(|(field, required, three)| {
        let name = names::raw(&name(field));
        let ty = arguments::rust_type(*required, *three);
        quote!(#name: #ty)
    });
    let values = required.iter().map(|field| {
        let text = name(field);
        let argument = names::raw(&text);
        arguments::convert(api, &field.ty, false, &text, &quote!(#argument))
    });
    let sets = optional.iter().map(|field| {
        let target = ident(&field.name);
        let three = model.tells_null(field);
        let set = |value| quote!(inner.#target = Some(#value););
        arguments::if_given(api, &name(field), &field.ty, three, set)
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
    let models = provider
        .models
        .iter()
        .map(|model| type_ident(&model.model.name));
    let models =
        (!provider.models.is_empty()).then(|| quote!(crate::values::models! { #(#models)* }));
    let enums = provider
        .enums
        .iter()
        .map(|item| type_ident(&item.item.name));
    let enums = (!provider.enums.is_empty()).then(|| {
        quote! {
            /// Where the classes of enums are.
            const ENUMS: &str = #package;

            crate::values::enums! { ENUMS: #(#enums)* }
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
