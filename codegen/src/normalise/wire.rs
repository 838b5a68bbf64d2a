//! What a document says of how a request goes over the wire: where to, with which credentials, and how
//! values stand in a URL. What is not sent as the document has it is refused here, never sent otherwise.

use serde_json::{Map, Value, json};

pub use crate::document::SENDS;
use crate::document::{Document, join};
use crate::error::{Collected, Errors, Result};
use crate::normalise::{media, query};

/// How the items of a list are separated in a query, on a parameter that does not repeat its name.
pub const SEPARATOR: &str = "x-snapline-separator";

/// The media type of a success, on an operation whose success is JSON of a kind of its own.
pub const ACCEPTS: &str = "x-snapline-accepts";

/// Checks the document while every place is still where the file has it.
pub fn check(document: &Document) -> Result<(), Errors> {
    let mut faults = Collected::default();
    faults.part(server(document, ""));
    for (pointer, path, _, operation) in document.operations() {
        let item = join("/paths", &[path]);
        if !faults.is_within(&item) {
            faults.part(path_is_sendable(document, path, &item));
        }
        for at in [&item, &pointer] {
            if !faults.is_within(&join(at, &["servers"])) {
                faults.part(server(document, at));
            }
        }
        faults.part(security(document, &pointer, operation));
    }
    faults.done()
}

/// The document's first server with its variables filled in, without a slash at its end.
pub fn server_url(document: &Document) -> String {
    first_server(&document.root).unwrap_or_default()
}

/// The server that an operation alone goes to, where it or its path has one that is not the document's first.
pub fn own_server(
    document: &Document,
    path: &str,
    operation: &Map<String, Value>,
) -> Option<String> {
    let item = document.root.pointer(&join("/paths", &[path]));
    let own = first_of(operation.get("servers")).or_else(|| item.and_then(first_server));
    own.filter(|own| *own != server_url(document))
}

/// The first server of what has a list of them.
fn first_server(holder: &Value) -> Option<String> {
    first_of(holder.get("servers"))
}

fn first_of(servers: Option<&Value>) -> Option<String> {
    let server = servers?.get(0)?;
    let url = server.get("url").and_then(Value::as_str);
    Some(filled(url.unwrap_or_default().trim(), server))
}

/// A server's URL with the defaults of its variables filled in, without a slash at its end.
pub fn filled(url: &str, server: &Value) -> String {
    let mut url = url.to_owned();
    let variables = server.get("variables").and_then(Value::as_object);
    for (name, variable) in variables.into_iter().flatten() {
        if let Some(default) = variable.get("default").and_then(Value::as_str) {
            url = url.replace(&format!("{{{name}}}"), default);
        }
    }
    url.trim_end_matches('/').to_owned()
}

/// Refuses a first server at a place that nothing can be sent to.
fn server(document: &Document, at: &str) -> Result<()> {
    let Some(url) = document.root.pointer(at).and_then(first_server) else {
        return Ok(());
    };
    let fault = |what: String, help: &str| {
        Err(document.error(join(at, &["servers", "0", "url"]), what, help))
    };
    if let Some((_, rest)) = url.split_once('{') {
        let name = rest.split('}').next().unwrap_or(rest);
        return fault(
            format!("the server's variable `{name}` has no default"),
            "give it one, or write the address out in the overlay",
        );
    }
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split('/').next());
    if host.is_none_or(str::is_empty) {
        return fault(
            format!("the server `{url}` names no host"),
            "write the whole address in the overlay, beginning with `https://`",
        );
    }
    if let Some(stray) = stray(&url) {
        return fault(
            format!("the server `{url}` holds `{stray}`"),
            "write the address without a query, and encode what a URL may not hold",
        );
    }
    Ok(())
}

/// What may not stand in the path of a URL as it is.
fn stray(text: &str) -> Option<char> {
    text.chars()
        .find(|c| !c.is_ascii_alphanumeric() && !"-._~!$&'()*+,;=:@%/".contains(*c))
}

fn path_is_sendable(document: &Document, path: &str, at: &str) -> Result<()> {
    // What stands in braces is put in its place, encoded.
    let fixed: String = path
        .split(['{', '}'])
        .step_by(2)
        .collect::<Vec<_>>()
        .join("x");
    if let Some(stray) = stray(&fixed) {
        return Err(document.error(
            at,
            format!("the path holds `{}`", stray.escape_default()),
            "describe a query by parameters with `in: query`, and encode what a path may not hold",
        ));
    }
    let dots = |segment: &str| {
        matches!(
            segment.to_lowercase().replace("%2e", ".").as_str(),
            "." | ".."
        )
    };
    if let Some(dots) = fixed.split('/').find(|segment| dots(segment)) {
        return Err(document.error(
            at,
            format!("the path holds `{dots}`, which is taken out of a URL before it is sent"),
            "write the path as it arrives at the service",
        ));
    }
    Ok(())
}

/// Refuses an operation whose credentials are none, or others than are sent.
fn security(document: &Document, pointer: &str, operation: &Map<String, Value>) -> Result<()> {
    let own = join(pointer, &["security"]);
    let (at, needs) = match operation.get("security") {
        Some(needs) => (own, Some(needs)),
        None => ("/security".to_owned(), document.root.get("security")),
    };
    // Where nothing is said of it, the overlay alone knows; and so where its client has ways of its own.
    let Some(needs) = needs.and_then(Value::as_array) else {
        return Ok(());
    };
    let facts = document.root.pointer("/info/x-snapline-provider");
    let fact = |key: &str| facts.and_then(|facts| facts.get(key));
    if needs.is_empty() {
        return Err(document.error(
            at,
            "this is open to all, but every call is sent with credentials",
            "leave the operation out, or name in the overlay what it may be sent with",
        ));
    }
    if fact("credentials").is_some() {
        return Ok(());
    }
    let header = fact("token_header").and_then(Value::as_str);
    let basic = fact("token_scheme").is_some_and(|scheme| scheme == "basic");
    let mut refused = None;
    for (index, need) in needs.iter().enumerate() {
        let at = join(&at, &[&index.to_string()]);
        match need.as_object().map(|need| need.keys().collect::<Vec<_>>()) {
            Some(names) if names.is_empty() => return Ok(()),
            Some(names) => match names.as_slice() {
                [name] => match unlike(document, name, header, basic) {
                    None => return Ok(()),
                    Some((what, help)) => refused = refused.or(Some((at, what, help))),
                },
                _ => {
                    let what = "two kinds of credentials at once are not supported".to_owned();
                    let help = "name one of them in the overlay, or describe the others as `credentials` there";
                    refused = refused.or(Some((at, what, help)));
                }
            },
            None => {}
        }
    }
    match refused {
        Some((at, what, help)) => Err(document.error(at, what, help)),
        None => Ok(()),
    }
}

/// In what a scheme differs from how a token is sent.
fn unlike(
    document: &Document,
    name: &str,
    header: Option<&str>,
    basic: bool,
) -> Option<(String, &'static str)> {
    let scheme = document
        .root
        .pointer(&join("/components/securitySchemes", &[name]));
    let Some(scheme) = scheme else {
        return Some((
            format!("there is no security scheme `{name}`"),
            "describe it in `components`, or correct its name",
        ));
    };
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
    let lower = |key: &str| text(key).to_lowercase();
    match (text("type"), lower("scheme").as_str(), text("in")) {
        ("http", "basic", _) if basic => None,
        ("http", "basic", _) => Some((
            format!("the scheme `{name}` takes a user name and a password"),
            "give `x-snapline-provider` the `token_scheme: basic` in the overlay, with which a token is both",
        )),
        ("oauth2" | "openIdConnect", _, _) | ("http", "bearer", _) if !basic => None,
        ("oauth2" | "openIdConnect", _, _) | ("http", "bearer", _) => Some((
            format!("the scheme `{name}` takes a bearer token"),
            "leave `token_scheme: basic` out of the overlay, or name another scheme there",
        )),
        ("apiKey", _, "header") => {
            let wanted = text("name");
            if header.is_some_and(|header| header.eq_ignore_ascii_case(wanted)) {
                return None;
            }
            Some((
                format!("the scheme `{name}` sends the token in the header `{wanted}`"),
                "give `x-snapline-provider` this `token_header` in the overlay",
            ))
        }
        (kind, scheme, place) => {
            let told = match kind {
                "http" => format!("of HTTP's `{scheme}`"),
                "apiKey" => format!("with a key in the {place}"),
                other => format!("of type `{other}`"),
            };
            Some((
                format!("the scheme `{name}`, {told}, is not supported"),
                "name another scheme in the overlay, or describe its parts as `credentials` there",
            ))
        }
    }
}

/// Checks how a parameter's value is written in a URL, and notes how the items of a list are separated.
pub fn style(document: &Document, parameter: &mut Value, at: &str) -> Result<()> {
    let text = |key: &str| parameter.get(key).and_then(Value::as_str);
    let in_query = text("in") == Some("query");
    let usual = if in_query { "form" } else { "simple" };
    let style = text("style").unwrap_or(usual);
    let explode = parameter.get("explode").and_then(Value::as_bool);
    let separator = match style {
        "simple" if !in_query => None,
        "form" if in_query => Some(","),
        // An object in a query is looked at once it has all its fields.
        query::DEEP if in_query => None,
        "spaceDelimited" if in_query => Some("%20"),
        "pipeDelimited" if in_query => Some("%7C"),
        _ => {
            return Err(document.error(
                join(at, &["style"]),
                format!("the style `{style}` is not supported"),
                "leave the parameter out by the overlay if it is optional; only `form`, `spaceDelimited`, `pipeDelimited` and `deepObject` are written in a query, and `simple` in a path",
            ));
        }
    };
    // Only `form` repeats the name unless it is told not to.
    let repeats = explode.unwrap_or(style == "form");
    if let (Some(separator), false) = (separator, repeats)
        && let Some(parameter) = parameter.as_object_mut()
    {
        parameter.shift_remove("style");
        parameter.shift_remove("explode");
        parameter.insert(SEPARATOR.to_owned(), json!(separator));
    }
    Ok(())
}

/// Takes out what a form says of how its fields are written, where that is as forms are: a value under its name, and
/// each item of a list under its own. Refuses what else it says.
pub fn encoding(document: &Document, body: &mut Value, at: &str) -> Result<()> {
    let content = body.pointer_mut("/content/application~1json");
    let content = content.and_then(Value::as_object_mut);
    let told = content.and_then(|content| content.shift_remove("encoding"));
    for (name, field) in told.iter().filter_map(Value::as_object).flatten() {
        let usual = |key: &str, usual: Value| field.get(key).is_none_or(|told| *told == usual);
        let plain = usual("style", json!("form"))
            && usual("explode", json!(true))
            && usual("contentType", json!("text/plain"));
        if !plain {
            return Err(document.error(
                join(at, &["content", media::FORM, "encoding", name]),
                format!("`{name}` is not written as the fields of forms are"),
                "leave the field out by the overlay if it is optional; only the style `form` with `explode: true` is written in a form",
            ));
        }
    }
    Ok(())
}
