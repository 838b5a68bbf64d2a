//! A first overlay for a provider that nobody here has looked at yet: corrections without which no files can be
//! made of its document, and a behaviour model by the names that APIs commonly use.
//!
//! All of it is for a person to look at, so every guess is a finding and has a remark beside it. Guesses of pages
//! and waits are kept only where the generator takes them.

mod action;
mod compositions;
mod cycles;
mod errors;
mod pages;
mod parameters;
mod places;
mod responses;
mod schemas;
mod security;
mod states;
mod trial;
mod view;
mod yaml;

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

use crate::Source;
use crate::document::{Document, join};
use crate::error::Error;
use crate::finding::{Finding, Kind};
use crate::ir::TokenPlace;
use crate::overlay::lay_overlay;
use crate::pointer::operation_at;
use action::{Action, Section};
use view::View;

pub use places::{Ids, ids};

/// Who the provider is, as it is asked for.
#[derive(Debug, Clone)]
pub struct Who {
    /// The name of its module, in lower case.
    pub name: String,
    /// What its names in C begin with.
    pub prefix: String,
    /// The name of its client.
    pub client: String,
}

/// What was guessed.
#[derive(Debug)]
pub struct Guessed {
    /// The overlay.
    pub overlay: String,
    /// What a person should look at: guesses, and what no files can be made of whatever is left out.
    pub findings: Vec<Finding>,
    /// What the generator refuses of some operations, and the ids of those: without them it is content.
    pub refusals: Vec<Finding>,
    /// The ids of the operations that it refuses.
    pub refused: Vec<String>,
    /// Where a request has the token.
    pub token_place: TokenPlace,
}

/// An overlay that gives operations the ids that upstream left out, so that some can be selected by id.
pub fn with_ids(who: &Who, ids: &Ids) -> String {
    let actions: Vec<Action> = ids.iter().map(places::id_action).collect();
    action::overlay(&who.client, &actions)
}

/// Guesses an overlay for what was taken in of a document; `source` has the names of its files and its text.
pub fn guess(document: &Document, ids: &Ids, who: &Who, source: &Source) -> Guessed {
    let (mut refusals, mut refused) = (Vec::new(), Vec::new());
    let mut rest = document.clone();
    let (first, mut errors) = Attempt::make(&rest, ids, who, source);
    let mut findings = Vec::new();
    let mut actions = first.actions.clone();
    while !errors.is_empty() {
        let (mut out, mut told, mut others) = (HashSet::new(), Vec::new(), Vec::new());
        for finding in errors {
            match trial::about(&rest, &finding.error, &actions) {
                Some((places, without)) => {
                    out.extend(places);
                    told.push((finding, without));
                }
                None => others.push(finding),
            }
        }
        // What is about no operation may come of one that is left out, and is seen again if it does not.
        let fewer = trial::left_out(&rest, &out).filter(|_| !out.is_empty());
        let Some(fewer) = fewer else {
            findings.extend(told.into_iter().map(|(finding, _)| finding));
            findings.extend(others);
            break;
        };
        rest = fewer;
        for (finding, without) in told {
            refusals.push(trial::refusal(finding, &without));
            for id in without {
                if !refused.contains(&id) {
                    refused.push(id);
                }
            }
        }
        let next = Attempt::make(&rest, ids, who, source);
        (actions, errors) = (next.0.actions, next.1);
    }
    findings.extend(looks(&first.actions, document, ids, source));
    Guessed {
        overlay: action::overlay(&who.client, &first.actions),
        findings,
        refusals,
        refused,
        token_place: first.token_place,
    }
}

/// The actions for a document.
struct Attempt {
    actions: Vec<Action>,
    token_place: TokenPlace,
}

impl Attempt {
    /// Guesses, and tries what was guessed on the generator; the errors are what it refuses all the same.
    fn make(document: &Document, ids: &Ids, who: &Who, source: &Source) -> (Self, Vec<Finding>) {
        let (simpler, simplified) = simplify(document, who);
        let view = View { document: &simpler };
        let there = |path: &str, method: &str| view.operation(path, method).is_some();
        let own: Ids = ids
            .iter()
            .filter(|((path, method), _)| there(path, method))
            .map(|(place, id)| (place.clone(), id.clone()))
            .collect();
        let security = security::guess(&view);
        let mut actions: Vec<Action> = own.iter().map(places::id_action).collect();
        actions.extend(simplified);
        actions.extend(server(&view, who));
        actions.extend(security.actions);
        actions.extend(parameters::guess(&view));
        actions.extend(responses::guess(&view));
        actions.extend(compositions::guess(&view));
        actions.extend(schemas::guess(&view));
        let placed = places::guess(&view, &own);
        let token_place = security.token_place;
        actions.push(identity(who, &token_place, &view, placed.resources));
        actions.extend(placed.actions);
        actions.extend(pages::guess(&view));
        actions.extend(states::guess(&view));
        actions.sort_by_key(|action| action.section);
        let errors = trial::run(document, &mut actions, who, source);
        let attempt = Self {
            actions,
            token_place,
        };
        (attempt, errors)
    }
}

/// The document with free-form JSON where nothing else can be made, and the actions for that: the other guesses are
/// about what is left.
fn simplify(document: &Document, who: &Who) -> (Document, Vec<Action>) {
    let steps: [fn(&View<'_>) -> Vec<Action>; 2] = [schemas::open, cycles::guess];
    let (mut simpler, mut actions) = (document.clone(), Vec::new());
    for step in steps {
        let new = step(&View { document: &simpler });
        let overlay = action::overlay(&who.client, &new);
        // What is wrong with it is told once all is tried on the generator.
        let _ = lay_overlay(&mut simpler, "", &overlay);
        actions.extend(new);
    }
    (simpler, actions)
}

/// The findings that the guesses among the actions are.
fn looks(actions: &[Action], document: &Document, ids: &Ids, source: &Source) -> Vec<Finding> {
    let mut called = document.clone();
    for ((path, method), id) in ids {
        let at = join("/paths", &[path, method]);
        let operation = called.root.pointer_mut(&at).and_then(Value::as_object_mut);
        if let Some(operation) = operation {
            operation.insert("operationId".to_owned(), id.as_str().into());
        }
    }
    let numbered = actions.iter().enumerate();
    let looks = numbered.filter_map(|(index, action)| Some((index, action, action.look.as_ref()?)));
    looks
        .map(|(index, action, look)| {
            let at = join("/actions", &[&index.to_string()]);
            let mut error = Error::new(&source.overlay_file, at, &look.what, &look.help);
            error.operation = operation_at(&called.root, &action.place);
            Finding::new(Kind::Guess, error)
        })
        .collect()
}

/// Who the provider is, and where it keeps what.
fn identity(
    who: &Who,
    token_place: &TokenPlace,
    view: &View<'_>,
    resources: BTreeMap<String, String>,
) -> Action {
    let shouting = who.name.to_uppercase();
    let errors = errors::guess(view);
    let mut facts = json!({
        "name": who.name,
        "prefix": who.prefix,
        "client": who.client,
        "url_variable": format!("SNAPLINE_{shouting}_URL"),
        "token_variables": [format!("{shouting}_TOKEN")],
    });
    if let Some(facts) = facts.as_object_mut() {
        match token_place {
            TokenPlace::Header(header) => {
                facts.insert("token_header".to_owned(), header.as_str().into());
            }
            TokenPlace::Basic => {
                facts.insert("token_scheme".to_owned(), "basic".into());
            }
            TokenPlace::Bearer => {}
        }
        facts.insert("errors".to_owned(), errors.shape);
        facts.insert("resources".to_owned(), json!(resources));
    }
    let what = format!(
        "the token is looked for in `{shouting}_TOKEN`, and a refusal's code and message in {}",
        errors.told
    );
    Action::update(
        Section::Provider,
        "/info",
        "Names, environment variables and the places an error body keeps things in.",
        json!({"x-snapline-provider": facts}),
    )
    .look(
        what,
        "name the variables that the provider's own tools read, and correct where an error has what; say in a \
         sentence what each resource is",
    )
}

/// A server that a client can be sent to, where upstream names none.
fn server(view: &View<'_>, who: &Who) -> Option<Action> {
    let servers = view.document.root.get("servers").and_then(Value::as_array);
    let url = crate::normalise::wire::server_url(view.document);
    if url.starts_with("https://") || url.starts_with("http://") {
        return None;
    }
    let path = match url.starts_with('/') {
        true => url.as_str(),
        false => "",
    };
    let whole = format!("https://api.{}.example{path}", who.name);
    let (at, update) = match servers.is_some_and(|servers| !servers.is_empty()) {
        true => ("/servers/0", json!({"url": whole})),
        false => ("", json!({"servers": [{"url": whole}]})),
    };
    let action = Action::update(
        Section::Corrections,
        at,
        "Upstream does not say to which host requests go.",
        update,
    );
    let help =
        "write the provider's address: it is where a client goes unless it is told otherwise";
    Some(action.look(format!("`{whole}` is made up"), help))
}
