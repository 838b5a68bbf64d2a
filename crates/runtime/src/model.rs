//! Decoding that survives a service departing from its document (B12).
//!
//! An answer is first decoded straight from its bytes. If that fails, it is decoded again field by
//! field from a [`Json`]: what does not fit is noted as drift. Its value is kept where it says without
//! doubt what is meant, and is the type's zero value elsewhere:
//!
//! | due | sent | taken |
//! |---|---|---|
//! | text, enum, time | number | its digits as written; a number is no moment, since its unit is not told |
//! | text, enum, time | true, false | the word |
//! | text | text with half a character, or bytes that are no UTF-8 | the rest, with U+FFFD for what is lost |
//! | integer, number | text that is such a number | the number |
//! | integer | 1.0, 1e3 | the number, and it is no drift |
//! | integer | 1.5, true, beyond 64 bits | 0 |
//! | true, false | "true", "False", "1", "0", 1, 0 | what it says |
//! | list | one text, number or object that fits an item | a list of it |
//! | list | "", {}, false, null | the empty list |
//! | anything but a list | list of one | its item |
//! | map | anything else, such as [] | the empty map |
//! | object | anything else | all fields zero |
//! | any | `1e400`, `NaN`, more than 128 levels | as text its digits, else zero |
//!
//! The whole answer is never guessed at: it is what is due, or an error; only a list may be null.

use crate::error::{Error, ErrorKind};
use crate::json::Json;
use serde_json::{Map, Number, Value};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::{self, Write as _};
use std::hash::BuildHasher;
use std::sync::{LazyLock, Mutex};

/// How a field departs from the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DriftKind {
    /// A required field is absent.
    Missing,
    /// A required field is null.
    Null,
    /// A value is of another type.
    Wrong,
    /// A value is none that can be read, such as `1e400` or half a character.
    Unreadable,
}

/// A departure of an answer from the document. Each model, field and kind is told once per answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    /// The model, as generated.
    pub model: &'static str,
    /// The field, as in the document.
    pub field: &'static str,
    /// What is odd about it.
    pub what: DriftKind,
    /// The JSON path of the first place where it was seen.
    pub path: String,
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.what {
            DriftKind::Missing => "is missing",
            DriftKind::Null => "is null",
            DriftKind::Wrong => "is of another type",
            DriftKind::Unreadable => "cannot be read",
        };
        let dot = if self.field.is_empty() { "" } else { "." };
        write!(
            f,
            "{}{dot}{} {what} at {}",
            self.model, self.field, self.path
        )
    }
}

/// The drift that was told in a warning already: each model, field and kind is told once. It cannot grow
/// beyond what the generated models have, since their names are all it holds.
#[derive(Debug, Default)]
pub(crate) struct Reported(Mutex<HashSet<(&'static str, &'static str, DriftKind)>>);

impl Reported {
    /// What of this is not told yet, in words; nothing if all of it is.
    pub(crate) fn new_words(&self, drift: &[Drift]) -> Option<String> {
        let mut reported = crate::sync::lock(&self.0);
        let new = drift
            .iter()
            .filter(|d| reported.insert((d.model, d.field, d.what)));
        words(new)
    }
}

/// Drift in words; nothing if there is none.
pub(crate) fn words<'a>(drift: impl IntoIterator<Item = &'a Drift>) -> Option<String> {
    let all: Vec<String> = drift.into_iter().map(ToString::to_string).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

#[derive(Debug)]
enum Step {
    Field(&'static str),
    Key(String),
    Index(usize),
}

/// Collects the drift of one answer while it is decoded.
#[derive(Debug, Default)]
pub struct DriftLog {
    found: Vec<Drift>,
    path: Vec<Step>,
    model: &'static str,
    field: &'static str,
    refused: Option<String>,
    // Whether the value at hand stands where a list of it is due.
    alone: bool,
}

impl DriftLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was found so far.
    #[must_use]
    pub fn found(&self) -> &[Drift] {
        &self.found
    }

    pub(crate) fn into_parts(self) -> (Vec<Drift>, Option<String>) {
        (self.found, self.refused)
    }

    fn note(&mut self, model: &'static str, field: &'static str, what: DriftKind) {
        let known = |d: &Drift| d.model == model && d.field == field && d.what == what;
        if self.found.iter().any(known) {
            return;
        }
        let mut path = "$".to_owned();
        for step in &self.path {
            // Writing to a String cannot fail.
            let _ = match step {
                Step::Field(name) => write!(path, ".{name}"),
                Step::Key(name) => write!(path, "[{name:?}]"),
                Step::Index(index) => write!(path, "[{index}]"),
            };
        }
        self.found.push(Drift {
            model,
            field,
            what,
            path,
        });
    }

    // A value inside the current field is odd.
    fn here(&mut self, what: DriftKind) {
        let (model, field) = match self.model {
            "" => ("answer", ""),
            model => (model, self.field),
        };
        self.note(model, field, what);
    }

    // A value of another type, or of none, that was kept all the same.
    fn kept<T>(&mut self, what: DriftKind, value: T) -> Option<T> {
        self.here(what);
        Some(value)
    }

    fn is_whole_answer(&self) -> bool {
        self.path.is_empty()
    }

    // What is meant where no list is due: of a list of one its item.
    fn single(&mut self, value: Json) -> Json {
        match value {
            Json::Array(items) if items.len() == 1 && !self.is_whole_answer() => {
                self.here(DriftKind::Wrong);
                items.into_iter().next().unwrap_or(Json::Null)
            }
            value => value,
        }
    }

    // A number where one is due, also one written as text.
    fn number<T>(&mut self, value: Json, fit: impl Fn(&Number) -> Option<T>) -> Option<T> {
        match self.single(value) {
            Json::String(text) => {
                let number = serde_json::from_str(&text).ok()?;
                fit(&number).and_then(|number| self.kept(DriftKind::Wrong, number))
            }
            value => fit(&value.number()?),
        }
    }

    // The whole answer is null where a list is due.
    fn no_list<T: Default>(&mut self, value: &Json) -> Option<T> {
        let null = self.is_whole_answer() && *value == Json::Null;
        null.then(T::default)
            .and_then(|empty| self.kept(DriftKind::Null, empty))
    }

    fn within<R>(&mut self, step: Step, work: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(step);
        let result = work(self);
        self.path.pop();
        result
    }

    // An item of a list or map: one that does not fit keeps its place with a zero value.
    fn item<T: Lenient + Default>(&mut self, step: Step, value: Json) -> T {
        self.within(step, |log| {
            let what = unfit(&value);
            T::lenient(value, log).unwrap_or_else(|| {
                log.here(what);
                T::default()
            })
        })
    }

    fn field<T: Lenient + Default>(
        &mut self,
        model: &'static str,
        field: &'static str,
        value: Option<Json>,
        required: bool,
    ) -> T {
        self.within(Step::Field(field), |log| {
            let what = match &value {
                None => DriftKind::Missing,
                Some(Json::Null) => DriftKind::Null,
                Some(value) => unfit(value),
            };
            let outer = (log.model, log.field);
            (log.model, log.field) = (model, field);
            let taken = value.and_then(|value| T::lenient(value, log));
            (log.model, log.field) = outer;
            taken.unwrap_or_else(|| {
                if required || !matches!(what, DriftKind::Missing | DriftKind::Null) {
                    log.note(model, field, what);
                }
                T::default()
            })
        })
    }
}

// What a value is that does not fit.
fn unfit(value: &Json) -> DriftKind {
    if value.is_odd() {
        DriftKind::Unreadable
    } else {
        DriftKind::Wrong
    }
}

/// A type that takes from a JSON value what fits.
pub trait Lenient: Sized {
    /// Takes what fits of `value` and notes the rest in `log`; `None` if nothing of it fits.
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self>;
}

/// The fields of one JSON object on their way into a model. Used by [`model!`](crate::model).
#[doc(hidden)]
pub struct Fields<'a> {
    model: &'static str,
    members: Vec<(String, Json)>,
    log: &'a mut DriftLog,
}

impl<'a> Fields<'a> {
    /// `None` if the value is not an object, or has nothing of the model where that would be a guess:
    /// as the whole answer, or where a list is due.
    #[doc(hidden)]
    pub fn open(
        value: Json,
        log: &'a mut DriftLog,
        model: &'static str,
        fields: &[(&'static str, bool)],
        bare: Option<&'static str>,
    ) -> Option<Self> {
        let alone = std::mem::take(&mut log.alone);
        let members = match (log.single(value), bare) {
            (Json::Object(members), _) => members,
            // A service may give the value of one field for the whole.
            (value @ (Json::String(_) | Json::Number(_)), Some(field)) => {
                vec![(field.to_owned(), value)]
            }
            _ => return None,
        };
        let known = |(name, _): &(&str, bool)| members.iter().any(|(given, _)| given == name);
        let first_required = fields.iter().find(|(_, required)| *required);
        if log.is_whole_answer()
            && let Some((name, _)) = first_required
            && !fields.iter().any(known)
        {
            // An answer without its envelope holds some other thing.
            log.refused = Some(format!("the answer has no `{name}` at $.{name}"));
            return None;
        }
        if alone && !fields.iter().any(known) {
            return None;
        }
        Some(Self {
            model,
            members,
            log,
        })
    }

    #[doc(hidden)]
    pub fn take<T: Lenient + Default>(&mut self, field: &'static str, required: bool) -> T {
        let mut members = self.members.iter_mut().rev();
        let found = members.find(|(name, _)| name == field);
        let value = found.map(|(_, value)| std::mem::replace(value, Json::Null));
        self.log.field(self.model, field, value, required)
    }
}

/// A model as JSON, by its serde traits. It is implemented where the model stands, so that a binding that
/// reads and writes JSON does not compile the decoding of each model once more.
///
/// What a service answers is read as leniently as by a call. What is only ever sent is read strictly: a
/// field that is missing would be sent with a value that nobody gave.
pub trait JsonText: Sized {
    /// Reads one and tells how the text departs from the document. A field that the document does not
    /// know is passed over.
    ///
    /// # Errors
    /// The text is not JSON, or not at all what is needed.
    fn read_json(text: &str) -> Result<(Self, Vec<Drift>), Error>;

    /// Writes it, with the service's names.
    ///
    /// # Errors
    /// A value that JSON does not have.
    fn to_json(&self) -> serde_json::Result<String>;

    /// Reads one. Drift is told in a warning, as by a call: each model, field and kind once in a process.
    ///
    /// # Errors
    /// As [`read_json`](Self::read_json).
    fn from_json(text: &str) -> Result<Self, Error> {
        Self::read_json(text).map(|(value, drift)| {
            warn_of(&drift);
            value
        })
    }
}

/// Tells the drift of what did not come with an answer, each model, field and kind once in a process.
pub fn warn_of(drift: &[Drift]) {
    static REPORTED: LazyLock<Reported> = LazyLock::new(Reported::default);
    if let Some(news) = REPORTED.new_words(drift) {
        tracing::warn!("an object departs from the document: {news}");
    }
}

/// The error about what serde did not take.
#[doc(hidden)]
#[must_use]
pub fn misfit(error: &serde_json::Error) -> Error {
    let text = error.to_string();
    // A text is told by its field; where in its line matters to nobody.
    let reason = text.split(" at line ").next().unwrap_or(&text);
    Error::new(ErrorKind::Decode, reason)
}

/// Implements [`JsonText`] for a type with serde's traits; for one that is `lenient`, as a call reads it.
#[macro_export]
macro_rules! json_text {
    (lenient $Model:ty) => {
        impl $crate::JsonText for $Model {
            fn read_json(text: &str) -> $crate::Result<(Self, ::std::vec::Vec<$crate::Drift>)> {
                // As bytes, as answers come: each model is compiled for one kind of reader.
                match $crate::__private::serde_json::from_slice(text.as_bytes()) {
                    ::std::result::Result::Ok(value) => {
                        ::std::result::Result::Ok((value, ::std::vec::Vec::new()))
                    }
                    ::std::result::Result::Err(_) => $crate::__private::read_text(text),
                }
            }

            $crate::json_text!(@write);
        }
    };
    ($Model:ty $(, $Item:ident)?) => {
        impl$(<$Item: $crate::__private::serde::Serialize + $crate::__private::serde::de::DeserializeOwned>)? $crate::JsonText for $Model {
            fn read_json(text: &str) -> $crate::Result<(Self, ::std::vec::Vec<$crate::Drift>)> {
                $crate::__private::serde_json::from_slice(text.as_bytes())
                    .map(|value| (value, ::std::vec::Vec::new()))
                    .map_err(|error| $crate::__private::misfit(&error))
            }

            $crate::json_text!(@write);
        }
    };
    (@write) => {
        fn to_json(&self) -> $crate::__private::serde_json::Result<::std::string::String> {
            $crate::__private::serde_json::to_string(self)
        }
    };
}

json_text!(lenient Value);
json_text!(bool);
json_text!(i64);
json_text!(u64);
json_text!(f64);
json_text!(Vec<T>, T);
json_text!(BTreeMap<String, T>, T);

/// Gives a generated struct `Default`, `Deserialize` and [`Lenient`]. Each field is told to be
/// `required` or `optional`, with its name in JSON. With `or "id"` after the name, a text in place of
/// the object is taken for that field alone.
///
/// ```
/// #[derive(Debug)]
/// struct Share { id: String, note: Option<String> }
/// snapline_runtime::model! { Share { required id: "id", optional note: "note" } }
/// ```
#[macro_export]
macro_rules! model {
    ($Model:ident $(or $bare:literal)? { $($kind:ident $field:ident : $name:literal),* $(,)? }) => {
        impl ::std::default::Default for $Model {
            fn default() -> Self {
                Self { $($field: ::std::default::Default::default()),* }
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $Model {
            fn deserialize<D>(deserializer: D) -> ::std::result::Result<Self, D::Error>
            where
                D: $crate::__private::serde::Deserializer<'de>,
            {
                use $crate::__private::serde::de;

                // No model of a document has a name that begins so.
                #[allow(non_camel_case_types, reason = "each variant bears its field's name")]
                enum __Key { $($field,)* __Unknown }

                struct __KeyVisitor;
                impl<'de> de::Visitor<'de> for __KeyVisitor {
                    type Value = __Key;
                    fn expecting(
                        &self,
                        f: &mut ::std::fmt::Formatter<'_>,
                    ) -> ::std::fmt::Result {
                        f.write_str("a field name")
                    }
                    fn visit_str<E: de::Error>(
                        self,
                        key: &str,
                    ) -> ::std::result::Result<__Key, E> {
                        ::std::result::Result::Ok(match key {
                            $($name => __Key::$field,)*
                            _ => __Key::__Unknown,
                        })
                    }
                }
                impl<'de> de::Deserialize<'de> for __Key {
                    fn deserialize<D: de::Deserializer<'de>>(
                        deserializer: D,
                    ) -> ::std::result::Result<Self, D::Error> {
                        deserializer.deserialize_identifier(__KeyVisitor)
                    }
                }

                struct __ModelVisitor;
                impl<'de> de::Visitor<'de> for __ModelVisitor {
                    type Value = $Model;
                    fn expecting(
                        &self,
                        f: &mut ::std::fmt::Formatter<'_>,
                    ) -> ::std::fmt::Result {
                        f.write_str(concat!("an object ", stringify!($Model)))
                    }
                    fn visit_map<A: de::MapAccess<'de>>(
                        self,
                        mut map: A,
                    ) -> ::std::result::Result<$Model, A::Error> {
                        $(let mut $field = ::std::option::Option::None;)*
                        while let ::std::option::Option::Some(key) = map.next_key::<__Key>()? {
                            match key {
                                $(__Key::$field => {
                                    $field = ::std::option::Option::Some(map.next_value()?);
                                })*
                                __Key::__Unknown => {
                                    map.next_value::<de::IgnoredAny>()?;
                                }
                            }
                        }
                        ::std::result::Result::Ok($Model {
                            $($field: $crate::model!(@give $kind $field $name)),*
                        })
                    }
                }
                deserializer.deserialize_map(__ModelVisitor)
            }
        }

        impl $crate::Lenient for $Model {
            fn lenient(
                value: $crate::Json,
                log: &mut $crate::DriftLog,
            ) -> ::std::option::Option<Self> {
                #[allow(unused_mut, unused_variables, reason = "a model may have no fields")]
                let mut fields = $crate::__private::Fields::open(
                    value,
                    log,
                    stringify!($Model),
                    &[$(($name, $crate::model!(@is_required $kind))),*],
                    $crate::model!(@bare $($bare)?),
                )?;
                ::std::option::Option::Some(Self {
                    $($field: fields.take($name, $crate::model!(@is_required $kind))),*
                })
            }
        }
    };
    // A missing required field ends this way of decoding; the lenient one then takes over.
    (@give required $field:ident $name:literal) => {
        match $field {
            ::std::option::Option::Some(value) => value,
            ::std::option::Option::None => {
                return ::std::result::Result::Err(de::Error::missing_field($name));
            }
        }
    };
    (@give optional $field:ident $name:literal) => {
        $field.unwrap_or_default()
    };
    (@bare) => { ::std::option::Option::None };
    (@bare $bare:literal) => { ::std::option::Option::Some($bare) };
    (@is_required required) => { true };
    (@is_required optional) => { false };
}

/// Makes a type that serde decodes, and that is taken whole or not at all, [`Lenient`].
#[macro_export]
macro_rules! lenient_by_serde {
    ($($Type:ty),+ $(,)?) => {
        $(impl $crate::Lenient for $Type {
            fn lenient(
                value: $crate::Json,
                _: &mut $crate::DriftLog,
            ) -> ::std::option::Option<Self> {
                $crate::__private::serde_json::from_value(value.into_value().0).ok()
            }
        })+
    };
}

impl Lenient for String {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        match log.single(value) {
            Json::String(text) => Some(text),
            Json::Number(digits) => log.kept(DriftKind::Wrong, digits.into()),
            Json::Bool(flag) => log.kept(DriftKind::Wrong, flag.to_string()),
            Json::OddString(text) => log.kept(DriftKind::Unreadable, text),
            // `NaN` is the text of nothing.
            Json::OddNumber(digits) if digits.contains(|c: char| c.is_ascii_digit()) => {
                log.kept(DriftKind::Unreadable, digits.into())
            }
            _ => None,
        }
    }
}

impl Lenient for bool {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        let word = match log.single(value) {
            Json::Bool(flag) => return Some(flag),
            Json::String(text) => text,
            Json::Number(digits) => digits.into(),
            _ => return None,
        };
        let word = word.trim();
        let says = |words: [&str; 2]| words.iter().any(|known| word.eq_ignore_ascii_case(known));
        if says(["true", "1"]) || says(["false", "0"]) {
            log.kept(DriftKind::Wrong, says(["true", "1"]))
        } else {
            None
        }
    }
}

impl Lenient for Value {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        let (value, whole) = value.into_value();
        if !whole {
            log.here(DriftKind::Unreadable);
        }
        Some(value)
    }
}

impl Lenient for Map<String, Value> {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        match Value::lenient(value, log) {
            Some(Value::Object(map)) => Some(map),
            _ => None,
        }
    }
}

impl Lenient for () {
    // Where nothing has to be returned, whatever is returned is fine.
    fn lenient(_: Json, _: &mut DriftLog) -> Option<Self> {
        Some(())
    }
}

// A whole number, also when written as 10.0 or 1e1.
fn whole(number: &Number) -> Option<i128> {
    if let Some(number) = number.as_i64() {
        return Some(number.into());
    }
    if let Some(number) = number.as_u64() {
        return Some(number.into());
    }
    let number = number.as_f64()?;
    // Above 2^53 a float no longer says which integer is meant.
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i128)
}

macro_rules! lenient_integers {
    ($($Type:ty)+) => {
        $(impl Lenient for $Type {
            fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
                log.number(value, |number| <$Type>::try_from(whole(number)?).ok())
            }
        })+
    };
}
lenient_integers!(i8 i16 i32 i64 u8 u16 u32 u64 usize);

impl Lenient for f64 {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        log.number(value, Number::as_f64)
    }
}

impl Lenient for f32 {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        f64::lenient(value, log).map(|number| number as f32)
    }
}

impl<T: Lenient> Lenient for Option<T> {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        match value {
            Json::Null => Some(None),
            value => T::lenient(value, log).map(Some),
        }
    }
}

impl<T: Lenient> Lenient for Box<T> {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        T::lenient(value, log).map(Box::new)
    }
}

impl<T: Lenient + Default> Lenient for Vec<T> {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        let items = match value {
            Json::Array(items) => items,
            // The text of nothing is no item.
            Json::String(text) if text.is_empty() => return None,
            value @ (Json::String(_) | Json::Number(_) | Json::Object(_))
                if !log.is_whole_answer() =>
            {
                log.alone = true;
                let item = T::lenient(value, log);
                log.alone = false;
                return item.and_then(|item| log.kept(DriftKind::Wrong, vec![item]));
            }
            value => return log.no_list(&value),
        };
        Some(
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| log.item(Step::Index(index), item))
                .collect(),
        )
    }
}

impl<T: Lenient + Default> Lenient for BTreeMap<String, T> {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        entries(value, log)
    }
}

impl<T: Lenient + Default, S: BuildHasher + Default> Lenient for HashMap<String, T, S> {
    fn lenient(value: Json, log: &mut DriftLog) -> Option<Self> {
        entries(value, log)
    }
}

fn entries<T, M>(value: Json, log: &mut DriftLog) -> Option<M>
where
    T: Lenient + Default,
    M: FromIterator<(String, T)> + Default,
{
    let Json::Object(members) = value else {
        return log.no_list(&value);
    };
    Some(
        members
            .into_iter()
            .map(|(key, item)| {
                let taken = log.item(Step::Key(key.clone()), item);
                (key, taken)
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, PartialEq)]
    struct Share {
        id: String,
        size_gib: i64,
        r#type: Option<String>,
        ratio: Option<f64>,
        tags: Vec<String>,
        parts: Option<Vec<Part>>,
    }
    model! { Share {
        required id: "id", required size_gib: "size_gib", optional r#type: "type",
        optional ratio: "ratio", required tags: "tags", optional parts: "parts",
    } }

    #[derive(Debug, PartialEq)]
    struct Part {
        name: String,
    }
    model! { Part { required name: "name" } }

    #[derive(Debug, PartialEq)]
    struct Envelope {
        share: Share,
    }
    model! { Envelope { required share: "share" } }

    #[derive(Debug, PartialEq)]
    struct Nothing {}
    model! { Nothing {} }

    fn lenient<T: Lenient>(value: Value) -> (Option<T>, Vec<String>) {
        let mut log = DriftLog::new();
        let taken = T::lenient(value.into(), &mut log);
        (taken, log.found.iter().map(ToString::to_string).collect())
    }

    #[derive(Debug, PartialEq)]
    struct Listed {
        id: String,
        note: Option<String>,
    }
    crate::model! { Listed or "id" { required id: "id", optional note: "note" } }

    #[test]
    fn b12_the_fast_path_takes_the_last_of_a_repeated_key_and_ignores_the_unknown() {
        let share: Share = serde_json::from_str(
            r#"{"id":"a","new":{"x":[1]},"size_gib":1,"tags":[],"id":"b","type":null,"ratio":3}"#,
        )
        .unwrap();
        assert_eq!(share.id, "b");
        assert_eq!(share.r#type, None);
        assert_eq!(share.ratio, Some(3.0));
        assert_eq!(
            serde_json::from_str::<Nothing>(r#"{"a":1}"#).unwrap(),
            Nothing {}
        );
    }

    #[test]
    fn b12_the_fast_path_leaves_drift_to_the_lenient_one() {
        for text in [
            r#"{"size_gib":1,"tags":[]}"#,
            r#"{"id":null,"size_gib":1,"tags":[]}"#,
            r#"{"id":"a","size_gib":"1","tags":[]}"#,
            r#"{"id":"a","size_gib":1,"tags":null}"#,
        ] {
            assert!(serde_json::from_str::<Share>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn b12_missing_null_and_wrong_fields_take_zero_values() {
        let (share, drift) = lenient::<Envelope>(json!({"share": {
            "size_gib": "ten", "tags": null, "type": null, "ratio": "x",
            "parts": [{"name": "a"}, 7, {"name": {}}, {}],
        }}));
        let share = share.unwrap().share;
        assert_eq!(share.id, "");
        assert_eq!(share.size_gib, 0);
        assert_eq!(share.tags, Vec::<String>::new());
        assert_eq!(share.ratio, None);
        let names: Vec<_> = share.parts.unwrap().into_iter().map(|p| p.name).collect();
        assert_eq!(names, ["a", "", "", ""]);
        assert_eq!(
            drift,
            [
                "Share.id is missing at $.share.id",
                "Share.size_gib is of another type at $.share.size_gib",
                "Share.ratio is of another type at $.share.ratio",
                "Share.tags is null at $.share.tags",
                "Share.parts is of another type at $.share.parts[1]",
                "Part.name is of another type at $.share.parts[2].name",
                "Part.name is missing at $.share.parts[3].name",
            ]
        );
    }

    #[derive(Debug, PartialEq)]
    struct All {
        text: String,
        whole: i64,
        number: f64,
        flag: bool,
        list: Vec<String>,
        parts: Vec<Part>,
        part: Part,
        either: crate::StringOrInteger,
        time: crate::Timestamp,
        map: BTreeMap<String, i64>,
    }
    model! { All {
        required text: "text", required whole: "whole", required number: "number", required flag: "flag",
        required list: "list", required parts: "parts", required part: "part", required either: "either",
        required time: "time", required map: "map",
    } }

    const WHOLE: &str = r#"{"text":"t","whole":1,"number":1.5,"flag":true,"list":[],"parts":[],
        "part":{"name":"n"},"either":"e","time":"2026-01-02T03:04:05Z","map":{}}"#;

    // What one field becomes, and how that is told.
    fn field(name: &str, sent: &str) -> (Value, Option<DriftKind>) {
        let mut whole: Map<String, Value> = serde_json::from_str(WHOLE).unwrap();
        whole.remove(name);
        let rest = serde_json::to_string(&whole).unwrap();
        let body = format!(r#"[{{"{name}":{sent},{}]"#, &rest[1..]);
        let (mut all, drift) = crate::decode::lenient::<Vec<All>>(body.as_bytes()).unwrap();
        let all = all.remove(0);
        let value = match name {
            "text" => json!(all.text),
            "whole" => json!(all.whole),
            "number" => json!(all.number),
            "flag" => json!(all.flag),
            "list" => json!(all.list),
            "parts" => json!(all.parts.iter().map(|p| &p.name).collect::<Vec<_>>()),
            "part" => json!(all.part.name),
            "either" => json!(all.either),
            "time" => json!(all.time),
            _ => json!(all.map),
        };
        assert!(drift.len() < 2, "{drift:?}");
        if let Some(drift) = drift.first() {
            assert_eq!((drift.model, drift.field), ("All", name), "{sent}");
            assert!(drift.path.starts_with(&format!("$[0].{name}")), "{drift}");
        }
        (value, drift.first().map(|drift| drift.what))
    }

    #[test]
    fn b12_a_value_is_kept_where_it_can_be() {
        let wrong = Some(DriftKind::Wrong);
        let odd = Some(DriftKind::Unreadable);
        for (name, sent, value, what) in [
            ("text", "5", json!("5"), wrong),
            (
                "text",
                "12345678901234567890",
                json!("12345678901234567890"),
                wrong,
            ),
            (
                "text",
                "123456789012345678901234567890",
                json!("123456789012345678901234567890"),
                wrong,
            ),
            ("text", "1.50", json!("1.50"), wrong),
            ("text", "true", json!("true"), wrong),
            ("text", r#"["x"]"#, json!("x"), wrong),
            ("text", r#"["x","y"]"#, json!(""), wrong),
            ("text", "{}", json!(""), wrong),
            ("text", r#""a\ud800""#, json!("a\u{fffd}"), odd),
            ("text", "1e400", json!("1e400"), odd),
            ("text", "NaN", json!(""), odd),
            ("whole", r#""5""#, json!(5), wrong),
            ("whole", r#"" -7 ""#, json!(-7), wrong),
            ("whole", r#""1.0""#, json!(1), wrong),
            ("whole", "1e3", json!(1000), None),
            ("whole", "1.5", json!(0), wrong),
            ("whole", r#""1.5""#, json!(0), wrong),
            ("whole", r#""x""#, json!(0), wrong),
            ("whole", "true", json!(0), wrong),
            ("whole", "[5]", json!(5), wrong),
            ("whole", "18446744073709551615", json!(0), wrong),
            ("whole", "1e400", json!(0), odd),
            ("whole", "Infinity", json!(0), odd),
            ("number", r#""2.5""#, json!(2.5), wrong),
            ("number", r#""inf""#, json!(0.0), wrong),
            ("number", "NaN", json!(0.0), odd),
            ("flag", r#""false""#, json!(false), wrong),
            ("flag", r#""True""#, json!(true), wrong),
            ("flag", "1", json!(true), wrong),
            ("flag", "0", json!(false), wrong),
            ("flag", "2", json!(false), wrong),
            ("flag", r#""yes""#, json!(false), wrong),
            ("list", r#""x""#, json!(["x"]), wrong),
            ("list", "7", json!(["7"]), wrong),
            ("list", r#""""#, json!([]), wrong),
            ("list", "{}", json!([]), wrong),
            ("list", "false", json!([]), wrong),
            ("list", "null", json!([]), Some(DriftKind::Null)),
            ("parts", r#"{"name":"p"}"#, json!(["p"]), wrong),
            ("parts", r#"{"other":"p"}"#, json!([]), wrong),
            ("parts", r#""p""#, json!([]), wrong),
            ("part", r#"[{"name":"p"}]"#, json!("p"), wrong),
            ("part", r#"[{"name":"p"},{"name":"q"}]"#, json!(""), wrong),
            ("part", "[]", json!(""), wrong),
            (
                "either",
                "18446744073709551615",
                json!("18446744073709551615"),
                wrong,
            ),
            ("either", "1.5", json!("1.5"), wrong),
            ("time", "1700000000", json!("1700000000"), wrong),
            ("map", "[]", json!({}), wrong),
        ] {
            assert_eq!(field(name, sent), (value, what), "{name}: {sent}");
        }
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(field("whole", &deep).0, json!(0));
        assert_eq!(field("text", &deep).0, json!(""));
    }

    #[test]
    fn b12_the_whole_answer_is_not_guessed() {
        assert_eq!(lenient::<Vec<Part>>(json!({"name": "a"})).0, None);
        assert_eq!(lenient::<Part>(json!([{"name": "a"}])).0, None);
        assert_eq!(lenient::<Vec<String>>(json!("a")).0, None);
        assert_eq!(lenient::<Part>(json!(null)).0, None);
        let (list, drift) = lenient::<Vec<Part>>(json!(null));
        assert_eq!(
            (list, drift),
            (Some(vec![]), vec!["answer is null at $".to_owned()])
        );
    }

    #[test]
    fn b12_drift_is_news_once() {
        let reported = Reported::default();
        let (_, drift) = crate::decode::lenient::<Vec<Part>>(b"[{}, {\"name\":{}}]").unwrap();
        assert!(
            reported
                .new_words(&drift)
                .unwrap()
                .contains(", Part.name is of another type")
        );
        assert_eq!(reported.new_words(&drift), None);
        let (_, more) = crate::decode::lenient::<Vec<Part>>(b"[null, {\"name\":null}]").unwrap();
        let news = reported.new_words(&more).unwrap();
        assert!(news.contains("Part.name is null"), "{news}");
        assert_eq!(reported.new_words(&more), None);
    }

    #[test]
    fn b12_each_drift_is_told_once() {
        let (parts, drift) = lenient::<Vec<Part>>(json!([{}, {}, {"name": "c"}, {}]));
        assert_eq!(parts.unwrap().len(), 4);
        assert_eq!(drift, ["Part.name is missing at $[0].name"]);
    }

    #[test]
    fn b12_numbers_of_other_spellings_fit() {
        assert_eq!(lenient::<i64>(json!(10.0)), (Some(10), vec![]));
        assert_eq!(
            lenient::<i64>(serde_json::from_str("1e3").unwrap()).0,
            Some(1000)
        );
        assert_eq!(lenient::<i32>(json!(-7)).0, Some(-7));
        assert_eq!(lenient::<u64>(json!(u64::MAX)).0, Some(u64::MAX));
        for bad in [
            json!(1.5),
            json!("ten"),
            json!(1e300),
            json!(u64::MAX),
            json!(null),
        ] {
            assert_eq!(lenient::<i64>(bad.clone()).0, None, "{bad}");
        }
        assert_eq!(lenient::<u8>(json!(256)).0, None);
        assert_eq!(lenient::<f64>(json!(3)).0, Some(3.0));
    }

    #[test]
    fn b12_an_answer_without_its_envelope_is_not_made_up() {
        assert_eq!(lenient::<Envelope>(json!({"message": "hi"})).0, None);
        assert_eq!(lenient::<Envelope>(json!([])).0, None);
        let (envelope, drift) = lenient::<Envelope>(json!({"share": {}}));
        assert_eq!(envelope.unwrap().share, Share::default());
        assert_eq!(drift.len(), 3, "{drift:?}");
        let (envelope, drift) = lenient::<Envelope>(json!({"share": null}));
        assert_eq!(envelope.unwrap().share, Share::default());
        assert_eq!(drift, ["Envelope.share is null at $.share"]);
    }

    #[test]
    fn b12_maps_keep_every_entry() {
        let (map, drift) = lenient::<BTreeMap<String, i64>>(json!({"a": 1, "b": "x"}));
        assert_eq!(
            map.unwrap(),
            BTreeMap::from([("a".into(), 1), ("b".into(), 0)])
        );
        assert_eq!(drift, ["answer is of another type at $[\"b\"]"]);
    }

    #[test]
    fn b12_an_id_alone_stands_for_its_object() {
        let (items, drift) = lenient::<Vec<Listed>>(json!(["a", {"id": "b", "note": "c"}, 4]));
        let items = items.unwrap();
        let ids: Vec<_> = items.iter().map(|item| item.id.as_str()).collect();
        assert_eq!(ids, ["a", "b", "4"]);
        assert_eq!(items[1].note.as_deref(), Some("c"));
        assert_eq!(drift, ["Listed.id is of another type at $[2].id"]);
        assert_eq!(lenient::<Vec<Part>>(json!(["a"])).1.len(), 1);
    }
}
