//! Requests against the document.
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::HeaderMap;
use hyper::header::{ACCEPT, CONTENT_TYPE};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::document::{BASIC, BEARER, Form, Kind, Operation, Parameter, Place, Raw, essence};
use crate::respond::Refusal;
use crate::schema::Unknown;
use crate::violations::against;

/// A request that the document allows, with its parameters read.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) values: Vec<(String, Value)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Value,
}

/// Splits and decodes a query; `+` is a blank.
pub(crate) fn query_pairs(query: &str) -> Result<Vec<(String, String)>, Refusal> {
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        match percent_decode_str(&text).decode_utf8() {
            Ok(decoded) => Ok(decoded.into_owned()),
            Err(_) => Err(Refusal::bad_request(format!("query: {text} is not UTF-8."))),
        }
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

/// Checks the token of most providers, which must be one of those demanded, or any where none is, and gives it.
pub(crate) fn authorization<'a>(
    headers: &'a HeaderMap,
    demanded: &[String],
) -> Result<&'a str, Refusal> {
    token(headers, BEARER, demanded)
}

/// The same for a token in any header, with a scheme in front of it or none.
pub(crate) fn token<'a>(
    headers: &'a HeaderMap,
    (header, scheme): (&str, &str),
    demanded: &[String],
) -> Result<&'a str, Refusal> {
    let refuse = |message: String| Err(Refusal::new(401, "unauthorized", &message));
    let mut all = headers.get_all(header).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return refuse(format!("The request must carry one {header} header."));
    };
    let after = |text: &'a str| match scheme {
        "" => Some(text),
        scheme => text.strip_prefix(scheme)?.strip_prefix(' '),
    };
    let Some(sent) = value.to_str().ok().and_then(after) else {
        return refuse(format!(
            "The {header} header must be `{scheme}` and a token."
        ));
    };
    // Of a name and a password each request says both; a token without a colon is a name alone.
    let pair = match scheme == BASIC.1 {
        true => match pair(sent) {
            None => {
                return refuse(format!(
                    "The {header} header must be `{scheme}` and a name and a password in Base64."
                ));
            }
            pair => pair,
        },
        false => None,
    };
    let is = |token: &String| match &pair {
        Some(pair) => pair == token || pair.strip_suffix(':') == Some(token),
        None => token == sent,
    };
    let known = demanded.is_empty() || demanded.iter().any(is);
    if sent.is_empty() || sent.contains(char::is_whitespace) || !known {
        return refuse("The token is not valid.".to_owned());
    }
    Ok(sent)
}

/// A user name and a password, with the colon between them, of basic authentication.
fn pair(sent: &str) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(sent).ok()?;
    let pair = String::from_utf8(bytes).ok()?;
    pair.contains(':').then_some(pair)
}

/// Checks everything but the token.
pub(crate) fn request(
    operation: &Operation,
    path: Vec<(&str, String)>,
    query: &str,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Checked, Refusal> {
    let query = query_pairs(query)?;
    let mut values = Vec::new();
    for (name, text) in path {
        let rule = operation
            .parameters
            .iter()
            .find(|p| p.place == Place::Path && p.name == name);
        if let Some(rule) = rule {
            values.push((name.to_owned(), read(rule, &[&text])?));
        }
    }
    for (name, _) in &query {
        let known = |p: &Parameter| p.place == Place::Query && p.name == *name;
        if operation.unknown == Unknown::Refused && !operation.parameters.iter().any(known) {
            return Err(Refusal::bad_request(format!(
                "query/{name}: {} has no such parameter.",
                operation.id
            )));
        }
    }
    for rule in &operation.parameters {
        let sent: Vec<&str> = match rule.place {
            Place::Path => continue,
            Place::Query => query
                .iter()
                .filter(|(name, _)| *name == rule.name)
                .map(|(_, v)| &**v)
                .collect(),
            Place::Header => headers
                .get_all(&rule.name)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .collect(),
        };
        if !sent.is_empty() {
            values.push((rule.name.clone(), read(rule, &sent)?));
        } else if rule.required {
            return Err(Refusal::bad_request(format!(
                "{}: required: it is missing.",
                place(rule)
            )));
        }
    }
    accept(operation, headers)?;
    let body = read_body(operation, headers, body)?;
    Ok(Checked {
        values,
        query,
        body,
    })
}

fn accept(operation: &Operation, headers: &HeaderMap) -> Result<(), Refusal> {
    let media = operation.answers.as_ref().map(|raw| raw.answered());
    let answered = essence(media.unwrap_or("application/json"));
    let any = answered.split('/').next().unwrap_or_default();

    let mut sent = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .peekable();
    let takes = |text: &str| {
        text.split(',').any(|range| {
            let range = essence(range);
            range == "*/*" || range == format!("{any}/*") || range == answered
        })
    };
    if sent.peek().is_none() || sent.any(takes) {
        return Ok(());
    }
    Err(Refusal::new(
        406,
        "not_acceptable",
        format!("header/accept: the answer is {answered}."),
    ))
}

fn read_body(operation: &Operation, headers: &HeaderMap, bytes: &[u8]) -> Result<Value, Refusal> {
    let Some(rule) = &operation.body else {
        return if bytes.is_empty() || operation.unknown == Unknown::Ignored {
            Ok(Value::Null)
        } else {
            Err(Refusal::bad_request(format!(
                "body: {} takes none.",
                operation.id
            )))
        };
    };
    // A form without a field is nothing.
    if bytes.is_empty() && rule.form.is_none() {
        return if rule.required {
            Err(Refusal::bad_request("body: required: it is missing."))
        } else {
            Ok(Value::Null)
        };
    }
    let sent = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if let Some(raw) = &rule.raw {
        return read_raw(raw, sent, bytes);
    }
    if !essence(sent).eq_ignore_ascii_case(&rule.media) {
        return Err(Refusal::bad_request(format!(
            "header/content-type: {} is expected, not {sent:?}.",
            rule.media
        )));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Refusal::bad_request(format!("body: it is not UTF-8: {error}.")))?;
    let value: Value = match &rule.form {
        Some(form) => read_form(form, text)?,
        None => serde_json::from_str(text)
            .map_err(|error| Refusal::bad_request(format!("body: it is not JSON: {error}.")))?,
    };
    against(&rule.validator, &value).map_err(|why| Refusal::bad_request(format!("body: {why}")))?;
    Ok(value)
}

/// The fields of a form as the document has them in an object.
fn read_form(form: &Form, text: &str) -> Result<Value, Refusal> {
    let pairs = query_pairs(text)?;
    let mut sent: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, value) in &pairs {
        sent.entry(name).or_default().push(value);
    }
    let fields = sent.into_iter().map(|(name, all)| {
        let value = valued(form.kind(name), &all, &format!("body/{name}"))?;
        Ok((name.to_owned(), value))
    });
    fields.collect()
}

/// A body that is no JSON; its value is its text, or null for bytes.
fn read_raw(raw: &Raw, sent: &str, bytes: &[u8]) -> Result<Value, Refusal> {
    if sent != raw.media {
        return Err(Refusal::bad_request(format!(
            "header/content-type: {} is expected, not {sent:?}.",
            raw.media
        )));
    }
    if !raw.is_text {
        return Ok(Value::Null);
    }
    std::str::from_utf8(bytes)
        .map(Value::from)
        .map_err(|error| Refusal::bad_request(format!("body: it is not UTF-8: {error}.")))
}

fn place(rule: &Parameter) -> String {
    let place = match rule.place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
    };
    format!("{place}/{}", rule.name)
}

fn read(rule: &Parameter, sent: &[&str]) -> Result<Value, Refusal> {
    let place = place(rule);
    let value = valued(&rule.kind, sent, &place)?;
    against(&rule.validator, &value)
        .map_err(|why| Refusal::bad_request(format!("{place}: {why}")))?;
    Ok(value)
}

/// What came under one name, each item of a list by itself.
fn valued(kind: &Kind, sent: &[&str], place: &str) -> Result<Value, Refusal> {
    match (kind, sent) {
        (Kind::List(item), all) => all.iter().map(|text| coerce(item, text, place)).collect(),
        (kind, [text]) => coerce(kind, text, place),
        _ => Err(Refusal::bad_request(format!(
            "{place}: it may be given only once."
        ))),
    }
}

fn coerce(kind: &Kind, text: &str, place: &str) -> Result<Value, Refusal> {
    let read = match kind {
        Kind::Text | Kind::List(_) => Some(Value::from(text)),
        // Digits only: Rust would also take a leading plus.
        Kind::Integer => text
            .parse::<i64>()
            .ok()
            .filter(|_| !text.starts_with('+'))
            .map(Value::from),
        Kind::Number => text
            .parse::<f64>()
            .ok()
            .filter(|n| n.is_finite())
            .map(Value::from),
        Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
    };
    read.ok_or_else(|| {
        let kind = format!("{kind:?}").to_lowercase();
        Refusal::bad_request(format!("{place}: type: {text:?} is not of type {kind}."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Found};

    #[test]
    fn a_query_is_decoded() {
        let pairs = query_pairs("a=x%20y+z&b").unwrap();
        assert_eq!(
            pairs,
            [("a".into(), "x y z".into()), ("b".into(), String::new())]
        );
        assert!(query_pairs("a=%ff").is_err());
    }

    #[test]
    fn a_form_is_read_as_the_document_has_its_fields() {
        let text = r##"{"info": {"x-snapline-provider": {"name": "forms"}}, "paths": {"/messages": {"post": {
            "operationId": "send", "x-snapline-success": 204, "x-snapline-sends": "application/x-www-form-urlencoded",
            "requestBody": {"required": true, "content": {"application/json": {"schema": {
                "type": "object", "required": ["to"], "properties": {
                    "to": {"type": "string"}, "count": {"type": "integer"},
                    "tags": {"type": "array", "items": {"type": "string"}}}}}}},
            "responses": {"2XX": {"description": "Done."}}}}}}"##;
        let document = Document::parse(text, Unknown::Refused).unwrap();
        let read = |kind: &str, body: &str| {
            let Found::Operation(operation, path) = document.find("POST", "/messages") else {
                panic!("not found");
            };
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
            let checked = request(operation, path, "", &headers, body.as_bytes());
            checked
                .map(|checked| checked.body)
                .map_err(|refusal| refusal.message)
        };
        let form = "application/x-www-form-urlencoded";
        assert_eq!(
            read(form, "to=%2B1+2&count=3&tags=a&tags=b"),
            Ok(serde_json::json!({"to": "+1 2", "count": 3, "tags": ["a", "b"]}))
        );
        for (kind, body) in [
            ("application/json", r#"{"to": "a"}"#),
            (form, ""),
            (form, "to=a&to=b"),
            (form, "to=a&count=x"),
        ] {
            assert!(read(kind, body).is_err(), "{body}");
        }
    }

    #[test]
    fn a_token_stands_where_its_provider_has_it() {
        let sent = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            headers
        };
        let own = ("x-key", "");
        assert_eq!(token(&sent("x-key", "t"), own, &[]).unwrap(), "t");
        assert!(token(&sent("authorization", "Bearer t"), own, &[]).is_err());
        assert!(token(&sent("x-key", "Bearer t"), own, &[]).is_err());
        let bearer = sent("authorization", "Bearer t");
        assert_eq!(token(&bearer, BEARER, &[]).unwrap(), "t");
        assert!(token(&bearer, BEARER, &["other".to_owned()]).is_err());
        // `me:secret`, `me:` and `me`.
        let tokens = ["me:secret".to_owned(), "me".to_owned()];
        for known in ["Basic bWU6c2VjcmV0", "Basic bWU6"] {
            assert!(token(&sent("authorization", known), BASIC, &tokens).is_ok());
        }
        for odd in [
            "Basic bWU=",
            "Basic bWU6b3RoZXI=",
            "Basic me:secret",
            "Bearer bWU6",
        ] {
            assert!(token(&sent("authorization", odd), BASIC, &tokens).is_err());
        }
        for odd in ["Bearer", "Bearert", "Basic t", "Bearer "] {
            assert!(token(&sent("authorization", odd), BEARER, &[]).is_err());
        }
    }
}
