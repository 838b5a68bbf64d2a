//! Requests with waits behind them: a builder each, and how it becomes a `Waiter` (B26).

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::{doc, ident, type_ident};
use crate::face::rust::arguments::{builder_doc, builder_struct};
use crate::face::rust::names::{beside, call_ident, wait_ident};
use crate::face::rust::wait::{call_literal, given, status_of};
use crate::ir::{Api, Field, Given, Param, Step, Surround, TakeCall, Turn, Type};

/// The builder, and how it becomes a `Waiter`.
pub(super) fn take(api: &Api, call: TakeCall<'_>) -> TokenStream {
    let builder = wait_ident(&call.resource, &call.call.name);
    let text = builder_doc(call.call);
    let (name, timeout) = (call.dotted(), call.take.timeout);
    let model = type_ident(&call.take.model);
    let begins = api.request(&call.take.begins);
    let request = call_ident(&begins.resource, &begins.call.name);
    let arguments = begins.params.iter().map(|param| {
        let (name, value) = (ident(&param.name), given(param, param, &quote!(this)));
        quote!(#name: #value)
    });
    let begun = begins.dotted();
    let id = match call.take.id.as_slice() {
        [] => quote!(None),
        path => {
            let id = below(&quote!(&answer), path);
            quote!(#id.map(ToString::to_string))
        }
    };
    let mut steps = call.take.steps.iter();
    let first = steps.next().map(|step| waiter(api, &call.resource, step));
    let rest = steps.map(|step| {
        let next = waiter(api, &call.resource, step);
        let has =
            |wanted: fn(&Given) -> bool| step.arguments.iter().any(|(_, given)| wanted(given));
        let last = if has(|given| matches!(given, Given::Last(_))) {
            quote!(last)
        } else {
            quote!(_)
        };
        let answer = has(|given| matches!(given, Given::Answer(_)))
            .then(|| quote!(let answer = answer.clone();));
        quote!({
            let this = this.clone();
            #answer
            move |#last| Ok(#next)
        })
    });
    let surround = call.take.surround.as_ref();
    let surrounded = surround.map(|_| quote!(.surrounded(surround)));
    let dropped = surround.map(|surround| {
        let (wanted, leave) = (surround.wanted.join("` or `"), surround.leave.request.call.to_string());
        let text = doc(&format!(
            "Dropped while it is `{wanted}` for it, as by a timeout, it owes a `{leave}`. A task of tokio's present \
             runtime does that, whether the client is closed or not, and ends with the runtime: follow the work with a \
             [`Trail`](snapline_runtime::Trail) to wait for it."
        ));
        quote! {
            ///
            #text
        }
    });
    let surround = surround.map(|surround| {
        let made = around(api, call, surround);
        quote!(let surround = #made;)
    });
    let members = quote! {
        /// The wait itself, to watch or to stop with [`Waiter::on_poll`]. The request is sent when it runs.
        #dropped
        #[must_use]
        pub fn waiter(self) -> Waiter<models::#model> {
            #surround
            let (this, wait_options) = (self.clone(), self.wait_options);
            let begin = move |options| -> BoxFuture<'static, Result<Begun<models::#model>, Error>> {
                Box::pin(async move {
                    let call = #request { core: this.core.clone(), options, #(#arguments),* };
                    let answer = call.send().await?;
                    let started = Started::new(#begun, &answer, #id);
                    let wait = || Ok(#first #(.then(#rest))*);
                    Ok(Begun { started, waiter: wait() })
                })
            };
            Waiter::begin(#name, std::time::Duration::from_secs(#timeout), begin)
                .wait_options(wait_options)
                #surrounded
        }
    };
    let kept = quote!(pub(super) wait_options: WaitOptions,);
    let declaration = builder_struct(&builder, &text, &call.call.params, &kept, &members);
    quote! {
        #declaration

        ::snapline_runtime::wait!(#builder, models::#model);
    }
}

/// A step's wait, where `this`, `answer` and `last` are at hand.
fn waiter(api: &Api, here: &[String], step: &Step) -> TokenStream {
    let wait = api.wait(&step.wait);
    let builder = wait_ident(&wait.resource, &wait.call.name);
    let builder = beside(here, &wait.resource, builder);
    let fields = wait.params.iter().map(|param| {
        let name = ident(&param.name);
        let source = step
            .arguments
            .iter()
            .find(|(own, _)| own.wire == param.wire);
        let value = match source {
            Some((_, source)) => value(source, param),
            None => quote!(None),
        };
        quote!(#name: #value)
    });
    quote! {
        #builder {
            core: this.core.clone(),
            #(#fields,)*
            wait_options: WaitOptions::default(),
        }
        .waiter()
    }
}

/// What a step takes for an argument.
fn value(source: &Given, param: &Param) -> TokenStream {
    let (start, path) = match source {
        Given::Argument(source) => {
            let own = given(source, param, &quote!(this));
            return match (&source.ty, &param.ty) {
                (own_ty, ty) if own_ty == ty => own,
                (_, Type::String) => quote!(#own.to_string()),
                _ => quote!(#own.into()),
            };
        }
        Given::Answer(path) => (quote!(answer), path),
        Given::Last(path) => (quote!(last), path),
    };
    let Some(field) = path.last() else {
        return quote!(#start.clone());
    };
    let found = below(&quote!(&#start), path);
    let found = match (&field.ty, &param.ty) {
        (Type::Integer, Type::StringOrInteger) => {
            quote!(#found.map(|id| StringOrInteger::from(*id)))
        }
        (Type::String, Type::StringOrInteger) => quote!(#found.map(StringOrInteger::from)),
        (Type::Integer | Type::Unsigned, Type::String) => quote!(#found.map(ToString::to_string)),
        _ => quote!(#found.cloned()),
    };
    if !param.required {
        return found;
    }
    let place: Vec<&str> = path.iter().map(|field| field.wire.as_str()).collect();
    let place = place.join(".");
    quote!(#found.ok_or_else(|| Error::missing(#place))?)
}

/// A field below a value, borrowed and optional; an empty text and a 0, which stand for what is missing, are as
/// good as none.
pub(super) fn below(start: &TokenStream, path: &[Field]) -> TokenStream {
    let mut found = quote!(Some(#start));
    for field in path {
        let name = ident(&field.name);
        found = if field.can_be_absent() {
            quote!(#found.and_then(|object| object.#name.as_ref()))
        } else {
            quote!(#found.map(|object| &object.#name))
        };
    }
    match path.last().map(|field| &field.ty) {
        Some(Type::Integer | Type::Unsigned) => quote!(#found.filter(|number| **number != 0)),
        Some(Type::String) => quote!(#found.filter(|text| !text.is_empty())),
        _ => found,
    }
}

/// The state that all is done in.
fn around(api: &Api, call: TakeCall<'_>, surround: &Surround) -> TokenStream {
    let here = &call.resource;
    let look = call_literal(api, here, &surround.look, &quote!(this));
    let status = status_of(&surround.status);
    let wanted = &surround.wanted;
    let turn = |turn: &Turn| {
        let name = turn.request.call.to_string();
        let seconds = turn.seconds;
        let request = call_literal(api, here, &turn.request, &quote!(this));
        let waiter = waiter(api, here, &turn.step);
        let model = type_ident(&api.wait(&turn.step.wait).wait.model);
        quote! {
            Turn::new(#name, std::time::Duration::from_secs(#seconds), {
                let this = self.clone();
                move |options| -> BoxFuture<'static, Result<Waiter<models::#model>, Error>> {
                    let this = this.clone();
                    Box::pin(async move {
                        let answer = #request.send().await?;
                        Ok(#waiter)
                    })
                }
            })
        }
    };
    let enter = surround.enter.iter().map(turn);
    let leave = turn(&surround.leave);
    quote! {{
        let this = self.clone();
        let look = move |options| -> BoxFuture<'static, Result<String, Error>> {
            let call = #look;
            Box::pin(async move { call.send().await.map(|object| #status) })
        };
        Surround::new(look, &[#(#wanted),*], vec![#(#enter),*], #leave)
    }}
}
