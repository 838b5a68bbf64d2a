//! Docstrings, the same in the extension and in the stubs. What many things have in common is told once: on
//! the class, in the options' types or on the page.

use proc_macro2::TokenStream;
use quote::quote;

use super::view::{Argument, Attribute, Keyword};
use crate::emit::prose;
use crate::ir::words;
use crate::ir::{Api, Call, Helper, Model};
use crate::surface::Setting;

/// How wide a docstring is.
const WIDTH: usize = 104;

/// What every resource's class says of its calls.
const CALLS: &str = "A call takes the keywords of `snapline.CallOptions` beside its arguments, a wait those of \
    `snapline.WaitOptions`; they say what else it raises.";

/// What `ClientOptions` says: in a sentence, and the rest.
pub(super) const CLIENT_OPTIONS: (&str, &str) = (
    "What a client takes by keyword beside its credentials.",
    "Times are in seconds; in brackets stands what holds where nothing is given.",
);

/// What `CallOptions` says.
pub(super) const CALL_OPTIONS: (&str, &str) = (
    "What every call takes by keyword beside its own arguments.",
    "Times are in seconds. What is not given is as the client has it.\n\n\
     Where an argument breaks a bound, a call raises `snapline.InvalidArgumentError` before anything is sent. What \
     else it raises is a `snapline.SnaplineError` too: one of the classes below `APIError` where the service \
     refuses, such as AuthenticationError, RateLimitError and ServerError, else one that says why there is no \
     answer.",
);

/// What `WaitOptions` says.
pub(super) const WAIT_OPTIONS: (&str, &str) = (
    "What every wait takes by keyword beside its own arguments.",
    "Times are in seconds; in brackets stands what holds where nothing is given.\n\n\
     A wait raises `snapline.WaitTimeoutError` if it did not happen in time: the work goes on, and the error says \
     how to wait on. It raises `snapline.CancelledError` if `on_poll` returned False, and what a call raises if a \
     poll fails for good. A poll's passing error does not end it.",
);

/// Lines as doc attributes, indentation kept.
pub(super) fn attributes(lines: &[String]) -> TokenStream {
    let lines = lines.iter().map(|line| match line.as_str() {
        "" => String::new(),
        line => format!(" {line}"),
    });
    quote! { #(#[doc = #lines])* }
}

/// A text in lines.
pub(super) fn text(text: &str) -> Vec<String> {
    prose::python(text, WIDTH)
        .into_iter()
        .map(|line| line.trim_end().chars().skip(1).collect())
        .collect()
}

/// `name: text` below a heading, further lines indented.
fn entry(name: &str, words: &str) -> Vec<String> {
    let words = format!("{name}: {words}");
    let lines = prose::python(&words, WIDTH - 8);
    let indented = lines.iter().enumerate().map(|(index, line)| {
        let indent = if index == 0 { "    " } else { "        " };
        format!("{indent}{}", line.trim()).trim_end().to_owned()
    });
    indented.collect()
}

/// A heading and its entries, after a blank line; nothing where there are none.
fn section(title: &str, entries: Vec<String>) -> Vec<String> {
    if entries.is_empty() {
        return entries;
    }
    let mut lines = vec![String::new(), format!("{title}:")];
    lines.extend(entries);
    lines
}

/// The first lines: what it does in a sentence, then the rest.
fn opening(summary: &str, rest: &str) -> Vec<String> {
    let mut lines = text(summary);
    if !rest.trim().is_empty() {
        lines.push(String::new());
        lines.extend(text(rest));
    }
    lines
}

fn arguments(all: &[Argument<'_>]) -> Vec<String> {
    let words = |argument: &Argument<'_>| {
        let param = argument.param;
        let mut words = words::with_bounds(&param.doc, &param.rules);
        if param.nullable && !param.required {
            words.push_str(" None is sent as null, UNSET is not sent.");
        }
        entry(&argument.name, &words)
    };
    section("Args", all.iter().flat_map(words).collect())
}

/// The class of an error that the service may answer this call with, and not every call.
fn class_of(status: &str) -> Option<&'static str> {
    Some(match status {
        "400" => "BadRequestError",
        "403" => "PermissionDeniedError",
        "404" => "NotFoundError",
        "409" => "ConflictError",
        "422" => "UnprocessableEntityError",
        _ => return None,
    })
}

/// The docstring of a call.
pub(super) fn call(api: &Api, call: &Call, all: &[Argument<'_>]) -> Vec<String> {
    let quote = |text: &str| format!("`{text}`");
    let failure = "ends it with WaitFailedError, which has the last object";
    let ending = words::ending(call, quote, failure);
    let mut lines = match ending.zip(call.timeout()) {
        None => opening(&call.summary, &call.doc),
        Some((ending, seconds)) => {
            let bound = format!("It may take {seconds} s unless `timeout` says otherwise.");
            opening(&call.summary, &format!("{ending} {bound}"))
        }
    };
    lines.extend(arguments(all));
    if call.as_wait().is_none() {
        lines.extend(section("Raises", refusals(api, call)));
    }
    lines
}

/// What the service may refuse a call with.
fn refusals(api: &Api, call: &Call) -> Vec<String> {
    let statuses = &api.operation(&call.operation).errors;
    let classes = statuses.iter().filter_map(|(status, _)| class_of(status));
    let classes: Vec<&str> = classes.collect();
    if classes.is_empty() {
        return Vec::new();
    }
    entry(&classes.join(", "), "The service refuses.")
}

/// The docstring of an object's class.
pub(super) fn model(model: &Model) -> Vec<String> {
    opening(&model.doc, "")
}

/// The docstring of a field.
pub(super) fn attribute(attribute: &Attribute<'_>) -> Vec<String> {
    let field = attribute.field;
    text(&words::with_bounds(&field.doc, &field.rules))
}

/// The docstring of a function that asks no service.
pub(super) fn helper(helper: &Helper) -> Vec<String> {
    let about = helper
        .argument
        .map(|(name, about)| format!("`{name}`: {about}"));
    let raises = "Raises `snapline.InvalidArgumentError` where it cannot be told.";
    let rest = [helper.more, about.as_deref().unwrap_or_default(), raises].join(" ");
    opening(helper.doc, rest.trim())
}

/// The docstring of a resource as a member.
pub(super) fn resource(resource: &crate::ir::Resource) -> Vec<String> {
    opening(&resource.doc, "")
}

/// The docstring of a resource's class.
pub(super) fn resource_class(resource: &crate::ir::Resource) -> Vec<String> {
    opening(&resource.doc, CALLS)
}

/// What a setting does, with its default.
pub(super) fn setting(setting: &Setting) -> String {
    let mut words = setting.doc.to_owned();
    if setting.kind == crate::surface::Kind::Pairs {
        let mut rest = words.chars();
        let first = rest.next().map(|c| c.to_ascii_lowercase());
        let rest = rest.as_str();
        words = format!(
            "For each name and value: {}{rest}",
            first.map(String::from).unwrap_or_default()
        );
    }
    match setting.default {
        None => words,
        Some(default) => format!("{words} [{}]", default_words(default)),
    }
}

/// A default as Python has it: `90 s`, `True`.
fn default_words(default: crate::surface::Value) -> String {
    match default {
        crate::surface::Value::Flag(true) => "True".to_owned(),
        crate::surface::Value::Flag(false) => "False".to_owned(),
        other => other.to_string(),
    }
}

/// The docstring of the keywords' class.
pub(super) fn options((summary, rest): (&str, &str), keywords: &[Keyword]) -> Vec<String> {
    let mut lines = opening(summary, rest);
    let entries = keywords
        .iter()
        .flat_map(|keyword| entry(&keyword.name, &keyword.doc));
    lines.extend(section("Keywords", entries.collect()));
    lines
}

/// The docstring of a client.
pub(super) fn client(api: &Api, awaited: bool) -> Vec<String> {
    let provider = &api.provider;
    let (summary, rest) = if awaited {
        (
            format!("A client for {} whose calls are awaited.", provider.client),
            "It can be used by any number of tasks, event loops and threads at once. A call is sent when it is \
             awaited; a task that is cancelled drops its request. With `async with` the client is closed at \
             the end.",
        )
    } else {
        (
            format!("A client for {}.", provider.client),
            "It can be used by any number of threads at once. As a context manager it is closed at the end.",
        )
    };
    let mut lines = opening(&summary, rest);
    let variables = provider.token_variables.join(", else ");
    let what = words::of_token(provider);
    let mut entries = entry(
        "token",
        &format!("The API token; {variables} when absent.{what}"),
    );
    for known in &provider.credentials {
        let what = known.doc.trim_end_matches('.');
        let words = format!("{what}; {} when absent.", known.variable);
        entries.extend(entry(&known.name, &words));
    }
    let place = format!(
        "Where the API is; {} when absent, else {}.",
        provider.url_variable, provider.server_url
    );
    entries.extend(entry("base_url", &place));
    entries.extend(entry(
        "options",
        "Any other keyword of `snapline.ClientOptions`.",
    ));
    lines.extend(section("Args", entries));
    let raised = "There are no credentials, or a setting does not fit.";
    lines.extend(section("Raises", entry("ConfigError", raised)));
    lines
}

/// The docstring of a client's raw request.
pub(super) fn request() -> Vec<String> {
    let mut lines = opening(
        "Send any method and path, with the same authentication, retries and errors.",
        "It gives the answer, whose body must be JSON or empty.",
    );
    let all = [
        ("method", "The HTTP method."),
        ("path", "The path, encoded, with a query if there is one."),
        ("json", "What to send as the body; None for no body."),
        (
            "options",
            "As every call takes them: `snapline.CallOptions`.",
        ),
    ];
    let entries = all.iter().flat_map(|(name, words)| entry(name, words));
    lines.extend(section("Args", entries.collect()));
    lines
}

/// The docstring of `with_raw_response`.
pub(super) fn raw() -> Vec<String> {
    opening(
        "The same client, whose methods give the whole answer as a Response.",
        "`parse()` of it gives what the method gives without. Waits are as they are without.",
    )
}

/// The docstring of `with_options`.
pub(super) fn with_options() -> Vec<String> {
    opening(
        "The same client with other options for its calls, as in `snapline.CallOptions`.",
        "It shares connections and limits, and is closed with this one. A call's own options still come first.",
    )
}

/// The docstring of `rate_limit`.
pub(super) fn rate_limit() -> Vec<String> {
    text("The rate limit as the last answer gave it.")
}

/// The docstring of a client's `close`.
pub(super) fn close() -> Vec<String> {
    opening(
        "Close the client's connections once no call is under way; every later call raises ClientClosedError.",
        "In a fork of the process that made the client nothing is done.",
    )
}

/// The lines of a docstring as a literal's text, at an indentation.
pub(super) fn literal(lines: &[String], indent: usize) -> String {
    // A backslash or a quote at the end would change what the literal says.
    let safe = |line: &String| line.replace('\\', "\\\\").replace("\"\"\"", "\\\"\\\"\\\"");
    let lines: Vec<String> = lines.iter().map(safe).collect();
    let pad = " ".repeat(indent);
    match lines.as_slice() {
        [line] if !line.ends_with('"') => format!("{pad}\"\"\"{line}\"\"\""),
        lines => {
            let mut text = format!("{pad}\"\"\"");
            for (index, line) in lines.iter().enumerate() {
                if index > 0 && !line.is_empty() {
                    text.push_str(&pad);
                }
                text.push_str(line);
                text.push('\n');
            }
            format!("{text}{pad}\"\"\"")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_say_what_the_text_says() {
        let lines = |all: &[&str]| -> Vec<String> { all.iter().map(ToString::to_string).collect() };
        let one = literal(&lines(&["One \\ line."]), 4);
        assert_eq!(one, "    \"\"\"One \\\\ line.\"\"\"");
        let quoted = literal(&lines(&["It ends in \"quotes\""]), 0);
        assert_eq!(quoted, "\"\"\"It ends in \"quotes\"\n\"\"\"");
        let many = literal(&lines(&["First.", "", "Has \"\"\" inside."]), 4);
        let wanted = "    \"\"\"First.\n\n    Has \\\"\\\"\\\" inside.\n    \"\"\"";
        assert_eq!(many, wanted);
    }

    #[test]
    fn a_default_stands_behind_what_it_is_of() {
        let words: Vec<String> = crate::surface::CLIENT.iter().map(setting).collect();
        let has = |end: &str| words.iter().any(|text| text.ends_with(end));
        assert!(has("above 0. [90 s]") && has("[True]") && has("[64 MiB]"));
    }
}
