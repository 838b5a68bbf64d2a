//! What `snapline.retention` asks of the crate of that name.

use std::str::FromStr;

use pyo3::prelude::*;
use snapline_retention::{Decision, Item, Policy, plan};
use snapline_runtime::Error;

use crate::convert::{boolean, count, integer, list, text, timestamp};
use crate::errors;
use crate::guard::guard;

/// A reason: what it goes by, half a sentence for a person, and whether it is that of the oldest.
type Reason = (&'static str, String, bool);

/// For each item whether it is to be deleted and why; then the ids of those that are, the oldest first.
type Decisions = (Vec<(bool, Vec<Reason>)>, Vec<String>);

/// Decides about items: both have the attributes of the classes of `snapline.retention`.
#[pyfunction]
pub(crate) fn _plan_retention(
    py: Python<'_>,
    policy: &Bound<'_, PyAny>,
    items: &Bound<'_, PyAny>,
) -> PyResult<Decisions> {
    guard(|| {
        let policy = read_policy(policy)?;
        let items = list("items", items, read_item)?;
        let plan = py
            .detach(|| plan(&policy, &items))
            .map_err(|error| refused(py, error.parameter(), &error))?;
        let decisions = plan.decisions().iter().map(decided).collect();
        Ok((decisions, plan.to_delete().map(str::to_owned).collect()))
    })
}

fn decided(decision: &Decision) -> (bool, Vec<Reason>) {
    let reasons = decision.reasons().iter().map(|reason| {
        let rule = reason.rule().as_str();
        (rule, reason.to_string(), reason.is_oldest())
    });
    (decision.is_delete(), reasons.collect())
}

fn refused(py: Python<'_>, parameter: &str, error: &snapline_retention::Error) -> PyErr {
    let error = Error::invalid_argument(parameter, error.rule(), error.to_string());
    errors::raise(py, &error)
}

/// An attribute of an object, read by a function that is told its name for errors.
fn attribute<'py, T>(
    object: &Bound<'py, PyAny>,
    name: &str,
    read: impl FnOnce(&str, &Bound<'py, PyAny>) -> PyResult<T>,
) -> PyResult<T> {
    read(name, &object.getattr(name)?)
}

/// The same for one that may be `None`.
fn optional<'py, T>(
    object: &Bound<'py, PyAny>,
    name: &str,
    read: impl FnOnce(&str, &Bound<'py, PyAny>) -> PyResult<T>,
) -> PyResult<Option<T>> {
    let value = object.getattr(name)?;
    (!value.is_none()).then(|| read(name, &value)).transpose()
}

fn texts(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    list(name, value, text)
}

/// What retention reads from a text: a duration, or what a list is divided by.
fn parsed<T>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<T>
where
    T: FromStr<Err = snapline_retention::Error>,
{
    let parsed = text(name, value)?.parse();
    parsed.map_err(|error| refused(value.py(), name, &error))
}

/// Nanoseconds since the Unix epoch; `None` for a text that is no time.
fn nanoseconds(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<i128>> {
    timestamp(name, value).map(|time| time.unix_nanos())
}

fn read_policy(policy: &Bound<'_, PyAny>) -> PyResult<Policy> {
    let number = |name| attribute(policy, name, count);
    let duration = |name| optional(policy, name, parsed);
    Ok(Policy {
        name_prefix: optional(policy, "name_prefix", text)?,
        own_tag: optional(policy, "own_tag", text)?,
        keep_last: number("keep_last")?,
        keep_hourly: number("keep_hourly")?,
        keep_daily: number("keep_daily")?,
        keep_weekly: number("keep_weekly")?,
        keep_monthly: number("keep_monthly")?,
        keep_yearly: number("keep_yearly")?,
        keep_within: duration("keep_within")?,
        keep_within_hourly: duration("keep_within_hourly")?,
        keep_within_daily: duration("keep_within_daily")?,
        keep_within_weekly: duration("keep_within_weekly")?,
        keep_within_monthly: duration("keep_within_monthly")?,
        keep_within_yearly: duration("keep_within_yearly")?,
        keep_tags: attribute(policy, "keep_tags", |name, lists| list(name, lists, texts))?,
        group_by: attribute(policy, "group_by", |name, keys| list(name, keys, parsed))?,
        keep_at_least: number("keep_at_least")?,
        utc_offset_minutes: attribute(policy, "utc_offset_minutes", minutes)?,
        now: optional(policy, "now", now)?,
    })
}

/// What no number of minutes can be is refused with those that are too many.
fn minutes(name: &str, value: &Bound<'_, PyAny>) -> PyResult<i32> {
    let minutes = integer(name, value)?;
    Ok(i32::try_from(minutes).unwrap_or(i32::MAX))
}

/// A time that has to be one.
fn now(name: &str, value: &Bound<'_, PyAny>) -> PyResult<i128> {
    let time = nanoseconds(name, value)?;
    time.ok_or_else(|| errors::invalid(value.py(), name, "a time as RFC 3339 has it"))
}

fn read_item(place: &str, item: &Bound<'_, PyAny>) -> PyResult<Item> {
    let inside = |name: &str| format!("{place}.{name}");
    let read_text = |name| attribute(item, name, |name, value| text(&inside(name), value));
    Ok(Item {
        name: read_text("name")?,
        created_at: optional(item, "created_at", |name, value| {
            nanoseconds(&inside(name), value)
        })?
        .flatten(),
        tags: attribute(item, "tags", |name, value| texts(&inside(name), value))?,
        group: read_text("group")?,
        usable: attribute(item, "usable", |name, value| boolean(&inside(name), value))?,
        ..Item::new(read_text("id")?)
    })
}
