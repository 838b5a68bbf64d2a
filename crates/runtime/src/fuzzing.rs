//! What the targets in `tests/fuzz` reach into; built for them alone.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use std::time::{Duration, SystemTime};

use crate::error::Error;
use crate::generated::settings::Settings;
use crate::model::{Drift, Lenient};
use crate::page::{Next, Page, Place};
use crate::provider::ErrorShape;
use crate::transport::Answer;

/// Reads an answer's body in the tolerant way.
///
/// # Errors
/// As a call does.
pub fn lenient<T: Lenient>(body: &[u8]) -> Result<(T, Vec<Drift>), Error> {
    crate::decode::lenient(body)
}

/// The error that an answer stands for.
#[must_use]
pub fn refusal(shape: &ErrorShape, status: u16, body: &[u8]) -> Error {
    let answer = Answer {
        status: StatusCode::from_u16(status).unwrap_or_default(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body),
        credentials: 0,
    };
    crate::call::refusal(shape, &[], answer)
}

/// Walks on from a page whose next link is any text.
pub fn page(link: &str) {
    let of = |place: Place| {
        Page::from_parts(
            Vec::<()>::new(),
            place,
            Next::Link(Some(link), "page"),
            None,
        )
        .advance()
    };
    if let Ok(Some(next)) = of(Place::Number(1)) {
        assert!(next.to_number() > Some(1), "{next:?} comes after page 1");
    }
    if let Ok(Some(next)) = of(Place::Cursor(None)) {
        assert!(
            next.to_cursor().is_some_and(|it| !it.is_empty()),
            "{next:?}"
        );
    }
}

/// The wait that headers ask for.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    crate::retry::retry_after(headers, SystemTime::now())
}

/// The wait before trying again in a call that has just begun, with every setting at its default.
///
/// # Errors
/// None: the defaults fit.
pub fn pause(hint: Option<Duration>, attempt: u32) -> Result<Option<Duration>, Error> {
    let limits = Settings::default().resolve()?;
    Ok(crate::retry::pause(hint, &limits, attempt, limits.timeout))
}
