//! Requests: a builder each, the checks of its arguments, its body, and what its answer becomes.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use crate::emit::checks;
use crate::emit::rust::{const_ident, ident, rust_type, type_ident};
use crate::face::rust::arguments::{builder_doc, builder_struct};
use crate::face::rust::names::{call_ident, told, wire_ident};
use crate::ir::{
    Api, Body, By, Field, Location, ModelId, Next, Operation, Param, RequestCall, Returns, Type,
    Within,
};

/// The builder of a request, and how it is sent.
pub(super) fn request(api: &Api, request: RequestCall<'_>) -> TokenStream {
    let builder = call_ident(&request.resource, &request.call.name);
    let text = builder_doc(request.call);
    let operation = api.operation(&request.operation);
    let segments = request.params.iter().map(segment);
    let (body, body_check) = body(api, request);
    let checks: TokenStream = request.params.iter().map(check).collect();
    let body_check = when_checked(&body_check);
    let bounds = (!checks.is_empty() || !body_check.is_empty())
        .then(|| quote!(let bounds = self.core.checks_bounds(&self.options);));
    let table = const_ident(&operation.id);
    let wire = wire_ident(&operation.id);
    let arguments = wire_arguments(operation, request);
    let sent = quote!(call.send(Wire(&self.core).#wire(#(#arguments),*)).await);
    let (output, value) = unwrap(api, request, &sent);
    let pages = match &request.request.returns {
        Returns::Page { pages, item, .. } => Some((pages, rust_type(item, &quote!(models)))),
        _ => None,
    };
    let walk = pages.as_ref().map(|(pages, item)| {
        let page = param_ident(request, &pages.page);
        let mut params = request.params.iter();
        let needed = params.any(|param| param.wire == pages.page && param.required);
        let needed = needed.then(|| quote!(needed));
        let from = pages.by.first().map(Literal::u64_unsuffixed);
        let from = from.map(|first| quote!(from #first));
        quote!(::snapline_runtime::walk!(#builder, #item, #needed #page #from);)
    });
    let place = pages
        .as_ref()
        .map(|_| quote!(let place = ::snapline_runtime::Paged::place(&self);));
    // In one place for single pages and walks, so that it means the same page to both.
    let largest = pages.and_then(|(pages, _)| {
        let size = param_ident(request, &pages.size);
        let largest = pages.largest?;
        Some(quote!(self.#size.get_or_insert(#largest);))
    });
    let mutable = largest.is_some().then(|| quote!(mut));
    let answer = quote! {
        async fn answer(#mutable self) -> Answer<#output> {
            #largest
            #(#segments)*
            #bounds
            #checks
            #place
            #body
            #body_check
            let call = Call::new(&self.core, &op::#table, self.options);
            #value
        }
    };
    let declaration = builder_struct(
        &builder,
        &text,
        &request.call.params,
        &quote!(pub(super) options: CallOptions,),
        &answer,
    );
    quote! {
        #declaration

        ::snapline_runtime::request!(#builder, #output);
        #walk
    }
}

fn param_ident(method: RequestCall<'_>, wire: &str) -> Ident {
    let name = method
        .params
        .iter()
        .find(|param| param.wire == wire)
        .map_or(wire, |param| param.name.as_str());
    ident(name)
}

/// Refuses what a path cannot hold, whatever the caller says of bounds.
fn segment(param: &Param) -> TokenStream {
    let name = ident(&param.name);
    let wire = &param.name;
    match (&param.location, &param.ty) {
        (Location::Path, Type::Integer | Type::Unsigned) => quote!(),
        (Location::Path, Type::String) => quote!(check::segment(#wire, &self.#name)?;),
        (Location::Path, _) => quote!(check::segment(#wire, &self.#name.to_string())?;),
        _ => quote!(),
    }
}

/// Checks that a caller may do without (B30).
fn when_checked(checks: &TokenStream) -> TokenStream {
    if checks.is_empty() {
        quote!()
    } else {
        quote!(if bounds { #checks })
    }
}

/// Checks a path or query argument; a body checks itself.
fn check(param: &Param) -> TokenStream {
    let name = ident(&param.name);
    let wire = &param.name;
    match &param.location {
        Location::Path | Location::Query | Location::Header => {
            let checked = |value| {
                checks::value(
                    &param.ty,
                    &param.rules,
                    param.secret,
                    &quote!(#wire),
                    &value,
                )
            };
            if param.required {
                when_checked(&checked(quote!(&self.#name)))
            } else {
                let inner = checked(quote!(value));
                if inner.is_empty() {
                    inner
                } else {
                    quote!(if bounds && let Some(value) = &self.#name { #inner })
                }
            }
        }
        _ => quote!(),
    }
}

/// Builds the body as progenitor's type, so that the compiler sees every field set, and checks it.
fn body(api: &Api, method: RequestCall<'_>) -> (TokenStream, TokenStream) {
    let ty = match &method.request.body {
        Body::None => None,
        Body::Whole(ty) => Some(ty.clone()),
        Body::Variant { union, .. } => Some(Type::Union(union.clone())),
        Body::Model(name) => Some(Type::Model(name.clone())),
    };
    let check = ty
        .filter(|ty| checks::bounded(api, ty))
        .map_or_else(TokenStream::new, |_| quote!(body.check("")?;));
    match &method.request.body {
        Body::None => (quote!(), quote!()),
        Body::Whole(_) => {
            let whole = method
                .params
                .iter()
                .find(|param| param.location == Location::WholeBody);
            let check = match whole {
                Some(param) if check.is_empty() => {
                    let name = &param.name;
                    checks::value(
                        &param.ty,
                        &param.rules,
                        param.secret,
                        &quote!(#name),
                        &quote!(&body),
                    )
                }
                _ => check,
            };
            let name = whole.map(|param| ident(&param.name));
            (quote!(let body = self.#name;), check)
        }
        Body::Model(name) => {
            let fields = &api.model(name).shaped_fields();
            let literal = literal(
                api,
                method,
                &quote!(types::),
                &type_ident(name),
                fields,
                &[],
            );
            (quote!(let body = #literal;), check)
        }
        Body::Variant { union, value } => {
            let variants = &api.union(union).variants;
            let Some(variant) = variants.iter().find(|variant| variant.value == *value) else {
                return (quote!(), quote!());
            };
            let fields = &variant.fields;
            let union = type_ident(union);
            let variant = type_ident(&variant.name);
            if fields.is_empty() {
                return (quote!(let body = types::#union::#variant;), quote!());
            }
            let literal = literal(api, method, &quote!(types::#union::), &variant, fields, &[]);
            (quote!(let body = #literal;), check)
        }
    }
}

fn literal(
    api: &Api,
    method: RequestCall<'_>,
    prefix: &TokenStream,
    name: &Ident,
    fields: &[Field],
    above: &[String],
) -> TokenStream {
    let values = fields.iter().map(|field| {
        let ident = ident(&field.name);
        let mut path = above.to_vec();
        path.push(field.wire.clone());
        let param = method
            .params
            .iter()
            .find(|param| param.location == Location::Body(path.clone()));
        let value = match (param, &field.ty) {
            (Some(param), _) => {
                let name = crate::emit::rust::ident(&param.name);
                // A field that must be there takes the value itself; arguments match by construction.
                match (param.required, field.required) {
                    (true, true) if param.nullable => quote!(self.#name.into()),
                    (true, false) => quote!(Some(self.#name)),
                    _ => quote!(self.#name),
                }
            }
            (None, Type::Model(inner)) if !field.read_only => {
                let fields = &api.model(inner).shaped_fields();
                let built = literal(
                    api,
                    method,
                    &quote!(types::),
                    &type_ident(inner),
                    fields,
                    &path,
                );
                if field.required {
                    built
                } else {
                    optional_object(method, &path, &built)
                }
            }
            (None, _) => quote!(None),
        };
        quote!(#ident: #value)
    });
    quote!(#prefix #name { #(#values),* })
}

/// An optional object is sent when any of its fields is set.
fn optional_object(method: RequestCall<'_>, path: &[String], built: &TokenStream) -> TokenStream {
    let set: Vec<TokenStream> = method
        .params
        .iter()
        .filter(|param| matches!(&param.location, Location::Body(place) if place.starts_with(path)))
        .map(|param| {
            let name = ident(&param.name);
            quote!(self.#name.is_some())
        })
        .collect();
    // The service alone may set all that it has.
    if set.is_empty() {
        return quote!(None);
    }
    quote!(if #(#set)||* { Some(#built) } else { None })
}

/// progenitor orders a method's arguments by name within path, then query, then the body.
fn wire_arguments(operation: &Operation, method: RequestCall<'_>) -> Vec<TokenStream> {
    let mut path: Vec<&Param> = Vec::new();
    let mut query: Vec<(String, &Param)> = Vec::new();
    for (wanted, told) in operation.parameters.iter().zip(told(operation)) {
        if let Some(param) = method
            .params
            .iter()
            .find(|param| param.wire == wanted.wire && param.location == wanted.location)
        {
            match param.location {
                Location::Path => path.push(param),
                _ => query.push((told, param)),
            }
        }
    }
    // Headers come behind the query.
    query.sort_by(|(a, one), (b, other)| {
        let is_header = |param: &Param| param.location == Location::Header;
        (is_header(one), a).cmp(&(is_header(other), b))
    });
    let mut arguments: Vec<TokenStream> = path
        .into_iter()
        .chain(query.into_iter().map(|(_, param)| param))
        .map(|param| {
            let name = ident(&param.name);
            match (&param.ty, param.required) {
                (ty, _) if ty.is_by_value() => quote!(self.#name),
                (Type::String, true) => quote!(&self.#name),
                (Type::String, false) => quote!(self.#name.as_deref()),
                (_, true) => quote!(&self.#name),
                (_, false) => quote!(self.#name.as_ref()),
            }
        })
        .collect();
    if operation.body.is_some() {
        arguments.push(quote!(&body));
    }
    arguments
}

/// The type a caller gets and the expression that makes it from what was `sent`.
fn unwrap(api: &Api, method: RequestCall<'_>, sent: &TokenStream) -> (TokenStream, TokenStream) {
    let models = quote!(models);
    let maybe = api.operation(&method.operation).maybe_nothing;
    let given = |ty: &Type| {
        let ty = rust_type(ty, &models);
        if maybe { quote!(Option<#ty>) } else { ty }
    };
    match &method.request.returns {
        Returns::Nothing => (quote!(()), sent.clone()),
        Returns::Whole(ty) => (given(ty), sent.clone()),
        Returns::Field {
            envelope,
            field,
            ty,
        } => {
            let name = envelope_field(api, envelope, field);
            let unwrap = match ty {
                // What is sent as well, or received elsewhere, has what it must have.
                _ if is_there(api, envelope, field) => match maybe {
                    true => quote!(Ok(#sent?.map(|answer| answer.map(|envelope| envelope.#name)))),
                    false => quote!(#sent?.try_map(|envelope| Ok(envelope.#name))),
                },
                Type::List(_) => {
                    let listed = listed(&name, field, maybe);
                    let list = quote!(envelope.#name.unwrap_or_default());
                    let list = match maybe {
                        true => quote!(|answer| answer.map(|envelope| #list)),
                        false => quote!(|envelope| #list),
                    };
                    quote!(Ok(#sent?#listed?.map(#list)))
                }
                _ => {
                    let value = quote!(envelope.#name.ok_or_else(|| Error::missing(#field)));
                    let value = match maybe {
                        true => quote!(|answer| answer.map(|envelope| #value).transpose()),
                        false => quote!(|envelope| #value),
                    };
                    quote!(#sent?.try_map(#value))
                }
            };
            (given(ty), unwrap)
        }
        Returns::Page {
            within,
            item,
            pages,
        } => {
            let item = rust_type(item, &models);
            let ids = pages
                .id
                .as_ref()
                .map(|wire| with_ids(api, &method.request.returns, wire));
            let (listed, whole, items) = match within {
                None => (None, quote!(items), quote!(items)),
                Some(Within { envelope, field }) => {
                    let name = envelope_field(api, envelope, field);
                    match is_there(api, envelope, field) {
                        true => (None, quote!(envelope), quote!(envelope.#name)),
                        false => {
                            let listed = listed(&name, field, maybe);
                            let items = quote!(envelope.#name.unwrap_or_default());
                            (Some(quote!(#listed?)), quote!(envelope), items)
                        }
                    }
                }
            };
            let dug = |path: &Vec<String>| match within {
                Some(Within { envelope, .. }) => dig(api, envelope, path),
                None => quote!(None),
            };
            let total = pages.total.as_ref().map_or(quote!(None), dug);
            let said = |path| {
                let dug = dug(path);
                quote!(let next = #dug;)
            };
            let page = &pages.page;
            let (from_header, from_body, next) = match (&pages.next, pages.by) {
                (Next::Untold, _) => (None, None, quote!(Next::Untold)),
                (Next::Header, _) => (
                    Some(quote!(let next = ::snapline_runtime::next_link(answer.headers());)),
                    None,
                    quote!(Next::Link(next.as_deref(), #page)),
                ),
                (Next::Link(path), _) => (
                    None,
                    Some(said(path)),
                    quote!(Next::Link(next.as_deref(), #page)),
                ),
                (Next::Last { id, more }, _) => (
                    None,
                    Some(last(api, &method.request.returns, id, dug(more))),
                    quote!(Next::Last(more, next.as_deref())),
                ),
                (Next::Value(path), By::Cursor) => (
                    None,
                    Some(said(path)),
                    quote!(Next::Cursor(next.as_deref())),
                ),
                (Next::Value(path), _) => (None, Some(said(path)), quote!(Next::Number(next))),
            };
            // A page of nothing is the last.
            let some = maybe.then(|| {
                quote! {
                    let Some(#whole) = #whole else {
                        return Page::from_parts(Vec::new(), place, Next::Link(None, #page), None);
                    };
                }
            });
            (
                quote!(Page<#item>),
                quote! {
                    let answer = #sent?#listed;
                    #from_header
                    Ok(answer.map(|#whole| {
                        #some
                        #from_body
                        let total = #total;
                        Page::from_parts(#items, place, #next, total)#ids
                    }))
                },
            )
        }
    }
}

/// Whether there are more items, and by what the last one is known behind which they begin.
fn last(api: &Api, returns: &Returns, id: &str, more: TokenStream) -> TokenStream {
    let (
        Returns::Page {
            within: Some(Within { envelope, field }),
            ..
        },
        Some(Type::Model(item)),
    ) = (returns, returns.ty())
    else {
        // Both are fields, which only objects have.
        return quote!();
    };
    let items = envelope_field(api, envelope, field);
    let items = match is_there(api, envelope, field) {
        true => quote!(envelope.#items.last()),
        false => quote!(envelope.#items.as_ref().and_then(|items| items.last())),
    };
    let Some(field) = api.model(item).field(id) else {
        return quote!();
    };
    let name = ident(&field.name);
    let id = match field.can_be_absent() {
        true => quote!(and_then(|item| item.#name.as_ref())),
        false => quote!(map(|item| &item.#name)),
    };
    quote! {
        let more = #more.unwrap_or_default();
        let next = #items.#id.map(ToString::to_string);
    }
}

/// Sees to it that an envelope has its list.
fn listed(name: &Ident, field: &str, maybe: bool) -> TokenStream {
    let is_there = quote!(envelope.#name.is_some());
    match maybe {
        true => {
            quote!(.with_list(#field, |answer| answer.as_ref().is_none_or(|envelope| #is_there)))
        }
        false => quote!(.with_list(#field, |envelope| #is_there)),
    }
}

/// Says which field of an item is its id.
fn with_ids(api: &Api, returns: &Returns, wire: &str) -> TokenStream {
    let field = match returns.ty() {
        Some(Type::Model(name)) => api.model(name).field(wire),
        _ => None,
    };
    field.map_or_else(TokenStream::new, |field| {
        let name = ident(&field.name);
        let id = if field.can_be_absent() {
            quote!(item.#name.as_ref())
        } else {
            quote!(Some(&item.#name))
        };
        quote!(.with_ids(|item| #id))
    })
}

fn envelope_field(api: &Api, model: &ModelId, wire: &str) -> Ident {
    let field = api.model(model).field(wire);
    let name = field.map_or(wire, |field| field.name.as_str());
    ident(name)
}

/// Whether a field is no option: it is required, and its model is more than what is around an answer.
fn is_there(api: &Api, model: &ModelId, wire: &str) -> bool {
    let model = api.model(model);
    let field = model.field(wire);
    !model.envelope && field.is_some_and(|field| !field.can_be_absent())
}

/// Reads a field some levels down, every level of which may be missing.
fn dig(api: &Api, model: &ModelId, path: &[String]) -> TokenStream {
    let mut tokens = quote!(Some(&envelope));
    let (mut model, mut last) = (model.clone(), model.clone());
    for wire in path {
        last.clone_from(&model);
        let name = envelope_field(api, &model, wire);
        tokens = match is_there(api, &model, wire) {
            true => quote!(#tokens.map(|object| &object.#name)),
            false => quote!(#tokens.and_then(|object| object.#name.as_ref())),
        };
        if let Some(Type::Model(next)) = api.model(&model).field(wire).map(|field| &field.ty) {
            model.clone_from(next);
        }
    }
    match path.last().and_then(|wire| api.model(&last).field(wire)) {
        // What counts pages and items is far below the upper half of a number without a sign.
        Some(field) if field.ty == Type::Unsigned => {
            quote!(#tokens.and_then(|number| i64::try_from(*number).ok()))
        }
        _ => quote!(#tokens.cloned()),
    }
}
