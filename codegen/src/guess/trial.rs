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

/// Drops the pages and waits that the generator does not take; gives what it refuses all the same.
pub(super) fn run(
    document: &Document,
    actions: &mut Vec<Action>,
    who: &Who,
    source: &Source,
) -> Option<Finding> {
    loop {
        let finding = first_error(document, actions, who, source)?;
        let before = actions.len();
        if let Some((at, _)) = operation_of(document, &finding.error.pointer) {
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
            return Some(finding);
        }
    }
}

fn first_error(
    document: &Document,
    actions: &[Action],
    who: &Who,
    source: &Source,
) -> Option<Finding> {
    let source = Source {
        document: document.root.to_string(),
        overlay: action::overlay(&who.client, actions),
        words: None,
        operations: Vec::new(),
        ..source.clone()
    };
    // What the faces refuse is seen only when all is made.
    let first = crate::generate(&[source]).err()?.into_iter().next()?;
    Some(Finding::new(Kind::Error, first))
}

/// The document without the operations that an error is about, and their ids; nothing where it is about all of
/// them, or about none.
pub(super) fn left_out(
    document: &Document,
    error: &Error,
    actions: &[Action],
) -> Option<(Document, Vec<String>)> {
    let places = touched(document, &error.pointer);
    let all = document.operations().into_iter();
    let all = all.map(|(_, path, method, _)| (path.to_owned(), method.to_owned()));
    let kept: HashSet<Place> = all.filter(|place| !places.contains(place)).collect();
    let mut fewer = document.clone();
    if places.is_empty() || kept.is_empty() || keep(&mut fewer, &kept).is_err() {
        return None;
    }
    Some((fewer, ids_of(document, &places, actions)))
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
