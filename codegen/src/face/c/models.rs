//! Models: a handle for each, with getters, and builders for those that are sent.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::function::{Function, Parameter, doc, error, place};
use super::input::{As, Settable, described, input, setters};
use super::names::{Names, Parameters, Part, handle};
use crate::emit::rust::{ident, module_file, type_ident};
use crate::ir::{Api, Field, Form, Helper, Model, ModelId, Type};

/// Models that users see, by the first word of their names, which keeps the files small.
pub(crate) fn groups(api: &Api) -> BTreeMap<String, Vec<&Model>> {
    let mut groups: BTreeMap<String, Vec<&Model>> = BTreeMap::new();
    for model in api.visible() {
        groups.entry(group(&model.name)).or_default().push(model);
    }
    groups
}

/// The group of a model.
pub(crate) fn group(model: &str) -> String {
    let words = model.to_snake_case();
    module_file(words.split('_').next().unwrap_or(&words))
}

/// The names of the types that [`types`] writes, in its order.
pub(super) fn type_names(api: &Api, names: &Names) -> Vec<String> {
    let mut all = Vec::new();
    for model in api.visible() {
        let face = Face::new(api, names, model);
        let used = &face.used;
        all.push(face.ty.clone());
        all.extend(used.one.then(|| callback_of(&face.ty)));
        if used.list {
            all.extend([face.list(), callback_of(&face.list())]);
        }
        if used.page {
            all.extend([face.page(), callback_of(&face.page()), face.iter()]);
        }
    }
    all
}

/// The handles of all models, in one file: models hold each other.
pub(super) fn types(api: &Api, names: &Names) -> TokenStream {
    let mut items = Vec::new();
    for model in api.visible() {
        let face = Face::new(api, names, model);
        items.push(face.shape());
        let used = &face.used;
        if used.one {
            items.push(callback(&face.ty));
        }
        let (item, rust) = (format_ident!("{}", face.ty), type_ident(&model.name));
        if used.list {
            let ty = format_ident!("{}", face.list());
            items.push(quote! {
                /// Items that a call gave.
                pub struct #ty {
                    pub(crate) items: Vec<#item>,
                }

                output!(#ty, Vec<models::#rust>, |items| Shape::from_rust(items));
            });
            items.push(callback(&face.list()));
        }
        if used.page {
            let (ty, iter) = (
                format_ident!("{}", face.page()),
                format_ident!("{}", face.iter()),
            );
            items.push(quote! {
                /// One page of a list.
                pub struct #ty {
                    pub(crate) page: Paged<#item>,
                }

                output!(#ty, Page<models::#rust>, |page| Paged::from_value(page));

                /// Walks all items of a list, fetching pages as they are needed. It may outlive its client.
                pub struct #iter {
                    pub(crate) walk: Walk<Client, #item>,
                }
            });
            items.push(callback(&face.page()));
        }
    }
    let crate_name = format_ident!("{}", names.crate_name());
    quote! {
        //! Objects as C sees them, which models hold of each other too.

        use #crate_name::{Client, models};

        use crate::prelude::*;

        #(#items)*
    }
}

fn callback_of(ty: &str) -> String {
    format!("{ty}_callback")
}

/// The type of a function that gets a handle in the background.
fn callback(ty: &str) -> TokenStream {
    let (name, of) = (format_ident!("{}", callback_of(ty)), format_ident!("{ty}"));
    quote! {
        /// Gets the outcome of a call in the background.
        pub type #name = Option<
            unsafe extern "C" fn(
                user_data: *mut c_void,
                status: snapline_status,
                out: Option<Box<#of>>,
                error: Option<Box<snapline_error>>,
            ),
        >;
    }
}

/// The functions of a group's models.
pub(super) fn functions(api: &Api, names: &Names, members: &[&Model]) -> TokenStream {
    let functions: Vec<Function> = members
        .iter()
        .flat_map(|model| Face::new(api, names, model).functions())
        .collect();
    let (crate_name, provider) = (
        format_ident!("{}", names.crate_name()),
        ident(&api.provider.name),
    );
    quote! {
        //! Objects as C sees them: getters that borrow, and builders.

        use #crate_name::models;

        use crate::generated::#provider::enums::*;
        use crate::generated::#provider::types::*;
        use crate::prelude::*;

        #(#functions)*
    }
}

struct Face<'a> {
    names: &'a Names,
    model: &'a Model,
    ty: String,
    param: String,
    used: Used,
}

impl<'a> Face<'a> {
    fn new(api: &Api, names: &'a Names, model: &'a Model) -> Self {
        Self {
            names,
            model,
            ty: names.model(&model.name),
            param: handle(&model.name),
            used: Used::of(api, &model.name),
        }
    }

    fn list(&self) -> String {
        self.names.list(&self.model.name)
    }

    fn page(&self) -> String {
        self.names.page(&self.model.name)
    }

    fn iter(&self) -> String {
        self.names.iter(&self.model.name)
    }

    /// The struct, and how it is made from and turned into the Rust model.
    fn shape(&self) -> TokenStream {
        let Self { model, .. } = self;
        let (ty, rust, text) = (
            format_ident!("{}", self.ty),
            type_ident(&model.name),
            doc(&model.doc),
        );
        let fields: Vec<_> = model
            .fields
            .iter()
            .map(|field| ident(&field.name))
            .collect();
        let kept = model.fields.iter().map(|field| self.kept(field));
        let given: Vec<_> = self.given().map(|field| ident(&field.name)).collect();
        let (constructor, given) = if model.received {
            (quote!(default), Vec::new())
        } else {
            (quote!(new), given)
        };
        let rest = fields.iter().filter(|field| !given.contains(field));
        let held = model
            .sent
            .then(|| quote!(pub(crate) fault_: Option<Error>,));
        let fault = model.sent.then(|| quote!(, fault_));
        let argument = (!model.sent && self.used.origin).then(|| {
            quote! {
                impl Argument for #ty {
                    fn argument(&self) -> Result<models::#rust, Error> { Ok(self.to_rust()) }
                }
            }
        });
        quote! {
            #text
            pub struct #ty {
                #(pub(crate) #fields: #kept,)*
                #held
            }

            shape!(#ty, models::#rust, #constructor(#(#given),*), set(#(#rest),*) #fault);

            #argument
        }
    }

    /// Fields that `_new` takes.
    fn given(&self) -> impl Iterator<Item = &'a Field> {
        self.model
            .fields
            .iter()
            .filter(|field| !field.can_be_absent() && !field.read_only)
    }

    /// The type a field is kept as.
    fn kept(&self, field: &Field) -> TokenStream {
        let ty = self.shaped(&field.ty);
        if self.model.tells_null(field) {
            quote!(Option<Nullable<#ty>>)
        } else if field.can_be_absent() {
            quote!(Option<#ty>)
        } else {
            ty
        }
    }

    fn shaped(&self, ty: &Type) -> TokenStream {
        match ty {
            Type::String => quote!(Text),
            Type::Integer => quote!(i64),
            Type::Unsigned => quote!(u64),
            Type::Number => quote!(f64),
            Type::Boolean => quote!(bool),
            Type::Timestamp => quote!(Moment),
            Type::StringOrInteger => quote!(TextOrInteger),
            Type::Enum(name) => {
                let name = type_ident(name);
                quote!(EnumValue<models::#name>)
            }
            Type::Model(name) => {
                let name = format_ident!("{}", self.names.model(name));
                quote!(#name)
            }
            Type::List(item) if Part::getters(ty, false).first() == Some(&Part::Count) => {
                let item = self.shaped(item);
                quote!(Vec<#item>)
            }
            // Bytes are no field.
            Type::List(_) | Type::Map(_) | Type::Json | Type::Union(_) | Type::Bytes => {
                let rust = self.names.rust(ty);
                quote!(Json<#rust>)
            }
        }
    }

    fn functions(&self) -> Vec<Function> {
        let mut all = Vec::new();
        if self.model.sent {
            all.push(self.builder());
            for field in self.model.fields.iter().filter(|field| !field.read_only) {
                all.extend(self.setters(field));
            }
        }
        for field in &self.model.fields {
            let parts = Part::getters(&field.ty, field.can_be_absent());
            all.extend(parts.into_iter().map(|part| self.getter(field, part)));
        }
        all.extend(self.model.helpers().iter().map(|it| self.helper(it)));
        all.extend(self.json());
        all.push(end(
            &self.ty,
            &self.param,
            "an object that you own, with what is borrowed from it",
        ));
        if self.used.list {
            all.extend(counted(&self.list(), "list", &self.ty, &quote!(items)));
            all.push(end(&self.list(), "list", "a list and its items"));
        }
        if self.used.page {
            let page = self.page();
            all.extend(counted(&page, "page", &self.ty, &quote!(page.items)));
            all.extend(numbers(&page));
            all.extend(self.used.cursor.then(|| cursor(&page)));
            all.push(end(&page, "page", "a page and its items"));
            all.push(self.next());
            all.push(end(
                &self.iter(),
                "iterator",
                "an iterator and the item borrowed from it",
            ));
        }
        all
    }

    /// A function that reads a field.
    fn getter(&self, field: &Field, part: Part) -> Function {
        let mut used = Parameters::default();
        let it = used.own(&self.param);
        let (ty, name, param) = (format_ident!("{}", self.ty), &field.name, ident(&it));
        let mut params = vec![Parameter::new(&it, quote!(Option<&#ty>))];
        if matches!(part, Part::At | Part::LengthAt | Part::TextAt) {
            params.push(Parameter::new("index", quote!(usize)));
        }
        if matches!(part, Part::Nanoseconds | Part::Integer) {
            params.push(Parameter::new("out", quote!(Option<&mut MaybeUninit<i64>>)));
        }
        let member = ident(name);
        let read = quote!(|it| &it.#member);
        let (item, text) = match &field.ty {
            Type::List(item) => (item.as_ref(), ""),
            other => (other, field.doc.trim()),
        };
        let pointer = quote!(-> *const c_char);
        let choice = |of: &str, number: TokenStream| {
            let of = format_ident!("{}", self.names.enumeration(of));
            (quote!(-> #of), quote!(#of::of(#number)))
        };
        let model = |of: &str| {
            let of = format_ident!("{}", self.names.model(of));
            quote!(-> Option<&#of>)
        };
        let plain = |ty: &Type| {
            let ty = self.names.rust(ty);
            quote!(-> #ty)
        };
        let (returns, body) = match (part, item) {
            (Part::Get, Type::Enum(of)) => choice(of, quote!(read::enum_number(#param, #read))),
            (Part::Get, Type::Model(of)) => (model(of), self.read_part(field, &param)),
            (Part::Get, ty) if ty.is_by_value() => {
                (plain(item), quote!(read::number(#param, #read)))
            }
            (Part::Get | Part::Text | Part::Json, _) => {
                (pointer, quote!(read::text(#param, #read)))
            }
            (Part::Length, _) => (quote!(-> usize), quote!(read::length(#param, #read))),
            (Part::Nanoseconds, _) => (
                quote!(-> bool),
                quote!(read::nanoseconds(#param, out, #read)),
            ),
            (Part::Integer, _) => (quote!(-> bool), quote!(read::integer(#param, out, #read))),
            (Part::Count, _) => (quote!(-> usize), quote!(read::count(#param, #read))),
            (Part::At, Type::Enum(of)) => {
                choice(of, quote!(read::enum_number_at(#param, index, #read)))
            }
            (Part::At, Type::Model(of)) => (model(of), quote!(read::part_at(#param, index, #read))),
            (Part::At, ty) if ty.is_by_value() => {
                (plain(item), quote!(read::number_at(#param, index, #read)))
            }
            (Part::At | Part::TextAt, _) => (pointer, quote!(read::text_at(#param, index, #read))),
            (Part::LengthAt, _) => (
                quote!(-> usize),
                quote!(read::length_at(#param, index, #read)),
            ),
            _ => (quote!(-> bool), quote!(read::has(#param, #read))),
        };
        let told = match part {
            Part::Get | Part::Json if text.is_empty() => format!("{name}."),
            Part::Get => text.to_owned(),
            Part::Json => format!("{text} As JSON text."),
            Part::Count => format!("How many {name} there are. {}", field.doc.trim()),
            Part::At => format!("One of {name}."),
            Part::Length => format!("The length of {name}."),
            Part::LengthAt => format!("The length of one of {name}."),
            Part::Text => format!("{name} as received."),
            Part::TextAt => format!("One of {name} as received."),
            Part::Nanoseconds => format!("Reads {name} in nanoseconds since the Unix epoch."),
            Part::Integer => format!("Reads {name} as an integer, if it is one."),
            _ => format!("Whether {name} is there."),
        };
        Function {
            name: self.names.part(&self.ty, name, part),
            doc: told.trim().to_owned(),
            params,
            returns,
            body,
        }
    }

    /// A model inside this one.
    fn read_part(&self, field: &Field, param: &proc_macro2::Ident) -> TokenStream {
        let member = ident(&field.name);
        if self.model.tells_null(field) {
            quote!(part(#param, |it| it.#member.as_ref()?.as_option()))
        } else if field.can_be_absent() {
            quote!(part(#param, |it| it.#member.as_ref()))
        } else {
            quote!(part(#param, |it| Some(&it.#member)))
        }
    }

    fn setters(&self, field: &Field) -> Vec<Function> {
        let null = if self.model.tells_null(field) {
            Some(quote!(Some(Nullable::Null)))
        } else {
            field.nullable.then(|| quote!(None))
        };
        let settable = Settable {
            owner: &self.ty,
            handle: &self.param,
            name: &field.name,
            ty: &field.ty,
            doc: &field.doc,
            rules: &field.rules,
            put: quote!(put_shaped),
            steps: Vec::new(),
            null,
        };
        setters(self.names, &settable)
    }

    /// `_new` with what is required.
    fn builder(&self) -> Function {
        let Self { names, model, .. } = self;
        let mut used = Parameters::default();
        let mut params = Vec::new();
        let mut lines = Vec::new();
        let mut members = Vec::new();
        for field in &model.fields {
            let member = ident(&field.name);
            if !self.given().any(|given| given.name == field.name) {
                let none = field.can_be_absent();
                members.push(if none {
                    quote!(#member: None)
                } else {
                    quote!(#member: Shape::from_rust(Default::default()))
                });
                continue;
            }
            let input = input(names, &mut used, &field.name, &field.ty, As::Value);
            let value = if let Type::Model(_) = field.ty {
                // There is no zero value of an object: a faulty one is kept with its fault.
                let c = input.first();
                quote!(accept_object(&mut fault_, #c)?)
            } else {
                let taken = input.taken(&[]);
                quote!(accept(&mut fault_, #taken)?.unwrap_or_default())
            };
            members.push(quote!(#member: Shape::from_rust(#value)));
            lines.push(line(
                names,
                &field.name,
                &field.ty,
                &described(names, &field.doc, &field.rules, &field.ty, input.form),
                &input.params,
            ));
            params.extend(input.params);
        }
        let ty = format_ident!("{}", self.ty);
        let fault = if params.is_empty() {
            quote!(fault_: None)
        } else {
            quote!(fault_)
        };
        let begin = (!params.is_empty()).then(|| quote!(let mut fault_ = None;));
        Function {
            name: format!("{}_new", self.ty),
            doc: with_lines("Makes one with what is required.", &lines),
            params,
            returns: quote!(-> Option<Box<#ty>>),
            body: quote! {
                make(|| {
                    #begin
                    Some(#ty { #(#members,)* #fault })
                })
            },
        }
    }

    /// A function that asks no service.
    fn helper(&self, helper: &Helper) -> Function {
        let mut used = Parameters::default();
        let it = used.own(&self.param);
        let (ty, name) = (format_ident!("{}", self.ty), ident(helper.name));
        let out = quote!(Option<&mut MaybeUninit<*mut c_char>>);
        let mut params = vec![Parameter::new(&it, quote!(Option<&#ty>))];
        let mut lines = Vec::new();
        if let Some((argument, about)) = helper.argument {
            params.push(Parameter::new(argument, quote!(*const c_char)));
            lines.push(format!("- {argument}: {about}"));
        }
        params.extend([Parameter::new("out", out), error()]);
        let given = helper.argument.map(|(argument, _)| ident(argument));
        let given = given.map(|argument| quote!(text!(#argument)?));
        let object = ident(&it);
        let text = format!("{} {}", helper.doc, helper.more);
        Function {
            name: format!("{}_{}", self.ty, helper.name),
            doc: with_lines(text.trim(), &lines),
            params,
            returns: quote!(-> snapline_status),
            body: quote!(helped(#it, #object, out, error, |it| it.#name(#given))),
        }
    }

    fn json(&self) -> [Function; 2] {
        let Self {
            names: _,
            model,
            param,
            ..
        } = self;
        let (ty, it) = (format_ident!("{}", self.ty), ident(param));
        let out = quote!(Option<&mut MaybeUninit<*mut c_char>>);
        let to = Function {
            name: format!("{}_to_json", self.ty),
            doc: "Writes the object as JSON, with the service's names.".to_owned(),
            params: vec![
                Parameter::new(param, quote!(Option<&#ty>)),
                Parameter::new("out", out),
                error(),
            ],
            returns: quote!(-> snapline_status),
            body: quote!(to_json(#param, #it, out, error)),
        };
        let reading = if model.is_read_leniently() {
            "as a call reads it"
        } else {
            "strictly, since it may be sent"
        };
        let from = Function {
            name: format!("{}_from_json", self.ty),
            doc: format!("Makes one from JSON with the service's names, read {reading}."),
            params: vec![
                Parameter::new("json_text", quote!(*const c_char)),
                Parameter::new("out", place(&self.ty)),
                error(),
            ],
            returns: quote!(-> snapline_status),
            body: quote!(from_json::<#ty>(|| text!(json_text), out, error)),
        };
        [to, from]
    }

    fn next(&self) -> Function {
        let (iter, item) = (
            format_ident!("{}", self.iter()),
            format_ident!("{}", self.ty),
        );
        Function {
            name: format!("{}_next", self.iter()),
            doc: "Moves on to the next item, which is borrowed until the call after; NULL after the last. Blocks while \
                  a page is fetched. After an error there are no more items."
                .to_owned(),
            params: vec![
                Parameter::new("iterator", quote!(Option<&mut #iter>)),
                Parameter::new("out", quote!(Option<&mut MaybeUninit<*const #item>>)),
                error(),
            ],
            returns: quote!(-> snapline_status),
            body: quote!(walk::next(iterator.map(|it| &mut it.walk), out, error)),
        }
    }
}

/// `_free` of a handle.
pub(super) fn end(ty: &str, param: &str, what: &str) -> Function {
    let (of, it) = (format_ident!("{ty}"), ident(param));
    Function {
        name: format!("{ty}_free"),
        doc: format!("Frees {what}."),
        params: vec![Parameter::new(param, quote!(Option<Box<#of>>))],
        returns: quote!(),
        body: quote!(free(#it)),
    }
}

/// `_count` and `_at` of a list or page.
fn counted(ty: &str, param: &str, item: &str, items: &TokenStream) -> [Function; 2] {
    let (of, it, item) = (format_ident!("{ty}"), ident(param), format_ident!("{item}"));
    let handle = Parameter::new(param, quote!(Option<&#of>));
    let count = Function {
        name: format!("{ty}_count"),
        doc: format!("How many items the {param} has."),
        params: vec![handle.clone()],
        returns: quote!(-> usize),
        body: quote!(read::count(#it, |it| &it.#items)),
    };
    let at = Function {
        name: format!("{ty}_at"),
        doc: "One item.".to_owned(),
        params: vec![handle, Parameter::new("index", quote!(usize))],
        returns: quote!(-> Option<&#item>),
        body: quote!(read::part_at(#it, index, |it| &it.#items)),
    };
    [count, at]
}

/// What a page tells beside its items.
fn numbers(ty: &str) -> Vec<Function> {
    let of = format_ident!("{ty}");
    [
        (
            "number",
            "The number of this page, from 1 or what else the service begins with; where the list goes by how many items \
             stand before a page, that; 0 where it goes by a cursor.",
            quote!(u64),
            quote!(it.page.number),
        ),
        (
            "next_page",
            "The number of the next page, counted as that of this one; 0 if this is the last.",
            quote!(u64),
            quote!(it.page.next.unwrap_or(0)),
        ),
        (
            "total",
            "How many items all pages have together; -1 if the service does not say.",
            quote!(i64),
            quote!(
                it.page
                    .total
                    .and_then(|total| i64::try_from(total).ok())
                    .unwrap_or(-1)
            ),
        ),
    ]
    .into_iter()
    .map(|(name, doc, returns, read)| Function {
        name: format!("{ty}_{name}"),
        doc: doc.to_owned(),
        params: vec![Parameter::new("page", quote!(Option<&#of>))],
        returns: quote!(-> #returns),
        body: quote!(get(page, |it| #read)),
    })
    .collect()
}

/// What a page of a list tells that goes by a cursor.
fn cursor(ty: &str) -> Function {
    let of = format_ident!("{ty}");
    Function {
        name: format!("{ty}_next_cursor"),
        doc: "The cursor of the next page; NULL if this is the last one, and where the list goes by a number."
            .to_owned(),
        params: vec![Parameter::new("page", quote!(Option<&#of>))],
        returns: quote!(-> *const c_char),
        body: quote!(read::text(page, |it| &it.page.next_cursor)),
    }
}

/// What the header says of one argument.
pub(super) fn line(
    names: &Names,
    name: &str,
    ty: &Type,
    text: &str,
    params: &[Parameter],
) -> String {
    let shown: Vec<&str> = params.iter().map(|param| param.name.as_str()).collect();
    let mut text = format!("- {}: {text}", shown.join(", "));
    if let Type::StringOrInteger = ty {
        text.push_str(&format!(" NULL if it is set with `_set_{name}_integer`."));
    }
    let numbers = super::input::numbers_of(names, ty).is_some();
    if numbers && matches!(ty, Type::List(_)) {
        text.push_str(" An array of int32_t.");
    }
    text
}

/// A sentence with a list below it.
pub(super) fn with_lines(text: &str, lines: &[String]) -> String {
    if lines.is_empty() {
        return text.to_owned();
    }
    format!("{text}\n{}", lines.join("\n"))
}

/// In which forms calls give or take a model.
struct Used {
    one: bool,
    list: bool,
    page: bool,
    cursor: bool,
    origin: bool,
}

impl Used {
    fn of(api: &Api, model: &ModelId) -> Self {
        let wanted = Type::Model(model.clone());
        let gives = |form: Form| api.calls().any(|call| *call.form.something() == form);
        Self {
            one: gives(Form::One(wanted.clone())),
            list: gives(Form::List(wanted.clone())),
            page: api
                .calls()
                .any(|call| matches!(&call.form, Form::Page { item, .. } if *item == wanted)),
            cursor: api.goes_by_cursor(model),
            origin: api
                .calls()
                .any(|call| call.direct().any(|param| param.ty == wanted)),
        }
    }
}

/// Every model that a value of these leads to.
pub(super) fn reach(api: &Api, from: impl IntoIterator<Item = ModelId>) -> BTreeSet<ModelId> {
    let mut reached = BTreeSet::new();
    let mut left: Vec<ModelId> = from.into_iter().collect();
    while let Some(name) = left.pop() {
        let Some(model) = api.visible().find(|model| model.name == name) else {
            continue;
        };
        if reached.insert(name) {
            left.extend(model.fields.iter().filter_map(|field| model_of(&field.ty)));
        }
    }
    reached
}

/// The model that a value of a type holds.
pub(super) fn model_of(ty: &Type) -> Option<ModelId> {
    match ty {
        Type::Model(of) => Some(of.clone()),
        Type::List(item) => model_of(item),
        _ => None,
    }
}
