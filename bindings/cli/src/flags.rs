//! Calls as commands: their arguments as options, and what was given as an order.

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::Value;
use snapline_runtime::{Error, WaitOptions};

use crate::engine::{self, Named, Order};
use crate::generated::settings;
use crate::input::{Given, Input};
use crate::setting;
use crate::table::{Api, Body, Call, Kind, Param, Place, Type};

/// The words of a name in the command line.
pub(crate) fn kebab(name: &str) -> String {
    name.replace('_', "-")
}

/// What clap knows an argument by.
fn id(param: &Param) -> String {
    format!("arg.{}", param.name)
}

/// The option of an argument, without the dashes before it.
pub(crate) fn long(param: &Param) -> String {
    param.long.map_or_else(|| kebab(param.name), str::to_owned)
}

/// Whether a request changes something, so that it can be looked at before.
pub(crate) fn changes(api: &Api, call: &Call) -> Option<&'static str> {
    let method = match &call.kind {
        Kind::Request(_) => api.operation(call.operation).ok()?.method,
        Kind::Take(take) => {
            let begins = api.call(take.begins).ok()?;
            api.operation(begins.operation).ok()?.method
        }
        Kind::Wait(_) | Kind::Find(_) => return None,
    };
    let safe = ["GET", "HEAD", "OPTIONS", "TRACE"];
    (!safe.contains(&method)).then_some(method)
}

fn takes_body(api: &Api, call: &Call) -> bool {
    match &call.kind {
        Kind::Request(request) => {
            let raw = call.params.iter().any(|param| param.ty.is_raw());
            !matches!(request.body, Body::None) && !raw
        }
        Kind::Take(take) => api
            .call(take.begins)
            .is_ok_and(|begins| takes_body(api, begins)),
        Kind::Wait(_) | Kind::Find(_) => false,
    }
}

/// The command of a call.
pub(crate) fn command(api: &'static Api, call: &'static Call) -> Command {
    let name = kebab(call.name);
    let mut command = Command::new(name)
        .about(call.summary.trim_end_matches('.').to_owned())
        .long_about(long_about(api, call));
    command = with_arguments(command, api, call.params);
    if takes_body(api, call) {
        command = command.arg(
            Arg::new("our.from-json")
                .long("from-json")
                .value_name("FILE")
                .value_hint(clap::ValueHint::FilePath)
                .help("The body of the request as JSON from a file, or from stdin with `-`; options are laid over it")
                .help_heading(MORE),
        );
    }
    if call.pages().is_some() {
        command = command.arg(switch("all", "Gives the items of all pages").help_heading(MORE));
    }
    if call.gives_list() && matches!(call.kind, Kind::Request(_)) {
        command = command.arg(
            Arg::new("our.limit")
                .long("limit")
                .value_name("NUMBER")
                .value_parser(clap::value_parser!(u64))
                .help("Gives so many items at most, of as many pages as it takes")
                .help_heading(MORE),
        );
    }
    let take = api.take_of(call);
    if let Some(take) = take {
        let summary = take.summary.trim_end_matches('.');
        command = command
            .arg(switch("wait", format!("Waits for it too: {summary}")).help_heading(WAITING));
    }
    if take.is_some() || !matches!(call.kind, Kind::Request(_)) {
        for setting in settings::WAIT {
            command = command.arg(setting::arg(setting, "wait-", WAITING));
        }
    }
    if let Some(method) = changes(api, call) {
        command = command.arg(
            switch("dry-run", "Shows what would be sent, and sends nothing").help_heading(MORE),
        );
        if method == "DELETE" {
            command = command.arg(
                switch(
                    "yes",
                    "Does not ask first; nobody is asked where stdin is no terminal",
                )
                .short('y')
                .help_heading(MORE),
            );
        }
    }
    command.override_usage(usage(api, call))
}

/// A command with arguments of a call.
pub(crate) fn with_arguments(
    command: Command,
    api: &'static Api,
    params: impl IntoIterator<Item = &'static Param>,
) -> Command {
    let mut nullable = false;
    let command = params.into_iter().fold(command, |command, param| {
        nullable |= param.nullable;
        command.arg(arg(api, param))
    });
    if !nullable {
        return command;
    }
    command.arg(
        Arg::new("our.null")
            .long("null")
            .value_name("NAME")
            .action(ArgAction::Append)
            .help("Sends null for an option, which is not the same as leaving it out")
            .help_heading(MORE),
    )
}

const MORE: &str = "What is sent";
const WAITING: &str = "Waiting";

fn switch(name: &'static str, help: impl Into<clap::builder::StyledStr>) -> Arg {
    Arg::new(format!("our.{name}"))
        .long(name)
        .action(ArgAction::SetTrue)
        .help(help)
}

fn long_about(api: &Api, call: &Call) -> String {
    let mut text = call.summary.to_owned();
    if !call.doc.is_empty() {
        text.push_str(&format!("\n\n{}", call.doc));
    }
    if let Kind::Request(request) = &call.kind
        && !request.scopes.is_empty()
    {
        text.push_str(&format!(
            "\n\nThe token must be allowed to {}.",
            request.scopes.join(" or ")
        ));
    }
    if let Kind::Request(_) = &call.kind
        && let Ok(operation) = api.operation(call.operation)
    {
        text.push_str(&format!(
            "\n\nSends {} {}",
            operation.method, operation.path
        ));
    }
    text
}

fn usage(api: &Api, call: &Call) -> String {
    let mut words = vec!["snapline".to_owned(), api.provider.short.to_owned()];
    words.extend(call.resource.iter().map(|name| kebab(name)));
    words.push(kebab(call.name));
    for param in call.params.iter().filter(|param| param.is_direct()) {
        words.push(format!("<{}>", value_name(param)));
    }
    for param in call
        .params
        .iter()
        .filter(|param| param.required && !param.is_direct())
    {
        words.push(format!("--{} <{}>", long(param), value_name(param)));
    }
    words.push("[OPTIONS]".to_owned());
    words.join(" ")
}

fn value_name(param: &Param) -> String {
    if param.is_direct() {
        return param.name.to_uppercase();
    }
    let item = match param.ty {
        Type::List(item) => *item,
        ty => ty,
    };
    match item {
        Type::Text | Type::RawText | Type::Bytes => "TEXT",
        Type::Integer | Type::Unsigned | Type::Number => "NUMBER",
        Type::Boolean => "true|false",
        Type::Timestamp => "TIME",
        Type::TextOrInteger => "ID",
        Type::Enum(_) => "VALUE",
        Type::Model(_) | Type::Union(_) | Type::List(_) | Type::Map(_) | Type::Json => "JSON",
    }
    .to_owned()
}

fn arg(api: &'static Api, param: &'static Param) -> Arg {
    let mut help = param.doc.trim_end_matches('.').to_owned();
    if let Type::List(_) = param.ty {
        help.push_str("; can be given several times");
    }
    if param.ty.is_raw() {
        help.push_str("; @FILE for what a file holds, - for what comes on stdin, sent as it is");
    }
    let arg = Arg::new(id(param)).value_name(value_name(param));
    let arg = if param.is_direct() {
        return arg.help(help).required(true);
    } else {
        arg.long(long(param)).help_heading(if param.required {
            "Required"
        } else {
            "Optional"
        })
    };
    let item = match param.ty {
        Type::List(item) => *item,
        ty => ty,
    };
    let arg = match param.ty {
        Type::List(_) => arg.action(ArgAction::Append),
        Type::Boolean => arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        Type::Integer | Type::Number => arg.allow_negative_numbers(true),
        _ => arg,
    };
    match item {
        Type::Enum(name) => arg.help(help).value_parser(Listed(api.values(name))),
        _ => arg.help(help),
    }
}

/// Texts of which some are listed, for help and completion; whether another one will do is the engine's to say (B30).
#[derive(Clone)]
struct Listed(&'static [&'static str]);

impl TypedValueParser for Listed {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(PossibleValue::new)))
    }
}

/// What was given, and what is to be done with it.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The call that is made: with `--wait` the one that waits.
    pub(crate) call: &'static Call,
    pub(crate) order: Order,
    pub(crate) dry_run: bool,
    pub(crate) yes: bool,
}

/// Reads what was given to a call's command. `defaults` has arguments that hold where none is given.
pub(crate) fn asked(
    api: &'static Api,
    call: &'static Call,
    matches: &ArgMatches,
    defaults: &Named,
) -> Result<Asked, Error> {
    let mut input = Input::default();
    let arguments = arguments(api, call.params, matches, defaults, &mut input)?;
    let body = match text(matches, "our.from-json") {
        Some(path) => {
            let text = input.file("from-json", path)?;
            let body: Value = serde_json::from_str(&text).map_err(|error| {
                let message = format!("`--from-json {path}` is no JSON: {error}");
                Error::invalid_argument("from-json", "JSON", message)
            })?;
            Some(body)
        }
        None => None,
    };
    for param in call.params.iter().filter(|param| param.required) {
        let in_body = body.is_some() && matches!(param.place, Place::Body(_) | Place::Whole);
        if !arguments.contains_key(param.name) && !in_body {
            let message = format!("--{} must be given; `--help` says what it is", long(param));
            return Err(Error::invalid_argument(param.name, "required", message));
        }
    }
    let waits = is_set(matches, "our.wait");
    let wait = setting::given(WaitOptions::default(), settings::WAIT, "wait-", matches)?;
    let take = api.take_of(call).filter(|_| waits);
    if wait != WaitOptions::default() && take.is_none() && matches!(call.kind, Kind::Request(_)) {
        let message = "`--wait-…` goes with `--wait`";
        return Err(Error::invalid_argument("wait", "with --wait", message));
    }
    let order = Order {
        arguments,
        body,
        all: is_set(matches, "our.all"),
        limit: matches
            .try_get_one::<u64>("our.limit")
            .ok()
            .flatten()
            .copied(),
        wait,
    };
    Ok(Asked {
        call: take.unwrap_or(call),
        order,
        dry_run: is_set(matches, "our.dry-run"),
        yes: is_set(matches, "our.yes"),
    })
}

/// The arguments that were given, out of those that may be; `defaults` has some that hold where none is given.
pub(crate) fn arguments<'p>(
    api: &'static Api,
    params: impl IntoIterator<Item = &'p Param>,
    matches: &ArgMatches,
    defaults: &Named,
    input: &mut Input,
) -> Result<Named, Error> {
    let params: Vec<&Param> = params.into_iter().collect();
    let mut arguments = Named::new();
    for param in &params {
        if let Some(value) = argument(api, param, matches, input)? {
            arguments.insert(param.name.to_owned(), value);
        } else if let Some(value) = defaults.get(param.name) {
            arguments.insert(param.name.to_owned(), value.clone());
        }
    }
    for name in matches
        .try_get_many::<String>("our.null")
        .ok()
        .flatten()
        .into_iter()
        .flatten()
    {
        let name = name.trim_start_matches("--");
        let known = params.iter().copied().filter(|param| param.nullable);
        let Some(param) = known
            .clone()
            .find(|param| long(param) == name || param.name == name)
        else {
            let names: Vec<String> = known.map(long).collect();
            let message = format!("`--null` goes with {}, not with `{name}`", names.join(", "));
            return Err(Error::invalid_argument(
                "null",
                "an option that may be null",
                message,
            ));
        };
        arguments.insert(param.name.to_owned(), Value::Null);
    }
    Ok(arguments)
}

fn is_set(matches: &ArgMatches, name: &str) -> bool {
    matches
        .try_get_one::<bool>(name)
        .ok()
        .flatten()
        .copied()
        .unwrap_or_default()
}

fn text<'m>(matches: &'m ArgMatches, name: &str) -> Option<&'m str> {
    matches
        .try_get_one::<String>(name)
        .ok()
        .flatten()
        .map(String::as_str)
}

fn argument(
    api: &'static Api,
    param: &Param,
    matches: &ArgMatches,
    input: &mut Input,
) -> Result<Option<Value>, Error> {
    let name = param.name;
    let Ok(Some(mut values)) = matches.try_get_many::<String>(&id(param)) else {
        return Ok(None);
    };
    if param.ty.is_raw() {
        return match values.next_back() {
            Some(value) => raw(param, &input.bytes(name, value)?).map(Some),
            None => Ok(None),
        };
    }
    let Type::List(item) = param.ty else {
        return match values.next_back() {
            Some(value) => {
                let value = input.value(name, value)?.into_text();
                engine::read(api, name, param.ty, &value).map(Some)
            }
            None => Ok(None),
        };
    };
    let mut items = Vec::new();
    for value in values {
        let given = input.value(name, value)?;
        let lines = matches!(given, Given::Read(_));
        let text = given.into_text();
        if text.trim_start().starts_with('[')
            && let Ok(Value::Array(several)) = serde_json::from_str(&text)
        {
            items.extend(several);
        } else if lines && !is_json(*item) {
            // A file of ids has one on each line.
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                items.push(engine::read(api, name, *item, line)?);
            }
        } else {
            items.push(engine::read(api, name, *item, &text)?);
        }
    }
    Ok(Some(Value::Array(items)))
}

/// A body that is sent as it is.
fn raw(param: &Param, bytes: &[u8]) -> Result<Value, Error> {
    if param.ty == Type::Bytes {
        let text: String = bytes.iter().copied().map(char::from).collect();
        return Ok(text.into());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| {
        let message = format!("`{}` is not valid UTF-8", param.name);
        Error::invalid_argument(param.name, "UTF-8", message)
    })?;
    Ok(text.into())
}

fn is_json(ty: Type) -> bool {
    matches!(
        ty,
        Type::Model(_) | Type::Union(_) | Type::List(_) | Type::Map(_) | Type::Json
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Options;

    /// Options of ours in a command and all below it.
    fn ours(command: &Command, found: &mut Vec<String>) {
        let all = command.get_arguments();
        let all = all.filter(|arg| arg.get_id().as_str().starts_with("our."));
        found.extend(all.filter_map(|arg| arg.get_long().map(str::to_owned)));
        for below in command.get_subcommands() {
            ours(below, found);
        }
    }

    #[test]
    fn the_generator_knows_every_option_of_ours() {
        let known = include_str!("../../../codegen/src/face/cli/names.rs");
        let mut found = vec!["help".to_owned(), "version".to_owned()];
        ours(&crate::root(Options::All), &mut found);
        assert!(found.len() > 100, "{}", found.len());
        for name in found {
            assert!(
                known.contains(&format!("\n    \"{name}\",\n")),
                "OURS of codegen/src/face/cli/names.rs has not {name}"
            );
        }
    }
}
