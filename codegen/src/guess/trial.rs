//! What was guessed, tried on the generator.

use std::collections::HashSet;

use super::Who;
use super::action::{self, Action};
use crate::Source;
use crate::document::{Document, join};
use crate::error::Error;
use crate::finding::{Finding, Kind};
use crate::refuse::{Place, operation_of, touched};
use crate::select::keep;

/// Drops the pages and waits that the generator does not take; gives all that it refuses all the same.
pub(super) fn run(
    document: &Document,
    actions: &mut Vec<Action>,
    who: &Who,
    source: &Source,
) -> Vec<Finding> {
    loop {
        let findings = errors(document, actions, who, source);
        let before = actions.len();
        for finding in &findings {
            let Some((at, _)) = operation_of(document, &finding.error.pointer) else {
                continue;
            };
            let extension = |action: &Action| {
                let is_its = action.optional && action.place == at;
                is_its && finding.error.pointer.contains(action.key())
            };
            match actions.iter().position(extension) {
                Some(index) => drop(actions.remove(index)),
                None => actions.retain(|action| !action.optional || action.place != at),
            }
        }
        if actions.len() == before {
            return findings;
        }
    }
}

fn errors(document: &Document, actions: &[Action], who: &Who, source: &Source) -> Vec<Finding> {
    let source = Source {
        document: document.root.to_string(),
        overlay: action::overlay(&who.client, actions),
        words: None,
        operations: Vec::new(),
        ..source.clone()
    };
    // What the faces refuse is seen only when all is made.
    let errors = crate::generate(&[source]).err();
    let errors = errors.into_iter().flatten();
    errors
        .map(|error| Finding::new(Kind::Error, error))
        .collect()
}

/// The operations that an error is about, and their ids; nothing where it is about none.
pub(super) fn about(
    document: &Document,
    error: &Error,
    actions: &[Action],
) -> Option<(Vec<Place>, Vec<String>)> {
    let places = touched(document, &error.pointer);
    let ids = ids_of(document, &places, actions);
    (!places.is_empty()).then_some((places, ids))
}

/// The document without some operations; nothing where that leaves none.
pub(super) fn left_out(document: &Document, places: &HashSet<Place>) -> Option<Document> {
    let all = document.operations().into_iter();
    let all = all.map(|(_, path, method, _)| (path.to_owned(), method.to_owned()));
    let kept: HashSet<Place> = all.filter(|place| !places.contains(place)).collect();
    let mut fewer = document.clone();
    let is_left = !kept.is_empty() && keep(&mut fewer, &kept).is_ok();
    is_left.then_some(fewer)
}

/// What is told of operations that are left out.
pub(super) fn refusal(mut finding: Finding, ids: &[String]) -> Finding {
    if finding.error.operation.is_none() {
        let names: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
        let what = &finding.error.what;
        finding.error.what = format!("{what}, in what {} takes or gives", names.join(", "));
    }
    finding
}

/// The ids of operations, those that are guessed among them.
fn ids_of(document: &Document, places: &[Place], actions: &[Action]) -> Vec<String> {
    let id = |(path, method): &Place| {
        let at = join("/paths", &[path, method]);
        let guessed = actions.iter().filter(|action| action.place == at);
        let mut guessed = guessed.filter_map(|action| action.given("operationId")?.as_str());
        let own = document.root.pointer(&join(&at, &["operationId"]));
        let id = guessed.next().or_else(|| own?.as_str());
        id.map(str::to_owned)
    };
    places.iter().filter_map(id).collect()
}
