//! The runtime's structs of settings and options, out of the tables that every language has.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::emit::rust::{self, const_ident, doc, ident};
use crate::error::Result;
use crate::face::rust::examples;
use crate::file_set::FileSet;
use crate::surface::{CALL, CLIENT, Kind, Setting, Value, WAIT};

/// Writes the generated part of the runtime.
pub(crate) fn emit() -> Result<FileSet> {
    let mut files = FileSet::default();
    let index = quote! {
        //! What follows from the table of settings, which every language has.

        pub(crate) mod settings;
    };
    for (name, example) in EXAMPLES {
        let path = format!("crates/runtime/src/generated/examples/{name}.md");
        files.add(path, examples::How::Runs.written(example));
    }
    for (name, tokens) in [("mod", index), ("settings", file())] {
        let path = format!("crates/runtime/src/generated/{name}.rs");
        files.add(path.clone(), rust::format(&path, tokens)?);
    }
    Ok(files)
}

/// How settings are put together, by the struct that holds them.
const EXAMPLES: [(&str, &str); 3] = [
    (
        "Settings",
        r#"use std::time::Duration;

use snapline_runtime::Settings;

let settings = Settings::default().timeout(Duration::from_secs(60)).max_attempts(2);
println!("{settings:?}");"#,
    ),
    (
        "CallOptions",
        r#"use std::time::Duration;

use snapline_runtime::CallOptions;

let options = CallOptions::default().timeout(Duration::from_secs(20)).header("x-change", "4711");
println!("{options:?}");"#,
    ),
    (
        "WaitOptions",
        r#"use std::time::Duration;

use snapline_runtime::WaitOptions;

let options = WaitOptions::default()
    .timeout(Duration::from_secs(1800))
    .max_interval(Duration::from_secs(30));
println!("{options:?}");"#,
    ),
];

fn file() -> TokenStream {
    let settings = structure(
        "Settings",
        "The settings of a client. What is left out takes the default named at its setter.",
        CLIENT,
        &quote!(pub(crate) language: Option<(&'static str, String)>, pub(crate) hooks: Hooks),
    );
    let call = structure(
        "CallOptions",
        "What a caller can set for one call. What is left out is as set on the client.",
        CALL,
        // A waiter's time left: a bound on top of whatever timeout holds. And whether a client that is closed still
        // sends it.
        &quote!(pub(crate) at_most: Option<Duration>, pub(crate) past_close: bool),
    );
    let wait = wait_options();
    let defaults = CLIENT.iter().chain(WAIT).filter_map(default);
    let forwarded = forwarded_to(CLIENT, &quote!(settings));
    let forwarded_wait = forwarded_to(WAIT, &quote!(wait_options));
    quote! {
        //! What a caller can set on a client, on one call and on a wait.

        use std::fmt;
        use std::path::PathBuf;
        use std::time::Duration;

        use crate::address::without_userinfo;
        use crate::hook::Hooks;

        #settings
        #call
        #wait

        /// Shows the names of pairs, never their values.
        struct Names<'a>(&'a [(String, String)]);

        impl fmt::Debug for Names<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
            }
        }

        /// What holds where nothing is set.
        pub(crate) mod default {
            use std::time::Duration;

            #(#defaults)*
        }

        /// The setters of [`Settings`](crate::Settings), for an `impl` of what has a field `settings`.
        #[macro_export]
        macro_rules! settings_setters {
            () => { #forwarded };
        }

        /// The setters of [`WaitOptions`](crate::WaitOptions), for an `impl` of what has a field `wait_options`.
        #[macro_export]
        macro_rules! wait_setters {
            () => { #forwarded_wait };
        }
    }
}

/// A struct of settings with its setters.
fn structure(name: &str, text: &str, settings: &[Setting], more: &TokenStream) -> TokenStream {
    let (text, example) = (doc(text), examples::of_type(name));
    let shown = settings.iter().map(|setting| {
        let (name, field) = (setting.member(), setting.field());
        match setting.kind {
            Kind::Pairs => quote!(.field(#name, &Names(&self.#field))),
            // A URL can hold a password.
            Kind::Text => quote!(.field(#name, &self.#field.as_deref().map(without_userinfo))),
            _ => quote!(.field(#name, &self.#field)),
        }
    });
    let fields = settings.iter().map(|setting| {
        let (field, ty) = (setting.field(), setting.kept());
        quote!(pub(crate) #field: #ty)
    });
    let setters = settings.iter().map(setter);
    let ident = format_ident!("{name}");
    quote! {
        #text
        #example
        #[derive(Clone, Default)]
        pub struct #ident {
            #(#fields,)*
            #more,
        }

        impl #ident {
            #(#setters)*
        }

        impl fmt::Debug for #ident {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(#name)#(#shown)*.finish_non_exhaustive()
            }
        }
    }
}

fn wait_options() -> TokenStream {
    let fields = WAIT.iter().map(|setting| {
        let (text, field) = (doc(&setting.sentence()), setting.field());
        quote!(#text pub #field: Option<Duration>)
    });
    let names: Vec<_> = WAIT.iter().map(Setting::field).collect();
    let setters = WAIT.iter().map(setter);
    let example = examples::of_type("WaitOptions");
    quote! {
        /// How long and how often a wait polls. What is left out is as the wait has it.
        #example
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct WaitOptions {
            #(#fields,)*
        }

        impl WaitOptions {
            #(#setters)*

            /// What is set here, and else what is set in `other`.
            #[must_use]
            pub fn or(self, other: Self) -> Self {
                Self {
                    #(#names: self.#names.or(other.#names),)*
                }
            }
        }
    }
}

fn setter(setting: &Setting) -> TokenStream {
    let (text, name, field) = (
        doc(&setting.sentence()),
        ident(setting.name),
        setting.field(),
    );
    let (arguments, _) = arguments(setting);
    let set = match setting.kind {
        Kind::Pairs => quote!(self.#field.push((name.into(), value.into()))),
        Kind::Text | Kind::Path => quote!(self.#field = Some(#name.into())),
        Kind::Flag if setting.is_plain() => quote!(self.#field = #name),
        _ => quote!(self.#field = Some(#name)),
    };
    quote! {
        #text
        #[must_use]
        pub fn #name(mut self, #arguments) -> Self {
            #set;
            self
        }
    }
}

/// What a setter takes, and the names of it; paths are whole, since a macro repeats them elsewhere.
fn arguments(setting: &Setting) -> (TokenStream, TokenStream) {
    let name = ident(setting.name);
    let ty = match setting.kind {
        Kind::Duration => quote!(::std::time::Duration),
        Kind::Count => quote!(u32),
        Kind::Bytes => quote!(u64),
        Kind::Flag => quote!(bool),
        Kind::Text => quote!(impl Into<String>),
        Kind::Path => quote!(impl Into<::std::path::PathBuf>),
        Kind::Pairs => {
            return (
                quote!(name: impl Into<String>, value: impl Into<String>),
                quote!(name, value),
            );
        }
    };
    (quote!(#name: #ty), quote!(#name))
}

/// The setters for another struct, which has these settings in a field.
fn forwarded_to(settings: &[Setting], field: &TokenStream) -> TokenStream {
    let setters = settings.iter().map(|setting| {
        let (text, name) = (doc(&setting.sentence()), ident(setting.name));
        let (arguments, passed) = arguments(setting);
        quote! {
            #text
            #[must_use]
            pub fn #name(mut self, #arguments) -> Self {
                self.#field = self.#field.#name(#passed);
                self
            }
        }
    });
    quote!(#(#setters)*)
}

/// A default as a constant.
fn default(setting: &Setting) -> Option<TokenStream> {
    let name = const_ident(setting.name);
    let text = doc(&format!("Of `{}`.", setting.name));
    let constant = match setting.default? {
        Value::Milliseconds(ms) => quote!(#name: Duration = Duration::from_millis(#ms)),
        Value::Count(count) => quote!(#name: u32 = #count),
        Value::Bytes(bytes) => quote!(#name: u64 = #bytes),
        // A flag that is off unless it is set needs no constant.
        Value::Flag(false) => return None,
        Value::Flag(true) => quote!(#name: bool = true),
    };
    Some(quote!(#text pub(crate) const #constant;))
}

impl Setting {
    fn field(&self) -> proc_macro2::Ident {
        ident(&self.member())
    }

    /// Whether it is off unless it is set, so that nothing has to say whether it was.
    fn is_plain(&self) -> bool {
        self.default == Some(Value::Flag(false))
    }

    fn kept(&self) -> TokenStream {
        match self.kind {
            Kind::Duration => quote!(Option<Duration>),
            Kind::Count => quote!(Option<u32>),
            Kind::Bytes => quote!(Option<u64>),
            Kind::Flag if self.is_plain() => quote!(bool),
            Kind::Flag => quote!(Option<bool>),
            Kind::Text => quote!(Option<String>),
            Kind::Path => quote!(Option<PathBuf>),
            Kind::Pairs => quote!(Vec<(String, String)>),
        }
    }
}
