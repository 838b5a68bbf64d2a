//! How a client shows who it is: by a token, in the header that most operations take it in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::action::{Action, Section};
use super::view::View;
use crate::document::join;
use crate::ir::TokenPlace;

pub(super) struct Security {
    /// Where a request has the token.
    pub(super) token_place: TokenPlace,
    pub(super) actions: Vec<Action>,
}

/// How a token is sent, or why it is not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Sent {
    /// As `Authorization: Bearer`.
    Bearer,
    /// As `Authorization: Basic`.
    Basic,
    /// Alone in this header.
    Header(String),
    /// The scheme is named and never defined.
    Undefined,
    /// Nothing here sends it so.
    Otherwise(String),
}

/// What our own scheme is called where none of upstream's can be sent.
const OURS: &str = "snaplineToken";

/// Guesses by the security schemes.
pub(super) fn guess(view: &View<'_>) -> Security {
    let root = &view.document.root;
    let mut places: Vec<(String, &Vec<Value>)> = Vec::new();
    if let Some(Value::Array(needs)) = root.get("security") {
        places.push(("/security".to_owned(), needs));
    }
    for (pointer, _, _, operation) in view.document.operations() {
        if let Some(Value::Array(needs)) = operation.get("security") {
            places.push((join(&pointer, &["security"]), needs));
        }
    }
    let mut schemes: BTreeMap<&str, Sent> = BTreeMap::new();
    let mut votes: BTreeMap<Sent, usize> = BTreeMap::new();
    for (_, needs) in &places {
        for need in needs.iter().filter_map(Value::as_object) {
            for name in need.keys() {
                let sent = schemes.entry(name).or_insert_with(|| sent(view, name));
                if need.len() == 1 {
                    *votes.entry(sent.clone()).or_default() += 1;
                }
            }
        }
    }
    let count = |sent: &Sent| votes.get(sent).copied().unwrap_or_default();
    let others = votes
        .keys()
        .filter(|sent| matches!(sent, Sent::Basic | Sent::Header(_)));
    let chosen = match others.max_by_key(|sent| count(sent)) {
        Some(other) if count(other) > count(&Sent::Bearer) => other.clone(),
        _ => Sent::Bearer,
    };
    let token_place = match &chosen {
        Sent::Header(header) => TokenPlace::Header(header.clone()),
        Sent::Basic => TokenPlace::Basic,
        _ => TokenPlace::Bearer,
    };
    let mut actions: Vec<Action> = undefined(&schemes, &chosen).into_iter().collect();
    actions.extend(unsendable(&places, &schemes, &chosen));
    Security {
        token_place,
        actions,
    }
}

fn sent(view: &View<'_>, name: &str) -> Sent {
    let Some(scheme) = view
        .document
        .root
        .pointer(&join("/components/securitySchemes", &[name]))
    else {
        return Sent::Undefined;
    };
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
    match (
        text("type"),
        text("scheme").to_lowercase().as_str(),
        text("in"),
    ) {
        ("oauth2" | "openIdConnect", _, _) | ("http", "bearer", _) => Sent::Bearer,
        ("http", "basic", _) => Sent::Basic,
        ("apiKey", _, "header") => Sent::Header(text("name").to_owned()),
        ("apiKey", _, place) => Sent::Otherwise(format!("a key in the {place}")),
        ("http", scheme, _) => Sent::Otherwise(format!("HTTP's `{scheme}`")),
        (kind, ..) => Sent::Otherwise(format!("the type `{kind}`")),
    }
}

/// A scheme as the token is sent.
fn scheme(chosen: &Sent) -> Value {
    match chosen {
        Sent::Header(header) => json!({"type": "apiKey", "in": "header", "name": header}),
        Sent::Basic => json!({"type": "http", "scheme": "basic"}),
        _ => json!({"type": "http", "scheme": "bearer"}),
    }
}

fn define(schemes: Map<String, Value>, reason: &str) -> Action {
    // Where there are no components yet, this makes them.
    let update = json!({"components": {"securitySchemes": schemes}});
    Action::update(Section::Corrections, "", reason, update)
}

/// Schemes that are named and never defined.
fn undefined(schemes: &BTreeMap<&str, Sent>, chosen: &Sent) -> Option<Action> {
    let missing = schemes.iter().filter(|(_, sent)| **sent == Sent::Undefined);
    let missing: Map<String, Value> = missing
        .map(|(name, _)| ((*name).to_owned(), scheme(chosen)))
        .collect();
    let names: Vec<String> = missing.keys().map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        return None;
    }
    let action = define(
        missing,
        "Upstream names this way to authenticate, and never defines it.",
    );
    Some(action.look(
        format!("{} is taken for a token", names.join(", ")),
        "say how the provider takes its credentials",
    ))
}

/// Operations that are open to all, or take only what nothing here sends: they get the token too.
fn unsendable(
    places: &[(String, &Vec<Value>)],
    schemes: &BTreeMap<&str, Sent>,
    chosen: &Sent,
) -> Vec<Action> {
    let fits = |need: &Map<String, Value>| match need.keys().collect::<Vec<_>>().as_slice() {
        [] => true,
        [name] => schemes
            .get(name.as_str())
            .is_some_and(|sent| sent == chosen || *sent == Sent::Undefined),
        _ => false,
    };
    let refused: Vec<&(String, &Vec<Value>)> = places
        .iter()
        .filter(|(_, needs)| !needs.iter().filter_map(Value::as_object).any(fits))
        .collect();
    if refused.is_empty() {
        return Vec::new();
    }
    let usable = schemes.iter().find(|(_, sent)| *sent == chosen);
    let name = usable.map_or(OURS, |(name, _)| *name);
    let mut actions = Vec::new();
    let mut others: BTreeSet<String> = BTreeSet::new();
    for (_, needs) in &refused {
        for need in needs.iter().filter_map(Value::as_object) {
            let kinds = need.keys().filter_map(|name| schemes.get(name.as_str()));
            let kinds: Vec<&str> = kinds
                .map(|sent| match sent {
                    Sent::Otherwise(told) => told.as_str(),
                    Sent::Header(header) => header.as_str(),
                    Sent::Basic => "a user name and a password",
                    Sent::Bearer | Sent::Undefined => "a bearer token",
                })
                .collect();
            others.insert(kinds.join(" with "));
        }
    }
    if usable.is_none() {
        let schemes = [(name.to_owned(), scheme(chosen))].into_iter().collect();
        actions.push(define(
            schemes,
            "A client sends one token; what upstream describes is sent by nothing here yet.",
        ));
    }
    let told: Vec<String> = others.into_iter().collect();
    let mut told = Some(told.join(", ")).filter(|told| !told.is_empty());
    for (at, needs) in refused {
        let (place, update) = match at.as_str() {
            "/security" => (String::new(), json!({"security": [{name: []}]})),
            at => (
                at.trim_end_matches("/security").to_owned(),
                json!({"security": [{name: []}]}),
            ),
        };
        let open = needs.is_empty();
        let reason = match open {
            true => {
                "It is open to all, and every call is sent with credentials: it takes them too."
            }
            false => "A client sends one token, here too.",
        };
        let mut action = Action::update(Section::Corrections, place, reason, update);
        if open {
            action = action.look(
                "upstream takes this call without credentials, and here it is sent with the token",
                "leave the operation out in sources.toml if the token must not go there",
            );
        } else if let Some(told) = told.take() {
            action = action.look(
                format!("upstream asks for {told}, and a token is sent in its place"),
                "describe the parts as `credentials` beside `token_variables`, say in `authentication` what is done \
                 with them, and write `src/auth.rs` of the crate: see “Credentials” in ARCHITECTURE.md",
            );
        }
        actions.push(action);
    }
    actions
}
