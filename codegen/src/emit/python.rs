//! The Python face in Rust: a class for each client, resource and model, over the Rust crates.
//!
//! What the classes share is by hand in `bindings/python/src`; here is only what differs.

mod arguments;
pub(crate) mod docs;
pub(crate) mod models;
pub(crate) mod names;
pub(crate) mod resources;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::emit::rust::{format, ident};
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::{Api, Model};

use resources::Face;

/// Where the generated Rust goes.
const FOLDER: &str = "bindings/python/src/generated";

/// A keyword that every call takes beside its own arguments: name, default and type in Rust.
pub(crate) const CALL_KEYWORDS: &[(&str, &str, Keyword)] = &[
    ("timeout", "None", Keyword::Optional("float")),
    ("attempt_timeout", "None", Keyword::Optional("float")),
    ("max_attempts", "None", Keyword::Optional("int")),
    ("backoff_base", "None", Keyword::Optional("float")),
    ("backoff_cap", "None", Keyword::Optional("float")),
    ("max_retry_after", "None", Keyword::Optional("float")),
    ("max_body_bytes", "None", Keyword::Optional("int")),
    (
        "extra_headers",
        "None",
        Keyword::Optional("Mapping[str, str]"),
    ),
    (
        "extra_query",
        "None",
        Keyword::Optional("Mapping[str, str]"),
    ),
    ("retry_post", "None", Keyword::Optional("bool")),
    ("strict", "None", Keyword::Optional("bool")),
    ("pacing", "None", Keyword::Optional("bool")),
    ("check_bounds", "None", Keyword::Optional("bool")),
];

/// A keyword that every client takes beside its credentials.
pub(crate) const CLIENT_KEYWORDS: &[(&str, &str, Keyword)] = &[
    ("base_url", "None", Keyword::Optional("str")),
    ("timeout", "None", Keyword::Optional("float")),
    ("attempt_timeout", "None", Keyword::Optional("float")),
    ("connect_timeout", "None", Keyword::Optional("float")),
    ("max_attempts", "None", Keyword::Optional("int")),
    ("backoff_base", "None", Keyword::Optional("float")),
    ("backoff_cap", "None", Keyword::Optional("float")),
    ("max_retry_after", "None", Keyword::Optional("float")),
    ("max_body_bytes", "None", Keyword::Optional("int")),
    ("allow_insecure", "False", Keyword::Flag),
    ("strict", "False", Keyword::Flag),
    ("pacing", "False", Keyword::Flag),
    ("check_bounds", "True", Keyword::Flag),
    ("retry_budget", "None", Keyword::Optional("int")),
    ("ca_file", "None", Keyword::Optional("str | PathLike[str]")),
    ("proxy", "None", Keyword::Optional("str")),
    ("no_proxy", "None", Keyword::Optional("str")),
    ("user_agent", "None", Keyword::Optional("str")),
    ("headers", "None", Keyword::Optional("Mapping[str, str]")),
];

/// A keyword that every wait takes.
pub(crate) const WAIT_KEYWORDS: &[(&str, &str, Keyword)] = &[
    ("timeout", "None", Keyword::Optional("float")),
    ("first_interval", "None", Keyword::Optional("float")),
    ("max_interval", "None", Keyword::Optional("float")),
    ("not_found_grace", "None", Keyword::Optional("float")),
    (
        "on_poll",
        "None",
        Keyword::Optional("Callable[[Poll], object]"),
    ),
    ("progress", "False", Keyword::Flag),
];

/// What a keyword takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keyword {
    /// True or false.
    Flag,
    /// This type, or nothing.
    Optional(&'static str),
}

impl Keyword {
    fn rust(self) -> TokenStream {
        match self {
            Self::Flag => quote!(bool),
            Self::Optional(_) => quote!(Option<&Bound<'_, PyAny>>),
        }
    }

    /// Its type in a stub.
    pub(crate) fn stub(self) -> String {
        match self {
            Self::Flag => "bool".to_owned(),
            Self::Optional(ty) => format!("{ty} | None"),
        }
    }
}

/// The models that users see.
pub(crate) fn visible(api: &Api) -> impl Iterator<Item = &Model> {
    api.models
        .iter()
        .filter(|model| !model.envelope && (model.received || model.sent))
}

/// Writes a provider's folder below `bindings/python/src/generated`.
pub fn emit(api: &Api) -> Result<FileSet> {
    names::check(api)?;
    let mut files = FileSet::default();
    let folder = format!("{FOLDER}/{}", api.provider.name);
    let mut add = |name: &str, tokens: TokenStream| -> Result<()> {
        let path = format!("{folder}/{name}.rs");
        files.add(path.clone(), format(&path, tokens)?);
        Ok(())
    };
    add("mod", module(api))?;
    add("client", resources::client(api))?;
    add("models", models::models(api))?;
    add("values", models::values(api))?;
    for resource in &api.resources {
        let name = resource.name();
        add(&format!("calls/{name}"), resources::calls(api, resource))?;
        for face in Face::ALL {
            let tokens = resources::file(api, resource, face);
            add(&format!("{}/{name}", face.module()), tokens)?;
        }
    }
    add("calls/mod", index_of(api, " The calls of each resource."))?;
    for face in Face::ALL {
        let path = format!("{}/mod", face.module());
        add(&path, index_of(api, " A class for each resource."))?;
    }
    Ok(files)
}

/// Writes `bindings/python/src/generated/mod.rs`, the way to each provider.
pub fn index(apis: &[Api]) -> Result<FileSet> {
    let modules: Vec<Ident> = apis.iter().map(|api| ident(&api.provider.name)).collect();
    let tokens = quote! {
        //! The classes of each provider, and of errors.

        pub(crate) mod errors;
        #(mod #modules;)*

        use pyo3::prelude::*;

        /// Adds each provider's classes, in a module of its own.
        pub(crate) fn register(py: Python<'_>, parent: &Bound<'_, PyModule>) -> PyResult<()> {
            #(#modules::register(py, parent)?;)*
            Ok(())
        }
    };
    let mut files = FileSet::default();
    let path = format!("{FOLDER}/mod.rs");
    files.add(path.clone(), format(&path, tokens)?);
    Ok(files)
}

fn module(api: &Api) -> TokenStream {
    let provider = &api.provider.name;
    let title = format!(" The classes of {}.", api.provider.client);
    let full = format!("snapline._native.{provider}");
    let full_async = format!("{full}_async");
    let provider_async = format!("{provider}_async");
    let models = visible(api).map(|model| names::class(&model.name));
    let resources = api.all_resources();
    let classes = Face::ALL.map(|face| {
        let client = face.class(&names::client(api));
        let module = face.module();
        let resources = resources
            .iter()
            .map(|resource| face.class(&names::resource(&resource.path)));
        quote! {
            module.add_class::<client::#client>()?;
            #(module.add_class::<#module::#resources>()?;)*
        }
    });
    let [plain, awaited] = classes;
    quote! {
        #![doc = #title]

        mod calls;
        mod client;
        mod models;
        mod resources;
        mod resources_async;
        mod values;

        use pyo3::prelude::*;

        /// Adds the classes, in modules that can be imported by their full names.
        pub(crate) fn register(py: Python<'_>, parent: &Bound<'_, PyModule>) -> PyResult<()> {
            let module = PyModule::new(py, #full)?;
            #plain
            #(module.add_class::<models::#models>()?;)*
            finish(py, parent, #provider, module)?;
            let module = PyModule::new(py, #full_async)?;
            #awaited
            finish(py, parent, #provider_async, module)
        }

        fn finish(
            py: Python<'_>,
            parent: &Bound<'_, PyModule>,
            name: &str,
            module: Bound<'_, PyModule>,
        ) -> PyResult<()> {
            // Every name is there to be used; the stub needs no list of them.
            module.delattr("__all__")?;
            parent.add(name, &module)?;
            py.import("sys")?.getattr("modules")?.set_item(module.name()?, module)
        }
    }
}

fn index_of(api: &Api, title: &str) -> TokenStream {
    let modules: Vec<Ident> = api
        .resources
        .iter()
        .map(|resource| ident(resource.name()))
        .collect();
    quote! {
        #![doc = #title]

        #(mod #modules;)*

        #(pub(crate) use #modules::*;)*
    }
}

/// The crate of a provider.
fn provider_crate(api: &Api) -> Ident {
    format_ident!("snapline_{}", api.provider.name)
}
