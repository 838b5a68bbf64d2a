//! `snapline calls`: every call of the tables as data, for programs that make commands of them.

use clap::{Arg, ArgMatches, Command};
use serde_json::{Value, json};
use snapline_runtime::Error;

use crate::columns::Column;
use crate::flags::{changes, kebab, long};
use crate::generated::APIS;
use crate::session::Session;
use crate::table::{Api, Call, Kind, Param, Type};

pub(crate) fn command() -> Command {
    Command::new("calls")
        .about("Lists every call: its command, its arguments, what it gives")
        .arg(Arg::new("text").help("Only those with this in their commands or sentences"))
}

pub(crate) fn run(session: &Session, matches: &ArgMatches) -> Result<(), Error> {
    let text = matches
        .get_one::<String>("text")
        .map(|text| text.to_lowercase());
    let mut all = Vec::new();
    for api in APIS {
        for call in api.calls {
            let command = words(api, call)?.join(" ");
            let fits = |text: &String| {
                command.contains(text) || call.summary.to_lowercase().contains(text)
            };
            if text.as_ref().is_none_or(fits) {
                all.push(described(api, call, command));
            }
        }
    }
    session
        .output
        .rows(&["command", "summary"].map(Column::of), &all, true)
}

/// The words of the command that makes a call.
fn words(api: &Api, call: &Call) -> Result<Vec<String>, Error> {
    let mut words = vec![api.provider.short.to_owned()];
    let (of, wait) = match &call.kind {
        Kind::Take(take) if take.usual => (api.call(take.begins)?, true),
        _ => (call, false),
    };
    words.extend(of.resource.iter().chain([&of.name]).map(|word| kebab(word)));
    words.extend(wait.then(|| "--wait".to_owned()));
    Ok(words)
}

fn described(api: &Api, call: &'static Call, command: String) -> Value {
    let gives = match (call.item(), call.pages()) {
        (None, _) => "nothing",
        (Some(_), Some(_)) => "pages",
        (Some(_), None) if call.gives_list() => "list",
        (Some(Type::RawText), None) => "text",
        (Some(Type::Bytes), None) => "bytes",
        (Some(_), None) => "one",
    };
    json!({
        "provider": api.provider.name,
        "call": call.dotted,
        "command": command,
        "summary": call.summary,
        "changes": changes(api, call).is_some(),
        "arguments": call.params.iter().map(|param| argument(api, param)).collect::<Vec<_>>(),
        "gives": gives,
    })
}

fn argument(api: &Api, param: &Param) -> Value {
    let (item, several) = match param.ty {
        Type::List(item) => (*item, true),
        ty => (ty, false),
    };
    let (kind, values) = match item {
        Type::Text | Type::RawText => ("text", None),
        Type::Bytes => ("bytes", None),
        Type::Integer | Type::Unsigned => ("integer", None),
        Type::Number => ("number", None),
        Type::Boolean => ("boolean", None),
        Type::Timestamp => ("time", None),
        Type::TextOrInteger => ("text or integer", None),
        Type::Enum(name) => ("text", Some(api.values(name))),
        Type::Model(_) | Type::Union(_) | Type::List(_) | Type::Map(_) | Type::Json => {
            ("json", None)
        }
    };
    json!({
        "name": param.name,
        "option": (!param.is_direct()).then(|| format!("--{}", long(param))),
        "type": kind,
        "several": several,
        "values": values,
        "required": param.required,
        "nullable": param.nullable,
        "doc": param.doc,
    })
}
