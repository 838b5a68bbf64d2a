//! The agent of the conformance tests in C: objects told field by field through their getters, calls by name,
//! and the settings and options that an order may name.

use std::collections::BTreeSet;

use askama::Template;

use super::calls::direct_type;
use super::names::{Names, Part, constant_endings, literal};
use super::view::{Call, Gives};
use crate::emit::rust::BANNER;
use crate::error::Result;
use crate::file_set::FileSet;
use crate::ir::{Api, Field, Param, Type};
use crate::surface::{self, Kind, Setting};

const FOLDER: &str = "tests/conformance/c/generated";

/// How long a line may be before its arguments stand on lines of their own.
const WIDTH: usize = 118;

/// The agent's generated sources for all providers.
///
/// # Errors
/// When a template cannot be filled, which a fault of the generator alone can cause.
pub(crate) fn emit(apis: &[Api]) -> Result<FileSet> {
    let mut files = FileSet::default();
    let mut add = |name: &str, template: &dyn askama::DynTemplate| {
        files.render(format!("{FOLDER}/{name}"), template)
    };
    let mut models = Vec::new();
    let mut providers = Vec::new();
    for api in apis {
        let names = Names::new(api);
        let provider = &api.provider.name;
        models.extend(api.received().map(|model| names.model(&model.name)));
        add(
            &format!("describe_{provider}.c"),
            &Described::new(api, &names),
        )?;
        let mut calls = Vec::new();
        for resource in api.all_resources() {
            let all = Call::all(resource);
            if all.is_empty() {
                continue;
            }
            let dispatch = Dispatch {
                banner: BANNER,
                calls: all
                    .iter()
                    .map(|call| Sent::new(api, &names, call))
                    .collect(),
            };
            add(
                &format!("dispatch_{provider}_{}.c", resource.path.join("_")),
                &dispatch,
            )?;
            calls.extend(
                all.iter()
                    .map(|call| (literal(&call.dotted()), function_of(api, call))),
            );
        }
        providers.push(Provider {
            name: provider.clone(),
            client: names.client(),
            models: api
                .received()
                .map(|model| Named {
                    name: literal(&model.name),
                    ty: names.model(&model.name),
                })
                .collect(),
            calls,
        });
    }
    add(
        "describe.h",
        &Declared {
            banner: BANNER,
            models,
        },
    )?;
    add(
        "dispatch.c",
        &Index {
            banner: BANNER,
            providers,
        },
    )?;
    add("settings.h", &Tables::new())?;
    Ok(files)
}

fn function_of(api: &Api, call: &Call<'_>) -> String {
    let resource = call.resource.join("_");
    format!("agent_{}_{resource}_{}", api.provider.name, call.name)
}

#[derive(Template)]
#[template(path = "face/c/agent/describe.h")]
struct Declared {
    banner: &'static str,
    models: Vec<String>,
}

#[derive(Template)]
#[template(path = "face/c/agent/index.c")]
struct Index {
    banner: &'static str,
    providers: Vec<Provider>,
}

struct Provider {
    name: String,
    client: String,
    models: Vec<Named>,
    calls: Vec<(String, String)>,
}

struct Named {
    name: String,
    ty: String,
}

#[derive(Template)]
#[template(path = "face/c/agent/settings.h")]
struct Tables {
    banner: &'static str,
    tables: Vec<Table>,
}

struct Table {
    name: &'static str,
    handle: &'static str,
    settings: Vec<Shown>,
}

struct Shown {
    form: &'static str,
    name: String,
}

impl Tables {
    fn new() -> Self {
        let table = |name, handle, settings: &[Setting]| Table {
            name,
            handle,
            settings: settings.iter().map(Shown::new).collect(),
        };
        Self {
            banner: BANNER,
            tables: vec![
                table("AGENT_SETTINGS", "settings", surface::CLIENT),
                table("AGENT_OPTIONS", "options", surface::CALL),
                table("AGENT_WAITS", "wait", surface::WAIT),
            ],
        }
    }
}

impl Shown {
    fn new(setting: &Setting) -> Self {
        let form = match setting.kind {
            Kind::Duration | Kind::Bytes => "NUMBER",
            Kind::Count => "SMALL",
            Kind::Flag => "FLAG",
            Kind::Text | Kind::Path => "TEXT",
            Kind::Pairs => "PAIR",
        };
        Self {
            form,
            name: setting.in_milliseconds(),
        }
    }
}

#[derive(Template)]
#[template(path = "face/c/agent/describe.c")]
struct Described {
    banner: &'static str,
    enums: Vec<Constants>,
    models: Vec<Object>,
}

struct Constants {
    table: String,
    values: Vec<(String, String)>,
}

struct Object {
    ty: String,
    fields: Vec<Told>,
}

/// A field, the macro that tells it, and the getters that this takes.
struct Told {
    tells: &'static str,
    wire: String,
    arguments: Vec<String>,
    gap: &'static str,
}

impl Described {
    fn new(api: &Api, names: &Names) -> Self {
        let models: Vec<Object> = api
            .received()
            .map(|model| {
                let ty = names.model(&model.name);
                let fields = model
                    .fields
                    .iter()
                    .map(|field| Told::new(names, &ty, field))
                    .collect();
                Object { ty, fields }
            })
            .collect();
        // An enum that is only sent has no place in what is received.
        let used: BTreeSet<&String> = models
            .iter()
            .flat_map(|model| &model.fields)
            .flat_map(|field| &field.arguments)
            .collect();
        let enums = api
            .enums
            .iter()
            .map(|item| Constants {
                table: table(names, &item.name),
                values: item
                    .values
                    .iter()
                    .zip(constant_endings(item))
                    .map(|(value, ending)| {
                        (literal(&value.wire), names.constant(&item.name, &ending))
                    })
                    .collect(),
            })
            .filter(|item| used.contains(&item.table))
            .collect();
        Self {
            banner: BANNER,
            enums,
            models,
        }
    }
}

fn table(names: &Names, of: &str) -> String {
    format!("{}_constants", names.enumeration(of))
}

impl Told {
    fn new(names: &Names, ty: &str, field: &Field) -> Self {
        let part = |part| names.part(ty, &field.name, part);
        let absent = field.can_be_absent();
        let item = match &field.ty {
            Type::List(item) => item.as_ref(),
            other => other,
        };
        let listed = Part::getters(&field.ty, absent).first() == Some(&Part::Count);
        let (tells, mut arguments) = match (item, listed) {
            (Type::String, false) => ("AGENT_TEXT", vec![part(Part::Get), part(Part::Length)]),
            (Type::Timestamp, false) => (
                "AGENT_INSTANT",
                vec![part(Part::Get), part(Part::Nanoseconds)],
            ),
            (Type::StringOrInteger, false) => ("AGENT_STRING", vec![part(Part::Get)]),
            (Type::Enum(of), false) => (
                "AGENT_CONSTANT",
                vec![part(Part::Get), part(Part::Text), table(names, of)],
            ),
            (Type::Model(of), false) => ("AGENT_PART", vec![part(Part::Get), names.model(of)]),
            (Type::Integer, false) => ("AGENT_INTEGER", vec![part(Part::Get)]),
            (Type::Unsigned, false) => ("AGENT_UNSIGNED", vec![part(Part::Get)]),
            (Type::Number, false) => ("AGENT_NUMBER", vec![part(Part::Get)]),
            (Type::Boolean, false) => ("AGENT_FLAG", vec![part(Part::Get)]),
            (Type::String, true) => ("AGENT_TEXTS", vec![part(Part::At), part(Part::LengthAt)]),
            (Type::Enum(of), true) => (
                "AGENT_CONSTANTS",
                vec![part(Part::At), part(Part::TextAt), table(names, of)],
            ),
            (Type::Model(of), true) => ("AGENT_PARTS", vec![part(Part::At), names.model(of)]),
            (Type::Integer, true) => ("AGENT_INTEGERS", vec![part(Part::At)]),
            (Type::Unsigned, true) => ("AGENT_UNSIGNEDS", vec![part(Part::At)]),
            (Type::Number, true) => ("AGENT_NUMBERS", vec![part(Part::At)]),
            (Type::Boolean, true) => ("AGENT_FLAGS", vec![part(Part::At)]),
            (Type::StringOrInteger | Type::Timestamp, true) => {
                ("AGENT_STRINGS", vec![part(Part::At)])
            }
            _ => ("AGENT_JSON", vec![part(Part::Json)]),
        };
        if listed {
            arguments.insert(0, part(Part::Count));
        }
        // What cannot be told by NULL is told by a getter of its own.
        if Part::getters(&field.ty, true).contains(&Part::Has) {
            arguments.insert(
                0,
                if absent {
                    part(Part::Has)
                } else {
                    "agent_always".to_owned()
                },
            );
        }
        let length =
            tells.len() + field.wire.len() + arguments.iter().map(|it| it.len() + 2).sum::<usize>();
        Self {
            tells,
            wire: literal(&field.wire),
            arguments,
            gap: if length + 8 > WIDTH {
                "\n        "
            } else {
                " "
            },
        }
    }
}

#[derive(Template)]
#[template(path = "face/c/agent/dispatch.c")]
struct Dispatch {
    banner: &'static str,
    calls: Vec<Sent>,
}

/// One call that the agent can make.
struct Sent {
    name: String,
    /// The function with all that it takes.
    sent: String,
    out: Option<String>,
    makes: Vec<Made>,
    args: Option<Args>,
    walk: Option<Walk>,
    /// The macro that tells what came out, up to what it is told of.
    tells: String,
}

/// A call of a function; lines are filled with its arguments, those after the first indented.
fn filled(function: &str, arguments: impl Iterator<Item = String>, indent: usize) -> String {
    let mut text = format!("{function}(");
    let mut width = indent + text.len();
    for (index, argument) in arguments.enumerate() {
        if index > 0 {
            text.push(',');
            // A comma or the ends of the call and of the macro stand behind it.
            if width + argument.len() + 6 > WIDTH {
                width = indent + 4;
                text.push_str(&format!("\n{:width$}", ""));
            } else {
                text.push(' ');
                width += 2;
            }
        }
        width += argument.len();
        text.push_str(&argument);
    }
    text.push(')');
    text
}

/// An object made from JSON before the call.
struct Made {
    many: &'static str,
    ty: String,
    name: String,
    wire: String,
}

struct Args {
    ty: String,
    new: String,
    sets: Vec<Set>,
}

/// A setter, and what reads the argument.
struct Set {
    how: &'static str,
    wire: String,
    function: String,
    reader: Option<&'static str>,
}

struct Walk {
    iter: String,
    item: String,
    sent: String,
}

impl Sent {
    fn new(api: &Api, names: &Names, call: &Call<'_>) -> Self {
        let mut makes = Vec::new();
        let mut takes = vec!["call->client".to_owned()];
        for param in call.direct() {
            let ty = direct_type(param);
            let getter = match &ty {
                Type::Integer => "agent_integer",
                Type::Unsigned => "agent_unsigned",
                Type::Number => "agent_number",
                Type::Boolean => "agent_flag",
                Type::Model(_) => {
                    takes.extend(value(names, &param.name, &ty, &mut makes));
                    continue;
                }
                _ => "agent_text",
            };
            takes.push(format!("{getter}(call, {})", literal(&param.name)));
        }
        let args = call
            .has_args()
            .then(|| Args::new(api, names, call, &mut makes));
        if args.is_some() {
            takes.push("args".to_owned());
        }
        takes.push("call->options".to_owned());
        let (out, tells) = match &call.gives {
            Gives::Nothing => (None, "AGENT_NOTHING(call".to_owned()),
            Gives::One(of) => (
                Some(names.model(of)),
                format!("AGENT_OBJECT({}", names.model(of)),
            ),
            Gives::List(of) => (
                Some(names.list(of)),
                format!("AGENT_LIST({}, {}", names.list(of), names.model(of)),
            ),
            Gives::Page(of, _) => (
                Some(names.page(of)),
                format!(
                    "{}({}, {}",
                    match api.goes_by_cursor(of) {
                        true => "AGENT_CURSOR_PAGE",
                        false => "AGENT_PAGE",
                    },
                    names.page(of),
                    names.model(of)
                ),
            ),
            Gives::Text => (
                Some("char".to_owned()),
                "AGENT_TOLD(agent_string".to_owned(),
            ),
            Gives::Json => (Some("char".to_owned()), "AGENT_TOLD(agent_value".to_owned()),
            Gives::Bytes => (
                Some("snapline_bytes".to_owned()),
                "AGENT_BYTES(call".to_owned(),
            ),
        };
        let error = || "&call->error".to_owned();
        let walk = match &call.gives {
            Gives::Page(of, _) => {
                let function = names.call_form(call, "iter");
                let gives = ["&iterator".to_owned(), error()];
                Some(Walk {
                    iter: names.iter(of),
                    item: names.model(of),
                    sent: filled(&function, takes.iter().cloned().chain(gives), 12),
                })
            }
            _ => None,
        };
        let place = out.is_some().then(|| "&out".to_owned());
        let answer = (!call.is_wait()).then(|| "agent_answer(call)".to_owned());
        let gives = place.into_iter().chain(answer).chain([error()]);
        let function = names.call(call);
        Self {
            name: function_of(api, call),
            sent: filled(&function, takes.iter().cloned().chain(gives), 8),
            out,
            makes,
            args,
            walk,
            tells,
        }
    }
}

impl Args {
    fn new(api: &Api, names: &Names, call: &Call<'_>, makes: &mut Vec<Made>) -> Self {
        let ty = names.args(call);
        let (mut given, mut sets) = (Vec::new(), Vec::new());
        for param in call.held() {
            let set = |how, part, reader| Set {
                how,
                wire: literal(&param.name),
                function: names.part(&ty, &param.name, part),
                reader,
            };
            let placeholder = placeholder(api, names, &param.ty);
            if param.required && placeholder.is_empty() {
                given.extend(value(names, &param.name, &param.ty, makes));
            } else {
                if param.required {
                    given.extend(placeholder);
                }
                sets.extend(setters(names, param, makes, &set));
            }
            if param.nullable {
                sets.push(set("AGENT_NULL", Part::SetNull, None));
            }
        }
        let new = filled(&format!("{ty}_new"), given.into_iter(), 8);
        let gap = if 2 * ty.len() + 20 + new.len() > WIDTH {
            "\n        "
        } else {
            " "
        };
        Self {
            ty,
            new: format!("{gap}{new}"),
            sets,
        }
    }
}

/// Some value that `_new` takes until a setter says which one it really is, where only a setter can say all.
fn placeholder(api: &Api, names: &Names, ty: &Type) -> Vec<String> {
    match ty {
        Type::Enum(of) => {
            let ending = constant_endings(api.enumeration(of)).into_iter().next();
            let ending = ending.unwrap_or_else(|| "UNKNOWN".to_owned());
            vec![names.constant(of, &ending)]
        }
        Type::List(item) if matches!(item.as_ref(), Type::Enum(_)) => {
            vec!["NULL".to_owned(), "0".to_owned()]
        }
        Type::StringOrInteger => vec!["NULL".to_owned()],
        _ => Vec::new(),
    }
}

type Setter<'a> = &'a dyn Fn(&'static str, Part, Option<&'static str>) -> Set;

fn setters(names: &Names, param: &Param, makes: &mut Vec<Made>, set: Setter<'_>) -> Vec<Set> {
    let one = |part, reader| vec![set("AGENT_SET", part, Some(reader))];
    match &param.ty {
        Type::String | Type::Timestamp => one(Part::Set, "agent_text"),
        Type::Integer => one(Part::Set, "agent_integer"),
        Type::Unsigned => one(Part::Set, "agent_unsigned"),
        Type::Number => one(Part::Set, "agent_number"),
        Type::Boolean => one(Part::Set, "agent_flag"),
        Type::Enum(_) => one(Part::SetText, "agent_text"),
        Type::StringOrInteger => vec![
            set("AGENT_SET_NUMBER", Part::SetInteger, None),
            set("AGENT_SET_TEXT", Part::Set, None),
        ],
        Type::Model(of) => {
            makes.push(Made::new(names, "", of, &param.name));
            vec![set("AGENT_SET_MADE", Part::Set, None).of(&param.name)]
        }
        Type::List(item) => match item.as_ref() {
            Type::String => vec![set("AGENT_SET_ALL", Part::Set, Some("agent_texts"))],
            Type::Integer => vec![set("AGENT_SET_ALL", Part::Set, Some("agent_integers"))],
            Type::Unsigned => vec![set("AGENT_SET_ALL", Part::Set, Some("agent_unsigneds"))],
            Type::Number => vec![set("AGENT_SET_ALL", Part::Set, Some("agent_numbers"))],
            Type::Boolean => vec![set("AGENT_SET_ALL", Part::Set, Some("agent_flags"))],
            Type::Enum(_) => vec![set("AGENT_SET_ALL", Part::SetTexts, Some("agent_texts"))],
            Type::Model(of) => {
                makes.push(Made::new(names, "_ALL", of, &param.name));
                vec![set("AGENT_SET_ALL_MADE", Part::Set, None).of(&param.name)]
            }
            _ => one(Part::Set, "agent_json"),
        },
        Type::Union(_) | Type::Map(_) | Type::Json => one(Part::Set, "agent_json"),
        Type::Bytes => vec![set("AGENT_SET_ALL", Part::Set, Some("agent_bytes"))],
    }
}

impl Set {
    /// The same of an object made before.
    fn of(self, name: &str) -> Self {
        Self {
            function: format!("{}, made_{name}", self.function),
            ..self
        }
    }
}

impl Made {
    fn new(names: &Names, many: &'static str, of: &str, name: &str) -> Self {
        Self {
            many,
            ty: names.model(of),
            name: format!("made_{name}"),
            wire: literal(name),
        }
    }
}

/// Expressions for what a function takes for a value.
fn value(names: &Names, name: &str, ty: &Type, makes: &mut Vec<Made>) -> Vec<String> {
    let wire = literal(name);
    let read = |reader: &str| format!("agent_{reader}(call, {wire})");
    match ty {
        Type::String | Type::Timestamp | Type::StringOrInteger | Type::Enum(_) => {
            vec![read("text")]
        }
        Type::Integer => vec![read("integer")],
        Type::Unsigned => vec![read("unsigned")],
        Type::Number => vec![read("number")],
        Type::Boolean => vec![read("flag")],
        Type::Model(of) => {
            makes.push(Made::new(names, "", of, name));
            vec![format!("made_{name}")]
        }
        Type::List(item) => match item.as_ref() {
            Type::String => vec![read("texts"), read("count")],
            Type::Integer => vec![read("integers"), read("count")],
            Type::Unsigned => vec![read("unsigneds"), read("count")],
            Type::Number => vec![read("numbers"), read("count")],
            Type::Boolean => vec![read("flags"), read("count")],
            Type::Model(of) => {
                makes.push(Made::new(names, "_ALL", of, name));
                vec![format!("(const void *)made_{name}"), read("count")]
            }
            _ => vec![read("json")],
        },
        Type::Union(_) | Type::Map(_) | Type::Json => vec![read("json")],
        Type::Bytes => vec![read("bytes"), read("count")],
    }
}
