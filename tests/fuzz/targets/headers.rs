//! Any bytes as the headers that steer a call: `retry-after`, `date`, `ratelimit-*`. Nothing panics,
//! and no wait is longer than allowed.

#![no_main]

use std::time::Duration;

use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use snapline_runtime::RateLimit;
use snapline_runtime::fuzzing::{pause, retry_after};

const NAMES: [HeaderName; 5] = [
    RETRY_AFTER,
    DATE,
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
];

fuzz_target!(|data: &[u8]| {
    let mut headers = HeaderMap::new();
    for (name, value) in NAMES.into_iter().zip(data.split(|byte| *byte == b'\n')) {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(name, value);
        }
    }
    let _ = RateLimit::from_headers(&headers);
    let hint = retry_after(&headers);
    for attempt in [1, 2, 31, u32::MAX] {
        let most = Duration::from_secs(120);
        if let Some(wait) = pause(hint, attempt).expect("the defaults fit") {
            assert!(wait <= most, "{wait:?} for {hint:?}");
        }
    }
});
