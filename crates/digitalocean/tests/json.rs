//! Objects read from JSON that no client fetched.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use snapline_digitalocean::models::{NfsAccessPolicy, NfsShare};
use snapline_runtime::{ErrorKind, JsonText};

#[test]
fn b12_json_is_read_as_a_call_reads_it() {
    let text = r#"{"id":12345678901234567890,"size_gib":"50","region":"atl1","status":"ACTIVE","name":null}"#;
    let (share, drift) = NfsShare::read_json(text).unwrap();
    assert_eq!(share.id, "12345678901234567890");
    assert_eq!((share.size_gib, share.name.as_str()), (50, ""));
    let told: Vec<String> = drift.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "NfsShare.id is of another type at $.id",
            "NfsShare.name is null at $.name",
            "NfsShare.size_gib is of another type at $.size_gib",
            "NfsShare.created_at is missing at $.created_at",
        ]
    );
    assert_eq!(NfsShare::from_json(text).unwrap(), share);
    let whole = share.to_json().unwrap();
    assert_eq!(NfsShare::read_json(&whole).unwrap(), (share, Vec::new()));
    for bad in ["[]", "{}", "null", "", "{\"id\":"] {
        let error = NfsShare::from_json(bad).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().starts_with("the text "), "{error}");
    }
    // What may be sent must not hold what nobody gave.
    let error = NfsAccessPolicy::from_json(r#"{"anonuid":1}"#).unwrap_err();
    assert!(error.message().starts_with("missing field"), "{error}");
}
