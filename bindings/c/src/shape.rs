//! How values are kept so that C can read them in place: texts with a NUL behind them.

use std::ffi::{CStr, c_char};
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;
use snapline_runtime::{Attempt, Error, Nullable, Page, StringOrInteger, Timestamp};

/// A value in the form that C reads, beside the form that the Rust crates use.
pub(crate) trait Shape: Sized {
    /// The form of the Rust crates.
    type Rust;
    /// Takes the Rust form apart.
    fn from_rust(value: Self::Rust) -> Self;
    /// Builds the Rust form.
    fn to_rust(&self) -> Self::Rust;
}

/// What a call gives, in the form that C reads.
pub(crate) trait Output: Sized {
    /// What the call gives in Rust.
    type Value;
    /// Takes it apart.
    fn from_value(value: Self::Value) -> Self;
}

impl<T: Shape> Output for T {
    type Value = T::Rust;
    fn from_value(value: T::Rust) -> Self {
        T::from_rust(value)
    }
}

/// A handle that can be an argument.
pub(crate) trait Argument: Shape {
    /// Its value, unless one of its own values could not be taken.
    fn argument(&self) -> Result<Self::Rust, Error>;
}

/// A place in an object that a setter fills: what it holds may be absent or null, a setter's value is neither.
pub(crate) trait Slot: Sized {
    /// What a setter is given.
    type Value;
    /// The place with that in it.
    fn from_input(value: Self::Value) -> Self;
}

macro_rules! slots {
    ($([$($Bound:tt)*] $Type:ty),+ $(,)?) => { $(impl<$($Bound)*> Slot for $Type {
        type Value = <Self as Shape>::Rust;
        fn from_input(value: Self::Value) -> Self { Self::from_rust(value) }
    })+ };
}
slots!(
    [] Text, [] Moment, [] TextOrInteger, [] i64, [] u64, [] f64, [] bool, [T: Shape] Vec<T>, [E: EnumEntries] EnumValue<E>,
    [T: Serialize + DeserializeOwned + Default] Json<T>, [T: Argument] T,
);

impl<T: Slot> Slot for Option<T> {
    type Value = T::Value;
    fn from_input(value: T::Value) -> Self {
        Some(T::from_input(value))
    }
}

impl<T: Slot> Slot for Nullable<T> {
    type Value = T::Value;
    fn from_input(value: T::Value) -> Self {
        Self::Value(T::from_input(value))
    }
}

/// What C reads of a page.
pub(crate) struct Paged<T> {
    pub(crate) items: Vec<T>,
    pub(crate) number: u64,
    pub(crate) next: Option<u64>,
    #[allow(dead_code, reason = "the documents decide whether lists go by cursors")]
    pub(crate) next_cursor: Option<Text>,
    pub(crate) total: Option<u64>,
}

impl<T: Shape> Output for Paged<T> {
    type Value = Page<T::Rust>;
    fn from_value(page: Page<T::Rust>) -> Self {
        Self {
            number: page.number,
            next: page.next,
            next_cursor: page.next_cursor.map(Text::new),
            total: page.total,
            items: Shape::from_rust(page.items),
        }
    }
}

macro_rules! as_it_is {
    ($($Type:ty)+) => { $(impl Shape for $Type {
        type Rust = Self;
        fn from_rust(value: Self) -> Self { value }
        fn to_rust(&self) -> Self { *self }
    })+ };
}
as_it_is!(i64 u64 f64 bool);

impl<T: Shape> Shape for Option<T> {
    type Rust = Option<T::Rust>;
    fn from_rust(value: Self::Rust) -> Self {
        value.map(T::from_rust)
    }
    fn to_rust(&self) -> Self::Rust {
        self.as_ref().map(T::to_rust)
    }
}

impl<T: Shape> Shape for Nullable<T> {
    type Rust = Nullable<T::Rust>;
    fn from_rust(value: Self::Rust) -> Self {
        match value {
            Nullable::Null => Self::Null,
            Nullable::Value(value) => Self::Value(T::from_rust(value)),
        }
    }
    fn to_rust(&self) -> Self::Rust {
        Nullable::from(self.as_option().map(T::to_rust))
    }
}

impl<T: Shape> Shape for Vec<T> {
    type Rust = Vec<T::Rust>;
    fn from_rust(value: Self::Rust) -> Self {
        value.into_iter().map(T::from_rust).collect()
    }
    fn to_rust(&self) -> Self::Rust {
        self.iter().map(T::to_rust).collect()
    }
}

/// A text that C can read: its bytes, then a NUL. A NUL inside is kept.
#[derive(Clone)]
pub(crate) struct Text(Vec<u8>);

impl Text {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self::from_bytes(text.into().into_bytes())
    }

    pub(crate) fn from_bytes(mut bytes: Vec<u8>) -> Self {
        bytes.reserve_exact(1);
        bytes.push(0);
        Self(bytes)
    }

    pub(crate) fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }

    /// Its length in bytes, without the NUL behind it.
    pub(crate) fn len(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    fn bytes(&self) -> &[u8] {
        self.0.get(..self.len()).unwrap_or_default()
    }

    fn to_text(&self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }
}

/// The headers of an answer, where C can read them.
pub(crate) struct Headers(Vec<(Text, Text)>);

impl Headers {
    pub(crate) fn new<'a>(all: impl Iterator<Item = (&'a str, &'a [u8])>) -> Self {
        let pair =
            |(name, value): (&str, &[u8])| (Text::new(name), Text::from_bytes(value.to_vec()));
        Self(all.map(pair).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// A value by its name in any case.
    pub(crate) fn get(&self, name: &str) -> Option<&Text> {
        self.0
            .iter()
            .find(|(known, _)| known.bytes().eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value)
    }

    /// A name by its index.
    pub(crate) fn name(&self, index: usize) -> Option<&Text> {
        self.0.get(index).map(|(name, _)| name)
    }

    /// A value by its index.
    pub(crate) fn value(&self, index: usize) -> Option<&Text> {
        self.0.get(index).map(|(_, value)| value)
    }
}

/// What each attempt of a call saw, where C can read it.
pub(crate) struct Attempts(Vec<(i32, Option<Text>)>);

impl Attempts {
    pub(crate) fn new(all: &[Attempt]) -> Self {
        let one = |attempt: &Attempt| {
            (
                attempt.status.map_or(0, i32::from),
                attempt.error.as_deref().map(Text::new),
            )
        };
        Self(all.iter().map(one).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The HTTP status that an attempt saw; 0 where there was none.
    pub(crate) fn status(&self, index: usize) -> i32 {
        self.0.get(index).map_or(0, |(status, _)| *status)
    }

    /// What went wrong below HTTP in an attempt.
    pub(crate) fn reason(&self, index: usize) -> Option<&Text> {
        self.0.get(index).and_then(|(_, reason)| reason.as_ref())
    }
}

impl Shape for Text {
    type Rust = String;
    fn from_rust(value: String) -> Self {
        Self::new(value)
    }
    fn to_rust(&self) -> String {
        self.to_text()
    }
}

/// An optional text as a pointer, NULL where there is none.
pub(crate) fn pointer(text: Option<&Text>) -> *const c_char {
    text.map_or(std::ptr::null(), Text::as_ptr)
}

/// A moment: the text as received, and what it means.
#[derive(Clone)]
pub(crate) struct Moment {
    pub(crate) text: Text,
    /// Nanoseconds since the Unix epoch, where they are known and fit.
    pub(crate) nanoseconds: Option<i64>,
}

impl Shape for Moment {
    type Rust = Timestamp;
    fn from_rust(value: Timestamp) -> Self {
        Self {
            nanoseconds: value
                .unix_nanos()
                .and_then(|nanoseconds| i64::try_from(nanoseconds).ok()),
            text: Text::new(value.as_str()),
        }
    }
    fn to_rust(&self) -> Timestamp {
        Timestamp::from(self.text.to_text())
    }
}

/// An enum's listed values with their numbers.
pub(crate) trait EnumEntries: AsRef<str> + for<'a> From<&'a str> {
    /// Number and text of each.
    const ENTRIES: &'static [(i32, &'static CStr)];
}

/// A value of an enum: its number, 0 where it is not listed, and its text.
#[derive(Clone)]
pub(crate) struct EnumValue<E> {
    pub(crate) number: i32,
    // Listed values have their text in `ENTRIES`.
    unlisted: Option<Text>,
    of: PhantomData<E>,
}

impl<E: EnumEntries> EnumValue<E> {
    pub(crate) fn as_ptr(&self) -> *const c_char {
        match &self.unlisted {
            Some(text) => text.as_ptr(),
            None => E::ENTRIES
                .iter()
                .find(|(number, _)| *number == self.number)
                .map_or(std::ptr::null(), |(_, text)| text.as_ptr()),
        }
    }
}

impl<E: EnumEntries> Shape for EnumValue<E> {
    type Rust = E;
    fn from_rust(value: E) -> Self {
        let text = value.as_ref();
        let listed = E::ENTRIES
            .iter()
            .find(|(_, listed)| listed.to_bytes() == text.as_bytes());
        Self {
            number: listed.map_or(0, |(number, _)| *number),
            unlisted: listed.is_none().then(|| Text::new(text)),
            of: PhantomData,
        }
    }
    fn to_rust(&self) -> E {
        match &self.unlisted {
            Some(text) => E::from(&text.to_text()),
            None => E::ENTRIES
                .iter()
                .find(|(number, _)| *number == self.number)
                .and_then(|(_, text)| text.to_str().ok())
                .map_or_else(|| E::from(""), E::from),
        }
    }
}

/// A string or an integer: its text, and its number where it is one.
#[allow(dead_code, reason = "the documents decide which shapes there are")]
#[derive(Clone)]
pub(crate) struct TextOrInteger {
    pub(crate) text: Text,
    pub(crate) integer: Option<i64>,
}

impl Shape for TextOrInteger {
    type Rust = StringOrInteger;
    fn from_rust(value: StringOrInteger) -> Self {
        let integer = match &value {
            StringOrInteger::Integer(number) => Some(*number),
            StringOrInteger::String(_) => None,
        };
        Self {
            text: Text::new(value.to_string()),
            integer,
        }
    }
    fn to_rust(&self) -> StringOrInteger {
        match self.integer {
            Some(number) => StringOrInteger::Integer(number),
            None => StringOrInteger::String(self.text.to_text()),
        }
    }
}

/// A value without a C form of its own, as JSON text.
#[allow(dead_code, reason = "the documents decide which shapes there are")]
#[derive(Clone)]
pub(crate) struct Json<T> {
    pub(crate) text: Text,
    of: PhantomData<T>,
}

impl<T: Serialize + DeserializeOwned + Default> Shape for Json<T> {
    type Rust = T;
    fn from_rust(value: T) -> Self {
        // What came as JSON can be written as JSON.
        let text = serde_json::to_string(&value).unwrap_or_else(|_| "null".to_owned());
        Self {
            text: Text::new(text),
            of: PhantomData,
        }
    }
    fn to_rust(&self) -> T {
        serde_json::from_str(&self.text.to_text()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    snapline_runtime::open_enum! {
        /// For the tests.
        enum Colour {
            /// Red.
            Red = "red",
        }
    }
    impl EnumEntries for Colour {
        const ENTRIES: &'static [(i32, &'static CStr)] = &[(3, c"red")];
    }

    fn read(pointer: *const c_char) -> String {
        // SAFETY: every pointer here leads to a text with a NUL behind it.
        unsafe { CStr::from_ptr(pointer) }
            .to_str()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn texts_end_with_a_nul_and_keep_those_inside() {
        let text = Text::new("größe");
        assert_eq!((read(text.as_ptr()).as_str(), text.len()), ("größe", 7));
        let text = Text::new("a\0b");
        assert_eq!((read(text.as_ptr()).as_str(), text.len()), ("a", 3));
        assert_eq!(text.to_rust(), "a\0b");
        assert_eq!(
            (read(Text::new("").as_ptr()).as_str(), Text::new("").len()),
            ("", 0)
        );
    }

    #[test]
    fn enums_have_a_number_and_a_text() {
        let red = EnumValue::<Colour>::from_rust(Colour::Red);
        assert_eq!((red.number, read(red.as_ptr()).as_str()), (3, "red"));
        assert_eq!(red.to_rust(), Colour::Red);
        let other = EnumValue::<Colour>::from_rust(Colour::from("mauve"));
        assert_eq!((other.number, read(other.as_ptr()).as_str()), (0, "mauve"));
        assert_eq!(other.to_rust().as_str(), "mauve");
    }

    #[test]
    fn moments_have_a_text_and_a_number() {
        let stamp = Moment::from_rust(Timestamp::from("1970-01-01T00:00:01.5Z"));
        assert_eq!(stamp.nanoseconds, Some(1_500_000_000));
        assert_eq!(stamp.to_rust().as_str(), "1970-01-01T00:00:01.5Z");
        for odd in ["", "soon", "9999-01-01T00:00:00Z"] {
            let stamp = Moment::from_rust(Timestamp::from(odd));
            assert_eq!(
                (stamp.nanoseconds, stamp.to_rust().as_str().to_owned()),
                (None, odd.to_owned())
            );
        }
    }

    #[test]
    fn other_values_go_there_and_back() {
        for value in [StringOrInteger::Integer(7), StringOrInteger::from("7")] {
            assert_eq!(TextOrInteger::from_rust(value.clone()).to_rust(), value);
        }
        let json = Json::<serde_json::Value>::from_rust(serde_json::json!({"a": [1, null]}));
        assert_eq!(read(json.text.as_ptr()), r#"{"a":[1,null]}"#);
        assert_eq!(json.to_rust(), serde_json::json!({"a": [1, null]}));
        let list = vec![Some("a".to_owned()), None];
        assert_eq!(Vec::<Option<Text>>::from_rust(list.clone()).to_rust(), list);
        let null: Nullable<Text> = Nullable::from_rust(Nullable::Null);
        assert_eq!(null.to_rust(), Nullable::Null);
    }
}
