//! Examples in the documentation of a provider's crate: a file for each call, model, enum and union, which the item
//! takes in by one line, and which `cargo test --doc` compiles.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::{Map, Value};

use super::names::variant_ident;
use super::sample;
use crate::emit::rust::{BANNER, ident, type_ident};
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::{Api, Call, Enum, Field, Model, Type, Union};
use crate::samples::{Sample, plain_fields};

/// What every provider's crate has beside what its document names.
const OWN: [&str; 2] = ["Client", "ClientBuilder"];
/// How deep an object goes whose parts are shown.
const DEEPEST: usize = 6;
/// How many fields of an object are looked at.
const SHOWN: usize = 2;

/// The line by which a call takes in its example, from a file below `resources`.
pub(super) fn of_call(call: &Call) -> TokenStream {
    taken_in(&format!("../{}", call_file(call)))
}

/// The line by which a type takes in its example, from a file beside the folder of them.
pub(super) fn of_type(name: &str) -> TokenStream {
    taken_in(&type_file(name))
}

/// The same for the client and its builder.
pub(super) fn of_own(name: &str) -> TokenStream {
    taken_in(&own_file(name))
}

fn taken_in(path: &str) -> TokenStream {
    quote!(#[doc = include_str!(#path)])
}

fn call_file(call: &Call) -> String {
    format!("examples/{}.md", call.dotted().replace('.', "_"))
}

fn own_file(name: &str) -> String {
    format!("examples/{name}.md")
}

/// A type may be called as the client is, which is in another module.
fn type_file(name: &str) -> String {
    let name = type_ident(name).to_string();
    match OWN.contains(&&*name) {
        true => own_file(&format!("{name}.type")),
        false => own_file(&name),
    }
}

/// Whether users meet a model: they are given it, or make it or a union that it is a part of.
pub(super) fn is_met(api: &Api, model: &Model) -> bool {
    let shapes = api.unions.iter().flat_map(|union| &union.variants);
    let mut fields = shapes.flat_map(|shape| &shape.fields);
    model.sent
        || (model.received && !model.envelope)
        || fields.any(|field| field.ty == Type::Model(model.name.clone()))
}

/// How an example is tried.
#[derive(Clone, Copy)]
pub(super) enum How {
    /// It would need a service, and is compiled alone.
    Sends,
    /// It is run.
    Runs,
}

impl How {
    /// The file of an example.
    pub(super) fn written(self, text: &str) -> String {
        let (fence, function) = match self {
            Self::Sends => ("no_run", "async fn sample"),
            Self::Runs => ("rust", "fn main"),
        };
        format!(
            "<!-- {BANNER} -->\n\n```{fence}\n# {function}() -> Result<(), Box<dyn std::error::Error>> {{\n\
             {text}\n# Ok(())\n# }}\n```\n"
        )
    }
}

/// All examples of a provider, in the folder of its generated files.
///
/// # Errors
/// When the Rust made does not parse.
pub(super) fn all(api: &Api, samples: &[Sample<'_>], folder: &str) -> Result<FileSet> {
    let mut files = FileSet::default();
    let mut add = |name: String, how: How, text: &str| {
        files.add(format!("{folder}/{name}"), how.written(text));
    };
    for sample in samples {
        let text = sample::own(sample)?;
        add(call_file(sample.call), How::Sends, &text);
    }
    for model in api.models.iter().filter(|model| is_met(api, model)) {
        let text = match model.sent || !model.received {
            true => sample::made(api, &Type::Model(model.name.clone()), &written(model))?,
            false => read(api, model),
        };
        add(type_file(&model.name), How::Runs, &text);
    }
    for set in &api.enums {
        add(type_file(&set.name), How::Runs, &matched(api, set));
    }
    for union in &api.unions {
        let text = sample::made(api, &Type::Union(union.name.clone()), &shape(union))?;
        add(type_file(&union.name), How::Runs, &text);
    }
    Ok(files)
}

/// The module in which the models of a provider's own crate are.
fn models(api: &Api) -> TokenStream {
    let root = format_ident!("snapline_{}", api.provider.name);
    quote!(#root::models)
}

/// The examples of a client and of its builder.
pub(super) fn of_client(api: &Api, folder: &str) -> FileSet {
    let root = format!("snapline_{}", api.provider.name);
    let mut files = FileSet::default();
    for (name, text) in OWN.into_iter().zip([CLIENT, BUILDER]) {
        let path = format!("{folder}/{}", own_file(name));
        files.add(path, How::Sends.written(&text.replace("ROOT", &root)));
    }
    files
}

const CLIENT: &str = r#"use ROOT::{CallOptions, Client};

let client = Client::from_env()?;
// Resources have the calls; any other path goes with the same credentials, retries and errors.
let answer = client.request("GET", "/", None, CallOptions::default()).await?;
println!("{}: {}", answer.status(), answer.value());
println!("{:?}", client.rate_limit());"#;

const BUILDER: &str = r#"use std::time::Duration;

use ROOT::Client;

// Credentials that are not given are looked for in the environment.
let client = Client::builder()
    .timeout(Duration::from_secs(60))
    .max_attempts(2)
    .user_agent("nightly/1.0")
    .build()?;
client.close();"#;

/// What is given of an object that users make: what it must have, and the first of the rest.
fn written(model: &Model) -> Value {
    let mut left = SHOWN;
    let given = model.fields.iter().filter(|field| {
        let wanted = !field.can_be_absent() || (left > 0 && !field.read_only && !field.secret);
        if field.can_be_absent() && wanted {
            left -= 1;
        }
        wanted
    });
    let all = given.map(|field| (field.wire.clone(), field.example.clone()));
    Value::Object(all.collect())
}

/// The first shape that has fields, else the first.
fn shape(union: &Union) -> Value {
    let mut all = union.variants.iter();
    let with_fields = all.clone().find(|one| !one.fields.is_empty());
    let mut object = Map::new();
    if let Some(shape) = with_fields.or_else(|| all.next()) {
        object.insert(union.tag.clone(), Value::from(shape.value.clone()));
        let fields = shape.fields.iter();
        object.extend(fields.map(|field| (field.wire.clone(), field.example.clone())));
    }
    Value::Object(object)
}

/// An object read from the service's JSON, and what is in it.
fn read(api: &Api, model: &Model) -> String {
    let class = type_ident(&model.name);
    let variable = ident(&crate::emit::variables::last_word(&model.name));
    let shown: Vec<&Field> = plain_fields(model)
        .filter(|field| told(field, "").is_some())
        .take(SHOWN)
        .collect();
    let object = object(api, model, &shown, 0);
    let text = serde_json::to_string_pretty(&object).unwrap_or_default();
    let text = text.replace('\n', "\n    ");
    let path = models(api).to_string().replace(' ', "");
    let looked_at: Vec<String> = shown
        .iter()
        .filter_map(|field| told(field, &variable.to_string()))
        .collect();
    let looked_at = match looked_at.is_empty() {
        true => format!("println!(\"{{{variable}:?}}\");"),
        false => looked_at.join("\n"),
    };
    format!(
        "use {path}::{class};\n\nlet {variable}: {class} = serde_json::from_str(\n    r##\"{text}\"##,\n)?;\n{looked_at}"
    )
}

/// An object of the service with what it must have and what is looked at.
fn object(api: &Api, model: &Model, shown: &[&Field], depth: usize) -> Value {
    let wanted = model
        .fields
        .iter()
        .filter(|field| !field.can_be_absent() || shown.iter().any(|one| one.wire == field.wire));
    let value = |field: &Field| match &field.ty {
        Type::Model(of) if depth < DEEPEST => object(api, api.model(of), &[], depth + 1),
        Type::List(item) => match item.as_ref() {
            Type::Model(of) if depth < DEEPEST => {
                Value::from(vec![object(api, api.model(of), &[], depth + 1)])
            }
            _ => field.example.clone(),
        },
        _ => field.example.clone(),
    };
    Value::Object(
        wanted
            .map(|field| (field.wire.clone(), value(field)))
            .collect(),
    )
}

/// What a field is held to, where it is a text or a number.
fn told(field: &Field, of: &str) -> Option<String> {
    let name = ident(&field.name);
    let (read, value) = match &field.ty {
        Type::String => (
            ".as_deref()",
            field.example.as_str().map(|text| format!("{text:?}"))?,
        ),
        Type::Integer => ("", field.example.as_i64()?.to_string()),
        Type::Unsigned => ("", field.example.as_u64()?.to_string()),
        _ => return None,
    };
    Some(match field.can_be_absent() {
        true => format!("assert_eq!({of}.{name}{read}, Some({value}));"),
        false => format!("assert_eq!({of}.{name}, {value});"),
    })
}

/// A set of strings that may grow, and how a value is told from others.
fn matched(api: &Api, set: &Enum) -> String {
    let class = type_ident(&set.name);
    let path = models(api).to_string().replace(' ', "");
    let Some(first) = set.values.first() else {
        return format!("use {path}::{class};\n\nprintln!(\"{{:?}}\", {class}::default());");
    };
    let (variant, wire) = (variant_ident(&first.name), &first.wire);
    format!(
        "use {path}::{class};\n\n\
         match {class}::from({wire:?}) {{\n    \
             {class}::{variant} => {{}}\n    \
             // One that came after this version is kept as it is.\n    \
             later if !later.is_listed() => println!(\"{{}} is new\", later.as_str()),\n    \
             other => println!(\"it is {{other}}\"),\n\
         }}\n\
         assert_eq!({class}::{variant}.as_str(), {wire:?});"
    )
}
