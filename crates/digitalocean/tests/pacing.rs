//! A client that keeps to a rate limit, watched on the mock.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use snapline_digitalocean::{Client, ErrorKind};
use snapline_mock::{Mock, RateLimit};

const REQUESTS: u64 = 3;

fn client(mock: &Mock, pacing: bool) -> Client {
    Client::builder()
        .base_url(mock.url())
        .token("test")
        .pacing(pacing)
        .max_attempts(1)
        .build()
        .unwrap()
}

#[tokio::test]
async fn b14_with_pacing_nothing_is_refused() {
    let limit = RateLimit::within(REQUESTS, Duration::from_secs(2));
    let mock = Mock::builder().rate_limit(limit).start_blocking().unwrap();
    let client = client(&mock, true);
    for _ in 0..=2 * REQUESTS {
        client.nfs().list().send().await.unwrap();
    }
    let refused = mock.requests().iter().any(|request| request.status == 429);
    assert!(!refused, "{:?}", mock.requests());
}

#[tokio::test]
async fn b14_without_it_the_mock_refuses_what_is_too_much() {
    // An hour, so that nothing is free again on however slow a machine.
    let limit = RateLimit::per_hour(REQUESTS);
    let mock = Mock::builder().rate_limit(limit).start_blocking().unwrap();
    let client = client(&mock, false);
    for left in (0..REQUESTS).rev() {
        client.nfs().list().send().await.unwrap();
        assert_eq!(client.rate_limit().unwrap().remaining, Some(left));
    }
    let error = client.nfs().list().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
}
