//! Compares what operations answer: statuses, bodies and headers.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::facts::Fact;
use super::graph::{Graph, Kind};
use super::operation::Operation;
use super::parts::Parts;
use super::rules;
use super::schema::At;
use super::uses::{Scope, Uses};
use crate::diff::place::{canonical, resolve, sorted_keys};

/// The answers of an operation by their status.
fn by_status<'d>(operation: Operation<'d>) -> BTreeMap<&'d str, &'d Value> {
    let responses = operation.get("responses").and_then(Value::as_object);
    responses
        .into_iter()
        .flatten()
        .filter(|(status, _)| !status.starts_with("x-"))
        .map(|(status, response)| (status.as_str(), response))
        .collect()
}

/// What a call makes of the body of a success.
fn use_of(operation: Operation<'_>, response: &Value) -> Uses {
    if operation.get("x-snapline-pages").is_some() {
        return Uses::PAGE;
    }
    let kept = operation.get("x-snapline-unwrap") == Some(&Value::Bool(false));
    let content = resolve(operation.document, response)
        .and_then(|response| response.get("content")?.as_object());
    let alone = content
        .into_iter()
        .flat_map(Map::values)
        .filter_map(|media| media.get("schema"))
        .any(|schema| Parts::whole(operation.document, schema).fields().len() == 1);
    if alone && !kept {
        Uses::ENVELOPE
    } else {
        Uses::SUCCESS
    }
}

impl<'d> Graph<'d> {
    pub(super) fn answers(&mut self, old: Operation<'d>, new: Operation<'d>, at: At<'_>) {
        let (before, after) = (by_status(old), by_status(new));
        // Where nothing else says what a success is, `default` does.
        let any = |all: &BTreeMap<&str, &Value>| all.keys().any(|status| status.starts_with('2'));
        let named = any(&before) || any(&after);
        let succeeds = |status: &str| status.starts_with('2') || (!named && status == "default");
        let mut pairs = Vec::new();
        let mut gone = Vec::new();
        for (status, response) in &before {
            match after.get(status) {
                Some(other) => pairs.push((*status, *response, *other)),
                None => gone.push((*status, *response)),
            }
        }
        let mut replaced = Vec::new();
        for (status, _) in &gone {
            let kind = if succeeds(status) {
                rules::Kind::ResponseSuccessRemoved
            } else {
                rules::Kind::ResponseErrorRemoved
            };
            self.always(at, kind, &format!("response {status}"));
        }
        for (status, response) in after
            .iter()
            .filter(|(status, _)| !before.contains_key(*status))
        {
            let kind = if succeeds(status) {
                replaced.push((*status, *response));
                rules::Kind::ResponseSuccessAdded
            } else {
                rules::Kind::ResponseErrorAdded
            };
            self.always(at, kind, &format!("response {status}"));
        }
        // A success under another number is still what the call gives.
        let lost = gone.into_iter().filter(|(status, _)| succeeds(status));
        for ((_, response), (status, other)) in lost.zip(replaced) {
            pairs.push((status, response, other));
        }
        for (status, response, other) in pairs {
            let body = if succeeds(status) {
                use_of(old, response)
            } else {
                Uses::FAILURE
            };
            let scope = Scope::SAME.only(body | Uses::HEADER);
            let words = format!("response {status}");
            self.holder(Kind::Response, &words, response, other, at.scoped(scope));
        }
    }

    pub(super) fn response(&mut self, old: &'d Value, new: &'d Value, at: At<'_>) {
        self.content(old, new, at.scoped(at.scope.only(Uses::ANSWER)));
        let at = at.scoped(at.scope.only(Uses::HEADER));
        let (before, after) = (old.get("headers"), new.get("headers"));
        let find = |headers: Option<&'d Value>, name: &str| -> Option<&'d Value> {
            let headers = headers?.as_object()?;
            let named = |other: &&String| other.eq_ignore_ascii_case(name);
            headers.get(headers.keys().find(named)?)
        };
        for name in sorted_keys(before) {
            let words = format!("header {name}");
            match (find(before, name), find(after, name)) {
                (Some(old), Some(new)) => self.holder(Kind::Header, &words, old, new, at),
                _ => self.always(at, rules::Kind::ResponseHeaderRemoved, &words),
            }
        }
        for name in sorted_keys(after) {
            if find(before, name).is_none() {
                self.always(
                    at,
                    rules::Kind::ResponseHeaderAdded,
                    &format!("header {name}"),
                );
            }
        }
    }

    pub(super) fn header(&mut self, old: &'d Value, new: &'d Value, at: At<'_>) {
        let at = at.scoped(at.scope.only(Uses::HEADER));
        let required = |header: &Value| header.get("required") == Some(&Value::Bool(true));
        if required(old) != required(new) {
            let kind = if required(new) {
                rules::Kind::ResponseHeaderRequired
            } else {
                rules::Kind::ResponseHeaderOptional
            };
            self.always(at, kind, "");
        }
        match (old.get("schema"), new.get("schema")) {
            (Some(old), Some(new)) => self.value(old, new, true, at),
            (None, None) => {}
            _ => self.note(at, Fact::Type(super::facts::Way::Other), None, None),
        }
        let style = |header: &Value| header.get("explode").map(canonical);
        if style(old) != style(new) {
            self.told(
                at,
                rules::Kind::ResponseHeaderChanged,
                "",
                style(old),
                style(new),
            );
        }
    }
}
