//! The client, and a class for each resource with its calls and waits.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::emit::python::{
    CALL_KEYWORDS, CLIENT_KEYWORDS, Keyword, WAIT_KEYWORDS, arguments, docs, names, provider_crate,
};
use crate::emit::rust::{doc_inner, ident};
use crate::ir::{Api, Location, Param, RequestCall, Resource, Returns, WaitCall};

/// Which of the two faces a class is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// Methods wait for the result.
    Sync,
    /// Methods give something to await.
    Async,
}

impl Face {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Sync, Self::Async];

    /// A class's name in this face.
    pub(crate) fn class(self, name: &Ident) -> Ident {
        match self {
            Self::Sync => name.clone(),
            Self::Async => quote::format_ident!("Async{name}"),
        }
    }

    /// The module of the face's classes.
    pub(crate) fn module(self) -> Ident {
        match self {
            Self::Sync => ident("resources"),
            Self::Async => ident("resources_async"),
        }
    }
}

/// `client.rs`.
pub(crate) fn client(api: &Api) -> TokenStream {
    let krate = provider_crate(api);
    let provider = ident(&api.provider.name);
    let classes = Face::ALL.map(|face| client_class(api, face));
    let credentials = credential_idents(api);
    let given = credentials
        .iter()
        .map(|name| quote!(#name: Option<&Bound<'_, PyAny>>));
    let taken = credentials.iter().map(|name| {
        let text = name.to_string();
        quote! {
            if let Some(value) = #name {
                builder = builder.#name(convert::text(#text, value)?);
            }
        }
    });
    // As many as the provider has ways to authenticate.
    let many = (credentials.len() > 3).then(
        || quote!(#[allow(clippy::too_many_arguments, reason = "each is a keyword in Python")]),
    );
    quote! {
        //! The clients.

        use pyo3::prelude::*;
        use #krate::Client;

        use crate::asyncio::Call;
        use crate::generated::#provider::{resources, resources_async};
        use crate::response::{RateLimit, Response};
        use crate::runtime::{Face, View, guard, work};
        use crate::settings::{self, CallKeywords, ClientKeywords};
        use crate::values::IntoPython;
        use crate::{convert, errors};

        #many
        fn make(
            py: Python<'_>,
            token: Option<&Bound<'_, PyAny>>,
            #(#given,)*
            keywords: &ClientKeywords<'_, '_>,
            face: Face,
        ) -> PyResult<View<Client>> {
            let settings = settings::client(py, keywords)?;
            let mut builder = Client::builder().settings(settings);
            if let Some(token) = token {
                builder = builder.token(convert::text("token", token)?);
            }
            #(#taken)*
            let client = builder.build().map_err(|error| errors::raise(py, &error))?;
            View::new(py, client, face)
        }

        fn request(
            view: &View<Client>,
            py: Python<'_>,
            method: &Bound<'_, PyAny>,
            path: &Bound<'_, PyAny>,
            json: Option<&Bound<'_, PyAny>>,
            keywords: &CallKeywords<'_, '_>,
        ) -> PyResult<Py<PyAny>> {
            let client = view.client(py)?.clone();
            let method = convert::text("method", method)?;
            let path = convert::text("path", path)?;
            let body = json.map(|json| convert::json("json", json)).transpose()?;
            let options = view.options(keywords)?;
            let call = async move { client.request(&method, &path, body, options).await };
            let work = work(call, |py, response| {
                Response::with(py, response, |py, value| value.into_python(py))
            });
            view.deliver(py, work)
        }

        #(#classes)*
    }
}

/// The keywords of a client's constructor that show who it is, beside the token.
fn credential_idents(api: &Api) -> Vec<Ident> {
    let known = api.provider.credentials.iter();
    known.map(|known| ident(&known.name)).collect()
}

fn client_class(api: &Api, face: Face) -> TokenStream {
    let credentials = credential_idents(api);
    let name = face.class(&names::client(api));
    let text = docs::attributes(&docs::client(api, face));
    let (signature, parameters, values) = keywords(CLIENT_KEYWORDS);
    let (call_signature, call_parameters, call_values) = keywords(CALL_KEYWORDS);
    let children = api.resources.iter().map(|resource| child(resource, face));
    let request_text = docs::attributes(&docs::request());
    let raw_text = docs::attributes(&docs::raw());
    let options_text = docs::attributes(&docs::with_options());
    let close_text = docs::attributes(&docs::close());
    let shown = format!("<snapline.{name}>");
    let shown_closed = format!("<snapline.{name}, closed>");
    let variant = match face {
        Face::Sync => quote!(Face::Sync),
        Face::Async => quote!(Face::Async),
    };
    let end = match face {
        Face::Sync => quote! {
            #close_text
            fn close(&self) -> PyResult<()> {
                guard(|| {
                    self.view.close(Client::close);
                    Ok(())
                })
            }

            fn __enter__(slf: Py<Self>) -> Py<Self> {
                slf
            }

            #[pyo3(signature = (*_exception))]
            fn __exit__(&self, _exception: &Bound<'_, PyAny>) -> PyResult<()> {
                self.close()
            }
        },
        Face::Async => quote! {
            #close_text
            fn close(&self, py: Python<'_>) -> PyResult<Call> {
                guard(|| {
                    self.view.close(Client::close);
                    Ok(Call::ready(Ok(py.None())))
                })
            }

            fn __aenter__(slf: Py<Self>) -> Call {
                Call::ready(Ok(slf.into_any()))
            }

            #[pyo3(signature = (*_exception))]
            fn __aexit__(&self, py: Python<'_>, _exception: &Bound<'_, PyAny>) -> PyResult<Call> {
                self.close(py)
            }
        },
    };
    quote! {
        #text
        #[pyclass(frozen, weakref, module = "snapline")]
        pub(crate) struct #name {
            view: View<Client>,
        }

        #[pymethods]
        impl #name {
            #[new]
            #[pyo3(signature = (token = None, *, #(#credentials = None,)* #(#signature),*))]
            fn new(py: Python<'_>, token: Option<&Bound<'_, PyAny>>, #(#credentials: Option<&Bound<'_, PyAny>>,)* #(#parameters),*) -> PyResult<Self> {
                guard(|| {
                    let keywords = ClientKeywords { #(#values),* };
                    Ok(Self { view: make(py, token, #(#credentials,)* &keywords, #variant)? })
                })
            }

            #(#children)*

            #raw_text
            #[getter]
            fn with_raw_response(&self) -> Self {
                Self { view: self.view.raw() }
            }

            #options_text
            #[pyo3(signature = (*, #(#call_signature),*))]
            fn with_options(&self, #(#call_parameters),*) -> PyResult<Self> {
                guard(|| {
                    let keywords = CallKeywords { #(#call_values),* };
                    Ok(Self { view: self.view.with(&keywords)? })
                })
            }

            /// The rate limit as the last answer gave it.
            #[getter]
            fn rate_limit(&self, py: Python<'_>) -> PyResult<Option<RateLimit>> {
                guard(|| Ok(self.view.client(py)?.rate_limit().map(RateLimit::from)))
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
            ) -> PyResult<Py<PyAny>> {
                guard(|| request(&self.view, py, method, path, json, &CallKeywords { #(#call_values),* }))
            }

            #end

            fn __repr__(&self) -> &'static str {
                if self.view.is_closed() { #shown_closed } else { #shown }
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
        signature.push(match keyword {
            Keyword::Flag if *default == "True" => quote!(#name = true),
            Keyword::Flag => quote!(#name = false),
            Keyword::Optional(_) => quote!(#name = None),
        });
        parameters.push(quote!(#name: #ty));
        names.push(name);
    }
    (signature, parameters, names)
}

fn child(resource: &Resource, face: Face) -> TokenStream {
    let text = docs::attributes(&docs::resource(resource));
    let name = names::raw(resource.name());
    let class = face.class(&names::resource(&resource.path));
    let module = face.module();
    quote! {
        #text
        #[getter]
        fn #name(&self) -> #module::#class {
            #module::#class::new(&self.view)
        }
    }
}

/// The classes of a top-level resource and all below it, in one face.
pub(crate) fn file(api: &Api, resource: &Resource, face: Face) -> TokenStream {
    let krate = provider_crate(api);
    let provider = ident(&api.provider.name);
    let title = doc_inner(&resource.doc);
    let module = face.module();
    let classes = resource
        .walk()
        .into_iter()
        .map(|resource| class(api, resource, face));
    quote! {
        #title

        use pyo3::prelude::*;
        use #krate::Client;

        #[allow(unused_imports, reason = "not every resource has arguments with three states")]
        use crate::convert::Given;
        use crate::generated::#provider::calls;
        #[allow(unused_imports, reason = "not every resource has one below it")]
        use crate::generated::#provider::#module;
        use crate::runtime::{View, guard};
        use crate::settings::CallKeywords;
        #[allow(unused_imports, reason = "not every resource has waits")]
        use crate::wait::Pace;

        #(#classes)*
    }
}

/// The calls of a top-level resource and all below it, which both faces make.
pub(crate) fn calls(api: &Api, resource: &Resource) -> TokenStream {
    let krate = provider_crate(api);
    let provider = ident(&api.provider.name);
    let title = format!(" The calls of `{}`, for both faces.", resource.name());
    let functions = resource.walk().into_iter().map(|resource| {
        let calls = resource
            .requests()
            .map(|method| call(api, resource, method));
        let waits = resource.waits().map(|waiter| wait(api, resource, waiter));
        quote!(#(#calls)* #(#waits)*)
    });
    quote! {
        #![doc = #title]

        use pyo3::prelude::*;
        use #krate::Client;
        #[allow(unused_imports, reason = "not every resource takes an enum")]
        use #krate::models as api;

        #[allow(unused_imports, reason = "not every resource takes a model")]
        use crate::generated::#provider::models;
        #[allow(unused_imports, reason = "not every resource takes arguments, has pages or waits")]
        use crate::{convert, convert::Given, page, wait, wait::Pace};
        use crate::runtime::View;
        use crate::settings::CallKeywords;

        #(#functions)*
    }
}

/// The function of a call that both faces make: `nfs_snapshots_get`.
fn function(resource: &Resource, name: &str) -> Ident {
    let path = resource.path.join("_");
    ident(&format!("{path}_{name}"))
}

fn class(api: &Api, resource: &Resource, face: Face) -> TokenStream {
    let name = face.class(&names::resource(&resource.path));
    let module = format!("snapline.{}", api.provider.name);
    let text = docs::attributes(&docs::resource(resource));
    let shown = format!("<{module}.{name}>");
    let children = resource
        .children
        .iter()
        .map(|resource| child(resource, face));
    let methods = resource.requests().map(|method| {
        let text = docs::attributes(&docs::method(api, method, face));
        pass(
            resource,
            &method.call.name,
            &method.call.params,
            &text,
            (CALL_KEYWORDS, &ident("CallKeywords")),
        )
    });
    let waits = resource.waits().map(|waiter| {
        let text = docs::attributes(&docs::waiter(waiter));
        pass(
            resource,
            &waiter.call.name,
            &waiter.call.params,
            &text,
            (WAIT_KEYWORDS, &ident("Pace")),
        )
    });
    quote! {
        #text
        #[pyclass(frozen, module = #module)]
        pub(crate) struct #name {
            view: View<Client>,
        }

        impl #name {
            /// The resource of a client.
            pub(crate) fn new(view: &View<Client>) -> Self {
                Self { view: view.clone() }
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

/// A method that hands its arguments on to the call of both faces.
fn pass(
    resource: &Resource,
    name: &str,
    params: &[Param],
    text: &TokenStream,
    (keyword_list, bundle): (&[(&str, &str, Keyword)], &Ident),
) -> TokenStream {
    let method = names::raw(name);
    let function = function(resource, name);
    let (signature, parameters) = signature(params);
    let arguments = argument_names(params);
    let (more_signature, more_parameters, more_values) = keywords(keyword_list);
    quote! {
        #text
        #[pyo3(signature = (#(#signature,)* #(#more_signature),*))]
        fn #method(&self, py: Python<'_>, #(#parameters,)* #(#more_parameters),*) -> PyResult<Py<PyAny>> {
            guard(|| {
                let keywords = #bundle { #(#more_values),* };
                calls::#function(&self.view, py, #(#arguments,)* &keywords)
            })
        }
    }
}

/// The way from the Rust client to a resource's handle.
fn handle(resource: &Resource) -> TokenStream {
    let steps = resource.path.iter().map(|name| ident(name));
    quote!(view.client(py)?#(.#steps())*)
}

fn argument_names(params: &[Param]) -> Vec<Ident> {
    let (first, rest) = ordered(params);
    let all = first.iter().chain(&rest);
    all.map(|param| names::raw(&param.name)).collect()
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
        let value = arguments::convert(
            api,
            &param.ty,
            param.nullable,
            &param.name,
            &quote!(#argument),
        );
        if param.location == Location::Origin {
            quote!(&#value)
        } else {
            value
        }
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

fn call(api: &Api, resource: &Resource, method: RequestCall<'_>) -> TokenStream {
    let title = format!(" `{}.{}`", resource.path.join("."), method.name);
    let name = function(resource, &method.call.name);
    let (_, parameters) = signature(&method.call.params);
    let builder = builder(api, resource, &method.call.name, &method.call.params);
    let send = match &method.request.returns {
        Returns::Page { pages, .. } => {
            let page = method.params.iter().find(|param| param.wire == pages.page);
            let page = ident(page.map_or(&pages.page, |param| &param.name));
            quote! {
                let again = builder.clone();
                page::open(
                    py,
                    view,
                    move || builder.clone().send_raw(),
                    move |number| again.clone().#page(number).send_raw(),
                )
            }
        }
        _ => quote!(view.call(py, builder.send_raw())),
    };
    quote! {
        #[doc = #title]
        pub(crate) fn #name(
            view: &View<Client>,
            py: Python<'_>,
            #(#parameters,)*
            keywords: &CallKeywords<'_, '_>,
        ) -> PyResult<Py<PyAny>> {
            #builder
            let builder = builder.options(view.options(keywords)?);
            #send
        }
    }
}

fn wait(api: &Api, resource: &Resource, waiter: WaitCall<'_>) -> TokenStream {
    let title = format!(" `{}.{}`", resource.path.join("."), waiter.name);
    let shown = format!("{}.{}", resource.path.join("."), waiter.name);
    let name = function(resource, &waiter.call.name);
    let (_, parameters) = signature(&waiter.call.params);
    let builder = builder(api, resource, &waiter.call.name, &waiter.call.params);
    let gone = waiter.wait.gone;
    quote! {
        #[doc = #title]
        pub(crate) fn #name(
            view: &View<Client>,
            py: Python<'_>,
            #(#parameters,)*
            pace: &Pace<'_, '_>,
        ) -> PyResult<Py<PyAny>> {
            #builder
            wait::run(py, view, #shown, #gone, builder.waiter(), pace)
        }
    }
}
