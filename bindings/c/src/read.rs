//! Getters: each is one line over a field of a handle, whether it can be absent, null or neither.

#![allow(dead_code, reason = "the documents decide which shapes there are")]

use std::ffi::c_char;
use std::mem::MaybeUninit;

use snapline_runtime::Nullable;

use crate::guard::{Zero, get, part};
use crate::handle::write;
use crate::shape::{EnumEntries, EnumValue, Json, Moment, Text, TextOrInteger};

/// A field, which may be absent or null.
pub(crate) trait Field {
    /// What it holds.
    type Value;
    /// What it holds, if anything.
    fn value(&self) -> Option<&Self::Value>;
}

macro_rules! always_there {
    ($([$($Bound:tt)*] $Type:ty),+ $(,)?) => { $(impl<$($Bound)*> Field for $Type {
        type Value = Self;
        fn value(&self) -> Option<&Self> { Some(self) }
    })+ };
}
always_there!([] Text, [] Moment, [] TextOrInteger, [] i64, [] u64, [] f64, [] bool, [T] Json<T>, [E] EnumValue<E>, [T] Vec<T>);

impl<T: Field> Field for Option<T> {
    type Value = T::Value;
    fn value(&self) -> Option<&T::Value> {
        self.as_ref().and_then(T::value)
    }
}

impl<T: Field> Field for Nullable<T> {
    type Value = T::Value;
    fn value(&self) -> Option<&T::Value> {
        self.as_option().and_then(T::value)
    }
}

/// What has a text.
pub(crate) trait HasText {
    /// Its text, with a NUL behind it.
    fn pointer(&self) -> *const c_char;
}

macro_rules! has_text {
    ($($Type:ty: $($path:ident).*),+ $(,)?) => { $(impl HasText for $Type {
        fn pointer(&self) -> *const c_char { self$(.$path)*.as_ptr() }
    })+ };
}
has_text!(Moment: text, TextOrInteger: text);

impl HasText for Text {
    fn pointer(&self) -> *const c_char {
        self.as_ptr()
    }
}

impl<T> HasText for Json<T> {
    fn pointer(&self) -> *const c_char {
        self.text.as_ptr()
    }
}

impl<E: EnumEntries> HasText for EnumValue<E> {
    fn pointer(&self) -> *const c_char {
        self.as_ptr()
    }
}

/// A number as it is kept.
pub(crate) trait Number: Copy + Zero {}
impl Number for i64 {}
impl Number for u64 {}
impl Number for f64 {}
impl Number for bool {}

/// The text of a field; NULL where it is absent.
pub(crate) fn text<T, F: Field<Value: HasText>>(
    source: Option<&T>,
    field: impl FnOnce(&T) -> &F,
) -> *const c_char {
    get(source, |it| {
        field(it).value().map_or(std::ptr::null(), HasText::pointer)
    })
}

/// The length of a text in bytes.
pub(crate) fn length<T, F: Field<Value = Text>>(
    source: Option<&T>,
    field: impl FnOnce(&T) -> &F,
) -> usize {
    get(source, |it| field(it).value().map_or(0, Text::len))
}

/// A number or a flag; zero where it is absent.
pub(crate) fn number<T, F: Field<Value: Number>>(
    source: Option<&T>,
    field: impl FnOnce(&T) -> &F,
) -> F::Value {
    get(source, |it| {
        field(it).value().copied().unwrap_or(F::Value::ZERO)
    })
}

/// Whether a field is there.
pub(crate) fn has<T, F: Field>(source: Option<&T>, field: impl FnOnce(&T) -> &F) -> bool {
    get(source, |it| field(it).value().is_some())
}

/// The number of an enum's value; 0 where it is absent or not listed.
pub(crate) fn enum_number<T, E, F: Field<Value = EnumValue<E>>>(
    source: Option<&T>,
    field: impl FnOnce(&T) -> &F,
) -> i32 {
    get(source, |it| {
        field(it).value().map_or(0, |choice| choice.number)
    })
}

/// Writes a moment in nanoseconds since the Unix epoch; false where there is none.
pub(crate) fn nanoseconds<T, F: Field<Value = Moment>>(
    source: Option<&T>,
    out: Option<&mut MaybeUninit<i64>>,
    field: impl FnOnce(&T) -> &F,
) -> bool {
    write_integer(source, out, |it| {
        field(it).value().and_then(|stamp| stamp.nanoseconds)
    })
}

/// Writes a string or integer as an integer; false where it is none.
pub(crate) fn integer<T, F: Field<Value = TextOrInteger>>(
    source: Option<&T>,
    out: Option<&mut MaybeUninit<i64>>,
    field: impl FnOnce(&T) -> &F,
) -> bool {
    write_integer(source, out, |it| {
        field(it).value().and_then(|either| either.integer)
    })
}

fn write_integer<T>(
    source: Option<&T>,
    out: Option<&mut MaybeUninit<i64>>,
    read: impl FnOnce(&T) -> Option<i64>,
) -> bool {
    get(source, |it| match read(it) {
        Some(number) => {
            write(out, number);
            true
        }
        None => false,
    })
}

/// How many items a list has.
pub(crate) fn count<T, I, F: Field<Value = Vec<I>>>(
    source: Option<&T>,
    field: impl FnOnce(&T) -> &F,
) -> usize {
    get(source, |it| field(it).value().map_or(0, Vec::len))
}

/// An item of a list, which is always there.
fn item<I, F: Field<Value = Vec<I>>>(field: &F, index: usize) -> Option<&I> {
    field.value().and_then(|items| items.get(index))
}

/// The text of an item; NULL past the end.
pub(crate) fn text_at<T, I: HasText, F: Field<Value = Vec<I>>>(
    source: Option<&T>,
    index: usize,
    field: impl FnOnce(&T) -> &F,
) -> *const c_char {
    get(source, |it| {
        item(field(it), index).map_or(std::ptr::null(), HasText::pointer)
    })
}

/// The length of an item's text in bytes; 0 past the end.
pub(crate) fn length_at<T, F: Field<Value = Vec<Text>>>(
    source: Option<&T>,
    index: usize,
    field: impl FnOnce(&T) -> &F,
) -> usize {
    get(source, |it| item(field(it), index).map_or(0, Text::len))
}

/// A number or flag of a list; zero past the end.
pub(crate) fn number_at<T, I: Number, F: Field<Value = Vec<I>>>(
    source: Option<&T>,
    index: usize,
    field: impl FnOnce(&T) -> &F,
) -> I {
    get(source, |it| {
        item(field(it), index).copied().unwrap_or(I::ZERO)
    })
}

/// The number of an item of enums; 0 past the end or where it is not listed.
pub(crate) fn enum_number_at<T, E, F: Field<Value = Vec<EnumValue<E>>>>(
    source: Option<&T>,
    index: usize,
    field: impl FnOnce(&T) -> &F,
) -> i32 {
    get(source, |it| {
        item(field(it), index).map_or(0, |choice| choice.number)
    })
}

/// An object of a list; NULL past the end.
pub(crate) fn part_at<'a, T, I: 'a, F: Field<Value = Vec<I>> + 'a>(
    source: Option<&'a T>,
    index: usize,
    field: impl FnOnce(&'a T) -> &'a F,
) -> Option<&'a I> {
    part(source, |it| item(field(it), index))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Shape;

    #[test]
    fn what_is_absent_reads_as_nothing() {
        let there: Option<Nullable<Text>> = Some(Nullable::Value(Text::new("a")));
        let null: Option<Nullable<Text>> = Some(Nullable::Null);
        assert_eq!(length(Some(&there), |it| it), 1);
        assert!(has(Some(&there), |it| it) && !has(Some(&null), |it| it));
        assert!(text(Some(&null), |it| it).is_null());
        assert!(text(None::<&Text>, |it| it).is_null());
        assert_eq!(number(Some(&None::<i64>), |it| it), 0);
        let items: Vec<Text> = Shape::from_rust(vec!["a".to_owned(), "bc".to_owned()]);
        assert_eq!(
            (
                count(Some(&items), |it| it),
                length_at(Some(&items), 1, |it| it)
            ),
            (2, 2)
        );
        assert!(text_at(Some(&items), 2, |it| it).is_null());
    }

    #[test]
    fn a_number_is_written_where_there_is_one() {
        let mut place = MaybeUninit::new(7);
        let soon = Moment::from_rust("soon".into());
        assert!(!nanoseconds(Some(&soon), Some(&mut place), |it| it));
        let then = Moment::from_rust("1970-01-01T00:00:01Z".into());
        assert!(nanoseconds(Some(&then), Some(&mut place), |it| it));
        assert!(nanoseconds(Some(&then), None, |it| it));
        // SAFETY: it was initialised above.
        assert_eq!(unsafe { place.assume_init() }, 1_000_000_000);
    }
}
