//! What holds for a value, a list or a wait, as sentences that every language's documentation uses.

use super::{By, Call, Kind, Model, Pages, Provider, Rule, Take, TokenPlace, Wait};
use crate::surface::Value;

/// A bound: `at least 1 character`.
pub fn bound(rule: &Rule) -> String {
    match rule {
        Rule::MinLength(n) => format!("at least {}", counted(*n, "character")),
        Rule::MaxLength(n) => format!("at most {}", counted(*n, "character")),
        Rule::Pattern(pattern) => format!("matching `{pattern}`"),
        Rule::Minimum(n) => format!("at least {n}"),
        Rule::Maximum(n) => format!("at most {n}"),
        Rule::ExclusiveMinimum(n) => format!("more than {n}"),
        Rule::ExclusiveMaximum(n) => format!("less than {n}"),
        Rule::MultipleOf(n) => format!("a multiple of {n}"),
        Rule::OneOf(values) => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            format!("one of {}", values.join(", "))
        }
        Rule::MinItems(n) => format!("at least {}", counted(*n, "item")),
        Rule::MaxItems(n) => format!("at most {}", counted(*n, "item")),
        Rule::UniqueItems => "no item twice".to_owned(),
    }
}

/// So many of a thing: `1 item`, `2 items`.
fn counted(count: u64, thing: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{ending}")
}

/// A description with its bounds: `Name of the snapshot. At least 1 character, at most 20 characters.`
pub fn with_bounds(doc: &str, rules: &[Rule]) -> String {
    if rules.is_empty() {
        return doc.to_owned();
    }
    let words: Vec<String> = rules.iter().map(bound).collect();
    let mut bounds = words.join(", ");
    if let Some(first) = bounds.get(0..1) {
        bounds = format!(
            "{}{}",
            first.to_uppercase(),
            bounds.get(1..).unwrap_or_default()
        );
    }
    format!("{doc} {bounds}.").trim().to_owned()
}

/// When a call that waits ends: ``Done when `status` is `ACTIVE`; `FAILED` raises an error.`` `quoted` dresses a
/// state as the language does, `failure` says how a bad one ends the wait. Nothing of a request.
pub fn ending(call: &Call, quoted: fn(&str) -> String, failure: &str) -> Option<String> {
    match &call.kind {
        Kind::Request(_) => None,
        Kind::Wait(wait) => Some(wait_ending(wait, quoted, failure)),
        Kind::Take(take) => Some(take_ending(take)),
        Kind::Find(find) => Some(format!(
            "Gives what there is that {} may have made since then: nothing if it did not happen, which is \
             certain once a new one would show (`not_found_grace` after it was sent); several if they cannot be \
             told apart. Nothing is sent again.",
            find.begins
        )),
    }
}

/// What a token is, behind a sentence about it, where it is more than a text that the provider gives.
pub fn of_token(provider: &Provider) -> &'static str {
    match provider.token_place {
        TokenPlace::Basic => {
            " It is a user name and a password with a colon between them; without a colon, a user name alone."
        }
        TokenPlace::Bearer | TokenPlace::Header(_) => "",
    }
}

/// What a request with a wait behind it does, step by step.
fn take_ending(take: &Take) -> String {
    let waits: Vec<String> = take
        .steps
        .iter()
        .map(|step| step.wait.to_string())
        .collect();
    let around = take.surround.as_ref().map_or_else(String::new, |surround| {
        let enter: Vec<String> = surround.enter.iter().map(|turn| turn.request.call.to_string()).collect();
        format!(
            " Before that it makes sure of the state {} with {}, and after that {} follows whatever happened: after an \
             error, when the time is over, and when the call is stopped.",
            surround.wanted.join(" or "),
            enter.join(", then "),
            surround.leave.request.call
        )
    });
    format!(
        "Does what {} does, and then waits as {} does.{around} An error after the request was answered says what it had \
         begun, which goes on.",
        take.begins,
        waits.join(" and then ")
    )
}

fn wait_ending(wait: &Wait, quoted: fn(&str) -> String, failure: &str) -> String {
    let states = |states: &[String]| {
        let states: Vec<String> = states.iter().map(|state| quoted(state)).collect();
        states.join(" or ")
    };
    let gone = "the service answers 404";
    let Some(status) = &wait.status else {
        return "Done when the service shows it.".to_owned();
    };
    let (status, ready) = (quoted(&status.field.wire), states(&wait.ready));
    let done = match (ready.is_empty(), wait.gone) {
        (true, _) => gone.to_owned(),
        (false, false) => format!("{status} is {ready}"),
        (false, true) => format!("{status} is {ready}, or when {gone}"),
    };
    let failed = match wait.failed.as_slice() {
        [] => String::new(),
        failed => format!("; {} {failure}", states(failed)),
    };
    format!("Done when {done}{failed}.")
}

/// How long a wait may take, unless the caller says otherwise: `10 minutes`.
pub fn longest(call: &Call) -> Option<Value> {
    call.timeout()
        .map(|seconds| Value::Milliseconds(seconds * 1_000))
}

/// What is said of a call that may give nothing.
pub const MAYBE: &str = "Gives nothing where the service answers with nothing, as it may.";

/// What a walk does when items come or go.
pub fn walking(pages: &Pages) -> &'static str {
    if pages.by == By::Cursor {
        "The service says where each page begins: what goes away while the list is walked moves nothing else."
    } else if pages.id.is_some() {
        "Walking gives each item once, also while the items given are deleted. What is created meanwhile may \
         or may not be among them."
    } else {
        "Take all items before you delete any: items have no id, so that a walk cannot tell which ones moved \
         to a page it has passed."
    }
}

/// How an object in JSON is read.
pub fn reading(model: &Model) -> &'static str {
    if model.is_read_leniently() {
        "It is read as a call reads it: what departs from the document is told in a warning, each field once \
         in a process."
    } else {
        "What departs from the document is an error, since it may be sent."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_read_as_a_sentence() {
        let rules = [Rule::MinLength(1), Rule::MaxLength(20)];
        assert_eq!(
            with_bounds("The name.", &rules),
            "The name. At least 1 character, at most 20 characters."
        );
        assert_eq!(with_bounds("", &[Rule::Minimum(0.5)]), "At least 0.5.");
        assert_eq!(with_bounds("The name.", &[]), "The name.");
    }
}
