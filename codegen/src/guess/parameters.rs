//! Parameters that nothing here sends, and what upstream leaves out of those that it does.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::action::{Action, Section};
use super::view::{Parameter, View};
use crate::document::join;

/// Headers that every request has anyhow.
const OURS: [&str; 4] = ["accept", "authorization", "content-type", "user-agent"];

/// Guesses for every parameter once, however many operations take it.
pub(super) fn guess(view: &View<'_>) -> Vec<Action> {
    let mut actions = Vec::new();
    let mut seen = BTreeSet::new();
    for (pointer, path, method, _) in view.document.operations() {
        let parameters = view.parameters(path, method);
        for parameter in &parameters {
            let (place, name) = (parameter.text("in"), parameter.text("name"));
            let key = match parameter.reference {
                Some(reference) => reference.to_owned(),
                None => format!("{} {place} {name}", parameter.holder),
            };
            if !seen.insert(key) {
                continue;
            }
            if let Some(why) = unsent(view, parameter) {
                actions.push(left_out(parameter, &why));
            } else if place == "path" && !parameter.is_required() {
                let target = match parameter.reference {
                    Some(reference) => super::action::json_path(reference.trim_start_matches('#')),
                    None => listed(parameter),
                };
                let reason = "A part of the path can never be left out.";
                let update = json!({"required": true});
                actions.push(
                    Action::update(Section::Corrections, &parameter.holder, reason, update)
                        .at(target),
                );
            }
        }
        let described = |wanted: &str| {
            let mut all = parameters.iter();
            all.any(|one| one.text("in") == "path" && one.text("name") == wanted)
        };
        let parts = path.split(['{', '}']).skip(1).step_by(2);
        let missing: Vec<Value> = parts
            .filter(|part| !described(part))
            .map(|part| json!({"name": part, "in": "path", "required": true, "schema": {"type": "string"}}))
            .collect();
        if !missing.is_empty() {
            let reason = "Upstream does not describe this part of the path.";
            let update = json!({"parameters": missing});
            let action = Action::update(Section::Corrections, pointer, reason, update);
            actions.push(action.look("it is taken for a text", "say what it is"));
        }
    }
    actions
}

/// Why a parameter is not sent, where it may be left out.
fn unsent(view: &View<'_>, parameter: &Parameter<'_>) -> Option<String> {
    let (place, name) = (parameter.text("in"), parameter.text("name"));
    let anyhow = place == "header" && OURS.contains(&name.to_lowercase().as_str());
    if anyhow {
        return Some(format!("Every request has its own `{name}`."));
    }
    if parameter.is_required() {
        return None;
    }
    if place == "cookie" {
        return Some(format!(
            "Nothing here sends a parameter in the {place}, and it may be left out."
        ));
    }
    let unwritten =
        "Nothing here writes a value of this kind into a URL, and it may be left out.".to_owned();
    let style = parameter.text("style");
    let known = matches!(style, "" | "form" | "spaceDelimited" | "pipeDelimited");
    let Some(schema) = parameter.value.get("schema").filter(|_| known) else {
        return (place == "query").then_some(unwritten);
    };
    let is_object = |schema| view.kind(schema) == "object" || !view.fields(schema).is_empty();
    let items = view.keyword(schema, "items");
    let nested = items.is_some_and(|items| is_object(items) || view.kind(items) == "array");
    let listed = place == "header" && view.kind(schema) == "array";
    (is_object(schema) || nested || listed).then_some(unwritten)
}

fn left_out(parameter: &Parameter<'_>, why: &str) -> Action {
    let (place, name) = (parameter.text("in"), parameter.text("name"));
    let action = Action::remove(Section::Corrections, &parameter.holder, why).at(listed(parameter));
    action.look(
        format!("`{name}` in the {place} cannot be given"),
        "callers pass it as a header or query option of a call; leave it so if few need it",
    )
}

/// The JSONPath of a parameter where it is listed: everywhere, if it is a component.
fn listed(parameter: &Parameter<'_>) -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'");
    match parameter.reference {
        Some(reference) => format!("$..parameters[?@['$ref'] == '{}']", quoted(reference)),
        None => format!(
            "{}[?@.name == '{}' && @.in == '{}']",
            super::action::json_path(&join(&parameter.holder, &["parameters"])),
            quoted(parameter.text("name")),
            parameter.text("in")
        ),
    }
}
