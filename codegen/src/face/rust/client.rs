//! The client of a provider's crate, its builder, and the hook that hands requests to the runtime.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::{doc, format, ident};
use crate::error::Result;
use crate::face::rust::examples;
use crate::file_set::FileSet;
use crate::ir::{Api, Credential, Provider, TokenPlace, words};

/// What the templates below show of a provider.
struct View {
    /// Of the client.
    title: String,
    /// Of `from_env`, where a token is all that is needed.
    from_env: String,
    /// Of the builder, where the crate has an `auth.rs` by hand.
    authentication: Option<String>,
    /// One setter each, the token's first.
    setters: Vec<Setter>,
    /// Where a request has the token.
    token_place: TokenPlace,
}

struct Setter {
    name: String,
    doc: String,
}

impl View {
    fn new(provider: &Provider) -> Self {
        let variables: Vec<String> = provider.token_variables.iter().map(ticked).collect();
        let token = match variables.as_slice() {
            [] => "The token, which is needed.".to_owned(),
            all => format!("The token, else {}.", all.join(", else ")),
        };
        let token = format!("{token}{}", words::of_token(provider));
        let credentials = provider.credentials.iter().map(|credential| Setter {
            name: credential.name.clone(),
            doc: credential_doc(credential),
        });
        let token = Setter {
            name: "token".to_owned(),
            doc: token,
        };
        Self {
            title: format!(
                "A client for {}. Cheap to clone; a clone shares connections, credentials and limits.",
                provider.client
            ),
            from_env: match variables.as_slice() {
                [] => "Fails: the token is to be passed.".to_owned(),
                all => format!("A client with the token from {}.", all.join(", else ")),
            },
            authentication: provider.authentication.clone(),
            setters: std::iter::once(token).chain(credentials).collect(),
            token_place: provider.token_place.clone(),
        }
    }
}

fn ticked(name: &String) -> String {
    format!("`{name}`")
}

fn credential_doc(credential: &Credential) -> String {
    let text = credential.doc.trim_end_matches('.');
    format!("{text}; else `{}`.", credential.variable)
}

/// Writes `entry.rs` of a provider crate's `src/generated`.
pub(crate) fn emit(api: &Api, folder: &str) -> Result<FileSet> {
    let mut files = FileSet::default();
    let path = format!("{folder}/entry.rs");
    let tokens = entry(&View::new(&api.provider));
    files.add(path.clone(), format(&path, tokens)?);
    files.merge(examples::of_client(api, folder));
    Ok(files)
}

fn entry(view: &View) -> TokenStream {
    let title = doc(&view.title);
    let from_env = match view.authentication {
        Some(_) => quote! {
            /// A client with the credentials that are found where [`ClientBuilder`] says.
        },
        None => doc(&view.from_env),
    };
    let authentication = view.authentication.iter().map(|text| {
        let text = doc(text);
        quote!(#[doc = ""] #text)
    });
    let setters = view.setters.iter().map(setter);
    let (uses, authorize) = authorize(view);
    let client_example = examples::of_own("Client");
    let builder_example = examples::of_own("ClientBuilder");
    quote! {
        //! The client and its builder (B1).

        #uses

        #title
        #client_example
        #[derive(Clone, Debug)]
        pub struct Client {
            core: Core,
        }

        impl Client {
            #from_env
            ///
            /// # Errors
            /// Kind `config` when there are no credentials, or a setting does not fit.
            pub fn from_env() -> Result<Self, Error> {
                Self::builder().build()
            }

            /// Sets up a client.
            pub fn builder() -> ClientBuilder {
                ClientBuilder::default()
            }

            /// Sends any method and path with the same authentication, retries and errors (B15).
            ///
            /// # Errors
            /// As any call; the answer must be JSON or empty.
            pub async fn request(
                &self,
                method: &str,
                path: &str,
                body: Option<serde_json::Value>,
                options: CallOptions,
            ) -> Result<Response<serde_json::Value>, Error> {
                self.core.request(method, path, body, options).await
            }

            /// The rate limit as the last answer gave it.
            #[must_use]
            pub fn rate_limit(&self) -> Option<RateLimit> {
                self.core.rate_limit()
            }

            /// Ends the client's background work; every later call fails with kind `closed`.
            pub fn close(&self) {
                self.core.close();
            }

            /// What all calls of this client share, for calls whose names come at run time.
            #[doc(hidden)]
            #[must_use]
            pub fn core(&self) -> &Core {
                &self.core
            }

            /// Every operation that such a call may send.
            #[doc(hidden)]
            #[must_use]
            pub fn operations() -> &'static [&'static Operation] {
                operations::ALL
            }
        }

        /// Settings of a [`Client`] before it is built.
        #(#authentication)*
        #builder_example
        #[derive(Clone, Debug, Default)]
        #[must_use = "call `build` to get a client"]
        pub struct ClientBuilder {
            credentials: Credentials,
            settings: Settings,
        }

        impl ClientBuilder {
            #(#setters)*

            /// All settings at once, in place of those set so far.
            pub fn settings(mut self, settings: Settings) -> Self {
                self.settings = settings;
                self
            }

            /// Builds the client. Nothing is sent.
            ///
            /// # Errors
            /// Kind `config` when there are no credentials, or a setting does not fit.
            pub fn build(self) -> Result<Client, Error> {
                #authorize
                Ok(Client { core: Core::new(&PROVIDER, authorize, settings)? })
            }
        }

        forward_settings!(ClientBuilder, settings);
    }
}

fn setter(setter: &Setter) -> TokenStream {
    let Setter { name, doc: text } = setter;
    let (text, ident) = (doc(text), ident(name));
    quote! {
        #text
        pub fn #ident(mut self, #ident: impl Into<String>) -> Self {
            self.credentials.set(#name, #ident);
            self
        }
    }
}

/// What is used, and how `build` comes to `authorize` and `settings`.
fn authorize(view: &View) -> (TokenStream, TokenStream) {
    if view.authentication.is_some() {
        return (
            quote! {
                use snapline_runtime::{
                    CallOptions, Core, Credentials, Error, Operation, RateLimit, Response, Settings,
                    forward_settings,
                };

                use crate::auth;
                use crate::generated::operations::{self, PROVIDER};
            },
            quote! {
                let mut settings = self.settings;
                let authorize = auth::authorize(&self.credentials, &mut settings)?;
            },
        );
    }
    let (header, bearer) = match view.token_place {
        TokenPlace::Bearer => (quote!(), quote!(Bearer::new(token)?)),
        TokenPlace::Basic => (quote!(), quote!(Bearer::basic(token)?)),
        TokenPlace::Header(_) => (
            quote!(TOKEN_HEADER,),
            quote!(Bearer::in_header(TOKEN_HEADER, token)?),
        ),
    };
    (
        quote! {
            use std::sync::Arc;

            use snapline_runtime::{
                Bearer, CallOptions, Core, Credentials, Error, Operation, RateLimit, Response, Settings,
                forward_settings,
            };

            use crate::generated::operations::{self, PROVIDER, #header TOKEN_VARIABLES};
        },
        quote! {
            let token = self.credentials.token(TOKEN_VARIABLES)?;
            let authorize = Arc::new(#bearer);
            let settings = self.settings;
        },
    )
}
