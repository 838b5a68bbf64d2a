//! Waits: a builder each, and how it becomes a `Waiter`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::rust::{ident, type_ident};
use crate::face::rust::arguments::{builder_doc, builder_struct};
use crate::face::rust::names::{beside, call_ident, wait_ident};
use crate::ir::{Api, Field, Form, Link, Location, Origin, Param, Source, Type, Wait, WaitCall};

/// The builder of a wait, and how it becomes a `Waiter`.
pub(super) fn wait(api: &Api, call: WaitCall<'_>) -> TokenStream {
    let wait = call.wait;
    let builder = wait_ident(&call.resource, &call.call.name);
    let text = builder_doc(call.call);
    let model = type_ident(&wait.model);
    let rule = wait_rule(call);
    let arguments = call
        .params
        .iter()
        .filter(|param| param.required && !param.secret && param.location != Location::Origin)
        .map(|param| {
            let (name, field) = (&param.name, ident(&param.name));
            quote!((#name, format!("{:?}", self.#field)))
        });
    let named = wait.origin.iter().flat_map(|origin| {
        wait.polls.from_origin().map(move |(param, field)| {
            let (value, wire) = (origin_field(origin, field), &param.wire);
            quote!((#wire, #value.map_or_else(String::new, |value| format!("{value:?}"))))
        })
    });
    let arguments = arguments.chain(named);
    let parent = wait.parent.as_ref().map(|link| {
        let call = call_literal(api, &call.resource, link, &quote!(this));
        quote!(.parent(move |options| {
            let call = #call;
            Box::pin(async move { call.send().await.map(drop) })
        }))
    });
    let this = parent.is_some().then(|| quote!(let this = self.clone();));
    let (before, poll) = poll(api, call);
    let status = match &wait.status {
        Some(status) => status_of(&status.field),
        None => quote!(THERE.to_owned()),
    };
    let object = match &wait.status {
        Some(_) => quote!(object),
        None => quote!(_),
    };
    let waiter = quote! {
        /// The wait itself, to watch or to stop with [`Waiter::on_poll`].
        #[must_use]
        pub fn waiter(self) -> Waiter<models::#model> {
            static RULE: WaitRule = #rule;
            let arguments = vec![#(#arguments),*];
            let wait_options = self.wait_options;
            #this
            #before
            let poll = move |options| -> BoxFuture<'static, Result<Polled<models::#model>, Error>> {
                #poll
            };
            Waiter::new(&RULE, poll, |#object: &models::#model| #status)
                .wait_options(wait_options)
                .arguments(arguments)
                #parent
        }
    };
    let kept = quote!(pub(super) wait_options: WaitOptions,);
    let declaration = builder_struct(&builder, &text, &call.call.params, &kept, &waiter);
    let gone = wait.gone.then(|| quote!(, gone));
    quote! {
        #declaration

        ::snapline_runtime::wait!(#builder, models::#model #gone);
    }
}

fn wait_rule(waiter: WaitCall<'_>) -> TokenStream {
    let name = waiter.dotted();
    let Wait {
        ready,
        failed,
        pending,
        gone,
        timeout,
        ..
    } = waiter.wait;
    let ready = match &waiter.wait.status {
        Some(_) => quote!(#(#ready),*),
        None => quote!(THERE),
    };
    let resume = match &waiter.wait.resume {
        Some(resume) => {
            let (argument, field) = (&resume.argument.name, &resume.field.wire);
            let wait = resume.wait.to_string();
            quote!(Some(Resume { wait: #wait, argument: #argument, field: #field }))
        }
        None => quote!(None),
    };
    quote! {
        WaitRule {
            name: #name,
            ready: &[#ready],
            failed: &[#(#failed),*],
            pending: &[#(#pending),*],
            gone: #gone,
            timeout: std::time::Duration::from_secs(#timeout),
            resume: #resume,
        }
    }
}

/// What a wait does before its polls, and the body of the function that polls.
fn poll(api: &Api, waiter: WaitCall<'_>) -> (TokenStream, TokenStream) {
    let this = quote!(self);
    let origin = waiter.wait.origin.as_ref();
    let mut needed = Vec::new();
    let arguments = origin.into_iter().flat_map(|origin| {
        let named = waiter.wait.polls.from_origin();
        named.map(move |(param, field)| (origin, param, field))
    });
    for (origin, param, field) in arguments {
        let (argument, value) = (&origin.param.name, origin_value(origin, field));
        let field = &field.wire;
        let name = ident(&param.name);
        needed.push(if param.required {
            quote! {
                let Some(#name) = #value else {
                    let error = Error::nothing_to_wait_by(#argument, #field);
                    return Box::pin(std::future::ready(Err(error)));
                };
            }
        } else {
            quote!(let #name = #value;)
        });
    }
    let call = call_literal(api, &waiter.resource, &waiter.wait.polls, &this);
    let Some(pick) = &waiter.wait.pick else {
        let polled = quote! {
            #(#needed)*
            let call = #call;
            Box::pin(async move { call.send_raw().await.map(Polled::object) })
        };
        return (quote!(), polled);
    };
    let picked_ident = ident(&pick.field.name);
    let wanted = ident(&pick.param.name);
    let equal = match (pick.field.can_be_absent(), pick.param.required) {
        (true, true) => quote!(item.#picked_ident.as_ref() == Some(&wanted)),
        (false, true) => quote!(item.#picked_ident == wanted),
        (true, false) => {
            quote!(wanted.is_none() || item.#picked_ident == wanted)
        }
        (false, false) => {
            quote!(wanted.as_ref().is_none_or(|wanted| item.#picked_ident == *wanted))
        }
    };
    let created_ident = ident(&pick.created.name);
    let created = if pick.created.can_be_absent() {
        quote!(item.#created_ident.as_ref().and_then(Timestamp::to_system_time))
    } else {
        quote!(item.#created_ident.to_system_time())
    };
    let by_id = origin.and_then(|origin| by_id(api, &waiter.resource, origin));
    let before = match origin.and_then(|origin| Some((origin, origin.since.as_ref()?))) {
        Some((origin, since)) => {
            let value = origin_field(origin, since);
            quote!(let since = since(#value);)
        }
        None => quote!(let since = std::time::SystemTime::UNIX_EPOCH;),
    };
    let answer = match &api.request(&waiter.wait.polls.call).form {
        Form::Page { .. } => {
            quote!(let answer = call.items().try_listed().await?;)
        }
        _ => quote!(let answer = call.send_raw().await?;),
    };
    let polled = quote! {
        #by_id
        #(#needed)*
        let wanted = self.#wanted.clone();
        let call = #call;
        Box::pin(async move {
            #answer
            Ok(Polled::newest(answer, |item| #equal, |item| #created, since))
        })
    };
    (before, polled)
}

/// Polls by the id that the object names, if it does.
fn by_id(api: &Api, here: &[String], origin: &Origin) -> Option<TokenStream> {
    let by_id = origin.by_id.as_ref()?;
    let this = quote!(self);
    let when = by_id.when.iter().map(|(field, values)| {
        let value = origin_text(origin, field);
        quote!([#(#values),*].iter().any(|value| value.eq_ignore_ascii_case(#value)))
    });
    let mut conditions: Vec<TokenStream> = when.collect();
    let mut binds = Vec::new();
    for (param, field) in by_id.link.from_origin() {
        let (name, value) = (ident(&param.name), origin_value(origin, field));
        if param.required {
            conditions.push(quote!(let Some(#name) = #value));
        } else {
            binds.push(quote!(let #name = #value;));
        }
    }
    let call = call_literal(api, here, &by_id.link, &this);
    let first = conditions.first()?;
    let rest = conditions.iter().skip(1);
    Some(quote! {
        if #first #(&& #rest)* {
            #(#binds)*
            let call = #call;
            return Box::pin(async move { call.send_raw().await.map(Polled::object) });
        }
    })
}

/// The builder of a call with all its arguments; those out of the object that a wait goes by are variables.
pub(super) fn call_literal(
    api: &Api,
    here: &[String],
    link: &Link,
    this: &TokenStream,
) -> TokenStream {
    let method = api.request(&link.call);
    let call = call_ident(&method.resource, &method.call.name);
    let call = beside(here, &method.resource, call);
    let fields = method.params.iter().map(|param| {
        let name = ident(&param.name);
        match link.source(&param.wire) {
            Some(Source::Origin(_)) => quote!(#name),
            Some(Source::True) if param.required => quote!(#name: true),
            Some(Source::True) => quote!(#name: Some(true)),
            Some(Source::Argument(source)) => {
                let value = given(source, param, this);
                quote!(#name: #value)
            }
            None => quote!(#name: None),
        }
    });
    quote!(#call { core: #this.core.clone(), options, #(#fields),* })
}

/// A wait's argument as a call takes it for `param`.
pub(super) fn given(source: &Param, param: &Param, this: &TokenStream) -> TokenStream {
    let name = ident(&source.name);
    // Each poll needs arguments of its own; numbers are simply copied.
    let value = if source.ty.is_by_value() {
        quote!(#this.#name)
    } else {
        quote!(#this.#name.clone())
    };
    // What the wait requires may be optional in the call.
    if source.required && !param.required {
        quote!(Some(#value))
    } else {
        value
    }
}

/// A field of the object that a wait goes by, borrowed and optional.
fn origin_field(origin: &Origin, field: &Field) -> TokenStream {
    let (argument, name) = (ident(&origin.param.name), ident(&field.name));
    if field.can_be_absent() {
        quote!(self.#argument.#name.as_ref())
    } else {
        quote!(Some(&self.#argument.#name))
    }
}

/// The same, copied; an empty text and a 0, which stand for what is missing, are as good as none.
fn origin_value(origin: &Origin, field: &Field) -> TokenStream {
    let value = origin_field(origin, field);
    match &field.ty {
        Type::Integer | Type::Unsigned => quote!(#value.filter(|number| **number != 0).copied()),
        _ => quote!(#value.filter(|text| !text.is_empty()).cloned()),
    }
}

/// A field that is a text or an enum, as a text.
fn origin_text(origin: &Origin, field: &Field) -> TokenStream {
    if field.can_be_absent() {
        let value = origin_field(origin, field);
        return quote!(#value.map_or("", |value| value.as_str()));
    }
    let (argument, name) = (ident(&origin.param.name), ident(&field.name));
    quote!(self.#argument.#name.as_str())
}

pub(super) fn status_of(field: &Field) -> TokenStream {
    let name = ident(&field.name);
    if field.can_be_absent() {
        quote!(object.#name.as_ref().map_or_else(String::new, |status| status.as_str().to_owned()))
    } else {
        quote!(object.#name.as_str().to_owned())
    }
}
