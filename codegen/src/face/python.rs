//! The Python face: the extension's classes over the Rust crates, and the package with its stubs around them.
//!
//! What all classes do alike is by hand in `bindings/python/src`; here is only what differs.

mod arguments;
mod classes;
mod docs;
mod models;
mod names;
pub(crate) mod sample;
mod settings;
mod sources;
mod types;
pub(crate) mod view;

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use crate::emit::rust::{format, ident, module_file};
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::Api;

use view::Provider;

/// Where the generated Rust goes.
const FOLDER: &str = "bindings/python/src/generated";

/// Writes a provider's folders of the extension and of the package.
pub(crate) fn emit(api: &Api) -> Result<FileSet> {
    let provider = Provider::new(api);
    let mut files = FileSet::default();
    let mut add = |name: &str, tokens: TokenStream| -> Result<()> {
        let path = format!("{FOLDER}/{}/{name}.rs", provider.module);
        files.add(path.clone(), format(&path, tokens)?);
        Ok(())
    };
    add("mod", module(&provider))?;
    add("client", classes::client(&provider))?;
    add("models", models::models(&provider))?;
    add("values", models::values(&provider))?;
    for top in &provider.children {
        let name = format!("resources/{}", module_file(top.resource.name()));
        add(&name, classes::resources(&provider, top.resource))?;
    }
    add("resources/mod", index_of(&provider))?;
    files.merge(sources::provider(&provider)?);
    Ok(files)
}

/// Writes what spans providers.
pub(crate) fn index(apis: &[Api]) -> Result<FileSet> {
    let names: Vec<&str> = apis.iter().map(|api| &*api.provider.name).collect();
    let modules: Vec<Ident> = names.iter().map(|name| ident(name)).collect();
    let tokens = quote! {
        //! The classes of each provider and of errors, and the keywords of every call.

        pub(crate) mod errors;
        pub(crate) mod settings;
        #(#[cfg(feature = #names)] mod #modules;)*

        use pyo3::prelude::*;

        /// Adds each provider's classes, in a module of its own.
        pub(crate) fn register(py: Python<'_>, parent: &Bound<'_, PyModule>) -> PyResult<()> {
            #(#[cfg(feature = #names)] #modules::register(py, parent)?;)*
            Ok(())
        }
    };
    let mut files = FileSet::default();
    for (name, tokens) in [("mod", tokens), ("settings", settings::settings())] {
        let path = format!("{FOLDER}/{name}.rs");
        files.add(path.clone(), format(&path, tokens)?);
    }
    files.merge(sources::index(apis)?);
    Ok(files)
}

fn module(provider: &Provider<'_>) -> TokenStream {
    let name = provider.module;
    let krate = format_ident!("snapline_{name}");
    let title = format!(" The classes of {}.", provider.client);
    let full = format!("snapline._native.{name}");
    let models = provider.models.iter().map(|model| ident(&model.class));
    let classes = provider.resources.iter().flat_map(|resource| {
        [
            ident(&resource.class),
            ident(&names::awaited(&resource.class)),
        ]
    });
    let clients = [
        ident(&provider.client),
        ident(&names::awaited(&provider.client)),
    ];
    quote! {
        #![doc = #title]

        mod client;
        mod models;
        mod resources;
        mod values;

        use pyo3::prelude::*;
        #[allow(unused_imports, reason = "not every provider has objects or enums")]
        use #krate::models as api;
        use #krate::Client;

        #[allow(unused_imports, reason = "not every provider has objects")]
        use crate::model;

        /// Adds the classes, in a module that can be imported by its full name.
        pub(crate) fn register(py: Python<'_>, parent: &Bound<'_, PyModule>) -> PyResult<()> {
            let module = PyModule::new(py, #full)?;
            #(module.add_class::<client::#clients>()?;)*
            #(module.add_class::<resources::#classes>()?;)*
            #(model::register::<models::#models>(&module)?;)*
            // Every name is there to be used; the stub needs no list of them.
            module.delattr("__all__")?;
            parent.add(#name, &module)?;
            py.import("sys")?.getattr("modules")?.set_item(module.name()?, module)
        }
    }
}

fn index_of(provider: &Provider<'_>) -> TokenStream {
    let modules = provider.children.iter();
    let modules: Vec<Ident> = modules.map(|top| ident(top.resource.name())).collect();
    quote! {
        //! A class for each resource, and one for each face of it.

        #(mod #modules;)*

        #(pub(crate) use #modules::*;)*
    }
}
