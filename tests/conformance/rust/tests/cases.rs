//! Every conformance case through the Rust face, over real sockets, in each of its forms.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use snapline_conformance::{Case, Mode, Rust, folder};
use snapline_mock::Mock;

#[test]
fn every_case() {
    let server = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let mock = server
        .block_on(Mock::builder().cases_dir(folder()).start())
        .unwrap();
    let cases = Case::load().unwrap();
    assert!(
        !cases.is_empty(),
        "there are no cases; run `cargo xtask regenerate`"
    );
    let mut face = Rust::new().unwrap();
    let mut failed = Vec::new();
    for case in &cases {
        for mode in [Mode::Value, Mode::Raw] {
            let run = format!("rust-{mode:?}");
            if let Err(what) = case.run(&mut face, &mock.url(), &run, mode) {
                failed.push(format!("{} ({mode:?}): {what}", case.name));
            }
        }
    }
    mock.stop();
    assert!(
        failed.is_empty(),
        "{} of {} cases failed:\n{}",
        failed.len(),
        2 * cases.len(),
        failed.join("\n")
    );
}
