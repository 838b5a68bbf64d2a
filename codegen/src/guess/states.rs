//! What can be waited for: objects that say in a field how far they are.

use serde_json::json;

use super::action::{Action, Section};
use super::places::{noun, singular};
use super::view::{View, same};

/// The fields that say how far an object is.
const FIELDS: [&str; 2] = ["status", "state"];

/// States by the last of their words, as `SNAPSHOT_AVAILABLE` has it. The most telling come first.
const READY: [&str; 17] = [
    "ready",
    "available",
    "active",
    "completed",
    "complete",
    "succeeded",
    "success",
    "successful",
    "done",
    "finished",
    "running",
    "online",
    "deployed",
    "provisioned",
    "healthy",
    "ok",
    "up",
];
const FAILED: [&str; 11] = [
    "failed",
    "error",
    "errored",
    "failure",
    "broken",
    "invalid",
    "rejected",
    "aborted",
    "cancelled",
    "canceled",
    "timeout",
];
const PENDING: [&str; 6] = [
    "pending",
    "progress",
    "new",
    "queued",
    "scheduled",
    "waiting",
];
const GONE: [&str; 4] = ["deleted", "removed", "destroyed", "terminated"];

/// The states of an object, sorted.
#[derive(Default)]
struct States<'d> {
    ready: Vec<&'d str>,
    failed: Vec<&'d str>,
    pending: Vec<&'d str>,
    gone: Vec<&'d str>,
}

impl<'d> States<'d> {
    fn of(values: &[&'d str]) -> Self {
        let mut states = Self::default();
        for value in values {
            let name = same(value);
            let last = name.rsplit('_').next().unwrap_or_default();
            // A state that only lasts ends in `ing`, but for those that are what is waited for.
            let list = match last {
                // What is not available is not ready.
                _ if name.split('_').any(|word| matches!(word, "not" | "un")) => continue,
                last if READY.contains(&last) => &mut states.ready,
                last if FAILED.contains(&last) => &mut states.failed,
                last if GONE.contains(&last) => &mut states.gone,
                last if PENDING.contains(&last) || last.ends_with("ing") => &mut states.pending,
                _ => continue,
            };
            list.push(value);
        }
        states.ready.sort_by_key(|value| {
            let name = same(value);
            READY.iter().position(|ready| name.ends_with(ready))
        });
        states
    }
}

/// Guesses the waits on every operation that gives one object with a state.
pub(super) fn guess(view: &View<'_>) -> Vec<Action> {
    let operations = view.document.operations();
    let waits = operations.iter().filter_map(|(pointer, path, method, operation)| {
        if *method != "get" || !path.ends_with('}') {
            return None;
        }
        let fields = view.object(operation)?;
        let (field, states) = FIELDS.iter().find_map(|wanted| {
            let (name, schema) = fields.iter().find(|(name, _)| same(name) == *wanted)?;
            let states = States::of(&view.values(schema));
            Some((*name, states)).filter(|(_, states)| !states.ready.is_empty())
        })?;
        let first = same(states.ready.first()?);
        let ready = first.rsplit('_').next()?;
        // What is gone will not be ready any more.
        let failed = [states.failed.as_slice(), states.gone.as_slice()].concat();
        let what = singular(&noun(path));
        let mut waits = vec![json!({
            "name": format!("wait_until_{ready}"),
            "status": field,
            "ready": states.ready,
            "failed": failed,
            "pending": states.pending,
            "summary": format!("Waits until the {what} is {ready}"),
        })];
        let mut told = format!(
            "by `{field}` it is ready when it is {}, and failed when it is {}",
            listed(&states.ready),
            listed(&failed)
        );
        if view.operation(path, "delete").is_some() {
            waits.push(json!({
                "name": "wait_until_deleted",
                "status": field,
                "ready": states.gone,
                "failed": states.failed,
                "gone": true,
                "summary": format!("Waits until the {what} is gone"),
            }));
            told.push_str(", and once deleted it answers 404");
        }
        let action = Action::update(
            Section::Waits,
            pointer.clone(),
            "Its states say that it is made in the background.",
            json!({"x-snapline-waiters": waits}),
        );
        let help = "check what each state means and how long it takes (`timeout`, else 600 seconds), or drop it";
        Some(action.optional().look(told, help))
    });
    waits.collect()
}

fn listed(values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    match quoted.is_empty() {
        true => "in no state".to_owned(),
        false => quoted.join(" or "),
    }
}
