//! Looks for what a request without an answer may have made: a builder each, and how it becomes a `Waiter` (B27).

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::{ident, type_ident};
use crate::face::rust::arguments::{builder_doc, builder_struct};
use crate::face::rust::names::wait_ident;
use crate::face::rust::take::below;
use crate::face::rust::wait::{call_literal, given};
use crate::ir::{Api, FindCall, Form};

/// The builder, and how it becomes a `Waiter`.
pub(super) fn find(api: &Api, call: FindCall<'_>) -> TokenStream {
    let find = call.find;
    let builder = wait_ident(&call.resource, &call.call.name);
    let text = builder_doc(call.call);
    let name = call.dotted();
    let timeout = call.timeout().unwrap_or_default();
    let model = type_ident(&find.model);
    let list = call_literal(api, &call.resource, &find.list, &quote!(self));
    let answer = match &api.request(&find.list.call).form {
        Form::Page { .. } => quote!(call.items().try_listed().await?),
        _ => quote!(call.send_raw().await?),
    };
    let kept = find.same.iter().map(|(param, _)| {
        let (name, value) = (ident(&param.name), given(param, param, &quote!(self)));
        quote!(let #name = #value;)
    });
    // A field that the service leaves out speaks against nothing.
    let same = find.same.iter().map(|(param, path)| {
        let (name, own) = (ident(&param.name), below(&quote!(item), path));
        if param.required {
            quote!(#own.is_none_or(|own| *own == #name))
        } else {
            quote!(#name.as_ref().is_none_or(|wanted| #own.is_none_or(|own| own == wanted)))
        }
    });
    let fixed = find.fixed.iter().map(|(path, text)| {
        let own = below(&quote!(item), path);
        quote!(#own.is_some_and(|own| own == #text))
    });
    let same = same.chain(fixed);
    let created = match find.created.as_slice() {
        // What says nothing of its time is found by all else.
        [] => quote!(|_| Some(sent_at)),
        path => {
            let created = below(&quote!(item), path);
            quote!(|item| #created.and_then(Timestamp::to_system_time))
        }
    };
    let since = ident(&find.since.name);
    let members = quote! {
        /// The look itself, to watch or to stop with [`Waiter::on_poll`].
        #[must_use]
        pub fn waiter(self) -> Waiter<Vec<models::#model>> {
            static RULE: WaitRule = WaitRule {
                name: #name,
                ready: &[THERE],
                failed: &[],
                pending: &[],
                gone: false,
                timeout: std::time::Duration::from_secs(#timeout),
                resume: None,
            };
            let (sent_at, wait_options) = (since(Some(&self.#since)), self.wait_options);
            let poll = move |options| -> BoxFuture<'static, Result<Polled<Vec<models::#model>>, Error>> {
                #(#kept)*
                let call = #list;
                Box::pin(async move {
                    let answer = #answer;
                    Ok(Polled::since(answer, |item| #(#same)&&*, #created, sent_at))
                })
            };
            Waiter::new(&RULE, poll, |_| THERE.to_owned())
                .absent(sent_at, Vec::new)
                .wait_options(wait_options)
        }
    };
    let kept = quote!(pub(super) wait_options: WaitOptions,);
    let declaration = builder_struct(&builder, &text, &call.call.params, &kept, &members);
    quote! {
        #declaration

        ::snapline_runtime::wait!(#builder, Vec<models::#model>);
    }
}
