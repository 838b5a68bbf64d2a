//! Types as the stubs write them.

use super::names::{awaited, class};
use super::view::{Argument, Attribute, Call};
use crate::ir::{Form, Type};
use crate::surface::Kind;

/// What a method gives back: waited for or to await, the value or the whole answer.
#[derive(Clone, Copy)]
pub(crate) struct Face {
    pub(crate) awaited: bool,
    pub(crate) raw: bool,
}

impl Face {
    /// A class's name in it.
    pub(crate) fn class(self, name: &str) -> String {
        let name = if self.awaited {
            awaited(name)
        } else {
            name.to_owned()
        };
        if self.raw {
            format!("_{name}WithRawResponse")
        } else {
            name
        }
    }

    /// The same, for whole answers.
    pub(crate) fn raw(self) -> Self {
        Self { raw: true, ..self }
    }

    /// The type of a call's result.
    pub(crate) fn returned(self, call: &Call<'_>) -> String {
        let one = |form: &Form| match form {
            Form::One(ty) => got(ty),
            Form::List(item) => list(item),
            _ => "Any".to_owned(),
        };
        let value = match &call.call.form {
            Form::Nothing => "None".to_owned(),
            form @ (Form::One(_) | Form::List(_) | Form::Json) => one(form),
            Form::Maybe(form) => or_none(one(form)),
            Form::Page { item, .. } => match (self.awaited, self.raw) {
                (false, _) => format!("Page[{}]", got(item)),
                (true, true) => format!("AsyncPage[{}]", got(item)),
                (true, false) => return format!("PageCall[{}]", got(item)),
            },
        };
        // A wait gives the object, however often it asked for it.
        if self.raw && !call.call.is_wait() {
            self.result(&format!("Response[{value}]"))
        } else {
            self.result(&value)
        }
    }

    /// A type as it is, or to await.
    pub(crate) fn result(self, value: &str) -> String {
        if self.awaited {
            format!("Coroutine[Any, Any, {value}]")
        } else {
            value.to_owned()
        }
    }
}

/// The type of what a caller may pass.
pub(crate) fn taken(ty: &Type) -> String {
    match ty {
        Type::String => "str".to_owned(),
        Type::Integer | Type::Unsigned => "int".to_owned(),
        Type::Number => "float".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Timestamp => "datetime | str".to_owned(),
        Type::StringOrInteger => "str | int".to_owned(),
        Type::Enum(name) => format!("_{}", class(name)),
        Type::Model(name) => format!("{} | Mapping[str, Any]", class(name)),
        Type::Union(_) => "Mapping[str, Any]".to_owned(),
        Type::List(item) => format!("Iterable[{}]", taken(item)),
        Type::Map(item) => format!("Mapping[str, {}]", taken(item)),
        Type::Json => "Any".to_owned(),
        Type::Bytes => "builtins.bytes | bytearray".to_owned(),
    }
}

/// The type of what a caller gets.
pub(crate) fn got(ty: &Type) -> String {
    match ty {
        Type::String => "str".to_owned(),
        Type::Integer | Type::Unsigned => "int".to_owned(),
        Type::Number => "float".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Timestamp => "datetime | None".to_owned(),
        Type::StringOrInteger => "str | int".to_owned(),
        Type::Enum(name) => class(name).to_string(),
        Type::Model(name) => class(name).to_string(),
        Type::List(item) => list(item),
        Type::Map(item) => format!("dict[str, {}]", got(item)),
        Type::Union(_) | Type::Json => "Any".to_owned(),
        // A method or a resource may be called so, too.
        Type::Bytes => "builtins.bytes".to_owned(),
    }
}

fn list(item: &Type) -> String {
    // A method `list` would stand for the type in the class that has it.
    format!("builtins.list[{}]", got(item))
}

fn or_none(ty: String) -> String {
    if ty.ends_with("| None") || ty == "Any" {
        ty
    } else {
        format!("{ty} | None")
    }
}

/// The type of an attribute.
pub(crate) fn attribute(attribute: &Attribute<'_>) -> String {
    let ty = got(&attribute.field.ty);
    if attribute.field.can_be_absent() {
        or_none(ty)
    } else {
        ty
    }
}

/// An argument of a call with its type and default.
pub(crate) fn argument(argument: &Argument<'_>) -> String {
    let param = argument.param;
    parameter(&argument.name, &param.ty, param.required, param.nullable)
}

/// An attribute as an argument of its class.
pub(crate) fn given(attribute: &Attribute<'_>, required: bool, nullable: bool) -> String {
    parameter(&attribute.name, &attribute.field.ty, required, nullable)
}

fn parameter(name: &str, ty: &Type, required: bool, nullable: bool) -> String {
    let ty = taken(ty);
    match (required, nullable) {
        (true, false) => format!("{name}: {ty}"),
        (true, true) => format!("{name}: {}", or_none(ty)),
        (false, false) => format!("{name}: {} = None", or_none(ty)),
        (false, true) => format!("{name}: {} | Unset = ...", or_none(ty)),
    }
}

/// The type of a setting.
pub(crate) fn setting(kind: Kind) -> &'static str {
    match kind {
        Kind::Duration => "float",
        Kind::Count | Kind::Bytes => "int",
        Kind::Flag => "bool",
        Kind::Text => "str",
        Kind::Path => "Union[str, PathLike[str]]",
        Kind::Pairs => "Mapping[str, str]",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_tell_what_may_be_left_out() {
        let list = Type::List(Box::new(Type::String));
        for (ty, required, nullable, wanted) in [
            (&Type::String, true, false, "a: str"),
            (&Type::Integer, false, false, "a: int | None = None"),
            (&list, false, true, "a: Iterable[str] | None | Unset = ..."),
            (&list, true, true, "a: Iterable[str] | None"),
            (&Type::Json, false, false, "a: Any = None"),
            (&Type::Bytes, true, false, "a: builtins.bytes | bytearray"),
        ] {
            assert_eq!(parameter("a", ty, required, nullable), wanted);
        }
    }

    #[test]
    fn what_is_taken_and_what_is_given_back() {
        let map = Type::Map(Box::new(Type::Enum(crate::ir::EnumId::of("disk_state"))));
        assert_eq!(taken(&map), "Mapping[str, _DiskState]");
        assert_eq!(got(&map), "dict[str, DiskState]");
        assert_eq!(taken(&Type::Timestamp), "datetime | str");
        assert_eq!(or_none(got(&Type::Timestamp)), "datetime | None");
    }
}
