//! The wire layer: progenitor's client and types, reshaped in one pass, formatted by prettyplease.
//!
//! typify knows nothing of drift (B12): the pass sets every field's type from the IR, gives every
//! received model the runtime's tolerant decoding instead of serde's, and keeps its Debug unless it
//! holds a secret.

use std::collections::BTreeMap;

use openapiv3::{OpenAPI, PathItem, ReferenceOr, StatusCode};
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, TypeImpl};
use quote::{ToTokens, format_ident, quote};
use serde_json::Value;
use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};

use crate::document::Document;
use crate::emit::checks;
use crate::emit::prose;
use crate::emit::rust::{debug, doc, ident, rust_type, shown_fields, type_ident};
use crate::error::{Error, GENERATOR, Result};
use crate::face::rust::by_resource::Item;
use crate::face::rust::examples;
use crate::face::rust::names::{told, wire_ident};
use crate::ir::words;
use crate::ir::{Api, Field, Location, Model, Operation, Param, Type, Union};
use crate::normalise::media;
use crate::normalise::unions::STRING_OR_INTEGER;

/// The methods of progenitor's client, reshaped.
pub(super) fn methods(document: &Document, api: &Api) -> Result<Vec<Item>> {
    let mut file = progenitor(document, api)?;
    let mut reshape = Reshape::new(api);
    reshape.visit_file_mut(&mut file);
    if let Some(name) = reshape.unknown.first() {
        let what = format!("progenitor ends the method `{name}` in a way that is not known here");
        return Err(fault(document, "", what));
    }
    let all = file.items.into_iter().filter_map(|item| match item {
        syn::Item::Impl(item) if item.trait_.is_none() => Some(item.items),
        _ => None,
    });
    let methods = all.flatten().filter_map(|member| match member {
        syn::ImplItem::Fn(method) => Some(Item {
            name: method.sig.ident.to_string(),
            tokens: method.into_token_stream(),
        }),
        _ => None,
    });
    Ok(methods.collect())
}

/// An error about a place of the document that a pass let through and should not have.
fn fault(document: &Document, at: &str, what: String) -> Error {
    document.error(at, what, GENERATOR)
}

fn progenitor(document: &Document, api: &Api) -> Result<syn::File> {
    let mut root = document.root.clone();
    make_safe(&mut root);
    rename(&mut root, api);
    let mut spec: OpenAPI = serde_json::from_value(root).map_err(|error| {
        let what = format!("the normalised document is not OpenAPI 3.0: {error}");
        fault(document, "", what)
    })?;
    forget_refusals(&mut spec);
    let mut settings = GenerationSettings::new();
    let impls = || [TypeImpl::Display, TypeImpl::FromStr, TypeImpl::Default].into_iter();
    settings.with_replacement(
        STRING_OR_INTEGER,
        "::snapline_runtime::StringOrInteger",
        impls(),
    );
    for item in &api.enums {
        let path = format!("crate::generated::enums::{}", type_ident(&item.name));
        settings.with_replacement(&item.name, path, impls());
    }
    // No type is typify's: it refuses some names, and knows nothing of drift.
    let models = api.models.iter().map(|model| &*model.name);
    for name in models.chain(api.unions.iter().map(|union| &*union.name)) {
        settings.with_replacement(name, format!("types::{}", type_ident(name)), impls());
    }
    let tokens = made(document, &spec, &settings)?;
    syn::parse2(tokens).map_err(|error| {
        let what = format!("progenitor made Rust that does not parse: {error}");
        fault(document, "", what)
    })
}

/// Gives parameters the names that progenitor is told.
fn rename(root: &mut Value, api: &Api) {
    let Some(paths) = root.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    let mut renamed = serde_json::Map::new();
    for (path, mut item) in std::mem::take(paths) {
        let mut new_path = path.clone();
        for operation in item
            .as_object_mut()
            .into_iter()
            .flat_map(|item| item.values_mut())
        {
            let id = operation.get("operationId").and_then(Value::as_str);
            let Some(known) = api.operations.iter().find(|known| Some(&*known.id) == id) else {
                continue;
            };
            for (param, told) in known.parameters.iter().zip(told(known)) {
                let is_path = param.location == Location::Path;
                let place = match param.location {
                    Location::Path => "path",
                    Location::Header => "header",
                    _ => "query",
                };
                let list = operation
                    .get_mut("parameters")
                    .and_then(Value::as_array_mut);
                let mut list = list.into_iter().flatten();
                let is =
                    |it: &Value, key: &str, text: &str| it.get(key).is_some_and(|it| it == text);
                let own = list.find(|it| is(it, "name", &param.wire) && is(it, "in", place));
                if let Some(own) = own.and_then(Value::as_object_mut) {
                    own.insert("name".to_owned(), told.as_str().into());
                }
                if is_path {
                    new_path =
                        new_path.replace(&format!("{{{}}}", param.wire), &format!("{{{told}}}"));
                }
            }
        }
        renamed.insert(new_path, item);
    }
    *paths = renamed;
}

/// What progenitor makes of a document. Where it refuses it, the error leads to the first operation that it refuses
/// alone as well.
fn made(document: &Document, spec: &OpenAPI, settings: &GenerationSettings) -> Result<TokenStream> {
    let make = |spec: &OpenAPI| Generator::new(settings).generate_tokens(spec);
    make(spec).map_err(|error| {
        let refused = document
            .operations()
            .into_iter()
            .find(|(_, path, method, _)| {
                let mut alone = spec.clone();
                alone.paths.paths.retain(|other, _| other == path);
                for item in alone.paths.paths.values_mut() {
                    for (other, operation) in operations(item) {
                        if other != *method {
                            *operation = None;
                        }
                    }
                }
                make(&alone).is_err()
            });
        let at = refused.map_or_else(String::new, |(pointer, ..)| pointer);
        fault(document, &at, format!("progenitor refuses this: {error}"))
    })
}

/// The operations of a path, by their methods.
fn operations(
    item: &mut ReferenceOr<PathItem>,
) -> impl Iterator<Item = (&'static str, &mut Option<openapiv3::Operation>)> {
    let item = match item {
        ReferenceOr::Item(item) => Some(item),
        ReferenceOr::Reference { .. } => None,
    };
    item.into_iter().flat_map(|item| {
        [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("delete", &mut item.delete),
            ("options", &mut item.options),
            ("head", &mut item.head),
            ("patch", &mut item.patch),
            ("trace", &mut item.trace),
        ]
    })
}

/// Makes the document's sentences ones that progenitor may put into doc comments.
fn make_safe(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                match inner {
                    Value::String(text)
                        if matches!(key.as_str(), "description" | "summary" | "title") =>
                    {
                        *text = prose::rust_whole(text);
                    }
                    Value::Object(_) | Value::Array(_) => make_safe(inner),
                    _ => {}
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_safe),
        _ => {}
    }
}

/// Leaves each operation its success: a refusal becomes the runtime's error before progenitor's
/// client could read it, and reading each one would be a third of every method.
fn forget_refusals(spec: &mut OpenAPI) {
    for item in spec.paths.paths.values_mut() {
        for operation in operations(item).filter_map(|(_, operation)| operation.as_mut()) {
            let responses = &mut operation.responses;
            responses.default = None;
            responses
                .responses
                .retain(|status, _| *status == StatusCode::Range(2));
        }
    }
}

/// The methods on a client that borrows what the runtime knows of one: where requests go, and what builds them.
pub(super) fn client(methods: &[&Item]) -> TokenStream {
    let methods = on_client(methods);
    quote! {
        #[allow(unused_imports)]
        use progenitor_client::{Error, RequestBuilderExt};
        #[allow(unused_imports)]
        use snapline_runtime::{TypedRequest, segment};
        #[allow(unused_imports)]
        use super::types;

        pub struct Client<'c>(pub &'c ::snapline_runtime::Core);

        #methods
    }
}

/// More methods on it, in a module below.
pub(super) fn more_of_client(methods: &[&Item]) -> TokenStream {
    let methods = on_client(methods);
    quote! {
        use super::*;

        #methods
    }
}

fn on_client(methods: &[&Item]) -> Option<TokenStream> {
    let each = methods.iter().map(|method| &method.tokens);
    (!methods.is_empty()).then(|| {
        quote! {
            impl Client<'_> {
                #(#each)*
            }
        }
    })
}

/// Leaves each method of the client the building of its request: what sends it, and reads the answer, is the runtime.
/// Points addresses and path encoding at the runtime, which leaves nothing for a URL parser to reinterpret.
struct Reshape<'a> {
    operations: BTreeMap<String, &'a Operation>,
    /// Methods whose ends are of another kind.
    unknown: Vec<String>,
}

impl<'a> Reshape<'a> {
    fn new(api: &'a Api) -> Self {
        let named = |operation: &'a Operation| (wire_ident(&operation.id).to_string(), operation);
        Self {
            operations: api.operations.iter().map(named).collect(),
            unknown: Vec::new(),
        }
    }

    /// Puts the finished request in place of a method's end, which sends it, from the first hook on.
    fn cut(&mut self, method: &mut syn::ImplItemFn) {
        let operation = self.operations.get(&method.sig.ident.to_string());
        let output = match operation.map(|operation| &operation.success_type) {
            Some(Some(ty)) => {
                let ty = spelled(ty);
                match operation.is_some_and(|operation| operation.maybe_nothing) {
                    true => quote!(Option<#ty>),
                    false => ty,
                }
            }
            _ => quote!(()),
        };
        let statements = &mut method.block.stmts;
        let begins = |statement: &syn::Stmt| text(statement).starts_with("self . pre (");
        let Some(at) = statements.iter().position(begins) else {
            return;
        };
        let reads: Option<syn::Expr> = match statements.last().map(text) {
            Some(last) if last.contains("ResponseValue :: from_response") => {
                for statement in statements.iter_mut() {
                    WithoutAccept.visit_stmt_mut(statement);
                }
                let raw = operation.filter(|operation| operation.raw_success);
                Some(match raw.map(|it| (&it.success_type, it.maybe_nothing)) {
                    None => syn::parse_quote!(TypedRequest::reads),
                    Some((Some(Type::Bytes), false)) => {
                        syn::parse_quote!(TypedRequest::reads_bytes)
                    }
                    Some((Some(Type::Bytes), true)) => {
                        syn::parse_quote!(TypedRequest::reads_bytes_if_any)
                    }
                    Some((_, false)) => syn::parse_quote!(TypedRequest::reads_text),
                    Some((_, true)) => syn::parse_quote!(TypedRequest::reads_text_if_any),
                })
            }
            Some(last) if last.contains("ResponseValue :: empty") => {
                Some(syn::parse_quote!(TypedRequest::reads_nothing))
            }
            _ => None,
        };
        let Some(reads) = reads else {
            self.unknown.push(method.sig.ident.to_string());
            return;
        };
        statements.truncate(at);
        statements.retain(|statement| !text(statement).starts_with("let info ="));
        for statement in statements.iter_mut() {
            if let syn::Stmt::Local(local) = statement {
                local.attrs.clear();
            }
        }
        let made: syn::Expr = syn::parse_quote!(Ok(#reads(request)));
        statements.push(syn::Stmt::Expr(made, None));
        method.sig.asyncness = None;
        method.sig.output = syn::parse_quote!(-> Result<TypedRequest<#output>, Error<()>>);
    }
}

/// Takes the header off that every request has which reads JSON.
struct WithoutAccept;

impl VisitMut for WithoutAccept {
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let syn::Expr::MethodCall(call) = expression
            && call.method == "header"
            && text(&call.args).contains("header :: ACCEPT")
            && text(&call.args).contains("\"application/json\"")
        {
            *expression = (*call.receiver).clone();
        }
    }
}

/// progenitor's header with the document's version, which no service asks for.
const VERSION_HEADER: &str = "\"api-version\"";

/// Takes the version header out of a method, and the map of headers where nothing else is in it.
fn without_version(method: &mut syn::ImplItemFn) {
    let statements = &mut method.block.stmts;
    statements.retain(|statement| !text(statement).contains(VERSION_HEADER));
    let fills = |statement: &syn::Stmt| text(statement).contains("header_map . append");
    if statements.iter().any(fills) {
        return;
    }
    statements.retain(|statement| !text(statement).starts_with("let mut header_map ="));
    for statement in statements {
        WithoutHeaders.visit_stmt_mut(statement);
    }
}

struct WithoutHeaders;

impl VisitMut for WithoutHeaders {
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        if let syn::Expr::MethodCall(call) = expression
            && call.method == "headers"
            && call.args.iter().map(text).eq(["header_map"])
        {
            *expression = (*call.receiver).clone();
        }
        visit_mut::visit_expr_mut(self, expression);
    }
}

/// Sets the type of a method's body.
fn takes(method: &mut syn::ImplItemFn, body: &TokenStream) {
    for input in &mut method.sig.inputs {
        if let syn::FnArg::Typed(input) = input
            && text(&input.pat) == "body"
        {
            *input.ty = syn::parse_quote!(&'a #body);
        }
    }
}

/// Makes the request what the document has and progenitor does not know: lists under one name, and media
/// types that are no plain JSON.
fn as_documented(method: &mut syn::ImplItemFn, operation: &Operation) {
    let lists = operation
        .parameters
        .iter()
        .filter(|param| param.separator.is_some() && matches!(param.ty, Type::List(_)));
    let lists: Vec<&Param> = lists.collect();
    let names = told(operation).into_iter();
    let names = names.zip(operation.parameters.iter().map(|param| &*param.wire));
    let names = names.filter(|(told, wire)| told != wire).collect();
    Named(names).visit_impl_item_fn_mut(method);
    let mut documented = Documented {
        lists: lists.iter().map(|param| param.wire.as_str()).collect(),
        operation,
        values: BTreeMap::new(),
    };
    documented.visit_impl_item_fn_mut(method);
    let statements = &mut method.block.stmts;
    let made = |statement: &syn::Stmt| match statement {
        syn::Stmt::Local(local)
            if local
                .init
                .as_ref()
                .is_some_and(|made| text(&made.expr).contains(". build ()")) =>
        {
            match &local.pat {
                syn::Pat::Ident(name) => Some(name.ident.clone()),
                _ => None,
            }
        }
        _ => None,
    };
    let Some((at, request)) = statements
        .iter()
        .enumerate()
        .find_map(|(at, statement)| Some((at, made(statement)?)))
    else {
        return;
    };
    for param in lists.into_iter().rev() {
        let (name, separator) = (&param.wire, &param.separator);
        if let Some(values) = documented.values.get(name) {
            let added = if param.required {
                quote!(Some(#values))
            } else {
                quote!(#values)
            };
            statements.insert(
                at + 1,
                syn::parse_quote!(::snapline_runtime::add_list(&mut #request, #name, #separator, #added);),
            );
        }
    }
}

/// Puts the names of the document in place of those that progenitor was told.
struct Named<'a>(BTreeMap<String, &'a str>);

impl VisitMut for Named<'_> {
    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        if call.method == "append" && text(&call.receiver) == "header_map" {
            self.put(call.args.first_mut());
        }
    }

    fn visit_expr_call_mut(&mut self, call: &mut syn::ExprCall) {
        visit_mut::visit_expr_call_mut(self, call);
        if text(&call.func).ends_with("QueryParam :: new") {
            self.put(call.args.first_mut());
        }
    }
}

impl Named<'_> {
    fn put(&self, argument: Option<&mut syn::Expr>) {
        if let Some(syn::Expr::Lit(literal)) = argument
            && let syn::Lit::Str(name) = &mut literal.lit
            && let Some(wire) = self.0.get(&name.value())
        {
            *name = syn::LitStr::new(wire, name.span());
        }
    }
}

/// What a request is to be beside what progenitor makes of it.
struct Documented<'a> {
    lists: Vec<&'a str>,
    operation: &'a Operation,
    /// The lists found, by name, with the argument that holds each.
    values: BTreeMap<String, syn::Expr>,
}

impl VisitMut for Documented<'_> {
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expression);
        let syn::Expr::MethodCall(call) = expression else {
            return;
        };
        let told = text(&call.args);
        let operation = self.operation;
        match (call.method.to_string().as_str(), operation.sends.as_deref()) {
            ("query", _) => {
                if let Some((name, value)) = query_param(&call.args)
                    && self.lists.contains(&name.as_str())
                {
                    self.values.insert(name, value);
                    *expression = (*call.receiver).clone();
                }
            }
            ("json", Some(media::FORM)) => {
                call.method = format_ident!("form");
                call.args = syn::parse_quote!(&::snapline_runtime::Form(body));
            }
            ("json", Some(sends)) => {
                let receiver = &call.receiver;
                *call.receiver = syn::parse_quote!(#receiver.header(
                    ::reqwest::header::CONTENT_TYPE,
                    ::reqwest::header::HeaderValue::from_static(#sends),
                ));
                if operation.raw_body {
                    call.method = format_ident!("body");
                    call.args = syn::parse_quote!(body.clone());
                }
            }
            ("header", _) if told.contains("header :: ACCEPT") => {
                if let Some(accepts) = &operation.accepts {
                    let accepts = match operation.raw_success {
                        true => accepts.clone(),
                        false => format!("{accepts}, application/json"),
                    };
                    call.args = syn::parse_quote!(
                        ::reqwest::header::ACCEPT,
                        ::reqwest::header::HeaderValue::from_static(#accepts),
                    );
                }
            }
            _ => {}
        }
    }
}

/// The name and the value in `&QueryParam::new("name", &value)`.
fn query_param(arguments: &Punctuated<syn::Expr, syn::Token![,]>) -> Option<(String, syn::Expr)> {
    let syn::Expr::Reference(outer) = arguments.first()? else {
        return None;
    };
    let syn::Expr::Call(call) = outer.expr.as_ref() else {
        return None;
    };
    let mut arguments = call.args.iter();
    match (arguments.next()?, arguments.next()?) {
        (
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(name),
                ..
            }),
            syn::Expr::Reference(value),
        ) => Some((name.value(), (*value.expr).clone())),
        _ => None,
    }
}

fn text(part: &impl ToTokens) -> String {
    part.to_token_stream().to_string()
}

impl VisitMut for Reshape<'_> {
    /// The client is not shown: what a call does is said at its builder.
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<syn::Attribute>) {
        attributes.retain(|attribute| !attribute.path().is_ident("doc"));
    }

    fn visit_impl_item_fn_mut(&mut self, method: &mut syn::ImplItemFn) {
        without_version(method);
        let operation = self.operations.get(&method.sig.ident.to_string()).copied();
        if let Some(operation) = operation {
            if let Some(body) = &operation.body {
                takes(method, &spelled(body));
            }
            as_documented(method, operation);
        }
        self.cut(method);
        visit_mut::visit_impl_item_fn_mut(self, method);
        if let Some(server) = operation.and_then(|operation| operation.server.as_ref()) {
            AtServer(server).visit_impl_item_fn_mut(method);
        }
    }

    /// What makes a client is the runtime's.
    fn visit_item_impl_mut(&mut self, item: &mut syn::ItemImpl) {
        item.items.retain(
            |member| !matches!(member, syn::ImplItem::Fn(method) if method.sig.receiver().is_none()),
        );
        visit_mut::visit_item_impl_mut(self, item);
    }

    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if text(expression) == "self . client" {
            *expression = syn::parse_quote!(self.0.http());
        } else if let syn::Expr::MethodCall(call) = expression
            && text(&call.receiver) == "self . 0 . http ()"
            && let Some(method) = unnamed(&call.method)
        {
            // reqwest has no function of its own for these.
            let (client, url) = (&call.receiver, &call.args);
            *expression = syn::parse_quote!(#client.request(::reqwest::Method::#method, #url));
        } else if let syn::Expr::Macro(made) = expression
            && let Some(url) = url(&made.mac)
        {
            *expression = url;
        }
    }
}

/// The constant of a method that reqwest's client does not have as a function.
fn unnamed(method: &syn::Ident) -> Option<syn::Ident> {
    ["options", "trace"]
        .into_iter()
        .find(|name| method == name)
        .map(|name| format_ident!("{}", name.to_uppercase()))
}

/// `format!("{}/path/{}", self.baseurl, …)` as the runtime's address of a path.
fn url(made: &syn::Macro) -> Option<syn::Expr> {
    let parse = Punctuated::<syn::Expr, syn::Token![,]>::parse_terminated;
    let mut arguments = made.parse_body_with(parse).ok()?.into_iter();
    let syn::Expr::Lit(syn::ExprLit {
        lit: syn::Lit::Str(template),
        ..
    }) = arguments.next()?
    else {
        return None;
    };
    let template = template.value();
    let path = template.strip_prefix("{}")?;
    arguments
        .next()
        .filter(|base| text(base) == "self . baseurl")?;
    let values: Vec<syn::Expr> = arguments
        .map(|mut value| {
            AsSegment.visit_expr_mut(&mut value);
            value
        })
        .collect();
    Some(if values.is_empty() {
        syn::parse_quote!(self.0.url(#path))
    } else {
        syn::parse_quote!(self.0.url(&format!(#path, #(#values),*)))
    })
}

/// Sends a method's request to a server of its own.
struct AtServer<'a>(&'a str);

impl VisitMut for AtServer<'_> {
    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        visit_mut::visit_expr_method_call_mut(self, call);
        if call.method == "url" && text(&call.receiver) == "self . 0" {
            let server = self.0;
            call.method = format_ident!("url_at");
            call.args.insert(0, syn::parse_quote!(#server));
        }
    }
}

/// Points `encode_path(&value.to_string())` at the runtime, which encodes the value while it is written.
struct AsSegment;

impl VisitMut for AsSegment {
    fn visit_expr_mut(&mut self, expression: &mut syn::Expr) {
        visit_mut::visit_expr_mut(self, expression);
        if let syn::Expr::Call(call) = expression
            && text(&call.func) == "encode_path"
            && let Some(syn::Expr::Reference(outer)) = call.args.first()
            && let syn::Expr::MethodCall(made) = outer.expr.as_ref()
            && made.method == "to_string"
        {
            let value = &made.receiver;
            *expression = syn::parse_quote!(segment(&#value));
        }
    }
}

/// The objects and unions, in the order of their names.
pub(super) fn types(api: &Api) -> Vec<Item> {
    let mut all: Vec<(&str, TokenStream)> = Vec::new();
    for model in &api.models {
        let shape = shape_model(model, examples::is_met(api, model));
        // Only what is sent is known to end.
        let bounded = model.requested && checks::bounded(api, &Type::Model(model.name.clone()));
        let check = bounded.then(|| checks::model(api, &model.name, &model.shaped_fields()));
        all.push((&model.name, quote!(#shape #check)));
    }
    for union in &api.unions {
        let shape = shape_union(union);
        let bounded = checks::bounded(api, &Type::Union(union.name.clone()));
        let check = bounded.then(|| checks::union(api, union));
        all.push((&union.name, quote!(#shape #check)));
    }
    all.sort_by_key(|(name, _)| *name);
    let items = all.into_iter().map(|(name, tokens)| Item {
        name: type_ident(name).to_string(),
        tokens,
    });
    items.collect()
}

/// A type as progenitor spells it.
fn spelled(ty: &Type) -> TokenStream {
    match ty {
        Type::String => quote!(::std::string::String),
        Type::List(inner) => {
            let inner = spelled(inner);
            quote!(::std::vec::Vec<#inner>)
        }
        Type::Map(inner) => {
            let inner = spelled(inner);
            quote!(::std::collections::BTreeMap<::std::string::String, #inner>)
        }
        Type::Enum(_) => rust_type(ty, &quote!(crate::generated::enums)),
        _ => rust_type(ty, &quote!(types)),
    }
}

/// How a field is declared: its serde attribute and its type.
pub(crate) fn field_shape(
    field: &Field,
    sent: bool,
    always_optional: bool,
) -> (TokenStream, TokenStream) {
    let models = quote!(crate::models);
    let ty = rust_type(&field.ty, &models);
    let name = ident(&field.name);
    let rename = (name != field.wire.as_str()).then(|| {
        let wire = &field.wire;
        quote!(rename = #wire)
    });
    let optional = !field.required || always_optional;
    let skip = optional.then(|| quote!(skip_serializing_if = "Option::is_none"));
    let parts: Vec<TokenStream> = rename.into_iter().chain(skip).collect();
    let attribute = if parts.is_empty() {
        quote!()
    } else {
        quote!(#[serde(#(#parts),*)])
    };
    let ty = match (optional, field.nullable) {
        (true, true) if sent => quote!(Option<::snapline_runtime::Nullable<#ty>>),
        (true, _) | (false, true) => quote!(Option<#ty>),
        (false, false) => ty,
    };
    (attribute, ty)
}

fn shape_model(model: &Model, is_met: bool) -> TokenStream {
    let name = &type_ident(&model.name);
    let text = doc(&model.doc);
    let example = match is_met {
        true => examples::of_type(&model.name),
        false => quote!(#[doc(hidden)]),
    };
    let always_optional = model.is_wrapping();
    let fields = model.fields.iter().map(|field| {
        let text = doc(&words::with_bounds(&field.doc, &field.rules));
        let ident = ident(&field.name);
        let (attribute, ty) = field_shape(field, model.tells_null(field), always_optional);
        quote!(#text #attribute pub #ident: #ty)
    });
    let tolerant = model.received.then(|| {
        let entries = model.fields.iter().map(|field| {
            let ident = ident(&field.name);
            let wire = &field.wire;
            let word = if field.can_be_absent() || always_optional {
                format_ident!("optional")
            } else {
                format_ident!("required")
            };
            quote!(#word #ident: #wire)
        });
        let bare = model.bare.iter().map(|field| quote!(or #field));
        quote!(::snapline_runtime::model! { #name #(#bare)* { #(#entries),* } })
    });
    let (derive, shown) = debug(
        name,
        model
            .fields
            .iter()
            .map(|field| (self::ident(&field.name), field.secret)),
    );
    let mut derives = vec![
        quote!(::serde::Serialize),
        quote!(Clone #derive),
        quote!(PartialEq),
    ];
    if !model.received {
        derives.push(quote!(::serde::Deserialize));
        if model.fields.iter().all(Field::can_be_absent) {
            derives.push(quote!(Default));
        }
    }
    let closed = (!model.envelope).then(|| quote!(#[non_exhaustive]));
    let lenient = model.is_read_leniently().then(|| quote!(lenient));
    let text_form =
        (!model.envelope).then(|| quote!(::snapline_runtime::json_text!(#lenient #name);));
    let constructor = (model.sent).then(|| shape_constructor(name, model));
    quote! {
        #text
        #example
        #[derive(#(#derives),*)]
        #closed
        pub struct #name { #(#fields),* }
        #shown
        #tolerant
        #text_form
        #constructor
    }
}

/// `new` with what is required, so that users can make a value of a type that may grow.
fn shape_constructor(name: &syn::Ident, model: &Model) -> TokenStream {
    let models = quote!(crate::models);
    let given: Vec<&Field> = model
        .fields
        .iter()
        .filter(|field| !field.can_be_absent() && !field.read_only)
        .collect();
    let arguments = given.iter().map(|field| {
        let ident = ident(&field.name);
        let ty = match &field.ty {
            Type::String => quote!(impl Into<String>),
            Type::Enum(_) => {
                let ty = rust_type(&field.ty, &models);
                quote!(impl Into<#ty>)
            }
            other => rust_type(other, &models),
        };
        quote!(#ident: #ty)
    });
    let fields = model.fields.iter().map(|field| {
        let ident = ident(&field.name);
        if given.iter().any(|other| other.name == field.name) {
            match &field.ty {
                Type::String | Type::Enum(_) => quote!(#ident: #ident.into()),
                _ => quote!(#ident),
            }
        } else if field.can_be_absent() {
            quote!(#ident: None)
        } else {
            quote!(#ident: Default::default())
        }
    });
    let text = doc("A value with what is required; the rest is left out until it is set.");
    quote! {
        impl #name {
            #text
            #[must_use]
            pub fn new(#(#arguments),*) -> Self {
                Self { #(#fields),* }
            }
        }
    }
}

/// As [`debug`], for an enum whose variants have fields.
fn debug_of_variants(union: &Union) -> (TokenStream, TokenStream) {
    let mut all = union.variants.iter().flat_map(|variant| &variant.fields);
    if !all.any(|field| field.secret) {
        return (quote!(, Debug), quote!());
    }
    let name = type_ident(&union.name);
    let its = |field: &Field| format_ident!("its_{}", ident(&field.name));
    let arms = union.variants.iter().map(|variant| {
        let own = type_ident(&variant.name);
        let told = own.to_string();
        let shown = variant.fields.iter().filter(|field| !field.secret);
        let bound = shown.map(|field| {
            let (name, value) = (ident(&field.name), its(field));
            quote!(#name: #value)
        });
        let values = variant.fields.iter().map(|field| {
            let value = its(field);
            (ident(&field.name), field.secret, quote!(#value))
        });
        let values = shown_fields(values);
        quote!(Self::#own { #(#bound,)* .. } => f.debug_struct(#told)#values.finish())
    });
    let shown = quote! {
        impl ::std::fmt::Debug for #name {
            /// Secrets are left out (B19).
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                match self { #(#arms),* }
            }
        }
    };
    (quote!(), shown)
}

fn shape_union(union: &Union) -> TokenStream {
    let name = &type_ident(&union.name);
    let text = doc(&union.doc);
    let example = examples::of_type(&union.name);
    let tag = &union.tag;
    let variants = union.variants.iter().map(|variant| {
        let told = if variant.doc.is_empty() {
            format!("`{}`.", variant.value)
        } else {
            variant.doc.clone()
        };
        let text = doc(&told);
        let ident = type_ident(&variant.name);
        let value = &variant.value;
        let fields = variant.fields.iter().map(|field| {
            let text = doc(&words::with_bounds(&field.doc, &field.rules));
            let ident = crate::emit::rust::ident(&field.name);
            let (attribute, ty) = field_shape(field, true, false);
            quote!(#text #attribute #ident: #ty)
        });
        let body = if variant.fields.is_empty() {
            quote!()
        } else {
            quote!({ #(#fields),* })
        };
        quote!(#text #[serde(rename = #value)] #ident #body)
    });
    let (derive, shown) = debug_of_variants(union);
    quote! {
        #text
        #example
        #[derive(::serde::Serialize, ::serde::Deserialize, Clone #derive, PartialEq)]
        #[serde(tag = #tag)]
        #[non_exhaustive]
        pub enum #name { #(#variants),* }
        #shown
        ::snapline_runtime::json_text! { #name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(root: Value) -> Document {
        Document::new("tiny.yaml", root)
    }

    #[test]
    fn what_progenitor_refuses_is_named_with_its_place() {
        let fine = json!({"operationId": "fine", "responses": {"2XX": {"description": "Done."}}});
        let mut odd = fine.clone();
        odd["operationId"] = json!("odd");
        odd["requestBody"] = json!({"content": {"text/csv": {"schema": {"type": "object"}}}});
        let document = document(json!({
            "openapi": "3.0.3",
            "info": {"title": "Tiny", "version": "1"},
            "paths": {"/a": {"get": fine, "post": odd}},
        }));
        let spec = serde_json::from_value(document.root.clone()).unwrap();
        let error = made(&document, &spec, &GenerationSettings::new()).unwrap_err();
        let (text, begin) = (
            error.to_string(),
            "tiny.yaml at /paths/~1a/post (operation odd): progenitor refuses",
        );
        assert!(
            text.starts_with(begin) && text.ends_with(GENERATOR),
            "{text}"
        );
    }
}
