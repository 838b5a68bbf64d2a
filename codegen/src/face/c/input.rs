//! Values that come from C: their parameters, how they are taken, and the functions that set them.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::function::{Function, Parameter};
use super::names::{Names, Parameters, Part};
use crate::emit::rust::{ident, type_ident};
use crate::ir::{Rule, Type, words};

/// How one value is taken from C.
pub(super) struct Input {
    /// Its parameters.
    pub(super) params: Vec<Parameter>,
    /// An expression of the Rust type, or of a `Result` of it.
    value: TokenStream,
    /// Whether it is one that cannot be refused.
    pub(super) plain: bool,
    /// What a reader of the header must know about its form.
    pub(super) form: &'static str,
}

impl Input {
    fn new(params: Vec<Parameter>, taken: TokenStream) -> Self {
        Self {
            params,
            value: taken,
            plain: false,
            form: "",
        }
    }

    /// An expression of type `Result<_, Error>`, of what `steps` make of the value one after the other.
    pub(super) fn taken(&self, steps: &[TokenStream]) -> TokenStream {
        if self.plain {
            let value = self.sure(steps);
            return quote!(Ok(#value));
        }
        steps
            .iter()
            .fold(self.value.clone(), |taken, step| quote!(#taken.map(#step)))
    }

    /// An expression of what `steps` make of a value that cannot be refused.
    pub(super) fn sure(&self, steps: &[TokenStream]) -> TokenStream {
        steps
            .iter()
            .fold(self.value.clone(), |value, step| quote!(#step(#value)))
    }

    /// The first parameter's name.
    pub(super) fn first(&self) -> Ident {
        let name = self
            .params
            .first()
            .map_or("it", |param| param.name.as_str());
        ident(name)
    }
}

/// What is taken of a value: itself, or another form of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// Itself.
    Value,
    /// An enum, or a list of them, by text.
    Text,
    /// A string or integer as an integer.
    Integer,
}

/// How a value of a type is taken; `used` are the parameters' names so far.
pub(super) fn input(
    names: &Names,
    used: &mut Parameters,
    name: &str,
    ty: &Type,
    form: As,
) -> Input {
    let c = used.name(name);
    let it = ident(&c);
    let text = if c == name {
        quote!(text!(#it))
    } else {
        quote!(text!(#it, #name))
    };
    let one = |ty: TokenStream, taken: TokenStream| Input::new(vec![Parameter::new(&c, ty)], taken);
    let plain = |ty: TokenStream, value: TokenStream| Input {
        plain: true,
        ..one(ty, value)
    };
    let pointer = quote!(*const c_char);
    match ty {
        Type::String => one(pointer, text),
        Type::Timestamp => Input {
            form: "An RFC 3339 time.",
            ..one(pointer, quote!(#text.map(Timestamp::from)))
        },
        Type::StringOrInteger if form == As::Integer => {
            plain(quote!(i64), quote!(StringOrInteger::from(#it)))
        }
        Type::StringOrInteger => one(pointer, quote!(#text.map(StringOrInteger::from))),
        Type::Integer => plain(quote!(i64), quote!(#it)),
        Type::Unsigned => plain(quote!(u64), quote!(#it)),
        Type::Number => plain(quote!(f64), quote!(#it)),
        Type::Boolean => plain(quote!(bool), quote!(#it)),
        Type::Enum(of) if form == As::Text => {
            let of = type_ident(of);
            one(pointer, quote!(#text.map(models::#of::from)))
        }
        Type::Enum(_) => one(quote!(i32), quote!(member(#name, #it))),
        Type::Model(of) => {
            let of = format_ident!("{}", names.model(of));
            one(quote!(Option<&#of>), quote!(object(#name, #it)))
        }
        Type::List(item) => {
            let Some((item, taken)) = items(names, item, name, form) else {
                return json(names, used, name, ty);
            };
            let count = used.name(&format!("{name}_count"));
            let size = ident(&count);
            let params = vec![
                Parameter::new(&c, quote!(*const #item)),
                Parameter::new(&count, quote!(usize)),
            ];
            Input::new(params, taken(&it, &size))
        }
        Type::Bytes => {
            let count = used.name(&format!("{name}_count"));
            let size = ident(&count);
            let params = vec![
                Parameter::new(&c, quote!(*const u8)),
                Parameter::new(&count, quote!(usize)),
            ];
            Input::new(
                params,
                quote!(list!(#it, #size, #name).map(Bytes::copy_from_slice)),
            )
        }
        Type::Union(_) | Type::Map(_) | Type::Json => json(names, used, name, ty),
    }
}

type Taken = Box<dyn Fn(&Ident, &Ident) -> TokenStream>;

/// The type of a list's items in C, and how the list is taken; nothing for one that is taken as JSON.
fn items(names: &Names, item: &Type, name: &str, form: As) -> Option<(TokenStream, Taken)> {
    let name = name.to_owned();
    let plain = |ty: TokenStream| -> (TokenStream, Taken) {
        let name = name.clone();
        let taken =
            move |it: &Ident, count: &Ident| quote!(list!(#it, #count, #name).map(<[_]>::to_vec));
        (ty, Box::new(taken))
    };
    Some(match item {
        Type::String => {
            let taken = move |it: &Ident, count: &Ident| quote!(texts!(#it, #count, #name));
            (quote!(*const c_char), Box::new(taken))
        }
        Type::Integer => plain(quote!(i64)),
        Type::Unsigned => plain(quote!(u64)),
        Type::Number => plain(quote!(f64)),
        Type::Boolean => plain(quote!(bool)),
        Type::Enum(_) if form == As::Text => {
            let taken =
                move |it: &Ident, count: &Ident| quote!(texts!(#it, #count, #name).map(enum_texts));
            (quote!(*const c_char), Box::new(taken))
        }
        Type::Enum(_) => {
            let taken = move |it: &Ident, count: &Ident| quote!(list!(#it, #count, #name).and_then(|numbers| members(#name, numbers)));
            (quote!(i32), Box::new(taken))
        }
        Type::Model(of) => {
            let of = format_ident!("{}", names.model(of));
            let taken = move |it: &Ident, count: &Ident| quote!(list!(#it, #count, #name).and_then(|items| objects(#name, items)));
            (quote!(Option<&#of>), Box::new(taken))
        }
        Type::Timestamp
        | Type::StringOrInteger
        | Type::List(_)
        | Type::Map(_)
        | Type::Union(_)
        | Type::Json
        | Type::Bytes => return None,
    })
}

fn json(names: &Names, used: &mut Parameters, name: &str, ty: &Type) -> Input {
    let c = used.name(&format!("{name}_json"));
    let it = ident(&c);
    let ty = names.rust(ty);
    Input {
        form: "JSON text.",
        ..Input::new(
            vec![Parameter::new(&c, quote!(*const c_char))],
            quote!(json::<#ty>(#name, text!(#it, #name))),
        )
    }
}

/// Which enum's numbers a type takes.
pub(super) fn numbers_of(names: &Names, ty: &Type) -> Option<String> {
    match ty {
        Type::Enum(of) => Some(names.enumeration(of)),
        Type::List(item) => numbers_of(names, item),
        _ => None,
    }
}

/// A value's description with its bounds and its form in C.
pub(super) fn described(names: &Names, doc: &str, rules: &[Rule], ty: &Type, form: &str) -> String {
    let mut text = words::with_bounds(doc, rules);
    if let Some(of) = numbers_of(names, ty) {
        text.push_str(&format!(" A value of {of}."));
    }
    if !form.is_empty() {
        text.push_str(&format!(" {form}"));
    }
    text.trim().to_owned()
}

/// A value that can be set on a handle.
pub(super) struct Settable<'a> {
    /// The handle's type.
    pub(super) owner: &'a str,
    /// What the handle is called as a parameter.
    pub(super) handle: &'a str,
    /// Its name in snake case.
    pub(super) name: &'a str,
    /// Its type.
    pub(super) ty: &'a Type,
    /// What it is, and its bounds.
    pub(super) doc: &'a str,
    /// Its bounds.
    pub(super) rules: &'a [Rule],
    /// The function that puts it there.
    pub(super) put: TokenStream,
    /// What the value goes through before that.
    pub(super) steps: Vec<TokenStream>,
    /// What the handle keeps for null, where null is allowed.
    pub(super) null: Option<TokenStream>,
}

/// The functions that set a value: one, and others for forms that one signature cannot take.
pub(super) fn setters(names: &Names, value: &Settable<'_>) -> Vec<Function> {
    let parts = Part::setters(value.ty, value.null.is_some());
    parts
        .into_iter()
        .map(|part| setter(names, value, part))
        .collect()
}

fn setter(names: &Names, value: &Settable<'_>, part: Part) -> Function {
    let mut used = Parameters::default();
    let handle = used.own(value.handle);
    let name = value.name;
    let form = match part {
        Part::SetText | Part::SetTexts => As::Text,
        Part::SetInteger => As::Integer,
        _ => As::Value,
    };
    let (input, put, kept) = match (part, &value.null) {
        (Part::SetNull, Some(null)) => (
            Input::new(Vec::new(), quote!()),
            quote!(put),
            quote!(Ok(#null)),
        ),
        _ => {
            let input = input(names, &mut used, name, value.ty, form);
            let kept = input.taken(&value.steps);
            (input, value.put.clone(), kept)
        }
    };
    let doc = match part {
        Part::SetNull => format!("Sets {name} to null, which is not the same as leaving it out."),
        Part::SetText => format!("Sets {name} as a string, also one that is not listed."),
        Part::SetTexts => format!("Sets {name} as strings, also ones that are not listed."),
        Part::SetInteger => format!("Sets {name} as an integer."),
        _ => format!(
            "Sets {name}: {}",
            described(names, value.doc, value.rules, value.ty, input.form)
        ),
    };
    let owner = format_ident!("{}", value.owner);
    let mut params = vec![Parameter::new(&handle, quote!(Option<&mut #owner>))];
    params.extend(input.params);
    let (handle, field) = (ident(&handle), ident(name));
    Function {
        name: names.part(value.owner, name, part),
        doc,
        params,
        returns: quote!(-> snapline_status),
        body: quote!(#put(#handle, |it| &mut it.#field, || #kept)),
    }
}
