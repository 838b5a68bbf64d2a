//! Any bytes as a provider's document, and documents that are good but for some values: whatever they say, files are
//! made of them or errors are told that say what to do, and nothing panics or goes on for long.

#![no_main]

#[path = "../../../codegen/tests/common/mod.rs"]
mod common;

use std::sync::OnceLock;

use common::mutate::mutate;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use snapline_codegen::{Source, generate, parse};

/// The documents that values are changed of.
fn whole() -> &'static [Source] {
    static WHOLE: OnceLock<Vec<Source>> = OnceLock::new();
    WHOLE.get_or_init(|| vec![common::acme(), common::meeting(), common::wire()])
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let source = match first.checked_sub(128) {
        // A text, and after a NUL more of the overlay.
        None => {
            let text = String::from_utf8_lossy(rest);
            let (document, more) = text.split_once('\0').unwrap_or((&text, ""));
            let mut source = common::source(document);
            source.overlay += more;
            source
        }
        // What to change in a good one: two bytes for each choice.
        Some(which) => {
            let all = whole();
            let good = &all[usize::from(which) % all.len()];
            let mut document: Value =
                parse::parse_value(&good.document_file, &good.document).expect("it is good");
            let mut choices = rest
                .chunks_exact(2)
                .map(|two| usize::from(two[0]) << 8 | usize::from(two[1]));
            for _ in 0..8 {
                let Some(first) = choices.next() else {
                    break;
                };
                let mut first = Some(first);
                mutate(&mut document, &mut |limit| {
                    first.take().or_else(|| choices.next()).unwrap_or(0) % limit
                });
            }
            Source {
                document: document.to_string(),
                ..good.clone()
            }
        }
    };
    if let Err(errors) = generate(&[source]) {
        for error in errors.iter() {
            assert!(!error.what.is_empty() && !error.help.is_empty());
            assert!(
                !error.to_string().contains('\n'),
                "more than one line: {error}"
            );
        }
    }
});
