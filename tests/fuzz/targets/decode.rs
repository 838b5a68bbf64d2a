//! Any bytes as the answer of any operation: each model is read from them in both ways, and as the
//! body of an error. Nothing panics, and the two ways agree.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::Serialize;
use serde::de::DeserializeOwned;
use snapline_runtime::fuzzing::{lenient, page, refusal};
use snapline_runtime::{ErrorShape, Lenient};

static SHAPE: ErrorShape = ErrorShape {
    code: &["id", "code", "errorCode", "class"],
    message: &["message"],
    request_id: &["request_id"],
    request_id_headers: &["x-request-id"],
};

type Model = fn(&[u8]);

static MODELS: &[Model] = &include!(concat!(env!("OUT_DIR"), "/models.rs"));

/// A list of a model of each provider.
static LISTS: &[Model] = &include!(concat!(env!("OUT_DIR"), "/lists.rs"));

fn try_list<T: Default + Lenient + DeserializeOwned>(body: &[u8]) {
    let _ = lenient::<Vec<T>>(body);
}

fn try_model<T>(body: &[u8])
where
    T: Lenient + DeserializeOwned + Serialize + PartialEq + std::fmt::Debug,
{
    let straight = serde_json::from_slice::<T>(body);
    let taken = lenient::<T>(body);
    if let Ok(straight) = &straight
        && let Ok((value, drift)) = &taken
    {
        assert_eq!(straight, value, "the two ways of decoding differ");
        assert!(drift.is_empty(), "{drift:?} in what was read without it");
    }
    if let Ok((value, _)) = &taken {
        // What was made up for what is missing can be written, and is read as it was written.
        let written = serde_json::to_vec(value).expect("a model can be written");
        let again: T = serde_json::from_slice(&written).expect("what was written can be read");
        assert_eq!(&again, value, "it is not read as it was written");
    }
    if let Err(error) = &taken {
        assert!(!error.to_string().contains('\n'), "a message is one line");
    }
}

/// All at once would be slow: the last byte says which of so many parts of the models an input is for,
/// or that it is an error.
const PARTS: usize = 8;

fuzz_target!(|data: &[u8]| {
    let Some((part, data)) = data.split_last() else {
        return;
    };
    match usize::from(*part) % (PARTS + 1) {
        PARTS => error(data),
        part => MODELS
            .iter()
            .skip(part)
            .step_by(PARTS)
            .for_each(|model| model(data)),
    }
});

fn error(data: &[u8]) {
    LISTS.iter().for_each(|list| list(data));
    let _ = lenient::<Vec<String>>(data);
    for status in [400, 429, 503] {
        let error = refusal(&SHAPE, status, data);
        let shown = error.to_string();
        assert!(!shown.contains('\n'), "a message is one line");
        let _ = format!("{error:?}");
    }
    if let Ok(link) = std::str::from_utf8(data) {
        page(link);
    }
}
