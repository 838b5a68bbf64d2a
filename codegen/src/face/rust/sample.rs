//! Samples in Rust: the body of an async function that may fail.

use std::collections::BTreeSet;

use askama::Template;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value;

use super::names::{steps, variant_ident};
use crate::emit::rust::{ident, type_ident};
use crate::emit::variables::{Variables, last_word};
use crate::error::{Error, Result};
use crate::file_set::FileSet;
use crate::ir::bytes::bytes_of;
use crate::ir::{Api, Field, Form, Location, Model, Type};
use crate::samples::{Function, Look, Sample, functions};

#[derive(Template)]
#[template(path = "face/rust/program.txt")]
struct Program<'a> {
    provider: &'a str,
    functions: Vec<Function>,
}

/// The program with all samples of a provider.
///
/// # Errors
/// When the Rust made does not parse.
pub(crate) fn programs(api: &Api, samples: &[Sample<'_>]) -> Result<FileSet> {
    let program = Program {
        provider: &api.provider.name,
        functions: functions(samples, text)?,
    };
    let mut files = FileSet::default();
    files.render(format!("rust/{}.rs", program.provider), &program)?;
    Ok(files)
}

/// One sample.
///
/// # Errors
/// When the Rust made does not parse.
pub(crate) fn text(sample: &Sample<'_>) -> Result<String> {
    let module = ident(&sample.api.provider.name);
    written(sample, &quote!(snapline::#module))
}

/// A sample as the documentation of the provider's own crate has it.
///
/// # Errors
/// When the Rust made does not parse.
pub(super) fn own(sample: &Sample<'_>) -> Result<String> {
    written(sample, &own_root(sample.api))
}

/// A value of a type as users make it, for the documentation of the provider's own crate.
///
/// # Errors
/// When the Rust made does not parse.
pub(super) fn made(api: &Api, ty: &Type, value: &Value) -> Result<String> {
    let name = ty.name().unwrap_or("value");
    let mut writer = Writer::new(api);
    let made = writer.exact(ty, &last_word(name), value);
    let before = std::mem::take(&mut writer.before);
    let body = if before.is_empty() {
        let variable = writer.variable(&last_word(name));
        let print = printed(&quote!("{:?}", #variable));
        quote!(let #variable = #made; #print;)
    } else {
        let print = printed(&quote!("{:?}", #made));
        quote!(#(#before)* #print;)
    };
    writer.whole(name, &own_root(api), &body)
}

/// How the documentation of a provider's own crate names it.
fn own_root(api: &Api) -> TokenStream {
    let root = format_ident!("snapline_{}", api.provider.name);
    quote!(#root)
}

/// A sample with the path by which its provider is named.
fn written(sample: &Sample<'_>, root: &TokenStream) -> Result<String> {
    let mut writer = Writer::new(sample.api);
    writer.beside.insert("Client");
    let body = writer.body(sample);
    let body = quote!(let client = Client::from_env()?; #body);
    writer.whole(&sample.call.dotted(), root, &body)
}

/// The lines inside a function that has these statements.
fn inside(of: &str, tokens: &TokenStream) -> Result<String> {
    let tokens = quote!(async fn sample() { #tokens });
    let file = syn::parse2::<syn::File>(tokens).map_err(|error| {
        let what = format!("its sample in Rust does not parse: {error}");
        Error::of_generator(of, what)
    })?;
    let whole = prettyplease::unparse(&file);
    let inside: Vec<&str> = whole.trim_end().lines().collect();
    let inside = inside.get(1..inside.len().saturating_sub(1));
    let plain = |line: &&str| line.strip_prefix("    ").unwrap_or(line).to_owned();
    let lines: Vec<String> = inside.unwrap_or_default().iter().map(plain).collect();
    Ok(lines.join("\n"))
}

/// What brings names of a module in.
fn imports<'a>(module: &TokenStream, names: impl Iterator<Item = &'a str>) -> TokenStream {
    let names: Vec<Ident> = names.map(ident).collect();
    match names.as_slice() {
        [] => quote!(),
        [only] => quote!(use #module::#only;),
        all => quote!(use #module::{#(#all),*};),
    }
}

struct Writer<'a> {
    api: &'a Api,
    /// Models and enums that it names.
    models: BTreeSet<String>,
    /// What it names that all providers have.
    beside: BTreeSet<&'static str>,
    /// Names of variables.
    taken: Variables,
    /// What stands before the call.
    before: Vec<TokenStream>,
}

impl<'a> Writer<'a> {
    fn new(api: &'a Api) -> Self {
        Self {
            api,
            models: BTreeSet::new(),
            beside: BTreeSet::new(),
            taken: Variables::of(&["client", "error", "begun"]),
            before: Vec::new(),
        }
    }

    /// The statements behind what brings in all that they name.
    fn whole(&self, of: &str, root: &TokenStream, body: &TokenStream) -> Result<String> {
        let beside = imports(root, self.beside.iter().copied());
        let models = self.models.iter().map(String::as_str);
        let models = imports(&quote!(#root::models), models);
        inside(of, &quote!(#beside #models #body))
    }

    fn body(&mut self, sample: &Sample<'_>) -> TokenStream {
        let begun = sample.begins.as_ref().map(|begins| {
            let call = self.call(begins, None);
            quote!(let begun = #call.send().await?;)
        });
        let origin = begun.is_some().then(|| format_ident!("begun"));
        let call = self.call(sample, origin.as_ref());
        let sent = if sample.call.is_wait() {
            quote!(#call.await)
        } else {
            quote!(#call.send().await)
        };
        let used = match &sample.call.form {
            Form::Page { item, .. } => {
                let (items, item) = self.many(item);
                let told = told(sample, &item);
                quote! {
                    let mut #items = #call.items();
                    while let Some(#item) = #items.try_next().await? {
                        #told;
                    }
                }
            }
            Form::List(item @ Type::Model(_)) => {
                let (items, item) = self.many(item);
                let told = told(sample, &item);
                let each = quote!(for #item in #items { #told; });
                looked_at(sample, &items, &sent, &each)
            }
            Form::Nothing if sample.error == Look::Message => quote!(#sent?;),
            Form::Maybe(form) => {
                let (answer, told) = match form.as_ref() {
                    Form::List(item @ Type::Model(_)) => {
                        let (items, item) = self.many(item);
                        let told = told(sample, &item);
                        (items.clone(), quote!(for #item in #items { #told; }))
                    }
                    form => {
                        let answer = self.answer(form);
                        let told = told(sample, &answer);
                        (answer, quote!(#told;))
                    }
                };
                let told = quote!(if let Some(#answer) = #answer { #told });
                looked_at(sample, &answer, &sent, &told)
            }
            form => {
                let answer = self.answer(form);
                let told = match form {
                    Form::Nothing => printed(&quote!("done")),
                    _ => told(sample, &answer),
                };
                looked_at(sample, &answer, &sent, &told)
            }
        };
        let before = &self.before;
        quote!(#(#before)* #begun #used)
    }

    /// The variable of what a call gives.
    fn answer(&mut self, form: &Form) -> Ident {
        match form.item() {
            Some(Type::Model(of)) => self.variable(&last_word(of)),
            _ => self.variable("answer"),
        }
    }

    /// The variables of several things and of one.
    fn many(&mut self, item: &Type) -> (Ident, Ident) {
        let one = match item {
            Type::Model(of) => last_word(of),
            _ => "item".to_owned(),
        };
        (self.variable("items"), self.variable(&one))
    }

    fn variable(&mut self, wanted: &str) -> Ident {
        ident(&self.taken.claim(ident(wanted).to_string()))
    }

    /// The call with its arguments, not sent yet.
    fn call(&mut self, sample: &Sample<'_>, origin: Option<&Ident>) -> TokenStream {
        let call = sample.call;
        let path = steps(&call.resource);
        let method = ident(&call.name);
        let mut required = Vec::new();
        for param in call.required() {
            let given = sample.given.iter().find(|(one, _)| one.name == param.name);
            match (given, origin) {
                (Some((_, value)), _) => {
                    required.push(self.argument(&param.ty, param.nullable, &param.name, value));
                }
                (None, Some(origin)) if param.location == Location::Origin => {
                    required.push(quote!(&#origin));
                }
                _ => {}
            }
        }
        let mut optional = Vec::new();
        for (param, value) in sample.given.iter().filter(|(param, _)| !param.required) {
            let setter = ident(&param.name);
            let value = self.argument(&param.ty, param.nullable, &param.name, value);
            optional.push(quote!(.#setter(#value)));
        }
        quote!(client #(.#path())* .#method(#(#required),*) #(#optional)*)
    }

    /// What a caller passes for an argument, which is turned into its type.
    fn argument(&mut self, ty: &Type, nullable: bool, name: &str, value: &Value) -> TokenStream {
        let text = value.as_str();
        match (ty, text) {
            (Type::String | Type::Timestamp | Type::StringOrInteger, Some(text)) => quote!(#text),
            (Type::StringOrInteger, None) => integer(value),
            (Type::List(item), _) if !nullable => {
                let of = |item: &Value| match (item.as_str(), ty) {
                    (Some(text), Type::List(of)) if **of == Type::String => Some(quote!(#text)),
                    _ => None,
                };
                let items = value.as_array().cloned().unwrap_or_default();
                let name = item.name().map_or_else(|| name.to_owned(), last_word);
                let items: Vec<TokenStream> = items
                    .iter()
                    .map(|one| of(one).unwrap_or_else(|| self.exact(item, &name, one)))
                    .collect();
                quote!([#(#items),*])
            }
            _ => self.exact(ty, name, value),
        }
    }

    /// A value of just this type.
    fn exact(&mut self, ty: &Type, name: &str, value: &Value) -> TokenStream {
        match ty {
            Type::String => {
                let text = value.as_str().unwrap_or_default();
                quote!(#text.to_owned())
            }
            Type::Integer => integer(value),
            Type::Unsigned => {
                let number = Literal::u64_unsuffixed(value.as_u64().unwrap_or_default());
                quote!(#number)
            }
            Type::Number => {
                let number = value.as_f64().unwrap_or_default();
                quote!(#number)
            }
            Type::Boolean => {
                let yes = value.as_bool().unwrap_or_default();
                quote!(#yes)
            }
            Type::Timestamp => {
                let text = value.as_str().unwrap_or_default();
                self.beside.insert("Timestamp");
                quote!(Timestamp::from(#text))
            }
            Type::StringOrInteger => {
                self.beside.insert("StringOrInteger");
                let value = match value.as_str() {
                    Some(text) => quote!(#text),
                    None => integer(value),
                };
                quote!(StringOrInteger::from(#value))
            }
            Type::Enum(of) => {
                let class = type_ident(of);
                self.models.insert(class.to_string());
                let values = &self.api.enumeration(of).values;
                let wire = value.as_str().unwrap_or_default();
                match values.iter().find(|one| one.wire == wire) {
                    Some(listed) => {
                        let variant = variant_ident(&listed.name);
                        quote!(#class::#variant)
                    }
                    None => quote!(#class::from(#wire)),
                }
            }
            Type::Model(of) => self.model(&self.api.model(of).clone(), name, value),
            Type::List(item) => {
                let items = value.as_array().cloned().unwrap_or_default();
                let items: Vec<TokenStream> = items
                    .iter()
                    .map(|one| self.exact(item, name, one))
                    .collect();
                quote!(vec![#(#items),*])
            }
            Type::Union(of) => {
                let union = self.api.union(of).clone();
                let class = type_ident(of);
                self.models.insert(class.to_string());
                let tag = value.get(&union.tag).and_then(Value::as_str);
                let shape = union.variants.iter().find(|one| Some(&*one.value) == tag);
                let Some(shape) = shape else {
                    return quote!(#class::default());
                };
                let variant = type_ident(&shape.name);
                if shape.fields.is_empty() {
                    return quote!(#class::#variant);
                }
                let mut fields = Vec::new();
                for field in &shape.fields {
                    let member = ident(&field.name);
                    let value = match value.get(&field.wire) {
                        Some(value) => self.member(field, true, value),
                        None => quote!(None),
                    };
                    fields.push(quote!(#member: #value));
                }
                quote!(#class::#variant { #(#fields),* })
            }
            Type::Bytes => {
                let bytes = Literal::byte_string(&bytes_of(value).unwrap_or_default());
                quote!(#bytes.to_vec())
            }
            // No argument has such a type yet; JSON text can be made of any.
            Type::Map(_) | Type::Json => {
                let text = value.to_string();
                quote!(serde_json::from_str(#text)?)
            }
        }
    }

    /// An object: made with what it must have, then the rest is set.
    fn model(&mut self, model: &Model, name: &str, value: &Value) -> TokenStream {
        let class = type_ident(&model.name);
        self.models.insert(class.to_string());
        if model.envelope {
            // A part of a body that has no `new`, and whose fields are all there are.
            let mut fields = Vec::new();
            for field in &model.fields {
                let member = ident(&field.name);
                let value = match value.get(&field.wire).filter(|value| !value.is_null()) {
                    Some(value) => self.member(field, model.tells_null(field), value),
                    None => quote!(None),
                };
                fields.push(quote!(#member: #value));
            }
            return quote!(#class { #(#fields),* });
        }
        let given = model.fields.iter().filter(|field| !field.read_only);
        let (required, optional): (Vec<&Field>, Vec<&Field>) =
            given.partition(|field| !field.can_be_absent());
        let null = Value::Null;
        let mut arguments = Vec::new();
        for field in required {
            let value = value.get(&field.wire).unwrap_or(&null);
            let text = value.as_str();
            arguments.push(match (&field.ty, text) {
                (Type::String, Some(text)) => quote!(#text),
                _ => self.exact(&field.ty, &field.name, value),
            });
        }
        let made = quote!(#class::new(#(#arguments),*));
        let mut sets = Vec::new();
        for field in optional {
            if let Some(value) = value.get(&field.wire).filter(|value| !value.is_null()) {
                let value = self.member(field, model.tells_null(field), value);
                sets.push((ident(&field.name), value));
            }
        }
        if sets.is_empty() {
            return made;
        }
        let variable = self.variable(name);
        let sets = sets
            .iter()
            .map(|(member, value)| quote!(#variable.#member = #value;));
        let statement = quote!(let mut #variable = #made; #(#sets)*);
        self.before.push(statement);
        quote!(#variable)
    }

    /// The value of a member that may be left out.
    fn member(&mut self, field: &Field, tells_null: bool, value: &Value) -> TokenStream {
        let inner = self.exact(&field.ty, &field.name, value);
        if !field.can_be_absent() {
            inner
        } else if tells_null && field.nullable && !field.required {
            quote!(Some(#inner.into()))
        } else {
            quote!(Some(#inner))
        }
    }
}

/// A whole number, with its digits in groups.
fn integer(value: &Value) -> TokenStream {
    let number = value.as_i64().unwrap_or_default();
    let digits = number.to_string();
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits.as_str()),
    };
    let grouped: Vec<String> = digits
        .bytes()
        .enumerate()
        .map(|(index, digit)| {
            let left = digits.len() - index;
            let comma = if index > 0 && left % 3 == 0 && digits.len() > 4 {
                "_"
            } else {
                ""
            };
            format!("{comma}{}", char::from(digit))
        })
        .collect();
    // Digits with a sign are always a number.
    format!("{sign}{}", grouped.concat())
        .parse()
        .unwrap_or_default()
}

/// Prints a line.
fn printed(what: &TokenStream) -> TokenStream {
    let print = format_ident!("println");
    quote!(#print!(#what))
}

/// Shows what came.
fn told(sample: &Sample<'_>, it: &Ident) -> TokenStream {
    let fields = sample.fields();
    if fields.is_empty() {
        return printed(&quote!("{:?}", #it));
    }
    let marks: Vec<&str> = fields
        .iter()
        .map(|field| if field.can_be_absent() { "{:?}" } else { "{}" })
        .collect();
    let text = marks.join(sample.between());
    let inside = sample.inside().map(|(field, _)| ident(&field.name));
    let inside = inside.map(|name| quote!(.#name));
    let members = fields.iter().map(|field| ident(&field.name));
    printed(&quote!(#text, #(#it #inside.#members),*))
}

/// What is done with an outcome: `good` with what came, else the error is looked at.
fn looked_at(
    sample: &Sample<'_>,
    answer: &Ident,
    sent: &TokenStream,
    good: &TokenStream,
) -> TokenStream {
    // What stands in braces needs no end.
    let form = &sample.call.form;
    let many = form.is_maybe() || matches!(form, Form::List(Type::Model(_)));
    let (condition, words) = match sample.error {
        Look::Message if many => return quote!(let #answer = #sent?; #good),
        Look::Message => return quote!(let #answer = #sent?; #good;),
        Look::Outcome => (
            quote!(error.outcome_unknown()),
            "it may have been done, look before you ask again: {error}",
        ),
        Look::Missing => (quote!(error.is_not_found()), "there is none: {error}"),
    };
    let bad = printed(&quote!(#words));
    let taken = match sample.call.form {
        Form::Nothing => quote!(()),
        _ => quote!(#answer),
    };
    let good = if many {
        quote!({ #good })
    } else {
        quote!(#good,)
    };
    quote! {
        match #sent {
            Ok(#taken) => #good
            Err(error) if #condition => #bad,
            Err(error) => return Err(error.into()),
        }
    }
}
