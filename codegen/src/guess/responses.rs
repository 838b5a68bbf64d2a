//! Answers: one shape of success for each operation, and something to refusals.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::action::{Action, Section};
use super::view::View;
use crate::document::join;

/// Guesses for every operation.
pub(super) fn guess(view: &View<'_>) -> Vec<Action> {
    let operations = view.document.operations();
    let refusing = refusing(view);
    let mut actions = Vec::new();
    for (pointer, _, _, operation) in &operations {
        let at = join(pointer, &["responses"]);
        let responses = view.responses(operation);
        let successes: Vec<_> = responses
            .iter()
            .filter(|(status, _)| status.starts_with('2'))
            .collect();
        // The one with a body says most, and most of all where it is JSON.
        let json = successes
            .iter()
            .find(|(_, response)| view.schema(response).is_some());
        let any = || {
            let mut all = successes.iter();
            all.find(|(_, response)| view.shape(response).is_some())
        };
        let best = json.or_else(any);
        let kept = best.or_else(|| successes.first());
        actions.extend(unsaid(pointer, operation, &refusing));
        for (status, response) in &responses {
            let place = join(&at, &[status]);
            // Where nothing else is described, the redirect is the answer.
            let only = successes.is_empty() && status.starts_with('3');
            if *status != "default" && !status.starts_with(['2', '4', '5']) && !only {
                let reason = "A client is given neither what is on its way nor where else to go.";
                actions.push(Action::remove(Section::Corrections, place, reason));
            } else if let Some((first, success)) = kept
                && status.starts_with('2')
                && status != first
                // A call may give nothing where it else gives something; two of JSON are one that has either shape.
                && view.shape(response).is_some_and(|shape| Some(shape) != view.shape(success))
                && (view.schema(response).is_none() || view.schema(success).is_none())
            {
                let reason = "A call gives one shape of success.";
                let action = Action::remove(Section::Corrections, place, reason);
                let what =
                    format!("of its successes {first} is kept, and {status} is not described");
                let help = "keep the one that callers get; any 2xx is taken for a success";
                actions.push(action.look(what, help));
            }
        }
    }
    actions.extend(refusals(view, &refusing));
    actions
}

/// What an operation that describes no success is taken to answer.
enum Unsaid<'d> {
    /// What `default` says, which is of no refusal.
    Default(&'d Value),
    /// Nothing that is read.
    Nothing,
}

/// The answers that operations with a success have beside it: they are refusals, wherever they stand.
fn refusing<'d>(view: &View<'d>) -> Vec<&'d Value> {
    let operations = view.document.operations().into_iter();
    let all = operations.filter_map(|(.., operation)| operation.get("responses")?.as_object());
    let with_success = all.filter(|all| all.keys().any(|status| status.starts_with('2')));
    let mut found: Vec<&Value> = with_success.filter_map(|all| all.get("default")).collect();
    found.dedup();
    found
}

fn unsaid_of<'d>(operation: &'d Map<String, Value>, refusing: &[&Value]) -> Option<Unsaid<'d>> {
    let Some(all) = operation.get("responses").and_then(Value::as_object) else {
        return Some(Unsaid::Nothing);
    };
    // Where a call is led elsewhere, or to another protocol, there is no answer to read.
    if all.keys().any(|status| status.starts_with(['1', '2', '3'])) {
        return None;
    }
    let default = all.get("default").filter(|one| !refusing.contains(one));
    Some(default.map_or(Unsaid::Nothing, Unsaid::Default))
}

/// The success of an operation that describes none.
fn unsaid(pointer: &str, operation: &Map<String, Value>, refusing: &[&Value]) -> Vec<Action> {
    let at = join(pointer, &["responses"]);
    let help = "say what a success looks like";
    match unsaid_of(operation, refusing) {
        None => Vec::new(),
        Some(Unsaid::Default(default)) => {
            let reason = "Upstream has one answer to everything, and it is of a success.";
            let update = json!({"200": default});
            vec![
                Action::update(Section::Corrections, at.clone(), reason, update)
                    .look("what `default` says is taken for the success", help),
                Action::remove(Section::Corrections, join(&at, &["default"]), reason),
            ]
        }
        Some(Unsaid::Nothing) => {
            let reason = "Upstream describes no success.";
            let update = json!({"responses": {"200": {"description": "It was done."}}});
            let action = Action::update(Section::Corrections, pointer, reason, update);
            vec![action.look("a success is taken to say nothing", help)]
        }
    }
}

/// A response to errors, where an operation has none: as others have it, or of our own.
fn refusals(view: &View<'_>, refusing: &[&Value]) -> Option<Action> {
    let operations = view.document.operations();
    let is_refusal = |status: &str| status.starts_with(['4', '5']) || status == "default";
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let mut without = Vec::new();
    for (pointer, .., operation) in &operations {
        let own = operation.get("responses").and_then(Value::as_object);
        let refusals = own
            .into_iter()
            .flatten()
            .filter(|(status, _)| is_refusal(status));
        // One that is taken for the success is none.
        let is_success = matches!(unsaid_of(operation, refusing), Some(Unsaid::Default(_)));
        let refusals = refusals.filter(|(status, _)| !is_success || *status != "default");
        let mut any = false;
        for (_, response) in refusals {
            any = true;
            if let Some(reference) = response.get("$ref").and_then(Value::as_str) {
                *known.entry(reference).or_default() += 1;
            }
        }
        if !any && own.is_some() {
            without.push(pointer);
        }
    }
    let first = without.first()?;
    // Upstream tells of refusals somewhere, so that those without say that there are none.
    if without.len() < operations.len() && known.is_empty() {
        return None;
    }
    let response = match known.into_iter().max_by_key(|(_, count)| *count) {
        Some((reference, _)) => json!({"$ref": reference}),
        None => json!({
            "description": "The service refused it.",
            "content": {"application/json": {"schema": {
                "type": "object",
                "properties": {
                    "code": {"type": "string", "description": "What kind of refusal it is."},
                    "message": {"type": "string", "description": "Why it was refused."},
                },
            }}},
        }),
    };
    let everywhere = without.len() == operations.len();
    let what = match everywhere {
        true => "refusals are taken to have a `code` and a `message`",
        false => "operations are taken to refuse as others do where they do not say it",
    };
    let action = Action::update(
        Section::Corrections,
        join(first, &["responses"]),
        "Upstream describes no refusal, and every service refuses something.",
        json!({"default": response}),
    );
    let target = "$.paths[*][?@.responses && !@.responses.default].responses";
    Some(
        action
            .at(target)
            .look(what, "describe what a refusal looks like, or drop it"),
    )
}
