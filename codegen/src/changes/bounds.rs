//! Bounds of a value: in which direction they changed, and how they are shown.

use serde_json::Value;

use super::facts::Way;
use super::parts::Parts;
use crate::diff::place::{canonical, short};

/// A bound that changed.
pub(super) struct Bound {
    pub(super) way: Way,
    pub(super) old: Option<String>,
    pub(super) new: Option<String>,
}

/// Every bound in which two schemas differ.
pub(super) fn bounds(old: &Parts<'_>, new: &Parts<'_>) -> Vec<Bound> {
    let mut found = Vec::new();
    for key in ["minLength", "minItems", "minProperties"] {
        found.extend(limit(key, old, new, |old, new| new > old));
    }
    for key in ["maxLength", "maxItems", "maxProperties"] {
        found.extend(limit(key, old, new, |old, new| new < old));
    }
    found.extend(range(
        "minimum",
        "exclusiveMinimum",
        old,
        new,
        |old, new| new > old,
    ));
    found.extend(range(
        "maximum",
        "exclusiveMaximum",
        old,
        new,
        |old, new| new < old,
    ));
    found.extend(multiple(old, new));
    found.extend(compared(
        "pattern",
        old.get("pattern"),
        new.get("pattern"),
        |_, _| Way::Other,
    ));
    // `false` says what is so without it.
    let unique = |parts: &Parts<'_>| parts.flag("uniqueItems");
    if unique(old) != unique(new) {
        let told = |is: bool| is.then(|| "uniqueItems".to_owned());
        found.push(Bound {
            way: if unique(new) {
                Way::Narrower
            } else {
                Way::Wider
            },
            old: told(unique(old)),
            new: told(unique(new)),
        });
    }
    found
}

fn show(key: &str, value: &Value) -> String {
    format!("{key} {}", short(value))
}

/// A keyword that narrows when it comes and widens when it goes; `both` says what another value does.
fn compared(
    key: &str,
    old: Option<&Value>,
    new: Option<&Value>,
    both: impl Fn(&Value, &Value) -> Way,
) -> Option<Bound> {
    let way = match (old, new) {
        (None, None) => return None,
        (Some(old), Some(new)) if canonical(old) == canonical(new) => return None,
        (None, Some(_)) => Way::Narrower,
        (Some(_), None) => Way::Wider,
        (Some(old), Some(new)) => both(old, new),
    };
    Some(Bound {
        way,
        old: old.map(|value| show(key, value)),
        new: new.map(|value| show(key, value)),
    })
}

fn limit(
    key: &str,
    old: &Parts<'_>,
    new: &Parts<'_>,
    tighter: impl Fn(f64, f64) -> bool,
) -> Option<Bound> {
    // No text, list or object has fewer than none.
    let said = |parts: &Parts<'_>| -> Option<Value> {
        let value = parts.get(key).cloned();
        value.filter(|value| !key.starts_with("min") || value.as_f64() != Some(0.0))
    };
    let (old, new) = (said(old), said(new));
    compared(key, old.as_ref(), new.as_ref(), |old, new| {
        way(old, new, &tighter)
    })
}

fn way(old: &Value, new: &Value, tighter: &impl Fn(f64, f64) -> bool) -> Way {
    match (old.as_f64(), new.as_f64()) {
        (Some(old), Some(new)) if tighter(old, new) => Way::Narrower,
        (Some(_), Some(_)) => Way::Wider,
        _ => Way::Other,
    }
}

/// A bound of a number with the keyword that takes the bound itself out.
fn range(
    key: &str,
    exclusive: &str,
    old: &Parts<'_>,
    new: &Parts<'_>,
    tighter: impl Fn(f64, f64) -> bool,
) -> Option<Bound> {
    let (at_old, at_new) = (old.get(key), new.get(key));
    let (out_old, out_new) = (old.flag(exclusive), new.flag(exclusive));
    let same = match (at_old, at_new) {
        (Some(old), Some(new)) => canonical(old) == canonical(new),
        _ => false,
    };
    if same && out_old != out_new {
        let told = |value: Option<&Value>, out: bool| {
            let behind = if out { " (exclusive)" } else { "" };
            value.map(|value| format!("{}{behind}", show(key, value)))
        };
        return Some(Bound {
            way: if out_new { Way::Narrower } else { Way::Wider },
            old: told(at_old, out_old),
            new: told(at_new, out_new),
        });
    }
    compared(key, at_old, at_new, |old, new| way(old, new, &tighter))
}

fn multiple(old: &Parts<'_>, new: &Parts<'_>) -> Option<Bound> {
    const KEY: &str = "multipleOf";
    compared(KEY, old.get(KEY), new.get(KEY), |old, new| {
        let of = |large: &Value, small: &Value| match (large.as_f64(), small.as_f64()) {
            (Some(large), Some(small)) => small != 0.0 && large % small == 0.0,
            _ => false,
        };
        if of(new, old) {
            Way::Narrower
        } else if of(old, new) {
            Way::Wider
        } else {
            Way::Other
        }
    })
}
