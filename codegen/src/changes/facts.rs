//! What was seen to change, and the rule that it falls under where it is used.

use super::rules::{Kind, Verdict};
use super::uses::Uses;

/// What a value is to the faces, as far as a rule asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// A number, or true or false.
    Number,
    /// A list whose items have a type.
    List,
    /// A map, any JSON, or a list of them.
    Json,
    /// A text, a time, an enum or an object.
    Other,
}

/// In which direction a set of values changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It holds all that it held, and more.
    Wider,
    /// It holds less.
    Narrower,
    /// It holds less and more.
    Other,
}

/// Something that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fact {
    /// What falls under a rule whatever it is used for.
    Always(Kind),
    /// The same of a value, unless that is part of a refusal or a header.
    Value(Kind),
    FieldAdded {
        required: bool,
        last: bool,
    },
    FieldRemoved,
    /// A field is read-only now.
    ReadOnly,
    /// A field is no longer read-only.
    Settable {
        required: bool,
    },
    WriteOnly,
    Readable,
    /// A field that is sent has to be, or need not be any more.
    Required(bool),
    /// What is sent may be null, or may not any more.
    Null {
        allowed: bool,
        required: bool,
    },
    /// A field that is received may be absent, or no longer.
    Absent(bool, Class),
    /// The same of one that may be absent before and after.
    AbsentOtherwise(bool),
    Type(Way),
    /// A text is a time now, or a time any text.
    Time(bool),
    Format(Way),
    EnumAdded,
    EnumRemoved,
    EnumIntroduced,
    EnumLifted,
    Bound(Way),
    DefaultAdded,
    DefaultChanged,
    DefaultRemoved,
    /// Fields that are not listed may be there, or not any more.
    OtherFields(bool),
    MemberAdded,
    MemberRemoved,
    MediaAdded,
    MediaRemoved,
    BodyAdded,
    BodyRemoved,
}

impl Fact {
    /// The rule for one use; none where that use does not meet the change.
    pub(super) fn kind(self, at: Uses) -> Option<Kind> {
        if let Self::Always(kind) = self {
            return Some(kind);
        }
        if at.has(Uses::SENT) {
            return self.sent(at);
        }
        let received = self.received(at)?;
        let wire = received.rule().verdicts.wire;
        Some(match (at, wire) {
            (Uses::FAILURE | Uses::HEADER, Verdict::None) => return None,
            (Uses::FAILURE, Verdict::Breaking) => Kind::ErrorBodyBroken,
            (Uses::FAILURE, _) => Kind::ErrorBodyGrown,
            (Uses::HEADER, Verdict::Breaking) => Kind::ResponseHeaderChanged,
            (Uses::HEADER, _) => Kind::ResponseHeaderTold,
            _ => received,
        })
    }

    fn sent(self, at: Uses) -> Option<Kind> {
        let parameter = at.has(Uses::PARAMETER);
        let member = at == Uses::MEMBER;
        Some(match self {
            Self::Always(kind) | Self::Value(kind) => kind,
            Self::FieldAdded { required: true, .. } => Kind::RequestFieldAddedRequired,
            Self::FieldAdded { last, .. } => match (member, last) {
                (false, true) => Kind::RequestFieldAddedLast,
                (false, false) => Kind::RequestFieldAddedBefore,
                (true, true) => Kind::RequestFieldAddedToMember,
                (true, false) => Kind::RequestFieldAddedToMemberBefore,
            },
            Self::FieldRemoved => Kind::RequestFieldRemoved,
            Self::ReadOnly => Kind::RequestFieldReadOnly,
            Self::Settable { required: true } => Kind::RequestFieldSettableRequired,
            Self::Settable { required: false } => Kind::RequestFieldSettable,
            Self::Required(true) => Kind::RequestFieldRequired,
            Self::Required(false) => Kind::RequestFieldOptional,
            Self::Null { allowed: true, .. } if parameter => Kind::ParameterNullAllowed,
            Self::Null { allowed: false, .. } if parameter => Kind::ParameterNullRefused,
            Self::Null {
                allowed: true,
                required: true,
            } => Kind::RequestNullAllowedRequired,
            Self::Null { allowed: true, .. } => Kind::RequestNullAllowed,
            Self::Null { allowed: false, .. } => Kind::RequestNullRefused,
            Self::Type(Way::Wider) => Kind::RequestTypeWidened,
            Self::Type(_) => Kind::RequestTypeChanged,
            // In a URL a time is text to all faces.
            Self::Time(true) if parameter => Kind::RequestFormatNarrower,
            Self::Time(false) if parameter => Kind::RequestFormatWider,
            Self::Time(true) => Kind::RequestTextBecomesTime,
            Self::Time(false) => Kind::RequestTimeBecomesText,
            Self::Format(Way::Wider) => Kind::RequestFormatWider,
            Self::Format(_) => Kind::RequestFormatNarrower,
            Self::EnumAdded => Kind::RequestEnumAdded,
            Self::EnumRemoved => Kind::RequestEnumRemoved,
            Self::EnumIntroduced => Kind::RequestEnumIntroduced,
            Self::EnumLifted => Kind::RequestEnumLifted,
            Self::Bound(Way::Wider) => Kind::RequestBoundLoosened,
            Self::Bound(_) => Kind::RequestBoundTightened,
            Self::DefaultAdded => Kind::RequestDefaultAdded,
            Self::DefaultChanged => Kind::RequestDefaultChanged,
            Self::DefaultRemoved => Kind::RequestDefaultRemoved,
            Self::OtherFields(true) => Kind::RequestOtherFieldsTaken,
            Self::OtherFields(false) => Kind::RequestOtherFieldsRefused,
            Self::MemberAdded => Kind::RequestMemberAdded,
            Self::MemberRemoved => Kind::RequestMemberRemoved,
            Self::MediaAdded => Kind::RequestMediaAdded,
            Self::MediaRemoved => Kind::RequestMediaRemoved,
            Self::Absent(..)
            | Self::AbsentOtherwise(_)
            | Self::WriteOnly
            | Self::Readable
            | Self::BodyAdded
            | Self::BodyRemoved => return None,
        })
    }

    fn received(self, at: Uses) -> Option<Kind> {
        // The fields of an envelope are never asked whether they are there.
        let wrapped = at == Uses::ENVELOPE || at == Uses::PAGE;
        Some(match self {
            Self::Always(kind) | Self::Value(kind) => kind,
            Self::FieldAdded { .. } if at == Uses::ENVELOPE => Kind::ResponseEnvelopeGrown,
            Self::FieldAdded { .. } if at == Uses::VARIANT => Kind::ResponseFieldAddedToMember,
            Self::FieldAdded { .. } => Kind::ResponseFieldAdded,
            Self::FieldRemoved => Kind::ResponseFieldRemoved,
            Self::WriteOnly => Kind::ResponseWriteOnly,
            Self::Readable => Kind::ResponseReadable,
            Self::Absent(true, _) if wrapped => Kind::ResponseAbsenceAdded,
            Self::Absent(false, _) if wrapped => Kind::ResponseAbsenceRemoved,
            Self::Absent(true, Class::List | Class::Json) => Kind::ResponseListMayBeAbsent,
            Self::Absent(true, _) => Kind::ResponseFieldMayBeAbsent,
            Self::Absent(false, Class::Number | Class::List) => Kind::ResponseNumberIsSure,
            Self::Absent(false, Class::Json) => Kind::ResponseJsonIsSure,
            Self::Absent(false, Class::Other) => Kind::ResponseFieldIsSure,
            Self::AbsentOtherwise(true) => Kind::ResponseAbsenceAdded,
            Self::AbsentOtherwise(false) => Kind::ResponseAbsenceRemoved,
            Self::Type(Way::Narrower) => Kind::ResponseTypeNarrowed,
            Self::Type(_) => Kind::ResponseTypeChanged,
            Self::Time(true) => Kind::ResponseTextBecomesTime,
            Self::Time(false) => Kind::ResponseTimeBecomesText,
            Self::Format(Way::Narrower) => Kind::ResponseFormatNarrower,
            Self::Format(_) => Kind::ResponseFormatWider,
            Self::EnumAdded => Kind::ResponseEnumAdded,
            Self::EnumRemoved => Kind::ResponseEnumRemoved,
            Self::EnumIntroduced => Kind::ResponseEnumIntroduced,
            Self::EnumLifted => Kind::ResponseEnumLifted,
            Self::Bound(Way::Narrower) => Kind::ResponseBoundTightened,
            Self::Bound(_) => Kind::ResponseBoundLoosened,
            Self::DefaultAdded | Self::DefaultChanged | Self::DefaultRemoved => {
                Kind::ResponseDefaultChanged
            }
            Self::OtherFields(_) => Kind::ResponseOtherFieldsChanged,
            Self::MemberAdded => Kind::ResponseMemberAdded,
            Self::MemberRemoved => Kind::ResponseMemberRemoved,
            Self::MediaAdded => Kind::ResponseMediaAdded,
            Self::MediaRemoved => Kind::ResponseMediaRemoved,
            Self::BodyAdded => Kind::ResponseBodyAdded,
            Self::BodyRemoved => Kind::ResponseBodyRemoved,
            Self::ReadOnly | Self::Settable { .. } | Self::Required(_) | Self::Null { .. } => {
                return None;
            }
        })
    }
}
