//! The error that an answer outside 2xx stands for (B13).

use crate::error::{Error, ErrorKind, one_line};
use crate::json::{self, Json};
use crate::provider::ErrorShape;
use crate::retry;
use crate::transport::Answer;
use http::{HeaderMap, HeaderValue};
use std::time::SystemTime;

/// The error that an answer outside 2xx stands for.
pub(crate) fn refusal(shape: &ErrorShape, answer: Answer) -> Error {
    let status = answer.status.as_u16();
    let members = match json::read(&answer.body) {
        Ok(Json::Object(members)) => members,
        _ => Vec::new(),
    };
    let field = |names: &[&str]| {
        names.iter().find_map(|name| {
            let mut members = members.iter().rev();
            match members.find(|(given, _)| given == name)? {
                (_, Json::String(text) | Json::OddString(text)) if !text.is_empty() => {
                    Some(text.clone())
                }
                (_, Json::Number(digits)) => Some(digits.to_string()),
                _ => None,
            }
        })
    };
    let message = field(shape.message).unwrap_or_else(|| {
        let text = plain(&answer.body);
        if text.is_empty() {
            answer
                .status
                .canonical_reason()
                .unwrap_or("the service gave no reason")
                .to_owned()
        } else {
            text
        }
    });
    let kind = if status == 429 {
        ErrorKind::RateLimited
    } else {
        ErrorKind::Api
    };
    Error::new(kind, message).with(|e| {
        e.status = Some(status);
        e.code = field(shape.code);
        e.request_id = field(shape.request_id).or_else(|| header_id(shape, &answer.headers));
        e.retry_after = retry::retry_after(&answer.headers, SystemTime::now());
        e.headers = answer.headers;
        e.body = answer.body;
    })
}

// The words of a body that is not the service's JSON, such as a proxy's page, shortened.
fn plain(body: &[u8]) -> String {
    let body = json::without_mark(body);
    let text = String::from_utf8_lossy(body.get(..4096).unwrap_or(body));
    if !text.trim_start().starts_with('<') {
        return one_line(&text, 200);
    }
    let mut words = String::new();
    let mut tag = false;
    for character in text.chars() {
        match character {
            '<' => tag = true,
            '>' => {
                tag = false;
                words.push(' ');
            }
            other if !tag => words.push(other),
            _ => {}
        }
    }
    one_line(&words, 200)
}

/// The id under which the service knows the request, where a header has it.
pub(super) fn header_id(shape: &ErrorShape, headers: &HeaderMap<HeaderValue>) -> Option<String> {
    shape
        .request_id_headers
        .iter()
        .find_map(|name| headers.get(*name))
        .and_then(|value| value.to_str().ok())
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::StatusCode;

    const SHAPE: ErrorShape = ErrorShape {
        code: &["class", "id", "code"],
        message: &["message"],
        request_id: &["request_id"],
        request_id_headers: &["x-request-id", "x-other-id"],
    };

    fn answer(status: u16, body: &'static str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert("x-other-id", HeaderValue::from_static("from-header"));
        Answer {
            credentials: 0,
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn b13_fields_are_tried_in_order() {
        let error = refusal(
            &SHAPE,
            answer(
                404,
                r#"{"code":7,"id":"","message":"gone","request_id":"abc"}"#,
            ),
        );
        assert_eq!(error.kind(), ErrorKind::Api);
        assert_eq!(error.code(), Some("7"));
        assert_eq!(error.message(), "gone");
        assert_eq!(error.request_id(), Some("abc"));
        let error = refusal(&SHAPE, answer(429, r#"{"id":"too_many","class":null}"#));
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.code(), Some("too_many"));
        assert_eq!(error.request_id(), Some("from-header"));
    }

    #[test]
    fn b13_bodies_that_are_not_json_are_shown_shortened() {
        let page = "<html><head><title>502 Bad Gateway</title></head>\n<body>nginx</body></html>";
        let error = refusal(&SHAPE, answer(502, page));
        assert_eq!(error.message(), "502 Bad Gateway nginx");
        assert_eq!(error.body(), page);
        assert_eq!(
            refusal(&SHAPE, answer(503, "")).message(),
            "Service Unavailable"
        );
        assert_eq!(
            refusal(&SHAPE, answer(599, "")).message(),
            "the service gave no reason"
        );
        let long: &'static str = "x".repeat(9000).leak();
        assert_eq!(
            refusal(&SHAPE, answer(500, long)).message().chars().count(),
            201
        );
    }

    #[test]
    fn b13_a_list_as_error_body_is_kept_as_text() {
        let error = refusal(&SHAPE, answer(400, r#"["no"]"#));
        assert_eq!(error.message(), r#"["no"]"#);
        assert_eq!(error.code(), None);
    }
}
