//! Documents that cannot be turned into sources: one error each, with its exact words, and never a
//! panic.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod common;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use common::mutate::mutate;
use common::{acme, source};
use serde_json::{Value, json};
use snapline_codegen::overlay::apply_overlay;
use snapline_codegen::parse::{parse_document, parse_value};
use snapline_codegen::{Source, generate};

#[test]
fn every_bad_document_has_its_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad");
    let mut wrong = Vec::new();
    let mut tried = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yaml") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let source = Source {
            document_file: name.clone(),
            ..source(&fs::read_to_string(&path).unwrap())
        };
        let result = catch_unwind(AssertUnwindSafe(|| generate(std::slice::from_ref(&source))));
        let told = match result {
            Ok(Ok(_)) => "it was taken".to_owned(),
            Ok(Err(errors)) => {
                // Each pointer leads to a place that the file has, and that is found in its text.
                let document = parse_value(&name, &source.document).unwrap_or_default();
                for error in errors.iter() {
                    if document.pointer(&error.pointer).is_none() {
                        wrong.push(format!("{name}: there is no {}", error.pointer));
                    }
                    if error.place.at.is_none() && !error.pointer.is_empty() {
                        wrong.push(format!("{name}: {} is written nowhere", error.pointer));
                    }
                }
                errors.to_string()
            }
            Err(_) => "it made the generator panic".to_owned(),
        };
        let wanted = fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        if std::env::var_os("WRITE_GOLDENS").is_some() {
            fs::write(path.with_extension("txt"), format!("{told}\n")).unwrap();
        } else if told != wanted.trim_end() {
            wrong.push(format!("{name}\n  said:   {told}\n  wanted: {wanted}"));
        }
        tried += 1;
    }
    assert!(tried > 80, "only {tried} documents were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A row of numbers that is the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// Generates, and gives back whether it panicked.
fn panics(source: &Source) -> bool {
    let result = catch_unwind(AssertUnwindSafe(|| generate(std::slice::from_ref(source))));
    match result {
        Ok(Ok(_)) => false,
        Ok(Err(errors)) => {
            for error in errors.iter() {
                assert!(!error.what.is_empty() && !error.help.is_empty());
                assert!(
                    !error.to_string().contains('\n'),
                    "more than one line: {error}"
                );
            }
            false
        }
        Err(_) => true,
    }
}

#[test]
fn no_change_of_one_value_makes_it_panic() {
    let document = with_overlay(&acme());
    let mut dice = Dice(0x5eed_5eed);
    for _ in 0..80 {
        let mut changed = document.clone();
        let said = mutate(&mut changed, &mut |limit| dice.below(limit));
        assert!(!panics(&source(&changed.to_string())), "{said}");
    }
}

#[test]
fn no_change_of_one_word_makes_it_panic() {
    const WORDS: [&str; 12] = [
        "",
        "{",
        "]",
        ":",
        "- ",
        "null",
        "\u{0}",
        "$ref",
        "*a",
        "&a",
        "'",
        "\u{1F600}",
    ];
    let good = acme();
    let mut dice = Dice(0x0dd5_eed5);
    for _ in 0..80 {
        let mut words: Vec<&str> = good
            .document
            .split_inclusive([' ', '\n', ',', ':'])
            .collect();
        let place = dice.below(words.len());
        let word = match dice.below(3) {
            0 => words[dice.below(words.len())],
            _ => WORDS[dice.below(WORDS.len())],
        };
        let said = format!("word {place}: {:?} became {word:?}", words[place]);
        words[place] = word;
        assert!(
            !panics(&Source {
                document: words.concat(),
                ..good.clone()
            }),
            "{said}"
        );
    }
}

#[test]
fn no_cut_at_the_end_of_a_line_makes_it_panic() {
    let good = acme();
    let ends =
        |text: &str| -> Vec<usize> { text.match_indices('\n').map(|(end, _)| end).collect() };
    for end in ends(&good.document) {
        let cut = Source {
            document: good.document[..end].to_owned(),
            ..good.clone()
        };
        assert!(!panics(&cut), "the document cut after {end} bytes");
    }
    for end in ends(&good.overlay) {
        let cut = Source {
            overlay: good.overlay[..end].to_owned(),
            ..good.clone()
        };
        assert!(!panics(&cut), "the overlay cut after {end} bytes");
    }
}

#[test]
fn the_deepest_document_taken_does_not_exhaust_the_stack() {
    // A schema inside lists inside lists, in all 32 levels deep.
    let nested = |levels: usize| {
        let mut schema = json!({"type": "string"});
        for _ in 0..levels {
            schema = json!({"type": "array", "items": schema});
        }
        json!({
            "openapi": "3.0.3",
            "info": {"title": "Tiny", "version": "1"},
            "paths": {"/things": {"get": {"operationId": "things_list", "responses": {"200": {
                "description": "All.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/thing"}}},
            }}}}},
            "components": {"schemas": {"thing": {"type": "object", "properties": {"nested": schema}}}},
        })
        .to_string()
    };
    assert!(!panics(&source(&nested(26))));
    assert!(generate(&[source(&nested(26))]).is_ok());
    assert_eq!(
        generate(&[source(&nested(27))]).unwrap_err().to_string(),
        "openapi.yaml: the document is nested more than 32 levels deep; make components of its inner \
         parts, and refer to them"
    );
}

#[test]
fn a_scheme_is_the_one_that_a_token_is_sent_by() {
    let secured = "openapi: 3.0.3
info: {title: Tiny, version: '1'}
servers: [{url: 'https://api.tiny.example'}]
paths:
  /things:
    get: {operationId: things_list, security: [{it: []}], responses: {'204': {description: Done.}}}
components: {securitySchemes: {it: {type: http, scheme: SCHEME}}}
";
    let overlay = |fact: &str| {
        format!(
            "overlay: 1.0.0
info: {{title: Tiny, version: '1'}}
actions:
  - target: $.info
    description: Who it is.
    update:
      x-snapline-provider:
        name: tiny
        prefix: ti
        client: Tiny
        url_variable: TINY_URL
        token_variables: [TINY_TOKEN]
        errors: {{code: [code], message: [text]}}
        resources: {{things: Things.}}
        {fact}
"
        )
    };
    let told = |scheme: &str, fact: &str| {
        let source = Source {
            document: secured.replace("SCHEME", scheme),
            overlay: overlay(fact),
            words: None,
            ..acme()
        };
        generate(&[source])
            .map(drop)
            .map_err(|error| error.to_string())
    };
    assert_eq!(told("basic", "token_scheme: basic"), Ok(()));
    assert_eq!(told("bearer", "token_scheme: bearer"), Ok(()));
    assert!(
        told("bearer", "token_scheme: basic")
            .unwrap_err()
            .contains("takes a bearer token")
    );
    assert!(
        told("basic", "token_scheme: bearer")
            .unwrap_err()
            .contains("takes a user name and a password")
    );
}

#[test]
fn a_provider_must_be_named() {
    let nameless = Source {
        overlay: "overlay: 1.0.0\ninfo: {title: Tiny, version: '1'}\nactions: []\n".to_owned(),
        ..acme()
    };
    assert_eq!(
        generate(&[nameless]).unwrap_err().to_string(),
        "openapi.yaml at /info/x-snapline-provider: nothing says whose API this is; add \
         `x-snapline-provider` to `info` in the overlay"
    );
    let told = |from: &str, to: &str| {
        let overlay = acme().overlay.replace(from, to);
        assert_ne!(overlay, acme().overlay);
        generate(&[Source { overlay, ..acme() }])
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        told("name: acme", "name: Acme Inc"),
        "openapi.yaml at /info/x-snapline-provider/name: `Acme Inc` cannot name a module; use lower-case \
         letters and digits, a letter first"
    );
    assert_eq!(
        told("client: Acme", "client: acme"),
        "openapi.yaml at /info/x-snapline-provider/client: `acme` cannot name a type; use letters and digits, \
         a capital first"
    );
    let credentials = |list: &str| {
        told(
            "token_variables:",
            &format!(
                "authentication: By it.\n        credentials: [{list}]\n        token_variables:"
            ),
        )
    };
    let help = "give the credential another name, in lower-case letters; `token` is one that every client takes";
    for (list, what) in [
        (
            "{name: My Key, variable: A, summary: A key}",
            "`My Key` cannot name an argument",
        ),
        (
            "{name: proxy, variable: A, summary: A key}",
            "every client has a setting `proxy` of its own",
        ),
        (
            "{name: token, variable: A, summary: A key}",
            "two credentials are called `token`",
        ),
    ] {
        assert_eq!(
            credentials(list),
            format!("openapi.yaml at /info/x-snapline-provider/credentials: {what}; {help}")
        );
    }
    assert_eq!(
        told(
            "token_variables:",
            "credentials: [{name: key, variable: A, summary: A key}]\n        token_variables:"
        ),
        "openapi.yaml at /info/x-snapline-provider/credentials: nothing says what is done with them; say it in a \
         sentence under `authentication` beside them, and write `authorize` in the crate's `auth.rs`"
    );
    assert_eq!(
        told(
            "token_header: X-Acme-Key",
            "token_header: X-Acme-Key\n        token_scheme: basic"
        ),
        "openapi.yaml at /info/x-snapline-provider/token_scheme: a token that stands alone in a header has no scheme; \
         keep one of `token_header` and `token_scheme`"
    );
    assert_eq!(
        told("url_variable:", "url_var:"),
        "openapi.yaml at /info/x-snapline-provider: this extension cannot be read: unknown field `url_var`, \
         expected one of `name`, `prefix`, `client`, `url_variable`, `token_variables`, `token_header`, `token_scheme`, `credentials`, `authentication`, `permissions`, `contexts`, `errors`, `resources`; \
         see ARCHITECTURE.md for the fields it takes"
    );
}

/// The good document with its overlay's facts in it, as one value.
fn with_overlay(source: &Source) -> Value {
    let mut document = parse_document(&source.document_file, &source.document).unwrap();
    apply_overlay(&mut document, &source.overlay_file, &source.overlay).unwrap();
    document.root
}

/// Their names in C and on the command line would be the same.
#[test]
fn two_providers_share_neither_name_nor_prefix() {
    let with = |of: &Source, from: &str, to: &str| {
        let overlay = of.overlay.replacen(from, to, 1);
        assert_ne!(overlay, of.overlay, "{from}");
        Source {
            overlay,
            ..of.clone()
        }
    };
    let other = with(&acme(), "name: acme", "name: other");
    let said = generate(&[acme(), other]).unwrap_err().to_string();
    assert!(said.contains("another document has the prefix"), "{said}");
    let said = generate(&[acme(), acme()]).unwrap_err().to_string();
    assert!(
        said.contains("another document is of the provider `acme` too"),
        "{said}"
    );
}
