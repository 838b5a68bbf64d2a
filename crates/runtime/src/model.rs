//! Decoding that survives a service departing from its document (B12).
//!
//! An answer is first decoded straight from its bytes. If that fails, it is decoded again field by
//! field from a `serde_json::Value`: what does not fit takes its zero value and is noted as drift.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};
use std::hash::BuildHasher;

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
        };
        let dot = if self.field.is_empty() { "" } else { "." };
        write!(
            f,
            "{}{dot}{} {what} at {}",
            self.model, self.field, self.path
        )
    }
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

    // A value inside the current field does not fit.
    fn wrong(&mut self) {
        let (model, field) = match self.model {
            "" => ("answer", ""),
            model => (model, self.field),
        };
        self.note(model, field, DriftKind::Wrong);
    }

    fn within<R>(&mut self, step: Step, work: impl FnOnce(&mut Self) -> R) -> R {
        self.path.push(step);
        let result = work(self);
        self.path.pop();
        result
    }

    // An item of a list or map: one that does not fit keeps its place with a zero value.
    fn item<T: Lenient + Default>(&mut self, step: Step, value: Value) -> T {
        self.within(step, |log| {
            T::lenient(value, log).unwrap_or_else(|| {
                log.wrong();
                T::default()
            })
        })
    }

    fn field<T: Lenient + Default>(
        &mut self,
        model: &'static str,
        field: &'static str,
        value: Option<Value>,
        required: bool,
    ) -> T {
        self.within(Step::Field(field), |log| {
            let what = match &value {
                None => DriftKind::Missing,
                Some(Value::Null) => DriftKind::Null,
                Some(_) => DriftKind::Wrong,
            };
            let outer = (log.model, log.field);
            (log.model, log.field) = (model, field);
            let taken = value.and_then(|value| T::lenient(value, log));
            (log.model, log.field) = outer;
            taken.unwrap_or_else(|| {
                if required || what == DriftKind::Wrong {
                    log.note(model, field, what);
                }
                T::default()
            })
        })
    }
}

/// A type that takes from a JSON value what fits.
pub trait Lenient: Sized {
    /// Takes what fits of `value` and notes the rest in `log`; `None` if nothing of it fits.
    fn lenient(value: Value, log: &mut DriftLog) -> Option<Self>;
}

/// The fields of one JSON object on their way into a model. Used by [`model!`](crate::model).
#[doc(hidden)]
pub struct Fields<'a> {
    model: &'static str,
    map: Map<String, Value>,
    log: &'a mut DriftLog,
}

impl<'a> Fields<'a> {
    /// `None` if the value is not an object, or is the whole answer and has nothing of the model.
    #[doc(hidden)]
    pub fn open(
        value: Value,
        log: &'a mut DriftLog,
        model: &'static str,
        fields: &[(&'static str, bool)],
        bare: Option<&'static str>,
    ) -> Option<Self> {
        let map = match (value, bare) {
            (Value::Object(map), _) => map,
            // A service may give the value of one field for the whole.
            (value @ Value::String(_), Some(field)) => Map::from_iter([(field.to_owned(), value)]),
            _ => return None,
        };
        let first_required = fields.iter().find(|(_, required)| *required);
        if let Some((name, _)) = first_required
            && log.path.is_empty()
            && !fields.iter().any(|(name, _)| map.contains_key(*name))
        {
            // An answer without its envelope holds some other thing.
            log.refused = Some(format!("the answer has no `{name}` at $.{name}"));
            return None;
        }
        Some(Self { model, map, log })
    }

    #[doc(hidden)]
    pub fn take<T: Lenient + Default>(&mut self, field: &'static str, required: bool) -> T {
        let value = self.map.swap_remove(field);
        self.log.field(self.model, field, value, required)
    }
}

/// A model as JSON text, by its serde traits. It is implemented where the model stands, so that a
/// binding that reads and writes text does not compile the decoding of each model once more.
pub trait JsonText: Sized {
    /// Reads one. A field that the document does not know is passed over.
    ///
    /// # Errors
    /// The text is not JSON, or does not fit.
    fn from_json(text: &str) -> serde_json::Result<Self>;

    /// Writes it, with the service's names.
    ///
    /// # Errors
    /// A value that JSON does not have.
    fn to_json(&self) -> serde_json::Result<String>;
}

/// Implements [`JsonText`] for a type with serde's traits.
#[macro_export]
macro_rules! json_text {
    ($Model:ty $(, $Item:ident)?) => {
        impl$(<$Item: $crate::__private::serde::Serialize + $crate::__private::serde::de::DeserializeOwned>)? $crate::JsonText for $Model {
            fn from_json(text: &str) -> $crate::__private::serde_json::Result<Self> {
                // As bytes, as answers come: each model is compiled for one kind of reader.
                $crate::__private::serde_json::from_slice(text.as_bytes())
            }

            fn to_json(&self) -> $crate::__private::serde_json::Result<::std::string::String> {
                $crate::__private::serde_json::to_string(self)
            }
        }
    };
}

json_text!(Value);
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

                #[allow(non_camel_case_types, reason = "each variant bears its field's name")]
                enum Key { $($field,)* __Unknown }

                struct KeyVisitor;
                impl<'de> de::Visitor<'de> for KeyVisitor {
                    type Value = Key;
                    fn expecting(
                        &self,
                        f: &mut ::std::fmt::Formatter<'_>,
                    ) -> ::std::fmt::Result {
                        f.write_str("a field name")
                    }
                    fn visit_str<E: de::Error>(
                        self,
                        key: &str,
                    ) -> ::std::result::Result<Key, E> {
                        ::std::result::Result::Ok(match key {
                            $($name => Key::$field,)*
                            _ => Key::__Unknown,
                        })
                    }
                }
                impl<'de> de::Deserialize<'de> for Key {
                    fn deserialize<D: de::Deserializer<'de>>(
                        deserializer: D,
                    ) -> ::std::result::Result<Self, D::Error> {
                        deserializer.deserialize_identifier(KeyVisitor)
                    }
                }

                struct ModelVisitor;
                impl<'de> de::Visitor<'de> for ModelVisitor {
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
                        while let ::std::option::Option::Some(key) = map.next_key::<Key>()? {
                            match key {
                                $(Key::$field => {
                                    $field = ::std::option::Option::Some(map.next_value()?);
                                })*
                                Key::__Unknown => {
                                    map.next_value::<de::IgnoredAny>()?;
                                }
                            }
                        }
                        ::std::result::Result::Ok($Model {
                            $($field: $crate::model!(@give $kind $field $name)),*
                        })
                    }
                }
                deserializer.deserialize_map(ModelVisitor)
            }
        }

        impl $crate::Lenient for $Model {
            fn lenient(
                value: $crate::__private::serde_json::Value,
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
                value: $crate::__private::serde_json::Value,
                _: &mut $crate::DriftLog,
            ) -> ::std::option::Option<Self> {
                $crate::__private::serde_json::from_value(value).ok()
            }
        })+
    };
}

impl Lenient for String {
    fn lenient(value: Value, _: &mut DriftLog) -> Option<Self> {
        match value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}

impl Lenient for bool {
    fn lenient(value: Value, _: &mut DriftLog) -> Option<Self> {
        value.as_bool()
    }
}

impl Lenient for Value {
    fn lenient(value: Value, _: &mut DriftLog) -> Option<Self> {
        Some(value)
    }
}

impl Lenient for Map<String, Value> {
    fn lenient(value: Value, _: &mut DriftLog) -> Option<Self> {
        match value {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }
}

impl Lenient for () {
    // Where nothing has to be returned, whatever is returned is fine.
    fn lenient(_: Value, _: &mut DriftLog) -> Option<Self> {
        Some(())
    }
}

// A whole number, also when written as 10.0 or 1e1.
fn whole(value: &Value) -> Option<i128> {
    let Value::Number(number) = value else {
        return None;
    };
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
            fn lenient(value: Value, _: &mut DriftLog) -> Option<Self> {
                <$Type>::try_from(whole(&value)?).ok()
            }
        })+
    };
}
lenient_integers!(i8 i16 i32 i64 u8 u16 u32 u64 usize);

impl Lenient for f64 {
    fn lenient(value: Value, _: &mut DriftLog) -> Option<Self> {
        value.as_f64()
    }
}

impl Lenient for f32 {
    fn lenient(value: Value, _: &mut DriftLog) -> Option<Self> {
        value.as_f64().map(|number| number as f32)
    }
}

impl<T: Lenient> Lenient for Option<T> {
    fn lenient(value: Value, log: &mut DriftLog) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::lenient(value, log).map(Some),
        }
    }
}

impl<T: Lenient> Lenient for Box<T> {
    fn lenient(value: Value, log: &mut DriftLog) -> Option<Self> {
        T::lenient(value, log).map(Box::new)
    }
}

impl<T: Lenient + Default> Lenient for Vec<T> {
    fn lenient(value: Value, log: &mut DriftLog) -> Option<Self> {
        let Value::Array(items) = value else {
            return None;
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
    fn lenient(value: Value, log: &mut DriftLog) -> Option<Self> {
        entries(value, log)
    }
}

impl<T: Lenient + Default, S: BuildHasher + Default> Lenient for HashMap<String, T, S> {
    fn lenient(value: Value, log: &mut DriftLog) -> Option<Self> {
        entries(value, log)
    }
}

fn entries<T, M>(value: Value, log: &mut DriftLog) -> Option<M>
where
    T: Lenient + Default,
    M: FromIterator<(String, T)>,
{
    let Value::Object(map) = value else {
        return None;
    };
    Some(
        map.into_iter()
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
        let taken = T::lenient(value, &mut log);
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
            "size_gib": "10", "tags": null, "type": null, "ratio": "x",
            "parts": [{"name": "a"}, 7, {"name": 1}, {}],
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
            json!("10"),
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
        assert_eq!(ids, ["a", "b", ""]);
        assert_eq!(items[1].note.as_deref(), Some("c"));
        assert_eq!(drift, ["answer is of another type at $[2]"]);
        assert_eq!(lenient::<Vec<Part>>(json!(["a"])).1.len(), 1);
    }
}
