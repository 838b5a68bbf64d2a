//! The setters of a client's settings and of a call's options, from the one table of them.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::function::{Function, Parameter};
use crate::emit::rust::ident;
use crate::surface::{self, Kind, Setting};

/// The setters of `snapline_settings`.
pub(super) fn settings() -> TokenStream {
    let functions = surface::CLIENT.iter().map(client);
    file(
        "What can be set on a client.",
        "settings",
        &quote!(#(#functions)*),
    )
}

/// The setters of `snapline_options`: those of a call, and those of a wait.
pub(super) fn options() -> TokenStream {
    let call = surface::CALL.iter().map(call);
    let wait = surface::WAIT.iter().map(wait);
    file(
        "What can be set for one call.",
        "options",
        &quote!(#(#call)* #(#wait)*),
    )
}

fn file(text: &str, module: &str, functions: &TokenStream) -> TokenStream {
    let (module, handle) = (ident(module), format_ident!("snapline_{module}"));
    quote! {
        #![doc = #text]

        use crate::#module::#handle;
        use crate::prelude::*;

        #functions
    }
}

/// Settings whose value C keeps beside the runtime, since a deadline has to be compared with it.
fn kept(setting: &Setting, at: TokenStream) -> Option<TokenStream> {
    (setting.name == "timeout")
        .then(|| quote!(#at.timeout = Some(Duration::from_millis(milliseconds));))
}

fn client(setting: &Setting) -> Function {
    setter("settings", "", setting, &|name, value| {
        let kept = kept(setting, quote!(settings));
        quote!(#kept settings.change(|it| it.#name(#(#value),*));)
    })
}

fn call(setting: &Setting) -> Function {
    setter("options", "", setting, &|name, value| {
        let kept = kept(setting, quote!(options.set));
        quote!(#kept options.change(|it| it.#name(#(#value),*));)
    })
}

fn wait(setting: &Setting) -> Function {
    setter(
        "options",
        "wait_",
        setting,
        &|name, value| quote!(options.set.wait.options.#name = Some(#(#value),*);),
    )
}

type Body<'a> = &'a dyn Fn(&proc_macro2::Ident, Vec<TokenStream>) -> TokenStream;

fn setter(handle: &str, prefix: &str, setting: &Setting, body: Body<'_>) -> Function {
    let name = setting.name;
    let owner = format_ident!("snapline_{handle}");
    let text = quote!(*const c_char);
    // What it takes, and the values that the runtime takes.
    let (params, values, before) = match setting.kind {
        Kind::Duration => (
            vec![("milliseconds", quote!(u64))],
            vec![quote!(Duration::from_millis(milliseconds))],
            None,
        ),
        Kind::Count => (vec![("count", quote!(u32))], vec![quote!(count)], None),
        Kind::Bytes => (vec![("bytes", quote!(u64))], vec![quote!(bytes)], None),
        Kind::Flag => (vec![("on", quote!(bool))], vec![quote!(on)], None),
        Kind::Text | Kind::Path => {
            let it = ident(name);
            (
                vec![(name, text)],
                vec![quote!(#it)],
                Some(quote!(let #it = text!(#it)?;)),
            )
        }
        Kind::Pairs => (
            vec![("name", text.clone()), ("value", text)],
            vec![quote!(name), quote!(value)],
            Some(quote!(let (name, value) = (text!(name)?, text!(value)?);)),
        ),
    };
    let begin = if setting.kind == Kind::Pairs {
        "add"
    } else {
        "set"
    };
    let body = body(&ident(name), values);
    let it = ident(handle);
    let mut all = vec![Parameter::new(handle, quote!(Option<&mut #owner>))];
    all.extend(
        params
            .into_iter()
            .map(|(name, ty)| Parameter::new(name, ty)),
    );
    Function {
        name: format!(
            "snapline_{handle}_{begin}_{prefix}{}",
            setting.in_milliseconds()
        ),
        doc: setting.sentence(),
        params: all,
        returns: quote!(-> snapline_status),
        body: quote! {
            set(#it, |#it| {
                #before
                #body
                Ok(())
            })
        },
    }
}
