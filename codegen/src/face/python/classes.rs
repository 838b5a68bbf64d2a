//! The client and the resources: for each a class with the methods, and one for each face that inherits them.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::view::{Argument, Call, Child, Provider, Resource};
use super::{arguments, docs, names};
use crate::emit::rust::{doc_inner, ident};
use crate::face::rust::names::steps;
use crate::ir::{self, Api, Form, Location};

/// `client.rs`.
pub(super) fn client(provider: &Provider<'_>) -> TokenStream {
    let credentials: Vec<Ident> = provider
        .credentials
        .iter()
        .map(|name| ident(name))
        .collect();
    let set = provider.credentials.iter().zip(&credentials);
    let set = set.map(|(text, name)| {
        quote! {
            if let Some(value) = #name {
                builder = builder.#name(convert::text(#text, value)?);
            }
        }
    });
    let class = &provider.client;
    let methods = format_ident!("{class}Methods");
    let private = format!("_{class}");
    let faces =
        [false, true].map(|awaited| face_of_client(provider, &methods, &credentials, awaited));
    let children = provider.children.iter().map(child);
    let text = docs::attributes(&docs::text(&format!("What both clients for {class} do.")));
    let raw = docs::attributes(&docs::raw());
    let with_options = docs::attributes(&docs::with_options());
    let rate_limit = docs::attributes(&docs::rate_limit());
    let request = docs::attributes(&docs::request());
    let close = docs::attributes(&docs::close());
    let plain = ident(class);
    let awaited = ident(&names::awaited(class));
    quote! {
        //! The clients.

        use super::*;
        use crate::asyncio::Call;
        use crate::generated::settings;
        use crate::response::RateLimit;
        use crate::prelude::resources::*;

        #text
        #[pyclass(frozen, subclass, weakref, name = #private, module = "snapline")]
        pub(crate) struct #methods(View<Client>);

        resource::faces! { #methods: #plain, #awaited }

        impl #methods {
            fn new(
                py: Python<'_>,
                face: Face,
                token: Option<&Bound<'_, PyAny>>,
                #(#credentials: Option<&Bound<'_, PyAny>>,)*
                options: Option<&Bound<'_, PyDict>>,
            ) -> PyResult<PyClassInitializer<Self>> {
                let settings = settings::client(py, #class, options)?;
                let mut builder = Client::builder().settings(settings);
                if let Some(token) = token {
                    builder = builder.token(convert::text("token", token)?);
                }
                #(#set)*
                let client = builder.build().map_err(|error| errors::raise(py, &error))?;
                Ok(Self(View::new(py, client, face)?).into())
            }
        }

        #[pymethods]
        impl #methods {
            #(#children)*

            #raw
            #[getter]
            fn with_raw_response(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
                Self::open(py, self.0.raw())
            }

            #with_options
            #[pyo3(signature = (**options))]
            fn with_options(&self, py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Py<PyAny>> {
                guard(|| Self::open(py, self.0.with(options)?))
            }

            #rate_limit
            #[getter]
            fn rate_limit(&self, py: Python<'_>) -> PyResult<Option<RateLimit>> {
                guard(|| Ok(self.0.client(py)?.rate_limit().map(RateLimit::from)))
            }

            #request
            #[pyo3(signature = (method, path, json = None, **options))]
            fn request(
                &self,
                py: Python<'_>,
                method: &Bound<'_, PyAny>,
                path: &Bound<'_, PyAny>,
                json: Option<&Bound<'_, PyAny>>,
                options: Option<&Bound<'_, PyDict>>,
            ) -> PyResult<Py<PyAny>> {
                guard(|| {
                    let client = self.0.client(py)?.clone();
                    let method = convert::text("method", method)?;
                    let path = convert::text("path", path)?;
                    let body = json.map(|json| convert::json("json", json)).transpose()?;
                    let options = self.0.options("request", options)?;
                    let call = async move { client.request(&method, &path, body, options).await };
                    self.0.call_raw(py, call)
                })
            }

            #close
            fn close(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
                guard(|| self.0.close(py, Client::close))
            }

            fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
                let end = if slf.get().0.is_closed() { ", closed" } else { "" };
                resource::repr(slf, end)
            }
        }

        #(#faces)*
    }
}

/// The class of one face: how a client is made, and how a block with one ends.
fn face_of_client(
    provider: &Provider<'_>,
    methods: &Ident,
    credentials: &[Ident],
    awaited: bool,
) -> TokenStream {
    let text = docs::attributes(&docs::client(provider.api, awaited));
    let (name, face) = if awaited {
        (names::awaited(&provider.client), quote!(Face::Async))
    } else {
        (provider.client.clone(), quote!(Face::Sync))
    };
    let name = ident(&name);
    let enter = if awaited {
        quote! {
            fn __aenter__(slf: Py<Self>) -> Call {
                Call::ready(Ok(slf.into_any()))
            }
        }
    } else {
        quote! {
            fn __enter__(slf: Py<Self>) -> Py<Self> {
                slf
            }
        }
    };
    let exit = ident(if awaited { "__aexit__" } else { "__exit__" });
    quote! {
        #text
        #[pyclass(frozen, extends = #methods, module = "snapline")]
        pub(crate) struct #name;

        #[pymethods]
        impl #name {
            #[new]
            #[pyo3(signature = (token = None, *, #(#credentials = None,)* **options))]
            fn new(
                py: Python<'_>,
                token: Option<&Bound<'_, PyAny>>,
                #(#credentials: Option<&Bound<'_, PyAny>>,)*
                options: Option<&Bound<'_, PyDict>>,
            ) -> PyResult<PyClassInitializer<Self>> {
                guard(|| {
                    let methods = #methods::new(py, #face, token, #(#credentials,)* options)?;
                    Ok(methods.add_subclass(Self))
                })
            }

            #enter

            #[pyo3(signature = (*_exception))]
            fn #exit(slf: &Bound<'_, Self>, _exception: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
                slf.as_super().get().close(slf.py())
            }
        }
    }
}

fn child(child: &Child<'_>) -> TokenStream {
    let text = docs::attributes(&docs::resource(child.resource));
    // PyO3 takes the word off a getter's name, also where it belongs to it.
    let function = format_ident!("get_{}", child.name);
    let methods = names::methods(&child.class);
    quote! {
        #text
        #[getter]
        fn #function(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
            resources::#methods::open(py, self.0.clone())
        }
    }
}

/// The classes of a top-level resource and all below it.
pub(super) fn resources(provider: &Provider<'_>, top: &ir::Resource) -> TokenStream {
    let title = doc_inner(&top.doc);
    let module = ident(provider.module);
    let own = provider.resources.iter();
    let own = own.filter(|resource| resource.resource.path.first() == top.path.first());
    let classes = own.map(|resource| classes(provider, resource));
    quote! {
        #title

        use crate::generated::#module::*;
        use crate::prelude::resources::*;

        #(#classes)*
    }
}

fn classes(provider: &Provider<'_>, resource: &Resource<'_>) -> TokenStream {
    let module = format!("snapline.{}", provider.module);
    let methods = names::methods(&resource.class);
    let private = format!("_{}", resource.class);
    let text = docs::attributes(&docs::resource(resource.resource));
    let class_text = docs::attributes(&docs::resource_class(resource.resource));
    let [plain, awaited] =
        [resource.class.clone(), names::awaited(&resource.class)].map(|name| ident(&name));
    let children = resource.children.iter().map(child);
    let calls = resource
        .calls
        .iter()
        .map(|one| call(provider.api, resource.resource, one));
    quote! {
        #text
        #[pyclass(frozen, subclass, name = #private, module = #module)]
        pub(crate) struct #methods(View<Client>);

        resource::faces! { #methods: #plain, #awaited }

        #class_text
        #[pyclass(frozen, extends = #methods, module = #module)]
        pub(crate) struct #plain;

        #class_text
        #[pyclass(frozen, extends = #methods, module = #module)]
        pub(crate) struct #awaited;

        #[pymethods]
        impl #methods {
            #(#children)*
            #(#calls)*

            fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
                resource::repr(slf, "")
            }
        }
    }
}

/// A method: arguments from Python into the Rust builder, and the builder on its way.
fn call(api: &Api, resource: &ir::Resource, call: &Call<'_>) -> TokenStream {
    let text = docs::attributes(&call.doc);
    let name = names::raw(&call.name);
    let (first, rest) = call.ordered();
    let place = |argument: &&Argument<'_>| {
        let name = names::raw(&argument.name);
        arguments::signature(&name, argument.param.required, argument.param.nullable)
    };
    let star = (!rest.is_empty()).then(|| quote!(*,));
    let (first_places, rest_places) = (first.iter().map(place), rest.iter().map(place));
    let parameters = first.iter().chain(&rest).map(|argument| {
        let name = names::raw(&argument.name);
        let ty = arguments::rust_type(argument.param.required, argument.param.nullable);
        quote!(#name: #ty)
    });
    let builder = builder(api, resource, call);
    let full = call.call.dotted();
    let send = match (call.call.is_wait(), call.gives_page()) {
        (true, _) => {
            let gone = call.call.form == Form::Nothing;
            quote!(wait::run(py, &self.0, #full, #gone, call.waiter(), options))
        }
        (false, pages) => {
            let send = match pages {
                false => quote!(self.0.call(py, call.send_raw())),
                true => quote!(page::open(py, &self.0, call, |call| call.send_raw())),
            };
            quote! {
                let call = call.options(self.0.options(#full, options)?);
                #send
            }
        }
    };
    quote! {
        #text
        #[pyo3(signature = (#(#first_places,)* #star #(#rest_places,)* **options))]
        fn #name(
            &self,
            py: Python<'_>,
            #(#parameters,)*
            options: Option<&Bound<'_, PyDict>>,
        ) -> PyResult<Py<PyAny>> {
            guard(|| {
                #builder
                #send
            })
        }
    }
}

/// The Rust builder with all arguments.
fn builder(api: &Api, resource: &ir::Resource, call: &Call<'_>) -> TokenStream {
    let steps = steps(&resource.path);
    let name = ident(&call.call.name);
    let all = call.arguments.iter();
    let (required, optional): (Vec<&Argument<'_>>, Vec<&Argument<'_>>) =
        all.partition(|argument| argument.param.required);
    let required = required.into_iter().map(|argument| {
        let (name, param) = (names::raw(&argument.name), argument.param);
        let value = arguments::convert(
            api,
            &param.ty,
            param.nullable,
            &argument.name,
            &quote!(#name),
        );
        if param.location == Location::Origin {
            quote!(&#value)
        } else {
            value
        }
    });
    let sets = optional.iter().map(|argument| {
        let param = argument.param;
        let setter = ident(&param.name);
        let set = |value| quote!(call = call.#setter(#value););
        arguments::if_given(api, &argument.name, &param.ty, param.nullable, set)
    });
    let mutable = (!optional.is_empty()).then(|| quote!(mut));
    quote! {
        let client = self.0.client(py)?;
        let #mutable call = client #(.#steps())*.#name(#(#required),*);
        #(#sets)*
    }
}
