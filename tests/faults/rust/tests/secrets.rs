//! Every scenario again, with all that is logged and shown captured: no secret is in it, and nothing
//! panics.

use std::sync::atomic::{AtomicUsize, Ordering};

use snapline_faults::{SECRET, Scenario, Server, folders, run_all, table};

// `user:S3CR3T-proxy` as a proxy's login goes over the wire.
const LOGIN: &str = "dXNlcjpTM0NSM1QtcHJveHk";

static PANICS: AtomicUsize = AtomicUsize::new(0);

#[test]
fn b19_b23_no_secret_is_shown_and_nothing_panics() {
    let show = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PANICS.fetch_add(1, Ordering::SeqCst);
        show(info);
    }));
    let server = Server::start().unwrap();
    let scenarios = Scenario::load(&folders()).unwrap();
    let runner = env!("CARGO_BIN_EXE_snapline-fault-runner");
    let ran = run_all(server.control(), &scenarios, true, runner);
    let panics = PANICS.load(Ordering::SeqCst);
    drop(std::panic::take_hook());
    let mut leaks = Vec::new();
    for (scenario, ran) in scenarios.iter().zip(&ran) {
        for secret in [SECRET, LOGIN] {
            if let Some(at) = ran.shown.find(secret) {
                let from = ran.shown.floor_char_boundary(at.saturating_sub(300));
                let to = ran.shown.ceil_char_boundary(at + 40);
                leaks.push(format!("{}: …{}…", scenario.name, &ran.shown[from..to]));
            }
        }
    }
    assert!(leaks.is_empty(), "secrets are shown:\n{}", leaks.join("\n"));
    assert_eq!(panics, 0, "something panicked");
    if let Some(table) = table(&scenarios, &ran) {
        panic!("{table}");
    }
    // What the capture is worth: it sees the libraries below, down to the bytes of TLS.
    let all: String = ran.iter().map(|ran| ran.shown.as_str()).collect();
    for part in [
        "snapline_runtime",
        "trying again",
        "hyper_util",
        "h2::",
        "rustls",
    ] {
        assert!(all.contains(part), "nothing of {part} was captured");
    }
}
