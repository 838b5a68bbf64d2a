//! Options of the call that makes something, behind a `--`: they are those of its own command, without what is settled
//! otherwise.

use clap::{Arg, ArgMatches, Command};
use snapline_lifecycle::Kind;
use snapline_lifecycle::kind::Make;
use snapline_runtime::Error;

use crate::engine::Named;
use crate::flags::{self, kebab, long};
use crate::generated::APIS;
use crate::input::Input;
use crate::table::{self, Api, Call, Param};

/// The name of the argument with what stands behind the `--`.
const FURTHER: &str = "further";

/// All that stands behind a `--`.
pub(crate) fn arg() -> Arg {
    Arg::new(FURTHER)
        .value_name("OPTIONS")
        .num_args(0..)
        .last(true)
        .help("Options of the command that makes the thing, such as `-- --tags web`; they are listed below")
}

/// What options there are for what kind.
pub(crate) fn listed() -> String {
    let mut text =
        "Behind `--` stand options of the command that makes the thing, whose --help explains them:"
            .to_owned();
    for (api, kind, how) in made() {
        let Ok(call) = request(api, how) else {
            continue;
        };
        let options: Vec<String> = params(call, how)
            .map(|param| format!("--{}", long(param)))
            .collect();
        text.push_str(&format!(
            "\n  {}, `{}`: {}",
            kind.name,
            own_command(api, call),
            options.join(" ")
        ));
    }
    text
}

/// How the call is made by itself.
fn own_command(api: &Api, call: &Call) -> String {
    let words = call.resource.iter().copied().chain([call.name]);
    let words: Vec<String> = words.map(kebab).collect();
    format!("snapline {} {}", api.provider.short, words.join(" "))
}

/// Kinds of things that are made of snapshots.
fn made() -> impl Iterator<Item = (&'static Api, &'static Kind, &'static Make)> {
    APIS.iter().flat_map(|api| {
        api.kinds
            .iter()
            .filter_map(|kind| Some((*api, kind, &kind.restore.as_ref()?.make)))
    })
}

/// The request that makes the thing.
fn request(api: &Api, how: &Make) -> Result<&'static Call, Error> {
    let call = api.call(how.call.call)?;
    match &call.kind {
        table::Kind::Take(take) => api.call(take.begins),
        _ => Ok(call),
    }
}

/// The arguments that may be given: ids in the path are those of the thing.
fn params(call: &'static Call, how: &'static Make) -> impl Iterator<Item = &'static Param> {
    let free = |param: &&Param| !param.is_direct() && !how.call.settles(param.name);
    call.params.iter().filter(free)
}

/// Reads what was given behind the `--` for things of a kind.
pub(crate) fn given(
    api: &'static Api,
    kind: &Kind,
    how: &'static Make,
    matches: &ArgMatches,
) -> Result<Named, Error> {
    let call = request(api, how)?;
    let words = matches.get_many::<String>(FURTHER).into_iter().flatten();
    let command = Command::new("--")
        .no_binary_name(true)
        .disable_help_flag(true);
    let command = flags::with_arguments(command, api, params(call, how));
    let command = command.mut_args(|arg| arg.required(false));
    let matches = command.try_get_matches_from(words).map_err(|error| {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        let message = format!(
            "{} behind `--`, where options of `{}` stand for a {}; `snapline restore --help` lists them",
            line.trim_start_matches("error: "),
            own_command(api, call),
            kind.name
        );
        let rule = "an option of the command that makes the thing";
        Error::invalid_argument(FURTHER, rule, message)
    })?;
    let all = params(call, how);
    flags::arguments(api, all, &matches, &Named::new(), &mut Input::default())
}
