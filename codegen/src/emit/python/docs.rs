//! Docstrings, the same in the extension and in the stubs.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::prose;
use crate::emit::python::CALL_KEYWORDS;
use crate::emit::python::resources::Face;
use crate::emit::wait_options::WAIT_OPTIONS;
use crate::ir::words;
use crate::ir::{Api, Param, RequestCall, Resource, Returns, WaitCall};

const WIDTH: usize = 88;

/// Lines as doc attributes, indentation kept.
pub(crate) fn attributes(lines: &[String]) -> TokenStream {
    let lines = lines.iter().map(|line| {
        if line.is_empty() {
            String::new()
        } else {
            format!(" {line}")
        }
    });
    quote! { #(#[doc = #lines])* }
}

/// A text in lines.
pub(crate) fn text(text: &str) -> Vec<String> {
    prose::python(text, WIDTH)
        .into_iter()
        .map(|line| line.trim_end().chars().skip(1).collect())
        .collect()
}

/// `name: text` below a heading, further lines indented.
fn entry(name: &str, told: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let words = format!("{name}: {told}");
    for (index, line) in prose::python(&words, WIDTH - 8).into_iter().enumerate() {
        let line = line.trim();
        let indent = if index == 0 { "    " } else { "        " };
        lines.push(if line.is_empty() {
            String::new()
        } else {
            format!("{indent}{line}")
        });
    }
    lines
}

/// The first lines: what it does in a sentence, then the rest.
fn opening(summary: &str, rest: &str) -> Vec<String> {
    let mut summary = summary.trim().to_owned();
    if !summary.ends_with('.') {
        summary.push('.');
    }
    let mut lines = text(&summary);
    if !rest.trim().is_empty() && rest.trim() != summary.trim() {
        lines.push(String::new());
        lines.extend(text(rest));
    }
    lines
}

fn arguments(params: &[Param], rest: &[(&str, &str)]) -> Vec<String> {
    let mut lines = vec![String::new(), "Args:".to_owned()];
    for param in params {
        let mut told = words::with_bounds(&param.doc, &param.rules);
        if param.nullable && !param.required {
            told.push_str(" None is sent as null, UNSET is not sent.");
        }
        lines.extend(entry(&super::names::python(&param.name), &told));
    }
    for (name, told) in rest {
        lines.extend(entry(name, told));
    }
    lines
}

fn class_of(status: &str) -> Option<&'static str> {
    Some(match status {
        "400" => "BadRequestError",
        "401" => "AuthenticationError",
        "403" => "PermissionDeniedError",
        "404" => "NotFoundError",
        "409" => "ConflictError",
        "422" => "UnprocessableEntityError",
        "429" => "RateLimitError",
        status if status.starts_with('5') => "ServerError",
        _ => return None,
    })
}

fn bounded(params: &[Param]) -> bool {
    use crate::ir::{Location, Type};
    params.iter().any(|param| {
        !param.rules.is_empty()
            || matches!(param.ty, Type::Model(_) | Type::Union(_))
            || (param.location == Location::Path && param.ty == Type::String)
    })
}

/// The docstring of a call.
pub(crate) fn method(api: &Api, method: RequestCall<'_>, face: Face) -> Vec<String> {
    let mut lines = opening(&method.summary, &method.doc);
    let shared: Vec<&str> = CALL_KEYWORDS.iter().map(|(name, _, _)| *name).collect();
    let shared = shared.join(", ");
    lines.extend(arguments(
        &method.params,
        &[(
            &shared,
            "For this call alone; the client's `request` explains them.",
        )],
    ));
    match &method.request.returns {
        Returns::Nothing => {}
        Returns::Page { .. } => {
            lines.push(String::new());
            lines.push("Returns:".to_owned());
            lines.push(match face {
                Face::Sync => {
                    "    One page. Iterating over it goes on to all items behind it.".to_owned()
                }
                Face::Async => {
                    "    One page when awaited; `async for` goes through all items.".to_owned()
                }
            });
        }
        _ => {}
    }
    lines.push(String::new());
    lines.push("Raises:".to_owned());
    if bounded(&method.params) {
        lines.extend(entry(
            "InvalidArgumentError",
            "An argument breaks a bound; nothing was sent.",
        ));
    }
    let mut told: Vec<&str> = Vec::new();
    for (status, _) in &api.operation(&method.operation).errors {
        if let Some(class) = class_of(status)
            && !told.contains(&class)
        {
            told.push(class);
            lines.extend(entry(class, &format!("The service answers {status}.")));
        }
    }
    lines.extend(entry(
        "SnaplineError",
        "Anything else: no connection, no answer in time, another refusal.",
    ));
    lines
}

/// The docstring of a client's raw request, which explains the keywords of every call.
pub(crate) fn request() -> Vec<String> {
    let mut lines = vec![
        "Send any method and path, with the same authentication, retries and errors.".to_owned(),
        String::new(),
        "Args:".to_owned(),
    ];
    let all = [
        ("method", "The HTTP method."),
        ("path", "The path, encoded, with a query if there is one."),
        ("json", "What to send as the body; None for no body."),
        ("timeout", "Seconds for the whole call with its retries."),
        ("attempt_timeout", "Seconds for each attempt."),
        ("max_attempts", "How often the call is sent at most."),
        (
            "backoff_base",
            "Seconds that the first retry waits at most; each later one up to twice as long.",
        ),
        (
            "backoff_cap",
            "Seconds between two attempts at most, unless the service asks for more.",
        ),
        (
            "max_retry_after",
            "The longest `Retry-After` in seconds that is obeyed.",
        ),
        ("max_body_bytes", "How many bytes the answer may have."),
        ("extra_headers", "Headers to add to the request."),
        ("extra_query", "Query parameters to add to the request."),
        (
            "retry_post",
            "Send a POST again although it may have been carried out: it can then happen twice.",
        ),
        (
            "strict",
            "Whether an answer that departs from the document is an error.",
        ),
        (
            "pacing",
            "Whether the call is held back while the last answer said that no request is left.",
        ),
        (
            "check_bounds",
            "Whether arguments are checked against the bounds of the document before sending.",
        ),
    ];
    for (name, told) in all {
        lines.extend(entry(name, told));
    }
    lines.extend([String::new(), "Returns:".to_owned()]);
    lines.push("    The answer, whose body must be JSON or empty.".to_owned());
    lines
}

/// The docstring of `with_raw_response`.
pub(crate) fn raw() -> Vec<String> {
    let mut lines = vec![
        "The same client, whose methods give the whole answer as a Response.".to_owned(),
        String::new(),
    ];
    lines.extend(text(
        "`parse()` of it gives what the method gives without. Waits are as they are without.",
    ));
    lines
}

/// The docstring of `with_options`.
pub(crate) fn with_options() -> Vec<String> {
    let mut lines = vec![
        "The same client with other settings for its calls.".to_owned(),
        String::new(),
    ];
    lines.extend(text(
        "It shares connections and limits, and is closed with this one. A call's own keywords still \
         come first. `request` explains the settings.",
    ));
    lines
}

/// The docstring of a client's `close`.
pub(crate) fn close() -> Vec<String> {
    text(
        "Close the client's connections once no call is under way; every later call raises \
         ClientClosedError. In a fork of the process that made the client nothing is done.",
    )
}

/// The docstring of a wait.
pub(crate) fn waiter(waiter: WaitCall<'_>) -> Vec<String> {
    let quote = |text: &str| format!("`{text}`");
    let failure = "ends it with WaitFailedError, which has the last object";
    let mut lines = opening(&waiter.summary, &words::ending(waiter, quote, failure));
    let told: Vec<String> = WAIT_OPTIONS
        .iter()
        .map(|option| format!("Seconds: {} [{}].", option.doc, option.default(waiter)))
        .collect();
    let mut all: Vec<(&str, &str)> = WAIT_OPTIONS
        .iter()
        .zip(&told)
        .map(|(option, told)| (option.name, told.as_str()))
        .collect();
    all.push((
        "on_poll",
        "Called with each poll; it ends the wait by returning False or raising.",
    ));
    all.push((
        "progress",
        "Whether to show a progress bar, which needs the package tqdm.",
    ));
    lines.extend(arguments(&waiter.params, &all));
    lines.push(String::new());
    lines.push("Raises:".to_owned());
    if !waiter.wait.failed.is_empty() {
        lines.extend(entry(
            "WaitFailedError",
            "It came to a state that ends it badly.",
        ));
    }
    lines.extend(entry(
        "WaitTimeoutError",
        "It did not happen in time; the work goes on, and the error says how to wait on.",
    ));
    lines.extend(entry("CancelledError", "`on_poll` returned False."));
    lines.extend(entry(
        "SnaplineError",
        "A poll failed for good. Passing errors do not end the wait.",
    ));
    lines
}

/// The docstring of a model.
pub(crate) fn model(model: &crate::ir::Model) -> Vec<String> {
    let mut lines = opening(&model.doc, "");
    if !model.fields.is_empty() {
        lines.push(String::new());
        lines.push("Attributes:".to_owned());
        for field in &model.fields {
            let told = words::with_bounds(&field.doc, &field.rules);
            lines.extend(entry(&super::names::python(&field.name), &told));
        }
    }
    lines
}

/// The docstring of a resource.
pub(crate) fn from_dict(model: &crate::ir::Model) -> Vec<String> {
    let mut lines =
        vec!["An object from what `to_dict` gave, or from the service's JSON.".to_owned()];
    lines.push(String::new());
    let strict = if model.is_read_leniently() {
        " With `strict` it is an error."
    } else {
        ""
    };
    lines.extend(text(&format!("{}{strict}", words::reading(model))));
    lines
}

/// The docstring of a resource.
pub(crate) fn resource(resource: &Resource) -> Vec<String> {
    opening(&resource.doc, "")
}

/// The docstring of a client.
pub(crate) fn client(api: &Api, face: Face) -> Vec<String> {
    let provider = &api.provider;
    let first = match face {
        Face::Sync => format!("A client for {}.", provider.client),
        Face::Async => format!("A client for {} whose calls are awaited.", provider.client),
    };
    let mut lines = vec![first, String::new()];
    lines.extend(text(match face {
        Face::Sync => {
            "It can be used by any number of threads at once. As a context manager it is closed at \
             the end."
        }
        Face::Async => {
            "It can be used by any number of tasks, event loops and threads at once. A call is sent \
             when it is awaited; a task that is cancelled drops its request. With `async with` the \
             client is closed at the end."
        }
    }));
    lines.push(String::new());
    lines.push("Args:".to_owned());
    let token = format!(
        "The API token; {} when absent.",
        provider.token_variables.join(", else ")
    );
    let base_url = format!(
        "Where the API is; {} when absent, else {}.",
        provider.url_variable, provider.server_url
    );
    let credentials: Vec<(&str, String)> = provider
        .credentials
        .iter()
        .map(|known| {
            let what = known.doc.trim_end_matches('.');
            (
                known.name.as_str(),
                format!("{what}; {} when absent.", known.variable),
            )
        })
        .collect();
    let mut all = vec![("token", token.as_str())];
    all.extend(
        credentials
            .iter()
            .map(|(name, text)| (*name, text.as_str())),
    );
    all.extend([
        ("base_url", base_url.as_str()),
        ("timeout", "Seconds for a whole call with its retries [90]."),
        (
            "attempt_timeout",
            "Seconds for each attempt, body included [30].",
        ),
        ("connect_timeout", "Seconds to make a connection [5]."),
        (
            "max_attempts",
            "How often a call is sent at most, 1 to 100 [4].",
        ),
        (
            "backoff_base",
            "Seconds that the first retry waits at most; each later one up to twice as long [0.5].",
        ),
        (
            "backoff_cap",
            "Seconds between two attempts at most, unless the service asks for more [8].",
        ),
        (
            "max_retry_after",
            "The longest `Retry-After` in seconds that is obeyed [120].",
        ),
        (
            "max_body_bytes",
            "How many bytes an answer may have [64 MiB].",
        ),
        (
            "allow_insecure",
            "Lets the token go over plain http to a host that is not this one.",
        ),
        (
            "strict",
            "Makes an answer that departs from the document an error.",
        ),
        (
            "pacing",
            "Holds calls back while the last answer said that no request is left.",
        ),
        (
            "check_bounds",
            "Checks arguments against the bounds of the document before sending; without, the service is \
             the judge. What a path cannot hold is refused all the same.",
        ),
        (
            "retry_budget",
            "How many retries all calls may make together before successes earn more [100].",
        ),
        (
            "ca_file",
            "A PEM file of certificates to trust beside the system's.",
        ),
        (
            "proxy",
            "The proxy for every request, in place of the one the environment names.",
        ),
        (
            "no_proxy",
            "Hosts that the proxy is not used for, separated by commas.",
        ),
        ("user_agent", "Text added to the User-Agent."),
        ("headers", "Headers added to every request."),
    ]);
    for (name, told) in all {
        lines.extend(entry(name, told));
    }
    lines.push(String::new());
    lines.push("Raises:".to_owned());
    lines.extend(entry(
        "ConfigError",
        "There are no credentials, or a setting does not fit.",
    ));
    lines
}
