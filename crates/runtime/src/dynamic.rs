//! Calls of operations whose names and arguments come at run time, as JSON: what a program has that knows a
//! provider's calls as data. They are sent by the same code as all others.

use crate::call::{Call, Response};
use crate::core::Core;
use crate::error::Error;
use crate::form::{self, Form};
use crate::generated::settings::CallOptions;
use crate::path::{add_list, encode_path};
use crate::provider::Operation;
use crate::sync::BoxFuture;
use crate::template::Template;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use http::{HeaderName, Method};
use reqwest::Request;
use serde_json::Value;

/// What an operation is sent with. What is not among it is left out.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Values for the places in the path, by their names in its template.
    pub path: Vec<(&'static str, String)>,
    /// Query parameters: name, value, and what stands between the items of a list, where its name is not repeated.
    pub query: Vec<(&'static str, Value, Option<&'static str>)>,
    /// Parameters that are headers: name and value.
    pub headers: Vec<(&'static str, Value)>,
    /// The body.
    pub body: Option<Sent>,
    /// The media type of the body, where it is not plain JSON.
    pub sends: Option<&'static str>,
    /// The media type of a success, where it is not plain JSON.
    pub accepts: Option<&'static str>,
    /// How the answer is read.
    pub reads: Reads,
}

/// A body.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent {
    /// JSON; the fields of a form, where that is what the body is sent as.
    Json(Value),
    /// Text or bytes by themselves.
    Raw(Bytes),
}

/// How an answer is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reads {
    /// As JSON.
    #[default]
    Json,
    /// It is text by itself, and the value is that text.
    Text,
    /// It is bytes by themselves, and the value is null: they are the answer's body.
    Bytes,
    /// It is of no interest, so that any body will do, and none (B11); the value is null.
    Nothing,
}

impl Core {
    /// Sends an operation with the credentials, retries and errors of every other call. What the document says of
    /// the arguments is the caller's to check ([`check`](crate::check)).
    ///
    /// # Errors
    /// As any call; `internal` if a place in the path has no value.
    pub fn send(
        &self,
        operation: &'static Operation,
        parts: Parts,
        options: CallOptions,
    ) -> BoxFuture<'static, Result<Response<Value>, Error>> {
        let core = self.clone();
        // Boxed, so that it is compiled here, once.
        Box::pin(async move {
            let request = core.built(operation, &parts)?;
            let call = Call::new(&core, operation, options);
            let done = call.perform(Template::of(request)?).await?;
            match parts.reads {
                Reads::Json => call.decode_any(done),
                Reads::Text => Ok(call.decode_text(done)?.map(Value::String)),
                Reads::Bytes | Reads::Nothing => {
                    Ok(Call::decode_nothing(done).map(|()| Value::Null))
                }
            }
        })
    }

    /// The address that an operation would be sent to; nothing is sent.
    ///
    /// # Errors
    /// `internal` if a place in the path has no value.
    pub fn address(&self, operation: &'static Operation, parts: &Parts) -> Result<String, Error> {
        Ok(self.built(operation, parts)?.url().to_string())
    }

    fn built(&self, operation: &'static Operation, parts: &Parts) -> Result<Request, Error> {
        let bad = |what: String| Error::internal(format!("{}: {what}", operation.id));
        let method = Method::from_bytes(operation.method.as_bytes())
            .map_err(|_| bad(format!("{} is no method", operation.method)))?;
        let mut path = operation.path.to_owned();
        for (name, value) in &parts.path {
            path = path.replace(&format!("{{{name}}}"), &encode_path(value));
        }
        if path.contains('{') {
            return Err(bad(format!("{path} has a place without a value")));
        }
        let url = match operation.server {
            Some(server) => self.url_at(server, &path),
            None => self.url(&path),
        };
        let mut request = self.http().request(method, url);
        request = match &parts.body {
            Some(Sent::Json(fields)) if parts.sends == Some(form::MEDIA) => {
                request.form(&Form(fields))
            }
            Some(Sent::Json(body)) => request.json(body),
            Some(Sent::Raw(body)) => request.body(body.clone()),
            None => request,
        };
        let mut request = request
            .build()
            .map_err(|error| bad(error.without_url().to_string()))?;
        put(
            &mut request,
            ACCEPT,
            parts.accepts.unwrap_or("application/json"),
        )?;
        if let (Some(kind), Some(_)) = (parts.sends, &parts.body) {
            put(&mut request, CONTENT_TYPE, kind)?;
        }
        for (name, value) in &parts.headers {
            let value = HeaderValue::from_str(&shown(value)).map_err(|_| {
                Error::invalid_argument(
                    *name,
                    "a header",
                    format!("`{name}` cannot stand in a header"),
                )
            })?;
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| bad(format!("`{name}` is no header")))?;
            request.headers_mut().append(name, value);
        }
        for (name, value, separator) in &parts.query {
            match (value, separator) {
                (Value::Array(items), Some(separator)) => {
                    add_list(&mut request, name, separator, Some(items));
                }
                (Value::Array(items), None) => {
                    for item in items {
                        pair(&mut request, name, item);
                    }
                }
                (value, _) => pair(&mut request, name, value),
            }
        }
        Ok(request)
    }
}

fn put(request: &mut Request, name: HeaderName, value: &'static str) -> Result<(), Error> {
    let value = HeaderValue::from_str(value)
        .map_err(|_| Error::internal(format!("`{value}` is no media type")))?;
    request.headers_mut().insert(name, value);
    Ok(())
}

fn pair(request: &mut Request, name: &str, value: &Value) {
    let text = shown(value);
    request.url_mut().query_pairs_mut().append_pair(name, &text);
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bearer, Provider, Secret, Settings};
    use serde_json::json;
    use std::sync::Arc;

    static PROVIDER: Provider = Provider {
        name: "tiny",
        server_url: "http://127.0.0.1:1/base",
        url_variable: "SNAPLINE_NO_SUCH_URL",
        errors: crate::ErrorShape {
            code: &[],
            message: &[],
            request_id: &[],
            request_id_headers: &[],
        },
    };
    static THING: Operation = Operation {
        id: "thing",
        method: "PUT",
        path: "/things/{id}/parts/{part}",
        redirects: false,
        server: None,
        idempotent: true,
        limits: &[],
    };

    fn core() -> Core {
        let token = Secret::new("token", "long-enough-token".to_owned()).unwrap();
        let authorize = Arc::new(Bearer::new(token).unwrap());
        Core::new(&PROVIDER, authorize, Settings::default()).unwrap()
    }

    #[test]
    fn b3_values_go_where_the_document_has_them() {
        let parts = Parts {
            path: vec![("id", "a/b".to_owned()), ("part", "7".to_owned())],
            query: vec![
                ("q", json!("x&y"), None),
                ("n", json!(["1", "2"]), None),
                ("ids", json!(["a", "b,c"]), Some(",")),
            ],
            body: Some(Sent::Json(json!({"name": "n"}))),
            sends: Some("application/merge-patch+json"),
            ..Parts::default()
        };
        let request = core().built(&THING, &parts).unwrap();
        assert_eq!(
            request.url().as_str(),
            "http://127.0.0.1:1/base/things/a%2Fb/parts/7?q=x%26y&n=1&n=2&ids=a,b%2Cc"
        );
        assert_eq!(request.headers()[ACCEPT], "application/json");
        assert_eq!(
            request.headers()[CONTENT_TYPE],
            "application/merge-patch+json"
        );
    }

    #[test]
    fn b3_a_body_of_bytes_is_sent_as_it_is() {
        let bytes = Bytes::from_static(b"\xff\0\r\n");
        let parts = Parts {
            path: vec![("id", "a".to_owned()), ("part", "7".to_owned())],
            body: Some(Sent::Raw(bytes.clone())),
            sends: Some("application/pdf"),
            accepts: Some("text/csv, text/plain"),
            ..Parts::default()
        };
        let request = core().built(&THING, &parts).unwrap();
        assert_eq!(request.body().unwrap().as_bytes(), Some(&*bytes));
        assert_eq!(request.headers()[CONTENT_TYPE], "application/pdf");
        assert_eq!(request.headers()[ACCEPT], "text/csv, text/plain");
    }

    fn form(fields: Value) -> Result<Request, Error> {
        let parts = Parts {
            path: vec![("id", "a".to_owned()), ("part", "7".to_owned())],
            body: Some(Sent::Json(fields)),
            sends: Some("application/x-www-form-urlencoded"),
            ..Parts::default()
        };
        core().built(&THING, &parts)
    }

    #[test]
    fn b3_a_form_has_its_fields_as_the_document_says() {
        let request = form(json!({
            "To": "+1 5&6=ü", "Count": 3, "Share": 0.5, "Now": true, "Gone": null,
            "Tags": ["a", "b,c"], "None": [],
        }))
        .unwrap();
        assert_eq!(
            request.headers()[CONTENT_TYPE],
            "application/x-www-form-urlencoded"
        );
        let body = request.body().unwrap().as_bytes().unwrap();
        let mut pairs: Vec<&str> = std::str::from_utf8(body).unwrap().split('&').collect();
        pairs.sort_unstable();
        assert_eq!(
            pairs,
            [
                "Count=3",
                "Now=true",
                "Share=0.5",
                "Tags=a",
                "Tags=b%2Cc",
                "To=%2B1+5%266%3D%C3%BC"
            ]
        );
    }

    #[test]
    fn b3_what_a_form_cannot_hold_is_an_error() {
        for fields in [json!({"a": {"b": 1}}), json!({"a": [[1]]}), json!("a")] {
            let error = form(fields).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Internal);
        }
    }

    #[test]
    fn b3_a_place_without_a_value_is_refused() {
        let error = core().built(&THING, &Parts::default()).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Internal);
        assert!(error.message().contains("{id}"), "{error}");
    }
}
