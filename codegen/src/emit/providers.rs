//! The lists of providers: what each crate that has them as features takes in.

use quote::{format_ident, quote};

use crate::emit::rust::{format, ident};
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::Api;

/// Writes the lists.
pub fn emit(apis: &[Api]) -> Result<FileSet> {
    let mut files = FileSet::default();
    let path = "crates/mock/src/generated/mod.rs";
    files.add(path, mock(apis, path)?);
    let path = "crates/snapline/src/generated/mod.rs";
    files.add(path, umbrella(apis, path)?);
    Ok(files)
}

/// The modules of the mock, each behind its feature, and a service of each.
fn mock(apis: &[Api], path: &str) -> Result<String> {
    let modules = apis.iter().map(|api| {
        let name = &api.provider.name;
        let module = ident(name);
        let file = format!("../{name}/mod.rs");
        quote! {
            #[cfg(feature = #name)]
            #[path = #file]
            pub mod #module;
        }
    });
    let services = apis.iter().map(|api| {
        let name = &api.provider.name;
        let module = ident(name);
        quote! {
            #[cfg(feature = #name)]
            #module::service
        }
    });
    let tokens = quote! {
        //! The providers that this crate was built for.

        use crate::provider::Make;

        #(#modules)*

        /// What makes a service of each.
        pub(crate) const PROVIDERS: &[Make] = &[#(#services),*];
    };
    format(path, tokens)
}

/// The crates that `snapline` has as modules, each behind its feature.
fn umbrella(apis: &[Api], path: &str) -> Result<String> {
    let uses = apis.iter().map(|api| {
        let name = &api.provider.name;
        let krate = format_ident!("snapline_{name}");
        let module = ident(name);
        quote! {
            #[cfg(feature = #name)]
            #[doc(inline)]
            pub use #krate as #module;
        }
    });
    let tokens = quote! {
        //! The providers that this crate was built for.

        #(#uses)*
    };
    format(path, tokens)
}
