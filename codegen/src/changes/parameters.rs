//! Compares what operations take beside a body: parameters, their order and how they are written.

use serde_json::Value;

use super::graph::{Graph, Kind};
use super::operation::Operation;
use super::parts::Parts;
use super::rules;
use super::schema::At;
use super::uses::{Scope, Uses};
use crate::diff::place::{canonical, reference, resolve};

/// One parameter of an operation, as it is written there or for its whole path.
#[derive(Clone, Copy)]
struct Parameter<'d> {
    written: &'d Value,
    place: &'d str,
    name: &'d str,
    required: bool,
}

/// What an operation takes.
pub(super) struct Arguments<'d> {
    path: &'d str,
    parameters: Vec<Parameter<'d>>,
    has_body: bool,
    has_optional_fields: bool,
}

impl<'d> Arguments<'d> {
    pub(super) fn of(operation: Operation<'d>) -> Self {
        let mut parameters: Vec<Parameter<'d>> = Vec::new();
        // An operation's own parameter takes the place of its path's.
        for holder in [operation.item, operation.object] {
            let list = holder.get("parameters").and_then(Value::as_array);
            for written in list.into_iter().flatten() {
                let Some(parameter) = Parameter::of(operation.document, written) else {
                    continue;
                };
                let known = parameters
                    .iter_mut()
                    .find(|known| (known.place, known.name) == (parameter.place, parameter.name));
                match known {
                    Some(known) => *known = parameter,
                    None => parameters.push(parameter),
                }
            }
        }
        Self {
            path: operation.path,
            parameters,
            has_body: operation.get("requestBody").is_some(),
            has_optional_fields: has_optional_fields(operation),
        }
    }

    /// Whether a call takes anything but what stands in its path.
    pub(super) fn takes_something(&self) -> bool {
        self.has_body
            || self
                .parameters
                .iter()
                .any(|parameter| parameter.place != "path")
    }

    /// The names in the path's braces, in their order.
    fn braces(&self) -> Vec<&'d str> {
        self.path.split(['{', '}']).skip(1).step_by(2).collect()
    }

    fn of_sort(&self, sort: Sort) -> impl Iterator<Item = &Parameter<'d>> {
        self.parameters.iter().filter(move |one| one.sort() == sort)
    }
}

fn has_optional_fields(operation: Operation<'_>) -> bool {
    let schema = operation
        .get("requestBody")
        .and_then(|body| resolve(operation.document, body))
        .and_then(|body| {
            body.get("content")?
                .as_object()?
                .values()
                .next()?
                .get("schema")
        });
    schema.is_some_and(|schema| {
        let whole = Parts::whole(operation.document, schema);
        let required = whole.required();
        whole
            .fields()
            .iter()
            .any(|(name, _)| !required.contains(name))
    })
}

/// How a parameter is given: each sort has an order of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Path,
    Required,
    Optional,
}

impl<'d> Parameter<'d> {
    fn of(document: &'d Value, written: &'d Value) -> Option<Self> {
        let parameter = resolve(document, written)?;
        let word = |key: &str| parameter.get(key).and_then(Value::as_str);
        let place = word("in")?;
        Some(Self {
            written,
            place,
            name: word("name")?,
            required: place == "path" || parameter.get("required") == Some(&Value::Bool(true)),
        })
    }

    fn sort(&self) -> Sort {
        match (self.place, self.required) {
            ("path", _) => Sort::Path,
            (_, true) => Sort::Required,
            (_, false) => Sort::Optional,
        }
    }

    fn words(&self) -> String {
        format!("{} parameter {}", self.place, self.name)
    }
}

impl<'d> Graph<'d> {
    pub(super) fn parameters(&mut self, old: &Arguments<'d>, new: &Arguments<'d>, at: At<'_>) {
        use rules::Kind as Rule;
        // A name in braces may change; its place in the path is what counts.
        let renamed: Vec<(&str, &str)> = old.braces().into_iter().zip(new.braces()).collect();
        let same = |was: &Parameter<'d>, is: &Parameter<'d>| {
            was.place == is.place
                && if was.place == "path" && renamed.iter().any(|(from, _)| *from == was.name) {
                    renamed.contains(&(was.name, is.name))
                } else {
                    was.name == is.name
                }
        };
        for was in &old.parameters {
            let words = was.words();
            let Some(is) = new.parameters.iter().find(|is| same(was, is)) else {
                self.always(at, Rule::ParameterRemoved, &words);
                continue;
            };
            if was.name != is.name {
                let (from, to) = (was.name.to_owned(), is.name.to_owned());
                self.told(at, Rule::PathParameterRenamed, &words, Some(from), Some(to));
            }
            match (was.required, is.required) {
                (false, true) => self.always(at, Rule::ParameterRequired, &words),
                (true, false) => self.always(at, Rule::ParameterOptional, &words),
                _ => {}
            }
            let used = if was.place == "path" {
                Uses::PATH
            } else {
                Uses::QUERY
            };
            self.holder(
                Kind::Parameter,
                &words,
                was.written,
                is.written,
                at.scoped(Scope::SAME.only(used)),
            );
        }
        for (place, is) in new.parameters.iter().enumerate() {
            if old.parameters.iter().any(|was| same(was, is)) {
                continue;
            }
            let known = |later: &Parameter<'d>| old.parameters.iter().any(|was| same(was, later));
            let before_others = old.has_optional_fields
                || new
                    .parameters
                    .iter()
                    .skip(place + 1)
                    .any(|later| later.sort() == Sort::Optional && known(later));
            let rule = match (is.required, old.takes_something(), before_others) {
                (true, _, _) => Rule::ParameterAddedRequired,
                (false, false, _) => Rule::ParameterAddedFirst,
                (false, true, true) => Rule::ParameterAddedBefore,
                (false, true, false) => Rule::ParameterAddedLast,
            };
            self.always(at, rule, &is.words());
        }
        for (sort, rule) in [
            (Sort::Path, Rule::ParameterOrderOfPath),
            (Sort::Required, Rule::ParameterOrderOfRequired),
            (Sort::Optional, Rule::ParameterOrderOfOptional),
        ] {
            let pairs: Vec<(&Parameter<'d>, &Parameter<'d>)> = old
                .of_sort(sort)
                .filter_map(|was| Some((was, new.of_sort(sort).find(|is| same(was, is))?)))
                .collect();
            let order = |is: &Parameter<'d>| {
                new.parameters
                    .iter()
                    .position(|other| same(other, is) || std::ptr::eq(other.written, is.written))
            };
            let places: Vec<Option<usize>> = pairs.iter().map(|(_, is)| order(is)).collect();
            if !places.is_sorted() {
                let names = |of: &dyn Fn(&(&Parameter<'d>, &Parameter<'d>)) -> String| {
                    pairs.iter().map(of).collect::<Vec<_>>()
                };
                let from = names(&|(was, _)| was.name.to_owned());
                let mut sorted: Vec<(Option<usize>, &str)> =
                    pairs.iter().map(|(_, is)| (order(is), is.name)).collect();
                sorted.sort();
                let to: Vec<&str> = sorted.into_iter().map(|(_, name)| name).collect();
                self.told(at, rule, "", Some(from.join(", ")), Some(to.join(", ")));
            }
        }
    }

    /// What a parameter says but its name and whether it is required.
    pub(super) fn parameter(&mut self, old: &'d Value, new: &'d Value, at: At<'_>) {
        let flag = |parameter: &Value, key: &str| parameter.get(key) == Some(&Value::Bool(true));
        let in_path = old.get("in").and_then(Value::as_str) == Some("path");
        let used = if in_path { Uses::PATH } else { Uses::QUERY };
        let at = at.scoped(at.scope.only(used));
        if flag(old, "deprecated") != flag(new, "deprecated") {
            let rule = if flag(new, "deprecated") {
                rules::Kind::ParameterDeprecated
            } else {
                rules::Kind::ParameterUndeprecated
            };
            self.always(at, rule, "");
        }
        let (before, after) = (style(old), style(new));
        if before != after {
            self.told(
                at,
                rules::Kind::ParameterStyleChanged,
                "",
                Some(before),
                Some(after),
            );
        }
        let required = flag(new, "required") || in_path;
        let schema = |parameter: &'d Value| {
            let content = || {
                parameter
                    .get("content")?
                    .as_object()?
                    .values()
                    .next()?
                    .get("schema")
            };
            parameter.get("schema").or_else(content)
        };
        if let (Some(old), Some(new)) = (schema(old), schema(new)) {
            self.value(old, new, required, at);
        }
    }
}

/// How a parameter is written, with what holds where it says nothing.
fn style(parameter: &Value) -> String {
    let word = |key: &str| parameter.get(key).and_then(Value::as_str);
    if let Some(content) = parameter.get("content").and_then(Value::as_object) {
        let media: Vec<&str> = content.keys().map(String::as_str).collect();
        return media.join(", ");
    }
    let usual = match word("in") {
        Some("query" | "cookie") => "form",
        _ => "simple",
    };
    let style = word("style").unwrap_or(usual);
    let flag = |key: &str| parameter.get(key).map(canonical) == Some("true".to_owned());
    let explode = match parameter.get("explode") {
        Some(_) => flag("explode"),
        None => style == "form",
    };
    // Only of lists and objects anything is taken apart.
    let parts = parameter.get("schema").is_none_or(|schema| {
        let kind = Parts::of(schema).text("type");
        reference(schema).is_some() || matches!(kind, None | Some("array" | "object"))
    });
    let mut told = style.to_owned();
    if parts && explode {
        told.push_str(", exploded");
    }
    for key in ["allowReserved", "allowEmptyValue"] {
        if flag(key) {
            told.push_str(", ");
            told.push_str(key);
        }
    }
    told
}
