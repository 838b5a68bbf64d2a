//! Calls by name in C++, for the agent that makes them as it is told.

use crate::emit::c::names::{literal, word};
use crate::emit::c_describe::told as models;
use crate::emit::c_dispatch::waited;
use crate::emit::cpp::{args_class, as_json, class, given_name, input_class};
use crate::emit::rust::BANNER;
use crate::emit::wait_options::WAIT_OPTIONS;
use crate::file_set::FileSet;
use crate::ir::{Api, Location, Model, ModelId, Param, Resource, Returns, Type};

const FOLDER: &str = "tests/conformance/cpp/generated";

/// Writes a function for each method and waiter of all providers, and the tables that find them.
pub fn emit(apis: &[Api]) -> FileSet {
    let mut files = FileSet::default();
    let mut declared = String::new();
    let mut providers = String::new();
    for api in apis {
        let provider = &api.provider.name;
        files.add(format!("{FOLDER}/dispatch_{provider}.hpp"), inputs(api));
        let mut table = String::new();
        // One file, since each includes all headers, which is what takes the compiler's time.
        let mut text = String::new();
        for resource in api.all_resources() {
            let methods = resource.requests().map(|it| {
                (
                    &it.call.name,
                    &it.call.params,
                    it.request.returns.clone(),
                    false,
                )
            });
            let waiters = resource
                .waits()
                .map(|it| (&it.call.name, &it.call.params, waited(it), true));
            for (name, params, returns, waits) in methods.chain(waiters) {
                let function = format!("{provider}_{}_{name}", resource.path.join("_"));
                text.push_str(&format!(
                    "\nvoid {function}(Call& call) {{\n{}}}\n",
                    body(resource, name, params, &returns, waits)
                ));
                declared.push_str(&format!("void {function}(Call& call);\n"));
                let told = literal(&format!("{}.{name}", resource.path.join(".")));
                table.push_str(&format!("        {{{told}, {function}}},\n"));
            }
        }
        files.add(
            format!("{FOLDER}/dispatch_{provider}.cpp"),
            format!("/* {BANNER} */\n\n#include \"dispatch_{provider}.hpp\"\n{text}"),
        );
        let whole: String = models(api)
            .map(|model| {
                let class = class(&model.name);
                format!(
                    "        {{{}, again<snapline::{provider}::{class}>}},\n",
                    literal(&model.name)
                )
            })
            .collect();
        providers.push_str(&format!(
            "    {{{}, provider<snapline::{provider}::Client>({{\n{table}    }}, {{\n{whole}    }})}},\n",
            literal(provider)
        ));
    }
    files.add(
        format!("{FOLDER}/dispatch.cpp"),
        format!(
            "/* {BANNER} */\n\n#include \"../agent.hpp\"\n\n{declared}\nconst std::map<std::string, Provider> providers = {{\n{providers}}};\n"
        ),
    );
    files
}

/// How the structs that models are made of are read from JSON.
fn inputs(api: &Api) -> String {
    let guard = format!("SNAPLINE_DISPATCH_{}_HPP", api.provider.name.to_uppercase());
    let mut text = format!(
        "/* {BANNER} */\n\n#ifndef {guard}\n#define {guard}\n\n#include \"../described.hpp\"\n\nnamespace api = snapline::{};\n",
        api.provider.name
    );
    let mut waiting: Vec<&Model> = api
        .models
        .iter()
        .filter(|it| it.sent && !it.envelope)
        .collect();
    let mut written: Vec<&str> = Vec::new();
    // Parts before what they are part of.
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|model| {
            let ready = model
                .fields
                .iter()
                .filter_map(|field| part(&field.ty))
                .all(|of| written.contains(&&**of) || *of == model.name || !api.model(of).sent);
            if ready {
                text.push_str(&input(model));
                written.push(&model.name);
            }
            !ready
        });
        if waiting.len() == before {
            break;
        }
    }
    text.push_str("\n#endif\n");
    text
}

/// The model that a type is made of.
fn part(ty: &Type) -> Option<&ModelId> {
    match ty {
        Type::Model(of) => Some(of),
        Type::List(item) => part(item),
        _ => None,
    }
}

fn input(model: &Model) -> String {
    let name = format!("api::{}", input_class(&model.name));
    let fields: Vec<_> = model
        .fields
        .iter()
        .filter(|field| !field.read_only)
        .collect();
    let required: Vec<String> = fields
        .iter()
        .filter(|field| !field.can_be_absent())
        .map(|field| {
            if field.nullable {
                format!(
                    "nullable<{}>(json, {})",
                    value(&field.ty),
                    literal(&field.wire)
                )
            } else {
                read(&field.ty, &format!("json.at({})", literal(&field.wire)))
            }
        })
        .collect();
    let mut text = format!(
        "\ntemplate <>\nstruct Read<{name}> {{\n    static {name} from(const Json& json) {{\n        {name} made{{{}}};\n",
        required.join(", ")
    );
    for field in fields.iter().filter(|field| field.can_be_absent()) {
        let wire = literal(&field.wire);
        let member = given_name(&field.name, &field.ty);
        let value = if field.nullable {
            format!("nullable<{}>(json, {wire})", value(&field.ty))
        } else {
            read(&field.ty, &format!("json.at({wire})"))
        };
        text.push_str(&format!(
            "        if (json.has({wire})) made.{member} = {value};\n"
        ));
    }
    text.push_str("        return made;\n    }\n};\n");
    text
}

/// The type that a value is read as.
fn value(ty: &Type) -> String {
    match ty {
        Type::Integer => "std::int64_t".to_owned(),
        Type::Number => "double".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::StringOrInteger => "snapline::StringOrInteger".to_owned(),
        Type::Enum(of) => format!("snapline::Open<api::{}>", class(of)),
        Type::Model(of) => format!("api::{}", input_class(of)),
        Type::List(item) => format!("std::vector<{}>", value(item)),
        _ => "std::string".to_owned(),
    }
}

/// An expression that reads a value from `json`.
fn read(ty: &Type, json: &str) -> String {
    if as_json(ty) {
        format!("{json}.written()")
    } else {
        format!("Read<{}>::from({json})", value(ty))
    }
}

fn body(
    resource: &Resource,
    name: &str,
    params: &[Param],
    returns: &Returns,
    waits: bool,
) -> String {
    let mut ids = Vec::new();
    let mut required = Vec::new();
    let mut text = String::new();
    let mut after = String::new();
    for param in params {
        let told = literal(&param.name);
        let argument = format!("call.arguments.at({told})");
        let given = if param.nullable {
            format!("nullable<{}>(call.arguments, {told})", value(&param.ty))
        } else {
            read(&param.ty, &argument)
        };
        if let (Location::Origin, Type::Model(of)) = (&param.location, &param.ty) {
            let own = format!("{}_object", param.name);
            text.push_str(&format!(
                "    const auto {own} = api::{}::try_from_json({argument}.written()).value();\n",
                class(of)
            ));
            ids.push(own);
        } else if param.location == Location::Path {
            // What is neither text nor a number is written as text.
            let ty = match &param.ty {
                Type::Integer | Type::StringOrInteger => value(&param.ty),
                _ => "std::string".to_owned(),
            };
            let own = format!("{}_id", param.name);
            text.push_str(&format!(
                "    const auto {own} = Read<{ty}>::from({argument});\n"
            ));
            ids.push(own);
        } else if param.required {
            required.push(given);
        } else {
            let member = given_name(&param.name, &param.ty);
            after.push_str(&format!(
                "    if (call.arguments.has({told})) args.{member} = {given};\n"
            ));
        }
    }
    let args = args_class(&resource.path, name);
    text.push_str(&format!(
        "    api::{args} args{{{}}};\n{after}",
        required.join(", ")
    ));
    text.push_str("    args.options = call.options;\n");
    if waits {
        for bound in WAIT_OPTIONS.iter().map(|option| option.name) {
            text.push_str(&format!("    args.{bound} = call.{bound};\n"));
        }
    }
    ids.push("args".to_owned());
    let path: String = resource
        .path
        .iter()
        .map(|part| format!(".{}()", word(part)))
        .collect();
    let page = matches!(returns, Returns::Page { .. });
    let suffix = if page { "_page" } else { "" };
    let given = ids.join(", ");
    let made = |what: &str, function: &str| {
        format!(
            "call.{what}([&] {{ return call.client<api::Client>(){path}.try_{function}({given}); }});"
        )
    };
    if page {
        text.push_str(&format!(
            "    if (call.mode == Mode::items) return {}\n",
            made("items", name)
        ));
    }
    let plain = if is_json(returns) { "json" } else { "value" };
    if !waits {
        text.push_str(&format!(
            "    if (call.mode == Mode::raw) return {}\n",
            made(&format!("raw_{plain}"), &format!("{name}{suffix}_raw"))
        ));
    }
    text.push_str(&format!(
        "    {}\n",
        made(plain, &format!("{name}{suffix}"))
    ));
    text
}

/// Whether a call gives JSON as text.
fn is_json(returns: &Returns) -> bool {
    match returns {
        Returns::Whole(ty) | Returns::Field { ty, .. } => match ty {
            Type::Model(_) | Type::String => false,
            Type::List(item) => !matches!(item.as_ref(), Type::Model(_)),
            _ => true,
        },
        Returns::Nothing | Returns::Page { .. } => false,
    }
}
