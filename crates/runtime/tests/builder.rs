//! The macros that give builders what all of them have.

#![allow(missing_docs, reason = "a test has no users")]

use snapline_runtime::Settings;

#[derive(Debug, Default)]
pub struct Builder {
    settings: Settings,
}

snapline_runtime::forward_settings!(Builder, settings);

#[test]
fn forwarded_setters_reach_the_settings() {
    let builder = Builder::default()
        .base_url("http://127.0.0.1:1")
        .max_attempts(7)
        .header("x-a", "b");
    let text = format!("{:?}", builder.settings);
    for wanted in [
        "base_url: Some(\"http://127.0.0.1:1\")",
        "max_attempts: Some(7)",
        "headers: [\"x-a\"]",
    ] {
        assert!(text.contains(wanted), "{text}");
    }
}
