//! The agent of the tests in C++: calls by their names in the document, with arguments out of JSON, and objects
//! written field by field as their getters give them.

use askama::Template;

use super::layout;
use super::names::{
    Face, Functions, Getters, getters, is_given_as_json, is_read_as_json, members, of_client,
};
use super::options::member;
use super::structs::{Value, input_type, ordered};
use super::view::value;
use crate::emit::rust::BANNER;
use crate::face::c::names::literal;
use crate::ir::{Api, Call, EnumValue, Field, Form, Model, Param, Resource, Type};
use crate::surface::{CALL, CLIENT, Setting, WAIT};

#[derive(Template)]
#[template(path = "face/cpp/agent/describe.hpp")]
pub(super) struct Describes {
    banner: &'static str,
    /// The views of all providers, with their namespaces.
    views: Vec<String>,
}

impl Describes {
    pub(super) fn new(faces: &[Face<'_>]) -> Self {
        let views = faces.iter().flat_map(|face| {
            let of = move |model: &Model| {
                format!("{}::{}", face.api.provider.name, face.view(&model.name))
            };
            face.api.received().map(of)
        });
        Self {
            banner: BANNER,
            views: views.collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "face/cpp/agent/describe.cpp")]
pub(super) struct Describe {
    banner: &'static str,
    provider: String,
    models: Vec<DescribeModel>,
}

struct DescribeModel {
    view: String,
    statements: Vec<String>,
}

impl Describe {
    pub(super) fn new(face: &Face<'_>) -> Self {
        let models = face.api.received().map(|model| DescribeModel {
            view: face.view(&model.name),
            statements: getters(model)
                .iter()
                .map(|names| describe(face.api, names))
                .collect(),
        });
        Self {
            banner: BANNER,
            provider: face.api.provider.name.clone(),
            models: models.collect(),
        }
    }
}

/// A statement that writes one field, if it is there.
fn describe(api: &Api, names: &Getters<'_>) -> String {
    let field = names.field;
    // The braces stand with the first and the last one, so that the list can be broken.
    let listed = |of| {
        let values = &api.enumeration(of).values;
        let value = move |(index, value): (usize, &EnumValue)| {
            let open = if index == 0 { "{" } else { "" };
            let close = if index + 1 == values.len() { "}" } else { "" };
            format!("{open}{}{close}", literal(&value.wire))
        };
        values.iter().enumerate().map(value)
    };
    let mut arguments = vec![literal(&field.wire), format!("it.{}()", names.get)];
    let item = match &field.ty {
        Type::List(item) => item.as_ref(),
        ty => ty,
    };
    if let Type::Enum(of) = item {
        arguments.push(format!("it.{}()", names.text));
        arguments.extend(listed(of));
    }
    let how = match &field.ty {
        ty if is_read_as_json(ty) => "json",
        Type::List(item) if matches!(item.as_ref(), Type::Enum(_)) => "constants",
        Type::List(_) => "list",
        Type::Enum(_) => "constant",
        _ => "field",
    };
    let head = format!("object.{how}(");
    if how == "json" || names.has.is_empty() || !field.can_be_absent() {
        layout::list(4, head, arguments, ");")
    } else {
        layout::when(&format!("it.{}()", names.has), &head, &arguments, ");")
    }
}

#[derive(Template)]
#[template(path = "face/cpp/agent/dispatch.cpp")]
pub(super) struct Dispatch {
    banner: &'static str,
    provider: String,
    structs: Vec<Reader>,
    calls: Vec<Dispatched>,
    models: Vec<(String, String)>,
}

/// How a struct of values is read from JSON.
struct Reader {
    class: String,
    /// What cannot be left out, in the order of the members.
    required: Vec<String>,
    /// Statements that read what can.
    optional: Vec<String>,
}

struct Dispatched {
    /// Its name in orders.
    name: String,
    args: Option<Reader>,
    /// How the outcome is written.
    how: &'static str,
    /// The function, as a user reaches it.
    function: String,
    /// Its arguments.
    arguments: Vec<String>,
    walk: Option<Walk>,
}

/// The walk over all items.
struct Walk {
    function: String,
    arguments: Vec<String>,
}

impl Dispatch {
    pub(super) fn new(face: &Face<'_>) -> Self {
        let mut calls = Vec::new();
        for resource in face.api.all_resources() {
            let functions = Functions::of(resource);
            for (call, name) in resource.calls.iter().zip(&functions.calls) {
                calls.push(dispatched(face, resource, call, name));
            }
        }
        let sent = ordered(face.api.visible().collect());
        let sent = sent.into_iter().filter(|model| model.sent);
        let models = face
            .api
            .received()
            .map(|model| (literal(&model.name), face.class(&model.name)));
        Self {
            banner: BANNER,
            provider: face.api.provider.name.clone(),
            structs: sent.map(|model| input(face, model)).collect(),
            calls,
            models: models.collect(),
        }
    }
}

fn input(face: &Face<'_>, model: &Model) -> Reader {
    let fields: Vec<&Field> = model.fields.iter().filter(|it| !it.read_only).collect();
    let values: Vec<(&str, Value<'_>)> = fields
        .iter()
        .map(|field| (field.wire.as_str(), Value::from(*field)))
        .collect();
    reader(face, face.input(&model.name), "json", "made", &values)
}

fn reader(
    face: &Face<'_>,
    class: String,
    json: &str,
    made: &str,
    values: &[(&str, Value<'_>)],
) -> Reader {
    let names = members(values.iter().map(|(_, value)| (value.name, value.ty)));
    let (mut required, mut optional) = (Vec::new(), Vec::new());
    for ((wire, value), name) in values.iter().zip(names) {
        let wire = literal(wire);
        if !value.required {
            let read = if is_given_as_json(value.ty) {
                "read_json"
            } else {
                "read"
            };
            optional.push(format!("{read}({json}, {wire}, {made}.{name});"));
        } else if value.nullable {
            required.push(format!(
                "nullable<{}>({json}, {wire})",
                given(face, value.ty)
            ));
        } else {
            required.push(read(face, value.ty, json, &wire));
        }
    }
    Reader {
        class,
        required,
        optional,
    }
}

/// An expression that reads a value that must be there.
fn read(face: &Face<'_>, ty: &Type, json: &str, name: &str) -> String {
    if is_given_as_json(ty) {
        format!("{json}.at({name}).written()")
    } else {
        format!("required<{}>({json}, {name})", given(face, ty))
    }
}

/// The type that a value is read as.
fn given(face: &Face<'_>, ty: &Type) -> String {
    input_type(face, ty, "snapline::", "api::")
}

fn dispatched(face: &Face<'_>, resource: &Resource, call: &Call, name: &str) -> Dispatched {
    let values: Vec<(&str, Value<'_>)> = call
        .held()
        .map(|param| (param.name.as_str(), Value::from(param)))
        .collect();
    let mut arguments: Vec<String> = call.direct().map(|param| id(face, param)).collect();
    if !values.is_empty() {
        arguments.push("args".to_owned());
    }
    let client = format!("client(call){}", path(face.api, resource));
    let walk = matches!(call.form, Form::Page { .. }).then(|| Walk {
        function: format!("{client}.try_{}", call.name),
        arguments: [arguments.as_slice(), &["call.options".to_owned()]].concat(),
    });
    if call.is_wait() {
        arguments.push("call.waiting()".to_owned());
    } else {
        arguments.extend(["call.options", "call.response()"].map(str::to_owned));
    }
    let form = call.form.something();
    let is_text = value(face, form) == "std::string";
    Dispatched {
        name: literal(&call.dotted()),
        args: (!values.is_empty())
            .then(|| reader(face, face.args(call), "call.arguments", "args", &values)),
        how: match form {
            Form::One(Type::String) => "value",
            Form::One(Type::Bytes) => "bytes",
            _ if is_text => "json",
            _ => "value",
        },
        function: format!("{client}.try_{}", name.trim_end_matches('_')),
        arguments,
        walk,
    }
}

/// An argument that says which thing is meant.
fn id(face: &Face<'_>, param: &Param) -> String {
    let name = literal(&param.name);
    match &param.ty {
        Type::Model(of) => format!("call.object<api::{}>({name})", face.class(of)),
        ty if ty.is_by_value() || *ty == Type::StringOrInteger => {
            format!("call.get<{}>({name})", given(face, &param.ty))
        }
        // What else a path may hold is written as text.
        _ => format!("call.text({name})"),
    }
}

/// How a resource is reached from its client.
fn path(api: &Api, resource: &Resource) -> String {
    let mut text = String::new();
    let mut level: Option<&Resource> = None;
    for part in &resource.path {
        let (names, below) = match level {
            None => (of_client(api), &api.resources),
            Some(parent) => (Functions::of(parent).children, &parent.children),
        };
        let found = below.iter().zip(names).find(|(it, _)| it.name() == part);
        if let Some((child, name)) = found {
            text.push_str(&format!(".{name}()"));
            level = Some(child);
        }
    }
    text
}

#[derive(Template)]
#[template(path = "face/cpp/agent/options.hpp")]
pub(super) struct Options {
    banner: &'static str,
    tables: [(&'static str, &'static str, Vec<Order>); 3],
}

/// One setting, as orders name it.
struct Order {
    name: String,
    member: String,
}

#[derive(Template)]
#[template(path = "face/cpp/agent/providers.cpp")]
pub(super) struct Providers<'a> {
    banner: &'static str,
    providers: Vec<&'a str>,
}

impl Options {
    pub(super) fn new() -> Self {
        let orders = |table: &[Setting]| {
            let order = |setting: &Setting| Order {
                name: setting.in_milliseconds(),
                member: member(setting),
            };
            table.iter().map(order).collect::<Vec<_>>()
        };
        Self {
            banner: BANNER,
            tables: [
                ("settings", "Settings", orders(CLIENT)),
                ("call_options", "CallOptions", orders(CALL)),
                ("wait_options", "WaitOptions", orders(WAIT)),
            ],
        }
    }
}

impl<'a> Providers<'a> {
    pub(super) fn new(apis: &'a [Api]) -> Self {
        Self {
            banner: BANNER,
            providers: apis.iter().map(|api| api.provider.name.as_str()).collect(),
        }
    }
}
