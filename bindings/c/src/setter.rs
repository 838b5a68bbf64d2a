//! Setters of handles, which remember what they could not take.

use snapline_runtime::Error;

use crate::error::status_of;
use crate::generated::status::snapline_status;
use crate::guard::caught;
use crate::shape::Slot;

/// A handle that remembers the first value that could not be taken, so that the call that uses it fails
/// and says why, even if nobody looks at what a setter returns.
pub(crate) trait Faults {
    /// The place of the fault.
    fn fault(&mut self) -> &mut Option<Error>;
}

/// Says where a handle keeps its fault.
macro_rules! faults {
    ($($Handle:ty: $field:ident),+ $(,)?) => { $(impl $crate::setter::Faults for $Handle {
        fn fault(&mut self) -> &mut Option<snapline_runtime::Error> {
            &mut self.$field
        }
    })+ };
}
pub(crate) use faults;

/// Runs a setter on a handle.
pub(crate) fn set<T: Faults>(
    target: Option<&mut T>,
    body: impl FnOnce(&mut T) -> Result<(), Error>,
) -> snapline_status {
    let Some(target) = target else {
        return snapline_status::SNAPLINE_INVALID_ARGUMENT;
    };
    let Err(failure) = caught(|| body(target)) else {
        return snapline_status::SNAPLINE_OK;
    };
    let status = status_of(&failure);
    target.fault().get_or_insert(failure);
    status
}

/// Puts a value into its place in a handle.
pub(crate) fn put<T: Faults, V>(
    target: Option<&mut T>,
    place: impl FnOnce(&mut T) -> &mut V,
    value: impl FnOnce() -> Result<V, Error>,
) -> snapline_status {
    set(target, |target| {
        *place(target) = value()?;
        Ok(())
    })
}

/// Puts an argument into its place in a handle.
pub(crate) fn put_some<T: Faults, V>(
    target: Option<&mut T>,
    place: impl FnOnce(&mut T) -> &mut Option<V>,
    value: impl FnOnce() -> Result<V, Error>,
) -> snapline_status {
    put(target, place, || value().map(Some))
}

/// Puts a value in the form of C into its place in an object.
pub(crate) fn put_shaped<T: Faults, S: Slot>(
    target: Option<&mut T>,
    place: impl FnOnce(&mut T) -> &mut S,
    value: impl FnOnce() -> Result<S::Value, Error>,
) -> snapline_status {
    put(target, place, || value().map(S::from_input))
}

/// Fails if a value could not be taken.
pub(crate) fn check(fault: &Option<Error>) -> Result<(), Error> {
    fault.clone().map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Thing {
        fault: Option<Error>,
        value: i64,
    }
    faults!(Thing: fault);

    #[test]
    fn the_first_fault_of_a_setter_stays() {
        let mut thing = Thing::default();
        for (number, word) in ["first", "second"].into_iter().enumerate() {
            let refused = || Err(Error::invalid_argument(word, "rule", format!("{number}")));
            let status = put(Some(&mut thing), |thing| &mut thing.value, refused);
            assert_eq!(status, snapline_status::SNAPLINE_INVALID_ARGUMENT);
        }
        assert_eq!(thing.fault.as_ref().unwrap().parameter(), Some("first"));
        let status = put(Some(&mut thing), |thing| &mut thing.value, || Ok(3));
        assert_eq!((status, thing.value), (snapline_status::SNAPLINE_OK, 3));
        let status = set(None::<&mut Thing>, |_| Ok(()));
        assert_eq!(status, snapline_status::SNAPLINE_INVALID_ARGUMENT);
    }
}
