//! What a place of a document is used for, which decides what a change in it means.

use std::ops::{BitAnd, BitOr};

/// A set of uses: a component may be sent and received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Uses(u16);

impl Uses {
    /// A parameter of the path.
    pub(super) const PATH: Self = Self(1);
    /// Any other parameter.
    pub(super) const QUERY: Self = Self(2);
    /// The body of a request.
    pub(super) const BODY: Self = Self(4);
    /// A member of a union in the body of a request.
    pub(super) const MEMBER: Self = Self(8);
    /// The body of a success, with a single field that a call gives in its place.
    pub(super) const ENVELOPE: Self = Self(16);
    /// The body of a success that is a page of a list.
    pub(super) const PAGE: Self = Self(32);
    /// What else a success gives.
    pub(super) const SUCCESS: Self = Self(64);
    /// The body of a refusal.
    pub(super) const FAILURE: Self = Self(128);
    /// A header of an answer.
    pub(super) const HEADER: Self = Self(256);
    /// A member of a union that is received.
    pub(super) const VARIANT: Self = Self(512);

    pub(super) const PARAMETER: Self = Self(1 | 2);
    pub(super) const SENT: Self = Self(1 | 2 | 4 | 8);
    pub(super) const ANSWER: Self = Self(16 | 32 | 64 | 128 | 512);
    pub(super) const RECEIVED: Self = Self(16 | 32 | 64 | 128 | 256 | 512);
    pub(super) const ALL: Self = Self(1023);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Each use of the set.
    pub(super) fn each(self) -> impl Iterator<Item = Self> {
        (0..10)
            .map(|bit| Self(1 << bit))
            .filter(move |one| self.has(*one))
    }
}

impl BitAnd for Uses {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOr for Uses {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What becomes of the uses of a place on the way to one inside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope {
    keep: Uses,
    inside: bool,
    member: bool,
}

impl Scope {
    /// All uses, as they are.
    pub(super) const SAME: Self = Self {
        keep: Uses::ALL,
        inside: false,
        member: false,
    };

    /// Only these uses.
    pub(super) fn only(self, keep: Uses) -> Self {
        Self {
            keep: self.keep & keep,
            ..self
        }
    }

    /// Inside an object or a list: what a call unwraps is outside.
    pub(super) fn inside(self) -> Self {
        Self {
            inside: true,
            ..self
        }
    }

    /// In a member of a union.
    pub(super) fn member(self) -> Self {
        Self {
            member: true,
            ..self
        }
    }

    /// The uses of the inner place, by those of the outer one.
    pub(super) fn of(self, uses: Uses) -> Uses {
        let mut uses = uses & self.keep;
        let outer = Uses::ENVELOPE | Uses::PAGE;
        if (self.inside || self.member) && uses.has(outer) {
            uses = uses.without(outer) | Uses::SUCCESS;
        }
        if self.member && uses.has(Uses::BODY) {
            uses = uses.without(Uses::BODY) | Uses::MEMBER;
        }
        if self.member && uses.has(Uses::SUCCESS) {
            uses = uses.without(Uses::SUCCESS) | Uses::VARIANT;
        }
        uses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unwrapped_ends_at_the_first_field() {
        let body = Uses::ENVELOPE | Uses::BODY;
        assert_eq!(Scope::SAME.of(body), body);
        assert_eq!(Scope::SAME.inside().of(body), Uses::SUCCESS | Uses::BODY);
        assert_eq!(Scope::SAME.member().of(body), Uses::VARIANT | Uses::MEMBER);
        let sent = Scope::SAME.only(Uses::SENT).inside();
        assert_eq!(sent.of(body), Uses::BODY);
        assert_eq!(Uses::ALL.each().count(), 10);
    }
}
