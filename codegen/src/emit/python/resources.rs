//! The client, and a class for each resource with its calls and waits.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use crate::emit::python::{
    CALL_KEYWORDS, CLIENT_KEYWORDS, Keyword, WAIT_KEYWORDS, arguments, docs, names, provider_crate,
};
use crate::emit::rust::ident;
use crate::ir::{Api, Method, Param, Resource, Returns, Waiter};

/// `client.rs`.
pub(crate) fn client(api: &Api) -> TokenStream {
    let krate = provider_crate(api);
    let provider = ident(&api.provider.name);
    let name = names::client(api);
    let text = docs::attributes(&docs::client(api));
    let (signature, parameters, values) = keywords(CLIENT_KEYWORDS);
    let (call_signature, call_parameters, call_values) = keywords(CALL_KEYWORDS);
    let children = api.resources.iter().map(child);
    let request_text = docs::attributes(&docs::request());
    let shown = format!("<snapline.{name}>");
    let shown_closed = format!("<snapline.{name}, closed>");
    quote! {
        //! The client.

        use std::sync::Arc;

        use pyo3::prelude::*;
        use #krate::Client;

        use crate::generated::#provider::resources;
        use crate::response::{RateLimit, Response};
        use crate::runtime::{Shared, guard};
        use crate::settings::{self, CallKeywords, ClientKeywords};
        use crate::{convert, errors};

        #text
        #[pyclass(frozen, weakref, module = "snapline")]
        pub(crate) struct #name {
            shared: Arc<Shared<Client>>,
        }

        #[pymethods]
        impl #name {
            #[new]
            #[pyo3(signature = (token = None, *, #(#signature),*))]
            fn new(py: Python<'_>, token: Option<&Bound<'_, PyAny>>, #(#parameters),*) -> PyResult<Self> {
                guard(|| {
                    let settings = settings::client(py, &ClientKeywords { #(#values),* })?;
                    let mut builder = Client::builder().settings(settings);
                    if let Some(token) = token {
                        builder = builder.token(convert::text("token", token)?);
                    }
                    let client = builder.build().map_err(|error| errors::raise(py, &error))?;
                    Ok(Self { shared: Shared::new(py, client)? })
                })
            }

            #(#children)*

            /// The rate limit as the last answer gave it.
            #[getter]
            fn rate_limit(&self, py: Python<'_>) -> PyResult<Option<RateLimit>> {
                guard(|| Ok(self.shared.client(py)?.rate_limit().map(RateLimit::from)))
            }

            #request_text
            #[pyo3(signature = (method, path, json = None, *, #(#call_signature),*))]
            fn request(
                &self,
                py: Python<'_>,
                method: &Bound<'_, PyAny>,
                path: &Bound<'_, PyAny>,
                json: Option<&Bound<'_, PyAny>>,
                #(#call_parameters),*
            ) -> PyResult<Response> {
                guard(|| {
                    let client = self.shared.client(py)?.clone();
                    let method = convert::text("method", method)?;
                    let path = convert::text("path", path)?;
                    let body = json.map(|json| convert::json("json", json)).transpose()?;
                    let options = settings::call(&CallKeywords { #(#call_values),* })?;
                    let call = async move { client.request(&method, &path, body, options).await };
                    self.shared.engine().run(py, call).map(Response::new)
                })
            }

            /// End the client's background work; every later call raises ClientClosedError.
            fn close(&self, py: Python<'_>) -> PyResult<()> {
                guard(|| {
                    if self.shared.engine().close() {
                        self.shared.client(py)?.close();
                    }
                    Ok(())
                })
            }

            fn __enter__(slf: Py<Self>) -> Py<Self> {
                slf
            }

            #[pyo3(signature = (*_exception))]
            fn __exit__(&self, py: Python<'_>, _exception: &Bound<'_, PyAny>) -> PyResult<()> {
                self.close(py)
            }

            fn __repr__(&self) -> &'static str {
                if self.shared.engine().is_closed() { #shown_closed } else { #shown }
            }
        }
    }
}

/// Signature, parameters and struct fields of keywords.
fn keywords(all: &[(&str, &str, Keyword)]) -> (Vec<TokenStream>, Vec<TokenStream>, Vec<Ident>) {
    let mut signature = Vec::new();
    let mut parameters = Vec::new();
    let mut names = Vec::new();
    for (name, default, keyword) in all {
        let name = ident(name);
        let ty = keyword.rust();
        signature.push(match (*keyword, default.parse::<f64>()) {
            (Keyword::Float, Ok(number)) => {
                // Without its suffix, so that Python sees the number as it is written here.
                let number = Literal::f64_unsuffixed(number);
                quote!(#name = #number)
            }
            (Keyword::Flag, _) => quote!(#name = false),
            _ => quote!(#name = None),
        });
        parameters.push(quote!(#name: #ty));
        names.push(name);
    }
    (signature, parameters, names)
}

fn child(resource: &Resource) -> TokenStream {
    let text = docs::attributes(&docs::resource(resource));
    let name = names::raw(resource.name());
    let class = names::resource(&resource.path);
    quote! {
        #text
        #[getter]
        fn #name(&self) -> resources::#class {
            resources::#class::new(Arc::clone(&self.shared))
        }
    }
}

/// A top-level resource with all below it.
pub(crate) fn file(api: &Api, resource: &Resource) -> TokenStream {
    let krate = provider_crate(api);
    let provider = ident(&api.provider.name);
    let title = format!(" {}", resource.doc);
    let classes = resource
        .walk()
        .into_iter()
        .map(|resource| class(api, resource));
    quote! {
        #![doc = #title]

        use std::sync::Arc;

        use pyo3::prelude::*;
        use #krate::Client;
        #[allow(unused_imports, reason = "not every resource takes an enum")]
        use #krate::models as api;

        #[allow(unused_imports, reason = "not every resource takes a model")]
        use crate::generated::#provider::models;
        #[allow(unused_imports, reason = "not every resource has one below it")]
        use crate::generated::#provider::resources;
        #[allow(unused_imports, reason = "not every resource takes arguments, has pages or waits")]
        use crate::{convert, convert::Given, errors, page, wait, wait::Pace};
        use crate::runtime::{Shared, guard};
        use crate::settings::{self, CallKeywords};
        use crate::values::IntoPython;

        #(#classes)*
    }
}

fn class(api: &Api, resource: &Resource) -> TokenStream {
    let name = names::resource(&resource.path);
    let module = format!("snapline.{}", api.provider.name);
    let text = docs::attributes(&docs::resource(resource));
    let shown = format!("<{module}.{name}>");
    let children = resource.children.iter().map(child);
    let methods = resource
        .methods
        .iter()
        .map(|method| call(api, resource, method));
    let waits = resource
        .waiters
        .iter()
        .map(|waiter| wait(api, resource, waiter));
    quote! {
        #text
        #[pyclass(frozen, module = #module)]
        pub(crate) struct #name {
            shared: Arc<Shared<Client>>,
        }

        impl #name {
            /// The resource of a client.
            pub(crate) fn new(shared: Arc<Shared<Client>>) -> Self {
                Self { shared }
            }
        }

        #[pymethods]
        impl #name {
            #(#children)*
            #(#methods)*
            #(#waits)*

            fn __repr__(&self) -> &'static str {
                #shown
            }
        }
    }
}

/// The way from the Rust client to a resource's handle.
fn handle(resource: &Resource) -> TokenStream {
    let steps = resource.path.iter().map(|name| ident(name));
    quote!(self.shared.client(py)?#(.#steps())*)
}

/// Arguments in a signature: what may stand without its name, then the rest.
pub(crate) fn ordered(params: &[Param]) -> (Vec<&Param>, Vec<&Param>) {
    params
        .iter()
        .partition(|param| arguments::positional(param))
}

fn signature(params: &[Param]) -> (Vec<TokenStream>, Vec<TokenStream>) {
    let (first, rest) = ordered(params);
    let entry = |param: &&Param| arguments::signature(&param.name, param.required, param.nullable);
    let mut signature: Vec<TokenStream> = first.iter().map(entry).collect();
    signature.push(quote!(*));
    signature.extend(rest.iter().map(entry));
    let parameters = first.iter().chain(&rest).map(|param| {
        let name = names::raw(&param.name);
        let ty = arguments::rust_type(param.required, param.nullable);
        quote!(#name: #ty)
    });
    (signature, parameters.collect())
}

/// The Rust builder with all arguments.
fn builder(api: &Api, resource: &Resource, name: &str, params: &[Param]) -> TokenStream {
    let handle = handle(resource);
    let name = ident(name);
    let required = params.iter().filter(|param| param.required).map(|param| {
        let argument = names::raw(&param.name);
        arguments::convert(
            api,
            &param.ty,
            param.nullable,
            &param.name,
            &quote!(#argument),
        )
    });
    let optional: Vec<&Param> = params.iter().filter(|param| !param.required).collect();
    let sets = optional.iter().map(|param| {
        let setter = ident(&param.name);
        arguments::if_given(
            api,
            &param.name,
            &param.ty,
            param.nullable,
            |value| quote!(builder = builder.#setter(#value);),
        )
    });
    let mutable = (!optional.is_empty()).then(|| quote!(mut));
    quote! {
        let #mutable builder = #handle.#name(#(#required),*);
        #(#sets)*
    }
}

fn call(api: &Api, resource: &Resource, method: &Method) -> TokenStream {
    let text = docs::attributes(&docs::method(api, method));
    let name = names::raw(&method.name);
    let (signature, parameters) = signature(&method.params);
    let (more_signature, more_parameters, more_values) = keywords(CALL_KEYWORDS);
    let builder = builder(api, resource, &method.name, &method.params);
    let send = match &method.returns {
        Returns::Page { pages, .. } => {
            let page = method.params.iter().find(|param| param.wire == pages.page);
            let page = ident(page.map_or(&pages.page, |param| &param.name));
            quote! {
                page::open(py, self.shared.engine(), builder.clone().send(), move |number| {
                    builder.clone().#page(number).send()
                })
            }
        }
        _ => quote!(
            self.shared
                .engine()
                .run(py, builder.send())?
                .into_python(py)
        ),
    };
    quote! {
        #text
        #[pyo3(signature = (#(#signature,)* #(#more_signature),*))]
        fn #name(&self, py: Python<'_>, #(#parameters,)* #(#more_parameters),*) -> PyResult<Py<PyAny>> {
            guard(|| {
                #builder
                let builder = builder.options(settings::call(&CallKeywords { #(#more_values),* })?);
                #send
            })
        }
    }
}

fn wait(api: &Api, resource: &Resource, waiter: &Waiter) -> TokenStream {
    let text = docs::attributes(&docs::waiter(waiter));
    let name = names::raw(&waiter.name);
    let (signature, parameters) = signature(&waiter.params);
    let (more_signature, more_parameters, more_values) = keywords(WAIT_KEYWORDS);
    let builder = builder(api, resource, &waiter.name, &waiter.params);
    let finish = if waiter.gone {
        quote!(found.map(|_| py.None()))
    } else {
        quote! {
            found?.map_or_else(|| Err(errors::nothing(py)), |object| object.into_python(py))
        }
    };
    quote! {
        #text
        #[pyo3(signature = (#(#signature,)* #(#more_signature),*))]
        fn #name(&self, py: Python<'_>, #(#parameters,)* #(#more_parameters),*) -> PyResult<Py<PyAny>> {
            guard(|| {
                #builder
                let pace = Pace { #(#more_values),* };
                let found = wait::run(py, self.shared.engine(), builder.waiter(), pace);
                #finish
            })
        }
    }
}
