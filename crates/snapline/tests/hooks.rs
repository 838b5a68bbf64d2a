//! The Rust of docs/hooks.md, as it stands there (B29).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use snapline::digitalocean::{Client, ClientBuilder, Hook, HookError, Outgoing};

struct Traced<F>(F);

impl<F: Fn() -> Option<String> + Send + Sync + 'static> Hook for Traced<F> {
    fn before_send(&self, request: &mut Outgoing) -> Result<(), HookError> {
        // What the tracer in use says of its present span: "00-<trace>-<span>-01".
        if let Some(parent) = self.0() {
            request.set_header("traceparent", parent);
        }
        Ok(())
    }
}

fn traced(present: impl Fn() -> Option<String> + Send + Sync + 'static) -> ClientBuilder {
    Client::builder().hook(Traced(present))
}

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn b29_the_recipe_sends_the_traceparent() {
    let page = include_str!("../../../docs/hooks.md");
    let (_, block) = page.split_once("```rust\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    assert!(include_str!("hooks.rs").contains(block));
    let mock = snapline_mock::Mock::builder().record(true);
    let mock = mock.start_blocking().unwrap();
    for present in [Some(PARENT), None] {
        let builder = traced(move || present.map(str::to_owned));
        let client = builder
            .token("long_enough")
            .base_url(mock.url())
            .build()
            .unwrap();
        client.nfs().list().send().await.unwrap();
        let request = mock.requests().pop().unwrap();
        let sent = request
            .headers
            .iter()
            .find(|(name, _)| name == "traceparent");
        assert_eq!(sent.map(|(_, value)| value.as_str()), present);
    }
}
