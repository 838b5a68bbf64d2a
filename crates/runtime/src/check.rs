//! The document's constraints on parameters, checked before anything is sent (B3).

use crate::error::{Error, one_line};
use crate::open_enum::OpenEnum;
use regex_lite::Regex;
use serde::Serialize;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::fmt;

/// A constraint of the document.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Rule {
    /// At least this many characters.
    MinLength(u64),
    /// At most this many characters.
    MaxLength(u64),
    /// Matches this regular expression somewhere.
    Pattern(&'static str),
    /// At least this.
    Minimum(f64),
    /// At most this.
    Maximum(f64),
    /// More than this.
    ExclusiveMinimum(f64),
    /// Less than this.
    ExclusiveMaximum(f64),
    /// A multiple of this.
    MultipleOf(f64),
    /// One of these numbers.
    OneOf(&'static [i64]),
    /// At least this many items.
    MinItems(u64),
    /// At most this many items.
    MaxItems(u64),
    /// No item twice.
    UniqueItems,
}

impl fmt::Display for Rule {
    /// The rule as an error names it, such as `max_length 20`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MinLength(n) => write!(f, "min_length {n}"),
            Self::MaxLength(n) => write!(f, "max_length {n}"),
            Self::Pattern(p) => write!(f, "pattern {p}"),
            Self::Minimum(n) => write!(f, "minimum {n}"),
            Self::Maximum(n) => write!(f, "maximum {n}"),
            Self::ExclusiveMinimum(n) => write!(f, "exclusive_minimum {n}"),
            Self::ExclusiveMaximum(n) => write!(f, "exclusive_maximum {n}"),
            Self::MultipleOf(n) => write!(f, "multiple_of {n}"),
            Self::OneOf(list) => write!(f, "one_of {}", numbers(list)),
            Self::MinItems(n) => write!(f, "min_items {n}"),
            Self::MaxItems(n) => write!(f, "max_items {n}"),
            Self::UniqueItems => f.write_str("unique_items"),
        }
    }
}

/// Checks a string. Lengths count Unicode characters. Rules for other types are passed over.
///
/// # Errors
/// `invalid_argument`, naming parameter, rule and value.
pub fn text(parameter: &str, value: &str, rules: &[Rule]) -> Result<(), Error> {
    text_as(parameter, value, rules, |value| {
        one_line(&value.escape_debug().to_string(), 40)
    })
}

/// Checks a string that must not be shown (B19).
///
/// # Errors
/// `invalid_argument`, naming parameter and rule.
pub fn secret(parameter: &str, value: &str, rules: &[Rule]) -> Result<(), Error> {
    text_as(parameter, value, rules, hidden)
}

fn hidden(_: &str) -> String {
    "[redacted]".to_owned()
}

fn text_as(
    parameter: &str,
    value: &str,
    rules: &[Rule],
    show: impl Fn(&str) -> String,
) -> Result<(), Error> {
    for rule in rules {
        let count = || value.chars().count() as u64;
        let shown = || show(value);
        match *rule {
            Rule::MinLength(least) if count() < least => {
                let must = format!("be at least {} long", characters(least));
                return Err(broken(parameter, rule, &must, &length(&shown(), count())));
            }
            Rule::MaxLength(most) if count() > most => {
                let must = format!("be at most {} long", characters(most));
                return Err(broken(parameter, rule, &must, &length(&shown(), count())));
            }
            Rule::Pattern(pattern) if !matches(pattern, value)? => {
                let must = format!("match `{pattern}`");
                return Err(broken(
                    parameter,
                    rule,
                    &must,
                    &format!("`{}` does not", shown()),
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Checks an integer. Bounds compare exactly. Rules for other types are passed over.
///
/// # Errors
/// `invalid_argument`, naming parameter, rule and value.
pub fn integer(parameter: &str, value: i64, rules: &[Rule]) -> Result<(), Error> {
    whole(parameter, value.into(), rules)
}

/// Checks an unsigned integer, as [`integer`] does a signed one.
///
/// # Errors
/// `invalid_argument`, naming parameter, rule and value.
pub fn unsigned(parameter: &str, value: u64, rules: &[Rule]) -> Result<(), Error> {
    whole(parameter, value.into(), rules)
}

// i128 holds all of both kinds.
fn whole(parameter: &str, value: i128, rules: &[Rule]) -> Result<(), Error> {
    for rule in rules {
        let bound = bound(rule, |bound| exact(value, bound));
        let fine = match *rule {
            Rule::MultipleOf(step) => is_multiple(value, step),
            Rule::OneOf(list) => list.iter().any(|one| i128::from(*one) == value),
            _ => bound,
        };
        if !fine {
            return Err(broken(parameter, rule, &must(rule), &format!("is {value}")));
        }
    }
    Ok(())
}

/// Checks a number, which must be finite. Rules for other types are passed over.
///
/// # Errors
/// `invalid_argument`, naming parameter, rule and value.
pub fn number(parameter: &str, value: f64, rules: &[Rule]) -> Result<(), Error> {
    let is = || format!("is {value}");
    if !value.is_finite() {
        return Err(Error::invalid_argument(
            parameter,
            "finite",
            format!("`{parameter}` must be a finite number, but {}", is()),
        ));
    }
    for rule in rules {
        let fine = match *rule {
            Rule::MultipleOf(step) => {
                let times = value / step;
                // A step such as 0.1 has no exact float.
                (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
            }
            Rule::OneOf(list) => list.iter().any(|one| *one as f64 == value),
            _ => bound(rule, |bound| {
                value.partial_cmp(&bound).unwrap_or(Ordering::Equal)
            }),
        };
        if !fine {
            return Err(broken(parameter, rule, &must(rule), &is()));
        }
    }
    Ok(())
}

/// Checks a list: how many items, and whether one comes twice. Rules for other types are passed over.
///
/// # Errors
/// `invalid_argument`, naming parameter, rule and value.
pub fn list<T: Serialize>(parameter: &str, items: &[T], rules: &[Rule]) -> Result<(), Error> {
    list_as(parameter, items, rules, |item| one_line(item, 40))
}

/// Checks a list of strings that must not be shown (B19).
///
/// # Errors
/// `invalid_argument`, naming parameter and rule.
pub fn secrets<T: Serialize>(parameter: &str, items: &[T], rules: &[Rule]) -> Result<(), Error> {
    list_as(parameter, items, rules, hidden)
}

fn list_as<T: Serialize>(
    parameter: &str,
    items: &[T],
    rules: &[Rule],
    show: impl Fn(&str) -> String,
) -> Result<(), Error> {
    let count = items.len() as u64;
    for rule in rules {
        match *rule {
            Rule::MinItems(least) if count < least => {
                let must = format!("have at least {}", plural(least, "item"));
                return Err(broken(parameter, rule, &must, &format!("has {count}")));
            }
            Rule::MaxItems(most) if count > most => {
                let must = format!("have at most {}", plural(most, "item"));
                return Err(broken(parameter, rule, &must, &format!("has {count}")));
            }
            Rule::UniqueItems => {
                let mut seen = HashSet::with_capacity(items.len());
                for item in items {
                    let item = serde_json::to_string(item).map_err(|e| {
                        Error::internal(format!("`{parameter}` cannot be written as JSON: {e}"))
                    })?;
                    let shown = show(&item);
                    if !seen.insert(item) {
                        let has = format!("has {shown} more than once");
                        return Err(broken(parameter, rule, "not repeat an item", &has));
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Checks a value of an enum: what is received may be new, what is sent must be listed.
///
/// # Errors
/// `invalid_argument`, naming parameter, rule and value.
pub fn listed<E: OpenEnum>(parameter: &str, value: &E) -> Result<(), Error> {
    each_listed(parameter, std::slice::from_ref(value))
}

/// Checks each value of a list as [`listed`] does.
///
/// # Errors
/// `invalid_argument`, naming parameter, rule and value.
pub fn each_listed<E: OpenEnum>(parameter: &str, values: &[E]) -> Result<(), Error> {
    values
        .iter()
        .try_for_each(|value| one_of(parameter, value.as_ref(), E::VALUES))
}

/// Checks a text of which only some are listed.
///
/// # Errors
/// `invalid_argument`, naming parameter, rule and value.
pub fn one_of(parameter: &str, value: &str, listed: &[&str]) -> Result<(), Error> {
    if listed.contains(&value) {
        return Ok(());
    }
    let shown = one_line(&value.escape_debug().to_string(), 40);
    let known = listed.join(", ");
    Err(Error::invalid_argument(
        parameter,
        format!("one_of {known}"),
        format!("`{parameter}` must be one of {known}, but is `{shown}`"),
    ))
}

/// Checks a value that becomes one segment of the path.
///
/// # Errors
/// `invalid_argument` if it is empty, `.` or `..`, which would name another path.
pub fn segment(parameter: &str, value: &str) -> Result<(), Error> {
    if matches!(value, "" | "." | "..") {
        return Err(Error::invalid_argument(
            parameter,
            "path segment",
            format!("`{parameter}` must not be empty, `.` or `..`, but is `{value}`"),
        ));
    }
    Ok(())
}

fn broken(parameter: &str, rule: &Rule, must: &str, but: &str) -> Error {
    Error::invalid_argument(
        parameter,
        rule.to_string(),
        format!("`{parameter}` must {must}, but {but}"),
    )
}

fn must(rule: &Rule) -> String {
    match rule {
        Rule::Minimum(n) => format!("be at least {n}"),
        Rule::Maximum(n) => format!("be at most {n}"),
        Rule::ExclusiveMinimum(n) => format!("be more than {n}"),
        Rule::ExclusiveMaximum(n) => format!("be less than {n}"),
        Rule::MultipleOf(n) => format!("be a multiple of {n}"),
        Rule::OneOf(list) => format!("be one of {}", numbers(list)),
        other => format!("keep to {other}"),
    }
}

// Whether a bound holds, given how the value compares to it.
fn bound(rule: &Rule, compare: impl Fn(f64) -> Ordering) -> bool {
    match *rule {
        Rule::Minimum(n) => compare(n).is_ge(),
        Rule::Maximum(n) => compare(n).is_le(),
        Rule::ExclusiveMinimum(n) => compare(n).is_gt(),
        Rule::ExclusiveMaximum(n) => compare(n).is_lt(),
        _ => true,
    }
}

// Turning the integer into a float would round it above 2^53.
fn exact(value: i128, bound: f64) -> Ordering {
    let floor = bound.floor();
    // The cast saturates, which still compares rightly with anything of 64 bits.
    match value.cmp(&(floor as i128)) {
        Ordering::Equal if bound > floor => Ordering::Less,
        order => order,
    }
}

fn is_multiple(value: i128, step: f64) -> bool {
    if step.fract() == 0.0 && step != 0.0 && step.abs() < 9e18 {
        // In i128, so that i64::MIN by -1 does not overflow.
        return value % (step as i128) == 0;
    }
    let times = value as f64 / step;
    (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
}

thread_local! {
    // Compiling takes far longer than matching; per thread, there is nothing to wait for.
    static COMPILED: RefCell<HashMap<&'static str, Regex>> = RefCell::default();
}

fn matches(pattern: &'static str, value: &str) -> Result<bool, Error> {
    COMPILED.with_borrow_mut(|compiled| {
        if let Some(regex) = compiled.get(pattern) {
            return Ok(regex.is_match(value));
        }
        let regex = Regex::new(pattern).map_err(|e| {
            Error::internal(format!(
                "the document's pattern `{pattern}` is unusable: {e}"
            ))
        })?;
        let matched = regex.is_match(value);
        compiled.insert(pattern, regex);
        Ok(matched)
    })
}

fn length(shown: &str, count: u64) -> String {
    format!("`{shown}` has {count}")
}

fn characters(count: u64) -> String {
    plural(count, "character")
}

fn plural(count: u64, noun: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{s}")
}

fn numbers(list: &[i64]) -> String {
    let texts: Vec<String> = list.iter().map(ToString::to_string).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn b3_lengths_count_characters() {
        assert!(text("name", "ééééé", &[Rule::MaxLength(5)]).is_ok());
        assert!(
            text(
                "name",
                "\u{1f600}",
                &[Rule::MinLength(1), Rule::MaxLength(1)]
            )
            .is_ok()
        );
        let error = text(
            "name",
            "nightly-2026-01-01-at-night",
            &[Rule::MaxLength(20)],
        )
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(error.parameter(), Some("name"));
        assert_eq!(error.rule(), Some("max_length 20"));
        assert_eq!(
            error.message(),
            "`name` must be at most 20 characters long, but `nightly-2026-01-01-at-night` has 27"
        );
        let error = text("name", "", &[Rule::MinLength(1)]).unwrap_err();
        assert_eq!(
            error.message(),
            "`name` must be at least 1 character long, but `` has 0"
        );
    }

    #[test]
    fn b3_patterns() {
        let rules = [Rule::Pattern("^[a-z0-9-]+$")];
        assert!(text("name", "a-1", &rules).is_ok());
        for _ in 0..2 {
            let error = text("name", "A\n1", &rules).unwrap_err();
            assert_eq!(
                error.message(),
                "`name` must match `^[a-z0-9-]+$`, but `A\\n1` does not"
            );
        }
        let error = text("name", "a", &[Rule::Pattern("(")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Internal);
    }

    #[test]
    fn b3_integer_bounds_are_exact() {
        let big = 9_007_199_254_740_993; // 2^53 + 1
        assert!(integer("n", big, &[Rule::Maximum(9_007_199_254_740_992.0)]).is_err());
        assert!(integer("n", big - 1, &[Rule::Maximum(9_007_199_254_740_992.0)]).is_ok());
        assert!(
            integer(
                "n",
                50,
                &[Rule::Minimum(50.0), Rule::ExclusiveMaximum(50.5)]
            )
            .is_ok()
        );
        assert!(integer("n", 50, &[Rule::Minimum(50.5)]).is_err());
        assert!(integer("n", 50, &[Rule::ExclusiveMinimum(50.0)]).is_err());
        assert!(integer("n", -1, &[Rule::Minimum(-0.5)]).is_err());
        assert!(
            integer(
                "n",
                i64::MIN,
                &[Rule::Minimum(-1e300), Rule::Maximum(1e300)]
            )
            .is_ok()
        );
        assert_eq!(
            integer("size_gib", 49, &[Rule::Minimum(50.0)])
                .unwrap_err()
                .message(),
            "`size_gib` must be at least 50, but is 49"
        );
    }

    #[test]
    fn b3_multiples_and_choices() {
        assert!(
            integer(
                "n",
                512,
                &[Rule::MultipleOf(256.0), Rule::OneOf(&[512, 1024])]
            )
            .is_ok()
        );
        assert!(integer("n", i64::MIN, &[Rule::MultipleOf(-1.0)]).is_ok());
        assert!(unsigned("n", u64::MAX, &[Rule::Minimum(1e19), Rule::MultipleOf(5.0)]).is_ok());
        assert!(unsigned("n", u64::MAX, &[Rule::Maximum(9e18)]).is_err());
        assert!(integer("n", 513, &[Rule::MultipleOf(256.0)]).is_err());
        assert!(integer("n", 1, &[Rule::MultipleOf(0.5)]).is_ok());
        assert_eq!(
            integer("n", 3, &[Rule::OneOf(&[1, 2])])
                .unwrap_err()
                .message(),
            "`n` must be one of 1, 2, but is 3"
        );
        assert!(number("x", 0.3, &[Rule::MultipleOf(0.1)]).is_ok());
        assert!(number("x", 0.35, &[Rule::MultipleOf(0.1)]).is_err());
        assert!(number("x", f64::NAN, &[]).is_err());
        assert!(number("x", 1.5, &[Rule::Maximum(1.5), Rule::ExclusiveMinimum(1.4)]).is_ok());
        assert!(number("x", 1.6, &[Rule::Maximum(1.5)]).is_err());
    }

    #[test]
    fn b3_lists() {
        let tags = ["a".to_owned(), "b".to_owned(), "a".to_owned()];
        assert!(list("tags", &tags, &[Rule::MinItems(3), Rule::MaxItems(3)]).is_ok());
        let message = |rule| {
            list("tags", &tags, &[rule])
                .unwrap_err()
                .message()
                .to_owned()
        };
        assert_eq!(
            message(Rule::MaxItems(1)),
            "`tags` must have at most 1 item, but has 3"
        );
        assert_eq!(
            message(Rule::MinItems(4)),
            "`tags` must have at least 4 items, but has 3"
        );
        assert_eq!(
            message(Rule::UniqueItems),
            "`tags` must not repeat an item, but has \"a\" more than once"
        );
        assert!(list("ids", &[1, 2, 3], &[Rule::UniqueItems]).is_ok());
    }

    crate::open_enum! {
        /// What a snapshot is of.
        pub(super) enum Kind {
            /// A droplet.
            Droplet = "droplet",
            /// A volume.
            Volume = "volume",
        }
    }

    #[test]
    fn b3_a_value_that_is_sent_is_listed() {
        assert!(Kind::Volume.is_listed() && listed("kind", &Kind::Volume).is_ok());
        assert!(each_listed("kinds", &[Kind::Volume, Kind::Droplet]).is_ok());
        assert!(each_listed::<Kind>("kinds", &[]).is_ok());
        let error = listed("kind", &Kind::from("volu\nmes")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!(error.parameter(), Some("kind"));
        assert_eq!(error.rule(), Some("one_of droplet, volume"));
        assert_eq!(
            error.message(),
            "`kind` must be one of droplet, volume, but is `volu\\nmes`"
        );
        let kinds = [Kind::Volume, Kind::from("Volume")];
        let error = each_listed("kinds", &kinds).unwrap_err();
        assert_eq!(
            error.message(),
            "`kinds` must be one of droplet, volume, but is `Volume`"
        );
    }

    #[test]
    fn b3_segments() {
        for bad in ["", ".", ".."] {
            assert_eq!(segment("id", bad).unwrap_err().parameter(), Some("id"));
        }
        for fine in ["a", "...", "../x", " "] {
            assert!(segment("id", fine).is_ok());
        }
    }

    #[test]
    fn b19_a_secret_that_breaks_a_rule_is_not_shown() {
        let short = secret("password", "hunter2", &[Rule::MinLength(8)]).unwrap_err();
        let odd = secret("password", "hunter2", &[Rule::Pattern("^[a-z]+$")]).unwrap_err();
        let twice = secrets("keys", &["hunter2", "hunter2"], &[Rule::UniqueItems]).unwrap_err();
        for error in [short, odd, twice] {
            let text = format!("{error} {error:?}");
            assert!(
                text.contains("[redacted]") && !text.contains("hunter2"),
                "{text}"
            );
        }
    }
}
