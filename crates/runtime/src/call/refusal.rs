//! The error that an answer outside 2xx stands for (B13).

use crate::error::{Error, ErrorKind, one_line};
use crate::json::{self, Json};
use crate::limit::Limit;
use crate::provider::ErrorShape;
use crate::retry;
use crate::transport::Answer;
use http::{HeaderMap, HeaderValue};
use std::time::SystemTime;

/// The error that an answer outside 2xx stands for, where the service keeps these limits.
pub(crate) fn refusal(shape: &ErrorShape, limits: &'static [Limit], answer: Answer) -> Error {
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
    let code = field(shape.code);
    let limit = Limit::met(
        limits,
        status,
        code.as_deref().unwrap_or_default(),
        &message,
    );
    Error::new(kind, message).with(|e| {
        e.status = Some(status);
        e.code = code;
        e.request_id = field(shape.request_id).or_else(|| header_id(shape, &answer.headers));
        e.retry_after = retry::retry_after(&answer.headers, SystemTime::now())
            .or_else(|| limit.and_then(Limit::again_after));
        e.limit = limit;
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
    use std::time::Duration;

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
            &[],
            answer(
                404,
                r#"{"code":7,"id":"","message":"gone","request_id":"abc"}"#,
            ),
        );
        assert_eq!(error.kind(), ErrorKind::Api);
        assert_eq!(error.code(), Some("7"));
        assert_eq!(error.message(), "gone");
        assert_eq!(error.request_id(), Some("abc"));
        let error = refusal(
            &SHAPE,
            &[],
            answer(429, r#"{"id":"too_many","class":null}"#),
        );
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.code(), Some("too_many"));
        assert_eq!(error.request_id(), Some("from-header"));
    }

    #[test]
    fn b13_bodies_that_are_not_json_are_shown_shortened() {
        let page = "<html><head><title>502 Bad Gateway</title></head>\n<body>nginx</body></html>";
        let error = refusal(&SHAPE, &[], answer(502, page));
        assert_eq!(error.message(), "502 Bad Gateway nginx");
        assert_eq!(error.body(), page);
        assert_eq!(
            refusal(&SHAPE, &[], answer(503, "")).message(),
            "Service Unavailable"
        );
        assert_eq!(
            refusal(&SHAPE, &[], answer(599, "")).message(),
            "the service gave no reason"
        );
        let long: &'static str = "x".repeat(9000).leak();
        assert_eq!(
            refusal(&SHAPE, &[], answer(500, long))
                .message()
                .chars()
                .count(),
            201
        );
    }

    #[test]
    fn b13_a_list_as_error_body_is_kept_as_text() {
        let error = refusal(&SHAPE, &[], answer(400, r#"["no"]"#));
        assert_eq!(error.message(), r#"["no"]"#);
        assert_eq!(error.code(), None);
    }

    static LIMITS: [Limit; 2] = [
        Limit {
            name: "thing_interval",
            statuses: &[429],
            words: &[&["per 10m"]],
            says: "one thing in 10 minutes",
            again_after: Some(600),
        },
        Limit {
            name: "things",
            statuses: &[429, 422],
            words: &[&["25 things"]],
            says: "25 things at most; delete one to make room",
            again_after: None,
        },
    ];

    #[test]
    fn b13_the_limit_that_was_met_is_told_with_the_time_to_come_again() {
        let body = r#"{"id":"too_many_requests","message":"one request per 10m0s"}"#;
        let error = refusal(&SHAPE, &LIMITS, answer(429, body));
        assert_eq!(error.limit(), Some("thing_interval"));
        assert_eq!(error.limit_message(), Some("one thing in 10 minutes"));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(600)));
        assert!(!error.is_full());
        assert_eq!(
            error.to_string(),
            "429 too_many_requests: one request per 10m0s (request from-header, retry after 600 s, \
             limit: one thing in 10 minutes)"
        );
    }

    #[test]
    fn b13_what_the_service_says_of_the_time_goes_first() {
        let body = r#"{"message":"one request per 10m0s"}"#;
        let mut hinted = answer(429, body);
        hinted
            .headers
            .insert("retry-after", HeaderValue::from_static("7"));
        let error = refusal(&SHAPE, &LIMITS, hinted);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert_eq!(error.limit(), Some("thing_interval"));
    }

    #[test]
    fn b13_a_limit_that_no_time_takes_away_has_none() {
        let error = refusal(&SHAPE, &LIMITS, answer(422, "no more than 25 things"));
        assert_eq!((error.limit(), error.retry_after()), (Some("things"), None));
        assert!(error.is_full());
        let error = refusal(&SHAPE, &LIMITS, answer(429, "Slow down."));
        assert_eq!((error.limit(), error.limit_message()), (None, None));
        assert!(!error.is_full());
    }
}
