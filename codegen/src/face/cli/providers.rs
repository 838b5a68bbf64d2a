//! The list of providers: each behind its feature, with what makes a client of it.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::emit::rust::ident;
use crate::ir::Api;

/// `generated/mod.rs`.
pub(super) fn index(apis: &[Api]) -> TokenStream {
    let modules = apis.iter().map(|api| {
        let name = &api.provider.name;
        let module = ident(name);
        let client = format_ident!("{name}_client");
        let krate = format_ident!("snapline_{name}");
        let known = api.provider.credentials.iter().map(|known| known.name.as_str());
        let arms = std::iter::once("token").chain(known).map(|name| {
            let setter = ident(name);
            quote!(#name => builder.#setter(value),)
        });
        quote! {
            #[cfg(feature = #name)]
            mod #module;

            #[cfg(feature = #name)]
            mod #client {
                use #krate::Client;
                use snapline_runtime::{Core, Error, Operation, Settings};

                /// A client with the credentials given, each by its name.
                pub(super) fn connect(given: Vec<(&str, String)>, settings: Settings) -> Result<Core, Error> {
                    let mut builder = Client::builder().settings(settings);
                    for (name, value) in given {
                        builder = match name {
                            #(#arms)*
                            _ => return Err(Error::internal(format!("`{name}` is no credential"))),
                        };
                    }
                    Ok(builder.build()?.core().clone())
                }

                pub(super) fn operations() -> &'static [&'static Operation] {
                    Client::operations()
                }
            }
        }
    });
    let tables = apis.iter().map(|api| {
        let name = &api.provider.name;
        let module = ident(name);
        quote! {
            #[cfg(feature = #name)]
            &#module::API
        }
    });
    quote! {
        //! The providers that the program was built for.

        use crate::table::Api;

        #(#modules)*

        pub(crate) mod settings;

        /// The table of each.
        pub(crate) static APIS: &[&Api] = &[#(#tables),*];
    }
}
