//! How the keywords of clients, calls and waits come into the runtime's structs.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::view::{Keyword, Options};
use crate::surface::{Kind, Setting};

/// `settings.rs`.
pub(super) fn settings() -> TokenStream {
    let client = arms(&Options::client(), |keyword| {
        arm(keyword, &quote!(settings))
    });
    let call = arms(&Options::call(), |keyword| arm(keyword, &quote!(options)));
    let wait = arms(&Options::wait(), wait_arm);
    quote! {
        //! Keywords from Python on their way into the runtime's structs.

        use pyo3::prelude::*;
        use pyo3::types::PyDict;
        use snapline_runtime::{CallOptions, Settings};

        use crate::convert;
        use crate::hooks::Hooks;
        use crate::settings::{WaitKeywords, defaults, keywords, unexpected, wait_keyword};

        /// What a client's keywords say.
        pub(crate) fn client(py: Python<'_>, method: &str, given: Option<&Bound<'_, PyDict>>) -> PyResult<Settings> {
            let (mut settings, mut hooks) = (defaults(py), Hooks::default());
            for (name, value) in keywords(given)? {
                match (&*name, value) {
                    #client
                    (_, value) => hooks.keyword(method, &name, value)?,
                }
            }
            Ok(hooks.set(settings))
        }

        /// Options with what a call's keywords change in them.
        pub(crate) fn call(mut options: CallOptions, method: &str, given: Option<&Bound<'_, PyDict>>) -> PyResult<CallOptions> {
            for (name, value) in keywords(given)? {
                match (&*name, value) {
                    #call
                    _ => return Err(unexpected(method, &name)),
                }
            }
            Ok(options)
        }

        /// What a wait's keywords say.
        pub(crate) fn wait<'py>(method: &str, given: Option<&Bound<'py, PyDict>>) -> PyResult<WaitKeywords<'py>> {
            let mut wait = WaitKeywords::default();
            for (name, value) in keywords(given)? {
                let options = &mut wait.options;
                match (&*name, value) {
                    #wait
                    (_, value) => wait_keyword(&mut wait, method, &name, value)?,
                }
            }
            Ok(wait)
        }
    }
}

/// An arm for each setting, and one for those that are None: that is as if they were not given.
fn arms(options: &Options, arm: impl Fn(&Keyword) -> Option<TokenStream>) -> TokenStream {
    let set = options.keywords.iter().filter_map(arm);
    let known = options
        .keywords
        .iter()
        .filter(|keyword| keyword.setting.is_some());
    let known = known.map(|keyword| &keyword.name);
    quote!(#(#set)* (#(#known)|*, None) => {})
}

/// A keyword's arm: the struct has a method for each setting.
fn arm(keyword: &Keyword, target: &TokenStream) -> Option<TokenStream> {
    let (name, setting) = (&keyword.name, keyword.setting?);
    let method = format_ident!("{}", setting.name);
    let Some(convert) = converter(setting) else {
        return Some(quote! {
            (#name, Some(value)) => {
                for (key, text) in convert::pairs(&name, &value)? {
                    #target = #target.#method(key, text);
                }
            }
        });
    };
    Some(quote! {
        (#name, Some(value)) => #target = #target.#method(#convert(&name, &value)?),
    })
}

/// A wait's span of time, which is a field.
fn wait_arm(keyword: &Keyword) -> Option<TokenStream> {
    let (name, setting) = (&keyword.name, keyword.setting?);
    let field = format_ident!("{}", setting.name);
    let convert = converter(setting)?;
    Some(quote! {
        (#name, Some(value)) => options.#field = Some(#convert(&name, &value)?),
    })
}

/// The function that makes a setting's value; pairs are given one by one.
fn converter(setting: &Setting) -> Option<TokenStream> {
    Some(match setting.kind {
        Kind::Duration => quote!(convert::seconds),
        Kind::Count | Kind::Bytes => quote!(convert::count),
        Kind::Flag => quote!(convert::boolean),
        Kind::Text => quote!(convert::text),
        Kind::Path => quote!(convert::path),
        Kind::Pairs => return None,
    })
}
