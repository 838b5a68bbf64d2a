//! A frozen class for each model, and how models and enums become Python objects.

use heck::ToShoutySnakeCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::emit::python::{arguments, docs, names, provider_crate, visible};
use crate::emit::rust::{ident, type_ident};
use crate::ir::{Api, Field, Model};

/// `models.rs`: the classes.
pub(crate) fn models(api: &Api) -> TokenStream {
    let krate = provider_crate(api);
    let provider = ident(&api.provider.name);
    let classes = visible(api).map(|model| class(api, model));
    quote! {
        //! A class for each model.

        use pyo3::prelude::*;
        use pyo3::types::{PyTuple, PyType};
        use #krate::models as api;

        #[allow(unused_imports, reason = "not every provider has models that are sent")]
        use crate::convert::{self, Given};
        use crate::model::{self, Model};
        use crate::runtime::guard;
        use crate::values::IntoPython;
        #[allow(unused_imports, reason = "a model may take others")]
        use crate::generated::#provider::models;

        #(#classes)*
    }
}

fn class(api: &Api, model: &Model) -> TokenStream {
    let name = names::class(&model.name);
    let module = format!("snapline.{}", api.provider.name);
    let text = docs::attributes(&docs::model(model));
    let getters = model.fields.iter().map(getter);
    let attributes: Vec<String> = model
        .fields
        .iter()
        .map(|field| names::python(&field.name))
        .collect();
    let values = model
        .fields
        .iter()
        .zip(&attributes)
        .map(|(field, attribute)| {
            let field = ident(&field.name);
            quote!((#attribute, (&self.0.#field).into_python(py)?))
        });
    let constructor = model.sent.then(|| constructor(api, model));
    let from_dict = docs::attributes(&docs::from_dict(model));
    let secrets: Vec<&String> = model
        .fields
        .iter()
        .zip(&attributes)
        .filter(|(field, _)| field.secret)
        .map(|(_, attribute)| attribute)
        .collect();
    let secrets = (!secrets.is_empty())
        .then(|| quote!(const SECRETS: &'static [&'static str] = &[#(#secrets),*];));
    let count = attributes.len();
    quote! {
        #text
        #[pyclass(frozen, module = #module)]
        pub(crate) struct #name(api::#name);

        impl Model for #name {
            type Inner = api::#name;
            #secrets

            fn wrap(inner: api::#name) -> Self {
                Self(inner)
            }

            fn inner(&self) -> &api::#name {
                &self.0
            }

            fn fields(&self, py: Python<'_>) -> PyResult<Vec<(&'static str, Py<PyAny>)>> {
                Ok(vec![#(#values),*])
            }
        }

        #[pymethods]
        impl #name {
            #[classattr]
            fn __match_args__(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
                PyTuple::new(py, [#(#attributes),*] as [&str; #count])
            }

            #constructor
            #(#getters)*

            /// The object as a dictionary, as the service writes it.
            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                guard(|| model::to_dict(self, py))
            }

            #from_dict
            #[classmethod]
            #[pyo3(signature = (data, *, strict=false))]
            fn from_dict(_class: &Bound<'_, PyType>, data: &Bound<'_, PyAny>, strict: bool) -> PyResult<Self> {
                guard(|| model::from_dict(data, strict))
            }

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                guard(|| model::repr(self, py))
            }

            fn __eq__(&self, other: &Self) -> bool {
                self.0 == other.0
            }

            fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
                guard(|| model::reduce(slf))
            }

            fn __copy__(slf: Py<Self>) -> Py<Self> {
                slf
            }

            fn __deepcopy__(slf: Py<Self>, _memo: &Bound<'_, PyAny>) -> Py<Self> {
                slf
            }
        }
    }
}

fn getter(field: &Field) -> TokenStream {
    let text = docs::attributes(&docs::text(&field.doc));
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
pub(crate) fn given(model: &Model) -> (Vec<&Field>, Vec<&Field>) {
    model
        .fields
        .iter()
        .filter(|field| !field.read_only)
        .partition(|field| !field.can_be_absent())
}

fn constructor(api: &Api, model: &Model) -> TokenStream {
    let name = names::class(&model.name);
    let (required, optional) = given(model);
    let three = |field: &Field| model.tells_null(field);
    let signature = required
        .iter()
        .map(|field| arguments::signature(&field.name, true, false))
        .chain(
            optional
                .iter()
                .map(|field| arguments::signature(&field.name, false, three(field))),
        );
    let signature: Vec<TokenStream> = signature.collect();
    let star = (!signature.is_empty()).then(|| quote!(*,));
    let parameters = required
        .iter()
        .map(|field| (field, arguments::rust_type(true, false)))
        .chain(
            optional
                .iter()
                .map(|field| (field, arguments::rust_type(false, three(field)))),
        )
        .map(|(field, ty)| {
            let name = names::raw(&field.name);
            quote!(#name: #ty)
        });
    let values = required.iter().map(|field| {
        let argument = names::raw(&field.name);
        arguments::convert(api, &field.ty, false, &field.name, &quote!(#argument))
    });
    let sets = optional.iter().map(|field| {
        let target = ident(&field.name);
        arguments::if_given(
            api,
            &field.name,
            &field.ty,
            three(field),
            |value| quote!(inner.#target = Some(#value);),
        )
    });
    let mutable = (!optional.is_empty()).then(|| quote!(mut));
    quote! {
        #[new]
        #[pyo3(signature = (#star #(#signature),*))]
        fn new(#(#parameters),*) -> PyResult<Self> {
            guard(|| {
                let #mutable inner = api::#name::new(#(#values),*);
                #(#sets)*
                Ok(Self(inner))
            })
        }
    }
}

/// `values.rs`: models and enums on their way to Python.
pub(crate) fn values(api: &Api) -> TokenStream {
    let krate = provider_crate(api);
    let provider = ident(&api.provider.name);
    let module = format!("snapline.{}.enums", api.provider.name);
    let models = visible(api).map(|model| {
        let name = names::class(&model.name);
        quote! {
            impl IntoPython for api::#name {
                fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
                    Ok(Py::new(py, models::#name::wrap(self))?.into_any())
                }
            }

            impl IntoPython for &api::#name {
                fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
                    self.clone().into_python(py)
                }
            }
        }
    });
    let enums = api.enums.iter().map(|item| {
        let name = type_ident(&item.name);
        let python_name = name.to_string();
        let class = format_ident!("{}", item.name.to_shouty_snake_case());
        quote! {
            static #class: EnumClass = EnumClass::new(ENUMS, #python_name);

            impl IntoPython for &api::#name {
                fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
                    #class.member(py, self.as_str())
                }
            }

            impl IntoPython for api::#name {
                fn into_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
                    (&self).into_python(py)
                }
            }
        }
    });
    quote! {
        //! Models and enums on their way to Python.

        use pyo3::prelude::*;
        use #krate::models as api;

        use crate::generated::#provider::models;
        use crate::model::Model;
        use crate::values::{EnumClass, IntoPython};

        /// Where the enum classes are.
        const ENUMS: &str = #module;

        #(#models)*
        #(#enums)*
    }
}
