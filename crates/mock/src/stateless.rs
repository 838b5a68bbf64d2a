//! A provider without a state: its token is looked at, every request is checked, and what the document has as an
//! example is answered. All that it knows of the provider stands in the document.
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::cases::Arrived;
use crate::document::{Document, Once, Operation};
use crate::error::Error;
use crate::options::Options;
use crate::provider::{Call, Provider};
use crate::respond::{Answer, Refusal};
use crate::schema::Unknown;
use crate::validate;

/// The document of such a provider, which is read when it is first wanted.
pub(crate) struct Stateless {
    text: &'static str,
    parsed: Once,
}

impl Stateless {
    pub(crate) const fn new(text: &'static str) -> Self {
        Self {
            text,
            parsed: Once::new(),
        }
    }

    /// The document, read to refuse what it does not name.
    pub(crate) fn document(&'static self) -> Result<&'static Document, Error> {
        self.read(Unknown::Refused)
    }

    fn read(&'static self, unknown: Unknown) -> Result<&'static Document, Error> {
        Document::once(&self.parsed, self.text, unknown)
    }

    /// A new service.
    pub(crate) fn service(&'static self, asked: &Options) -> Result<Box<dyn Provider>, Error> {
        let document = self.read(Unknown::of(asked.strict))?;
        Ok(Box::new(Service {
            of: self,
            document,
            base: format!("/{}", document.name()),
            tokens: asked.tokens.clone(),
        }))
    }
}

/// An answer of bytes: no UTF-8.
const SOME_BYTES: &[u8] = b"%P\xff\0\x80\xc3(\r\n";

/// What stands in for it.
struct Service {
    of: &'static Stateless,
    document: &'static Document,
    /// What every path begins with: another provider may have the very same ones.
    base: String,
    tokens: Vec<String>,
}

impl Service {
    /// The fields in which the provider's errors have something, such as a `code`.
    fn names(&self, of: &str) -> impl Iterator<Item = &'static str> {
        let errors = self.document.provider("errors");
        let names = errors.and_then(|errors| errors.get(of)?.as_array());
        names.into_iter().flatten().filter_map(Value::as_str)
    }
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

impl Provider for Service {
    fn name(&self) -> &'static str {
        self.document.name()
    }

    fn document(&self, unknown: Unknown) -> Result<&'static Document, Error> {
        self.of.read(unknown)
    }

    fn claims(&self, path: &str) -> bool {
        path.strip_prefix(&self.base)
            .is_some_and(|rest| rest.starts_with('/'))
    }

    fn path<'a>(&self, path: &'a str) -> &'a str {
        path.strip_prefix(&self.base).unwrap_or(path)
    }

    fn admit(&self, arrived: &Arrived<'_>, operation: Option<&Operation>) -> Result<(), Answer> {
        validate::token(arrived.headers, self.document.token_header(), &self.tokens)
            .map(|_| ())
            .map_err(|refusal| self.refuse(&refusal, operation, arrived))
    }

    fn run(&self, call: &Call<'_>) -> Result<Answer, Refusal> {
        let operation = call.operation;
        let own = operation.example(operation.success).cloned();
        let body = own.or_else(|| self.document.field_example(&operation.id, &[]));
        if let Some(raw) = &operation.answers {
            let text = body.as_ref().and_then(Value::as_str);
            let bytes = match raw.is_text {
                true => Bytes::from(text.unwrap_or("text").to_owned()),
                false => Bytes::from_static(SOME_BYTES),
            };
            let kind = Some(raw.answered());
            return Ok(Answer::raw(operation.success, kind, bytes));
        }
        Ok(match body {
            Some(body) => Answer::json(operation.success, &body),
            None => Answer::empty(operation.success),
        })
    }

    fn refuse(
        &self,
        refusal: &Refusal,
        operation: Option<&Operation>,
        arrived: &Arrived<'_>,
    ) -> Answer {
        let body = |code: Value| {
            let said = [
                ("code", code),
                ("message", json!(refusal.message)),
                ("request_id", json!(arrived.request_id)),
            ];
            // Of several names the first is the likeliest.
            let fields = said
                .into_iter()
                .filter_map(|(of, said)| Some((self.names(of).next()?.to_owned(), said)));
            Answer::json(refusal.status, &fields.collect::<Map<_, _>>())
        };
        let told = body(json!(refusal.id));
        let fits = operation.is_none_or(|operation| {
            let checked = self
                .document
                .check_response(operation, refusal.status, &told.body);
            checked.is_ok()
        });
        // A code may be a number.
        if fits {
            told
        } else {
            body(json!(refusal.status))
        }
    }

    fn headers(&self, arrived: &Arrived<'_>) -> Vec<(String, String)> {
        let name = self.names("request_id_headers").next();
        name.map(|name| (name.to_owned(), arrived.request_id.to_owned()))
            .into_iter()
            .collect()
    }

    fn environment(&self, url: &str) -> Vec<(&'static str, String)> {
        let token = self.tokens.first().map_or("any", String::as_str);
        let variables = self.document.provider("token_variables");
        let named = [
            (
                self.document.provider("url_variable"),
                format!("{url}{}", self.base),
            ),
            (variables.and_then(|all| all.get(0)), token.to_owned()),
        ];
        named
            .into_iter()
            .filter_map(|(name, value)| Some((name?.as_str()?, value)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;

    use super::*;
    use crate::document::Found;

    static TINY: Stateless = Stateless::new(
        r##"{"info": {"x-snapline-provider": {"name": "tiny", "url_variable": "TINY_URL", "token_variables": ["TINY"],
            "token_header": "x-key", "errors": {"code": ["number"], "message": ["text"]}}},
        "paths": {"/things/{id}": {"get": {"operationId": "get", "x-snapline-success": 200,
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "responses": {
                "2XX": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "4XX": {"content": {"application/json": {"schema": {"type": "object", "properties": {
                    "number": {"type": "integer"}, "text": {"type": "string"}}}}}}}}}},
        "components": {"schemas": {"Thing": {"type": "object", "required": ["id"], "properties": {
            "id": {"type": "string", "x-snapline-constraints": {"minLength": 6}},
            "made_at": {"type": "string", "format": "date-time"},
            "size": {"type": "integer", "x-snapline-constraints": {"minimum": 50}},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}},
            "whole": {"$ref": "#/components/schemas/Thing"}}}}}}"##,
    );

    fn asked(headers: &HeaderMap) -> Arrived<'_> {
        Arrived {
            method: "GET",
            path: "/tiny/things/a",
            query: "",
            headers,
            body: b"",
            base: "http://localhost",
            request_id: "r-1",
        }
    }

    #[test]
    fn what_is_answered_fits_the_document() {
        let document = TINY.document().unwrap();
        let service = TINY.service(&Options::default()).unwrap();
        assert!(service.claims("/tiny/things/a") && !service.claims("/tinythings/a"));
        let path = service.path("/tiny/things/a");
        let Found::Operation(operation, _) = document.find("GET", path) else {
            panic!("not found");
        };
        let checked = validate::Checked {
            values: Vec::new(),
            query: Vec::new(),
            body: Value::Null,
        };
        let call = Call {
            operation,
            checked: &checked,
            base: "",
            path,
        };
        let answer = service.run(&call).unwrap();
        document
            .check_response(operation, answer.status, &answer.body)
            .unwrap();
        let read: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(
            read,
            json!({"id": "textte", "made_at": "2026-03-04T05:06:07Z", "size": 50, "parts": []})
        );
        let headers = HeaderMap::new();
        let refused = service
            .admit(&asked(&headers), Some(operation))
            .unwrap_err();
        document
            .check_response(operation, 401, &refused.body)
            .unwrap();
        let read: Value = serde_json::from_slice(&refused.body).unwrap();
        assert_eq!(read.get("number"), Some(&json!(401)));
    }

    static RAW: Stateless = Stateless::new(
        r##"{"info": {"x-snapline-provider": {"name": "raw"}}, "paths": {
        "/text": {"put": {"operationId": "text", "x-snapline-success": 200,
            "x-snapline-accepts": "text/*, text/csv", "x-snapline-sends": "text/csv",
            "requestBody": {"required": true, "content": {"application/json": {
                "schema": {"type": "string"}, "x-snapline-raw": "text"}}},
            "responses": {"2XX": {"content": {"application/json": {
                "schema": {"type": "string"}, "x-snapline-raw": "text", "example": "a,b"}}}}}},
        "/bytes": {"get": {"operationId": "bytes", "x-snapline-success": 200, "x-snapline-accepts": "*/*",
            "responses": {"2XX": {"content": {"application/json": {
                "schema": {"type": "string"}, "x-snapline-raw": "bytes"}}}}}}}}"##,
    );

    #[test]
    fn what_is_no_json_is_taken_and_given_with_its_media_type() {
        let document = RAW.document().unwrap();
        let service = RAW.service(&Options::default()).unwrap();
        let answered = |method: &str, path: &str, headers: &HeaderMap, body: &[u8]| {
            let Found::Operation(operation, values) = document.find(method, path) else {
                panic!("not found");
            };
            let checked = validate::request(operation, values, "", headers, body);
            let checked = checked.map_err(|refusal| refusal.message)?;
            let call = Call {
                operation,
                checked: &checked,
                base: "",
                path,
            };
            let answer = service.run(&call).unwrap();
            document
                .check_response(operation, answer.status, &answer.body)
                .unwrap();
            let (_, kind) = answer.headers.into_iter().next().unwrap();
            Ok::<_, String>((kind, answer.body))
        };
        let mut headers = HeaderMap::new();
        let bytes = answered("GET", "/bytes", &headers, b"").unwrap();
        assert_eq!(bytes.0, "application/octet-stream");
        assert!(std::str::from_utf8(&bytes.1).is_err());
        headers.insert("content-type", "text/csv".parse().unwrap());
        headers.insert("accept", "text/*, text/csv".parse().unwrap());
        let text = answered("PUT", "/text", &headers, b"x").unwrap();
        assert_eq!(text, ("text/csv".to_owned(), Bytes::from("a,b")));
        assert!(answered("PUT", "/text", &headers, b"\xff").is_err());
        headers.insert("content-type", "application/json".parse().unwrap());
        assert!(answered("PUT", "/text", &headers, b"x").is_err());
        headers.insert("content-type", "text/csv".parse().unwrap());
        headers.insert("accept", "application/json".parse().unwrap());
        assert!(answered("PUT", "/text", &headers, b"x").is_err());
    }

    #[test]
    fn the_token_stands_in_its_header() {
        let asked_for = Options {
            tokens: vec!["right".to_owned()],
            ..Options::default()
        };
        let service = TINY.service(&asked_for).unwrap();
        for (sent, admitted) in [("right", true), ("wrong", false)] {
            let mut headers = HeaderMap::new();
            headers.insert("x-key", sent.parse().unwrap());
            assert_eq!(service.admit(&asked(&headers), None).is_ok(), admitted);
        }
        assert_eq!(
            service.environment("http://localhost"),
            [
                ("TINY_URL", "http://localhost/tiny".to_owned()),
                ("TINY", "right".to_owned())
            ]
        );
    }
}
